"""Ranks against a brute force. Scores stand in for query features, so that a scorer is a function of them."""

import numpy as np
import pytest
from hypothesis import given, settings, strategies
from hypothesis.extra.numpy import arrays

from studio2shop.retrieval import rank_matches
from studio2shop.retrieval.ranks import QUERIES_PER_BLOCK


def as_they_are(scores):
    return scores


def brute_force(scores, query_rows, article_rows):
    """The average position of all that score as the match does, in the sorted assortment."""
    ranks = []
    for query, article in zip(query_rows, article_rows):
        best_first = np.sort(scores[query])[::-1]
        ranks.append(1 + np.flatnonzero(best_first == scores[query, article]).mean())
    return ranks


@strategies.composite
def scored_matches(draw):
    num_queries, num_articles = draw(strategies.integers(1, 5)), draw(strategies.integers(1, 12))
    scores = draw(arrays("float32", (num_queries, num_articles), elements=strategies.integers(-2, 2)))
    pair = strategies.tuples(strategies.integers(0, num_queries - 1), strategies.integers(0, num_articles - 1))
    pairs = draw(strategies.lists(pair, min_size=1, max_size=15))  # several a query, none of some, in any order
    return scores, *np.array(pairs).T


@settings(max_examples=200, deadline=None)
@given(scored_matches())
def test_ranks_are_those_of_the_brute_force(case):
    np.testing.assert_array_equal(rank_matches(as_they_are, *case), brute_force(*case))


def test_a_case_by_hand():
    scores = np.array([[0.9, 0.5, 0.5, 0.1], [3.0, 1.0, 2.0, 4.0]])
    ranks = rank_matches(as_they_are, scores, [0, 0, 0, 1, 1], [0, 1, 3, 3, 1])
    assert ranks.tolist() == [1, 2.5, 4, 1, 4] and ranks.dtype == np.float64


@pytest.mark.parametrize("num_articles", [1, 2, 7, 100])
def test_a_scorer_that_says_the_same_of_everything_ranks_every_match_in_the_middle(num_articles):
    ranks = rank_matches(as_they_are, np.zeros((3, num_articles)), [0, 1, 2, 2], [0, num_articles // 2, num_articles - 1, 0])
    assert ranks.tolist() == [(num_articles + 1) / 2] * 4


def test_infinite_scores_are_ranked():
    assert rank_matches(as_they_are, np.array([[np.inf, 0.0, -np.inf]]), [0, 0, 0], [2, 1, 0]).tolist() == [3, 2, 1]


def test_another_match_of_the_query_counts_as_an_ordinary_article():
    assert rank_matches(as_they_are, np.array([[5.0, 4.0, 3.0]]), [0, 0], [0, 1]).tolist() == [1, 2]


@pytest.mark.parametrize("num_queries", [63, 64, 65, 128, 130])
def test_queries_are_ranked_alike_on_both_sides_of_a_blocks_border(num_queries):
    random = np.random.default_rng(num_queries)
    scores = random.integers(0, 5, (num_queries, 20)).astype("float32")
    query_rows, article_rows = random.permutation(num_queries), random.integers(0, 20, num_queries)
    np.testing.assert_array_equal(rank_matches(as_they_are, scores, query_rows, article_rows), brute_force(scores, query_rows, article_rows))


def test_only_blocks_with_matches_are_scored_and_never_more_than_a_block_at_once():
    sizes = []

    def score(block):
        sizes.append(len(block))
        return block

    ranks = rank_matches(score, np.tile([3.0, 2.0, 1.0], (3 * QUERIES_PER_BLOCK + 1, 1)), [3 * QUERIES_PER_BLOCK, 0], [1, 2])
    assert ranks.tolist() == [2, 3] and sizes == [QUERIES_PER_BLOCK, 1]


def test_no_match_gives_no_rank():
    assert rank_matches(as_they_are, np.zeros((2, 3)), [], []).shape == (0,)


def test_a_score_that_is_not_a_number_is_refused():
    with pytest.raises(ValueError) as caught:
        rank_matches(as_they_are, np.array([[1.0, np.nan, 0.0], [np.nan, 1.0, 1.0]]), [0], [0])
    assert str(caught.value) == "Scores must be numbers to be ranked; 2 of 6 are NaN. Did training diverge?"
