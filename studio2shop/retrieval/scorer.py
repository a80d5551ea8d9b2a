"""The exact scorer: the matching network's own logits, with all that depends on the article alone computed once.

The first dense layer after [query, article] -> BatchNorm splits: `W [q, a] = Wq q + Wa a`, with BatchNorm folded into
`Wq`, `Wa` and the bias. `Wa a` is computed once for the assortment, `Wq q` once a query; what is left a pair is add,
ReLU, one 256 x 256 product and one 256 product. In the paper's way (Figure 9) all of it is computed for every pair.
"""

import os
from concurrent.futures import ThreadPoolExecutor

import keras
import numpy as np
from threadpoolctl import ThreadpoolController

ARTICLES_PER_BLOCK = 1024  # 1 MB of hidden units, which stays in the cache


def distinct_rows(vectors):
    """The distinct rows of `(articles, size)`, and for each article which of them it is.

    A matrix product computes its last rows in another order of additions than the others, so that the same article in
    two places would get two scores, a bit apart, and never tie with itself. Scores of distinct rows can't.
    """
    distinct, rows = np.unique(vectors, axis=0, return_inverse=True)
    return (vectors, None) if len(distinct) == len(vectors) else (distinct, rows.ravel())


class ExactScorer:
    """Scores queries against an assortment, as the matching submodel would, without calling it.

    Args:
        query_article_matching: a model of `build_query_article_matching`, linear or non-linear, trained or not.
        article_vectors: float32 `(articles, size)`.

    Raises:
        ValueError: if the model is built otherwise, or the features' size is not its own.
    """

    def __init__(self, query_article_matching, article_vectors):
        feature_size = query_article_matching.inputs[0].shape[-1]
        if article_vectors.shape[1] != feature_size:
            raise ValueError(f"The matching submodel takes features of size {feature_size}; received {article_vectors.shape[1]}. Use the features it was trained with.")
        weights = _read_layers(query_article_matching)
        article_vectors, self._rows = distinct_rows(article_vectors)
        if "ScaledDotProduct" in weights:
            scale, self._bias = (float(value) for value in weights["ScaledDotProduct"])
            self._articles = np.ascontiguousarray(article_vectors * np.float32(scale))
            self._layers = None
        else:
            self._libraries = ThreadpoolController()
            scale, shift = weights["BatchNormalization"]
            (kernel, bias), *self._layers = weights["Dense"]
            folded = (scale[:, None] * kernel).astype("float32")
            self._query_kernel = folded[:feature_size]  # the query stands first
            self._query_bias = (bias + shift @ kernel).astype("float32")
            self._articles = (article_vectors @ folded[feature_size:]).astype("float32")  # (articles, 256)

    def scores(self, query_features):
        """Logits of all articles for some queries.

        Args:
            query_features: float32 `(queries, size)`.

        Returns:
            float32 `(queries, articles)`, within 1e-4 x max(1, |logit|) of a float32 submodel's own. Articles with the
            very same features score the very same.
        """
        logits = self._scores_of_distinct(np.asarray(query_features, "float32"))
        return logits if self._rows is None else logits[:, self._rows]

    def _scores_of_distinct(self, query_features):
        if self._layers is None:
            return query_features @ self._articles.T + np.float32(self._bias)
        logits = np.empty((len(query_features), len(self._articles)), "float32")
        first_layer = query_features @ self._query_kernel + self._query_bias  # (queries, 256)
        starts = range(0, len(self._articles), ARTICLES_PER_BLOCK)
        # a thread a core, each with all of a block's steps: NumPy spreads its products over the cores, but not the sums
        # and maxima between them
        with self._libraries.limit(limits=1, user_api="blas"), ThreadPoolExecutor(os.cpu_count()) as pool:
            list(pool.map(lambda start: self._score_block(first_layer, start, logits), starts))
        return logits

    def _score_block(self, first_layer, start, logits):
        block = self._articles[start : start + ARTICLES_PER_BLOCK]
        hidden = np.empty_like(block)
        for query, query_part in enumerate(first_layer):
            x = np.add(block, query_part, out=hidden)  # (articles, 256)
            for kernel, bias in self._layers:
                x = np.maximum(x, 0, out=x) @ kernel
                x += bias
            logits[query, start : start + len(block)] = x[:, 0]


def _read_layers(model):
    """The weights of a matching submodel by kind of layer; a sigmoid at the end is left out."""
    found, activations, has_pairs = {"Dense": []}, [], False
    for layer in model.layers:
        kind, weights = type(layer).__name__, [np.array(keras.ops.convert_to_numpy(weight), "float64") for weight in layer.weights]
        if kind == "Dense" and layer.use_bias:
            found["Dense"].append([weight.astype("float32") for weight in weights])
            activations.append(layer.activation.__name__)
        elif kind == "BatchNormalization" and layer.center and layer.scale:
            gamma, beta, mean, variance = weights
            scale = gamma / np.sqrt(variance + layer.epsilon)
            found[kind] = (scale, beta - mean * scale)
        elif kind == "ScaledDotProduct":
            return {kind: weights}
        elif weights:
            raise _cannot_be_split(f"it has a layer {layer.name!r} of type {kind}")
        has_pairs = has_pairs or kind == "PairConcatenate"
    if not has_pairs or "BatchNormalization" not in found or len(activations) < 2:
        raise _cannot_be_split(f"{model.name!r} is not [query, article] -> BatchNorm -> Dense layers")
    if set(activations[:-1]) != {"relu"} or activations[-1] not in ("linear", "sigmoid"):
        raise _cannot_be_split(f"its dense layers have the activations {', '.join(activations)}, not ReLU up to the last")
    return found


def _cannot_be_split(reason):
    return ValueError(f"The matching submodel can't be split for exact scoring: {reason}; build it with build_query_article_matching.")
