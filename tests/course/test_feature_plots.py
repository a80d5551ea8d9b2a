"""The figures of feature spaces say what the numbers say; their looks are for people to judge."""

import numpy as np
import pandas as pd

from studio2shop.course import feature_plots
from studio2shop.course.feature_space import nearest_articles


def test_a_panel_has_its_measures_and_shares_are_in_per_cent():
    table = pd.DataFrame(
        {
            "size": [2, 8, 512],
            "train": [0.5, 0.8, 1.0],
            "test": [0.4, 0.7, 0.9],
            "median": [90.0, 20.0, np.nan],
        }
    )
    figure = feature_plots.by_size(table, {"variance kept": ["train", "test"], "rank": ["median"]})
    kept, rank = figure.axes
    assert kept.lines[1].get_xydata().tolist() == [[2, 0.4], [8, 0.7], [512, 0.9]]
    assert [axis.get_ylabel() for axis in figure.axes] == ["variance kept", "rank"]
    assert [text.get_text() for text in kept.get_legend().get_texts()] == [
        "train",
        "test",
    ] and rank.get_legend() is None
    assert [label.get_text() for label in kept.get_xticklabels()] == ["2", "8", "512"]
    assert (
        kept.yaxis.get_major_formatter()(0.5) == "50%"
        and rank.yaxis.get_major_formatter()(50) != "5000%"
    )
    assert kept.lines[2].get_xdata()[0] == 128


def test_a_map_has_a_picture_where_each_articles_features_are(studio):
    vectors = np.random.default_rng(0).standard_normal((60, 3))
    axis = feature_plots.article_map(studio, vectors, num_articles=20).axes[0]
    places = [artist.xy for artist in axis.artists]
    assert len(places) == 20 and {tuple(place) for place in places} <= {
        tuple(place) for place in vectors[:, :2]
    }
    (left, right), (bottom, top) = axis.get_xlim(), axis.get_ylim()
    assert all(left < x < right and bottom < y < top for x, y in places)


def test_strips_show_the_article_and_its_neighbours(studio):
    nearest = nearest_articles(np.arange(60.0)[:, None], 4)
    spaces = {"by number": nearest, "again": nearest, "others": nearest + 1}
    figure = feature_plots.neighbour_strips(studio, 7, spaces)
    captions = ["by number", "again: 4 of 4 the same", "others: 2 of 4 the same"]
    assert [axis.get_title(loc="left") for axis in figure.axes if axis.images] == captions
    strips = [np.asarray(axis.images[0].get_array()) for axis in figure.axes[:2]]
    np.testing.assert_array_equal(*strips)
    assert strips[0].shape == (2 * 70, 2 * 50 + 9 + 2 * 50, 3)
