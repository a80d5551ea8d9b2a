"""The query-feature submodel.

From a query image to the feature space of the articles (Section 4.1, Table 7).
"""

import keras
from keras import layers

from studio2shop import paper
from studio2shop.io.given import check_whole_number
from studio2shop.models.backbones import build_backbone, check_map
from studio2shop.models.descriptor import build_descriptor
from studio2shop.models.descriptor_layers import WeighBlocks, block_sizes
from studio2shop.models.predict_all import predict_all

HEADS = ("flatten", "pooled", "descriptor")


def build_query_feature(
    input_shape=(*paper.QUERY_SIZE, 3),
    feature_size=paper.FEATURE_SIZE,
    backbone="vgg16",
    backbone_weights="imagenet",
    head="flatten",
    dropout=0.5,
    name="query_feature",
):
    """Builds the query-feature submodel of Table 7.

    With the defaults it has the table's rows and 48,535,488 parameters. The table prints the
    flattened size as 14436, a slip for 7 * 4 * 512 = 14336, which is what its parameter count
    needs.

    Args:
        input_shape: `(height, width, 3)` of the query images, in pixels.
        feature_size: size of the article features, 128 in the paper.
        backbone: `"vgg16"` (the paper's), another name in `keras.applications`, `"compact"`, the
            path of a `.keras` file, or a Keras model from images in [0, 255] to a map of
            activations. With `head="descriptor"` also as in `build_descriptor`.
        backbone_weights: `"imagenet"`, `None` or the path of a weights file.
        head: `"flatten"`, the paper's two layers of 2048; or one of ours for small data, with one
            layer of 512. `"pooled"` takes each channel of the map by its average and its maximum
            over the picture, standardised; `"descriptor"` takes several layers and colours, and
            has a direct way around the layer of 512.
        dropout: share of units dropped after each dense layer, and of pooled activations before it;
            the paper's 0.5. A backbone from random weights on a few thousand queries learns faster
            with none.
        name: the model's name.

    Returns:
        A `keras.Model` from RGB images `(batch, height, width, 3)` in [0, 255] to `(batch,
        feature_size)`.

    Raises:
        ValueError: if an argument is not one of the above.
        FileNotFoundError, ConnectionError: if the weights can't be had.

    Example:
        >>> import studio2shop as s2s
        >>> s2s.build_query_feature((112, 78, 3), 128, "compact", None, "pooled").output_shape
        (None, 128)
    """
    check_whole_number("feature_size", feature_size)
    if head not in HEADS:
        raise ValueError(f"`head` must be one of {', '.join(map(repr, HEADS))}; received {head!r}.")
    if not 0 <= dropout < 1:
        raise ValueError(f"`dropout` must be from 0 to less than 1; received {dropout}.")
    with keras.name_scope(name):  # see `layers.py`
        images = keras.Input(input_shape, name="query_input")
        if head == "descriptor":
            descriptor = build_descriptor(input_shape, backbone, backbone_weights, of_queries=True)
            features = _descriptor_head(descriptor(images), feature_size, dropout, descriptor)
        else:
            preprocessing, backbone_model = build_backbone(backbone, backbone_weights, input_shape)
            check_map(backbone_model)
            x = images if preprocessing is None else preprocessing(images)
            x = _HEADS[head](backbone_model(x), dropout)
            features = layers.Dense(feature_size, name="query_fDNA")(x)
    return keras.Model(images, features, name=name)


def backbone_of(query_feature):
    """The backbone within a query-feature submodel, a `keras.Model` with the same weights."""
    return next(layer for layer in query_feature.layers if isinstance(layer, keras.Model))


def keep_statistics(model):
    """Lets a pretrained backbone keep the statistics of its BatchNorms while it is fine-tuned.

    With those of a batch its activations would be others than in searching, and what stands above
    it would learn from the wrong ones.

    Args:
        model: a backbone; its BatchNorms are no longer trainable.
    """
    for layer in model.layers:
        if isinstance(layer, keras.Model):
            keep_statistics(layer)
        elif isinstance(layer, layers.BatchNormalization):
            layer.trainable = False


def split_at_backbone(query_feature):
    """A query-feature submodel as two models that share its weights.

    Images -> activations, and activations -> query feature. The activations are a map, a
    descriptor, or for the pooled head the averages and maxima of a map, which are far fewer to keep
    and to read.

    Args:
        query_feature: a model of `build_query_feature`.

    Returns:
        `(backbone, head)`; the head is named `query_feature`, so that it can stand for the whole in
        a model.
    """
    layers_above = query_feature.layers[query_feature.layers.index(backbone_of(query_feature)) :]
    pooled = [layer.output for layer in layers_above if layer.name == "pooled"]
    activations = pooled[0] if pooled else layers_above[1].input
    backbone = keras.Model(query_feature.input, activations, name="backbone")
    return backbone, keras.Model(activations, query_feature.output, name=query_feature.name)


def take_statistics(query_feature, images):
    """Lets a head for small data standardise by the statistics of other photos, in place.

    Nothing is learned from labels or matches: "adaptive batch normalization" (Li et al. 2016).

    Args:
        query_feature: a submodel of `build_query_feature` with a head that standardises.
        images: RGB `(batch, height, width, 3)` in [0, 255], some hundreds.

    Raises:
        ValueError: if the head is another.
    """
    standardise = [layer for layer in query_feature.layers if layer.name == "standardise"]
    if not standardise:
        raise ValueError(
            f"Only heads that standardise, as 'pooled' and 'descriptor' do, can take other "
            f"statistics; the layers of {query_feature.name!r} are none of these."
        )
    before = keras.Model(query_feature.input, standardise[0].input)
    activations = predict_all(before, images, batch_size=32).astype("float64")
    mean, variance = activations.mean(axis=0), activations.var(axis=0)
    standardise[0].moving_mean.assign(mean)
    standardise[0].moving_variance.assign(variance)


def _flatten_head(x, dropout):
    """Table 7: two layers of 2048, each followed by a dropout of a half."""
    x = layers.Flatten(name="flatten")(x)
    x = layers.Dense(2048, activation="relu", name="fc1")(x)
    x = layers.Dropout(dropout, name="dropout1")(x)
    x = layers.Dense(2048, activation="relu", name="fc2")(x)
    return layers.Dropout(dropout, name="dropout2")(x)


def _pooled_head(x, dropout):
    """Not in the paper: fewer weights and inputs of one scale, for small data."""
    average = layers.GlobalAveragePooling2D(name="average_pool")(x)
    # a garment fills little of a full-body photo
    maximum = layers.GlobalMaxPooling2D(name="maximum_pool")(x)
    x = layers.Concatenate(name="pooled")([average, maximum])
    x = layers.BatchNormalization(center=False, scale=False, momentum=0.9, name="standardise")(x)
    x = layers.Dropout(dropout, name="dropout1")(x)
    x = layers.Dense(512, activation="relu", name="fc1")(x)
    return layers.Dropout(dropout, name="dropout2")(x)


def _descriptor_head(x, feature_size, dropout, descriptor):
    """Not in the paper: what the head adds to a linear image of the descriptor, which starts at 0.

    A query and a title image look alike in their colours and weave, so much of the way from one to
    the other is straight.
    """
    # colours have small variances, which the default epsilon would swallow
    standardise = layers.BatchNormalization(
        center=False, scale=False, momentum=0.9, epsilon=1e-5, name="standardise"
    )
    x = WeighBlocks(block_sizes(descriptor), name="weigh_blocks")(standardise(x))
    x = layers.Dropout(dropout, name="dropout1")(x)
    direct = layers.Dense(feature_size, use_bias=False, kernel_initializer="zeros", name="direct")
    hidden = layers.Dense(512, activation="relu", name="fc1")(x)
    hidden = layers.Dropout(dropout, name="dropout2")(hidden)
    around = layers.Dense(feature_size, name="fc2")(hidden)
    return layers.Add(name="query_fDNA")([around, direct(x)])


_HEADS = {"flatten": _flatten_head, "pooled": _pooled_head}
