"""The one decoder and resizer: whatever comes in, 8-bit RGB of one size comes out.

Training, feature extraction, search and `check()` all read photos here, with Pillow, so that a photo means the same
pixels everywhere. Sizes are `(height, width)`. Images are stretched to size, never padded, as the paper's title images
are (Section 3 and the appendix give one fixed size for all).
"""

import os
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import numpy as np
from PIL import Image

# Kept below the 89 megapixels at which Pillow starts to warn, so that our refusal decides, not the warning filter.
MAX_IMAGE_PIXELS = 80_000_000

# Raster formats only. Pillow also opens EPS by starting Ghostscript, which a file from a stranger must not do.
FORMATS = ("JPEG", "MPO", "PNG", "WEBP", "GIF", "BMP", "TIFF", "AVIF", "JPEG2000", "PPM")

# A shrinking first step (JPEG's own, then whole blocks of pixels) stays this many times above the wanted size.
REDUCING_GAP = 3.0

ORIENTATION_TAG = 0x0112
TURNS = {
    2: Image.Transpose.FLIP_LEFT_RIGHT,
    3: Image.Transpose.ROTATE_180,
    4: Image.Transpose.FLIP_TOP_BOTTOM,
    5: Image.Transpose.TRANSPOSE,
    6: Image.Transpose.ROTATE_270,
    7: Image.Transpose.TRANSVERSE,
    8: Image.Transpose.ROTATE_90,
}


class ImageError(ValueError):
    """A photo that cannot be used: its message is one sentence with the path, the problem and the way out.

    Attributes:
        problem: str. What is wrong, without the path.
        what_to_do: str. The way out.
    """

    problem = ""
    what_to_do = ""


def load_image(path, size=None):
    """Loads a photo as 8-bit RGB, stretched to `size`.

    EXIF orientation is applied, transparent parts become white, greyscale, palette, CMYK and 16-bit images become
    8-bit RGB, an animation gives its first frame. Shrinking is bilinear over all covered pixels (antialiased); a JPEG
    is decoded at a reduced scale where `size` allows it.

    Args:
        path: str or path. A JPEG, PNG, WebP, GIF, BMP, TIFF, AVIF, JPEG 2000 or PPM file of at most 80 megapixels.
        size: `(height, width)` in pixels, or `None` to keep the photo's own size.

    Returns:
        uint8 array `(height, width, 3)`, RGB, 0-255.

    Raises:
        ImageError: the file is missing, empty, truncated, too large or no image.
        ValueError: `size` is not two positive integers.

    Example:

    >>> load_image("my_shop/images/dress.jpg", size=(224, 155)).shape
    (224, 155, 3)
    """
    size = None if size is None else _checked_size(size)
    _refuse_what_is_no_photo(path)
    try:
        with Image.open(path, formats=_available_formats()) as image:
            if image.width * image.height <= MAX_IMAGE_PIXELS:
                return _rgb_array(image, size, may_draft=True)
            problem = f"it has {image.width} x {image.height} pixels, more than {MAX_IMAGE_PIXELS // 10**6} megapixels"
    except (Image.DecompressionBombError, Image.DecompressionBombWarning):
        problem = f"it has more than {MAX_IMAGE_PIXELS // 10**6} megapixels"
    except Exception as error:  # on broken files Pillow's decoders raise almost any type
        raise _unreadable(path, error) from error
    raise _image_error(path, problem, "save a smaller version of it")


def load_images(paths, size, num_workers=None):
    """Loads many photos at once, in threads.

    Args:
        paths: sequence of str or path.
        size: `(height, width)` in pixels.
        num_workers: number of threads, by default one a processor core.

    Returns:
        uint8 array `(len(paths), height, width, 3)`, RGB, 0-255, in the order of `paths`.

    Raises:
        ImageError: as `load_image`, for the first photo in order that cannot be used.

    Example:

    >>> load_images(catalogue.article_paths[:64], size=(224, 155)).shape
    (64, 224, 155, 3)
    """
    paths = list(paths)
    height, width = _checked_size(size)
    images = np.empty((len(paths), height, width, 3), np.uint8)

    def load_into(row):
        images[row] = load_image(paths[row], (height, width))

    with ThreadPoolExecutor(num_workers or os.cpu_count() or 1) as pool:
        for _ in pool.map(load_into, range(len(paths))):
            pass
    return images


def as_image_batch(images, size):
    """Turns what a user hands over into a batch of images of one size.

    Args:
        images: a path, a PIL image, an array `(height, width, 3)` or `(batch, height, width, 3)`, or a list of
            these. Arrays are RGB, channels last, 0-255, of any integer or float type.
        size: `(height, width)` in pixels, to which each image is stretched.

    Returns:
        Array `(batch, height, width, 3)`, RGB, 0-255: uint8, or float32 if any of the arrays is a float array.

    Raises:
        ImageError: a photo cannot be used.
        ValueError: an array is not RGB, not 0-255, has values in 0-1 or holds NaN, or there is no image at all.

    Example:

    >>> as_image_batch(["query.jpg", np.zeros((300, 200, 3), np.uint8)], size=(224, 155)).shape
    (2, 224, 155, 3)
    """
    size = _checked_size(size)
    items = list(images) if isinstance(images, list | tuple) else [images]
    if not items:
        raise ValueError("Expected at least one image, received an empty list: give a path, a PIL image or an array.")
    return np.concatenate([_item_batch(item, size) for item in items])


def _item_batch(item, size):
    if isinstance(item, str | os.PathLike):
        return load_image(item, size)[np.newaxis]
    if isinstance(item, Image.Image):
        try:
            return _rgb_array(item, size, may_draft=False)[np.newaxis]
        except Exception as error:  # a PIL image may still be undecoded, and broken
            raise _unreadable("The PIL image", error) from error
    if not hasattr(item, "__array__"):
        raise ValueError(
            f"Expected a path, a PIL image or an array, received {type(item).__name__}: turn it into a NumPy array."
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
        raise ValueError(f"Expected an array of numbers in 0-255, received dtype {array.dtype}: convert it to uint8.")
    if array.dtype.kind == "f" and not np.isfinite(array).all():
        raise ValueError("Expected an array of numbers in 0-255, received NaN or infinity: repair the image first.")
    smallest, largest = array.min(), array.max()
    if smallest < 0 or largest > 255:
        raise ValueError(
            f"Expected an array of numbers in 0-255, received values from {smallest} to {largest}: rescale to 0-255."
        )
    if array.dtype.kind == "f" and 0 < largest <= 1:
        raise ValueError("Expected an array of numbers in 0-255, received values in 0-1: multiply by 255.")
    return array.astype(np.float32 if array.dtype.kind == "f" else np.uint8)


def _stretched_array(image, size):
    if image.shape[:2] == size:
        return image
    if image.dtype == np.uint8:
        return np.array(_stretched(Image.fromarray(np.ascontiguousarray(image)), size))
    channels = [Image.fromarray(np.ascontiguousarray(image[:, :, channel])) for channel in range(3)]
    return np.stack([np.array(_stretched(channel, size)) for channel in channels], axis=-1)


def _rgb_array(image, size, may_draft):
    orientation = _orientation(image)
    if size is not None and orientation in (5, 6, 7, 8):
        size = size[::-1]  # the photo lies on its side until it is turned
    if size is not None and may_draft:
        image.draft(None, (int(REDUCING_GAP * size[1]), int(REDUCING_GAP * size[0])))
    image = _rgb(image)
    if size is not None:
        image = _stretched(image, size)
    if orientation in TURNS:
        image = image.transpose(TURNS[orientation])
    return np.array(image)  # (height, width, 3)


def _stretched(image, size):
    height, width = size
    return image.resize((width, height), Image.Resampling.BILINEAR, reducing_gap=REDUCING_GAP)


def _orientation(image):
    try:
        return image.getexif().get(ORIENTATION_TAG, 1)
    except Exception:  # broken EXIF raises almost any type; the pixels may still be good
        return 1


def _rgb(image):
    if image.mode in ("I", "F"):
        raise ValueError(f"its pixels are 32-bit numbers of unknown range (Pillow mode {image.mode})")
    if image.mode.startswith("I;16"):
        levels = np.asarray(image).astype(np.uint32)  # 0-65535
        image = Image.fromarray(((levels + 128) // 257).astype(np.uint8))
    if image.has_transparency_data:
        image = image.convert("RGBA")
        white = Image.new("RGB", image.size, "white")
        white.paste(image, mask=image.getchannel("A"))
        return white
    return image.convert("RGB")


def _refuse_what_is_no_photo(path):
    path = Path(path)
    if path.is_dir():
        raise _image_error(path, "it is a folder", "give the path of a photo")
    if not path.exists():
        raise _image_error(path, "there is no such file", "correct the path or put the photo there")
    if not path.is_file():
        raise _image_error(path, "it is no regular file", "give the path of a photo")
    if path.stat().st_size == 0:
        raise _image_error(path, "the file is empty (0 bytes)", "copy or download the photo again")


def _unreadable(path, error):
    again = "copy or download the photo again"
    if not isinstance(error, Image.UnidentifiedImageError):
        return _image_error(path, f"it cannot be decoded ({str(error).rstrip('.') or type(error).__name__})", again)
    with open(path, "rb") as file:
        if file.read(512).lstrip(b"\xef\xbb\xbf \t\r\n").startswith(b"<"):
            return _image_error(path, "it is a web page or other text, not an image", again)
    return _image_error(path, "it is no image in a format read here", "save it as JPEG or PNG")


def _image_error(path, problem, what_to_do):
    error = ImageError(f"{path}: {problem}; {what_to_do}.")
    error.problem, error.what_to_do = problem, what_to_do
    return error


def _available_formats():
    Image.init()  # returns at once after the first call
    return [name for name in FORMATS if name in Image.OPEN]


def _checked_size(size):
    sides = np.asarray(size)
    if sides.shape != (2,) or sides.dtype.kind not in "ui" or (sides < 1).any():
        raise ValueError(f"Expected size to be (height, width) in pixels, two positive integers, received {size}.")
    return int(sides[0]), int(sides[1])
