"""An archive is not unpacked where it would go too far, or elsewhere: one sentence says so."""

import stat
import zipfile

import keras
import numpy as np
import pytest

from studio2shop.io import archives
from studio2shop.io.readers import read_arrays
from studio2shop.models.saved import load_model

ZEROS = bytes(2**20)


def far_too_large(archive):
    for number in range(70):
        archive.writestr(f"{number}.npy", ZEROS, zipfile.ZIP_DEFLATED)


def very_many(archive):
    for number in range(10_001):
        archive.writestr(f"{number}.npy", b"")


def linked(archive):
    link = zipfile.ZipInfo("assets/link")
    link.external_attr = (stat.S_IFLNK | 0o777) << 16
    archive.writestr(link, "/etc/passwd")


def named(name):
    return lambda archive: archive.writestr(name, b"")


ATTACKS = {
    "size": (far_too_large, r"it unpacks to 73,4\d\d,\d\d\d bytes, and 67,108,864 are the most of"),
    "number": (very_many, r"it has 10,00\d files in it, and 10,000 are the most"),
    "link": (linked, "it has a link, 'assets/link'"),
    "up": (named("../stolen"), r"it has a file for elsewhere, '\.\./stolen'"),
    "up within": (named("a/../../stolen"), r"it has a file for elsewhere, 'a/\.\./\.\./stolen'"),
    "up in Windows": (
        named("a\\..\\stolen"),
        r"it has a file for elsewhere, 'a\\\\\.\.\\\\stolen'",
    ),
    "absolute": (named("/etc/stolen"), "it has a file for elsewhere, '/etc/stolen'"),
    "drive": (named("C:stolen"), "it has a file for elsewhere, 'C:stolen'"),
    "cut": (named("../stolen\0.npy"), r"it has a file for elsewhere, '\.\./stolen"),
}


@pytest.fixture
def files(tmp_path):
    """A sound file of each kind, and what reads it."""
    keras.Sequential([keras.Input((2,)), keras.layers.Dense(1)]).save(tmp_path / "a.keras")
    np.savez(tmp_path / "a.npz", ids=["a"])
    readers = {"a.keras": load_model, "a.npz": lambda path: read_arrays(path, {"ids": ("U", 1)})}
    return {tmp_path / name: read for name, read in readers.items()}


@pytest.mark.filterwarnings("ignore:Duplicate name")
@pytest.mark.parametrize("attack", ATTACKS)
def test_an_archive_that_goes_too_far_or_elsewhere_is_not_unpacked(files, attack, monkeypatch):
    spoil, reason = ATTACKS[attack]
    for path, read in files.items():
        assert read(path)
        with zipfile.ZipFile(path, "a") as archive:
            spoil(archive)
        with monkeypatch.context() as patch:
            patch.setattr(zipfile.ZipFile, "open", None)  # nothing of it is read
            with pytest.raises(ValueError) as caught:
                read(path)
        kind = "Keras model" if path.suffix == ".keras" else ".npz file with ids"
        told = rf"a\.(keras|npz): it is broken, or no {kind} \({reason}[^)]*\); delete it and run "
        caught.match(rf"{told}again what made it\.$")


def test_the_same_bytes_stated_often_count_as_often_as_they_are_unpacked(tmp_path):
    path = tmp_path / "a.npz"
    with zipfile.ZipFile(path, "w") as archive:
        archive.writestr("a.npy", ZEROS)
        archive.filelist *= 70
    with zipfile.ZipFile(path) as archive, pytest.raises(ValueError, match="it unpacks to 73,400,"):
        archives.check_archive(archive)


def test_large_numbers_that_shrink_little_are_read(tmp_path, monkeypatch):
    monkeypatch.setattr(archives, "LEAST_BYTES", 1)
    vectors = np.arange(10_000.0).reshape(100, 100)
    np.savez_compressed(tmp_path / "a.npz", vectors=vectors)
    np.testing.assert_array_equal(
        read_arrays(tmp_path / "a.npz", {"vectors": ("fiu", 2)})["vectors"], vectors
    )
