"""Systems on the very same matches: tables by hand, and what must hold of any ranks.

A slow bootstrap stands beside the fast one.
"""

import pathlib

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from results_by_hand import OTHER, OURS, results_of

from studio2shop import errors_by
from studio2shop.catalogue import Catalogue
from studio2shop.evaluation.comparisons import paired_comparison, ranks_of_same_matches
from studio2shop.evaluation.results import Results
from studio2shop.evaluation.table3 import systems_table


def test_a_paired_comparison_by_hand():
    (row,) = paired_comparison(
        {"Studio2Shop": results_of(OURS), "other": results_of(OTHER)}
    ).to_dict("records")
    assert (row["system"], row["baseline"], row["queries"], row["matches"]) == (
        "other",
        "Studio2Shop",
        4,
        7,
    )
    assert row["better"] == pytest.approx((1 + 2 * 0.5) / 7) and row["ties"] == pytest.approx(2 / 7)
    assert row["rank_ratio"] == 151 / 150  # the middle of 1/2, 1, 1, 151/150, 21/20, 7/6, 10
    assert row["better_low"] <= row["better"] <= row["better_high"]


def random_results(num_queries=40, seed=5):
    random = np.random.default_rng(seed)
    sizes = np.random.default_rng(0).integers(1, 4, num_queries)
    return results_of(
        {f"query {name}": random.integers(1, 30, size) for name, size in enumerate(sizes)}
    )


def test_the_interval_of_a_pair_is_that_of_a_slow_bootstrap_over_queries():
    ours, other, random, samples = (
        random_results(seed=1),
        random_results(seed=2),
        np.random.default_rng(3),
        [],
    )
    points = (other.ranks["rank"] < ours.ranks["rank"]) + 0.5 * (
        other.ranks["rank"] == ours.ranks["rank"]
    )
    by_query = [group.tolist() for _, group in points.groupby(ours.ranks["query_id"])]
    for _ in range(1000):
        drawn = [by_query[number] for number in random.integers(len(by_query), size=len(by_query))]
        samples.append(np.mean(np.concatenate(drawn)))
    row = paired_comparison({"Studio2Shop": ours, "other": other}, seed=3).iloc[0]
    np.testing.assert_allclose(
        [row["better_low"], row["better_high"]], np.percentile(samples, [2.5, 97.5]), rtol=1e-12
    )
    assert row["better_low"] < row["better"] < row["better_high"]


def test_the_comparison_does_not_depend_on_the_order_of_the_matches_or_the_other_systems():
    ours, other = random_results(seed=1), random_results(seed=2)
    shuffled = Results(other.ranks.sample(frac=1, random_state=0), other.num_articles)
    alone = paired_comparison({"Studio2Shop": ours, "other": other})
    among_others = paired_comparison(
        {"third": random_results(seed=3), "other": shuffled, "Studio2Shop": ours}
    )
    assert among_others["system"].tolist() == ["third", "other"]
    pd.testing.assert_frame_equal(among_others.iloc[[1]].reset_index(drop=True), alone)


RANKS = st.lists(
    st.lists(st.tuples(st.integers(1, 9), st.integers(1, 9)), min_size=1, max_size=3),
    min_size=1,
    max_size=6,
)


def two_systems(pairs):
    return tuple(
        results_of(
            {
                f"q{number}": [ranks[side] for ranks in of_query]
                for number, of_query in enumerate(pairs)
            },
            9,
        )
        for side in (0, 1)
    )


@settings(max_examples=40)
@given(RANKS)
def test_a_system_is_as_good_as_itself_exactly(pairs):
    ours, _ = two_systems(pairs)
    row = paired_comparison({"Studio2Shop": ours, "twin": ours}).iloc[0]
    assert row[["better", "better_low", "better_high", "ties", "rank_ratio"]].tolist() == [
        0.5,
        0.5,
        0.5,
        1,
        1,
    ]


@settings(max_examples=40)
@given(RANKS)
def test_what_one_system_wins_the_other_loses(pairs):
    results = dict(zip(("one", "other"), two_systems(pairs)))
    there, back = (paired_comparison(results, baseline).iloc[0] for baseline in ("one", "other"))
    assert there["better"] == pytest.approx(1 - back["better"]) and there["ties"] == back["ties"]
    assert there["better_low"] == pytest.approx(1 - back["better_high"]) and there[
        "better_high"
    ] == pytest.approx(1 - back["better_low"])


def test_the_baseline_alone_is_an_empty_comparison_and_an_unknown_one_is_refused():
    assert len(paired_comparison({"Studio2Shop": results_of(OURS)})) == 0
    with pytest.raises(ValueError) as caught:
        paired_comparison({"mine": results_of(OURS)})
    assert (
        str(caught.value)
        == "`baseline` must be one of the systems ('mine'); received 'Studio2Shop'."
    )


def test_systems_that_did_not_rank_the_same_matches_are_not_compared():
    fewer = {"q1": [1, 60], "q3": [8], "q9": [3]}  # lacks q2, two of q3, q4; has q9
    sentences = {
        (
            "Systems are compared on the very same matches; "
            "'other' lacks 4 of the 7 of 'one' and has 1 that those are not: "
            "evaluate both on one catalogue with one seed."
        ): results_of(fewer),
        (
            "Systems are compared among the very same articles; "
            "'one' was ranked among 250 and 'other' among 99: "
            "evaluate both in one assortment."
        ): results_of(OURS, 99),
    }
    for sentence, other in sentences.items():
        for compare in (
            systems_table,
            ranks_of_same_matches,
            lambda results: paired_comparison(results, "one"),
        ):
            with pytest.raises(ValueError) as caught:
                compare({"one": results_of(OURS), "other": other})
            assert str(caught.value) == sentence
    with pytest.raises(ValueError) as caught:
        systems_table({})
    assert str(caught.value) == "`results` must hold at least one system; received none."


@pytest.fixture
def catalogue():
    queries = pd.DataFrame(
        {
            "query_id": ["q1", "q2", "q3", "q4"],
            "image": "q.jpg",
            "view": ["full", "back", "full", "back"],
        }
    )
    articles = pd.DataFrame(
        {"article_id": ["a0", "a1", "a2"], "image": "a.jpg", "category": ["skirt", "", "shirt"]}
    )
    return Catalogue(
        pathlib.Path("shop"),
        articles,
        queries,
        pd.DataFrame(columns=["query_id", "article_id"]),
        {},
    )


def test_errors_by_category_are_those_of_the_articles_by_hand(catalogue):
    table = errors_by({"one": results_of(OURS), "other": results_of(OTHER)}, catalogue, "category")
    assert table.to_numpy().tolist() == [
        ["one", "category", "skirt", 4, 5.0, 0.75],  # 1, 2, 8, 150
        ["one", "category", "shirt", 1, 20.0, 0.0],
        ["one", "category", "not annotated", 2, 32.5, 0.5],  # 60, 5
        ["other", "category", "skirt", 4, 40.5, 0.5],  # 1, 1, 80, 151
        ["other", "category", "shirt", 1, 21.0, 0.0],
        ["other", "category", "not annotated", 2, 37.5, 0.5],  # 70, 5
    ]
    assert list(table.columns) == ["system", "column", "value", "matches", "median", "top_10"]


def test_errors_by_view_are_those_of_the_queries_by_hand(catalogue):
    table = errors_by({"one": results_of(OURS)}, catalogue, "view")
    assert table.to_numpy().tolist() == [
        ["one", "view", "full", 5, 8.0, 0.6],
        ["one", "view", "back", 2, 76.0, 0.5],
    ]


def test_rank_10_is_in_the_top_10_and_a_tie_beyond_it_is_not(catalogue):
    table = errors_by({"one": results_of({"q1": [10], "q3": [10.5]})}, catalogue, "view")
    assert table[["matches", "top_10"]].to_numpy().tolist() == [[2, 0.5]]


def test_a_catalogue_without_the_column_gives_no_errors(catalogue):
    table = errors_by({"one": results_of(OURS)}, catalogue, "colour")
    assert len(table) == 0 and list(table.columns) == [
        "system",
        "column",
        "value",
        "matches",
        "median",
        "top_10",
    ]


def test_another_catalogue_than_was_ranked_is_refused(catalogue):
    for column, word in (("category", "article_id 'a3'"), ("view", "query_id 'q5'")):
        with pytest.raises(ValueError) as caught:
            errors_by({"one": results_of({"q1": [1], "q5": [1, 2, 3, 4]})}, catalogue, column)
        assert str(caught.value) == (
            "Catalogue(shop: 3 articles, 4 queries, 0 matches, 0 attributes) has no "
            f"{word}, of which there are ranks; pass the catalogue that was evaluated."
        )
