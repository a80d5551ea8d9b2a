"""Photos that nobody should trust: pixels, or one sentence that names the file, within seconds.

`tests/io/test_images_of_any_bytes.py` lets Hypothesis look for damage in tiny images; here damage
is drawn for each format that is read, as whole files and as what is no regular file at all.
"""

import functools
import io
import os
import random
import socket
import subprocess
import sys
import time

import numpy as np
import pytest
from PIL import Image

from studio2shop.io.images import ImageError, load_image

WAYS = {
    "jpeg": ("JPEG", "RGB", {}),
    "progressive jpeg": ("JPEG", "RGB", {"progressive": True}),
    "cmyk jpeg": ("JPEG", "CMYK", {}),
    "png": ("PNG", "RGB", {}),
    "png with alpha": ("PNG", "RGBA", {}),
    "png with palette": ("PNG", "P", {"transparency": 7}),
    "16-bit png": ("PNG", "I;16", {}),
    "gif": ("GIF", "P", {}),
    "bmp": ("BMP", "RGB", {}),
    "ppm": ("PPM", "RGB", {}),
    "tiff": ("TIFF", "RGB", {}),
    "lzw tiff": ("TIFF", "RGBA", {"compression": "tiff_lzw"}),
    "deflate tiff": ("TIFF", "I;16", {"compression": "tiff_deflate"}),
    "jpeg tiff": ("TIFF", "RGB", {"compression": "jpeg"}),
    "webp": ("WEBP", "RGB", {}),
    "lossless webp": ("WEBP", "RGBA", {"lossless": True}),
    "avif": ("AVIF", "RGB", {"speed": 10}),
    "jpeg 2000": ("JPEG2000", "RGB", {}),
}
SECONDS = 10


@functools.cache
def sound(way):
    kind, mode, options = WAYS[way]
    image = Image.effect_noise((60, 45), 60).convert("RGBA")
    if mode == "I;16":
        image = Image.fromarray(np.asarray(image)[:, :, 0].astype(np.uint16) * 257)
    else:
        image = image.convert(mode)
    exif = Image.Exif()
    exif[0x0112] = 6
    buffer = io.BytesIO()
    image.save(buffer, kind, **options, **({} if kind in ("BMP", "PPM", "GIF") else {"exif": exif}))
    return buffer.getvalue()


def damaged(seed):
    """The name of a format, and a file of it with one to four injuries, a third of them cut off."""
    pick = random.Random(seed)
    way = pick.choice(sorted(WAYS))
    data = bytearray(sound(way))
    for _ in range(pick.randint(1, 4)):
        # headers, which say how to read the rest, are short
        place = pick.randrange(pick.choice([200, len(data)])) % len(data)
        put = pick.choice(
            [
                pick.randbytes(pick.randint(1, 8)),
                bytes([data[place] ^ 1 << pick.randrange(8)]),
                b"\xff" * 4,
                b"\0" * 4,
                bytes(data[place : place + pick.randint(1, 300)]) * 2,
            ]
        )
        data[place : place + pick.choice([0, len(put), len(put)])] = put
    if pick.random() < 1 / 3:
        del data[pick.randrange(1, len(data)) :]
    return way, bytes(data)


def fault(path, size):
    """What is wrong with the answer to a file, or None."""
    started = time.monotonic()
    try:
        pixels = load_image(path, size)
    except ImageError as refused:
        sentence = str(refused)
        is_fine = sentence.startswith(f"{path}: ") and len(sentence.splitlines()) == 1
        found = None if is_fine and len(sentence) < len(str(path)) + 300 else sentence
    except Exception as error:  # what else is raised is what is looked for
        found = repr(error)
    else:
        is_fine = pixels.dtype == np.uint8 and pixels.shape == (*size, 3)
        found = None if is_fine else f"{pixels.dtype} {pixels.shape}"
    took = time.monotonic() - started
    return f"{took:.0f} seconds" if took > SECONDS else found


@pytest.mark.filterwarnings("ignore::UserWarning:PIL")
def test_a_damaged_image_is_pixels_or_one_sentence(tmp_path, seeds):
    path = tmp_path / "photo"
    faults = {}
    for seed in seeds(few=60, everything=3000):
        way, data = damaged(seed)
        path.write_bytes(data)
        found = [fault(path, size) for size in ((20, 12), (1, 1))]
        if any(found):
            faults[seed, way] = found
    assert not faults


@pytest.mark.filterwarnings("ignore::UserWarning:PIL")
@pytest.mark.parametrize("way", WAYS)
def test_a_sound_image_is_pixels_and_its_cut_file_one_or_the_other(tmp_path, way, seeds):
    path, data = tmp_path / "photo", sound(way)
    path.write_bytes(data)
    assert load_image(path, (20, 12)).shape == (20, 12, 3)
    lengths = {len(data) * part // 200 for part in seeds(few=12, everything=200)}
    for length in lengths:
        path.write_bytes(data[:length])
        assert fault(path, (20, 12)) is None, length


def special_files(folder):
    os.mkfifo(folder / "fifo")
    os.symlink("/dev/zero", folder / "endless")
    os.symlink("/dev/null", folder / "device")
    os.symlink("nowhere", folder / "broken link")
    os.symlink("link to itself", folder / "link to itself")
    (folder / "a folder").mkdir()
    server = socket.socket(socket.AF_UNIX)
    server.bind(os.path.relpath(folder / "socket"))
    server.close()
    return {
        "fifo": "it is no regular file; give the path of a photo.",
        "endless": "it is no regular file; give the path of a photo.",
        "device": "it is no regular file; give the path of a photo.",
        "socket": "it is no regular file; give the path of a photo.",
        "a folder": "it is a folder; give the path of a photo.",
        "broken link": "there is no such file; correct the path or put the photo there.",
        "link to itself": "there is no such file; correct the path or put the photo there.",
    }


@pytest.mark.skipif(not hasattr(os, "mkfifo"), reason="Windows has no such files")
def test_what_is_no_regular_file_is_refused_at_once(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)  # the name of a socket must be short
    for name, problem in special_files(tmp_path).items():
        with pytest.raises(ImageError) as caught:
            load_image(tmp_path / name, (8, 8))
        assert str(caught.value) == f"{tmp_path / name}: {problem}"


def test_a_link_to_a_photo_is_that_photo(tmp_path):
    (tmp_path / "photo").write_bytes(sound("png"))
    os.symlink("photo", tmp_path / "link")
    np.testing.assert_array_equal(load_image(tmp_path / "link"), load_image(tmp_path / "photo"))


@pytest.mark.skipif(sys.platform != "linux", reason="peaks are measured as Linux does")
def test_the_largest_photos_are_checked_within_1_gib(tmp_path, seeds):
    """80 megapixels in the formats that are written quickest, on as many threads as cores."""
    if not seeds(few=0, everything=1):
        pytest.skip("takes half a minute: pytest -m hostile")
    side = 8944
    photo = Image.new("RGBA", (side, side), (200, 100, 50, 128))
    photo.save(tmp_path / "0.png", compress_level=1)
    photo.save(tmp_path / "1.tif", compression="tiff_deflate")
    Image.new("L", (side, side), 77).save(tmp_path / "2.png", compress_level=1)
    photo.convert("RGB").save(tmp_path / "3.jpg", progressive=True, subsampling=0)
    for number in range(4, 8):
        other = next(tmp_path.glob(f"{number - 4}.*"))
        os.link(other, tmp_path / f"{number}{other.suffix}")
    names = sorted(path.name for path in tmp_path.iterdir())
    rows = "".join(f"{number},{name}\n" for number, name in enumerate(names))
    (tmp_path / "articles.csv").write_text("article_id,image\n" + rows)
    code = (
        "import sys; from studio2shop.catalogue import check_catalogue;"
        "print(len(check_catalogue(sys.argv[1])), open('/proc/self/status').read())"
    )
    process = subprocess.run(
        [sys.executable, "-c", code, str(tmp_path)], capture_output=True, text=True, check=True
    )
    num_problems = int(process.stdout.split()[0])
    peak = int(process.stdout.split("VmHWM:")[1].split()[0])  # kB
    assert num_problems >= 2  # the TIFF files
    assert peak < 2**20
