"""Light augmentation of query images: our choice, the paper names none."""

import numpy as np
from PIL import Image

DRAWS_PER_IMAGE = 9  # four sides of the crop, three channels, the exposure, the mirror


def augment_images(images, random):
    """Mirrors, crops and tints query images.

    Each image is mirrored with probability a half, cropped by up to 12 % at each side and stretched
    back, and its channels are multiplied by up to 6 % each and 12 % together, as light colour and
    exposure differ between shoots.

    Args:
        images: uint8 `(batch, height, width, 3)`.
        random: a `numpy.random.Generator`.

    Returns:
        float32 `(batch, height, width, 3)` in [0, 255].
    """
    return augment_as_drawn(images, random.random((len(images), DRAWS_PER_IMAGE)))


def augment_as_drawn(images, draws):
    """`augment_images` by random numbers `(batch, DRAWS_PER_IMAGE)` in [0, 1) that are given."""
    height, width = images.shape[1:3]
    augmented = np.empty(images.shape, "float32")
    for position, (image, drawn) in enumerate(zip(images, draws)):
        left, right, top, bottom = 0.12 * drawn[:4]
        box = (left * width, top * height, (1 - right) * width, (1 - bottom) * height)
        pixels = Image.fromarray(image).resize((width, height), Image.Resampling.BILINEAR, box=box)
        cropped = np.asarray(pixels)
        if drawn[8] < 0.5:
            cropped = cropped[:, ::-1]
        gain = (0.94 + 0.12 * drawn[4:7]) * (0.88 + 0.24 * drawn[7])
        augmented[position] = np.clip(cropped * gain, 0, 255)
    return augmented
