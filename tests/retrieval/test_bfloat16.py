"""The match in bfloat16 beside the one in float32."""

import numpy as np
import pytest
from matching_models import (
    chain_model,
    features_of_statistics,
    random_features,
    randomised,
)

from studio2shop import build_query_article_matching
from studio2shop.retrieval import ExactScorer, SplitMatching, best_rows
from studio2shop.retrieval.bfloat16 import ARTICLES_PER_CHUNK, _in_parts


def both(model, articles, queries):
    return ExactScorer(model, articles).scores(queries), ExactScorer(
        model, articles, "bfloat16"
    ).scores(queries)


@pytest.fixture(scope="module")
def table_7():
    return randomised(build_query_article_matching(128, match_activation=None), 0)


def test_logits_are_within_3_percent_of_their_deviation_and_the_best_50_are_mostly_the_same(
    table_7,
):
    """Random ones spread articles more evenly than trained ones: measured 1.3 % and 0.987."""
    articles, queries = random_features(0, num_articles=5000, num_queries=8, size=128)
    exact, rounded = both(table_7, articles, queries)
    assert rounded.dtype == np.float32 and rounded.shape == exact.shape
    assert np.sqrt(np.square(rounded - exact).mean()) < 0.03 * exact.std()
    assert np.abs(rounded - exact).max() < 0.15 * exact.std()
    assert (
        np.mean(
            [np.isin(*best).mean() for best in zip(best_rows(rounded, 50), best_rows(exact, 50))]
        )
        > 0.96
    )


def test_features_far_from_0_lose_nothing_to_it():
    model = randomised(
        build_query_article_matching(16, match_activation=None), 1, means=100, variances=(1e-2, 1e2)
    )
    exact, rounded = both(model, *features_of_statistics(model, 1, num_articles=500))
    assert np.sqrt(np.square(rounded - exact).mean()) < 0.03 * exact.std()


@pytest.mark.parametrize("widths", [(9,), (1,), (40, 7, 20)])
def test_any_number_of_layers_and_widths_is_scored(widths):
    from keras.layers import Dense

    model = randomised(chain_model(16, [*(Dense(width, "relu") for width in widths), Dense(1)]), 2)
    exact, rounded = both(model, *random_features(2, num_articles=300))
    # without instructions for bfloat16 a sum is rounded at other places
    assert np.sqrt(np.square(rounded - exact).mean()) < 0.03 * exact.std()
    assert np.abs(rounded - exact).max() < 0.15 * exact.std()


def test_numbers_that_bfloat16_holds_are_scored_exactly():
    """max(x, -c) + c = relu(x + c): 5 units of which some are cut off, and a sum, by hand."""
    split = SplitMatching(
        np.eye(5),
        np.eye(5),
        np.zeros(5),
        np.zeros(5),
        ((np.full((5, 1), 0.5), np.array([-2.0])),),
        False,
    )
    articles, queries = (
        np.array([[1, -9, 3, -4, 0], [0, 0, 0, 0, 0]], "float32"),
        np.array([[2, 4, -1, 1, -8]], "float32"),
    )
    expected = [[0.5 * (3 + 0 + 2 + 0 + 0) - 2, 0.5 * (2 + 4 + 0 + 1 + 0) - 2]]
    assert ExactScorer(split, articles, "bfloat16").scores(queries).tolist() == expected


def test_of_units_below_zero_nothing_is_left():
    """All of the first layer is cut off: each article scores what the biases alone give."""
    random = np.random.default_rng(0)
    layers = (
        (random.normal(0, 0.1, (16, 16)), random.normal(0, 0.3, 16)),
        (random.normal(0, 0.3, (16, 1)), np.array([0.7])),
    )
    split = SplitMatching(np.eye(16), -1000 * np.eye(16), np.zeros(16), np.zeros(16), layers, False)
    articles, queries = np.abs(random.normal(1, 0.1, (70, 16))), random.standard_normal((6, 16))
    alone = np.maximum(layers[0][1], 0) @ layers[1][0] + 0.7
    logits = ExactScorer(split, articles, "bfloat16").scores(queries)
    assert (logits == logits[:, :1]).all()
    np.testing.assert_allclose(logits[:, 0], np.full(6, alone), atol=0.01)


def test_copies_tie_and_a_querys_scores_do_not_depend_on_the_others(table_7):
    articles, queries = random_features(
        3, num_articles=ARTICLES_PER_CHUNK + 100, num_queries=3, size=128
    )
    articles[ARTICLES_PER_CHUNK + 50] = articles[7]
    exact = ExactScorer(table_7, articles, "bfloat16")
    logits = exact.scores(queries)
    assert (logits[:, ARTICLES_PER_CHUNK + 50] == logits[:, 7]).all()
    np.testing.assert_array_equal(exact.scores(queries[1:2]), logits[1:2])
    assert exact.scores(queries[:0]).shape == (0, len(articles))


def test_some_articles_are_scored_in_float32(table_7):
    articles, queries = random_features(4, size=128)
    rows = [3, 1, 30]
    np.testing.assert_array_equal(
        ExactScorer(table_7, articles, "bfloat16").scores(queries, rows),
        ExactScorer(table_7, articles).scores(queries, rows),
    )


def test_the_linear_match_is_refused():
    with pytest.raises(ValueError) as caught:
        ExactScorer(
            build_query_article_matching(4, "linear"), np.ones((2, 4), "float32"), "bfloat16"
        )
    assert str(caught.value) == (
        "The linear match is one dot product, which gains nothing from bfloat16; "
        "leave `dtype` at 'float32'."
    )


@pytest.mark.parametrize("width", [1, 5, 16, 40])
def test_the_partial_sums_of_a_last_kernel_add_up_to_it(width):
    kernel = np.random.default_rng(0).standard_normal(width)
    parts = _in_parts(kernel)
    assert parts.shape == (width, 16) and (np.count_nonzero(parts, axis=1) == 1).all()
    np.testing.assert_array_equal(parts.sum(axis=1), kernel)
