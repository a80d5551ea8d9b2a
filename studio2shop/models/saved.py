"""Models to files and from files, whose classes may be another library's."""

import importlib.util
import io
import pathlib
import zipfile

import h5py
import keras
import numpy as np

from studio2shop.io.archives import check_archive
from studio2shop.io.files import write_bytes
from studio2shop.io.readers import reading

# these register what model files of ours name
from studio2shop.models import descriptor_layers, layers  # noqa: F401

_RANDOM_STATES = "random_states"  # beside what Keras writes into a `.weights.h5` file


def load_model(path, **options):
    """`keras.models.load_model`, also of files with layers of ours or of keras-hub.

    The latter are known to Keras once that library was imported.

    Args:
        path: of a `.keras` file.
        **options: of `keras.models.load_model`.

    Raises:
        ImportError: if the file needs keras-hub, which is not installed.
        OSError, ValueError: if there is none, or it can't be loaded, in one sentence.
    """
    with reading(path, "Keras model"):
        if pathlib.Path(path).suffix == ".keras":
            _check_archive(path)
        return keras.models.load_model(path, **options)


def _check_archive(path):
    """Bounds what it unpacks to, compares its checksums, and imports the library that it needs."""
    with zipfile.ZipFile(path) as archive:
        check_archive(archive)
        damaged = archive.testzip()
        if damaged is not None:
            raise ValueError(f"{damaged} in it is damaged")
        config = archive.read("config.json")
    if b'"keras_hub' in config:
        if importlib.util.find_spec("keras_hub") is None:
            raise ImportError(
                f"{str(path)!r} has layers of keras-hub, which is not installed; install it: "
                "pip install keras-hub."
            )
        importlib.import_module("keras_hub")


def save_model(model, path):
    """Saves a model without its optimizer, a third of the size; whole or not at all.

    Args:
        model: a functional `keras.Model`, compiled or not.
        path: of the `.keras` file.

    Raises:
        OSError: as in `whole_file`.
    """
    bare = keras.Model(model.input, model.output, name=model.name)
    write_bytes(path, _in_memory(bare.save, "model.keras").getbuffer())


def weights_bytes(model):
    """What `model.save_weights` writes to a `.weights.h5` file, with the optimizer's weights.

    Args:
        model: a `keras.Model`, compiled or not.

    Returns:
        A buffer of bytes, for `write_bytes`.
    """
    return _in_memory(model.save_weights, "model.weights.h5").getbuffer()


def backup_bytes(model):
    """What a training continues from: `weights_bytes`, and where its random numbers are.

    Keras saves no state of dropout and noise: a training that is loaded from weights alone draws
    from the start again, and ends elsewhere than one that was never stopped.

    Args:
        model: a compiled `keras.Model`.

    Returns:
        A buffer of bytes, for `write_bytes`; `load_backup` and `model.load_weights` read the file.
    """
    memory = _in_memory(model.save_weights, "model.weights.h5")
    states = _random_states(model)
    with h5py.File(memory, "r+") as file:
        file[_RANDOM_STATES] = np.array([keras.ops.convert_to_numpy(state) for state in states])
    return memory.getbuffer()


def load_backup(model, path):
    """Sets weights, optimizer and random numbers to what they were at `backup_bytes`.

    Args:
        model: a compiled `keras.Model`, built as the one that was saved.
        path: of a `.weights.h5` file; one of `weights_bytes` leaves the random numbers as they are.
    """
    model.load_weights(path)
    with h5py.File(path) as file:
        if _RANDOM_STATES in file:
            for state, saved in zip(_random_states(model), file[_RANDOM_STATES][:], strict=True):
                state.assign(saved)


def _random_states(model):
    """The variables of each `keras.random.SeedGenerator` in a model: they are no weights."""
    weights = {id(weight) for weight in model.weights}
    return [variable for variable in model.variables if id(variable) not in weights]


class _Memory(io.BytesIO):
    """A file in memory with a name, by whose ending Keras knows what to write."""

    def __init__(self, name):
        super().__init__()
        self._name = name

    def __str__(self):
        return self._name


def _in_memory(save, name):
    """A file in memory that is saved: HDF5 ends the process where it finds no room on a disk."""
    memory = _Memory(name)
    save(memory)
    return memory
