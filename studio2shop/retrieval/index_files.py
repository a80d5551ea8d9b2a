"""An index's folder: arrays that are memory-mapped, small ones in an `.npz`, and a check that they belong together."""

import json
import os
import shutil

import numpy as np

from studio2shop.features import ArticleFeatures
from studio2shop.retrieval.candidates import CandidateStage, apply_layers
from studio2shop.retrieval.scorer import ExactScorer
from studio2shop.retrieval.split import SplitMatching

FORMAT = 1
NUM_SAMPLED = 64  # articles whose arrays are held against each other


def write_index(index, folder):
    """Writes an `Index` to a folder, under a temporary name first."""
    if folder.exists() and not (folder / "index.json").exists() and (not folder.is_dir() or any(folder.iterdir())):
        raise ValueError(f"{str(folder)!r} holds something else than an index; pass the name of a new folder, or of an index's.")
    temporary = folder.with_name(f".{folder.name}.tmp")
    shutil.rmtree(temporary, ignore_errors=True)
    temporary.mkdir(parents=True)
    try:
        _write_files(index, temporary)
    except OSError as error:
        shutil.rmtree(temporary, ignore_errors=True)
        raise OSError(f"The index could not be written to {str(folder)!r} ({error.strerror}); nothing was changed: free some disk space or name another folder.") from error
    old = folder.with_name(f".{folder.name}.old")
    shutil.rmtree(old, ignore_errors=True)
    if folder.exists():
        os.replace(folder, old)
    os.replace(temporary, folder)
    shutil.rmtree(old, ignore_errors=True)


def _write_files(index, folder):
    split, candidates = index.scorer.split, index.candidates
    copies, originals = index.scorer.repeated
    arrays = {"ids": index.features.ids, "vectors": index.features.vectors, "article_parts": index.scorer.article_parts, "copies": copies, "originals": originals}
    if candidates is not None:
        arrays["candidate_vectors"] = candidates.vectors
        np.savez(folder / "first_stage.npz", **_numbered("query", candidates.query_layers), **_numbered("article", candidates.article_layers))
        if candidates.faiss_index is not None:
            import faiss

            faiss.write_index(candidates.faiss_index, str(folder / "faiss.index"))
    for name, array in arrays.items():
        np.save(folder / f"{name}.npy", array)
    np.savez(folder / "matching.npz", query_kernel=split.query_kernel, article_kernel=split.article_kernel, bias=split.bias, is_linear=split.is_linear, **_numbered("layer", split.layers))
    facts = {
        "format": FORMAT,
        "articles": len(index),
        "dtype": index.scorer.dtype,
        "num_candidates": index.num_candidates,
        "method": None if candidates is None else candidates.method,
        "matching": split.fingerprint,
    }
    (folder / "index.json").write_text(json.dumps(facts, indent=1) + "\n", encoding="utf-8")


def read_index(folder):
    """Reads an index's folder.

    Args:
        folder: path.

    Returns:
        `(features, scorer, candidates, num_candidates)`, as an `Index` holds them.
    """
    path = folder / "index.json"
    if not path.exists():
        raise FileNotFoundError(f"{str(folder)!r} is no index: index.json is missing; Index.save writes such a folder.")
    facts = json.loads(path.read_text(encoding="utf-8"))
    if facts.get("format") != FORMAT:
        raise ValueError(f"{path} is of format {facts.get('format')!r}, this version reads {FORMAT}; make the index anew with Index.save.")
    with np.load(_existing(folder / "matching.npz")) as arrays:
        split = SplitMatching(arrays["query_kernel"], arrays["article_kernel"], arrays["bias"], _layers("layer", arrays), bool(arrays["is_linear"]))
    ids, vectors, parts, copies, originals = (_mapped(folder, name) for name in ("ids", "vectors", "article_parts", "copies", "originals"))
    sampled = np.unique(np.linspace(0, len(vectors) - 1, NUM_SAMPLED).astype(int))
    is_whole = split.fingerprint == facts["matching"] and len(ids) == len(vectors) == len(parts) == facts["articles"] and len(copies) == len(originals)
    _check(folder, is_whole and vectors.shape[1] == split.feature_size and _is_close(parts[sampled], split.article_parts(vectors[sampled])))
    features = ArticleFeatures.unchecked(ids, vectors)
    scorer = ExactScorer.of_parts(split, parts, (np.array(copies), np.array(originals)), facts["dtype"])
    candidates = None
    if facts["method"] is not None:
        with np.load(_existing(folder / "first_stage.npz")) as arrays:
            query_layers, article_layers = _layers("query", arrays), _layers("article", arrays)
        candidate_vectors = _mapped(folder, "candidate_vectors")
        _check(folder, len(candidate_vectors) == len(vectors) and _is_close(candidate_vectors[sampled], apply_layers(article_layers, vectors[sampled])))
        faiss_index = None if facts["method"] == "product" else _read_faiss(_existing(folder / "faiss.index"))
        _check(folder, faiss_index is None or faiss_index.ntotal == len(vectors))
        candidates = CandidateStage(query_layers, article_layers, candidate_vectors, facts["method"], faiss_index)
    return features, scorer, candidates, facts["num_candidates"]


def _numbered(name, layers):
    return {f"{name}_{number}_{kind}": array for number, layer in enumerate(layers) for kind, array in zip(("kernel", "bias"), layer)}


def _layers(name, arrays):
    num_layers = sum(key.startswith(f"{name}_") and key.endswith("_bias") for key in arrays)
    return tuple((arrays[f"{name}_{number}_kernel"], arrays[f"{name}_{number}_bias"]) for number in range(num_layers))


def _mapped(folder, name):
    return np.load(_existing(folder / f"{name}.npy"), mmap_mode="r")


def _existing(path):
    if not path.exists():
        raise FileNotFoundError(f"{str(path.parent)!r} is no whole index: {path.name} is missing; make the index anew with Index.save.")
    return path


def _read_faiss(path):
    try:
        import faiss
    except ImportError as error:
        raise ImportError(f"{str(path.parent)!r} was built with faiss, which is not installed: pip install 'studio2shop[faiss]'.") from error
    return faiss.read_index(str(path), faiss.IO_FLAG_MMAP_IFC)


def _is_close(given, expected):
    return given.shape == expected.shape and np.allclose(given, expected, rtol=1e-3, atol=1e-3)


def _check(folder, belongs_together):
    if not belongs_together:
        raise ValueError(f"The files of {str(folder)!r} don't belong together: features, weights and what was computed of them differ; make the index anew with Index.save.")
