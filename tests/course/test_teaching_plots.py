"""The course's figures show what they are given; how they look is for people to judge."""

import numpy as np
import pandas as pd
import pytest

from studio2shop.course import teaching_plots


def titles(figure):
    return [axis.get_title() or axis.get_title(loc="left") for axis in figure.axes]


def test_a_query_is_followed_by_the_title_images_of_its_matches(studio):
    several = studio.query_ids[studio.matches_per_query() == 2][:2]
    figure = teaching_plots.queries_and_matches(studio, several)
    expected = []
    for query_id in several:
        view = studio.queries["view"][list(studio.query_ids).index(query_id)]
        matches = studio.matches["article_id"][studio.matches["query_id"] == query_id]
        expected += [
            f"query {query_id}\n{view}",
            *(f"article {article_id}" for article_id in matches),
        ]
    assert titles(figure) == expected and all(axis.images for axis in figure.axes)


def test_an_article_is_followed_by_photos_in_which_it_is_annotated(studio):
    article_id = studio.matches["article_id"].value_counts().index[0]
    all_of_it = studio.matches["query_id"][studio.matches["article_id"] == article_id].tolist()
    shown = titles(teaching_plots.article_and_queries(studio, article_id, num_queries=2))
    assert shown[0] == f"article {article_id}"
    assert [title.splitlines()[0] for title in shown[1:]] == [
        f"query {query_id}" for query_id in all_of_it[:2]
    ]


def test_bars_are_as_long_as_the_shares_and_chance_is_a_line():
    table = pd.DataFrame(
        {"ours": [0.5, 0.25], "paper": [0.4, np.nan], "chance": [0.1, 0.2]},
        index=["main_colour", "pattern"],
    )
    (axis,) = teaching_plots.share_bars(table, "share", markers=["chance"]).axes
    assert [bar.get_width() for bar in axis.containers[0]] == [0.5, 0.25]
    assert axis.containers[1][0].get_width() == 0.4 and len(axis.containers) == 2
    assert [segment[0, 0] for segment in axis.collections[0].get_segments()] == [0.1, 0.2]
    assert [label.get_text() for label in axis.get_yticklabels()] == ["main colour", "pattern"]
    assert [text.get_text() for text in axis.texts] == ["50%", "25%", "40%"]
    assert axis.get_xlabel() == "share"


def test_losses_are_shares_of_an_even_guess():
    history = {"category_loss": [np.log(7), np.log(7) / 2], "rise_loss": [np.log(3) * 2, np.log(3)]}
    figure = teaching_plots.attribute_losses(
        history, {"category": 7, "rise": 3}, steps_per_epoch=10
    )
    assert titles(figure) == ["category (7 values)", "rise (3 values)", ""]
    (category, even), (rise, _), nothing = (axis.lines for axis in figure.axes)
    np.testing.assert_allclose([category.get_ydata(), rise.get_ydata()], [[1, 0.5], [2, 1]])
    assert list(category.get_xdata()) == [10, 20] and list(even.get_ydata()) == [1, 1]
    assert [axis.texts[0].get_text() for axis in figure.axes[:2]] == ["0.50", "1.00"]
    assert not nothing


@pytest.mark.parametrize("num_shown", [1, 4])
def test_each_shown_article_stands_beside_its_own_nearest(studio, num_shown, monkeypatch):
    asked = []
    strip = teaching_plots.photo_strip
    monkeypatch.setattr(
        teaching_plots,
        "photo_strip",
        lambda query, titles, hits: (asked.append((query, titles)), strip(query, titles, hits))[1],
    )
    nearest = np.random.default_rng(0).integers(60, size=(60, 6))
    figure = teaching_plots.nearest_strips(studio, [5, 9, 2, 30][:num_shown], nearest)
    paths = studio.article_paths
    assert asked == [
        (paths[row], [paths[near] for near in nearest[row]]) for row in [5, 9, 2, 30][:num_shown]
    ]
    assert [title.split(",")[0] for title in titles(figure) if title] == [
        studio.article_ids[row] for row in [5, 9, 2, 30][:num_shown]
    ]
