"""What an index's folder says of itself in `index.json`: its files, and a check of each."""

import hashlib
import json
import pathlib

import numpy as np

from studio2shop.features.article_features import ArticleFeatures
from studio2shop.io.files import sha256_of
from studio2shop.io.lock import only_writer_beside
from studio2shop.io.readers import NUMBERS, read_json, reading
from studio2shop.retrieval.candidates import METHODS
from studio2shop.retrieval.index_place import is_moved_away, put_back

FORMAT = 1
ARRAYS = {
    "ids": ("U", 1),
    "vectors": (NUMBERS, 2),
    "article_parts": (NUMBERS, 2),
    "copies": ("iu", 1),
    "originals": ("iu", 1),
}
ALWAYS = {"matching.npz", *(f"{name}.npy" for name in ARRAYS)}
OF_TWO_STAGES = {"first_stage.npz", "candidate_vectors.npy"}
FILES = {"index.json", "faiss.index", *ALWAYS, *OF_TWO_STAGES}
FACTS = {
    "format": (int,),
    "dtype": (str,),
    "num_candidates": (int,),
    "method": (str, type(None)),
    "files": (dict,),
}
WAY_OUT = "make the index anew with Index.save"
NUM_PIECES, PIECE_BYTES = 16, 4096  # what is read of a file to tell it from another index's


def is_index(folder):
    """Whether a folder holds what `Index.save` writes, or some of it.

    What a save moved away when it was killed is put back first.
    """
    folder = pathlib.Path(folder)
    if not folder.exists() and is_moved_away(place := folder.resolve()):
        with only_writer_beside(place):
            put_back(place)
    # a run has a match, too
    return any((folder / name).exists() for name in FILES - {"matching.npz"})


def verify_index(folder):
    """Reads all files of an index's folder and compares them with what was saved.

    Raises:
        FileNotFoundError, ValueError: if one is missing or was changed, or they were saved by an
            earlier version, which wrote nothing to compare them with.
    """
    folder = pathlib.Path(folder)
    facts = read_facts(folder)
    if facts["checksum"] is None or facts["whole_files"] is None:
        raise ValueError(
            f"{str(folder)!r} was saved by an earlier version, with nothing to compare whole files "
            "with; load it and save it again."
        )
    check_files(folder, facts["whole_files"], sha256_of)
    with reading(folder / "ids.npy", "ids of articles", WAY_OUT):
        ArticleFeatures(*(np.load(folder / f"{name}.npy") for name in ("ids", "vectors")))


def check_files(folder, digests, digest_of=None):
    """Raises an error that names the first file that is not the one that was saved.

    Args:
        folder: path of the index.
        digests: dict of file to its digest.
        digest_of: what made the digests: `sha256_of`, or by default that of pieces.
    """
    digest_of = digest_of or _digest_of_pieces
    for name, digest in digests.items():
        path = folder / name
        if not path.exists():
            raise FileNotFoundError(
                f"{str(folder)!r} is no whole index: {name} is missing; {WAY_OUT}."
            )
        with reading(path, "file of an index", WAY_OUT):
            found = digest_of(path)
        if found != digest:
            raise ValueError(
                f"{name} in {str(folder)!r} is not the one that was saved with this index; "
                f"{WAY_OUT}."
            )


def write_facts(folder, **facts):
    """Writes `index.json`, when all other files are there: some facts, and a check of each file."""
    paths = sorted(folder.iterdir())
    facts = {
        "format": FORMAT,
        **facts,
        "files": {path.name: _digest_of_pieces(path) for path in paths},
        "whole_files": {path.name: sha256_of(path) for path in paths},
    }
    facts["checksum"] = _checksum(facts)
    (folder / "index.json").write_text(json.dumps(facts, indent=1) + "\n", encoding="utf-8")


def read_facts(folder):
    """Reads `index.json` as a dict, in which what an index of before lacks is `None`."""
    path = folder / "index.json"
    if not is_index(folder) or not path.exists():
        raise FileNotFoundError(
            f"{str(folder)!r} is no index: index.json is missing; Index.save writes such a folder."
        )
    facts = dict.fromkeys(("whole_files", "query_features", "checksum"))
    facts |= read_json(path, FACTS, WAY_OUT)
    if facts["format"] != FORMAT:
        raise ValueError(
            f"{path} is of format {facts['format']!r}, this version reads {FORMAT}; {WAY_OUT}."
        )
    with reading(path, "description of an index", WAY_OUT):
        _check_facts(facts)
    return facts


def _check_facts(facts):
    method, files, whole_files = facts["method"], facts["files"], facts["whole_files"]
    if facts["checksum"] not in (None, _checksum(facts)):
        raise ValueError("its checksum is another one")
    if method not in (None, *METHODS) or facts["num_candidates"] < 1:
        raise ValueError(f"its method is {method!r}, with {facts['num_candidates']} candidates")
    needed = ALWAYS | (OF_TWO_STAGES if method else set())
    if method not in (None, "product"):
        needed |= {"faiss.index"}
    if not files.keys() == needed == (files if whole_files is None else whole_files).keys():
        raise ValueError(f"it lists the files {', '.join(files)}")
    # what it says of the model is compared with numbers
    np.asarray(facts["query_features"] or 0.0, "float32")


def _checksum(facts):
    """Of all that `index.json` says but the checksum itself."""
    others = {key: value for key, value in facts.items() if key != "checksum"}
    return hashlib.sha256(json.dumps(others, sort_keys=True).encode()).hexdigest()


def _digest_of_pieces(path):
    """A short hash of a file's length and of 16 pieces of it.

    A large file is told from another one without being read. The last piece of an `.npz` holds the
    checksums of its parts, so that of those everything counts.
    """
    size = path.stat().st_size
    digest = hashlib.sha256(str(size).encode())
    with path.open("rb") as file:
        for start in np.linspace(0, max(size - PIECE_BYTES, 0), NUM_PIECES).astype(int):
            file.seek(start)
            digest.update(file.read(PIECE_BYTES))
    return digest.hexdigest()[:16]
