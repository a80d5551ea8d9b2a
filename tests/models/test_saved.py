"""A model's file is one, whole, and of its own folder, or it is named in one sentence."""

import shutil
import zipfile

import h5py
import keras
import pytest

from studio2shop.models.saved import load_model


@pytest.fixture
def path(tmp_path):
    """The path of a small model's file."""
    keras.Sequential([keras.Input((2,)), keras.layers.Dense(1)]).save(tmp_path / "model.keras")
    return tmp_path / "model.keras"


def empty(path):
    path.write_bytes(b"")


def cut(path):
    path.write_bytes(path.read_bytes()[:-100])


def hdf5(path):
    path.unlink()
    h5py.File(path, "w").close()


def elsewhere(path):
    with zipfile.ZipFile(path, "a") as archive:
        archive.writestr("assets/../../stolen.txt", "mine")


def flipped(path):
    content = bytearray(path.read_bytes())
    with zipfile.ZipFile(path) as archive:
        start = archive.getinfo("model.weights.h5").header_offset
    content[start + 500] ^= 1
    path.write_bytes(content)


@pytest.mark.parametrize(
    "spoil, reason",
    [
        (empty, "File is not a zip file"),
        (cut, "File is not a zip file"),
        (hdf5, "File is not a zip file"),
        (elsewhere, "it has a file for elsewhere, 'assets/../../stolen.txt'"),
        (flipped, "model.weights.h5 in it is damaged"),
    ],
)
def test_what_is_no_whole_model_is_told(path, spoil, reason):
    assert load_model(path).count_params() == 3
    spoil(path)
    before = sorted(path.parent.parent.rglob("stolen.txt"))
    with pytest.raises(ValueError) as caught:
        load_model(path)
    assert str(caught.value) == (
        f"{path}: it is broken, or no Keras model ({reason}); delete it and run again what made it."
    )
    assert before == sorted(path.parent.parent.rglob("stolen.txt")) == []
    shutil.rmtree(path.parent)
