"""A file is written whole or not at all.

After a full disk, a stop or a wrong folder the old one is as it was.
"""

import errno
import os
import pathlib
import subprocess
import sys

import numpy as np
import pytest
from PIL import Image

from studio2shop.io.files import UNFINISHED, sha256_of, whole_file, whole_folder, write_text

FREE_ROOM = "free some room there or write to another folder"


def write_array(path):
    np.save(path, np.zeros(100_000))


def write_arrays(path):
    np.savez(path, vectors=np.zeros(100_000))


def write_photo(path):
    Image.effect_noise((500, 500), 90).save(path, quality=95)


def write_words(path):
    path.write_text("word " * 100_000, encoding="utf-8")


WRITERS = {
    "ids.npy": write_array,
    "features.npz": write_arrays,
    "photo.jpg": write_photo,
    "report.html": write_words,
}


@pytest.mark.parametrize("name", WRITERS)
def test_a_file_is_there_only_when_it_is_whole(tmp_path, name):
    with whole_file(tmp_path / name) as unfinished:
        WRITERS[name](unfinished)
        assert [path.name for path in tmp_path.iterdir()] == [f"{UNFINISHED}{os.getpid()}-{name}"]
    assert [path.name for path in tmp_path.iterdir()] == [name] and (
        tmp_path / name
    ).stat().st_size > 100_000


@pytest.mark.parametrize("stop", [KeyboardInterrupt, SystemExit, MemoryError, ValueError])
def test_a_stop_in_the_middle_leaves_the_old_file_and_nothing_else(tmp_path, stop):
    path = tmp_path / "split.csv"
    write_text(path, "old, with ä")
    with pytest.raises(stop), whole_file(str(path)) as unfinished:
        unfinished.write_text("half")
        raise stop
    assert [file.name for file in tmp_path.iterdir()] == ["split.csv"] and path.read_text(
        encoding="utf-8"
    ) == "old, with ä"


def test_a_text_that_is_no_unicode_leaves_the_old_file(tmp_path):
    write_text(tmp_path / "settings.json", "old")
    with pytest.raises(UnicodeEncodeError):
        write_text(tmp_path / "settings.json", "new" * 10_000 + "\ud800")
    assert [path.name for path in tmp_path.iterdir()] == ["settings.json"] and (
        tmp_path / "settings.json"
    ).read_text() == "old"


def test_line_ends_stay_as_they_are(tmp_path):
    write_text(tmp_path / "a.csv", "a\nb\r\nc\n")
    assert (tmp_path / "a.csv").read_bytes() == b"a\nb\r\nc\n"


@pytest.mark.parametrize(
    "failure, sentence",
    [
        (
            OSError(errno.ENOSPC, "No space left on device"),
            f"No space left on device); {FREE_ROOM}.",
        ),
        (
            OSError("100 requested and 0 written"),
            f"100 requested and 0 written); {FREE_ROOM}.",
        ),  # NumPy's words for it
        (OSError(errno.EIO, "Input/output error"), "Input/output error); write to another folder."),
        (
            PermissionError(errno.EACCES, "Permission denied"),
            "Permission denied); ask for the right to write there or write to another folder.",
        ),
    ],
)
def test_what_the_system_refuses_is_told_in_one_sentence_and_leaves_the_old_file(
    tmp_path, failure, sentence
):
    path = tmp_path / "features.npz"
    path.write_text("old")
    with pytest.raises(type(failure)) as caught, whole_file(path) as unfinished:
        unfinished.write_text("half")
        raise failure
    assert str(caught.value) == f"{path}: the file cannot be written ({sentence}"
    assert [file.name for file in tmp_path.iterdir()] == [
        "features.npz"
    ] and path.read_text() == "old"


def test_a_folder_that_is_missing_or_no_folder_is_named(tmp_path):
    with pytest.raises(FileNotFoundError) as caught:
        write_text(tmp_path / "nowhere" / "a.csv", "text")
    assert str(caught.value) == (
        f"{tmp_path}/nowhere/a.csv: the file cannot be written (No such file or directory); "
        "make its folder first."
    )
    (tmp_path / "file").touch()
    with pytest.raises(
        NotADirectoryError,
        match=r"file/a.csv: the file cannot be written \(Not a directory\); "
        r"write to another folder.$",
    ):
        write_text(tmp_path / "file" / "a.csv", "text")
    (tmp_path / "folder").mkdir()
    with pytest.raises(
        IsADirectoryError,
        match=r"folder: the file cannot be written \(Is a directory\); "
        r"remove the folder of that name or",
    ):
        write_text(tmp_path / "folder", "text")
    assert sorted(path.name for path in tmp_path.iterdir()) == ["file", "folder"]


IN_A_SMALL_SPACE = """
import pathlib, resource, sys
sys.path[:0] = [{tests!r}, {root!r}]
from test_files import WRITERS, whole_file
resource.setrlimit(resource.RLIMIT_FSIZE, (50_000, 50_000))
path = pathlib.Path(sys.argv[1])
try:
    with whole_file(path) as unfinished:
        WRITERS[path.name](unfinished)
except OSError as error:
    print(error)
"""


@pytest.mark.skipif(os.name == "nt", reason="Windows has no limit on the size of files")
@pytest.mark.parametrize("name", WRITERS)
def test_a_real_file_that_does_not_fit_is_told_and_removed(tmp_path, name):
    path, tests = tmp_path / name, pathlib.Path(__file__).parent
    path.write_text("old")
    code = IN_A_SMALL_SPACE.format(tests=str(tests), root=str(tests.parents[1]))
    done = subprocess.run(
        [sys.executable, "-c", code, str(path)], capture_output=True, text=True, check=True
    )
    assert (
        done.stdout.startswith(f"{path}: the file cannot be written (")
        and done.stdout.count("\n") == 1
    )
    assert (
        "File too large); write to a disk that takes files of this size." in done.stdout
        or f"100000 requested and 6234 written); {FREE_ROOM}." in done.stdout
    )
    assert (
        done.stderr == ""
        and [file.name for file in tmp_path.iterdir()] == [name]
        and path.read_text() == "old"
    )


def test_a_folder_is_there_whole_or_not_at_all_and_what_a_kill_left_is_not_in_it(tmp_path):
    folder, left = tmp_path / "parent" / "shop", tmp_path / "parent" / f"{UNFINISHED}shop"
    left.mkdir(parents=True)
    (left / "half").touch()
    with pytest.raises(KeyboardInterrupt), whole_folder(folder) as unfinished:
        assert unfinished.parent == folder.parent and list(unfinished.iterdir()) == []
        raise KeyboardInterrupt
    assert list(folder.parent.iterdir()) == []
    folder.mkdir()  # an empty one may be there
    with whole_folder(folder) as unfinished:
        (unfinished / "a.csv").touch()
        assert list(folder.iterdir()) == []
    assert [path.name for path in folder.iterdir()] == ["a.csv"]
    assert list(folder.parent.iterdir()) == [folder]


def test_a_hash_is_that_of_sha256sum(tmp_path):
    (tmp_path / "a").write_bytes(b"abc")
    expected = "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad"
    assert sha256_of(tmp_path / "a") == expected
