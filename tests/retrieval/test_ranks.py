"""Ranks against a brute force; scores stand in for query features, a scorer returns them."""

import tracemalloc

import numpy as np
import pytest
from hypothesis import given, settings, strategies
from hypothesis.extra.numpy import arrays

from studio2shop.retrieval import (
    ExactScorer,
    SplitMatching,
    best_rows,
    rank_matches,
    ranks,
    scorer,
)
from studio2shop.retrieval.ranks import QUERIES_PER_BLOCK


def as_they_are(scores):
    return scores


def brute_force(scores, query_rows, article_rows):
    """The average position of all that score as the match does, in the sorted assortment."""
    found = []
    for query, article in zip(query_rows, article_rows):
        best_first = np.sort(scores[query])[::-1]
        found.append(1 + np.flatnonzero(best_first == scores[query, article]).mean())
    return found


@strategies.composite
def scored_matches(draw):
    num_queries, num_articles = draw(strategies.integers(1, 5)), draw(strategies.integers(1, 12))
    scores = draw(
        arrays("float32", (num_queries, num_articles), elements=strategies.integers(-2, 2))
    )
    pair = strategies.tuples(
        strategies.integers(0, num_queries - 1), strategies.integers(0, num_articles - 1)
    )
    # several a query, none of some, in any order
    pairs = draw(strategies.lists(pair, min_size=1, max_size=15))
    return scores, *np.array(pairs).T


@settings(max_examples=200)
@given(scored_matches())
def test_ranks_are_those_of_the_brute_force(case):
    np.testing.assert_array_equal(rank_matches(as_they_are, *case), brute_force(*case))


def test_a_case_by_hand():
    scores = np.array([[0.9, 0.5, 0.5, 0.1], [3.0, 1.0, 2.0, 4.0]])
    found = rank_matches(as_they_are, scores, [0, 0, 0, 1, 1], [0, 1, 3, 3, 1])
    assert found.tolist() == [1, 2.5, 4, 1, 4] and found.dtype == np.float64


@pytest.mark.parametrize("num_articles", [1, 2, 7, 100])
def test_a_scorer_that_says_the_same_of_everything_ranks_every_match_in_the_middle(num_articles):
    found = rank_matches(
        as_they_are,
        np.zeros((3, num_articles)),
        [0, 1, 2, 2],
        [0, num_articles // 2, num_articles - 1, 0],
    )
    assert found.tolist() == [(num_articles + 1) / 2] * 4


def test_infinite_scores_are_ranked():
    assert rank_matches(
        as_they_are, np.array([[np.inf, 0.0, -np.inf]]), [0, 0, 0], [2, 1, 0]
    ).tolist() == [3, 2, 1]


def test_another_match_of_the_query_counts_as_an_ordinary_article():
    assert rank_matches(as_they_are, np.array([[5.0, 4.0, 3.0]]), [0, 0], [0, 1]).tolist() == [1, 2]


@pytest.mark.parametrize("num_queries", [63, 64, 65, 128, 130])
def test_queries_are_ranked_alike_on_both_sides_of_a_blocks_border(num_queries):
    random = np.random.default_rng(num_queries)
    scores = random.integers(0, 5, (num_queries, 20)).astype("float32")
    query_rows, article_rows = random.permutation(num_queries), random.integers(0, 20, num_queries)
    np.testing.assert_array_equal(
        rank_matches(as_they_are, scores, query_rows, article_rows),
        brute_force(scores, query_rows, article_rows),
    )


def test_only_blocks_with_matches_are_scored_and_never_more_than_a_block_at_once():
    sizes = []

    def score(block):
        sizes.append(len(block))
        return block

    found = rank_matches(
        score,
        np.tile([3.0, 2.0, 1.0], (3 * QUERIES_PER_BLOCK + 1, 1)),
        [3 * QUERIES_PER_BLOCK, 0],
        [1, 2],
    )
    assert found.tolist() == [2, 3] and sizes == [QUERIES_PER_BLOCK, 1]


def test_no_match_gives_no_rank():
    assert rank_matches(as_they_are, np.zeros((2, 3)), [], []).shape == (0,)


def test_a_score_that_is_not_a_number_is_refused():
    with pytest.raises(ValueError) as caught:
        rank_matches(as_they_are, np.array([[1.0, np.nan, 0.0], [np.nan, 1.0, 1.0]]), [0], [0])
    assert (
        str(caught.value)
        == "Scores must be numbers to be ranked; 2 of 6 are NaN. Did training diverge?"
    )


@pytest.mark.parametrize("query_row", [2, -1])
def test_a_match_of_a_query_that_has_no_features_is_refused(query_row):
    with pytest.raises(ValueError) as caught:
        rank_matches(as_they_are, np.zeros((2, 3)), [0, query_row], [0, 0])
    assert str(caught.value) == (
        "`query_rows` must be rows of `query_features`, of which there are 2; "
        f"received {query_row}."
    )


def exact_scorer(num_articles, size=8):
    random = np.random.default_rng(0)
    layers = tuple(
        (random.normal(0, 0.1, shape), random.normal(0, 0.1, shape[1]))
        for shape in ((256, 256), (256, 1))
    )
    first = random.normal(0, 1, (size, 256)), random.normal(0, 1, (size, 256))
    articles = random.standard_normal((num_articles, size)).astype("float32")
    articles[-1] = articles[0]
    return ExactScorer(
        SplitMatching(*first, random.normal(0, 1, 256), np.zeros(256), layers, False), articles
    )


def test_chunk_sizes_never_change_a_rank(monkeypatch):
    exact, random = exact_scorer(1500), np.random.default_rng(1)
    queries, query_rows = random.standard_normal((70, 8)).astype("float32"), np.arange(70).repeat(3)
    article_rows = np.concatenate([[0, 1499, 7], random.integers(0, 1500, 207)])
    expected = rank_matches(exact.scores, queries, query_rows, article_rows)
    assert expected[0] == expected[1], "copies share their rank"
    for queries_per_block, articles_per_block in ((1, 64), (7, 256), (64, 64), (7, 1024)):
        monkeypatch.setattr(ranks, "QUERIES_PER_BLOCK", queries_per_block)
        monkeypatch.setattr(scorer, "ARTICLES_PER_BLOCK", articles_per_block)
        np.testing.assert_array_equal(
            rank_matches(exact.scores, queries, query_rows, article_rows), expected
        )


def test_memory_grows_with_articles_but_not_with_queries():
    """3,000 queries x 2,000 articles are 24 MB of scores; 64 queries are half a megabyte."""
    articles, random = (
        np.random.default_rng(0).standard_normal((2000, 4)).astype("float32"),
        np.random.default_rng(1),
    )

    def peak_bytes(num_queries):
        queries = random.standard_normal((num_queries, 4)).astype("float32")
        rows = np.arange(num_queries)
        tracemalloc.start()
        rank_matches(lambda block: block @ articles.T, queries, rows, rows % 2000)
        peak = tracemalloc.get_traced_memory()[1]
        tracemalloc.stop()
        return peak

    few, many = peak_bytes(QUERIES_PER_BLOCK), peak_bytes(3000)
    assert 64 * 2000 * 4 < few < many < few + 1_000_000


@settings(max_examples=200)
@given(
    arrays(
        "float32",
        strategies.tuples(strategies.integers(0, 4), strategies.integers(0, 15)),
        elements=strategies.integers(-2, 2),
    ),
    strategies.integers(0, 20),
)
def test_the_best_rows_are_those_of_a_stable_sort_of_all(scores, k):
    best = best_rows(scores, k)
    assert best.dtype == np.int64
    np.testing.assert_array_equal(best, np.argsort(-scores, axis=1, kind="stable")[:, :k])


def test_infinite_scores_and_both_zeros_have_their_place_among_the_best():
    assert best_rows(np.array([[0.0, -np.inf, -0.0, np.inf, 0.0]]), 5).tolist() == [[3, 0, 2, 4, 1]]


def test_the_best_of_what_is_not_a_number_are_refused():
    with pytest.raises(ValueError) as caught:
        best_rows(np.array([[np.nan, 1.0]]), 1)
    assert (
        str(caught.value)
        == "Scores must be numbers to be ranked; 1 of 2 are NaN. Did training diverge?"
    )
