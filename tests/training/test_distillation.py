"""Towers distilled from a matching network with random weights, of 8 features.

Tiny, but as non-linear as a trained one.
"""

import keras
import numpy as np
import pytest

from studio2shop import (
    ArticleFeatures,
    Index,
    build_query_article_matching,
    build_query_feature,
    distil_towers,
    join_submodels,
)
from studio2shop.models import towers as towers_module
from studio2shop.retrieval import best_rows
from studio2shop.training.distillation import _Batches

pytestmark = pytest.mark.slow

RANDOM = np.random.default_rng(0)
FEATURES = ArticleFeatures(
    [f"a{number}" for number in range(600)], RANDOM.standard_normal((600, 8))
)
QUERIES = RANDOM.standard_normal((300, 8)).astype("float32")
OTHER_QUERIES = RANDOM.standard_normal((40, 8)).astype("float32")


@pytest.fixture(scope="module")
def model():
    model = join_submodels(
        build_query_feature((16, 16, 3), 8, "compact", None, "pooled"),
        build_query_article_matching(8, match_activation=None),
    )
    random = np.random.default_rng(1)
    for name in ("fc1", "fc2", "match"):
        layer = model.get_layer("query_article_matching").get_layer(name)
        layer.set_weights(
            [
                random.normal(0, 1.4 / np.sqrt(len(kernel)), kernel.shape)
                if kernel.ndim == 2
                else random.normal(0, 0.3, kernel.shape)
                for kernel in layer.get_weights()
            ]
        )
    return model


@pytest.fixture(scope="module")
def narrow():
    """Towers 256 wide instead of 512."""
    with pytest.MonkeyPatch.context() as patched:
        patched.setattr(towers_module, "HIDDEN_WIDTH", 256)
        yield


@pytest.fixture(scope="module")
def towers(model, narrow):
    return distil_towers(model, QUERIES, FEATURES, num_steps=50, seed=3)


def agreement(scores, exact):
    """Share of the exact best 20 of 600 articles among the first 60."""
    return np.mean(
        [np.isin(*best).mean() for best in zip(best_rows(exact, 20), best_rows(scores, 60))]
    )


def test_the_towers_pick_the_matchs_best_for_queries_they_never_met_and_a_dot_product_does_not(
    model, towers
):
    """Measured: 0.93 and more after 50 steps, 0.1 to 0.3 by the features' own dot product.

    0.1 by chance.
    """
    exact = Index(model, FEATURES).scores(OTHER_QUERIES)
    first_stage = Index(model, FEATURES, towers).candidates
    assert agreement(first_stage.scores(OTHER_QUERIES), exact) > 0.8
    assert agreement(OTHER_QUERIES @ FEATURES.vectors.T, exact) < 0.4


def test_the_result_is_a_model_of_build_towers_that_keras_saves_and_loads(towers, tmp_path):
    assert [layer.name for layer in towers.layers if layer.weights] == [
        "query_tower",
        "article_tower",
    ]
    towers.save(tmp_path / "towers.keras")
    loaded = keras.models.load_model(tmp_path / "towers.keras")
    for ours, theirs in zip(towers.get_weights(), loaded.get_weights(), strict=True):
        np.testing.assert_array_equal(ours, theirs)


def test_the_same_seed_gives_the_same_towers_and_the_matching_network_is_as_it_was(model, narrow):
    before = model.get_weights()
    some, same, others = (
        distil_towers(model, QUERIES, FEATURES, num_steps=2, seed=seed).get_weights()
        for seed in (0, 0, 1)
    )
    assert all(np.array_equal(*pair) for pair in zip(some, same, strict=True))
    assert not np.array_equal(some[0], others[0])
    assert all(np.array_equal(*pair) for pair in zip(before, model.get_weights(), strict=True))


def test_a_batch_is_some_queries_some_articles_and_the_exact_logits_of_their_pairs(model):
    scorer = Index(model, FEATURES).scorer
    batches = _Batches(scorer, QUERIES, FEATURES.vectors, num_steps=5, seed=0)
    (queries, articles), exact = batches[2]
    assert len(batches) == 5
    assert (queries.shape, articles.shape, exact.shape) == ((1, 64, 8), (1, 256, 8), (1, 64, 256))
    for drawn, table in ((queries[0], QUERIES), (articles[0], FEATURES.vectors)):
        assert len(np.unique(drawn, axis=0)) == len(drawn), "drawn without replacement"
        assert set(map(bytes, drawn)) <= set(map(bytes, table))
    matching = model.get_layer("query_article_matching")
    np.testing.assert_allclose(
        exact[0, :3],
        matching.predict([np.repeat(articles, 3, axis=0), queries[0, :3]], verbose=0),
        atol=1e-4,
    )
    again, other = batches[2], batches[3]
    assert np.array_equal(again[1], exact) and not np.array_equal(other[1], exact)


def test_fewer_queries_and_articles_than_a_step_takes_are_all_taken(model):
    (queries, articles), exact = _Batches(
        Index(model, FEATURES).scorer, QUERIES[:5], FEATURES.vectors[:7], num_steps=1, seed=0
    )[0]
    assert (queries.shape, articles.shape, exact.shape) == ((1, 5, 8), (1, 7, 8), (1, 5, 7))


@pytest.mark.parametrize(
    "query_features, sentence",
    [
        (
            np.empty((0, 8), "float32"),
            (
                "`query_features` has no rows; towers are distilled from some thousands of "
                "queries' features: see Retriever.query_features_of."
            ),
        ),
        (
            QUERIES[:, :5],
            (
                "`query_features` must be (queries, 8) and finite; received shape (300, 5), 0 "
                "values not finite."
            ),
        ),
        (
            QUERIES[0],
            (
                "`query_features` must be (queries, 8) and finite; received shape (8,), 0 values "
                "not finite."
            ),
        ),
        (
            np.full((2, 8), np.inf),
            (
                "`query_features` must be (queries, 8) and finite; received shape (2, 8), 16 "
                "values not finite."
            ),
        ),
    ],
)
def test_query_features_that_nothing_can_be_learned_from_are_refused(
    model, query_features, sentence
):
    with pytest.raises(ValueError) as caught:
        distil_towers(model, query_features, FEATURES)
    assert str(caught.value) == sentence


def test_article_features_of_another_size_are_refused(model):
    with pytest.raises(
        ValueError, match="The matching submodel takes features of size 8; received 5."
    ):
        distil_towers(model, QUERIES[:, :5], ArticleFeatures(["a"], np.zeros((1, 5))))
