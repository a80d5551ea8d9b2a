"""Descriptors: a picture by several layers of pretrained backbones and by its colours.

Not in the paper, whose article features were learnt from a shop's attributes. The last layer of an
ImageNet backbone tells a shirt from a dress, but forgets colour and weave, which is most of what
tells one shirt from another.
"""

import keras
from keras import layers

from studio2shop import paper
from studio2shop.models.backbones import build_backbone
from studio2shop.models.descriptor_layers import ColourHistogram

COLOUR_CELLS = (8, 6)  # rows x columns
NUM_LAYERS = 4
FDNA_LAYERS = ("conv1", "conv2", "conv5", "fDNA")
_NO_ACTIVATIONS = (
    layers.InputLayer,
    layers.ZeroPadding2D,
    layers.MaxPooling2D,
    layers.AveragePooling2D,
)
# a rescaled image, and a model within, which has layers of its own
_NO_INNER_ACTIVATIONS = (layers.Rescaling, layers.Normalization, keras.Model)


def build_descriptor(
    input_shape=(*paper.QUERY_SIZE, 3),
    backbone="mobilenet_v2",
    backbone_weights="imagenet",
    backbone_layers=None,
    of_queries=False,
    name="descriptor",
):
    """Builds a network that describes pictures; ours, where no fDNA is at hand.

    Each chosen layer of the backbone is averaged over the picture. Beside these stand colours: the
    mean RGB of 8 x 6 cells, and the histograms of the middle of the picture and of all that is not
    background. For queries, in which a garment is only a part of the picture, there are also each
    layer's maxima, and the averages of the upper half, lower half and middle of the last two maps.

    Args:
        input_shape: `(height, width, 3)` of the images, in pixels.
        backbone, backbone_weights: as in `build_backbone`; or two lists as long as each other, for
            several backbones side by side. Layers of a backbone may end in maps, tokens `(batch,
            tokens, channels)` or vectors.
        backbone_layers: names of the backbone's layers; with several backbones, a list of such
            lists. Default: of a convolutional network the last layer of each of its four smallest
            sizes of map, of others the output.
        of_queries: whether it describes queries instead of articles.
        name: the model's name.

    Returns:
        A `keras.Model` from RGB images `(batch, height, width, 3)` in [0, 255] to `(batch, size)`,
        blocks of values one after the other; `block_sizes` tells how many each has.

    Raises:
        ValueError, FileNotFoundError, ConnectionError: as `build_backbone`, or if a backbone has no
            such layer.

    Example:
        >>> from studio2shop.models.descriptor import build_descriptor
        >>> build_descriptor((112, 78, 3), "compact", None).output_shape
        (None, 1008)
    """
    if isinstance(backbone, (str, keras.Model)):
        backbone, backbone_weights = [backbone], [backbone_weights]
        backbone_layers = None if backbone_layers is None else [backbone_layers]
    images = keras.Input(input_shape, name="images")
    blocks = []
    for position, (one, weights) in enumerate(zip(backbone, backbone_weights, strict=True)):
        preprocessing, model = build_backbone(one, weights, input_shape)
        if preprocessing is not None:
            preprocessing.name = f"{model.name}_preprocessing"
        names = default_layers(model) if backbone_layers is None else backbone_layers[position]
        outputs = [_output_of(model, layer_name) for layer_name in names]
        network = keras.Model(model.inputs, outputs, name=f"{model.name}_layers")
        activations = network(images if preprocessing is None else preprocessing(images))
        activations = activations if isinstance(activations, list) else [activations]
        prefixes = [f"{model.name}_{layer_name}" for layer_name in names]
        for activation, prefix in zip(activations, prefixes):
            blocks += _pooled(activation, prefix, of_queries)
        if of_queries:
            for activation, prefix in list(zip(activations, prefixes))[-2:]:
                blocks += _parts(activation, prefix)
    blocks += _colours(images)
    return keras.Model(images, layers.Concatenate(name="blocks")(blocks), name=name)


def build_fdna_descriptor(fdna):
    """Builds a network that describes title images by layers of fDNA and by their colours; ours.

    What fDNA learned from attributes stands beside what these leave out: the very colour, and the
    print of which no attribute tells.

    Args:
        fdna: a trained fDNA network.

    Returns:
        A `keras.Model` as of `build_descriptor`: averages of three layers of maps, the activations
        of the layer `fDNA`, and colours.
    """
    images = fdna.inputs[0]
    activations = keras.Model(images, fdna.get_layer("fDNA").output, name="fdna")
    return build_descriptor(images.shape[1:], activations, None, FDNA_LAYERS)


def default_layers(backbone):
    """The layers that say most: the last one of each of the four smallest sizes of map.

    Args:
        backbone: a `keras.Model`.

    Returns:
        List of names, by falling size of map; the output layer alone if it ends in no map.
    """
    if len(backbone.output_shape) != 4:
        return [backbone.layers[-1].name]
    last_of_size = {}
    for layer in backbone.layers:
        shape = getattr(layer.output, "shape", ())
        is_map = len(shape) == 4 and not isinstance(layer, _NO_ACTIVATIONS)
        # a map of one cell is an attention to channels, unless it is all that is left
        is_inner = 1 not in shape[1:3] and not isinstance(layer, _NO_INNER_ACTIVATIONS)
        if is_map and (is_inner or layer is backbone.layers[-1]):
            last_of_size.pop(shape[1:3], None)
            last_of_size[shape[1:3]] = layer.name
    return list(last_of_size.values())[-NUM_LAYERS:]


def _output_of(backbone, name):
    try:
        layer = backbone.get_layer(name)
    except ValueError as error:
        raise ValueError(
            f"`backbone_layers` must be names of layers of {backbone.name!r}, which has no "
            f"{name!r}; it has {', '.join(layer.name for layer in backbone.layers)}."
        ) from error
    # the output of a model within is one of its own, which is not what it gives here
    return backbone.outputs[0] if layer is backbone.layers[-1] else layer.output


def _pooled(activation, name, with_maxima):
    """A layer's averages over the picture, and its maxima."""
    num_axes = len(activation.shape)
    if num_axes == 2:
        return [activation]
    if num_axes == 3:
        average, maximum = layers.GlobalAveragePooling1D, layers.GlobalMaxPooling1D
    else:
        average, maximum = layers.GlobalAveragePooling2D, layers.GlobalMaxPooling2D
    pooled = [average(name=f"{name}_average")(activation)]
    if with_maxima:
        pooled.append(maximum(name=f"{name}_maximum")(activation))
    return pooled


def _parts(activation, name):
    """Averages of a map's upper half, lower half and middle; none of what is too small for it."""
    if len(activation.shape) != 4 or min(activation.shape[1:3]) < 2:
        return []
    rows, columns = activation.shape[1:3]
    around = ((rows // 4, rows // 4), (columns // 4, columns // 4))
    cropped_off = {
        "upper": ((0, rows - rows // 2), (0, 0)),
        "lower": ((rows // 2, 0), (0, 0)),
        "middle": around,
    }
    parts = []
    for part, cropping in cropped_off.items():
        cropped = layers.Cropping2D(cropping, name=f"{name}_{part}")(activation)
        parts.append(layers.GlobalAveragePooling2D(name=f"{name}_{part}_average")(cropped))
    return parts


def _colours(images):
    """The mean colours of the picture's cells, and two histograms."""
    unit = layers.Rescaling(1 / 255, name="unit")(images)
    cells = layers.Resizing(*COLOUR_CELLS, antialias=True, name="colour_cells")(unit)
    height, width = images.shape[1:3]
    around = ((height // 4, height // 4), (width // 4, width // 4))
    middle = layers.Cropping2D(around, name="middle")(images)
    return [
        layers.Flatten(name="colours")(cells),
        ColourHistogram(name="histogram")(images),
        ColourHistogram(background_from=None, name="middle_histogram")(middle),
    ]
