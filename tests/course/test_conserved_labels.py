"""Labels that two articles share, with an interval and beside chance."""

import numpy as np
import pytest

from studio2shop.course.conserved_labels import conserved_labels, shares_beside_chance


def test_an_interval_is_that_of_resampled_queries(four_articles):
    articles, others = np.array([0, 0, 0, 0]), np.array([1, 1, 2, 3])  # red: red, red, blue, none
    row = conserved_labels(four_articles, np.array([0, 0, 1, 1]), articles, others).loc["colour"]
    assert (row["pairs"], row["shared"]) == (3, pytest.approx(2 / 3))
    # of two queries drawn, both may be the first, whose pairs share all, or the second
    assert (row["low"], row["high"]) == (0, 1)


def test_an_attribute_that_no_pair_is_annotated_with_has_no_interval(four_articles):
    table = conserved_labels(four_articles, np.array([0]), np.array([0]), np.array([3]))
    assert table[["shared", "low", "high"]].isna().all(axis=None)


def test_a_point_is_hollow_where_chance_is_within_the_interval(four_articles):
    table = conserved_labels(
        four_articles, np.array([0, 1, 1]), np.array([0, 0, 0]), np.array([1, 1, 2])
    )
    table.loc["colour", "low"] = 0.2
    table.loc["sure"] = table.loc["colour"].to_dict() | {"low": 0.6, "high": 0.7}
    (axis,) = shares_beside_chance(table).axes
    points = [line for line in axis.lines if line.get_marker() == "o"]
    assert [point.get_markerfacecolor() == "white" for point in points] == [True, False]
    assert [text.get_text() for text in axis.get_yticklabels()] == [
        "colour (3 pairs)",
        "sure (3 pairs)",
    ]
