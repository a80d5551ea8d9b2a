"""Descriptions that learn nothing: by hand, and on queries that are the title images themselves."""

import dataclasses

import keras
import numpy as np
import pandas as pd
import pytest

from studio2shop import render_catalogue
from studio2shop.evaluation.untrained import (
    DESCRIPTIONS,
    centre_crop,
    colour_histogram,
    small_pixels,
    untrained_results,
)
from studio2shop.io.image_batch import as_image_batch
from studio2shop.io.images import load_images


def test_a_two_colour_picture_by_hand():
    picture = np.full((1, 4, 4, 3), 255, "uint8")
    # four red pixels, two blue ones, the rest background
    picture[0, 0], picture[0, 1, :2] = (
        (255, 0, 0),
        (0, 0, 255),
    )
    histogram = colour_histogram(picture)
    assert histogram.shape == (1, 216) and histogram.dtype == np.float32
    expected = np.zeros(216)
    # bins by red, green, blue, each 0-5
    expected[5 * 36], expected[5] = (
        np.sqrt(4 / 6),
        np.sqrt(2 / 6),
    )
    np.testing.assert_allclose(histogram[0], expected, rtol=1e-6)


def test_a_pixel_is_background_where_all_three_channels_are_light():
    light, tinted = (
        np.full((1, 2, 2, 3), 215, "uint8"),
        np.full((1, 2, 2, 3), (255, 255, 214), "uint8"),
    )
    assert colour_histogram(light).sum() == 0
    assert np.flatnonzero(colour_histogram(tinted)).tolist() == [5 * 36 + 5 * 6 + 5]


def test_a_histogram_does_not_know_where_a_colour_is():
    picture = np.random.default_rng(0).integers(0, 200, (1, 8, 6, 3)).astype("uint8")
    np.testing.assert_array_equal(
        colour_histogram(picture), colour_histogram(picture[:, ::-1, ::-1])
    )


def test_small_pixels_are_the_shrunk_picture_less_its_mean():
    pictures = np.random.default_rng(0).integers(0, 256, (2, 48, 22, 3)).astype("uint8")
    vectors = small_pixels(pictures)
    assert vectors.shape == (2, 528)
    flat = np.stack([as_image_batch(picture, (16, 11)).ravel() for picture in pictures]).astype(
        "float64"
    )
    np.testing.assert_allclose(vectors, flat - flat.mean(axis=1, keepdims=True), atol=1e-4)


def test_the_centre_is_the_middle_half_of_height_and_width():
    pictures = np.arange(8 * 12).reshape(1, 8, 12, 1).repeat(3, axis=3)
    np.testing.assert_array_equal(centre_crop(pictures), pictures[:, 2:6, 3:9])


@pytest.fixture(scope="module")
def title_images_as_queries(tmp_path_factory):
    studio = render_catalogue(
        tmp_path_factory.mktemp("rendered") / "studio", 12, 1, (64, 44), seed=1
    )
    queries = pd.DataFrame({"query_id": studio.article_ids, "image": studio.articles["image"]})
    return dataclasses.replace(
        studio,
        queries=queries,
        matches=pd.DataFrame({"query_id": studio.article_ids, "article_id": studio.article_ids}),
    )


def test_every_description_finds_a_title_image_by_itself(title_images_as_queries):
    images = keras.Input((32, 24, 3))
    network = keras.Model(images, keras.layers.Flatten()(keras.layers.AveragePooling2D(4)(images)))
    results = untrained_results(title_images_as_queries, (64, 44), {"network": network}, seed=5)
    assert list(results) == [*DESCRIPTIONS, "network"]
    for name, result in results.items():
        assert result.ranks["rank"].tolist() == [1.0] * 12, name
        assert (result.num_articles, result.seed) == (12, 5)


def test_photos_are_described_a_block_at_a_time_with_the_same_result(
    title_images_as_queries, monkeypatch
):
    whole, decoded = untrained_results(title_images_as_queries, (64, 44)), []
    monkeypatch.setattr("studio2shop.evaluation.untrained.PHOTOS_PER_BLOCK", 5)
    monkeypatch.setattr(
        "studio2shop.evaluation.untrained.load_images",
        lambda paths, size: decoded.append(len(paths)) or load_images(paths, size),
    )
    for name, result in untrained_results(title_images_as_queries, (64, 44)).items():
        assert result.ranks.equals(whole[name].ranks)
    assert decoded == [5, 5, 2] * 2  # queries and title images, once for all descriptions


def test_pictures_without_a_garment_rank_in_the_middle(title_images_as_queries, monkeypatch):
    # every pixel is background: nothing tells pictures apart
    monkeypatch.setattr("studio2shop.evaluation.untrained.BACKGROUND_FROM", 0)
    ranks = untrained_results(title_images_as_queries, (64, 44))["colour histogram"].ranks["rank"]
    assert ranks.tolist() == [6.5] * 12
