"""Torch files that nobody should trust: weights, or one sentence, in little memory."""

import random
import struct
import tracemalloc

import numpy as np
import pytest
from torch_writer import Module, torch_bytes

from studio2shop.models.stylenet_torch import read_stylenet
from studio2shop.models.torch_file import read_torch_file

REFERENCE_TO_FIRST = struct.pack("<ii", 3, 1)
MEBIBYTE = 2**20
RELU = Module("nn.ReLU", {})


def one_in_itself():
    """A table whose only value is the table."""
    return struct.pack("<iii", 3, 1, 1) + struct.pack("<id", 1, 1.0) + REFERENCE_TO_FIRST


def sequential_in_itself():
    """A container whose only module is the container."""
    data = torch_bytes(Module("nn.Sequential", {"modules": ["here"]}))
    return data.replace(struct.pack("<ii", 2, 4) + b"here", struct.pack("<ii", 4, 1))


def twice_in_the_next(depth):
    """Containers that hold the one before twice: 2 ** depth for who walks through them."""
    module = Module("nn.ReLU", {})
    for _ in range(depth):
        module = Module("nn.Sequential", {"modules": [module, module]})
    return torch_bytes({"mean": [0.5] * 3, "std": [0.5] * 3, "stylenet": module})


def repeated_number(sizes):
    """A tensor of one stored number that says to be as large as `sizes`."""
    data = torch_bytes({"stylenet": None, "std": None, "mean": np.ones(1)})
    stored = struct.pack("<iqqq", 1, 1, 1, 1)
    strides = [0] * len(sizes)
    return data.replace(
        stored, struct.pack(f"<i{2 * len(sizes) + 1}q", len(sizes), *sizes, *strides, 1)
    )


def sound():
    layer = Module("nn.ReLU", {"inplace": True, "p": 0.5, "weight": np.arange(6.0).reshape(2, 3)})
    modules = [layer, Module("nn.SpatialMaxPooling", {"kW": np.ones(4), "kH": 4}), layer]
    network = Module("nn.Sequential", {"modules": modules})
    return {"mean": np.full(3, 0.5), "std": [0.5] * 3, "stylenet": network}


def saved(tmp_path, data):
    path = tmp_path / "hostile.t7"
    path.write_bytes(data)
    return path


@pytest.mark.parametrize(
    "data, problem",
    [
        (one_in_itself(), "a table follows that holds itself"),
        (sequential_in_itself(), "a table follows that holds itself"),
        (twice_in_the_next(20), "there are more than 100,000 values"),
        (torch_bytes([[None] * 400] * 400), "there are more than 100,000 values"),
        (repeated_number([834 * MEBIBYTE // 8]), "a tensor reaches beyond its storage"),
        (repeated_number([2**20, 100]), "a tensor reaches beyond its storage"),
        (torch_bytes([Module("nn." + "x" * 5000, {})]), "the name of a class has 5,003 characters"),
    ],
    ids=lambda value: value if isinstance(value, str) else "data",
)
def test_what_would_grow_without_end_is_refused_before_it_is_made(tmp_path, data, problem):
    path = saved(tmp_path, data)
    tracemalloc.start()
    with pytest.raises(ValueError) as caught:
        read_torch_file(path)
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    start, end = str(caught.value).split("up to byte ")
    assert start == f"{path} must be a Torch7 binary file; "
    assert end.partition(" ")[2] == f"it is one, but then {problem}. Download it again."
    assert peak < 16 * MEBIBYTE + 3 * len(data)


def test_a_container_named_twice_is_read_twice(tmp_path):
    read = read_torch_file(saved(tmp_path, twice_in_the_next(10)))
    assert read["stylenet"].fields["modules"][1] is read["stylenet"].fields["modules"][2]


@pytest.mark.parametrize(
    "content, problem",
    [
        ({f"a{number}": None for number in range(9000)}, "a table with `stylenet`, `mean` and"),
        (
            {"mean": 1, "std": 1, "stylenet": Module("nn.Sequential", {"modules": 900 * [RELU]})},
            "the layers SpatialConvolution",
        ),
    ],
)
def test_a_sentence_on_a_large_thing_is_short(tmp_path, content, problem):
    path = saved(tmp_path, torch_bytes(content))
    with pytest.raises(ValueError) as caught:
        read_stylenet(path)
    assert str(caught.value).startswith(f"{path} must hold {problem}")
    assert len(str(caught.value)) < 2000


def damaged(seed):
    pick = random.Random(seed)
    data = bytearray(torch_bytes(sound()))
    for _ in range(pick.randint(1, 4)):
        place, other = pick.randrange(len(data)), pick.randrange(len(data))
        put = pick.choice(
            [
                pick.randbytes(1),
                struct.pack("<i", pick.randint(-2, 9)),
                struct.pack("<q", 2 ** pick.randint(16, 62)),
                data[other : other + pick.randint(4, 100)],
                b"",
            ]
        )
        data[place : place + pick.choice([0, len(put), pick.randint(1, 200)])] = put
    return bytes(data) or b"\0"


def test_a_damaged_file_is_refused_in_one_short_sentence(tmp_path, seeds):
    for seed in seeds(few=50, everything=3000):
        path = saved(tmp_path, damaged(seed))
        with pytest.raises(ValueError) as caught:  # the network in it is none of 128floats
            read_stylenet(path)
        sentence = str(caught.value)
        assert sentence.startswith(f"{path} must ") and len(sentence) < 2000, (seed, sentence)
