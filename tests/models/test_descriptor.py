"""Descriptors: what each block holds, by hand; any kind of encoder; saving; the head above them."""

import subprocess
import sys
import zipfile

import keras
import numpy as np
import pytest
from keras import layers

from studio2shop import build_query_feature
from studio2shop.models.backbones import build_backbone, build_compact
from studio2shop.models.descriptor import build_descriptor, default_layers
from studio2shop.models.descriptor_layers import ColourHistogram, WeighBlocks, block_sizes
from studio2shop.models.query_feature import split_at_backbone

SHAPE = (48, 32, 3)
IMAGES = np.random.default_rng(0).integers(0, 256, (3, *SHAPE)).astype("float32")
COLOURS = [144, 216, 216]


def blocks_of(model, images=IMAGES):
    """The blocks of some images, one array each."""
    values = model.predict(images, verbose=0)
    return np.split(values, np.cumsum(block_sizes(model))[:-1], axis=1)


@pytest.fixture(scope="module")
def own_map():
    """A "backbone" whose map is the image, in [0, 1]."""
    return keras.Sequential([keras.Input(SHAPE), layers.Rescaling(1 / 255, name="map")], name="own")


def test_an_articles_blocks_are_averages_of_layers_and_colours(own_map):
    average, cells, *histograms = blocks_of(build_descriptor(SHAPE, own_map))
    np.testing.assert_allclose(average, IMAGES.mean((1, 2)) / 255, rtol=1e-4)
    assert [cells.shape[1], *(values.shape[1] for values in histograms)] == COLOURS
    np.testing.assert_allclose(cells.reshape(3, 48, 3).mean(1), average, atol=0.01)
    for values in histograms:
        np.testing.assert_allclose((values**2).sum(1), 1, rtol=1e-4)


def test_a_querys_blocks_are_also_maxima_and_parts(own_map):
    values = IMAGES / 255
    average, maximum, upper, lower, middle, *colours = blocks_of(
        build_descriptor(SHAPE, own_map, of_queries=True)
    )
    np.testing.assert_allclose(maximum, values.max((1, 2)), rtol=1e-4)
    np.testing.assert_allclose(upper, values[:, :24].mean((1, 2)), rtol=1e-4)
    np.testing.assert_allclose(lower, values[:, 24:].mean((1, 2)), rtol=1e-4)
    np.testing.assert_allclose(middle, values[:, 12:36, 8:24].mean((1, 2)), rtol=1e-4)
    np.testing.assert_allclose((upper + lower) / 2, average, rtol=1e-4)
    assert [block.shape[1] for block in colours] == COLOURS


def test_a_cell_has_the_colour_of_its_part_of_the_picture_and_a_little_of_its_neighbours(own_map):
    image = np.full((1, *SHAPE), 255, "float32")
    image[0, :6, :5] = [255, 0, 0]  # rows and columns of the first of 8 x 6 cells
    cells = blocks_of(build_descriptor(SHAPE, own_map), image)[1].reshape(8, 6, 3)
    assert cells[0, 0, 0] == pytest.approx(1)
    assert cells[0, 0, 1] < 0.5 < cells[0, 1, 1] and 0.5 < cells[1, 0, 1] < 1
    np.testing.assert_allclose(cells[2:, 2:], 1, atol=1e-5)


def test_a_histogram_shares_a_pixel_among_the_bins_beside_it_and_leaves_the_background_out():
    image = np.full((1, 4, 4, 3), 255, "float32")
    image[0, 2, 2] = [21.25, 63.75, 42.5]  # middles of bins 0 and 1 of six; between 0 and 1
    values = np.array(ColourHistogram()(image))[0].reshape(6, 6, 6) ** 2
    assert values[0, 1, 0] == pytest.approx(0.5) and values[0, 1, 1] == pytest.approx(0.5)
    assert values.sum() == pytest.approx(1)
    of_all = np.array(ColourHistogram(background_from=None)(image))[0].reshape(6, 6, 6) ** 2
    assert of_all[5, 5, 5] == pytest.approx(0.75)  # every second pixel of every second row
    assert not np.array(ColourHistogram()(np.full((1, 4, 4, 3), 230.0))).any()


def test_blocks_are_weighed_as_if_they_had_a_thousand_values_and_cut_at_ten():
    weighed = WeighBlocks([1, 4])(np.array([[1.0, 1, -2, 50, 0]], "float32"))
    expected = np.array([1, 0.5, -1, 5, 0]) * np.sqrt(1000)
    np.testing.assert_allclose(np.array(weighed)[0], expected, rtol=1e-5)


def test_default_layers_are_the_last_of_each_size_of_map():
    shape = (64, 64, 3)
    expected = {
        "mobilenet_v2": [
            "block_3_expand_relu",
            "block_6_expand_relu",
            "block_13_expand_relu",
            "out_relu",
        ],
        "vgg16": ["block2_conv2", "block3_conv3", "block4_conv3", "block5_conv3"],
        "resnet50": [
            "conv2_block3_out",
            "conv3_block4_out",
            "conv4_block6_out",
            "conv5_block3_out",
        ],
    }
    found = {name: default_layers(build_backbone(name, None, shape)[1]) for name in expected}
    assert found == expected


def tokens():
    """A tiny encoder that ends in tokens, as a vision transformer does."""
    images = keras.Input(SHAPE)
    patches = layers.Conv2D(5, 16, strides=16, name="patches")(images)
    return keras.Model(images, layers.Reshape((-1, 5), name="tokens")(patches), name="tokens")


def vector():
    """A tiny encoder that ends in one vector."""
    images = keras.Input(SHAPE)
    pooled = layers.GlobalAveragePooling2D()(layers.Conv2D(4, 3)(images))
    return keras.Model(images, layers.Dense(7, name="embedding")(pooled), name="vector")


@pytest.mark.parametrize(
    ("encoder", "of_articles", "of_queries"),
    [(tokens, [5], [5, 5]), (vector, [7], [7]), (build_compact, None, None)],
)
def test_encoders_of_every_kind_of_output_are_described_saved_and_loaded(
    tmp_path, encoder, of_articles, of_queries
):
    backbone = build_compact(SHAPE) if encoder is build_compact else encoder()
    backbone.save(tmp_path / "encoder.keras")
    for sizes, is_query in ((of_articles, False), (of_queries, True)):
        model = build_descriptor(SHAPE, str(tmp_path / "encoder.keras"), None, of_queries=is_query)
        if sizes is not None:
            assert block_sizes(model) == sizes + COLOURS
        model.save(tmp_path / "descriptor.keras")
        loaded = keras.models.load_model(tmp_path / "descriptor.keras")
        assert block_sizes(loaded) == block_sizes(model)
        assert np.array_equal(loaded.predict(IMAGES, verbose=0), model.predict(IMAGES, verbose=0))


def test_a_map_of_a_model_within_is_taken_at_its_end():
    """As of a pretrained encoder below a rescaling, the usual way to take images in [0, 255]."""
    images = keras.Input(SHAPE)
    inner = build_compact(SHAPE)
    outer = keras.Model(images, inner(layers.Rescaling(0.5)(images)), name="outer")
    model = build_descriptor(SHAPE, outer, None)
    assert block_sizes(model) == [inner.output_shape[-1], *COLOURS]
    ramp = np.arange(np.prod(SHAPE)).reshape(1, *SHAPE).astype("float32") % 256
    averages = inner.predict(ramp / 2, verbose=0).mean(axis=(1, 2))
    described = model.predict(ramp, verbose=0)[:, : averages.shape[1]]
    assert described == pytest.approx(averages, rel=1e-4, abs=1e-5)


SQUARE = (32, 32, 3)  # as SigLIP wants it


def vision_transformer(hub):
    return hub.models.ViTBackbone(
        image_shape=SQUARE, patch_size=(8, 8), num_layers=1, num_heads=2, hidden_dim=8, mlp_dim=8
    )


def vector_encoder(hub):
    return hub.models.SigLIPVisionEncoder(
        image_shape=SQUARE,
        patch_size=8,
        num_layers=1,
        num_heads=2,
        hidden_dim=8,
        intermediate_dim=8,
    )


@pytest.mark.parametrize("build", [vision_transformer, vector_encoder])
def test_an_encoder_of_keras_hub_is_described_and_loaded_where_nothing_else_imports_it(
    tmp_path, build
):
    hub = pytest.importorskip("keras_hub")
    images = keras.Input(SQUARE)
    scaled = layers.Rescaling(1 / 127.5, offset=-1)(images)
    path = tmp_path / "encoder.keras"
    keras.Model(images, build(hub)(scaled)).save(path)
    descriptor = build_descriptor(SQUARE, str(path), None)
    assert block_sizes(descriptor) == [8, *COLOURS]
    descriptor.save(tmp_path / "descriptor.keras")
    code = (
        "import sys; "
        "from studio2shop.models.saved import load_model; "
        "print(load_model(sys.argv[1]).output_shape[1])"
    )
    command = [sys.executable, "-c", code, str(tmp_path / "descriptor.keras")]
    said = subprocess.run(command, capture_output=True, text=True, check=True)
    assert int(said.stdout.split()[-1]) == descriptor.output_shape[1]


def test_an_encoder_of_keras_hub_without_it_is_told(tmp_path):
    path = tmp_path / "encoder.keras"
    with zipfile.ZipFile(path, "w") as archive:
        archive.writestr("config.json", '{"module": "keras_hub.src.models", "class_name": "X"}')
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr("importlib.util.find_spec", lambda name: None)
        with pytest.raises(ImportError, match="has layers of keras-hub, which is not installed"):
            build_descriptor(SHAPE, str(path), None)


def test_two_backbones_stand_side_by_side():
    both = build_descriptor(SHAPE, [tokens(), vector()], [None, None])
    assert block_sizes(both) == [5, 7, *COLOURS]


def test_two_backbones_by_name_keep_their_own_preprocessing():
    names, shape = ["mobilenet_v2", "vgg16"], (64, 64, 3)
    both = build_descriptor(shape, names, [None, None])
    preprocessing = [both.get_layer(f"{name}_preprocessing") for name in ("MobileNetV2", "VGG16")]
    assert [layer.module for layer in preprocessing] == ["mobilenet_v2", "vgg16"]


def test_layers_can_be_chosen():
    model = build_descriptor(SHAPE, build_compact(SHAPE), None, ["block1_relu", "block4_relu"])
    assert block_sizes(model) == [48, 256, *COLOURS]


def test_what_is_no_layer_or_takes_other_images_is_named(tmp_path):
    with pytest.raises(ValueError, match="of layers of 'vector', which has no 'nowhere'; it has"):
        build_descriptor(SHAPE, vector(), None, ["nowhere"])
    with pytest.raises(ValueError, match=r"must take images of \(64, 64, 3\); 'vector' takes"):
        build_descriptor((64, 64, 3), vector())
    with pytest.raises(FileNotFoundError, match="nowhere.keras: there is no such file"):
        build_descriptor(SHAPE, "nowhere.keras")
    (tmp_path / "broken.keras").write_text("no model")
    with pytest.raises(ValueError, match="broken.keras: it is broken, or no Keras model"):
        build_descriptor(SHAPE, str(tmp_path / "broken.keras"))
    with pytest.raises(ValueError, match="must end in a map .* Take head='descriptor'"):
        build_query_feature(SHAPE, 8, vector(), None, "pooled")


def test_the_head_starts_with_its_straight_way_at_zero_and_splits_at_the_descriptor():
    model = build_query_feature(SHAPE, 8, build_compact(SHAPE), None, "descriptor")
    assert not np.array(model.get_layer("direct").kernel).any()
    backbone, head = split_at_backbone(model)
    assert backbone.output_shape[1] == sum(block_sizes(model.get_layer("descriptor")))
    kept = backbone.predict(IMAGES, verbose=0)
    np.testing.assert_allclose(
        head.predict(kept, verbose=0), model.predict(IMAGES, verbose=0), atol=1e-4
    )
