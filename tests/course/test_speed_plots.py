"""The figures of fast search say what the numbers say; how they look is for people to judge."""

import numpy as np
import pandas as pd
import pytest

from studio2shop import build_query_article_matching
from studio2shop.course import search_costs, speed_plots


def bar_ends(axis):
    """The right end of each row of bars, from top to bottom."""
    ends = {}
    for patch in axis.patches:
        row = round(patch.get_y() + patch.get_height() / 2)
        ends[row] = max(ends.get(row, 0), patch.get_x() + patch.get_width())
    return [ends[row] for row in sorted(ends)]


def test_operations_are_drawn_in_billions_without_what_is_done_in_advance():
    figure = speed_plots.operations(
        search_costs.matching_operations(build_query_article_matching())
    )
    assert bar_ends(figure.axes[0]) == pytest.approx(
        [2 * 50_000 * (2 * 65_536 + 256) / 1e9, (2 * 50_000 * (65_536 + 256) + 65_536) / 1e9]
    )
    assert [tick.get_text() for tick in figure.axes[0].get_yticklabels()] == [
        "as it stands",
        "split",
    ]


def test_a_bar_is_as_long_as_its_parts_together_and_a_missing_part_is_none():
    figure = speed_plots.seconds_by_part(
        {"slow": {"the photo": 0.5, "calls": 2.0}, "fast": {"the photo": 0.5, "candidates": 0.25}}
    )
    assert bar_ends(figure.axes[0]) == pytest.approx([2.5, 0.75])
    assert [text.get_text() for text in figure.axes[0].texts] == ["2.5", "0.75"]
    assert [text.get_text() for text in figure.legends[0].get_texts()] == [
        "the photo",
        "calls",
        "candidates",
    ]


def test_calls_are_points_and_the_line_goes_through_what_it_says():
    table = pd.DataFrame(
        {"articles_per_call": [50, 500], "num_calls": [1000, 100], "seconds": [1.4, 0.6]}
    )
    axis = speed_plots.by_calls(table, 0.001, 0.5, {"exact": 0.04}).axes[0]
    points, line, level = axis.lines
    assert points.get_xdata().tolist() == [1000, 100] and points.get_ydata().tolist() == [1.4, 0.6]
    assert line.get_xdata().tolist() == [0, 1000] and line.get_ydata().tolist() == pytest.approx(
        [0.5, 1.5]
    )
    assert list(level.get_ydata()) == [0.04, 0.04]
    assert axis.get_legend().get_texts()[1].get_text() == "1.00 ms a call + 0.50 s"
    assert len(speed_plots.by_calls(table, 0.001, 0.5).axes[0].lines) == 2


def test_a_trade_off_is_drawn_by_what_is_missed_and_none_missed_is_at_the_top():
    table = pd.DataFrame(
        {"num_candidates": [50, 1000], "milliseconds": [1.0, 2.0], "agreement": [0.9, 1.0]}
    )
    axis = speed_plots.trade_off({"towers": table}, 9.0).axes[0]
    assert axis.lines[0].get_ydata().tolist() == pytest.approx([0.1, 1e-4])
    assert axis.lines[1].get_xdata()[0] == 9.0
    assert [text.get_text() for text in axis.texts] == ["50", "1,000"]


def test_sizes_are_a_line_a_way():
    table = pd.DataFrame(
        {
            "way": ["exact", "two stages"] * 2,
            "num_articles": [1000, 1000, 2000, 2000],
            "milliseconds": [1.0, 2.0, 3.0, 4.0],
        }
    )
    lines = speed_plots.by_size(table).axes[0].lines
    assert [line.get_label() for line in lines] == ["exact", "two stages"]
    np.testing.assert_array_equal(lines[0].get_ydata(), [1.0, 3.0])
