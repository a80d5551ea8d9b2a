"""What a user hands over, files or PIL images or arrays, as one batch of images."""

import os

import numpy as np
from PIL import Image

from studio2shop.io.image_error import unreadable
from studio2shop.io.images import checked_size, load_image, rgb_array, stretched


def as_image_batch(images, size):
    """Turns what a user hands over into a batch of images of one size.

    Args:
        images: a path, a PIL image, an array `(height, width, 3)` or `(batch, height, width, 3)`,
            or a list of these. Arrays are RGB, channels last, 0-255, of any integer or float type;
            one whose largest value is 1 is taken for one in 0-1 and refused, whatever its type.
        size: `(height, width)` in pixels, to which each image is stretched.

    Returns:
        Array `(batch, height, width, 3)`, RGB, 0-255: uint8, or float32 if any of the arrays is a
        float array.

    Raises:
        ImageError: a photo cannot be used.
        ValueError: an array is not RGB, not 0-255, has values in 0-1 or holds NaN, or there is no
            image at all.

    Example:
        as_image_batch(["query.jpg", np.zeros((300, 200, 3), np.uint8)], size=(224, 155)).shape
        # (2, 224, 155, 3)
    """
    size = checked_size(size)
    items = list(images) if isinstance(images, list | tuple) else [images]
    if not items:
        raise ValueError(
            "Expected at least one image, received an empty list: give a path, a PIL image or an "
            "array."
        )
    return np.concatenate([_item_batch(item, size) for item in items])


def _item_batch(item, size):
    if isinstance(item, str | os.PathLike):
        return load_image(item, size)[np.newaxis]
    if isinstance(item, Image.Image):
        try:
            return rgb_array(item, size)[np.newaxis]
        except Exception as error:  # a PIL image may still be undecoded, and broken
            raise unreadable("The PIL image", error) from error
    if not hasattr(item, "__array__"):
        raise ValueError(
            f"Expected a path, a PIL image or an array, received {type(item).__name__}: turn it "
            "into a NumPy array."
        )
    array = _checked_array(np.asarray(item))
    batch = array if array.ndim == 4 else array[np.newaxis]
    return np.stack([_stretched_array(image, size) for image in batch])


def _checked_array(array):
    """`array` as uint8 or float32 after checking that it is RGB in 0-255."""
    if array.ndim not in (3, 4) or array.shape[-1] != 3 or array.size == 0:
        raise ValueError(
            "Expected an RGB array of shape (height, width, 3) or (batch, height, width, 3), "
            f"received shape {array.shape}: put the channels last and convert to RGB."
        )
    if array.dtype.kind not in "uif":
        raise ValueError(
            f"Expected an array of numbers in 0-255, received dtype {array.dtype}: convert it to "
            "uint8."
        )
    if array.dtype.kind == "f" and not np.isfinite(array).all():
        raise ValueError(
            "Expected an array of numbers in 0-255, received NaN or infinity: repair the image "
            "first."
        )
    smallest, largest = array.min(), array.max()
    if smallest < 0 or largest > 255:
        raise ValueError(
            f"Expected an array of numbers in 0-255, received values from {smallest} to {largest}: "
            "rescale to 0-255."
        )
    # whole numbers too: a mask or a picture cast after it was divided by 255, searched as black
    if 0 < largest <= 1:
        raise ValueError(
            "Expected an array of numbers in 0-255, received values in 0-1: multiply by 255."
        )
    return array.astype(np.float32 if array.dtype.kind == "f" else np.uint8)


def _stretched_array(image, size):
    if image.shape[:2] == size:
        return image
    if image.dtype == np.uint8:
        return np.array(stretched(Image.fromarray(np.ascontiguousarray(image)), size))
    channels = [Image.fromarray(np.ascontiguousarray(image[:, :, channel])) for channel in range(3)]
    return np.stack([np.array(stretched(channel, size)) for channel in channels], axis=-1)
