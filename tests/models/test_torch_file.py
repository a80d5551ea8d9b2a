"""Torch7's binary files: what the tests' writer writes comes back, and nothing else gets in."""

import struct

import numpy as np
import pytest
from hypothesis import given, strategies
from torch_writer import Module, torch_bytes

from studio2shop.models.torch_file import read_torch_file


@pytest.fixture
def saved(tmp_path):
    def save(data):
        (tmp_path / "file.t7").write_bytes(data)
        return tmp_path / "file.t7"

    return save


def test_the_bytes_of_a_number_in_a_table_are_those_that_torch_documents(saved):
    data = (
        bytes.fromhex("03000000 01000000 01000000")
        + bytes.fromhex("02000000 05000000")
        + b"hello"
        + bytes.fromhex("01000000 0000000000c05e40")
    )
    assert read_torch_file(saved(data)) == {"hello": 123.0} and torch_bytes({"hello": 123}) == data


def test_plain_values_come_back(saved):
    read = read_torch_file(
        saved(
            torch_bytes(
                {"nothing": None, "yes": True, "name": "Größe", "list": ["a", 2.5], "none": {}}
            )
        )
    )
    assert read == {
        "nothing": None,
        "yes": True,
        "name": "Größe",
        "list": {1: "a", 2: 2.5},
        "none": {},
    }


@pytest.mark.parametrize("dtype", ["float32", "float64", "int64"])
def test_tensors_that_share_a_storage_come_back_with_their_offsets_and_strides(saved, dtype):
    flat = np.arange(24, dtype=dtype)
    views = [flat[:6].reshape(2, 3), flat[6:10], flat[12:].reshape(3, 4).T, flat]
    data = torch_bytes(views)
    assert data.count(b"Storage") == 1
    for number, view in enumerate(views, start=1):
        array = read_torch_file(saved(data))[number]
        assert array.dtype == dtype and np.array_equal(array, view) and not array.flags.writeable


def test_an_object_written_once_is_one_object(saved):
    shared = Module("nn.ReLU", {"train": False})
    read = read_torch_file(saved(torch_bytes([shared, {"again": shared}])))
    assert read[1] is read[2]["again"] and (read[1].class_name, read[1].fields) == (
        "nn.ReLU",
        {"train": False},
    )


def test_an_empty_tensor_has_no_storage(saved):
    data = (
        struct.pack("<ii", 4, 1)
        + b"\3\0\0\0V 1\x11\0\0\0torch.FloatTensor"
        + struct.pack("<iqi", 0, 1, 0)
    )
    assert read_torch_file(saved(data)).shape == (0,)


def tensor_bytes(sizes, strides, start, count):
    storage = (
        struct.pack("<ii", 4, 2)
        + b"\3\0\0\0V 1\x12\0\0\0torch.FloatStorage"
        + struct.pack("<q", count)
        + bytes(4 * count)
    )
    head = struct.pack("<ii", 4, 1) + b"\3\0\0\0V 1\x11\0\0\0torch.FloatTensor"
    return (
        head
        + struct.pack(f"<i{len(sizes) * 2 + 1}q", len(sizes), *sizes, *strides, start)
        + storage
    )


def test_the_tensor_made_for_the_next_test_is_read(saved):
    assert read_torch_file(saved(tensor_bytes([2, 3], [3, 1], 1, 6))).shape == (2, 3)


@pytest.mark.parametrize(
    "sizes, strides, start, count",
    [
        ([2, 3], [3, 1], 2, 6),
        ([7], [1], 1, 6),
        ([2], [-1], 2, 6),
        ([2], [1], 0, 6),
        ([-2], [1], 1, 6),
        ([2**40, 2**40], [0, 0], 1, 6),
    ],
)
def test_a_tensor_must_lie_in_its_storage(saved, sizes, strides, start, count):
    with pytest.raises(ValueError, match="a tensor reaches beyond its storage. Download it again."):
        read_torch_file(saved(tensor_bytes(sizes, strides, start, count)))


@pytest.mark.parametrize(
    "data, reason",
    [
        (b"", "up to byte 0 it is one, but then 4 bytes should follow and 0 do"),
        (b"<!DOCTYPE html>", "up to byte 4 it is one, but then what follows is of no known kind"),
        (b"4\n1\n3\nV 1\n", "what follows is of no known kind"),  # Torch's text mode
        (
            struct.pack("<iii", 8, 1, 4) + b"code",
            "a Lua function follows, which is code and not read",
        ),
        (struct.pack("<ii", 2, 2**31 - 1), "2,147,483,647 bytes should follow and 0 do"),
        (struct.pack("<ii", 2, -1), "-1 bytes should follow and 0 do"),
        (
            struct.pack("<iiiii", 3, 1, 1, 3, 2) + struct.pack("<i", 0),
            "a table has a key that is neither text nor a number",
        ),
        (
            tensor_bytes([1], [1], 1, 0)[:-8] + struct.pack("<q", 2**62),
            "18,446,744,073,709,551,616 bytes should follow and 0 do",
        ),
        (
            tensor_bytes([1], [1], 1, 0)[:-8] + struct.pack("<q", -1),
            "-4 bytes should follow and 0 do",
        ),
        (
            b"".join(struct.pack("<iiiid", 3, index, 1, 1, 1.0) for index in range(1, 100)),
            "tables are nested more than 64 deep",
        ),
    ],
)
def test_other_files_are_refused_in_one_sentence(saved, data, reason):
    with pytest.raises(ValueError, match="file.t7 must be a Torch7 binary file; ") as error:
        read_torch_file(saved(data))
    assert reason in str(error.value) and str(error.value).endswith(". Download it again.")


def test_a_file_cut_anywhere_is_refused(saved):
    data = torch_bytes({"weight": np.arange(3.0), "module": Module("nn.ReLU", {"inplace": True})})
    read_torch_file(saved(data))
    for size in range(len(data)):
        with pytest.raises(ValueError, match="should follow"):
            read_torch_file(saved(data[:size]))


@given(
    strategies.lists(
        strategies.tuples(strategies.integers(0, 10_000), strategies.integers(0, 255)), max_size=6
    )
)
def test_whatever_bytes_are_changed_it_is_read_or_refused(tmp_path_factory, changes):
    data = bytearray(
        torch_bytes(
            {"weight": np.ones((2, 3)), "modules": [Module("nn.ReLU", {"p": 0.5}), None, True]}
        )
    )
    for position, value in changes:
        data[position % len(data)] = value
    path = tmp_path_factory.getbasetemp() / "changed.t7"
    path.write_bytes(data)
    try:
        read_torch_file(path)
    except ValueError as error:
        assert "must be a Torch7 binary file" in str(error)


def test_a_file_that_is_not_there_or_too_large_is_named(tmp_path):
    with pytest.raises(FileNotFoundError, match="there is no file 'nowhere.t7'"):
        read_torch_file("nowhere.t7")
    with open(tmp_path / "large.t7", "wb") as file:
        file.truncate(2**28 + 1)
    with pytest.raises(ValueError, match="at most 268,435,456 bytes; it has 268,435,457"):
        read_torch_file(tmp_path / "large.t7")
