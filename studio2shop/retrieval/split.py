"""A trained matching submodel taken apart: what is computed once an article, once a query, and what is left a pair.

The first dense layer after [query, article] -> BatchNorm splits: `W [q, a] = Wq q + Wa a`, with BatchNorm folded into
`Wq`, `Wa` and the bias. `Wa a` is computed once for the assortment, `Wq q` once a query. In the paper's way (Figure 9)
all of it is computed for every pair.
"""

import dataclasses
import hashlib

import keras
import numpy as np


@dataclasses.dataclass(frozen=True, eq=False)
class SplitMatching:
    """The weights of a matching submodel, float64, from features to logits.

    Attributes:
        query_kernel: `(feature_size, width)`; with `bias`, what a query adds to the first hidden layer.
        article_kernel: `(feature_size, width)`, what an article adds to it.
        bias: `(width,)`.
        layers: tuple of `(kernel, bias)`, what follows after a ReLU each; the last kernel has one column. Of the linear
            match it is empty: the logit is the product of the two parts, plus `bias`, one number.
        is_linear: whether it is the linear match.
    """

    query_kernel: np.ndarray
    article_kernel: np.ndarray
    bias: np.ndarray
    layers: tuple
    is_linear: bool

    @classmethod
    def dot_product(cls, size):
        """The plain dot product of two vectors of `size` values."""
        return cls(np.eye(size), np.eye(size), np.zeros(1), (), True)

    @property
    def feature_size(self):
        """Size of the query and of the article features."""
        return len(self.query_kernel)

    def article_parts(self, article_vectors):
        """What depends on the article alone: float32 `(articles, width)` of vectors `(articles, feature_size)`."""
        if article_vectors.ndim != 2 or article_vectors.shape[1] != self.feature_size:
            size = article_vectors.shape[-1]
            raise ValueError(f"The matching submodel takes features of size {self.feature_size}; received {size}. Use the features it was trained with.")
        return article_vectors @ self.article_kernel.astype("float32")

    def query_parts(self, query_features):
        """What depends on the query alone: float64 `(queries, width)` of features `(queries, feature_size)`.

        Each query by itself, so that its scores don't depend on which others it was searched with: a product of many
        rows adds up in another order than a product of one.
        """
        offset = 0 if self.is_linear else self.bias
        return np.array([query @ self.query_kernel + offset for query in np.asarray(query_features, "float64")]).reshape(-1, self.query_kernel.shape[1])

    @property
    def fingerprint(self):
        """A short hash of the weights: what was computed with others does not belong to them."""
        arrays = [self.query_kernel, self.article_kernel, self.bias, *(array for layer in self.layers for array in layer)]
        return hashlib.sha256(b"".join(np.ascontiguousarray(array).tobytes() for array in arrays)).hexdigest()[:16]


def split_matching(model):
    """Takes a matching submodel apart.

    Args:
        model: from `[article features, query features]` to scores: the linear match, or a chain of dense layers after
            `[query, article]`, of any widths and number, with ReLU between them; BatchNorm and Dropout may stand anywhere.
            `build_query_article_matching` makes such models. A sigmoid at the end is left out.

    Returns:
        A `SplitMatching`.

    Raises:
        ValueError: if the model is built otherwise.
    """
    chain = _chain(model)
    size = model.inputs[0].shape[-1]
    if type(chain[0]).__name__ == "ScaledDotProduct":
        scale, bias = _weights(chain[0])
        return SplitMatching(np.eye(size), np.eye(size) * scale, bias.reshape(1), (), True)
    affine = np.eye(2 * size), np.zeros(2 * size)  # what was read since the last ReLU, as one kernel and bias
    finished = []
    for layer in chain[1:]:
        kind = type(layer).__name__
        if kind == "BatchNormalization":
            gamma, beta, mean, variance = _batch_norm_weights(layer)
            scale = gamma / np.sqrt(variance + layer.epsilon)
            affine = affine[0] * scale, affine[1] * scale + beta - mean * scale
        elif kind == "Dense":
            kernel, *bias = _weights(layer)
            affine = affine[0] @ kernel, affine[1] @ kernel + (bias[0] if bias else 0)
        elif layer.weights:
            raise _cannot_be_split(f"it has a layer {layer.name!r} of type {kind}")
        activation = "relu" if kind == "ReLU" else getattr(getattr(layer, "activation", None), "__name__", "linear")
        if activation == "relu":
            finished.append(affine)
            affine = np.eye(len(affine[1])), np.zeros(len(affine[1]))
        elif activation == "sigmoid" and affine[1].size == 1:
            break
        elif activation != "linear":
            raise _cannot_be_split(f"its layer {layer.name!r} has the activation {activation}, not ReLU")
        elif kind not in ("BatchNormalization", "Dense", "Dropout", "Activation", "Reshape"):
            raise _cannot_be_split(f"it has a layer {layer.name!r} of type {kind}")
    (kernel, bias), *layers = [*finished, affine]
    if not layers or len(affine[1]) != 1:
        raise _cannot_be_split(f"{model.name!r} is no chain of dense layers with ReLU that ends in one score an article")
    return SplitMatching(kernel[:size], kernel[size:], bias, tuple(layers), False)  # the query stands first


def dense_layers(model):
    """The `(kernel, bias)` of a model that is dense layers one after the other, such as a tower."""
    return tuple(tuple(weight.astype("float32") for weight in _weights(layer)) for layer in model.layers if layer.weights)


def _chain(model):
    """The layers from the one that joins queries and articles to the scores, each fed by the one before it."""
    joins = [layer for layer in model.layers if type(layer).__name__ in ("PairConcatenate", "ScaledDotProduct")]
    if len(joins) != 1:
        raise _cannot_be_split(f"{model.name!r} has no layer PairConcatenate or ScaledDotProduct that joins queries and articles")
    chain = joins
    while chain[-1].output is not model.outputs[0]:
        following = [layer for layer in model.layers if layer.input is chain[-1].output]
        if len(following) != 1:
            raise _cannot_be_split(f"what follows its layer {chain[-1].name!r} is no single chain of layers")
        chain = [*chain, following[0]]
    return chain


def _batch_norm_weights(layer):
    weights = _weights(layer)
    gamma = weights.pop(0) if layer.scale else 1
    beta = weights.pop(0) if layer.center else 0
    return gamma, beta, *weights


def _weights(layer):
    return [np.array(keras.ops.convert_to_numpy(weight), "float64") for weight in layer.weights]


def _cannot_be_split(reason):
    return ValueError(f"The matching submodel can't be split for exact scoring: {reason}; build it with build_query_article_matching.")
