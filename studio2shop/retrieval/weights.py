"""The weights of a trained matching submodel or tower, read from its Keras layers."""

import keras
import numpy as np

from studio2shop.retrieval.split import SplitMatching


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
    kernel, bias = np.eye(2 * size), np.zeros((2, 2 * size))
    # whose a further bias is: the query's or the article's
    halves = np.repeat(np.eye(2), size, axis=1)
    finished = []
    for layer in chain:
        kind = type(layer).__name__
        activation = _activation(layer)
        if kind == "BatchNormalization":
            scale = _array(layer.gamma, 1) / np.sqrt(_array(layer.moving_variance) + layer.epsilon)
            shift = _array(layer.beta, 0) - _array(layer.moving_mean) * scale
            kernel, bias = kernel * scale, bias * scale + shift * halves
        elif kind == "Dense" and layer.quantization_mode is None:
            halves = halves if finished else np.array([[1.0], [0.0]])  # both in one: the query's
            own = _array(layer.kernel)
            kernel, bias = kernel @ own, bias @ own + _array(layer.bias, 0) * halves
        elif kind not in ("Dropout", "Activation", "ReLU"):
            prefix = "quantized " if kind == "Dense" else ""
            raise _cannot_be_split(f"it has a layer {layer.name!r} of type {prefix}{kind}")
        if activation == "relu":
            finished.append((kernel, bias))
            kernel, bias, halves = np.eye(kernel.shape[1]), np.zeros(kernel.shape[1]), 1
        elif activation == "sigmoid" and layer is not chain[-1]:
            raise _cannot_be_split(f"its layer {layer.name!r} has the activation sigmoid, not ReLU")
    if not finished or kernel.shape[1] != 1:
        raise _cannot_be_split(
            f"{model.name!r} is no chain of dense layers with ReLU that ends in one score an "
            "article"
        )
    (first_kernel, (query_bias, article_bias)), *layers = [*finished, (kernel, bias)]
    # the query stands first
    query_kernel, article_kernel = first_kernel[:size], first_kernel[size:]
    return SplitMatching(
        query_kernel, article_kernel, query_bias, article_bias, tuple(layers), False
    )


def dense_layers(model):
    """The `(kernel, bias)`, float32, of a chain of dense layers, such as a tower."""
    return tuple(
        (_array(layer.kernel).astype("float32"), _array(layer.bias).astype("float32"))
        for layer in model.layers
        if layer.weights
    )


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
