"""Weights in half precision: what comes back, and what is refused."""

import numpy as np
import pytest

from studio2shop.models.backbones import build_backbone, build_compact
from studio2shop.models.matching import build_query_article_matching
from studio2shop.models.pretrained import checked_file, load_half, save_half, write_checksums
from studio2shop.models.query_feature import build_query_feature

SHAPE = (48, 32, 3)


def query_feature(name="query_feature"):
    return build_query_feature(SHAPE, 16, "compact", None, "pooled", 0.0, name)


def test_submodels_come_back_in_half_precision_and_a_backbone_alone(tmp_path):
    saved = [query_feature(), build_query_article_matching(16)]
    save_half(saved, tmp_path / "weights.npz")
    loaded = [query_feature(), build_query_article_matching(16)]
    for old, new in zip(saved, loaded):
        load_half(new, tmp_path / "weights.npz")
        for one, other in zip(old.get_weights(), new.get_weights()):
            np.testing.assert_allclose(one, other, rtol=1e-3, atol=1e-7)
    backbone = build_compact(SHAPE)
    load_half(backbone, tmp_path / "weights.npz", "query_feature")
    first = "block1_conv"
    kernels = [model.get_layer(first).get_weights()[0] for model in (backbone, saved[0].layers[1])]
    np.testing.assert_allclose(*kernels, rtol=1e-3, atol=1e-7)


def test_a_weight_too_large_for_half_precision_is_refused(tmp_path):
    model = query_feature()
    model.get_layer("standardise").moving_variance.assign(np.full(512, 1e6))
    with pytest.raises(ValueError, match="standardise/moving_variance has values beyond float16"):
        save_half([model], tmp_path / "weights.npz")
    assert not (tmp_path / "weights.npz").exists()


def test_a_file_that_is_missing_or_was_changed_is_told(tmp_path):
    (tmp_path / "weights.npz").write_bytes(b"1")
    write_checksums(tmp_path)
    assert checked_file("weights.npz", tmp_path) == tmp_path / "weights.npz"
    (tmp_path / "weights.npz").write_bytes(b"2")
    with pytest.raises(ValueError, match="is not what came with the package; install the package"):
        checked_file("weights.npz", tmp_path)
    with pytest.raises(FileNotFoundError, match="this installation lacks it; install the package"):
        checked_file("features.npz", tmp_path)


def test_the_studios_weights_are_a_backbones_of_any_image_size_and_of_no_other():
    _, trained = build_backbone("compact", "studio", (112, 78, 3))
    _, other = build_backbone("compact", "studio", SHAPE)
    for one, another in zip(trained.get_weights(), other.get_weights()):
        np.testing.assert_array_equal(one, another)
    means = trained.get_layer("block4_bn").get_weights()[2]
    assert np.abs(means).min() > 0  # random weights have means of 0
    with pytest.raises(ValueError, match="come with the package for `backbone='compact'` alone"):
        build_backbone("vgg16", "studio", SHAPE)
