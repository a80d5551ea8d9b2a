"""What notebooks keep in a run's folder is made once, and is what it says."""

import dataclasses

import keras
import numpy as np
import pytest

from studio2shop import load_run
from studio2shop.course.kept import kept_backbone_weights, kept_shop, kept_towers
from studio2shop.models.backbones import build_backbone
from studio2shop.models.query_feature import backbone_of


@pytest.fixture
def run(tiny_run, tmp_path):
    """The tiny run, keeping what it is given in a folder of its own."""
    return dataclasses.replace(load_run(tiny_run[0]), folder=tmp_path / "run")


def test_another_shop_is_as_large_as_the_runs_test_with_in_shops_queries_an_article(run):
    said = []
    shop = kept_shop(run, "other_shop", announce=said.append)
    assert len(shop.articles) == len(run.parts["test"]) == 16
    assert len(shop.queries) == 68  # 16 x 2,922 / 683
    assert shop.folder == run.folder / "course" / "other_shop-16-68"
    assert len(said) == 1
    kept_shop(run, "other_shop", announce=said.append)
    assert len(said) == 1  # made before
    few = kept_shop(run, "other_shop", queries_per_article=2, announce=said.append)
    assert len(few.queries) == 32 and len(said) == 2
    assert (
        kept_shop(run, "on_location", 5, "my_shop/photos", said.append).folder
        == run.folder / "course" / "my_shop" / "photos"
    )


def test_the_kept_weights_are_the_trained_backbones(run):
    path = kept_backbone_weights(run)
    trained = backbone_of(run.model.get_layer("query_feature"))
    _, loaded = build_backbone(run.settings["backbone"], path, (48, 32, 3))
    for mine, theirs in zip(loaded.weights, trained.weights, strict=True):
        np.testing.assert_array_equal(
            keras.ops.convert_to_numpy(mine), keras.ops.convert_to_numpy(theirs)
        )
    changed = path.stat().st_mtime_ns
    assert kept_backbone_weights(run).stat().st_mtime_ns == changed


def test_towers_are_distilled_once_from_the_run_that_is_there(tiny_run, run):
    (run.folder / "work").mkdir(parents=True)
    original = load_run(tiny_run[0])
    (run.folder / "work" / "studio-of-the-tiny-run").symlink_to(original.load_catalogue().folder)
    said = []
    towers = kept_towers(run, num_steps=3, announce=said.append)
    again = kept_towers(run, num_steps=3, announce=said.append)
    assert len(said) == 1
    assert towers.get_layer("article_tower").output_shape[-1] == 128
    for mine, theirs in zip(towers.get_weights(), again.get_weights(), strict=True):
        np.testing.assert_array_equal(mine, theirs)
