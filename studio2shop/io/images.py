"""The one decoder and resizer: whatever file comes in, 8-bit RGB of one size comes out.

Training, feature extraction, search and `check` all read photos here, with Pillow, so that a photo
means the same pixels everywhere; `image_batch` takes arrays that are in memory already. Sizes are
`(height, width)`. Images are stretched to size, never padded, as the paper's title images are
(Section 3 and the appendix give one fixed size for all).
"""

import os
import stat
from concurrent.futures import ThreadPoolExecutor

import numpy as np
from PIL import Image

# Kept below the 89 megapixels at which Pillow starts to warn, so that our refusal decides, not the
# warning filter.
MAX_IMAGE_PIXELS = 80_000_000

# Raster formats only. Pillow also opens EPS by starting Ghostscript, which a file from a stranger
# must not do.
FORMATS = ("JPEG", "MPO", "PNG", "WEBP", "GIF", "BMP", "TIFF", "AVIF", "JPEG2000", "PPM")

# A shrinking first step (JPEG's own, then whole blocks of pixels) stays this many times above the
# wanted size.
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
    """A photo that cannot be used.

    Its message is one sentence with the path, the problem and the way out.

    Attributes:
        problem: str. What is wrong, without the path.
        what_to_do: str. The way out.
    """

    problem = ""
    what_to_do = ""


def load_image(path, size=None):
    """Loads a photo as 8-bit RGB, stretched to `size`.

    EXIF orientation is applied, transparent parts become white, greyscale, palette, CMYK and 16-bit
    images become 8-bit RGB, an animation gives its first frame. Shrinking is bilinear over all
    covered pixels (antialiased); a JPEG is decoded at a reduced scale where `size` allows it.

    Args:
        path: str or path. A JPEG, PNG, WebP, GIF, BMP, TIFF, AVIF, JPEG 2000 or PPM file of at most
            80 megapixels.
        size: `(height, width)` in pixels, or `None` to keep the photo's own size.

    Returns:
        uint8 array `(height, width, 3)`, RGB, 0-255.

    Raises:
        ImageError: the file is missing, empty, truncated, too large or no image.
        ValueError: `size` is not two positive integers.

    Example:
        load_image("my_shop/images/dress.jpg", size=(224, 155)).shape
        # (224, 155, 3)
    """
    size = None if size is None else checked_size(size)
    _refuse_what_is_no_photo(path)
    try:
        with Image.open(path, formats=_available_formats()) as image:
            if image.width * image.height <= MAX_IMAGE_PIXELS:
                return rgb_array(image, size, may_draft=True)
            problem = (
                f"it has {image.width} x {image.height} pixels, more than "
                f"{MAX_IMAGE_PIXELS // 10**6} megapixels"
            )
    except (Image.DecompressionBombError, Image.DecompressionBombWarning):
        problem = f"it has more than {MAX_IMAGE_PIXELS // 10**6} megapixels"
    except Exception as error:  # on broken files Pillow's decoders raise almost any type
        raise unreadable(path, error) from error
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
        load_images(catalogue.article_paths[:64], size=(224, 155)).shape
        # (64, 224, 155, 3)
    """
    paths = list(paths)
    height, width = checked_size(size)
    images = np.empty((len(paths), height, width, 3), np.uint8)

    def load_into(row):
        images[row] = load_image(paths[row], (height, width))

    with ThreadPoolExecutor(num_workers or os.cpu_count() or 1) as pool:
        for _ in pool.map(load_into, range(len(paths))):
            pass
    return images


def rgb_array(image, size, may_draft):
    """A PIL image as uint8 array `(height, width, 3)`.

    Turned as its EXIF says, RGB, stretched to `size` unless `None`.

    `may_draft` lets a JPEG that is not decoded yet be decoded at a reduced scale, which changes the
    image itself.
    """
    if image.format == "TIFF":
        image.load()  # which turns it, and takes the tag away
    orientation = _orientation(image)
    if size is not None and orientation in (5, 6, 7, 8):
        size = size[::-1]  # the photo lies on its side until it is turned
    if size is not None and may_draft:
        image.draft(None, (int(REDUCING_GAP * size[1]), int(REDUCING_GAP * size[0])))
    image = _rgb(image)
    if size is not None:
        image = stretched(image, size)
    if orientation in TURNS:
        image = image.transpose(TURNS[orientation])
    return np.array(image)  # (height, width, 3)


def stretched(image, size):
    """A PIL image of any number of channels, stretched to `size`."""
    height, width = size
    return image.resize((width, height), Image.Resampling.BILINEAR, reducing_gap=REDUCING_GAP)


def _orientation(image):
    try:
        return image.getexif().get(ORIENTATION_TAG, 1)
    except Exception:  # broken EXIF raises almost any type; the pixels may still be good
        return 1


def _rgb(image):
    if image.mode in ("I", "F"):
        raise _image_error(
            "The image", "its pixels are 32-bit numbers of unknown range", "save it as JPEG or PNG"
        )
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
    try:
        status = os.stat(path)
    except PermissionError as error:
        raise unreadable(path, error) from error
    except (OSError, ValueError) as error:  # missing, or a name that no file can have
        raise _image_error(
            path, "there is no such file", "correct the path or put the photo there"
        ) from error
    if stat.S_ISDIR(status.st_mode):
        raise _image_error(path, "it is a folder", "give the path of a photo")
    if not stat.S_ISREG(status.st_mode):
        raise _image_error(path, "it is no regular file", "give the path of a photo")
    if status.st_size == 0:
        raise _image_error(path, "the file is empty (0 bytes)", "copy or download the photo again")


def unreadable(path, error):
    """The `ImageError` for what reading or decoding raised.

    `path` may also be words for an image without a file.
    """
    again = "copy or download the photo again"
    if isinstance(error, ImageError):  # raised where the path was not known
        return _image_error(path, error.problem, error.what_to_do)
    if isinstance(error, PermissionError):
        return _image_error(path, "it may not be read", "ask for the right to read it")
    if not isinstance(error, Image.UnidentifiedImageError):
        reason = " ".join(str(error).split()).rstrip(".") or type(error).__name__
        return _image_error(path, f"it cannot be decoded ({reason})", again)
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


def checked_size(size):
    """`size` as two int, or a ValueError that says what a size is."""
    sides = np.asarray(size)
    if sides.shape != (2,) or sides.dtype.kind not in "ui" or (sides < 1).any():
        raise ValueError(
            "Expected size to be (height, width) in pixels, two positive integers, received "
            f"{size}."
        )
    return int(sides[0]), int(sides[1])
