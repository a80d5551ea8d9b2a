"""The next writer removes what a killed one left, and nothing of a user's or of a living one's."""

import os
import subprocess
import sys

import pytest

from studio2shop.io.files import UNFINISHED, whole_file
from studio2shop.io.lock import only_writer

IS_KILLED = """
import os, sys
from studio2shop.io.files import whole_file
for path in sys.argv[1:]:
    whole_file(path).__enter__().write_text("half")
os._exit(137)
"""


def left_by_a_kill(*paths):
    """Files that a process was writing when it was killed."""
    done = subprocess.run([sys.executable, "-c", IS_KILLED, *map(str, paths)], check=False)
    assert done.returncode == 137


def names_below(folder):
    return sorted(str(path.relative_to(folder)) for path in folder.rglob("*") if path.is_file())


@pytest.fixture
def run_folder(tmp_path):
    """A run's folder in which a killed process was at work, and a user keeps notes."""
    folder = tmp_path / "run"
    (folder / "systems" / "fDNA-linear").mkdir(parents=True)
    for name in ("model.keras", ".notes", ".unfinished-notes", "systems/1-a.csv"):
        (folder / name).touch()
    left_by_a_kill(folder / "model.keras", folder / "systems" / "fDNA-linear" / "ranks.csv")
    assert len(names_below(folder)) == 6
    return folder


def test_the_next_writer_to_a_folder_removes_unfinished_files_and_no_others(run_folder):
    with only_writer(run_folder):
        pass
    kept = [".notes", ".unfinished-notes", "model.keras", "systems/1-a.csv"]
    assert names_below(run_folder) == kept


@pytest.mark.skipif(os.name == "nt", reason="nobody can tell there which process lives")
def test_what_a_living_process_is_writing_stays(run_folder):
    with subprocess.Popen([sys.executable, "-c", "input()"], stdin=subprocess.PIPE) as other:
        of_another = run_folder / f"{UNFINISHED}{other.pid}-found.html"
        of_another.touch()
        with whole_file(run_folder / "own.csv") as own:
            own.touch()
            with only_writer(run_folder):
                assert own.exists() and of_another.exists()
        other.communicate(b"\n")
    with only_writer(run_folder):
        assert not of_another.exists()


def test_a_folder_that_another_one_writes_to_stays_as_it_is(run_folder):
    with only_writer(run_folder / "systems"):
        before = names_below(run_folder)
        with pytest.raises(BlockingIOError), only_writer(run_folder / "systems"):
            raise AssertionError
        assert names_below(run_folder) == before


def test_without_locks_nothing_is_removed(run_folder, monkeypatch):
    fcntl = pytest.importorskip("fcntl")

    def no_locks(*_):
        raise OSError(95, "Operation not supported")

    monkeypatch.setattr(fcntl, "flock", no_locks)
    before = names_below(run_folder)
    with only_writer(run_folder):
        pass
    assert names_below(run_folder) == before


def test_a_link_to_a_folder_is_not_followed(run_folder, tmp_path):
    outside = tmp_path / "outside"
    outside.mkdir()
    left_by_a_kill(outside / "a.csv")
    (run_folder / "link").symlink_to(outside)
    with only_writer(run_folder):
        pass
    assert len(os.listdir(outside)) == 1


def test_the_next_writer_of_a_file_removes_that_ones_leftovers_alone(tmp_path):
    left_by_a_kill(tmp_path / "found.csv", tmp_path / "other.csv")
    path = tmp_path / "found.csv"
    with only_writer(path, tmp_path / f"{UNFINISHED}found.csv.lock"):
        pass
    assert [name[-9:] for name in os.listdir(tmp_path)] == ["other.csv"]
