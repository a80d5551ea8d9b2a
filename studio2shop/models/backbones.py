"""The convolutions under the query-feature submodel.

Any of `keras.applications`, a user's own, or `compact`.
"""

import inspect
import pathlib
import warnings

import keras
import numpy as np
from keras import layers

from studio2shop.io.given import check_type
from studio2shop.models.layers import BackbonePreprocessing
from studio2shop.models.pretrained import WEIGHTS, checked_file, load_half
from studio2shop.models.saved import load_model


def _find_application(name):
    """`"vgg16"`, `"VGG16"`, `"mobilenet_v2"` -> (builder in keras.applications, its module)."""
    wanted = name.lower().replace("_", "").replace("-", "")
    builders = {}
    for builder_name, builder in inspect.getmembers(keras.applications, inspect.isfunction):
        builders[builder_name.lower()] = (
            builder,
            builder_name,
            builder.__module__.rpartition(".")[2],
        )
    if wanted not in builders:
        known = ", ".join(sorted(builder_name for _, builder_name, _ in builders.values()))
        raise ValueError(
            "`backbone` must be 'compact', a Keras model or a name in keras.applications "
            f"({known}); received {name!r}."
        )
    return builders[wanted]


def build_backbone(backbone, backbone_weights, input_shape):
    """Builds the convolutions that turn an image into a map of activations.

    Args:
        backbone: a name in `keras.applications` (any capitals and underscores), `"compact"`, or a
            Keras model from images in [0, 255], or the path of its `.keras` file. Such a model ends
            in a map `(batch, rows, columns, channels)`; for a descriptor also in tokens `(batch,
            tokens, channels)` or vectors.
        backbone_weights: `"imagenet"` (downloaded by Keras), `None` (random), or the path of a
            weights file. `"compact"` has no ImageNet weights, but `"studio"`: those that come with
            the package, trained on the embedded studio.
        input_shape: `(height, width, 3)` in pixels.

    Returns:
        A tuple of the preprocessing layer, or `None`, and the backbone as a `keras.Model`.

    Raises:
        ValueError: if the name is not known or a weights file does not fit.
        FileNotFoundError: if the weights file is missing.
        ConnectionError: if the ImageNet weights can't be downloaded.
    """
    check_type("backbone", backbone, (str, keras.Model), "a name, a .keras file or a Keras model")
    if isinstance(backbone, str) and backbone.endswith(".keras"):
        backbone = load_model(backbone, compile=False)
    if isinstance(backbone, keras.Model):
        if backbone.input_shape[1:] not in (tuple(input_shape), (None, None, 3)):
            raise ValueError(
                f"`backbone` must take images of {tuple(input_shape)}; {backbone.name!r} takes "
                f"{backbone.input_shape[1:]}. Build it with this size."
            )
        return None, backbone
    is_path = backbone_weights not in ("imagenet", "studio", None)
    if is_path and not pathlib.Path(backbone_weights).is_file():
        raise FileNotFoundError(
            "`backbone_weights` must be 'imagenet', 'studio', None or a weights file; there is no "
            f"file {str(backbone_weights)!r}."
        )
    if backbone == "compact":
        if backbone_weights == "imagenet":
            raise ValueError(
                "`backbone='compact'` has no ImageNet weights; pass backbone_weights='studio', "
                "None or the path of a weights file."
            )
        preprocessing, model = None, build_compact(input_shape)
        if backbone_weights == "studio":
            load_half(model, checked_file(WEIGHTS), "query_feature")
        if is_path:
            _load_weights(model, backbone_weights)
        return preprocessing, model

    _, builder_name, module_name = _find_application(backbone)
    if backbone_weights == "studio":
        raise ValueError(
            "`backbone_weights='studio'` come with the package for `backbone='compact'` alone; "
            "pass 'imagenet', None or the path of a weights file."
        )
    model = load_application(
        builder_name, backbone_weights, include_top=False, input_shape=tuple(input_shape)
    )
    return BackbonePreprocessing(module_name, name="preprocessing"), model


def check_map(backbone):
    """Raises a ValueError if a backbone does not end in a map of activations."""
    if len(backbone.output_shape) != 4:
        raise ValueError(
            f"`backbone` must end in a map (batch, rows, columns, channels); {backbone.name!r} "
            f"ends in {backbone.output_shape}. Take head='descriptor', which takes others too."
        )


def load_application(name, weights, include_top, **arguments):
    """A network of `keras.applications` with its weights, or a sentence on why these can't be had.

    Args:
        name: its builder's name, such as `"VGG16"`.
        weights: `"imagenet"`, `None` or the path of a weights file.
        include_top: whether it ends in its fully connected layers, as the weights must then too.
        **arguments: of its builder.

    Returns:
        A `keras.Model` of that name.

    Raises:
        FileNotFoundError, ValueError, ConnectionError: as `build_backbone`.
    """
    option, is_path = (
        "weights" if include_top else "backbone_weights",
        weights not in ("imagenet", None),
    )
    if is_path and not pathlib.Path(weights).is_file():
        raise FileNotFoundError(
            f"`{option}` must be 'imagenet', None or a weights file; there is no file "
            f"{str(weights)!r}."
        )
    builder = getattr(keras.applications, name)
    in_a_command = "" if include_top else " (in a command, --backbone-weights none)"
    try:
        model = builder(include_top=include_top, weights=None if is_path else weights, **arguments)
    except Exception as error:  # Keras raises a bare Exception when a download fails
        if "URL fetch failure" not in str(error):
            raise
        raise ConnectionError(
            f"The ImageNet weights of {name} could not be downloaded ({error}); "
            f"without network pass {option}=None{in_a_command} for random weights, or the path of "
            "a weights file."
        ) from error
    model.name = name
    if is_path:
        _load_weights(model, weights, "with its top" if include_top else "without its top")
    return model


def _load_weights(model, path, part="without its top"):
    """Loads a weights file and makes sure that it did.

    Keras skips what a file lacks with no more than a warning.
    """
    kernels = [weight for weight in model.weights if len(weight.shape) > 1]
    before = [keras.ops.convert_to_numpy(kernel) for kernel in kernels]
    try:
        with warnings.catch_warnings():
            warnings.filterwarnings("ignore", "Skipping nested container", UserWarning)
            model.load_weights(path)
        missing = [
            kernel.path
            for kernel, old in zip(kernels, before)
            if np.array_equal(keras.ops.convert_to_numpy(kernel), old)
        ]
        reason = (
            f"it has none for {len(missing)} of {len(kernels)} layers, the first {missing[0]}"
            if missing
            else ""
        )
    except (ValueError, OSError, KeyError) as error:
        reason = str(error).strip().splitlines()[0]
    if reason:
        raise ValueError(f"{str(path)!r} must hold weights of {model.name} {part}; {reason}.")


def build_compact(input_shape=(112, 78, 3), name="compact"):
    """A small backbone of ours for small images on a laptop.

    Four strided convolutions with batch normalisation.

    Not in the paper. 946,592 trainable parameters; at 112x78 pixels it maps to 7x5x256 and costs 42
    million multiplications an image, a sixtieth of VGG16's. Made to be trained from random weights.

    Args:
        input_shape: `(height, width, 3)` in pixels.
        name: the model's name.

    Returns:
        A `keras.Model` from RGB images in [0, 255] to `(batch, rows, columns, 256)`, a sixteenth of
        the size.
    """
    images = keras.Input(input_shape, name="images")
    x = layers.Rescaling(1 / 127.5, offset=-1, name="scale_to_unit")(images)
    for block, (filters, kernel, strides) in enumerate(
        [(48, 6, 4), (128, 3, 2), (256, 3, 2), (256, 3, 1)], start=1
    ):
        x = layers.Conv2D(
            filters,
            kernel,
            strides=strides,
            padding="same",
            use_bias=False,
            name=f"block{block}_conv",
        )(x)
        x = layers.BatchNormalization(momentum=0.9, name=f"block{block}_bn")(x)
        x = layers.ReLU(name=f"block{block}_relu")(x)
    return keras.Model(images, x, name=name)


def build_pooled_backbone(backbone, backbone_weights, input_shape, name="pooled_backbone"):
    """A backbone as an extractor of article features: its map, averaged over the picture.

    Args:
        backbone, backbone_weights, input_shape: as in `build_backbone`.
        name: the model's name.

    Returns:
        A `keras.Model` from RGB images in [0, 255] to `(batch, channels)`.
    """
    preprocessing, model = build_backbone(backbone, backbone_weights, input_shape)
    check_map(model)
    images = keras.Input(input_shape, name="title_image")
    x = model(images if preprocessing is None else preprocessing(images))
    return keras.Model(images, layers.GlobalAveragePooling2D(name="pool")(x), name=name)
