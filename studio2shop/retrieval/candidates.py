"""The first stage of a two-stage search: candidates by inner product, for the match to rank."""

import numpy as np

from studio2shop.retrieval.split import dense_layers, in_blocks, split_matching
from studio2shop.retrieval.threads import NUM_WORKERS, in_threads, one_thread_a_product

METHODS = ("product", "flat", "ivf", "hnsw")
QUERIES_PER_BLOCK = 64
ROWS_PER_BLOCK = 65_536
NEIGHBOURS = 32  # of each article in the graph


class CandidateStage:
    """Finds the articles whose vectors have the largest inner products with a query's.

    Args:
        query_layers, article_layers: tuples of `(kernel, bias)` with ReLU between them, from
            features to vectors.
        vectors: float32 `(articles, size)`; may be memory-mapped.
        method: `"product"`, a matrix product; or by faiss (the extra `faiss`): `"flat"`, which
            finds the same; `"ivf"`, which looks into the nearest of many cells only; `"hnsw"`,
            which follows a graph of neighbours. The last two take time to build and then hardly
            more for more articles, but may miss some.
        faiss_index: one built before of the same vectors.

    Raises:
        ValueError: if the method is none of the above.
        ImportError: if it is faiss' and faiss is not installed.
    """

    def __init__(self, query_layers, article_layers, vectors, method="product", faiss_index=None):
        if method not in METHODS:
            raise ValueError(f"`method` must be one of {', '.join(METHODS)}; received {method!r}.")
        self.query_layers, self.article_layers, self.vectors, self.method = (
            query_layers,
            article_layers,
            vectors,
            method,
        )
        self.faiss_index = faiss_index
        if method != "product" and faiss_index is None:
            self.faiss_index = _built_faiss_index(vectors, method)

    @classmethod
    def of_model(cls, model, article_vectors, method="product"):
        """The candidate stage of a trained model.

        Args:
            model: of `build_towers`, as `distil_towers` trains it; or a Studio2Shop model with the
                linear match, as the paper suggests (fDNA-linear, Section 5.1). Its matching
                submodel alone is used, on the query features that the exact match gets: both should
                have the same query-feature submodel.
            article_vectors: float32 `(articles, feature_size)`.
            method: as above.

        Raises:
            ValueError: if it is another model, of features of another size, or trained to NaN.
        """
        names = [layer.name for layer in model.layers]
        if "query_tower" in names:
            query_layers, article_layers = (
                dense_layers(model.get_layer("query_tower")),
                dense_layers(model.get_layer("article_tower")),
            )
        elif (
            "query_article_matching" in names
            and (split := split_matching(model.get_layer("query_article_matching"))).is_linear
        ):
            identity = (
                np.eye(split.feature_size, dtype="float32"),
                np.zeros(split.feature_size, "float32"),
            )
            query_layers, article_layers = (
                (identity,),
                ((split.article_kernel.astype("float32"), identity[1]),),
            )
        else:
            raise ValueError(
                "`first_stage` must be towers (distil_towers) or a Studio2Shop model with the "
                f"linear match; received {model.name!r}."
            )
        for layers in (query_layers, article_layers):
            if len(layers[0][0]) != article_vectors.shape[1]:
                raise ValueError(
                    f"`first_stage` {model.name!r} takes features of size {len(layers[0][0])}; "
                    f"received {article_vectors.shape[1]}. Use one of the features that the match "
                    "was trained with."
                )
            if not all(np.isfinite(array).all() for layer in layers for array in layer):
                raise ValueError(
                    f"The weights of `first_stage` {model.name!r} must be finite; "
                    "some are NaN or infinite. Did its training diverge?"
                )
        return cls(
            query_layers,
            article_layers,
            in_blocks(lambda block: apply_layers(article_layers, block), article_vectors),
            method,
        )

    def scores(self, query_features):
        """The inner products that candidates are chosen by: float32 `(queries, articles)`."""
        return _products(apply_layers(self.query_layers, query_features), self.vectors)

    def best(self, query_features, num_candidates, rows=None):
        """The candidates of each query.

        Args:
            query_features: float32 `(queries, feature_size)`.
            num_candidates: how many; more than there are gives all.
            rows: sorted int array, the articles to choose among; default: all.

        Returns:
            List of int64 arrays of rows, each in the assortment's order.
        """
        num_rows = len(self.vectors) if rows is None else len(rows)
        if num_candidates >= num_rows:
            return [np.arange(num_rows) if rows is None else rows] * len(query_features)
        queries = apply_layers(self.query_layers, np.asarray(query_features, "float32"))
        if self.method == "product":
            return self._by_product(queries, num_candidates, rows)
        found = self._by_faiss(queries, num_candidates, rows)
        short = [
            query for query, candidates in enumerate(found) if len(candidates) < num_candidates
        ]
        if short:  # cells or graph ended before there were enough: never told as "that is all"
            for query, candidates in zip(
                short, self._by_product(queries[short], num_candidates, rows)
            ):
                found[query] = candidates
        return found

    def _by_product(self, queries, num_candidates, rows):
        vectors = self.vectors if rows is None else self.vectors[rows]
        found = []
        for start in range(0, len(queries), QUERIES_PER_BLOCK):
            for products in _products(queries[start : start + QUERIES_PER_BLOCK], vectors):
                best = np.sort(np.argpartition(products, -num_candidates)[-num_candidates:])
                found.append(best if rows is None else rows[best])
        return found

    def _by_faiss(self, queries, num_candidates, rows):
        import faiss

        options = {} if rows is None else {"sel": faiss.IDSelectorBatch(rows)}
        if self.method == "ivf":
            parameters = faiss.SearchParametersIVF(nprobe=self.faiss_index.nprobe, **options)
        elif self.method == "hnsw":
            parameters = faiss.SearchParametersHNSW(efSearch=2 * num_candidates, **options)
        else:
            parameters = faiss.SearchParameters(**options)
        if self.method != "flat":
            queries = np.pad(queries, ((0, 0), (0, 1)))
        found = self.faiss_index.search(queries, num_candidates, params=parameters)[1]
        return [np.sort(candidates[candidates >= 0]) for candidates in found]

    def with_added(self, article_vectors):
        """This stage with further articles, of features `(articles, feature_size)`."""
        added = in_blocks(lambda block: apply_layers(self.article_layers, block), article_vectors)
        faiss_index = self.faiss_index
        if faiss_index is not None:
            import faiss

            # by bytes, since a clone of a memory-mapped one is mapped too, and faiss ends the
            # process when it is added to
            faiss_index = faiss.deserialize_index(faiss.serialize_index(faiss_index))
            faiss_index.add(
                added if self.method == "flat" else _lifted(added, _largest_norm(self.vectors))
            )
        return CandidateStage(
            self.query_layers,
            self.article_layers,
            np.concatenate([self.vectors, added]),
            self.method,
            faiss_index,
        )

    def with_rows(self, rows):
        """This stage with only some of its articles; faiss' cells or graph are built anew."""
        return CandidateStage(
            self.query_layers, self.article_layers, self.vectors[rows], self.method
        )


def apply_layers(layers, features):
    """Dense layers with ReLU between them, in NumPy."""
    x = np.asarray(features, "float32")
    with one_thread_a_product:
        for position, (kernel, bias) in enumerate(layers):
            x = (np.maximum(x, 0) if position else x) @ kernel + bias
    return x


def _products(queries, vectors):
    """Inner products `(queries, articles)`, the articles shared out among the cores."""
    products = np.empty((len(queries), len(vectors)), "float32")
    share = max(1, -(-len(vectors) // NUM_WORKERS))

    def fill(start):
        products[:, start : start + share] = queries @ vectors[start : start + share].T

    in_threads(fill, range(0, len(vectors), share))
    return products


def _built_faiss_index(vectors, method):
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
        # more would take longer and find hardly more
        index.cp.min_points_per_centroid, index.cp.max_points_per_centroid = (
            1,
            64,
        )
        index.train(lifted)
    index.add(lifted)
    return index


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
