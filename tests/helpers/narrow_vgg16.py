"""Keras' own VGG16, a sixteenth as wide: all its names and its size of images, in no time."""

import contextlib
import sys
import types
from unittest import mock

import keras

NARROWER = 16


@contextlib.contextmanager
def narrow_vgg16():
    """Within it `keras.applications.VGG16` builds a narrow network."""
    layers = types.SimpleNamespace(**vars(keras.layers))
    layers.Conv2D = lambda filters, *args, **options: keras.layers.Conv2D(
        filters // NARROWER, *args, **options
    )
    layers.Dense = lambda units, **options: keras.layers.Dense(units // NARROWER, **options)
    with mock.patch.object(sys.modules[keras.applications.VGG16.__module__], "layers", layers):
        yield
