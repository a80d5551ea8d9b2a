"""Weights that come with the package, in half precision: `studio2shop/pretrained/`."""

import pathlib

import numpy as np

from studio2shop.io.files import sha256_of, whole_file

FOLDER = pathlib.Path(__file__).parents[1] / "pretrained"
WEIGHTS = "weights.npz"
CHECKSUMS = "SHA256SUMS"


def save_half(submodels, path):
    """Writes the weights of submodels in float16, half the size.

    Args:
        submodels: list of `keras.Model`s with names of their own.
        path: of the `.npz` file: arrays such as `query_feature/block1_conv/kernel`.

    Raises:
        ValueError: if a weight is too large for float16.
    """
    from keras import ops  # here, since settings name these files before Keras starts

    arrays = {}
    for model in submodels:
        for name, weight in _by_name(model).items():
            with np.errstate(over="ignore"):  # told below
                value = ops.convert_to_numpy(weight).astype("float16")
            if not np.isfinite(value).all():
                raise ValueError(f"{model.name}/{name} has values beyond float16.")
            arrays[f"{model.name}/{name}"] = value
    with whole_file(path) as unfinished:
        np.savez_compressed(unfinished, **arrays)


def load_half(model, path, prefix=None):
    """Loads what `save_half` wrote of a submodel, or of the layers within that a model has.

    Args:
        model: a `keras.Model`.
        path: of the `.npz` file.
        prefix: name of the submodel that was saved; default: the model's.
    """
    with np.load(path) as arrays:
        for name, weight in _by_name(model).items():
            weight.assign(arrays[f"{prefix or model.name}/{name}"].astype("float32"))


def checked_file(name, folder=FOLDER):
    """The path of a file that comes with the package, whose checksum was compared.

    Raises:
        FileNotFoundError, ValueError: if the installation lacks it or it was changed.
    """
    path, again = pathlib.Path(folder, name), "install the package again"
    sums = pathlib.Path(folder, CHECKSUMS)
    if not path.is_file() or not sums.is_file():
        raise FileNotFoundError(f"{path}: this installation lacks it; {again}.")
    known = dict(reversed(line.split()) for line in sums.read_text().splitlines())
    if known.get(name) != sha256_of(path):
        raise ValueError(f"{path} is not what came with the package; {again}.")
    return path


def write_checksums(folder=FOLDER):
    """Writes `SHA256SUMS` of all files but pages of text, as `sha256sum --check` reads it."""
    paths = sorted(path for path in folder.iterdir() if path.suffix not in ("", ".md"))
    lines = [f"{sha256_of(path)}  {path.name}\n" for path in paths]
    (folder / CHECKSUMS).write_text("".join(lines))


def _by_name(model):
    """Weights by layer and name, without the scopes that a loaded model has lost."""
    named = {"/".join(weight.path.split("/")[-2:]): weight for weight in model.weights}
    if len(named) < len(model.weights):
        raise ValueError(
            f"Two layers of {model.name!r} have the same name, so that their weights can't be told "
            "apart in a file; give each layer a name of its own."
        )
    return named
