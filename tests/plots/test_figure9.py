"""Figure 9 and the agreement plot say what the numbers say; people judge their looks."""

import numpy as np
import pandas as pd

from studio2shop import plots


def timings_table(num_queries=(1, 4)):
    rows = []
    for factor, way in ((10, "paper's way"), (1, "exact, float32")):
        for number in num_queries:
            matching, feature = factor * number, 0.5 * number
            for stage, seconds in (
                ("query-feature", feature),
                ("matching", matching),
                ("both", feature + matching),
            ):
                rows.append((way, number, stage, seconds, 0.9 * seconds, 1.2 * seconds))
    return pd.DataFrame(
        rows, columns=["way", "num_queries", "stage", "seconds", "least_seconds", "most_seconds"]
    )


def drawn_lines(axis):
    return {line.get_label(): [list(values) for values in line.get_data()] for line in axis.lines}


def test_figure_9_draws_a_line_a_way_and_the_papers_two_points():
    whole, matching = plots.timings(timings_table()).axes
    assert drawn_lines(whole) == {
        "paper's way": [[1, 4], [10.5, 42]],
        "exact, float32": [[1, 4], [1.5, 6]],
        "query features alone, ours": [[1, 4], [0.5, 2]],
        "paper: one image, 50,000 articles, Xeon CPU: 5 s": [[1], [5]],
        "paper: one image, 50,000 articles, K80 GPU: 8 s": [[1], [8]],
    }
    assert drawn_lines(matching) == {
        "paper's way": [[1, 4], [10, 40]],
        "exact, float32": [[1, 4], [1, 4]],
    }
    assert (
        {axis.get_yscale() for axis in (whole, matching)}
        == {axis.get_xscale() for axis in (whole, matching)}
        == {"log"}
    )
    assert [label.get_text() for label in whole.get_xticklabels()] == ["1", "4"]


def test_agreement_is_drawn_by_what_is_missed_and_the_line_at_999_in_1000_is_there():
    table = pd.DataFrame(
        [(100, 10, 0.99), (100, 50, 0.9), (1000, 10, 1.0), (1000, 50, 0.999)],
        columns=["num_candidates", "k", "agreement"],
    )
    (axis,) = plots.agreement({"towers": table, "dot product": table}).axes
    *curves, line = axis.lines
    assert [curve.get_label() for curve in curves] == [
        "towers, top-10",
        "towers, top-50",
        "dot product, top-10",
        "dot product, top-50",
    ]
    # none missed is drawn as 1 in 10,000
    np.testing.assert_allclose(
        [curve.get_ydata() for curve in curves[:2]], [[0.01, 1e-4], [0.1, 0.001]]
    )
    assert line.get_ydata()[0] == 0.001
    assert axis.get_ylim()[0] > axis.get_ylim()[1]  # the best on top
    assert [label.get_text() for label in axis.get_yticklabels()] == [
        "0 %",
        "90 %",
        "99 %",
        "99.9 %",
        "99.99 %\nor more",
    ]
