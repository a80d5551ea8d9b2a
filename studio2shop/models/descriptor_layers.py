"""The layers of descriptors and of the head above them, which are ours."""

import keras
import numpy as np
from keras import ops


@keras.saving.register_keras_serializable(package="studio2shop")
class ColourHistogram(keras.layers.Layer):
    """Share of each of `bins ** 3` colours among a picture's pixels.

    Ours, for descriptors. Each channel of a pixel belongs to the two bins whose middles it lies
    between, the more to the nearer one, so that a little more light changes little. Every second
    pixel of every second row counts, and none that is background.

    Args:
        bins: of each channel.
        background_from: a pixel whose three channels are all at least this light is background;
            `None` counts all.
    """

    def __init__(self, bins=6, background_from=215, **kwargs):
        super().__init__(**kwargs)
        self.bins, self.background_from = bins, background_from

    def call(self, images):
        """RGB images in [0, 255] to square roots of shares, `(batch, bins ** 3)`."""
        rows, columns = -(-images.shape[1] // 2), -(-images.shape[2] // 2)
        pixels = ops.reshape(images[:, ::2, ::2], (-1, rows * columns, 3))
        width = 255 / self.bins
        middles = ops.convert_to_tensor((np.arange(self.bins) + 0.5) * width, self.compute_dtype)
        inner = ops.clip(pixels, width / 2, 255 - width / 2)
        shares = ops.relu(1 - ops.abs(ops.expand_dims(inner, -1) - middles) / width)
        pairs = ops.expand_dims(shares[:, :, 0], 3) * ops.expand_dims(shares[:, :, 1], 2)
        pairs = ops.reshape(pairs, (-1, rows * columns, self.bins**2))
        if self.background_from is not None:
            is_garment = ops.min(pixels, axis=-1, keepdims=True) < self.background_from
            pairs = pairs * ops.cast(is_garment, self.compute_dtype)
        counts = ops.matmul(ops.transpose(pairs, (0, 2, 1)), shares[:, :, 2])
        counts = ops.reshape(counts, (-1, self.bins**3))
        return ops.sqrt(counts / ops.maximum(ops.sum(counts, axis=-1, keepdims=True), 1))

    def compute_output_shape(self, input_shape):
        return (input_shape[0], self.bins**3)

    def get_config(self):
        own = {"bins": self.bins, "background_from": self.background_from}
        return {**super().get_config(), **own}


@keras.saving.register_keras_serializable(package="studio2shop")
class WeighBlocks(keras.layers.Layer):
    """Lets each block of standardised values count as much as one of 1,000 values.

    Ours, for the head on a descriptor: 144 colours stand beside 1,280 activations. Values beyond
    ten deviations, as those of colours that hardly ever occur, are cut to them.

    Args:
        sizes: number of values of each block, in order.
    """

    def __init__(self, sizes, **kwargs):
        super().__init__(**kwargs)
        self.sizes = list(sizes)

    def call(self, inputs):
        weights = np.repeat(np.sqrt(1000 / np.array(self.sizes)), self.sizes)
        return ops.clip(inputs, -10, 10) * ops.cast(weights, self.compute_dtype)

    def compute_output_shape(self, input_shape):
        return input_shape

    def get_config(self):
        return {**super().get_config(), "sizes": self.sizes}


def block_sizes(model):
    """How many values each block has in the vectors that a descriptor makes.

    Args:
        model: a `keras.Model` from images to vectors.

    Returns:
        List of numbers, in order; `None` if it is no descriptor.
    """
    last = model.layers[-1]
    if not isinstance(last, keras.layers.Concatenate) or last.name != "blocks":
        return None
    return [block.shape[-1] for block in last.input]
