"""The place where an index's folder stands: one writer at a time, replaced whole or not at all."""

import os
import shutil

from studio2shop.io.files import UNFINISHED


def is_moved_away(folder):
    """Whether an index was to be replaced when the process was killed."""
    return not folder.exists() and _old(folder).exists()


def put_back(folder):
    """An index that a killed process moved away is in its place again."""
    if is_moved_away(folder):
        os.replace(_old(folder), folder)


def replace_index(folder, temporary):
    """Puts a folder in an index's place, or leaves that as it was."""
    old = _old(folder)
    shutil.rmtree(old, ignore_errors=True)
    if folder.exists():
        os.replace(folder, old)
    try:
        os.replace(temporary, folder)
    except BaseException:
        if old.exists() and not folder.exists():  # a stop may come after the renaming
            os.replace(old, folder)
        raise
    shutil.rmtree(old, ignore_errors=True)


def _old(folder):
    return folder.with_name(f"{UNFINISHED}{folder.name}.old")
