"""A limit to the steps of training is none to the inputs that are predicted."""

import logging

import keras
import numpy as np
import pytest

from studio2shop.models.predict_all import predict_all, without_retracing_warnings


@pytest.fixture
def model():
    inputs = keras.Input((1,))
    return keras.Model(inputs, keras.layers.Rescaling(2.0)(inputs))


@pytest.fixture
def limit():
    keras.config.set_max_steps_per_epoch(2)
    yield
    keras.config.set_max_steps_per_epoch(None)


def test_each_input_has_its_output_whatever_the_limit_and_the_limit_stays(model, limit):
    numbers = np.arange(7.0)[:, np.newaxis]
    np.testing.assert_array_equal(predict_all(model, numbers, batch_size=1), 2 * numbers)
    assert keras.config.max_steps_per_epoch() == 2


def test_the_limit_is_there_again_after_an_error(model, limit):
    with pytest.raises(ValueError):
        predict_all(model, np.zeros((3, 9, 9)))
    assert keras.config.max_steps_per_epoch() == 2


def test_tensorflow_is_as_talkative_as_before_once_shapes_may_no_longer_differ():
    logger = logging.getLogger("tensorflow")
    before = logger.level
    with without_retracing_warnings():
        assert not logger.isEnabledFor(logging.WARNING)
    assert logger.level == before
