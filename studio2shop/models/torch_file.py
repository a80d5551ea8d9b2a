"""Torch7's binary files (`.t7`).

Tables, tensors and `nn` modules as plain Python and NumPy, and never any code.

A reader of ours because none is kept up: the package `torchfile` is of 2017, and PyTorch has
dropped its own. It reads what Torch's `File.lua` and `generic/Tensor.c` write on a 64-bit machine
of x86 kind, in the default mode, `binary`.
"""

import dataclasses
import math
import pathlib
import struct

import numpy as np

NIL, NUMBER, STRING, TABLE, TORCH, BOOLEAN = range(6)
FUNCTIONS = (6, 7, 8)
# far above what a network needs, far below what hurts
MAX_BYTES, MAX_VALUES, MAX_NAME, MAX_DEPTH, MAX_DIMENSIONS = 2**28, 100_000, 100, 64, 8

DTYPES = {
    "Byte": "u1",
    "Char": "i1",
    "Short": "<i2",
    "Int": "<i4",
    "Long": "<i8",
    "Half": "<f2",
    "Float": "<f4",
    "Double": "<f8",
    "Cuda": "<f4",
}
TENSORS = {f"torch.{name}Tensor": np.dtype(dtype) for name, dtype in DTYPES.items()}
STORAGES = {f"torch.{name}Storage": np.dtype(dtype) for name, dtype in DTYPES.items()}


@dataclasses.dataclass(eq=False)
class TorchObject:
    """An object of a Torch class, such as `nn.Linear`.

    Attributes:
        class_name: the class as Torch names it.
        fields: what it was saved with, mostly a dict of name to value.
    """

    class_name: str
    fields: object = dataclasses.field(default=None, repr=False)


def read_torch_file(path):
    """Reads a Torch7 binary file.

    Args:
        path: the file, at most 256 MiB.

    Returns:
        The one object that the file holds: tables as dicts (whose numbers are floats, also as
        keys), tensors and storages as NumPy arrays that can't be written to, strings as `str`,
        other objects as `TorchObject`.

    Raises:
        FileNotFoundError: if there is no such file.
        ValueError: if the file is cut short, too large, of another format, or holds a Lua function,
            which is code; a table that holds itself; or more than 100,000 values, where a table
            counts as often as it is named, as for who walks through it.
    """
    path = pathlib.Path(path)
    if not path.is_file():
        raise FileNotFoundError(f"Expected a Torch7 file; there is no file {str(path)!r}.")
    if path.stat().st_size > MAX_BYTES:
        raise ValueError(
            f"{path} must be a Torch7 binary file of at most {MAX_BYTES:,} bytes; it has "
            f"{path.stat().st_size:,}."
        )
    reader = _Reader(path.read_bytes())
    try:
        return reader.read()
    except _FormatError as error:
        raise ValueError(
            f"{path} must be a Torch7 binary file; up to byte {reader.position} it is one, but "
            f"then {error}. Download it again."
        ) from error


class _FormatError(Exception):
    """What does not fit, to follow "but then"."""


class _Reader:
    def __init__(self, data):
        self.data, self.position, self.depth, self.num_values = data, 0, 0, 0
        # by number: what was read, with how many values are in it
        self.seen = {}
        self.unfinished = set()

    def take(self, size):
        if not 0 <= size <= len(self.data) - self.position:
            raise _FormatError(
                f"{size:,} bytes should follow and {len(self.data) - self.position:,} do"
            )
        self.position += size
        return self.data[self.position - size : self.position]

    def unpack(self, layout):
        return struct.unpack(layout, self.take(struct.calcsize(layout)))

    def integer(self):
        return self.unpack("<i")[0]

    def string(self):
        return self.take(self.integer()).decode("latin-1")

    def read(self):
        self.count(1)
        kind = self.integer()
        if kind == NIL:
            return None
        if kind == NUMBER:
            return self.unpack("<d")[0]
        if kind == STRING:
            return self.string()
        if kind == BOOLEAN:
            return self.integer() == 1
        if kind in FUNCTIONS:
            raise _FormatError("a Lua function follows, which is code and not read")
        if kind not in (TABLE, TORCH):
            raise _FormatError("what follows is of no known kind")
        index = self.integer()
        if index in self.unfinished:
            raise _FormatError("a table follows that holds itself")
        if index in self.seen:  # written once, then named by its number
            value, num_values = self.seen[index]
            self.count(num_values)
            return value
        if self.depth == MAX_DEPTH:
            raise _FormatError(f"tables are nested more than {MAX_DEPTH} deep")
        num_before = self.num_values
        self.depth += 1
        self.unfinished.add(index)
        value = self.table() if kind == TABLE else self.torch_object()
        self.unfinished.remove(index)
        self.depth -= 1
        self.seen[index] = value, self.num_values - num_before
        return value

    def count(self, num_values):
        self.num_values += num_values
        if self.num_values > MAX_VALUES:
            raise _FormatError(f"there are more than {MAX_VALUES:,} values")

    def table(self):
        table = {}
        for _ in range(self.integer()):
            key = self.read()
            if not isinstance(key, str | float | bool):
                raise _FormatError("a table has a key that is neither text nor a number")
            table[key] = self.read()
        return table

    def torch_object(self):
        name = self.string()
        if name.startswith("V "):  # the version, which files before 2014 lack
            name = self.string()
        if len(name) > MAX_NAME:
            raise _FormatError(f"the name of a class has {len(name):,} characters")
        if name in STORAGES:
            return self.storage(STORAGES[name])
        if name in TENSORS:
            return self.tensor(TENSORS[name])
        return TorchObject(name, self.read())

    def storage(self, dtype):
        (count,) = self.unpack("<q")
        return np.frombuffer(self.take(count * dtype.itemsize), dtype)

    def tensor(self, dtype):
        num_dimensions = self.integer()
        if not 0 <= num_dimensions <= MAX_DIMENSIONS:
            raise _FormatError(f"a tensor has {num_dimensions} dimensions")
        sizes, strides, (start,) = (
            self.unpack(f"<{count}q") for count in (num_dimensions, num_dimensions, 1)
        )
        storage = self.read()
        if storage is None or not num_dimensions:
            return np.empty(0, dtype)
        if not isinstance(storage, np.ndarray) or storage.ndim != 1 or storage.dtype != dtype:
            raise _FormatError("a tensor has a storage of another type")
        last = start - 1 + sum((size - 1) * stride for size, stride in zip(sizes, strides))
        if (
            min(sizes) < 1
            or min(strides) < 0
            or start < 1
            or last >= len(storage)
            or math.prod(sizes) > len(storage)
        ):
            raise _FormatError("a tensor reaches beyond its storage")
        steps = [stride * dtype.itemsize for stride in strides]
        return np.lib.stride_tricks.as_strided(storage[start - 1 :], sizes, steps, writeable=False)
