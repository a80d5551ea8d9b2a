"""An index's folder: memory-mapped arrays, small ones in an `.npz`."""

import shutil

import numpy as np

from studio2shop.features.article_features import ArticleFeatures
from studio2shop.io.files import UNFINISHED, sha256_of, way_out_of_writing
from studio2shop.io.lock import only_writer_beside
from studio2shop.io.readers import NUMBERS, map_array, read_arrays, reading
from studio2shop.retrieval.candidates import CandidateStage
from studio2shop.retrieval.faiss_index import read_faiss_index, write_faiss_index
from studio2shop.retrieval.index_facts import (
    ARRAYS,
    FILES,
    WAY_OUT,
    check_files,
    read_facts,
    write_facts,
)
from studio2shop.retrieval.index_place import put_back, replace_index
from studio2shop.retrieval.made_with import features_of_a_picture
from studio2shop.retrieval.matching_file import (
    layers_of,
    numbered,
    read_matching,
    write_matching,
)
from studio2shop.retrieval.scorer import ExactScorer


def write_index(index, folder):
    """Writes an `Index` to a folder, under a temporary name first.

    Raises:
        ValueError, BlockingIOError, OSError: as in `Index.save`.
    """
    folder = folder.resolve()  # the folder itself is replaced, not a link to it
    if folder.exists() and not _may_be_replaced(folder):
        raise ValueError(
            f"{str(folder)!r} holds something else than an index; pass the name of a new folder, "
            "or of an index's."
        )
    temporary = folder.with_name(f"{UNFINISHED}{folder.name}")
    with only_writer_beside(folder):
        try:
            put_back(folder)
            shutil.rmtree(temporary, ignore_errors=True)
            temporary.mkdir()
            _write_files(index, temporary)
            replace_index(folder, temporary)
        except OSError as error:
            raise OSError(
                f"The index could not be written to {str(folder)!r} ({error.strerror or error}); "
                f"nothing was changed: {way_out_of_writing(error)}."
            ) from error
        finally:
            shutil.rmtree(temporary, ignore_errors=True)


def _may_be_replaced(folder):
    if not folder.is_dir():
        return False
    names = {path.name for path in folder.iterdir()}
    return not names or ("index.json" in names and names <= FILES)


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
    write_facts(
        folder,
        articles=len(index),
        dtype=index.scorer.dtype,
        num_candidates=int(index.num_candidates),
        method=None if candidates is None else candidates.method,
        query_features=features_of_a_picture(index.model).tolist(),
    )


def read_index(folder):
    """Reads an index's folder.

    Args:
        folder: path.

    Returns:
        `(features, scorer, candidates, facts)`: the first three as an `Index` holds them, and the
        dict in `index.json`.
    """
    facts = read_facts(folder)
    check_files(folder, facts["files"])
    split = read_matching(folder / "matching.npz", WAY_OUT)
    arrays = {
        name: map_array(folder / f"{name}.npy", *form, WAY_OUT) for name, form in ARRAYS.items()
    }
    # a change of one file is found before; this is of files that were never saved together
    with reading(folder / "index.json", "description of these files", WAY_OUT):
        features = ArticleFeatures.unchecked(arrays["ids"], arrays["vectors"])
        shapes = features.vectors.shape, arrays["article_parts"].shape
        if shapes != (
            (len(features), split.feature_size),
            (len(features), len(split.article_bias)),
        ):
            raise ValueError(f"ids, vectors and article_parts don't belong together: {shapes}")
        repeated = copies, originals = np.array(arrays["copies"]), np.array(arrays["originals"])
        if copies.shape != originals.shape or not np.all(originals < copies):
            raise ValueError("copies and originals don't belong together")
        if len(copies) and not 0 <= originals.min() < copies.max() < len(features):
            raise ValueError("copies and originals are no rows of it")
        parts = arrays["article_parts"]
        scorer = ExactScorer(split, features.vectors, facts["dtype"], parts, repeated)
    return features, scorer, _read_candidates(folder, facts, features), facts


def _read_candidates(folder, facts, features):
    """The `CandidateStage`, or `None` of an index without a first stage."""
    method, path = facts["method"], folder / "first_stage.npz"
    if method is None:
        return None
    arrays = read_arrays(path, {}, WAY_OUT)
    vectors = map_array(folder / "candidate_vectors.npy", NUMBERS, 2, WAY_OUT)
    with reading(path, "first stage", WAY_OUT):
        query_layers = layers_of("query", arrays, features.size)
        article_layers = layers_of("article", arrays, features.size)
        size = len(article_layers[-1][1])
        if len(query_layers[-1][1]) != size or vectors.shape != (len(features), size):
            raise ValueError(f"candidate_vectors are of shape {vectors.shape}")
    faiss_index = None
    if method != "product":
        faiss_path = folder / "faiss.index"
        # whole: faiss believes what it reads, and ends the process where that is wrong
        if facts["whole_files"] is not None:
            digest = facts["whole_files"][faiss_path.name]
            check_files(folder, {faiss_path.name: digest}, sha256_of)
        with reading(faiss_path, "faiss index", WAY_OUT):
            faiss_index = read_faiss_index(faiss_path)
            if (faiss_index.ntotal, faiss_index.d) != (len(features), size + (method != "flat")):
                raise ValueError(f"it holds {faiss_index.ntotal} vectors of {faiss_index.d}")
    return CandidateStage(query_layers, article_layers, vectors, method, faiss_index)
