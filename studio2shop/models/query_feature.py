"""The query-feature submodel: from a query image to the feature space of the articles (Section 4.1, Table 7)."""

import keras
from keras import layers

from studio2shop import paper
from studio2shop.models.backbones import build_backbone


def build_query_feature(
    input_shape=(*paper.QUERY_SIZE, 3),
    feature_size=paper.FEATURE_SIZE,
    backbone="vgg16",
    backbone_weights="imagenet",
    head="flatten",
    name="query_feature",
):
    """Builds the query-feature submodel of Table 7.

    With the defaults it has the table's rows and 48,535,488 parameters. The table prints the flattened size as
    14436, a slip for 7 * 4 * 512 = 14336, which is what its parameter count needs.

    Args:
        input_shape: `(height, width, 3)` of the query images, in pixels.
        feature_size: size of the article features, 128 in the paper.
        backbone: `"vgg16"` (the paper's), another name in `keras.applications`, `"compact"`, or a Keras model from
            images in [0, 255] to a map of activations.
        backbone_weights: `"imagenet"`, `None` or the path of a weights file.
        head: `"flatten"`, the paper's two layers of 2048; or `"pooled"`, ours for small data: the map's channels
            standardised, averaged over the picture, and one layer of 512.
        name: the model's name.

    Returns:
        A `keras.Model` from RGB images `(batch, height, width, 3)` in [0, 255] to `(batch, feature_size)`.

    Raises:
        ValueError: if an argument is not one of the above.
        FileNotFoundError, ConnectionError: if the weights can't be had.

    Example:
        >>> build_query_feature((112, 78, 3), backbone="compact", backbone_weights=None, head="pooled").output_shape
        (None, 128)
    """
    if head not in _HEADS:
        raise ValueError(f"`head` must be one of {', '.join(map(repr, _HEADS))}; received {head!r}.")
    preprocessing, backbone_model = build_backbone(backbone, backbone_weights, input_shape)

    images = keras.Input(input_shape, name="query_input")
    x = images if preprocessing is None else preprocessing(images)
    x = backbone_model(x)
    x = _HEADS[head](x)
    return keras.Model(images, layers.Dense(feature_size, name="query_fDNA")(x), name=name)


def split_at_backbone(query_feature):
    """A query-feature submodel as two models that share its weights: images -> map, and map -> query feature.

    Args:
        query_feature: a model of `build_query_feature`.

    Returns:
        `(backbone, head)`; the head is named `query_feature`, so that it can stand for the whole in a model.
    """
    position = next(position for position, layer in enumerate(query_feature.layers) if isinstance(layer, keras.Model))
    x = query_feature.input
    for layer in query_feature.layers[1 : position + 1]:
        x = layer(x)
    backbone = keras.Model(query_feature.input, x, name="backbone")
    activations = keras.Input(backbone.output_shape[1:], name="activations")
    x = activations
    for layer in query_feature.layers[position + 1 :]:
        x = layer(x)
    return backbone, keras.Model(activations, x, name=query_feature.name)


def _flatten_head(x):
    """Table 7: two layers of 2048, each followed by a dropout of a half."""
    x = layers.Flatten(name="flatten")(x)
    x = layers.Dense(2048, activation="relu", name="fc1")(x)
    x = layers.Dropout(0.5, name="dropout1")(x)
    x = layers.Dense(2048, activation="relu", name="fc2")(x)
    return layers.Dropout(0.5, name="dropout2")(x)


def _pooled_head(x):
    """Not in the paper: far fewer weights, and inputs of one scale, so that small data leave the trivial loss soon."""
    x = layers.GlobalAveragePooling2D(name="pool")(x)
    x = layers.BatchNormalization(center=False, scale=False, momentum=0.9, name="standardise")(x)
    x = layers.Dropout(0.3, name="dropout1")(x)
    x = layers.Dense(512, activation="relu", name="fc1")(x)
    return layers.Dropout(0.3, name="dropout2")(x)


_HEADS = {"flatten": _flatten_head, "pooled": _pooled_head}
