"""Networks and whole models written for other libraries: SavedModel, LiteRT, ONNX."""

import contextlib
import json
import logging
import pathlib
import warnings

import keras
import numpy as np

from studio2shop.io.files import sha256_of, write_text
from studio2shop.io.words import quoted, shown
from studio2shop.models.exported import ENDINGS, FACTS, INPUTS, open_network
from studio2shop.models.portable import portable

MOST_FOR_ONNX = 10_000_000
"""Most weights of dense layers that are written as ONNX.

tf2onnx takes 160 to 200 bytes of memory for each, 1.2 GiB for 8 million and 4.8 for 24 million.
"""

_KERAS_NAMES = {"saved_model": "tf_saved_model", "litert": "litert", "onnx": "onnx"}


def check_can_be_written(model, format):
    """Refuses, before anything is computed, what can't be written in a format.

    Args:
        model: a `keras.Model`.
        format: `"saved_model"`, `"litert"` or `"onnx"`.

    Raises:
        ValueError: if it is none of these, Keras' backend is not TensorFlow, or ONNX would take
            more memory than there is.
        ImportError: if ONNX's libraries are not installed.
    """
    if format not in ENDINGS:
        raise ValueError(
            f"`format` must be one of {', '.join(ENDINGS)}; received {quoted(format)}."
        )
    if keras.backend.backend() != "tensorflow":
        raise ValueError(
            "Models are written under TensorFlow, not under Keras' backend "
            f"{keras.backend.backend()}; set KERAS_BACKEND=tensorflow."
        )
    if format != "onnx":
        return
    num_weights = _num_dense_weights(model)
    if num_weights > MOST_FOR_ONNX:
        raise ValueError(
            f"The dense layers of {model.name!r} have {num_weights:,} weights, for which tf2onnx "
            f"would take too much memory ({MOST_FOR_ONNX:,} are the most); "
            "take the format litert or saved_model."
        )
    try:
        import onnx  # noqa: F401
        import onnxruntime  # noqa: F401
        import tf2onnx  # noqa: F401
    except ImportError as error:
        raise ImportError(
            f"The format onnx needs {error.name}, which is not installed: "
            'pip install "studio2shop[export]".'
        ) from error


def _num_dense_weights(model):
    own = [layer for layer in model.layers if isinstance(layer, keras.layers.Dense)]
    within = [layer for layer in model.layers if isinstance(layer, keras.Model)]
    return sum(layer.count_params() for layer in own) + sum(map(_num_dense_weights, within))


def write_network(model, path, format, input_names):
    """Writes a network for other libraries.

    Args:
        model: a functional `keras.Model`.
        path: of the file, with the format's ending (`ENDINGS`); a SavedModel is a folder. After an
            error, what lies there is of no use.
        format: `"saved_model"`, `"litert"` or `"onnx"`.
        input_names: as in `portable`.

    Raises:
        ValueError: if the format's converter can't say what the model computes, or as
            `check_can_be_written`.
        ImportError: as `check_can_be_written`.
        OSError: if the disk is full, or the file can't be written.
    """
    check_can_be_written(model, format)
    network = portable(model, input_names)
    with _quiet_converters():
        try:
            if format == "onnx":  # Keras refuses a model that was never called
                network.predict_on_batch(_zeros(network))
            network.export(str(path), format=_KERAS_NAMES[format], verbose=False)
        except OSError:  # a full disk, which is the user's to know
            raise
        except Exception as error:  # a converter fails in many ways, one for each odd layer
            reason = shown(" ".join(str(error).split()), 200)
            raise ValueError(
                f"{model.name!r} can't be written in the format {format} ({reason}); "
                "take another format, saved_model at the latest."
            ) from error


def write_exported(model, folder, format, articles=None):
    """Writes a Studio2Shop model for other programs: two networks, and `model.json` about them.

    Args:
        model: a trained Studio2Shop model, on logits.
        folder: an empty one. After an error, what lies there is of no use.
        format: `"saved_model"`, `"litert"` or `"onnx"`.
        articles: what `model.json` says of a file of article features, a dict; default: nothing.

    Raises:
        ValueError, ImportError, OSError: as in `write_network`.
    """
    folder, networks = pathlib.Path(folder), {}
    for name in INPUTS:
        check_can_be_written(model.get_layer(name), format)
    for name, inputs in INPUTS.items():
        submodel, file = model.get_layer(name), f"{name}{ENDINGS[format]}"
        write_network(submodel, folder / file, format, inputs)
        shapes = [list(tensor.shape) for tensor in submodel.inputs]
        output = open_network(folder / file, format, inputs).output
        networks[name] = {
            "file": file,
            "inputs": [{"name": one, "shape": shape} for one, shape in zip(inputs, shapes)],
            "outputs": [{"name": output, "shape": list(submodel.output_shape)}],
        }
    height, width = model.get_layer("query_feature").input_shape[1:3]
    files = sorted(path for path in folder.rglob("*") if path.is_file())
    facts = {
        "format": format,
        "networks": networks,
        "images": {
            "size": [height, width],
            "size_is": "height, width",
            "fit": "stretched to size, never padded or cropped; antialiased bilinear",
            "colours": "RGB",
            "values": "0 to 255, as float32; the network scales them itself",
        },
        "scores": "logits; 1 / (1 + exp(-logit)) is the probability of a match",
        "articles": articles,
        "sha256": {path.relative_to(folder).as_posix(): sha256_of(path) for path in files},
    }
    write_text(folder / FACTS, json.dumps(facts, indent=1) + "\n")


def _zeros(network):
    zeros = [np.zeros([side or 1 for side in tensor.shape], "float32") for tensor in network.inputs]
    return zeros if len(zeros) > 1 else zeros[0]


@contextlib.contextmanager
def _quiet_converters():
    """Keeps converters' remarks off the screen, which they write in several ways.

    What they could not convert is an error, and what they converted is compared.
    """
    loggers = [logging.getLogger(name) for name in ("tensorflow", "tf2onnx")]
    levels = [logger.level for logger in loggers]
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        try:
            for logger in loggers:
                logger.setLevel(logging.CRITICAL)
            yield
        finally:
            for logger, level in zip(loggers, levels):
                logger.setLevel(level)
