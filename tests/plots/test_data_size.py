"""What systems reach by the number of training articles is drawn as the numbers say."""

import numpy as np
import pandas as pd

from studio2shop import plots

SIZES = pd.DataFrame(
    [
        ("Studio2Shop", 400, 0, 8.0, 0.10),
        ("fDNA-linear", 400, 0, 6.0, 0.20),
        ("Studio2Shop", 1600, 0, 2.0, 0.30),
        ("Studio2Shop", 1600, 1, 3.0, 0.40),
        ("fDNA-linear", 1600, 0, 4.0, 0.25),
        ("fDNA-linear", 1600, 1, 5.0, 0.20),
        ("listwise", 1600, 0, 5.0, 0.20),
    ],
    columns=["system", "train_articles", "seed", "median", "top_1"],
)


def test_by_data_size_lines_are_means_over_seeds_and_points_the_seeds():
    figure = plots.data_size(SIZES)
    top_1, median = figure.axes
    expected = [
        ("Studio2Shop", [400, 1600], [0.1, 0.35]),
        (None, [400, 1600, 1600], [0.1, 0.3, 0.4]),
        ("fDNA-linear", [400, 1600], [0.2, 0.225]),
        (None, [400, 1600, 1600], [0.2, 0.25, 0.2]),
        ("listwise", [1600], [0.2]),
        (None, [1600], [0.2]),
    ]
    for line, (label, numbers, values) in zip(top_1.lines, expected, strict=True):
        assert label is None or line.get_label() == label
        assert (line.get_linestyle() == "None") == (label is None)
        np.testing.assert_allclose([*line.get_data()], [numbers, values])
    np.testing.assert_allclose(median.lines[0].get_ydata(), [8, 2.5])
    assert median.get_ylim()[0] > median.get_ylim()[1]  # the best on top
    assert {top_1.get_xscale(), median.get_xscale(), median.get_yscale()} == {"log"}
    assert [label.get_text() for label in top_1.get_xticklabels()] == ["400", "1,600"]
    assert [text.get_text() for text in figure.legends[0].get_texts()] == [
        "Studio2Shop",
        "fDNA-linear",
        "listwise",
    ]
