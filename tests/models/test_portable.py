"""What stands for layers that other libraries lack computes the same."""

import keras
import numpy as np

from studio2shop.models.portable import portable


def test_a_small_copy_by_products_is_that_of_the_layer():
    inputs = keras.Input((23, 17, 3))
    network = keras.Model(inputs, keras.layers.Resizing(5, 3, antialias=True)(inputs))
    copy = portable(network, ["images"])
    images = np.random.default_rng(0).uniform(0, 1, (2, 23, 17, 3)).astype("float32")
    np.testing.assert_allclose(
        copy.predict_on_batch(images), network.predict_on_batch(images), atol=1e-6
    )
