"""The figures of other people's photos say what the numbers say; people judge their looks."""

import numpy as np
import pandas as pd
import pytest

from studio2shop.course import shift_plots
from studio2shop.evaluation.results import Results


def results(ranks, num_articles):
    table = pd.DataFrame(
        {
            "query_id": [f"q{number}" for number in range(len(ranks))],
            "article_id": "a",
            "rank": np.array(ranks, float),
        }
    )
    return Results(table, num_articles)


def test_a_shop_is_a_row_of_queries_and_title_images(studio):
    figure = shift_plots.shops({"here": studio, "there": studio}, num_queries=3, num_titles=2)
    assert len(figure.axes) == 2 * 5 and all(axis.images for axis in figure.axes)
    titles = [axis.get_title(loc="left") for axis in figure.axes]
    assert [title for title in titles if title] == [
        "here: queries",
        "title images",
        "there: queries",
        "title images",
    ]


def test_an_outfit_is_a_row_and_a_way_a_column():
    pictures = {
        "as it is": np.zeros((2, 8, 6, 3), "uint8"),
        "lighter": np.full((2, 8, 6, 3), 9, "uint8"),
    }
    axes = shift_plots.same_outfits(pictures).axes
    assert [int(np.asarray(axis.images[0].get_array()).max()) for axis in axes] == [0, 9, 0, 9]
    assert [axis.get_title() for axis in axes] == ["as it is", "lighter", "", ""]


def test_median_ranks_are_points_with_their_top_10_beside():
    axis = shift_plots.ranks_by_way(
        {"at home": results([1, 2, 3], 100), "elsewhere": results([9, 10, 50], 100)}
    ).axes[0]
    points = [line for line in axis.lines if line.get_marker() == "o"]
    assert [point.get_xdata()[0] for point in points] == [2, 10]
    assert [text.get_text() for text in axis.texts] == ["2  (top-10: 100%)", "10  (top-10: 67%)"]
    assert axis.lines[-1].get_xdata()[0] == 2  # the first one's median, through all rows


def test_assortments_of_two_sizes_are_compared_by_shares_of_them():
    axis = shift_plots.rank_shares(
        {"small": results([1, 5], 10), "large": results([100, 500], 1000)}
    ).axes[0]
    labels = [text.get_text() for text in axis.get_legend().get_texts()]
    assert labels == ["small: median 3 of 10", "large: median 300 of 1,000", "chance"]
    curves = [line for line in axis.lines if len(line.get_xdata()) == 200]
    for curve, (first, last) in zip(curves, [(0.5, 1.0), (0.0, 1.0)]):  # at one article, and at all
        assert (curve.get_ydata()[0], curve.get_ydata()[-1]) == (first, last)
    medians = [line.get_xdata()[0] for line in axis.lines if len(line.get_xdata()) == 1]
    assert medians == pytest.approx([0.3, 0.3])
