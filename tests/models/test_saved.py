"""Models and weights are saved whole, and what is no whole model of its own is told."""

import os
import pathlib
import shutil
import subprocess
import sys
import zipfile

import h5py
import keras
import numpy as np
import pytest

from studio2shop.io.files import write_bytes
from studio2shop.models.saved import (
    backup_bytes,
    load_backup,
    load_model,
    save_model,
    weights_bytes,
)


def network():
    inputs = keras.Input((50,))
    model = keras.Model(inputs, keras.layers.Dense(100)(inputs))
    model.compile("adam", "mse")
    model.optimizer.build(model.trainable_variables)
    return model


def test_weights_are_read_back_with_the_optimizers(tmp_path):
    model, other = network(), network()
    for number, variable in enumerate(model.optimizer.variables):
        variable.assign(np.full(variable.shape, number))
    write_bytes(tmp_path / "a.weights.h5", weights_bytes(model))
    other.load_weights(tmp_path / "a.weights.h5")
    both = [[*one.variables, *one.optimizer.variables] for one in (model, other)]
    for given, expected in zip(*both, strict=True):
        np.testing.assert_array_equal(given.numpy(), expected.numpy())


def test_a_backup_has_the_states_of_all_random_numbers_and_is_read_as_weights_too(tmp_path):
    def drawing():
        inputs = keras.Input((50,))
        inner = keras.Sequential([keras.Input((50,)), keras.layers.Dropout(0.5)])
        model = keras.Model(inputs, inner(keras.layers.GaussianNoise(1.0)(inputs)))
        model.compile("adam", "mse")
        return model

    def states_of(model):
        _, noise, inner = model.layers
        return noise.seed_generator.state, inner.layers[0].seed_generator.state

    model, other = drawing(), drawing()
    states_of(model)[0].assign([7, 8])
    states_of(model)[1].assign([9, 10])
    write_bytes(tmp_path / "a.weights.h5", backup_bytes(model))
    other.load_weights(tmp_path / "a.weights.h5")
    load_backup(other, tmp_path / "a.weights.h5")
    read = [keras.ops.convert_to_numpy(state).tolist() for state in states_of(other)]
    assert read == [[7, 8], [9, 10]]
    images = np.ones((2, 50), "float32")
    np.testing.assert_array_equal(other(images, training=True), model(images, training=True))


def test_a_model_is_read_back_without_its_optimizer(tmp_path):
    model = network()
    save_model(model, tmp_path / "a.keras")
    loaded = load_model(tmp_path / "a.keras")
    images = np.ones((2, 50))
    np.testing.assert_array_equal(loaded.predict_on_batch(images), model.predict_on_batch(images))
    assert getattr(loaded, "optimizer", None) is None
    assert os.listdir(tmp_path) == ["a.keras"]


ON_A_FULL_DISK = """
import pathlib, resource, sys
sys.path[:0] = [{tests!r}, {root!r}]
from test_saved import network, save_model, weights_bytes, write_bytes
from studio2shop.training.callbacks import EpochBackup
resource.setrlimit(resource.RLIMIT_FSIZE, (10_000, 10_000))
folder, model = pathlib.Path(sys.argv[1]), network()
backup = EpochBackup(folder, None)
backup.set_model(model)
for save in (lambda: save_model(model, folder / "a.keras"), lambda: backup.on_epoch_end(0, {{}})):
    try:
        save()
    except OSError as error:
        print(error)
"""


@pytest.mark.skipif(os.name == "nt", reason="Windows has no limit on the size of files")
def test_a_disk_without_room_is_told_in_a_sentence_and_the_process_lives(tmp_path):
    tests = pathlib.Path(__file__).parent
    code = ON_A_FULL_DISK.format(tests=str(tests), root=str(tests.parents[1]))
    done = subprocess.run(
        [sys.executable, "-c", code, str(tmp_path)], capture_output=True, text=True, check=False
    )
    too_large = (
        "the file cannot be written (File too large); write to a disk that takes files of this size"
    )
    assert (done.returncode, done.stdout.splitlines()) == (
        0,
        [f"{tmp_path}/{name}: {too_large}." for name in ("a.keras", "best.weights.h5")],
    )
    assert os.listdir(tmp_path) == []


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
