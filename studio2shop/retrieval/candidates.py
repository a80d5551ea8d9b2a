"""The first stage of a two-stage search: candidates by inner product, for the match to rank."""

import numpy as np

from studio2shop.io.words import quoted
from studio2shop.retrieval.faiss_index import (
    build_faiss_index,
    grown_faiss_index,
    search_faiss_index,
)
from studio2shop.retrieval.split import in_blocks
from studio2shop.retrieval.threads import NUM_WORKERS, in_threads, one_thread_a_product

METHODS = ("product", "flat", "ivf", "hnsw")
QUERIES_PER_BLOCK = 64


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
        check_method(method)
        if method != "product" and faiss_index is None:
            faiss_index = build_faiss_index(vectors, method)
        self.query_layers = query_layers
        self.article_layers = article_layers
        self.vectors = vectors
        self.method = method
        self.faiss_index = faiss_index

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
        query_layers, article_layers = _layers_of(model)
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
        vectors = _article_vectors(article_layers, article_vectors)
        return cls(query_layers, article_layers, vectors, method)

    def scores(self, query_features):
        """The inner products that candidates are chosen by: float32 `(queries, articles)`."""
        return _products(self.query_vectors(query_features), self.vectors)

    def query_vectors(self, query_features):
        """What the articles' vectors are multiplied by: float32 `(queries, size)`."""
        return apply_layers(self.query_layers, query_features)

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
        queries = self.query_vectors(query_features)
        if self.method == "product":
            return self._by_product(queries, num_candidates, rows)
        found = search_faiss_index(self.faiss_index, self.method, queries, num_candidates, rows)
        # where cells or graph ended before there were enough: never told as "that is all"
        short = np.flatnonzero([len(candidates) < num_candidates for candidates in found])
        if len(short):
            products = self._by_product(queries[short], num_candidates, rows)
            for query, candidates in zip(short, products):
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

    def with_added(self, article_vectors):
        """This stage with further articles, of features `(articles, feature_size)`."""
        added = _article_vectors(self.article_layers, article_vectors)
        faiss_index = self.faiss_index
        if faiss_index is not None:
            faiss_index = grown_faiss_index(faiss_index, self.method, self.vectors, added)
        vectors = np.concatenate([self.vectors, added])
        return CandidateStage(
            self.query_layers, self.article_layers, vectors, self.method, faiss_index
        )

    def with_rows(self, rows):
        """This stage with only some of its articles; faiss' cells or graph are built anew."""
        return CandidateStage(
            self.query_layers, self.article_layers, self.vectors[rows], self.method
        )


def check_method(method):
    """Refuses, in a sentence, what is none of `METHODS`."""
    if method not in METHODS:
        raise ValueError(
            f"`method` must be one of {', '.join(METHODS)}; received {quoted(method)}."
        )


def _layers_of(model):
    from studio2shop.retrieval.weights import dense_layers, split_matching  # starts Keras

    names = [layer.name for layer in getattr(model, "layers", ())]
    if "query_tower" in names:
        towers = model.get_layer("query_tower"), model.get_layer("article_tower")
        return tuple(map(dense_layers, towers))
    if "query_article_matching" in names:
        split = split_matching(model.get_layer("query_article_matching"))
        if split.is_linear:
            no_bias = np.zeros(split.feature_size, "float32")
            unchanged = np.eye(split.feature_size, dtype="float32"), no_bias
            return (unchanged,), ((split.article_kernel.astype("float32"), no_bias),)
    raise ValueError(
        "`first_stage` must be towers (distil_towers) or a Studio2Shop model with the "
        f"linear match; received {quoted(getattr(model, 'name', model))}."
    )


def _article_vectors(layers, features):
    return in_blocks(lambda block: apply_layers(layers, block, "float64"), features)


def apply_layers(layers, features, dtype="float32"):
    """Dense layers with ReLU between them, in NumPy."""
    x = np.asarray(features, dtype)
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
