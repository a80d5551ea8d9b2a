"""From ranks to Table 3's row: cases by hand, and a slow bootstrap beside the fast one."""

import pathlib
import types

import numpy as np
import pandas as pd
import pytest
from results_by_hand import BY_HAND, random_results, results_of

from studio2shop import ArticleFeatures, evaluate, paper
from studio2shop.catalogue import Catalogue
from studio2shop.evaluation.results import Results


def test_a_row_by_hand():
    expected = {
        "top_1": 1 / 7,
        "top_5": 3 / 7,
        "top_10": 4 / 7,
        "top_20": 5 / 7,
        "top_50": 5 / 7,
        "top_1_percent": 2 / 7,
    }
    expected |= {"average": (1 + 60 + 2 + 7.5 + 5 + 20 + 150) / 7, "median": 7.5}
    row = results_of(BY_HAND).row()
    assert tuple(row.index) == paper.METRICS
    assert row.to_dict() == pytest.approx(expected)


@pytest.mark.parametrize(
    "num_articles, k", [(1, 1), (99, 1), (199, 1), (200, 2), (299, 2), (50_000, 500)]
)
def test_top_1_percent_is_top_1_or_a_hundredth_of_the_assortment_rounded_down(num_articles, k):
    results = results_of({"q1": [k], "q2": [k + 1]}, num_articles)
    assert results.row()["top_1_percent"] == 0.5


def test_any_row_counts_queries_by_their_best_match():
    expected = {
        "top_1": 1 / 4,
        "top_5": 3 / 4,
        "top_10": 3 / 4,
        "top_20": 3 / 4,
        "top_50": 3 / 4,
        "top_1_percent": 2 / 4,
    }
    assert results_of(BY_HAND).any_row().to_dict() == expected
    assert results_of(BY_HAND).num_queries == 4


def test_top_k_is_the_share_of_matches_at_rank_k_or_better():
    results = results_of(BY_HAND)
    assert results.top_k([1, 2, 7, 8, 60, 150, 250]).tolist() == [
        1 / 7,
        2 / 7,
        3 / 7,
        4 / 7,
        6 / 7,
        1,
        1,
    ]
    assert results.top_k([1, 5, 10, 20, 50]).tolist() == results.row()[:5].tolist()


def test_intervals_hold_the_value_and_are_the_same_each_time():
    results = random_results()
    intervals = results.intervals()
    assert list(intervals.index) == ["low", "high"] and tuple(intervals.columns) == paper.METRICS
    assert (intervals.loc["low"] <= results.row()).all() and (
        results.row() <= intervals.loc["high"]
    ).all()
    assert (intervals.loc["low"] < intervals.loc["high"]).all()
    assert intervals.equals(random_results().intervals())
    shuffled = Results(results.ranks.sample(frac=1, random_state=0), results.num_articles)
    pd.testing.assert_frame_equal(shuffled.intervals(), intervals)
    assert not intervals.equals(random_results(seed=1).intervals())


def test_intervals_are_those_of_a_slow_bootstrap_over_queries():
    results, random, rows = random_results(seed=3), np.random.default_rng(3), []
    by_query = [group["rank"].tolist() for _, group in results.ranks.groupby("query_id")]
    for _ in range(1000):
        drawn = [by_query[number] for number in random.integers(len(by_query), size=len(by_query))]
        rows.append(results_of(dict(enumerate(drawn))).row())
    np.testing.assert_allclose(
        results.intervals(), np.percentile(rows, [2.5, 97.5], axis=0), rtol=1e-12
    )


def test_a_perfect_system_has_no_interval_to_speak_of():
    intervals = results_of({"q1": [1], "q2": [1]}).intervals()
    assert (intervals.loc["low"] == intervals.loc["high"]).all()


@pytest.fixture
def catalogue():
    """Twenty queries in the views full and half; the first two have two matches, the rest one."""
    queries = pd.DataFrame(
        {
            "query_id": [f"q{number:02d}" for number in range(20)],
            "image": "q.jpg",
            "view": ["full", "half"] * 10,
        }
    )
    matches = [(f"q{number:02d}", f"a{number:02d}") for number in range(20)] + [
        ("q00", "a05"),
        ("q01", "a06"),
    ]
    articles = pd.DataFrame(
        {"article_id": [f"a{number:02d}" for number in range(20)], "image": "a.jpg"}
    )
    return Catalogue(
        pathlib.Path("shop"),
        articles,
        queries,
        pd.DataFrame(matches, columns=["query_id", "article_id"]),
        {},
    )


@pytest.fixture
def search(catalogue):
    """A stand-in for a retriever: query i scores article j with -|i - j|, its own is first."""
    features = ArticleFeatures(catalogue.article_ids[::-1], np.arange(20.0)[::-1, np.newaxis])

    def query_features_of(catalogue):
        return np.array([[float(query_id[1:])] for query_id in catalogue.query_ids])

    def scores(query_features):
        return -np.abs(query_features - features.vectors[:, 0])

    return types.SimpleNamespace(
        features=features,
        query_features_of=query_features_of,
        index=types.SimpleNamespace(scores=scores),
    )


def test_evaluate_ranks_each_match_in_the_assortment_whatever_its_order(catalogue, search):
    results = evaluate(search, catalogue)
    assert list(results.ranks.columns) == ["query_id", "article_id", "rank", "view"]
    assert results.ranks[["query_id", "article_id"]].equals(catalogue.matches)
    # articles 0-4 are nearer to query 0 than article 5, and articles 0-5 nearer to query 1 than
    # article 6
    assert results.ranks["rank"].tolist() == [1.0] * 20 + [6.0, 7.0]
    assert results.ranks["view"].tolist() == ["full", "half"] * 11
    assert (results.num_articles, results.num_queries, results.seed) == (20, 20, 0)


def test_as_many_queries_as_wanted_are_drawn_and_the_same_each_time(catalogue, search):
    drawn = evaluate(search, catalogue, num_queries=6, seed=1).ranks
    assert drawn["query_id"].nunique() == 6
    expected = catalogue.matches[catalogue.matches["query_id"].isin(drawn["query_id"])].reset_index(
        drop=True
    )
    assert drawn[["query_id", "article_id"]].equals(expected)
    assert drawn.equals(evaluate(search, catalogue, num_queries=6, seed=1).ranks)
    assert set(drawn["query_id"]) != set(
        evaluate(search, catalogue, num_queries=6, seed=2).ranks["query_id"]
    )
    assert evaluate(search, catalogue, num_queries=1000).ranks.equals(
        evaluate(search, catalogue).ranks
    )
    assert len(catalogue.queries) == 20


def test_a_match_outside_the_assortment_is_refused(catalogue, search):
    search.features = search.features.of(catalogue.article_ids[:5])
    with pytest.raises(ValueError) as caught:
        evaluate(search, catalogue)
    assert str(caught.value) == (
        "There are no features of article 'a05'; 5 articles have some. "
        "Extract them from the catalogue that has it."
    )


def test_a_catalogue_without_matches_is_refused(catalogue, search):
    with pytest.raises(ValueError) as caught:
        evaluate(search, catalogue.select_articles([]))
    assert str(caught.value) == (
        "Catalogue(shop: 0 articles, 0 queries, 0 matches, "
        "0 attributes) has no matches to rank; matches.csv needs rows of (query_id, "
        "article_id)."
    )
