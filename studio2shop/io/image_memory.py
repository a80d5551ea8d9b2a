"""What decoding a photo takes, known from its header: a bound for one, and room for several.

The pixels that a file may claim are bounded, but the memory behind a pixel differs by 300 times
between formats, since some decoders keep two more pictures or 32 bits a colour beside the result.
"""

import contextlib
import math
import os
import re
import threading

from studio2shop.io.image_error import ImageError

# Kept below the 89 megapixels at which Pillow starts to warn, so that our refusal decides, not the
# warning filter.
MAX_IMAGE_PIXELS = 80_000_000

# what one photo may take, and all that are decoded at once
MAX_IMAGE_BYTES = 500 * 2**20

# With Pillow 13, the result included. WebP was measured; AVIF (8 bits, 4:2:0: 12) and JPEG 2000
# (RGB, 8 bits: 20) were measured and raised by an estimate for more bits and alpha.
BYTES_PER_PIXEL = {"WEBP": 16, "AVIF": 20, "JPEG2000": 28}
BITS_TAG, TILE_TAGS = 258, (322, 323)

# A camera or a program writes about ten. LibTIFF has the same bound.
MAX_SCANS = 100

START_OF_SCAN, END_OF_IMAGE = 0xDA, 0xD9
# but for those that stand within a scan or have no length
JPEG_MARKER = re.compile(rb"\xff([^\x00\x01\xd0-\xd8\xff])")


def room_to_decode(path, image, full_size):
    """Waits until there is memory to decode a photo to a small size.

    Args:
        path: its file.
        image: the PIL image, opened and not decoded, at a reduced scale or not.
        full_size: its `size` before that scale was set.

    Returns:
        Context in which the memory is kept for it.

    Raises:
        ImageError: the photo has too many pixels for its kind of file, or too many scans.
    """
    size, num_scans, per_pixel = full_size, 1, BYTES_PER_PIXEL.get(image.format, 4)
    if image.format in ("JPEG", "MPO"):
        num_scans = _num_scans(path, 0 if image.info.get("progressive") else image.layers)
    if num_scans > MAX_SCANS:
        problem = f"it is a JPEG of {num_scans:,} scans, more than {MAX_SCANS}"
        raise ImageError(path, problem, "save it again as an ordinary JPEG")
    if num_scans > 1:
        # all coefficients are kept, at any scale
        per_pixel = 2 * image.layers
    if image.format == "TIFF":
        # a strip may be the whole picture, and a picture that lies on its side is copied
        per_pixel = 4 + max(4, sum(image.tag_v2.get(BITS_TAG, (1,))) // 8)
        tile = tuple(image.tag_v2.get(tag, 0) for tag in TILE_TAGS)
        size = max(size, tile, key=math.prod)
    most = min(MAX_IMAGE_PIXELS, MAX_IMAGE_BYTES // per_pixel)
    if math.prod(size) > most:
        problem = f"it has {size[0]} x {size[1]} pixels, more than {most // 10**6} megapixels"
        if most < MAX_IMAGE_PIXELS:
            problem += " in a file of its kind"
        raise ImageError(path, problem, "save a smaller version of it")
    decoded_size = image.size if num_scans == 1 and size == full_size else size
    return ROOM.taken(per_pixel * math.prod(decoded_size))


def _num_scans(path, num_components):
    """Number of scans of a JPEG: each goes over the whole picture, be it some bytes long.

    Args:
        path: the file.
        num_components: how many a sequential JPEG has; 0 for a progressive JPEG.

    Returns:
        int, 1 only for a JPEG that is decoded while it is read.
    """
    with open(path, "rb") as file:
        data = file.read()
    num_scans, position = 0, 2
    while (marker := JPEG_MARKER.search(data, position)) and marker[1][0] != END_OF_IMAGE:
        position = marker.end() + int.from_bytes(data[marker.end() : marker.end() + 2])
        if marker[1][0] == START_OF_SCAN:
            num_scans += 1
            if data[marker.end() + 2 : marker.end() + 3] == bytes([num_components]):
                return 1  # with all components, so nothing may follow
    return max(num_scans, 2)


class Room:
    """Bytes that threads share: whoever takes some waits until there are enough."""

    def __init__(self, num_bytes):
        self.num_bytes = self.num_free = num_bytes
        self.changed = threading.Condition()

    @contextlib.contextmanager
    def taken(self, num_bytes):
        """Context with `num_bytes` taken, all there are if there are fewer."""
        num_bytes = min(num_bytes, self.num_bytes)
        with self.changed:
            self.changed.wait_for(lambda: num_bytes <= self.num_free)
            self.num_free -= num_bytes
        try:
            yield
        finally:
            with self.changed:
                self.num_free += num_bytes
                self.changed.notify_all()


ROOM = Room(MAX_IMAGE_BYTES)
if hasattr(os, "register_at_fork"):
    # the threads that took some don't live on in a forked process
    os.register_at_fork(after_in_child=lambda: ROOM.__init__(MAX_IMAGE_BYTES))
