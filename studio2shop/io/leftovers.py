"""What killed writers left behind: removed by the next one, and nothing else.

A file that is being written has the number of its process in its name, see `whole_file`.
"""

import contextlib
import os
import pathlib
import re

from studio2shop.io.files import UNFINISHED

_OF_A_PROCESS = re.compile(rf"{re.escape(UNFINISHED)}(\d{{1,9}})-")


def remove_leftovers(folder):
    """Removes the unfinished files of processes that are no more, in a folder and all below it.

    A process of the same number, such as this one, keeps what it may be writing. Links to folders
    are not followed.

    Args:
        folder: str or path of a folder in which nobody else is at work.

    Example:
        remove_leftovers("my-run")
    """
    for parent, _, names in os.walk(folder):
        for name in names:
            _remove_if_left(pathlib.Path(parent, name))


def remove_leftovers_of(path):
    """As `remove_leftovers`, of one file that is to be written, which lies beside others' files."""
    path = pathlib.Path(path)
    with contextlib.suppress(OSError):
        for other in path.parent.iterdir():
            if other.name.startswith(UNFINISHED) and other.name.endswith(f"-{path.name}"):
                _remove_if_left(other)


def _remove_if_left(path):
    of_a_process = _OF_A_PROCESS.match(path.name)
    if of_a_process and not _is_alive(int(of_a_process[1])):
        with contextlib.suppress(OSError):
            path.unlink()


def _is_alive(number):
    if os.name == "nt":  # no signal can ask there, but nobody removes what is open
        return number == os.getpid()
    try:
        os.kill(number, 0)
    except ProcessLookupError:
        return False
    except OSError:  # another user's
        return True
    return True
