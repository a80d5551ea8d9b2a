"""The published weights of 128floats, a Torch7 file, in the layout of `build_stylenet`."""

import reprlib

import numpy as np

from studio2shop.models.torch_file import TorchObject, read_torch_file

SOURCE = "github.com/bobbens/cvpr2016_stylenet"
NORM_EPSILON = 1e-3

CONVOLUTION, NORM, POOL, LINEAR = (
    "SpatialConvolution",
    "SpatialBatchNormalization",
    "SpatialMaxPooling",
    "Linear",
)
MODULES = 3 * [CONVOLUTION, "ReLU", CONVOLUTION, "ReLU", "Dropout", POOL, NORM] + [
    CONVOLUTION,
    "ReLU",
    LINEAR,
]
WITHOUT_EFFECT = ("Copy", "Identity", "Reshape", "View")

# the layers with weights: name in `build_stylenet` -> shape of Torch's `weight`
SHAPES = {
    "block1_conv1": (64, 3, 3, 3),
    "block1_conv2": (64, 64, 3, 3),
    "block1_norm": (64,),
    "block2_conv1": (128, 64, 3, 3),
    "block2_conv2": (128, 128, 3, 3),
    "block2_norm": (128,),
    "block3_conv1": (256, 128, 3, 3),
    "block3_conv2": (256, 256, 3, 3),
    "block3_norm": (256,),
    "conv1x1": (128, 256, 1, 1),
    "128floats": (128, 3072),
}


def read_stylenet(path):
    """Reads `stylenet.t7` and turns its weights to Keras' layout.

    Written from what the authors' `test.lua` does with the file and from how Torch's `nn` saves its
    modules, and tested on files that the tests write in that format: the original could not be had
    here, so this was never run on it. A network of other layers, kernels or shapes is refused
    rather than converted wrongly.

    Older files need two turns, which are exact: a deviation stored as its inverse (`running_std`,
    before version 2 of batch normalisation), and a dropout that scales when it does not drop
    (before its version 2), which the normalisation behind it takes in.

    Args:
        path: the file.

    Returns:
        A tuple of a dict of layer name to its Keras weights, float32 arrays; and the channels' mean
        and deviation, float64 `(3,)`, of images in [0, 255].

    Raises:
        FileNotFoundError: if there is no such file.
        ValueError: if it is no Torch7 file or holds another network.
    """
    content = read_torch_file(path)
    if not isinstance(content, dict) or not {"stylenet", "mean", "std"} <= set(content):
        raise ValueError(
            f"{path} must hold a table with `stylenet`, `mean` and `std`, as the file of {SOURCE} "
            f"does; received {_describe(content)}."
        )
    modules = [
        module for module in _modules(path, content["stylenet"]) if module[0] not in WITHOUT_EFFECT
    ]
    kinds = [kind for kind, _ in modules]
    if kinds != MODULES:
        raise ValueError(
            f"{path} must hold the layers {' '.join(MODULES)}, as the file of {SOURCE} does; "
            f"received {_short(' '.join(kinds)) or 'none'}."
        )

    names, weights, scale = iter(SHAPES), {}, 1.0
    for kind, fields in modules:
        if kind == "Dropout":
            scale = _dropout_scale(path, fields)
        elif kind == POOL:
            _check_fields(path, "a pool", fields, {"kW": 4, "kH": 4, "dW": 4, "dH": 4})
        elif kind == NORM:
            name = next(names)
            weights[name] = _norm_weights(path, name, fields, scale)
        elif kind != "ReLU":
            name = next(names)
            weights[name] = _kernel_and_bias(path, name, fields)
    return weights, *_normalisation(path, content)


def _describe(content):
    if isinstance(content, dict):
        return f"a table with {_short(', '.join(map(str, content))) or 'nothing'}"
    is_object = isinstance(content, TorchObject)
    return _short(content.class_name) if is_object else type(content).__name__


def _short(text):
    return text if len(text) <= 1000 else f"{text[:1000]}..."


def _modules(path, module):
    """A network's modules in order, containers unfolded: (class without its library, fields)."""
    fields = getattr(module, "fields", None)
    if not isinstance(fields, dict):
        raise ValueError(
            f"{path} must hold a network of `nn` modules; received {_describe(module)} for one of "
            "them."
        )
    library, _, kind = module.class_name.rpartition(".")
    if kind == "Sequential":
        inner = fields.get("modules")
        inner = inner if isinstance(inner, dict) else {}
        return [
            found for number in range(len(inner)) for found in _modules(path, inner.get(number + 1))
        ]
    kind = {"SpatialConvolutionMM": CONVOLUTION}.get(kind, kind)
    return [(kind if library in ("nn", "cudnn") else module.class_name, fields)]


def _check_fields(path, what, fields, expected):
    received = {name: fields.get(name, fields.get("padding", 0)) for name in expected}
    are_numbers = all(isinstance(value, int | float) for value in received.values())
    if not are_numbers or received != expected:
        shown = ", ".join(f"{name!r}: {reprlib.repr(received[name])}" for name in received)
        raise ValueError(f"{path} must have {expected} in {what}; received {{{shown}}}.")


def _array(path, name, fields, field, shape):
    array = fields.get(field)
    if (
        not isinstance(array, np.ndarray)
        or array.size != np.prod(shape)
        or array.shape[0] != shape[0]
        or not np.isfinite(array).all()
    ):
        received = (
            f"{array.shape}, or not finite"
            if isinstance(array, np.ndarray)
            else type(array).__name__
        )
        raise ValueError(
            f"{path} must have a finite {shape} as `{field}` of {name}; received {received}."
        )
    # some versions of Torch keep a kernel flat: (out, in * rows * columns)
    return array.reshape(shape)


def _kernel_and_bias(path, name, fields):
    shape = SHAPES[name]
    kernel, bias = (
        _array(path, name, fields, "weight", shape),
        _array(path, name, fields, "bias", shape[:1]),
    )
    if len(shape) == 4:
        _check_fields(
            path, name, fields, {"dW": 1, "dH": 1, "padW": shape[3] // 2, "padH": shape[2] // 2}
        )
        kernel = kernel.transpose(
            2, 3, 1, 0
        )  # (out, in, rows, columns) -> (rows, columns, in, out); neither library flips
    else:
        kernel = kernel.T
    return [kernel.astype("float32"), bias.astype("float32")]


def _dropout_scale(path, fields):
    rate = fields.get("p")
    if not isinstance(rate, float) or not 0 <= rate < 1:
        raise ValueError(
            f"{path} must have a rate from 0 to below 1 as `p` of its dropouts; received "
            f"{reprlib.repr(rate)}."
        )
    return 1.0 if fields.get("v2") is True else 1.0 - rate


def _norm_weights(path, name, fields, scale):
    shape, epsilon = SHAPES[name], fields.get("eps")
    gamma, beta, mean = (
        _array(path, name, fields, field, shape) for field in ("weight", "bias", "running_mean")
    )
    if "running_std" in fields:  # which is 1 / sqrt(variance + epsilon)
        variance = _array(path, name, fields, "running_std", shape).astype("float64") ** -2
    elif isinstance(epsilon, float) and epsilon >= 0:
        variance = _array(path, name, fields, "running_var", shape).astype("float64") + epsilon
    else:
        raise ValueError(
            f"{path} must have a number as `eps` of {name}; received {reprlib.repr(epsilon)}."
        )
    return [
        array.astype("float32")
        for array in (gamma, beta, mean / scale, variance / scale**2 - NORM_EPSILON)
    ]


def _normalisation(path, content):
    """Mean and deviation of images in [0, 255].

    The file has those of images in [0, 1], as Torch loads them.
    """
    values = []
    for name in ("mean", "std"):
        stored = content[name]
        if isinstance(stored, dict):
            stored = list(stored.values())
        elif isinstance(stored, np.ndarray) and stored.size == 3:
            stored = stored.ravel().tolist()
        is_fitting = (
            isinstance(stored, list)
            and len(stored) == 3
            and all(isinstance(value, float) and 0 <= value <= 1 for value in stored)
        )
        if not is_fitting or (name == "std" and min(stored) <= 0):
            raise ValueError(
                f"{path} must have three numbers from 0 to 1 as `{name}`, one a channel; received "
                f"{reprlib.repr(stored)}."
            )
        values.append(255 * np.array(stored))
    return values
