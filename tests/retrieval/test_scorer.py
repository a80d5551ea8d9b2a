"""The exact scorer against the Keras submodel that it stands for."""

import keras
import numpy as np
import pytest

from studio2shop import build_query_article_matching
from studio2shop.models.layers import PairConcatenate
from studio2shop.retrieval import ExactScorer, scorer


def randomised(model, seed):
    """The model with random weights as training might leave them: no bias at zero, no BatchNorm at its start."""
    random = np.random.default_rng(seed)
    for layer in model.layers:
        weights = layer.get_weights()
        if isinstance(layer, keras.layers.BatchNormalization):
            shape = weights[0].shape
            gamma, beta, mean = random.normal(1, 0.5, shape), random.normal(0, 0.5, shape), random.normal(0, 2, shape)
            weights = [gamma, beta, mean, random.uniform(0.05, 4, shape)]
        elif isinstance(layer, keras.layers.Dense):
            kernel, bias = weights
            weights = [random.normal(0, 1.4 / np.sqrt(len(kernel)), kernel.shape), random.normal(0, 0.3, bias.shape)]
        elif weights:  # the linear match's scale and bias
            weights = random.uniform([0.1, -3], [2, 3])
        layer.set_weights(weights)
    return model


def features(seed, num_articles=33, num_queries=5, size=16):
    random = np.random.default_rng(seed)
    return random.standard_normal((num_articles, size)).astype("float32"), random.standard_normal((num_queries, size)).astype("float32")


def submodels_own(model, articles, queries):
    return keras.ops.convert_to_numpy(model([np.repeat(articles[np.newaxis], len(queries), axis=0), queries]))


def assert_within_the_promise(ours, expected):
    assert ours.dtype == np.float32 and ours.shape == expected.shape
    assert (np.abs(ours - expected) <= 1e-4 * np.maximum(1, np.abs(expected))).all()
    assert expected.std() > 0.1


@pytest.mark.parametrize("seed", range(4))
@pytest.mark.parametrize("size", [1, 7, 128])
@pytest.mark.parametrize("matching", ["non-linear", "linear"])
def test_logits_are_the_submodels_own(matching, size, seed):
    model = randomised(build_query_article_matching(size, matching, match_activation=None), seed)
    articles, queries = features(seed, size=size)
    assert_within_the_promise(ExactScorer(model, articles).scores(queries), submodels_own(model, articles, queries))


@pytest.mark.parametrize("num_articles", [1, 9, 10, 11, 20, 35])
def test_an_assortment_of_several_blocks_is_scored_as_one(monkeypatch, num_articles):
    monkeypatch.setattr(scorer, "ARTICLES_PER_BLOCK", 10)
    model = randomised(build_query_article_matching(16, match_activation=None), 0)
    articles, queries = features(1, num_articles)
    assert_within_the_promise(ExactScorer(model, articles).scores(queries), submodels_own(model, articles, queries))


@pytest.mark.parametrize("matching", ["non-linear", "linear"])
def test_a_submodel_that_ends_in_a_sigmoid_is_scored_by_its_logits(matching):
    model = randomised(build_query_article_matching(16, matching, match_activation="sigmoid"), 2)
    on_logits = build_query_article_matching(16, matching, match_activation=None)
    on_logits.set_weights(model.get_weights())
    articles, queries = features(2)
    assert submodels_own(model, articles, queries).max() <= 1
    assert_within_the_promise(ExactScorer(model, articles).scores(queries), submodels_own(on_logits, articles, queries))


def test_logits_tell_apart_what_the_sigmoid_does_not():
    """Two articles far on the right: a float32 sigmoid says 1.0 of both, and their ranking would tie."""
    model = build_query_article_matching(1, "linear", match_activation="sigmoid")
    articles, queries = np.array([[30.0], [31.0]], "float32"), np.array([[1.0]], "float32")
    assert submodels_own(model, articles, queries).tolist() == [[1, 1]]
    np.testing.assert_allclose(ExactScorer(model, articles).scores(queries), [[30, 31]])


def test_articles_with_the_very_same_features_score_the_very_same():
    model = randomised(build_query_article_matching(16, match_activation=None), 3)
    articles, queries = features(3, num_articles=1, num_queries=20)
    for num_articles in (3, 7, 37, 1030):
        logits = ExactScorer(model, np.repeat(articles, num_articles, axis=0)).scores(queries)
        assert (logits == logits[:, :1]).all(), num_articles


def test_scoring_leaves_the_assortment_and_the_queries_as_they_were():
    model = randomised(build_query_article_matching(16, match_activation=None), 4)
    articles, queries = features(4)
    kept = articles.copy(), queries.copy()
    exact = ExactScorer(model, articles)
    np.testing.assert_array_equal(exact.scores(queries), exact.scores(queries))
    np.testing.assert_array_equal(articles, kept[0])
    np.testing.assert_array_equal(queries, kept[1])


def test_features_of_another_size_are_refused():
    with pytest.raises(ValueError) as caught:
        ExactScorer(build_query_article_matching(16), np.zeros((3, 12), "float32"))
    assert str(caught.value) == "The matching submodel takes features of size 16; received 12. Use the features it was trained with."


def test_a_foreign_model_is_refused():
    articles, query = keras.Input((None, 4), name="article_fDNA"), keras.Input((4,), name="query_fDNA")
    pairs = PairConcatenate()([articles, query])
    other_norm = keras.layers.LayerNormalization(name="norm")(pairs)
    with pytest.raises(ValueError) as caught:
        ExactScorer(keras.Model([articles, query], keras.layers.Dense(1)(other_norm)), np.zeros((2, 4), "float32"))
    assert str(caught.value) == (
        "The matching submodel can't be split for exact scoring: it has a layer 'norm' of type LayerNormalization; "
        "build it with build_query_article_matching."
    )


def test_a_model_with_another_activation_is_refused_and_not_scored_as_if_it_were_relu():
    articles, query = keras.Input((None, 4), name="article_fDNA"), keras.Input((4,), name="query_fDNA")
    pairs = keras.layers.BatchNormalization()(PairConcatenate()([articles, query]))
    hidden = keras.layers.Dense(3, activation="tanh")(pairs)
    with pytest.raises(ValueError, match="can't be split for exact scoring"):
        ExactScorer(keras.Model([articles, query], keras.layers.Dense(1)(hidden), name="mine"), np.ones((2, 4), "float32"))
