"""The one decoder and resizer: whatever file comes in, 8-bit RGB of one size comes out.

Training, feature extraction, search and `check` all read photos here, with Pillow, so that a photo
means the same pixels everywhere; `image_batch` takes arrays that are in memory already. Sizes are
`(height, width)`. Images are stretched to size, never padded, as the paper's title images are
(Section 3 and the appendix give one fixed size for all).
"""

import itertools
import math
import os
from concurrent.futures import ThreadPoolExecutor

import numpy as np
from PIL import Image

from studio2shop.io import image_memory
from studio2shop.io.image_error import ImageError, refuse_what_is_no_photo, unreadable

# Raster formats only. Pillow also opens EPS by starting Ghostscript, which a file from a stranger
# must not do.
FORMATS = ("JPEG", "MPO", "PNG", "WEBP", "GIF", "BMP", "TIFF", "AVIF", "JPEG2000", "PPM")

# A shrinking first step (JPEG's own, then whole blocks of pixels) stays this many times above the
# wanted size.
REDUCING_GAP = 3.0

# Of the tiles in which a large image becomes RGB.
TILE_SIDE = 1024

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


def load_image(path, size=None):
    """Loads a photo as 8-bit RGB, stretched to `size`.

    EXIF orientation is applied, transparent parts become white, greyscale, palette, CMYK and 16-bit
    images become 8-bit RGB, an animation gives its first frame. Shrinking is bilinear over all
    covered pixels (antialiased); a JPEG is decoded at a reduced scale where `size` allows it.

    Args:
        path: str or path. A JPEG, PNG, WebP, GIF, BMP, TIFF, AVIF, JPEG 2000 or PPM file of at most
            80 megapixels; fewer where decoding one takes over 500 MiB (WebP 32, AVIF 26, JPEG
            2000 18, TIFF 65, of 16 bits a channel 43).
        size: `(height, width)` in pixels, or `None` to keep the photo's own size.

    Returns:
        uint8 array `(height, width, 3)`, RGB, 0-255.

    Raises:
        ImageError: the file is missing, empty, truncated, too large, a JPEG of over 100 scans or
            no image.
        ValueError: `size` is not two positive integers.

    Example:
        load_image("my_shop/images/dress.jpg", size=(224, 155)).shape
        # (224, 155, 3)
    """
    size = None if size is None else checked_size(size)
    refuse_what_is_no_photo(path)
    try:
        with Image.open(path, formats=_available_formats()) as image:
            full_size = image.size
            if size is not None:
                height, width = _size_as_stored(image, size)
                image.draft(None, (int(REDUCING_GAP * width), int(REDUCING_GAP * height)))
            with image_memory.room_to_decode(path, image, full_size):
                return rgb_array(image, size)
    except (Image.DecompressionBombError, Image.DecompressionBombWarning) as error:
        raise ImageError(
            path,
            f"it has more than {image_memory.MAX_IMAGE_PIXELS // 10**6} megapixels",
            "save a smaller version of it",
        ) from error
    except Exception as error:  # on broken files Pillow's decoders raise almost any type
        raise unreadable(path, error) from error


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


def rgb_array(image, size):
    """A PIL image as uint8 array `(height, width, 3)`.

    Turned as its EXIF says, RGB, stretched to `size` unless `None`.
    """
    if image.format == "TIFF":
        image.load()  # which turns it, and takes the tag away
    rgb = _rgb(image) if size is None else _rgb_of_size(image, _size_as_stored(image, size))
    orientation = _orientation(image)
    if orientation in TURNS:
        rgb = rgb.transpose(TURNS[orientation])
    return np.array(rgb)  # (height, width, 3)


def _size_as_stored(image, size):
    """`size` before the image is turned, which may lie on its side until then."""
    return size[::-1] if _orientation(image) in (5, 6, 7, 8) else size


def _rgb_of_size(image, size):
    """`stretched(_rgb(image), size)`, pixel for pixel, but without a large image in RGB."""
    if image.width * image.height <= TILE_SIDE**2:
        return stretched(_rgb(image), size)
    # as Pillow does it: first whole blocks become pixels, which can be done tile by tile
    height, width = size
    block_width = max(1, int(image.width / width / REDUCING_GAP))
    block_height = max(1, int(image.height / height / REDUCING_GAP))
    box = (0, 0, image.width / block_width, image.height / block_height)
    small = Image.new("RGB", (math.ceil(box[2]), math.ceil(box[3])))
    across = block_width * max(1, TILE_SIDE // block_width)
    down = block_height * max(1, TILE_SIDE // block_height)
    for left, top in itertools.product(range(0, image.width, across), range(0, image.height, down)):
        right, bottom = min(left + across, image.width), min(top + down, image.height)
        tile = _rgb(image.crop((left, top, right, bottom)))
        place = (left // block_width, top // block_height)
        small.paste(tile.reduce((block_width, block_height)), place)
    return small.resize((width, height), Image.Resampling.BILINEAR, box)


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
        raise ImageError(
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
    return image if image.mode == "RGB" else image.convert("RGB")


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
