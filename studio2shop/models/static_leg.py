"""A query leg that is not learned: an extractor of article features and their PCA, run on query images (Figure 2b)."""

import keras
from keras import layers


def build_static_query_feature(extractor, reduction, name="query_feature"):
    """Builds the query leg of a static system: a query image is described as a title image is.

    Args:
        extractor: a Keras model from images in [0, 255] to `(batch, size_in)`, such as `feature_extractor(fdna)` or
            `build_fc14()`.
        reduction: the `Reduction` of the article features; its PCA becomes a dense layer.
        name: the model's name.

    Returns:
        A `keras.Model` from RGB images in [0, 255] of the extractor's size to float32 `(batch, size_out)`, the same as
        `reduction.apply(extractor.predict(images))` but for rounding. Nothing in it is trainable.

    Raises:
        ValueError: if the reduction takes another number of activations.

    Example:
        >>> leg = build_static_query_feature(run.extractor, run.reduction)
    """
    size_out, size_in = reduction.components.shape
    if extractor.output_shape[1:] != (size_in,):
        raise ValueError(f"The reduction takes {size_in} activations an image; {extractor.name!r} makes {extractor.output_shape[1:]}: pass the extractor it was fitted on.")
    images = keras.Input(extractor.input_shape[1:], name="query_input")
    # the mean is taken off before the product, as the reduction does: a product of large activations first would round more
    centred = layers.Rescaling(1.0, offset=(-reduction.mean).tolist(), dtype="float32", name="centre")(extractor(images))
    pca = layers.Dense(size_out, use_bias=False, dtype="float32", name="pca")
    model = keras.Model(images, pca(centred), name=name)
    pca.set_weights([reduction.components.T / reduction.deviation])
    model.trainable = False
    return model
