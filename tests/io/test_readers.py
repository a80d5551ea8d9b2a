"""Each kind of file is read as what it should be, or named in one sentence with the way out."""

import json
import os
from functools import partial

import numpy as np
import pytest

from studio2shop.io.readers import map_array, read_arrays, read_csv, read_json

WAY_OUT = "delete it and run again what made it."
READERS = {
    "facts.json": partial(read_json, expected={"seed": (int,), "name": (str, type(None))}),
    "split.csv": partial(read_csv, columns=("id", "part")),
    "arrays.npz": partial(read_arrays, expected={"ids": ("U", 1), "vectors": ("fiu", 2)}),
    "ids.npy": partial(map_array, kind="U", num_dimensions=1),
}


@pytest.mark.parametrize("name", READERS)
def test_what_is_no_file_is_neither_waited_for_nor_read_to_its_end(tmp_path, name):
    path = tmp_path / name
    with pytest.raises(FileNotFoundError) as caught:
        READERS[name](path)
    sentence = f"{path}: there is no such file; correct the path or run again what made it."
    assert str(caught.value) == sentence
    for make in (os.mkfifo, os.mkdir, lambda path: os.symlink("/dev/zero", path)):
        make(tmp_path / "odd")
        os.replace(tmp_path / "odd", path)
        with pytest.raises(ValueError) as caught:
            READERS[name](path)
        assert str(caught.value) == f"{path}: it is no regular file; {WAY_OUT}"
        os.rename(path, tmp_path / f"done-{len(os.listdir(tmp_path))}")


@pytest.mark.parametrize(
    "text, reason",
    [
        ("", "Expecting value: line 1 column 1 (char 0)"),
        ("[]", "it is of type list"),
        ('["a.txt"]', "it is of type list"),
        ("{}", "its seed is None"),
        ('{"seed": true}', "its seed is True"),
        ('{"seed": "1\\u001b"}', r"its seed is '1\x1b'"),
        ('{"seed": 1, "name": 2}', "its name is 2"),
    ],
)
def test_json_that_is_another_is_told(tmp_path, text, reason):
    path = tmp_path / "facts.json"
    path.write_text(text)
    with pytest.raises(ValueError) as caught:
        READERS["facts.json"](path)
    what = f"it is broken, or no JSON object with seed ({reason})"
    assert str(caught.value) == f"{path}: {what}; {WAY_OUT}"


def test_json_nested_without_end_is_told(tmp_path):
    path = tmp_path / "facts.json"
    path.write_text("[" * 100_000)
    with pytest.raises(ValueError, match=r"it is broken, or no JSON object .*recursion.*; delete"):
        READERS["facts.json"](path)


def test_json_as_expected_is_read(tmp_path):
    (tmp_path / "facts.json").write_text(json.dumps({"seed": 0, "other": [1]}))
    assert READERS["facts.json"](tmp_path / "facts.json") == {"seed": 0, "other": [1]}


@pytest.mark.parametrize(
    "arrays, reason",
    [
        ({"vectors": np.ones((2, 3))}, "it has no ids"),
        (
            {"ids": ["a"], "vectors": np.ones((1, 3), complex)},
            "vectors must be numbers in 2 dimensions, but is complex128 of shape (1, 3)",
        ),
        (
            {"ids": [["a"]], "vectors": np.ones((1, 3))},
            "ids must be text in 1 dimensions, but is <U1 of shape (1, 1)",
        ),
        (
            {"ids": np.array(["a", 1], object), "vectors": np.ones((2, 3))},
            "Object arrays cannot be loaded when allow_pickle=False",
        ),
    ],
)
def test_arrays_of_another_kind_are_told(tmp_path, arrays, reason):
    path = tmp_path / "arrays.npz"
    np.savez(path, **arrays)
    with pytest.raises(ValueError) as caught:
        READERS["arrays.npz"](path)
    what = f"it is broken, or no .npz file with ids, vectors ({reason})"
    assert str(caught.value) == f"{path}: {what}; {WAY_OUT}"


def test_a_table_without_a_column_is_told(tmp_path):
    path = tmp_path / "split.csv"
    path.write_text("id\na\n")
    with pytest.raises(ValueError) as caught:
        READERS["split.csv"](path)
    what = "it is broken, or no CSV file with id, part (it has no column part)"
    assert str(caught.value) == f"{path}: {what}; {WAY_OUT}"
