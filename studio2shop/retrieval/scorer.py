"""The exact scorer: the match's own logits, with what depends on the article computed once.

What is left a pair after `SplitMatching` is add, ReLU, one 256 x 256 product and one 256 product.
Adding a query's part `c` to an article's and cutting off below 0 is one step instead of two, since
`relu(x + c) = max(x, -c) + c`, and the `c` behind it goes through the next layer once per query,
not once per pair.
"""

import numpy as np

from studio2shop.io.given import as_numbers
from studio2shop.retrieval.split import SplitMatching
from studio2shop.retrieval.threads import NUM_WORKERS, in_threads

ARTICLES_PER_BLOCK = 1024  # 1 MB of hidden units, which stays in the cache
# a block's length is a multiple, so that on most processors a product's rows are computed alike
ROWS_PER_STEP = 64


class ExactScorer:
    """Scores queries against an assortment, as the matching submodel would, without calling it.

    Args:
        query_article_matching: a model of `build_query_article_matching`, linear or non-linear,
            trained or not; or its `SplitMatching`.
        article_vectors: float32 `(articles, feature_size)`; may be memory-mapped.
        dtype: `"float32"`, or `"bfloat16"` for products in half the bits (TensorFlow's): faster on
            processors with instructions for it, see `is_faster_in_bfloat16`, with scores about 1 %
            of the logits' deviation off.
        article_parts, repeated: what a scorer of the same vectors holds under these names, such as
            a saved one; default: computed here.

    Raises:
        ValueError: if the model is built otherwise, or the features' size is not its own.
    """

    def __init__(
        self,
        query_article_matching,
        article_vectors,
        dtype="float32",
        article_parts=None,
        repeated=None,
    ):
        if dtype not in ("float32", "bfloat16"):
            raise ValueError(f"`dtype` must be 'float32' or 'bfloat16'; received {dtype!r}.")
        article_vectors = np.asarray(article_vectors, "float32")
        split = split_of(query_article_matching)
        if article_parts is None:
            article_parts = split.article_parts(article_vectors)
        self.split = split
        self.article_parts = article_parts
        self.repeated = repeated_rows(article_vectors) if repeated is None else repeated
        self.dtype = dtype
        self._kernels = [kernel.astype("float32") for kernel, _ in split.layers[:-1]]
        self._last_kernel = None if split.is_linear else split.layers[-1][0][:, 0].astype("float32")
        self._bfloat16 = None
        if dtype == "bfloat16":
            from studio2shop.retrieval.bfloat16 import Bfloat16Matching

            self._bfloat16 = Bfloat16Matching(split, article_parts)

    def __len__(self):
        return len(self.article_parts)

    def scores(self, query_features, rows=None):
        """Logits of all articles, or of some, for some queries.

        Args:
            query_features: float32 `(queries, feature_size)`.
            rows: int array, the articles wanted; default: all. Some are always scored in float32.

        Returns:
            float32 `(queries, articles)`. In float32 they are within 1e-4 x max(1, |logit|) of a
            float32 submodel's own. Articles with the very same features score the very same, and a
            query scores the very same whichever others it is searched with.
        """
        query_parts = self.split.query_parts(query_features)
        if rows is None:
            logits = (
                self._bfloat16(query_parts)
                if self._bfloat16
                else self._score(query_parts, self.article_parts)
            )
            copies, originals = self.repeated
            logits[:, copies] = logits[:, originals]
            return logits
        return self._score_some(query_parts, rows, shared=True)

    def candidate_scores(self, query_features, candidates):
        """Logits of each query's own candidates, always in float32.

        Args:
            query_features: float32 `(queries, feature_size)`.
            candidates: list of int arrays, the articles wanted, one per query.

        Returns:
            List of float32 arrays.
        """
        query_parts = self.split.query_parts(query_features)
        if len(query_parts) == 1:
            return [self._score_some(query_parts, candidates[0], shared=True)[0]]
        in_order = range(len(query_parts))
        return in_threads(
            lambda query: self._score_some(
                query_parts[query : query + 1], candidates[query], shared=False
            )[0],
            in_order,
        )

    def _score_some(self, query_parts, rows, shared):
        wanted, places = np.unique(
            self._originals_of(np.asarray(rows, np.int64)), return_inverse=True
        )
        return self._score(query_parts, self.article_parts[wanted], shared)[:, places]

    def _originals_of(self, rows):
        copies, originals = self.repeated
        if not len(copies):
            return rows
        places = np.minimum(np.searchsorted(copies, rows), len(copies) - 1)
        return np.where(copies[places] == rows, originals[places], rows)

    def _score(self, query_parts, article_parts, shared=True):
        logits = np.empty((len(query_parts), len(article_parts)), "float32")
        constants = [self._constants(query_part) for query_part in query_parts]
        # so that also a few articles are for all cores
        share = -(-len(article_parts) // NUM_WORKERS)
        block_length = min(ARTICLES_PER_BLOCK, max(1, -(-share // ROWS_PER_STEP)) * ROWS_PER_STEP)
        blocks = [
            range(start, min(start + block_length, len(article_parts)))
            for start in range(0, len(article_parts), block_length)
        ]
        in_order = range(len(constants))

        def score(share):
            self._score_blocks(article_parts, constants, *share, block_length, logits)

        if not shared:
            score((in_order, blocks))
        elif len(blocks) >= min(NUM_WORKERS, len(constants)):
            in_threads(
                score,
                [
                    (in_order, blocks[worker::NUM_WORKERS])
                    for worker in range(min(NUM_WORKERS, len(blocks)))
                ],
            )
        else:
            in_threads(
                score,
                [
                    (in_order[worker::NUM_WORKERS], blocks)
                    for worker in range(min(NUM_WORKERS, len(constants)))
                ],
            )
        return logits

    def _constants(self, query_part):
        """What a query adds after each layer, multiplied in float64."""
        if self.split.is_linear:
            return [query_part.astype("float32"), self.split.bias.astype("float32")]
        constants = [query_part.astype("float32")]
        # of the rounded one, which is the one that units are cut off at
        for (
            kernel,
            bias,
        ) in self.split.layers:
            constants.append((constants[-1] @ kernel + bias).astype("float32"))
        return constants

    def _score_blocks(self, article_parts, constants, queries, blocks, block_length, logits):
        # blocks of one length, also the last: a product of fewer rows adds up in another order, and
        # the same article would score otherwise in another place
        widths = [article_parts.shape[1], *(kernel.shape[1] for kernel in self._kernels)]
        first, *others = [np.zeros((block_length, width), "float32") for width in widths]
        for block in blocks:
            articles = article_parts[block.start : block.stop]
            if self.split.is_linear:
                first[: len(block)] = articles
                for query in queries:
                    query_part, bias = constants[query]
                    logits[query, block.start : block.stop] = (first @ query_part + bias)[
                        : len(block)
                    ]
                continue
            for query in queries:
                query_part, *following = constants[query]
                x = first
                np.maximum(articles, -query_part, out=x[: len(block)])  # (articles, 256)
                for kernel, constant, out in zip(self._kernels, following, others):
                    np.matmul(x, kernel, out=out)
                    x = np.maximum(out, -constant, out=out)
                logits[query, block.start : block.stop] = (x @ self._last_kernel)[
                    : len(block)
                ] + following[-1]


def split_of(matching):
    """A matching submodel taken apart, unless it is already."""
    if isinstance(matching, SplitMatching):
        return matching
    from studio2shop.retrieval.weights import split_matching  # starts Keras

    return split_matching(matching)


def repeated_rows(vectors):
    """Which rows of `(articles, size)` are the very same as an earlier one.

    Returns:
        `(copies, originals)`, two int64 arrays of the same length, by rising `copies`: row
        `copies[i]` repeats row `originals[i]`, the first of its kind.
    """
    vectors = np.asarray(vectors, "float32")
    random = np.random.default_rng(0).integers(
        1, 2**63, vectors.shape[1], dtype=np.uint64
    ) | np.uint64(1)
    hashes = np.empty(len(vectors), np.uint64)
    for start in range(0, len(vectors), 65_536):
        # + 0: -0.0 and 0.0 are the same number
        bits = (vectors[start : start + 65_536] + np.float32(0)).view(np.uint32)
        hashes[start : start + 65_536] = bits.astype(np.uint64) @ random  # modulo 2^64
    _, first, kinds = np.unique(hashes, return_index=True, return_inverse=True)
    originals = first[kinds]
    copies = np.flatnonzero(originals != np.arange(len(vectors)))
    is_same = (vectors[copies] == vectors[originals[copies]]).all(axis=1)
    return copies[is_same].astype(np.int64), originals[copies][is_same].astype(np.int64)


def as_query_features(query_features, size):
    """Query features as float32 `(queries, size)`; a ValueError tells what is none."""
    shape = f"(queries, {size})"
    array = as_numbers("query_features", query_features, shape)
    if array.ndim != 2 or array.shape[1] != size:
        raise ValueError(f"`query_features` must be {shape}; received {array.shape}.")
    if not np.isfinite(array).all():
        raise ValueError(
            "`query_features` must be finite; received NaN or infinity. Did training diverge?"
        )
    return array
