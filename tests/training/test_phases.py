"""Training in phases: stopped runs go on, the best epoch stays, what is frozen is not touched."""

import dataclasses
import math

import keras
import numpy as np
import pytest
import tensorflow as tf

from studio2shop import (
    ArticleFeatures,
    build_fdna,
    build_query_article_matching,
    build_query_feature,
    join_submodels,
)
from studio2shop.evaluation.fdna_accuracy import attribute_accuracy
from studio2shop.io.images import ImageError, load_images
from studio2shop.models.query_feature import split_at_backbone
from studio2shop.retrieval import ExactScorer, rank_matches
from studio2shop.training.batches import feature_batches, title_batches
from studio2shop.training.callbacks import ValidationRank
from studio2shop.training.fdna import train_fdna
from studio2shop.training.fit import cosine_adam, fit_resumable
from studio2shop.training.phases import train_everything, train_matching, train_studio2shop


class Judge(keras.callbacks.Callback):
    """Logs given values of `val_rank`, and keeps each epoch's weights."""

    def __init__(self, ranks):
        super().__init__()
        self.ranks, self.weights = ranks, {}

    def on_epoch_end(self, epoch, logs=None):
        logs["val_rank"] = self.ranks[epoch]
        self.weights[epoch] = self.model.get_weights()


class StopAt(keras.callbacks.Callback):
    """A user's Ctrl-C in an epoch, at its `begin`, in its `middle` or at its `end`."""

    def __init__(self, epoch, moment):
        super().__init__()
        self.stop, self.moment = epoch, moment

    def on_epoch_begin(self, epoch, logs=None):
        self.epoch = epoch
        self.stop_if("begin")

    def on_train_batch_end(self, batch, logs=None):
        if batch == 1:
            self.stop_if("middle")

    def on_epoch_end(self, epoch, logs=None):
        self.stop_if("end")

    def stop_if(self, moment):
        if (self.epoch, moment) == (self.stop, self.moment):
            raise KeyboardInterrupt


# validation ranks of four epochs
RISING, LATE, FALLING = (
    (1.0, 2.0, 3.0, 4.0),
    (2.0, 3.0, 1.0, 4.0),
    (4.0, 3.0, 2.0, 1.0),
)


def fit_line(folder, ranks, *callbacks):
    """Four epochs of three batches with a model of one weight and one bias, on the points of a line."""
    model = keras.Sequential([keras.Input((1,)), keras.layers.Dense(1, kernel_initializer="zeros")])
    model.compile(cosine_adam(0.1, 12), "mse", run_eagerly=True)
    x = np.arange(3, dtype="float32")[:, None]
    judge = Judge(ranks)

    def make_batches(first_epoch):
        judge.first_epoch = first_epoch
        return tf.data.Dataset.from_tensor_slices((x, 2 * x + 1)).batch(1)

    return (
        model,
        judge,
        fit_resumable(model, make_batches, 4, folder, "val_rank", [judge, *callbacks]),
    )


def stop_line(folder, ranks, *callbacks):
    with pytest.raises(KeyboardInterrupt):
        fit_line(folder, ranks, *callbacks)


def assert_same_weights(first, second, **tolerance):
    for one, two in zip(first, second, strict=True):
        np.testing.assert_allclose(one, two, **tolerance)


@pytest.fixture(scope="module")
def whole(tmp_path_factory):
    """Uninterrupted trainings by their validation ranks."""
    return {
        ranks: fit_line(tmp_path_factory.mktemp("whole"), ranks)
        for ranks in (RISING, LATE, FALLING)
    }


@pytest.mark.parametrize("ranks, best", [(RISING, 0), (LATE, 2), (FALLING, 3)])
def test_the_best_epochs_weights_are_what_is_left(whole, ranks, best):
    model, judge, history = whole[ranks]
    assert_same_weights(model.get_weights(), judge.weights[best])
    assert history["epoch"].tolist() == [0, 1, 2, 3] and history["val_rank"].tolist() == list(ranks)
    assert len({float(kernel.item()) for kernel, _ in judge.weights.values()}) == 4


@pytest.mark.parametrize("ranks", [RISING, LATE])
@pytest.mark.parametrize("epoch, moment", [(0, "middle"), (2, "begin"), (2, "middle"), (3, "end")])
def test_a_stopped_training_ends_as_an_uninterrupted_one(tmp_path, whole, ranks, epoch, moment):
    stop_line(tmp_path, ranks, StopAt(epoch, moment))
    model, judge, history = fit_line(tmp_path, ranks)
    # what was finished is not trained again
    assert judge.first_epoch == epoch and sorted(judge.weights) == list(range(epoch, 4))
    assert int(model.optimizer.iterations) == 3 * (ranks.index(min(ranks)) + 1)  # of the best epoch
    assert_same_weights(model.get_weights(), whole[ranks][0].get_weights(), rtol=1e-6)
    np.testing.assert_allclose(history, whole[ranks][2], rtol=1e-6)


@pytest.mark.parametrize("epoch", [0, 2])
@pytest.mark.parametrize("kind", ["best", "last"])
def test_a_stop_while_weights_are_written_costs_one_epoch(
    tmp_path, whole, monkeypatch, epoch, kind
):
    """In every epoch here the weights are written as the best, then as the last; one of the two is cut in the middle."""
    write, written = keras.Model.save_weights, []

    def write_half(model, path):
        write(model, path)
        written.append(path)
        if len(written) == 2 * epoch + (1 if kind == "best" else 2):
            path.write_bytes(path.read_bytes()[: path.stat().st_size // 2])
            raise KeyboardInterrupt

    with monkeypatch.context() as patched:
        patched.setattr(keras.Model, "save_weights", write_half)
        stop_line(tmp_path, FALLING)
    assert not list(tmp_path.glob(".*"))
    model, judge, history = fit_line(tmp_path, FALLING)
    assert sorted(judge.weights) == list(range(epoch, 4)) and history["epoch"].tolist() == [
        0,
        1,
        2,
        3,
    ]
    assert_same_weights(model.get_weights(), whole[FALLING][0].get_weights(), rtol=1e-6)


def test_a_photo_that_gets_lost_while_training_is_named_in_one_sentence(studio, tmp_path):
    missing = dataclasses.replace(
        studio, articles=studio.articles.assign(image=["gone.jpg", *studio.articles["image"][1:]])
    )
    model = keras.Sequential(
        [keras.Input((48, 32, 3)), keras.layers.Flatten(), keras.layers.Dense(1)]
    )
    model.compile("sgd", "mse")

    def make_batches(first_epoch):
        batches = title_batches(missing, image_size=(48, 32), first_epoch=first_epoch)
        size = batches.cardinality()
        return batches.map(
            lambda images, labels: (images, tf.zeros((tf.shape(images)[0], 1)))
        ).apply(tf.data.experimental.assert_cardinality(size))

    with pytest.raises(ImageError) as caught:
        fit_resumable(model, make_batches, 1, tmp_path, "loss")
    assert (
        str(caught.value)
        == f"{studio.folder}/gone.jpg: there is no such file; correct the path or put the photo there."
    )


def test_a_training_that_never_gave_a_number_says_so(tmp_path):
    with pytest.raises(
        ValueError,
        match="No epoch of .* ended with a val_rank that is a number: training diverged; try a lower learning rate.",
    ):
        fit_line(tmp_path, (math.nan,) * 4)


def test_a_finished_training_is_not_done_again(tmp_path, whole):
    fit_line(tmp_path, LATE)
    model, judge, history = fit_line(tmp_path, LATE)
    assert judge.weights == {} and history.equals(whole[LATE][2])
    assert_same_weights(model.get_weights(), whole[LATE][0].get_weights())


@pytest.fixture(scope="module")
def data(studio):
    """54 training articles, 6 validation articles, and random features of size 8 for them."""
    return *studio.split(0.9), ArticleFeatures(
        studio.article_ids, np.random.default_rng(0).standard_normal((60, 8))
    )


def tiny_model():
    """Without dropout, whose random state Keras does not back up."""
    keras.utils.set_random_seed(0)
    query_feature = build_query_feature((48, 32, 3), 8, "compact", None, "pooled")
    for layer in query_feature.layers:
        if isinstance(layer, keras.layers.Dropout):
            layer.rate = 0.0
    return join_submodels(query_feature, build_query_article_matching(8, match_activation=None))


def test_studio2shop_stopped_after_epoch_2_of_4_ends_as_if_it_had_not_been(
    tmp_path, monkeypatch, data
):
    whole, rank = tiny_model(), ValidationRank.on_epoch_end
    whole_history = train_everything(whole, *data, tmp_path / "whole", 4)

    def stop_in_epoch_2(self, epoch, logs):
        if epoch == 2:
            raise KeyboardInterrupt
        rank(self, epoch, logs)

    with monkeypatch.context() as patched, pytest.raises(KeyboardInterrupt):
        patched.setattr(ValidationRank, "on_epoch_end", stop_in_epoch_2)
        train_everything(tiny_model(), *data, tmp_path / "stopped", 4)
    again = tiny_model()
    history = train_everything(again, *data, tmp_path / "stopped", 4)
    assert history["epoch"].tolist() == [0, 1, 2, 3] and list(history) == [
        "epoch",
        "loss",
        "val_median",
        "val_rank",
        "val_top_1",
    ]
    assert history["loss"].iloc[-1] < history["loss"].iloc[0]
    np.testing.assert_allclose(history, whole_history, rtol=1e-4)
    assert_same_weights(again.get_weights(), whole.get_weights(), atol=1e-4)


def test_a_query_feature_submodel_is_its_two_halves_one_after_the_other(data):
    # has a preprocessing layer
    query_feature = build_query_feature((48, 32, 3), 8, "vgg16", None, "pooled")
    backbone, head = split_at_backbone(query_feature)
    images = load_images(data[1].query_paths, (48, 32))
    composed = head.predict(backbone.predict(images, verbose=0), verbose=0)
    np.testing.assert_allclose(composed, query_feature.predict(images, verbose=0), atol=1e-5)
    assert (backbone.output_shape, head.output_shape, head.name) == (
        (None, 1, 1, 512),
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
    history = train_studio2shop(model, *data, tmp_path / "run", {"head": 2, "everything": 0})
    assert history["phase"].tolist() == ["head", "head"] and history["epoch"].tolist() == [0, 1]
    assert all(
        np.array_equal(old, new) for old, new in zip(before[0], backbone.get_weights(), strict=True)
    )
    assert not np.allclose(before[1], query_feature.get_layer("fc1").get_weights()[0], atol=1e-4)
    assert not np.allclose(before[2], query_feature.predict(images, verbose=0), atol=1e-3)

    history = train_studio2shop(model, *data, tmp_path / "run", {"head": 2, "everything": 1})
    assert history["phase"].tolist() == ["head", "head", "everything"] and history[
        "epoch"
    ].tolist() == [0, 1, 0]
    assert not np.array_equal(before[0][0], backbone.get_weights()[0])
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


def test_fdna_learns_and_keeps_the_epoch_with_the_least_validation_loss(tmp_path, data):
    train, validation, _ = data
    keras.utils.set_random_seed(0)
    attributes = {name: train.attributes[name] for name in ("category", "pattern")}
    fdna = build_fdna(
        {name: len(labels) for name, labels in attributes.items()},
        (64, 64, 3),
        12,
        attribute_activation=None,
    )
    history = train_fdna(fdna, train, validation, tmp_path, 3, learning_rate=1e-4)
    assert (
        history["epoch"].tolist() == [0, 1, 2]
        and history["loss"].iloc[-1] < history["loss"].iloc[0]
    )
    left = fdna.evaluate(
        title_batches(validation, attributes, (64, 64)), return_dict=True, verbose=0
    )
    assert left["loss"] == pytest.approx(history["val_loss"].min(), rel=1e-4)


class FakeFdna:
    """Guesses the labels 0, 1, 1, 1, 0 of both attributes for five articles."""

    input_shape = (None, 8, 8, 3)

    def predict(self, images, batch_size, verbose):
        return {name: np.eye(2)[[0, 1, 1, 1, 0]] for name in ("colour", "fit")}


def test_accuracy_counts_annotated_articles_only(studio):
    articles = studio.articles[:5].assign(colour=["blue", "red", "", "blue", "blue"], fit=[""] * 5)
    five = dataclasses.replace(studio, articles=articles)
    table = attribute_accuracy(
        FakeFdna(), five, {"colour": ("blue", "red"), "fit": ("slim", "wide")}
    )
    assert table.iloc[0].to_dict() == {
        "attribute": "colour",
        "values": 2,
        "annotated": 4,
        "accuracy": 0.75,
        "most_common": 0.75,
    }
    assert table.iloc[1, :3].tolist() == ["fit", 2, 0] and table.iloc[1, 3:].isna().all()


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
    train_matching(matching, train, features)
    assert mean_rank() < 3 < 15 < before  # of 54; 27.5 by chance


def test_a_noisy_feature_is_its_matchs_feature_and_noise(data):
    train, _, features = data
    (noisy, articles), labels = next(iter(feature_batches(train, features, noise=0.0)))
    matching = np.array(articles)[np.array(labels) == 1]
    several = np.array(labels).sum(axis=1) > 1
    assert noisy.shape == (len(labels), 8) and not several.all()
    np.testing.assert_array_equal(
        np.array(noisy)[~several],
        matching[np.repeat(~several, np.array(labels).sum(axis=1).astype(int))],
    )
