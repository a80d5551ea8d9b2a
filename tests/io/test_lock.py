"""One writes to a folder; all others are told who, and a killed process' lock is none."""

import os
import platform
import re
import shutil
import subprocess
import sys
import threading
import time

import pytest

from studio2shop.io.lock import LOCK, only_writer

HOLDS = """
import sys, time
from studio2shop.io.lock import only_writer
with only_writer(sys.argv[1]):
    print("held", flush=True)
    time.sleep(600)
"""


@pytest.fixture
def holder(tmp_path):
    """Another process that writes to `tmp_path`."""
    process = subprocess.Popen(
        [sys.executable, "-c", HOLDS, str(tmp_path)], stdout=subprocess.PIPE, text=True
    )
    process.stdout.readline()
    yield process
    process.kill()
    process.wait()


def sentence(folder, number):
    return (
        f"{re.escape(repr(str(folder)))} is being written to by process {number} on "
        f"{re.escape(platform.node())} since {time.strftime('%Y')}-\\d\\d-\\d\\d \\d\\d:\\d\\d "
        r"[+-]\d{4}; wait until that is done, or write to another place\.$"
    )


def test_a_second_process_is_told_who_writes_there_since_when_and_the_way_out(tmp_path, holder):
    told = sentence(tmp_path, holder.pid)
    with pytest.raises(BlockingIOError, match=told), only_writer(tmp_path):
        raise AssertionError
    assert os.listdir(tmp_path) == [LOCK]


def test_a_killed_process_lock_is_none(tmp_path, holder):
    holder.kill()
    holder.wait()
    assert os.listdir(tmp_path) == [LOCK]
    with only_writer(tmp_path):
        assert (tmp_path / LOCK).read_text().startswith(f"process {os.getpid()} on ")
    assert os.listdir(tmp_path) == []


def test_a_copy_of_a_folder_in_use_is_in_nobodys_use(tmp_path, holder):
    copy = shutil.copytree(tmp_path, tmp_path.with_name(f"{tmp_path.name}-copy"))
    with only_writer(copy):
        assert os.listdir(copy) == [LOCK]


def test_a_folder_that_is_deleted_meanwhile_is_no_error(tmp_path):
    (tmp_path / "run").mkdir()
    with only_writer(tmp_path / "run"):
        shutil.rmtree(tmp_path / "run")


def test_after_an_error_the_folder_is_free(tmp_path):
    with pytest.raises(ZeroDivisionError), only_writer(tmp_path):
        raise ZeroDivisionError
    with only_writer(tmp_path):
        pass


def test_of_threads_one_at_a_time_is_inside(tmp_path):
    inside, most, refused = [], [], []

    def write():
        for _ in range(200):
            try:
                with only_writer(tmp_path):
                    inside.append(1)
                    most.append(len(inside))
                    inside.pop()
            except BlockingIOError as error:
                refused.append(str(error))

    threads = [threading.Thread(target=write) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert max(most) == 1 and len(most) + len(refused) == 800 and os.listdir(tmp_path) == []


def test_a_disk_without_locks_keeps_nobody_from_anything(tmp_path, monkeypatch):
    fcntl = pytest.importorskip("fcntl")

    def no_locks(*_):
        raise OSError(95, "Operation not supported")

    monkeypatch.setattr(fcntl, "flock", no_locks)
    with only_writer(tmp_path), only_writer(tmp_path):
        pass


def test_a_folder_is_made_and_where_it_cannot_be_that_is_told(tmp_path):
    with only_writer(tmp_path / "new" / "run"):
        assert os.listdir(tmp_path / "new" / "run") == [LOCK]
    (tmp_path / "file").touch()
    with pytest.raises(NotADirectoryError) as caught, only_writer(tmp_path / "file" / "run"):
        raise AssertionError
    assert str(caught.value) == (
        f"{tmp_path}/file/run/{LOCK}: the file cannot be written (Not a directory); "
        "write to another folder."
    )
