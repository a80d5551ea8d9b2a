"""The one way to write a file or a folder: whole or not at all."""

import contextlib
import errno
import hashlib
import os
import pathlib
import shutil

from studio2shop.io.words import shown

UNFINISHED = ".unfinished-"
"""How the names of files begin that are being written. Only a killed process leaves one behind.

Nothing reads it.
"""

_FREE_ROOM = "free some room there or write to another folder"
_WAYS_OUT = {
    # NumPy tells a full disk in its own words: "100 requested and 0 written"
    None: _FREE_ROOM,
    errno.ENOSPC: _FREE_ROOM,
    errno.EDQUOT: _FREE_ROOM,
    errno.EFBIG: "write to a disk that takes files of this size",
    errno.EACCES: "ask for the right to write there or write to another folder",
    errno.EPERM: "ask for the right to write there or write to another folder",
    errno.EROFS: "write to another folder",
    errno.ENOENT: "make its folder first",
    errno.ENOTDIR: "write to another folder",
    errno.EISDIR: "remove the folder of that name or choose another name",
}
# where it is not known whether a file was read or written
_WAYS_OUT_OF_EITHER = {
    **_WAYS_OUT,
    errno.EACCES: "ask for the right to use it or choose another",
    errno.EPERM: "ask for the right to use it or choose another",
    errno.ENOENT: "correct the path",
    errno.ENOTDIR: "correct the path, in which a file stands for a folder",
    errno.EISDIR: "give the path of a file",
    errno.EEXIST: "choose another name",
    errno.ENAMETOOLONG: "choose a shorter name",
    errno.ELOOP: "correct the link, which leads to itself",
}


@contextlib.contextmanager
def whole_file(path):
    """Gives a temporary path to write to, and renames it to `path` at the end of the block.

    If the block ends in an error, `path` stays as it was.

    After an error or a stop the temporary file is removed and an older file at `path` is as it was.
    The temporary name has the same ending, which some writers look at, and the process' number, so
    that two runs never write to the same one. The system decides when the bytes reach the disk:
    this guards against stops, not against power cuts.

    Args:
        path: str or path of the file that is wanted.

    Yields:
        path, of a file that does not exist yet. Nothing else should happen in the block than
        writing it.

    Raises:
        OSError: the file can't be written, as on a full disk: one sentence with the path and the
            way out.

    Example:
        with whole_file("ids.npy") as unfinished:
            np.save(unfinished, ids)
    """
    path = pathlib.Path(path)
    unfinished = path.with_name(f"{UNFINISHED}{os.getpid()}-{path.name}")
    try:
        yield unfinished
        os.replace(unfinished, path)
    except OSError as error:
        raise cannot_write(path, error) from error
    finally:
        with contextlib.suppress(OSError):  # gone after the renaming, never there after some errors
            unfinished.unlink()


@contextlib.contextmanager
def whole_folder(folder):
    """Gives a temporary folder to fill, and renames it to `folder` at the end of the block.

    If the block ends in an error, nothing is there. What a killed process left of the temporary
    folder is removed first, so nobody else may be writing it: see `only_writer_beside`.

    Args:
        folder: str or path of a folder that is new or empty; a link's target is replaced.

    Yields:
        path, of an empty folder beside it.

    Raises:
        OSError: the system's own, as on a full disk.

    Example:
        with whole_folder("my-catalogue") as unfinished:
            (unfinished / "articles.csv").write_text("article_id,image")
    """
    folder = pathlib.Path(folder).resolve()
    unfinished = folder.with_name(f"{UNFINISHED}{folder.name}")
    shutil.rmtree(unfinished, ignore_errors=True)
    try:
        unfinished.mkdir(parents=True)
        yield unfinished
        if folder.exists():
            folder.rmdir()  # empty; not every system renames onto a folder
        os.replace(unfinished, folder)
    finally:
        shutil.rmtree(unfinished, ignore_errors=True)


def sha256_of(path):
    """A hash of all of a file, as `sha256sum` prints it."""
    with open(path, "rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def write_text(path, text):
    """Writes a text file, whole or not at all: UTF-8, line ends as they are in `text`.

    Args:
        path: str or path.
        text: str.

    Raises:
        OSError: as in `whole_file`.

    Example:
        write_text("split.csv", table.to_csv(index=False))
    """
    with whole_file(path) as unfinished:
        unfinished.write_text(text, encoding="utf-8", newline="")


def write_bytes(path, content):
    """Writes a file, whole or not at all.

    Args:
        path: str or path.
        content: bytes, or a buffer of them.

    Raises:
        OSError: as in `whole_file`.
    """
    with whole_file(path) as unfinished:
        unfinished.write_bytes(content)


def cannot_write(path, error):
    """The same error in one sentence, with the path and the way out.

    Args:
        path: str or path of the file that was to be written.
        error: the `OSError` that came of it.

    Returns:
        An `OSError` to raise.
    """
    why = error if error.errno is None else os.strerror(error.errno)
    return type(error)(
        f"{shown(path)}: the file cannot be written ({why}); {way_out_of_writing(error)}."
    )


def way_out_of_writing(error):
    """What to do where an `OSError` came of writing, without a full stop."""
    return _WAYS_OUT.get(error.errno, "write to another folder")


def sentence_of(error):
    """An error in one sentence, with file and way out, also one that Python itself raised.

    Args:
        error: any exception. An `OSError` of ours, and all others, are sentences already.

    Returns:
        str, such as `my_shop/articles.csv: Permission denied; ask for the right to use it or choose
        another.`
    """
    if not isinstance(error, OSError) or error.errno is None:
        return str(error)
    file = "The system refuses" if error.filename is None else shown(error.filename)
    way_out = _WAYS_OUT_OF_EITHER.get(error.errno, "look whether the disk and the path are sound")
    return f"{file}: {error.strerror}; {way_out}."
