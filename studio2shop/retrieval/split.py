"""A trained matching submodel taken apart: what depends on article, on query, on the pair.

The first dense layer after [query, article] -> BatchNorm splits: `W [q, a] = Wq q + Wa a`, with
BatchNorm folded into `Wq`, `Wa` and the biases. `Wa a` is computed once for the assortment, `Wq q`
once per query. In the paper's way (Figure 9) all of it is computed for every pair.
"""

import dataclasses

import numpy as np

ROWS_PER_BLOCK = 1024


@dataclasses.dataclass(frozen=True, eq=False)
class SplitMatching:
    """The weights of a matching submodel, float64, from features to logits.

    Attributes:
        query_kernel: `(feature_size, width)`; with `bias`, what a query adds to the first hidden
            layer.
        article_kernel: `(feature_size, width)`; with `article_bias`, what an article adds to it.
            Both are diagonal of the linear match, whose parts are the scaled features.
        bias: `(width,)`. Of the linear match it is one number, added to the logit.
        article_bias: `(width,)`, the articles' share of BatchNorm's shift, so that features far
            from 0 cancel with their mean in float64, before they are rounded to float32 or
            bfloat16.
        layers: tuple of `(kernel, bias)`, what follows after a ReLU each; the last kernel has one
            column. Of the linear match it is empty: the logit is the product of the two parts, plus
            `bias`.
        is_linear: whether it is the linear match.
    """

    query_kernel: np.ndarray
    article_kernel: np.ndarray
    bias: np.ndarray
    article_bias: np.ndarray
    layers: tuple
    is_linear: bool

    @classmethod
    def dot_product(cls, size, scale=1.0, bias=0.0):
        """The linear match of vectors of `size` values: `scale` x their dot product + `bias`."""
        return cls(np.eye(size), np.eye(size) * scale, np.array([bias]), np.zeros(size), (), True)

    @property
    def feature_size(self):
        """Size of the query and of the article features."""
        return len(self.query_kernel)

    def article_parts(self, article_vectors):
        """What depends on the article alone.

        Args:
            article_vectors: float32 `(articles, feature_size)`.

        Returns:
            float32 `(articles, width)`.
        """
        self._check_size(article_vectors)
        return in_blocks(
            lambda block: self._times(block, self.article_kernel) + self.article_bias,
            article_vectors,
        )

    def query_parts(self, query_features):
        """What depends on the query alone.

        Each query is multiplied by itself, so that its scores don't depend on which others it was
        searched with: a product of many rows adds up in another order than a product of one.

        Args:
            query_features: `(queries, feature_size)`.

        Returns:
            float64 `(queries, width)`.
        """
        query_features = np.ascontiguousarray(query_features, "float64")
        self._check_size(query_features)
        offset = 0 if self.is_linear else self.bias
        parts = [self._times(query, self.query_kernel) + offset for query in query_features]
        return np.array(parts).reshape(-1, self.query_kernel.shape[1])

    def _times(self, vectors, kernel):
        # of vectors of a thousand values or more, a product with a diagonal matrix takes longer
        # than all the rest
        return vectors * np.diagonal(kernel) if self.is_linear else vectors @ kernel

    def is_close_to(self, other):
        """Whether both were taken from the same weights; processors may round them differently."""
        mine, others = self._arrays(), other._arrays()
        if self.is_linear != other.is_linear or len(mine) != len(others):
            return False
        return all(
            one.shape == another.shape and np.allclose(one, another, rtol=1e-6, atol=1e-9)
            for one, another in zip(mine, others)
        )

    def _arrays(self):
        return [
            self.query_kernel,
            self.article_kernel,
            self.bias,
            self.article_bias,
            *(array for layer in self.layers for array in layer),
        ]

    def _check_size(self, vectors):
        if vectors.ndim != 2 or vectors.shape[1] != self.feature_size:
            shape = f"an array of shape {vectors.shape}"
            received = vectors.shape[1] if vectors.ndim == 2 else shape
            raise ValueError(
                f"The matching submodel takes features of size {self.feature_size}; "
                f"received {received}. Use the features it was trained with."
            )


def in_blocks(function, vectors):
    """A function from float64 `(rows, size)` to `(rows, width)`, called on blocks of one length.

    The last block is padded: a product of fewer rows may add up in another order, and on some
    processors a row's place in the block decides, too. In float64 such differences all but vanish
    when they are rounded to float32. Thus what is computed of a row is the same whichever others it
    is computed with, and adding articles to an index gives what making it anew would.

    Returns:
        float32 `(rows, width)`.
    """
    block = np.zeros((ROWS_PER_BLOCK, vectors.shape[1]))
    results = np.empty((len(vectors), function(block).shape[1]), "float32")
    for start in range(0, len(vectors), ROWS_PER_BLOCK):
        rows = vectors[start : start + ROWS_PER_BLOCK]
        block[: len(rows)] = rows
        results[start : start + len(rows)] = function(block)[: len(rows)]
    return results
