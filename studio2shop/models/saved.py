"""Models to files and from files, whose classes may be another library's."""

import importlib.util
import zipfile

import keras

from studio2shop.io.files import whole_file

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
    """
    if zipfile.is_zipfile(path):
        with zipfile.ZipFile(path) as archive:
            config = archive.read("config.json") if "config.json" in archive.namelist() else b""
        if b'"keras_hub' in config:
            if importlib.util.find_spec("keras_hub") is None:
                raise ImportError(
                    f"{str(path)!r} has layers of keras-hub, which is not installed; install it: "
                    "pip install keras-hub."
                )
            importlib.import_module("keras_hub")
    return keras.models.load_model(path, **options)


def save_model(model, path):
    """Saves a model without its optimizer, a third of the size; whole or not at all.

    Args:
        model: a functional `keras.Model`, compiled or not.
        path: of the `.keras` file.
    """
    bare = keras.Model(model.input, model.output, name=model.name)
    with whole_file(path) as unfinished:
        bare.save(unfinished)
