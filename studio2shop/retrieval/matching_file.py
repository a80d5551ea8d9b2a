"""The weights of a match, and of other dense layers, in an `.npz` file."""

import numpy as np

from studio2shop.io.files import whole_file
from studio2shop.retrieval.split import SplitMatching

FIRST_ARRAYS = ("query_kernel", "article_kernel", "bias", "article_bias")


def write_matching(split, path):
    """Writes a `SplitMatching` to an `.npz` file, whole or not at all."""
    first = {name: getattr(split, name) for name in FIRST_ARRAYS}
    layers = numbered("layer", split.layers)
    with whole_file(path) as unfinished:
        np.savez(unfinished, **first, is_linear=split.is_linear, **layers)


def read_matching(path):
    """Reads what `write_matching` wrote."""
    with np.load(path) as arrays:
        first = [arrays[name] for name in FIRST_ARRAYS]
        return SplitMatching(*first, layers_of("layer", arrays), bool(arrays["is_linear"]))


def numbered(name, layers):
    """dict of arrays, such as `layer_0_kernel`, of `(kernel, bias)` layers."""
    return {
        f"{name}_{number}_{kind}": array
        for number, layer in enumerate(layers)
        for kind, array in zip(("kernel", "bias"), layer)
    }


def layers_of(name, arrays):
    """The layers that `numbered` named."""
    num_layers = sum(key.startswith(f"{name}_") and key.endswith("_bias") for key in arrays)
    return tuple(
        (arrays[f"{name}_{number}_kernel"], arrays[f"{name}_{number}_bias"])
        for number in range(num_layers)
    )
