"""Matching submodels for tests: chains of layers with weights as training might leave them."""

import importlib.util

import keras
import numpy as np
import pytest

from studio2shop import join_submodels
from studio2shop.models.layers import PairConcatenate
from studio2shop.models.towers import build_towers

NEEDS_FAISS = pytest.mark.skipif(
    importlib.util.find_spec("faiss") is None,
    reason="needs faiss: pip install 'studio2shop[faiss]'",
)
EXACT = ["product", pytest.param("flat", marks=NEEDS_FAISS)]
FAISS = [pytest.param(method, marks=NEEDS_FAISS) for method in ("flat", "ivf", "hnsw")]
ALL = ["product", *FAISS]


def chain_model(size, layers, name="query_article_matching"):
    """A matching submodel of `layers` between the join and the scores."""
    articles, query = (
        keras.Input((None, size), name="article_fDNA"),
        keras.Input((size,), name="query_fDNA"),
    )
    x = PairConcatenate(name="concatenate")([articles, query])
    for layer in layers:
        x = layer(x)
    return keras.Model([articles, query], keras.layers.Reshape((-1,), name="scores")(x), name=name)


def randomised(model, seed, means=2.0, variances=(0.05, 4.0)):
    """The model with random weights: no bias at zero, no BatchNorm at its start.

    Its variances are spread over the logarithm of their range.
    """
    random = np.random.default_rng(seed)
    for layer in model.layers:
        if isinstance(layer, keras.layers.BatchNormalization):
            shape = layer.moving_mean.shape
            for weight, value in (
                (layer.gamma, random.normal(1, 0.5, shape)),
                (layer.beta, random.normal(0, 0.5, shape)),
            ):
                if weight is not None:
                    weight.assign(value)
            layer.moving_mean.assign(means * random.standard_normal(shape))
            layer.moving_variance.assign(np.exp(random.uniform(*np.log(variances), shape)))
        elif isinstance(layer, keras.layers.Dense):
            layer.kernel.assign(
                random.normal(0, 1.4 / np.sqrt(layer.kernel.shape[0]), layer.kernel.shape)
            )
            if layer.bias is not None:
                layer.bias.assign(random.normal(0, 0.3, layer.bias.shape))
        elif layer.weights:  # the linear match's scale and bias
            layer.set_weights(random.uniform([0.1, -3], [2, 3]))
    return model


def random_features(seed, num_articles=33, num_queries=5, size=16):
    """Vectors of articles and of queries, float32."""
    random = np.random.default_rng(seed)
    return random.standard_normal((num_articles, size)).astype("float32"), random.standard_normal(
        (num_queries, size)
    ).astype("float32")


def features_of_statistics(model, seed, num_articles=33, num_queries=5):
    """Features with the mean and variance of the model's first BatchNorm, as in training."""
    norm = next(
        layer for layer in model.layers if isinstance(layer, keras.layers.BatchNormalization)
    )
    mean, deviation = np.array(norm.moving_mean), np.sqrt(np.array(norm.moving_variance))
    size = len(mean) // 2
    articles, queries = random_features(seed, num_articles, num_queries, size)
    return (mean[size:] + deviation[size:] * articles), (mean[:size] + deviation[:size] * queries)


def submodels_own(model, articles, queries):
    """The Keras model's own scores, `(queries, articles)`."""
    return keras.ops.convert_to_numpy(
        model([np.repeat(articles[np.newaxis], len(queries), axis=0), queries])
    )


def in_float64(model):
    """The same model, computing in float64."""
    copy = keras.models.clone_model(
        model,
        clone_function=lambda layer: type(layer).from_config(
            {**layer.get_config(), "dtype": "float64"}
        ),
    )
    for ours, theirs in zip(copy.layers, model.layers):
        ours.set_weights(theirs.get_weights())
    return copy


def errors(given, expected):
    """How far each score is off, where 1 is the promise: 1e-4 x max(1, |logit|)."""
    assert given.shape == expected.shape
    return np.abs(given - expected) / (1e-4 * np.maximum(1, np.abs(expected)))


def joined(matching):
    """A Studio2Shop model around a matching submodel, of images of 4 x 4 pixels."""
    images = keras.Input((4, 4, 3))
    vectors = keras.layers.Dense(matching.inputs[0].shape[-1], name="feature")(
        keras.layers.Flatten()(images)
    )
    return join_submodels(keras.Model(images, vectors, name="query_feature"), matching)


def random_towers(size, seed):
    """Towers that nobody distilled: their order is their own, by far not the match's."""
    towers = build_towers(size, 8)
    for tower in ("query_tower", "article_tower"):
        randomised(towers.get_layer(tower), seed)
    return towers
