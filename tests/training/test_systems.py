"""Each system trained, saved, loaded and ranked at tiny size."""

import dataclasses

import keras
import numpy as np
import pytest

from studio2shop import (
    SYSTEMS,
    ArticleFeatures,
    Retriever,
    build_query_feature,
    evaluate,
    join_submodels,
)
from studio2shop.models.matching import build_query_article_matching
from studio2shop.training import phases
from studio2shop.training.plan import TrainingPlan
from studio2shop.training.systems import Materials, loss_of, plan_of, train_system
from studio2shop.training.table2 import System

pytestmark = pytest.mark.slow

BY_NAME = {system.name: system for system in SYSTEMS}


@pytest.fixture(autouse=True)
def few_steps(monkeypatch):
    monkeypatch.setattr(phases, "MATCHING_STEPS", 5)


@pytest.fixture(scope="module")
def materials(studio):
    """60 articles with features that tell them apart, and legs that take 48 x 32 pixels."""
    train, validation = studio.split(0.9, 0)
    vectors = np.random.default_rng(0).standard_normal((60, 8)).astype("float32")
    features = {
        kind: ArticleFeatures(studio.article_ids, vectors) for kind in ("fc14", "128floats", "fDNA")
    }

    def query_leg(name, feature_size):
        return build_query_feature((48, 32, 3), feature_size, "compact", None, "pooled", 0.0, name)

    keras.utils.set_random_seed(0)
    return Materials(
        studio,
        train,
        validation,
        query_leg,
        features,
        {"fc14": query_leg("query_feature", 8)},
        TrainingPlan(all_epochs=1),
        static_epochs=2,
    )


@pytest.mark.parametrize("name", BY_NAME)
def test_each_system_trains_saves_loads_and_ranks_the_same(name, materials, studio, tmp_path):
    trained = train_system(BY_NAME[name], materials, tmp_path / "working")
    assert [
        trained.model.get_layer(part).name for part in ("query_feature", "query_article_matching")
    ] == ["query_feature", "query_article_matching"]
    assert trained.features.ids.tolist() == studio.article_ids.tolist()
    num_epochs = {"none": 0}.get(BY_NAME[name].loss, 2 if name.startswith("static") else 1)
    assert len(trained.history) == num_epochs and (
        not num_epochs or np.isfinite(trained.history["loss"]).all()
    )
    trained.model.save(tmp_path / "model.keras")
    loaded = keras.models.load_model(tmp_path / "model.keras")
    first, second = (
        evaluate(Retriever(model, trained.features), studio).ranks
        for model in (trained.model, loaded)
    )
    assert first["rank"].tolist() == second["rank"].tolist()
    assert first["rank"].min() >= 1 and first["rank"].max() <= 60


def test_a_system_does_not_depend_on_what_was_trained_before_it(materials, tmp_path):
    first = train_system(BY_NAME["fDNA-linear"], materials, tmp_path / "first")
    train_system(BY_NAME["static-fc14-non-linear"], materials, tmp_path / "other")
    again = train_system(BY_NAME["fDNA-linear"], materials, tmp_path / "again")
    for one, other in zip(first.model.get_weights(), again.model.get_weights(), strict=True):
        np.testing.assert_allclose(one, other, atol=1e-4)


class StopInSecondEpoch(keras.callbacks.Callback):
    """A user's Ctrl-C in the second epoch that it sees, of whichever phases."""

    num_begun = 0

    def on_epoch_begin(self, epoch, logs=None):
        self.num_begun += 1
        if self.num_begun == 2:
            raise KeyboardInterrupt


@pytest.mark.parametrize("name, num_epochs", [("Studio2Shop", 4), ("static-fc14-non-linear", 2)])
def test_a_system_that_drops_units_is_the_same_to_the_bit_if_stopped_after_each_epoch(
    name, num_epochs, materials, tmp_path, eagerly
):
    """Two epochs of the head, under noise, and two of all layers; the static one has no head."""

    def query_leg(name, feature_size):
        return build_query_feature((48, 32, 3), feature_size, "compact", None, "pooled", 0.5, name)

    def train(folder, *callbacks):
        plan = TrainingPlan(head_epochs=2, all_epochs=2, article_noise=0.1, callbacks=callbacks)
        own = dataclasses.replace(materials, query_leg=query_leg, plan=plan)
        return train_system(BY_NAME[name], own, folder)

    whole = train(tmp_path / "whole")
    for _ in range(num_epochs - 1):
        with pytest.raises(KeyboardInterrupt):
            train(tmp_path / "stopped", StopInSecondEpoch())
    again = train(tmp_path / "stopped")
    assert again.history.equals(whole.history) and len(again.history) == num_epochs
    for one, other in zip(again.model.get_weights(), whole.model.get_weights(), strict=True):
        np.testing.assert_array_equal(one, other)
    np.testing.assert_array_equal(again.features.vectors, whole.features.vectors)


def test_the_static_linear_system_ranks_by_the_plain_dot_product(materials, studio, tmp_path):
    trained = train_system(BY_NAME["static-fc14-linear"], materials, tmp_path)
    search = Retriever(trained.model, trained.features)
    scores = search.query_features_of(studio) @ trained.features.vectors.T
    ranks = [
        (scores[query] > scores[query, article]).sum() + 1
        for query, article in zip(*studio.match_indices())
    ]
    assert evaluate(search, studio).ranks["rank"].tolist() == pytest.approx(ranks, abs=1)
    assert trained.num_parameters == 0


@pytest.mark.parametrize(
    "name", [system.name for system in SYSTEMS if system.architecture == "ours"]
)
def test_gradients_reach_every_weight_but_biases_that_shift_all_alike(name):
    """Table 7's BatchNorm takes off what all query features share.

    Losses that compare a query's articles, what all scores share.
    """
    system = BY_NAME[name]
    keras.utils.set_random_seed(0)
    query_feature = build_query_feature((48, 32, 3), 8, "compact", None, "pooled", 0.0)
    model = join_submodels(
        query_feature, build_query_article_matching(8, system.matching, match_activation=None)
    )
    random = np.random.default_rng(0)
    inputs = [
        random.integers(0, 256, (4, 48, 32, 3)).astype("float32"),
        random.standard_normal((4, 6, 8)).astype("float32"),
    ]
    before = [weight.numpy() for weight in model.trainable_weights]
    model.compile(keras.optimizers.SGD(1.0), loss=loss_of(system))
    model.train_on_batch(inputs, np.eye(4, 6, dtype="float32"))
    still = [
        weight.path.rpartition("query_article_matching/")[2]
        for weight, old in zip(model.trainable_weights, before)
        if np.allclose(old, weight.numpy(), atol=1e-6, rtol=0)
    ]
    normalised = ["query_feature/query_fDNA/bias"] if system.matching == "non-linear" else []
    compared = (
        [{"linear": "dot_product/bias", "non-linear": "match/bias"}[system.matching]]
        if system.loss in ("triplet ranking", "listwise")
        else []
    )
    assert still == normalised + compared


def test_a_row_of_no_known_kind_is_refused(materials, tmp_path):
    row = dataclasses.replace(BY_NAME["Studio2Shop"], architecture="three legs")
    with pytest.raises(
        ValueError,
        match="`architecture` must be one of static, ours, siamese; received 'three legs'.",
    ):
        train_system(row, materials, tmp_path)
    with pytest.raises(
        ValueError, match="`loss` must be one of none, cross-entropy, .*; received 'hinge'."
    ):
        loss_of(System("x", "ours", "fDNA", "linear", "hinge"))


def test_a_phase_starts_with_the_rate_that_was_chosen_for_its_kind():
    def rates(plan, name):
        own_plan = plan_of(BY_NAME[name], plan)
        return own_plan.learning_rate, own_plan.all_rate

    from_random, on_head = TrainingPlan(all_epochs=7), TrainingPlan(head_epochs=40, all_epochs=2)
    assert rates(from_random, "Studio2Shop") == (1e-3, 1e-3)
    assert rates(on_head, "Studio2Shop") == (3e-3, 1e-4)
    assert rates(on_head, "fDNA-linear") == (1e-3, 1e-4)
    on_flatten = dataclasses.replace(on_head, head_rate_share=1 / 3)
    assert rates(on_flatten, "Studio2Shop") == (pytest.approx(1e-3), 1e-4)
    assert rates(on_flatten, "static-fc14-non-linear")[0] == 3e-3
    assert rates(from_random, "static-fc14-non-linear")[0] == 3e-3


def test_a_systems_plan_has_its_loss_and_its_way_of_drawing(materials):
    plan = plan_of(BY_NAME["fDNA-ranking-loss"], materials.plan)
    assert plan.one_match and plan.loss is loss_of(BY_NAME["fDNA-ranking-loss"])
    assert not plan_of(BY_NAME["Studio2Shop"], materials.plan).one_match
