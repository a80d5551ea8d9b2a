"""Pictures taken anew: in their own style what the files hold, in another the same clothes."""

import dataclasses

import numpy as np
import pytest

from studio2shop import render_catalogue
from studio2shop.io.images import load_images
from studio2shop.studio.restage import restaged_queries, restaged_titles
from studio2shop.studio.styles import STYLES

SIZE = (64, 44)


@pytest.fixture(scope="module", params=["studio", "on_location"])
def rendered(request, tmp_path_factory):
    return request.param, render_catalogue(
        tmp_path_factory.mktemp("rendered") / "shop", 6, 12, SIZE, seed=3, style=request.param
    )


def test_in_their_own_style_pictures_are_the_files_but_for_what_jpeg_loses(rendered):
    style, catalogue = rendered
    for restage, ids, paths in (
        (restaged_queries, catalogue.query_ids, catalogue.query_paths),
        (restaged_titles, catalogue.article_ids, catalogue.article_paths),
    ):
        pictures = restage(catalogue, ids[::-1], STYLES[style])
        assert pictures.dtype == np.uint8
        assert np.abs(pictures.astype(int) - load_images(paths[::-1], SIZE)).mean() < 4


def test_another_ground_is_under_the_same_clothes(rendered):
    catalogue = rendered[1]
    darker = dataclasses.replace(STYLES["studio"], title_ground=(0.5, 0.5))
    titles = [
        restaged_titles(catalogue, catalogue.article_ids, look)
        for look in (STYLES["studio"], darker)
    ]
    corners = [images[:, 0, 0].mean() for images in titles]
    assert corners[0] > 245 and 100 < corners[1] < 160  # white, and half as light


def test_many_pictures_are_in_the_order_asked_for(tmp_path):
    catalogue = render_catalogue(tmp_path / "shop", 70, 1, (16, 16))
    # by several processes
    together = restaged_titles(catalogue, catalogue.article_ids, STYLES["studio"])
    np.testing.assert_array_equal(
        together[[60, 5]],
        restaged_titles(catalogue, catalogue.article_ids[[60, 5]], STYLES["studio"]),
    )


def test_what_cannot_be_taken_anew_is_refused(rendered):
    catalogue = rendered[1]
    with pytest.raises(
        ValueError, match="`query_ids` must be ids of the catalogue; received 'q0000099'"
    ):
        restaged_queries(catalogue, ["q0000099"], STYLES["studio"])
    elsewhere = dataclasses.replace(catalogue, folder=catalogue.folder.parent)
    with pytest.raises(ValueError, match="was not rendered by the studio"):
        restaged_titles(elsewhere, [], STYLES["studio"])
