"""Equal scores and smaller assortments: by hand, and against the ranks that count."""

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings, strategies
from hypothesis.extra.numpy import arrays

from studio2shop.course.rank_studies import (
    probabilities,
    rank_bounds,
    ranks_by_precision,
    results_among_fewer,
)
from studio2shop.evaluation.results import Results
from studio2shop.retrieval import rank_matches


@pytest.mark.parametrize(
    "precision, saturated", [("float16", 8.4), ("float32", 17.4), ("float64", 36.8)]
)
def test_a_probability_is_exactly_1_from_a_logit_that_depends_on_the_precision(
    precision, saturated
):
    below, above = probabilities(np.array([saturated - 0.3, saturated]), precision)
    assert below < above == 1


def test_probabilities_are_the_sigmoid_and_never_overflow():
    found = probabilities(np.array([-1e9, -np.log(3), 0, np.log(3), 1e9]), "float64")
    np.testing.assert_allclose(found, [0, 0.25, 0.5, 0.75, 1], atol=1e-15)


@settings(max_examples=100)
@given(
    arrays("float32", (4, 9), elements=strategies.integers(-2, 2)),
    strategies.lists(strategies.integers(0, 8), min_size=4, max_size=4),
)
def test_the_rank_that_counts_is_the_middle_of_the_bounds(scores, article_rows):
    bounds = rank_bounds(scores, article_rows)
    assert (bounds[:, 0] >= 1).all() and (bounds[:, 1] <= 9).all()
    np.testing.assert_array_equal(
        bounds.mean(axis=1), rank_matches(lambda block: block, scores, np.arange(4), article_rows)
    )


def test_a_scorer_that_says_the_same_of_everything_is_perfect_where_ties_count_for_it():
    row = (
        ranks_by_precision(np.full((3, 101), 20.0), [0, 50, 100]).set_index("scores").loc["logits"]
    )
    assert row.tolist() == [1, 1, 0, 0, 1, 51, 101]  # tied, top-1 at best, middle, worst, medians


def test_large_logits_tie_as_probabilities_and_not_as_logits():
    logits = np.array([[9.0, 10.0, 1.0], [20.0, 18.0, 19.0], [2.0, 1.0, 0.0]], "float32")
    table = ranks_by_precision(logits, [0, 1, 1]).set_index("scores")
    assert table.loc["logits"].tolist() == [0, 0, 0, 0, 2, 2, 2]
    assert table.loc["probabilities, float64"].tolist() == table.loc["logits"].tolist()
    assert table.loc["probabilities, float32", "tied"] == pytest.approx(1 / 3)
    assert table.loc["probabilities, float16", ["tied", "top_1_best"]].tolist() == pytest.approx(
        [2 / 3, 2 / 3]
    )
    assert table.loc["probabilities, float16", "top_1_worst"] == 0


def ranked(*ranks, num_articles):
    return Results(
        pd.DataFrame(
            {
                "query_id": "q",
                "article_id": [str(number) for number in range(len(ranks))],
                "rank": ranks,
            }
        ),
        num_articles,
    )


def test_among_as_many_articles_nothing_changes_and_alone_everything_is_first():
    results = ranked(1.0, 7.0, 100.0, num_articles=100)
    assert results_among_fewer(results, 100).ranks.equals(results.ranks)
    assert results_among_fewer(results, 1).ranks["rank"].tolist() == [1, 1, 1]
    with pytest.raises(
        ValueError,
        match=(
            "`num_articles` must be from 1 to 100, the size of the whole assortment; received 101."
        ),
    ):
        results_among_fewer(results, 101)


def test_half_the_articles_are_half_the_rank_on_average():
    found = results_among_fewer(ranked(*[401.0] * 2000, num_articles=1001), 501)
    assert found.num_articles == 501
    assert found.row()["average"] == pytest.approx(1 + 400 * 500 / 1000, abs=1)
