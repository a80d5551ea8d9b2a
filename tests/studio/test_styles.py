"""Styles: the studio's pictures stay what they were, others are shops with own articles."""

import json
import shutil

import numpy as np
import pytest

from studio2shop import render_catalogue
from studio2shop.io.images import load_images
from studio2shop.studio.article import article_garment
from studio2shop.studio.figure import WOMAN, Pose
from studio2shop.studio.outfit import Outfit
from studio2shop.studio.scene import draw_query, draw_title
from studio2shop.studio.styles import STYLES, Light, between

SIZE = (64, 44)
EXTERNAL = ["other_shop", "on_location"]


@pytest.fixture(scope="module")
def catalogues(tmp_path_factory):
    """Six articles and queries in each style, of one seed."""
    folder = tmp_path_factory.mktemp("rendered")
    return {
        style: render_catalogue(folder / style, 6, 6, SIZE, seed=3, style=style) for style in STYLES
    }


def pictures(catalogue):
    return load_images(catalogue.article_paths, SIZE), load_images(catalogue.query_paths, SIZE)


def test_the_studios_pictures_are_those_it_drew_before_there_were_styles(catalogues):
    titles, queries = (images.mean(axis=(1, 2, 3)) for images in pictures(catalogues["studio"]))
    # as of renderer version 2
    np.testing.assert_allclose(titles, [143.6, 162.6, 223.4, 217.5, 197.5, 239.2], atol=0.3)
    np.testing.assert_allclose(queries, [61.1, 174.9, 209.8, 153.5, 185.7, 157.3], atol=0.3)


def test_the_folder_says_its_style_and_one_from_before_styles_is_the_studios(catalogues, tmp_path):
    for style, catalogue in catalogues.items():
        assert json.loads((catalogue.folder / "studio.json").read_text())["style"] == style
    folder = shutil.copytree(catalogues["studio"].folder, tmp_path / "studio")
    settings = json.loads((folder / "studio.json").read_text())
    del settings["style"]
    (folder / "studio.json").write_text(json.dumps(settings))
    before = {path: path.stat().st_mtime_ns for path in folder.glob("**/*.jpg")}
    render_catalogue(folder, 6, 6, SIZE, seed=3)
    assert {path: path.stat().st_mtime_ns for path in folder.glob("**/*.jpg")} == before
    with pytest.raises(
        ValueError, match="was rendered with style='studio', but 'other_shop' was asked for"
    ):
        render_catalogue(folder, 6, 6, SIZE, seed=3, style="other_shop")


@pytest.mark.parametrize("style", EXTERNAL)
def test_a_style_renders_the_same_bytes_again_and_passes_its_check(catalogues, tmp_path, style):
    again = render_catalogue(tmp_path / style, 6, 6, SIZE, seed=3, style=style)
    for ours, theirs in zip(pictures(catalogues[style]), pictures(again)):
        np.testing.assert_array_equal(ours, theirs)
    assert again.articles.equals(catalogues[style].articles) and again.matches.equals(
        catalogues[style].matches
    )
    assert again.check().empty


def test_no_garment_of_a_style_is_one_of_the_studio():
    garments = {
        style: {
            article_garment(STYLES[style].own_seed(seed), number)
            for seed in range(5)
            for number in range(200)
        }
        for style in STYLES
    }
    assert all(len(drawn) == 1000 for drawn in garments.values())
    assert len(set.union(*garments.values())) == 1000 * len(STYLES)


def test_the_studios_own_seed_is_the_seed():
    assert STYLES["studio"].own_seed(7) == 7
    assert len(
        {style.own_seed(seed) >> 32 for style in STYLES.values() for seed in (0, 2**32 - 1)}
    ) == len(STYLES)


def test_the_ground_of_a_title_image_is_the_styles(catalogues):
    for name, catalogue in catalogues.items():
        low, high = STYLES[name].title_ground
        corners = pictures(catalogue)[0][:, [0, 0, -1, -1], [0, -1, 0, -1]] / 255
        assert (corners >= low - 0.02).all() and (corners <= high + 0.02).all(), name


def plain_picture(style, kind):
    """The same black top in a style's own light, laid or worn."""
    garment = next(
        garment
        for garment in (article_garment(0, number) for number in range(500))
        if garment.category == "t-shirt/top" and garment.colour_name == "black"
    )
    if kind == "title":
        return np.asarray(draw_title(garment, (224, 155), np.random.default_rng(0), STYLES[style]))
    outfit = Outfit("full", garment, garment, None, None, False, (0,), (0,), WOMAN, Pose())
    return np.asarray(draw_query(outfit, (224, 155), np.random.default_rng(0), STYLES[style]))


def proportions(picture):
    """Width by height of what is dark, in pixels."""
    dark = picture.mean(axis=2) < 70
    rows, columns = np.flatnonzero(dark.sum(axis=1) > 2), np.flatnonzero(dark.sum(axis=0) > 2)
    return (columns[-1] - columns[0] + 1) / (rows[-1] - rows[0] + 1)


def test_the_other_shops_garments_are_stretched_by_its_aspect():
    stretch = proportions(plain_picture("other_shop", "title")) / proportions(
        plain_picture("studio", "title")
    )
    low, high = STYLES["other_shop"].aspect
    assert 155 / 224 / high - 0.05 < stretch < 155 / 224 / low + 0.05


def test_the_walls_of_the_other_shop_are_darker_and_those_on_location_busier(catalogues):
    border = {
        style: pictures(catalogue)[1][:, :, [0, -1]].astype(float)
        for style, catalogue in catalogues.items()
    }
    assert np.median(border["other_shop"]) < np.median(border["studio"]) - 20
    busy = {style: np.abs(np.diff(pixels, axis=1)).mean() for style, pixels in border.items()}
    assert busy["on_location"] > 1.2 * busy["studio"]


def test_a_background_is_developed_to_what_it_was_meant_to_be():
    light = Light(np.array([1.1, 1.0, 0.9]), gamma=1.3, saturation=1.0)
    shown = np.asarray(
        light.develop(
            STYLES["other_shop"].background(np.random.default_rng(0), (64, 44), light, floor=False)
        )
    )
    again = Light(np.ones(3), gamma=1.0, saturation=1.0)
    plain = np.asarray(
        again.develop(
            STYLES["other_shop"].background(np.random.default_rng(0), (64, 44), again, floor=False)
        )
    )
    np.testing.assert_allclose(shown.astype(int), plain, atol=3)


def test_limits_that_are_the_same_draw_nothing():
    random = np.random.default_rng(0)
    assert between(random, (0.7, 0.7)) == 0.7
    assert random.random() == np.random.default_rng(0).random()
    assert 1 <= between(random, (1, 2)) <= 2


def test_an_unknown_style_is_refused_in_one_sentence(tmp_path):
    with pytest.raises(ValueError) as caught:
        render_catalogue(tmp_path / "new", 2, 2, SIZE, style="street")
    assert (
        str(caught.value)
        == "`style` must be one of studio, pretraining, other_shop, on_location; received 'street'."
    )
    assert not (tmp_path / "new").exists()
