"""Training in phases: interrupted runs continue, the best epoch stays, the frozen is untouched."""

import keras
import numpy as np
import pytest

from studio2shop import (
    ArticleFeatures,
    build_query_article_matching,
    build_query_feature,
    join_submodels,
)
from studio2shop.io.images import load_images
from studio2shop.models.query_feature import split_at_backbone
from studio2shop.retrieval import ExactScorer, rank_matches
from studio2shop.training.callbacks import ValidationRank
from studio2shop.training.fit import fit_phases
from studio2shop.training.phases import everything_phase, train_matching, train_studio2shop
from studio2shop.training.plan import TrainingPlan

pytestmark = pytest.mark.slow


def assert_same_weights(first, second, **tolerance):
    for one, two in zip(first, second, strict=True):
        np.testing.assert_allclose(one, two, **tolerance)


@pytest.fixture(scope="module")
def data(studio):
    """54 training articles, 6 validation articles, and random features of size 8 for them."""
    return *studio.split(0.9), ArticleFeatures(
        studio.article_ids, np.random.default_rng(0).standard_normal((60, 8))
    )


def tiny_model():
    keras.utils.set_random_seed(0)
    query_feature = build_query_feature((48, 32, 3), 8, "compact", None, "pooled")
    return join_submodels(query_feature, build_query_article_matching(8, match_activation=None))


def train_everything(model, data, folder):
    """Four epochs of all layers."""
    return fit_phases([everything_phase(model, *data, TrainingPlan(all_epochs=4))], folder)


def test_studio2shop_stopped_after_epoch_2_of_4_ends_as_if_it_had_not_been(
    tmp_path, monkeypatch, data
):
    whole, rank = tiny_model(), ValidationRank.on_epoch_end
    whole_history = train_everything(whole, data, tmp_path / "whole")

    def stop_in_epoch_2(self, epoch, logs):
        if epoch == 2:
            raise KeyboardInterrupt
        rank(self, epoch, logs)

    with monkeypatch.context() as patched, pytest.raises(KeyboardInterrupt):
        patched.setattr(ValidationRank, "on_epoch_end", stop_in_epoch_2)
        train_everything(tiny_model(), data, tmp_path / "stopped")
    again = tiny_model()
    history = train_everything(again, data, tmp_path / "stopped")
    assert history["epoch"].tolist() == [0, 1, 2, 3] and list(history) == [
        "epoch",
        "loss",
        "val_median",
        "val_rank",
        "val_top_1",
        "phase",
    ]
    assert history["loss"].iloc[-1] < history["loss"].iloc[0]
    assert history.equals(whole_history)
    assert_same_weights(again.get_weights(), whole.get_weights(), atol=0, rtol=0)


def test_a_query_feature_submodel_is_its_two_halves_one_after_the_other(data):
    # has a preprocessing layer
    query_feature = build_query_feature((48, 32, 3), 8, "vgg16", None, "pooled")
    backbone, head = split_at_backbone(query_feature)
    images = load_images(data[1].query_paths, (48, 32))
    composed = head.predict(backbone.predict(images, verbose=0), verbose=0)
    np.testing.assert_allclose(composed, query_feature.predict(images, verbose=0), atol=1e-5)
    assert (backbone.output_shape, head.output_shape, head.name) == (
        (None, 2 * 512),  # averages and maxima
        (None, 8),
        "query_feature",
    )
    assert {id(weight) for weight in backbone.weights + head.weights} == {
        id(weight) for weight in query_feature.weights
    }


def test_the_head_trains_inside_the_model_on_a_backbone_that_is_not_touched(tmp_path, data):
    model = tiny_model()
    query_feature = model.get_layer("query_feature")
    backbone, images = (
        query_feature.get_layer("compact"),
        load_images(data[1].query_paths, (48, 32)),
    )
    before = (
        backbone.get_weights(),
        query_feature.get_layer("fc1").get_weights()[0],
        query_feature.predict(images, verbose=0),
    )
    history = train_studio2shop(model, *data, TrainingPlan(head_epochs=2), tmp_path / "run")
    assert history["phase"].tolist() == ["head", "head"] and history["epoch"].tolist() == [0, 1]
    assert all(
        np.array_equal(old, new) for old, new in zip(before[0], backbone.get_weights(), strict=True)
    )
    assert not np.allclose(before[1], query_feature.get_layer("fc1").get_weights()[0], atol=1e-4)
    assert not np.allclose(before[2], query_feature.predict(images, verbose=0), atol=1e-3)

    history = train_studio2shop(
        model, *data, TrainingPlan(head_epochs=2, all_epochs=1), tmp_path / "run"
    )
    assert history["phase"].tolist() == ["head", "head", "everything"] and history[
        "epoch"
    ].tolist() == [0, 1, 0]
    assert not np.array_equal(before[0][0], backbone.get_weights()[0])
    norm = backbone.get_layer("block1_bn")  # keeps what it had, as in searching
    statistics = [norm.moving_mean, norm.moving_variance, norm.gamma]
    kept = [keras.ops.convert_to_numpy(weight) for weight in statistics]
    assert [values.mean() for values in kept] == [0, 1, 1]
    model.save(tmp_path / "model.keras")
    loaded = keras.models.load_model(tmp_path / "model.keras").get_layer("query_feature")
    assert np.array_equal(
        loaded.predict(images, verbose=0), query_feature.predict(images, verbose=0)
    )


def test_the_validation_rank_is_the_geometric_mean_of_brute_force_ranks(studio, data):
    model, features, logs = tiny_model(), data[2], {}
    images = load_images(studio.query_paths, (48, 32))
    callback = ValidationRank(studio, images, features)
    callback.set_model(model)
    callback.on_epoch_end(0, logs)
    scores = model.predict([images, np.tile(features.vectors, (120, 1, 1))], verbose=0)
    own = [
        (scores[query], scores[query, article]) for query, article in zip(*studio.match_indices())
    ]
    ranks = np.array([(row > score).sum() + ((row == score).sum() + 1) / 2 for row, score in own])
    expected = {
        "val_rank": np.exp(np.log(ranks).mean()),
        "val_median": np.median(ranks),
        "val_top_1": (ranks <= 1).mean(),
    }
    assert logs == pytest.approx(expected, rel=1e-3)


def test_the_matching_alone_learns_to_know_a_feature_again(data):
    train, _, features = data
    keras.utils.set_random_seed(0)
    matching, vectors = (
        build_query_article_matching(8, match_activation=None),
        features.of(train).vectors,
    )
    noisy = vectors + 0.2 * np.random.default_rng(1).standard_normal(vectors.shape).astype(
        "float32"
    )

    def mean_rank():
        scores = ExactScorer(matching, vectors).scores(noisy)
        return rank_matches(lambda rows: scores, noisy, range(len(noisy)), range(len(noisy))).mean()

    before = mean_rank()
    train_matching(matching, train, features, TrainingPlan())
    assert mean_rank() < 3 < 15 < before  # of 54; 27.5 by chance
