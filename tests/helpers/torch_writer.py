"""Torch7's binary format as `File.lua` and `generic/Tensor.c` write it, to test what reads it."""

import dataclasses
import struct

import numpy as np

TYPE_NAMES = {"float32": "Float", "float64": "Double", "int64": "Long"}


@dataclasses.dataclass(eq=False)
class Module:
    """An object of a Torch class, such as `nn.ReLU`."""

    class_name: str
    fields: dict


@dataclasses.dataclass(eq=False)
class Storage:
    """The numbers that one or more tensors lie in."""

    values: np.ndarray


def torch_bytes(thing):
    """The file of None, a bool, a number, text, a dict, a list, an array or a `Module`.

    A list is a table counted from 1.

    An array that is a view of another is written as Torch does after `getParameters()`: as an
    offset into the storage of the other, which is written once and named by its number from then
    on.
    """
    written, storages = {}, {}

    def text(value):
        return struct.pack("<i", len(value)) + value.encode("latin-1")

    def write(thing):
        if thing is None:
            return struct.pack("<i", 0)
        if isinstance(thing, bool):
            return struct.pack("<ii", 5, thing)
        if isinstance(thing, int | float):
            return struct.pack("<id", 1, thing)
        if isinstance(thing, str):
            return struct.pack("<i", 2) + text(thing)
        head = struct.pack("<i", 3 if isinstance(thing, dict | list) else 4)
        if id(thing) in written:
            return head + struct.pack("<i", written[id(thing)][0])
        written[id(thing)] = len(written) + 1, thing  # kept, so that its id stays its own
        head += struct.pack("<i", len(written))
        if isinstance(thing, dict | list):
            items = thing.items() if isinstance(thing, dict) else enumerate(thing, start=1)
            return (
                head
                + struct.pack("<i", len(thing))
                + b"".join(write(key) + write(value) for key, value in items)
            )
        head += text("V 1")
        if isinstance(thing, Module):
            return head + text(thing.class_name) + write(thing.fields)
        if isinstance(thing, Storage):
            return (
                head
                + text(f"torch.{TYPE_NAMES[thing.values.dtype.name]}Storage")
                + struct.pack("<q", thing.values.size)
                + thing.values.tobytes()
            )
        return head + text(f"torch.{TYPE_NAMES[thing.dtype.name]}Tensor") + tensor(thing)

    def tensor(array):
        whole = array if array.base is None else array.base
        storage = storages.setdefault(id(whole), Storage(whole))
        start = (array.ctypes.data - whole.ctypes.data) // array.itemsize + 1
        strides = [stride // array.itemsize for stride in array.strides]
        return struct.pack(
            f"<i{2 * array.ndim + 1}q", array.ndim, *array.shape, *strides, start
        ) + write(storage)

    return write(thing)
