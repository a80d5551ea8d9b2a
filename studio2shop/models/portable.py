"""Trained networks in a form that every export format can say, to be called for inference."""

import keras
import numpy as np
from keras import layers, ops


def portable(model, input_names):
    """A model that computes the same as another and can be written in any of the formats.

    A copy in which the few layers that LiteRT and ONNX lack are said by others, called for
    inference: written as it is, a loaded model with BatchNorm may compute as in training.

    Args:
        model: a functional `keras.Model`.
        input_names: list of names, one for each of its inputs.

    Returns:
        A `keras.Model` of the same inputs, in the same order, to the same output.
    """
    copy = keras.models.clone_model(model, clone_function=_portable_layer, recursive=True)
    copy.set_weights(model.get_weights())
    inputs = [
        keras.Input(tensor.shape[1:], dtype="float32", name=name)
        for tensor, name in zip(model.inputs, input_names, strict=True)
    ]
    # one input stands alone: a list of one is another signature
    inputs = inputs if len(inputs) > 1 else inputs[0]
    return keras.Model(inputs, _ForInference(copy, name="network")(inputs), name=model.name)


class _ForInference(layers.Layer):
    """A model that never computes as in training."""

    def __init__(self, model, **kwargs):
        super().__init__(**kwargs)
        self.model = model

    def call(self, inputs):
        return ops.cast(self.model(inputs, training=False), "float32")

    def compute_output_shape(self, input_shape):
        return self.model.compute_output_shape(input_shape)


class _ResizingByProducts(layers.Layer):
    """An antialiased `Resizing` as two products with constant matrices, which every format has.

    Each row and column of the result is a weighted mean of rows and columns of the image. The
    weights are what the layer itself makes of a diagonal.
    """

    def __init__(self, resizing, **kwargs):
        super().__init__(**kwargs)
        self.resizing = resizing

    def _weights(self, size, wanted):
        """Those of `wanted` rows: `(wanted, size)`."""
        lines = ops.image.resize(
            np.eye(size, dtype="float32")[..., np.newaxis],
            (wanted, size),
            self.resizing.interpolation,
            antialias=True,
            data_format="channels_last",
        )
        return ops.convert_to_numpy(lines)[..., 0]

    def build(self, input_shape):
        _, height, width, _ = input_shape
        self._of_rows = self._weights(height, self.resizing.height)
        self._of_columns = self._weights(width, self.resizing.width)

    def call(self, images):
        _, height, width, channels = images.shape
        rows = ops.reshape(images, (-1, height, width * channels))
        rows = ops.matmul(self._of_rows, rows)  # (batch, rows, width * channels)
        cells = ops.reshape(rows, (-1, self.resizing.height, width, channels))
        return ops.matmul(self._of_columns, cells)  # (batch, rows, columns, channels)

    def compute_output_shape(self, input_shape):
        return (input_shape[0], self.resizing.height, self.resizing.width, input_shape[-1])


def _portable_layer(layer):
    is_plain = isinstance(layer, layers.Resizing) and not (
        layer.crop_to_aspect_ratio or layer.pad_to_aspect_ratio
    )
    if is_plain and layer.antialias and layer.data_format == "channels_last":
        return _ResizingByProducts(layer, name=layer.name)
    return type(layer).from_config(layer.get_config())
