"""Whatever lies in an image's file, reading ends in pixels or in one sentence."""

import io

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from PIL import Image

from studio2shop.io.images import ImageError, load_image

pytestmark = pytest.mark.slow

SIDE = 24
PIXELS = np.random.default_rng(0).integers(0, 256, (SIDE, SIDE, 4), np.uint8)


def encoded(mode, kind, **options):
    buffer = io.BytesIO()
    image = (
        Image.fromarray(PIXELS[:, :, 0].astype(np.uint16) * 257)
        if mode == "I;16"
        else Image.fromarray(PIXELS).convert(mode)
    )
    image.save(buffer, kind, **options)
    return buffer.getvalue()


def turned():
    exif = Image.Exif()
    exif[0x0112], exif[0x010F] = 6, "a camera's name"
    return exif


SOUND = {
    "JPEG": [
        encoded("RGB", "JPEG", quality=90),
        encoded("RGB", "JPEG", progressive=True, exif=turned()),
        encoded("L", "JPEG", comment="words"),
        encoded("CMYK", "JPEG", subsampling=2),
    ],
    "PNG": [
        encoded("RGB", "PNG"),
        encoded("RGBA", "PNG", exif=turned()),
        encoded("P", "PNG", transparency=3),
        encoded("I;16", "PNG"),
        encoded("1", "PNG", compress_level=0),
    ],
    "another": [
        encoded("RGB", "GIF", save_all=True, append_images=[Image.new("RGB", (SIDE, SIDE))]),
        encoded("RGBA", "WEBP"),
        encoded("RGB", "TIFF", compression="tiff_lzw"),
        encoded("RGB", "BMP"),
        encoded("RGB", "PPM"),
    ],
}

# half of the edits fall into the first hundred bytes, where headers say how to read the rest, but
# seldom on the signature
places = st.integers(12, 100) | st.integers(0, 10_000)
bytes_put = st.binary(max_size=4) | st.sampled_from(
    [
        b"\x00\x00",
        b"\xff\xff",
        b"\xff\xd9",
        b"\xff\xda",
        b"\xff\xc0",
        b"IEND",
        b"IDAT",
        b"\x7f\xff\xff\xff",
    ]
)
edits = st.lists(st.tuples(places, st.integers(0, 4), bytes_put), max_size=3)


@st.composite
def spoiled(draw, kind):
    """The bytes of an image after some were put in, taken out or changed, and perhaps cut short."""
    data = draw(st.sampled_from(SOUND[kind]))
    for place, num_cut, put in draw(edits):
        place %= len(data) + 1
        data = data[:place] + put + data[place + num_cut :]
    return data[: draw(st.just(len(data)) | st.just(len(data)) | st.integers(0, len(data)))]


def verdict(path, size):
    """The pixels, or the sentence; any other error is the test's failure."""
    try:
        pixels = load_image(path, size)
    except ImageError as refusal:
        sentence = str(refusal)
        assert (
            sentence == f"{path}: {refusal.problem}; {refusal.what_to_do}."
            and len(sentence.splitlines()) == 1
        )
        return sentence
    assert pixels.dtype == np.uint8 and pixels.ndim == 3 and pixels.shape[2] == 3
    assert size is None or pixels.shape[:2] == size
    return pixels


@pytest.mark.filterwarnings("ignore::UserWarning:PIL")
@pytest.mark.parametrize("kind", SOUND)
@settings(max_examples=2000, derandomize=True, suppress_health_check=list(HealthCheck))
@given(data=st.data())
def test_any_bytes_are_pixels_or_one_sentence(tmp_path, kind, data):
    path = tmp_path / "photo"
    path.write_bytes(data.draw(spoiled(kind)))
    seen, checked = verdict(path, (20, 12)), verdict(path, (1, 1))
    assert isinstance(seen, str) == isinstance(checked, str)  # what `check` passes can be read
    assert [file.name for file in tmp_path.iterdir()] == ["photo"]


@settings(max_examples=200, derandomize=True, suppress_health_check=list(HealthCheck))
@given(st.binary(max_size=200))
def test_noise_is_no_image(tmp_path, noise):
    (tmp_path / "photo").write_bytes(noise)
    assert isinstance(verdict(tmp_path / "photo", None), str)
