"""The match as it is trained: the same function, gradients and statistics as Table 7's layers."""

import keras
import numpy as np
import pytest

from studio2shop import build_query_article_matching, losses
from studio2shop.models.matching import SplitMatch, split_to_train
from studio2shop.training.phases import join_to_train
from studio2shop.training.plan import TrainingPlan

RANDOM = np.random.default_rng(0)
ARTICLES = RANDOM.normal(1, 3, (12, 5, 16)).astype("float32")
QUERIES = RANDOM.normal(-2, 2, (12, 16)).astype("float32")
LABELS = np.tile(np.float32([1, 0, 0, 0, 0]), (12, 1))


def matching_and(change, matching="non-linear"):
    """A matching submodel of a seed's weights, and a model of it on query features."""
    keras.utils.set_random_seed(0)
    submodel = build_query_article_matching(16, matching, match_activation=None)
    inputs = [keras.Input((None, 16)), keras.Input((16,))]
    return submodel, keras.Model(inputs, change(submodel)(inputs))


def test_the_split_match_computes_what_the_submodel_computes():
    submodel, split = matching_and(split_to_train)
    for layer in submodel.layers:
        for weight in layer.weights:
            weight.assign(RANDOM.uniform(0.5, 1.5, weight.shape) * (1 if weight.ndim == 1 else 0.1))
    expected = submodel.predict([ARTICLES, QUERIES], verbose=0)
    np.testing.assert_allclose(split.predict([ARTICLES, QUERIES], verbose=0), expected, rtol=1e-5)


def test_the_split_match_learns_what_the_submodel_learns():
    learned = []
    for change in (lambda submodel: submodel, split_to_train):
        submodel, model = matching_and(change)
        model.compile(keras.optimizers.SGD(0.01), losses.match_cross_entropy)
        values = [model.train_on_batch([ARTICLES, QUERIES], LABELS) for _ in range(5)]
        learned.append([values, *submodel.get_weights()])
    assert learned[0][0][-1] < 0.9 * learned[0][0][0]
    for whole, split in zip(*learned, strict=True):
        np.testing.assert_allclose(split, whole, rtol=1e-4, atol=1e-5)


def test_a_frozen_norm_keeps_its_statistics():
    submodel, model = matching_and(split_to_train)
    norm = submodel.get_layer("batch_norm")
    norm.trainable = False
    model.compile(keras.optimizers.SGD(0.01), losses.match_cross_entropy)
    model.train_on_batch([ARTICLES, QUERIES], LABELS)
    assert np.all(keras.ops.convert_to_numpy(norm.moving_mean) == 0)


def test_the_linear_match_is_trained_as_it_is():
    submodel, _ = matching_and(split_to_train, "linear")
    assert split_to_train(submodel) is submodel


@pytest.mark.parametrize("noise", [0.0, 0.3])
def test_joined_to_train_articles_get_noise_in_training_alone(noise):
    submodel, _ = matching_and(split_to_train)
    given = keras.Input((16,))
    leg = keras.Model(given, keras.layers.Identity()(given), name="query_feature")
    model = join_to_train(leg, submodel, TrainingPlan(article_noise=noise))
    assert isinstance(model.get_layer("query_article_matching"), SplitMatch)
    searched = submodel.predict([ARTICLES, QUERIES], verbose=0)
    np.testing.assert_allclose(
        model.predict([QUERIES, ARTICLES], verbose=0), searched, rtol=1e-4, atol=1e-6
    )
    trained = [np.array(model([QUERIES, ARTICLES], training=True)) for _ in range(2)]
    # the second time with other noise; the statistics of the batch are the same
    assert np.allclose(*trained, atol=1e-6) == (noise == 0)
