"""Bounds of one photo, and that large photos have the pixels that small memory must not change."""

import concurrent.futures
import io
import struct
import threading
import time
import zlib

import numpy as np
import pytest
from PIL import Image

from studio2shop.io import image_error, image_memory, images
from studio2shop.io.images import ImageError, load_image


def refusal(path):
    with pytest.raises(ImageError) as caught:
        load_image(path, (4, 4))
    return str(caught.value)


def jpeg(**options):
    buffer = io.BytesIO()
    Image.effect_noise((64, 64), 90).convert("RGB").save(buffer, "JPEG", **options)
    return buffer.getvalue()


def with_more_scans(data, num_more):
    """A JPEG whose last scan is repeated."""
    last = data[data.rindex(b"\xff\xda") : -2]
    return data[:-2] + num_more * last + data[-2:]


def one_channel_a_scan(num_scans):
    """A JPEG that is not progressive, and whose scans have one channel each."""
    data = jpeg()
    start = data.index(b"\xff\xda")
    scan = bytes.fromhex("ffda 0008 01 01 00 00 3f 00") + b"\x00" * 9
    return data[:start] + num_scans * scan + b"\xff\xd9"


@pytest.mark.parametrize(
    "data", [with_more_scans(jpeg(progressive=True), 1190), one_channel_a_scan(1200)]
)
def test_a_jpeg_of_1200_scans_is_refused(tmp_path, data):
    path = tmp_path / "scans.jpg"
    path.write_bytes(data)
    assert refusal(path) == (
        f"{path}: it is a JPEG of 1,200 scans, more than 100; save it again as an ordinary JPEG."
    )


@pytest.mark.parametrize("more", [b"", b"\xff\xda" * 500])
def test_what_lies_before_and_behind_a_picture_is_no_scan(tmp_path, more):
    path = tmp_path / "scans.jpg"
    path.write_bytes(jpeg(progressive=True, exif=b"Exif\0\0" + more) + more)
    assert load_image(path, (4, 4)).shape == (4, 4, 3)


@pytest.mark.parametrize("kind", ["WEBP", "AVIF", "JPEG2000", "TIFF"])
def test_a_format_that_takes_more_memory_has_a_smaller_limit(tmp_path, monkeypatch, kind):
    path = tmp_path / "photo"
    Image.new("RGB", (2000, 1500)).save(path, kind)
    load_image(path, (4, 4))
    monkeypatch.setattr(image_memory, "MAX_IMAGE_BYTES", 2_100_000 * 8)
    megapixels = {"TIFF": 2, "WEBP": 1}.get(kind, 0)
    assert refusal(path) == (
        f"{path}: it has 2000 x 1500 pixels, more than {megapixels} megapixels in a file of its "
        "kind; save a smaller version of it."
    )


def test_a_24_megapixel_photo_of_any_format_is_within_the_limits():
    most = {
        kind: image_memory.MAX_IMAGE_BYTES // size
        for kind, size in image_memory.BYTES_PER_PIXEL.items()
    }
    assert most.pop("JPEG2000") > 18_000_000
    assert min(most.values()) > 6000 * 4000


def test_a_small_tiff_whose_one_tile_is_huge_is_refused(tmp_path):
    path = tmp_path / "tile.tif"
    entries = [
        (256, 100),
        (257, 100),
        (258, 8),
        (259, 8),
        (262, 1),
        (277, 1),
        (322, 30_000),
        (323, 20_000),
        (324, 200),
        (325, 9),
    ]
    tags = b"".join(struct.pack("<HHII", tag, 4, 1, value) for tag, value in entries)
    head = b"II*\0" + struct.pack("<IH", 8, len(entries)) + tags + bytes(4)
    path.write_bytes(head.ljust(200, b"\0") + zlib.compress(b""))
    assert refusal(path) == (
        f"{path}: it has 30000 x 20000 pixels, more than 65 megapixels in a file of its kind; "
        "save a smaller version of it."
    )


def test_a_file_larger_than_any_photo_is_refused_unread(tmp_path):
    path = tmp_path / "large.webp"
    with open(path, "wb") as file:
        file.truncate(image_error.MAX_FILE_BYTES + 10**9)
    assert refusal(path) == (
        f"{path}: the file has 1,400 megabytes, more than 400; save a smaller version of it."
    )


@pytest.mark.parametrize("mode", ["RGB", "RGBA", "LA", "L", "P", "1", "CMYK", "I;16"])
@pytest.mark.parametrize("size", [(1, 1), (9, 5), (13, 31), (150, 100)])
def test_a_large_photo_has_the_pixels_that_it_would_have_as_a_whole(monkeypatch, mode, size):
    pixels = np.random.default_rng(0).integers(0, 256, (211, 307, 4), np.uint8)
    image = Image.fromarray(pixels).resize((307, 211), Image.Resampling.BILINEAR)
    if mode == "I;16":
        image = Image.fromarray(pixels[:, :, 0].astype(np.uint16) * 257)
    else:
        image = image.convert(mode)
    whole = images.rgb_array(image, size)
    monkeypatch.setattr(images, "TILE_SIDE", 16)
    np.testing.assert_array_equal(images.rgb_array(image, size), whole)


def test_threads_decode_only_as_much_at_once_as_there_is_room_for():
    room, lock, now, most = image_memory.Room(10), threading.Lock(), 0, 0

    def work(num_bytes):
        nonlocal now, most
        with room.taken(num_bytes):
            with lock:
                now += min(num_bytes, 10)
                most = max(most, now)
            time.sleep(0.002)
            with lock:
                now -= min(num_bytes, 10)

    with concurrent.futures.ThreadPoolExecutor(8) as pool:
        list(pool.map(work, [3, 4, 11, 6, 1, 10, 5, 5] * 5))
    assert most <= 10 and room.num_free == 10


def test_a_photo_that_cannot_be_decoded_gives_its_room_back(tmp_path):
    path = tmp_path / "cut.png"
    Image.effect_noise((300, 300), 90).save(path)
    path.write_bytes(path.read_bytes()[:5000])
    assert "it cannot be decoded" in refusal(path)
    assert image_memory.ROOM.num_free == image_memory.MAX_IMAGE_BYTES
