"""A model as the paper prints it (Tables 5 and 7)."""

import math

import keras
import pandas as pd

from studio2shop.io.given import check_type

SUBMODULES = {"query_feature": "query-feature", "query_article_matching": "query-article-matching"}

# how the paper names Keras' classes; parameter-free layers that are not here are glue and not
# printed
_PRINTED_TYPES = {
    "InputLayer": "InputLayer",
    "Conv2D": "Conv2D",
    "MaxPooling2D": "MaxPooling2D",
    "GlobalAveragePooling2D": "GlobalAveragePooling2D",
    "GlobalMaxPooling2D": "GlobalMaxPooling2D",
    "LocalResponseNormalization": "LRN",
    "Flatten": "Flatten",
    "Dense": "Dense",
    "Dropout": "Dropout",
    "PairConcatenate": "Concatenate",
    "Concatenate": "Concatenate",
    "BatchNormalization": "BatchNorm",
}
_PRINTED_ACTIVATIONS = {"relu": "ReLU", "linear": ""}


def layer_table(model):
    """A model's layers in the form of the paper's Tables 5 and 7.

    Counts trainable parameters, as the paper does (its 512 for BatchNorm leaves out the moving
    statistics); a frozen layer counts 0. Submodels are folded to one row, parameter-free glue that
    the paper does not print (scaling, preprocessing, reshaping) is left out. The two submodels of
    Studio2Shop are unfolded, with a column `submodule`.

    Args:
        model: a functional `keras.Model`.

    Returns:
        A DataFrame with columns `name, type, kernel, activation, output_size, params`, and
        `submodule` in front where the model has the two submodels; the last row is the total.

    Example:
        >>> from studio2shop import build_fdna
        >>> table = layer_table(build_fdna())
        >>> int(table.params.iloc[-1])
        29301284
    """
    check_type("model", model, keras.Model, "a functional Keras model")
    submodels = {layer.name: layer for layer in model.layers if isinstance(layer, keras.Model)}
    if set(SUBMODULES) <= set(submodels):
        rows = [
            {"submodule": printed_name, **row}
            for name, printed_name in SUBMODULES.items()
            for row in _rows(submodels[name])
        ]
    else:
        rows = _rows(model)
    total = {**dict.fromkeys(rows[0], ""), "name": "total", "params": trainable_parameters(model)}
    return pd.DataFrame([*rows, total])


def _rows(model):
    names = _printed_names(model)
    return [_row(layer, names) for layer in _layers_in_order(model) if _is_printed(layer)]


def _printed_names(model):
    """The paper names inputs, outputs and the layer of the features, and no others."""
    return {
        "fDNA",
        *model.output_names,
        *(tensor._keras_history.operation.name for tensor in model.inputs),
    }


def printed_graph(model):
    """Which printed layers feed which: a model's table as a graph.

    Args:
        model: a functional `keras.Model`, such as a submodel of Studio2Shop.

    Returns:
        dict of layer name to `(row, sources)`: its row of `layer_table` as a dict, and the names of
        the printed layers that it takes, those that the paper does not print passed over. Each
        layer stands after its sources.
    """
    layers = {
        layer: tensor for layer, tensor in _layers_in_order(model).items() if _is_printed(layer)
    }

    def sources(tensor):
        layer, node_index, _ = tensor._keras_history
        found = []
        for source in layer._inbound_nodes[node_index].input_tensors:
            above = source._keras_history.operation
            found += [above.name] if above in layers else sources(source)
        return list(dict.fromkeys(found))

    names = _printed_names(model)
    return {layer.name: (_row(layer, names), sources(tensor)) for layer, tensor in layers.items()}


def _layers_in_order(model):
    """Dict of layer to output, from the inputs up, one output's branch after the other."""
    ordered = {}  # layer to its output in this model; a nested model's own `output` is another one

    def visit(tensor):
        layer, node_index, _ = tensor._keras_history
        if layer in ordered:
            return
        for source in layer._inbound_nodes[node_index].input_tensors:
            visit(source)
        ordered[layer] = tensor

    for tensor in model.output.values() if isinstance(model.output, dict) else model.outputs:
        visit(tensor)
    return ordered


def _is_printed(layer):
    return type(layer).__name__ in _PRINTED_TYPES or bool(getattr(layer, "weights", []))


def _row(layer, names):
    if isinstance(layer, keras.Model):
        printed_type = layer.name
    elif isinstance(layer, keras.layers.Dropout):
        printed_type = f"Dropout({layer.rate:g})"
    else:
        printed_type = _PRINTED_TYPES.get(type(layer).__name__, type(layer).__name__)
    activation = getattr(getattr(layer, "activation", None), "__name__", "")
    return {
        "name": layer.name if layer.name in names else "",
        "type": printed_type,
        "kernel": "x".join(map(str, layer.kernel_size))
        if isinstance(layer, keras.layers.Conv2D)
        else "",
        "activation": _PRINTED_ACTIVATIONS.get(activation, activation),
        "output_size": "x".join(str(size) for size in layer.output.shape if size is not None),
        "params": trainable_parameters(layer),
    }


def trainable_parameters(layer):
    """Number of a layer's or a model's parameters that are trained, as the paper counts them."""
    return sum(math.prod(weight.shape) for weight in layer.trainable_weights)


def derivation_table(model):
    """The arithmetic behind each row of `layer_table(model)`.

    Args:
        model: a functional `keras.Model` without submodels, such as fDNA.

    Returns:
        A DataFrame with a row a printed layer, in the table's order: `layer` (its name in Keras),
        `size` and `params`, each as a sum that a reader can do by hand; empty where there is
        nothing to do.

    Example:
        >>> from studio2shop import build_fdna
        >>> derivation_table(build_fdna()).loc[1, "params"]
        '11·11·3·96 + 96 = 34,944'
    """
    rows = [
        (layer.name, _size(layer), _params(layer))
        for layer in _layers_in_order(model)
        if _is_printed(layer)
    ]
    return pd.DataFrame(rows, columns=["layer", "size", "params"])


def _size(layer):
    if isinstance(layer, keras.layers.Conv2D) and layer.padding == "valid":
        steps = zip(
            layer.input.shape[1:3], layer.kernel_size, layer.strides, layer.output.shape[1:3]
        )
        return ", ".join(
            f"({size} - {kernel}) // {stride} + 1 = {result}"
            for size, kernel, stride, result in steps
        )
    if isinstance(layer, keras.layers.Conv2D):
        steps = zip(layer.input.shape[1:3], layer.strides, layer.output.shape[1:3])
        return ", ".join(
            f"{size} kept" if stride == 1 else f"{size} / {stride} = {result}"
            for size, stride, result in steps
        )
    if isinstance(layer, keras.layers.MaxPooling2D):
        steps = zip(layer.input.shape[1:3], layer.strides, layer.output.shape[1:3])
        return ", ".join(f"{size} // {stride} = {result}" for size, stride, result in steps)
    if isinstance(layer, keras.layers.Flatten):
        return "·".join(map(str, layer.input.shape[1:])) + f" = {layer.output.shape[-1]:,}"
    return ""


def _params(layer):
    if isinstance(layer, keras.layers.Conv2D):
        height, width, depth, filters = layer.kernel.shape
        return f"{height}·{width}·{depth}·{filters} + {filters} = {layer.count_params():,}"
    if isinstance(layer, keras.layers.Dense):
        size_in, size_out = layer.kernel.shape
        return f"{size_in:,}·{size_out:,} + {size_out:,} = {layer.count_params():,}"
    return ""
