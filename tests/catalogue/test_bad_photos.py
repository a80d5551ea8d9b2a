"""Every kind of photo a real shop holds, good and bad, and what its owner reads about it.

One table, three ways in.
"""

import io
import re
import struct
import zlib

import numpy as np
import pytest
from PIL import Image

from studio2shop.catalogue import check_catalogue, load_catalogue
from studio2shop.io.images import ImageError, load_image, load_images

BLUE = Image.new("RGB", (20, 30), (0, 0, 255))
NOISE = Image.effect_noise((60, 40), 90).convert("RGB")


def saved(image, kind, **options):
    buffer = io.BytesIO()
    image.save(buffer, kind, **options)
    return buffer.getvalue()


def turned_by(orientation):
    exif = Image.Exif()
    exif[0x0112] = orientation
    return exif


def huge():
    """A PNG whose header says 20,000 x 20,000."""
    data = saved(BLUE, "PNG")
    header = b"IHDR" + struct.pack(">II", 20_000, 20_000) + data[24:29]
    return data[:12] + header + struct.pack(">I", zlib.crc32(header)) + data[33:]


# what lies in the file -> its first pixel, or the problem and what to do
GOOD = {
    "plain.jpg": (saved(BLUE, "JPEG"), (0, 0, 254)),
    "named wrongly.jpg": (saved(BLUE, "PNG"), (0, 0, 255)),
    "transparent.png": (saved(Image.new("RGBA", (20, 30), (0, 0, 255, 0)), "PNG"), (255, 255, 255)),
    "half transparent.png": (
        saved(Image.new("RGBA", (20, 30), (0, 0, 255, 128)), "PNG"),
        (127, 127, 255),
    ),
    "16 bit.png": (
        saved(Image.fromarray(np.full((30, 20), 51 * 257, np.uint16)), "PNG"),
        (51, 51, 51),
    ),
    "grey.jpg": (saved(Image.new("L", (20, 30), 128), "JPEG"), (128, 128, 128)),
    "for print.jpg": (saved(Image.new("CMYK", (20, 30), (255, 255, 0, 0)), "JPEG"), (0, 0, 255)),
    "turned.jpg": (saved(BLUE.rotate(90, expand=True), "JPEG", exif=turned_by(6)), (0, 0, 254)),
    "moving.gif": (
        saved(BLUE, "GIF", save_all=True, append_images=[Image.new("RGB", (20, 30))]),
        (0, 0, 255),
    ),
    "one pixel.png": (saved(Image.new("RGB", (1, 1), (0, 0, 255)), "PNG"), (0, 0, 255)),
}
AGAIN = "copy or download the photo again"
BAD = {
    "0 bytes.jpg": (b"", "the file is empty (0 bytes)", AGAIN),
    "truncated.jpg": (
        saved(NOISE, "JPEG")[:-300],
        "it cannot be decoded (image file is truncated (N bytes not processed))",
        AGAIN,
    ),
    "truncated.png": (
        saved(NOISE, "PNG")[:-300],
        "it cannot be decoded (image file is truncated)",
        AGAIN,
    ),
    "page.jpg": (
        b"<!doctype html><title>404</title>",
        "it is a web page or other text, not an image",
        AGAIN,
    ),
    "letter.pdf": (b"%PDF-1.7\n", "it is no image in a format read here", "save it as JPEG or PNG"),
    "huge.png": (huge(), "it has more than 80 megapixels", "save a smaller version of it"),
    "missing.jpg": (None, "there is no such file", "correct the path or put the photo there"),
    "folder": (..., "it is a folder", "give the path of a photo"),
}


@pytest.fixture
def shop(write_catalogue):
    """Each photo above is an article's title image and, once more, a query of that article."""
    names = [*GOOD, *BAD]
    folder = write_catalogue(
        "article_id,image\n" + "".join(f"a {name},{name}\n" for name in names),
        "query_id,image\n" + "".join(f"q {name},{name}\n" for name in names),
        "query_id,article_id\n" + "".join(f"q {name},a {name}\n" for name in names),
    )
    for name, (data, *_) in {**GOOD, **BAD}.items():
        if data is ...:
            (folder / name).mkdir()
        elif data is not None:
            (folder / name).write_bytes(data)
    return folder


@pytest.mark.parametrize("name", GOOD)
def test_a_photo_of_an_odd_kind_is_read(shop, name):
    assert tuple(load_image(shop / name, (30, 20))[0, 0]) == GOOD[name][1]


@pytest.mark.parametrize("name", BAD)
def test_a_photo_that_cannot_be_used_stops_with_its_path_and_reason(shop, name):
    _, problem, what_to_do = BAD[name]
    with pytest.raises(ImageError) as caught:
        load_images([shop / name], (30, 20))
    assert (
        re.sub(r"\d+ bytes not", "N bytes not", str(caught.value))
        == f"{shop / name}: {problem}; {what_to_do}."
    )


def test_the_check_finds_them_all_beforehand(shop):
    problems = check_catalogue(shop)
    problems["problem"] = problems["problem"].str.replace(
        r"\d+ bytes not", "N bytes not", regex=True
    )
    expected = [
        (file, 2 + len(GOOD) + number, "error", f"image {name!r}: {problem}", what_to_do)
        for file in ("articles.csv", "queries.csv")
        for number, (name, (_, problem, what_to_do)) in enumerate(BAD.items())
    ]
    assert [tuple(row) for row in problems.itertuples(index=False)] == expected


def test_skipping_leaves_out_these_and_no_others(shop):
    catalogue = load_catalogue(shop, on_bad_image="skip")
    assert catalogue.articles["image"].tolist() == catalogue.queries["image"].tolist() == list(GOOD)
    assert len(catalogue.matches) == len(GOOD) and len(catalogue.left_out) == 2 * len(BAD)
    assert load_images(catalogue.article_paths, (8, 8)).shape == (len(GOOD), 8, 8, 3)
