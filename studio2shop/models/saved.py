"""Models to files and from files, whose classes may be another library's."""

import importlib.util
import io
import pathlib
import zipfile

import keras

from studio2shop.io.archives import check_archive
from studio2shop.io.files import write_bytes
from studio2shop.io.readers import reading

# these register what model files of ours name
from studio2shop.models import descriptor_layers, layers  # noqa: F401


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
    write_bytes(path, _saved_by(bare.save, "model.keras"))


def weights_bytes(model):
    """What `model.save_weights` writes to a `.weights.h5` file, with the optimizer's weights.

    Args:
        model: a `keras.Model`, compiled or not.

    Returns:
        A buffer of bytes, for `write_bytes`.
    """
    return _saved_by(model.save_weights, "model.weights.h5")


class _Memory(io.BytesIO):
    """A file in memory with a name, by whose ending Keras knows what to write."""

    def __init__(self, name):
        super().__init__()
        self._name = name

    def __str__(self):
        return self._name


def _saved_by(save, name):
    """What is saved, in memory: HDF5 ends the process where it finds no room on a disk."""
    memory = _Memory(name)
    save(memory)
    return memory.getbuffer()
