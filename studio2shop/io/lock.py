"""One at a time writes to a folder, by a lock of the system, which ends with the process."""

import contextlib
import datetime
import io
import os
import pathlib
import platform

from studio2shop.io.files import UNFINISHED, cannot_write
from studio2shop.io.leftovers import remove_leftovers, remove_leftovers_of

try:
    import fcntl
except ImportError:  # Windows
    import msvcrt

    fcntl = None

LOCK = f"{UNFINISHED}lock"
"""The name of the file that is locked. It means nothing where no process holds it."""

# Windows lets nobody read the bytes that are locked
_BEHIND_THE_TEXT = 1_000_000


@contextlib.contextmanager
def only_writer(folder, lock=None):
    """Keeps all others, processes and threads, from writing to a folder during the block.

    A killed process' lock is none, and the unfinished files that it left are removed. Where the
    system has no locks, as on some network disks, nobody is kept from anything.

    Args:
        folder: str or path, made if missing; with `lock` anything that is written.
        lock: path of the file that is locked, removed at the end; default: in the folder.

    Raises:
        BlockingIOError: another one is writing there: which process, and since when.
        OSError: the file can't be made, as in `whole_file`.

    Example:
        with only_writer("my-run"):
            write_text("my-run/settings.json", "{}")
    """
    path = pathlib.Path(folder, LOCK) if lock is None else pathlib.Path(lock)
    file, is_ours = _locked(path, folder)
    with file:
        with contextlib.suppress(OSError):  # on a full disk nobody learns who it is
            now = datetime.datetime.now().astimezone()
            who = f"process {os.getpid()} on {platform.node()} since {now:%Y-%m-%d %H:%M %z}"
            file.truncate(0)
            file.write(who.encode())
        try:
            if is_ours:
                remove_leftovers(folder) if lock is None else remove_leftovers_of(folder)
            yield
        finally:
            if fcntl is None:
                file.close()  # Windows removes no open file, this one's or another's
            with contextlib.suppress(OSError):
                path.unlink()


def only_writer_beside(path):
    """As `only_writer`, of a file or folder that is replaced whole: the lock lies beside it."""
    place = pathlib.Path(path).resolve()
    return only_writer(path, place.with_name(f"{UNFINISHED}{place.name}.lock"))


def _locked(path, folder):
    """The file at `path`, open and locked, and whether there are locks."""
    while True:
        try:
            path.parent.mkdir(parents=True, exist_ok=True)
            file = io.FileIO(path, "a+")
        except OSError as error:
            raise cannot_write(path, error) from error
        is_ours = _lock(file)
        if is_ours is False:
            with file:
                file.seek(0)
                holder = file.read(200).decode(errors="replace") or "another process"
            raise BlockingIOError(
                f"{str(folder)!r} is being written to by {holder}; wait until that is done, or "
                "write to another place."
            )
        # one that ended in between has removed this file, which nobody else would find locked
        with contextlib.suppress(FileNotFoundError):
            if os.path.samestat(os.fstat(file.fileno()), path.stat()):
                return file, is_ours
        file.close()


def _lock(file):
    """Whether an open file is locked by us from now on; `None` where the system has no locks."""
    try:
        if fcntl is None:
            file.seek(_BEHIND_THE_TEXT)
            msvcrt.locking(file.fileno(), msvcrt.LK_NBLCK, 1)
        else:
            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except (BlockingIOError, PermissionError):
        return False
    except OSError:
        return None
    return True
