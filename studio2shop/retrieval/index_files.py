"""An index's folder: memory-mapped arrays, small ones in an `.npz`, a check of each file."""

import hashlib
import json
import os
import pathlib
import shutil

import numpy as np

from studio2shop.features.article_features import ArticleFeatures
from studio2shop.io.files import UNFINISHED
from studio2shop.retrieval.candidates import CandidateStage
from studio2shop.retrieval.faiss_index import read_faiss_index, write_faiss_index
from studio2shop.retrieval.matching_file import (
    layers_of,
    numbered,
    read_matching,
    write_matching,
)
from studio2shop.retrieval.scorer import ExactScorer

FORMAT = 1
ARRAYS = ("ids", "vectors", "article_parts", "copies", "originals", "candidate_vectors")
FILES = {
    "index.json",
    "matching.npz",
    "first_stage.npz",
    "faiss.index",
    *(f"{name}.npy" for name in ARRAYS),
}
NUM_PIECES, PIECE_BYTES = 16, 4096  # what is read of a file to tell it from another index's


def write_index(index, folder):
    """Writes an `Index` to a folder, under a temporary name first."""
    folder = folder.resolve()  # the folder itself is replaced, not a link to it
    if folder.exists() and not _may_be_replaced(folder):
        raise ValueError(
            f"{str(folder)!r} holds something else than an index; pass the name of a new folder, "
            "or of an index's."
        )
    temporary = folder.with_name(f"{UNFINISHED}{folder.name}")
    try:
        shutil.rmtree(temporary, ignore_errors=True)
        temporary.mkdir(parents=True)
        _write_files(index, temporary)
        _replace(folder, temporary)
    except OSError as error:
        raise OSError(
            f"The index could not be written to {str(folder)!r} ({error.strerror or error}); "
            "nothing was changed: free some disk space or name another folder."
        ) from error
    finally:
        shutil.rmtree(temporary, ignore_errors=True)


def _may_be_replaced(folder):
    if not folder.is_dir():
        return False
    names = {path.name for path in folder.iterdir()}
    return not names or ("index.json" in names and names <= FILES)


def _replace(folder, temporary):
    old = folder.with_name(f"{UNFINISHED}{folder.name}.old")
    shutil.rmtree(old, ignore_errors=True)
    if folder.exists():
        os.replace(folder, old)
    try:
        os.replace(temporary, folder)
    except BaseException:
        if old.exists():
            os.replace(old, folder)
        raise
    shutil.rmtree(old, ignore_errors=True)


def _write_files(index, folder):
    split, candidates = index.scorer.split, index.candidates
    copies, originals = index.scorer.repeated
    arrays = {
        "ids": index.features.ids,
        "vectors": index.features.vectors,
        "article_parts": index.scorer.article_parts,
        "copies": copies,
        "originals": originals,
    }
    if candidates is not None:
        arrays["candidate_vectors"] = candidates.vectors
        np.savez(
            folder / "first_stage.npz",
            **numbered("query", candidates.query_layers),
            **numbered("article", candidates.article_layers),
        )
        if candidates.faiss_index is not None:
            write_faiss_index(candidates.faiss_index, folder / "faiss.index")
    for name, array in arrays.items():
        np.save(folder / f"{name}.npy", array)
    write_matching(split, folder / "matching.npz")
    facts = {
        "format": FORMAT,
        "articles": len(index),
        "dtype": index.scorer.dtype,
        "num_candidates": int(index.num_candidates),
        "method": None if candidates is None else candidates.method,
        "files": {path.name: _digest(path) for path in sorted(folder.iterdir())},
        "whole_files": {path.name: _whole_digest(path) for path in sorted(folder.iterdir())},
    }
    (folder / "index.json").write_text(json.dumps(facts, indent=1) + "\n", encoding="utf-8")


def read_index(folder):
    """Reads an index's folder.

    Args:
        folder: path.

    Returns:
        `(features, scorer, candidates, num_candidates)`, as an `Index` holds them.
    """
    facts = _read_facts(folder)
    _check_files(folder, facts["files"], _digest)
    split = read_matching(folder / "matching.npz")
    ids, vectors, parts, copies, originals = (_mapped(folder, name) for name in ARRAYS[:5])
    repeated = np.array(copies), np.array(originals)
    scorer = ExactScorer(split, vectors, facts["dtype"], parts, repeated)
    candidates = None
    if facts["method"] is not None:
        with np.load(folder / "first_stage.npz") as arrays:
            query_layers, article_layers = layers_of("query", arrays), layers_of("article", arrays)
        candidate_vectors = _mapped(folder, "candidate_vectors")
        faiss_index = None
        if facts["method"] != "product":
            faiss_index = read_faiss_index(folder / "faiss.index")
        candidates = CandidateStage(
            query_layers, article_layers, candidate_vectors, facts["method"], faiss_index
        )
    return ArticleFeatures.unchecked(ids, vectors), scorer, candidates, facts["num_candidates"]


def is_index(folder):
    """Whether a folder holds what `Index.save` writes."""
    return (pathlib.Path(folder) / "index.json").is_file()


def verify_index(folder):
    """Reads all files of an index's folder and compares them with what was saved.

    Raises:
        FileNotFoundError, ValueError: if one is missing or was changed, or they were saved by an
            earlier version, which wrote nothing to compare them with.
    """
    folder = pathlib.Path(folder)
    whole_files = _read_facts(folder)["whole_files"]
    if whole_files is None:
        raise ValueError(
            f"{str(folder)!r} was saved by an earlier version, with nothing to compare whole files "
            "with; load it and save it again."
        )
    _check_files(folder, whole_files, _whole_digest)


def _check_files(folder, digests, digest_of):
    for name, digest in digests.items():
        if not (folder / name).exists():
            raise FileNotFoundError(
                f"{str(folder)!r} is no whole index: {name} is missing; "
                "make the index anew with Index.save."
            )
        if digest_of(folder / name) != digest:
            raise ValueError(
                f"{name} in {str(folder)!r} is not the one that was saved with this index; "
                "make the index anew with Index.save."
            )


def _read_facts(folder):
    path = folder / "index.json"
    if not path.exists():
        raise FileNotFoundError(
            f"{str(folder)!r} is no index: index.json is missing; Index.save writes such a folder."
        )
    try:
        facts = json.loads(path.read_text(encoding="utf-8"))
        found = facts["format"]
        known = (
            {key: facts[key] for key in ("dtype", "num_candidates", "method", "files")}
            if found == FORMAT
            else None
        )
    except (ValueError, KeyError, TypeError) as error:
        raise ValueError(f"{path} is not what Index.save writes; make the index anew.") from error
    if known is None:
        raise ValueError(
            f"{path} is of format {found!r}, this version reads {FORMAT}; "
            "make the index anew with Index.save."
        )
    return known | {"whole_files": facts.get("whole_files")}


def _digest(path):
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


def _whole_digest(path):
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def _mapped(folder, name):
    return np.load(folder / f"{name}.npy", mmap_mode="r")
