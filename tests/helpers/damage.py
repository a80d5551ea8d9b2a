"""Ways to damage a folder, each from a seed: what a bad disk, a mistake or a stranger may do."""

import json
import os
import shutil
import signal

import numpy as np

MOST_SECONDS = 10
OTHER_JSON = (
    b"",
    b"[]",
    b"3",
    b"null",
    b'{"a": 1}',
    b'["index.json"]',
    b"[" * 100_000,
    b"\xff\xfe",
)


def damage(folder, seed):
    """Damages one or two files of a folder.

    Args:
        folder: path.
        seed: of the damage.

    Returns:
        `(way, names)`: what was done, in a word, and the names of the files it was done to.
    """
    random = np.random.default_rng(seed)
    ways = list(WAYS)
    way = ways[seed % len(ways)]
    files = [path for path in folder.iterdir() if path.is_file()]
    paths = sorted(path for path in files if path.stat().st_size)
    if way == "values":
        paths = [path for path in paths if path.suffix == ".json"]
    path, other = (paths[row] for row in (random.integers(len(paths)), random.integers(len(paths))))
    WAYS[way](path, other, random)
    return way, (path.name, other.name) if way in ("swap", "copy") else (path.name,)


def _flip(path, other, random):
    content = bytearray(path.read_bytes())
    for place in random.integers(0, len(content), random.integers(1, 4)):
        content[place] ^= int(random.integers(1, 256))
    path.write_bytes(content)


def _truncate(path, other, random):
    os.truncate(path, int(random.integers(path.stat().st_size)))


def _empty(path, other, random):
    os.truncate(path, 0)


def _longer(path, other, random):
    path.write_bytes(path.read_bytes() + random.bytes(100))


def _swap(path, other, random):
    content = path.read_bytes()
    path.write_bytes(other.read_bytes())
    other.write_bytes(content)


def _copy(path, other, random):
    path.write_bytes(other.read_bytes())


def _delete(path, other, random):
    path.unlink()


def _folder(path, other, random):
    path.unlink()
    path.mkdir()


def _pipe(path, other, random):
    path.unlink()
    os.mkfifo(path)


def _device(path, other, random):
    path.unlink()
    path.symlink_to("/dev/zero")


def _json(path, other, random):
    path.write_bytes(OTHER_JSON[random.integers(len(OTHER_JSON))])


def _values(path, other, random):
    values = json.loads(path.read_bytes())
    keys = sorted(values) or ["key"]
    key = keys[random.integers(len(keys))]
    others = [None, True, -1, 0, 10**40, 0.5, "", "x\x1b", [], ["a"], {}, {"../..": "a"}]
    values[key] = others[random.integers(len(others))]
    path.write_text(json.dumps(values))


WAYS = {
    "flip": _flip,
    "truncate": _truncate,
    "empty": _empty,
    "longer": _longer,
    "swap": _swap,
    "copy": _copy,
    "delete": _delete,
    "folder": _folder,
    "pipe": _pipe,
    "device": _device,
    "json": _json,
    "values": _values,
}


def copy_of(folder, target):
    """A copy of a folder to be damaged, in place of one that was."""
    shutil.rmtree(target, ignore_errors=True)
    return shutil.copytree(folder, target)


def shortcoming(read, names):
    """What falls short in reading a damaged folder, or `None`.

    Args:
        read: function that reads the folder and returns whether what it finds is the true result.
        names: of the damaged files, one of which the sentence must have.
    """
    signal.signal(signal.SIGALRM, _took_too_long)
    signal.alarm(MOST_SECONDS)
    try:
        return None if read() else "another result"
    except TookTooLong:
        return f"took more than {MOST_SECONDS} s"
    except (ValueError, OSError) as error:
        sentence = str(error)
        if not sentence.isprintable() or len(sentence) > 1000:
            return f"no printable sentence: {sentence[:300]!r}"
        return None if any(name in sentence for name in names) else f"names none: {sentence[:300]}"
    except Exception as error:
        return f"{type(error).__name__}: {str(error)[:300]}"
    finally:
        signal.alarm(0)


class TookTooLong(BaseException):
    """No Exception, which what reads may turn into a sentence of its own."""


def _took_too_long(*_):
    raise TookTooLong
