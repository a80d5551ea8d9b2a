"""Pictures taken anew: in their own style what the files hold, in another the same clothes."""

import dataclasses

import numpy as np
import pytest
from PIL import Image

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


@pytest.mark.parametrize("home", ["studio", "on_location"])
def test_another_background_leaves_the_model_and_light_where_they_were(home, tmp_path):
    catalogue = render_catalogue(tmp_path / "shop", 6, 12, SIZE, seed=3, style=home)
    walls = [
        dataclasses.replace(STYLES[home], background=background)
        for background in (STYLES[home].background, flat_wall)
    ]
    before, after = (restaged_queries(catalogue, catalogue.query_ids, wall) for wall in walls)
    is_alike = np.abs(before.astype(int) - after).max(axis=-1) == 0
    assert (is_alike.mean(axis=(1, 2)) > 0.05).all()  # each model, to the pixel
    assert is_alike.mean() < 0.9


def flat_wall(rng, image_size, light, floor):
    rng.random(17)  # draws of its own, which must not move what is drawn later
    return Image.new("RGB", image_size[::-1], (90, 110, 130))


@pytest.mark.parametrize("trait", ["distance", "aspect", "softness"])
def test_a_trait_with_draws_of_its_own_leaves_background_and_light_as_they_were(rendered, trait):
    style, catalogue = rendered
    other = {name: getattr(STYLES["other_shop"], name) for name in (trait, "background")}
    of_wall, of_both = (
        restaged_queries(catalogue, catalogue.query_ids, dataclasses.replace(STYLES[style], **some))
        for some in ({"background": other["background"]}, other)
    )
    tops = [pictures[:, :4, :2].astype(int) for pictures in (of_wall, of_both)]
    is_alike = np.abs(tops[0] - tops[1]).max(axis=(1, 2, 3)) <= 6
    assert is_alike.mean() > 0.7  # but where the model reaches into the corner


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
