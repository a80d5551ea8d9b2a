"""A trained matching submodel taken apart: what depends on article, on query, on the pair.

The first dense layer after [query, article] -> BatchNorm splits: `W [q, a] = Wq q + Wa a`, with
BatchNorm folded into `Wq`, `Wa` and the biases. `Wa a` is computed once for the assortment, `Wq q`
once a query. In the paper's way (Figure 9) all of it is computed for every pair.
"""

import dataclasses

import keras
import numpy as np

ROWS_PER_BLOCK = 1024


@dataclasses.dataclass(frozen=True, eq=False)
class SplitMatching:
    """The weights of a matching submodel, float64, from features to logits.

    Attributes:
        query_kernel: `(feature_size, width)`; with `bias`, what a query adds to the first hidden
            layer.
        article_kernel: `(feature_size, width)`; with `article_bias`, what an article adds to it.
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
            lambda block: block.astype("float64") @ self.article_kernel + self.article_bias,
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
        return np.array([query @ self.query_kernel + offset for query in query_features]).reshape(
            -1, self.query_kernel.shape[1]
        )

    def is_close_to(self, other):
        """Whether both were taken from the same weights; processors may round them differently."""
        mine, others = self._arrays(), other._arrays()
        is_alike = self.is_linear == other.is_linear and [array.shape for array in mine] == [
            array.shape for array in others
        ]
        return is_alike and all(
            np.allclose(*pair, rtol=1e-6, atol=1e-9) for pair in zip(mine, others)
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
            received = (
                vectors.shape[1] if vectors.ndim == 2 else f"an array of shape {vectors.shape}"
            )
            raise ValueError(
                f"The matching submodel takes features of size {self.feature_size}; "
                f"received {received}. Use the features it was trained with."
            )


def split_matching(model):
    """Takes a matching submodel apart.

    Args:
        model: from `[article features, query features]` to scores: the linear match, or a chain of
            dense layers after `[query, article]`, of any widths and number, with ReLU between them;
            BatchNorm and Dropout may stand anywhere. `build_query_article_matching` makes such
            models. A sigmoid at the end is left out.

    Returns:
        A `SplitMatching`.

    Raises:
        ValueError: if the model is built otherwise.
    """
    join, *chain = _chain(model)
    while (
        chain
        and type(chain[-1]).__name__ in ("Activation", "Reshape")
        and _activation(chain[-1]) != "relu"
    ):
        chain.pop()
    size = model.inputs[0].shape[-1]
    if type(join).__name__ == "ScaledDotProduct":
        if chain:
            raise _cannot_be_split(f"its layer {chain[0].name!r} follows a dot product")
        return SplitMatching.dot_product(size, float(_array(join.scale)), float(_array(join.bias)))
    # what was read since the last ReLU: a kernel, and a bias of either half
    affine = (
        np.eye(2 * size),
        np.zeros((2, 2 * size)),
    )
    # whose a further bias is: the query's or the article's
    halves = np.repeat(np.eye(2), size, axis=1)
    finished = []
    for layer in chain:
        kind, activation = type(layer).__name__, _activation(layer)
        if kind == "BatchNormalization":
            scale = _array(layer.gamma, 1) / np.sqrt(_array(layer.moving_variance) + layer.epsilon)
            shift = _array(layer.beta, 0) - _array(layer.moving_mean) * scale
            affine = affine[0] * scale, affine[1] * scale + shift * halves
        elif kind == "Dense" and layer.quantization_mode is None:
            halves = halves if finished else np.array([[1.0], [0.0]])  # both in one: the query's
            kernel = _array(layer.kernel)
            affine = affine[0] @ kernel, affine[1] @ kernel + _array(layer.bias, 0) * halves
        elif kind not in ("Dropout", "Activation", "ReLU"):
            raise _cannot_be_split(
                f"it has a layer {layer.name!r} of type "
                f"{'quantized ' if kind == 'Dense' else ''}{kind}"
            )
        if activation == "relu":
            finished.append(affine)
            affine, halves = (np.eye(affine[0].shape[1]), np.zeros(affine[0].shape[1])), 1
        elif activation == "sigmoid" and layer is not chain[-1]:
            raise _cannot_be_split(f"its layer {layer.name!r} has the activation sigmoid, not ReLU")
    (kernel, bias), *layers = [*finished, affine]
    if not layers or affine[0].shape[1] != 1:
        raise _cannot_be_split(
            f"{model.name!r} is no chain of dense layers with ReLU that ends in one score an "
            "article"
        )
    # the query stands first
    return SplitMatching(kernel[:size], kernel[size:], bias[0], bias[1], tuple(layers), False)


def dense_layers(model):
    """The `(kernel, bias)`, float32, of a chain of dense layers, such as a tower."""
    return tuple(
        (_array(layer.kernel).astype("float32"), _array(layer.bias).astype("float32"))
        for layer in model.layers
        if layer.weights
    )


def in_blocks(function, vectors):
    """A function from float32 `(rows, size)` to `(rows, width)`, called on blocks of one length.

    The last block is padded: a product of fewer rows may add up in another order. Thus what is
    computed of a row is the same to the last bit whichever others it is computed with, and adding
    articles to an index gives what making it anew would.

    Returns:
        float32 `(rows, width)`.
    """
    block = np.zeros((ROWS_PER_BLOCK, vectors.shape[1]), "float32")
    results = np.empty((len(vectors), function(block).shape[1]), "float32")
    for start in range(0, len(vectors), ROWS_PER_BLOCK):
        rows = vectors[start : start + ROWS_PER_BLOCK]
        block[: len(rows)] = rows
        results[start : start + len(rows)] = function(block)[: len(rows)]
    return results


def _chain(model):
    """The layers from the one that joins queries and articles to the scores."""
    joins = [
        layer
        for layer in model.layers
        if type(layer).__name__ in ("PairConcatenate", "ScaledDotProduct")
    ]
    if len(joins) != 1:
        raise _cannot_be_split(
            f"{model.name!r} has {len(joins)} layers PairConcatenate or ScaledDotProduct, "
            "where one joins queries and articles"
        )
    if [id(tensor) for tensor in joins[0].input] != [id(tensor) for tensor in model.inputs]:
        raise _cannot_be_split(
            f"its layer {joins[0].name!r} joins something else than its inputs [article features, "
            "query features]"
        )
    sizes = [tensor.shape[-1] for tensor in model.inputs]
    if sizes[0] != sizes[1]:
        raise _cannot_be_split(
            f"article features have {sizes[0]} values and query features {sizes[1]}"
        )
    chain = joins
    while chain[-1].output is not model.outputs[0]:
        following = [layer for layer in model.layers if layer.input is chain[-1].output]
        if len(following) != 1:
            raise _cannot_be_split(
                f"what follows its layer {chain[-1].name!r} is no single chain of layers"
            )
        chain = [*chain, following[0]]
    return chain


def _activation(layer):
    """`"linear"`, `"relu"` or `"sigmoid"`: what a layer ends in."""
    if type(layer).__name__ == "ReLU":
        if layer.max_value is not None or layer.negative_slope or layer.threshold:
            raise _cannot_be_split(
                f"it has a layer {layer.name!r} of type ReLU with max_value, "
                "negative_slope or threshold"
            )
        return "relu"
    function = getattr(layer, "activation", None)
    known = {
        None: "linear",
        keras.activations.linear: "linear",
        keras.activations.relu: "relu",
        keras.activations.sigmoid: "sigmoid",
    }
    if function not in known:
        name = getattr(function, "__name__", type(function).__name__)
        raise _cannot_be_split(f"its layer {layer.name!r} has the activation {name}, not ReLU")
    return known[function]


def _array(weight, if_none=None):
    return if_none if weight is None else np.array(keras.ops.convert_to_numpy(weight), "float64")


def _cannot_be_split(reason):
    return ValueError(
        f"The matching submodel can't be split for exact scoring: {reason}; "
        "build it with build_query_article_matching."
    )
