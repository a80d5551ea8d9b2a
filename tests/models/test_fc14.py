"""fc14's extractor and the query leg of a static system."""

import keras
import numpy as np
import pytest

from studio2shop import build_fdna, build_stylenet
from studio2shop.features.article_features import feature_extractor
from studio2shop.features.reduction import Reduction
from studio2shop.models.backbones import build_compact, build_pooled_backbone
from studio2shop.models.fc14 import build_fc14
from studio2shop.models.static_leg import build_static_query_feature

pytestmark = pytest.mark.slow


def test_fc14_is_vgg16_up_to_the_14th_layer_with_weights_after_its_relu():
    fc14 = build_fc14(weights=None)
    network = fc14.get_layer("vgg16_fc1")
    assert len([layer for layer in network.layers if layer.weights]) == 14
    assert fc14.count_params() == 14_714_688 + 25_088 * 4096 + 4096 == 117_479_232
    images = np.random.default_rng(0).integers(0, 256, (1, 224, 224, 3)).astype("float32")
    activations = fc14.predict(images, verbose=0)
    assert activations.shape == (1, 4096) and activations.min() == 0 < activations.max()
    # as VGG16's authors trained it: BGR
    centred = images[..., ::-1] - np.array([103.939, 116.779, 123.68], "float32")
    np.testing.assert_allclose(activations, network.predict(centred, verbose=0), atol=1e-3)


def test_weights_that_are_missing_or_of_another_network_are_named(tmp_path):
    with pytest.raises(
        FileNotFoundError,
        match=(
            "`weights` must be 'imagenet', None or a weights file; there is no file 'nowhere.h5'."
        ),
    ):
        build_fc14("nowhere.h5")
    build_compact((48, 32, 3)).save_weights(tmp_path / "compact.weights.h5")
    with pytest.raises(
        ValueError, match="compact.weights.h5' must hold weights of VGG16 with its top"
    ):
        build_fc14(tmp_path / "compact.weights.h5")


def test_without_network_it_says_so_and_never_goes_on_with_other_weights(monkeypatch):
    def no_network(**arguments):
        assert arguments == {"include_top": True, "weights": "imagenet"}
        # as Keras does
        raise Exception("URL fetch failure on https://example.org/weights.h5: None -- no network")

    monkeypatch.setattr(keras.applications, "VGG16", no_network)
    with pytest.raises(
        ConnectionError,
        match=(
            "The ImageNet weights of VGG16 could not be downloaded .*; without network pass "
            "weights=None"
        ),
    ):
        build_fc14()


@pytest.fixture(scope="module", params=["fdna", "pooled", "stylenet"])
def leg(request):
    """An extractor, a PCA of its activations and the leg that does both; and images."""
    keras.utils.set_random_seed(0)
    if request.param == "fdna":
        extractor = feature_extractor(build_fdna({"colour": 3}, (48, 39, 3), 24))
    elif request.param == "stylenet":  # has dropouts
        extractor = build_stylenet(input_shape=(64, 64, 3))
    else:
        extractor = build_pooled_backbone("compact", None, (48, 32, 3))
    images = (
        np.random.default_rng(0)
        .integers(0, 256, (20, *extractor.input_shape[1:]))
        .astype("float32")
    )
    reduction = Reduction.fit(extractor.predict(images, verbose=0), 6)
    return extractor, reduction, build_static_query_feature(extractor, reduction), images


def test_a_static_leg_is_the_extractor_and_the_reduction_one_after_the_other(leg):
    extractor, reduction, query_feature, images = leg
    np.testing.assert_allclose(
        query_feature.predict(images, verbose=0),
        reduction.apply(extractor.predict(images, verbose=0)),
        atol=1e-4,
    )
    assert (
        query_feature.name == "query_feature"
        and query_feature.output_shape == (None, 6)
        and not query_feature.trainable_weights
    )


def test_a_static_leg_gives_the_same_in_training_and_leaves_the_extractor_trainable(leg):
    extractor, _, query_feature, images = leg
    in_training = keras.ops.convert_to_numpy(query_feature(images, training=True))
    np.testing.assert_allclose(in_training, query_feature.predict(images, verbose=0), atol=1e-4)
    assert (
        len(extractor.trainable_weights)
        == len(keras.models.clone_model(extractor).trainable_weights)
        > 0
    )
    assert all(layer.trainable for layer in extractor.layers)


def test_a_static_leg_saves_and_loads_bit_for_bit(leg, tmp_path):
    _, _, query_feature, images = leg
    query_feature.save(tmp_path / "leg.keras")
    loaded = keras.models.load_model(tmp_path / "leg.keras")
    assert np.array_equal(
        loaded.predict(images, verbose=0), query_feature.predict(images, verbose=0)
    )


def test_a_reduction_of_other_activations_is_refused(leg):
    _, reduction, _, _ = leg
    with pytest.raises(
        ValueError,
        match=(
            "The reduction takes [0-9]+ activations an image; 'other' makes .3,.: pass the "
            "extractor it was fitted on."
        ),
    ):
        build_static_query_feature(
            keras.Sequential([keras.Input((8,)), keras.layers.Dense(3)], name="other"), reduction
        )
