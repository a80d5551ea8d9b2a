"""Networks in other formats compute what Keras computes, or are refused beforehand."""

import sys

import keras
import numpy as np
import pytest

from studio2shop import build_query_article_matching, build_query_feature
from studio2shop.models import export_formats
from studio2shop.models.export_formats import check_can_be_written, write_network
from studio2shop.models.exported import ENDINGS, INPUTS, open_network
from studio2shop.models.saved import load_model, save_model

RANDOM = np.random.default_rng(0)
IMAGES = RANDOM.integers(0, 256, (3, 48, 32, 3)).astype("float32")
FORMATS = [
    "saved_model",
    "litert",
    pytest.param("onnx", marks=pytest.mark.slow),
]


def trained(network, folder):
    """A network with other statistics than at its start, from a file, as a run's is."""
    for weight in network.weights:
        if "moving" in weight.path:
            weight.assign(weight + RANDOM.uniform(0.1, 1, weight.shape))
        elif "direct" in weight.path:
            weight.assign(RANDOM.normal(0, 0.1, weight.shape))
    save_model(network, folder / "network.keras")
    return load_model(folder / "network.keras")


def written(network, inputs, format, folder):
    """The function that another library makes of what was written."""
    if format == "onnx":
        pytest.importorskip("tf2onnx", reason="needs the extra export")
    path = folder / f"network{ENDINGS[format]}"
    write_network(network, path, format, inputs)
    return open_network(path, format, inputs)


@pytest.mark.parametrize("format", FORMATS)
@pytest.mark.parametrize("head", ["pooled", "descriptor"])
def test_a_loaded_query_network_computes_what_keras_does(head, format, tmp_path):
    keras.utils.set_random_seed(0)
    network = trained(build_query_feature((48, 32, 3), 16, "compact", None, head), tmp_path)
    run = written(network, INPUTS["query_feature"], format, tmp_path)
    for num_images in (3, 1):
        own = network.predict_on_batch(IMAGES[:num_images])
        np.testing.assert_allclose(run(IMAGES[:num_images]), own, rtol=1e-5, atol=1e-5)


@pytest.mark.parametrize("format", FORMATS)
@pytest.mark.parametrize("matching", ["non-linear", "linear"])
def test_a_match_takes_any_number_of_queries_and_articles(matching, format, tmp_path):
    keras.utils.set_random_seed(0)
    match = trained(build_query_article_matching(16, matching, None), tmp_path)
    run = written(match, INPUTS["query_article_matching"], format, tmp_path)
    for queries, articles in ((3, 7), (1, 90), (5, 1)):
        pairs = [RANDOM.normal(size=(queries, articles, 16)), RANDOM.normal(size=(queries, 16))]
        pairs = [array.astype("float32") for array in pairs]
        assert run(*pairs).shape == (queries, articles)
        np.testing.assert_allclose(run(*pairs), match.predict_on_batch(pairs), atol=1e-5)


def test_dense_layers_too_large_for_onnx_are_refused_beforehand(monkeypatch):
    match = build_query_article_matching(16, match_activation=None)
    num_weights = 33 * 256 + 257 * 256 + 257
    monkeypatch.setattr(export_formats, "MOST_FOR_ONNX", num_weights - 1)
    with pytest.raises(ValueError, match=f"have {num_weights:,} weights.*; take the format litert"):
        check_can_be_written(match, "onnx")
    check_can_be_written(match, "litert")


def test_what_is_no_format_or_not_installed_is_told(monkeypatch):
    match = build_query_article_matching(16, match_activation=None)
    with pytest.raises(ValueError, match="one of saved_model, litert, onnx; received 'tflite'"):
        check_can_be_written(match, "tflite")
    monkeypatch.setitem(sys.modules, "tf2onnx", None)
    with pytest.raises(ImportError, match=r'not installed: pip install "studio2shop\[export\]"'):
        check_can_be_written(match, "onnx")


def test_what_a_converter_does_not_know_is_told(tmp_path):
    images = keras.Input((8, 8, 1), name="images")
    unknown = keras.ops.linalg.eigh(keras.layers.Reshape((8, 8))(images))[0]
    network = keras.Model(images, unknown, name="odd")
    with pytest.raises(ValueError, match=r"^'odd' can't be written in the format litert \(.*take"):
        write_network(network, tmp_path / "odd.tflite", "litert", ["images"])
