import subprocess
import sys

import numpy as np
import pytest
from PIL import Image

from studio2shop import images
from studio2shop.images import ImageError, as_image_batch, load_image, load_images

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
    code = "import sys, studio2shop.images, studio2shop.catalogue; sys.exit('tensorflow' in sys.modules)"
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
    ramp = np.linspace(0, 255, 800)[np.newaxis, :, np.newaxis].repeat(600, axis=0).repeat(3, axis=2).astype(np.uint8)
    path = save(Image.fromarray(ramp), tmp_path / "large.jpg", quality=95)
    np.testing.assert_allclose(load_image(path, (12, 16)), as_image_batch(ramp, (12, 16))[0], atol=3)


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


@pytest.mark.parametrize("orientation", range(1, 9))
def test_a_photo_is_turned_as_its_exif_says(tmp_path, orientation):
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
    path = save(Image.fromarray(np.ascontiguousarray(stored)), tmp_path / "turned.png", exif=exif)
    np.testing.assert_array_equal(load_image(path), upright)
    np.testing.assert_array_equal(load_image(path, (32, 16)), upright)


def test_an_animation_gives_its_first_frame(tmp_path):
    frames = [Image.new("RGB", (4, 4), colour) for colour in (RED, GREEN)]
    path = save(frames[0], tmp_path / "moving.gif", save_all=True, append_images=frames[1:])
    assert (load_image(path) == RED).all()


def test_the_content_decides_and_not_the_name(tmp_path):
    save(Image.new("RGB", (4, 4), RED), tmp_path / "photo.png").rename(tmp_path / "photo.jpg")
    assert (load_image(tmp_path / "photo.jpg") == RED).all()


def test_a_photo_with_broken_exif_is_still_read(tmp_path):
    path = save(Image.new("RGB", (8, 8), WHITE), tmp_path / "exif.jpg", exif=b"Exif\x00\x00nonsense")
    assert (load_image(path) == WHITE).all()


@pytest.mark.parametrize(
    "name, content, problem",
    [
        ("empty.jpg", b"", "the file is empty (0 bytes); copy or download the photo again."),
        ("page.jpg", b"\n<!doctype html><html></html>", "it is a web page or other text, not an image; copy or download the photo again."),
        ("noise.jpg", bytes(range(256)), "it is no image in a format read here; save it as JPEG or PNG."),
        ("script.eps", b"%!PS-Adobe-3.0 EPSF-3.0\n%%BoundingBox: 0 0 9 9\n", "it is no image in a format read here; save it as JPEG or PNG."),
    ],
)  # fmt: skip
def test_what_is_no_photo_is_refused_in_one_sentence(tmp_path, name, content, problem):
    path = tmp_path / name
    path.write_bytes(content)
    with pytest.raises(ImageError) as caught:
        load_image(path, (8, 8))
    assert str(caught.value) == f"{path}: {problem}"


def test_missing_file_and_folder_are_refused_in_one_sentence(tmp_path):
    missing = tmp_path / "missing.jpg"
    with pytest.raises(ImageError) as caught:
        load_image(missing)
    assert str(caught.value) == f"{missing}: there is no such file; correct the path or put the photo there."
    with pytest.raises(ImageError) as caught:
        load_image(tmp_path)
    assert str(caught.value) == f"{tmp_path}: it is a folder; give the path of a photo."


@pytest.mark.parametrize("size", [None, (4, 4)])
def test_a_truncated_photo_is_refused(photo, size):
    photo.write_bytes(photo.read_bytes()[:-400])
    with pytest.raises(ImageError, match=r"photo.jpg: it cannot be decoded \(image file is truncated"):
        load_image(photo, size)


def test_a_photo_with_too_many_pixels_is_refused_before_decoding(tmp_path, monkeypatch):
    path = save(Image.new("RGB", (3000, 1000)), tmp_path / "huge.png")
    monkeypatch.setattr(images, "MAX_IMAGE_PIXELS", 2_000_000)
    with pytest.raises(ImageError) as caught:
        load_image(path, (8, 8))
    expected = f"{path}: it has 3000 x 1000 pixels, more than 2 megapixels; save a smaller version of it."
    assert str(caught.value) == expected
    monkeypatch.setattr(Image, "MAX_IMAGE_PIXELS", 1_000_000)
    with pytest.raises(ImageError, match="it has more than 2 megapixels"):
        load_image(path, (8, 8))


def test_our_limit_stays_below_the_one_at_which_pillow_warns():
    assert images.MAX_IMAGE_PIXELS < Image.MAX_IMAGE_PIXELS


@pytest.mark.parametrize("size", [5, (5,), (0, 4), (4.0, 4.0), (4, 4, 3), (-1, 2)])
def test_a_size_that_is_no_size_is_refused(photo, size):
    with pytest.raises(ValueError, match=r"Expected size to be \(height, width\) in pixels"):
        load_image(photo, size)


def test_load_images_keeps_the_order(tmp_path):
    paths = [save(Image.new("RGB", (3, 3), (level,) * 3), tmp_path / f"{level}.png") for level in range(40)]
    batch = load_images(paths, (2, 2), num_workers=4)
    assert batch.shape == (40, 2, 2, 3) and batch.dtype == np.uint8
    np.testing.assert_array_equal(batch[:, 0, 0, 0], range(40))
    assert load_images([], (2, 2)).shape == (0, 2, 2, 3)


def test_load_images_names_the_photo_it_cannot_read(photo, tmp_path):
    with pytest.raises(ImageError, match="missing.jpg: there is no such file"):
        load_images([photo, tmp_path / "missing.jpg", photo], (2, 2))


def test_a_batch_is_made_of_whatever_a_user_has(photo):
    image = Image.open(photo)
    array = np.array(image)
    for given in (photo, str(photo), image, array, array[np.newaxis], array.astype(np.int64)):
        batch = as_image_batch(given, (20, 40))
        assert batch.dtype == np.uint8
        np.testing.assert_array_equal(batch, array[np.newaxis])
    assert as_image_batch([photo, image, array, np.stack([array, array])], (8, 6)).shape == (5, 8, 6, 3)


def test_an_array_is_stretched_as_the_file_is(tmp_path):
    pixels = np.random.default_rng(1).integers(0, 256, (50, 30, 3), np.uint8)
    path = save(Image.fromarray(pixels), tmp_path / "photo.png")
    expected = load_image(path, (12, 10))
    np.testing.assert_array_equal(as_image_batch(pixels, (12, 10))[0], expected)
    np.testing.assert_allclose(as_image_batch(pixels.astype(np.float64), (12, 10))[0], expected, atol=1)


def test_float_arrays_stay_float32():
    batch = as_image_batch(np.full((4, 4, 3), 100.5), (2, 2))
    assert batch.dtype == np.float32 and (batch == 100.5).all()
    assert (as_image_batch(np.zeros((4, 4, 3)), (2, 2)) == 0).all()


@pytest.mark.parametrize(
    "array, problem",
    [
        (np.full((4, 4, 3), 0.5), "received values in 0-1: multiply by 255."),
        (np.full((4, 4, 3), np.nan), "received NaN or infinity: repair the image first."),
        (np.full((4, 4, 3), -1.0), "received values from -1.0 to -1.0: rescale to 0-255."),
        (np.full((4, 4, 3), 256), "received values from 256 to 256: rescale to 0-255."),
        (np.ones((4, 4, 3), bool), "received dtype bool: convert it to uint8."),
        (np.zeros((3, 4, 4)), "received shape (3, 4, 4): put the channels last and convert to RGB."),
        (np.zeros((4, 4, 4)), "received shape (4, 4, 4): put the channels last and convert to RGB."),
        (np.zeros((4, 4)), "received shape (4, 4): put the channels last and convert to RGB."),
        (np.zeros((0, 4, 4, 3)), "received shape (0, 4, 4, 3): put the channels last and convert to RGB."),
    ],
)
def test_an_array_that_is_not_rgb_in_0_to_255_is_refused(array, problem):
    with pytest.raises(ValueError) as caught:
        as_image_batch(array, (2, 2))
    assert str(caught.value).startswith("Expected an ") and str(caught.value).endswith(problem)


def test_no_image_or_something_else_is_refused():
    with pytest.raises(ValueError, match="received an empty list"):
        as_image_batch([], (2, 2))
    with pytest.raises(ValueError, match="received dict"):
        as_image_batch({"image": 1}, (2, 2))


def test_a_broken_pil_image_is_refused(photo):
    photo.write_bytes(photo.read_bytes()[:-400])
    with Image.open(photo) as image, pytest.raises(ImageError, match=r"^The PIL image: it cannot be decoded"):
        as_image_batch(image, (8, 8))
