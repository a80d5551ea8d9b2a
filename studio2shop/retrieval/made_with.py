"""Which model an index was made with: its match, and what its query submodel makes of a picture."""

import numpy as np

from studio2shop.retrieval.lite import LiteModel, matching_of
from studio2shop.retrieval.scorer import split_of

# processors and LiteRT round differently, while query submodels of two trainings differ by about 1
MOST_OFF = 0.02


def features_of_a_picture(model):
    """The query features of one made-up picture, which tell query submodels from each other.

    Args:
        model: a Studio2Shop model, or its `LiteModel`, which gives the same.

    Returns:
        float32 `(size,)`.
    """
    if isinstance(model, LiteModel):
        return model.query_features(_picture(model.image_size))[0]
    from keras import ops

    query_feature = model.get_layer("query_feature")
    picture = _picture(query_feature.input_shape[1:3])
    return ops.convert_to_numpy(query_feature(picture, training=False))[0].astype("float32")


def check_made_with(folder, model, split, query_features):
    """Raises a ValueError if a saved index was made with another model than this one.

    Args:
        folder: of the index.
        model: a Studio2Shop model, or its `LiteModel`.
        split: the `SplitMatching` that was saved.
        query_features: what was saved of `features_of_a_picture`; `None` in an index of before.
    """
    if not split.is_close_to(split_of(matching_of(model))):
        another = "match"
    elif query_features is not None and not _is_near(features_of_a_picture(model), query_features):
        another = "query-feature submodel"
    else:
        return
    raise ValueError(
        f"The index in {str(folder)!r} was made with another {another} than this model's; load it "
        "with its own model, or make it anew: Index(model, features)."
    )


def _picture(size):
    shape = (1, *size, 3)
    return (np.arange(np.prod(shape)) % 251).reshape(shape).astype("float32")


def _is_near(some, others):
    return some.shape == np.shape(others) and np.allclose(
        some, others, rtol=MOST_OFF, atol=MOST_OFF, equal_nan=True
    )
