"""128floats: the network of Simo-Serra and Ishikawa (2016) (Section 4.2)."""

import keras
from keras import layers

from studio2shop.models.stylenet_torch import NORM_EPSILON, read_stylenet

IMAGE_SIZE = (384, 256)  # height and width
SMALLEST_SIZE = 64  # three pools of 4


def build_stylenet(weights=None, input_shape=(*IMAGE_SIZE, 3), name="stylenet"):
    """Builds "Fashion style in 128 floats" (Simo-Serra and Ishikawa, CVPR 2016).

    Title image in, 128 numbers out.

    The paper's features 128floats (Section 4.2). 1,572,544 trainable parameters at the size of the
    publication.

    The published weights are a Torch7 file that you download from
    github.com/bobbens/cvpr2016_stylenet; they are licensed for non-commercial use (CC BY-NC-SA
    4.0). Their conversion is tested on files that the tests write in the same format, and untested
    against the original, which could not be had here: run the authors' `test.lua` and compare,
    before you print a number. Small differences are to be expected even so: Torch and Pillow resize
    differently.

    Args:
        weights: path of the published `stylenet.t7`, or `None` for random weights.
        input_shape: `(height, width, 3)` of the images in pixels, at least 64 x 64; the published
            weights fit 384 x 256 alone.
        name: the model's name.

    Returns:
        A `keras.Model` from RGB images `(batch, height, width, 3)` in [0, 255] to float32 `(batch,
        128)`. The channels are normalised inside, by the mean and the deviation stored beside the
        published weights; without these, to [-1, 1].

    Raises:
        ValueError: if the images are too small, or the file or `input_shape` is not that of the
            published network.
        FileNotFoundError: if there is no such file.

    Example:
        >>> import studio2shop as s2s
        >>> s2s.build_stylenet().count_params() - 2 * (64 + 128 + 256)  # moving values: not trained
        1572544
    """
    if min(input_shape[:2]) < SMALLEST_SIZE:
        raise ValueError(
            f"`input_shape` must be at least {SMALLEST_SIZE} x {SMALLEST_SIZE} pixels for three "
            f"pools of 4; received {tuple(input_shape)}."
        )
    if weights is not None and tuple(input_shape) != (*IMAGE_SIZE, 3):
        raise ValueError(
            f"`input_shape` must be {(*IMAGE_SIZE, 3)} for the published weights; received "
            f"{tuple(input_shape)}: leave it out, images are stretched to it."
        )
    arrays, mean, deviation = (
        ({}, [127.5] * 3, [127.5] * 3) if weights is None else read_stylenet(weights)
    )

    images = keras.Input(input_shape, name="title_image")
    # float32 under any policy: a mean of 140 in bfloat16 is half a grey level off
    normalise = layers.Normalization(
        mean=[float(value) for value in mean],
        variance=[float(value) ** 2 for value in deviation],
        dtype="float32",
        name="normalise_channels",
    )
    x = normalise(images)
    for block, filters in enumerate([64, 128, 256], start=1):
        for convolution in (1, 2):
            x = _convolution(filters, 3, f"block{block}_conv{convolution}")(x)
        x = layers.Dropout(0.25, name=f"block{block}_dropout")(x)
        x = layers.MaxPooling2D(4, name=f"block{block}_pool")(x)
        x = layers.BatchNormalization(epsilon=NORM_EPSILON, name=f"block{block}_norm")(x)
    x = _convolution(128, 1, "conv1x1")(x)
    # Torch's order, which the weights below are in
    x = layers.Permute((3, 1, 2), name="channels_first")(x)
    x = layers.Flatten(data_format="channels_last", name="flatten")(x)
    vectors = layers.Dense(128, dtype="float32", name="128floats")(x)

    model = keras.Model(images, vectors, name=name)
    for layer_name, layer_weights in arrays.items():
        model.get_layer(layer_name).set_weights(layer_weights)
    return model


def _convolution(filters, kernel, name):
    return layers.Conv2D(
        filters,
        kernel,
        padding="same",
        activation="relu",
        kernel_initializer="he_normal",
        name=name,
    )
