"""FashionDNA: the network whose activations are the article features (Appendix, Tables 5 and 6)."""

import re

import keras
from keras import layers

from studio2shop import paper
from studio2shop.io.given import check_type, check_whole_number
from studio2shop.io.words import quoted
from studio2shop.models.layers import LocalResponseNormalization

LAYER_NAMES = [
    "title_image",
    "scale_to_unit",
    "conv1",
    "pool1",
    "lrn1",
    "conv2",
    "pool2",
    "lrn2",
    "conv3",
    "conv4",
    "conv5",
    "pool3",
    "flatten",
    "fDNA",
]
MIN_HIDDEN_SIZE, MAX_HIDDEN_SIZE = 40, 1024  # read off Table 5


def branch_hidden_size(num_values):
    """Width of the hidden layer of an attribute's branch.

    Twice the values, at least 40, at most 1024 (Table 5).
    """
    return min(MAX_HIDDEN_SIZE, max(MIN_HIDDEN_SIZE, 2 * num_values))


def check_attributes(attribute_sizes):
    """Raises a ValueError if fDNA can't learn these attributes.

    None, one with a single value, one with an impossible name.

    Args:
        attribute_sizes: dict of attribute name to number of values.
    """
    if not attribute_sizes:
        raise ValueError(
            "`attribute_sizes` must name at least one attribute; received none. Does articles.csv "
            "have attribute columns?"
        )
    for attribute, num_values in attribute_sizes.items():
        check_whole_number(f"attribute_sizes[{quoted(attribute)}]", num_values, least=0)
        if num_values < 2:
            raise ValueError(
                f"Attribute {quoted(attribute)} must have at least 2 values to be learned; "
                f"received {num_values}. Leave it out."
            )
        is_taken = attribute in LAYER_NAMES or attribute.removesuffix("_hidden") in set(
            attribute_sizes
        ) - {attribute}
        if not re.fullmatch("[A-Za-z0-9][A-Za-z0-9_.-]*", attribute) or is_taken:
            raise ValueError(
                f"Attribute {quoted(attribute)} can't name a layer of fDNA: use letters, digits "
                "and '_', and no layer's name; rename the column in articles.csv."
            )


def build_fdna(
    attribute_sizes=None,
    input_shape=(*paper.FDNA_IMAGE_SIZE, 3),
    fdna_size=paper.FDNA_SIZE,
    attribute_activation="softmax",
    name="fdna",
):
    """Builds the fDNA network of Table 5.

    Title image in, one branch of class probabilities an attribute out.

    With the defaults it has the paper's 29,301,284 parameters. Where the paper is silent: images
    are scaled to [-1, 1] inside the model; the first convolution is valid with stride 4, the others
    same; the pools are 2x2 with stride 2 (only these reproduce the printed sizes); LRN has
    AlexNet's parameters; layers with ReLU start from He's normal weights, from which 8 epochs on
    the embedded studio teach it more than 16 from Glorot's.

    Args:
        attribute_sizes: dict of attribute name to number of values, such as
            `catalogue.attribute_sizes`. Defaults to Table 6, Zalando's nine attributes.
        input_shape: `(height, width, 3)` of the title images, in pixels, at least 39 x 39.
        fdna_size: width of the layer named `fDNA`, whose activations are the article features.
        attribute_activation: `"softmax"`, or `None` for logits, on which to train.
        name: the model's name.

    Returns:
        A `keras.Model` from RGB images `(batch, height, width, 3)` in [0, 255] to a dict of
        attribute name to float32 `(batch, values)`.

    Raises:
        ValueError: if an attribute has fewer than 2 values or the images are too small for the
            three pools.

    Example:
        >>> fdna = build_fdna({"category": 7, "main_colour": 82}, input_shape=(112, 78, 3))
        >>> sorted(fdna.output_names)
        ['category', 'main_colour']
    """
    if attribute_sizes is not None:
        check_type(
            "attribute_sizes", attribute_sizes, dict, "a dict of attribute to its number of values"
        )
    attribute_sizes = dict(paper.TABLE_6 if attribute_sizes is None else attribute_sizes)
    check_attributes(attribute_sizes)
    if min(input_shape[:2]) < 39:
        raise ValueError(
            "`input_shape` must be at least 39 x 39 pixels for Table 5's three pools; received "
            f"{tuple(input_shape)}."
        )

    relu = {"activation": "relu", "kernel_initializer": "he_normal"}
    images = keras.Input(input_shape, name="title_image")
    x = layers.Rescaling(1 / 127.5, offset=-1, name="scale_to_unit")(images)
    x = layers.Conv2D(96, 11, strides=4, padding="valid", **relu, name="conv1")(x)
    x = layers.MaxPooling2D(2, name="pool1")(x)
    x = LocalResponseNormalization(name="lrn1")(x)
    x = layers.Conv2D(256, 5, padding="same", **relu, name="conv2")(x)
    x = layers.MaxPooling2D(2, name="pool2")(x)
    x = LocalResponseNormalization(name="lrn2")(x)
    x = layers.Conv2D(384, 3, padding="same", **relu, name="conv3")(x)
    x = layers.Conv2D(384, 3, padding="same", **relu, name="conv4")(x)
    x = layers.Conv2D(256, 3, padding="same", **relu, name="conv5")(x)
    x = layers.MaxPooling2D(2, name="pool3")(x)
    x = layers.Flatten(name="flatten")(x)
    x = layers.Dense(fdna_size, **relu, name="fDNA")(x)

    outputs = {}
    for attribute, num_values in attribute_sizes.items():
        hidden = layers.Dense(branch_hidden_size(num_values), **relu, name=f"{attribute}_hidden")(x)
        outputs[attribute] = layers.Dense(
            num_values, attribute_activation, dtype="float32", name=attribute
        )(hidden)
    return keras.Model(images, outputs, name=name)
