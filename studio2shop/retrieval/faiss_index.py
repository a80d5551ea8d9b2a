"""Faiss' indexes of article vectors: built, searched, added to, kept (the extra `faiss`)."""

import numpy as np

NEIGHBOURS = 32  # of each article in the graph
ROWS_PER_BLOCK = 65_536


def build_faiss_index(vectors, method):
    """Faiss' index of vectors.

    Args:
        vectors: float32 `(articles, size)`.
        method: `"flat"`, `"ivf"` or `"hnsw"`; see `CandidateStage`.

    Raises:
        ImportError: if faiss is not installed.
    """
    try:
        import faiss
    except ImportError as error:
        raise ImportError(
            f"`method` {method!r} needs faiss, which is not installed: "
            "pip install 'studio2shop[faiss]', or leave `method` at 'product'."
        ) from error

    vectors = np.ascontiguousarray(vectors, "float32")
    num_articles, size = vectors.shape
    if method == "flat":
        index = faiss.IndexFlatIP(size)
        index.add(vectors)
        return index
    lifted = _lifted(vectors, _largest_norm(vectors))
    if method == "hnsw":
        index = faiss.IndexHNSWFlat(size + 1, NEIGHBOURS)
        index.hnsw.efConstruction = 200
    else:
        num_cells = max(1, min(round(4 * num_articles**0.5), num_articles // 40))
        index = faiss.IndexIVFFlat(faiss.IndexFlatL2(size + 1), size + 1, num_cells)
        # the more articles, the smaller a share of the cells
        index.nprobe = min(num_cells, round(8 * num_cells**0.5))
        index.cp.min_points_per_centroid = 1
        # more would take longer and find hardly more
        index.cp.max_points_per_centroid = 64
        index.train(lifted)
    index.add(lifted)
    return index


def search_faiss_index(faiss_index, method, queries, num_candidates, rows=None):
    """Candidates of each query, which may be fewer where cells or graph end.

    Args:
        faiss_index: as returned by `build_faiss_index`.
        method: the one it was built with.
        queries: float32 `(queries, size)`.
        num_candidates: how many are wanted.
        rows: sorted int array, the articles to choose among; default: all.

    Returns:
        List of int64 arrays of rows, each in the assortment's order.
    """
    import faiss

    options = {} if rows is None else {"sel": faiss.IDSelectorBatch(rows)}
    if method == "ivf":
        parameters = faiss.SearchParametersIVF(nprobe=faiss_index.nprobe, **options)
    elif method == "hnsw":
        parameters = faiss.SearchParametersHNSW(efSearch=2 * num_candidates, **options)
    else:
        parameters = faiss.SearchParameters(**options)
    if method != "flat":
        queries = np.pad(queries, ((0, 0), (0, 1)))
    found = faiss_index.search(queries, num_candidates, params=parameters)[1]
    return [np.sort(candidates[candidates >= 0]) for candidates in found]


def grown_faiss_index(faiss_index, method, vectors, added):
    """A copy of faiss' index of `vectors` with the vectors `added`, both `(articles, size)`."""
    import faiss

    # by bytes, since a clone of a memory-mapped one is mapped too, and faiss ends the process when
    # it is added to
    grown = faiss.deserialize_index(faiss.serialize_index(faiss_index))
    grown.add(added if method == "flat" else _lifted(added, _largest_norm(vectors)))
    return grown


def write_faiss_index(faiss_index, path):
    """Writes faiss' index to a file; an OSError tells of a full disk."""
    import faiss

    try:
        faiss.write_index(faiss_index, str(path))
    except RuntimeError as error:  # which is what faiss says of a full disk
        raise OSError(str(error)) from error


def read_faiss_index(path):
    """Reads faiss' index, memory-mapped."""
    try:
        import faiss
    except ImportError as error:
        raise ImportError(
            f"{str(path.parent)!r} was built with faiss, which is not installed: "
            "pip install 'studio2shop[faiss]'."
        ) from error
    return faiss.read_index(str(path), faiss.IO_FLAG_MMAP_IFC)


def _largest_norm(vectors):
    return max(
        float(np.linalg.norm(vectors[start : start + ROWS_PER_BLOCK], axis=1).max())
        for start in range(0, len(vectors), ROWS_PER_BLOCK)
    )


def _lifted(vectors, norm):
    """Vectors with one more value that gives all the same norm.

    The nearest are then those of the largest product. Graphs and cells are made for distances; by
    inner product, a graph of 50,000 articles found a quarter of the candidates only (Bachrach et
    al. 2014, "Speeding up the Xbox recommender system using a Euclidean transformation"). A vector
    longer than `norm`, added later, is taken for a little less than it is.
    """
    missing = np.maximum(norm**2 - np.einsum("ij,ij->i", vectors, vectors)[:, np.newaxis], 0)
    return np.concatenate([vectors, np.sqrt(missing)], axis=1)
