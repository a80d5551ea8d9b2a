"""Figures 3 to 7 say what the search found; how they look is for people to judge."""

import dataclasses

import keras
import numpy as np
import pytest
from PIL import Image

from studio2shop import (
    ArticleFeatures,
    Retriever,
    build_query_article_matching,
    build_query_feature,
    join_submodels,
    plots,
    render_catalogue,
)
from studio2shop.plots import figures3to7 as figures

NUM_ARTICLES = 11
FIRST = 2 * 50 + 9 + 50 + 9  # where the found articles begin: after the query and its matches


@pytest.fixture(scope="module")
def search(studio):
    keras.utils.set_random_seed(0)
    model = join_submodels(
        build_query_feature((48, 32, 3), 8, "compact", None, "pooled"),
        build_query_article_matching(8, match_activation=None),
    )
    return Retriever(
        model,
        ArticleFeatures(
            studio.article_ids, np.random.default_rng(0).standard_normal((NUM_ARTICLES, 8))
        ),
    )


def captions(figure):
    return [axis.get_title(loc="left") for axis in figure.axes]


def drawn_picture(axis):
    return np.asarray(axis.images[0].get_array())


def is_hit_colour(strip):
    return (strip == figures.HIT_COLOUR).all(axis=-1)


def grey_photos(folder, num_photos):
    for number in range(num_photos):
        Image.new("RGB", (8, 8), (10 * number + 10,) * 3).save(folder / f"{number}.png")
    return [str(folder / f"{number}.png") for number in range(num_photos)]


@pytest.mark.parametrize("num_articles, per_row", [(6, 3), (5, 3), (1, 1)])
def test_a_strip_is_the_query_and_two_rows_from_left_to_right(tmp_path, num_articles, per_row):
    query, *titles = grey_photos(tmp_path, num_articles + 1)
    strip = figures.photo_strip(query, titles, [False] * num_articles)
    height, width = 64 + 6, 44 + 6  # a thumbnail and its margins
    assert strip.shape == (2 * height, 2 * width + 9 + per_row * width, 3)
    assert (strip[70, 50] == 10).all()  # the middle of the query
    for number in range(num_articles):
        row, column = divmod(number, per_row)
        middle = strip[row * height + height // 2, 2 * width + 9 + column * width + width // 2]
        assert (middle == 10 * number + 20).all()
    assert not is_hit_colour(strip).any()


def test_what_is_worn_stands_between_the_query_and_what_was_found(tmp_path):
    query, *titles = grey_photos(tmp_path, 6)
    strip = figures.photo_strip(query, titles[:3], [False] * 3, titles[3:])
    assert strip.shape == (140, FIRST + 2 * 50, 3)
    for row, grey in enumerate([50, 60]):
        column = strip[row * 70 : row * 70 + 70, 109 : 109 + 50]
        assert (column[35, 25] == grey).all() and is_hit_colour(column)[[0, -1]].all()
    assert not is_hit_colour(strip[:, FIRST:]).any()
    without = figures.photo_strip(query, titles[:3], [False] * 3)
    np.testing.assert_array_equal(strip[:, FIRST:], without[:, 109:])


def test_a_green_box_is_where_the_hit_is_and_nowhere_else(tmp_path):
    query, *titles = grey_photos(tmp_path, 7)
    # the second of the lower row
    strip = figures.photo_strip(query, titles, [False, False, False, False, True, False])
    expected = np.zeros(strip.shape[:2], bool)
    left, top = 109 + 50, 70
    expected[top : top + 70, left : left + 50] = True
    expected[top + 3 : top + 67, left + 3 : left + 47] = False  # the picture inside the box
    np.testing.assert_array_equal(is_hit_colour(strip), expected)


def test_captions_give_the_ranks_at_which_search_finds_the_matches(studio, search):
    figure = plots.retrievals(search, studio, num_queries=8, seed=1)
    paths = dict(zip(studio.query_ids, studio.query_paths))
    shown = [caption.split(":")[0] for caption in captions(figure)]
    # one of them has several matches
    assert len(set(shown)) == 8 and any("," in caption for caption in captions(figure))
    for query_id, caption, axis in zip(shown, captions(figure), figure.axes):
        found = search(paths[query_id], k=NUM_ARTICLES)
        matches = set(studio.matches["article_id"][studio.matches["query_id"] == query_id])
        ranks = [
            rank
            for rank, article_id in zip(found["rank"], found["article_id"])
            if article_id in matches
        ]
        assert caption == f"{query_id}: matching article at rank {', '.join(map(str, ranks))} of 11"
        boxes = [
            is_hit_colour(drawn_picture(axis))[(rank - 1) // 6 * 70, FIRST + (rank - 1) % 6 * 50]
            for rank in range(1, NUM_ARTICLES + 1)
        ]
        assert [rank for rank, box in enumerate(boxes, start=1) if box] == ranks


def test_a_match_beyond_k_is_told_in_the_caption_though_not_shown(studio, search):
    whole, best = (plots.retrievals(search, studio, num_queries=44, k=k) for k in (50, 2))
    assert captions(best) == captions(whole)
    assert {drawn_picture(axis).shape for axis in best.axes} == {(140, FIRST + 50, 3)}
    for caption, axis in zip(captions(best), best.axes):
        in_sight = [
            int(rank) <= 2 for rank in caption.split("rank ")[1].split(" of")[0].split(", ")
        ]
        assert is_hit_colour(drawn_picture(axis)[:, FIRST:]).any() == any(in_sight)
        assert is_hit_colour(drawn_picture(axis)[:, :FIRST]).any()  # what is worn, all the same


def test_the_draw_of_queries_is_the_seeds_and_no_more_than_there_are(studio, search):
    first, again, other = (
        captions(plots.retrievals(search, studio, num_queries=3, k=4, seed=seed))
        for seed in (0, 0, 1)
    )
    assert first == again != other
    few = dataclasses.replace(studio, queries=studio.queries[:5])
    assert len(set(captions(plots.retrievals(search, few, num_queries=99, k=4)))) == 5


def test_a_query_without_a_match_in_the_assortment_says_so(studio, search):
    unmatched = dataclasses.replace(
        studio, matches=studio.matches[studio.matches["query_id"] == "q0000000"]
    )
    found = captions(plots.retrievals(search, unmatched, num_queries=44, k=4))
    assert sum("matching article at rank" in caption for caption in found) == 1
    assert sum(caption.endswith(": no match in this assortment") for caption in found) == 43


def test_another_shops_queries_meet_our_assortment_without_a_hit_though_ids_are_the_same(
    studio, search, tmp_path
):
    other = render_catalogue(tmp_path / "other", NUM_ARTICLES, 6, (48, 32), style="other_shop")
    assert list(other.article_ids) == list(studio.article_ids)
    figure = plots.retrievals(search, other, num_queries=6, assortment=studio)
    assert all(
        caption.endswith(": the best of 11 articles of another assortment")
        for caption in captions(figure)
    )
    assert {caption.split(":")[0] for caption in captions(figure)} == set(other.query_ids)
    assert not any(is_hit_colour(drawn_picture(axis)).any() for axis in figure.axes)
    paths, title_paths = (
        dict(zip(other.query_ids, other.query_paths)),
        dict(zip(studio.article_ids, studio.article_paths)),
    )
    for caption, axis in zip(captions(figure), figure.axes):
        query_path = paths[caption.split(":")[0]]
        shown = [
            title_paths[article_id]
            for article_id in search(query_path, k=NUM_ARTICLES)["article_id"]
        ]
        np.testing.assert_array_equal(
            drawn_picture(axis), figures.photo_strip(query_path, shown, [False] * NUM_ARTICLES)
        )


def test_an_assortment_without_a_retrieved_article_is_refused(studio, search):
    few = studio.select_articles(studio.article_ids[1:])
    for other in ({"catalogue": few}, {"catalogue": studio, "assortment": few}):
        with pytest.raises(ValueError) as caught:
            plots.retrievals(search, **other)
        assert str(caught.value) == (
            f"{few!r} has no title image of article 'a0000000'; search among its own articles: "
            "Retriever(model, features.of(catalogue))."
        )


def test_ids_are_shown_as_they_are_written(search, studio):
    ids = [r"$\frac{$", "a\x1b[31m", "5$ and 6$", "plain"]
    shown = studio.select_queries(studio.query_ids[:4])
    renamed = dict(zip(shown.query_ids, ids))
    shown = dataclasses.replace(
        shown,
        queries=shown.queries.replace({"query_id": renamed}),
        matches=shown.matches.replace({"query_id": renamed}),
    )
    figure = plots.retrievals(search, shown, query_ids=ids)
    figure.canvas.draw()  # a formula that can't be read would raise here
    assert [caption.split(": ")[0] for caption in captions(figure)] == [
        r"\$\frac{\$",
        r"a\x1b[31m",
        r"5\$ and 6\$",
        "plain",
    ]
