"""The weights of a match, and of other dense layers, in an `.npz` file."""

import numpy as np

from studio2shop.io.files import whole_file
from studio2shop.io.readers import AGAIN, NUMBERS, check_form, read_arrays, reading
from studio2shop.retrieval.split import SplitMatching

FIRST_ARRAYS = {
    "query_kernel": (NUMBERS, 2),
    "article_kernel": (NUMBERS, 2),
    "bias": (NUMBERS, 1),
    "article_bias": (NUMBERS, 1),
}


def write_matching(split, path):
    """Writes a `SplitMatching` to an `.npz` file, whole or not at all."""
    first = {name: getattr(split, name) for name in FIRST_ARRAYS}
    layers = numbered("layer", split.layers)
    with whole_file(path) as unfinished:
        np.savez(unfinished, **first, is_linear=split.is_linear, **layers)


def read_matching(path, way_out=AGAIN):
    """Reads what `write_matching` wrote; a sentence names a file that is none or is broken."""
    arrays = read_arrays(path, FIRST_ARRAYS | {"is_linear": ("b", 0)}, way_out)
    with reading(path, "match", way_out):
        query_kernel, article_kernel, bias, article_bias = (arrays[name] for name in FIRST_ARRAYS)
        is_linear = bool(arrays["is_linear"])
        layers = layers_of("layer", arrays, len(article_bias))
        sizes = query_kernel.shape, article_bias.shape, len(bias), len(layers) == 0
        width = query_kernel.shape[1:]
        if sizes != (article_kernel.shape, width, 1 if is_linear else width[0], is_linear):
            raise ValueError("its arrays are of different sizes")
        if layers and layers[-1][0].shape[1] != 1:
            raise ValueError("it does not end in one score")
        return SplitMatching(query_kernel, article_kernel, bias, article_bias, layers, is_linear)


def numbered(name, layers):
    """dict of arrays, such as `layer_0_kernel`, of `(kernel, bias)` layers."""
    return {
        f"{name}_{number}_{kind}": array
        for number, layer in enumerate(layers)
        for kind, array in zip(("kernel", "bias"), layer)
    }


def layers_of(name, arrays, size):
    """The layers that `numbered` named, of inputs of some size; a ValueError if they are none."""
    num_layers = sum(key.startswith(f"{name}_") and key.endswith("_bias") for key in arrays)
    layers = []
    for number in range(num_layers):
        kernel, bias = (arrays[f"{name}_{number}_{kind}"] for kind in ("kernel", "bias"))
        check_form(f"{name}_{number}_kernel", kernel, NUMBERS, 2)
        check_form(f"{name}_{number}_bias", bias, NUMBERS, 1)
        if kernel.shape != (size, len(bias)):
            raise ValueError(f"{name}_{number}_kernel is of shape {kernel.shape}")
        layers.append((kernel, bias))
        size = len(bias)
    return tuple(layers)
