import numpy as np
import pytest
from PIL import Image

from studio2shop.io.image_batch import as_image_batch
from studio2shop.io.images import ImageError, load_image


@pytest.fixture
def photo(tmp_path):
    """A 40 x 20 pixel photo, noise so that its JPEG is long enough to be cut."""
    pixels = np.random.default_rng(0).integers(0, 256, (20, 40, 3), np.uint8)
    path = tmp_path / "photo.jpg"
    Image.fromarray(pixels).save(path, quality=95)
    return path


def test_a_batch_is_made_of_whatever_a_user_has(photo):
    image = Image.open(photo)
    array = np.array(image)
    for given in (photo, str(photo), image, array, array[np.newaxis], array.astype(np.int64)):
        batch = as_image_batch(given, (20, 40))
        assert batch.dtype == np.uint8
        np.testing.assert_array_equal(batch, array[np.newaxis])
    assert as_image_batch([photo, image, array, np.stack([array, array])], (8, 6)).shape == (
        5,
        8,
        6,
        3,
    )


def test_an_array_is_stretched_as_the_file_is(tmp_path):
    pixels = np.random.default_rng(1).integers(0, 256, (50, 30, 3), np.uint8)
    path = tmp_path / "photo.png"
    Image.fromarray(pixels).save(path)
    expected = load_image(path, (12, 10))
    np.testing.assert_array_equal(as_image_batch(pixels, (12, 10))[0], expected)
    np.testing.assert_allclose(
        as_image_batch(pixels.astype(np.float64), (12, 10))[0], expected, atol=1
    )


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
        (
            np.zeros((3, 4, 4)),
            "received shape (3, 4, 4): put the channels last and convert to RGB.",
        ),
        (
            np.zeros((4, 4, 4)),
            "received shape (4, 4, 4): put the channels last and convert to RGB.",
        ),
        (np.zeros((4, 4)), "received shape (4, 4): put the channels last and convert to RGB."),
        (
            np.zeros((0, 4, 4, 3)),
            "received shape (0, 4, 4, 3): put the channels last and convert to RGB.",
        ),
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
    with (
        Image.open(photo) as image,
        pytest.raises(ImageError, match=r"^The PIL image: it cannot be decoded"),
    ):
        as_image_batch(image, (8, 8))
