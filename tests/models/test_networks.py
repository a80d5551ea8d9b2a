"""What the networks promise beside their sizes: shapes, saving, precision, weights, and errors."""

import keras
import numpy as np
import pytest
from hypothesis import given, strategies

from studio2shop import (
    build_fdna,
    build_query_article_matching,
    build_query_feature,
    build_studio2shop,
    join_submodels,
    losses,
)
from studio2shop.models.backbones import build_compact
from studio2shop.models.fdna import branch_hidden_size
from studio2shop.models.layers import LocalResponseNormalization, ScaledDotProduct
from studio2shop.models.siamese import build_all_in_two_nets
from studio2shop.models.towers import build_towers

RNG = np.random.default_rng(0)
IMAGES = RNG.integers(0, 256, (3, 48, 32, 3)).astype("float32")
FEATURES = RNG.standard_normal((3, 5, 16)).astype("float32")


def tiny_model(matching="non-linear", head="pooled", match_activation=None):
    query_feature = build_query_feature((48, 32, 3), 16, "compact", None, head)
    return join_submodels(
        query_feature, build_query_article_matching(16, matching, match_activation)
    )


@pytest.fixture(scope="module")
def model():
    return tiny_model()


def test_any_number_of_articles_is_scored(model):
    assert model.predict([IMAGES, FEATURES], verbose=0).shape == (3, 5)
    assert model.predict([IMAGES, np.tile(FEATURES, (1, 3, 1))], verbose=0).shape == (3, 15)


def test_an_articles_score_does_not_depend_on_the_others(model):
    together = model.predict([IMAGES, FEATURES], verbose=0)
    alone = model.predict([IMAGES, FEATURES[:, 2:3]], verbose=0)
    np.testing.assert_allclose(together[:, 2:3], alone, atol=1e-5)


def test_the_sigmoid_model_gives_the_sigmoid_of_the_logits():
    logits_model, probability_model = tiny_model(), tiny_model(match_activation="sigmoid")
    probability_model.set_weights(logits_model.get_weights())
    logits = logits_model.predict([IMAGES, FEATURES], verbose=0)
    np.testing.assert_allclose(
        probability_model.predict([IMAGES, FEATURES], verbose=0),
        1 / (1 + np.exp(-logits)),
        rtol=1e-5,
    )


@pytest.mark.parametrize("matching", ["non-linear", "linear"])
@pytest.mark.parametrize("head", ["flatten", "pooled"])
def test_a_training_step_reaches_every_trainable_weight(matching, head):
    model = tiny_model(matching, head)
    model.compile("sgd", loss=losses.match_cross_entropy)
    before = [np.array(weight) for weight in model.trainable_weights]
    labels = np.eye(3, 5, dtype="float32")
    loss = model.train_on_batch([IMAGES, FEATURES], labels)
    assert np.isfinite(loss)
    for weight, old in zip(model.trainable_weights, before):
        assert not np.array_equal(np.array(weight), old), weight.path


def test_the_linear_match_starts_with_unit_deviation_at_the_odds_of_one_in_50_and_keeps_its_sign():
    match = ScaledDotProduct()
    articles, queries = RNG.standard_normal((1, 50_000, 64)), RNG.standard_normal((1, 64))
    scores = np.array(match([articles.astype("float32"), queries.astype("float32")]))[0, :, 0]
    assert scores.mean() == pytest.approx(-np.log(49), abs=0.02)
    assert scores.std() == pytest.approx(np.linalg.norm(queries) / 8, rel=0.02)
    match.log_scale.assign_sub(20)
    assert 0 < float(match.scale) < 1e-8


@pytest.mark.parametrize("matching", ["non-linear", "linear"])
def test_a_keras_file_round_trip_is_bit_for_bit(tmp_path, matching):
    model = tiny_model(matching)
    model.save(tmp_path / "model.keras")
    loaded = keras.models.load_model(tmp_path / "model.keras")
    assert np.array_equal(
        loaded.predict([IMAGES, FEATURES], verbose=0), model.predict([IMAGES, FEATURES], verbose=0)
    )
    assert [layer.name for layer in loaded.layers] == [layer.name for layer in model.layers]


def test_fdna_round_trip_is_bit_for_bit(tmp_path):
    fdna = build_fdna({"category": 7, "colour": 3}, (64, 64, 3), fdna_size=12)
    images = RNG.integers(0, 256, (2, 64, 64, 3)).astype("float32")
    fdna.save(tmp_path / "fdna.keras")
    ours, loaded = (
        fdna.predict(images, verbose=0),
        keras.models.load_model(tmp_path / "fdna.keras").predict(images, verbose=0),
    )
    assert list(ours) == list(loaded) == ["category", "colour"]
    assert all(np.array_equal(ours[name], loaded[name]) for name in ours)


def test_bfloat16_computes_inside_and_gives_float32_logits():
    keras.config.set_dtype_policy("mixed_bfloat16")
    try:
        model = tiny_model()
        fdna = build_fdna({"category": 7}, (64, 64, 3), fdna_size=12)
    finally:
        keras.config.set_dtype_policy("float32")
    scores = model.predict([IMAGES, FEATURES], verbose=0)
    assert scores.dtype == np.float32 and np.isfinite(scores).all()
    assert model.get_layer("query_article_matching").get_layer("fc1").compute_dtype == "bfloat16"
    assert fdna.output["category"].dtype == "float32"


def test_no_two_weights_of_a_network_share_a_path():
    """Under PyTorch, Keras would add up the gradients of all but the last of them."""
    siamese = build_all_in_two_nets({"colour": 3}, (48, 32, 3), 16, "compact", None, "pooled")
    networks = [tiny_model(), tiny_model(head="flatten"), siamese, build_towers(16, 8)]
    networks.append(build_fdna({"category": 7, "colour": 3}, (64, 64, 3), fdna_size=12))
    for network in networks:
        paths = [weight.path for weight in network.weights]
        assert len(set(paths)) == len(paths)


def test_submodels_are_reachable_by_name(model):
    query_features = model.get_layer("query_feature").predict(IMAGES, verbose=0)
    scores = model.get_layer("query_article_matching").predict(
        [FEATURES, query_features], verbose=0
    )
    np.testing.assert_allclose(scores, model.predict([IMAGES, FEATURES], verbose=0), atol=1e-5)


def test_vgg16_preprocesses_inside_the_model_once():
    model = build_query_feature((32, 32, 3), backbone_weights=None)
    from keras.applications import vgg16

    inner = keras.Model(model.input, model.get_layer("preprocessing").output)
    image = RNG.integers(0, 256, (1, 32, 32, 3)).astype("float32")
    np.testing.assert_allclose(
        inner.predict(image, verbose=0), vgg16.preprocess_input(image.copy()), atol=1e-4
    )


@pytest.mark.parametrize(
    "backbone, printed_name",
    [
        ("mobilenet_v2", "MobileNetV2"),
        ("EfficientNetV2B0", "EfficientNetV2B0"),
        ("mobilenet_v3_small", "MobileNetV3Small"),
        ("resnet50", "ResNet50"),
    ],
)
def test_other_backbones_are_taken_by_name(backbone, printed_name):
    model = build_query_feature((64, 64, 3), 24, backbone, None, "pooled")
    assert model.output_shape == (None, 24)
    assert model.get_layer(printed_name).count_params() > 900_000


def test_a_keras_model_serves_as_backbone():
    own = keras.Sequential(
        [
            keras.Input((48, 32, 3)),
            keras.layers.Rescaling(1 / 255),
            keras.layers.Conv2D(4, 3, strides=8),
        ],
        name="own",
    )
    assert build_query_feature((48, 32, 3), 16, own, None, "pooled").predict(
        IMAGES, verbose=0
    ).shape == (3, 16)


def test_backbone_weights_are_read_from_a_path(tmp_path):
    compact = build_compact((48, 32, 3))
    compact.save_weights(tmp_path / "compact.weights.h5")
    model = build_query_feature(
        (48, 32, 3), 16, "compact", tmp_path / "compact.weights.h5", "pooled"
    )
    for ours, stored in zip(model.get_layer("compact").get_weights(), compact.get_weights()):
        assert np.array_equal(ours, stored)


def test_compact_has_the_stated_parameters():
    assert (
        sum(int(np.prod(weight.shape)) for weight in build_compact().trainable_weights) == 946_592
    )


def test_local_response_normalisation_follows_alexnets_formula():
    inputs = RNG.standard_normal((2, 3, 2, 7)).astype("float32") * 30
    expected = np.empty_like(inputs)
    for channel in range(7):
        neighbours = inputs[..., max(0, channel - 2) : channel + 3]
        expected[..., channel] = inputs[..., channel] / (2 + 1e-4 * (neighbours**2).sum(-1)) ** 0.75
    np.testing.assert_allclose(np.array(LocalResponseNormalization()(inputs)), expected, rtol=1e-5)


@given(strategies.integers(2, 5000))
def test_a_branch_is_twice_its_values_wide_between_40_and_1024(num_values):
    width = branch_hidden_size(num_values)
    assert (
        width == 2 * num_values
        or (width == 40 and num_values < 20)
        or (width == 1024 and num_values > 512)
    )


def test_towers_have_the_parameters_of_three_dense_layers_each():
    a_tower = (128 * 512 + 512) + (512 * 512 + 512) + (512 * 128 + 128)
    assert build_towers().count_params() == 2 * a_tower == 788_736
    assert build_towers(7, 3).count_params() == 2 * (
        (7 * 512 + 512) + (512 * 512 + 512) + (512 * 3 + 3)
    )


def test_towers_give_the_dot_product_of_each_query_with_each_article():
    towers = build_towers(16, 4)
    queries = RNG.standard_normal((2, 3, 16)).astype("float32")
    articles = RNG.standard_normal((2, 5, 16)).astype("float32")
    vectors = [
        towers.get_layer(name).predict(features, verbose=0)
        for name, features in (("query_tower", queries), ("article_tower", articles))
    ]
    assert [part.shape for part in vectors] == [(2, 3, 4), (2, 5, 4)]
    np.testing.assert_allclose(
        towers.predict([queries, articles], verbose=0),
        vectors[0] @ vectors[1].transpose(0, 2, 1),
        atol=1e-5,
    )


def test_the_towers_are_of_the_same_shape_with_weights_of_their_own_and_negative_values():
    towers = build_towers(16, 4, name="mine")
    assert towers.name == "mine" and [layer.name for layer in towers.layers if layer.weights] == [
        "query_tower",
        "article_tower",
    ]
    query_tower, article_tower = towers.get_layer("query_tower"), towers.get_layer("article_tower")
    assert (
        [layer.name for layer in query_tower.layers]
        == [layer.name for layer in article_tower.layers]
        == ["features", "fc1", "fc2", "vector"]
    )
    assert not np.array_equal(query_tower.get_weights()[0], article_tower.get_weights()[0])
    assert query_tower.predict(RNG.standard_normal((1, 50, 16)), verbose=0).min() < 0


def test_towers_are_saved_and_loaded_bit_for_bit(tmp_path):
    towers = build_towers(16, 4)
    towers.save(tmp_path / "towers.keras")
    queries, articles = (
        RNG.standard_normal((1, 3, 16)).astype("float32"),
        RNG.standard_normal((1, 5, 16)).astype("float32"),
    )
    loaded = keras.models.load_model(tmp_path / "towers.keras")
    assert np.array_equal(
        loaded.predict([queries, articles], verbose=0),
        towers.predict([queries, articles], verbose=0),
    )
    assert [layer.name for layer in loaded.layers] == [layer.name for layer in towers.layers]


def test_without_network_the_error_names_the_ways_out(monkeypatch, tmp_path):
    import urllib.error

    def refuse(*args, **kwargs):
        raise urllib.error.URLError("no network")

    monkeypatch.setenv("KERAS_HOME", str(tmp_path))
    monkeypatch.setattr("keras.src.utils.file_utils.urlretrieve", refuse)
    monkeypatch.setattr("keras.src.utils.file_utils._cache_dir", str(tmp_path), raising=False)
    monkeypatch.setattr(
        "keras.src.utils.file_utils.config.keras_home", lambda: str(tmp_path), raising=False
    )
    with pytest.raises(
        ConnectionError,
        match="backbone_weights=None .in a command, --backbone-weights none. for random",
    ):
        build_studio2shop()


@pytest.mark.parametrize(
    "arguments, sentence",
    [
        (
            {"backbone": "vgg61"},
            "`backbone` must be 'compact', a Keras model or a name in keras.applications",
        ),
        (
            {"head": "mean"},
            "`head` must be one of 'flatten', 'pooled', 'descriptor'; received 'mean'.",
        ),
        ({"backbone": "compact"}, "`backbone='compact'` has no ImageNet weights"),
        (
            {"backbone": keras.Sequential([keras.Input((4,)), keras.layers.Dense(2)], name="flat")},
            r"must take images of \(48, 32, 3\); 'flat' takes \(4,\). Build it with this size",
        ),
    ],
)
def test_bad_arguments_of_the_query_feature_are_named(arguments, sentence):
    with pytest.raises(ValueError, match=sentence):
        build_query_feature((48, 32, 3), **arguments)


def test_a_missing_and_a_foreign_weights_file_are_named(tmp_path):
    with pytest.raises(FileNotFoundError, match="there is no file 'nowhere.h5'"):
        build_query_feature((48, 32, 3), backbone="vgg16", backbone_weights="nowhere.h5")
    build_compact((48, 32, 3)).save_weights(tmp_path / "compact.weights.h5")
    with pytest.raises(
        ValueError, match="compact.weights.h5' must hold weights of VGG16 without its top"
    ):
        build_query_feature(
            (48, 32, 3), backbone="vgg16", backbone_weights=tmp_path / "compact.weights.h5"
        )


def test_bad_arguments_of_matching_and_fdna_are_named():
    with pytest.raises(
        ValueError, match="`matching` must be 'non-linear' or 'linear'; received 'cosine'."
    ):
        build_query_article_matching(matching="cosine")
    with pytest.raises(
        ValueError, match="`match_activation` must be 'sigmoid' or None; received 'relu'."
    ):
        build_query_article_matching(match_activation="relu")
    assert build_fdna({"category": 7}, (39, 39, 3)).get_layer("pool3").output.shape == (
        None,
        1,
        1,
        256,
    )
    with pytest.raises(ValueError, match="at least 39 x 39 pixels"):
        build_fdna({"category": 7}, (60, 38, 3))
    for name in ("main colour", "Größe", "a/b", "flatten", "", "_x"):
        with pytest.raises(
            ValueError, match="can't name a layer of fDNA: use letters, digits and '_'"
        ):
            build_fdna({name: 3})
    with pytest.raises(ValueError, match="'colour_hidden' can't name a layer of fDNA"):
        build_fdna({"colour": 3, "colour_hidden": 4})
    with pytest.raises(ValueError, match="Attribute 'colour' must have at least 2 values"):
        build_fdna({"colour": 1})
    with pytest.raises(ValueError, match="at least one attribute"):
        build_fdna({})
