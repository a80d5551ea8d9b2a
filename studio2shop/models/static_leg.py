"""A query leg that is not learned.

An extractor of article features and their PCA, run on query images (Figure 2b).
"""

import keras
from keras import layers


def build_static_query_feature(extractor, reduction, name="query_feature"):
    """Builds the query leg of a static system: a query image is described as a title image is.

    Args:
        extractor: a Keras model from images in [0, 255] to `(batch, size_in)`, such as
            `feature_extractor(fdna)` or `build_fc14()`.
        reduction: the `Reduction` of the article features; its PCA becomes a dense layer.
        name: the model's name.

    Returns:
        A `keras.Model` from RGB images in [0, 255] of the extractor's size to float32 `(batch,
        size_out)`, the same as `reduction.apply(extractor.predict(images))` but for rounding, in
        training too. Nothing in it is trainable; its weights are copies, so that the extractor
        itself stays as trainable as it was.

    Raises:
        ValueError: if the reduction takes another number of activations.

    Example:
        leg = build_static_query_feature(run.extractor, run.reduction)
    """
    size_out, size_in = reduction.components.shape
    if extractor.output_shape[1:] != (size_in,):
        raise ValueError(
            f"The reduction takes {size_in} activations an image; {extractor.name!r} makes "
            f"{extractor.output_shape[1:]}: pass the extractor it was fitted on."
        )
    frozen = keras.models.clone_model(extractor, clone_function=_without_dropout, recursive=True)
    frozen.set_weights(extractor.get_weights())
    images = keras.Input(extractor.input_shape[1:], name="query_input")
    # the mean is taken off before the product, as the reduction does: a product of large
    # activations first would round more
    centred = layers.Rescaling(
        1.0, offset=(-reduction.mean).tolist(), dtype="float32", name="centre"
    )(frozen(images))
    pca = layers.Dense(size_out, use_bias=False, dtype="float32", name="pca")
    model = keras.Model(images, pca(centred), name=name)
    pca.set_weights([reduction.components.T / reduction.deviation])
    model.trainable = False
    return model


def _without_dropout(layer):
    """A layer anew; a frozen dropout would go on dropping within a model in training."""
    config = layer.get_config()
    if isinstance(layer, layers.Dropout):
        config["rate"] = 0.0
    return type(layer).from_config(config)
