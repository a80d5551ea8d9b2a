import io
import os
import re
import struct
import subprocess
import sys
import zlib

import numpy as np
import pytest
from PIL import Image, ImageFile

from studio2shop.io import image_memory, images
from studio2shop.io.image_batch import as_image_batch
from studio2shop.io.images import ImageError, load_image, load_images

RED, GREEN, WHITE = (255, 0, 0), (0, 255, 0), (255, 255, 255)


@pytest.fixture
def photo(tmp_path):
    """A 40 x 20 pixel photo, noise so that its JPEG is long enough to be cut."""
    pixels = np.random.default_rng(0).integers(0, 256, (20, 40, 3), np.uint8)
    path = tmp_path / "photo.jpg"
    Image.fromarray(pixels).save(path, quality=95)
    return path


def save(image, path, **options):
    image.save(path, **options)
    return path


def test_importing_images_imports_no_tensorflow():
    code = (
        "import sys, studio2shop.io.images, studio2shop.catalogue; sys.exit('tensorflow' in "
        "sys.modules)"
    )
    subprocess.run([sys.executable, "-c", code], check=True)


def test_size_is_height_then_width(photo):
    assert load_image(photo).shape == (20, 40, 3)
    resized = load_image(photo, size=(7, 5))
    assert resized.shape == (7, 5, 3) and resized.dtype == np.uint8


def test_an_image_is_stretched_and_never_padded(tmp_path):
    path = save(Image.new("RGB", (90, 10), RED), tmp_path / "wide.png")
    assert (load_image(path, (24, 16)) == RED).all()


def test_shrinking_averages_all_pixels(tmp_path):
    checkerboard = (np.indices((64, 64)).sum(axis=0) % 2 * 255).astype(np.uint8)
    path = save(Image.fromarray(checkerboard), tmp_path / "checkerboard.png")
    np.testing.assert_allclose(load_image(path, (4, 4)), 127.5, atol=2)


def test_a_large_jpeg_decoded_at_a_reduced_scale_looks_the_same(tmp_path):
    ramp = (
        np.linspace(0, 255, 800)[np.newaxis, :, np.newaxis]
        .repeat(600, axis=0)
        .repeat(3, axis=2)
        .astype(np.uint8)
    )
    path = save(Image.fromarray(ramp), tmp_path / "large.jpg", quality=95)
    np.testing.assert_allclose(
        load_image(path, (12, 16)), as_image_batch(ramp, (12, 16))[0], atol=3
    )


def test_a_single_pixel_fills_the_image(tmp_path):
    path = save(Image.new("RGB", (1, 1), GREEN), tmp_path / "pixel.png")
    assert (load_image(path, (3, 2)) == GREEN).all()


@pytest.mark.parametrize("mode", ["RGBA", "LA", "P"])
def test_what_is_transparent_becomes_white(tmp_path, mode):
    image = Image.new("RGBA", (4, 4), (0, 0, 0, 0))
    image.paste((0, 0, 0, 255), (0, 0, 2, 4))
    loaded = load_image(save(image.convert(mode), tmp_path / "transparent.png"))
    assert (loaded[:, :2] == 0).all() and (loaded[:, 2:] == 255).all()


def test_half_transparent_red_is_blended_with_white(tmp_path):
    path = save(Image.new("RGBA", (2, 2), (255, 0, 0, 128)), tmp_path / "half.png")
    np.testing.assert_array_equal(load_image(path)[0, 0], [255, 127, 127])


def test_a_16_bit_png_is_scaled_to_8_bit(tmp_path):
    levels = np.array([[0, 257, 32896, 65535]], np.uint16)
    path = save(Image.fromarray(levels), tmp_path / "deep.png")
    np.testing.assert_array_equal(load_image(path)[0, :, 0], [0, 1, 128, 255])


@pytest.mark.parametrize("mode", ["L", "1"])
def test_a_greyscale_image_gets_three_equal_channels(tmp_path, mode):
    path = save(Image.new(mode, (2, 2), 255), tmp_path / "grey.png")
    np.testing.assert_array_equal(load_image(path), np.full((2, 2, 3), 255))


def test_a_cmyk_jpeg_becomes_rgb(tmp_path):
    path = save(Image.new("CMYK", (8, 8), (0, 255, 255, 0)), tmp_path / "print.jpg", quality=100)
    np.testing.assert_allclose(load_image(path, (2, 2)), np.broadcast_to(RED, (2, 2, 3)), atol=4)


@pytest.mark.parametrize("ending", ["png", "webp", "tiff", "jpg"])
@pytest.mark.parametrize("orientation", range(1, 9))
def test_a_photo_is_turned_as_its_exif_says(tmp_path, orientation, ending):
    upright = np.zeros((32, 16, 3), np.uint8)
    upright[:16, :8] = RED
    upright[16:, 8:] = GREEN
    stored = {
        1: upright,
        2: upright[:, ::-1],
        3: upright[::-1, ::-1],
        4: upright[::-1],
        5: upright.transpose(1, 0, 2),
        6: upright.transpose(1, 0, 2)[::-1],
        7: upright.transpose(1, 0, 2)[::-1, ::-1],
        8: upright.transpose(1, 0, 2)[:, ::-1],
    }[orientation]
    exif = Image.Exif()
    exif[images.ORIENTATION_TAG] = orientation
    exact = {"webp": {"lossless": True}, "jpg": {"quality": 100, "subsampling": 0}}
    picture = Image.fromarray(np.ascontiguousarray(stored))
    path = save(picture, tmp_path / f"turned.{ending}", exif=exif, **exact.get(ending, {}))
    off = 4 if ending == "jpg" else 0
    np.testing.assert_allclose(load_image(path).astype(int), upright, atol=off)
    np.testing.assert_allclose(load_image(path, (32, 16)).astype(int), upright, atol=off)


def test_an_animation_gives_its_first_frame(tmp_path):
    frames = [Image.new("RGB", (4, 4), colour) for colour in (RED, GREEN)]
    path = save(frames[0], tmp_path / "moving.gif", save_all=True, append_images=frames[1:])
    assert (load_image(path) == RED).all()


def test_the_content_decides_and_not_the_name(tmp_path):
    save(Image.new("RGB", (4, 4), RED), tmp_path / "photo.png").rename(tmp_path / "photo.jpg")
    assert (load_image(tmp_path / "photo.jpg") == RED).all()


def test_a_photo_with_broken_exif_is_still_read(tmp_path):
    path = save(
        Image.new("RGB", (8, 8), WHITE), tmp_path / "exif.jpg", exif=b"Exif\x00\x00nonsense"
    )
    assert (load_image(path) == WHITE).all()


@pytest.mark.parametrize(
    "name, content, problem",
    [
        ("empty.jpg", b"", "the file is empty (0 bytes); copy or download the photo again."),
        (
            "page.jpg",
            b"\n<!doctype html><html></html>",
            "it is a web page or other text, not an image; copy or download the photo again.",
        ),
        (
            "noise.jpg",
            bytes(range(256)),
            "it is no image in a format read here; save it as JPEG or PNG.",
        ),
        (
            "script.eps",
            b"%!PS-Adobe-3.0 EPSF-3.0\n%%BoundingBox: 0 0 9 9\n",
            "it is no image in a format read here; save it as JPEG or PNG.",
        ),
    ],
)
def test_what_is_no_photo_is_refused_in_one_sentence(tmp_path, name, content, problem):
    path = tmp_path / name
    path.write_bytes(content)
    with pytest.raises(ImageError) as caught:
        load_image(path, (8, 8))
    assert str(caught.value) == f"{path}: {problem}"


@pytest.mark.parametrize("mode", ["I", "F"])
def test_32_bit_pixels_are_refused_since_nobody_knows_what_is_white(tmp_path, mode):
    path = save(Image.new(mode, (4, 4)), tmp_path / "deep.tif")
    with pytest.raises(ImageError) as caught:
        load_image(path)
    assert (
        str(caught.value)
        == f"{path}: its pixels are 32-bit numbers of unknown range; save it as JPEG or PNG."
    )


def test_missing_file_and_folder_are_refused_in_one_sentence(tmp_path):
    missing = tmp_path / "missing.jpg"
    with pytest.raises(ImageError) as caught:
        load_image(missing)
    assert (
        str(caught.value)
        == f"{missing}: there is no such file; correct the path or put the photo there."
    )
    with pytest.raises(ImageError) as caught:
        load_image(tmp_path)
    assert str(caught.value) == f"{tmp_path}: it is a folder; give the path of a photo."


@pytest.mark.parametrize("kind", ["JPEG", "PNG", "WEBP", "GIF"])
@pytest.mark.parametrize("size", [None, (4, 4), (1, 1)])
def test_a_truncated_photo_is_refused_at_any_scale_of_decoding(tmp_path, kind, size):
    """Pillow's own `verify` passes a truncated JPEG; (1, 1) decodes it at an eighth."""
    path = save(Image.effect_noise((120, 90), 90).convert("RGB"), tmp_path / "photo", format=kind)
    path.write_bytes(path.read_bytes()[: path.stat().st_size * 2 // 3])
    with pytest.raises(ImageError) as caught:
        load_image(path, size)
    assert re.fullmatch(
        re.escape(f"{path}: it cannot be decoded (") + r".+\); copy or download the photo again\.",
        str(caught.value),
    )
    if kind == "JPEG":
        assert re.search(
            r"\(image file is truncated \(\d+ bytes not processed\)\)", str(caught.value)
        )


def test_decoding_at_an_eighth_finds_what_full_decoding_finds(photo):
    """At every length a photo can be cut to.

    What is lost may only be the two bytes that mark the end.
    """
    data = save(Image.open(photo).resize((64, 64)), photo).read_bytes()
    verdicts = {None: [], (1, 1): []}
    for length in range(1, len(data)):
        photo.write_bytes(data[:length])
        for size, readable in verdicts.items():
            try:
                load_image(photo, size)
                readable.append(length)
            except ImageError:
                pass
    assert verdicts[None] == verdicts[1, 1] and all(
        length >= len(data) - 2 for length in verdicts[None]
    )


def test_what_may_not_be_read_is_refused_in_one_sentence(photo, monkeypatch):
    def refuse(*_, **__):
        raise PermissionError(13, "Permission denied")

    for owner, name in ((Image, "open"), (os, "stat")):
        with monkeypatch.context() as patched, pytest.raises(ImageError) as caught:
            patched.setattr(owner, name, refuse)
            load_image(photo)
        assert str(caught.value) == f"{photo}: it may not be read; ask for the right to read it."


@pytest.mark.parametrize(
    "name, words",
    [("x" * 300, "x" * 300), ("a\0b", r"a\x00b"), ("photo.jpg/below", "photo.jpg/below")],
)
def test_a_name_that_no_file_can_have_is_a_missing_file(photo, name, words):
    with pytest.raises(ImageError) as caught:
        load_image(photo.parent / name)
    assert str(caught.value) == (
        f"{photo.parent / words}: there is no such file; correct the path or put the photo there."
    )


def test_a_photo_with_too_many_pixels_is_refused_before_decoding(tmp_path, monkeypatch):
    path = save(Image.new("RGB", (3000, 1000)), tmp_path / "huge.png")
    monkeypatch.setattr(image_memory, "MAX_IMAGE_PIXELS", 2_000_000)
    with pytest.raises(ImageError) as caught:
        load_image(path, (8, 8))
    expected = (
        f"{path}: it has 3000 x 1000 pixels, more than 2 megapixels; save a smaller version of it."
    )
    assert str(caught.value) == expected
    monkeypatch.setattr(Image, "MAX_IMAGE_PIXELS", 1_000_000)
    with pytest.raises(ImageError, match="it has more than 2 megapixels"):
        load_image(path, (8, 8))


def large_png(side):
    """A sound black-and-white PNG of `side` x `side` pixels, some kilobytes, made row by row."""

    def chunk(kind, content):
        return (
            struct.pack(">I", len(content))
            + kind
            + content
            + struct.pack(">I", zlib.crc32(kind + content))
        )

    pack, row = zlib.compressobj(9), bytes(1 + -(-side // 8))
    pixels = b"".join(pack.compress(row) for _ in range(side)) + pack.flush()
    header = struct.pack(">IIBBBBB", side, side, 1, 0, 0, 0, 0)
    return (
        b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", header) + chunk(b"IDAT", pixels) + chunk(b"IEND", b"")
    )


def large_jpeg(side):
    """A JPEG whose header says `side` x `side` pixels."""
    buffer = io.BytesIO()
    Image.new("L", (64, 64)).save(buffer, "JPEG")
    before, after = buffer.getvalue().split(b"\xff\xc0")
    return before + b"\xff\xc0" + after[:3] + struct.pack(">HH", side, side) + after[7:]


@pytest.mark.parametrize("make", [large_png, large_jpeg])
@pytest.mark.parametrize(
    "side, problem",
    [
        (20_000, "it has more than 80 megapixels"),
        (9000, "it has 9000 x 9000 pixels, more than 80 megapixels"),
    ],
)
def test_20000_x_20000_pixels_are_refused_by_the_header(tmp_path, monkeypatch, make, side, problem):
    monkeypatch.setattr(ImageFile.ImageFile, "load", None)  # nothing is decoded
    path = tmp_path / "huge.jpg"
    path.write_bytes(make(side))
    with pytest.raises(ImageError) as caught:
        load_image(path, (8, 8))
    assert str(caught.value) == f"{path}: {problem}; save a smaller version of it."


def test_our_limit_stays_below_the_one_at_which_pillow_warns():
    assert image_memory.MAX_IMAGE_PIXELS < Image.MAX_IMAGE_PIXELS


@pytest.mark.parametrize("size", [5, (5,), (0, 4), (4.0, 4.0), (4, 4, 3), (-1, 2)])
def test_a_size_that_is_no_size_is_refused(photo, size):
    with pytest.raises(ValueError, match=r"Expected size to be \(height, width\) in pixels"):
        load_image(photo, size)


def test_load_images_keeps_the_order(tmp_path):
    paths = [
        save(Image.new("RGB", (3, 3), (level,) * 3), tmp_path / f"{level}.png")
        for level in range(40)
    ]
    batch = load_images(paths, (2, 2), num_workers=4)
    assert batch.shape == (40, 2, 2, 3) and batch.dtype == np.uint8
    np.testing.assert_array_equal(batch[:, 0, 0, 0], range(40))
    assert load_images([], (2, 2)).shape == (0, 2, 2, 3)


def test_load_images_names_the_photo_it_cannot_read(photo, tmp_path):
    with pytest.raises(ImageError, match="missing.jpg: there is no such file"):
        load_images([photo, tmp_path / "missing.jpg", photo], (2, 2))
