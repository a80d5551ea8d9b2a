"""The one way to read what a run or an index holds: as it was written, or one sentence.

A file may be damaged, another one's, or no file at all: a pipe, which would be waited for, or a
device without an end. Whatever a library says of it becomes one sentence with the path and the way
out.
"""

import contextlib
import io
import json
import os
import pathlib
import zipfile

import numpy as np
import pandas as pd

from studio2shop.io.archives import check_archive
from studio2shop.io.words import shown

AGAIN = "delete it and run again what made it"
KINDS = {"U": "text", "fiu": "numbers", "iu": "whole numbers", "b": "true or false"}
NUMBERS = "fiu"


@contextlib.contextmanager
def reading(path, what, way_out=AGAIN):
    """Turns any error of the block, which reads a file, into one sentence.

    Args:
        path: str or path of the file.
        what: what it should be, such as `"Keras model"`.
        way_out: what to do where it is not, without a full stop.

    Raises:
        FileNotFoundError: there is no such file.
        PermissionError: it may not be read.
        ValueError: it is no regular file, or the block raised an error of another kind than
            ImportError.

    Example:
        with reading("pca.npz", "fitted PCA"):
            arrays = np.load("pca.npz")
    """
    if not os.path.exists(path):
        raise FileNotFoundError(
            f"{path}: there is no such file; correct the path or run again what made it."
        )
    if not os.path.isfile(path):
        raise ValueError(f"{path}: it is no regular file; {way_out}.")
    try:
        yield
    except ImportError:  # what reads it is not installed
        raise
    except PermissionError as error:
        raise PermissionError(
            f"{path}: it may not be read; ask for the right to read it."
        ) from error
    except Exception as error:  # on broken files libraries raise almost any type
        words = " ".join(str(error).split()).rstrip(".")
        reason = shown(words, 200) or type(error).__name__
        raise ValueError(f"{path}: it is broken, or no {what} ({reason}); {way_out}.") from error


def read_bytes(path, what, way_out=AGAIN):
    """Reads a file of any content as bytes, if it is a regular one; arguments as in `reading`.

    Returns:
        bytes.

    Raises:
        OSError, ValueError: as in `reading`.
    """
    with reading(path, what, way_out):
        return pathlib.Path(path).read_bytes()


def read_json(path, expected, way_out=AGAIN):
    """Reads a JSON object.

    Args:
        path: str or path.
        expected: dict of key to a tuple of the types its value may have. With `NoneType` among them
            it may be missing.
        way_out: as in `reading`.

    Returns:
        dict.

    Raises:
        OSError, ValueError: as in `reading`.
    """
    needed = [key for key, types in expected.items() if type(None) not in types]
    with reading(path, f"JSON object{_with(needed)}", way_out):
        values = json.loads(pathlib.Path(path).read_bytes())
        if not isinstance(values, dict):
            raise ValueError(f"it is of type {type(values).__name__}")
        for key, types in expected.items():
            # not isinstance: true is no number
            if type(values.get(key)) not in types:
                raise ValueError(f"its {key} is {values.get(key)!r}")
        return values


def read_csv(path, columns, way_out=AGAIN, **options):
    """Reads a CSV file of ours as a DataFrame.

    Args:
        path: str or path.
        columns: sequence of those that it must have.
        way_out: as in `reading`.
        **options: of `pandas.read_csv`.

    Raises:
        OSError, ValueError: as in `reading`.
    """
    with reading(path, f"CSV file{_with(columns)}", way_out):
        table = pd.read_csv(pathlib.Path(path), **options)
        missing = [column for column in columns if column not in table]
        if missing:
            raise ValueError(f"it has no column {missing[0]}")
        return table


def read_arrays(path, expected, way_out=AGAIN):
    """Reads all arrays of an `.npz` file.

    Args:
        path: str or path.
        expected: dict of the name of an array that it must have to `(kind, number of dimensions)`,
            the kind as in `KINDS`.
        way_out: as in `reading`.

    Returns:
        dict of name to array.

    Raises:
        OSError, ValueError: as in `reading`.
    """
    arrays = {}
    with reading(path, f".npz file{_with(expected)}", way_out), zipfile.ZipFile(path) as archive:
        check_archive(archive)
        for name in archive.namelist():
            # whole, since only then its checksum is compared
            content = io.BytesIO(archive.read(name))
            array = np.lib.format.read_array(content, allow_pickle=False)
            arrays[name.removesuffix(".npy")] = array
        for name, form in expected.items():
            if name not in arrays:
                raise ValueError(f"it has no {name}")
            check_form(name, arrays[name], *form)
    return arrays


def map_array(path, kind, num_dimensions, way_out=AGAIN):
    """Reads an `.npy` file, memory-mapped; arguments and errors as in `read_arrays`."""
    with reading(path, ".npy file", way_out):
        array = np.load(path, mmap_mode="r", allow_pickle=False)
        check_form("it", array, kind, num_dimensions)
        return array


def check_form(name, array, kind, num_dimensions):
    """Raises a ValueError if an array is of another kind or number of dimensions."""
    if array.dtype.kind not in kind or array.ndim != num_dimensions:
        raise ValueError(
            f"{name} must be {KINDS[kind]} in {num_dimensions} dimensions, but is {array.dtype} of "
            f"shape {array.shape}"
        )


def _with(names):
    return f" with {', '.join(names)}" if names else ""
