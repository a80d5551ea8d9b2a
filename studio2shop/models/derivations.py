"""How a table's sizes and parameters come about, row by row (Tables 5 and 7)."""

import keras
import pandas as pd

from studio2shop.models.layer_table import _is_printed, _layers_in_order


def derivation_table(model):
    """The arithmetic behind each row of `layer_table(model)`.

    Args:
        model: a functional `keras.Model` without submodels, such as fDNA.

    Returns:
        A DataFrame with a row a printed layer, in the table's order: `layer` (its name in Keras), `size` and `params`, each
        as a sum that a reader can do by hand; empty where there is nothing to do.

    Example:
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
        return (
            "·".join(str(size) for size in layer.input.shape[1:]) + f" = {layer.output.shape[-1]:,}"
        )
    return ""


def _params(layer):
    if isinstance(layer, keras.layers.Conv2D):
        height, width, depth, filters = layer.kernel.shape
        return f"{height}·{width}·{depth}·{filters} + {filters} = {layer.count_params():,}"
    if isinstance(layer, keras.layers.Dense):
        size_in, size_out = layer.kernel.shape
        return f"{size_in:,}·{size_out:,} + {size_out:,} = {layer.count_params():,}"
    return ""
