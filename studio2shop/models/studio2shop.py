"""Studio2Shop: the query-feature and the query-article-matching submodels joined (Table 7)."""

import keras

from studio2shop import paper
from studio2shop.io.given import check_type
from studio2shop.models.matching import build_query_article_matching
from studio2shop.models.query_feature import build_query_feature


def join_submodels(query_feature, query_article_matching, name="studio2shop"):
    """Joins two submodels into one Keras model, from images and article features to scores.

    Args:
        query_feature: a Keras model from images, or from a backbone's activations, to `(batch,
            features)`.
        query_article_matching: a Keras model as `build_query_article_matching` makes it.
        name: the model's name.

    Returns:
        A `keras.Model` from `[(batch, ...), (batch, articles, features)]` to `(batch, articles)`.
        The query feature is computed once per query, not once per pair.
    """
    check_type("query_feature", query_feature, keras.Model, "a Keras model")
    check_type("query_article_matching", query_article_matching, keras.Model, "a Keras model")
    images = keras.Input(query_feature.input_shape[1:], name="query_input")
    articles = keras.Input((None, query_feature.output_shape[-1]), name="article_fDNA")
    scores = query_article_matching([articles, query_feature(images)])
    return keras.Model([images, articles], scores, name=name)


def build_studio2shop(
    input_shape=(*paper.QUERY_SIZE, 3),
    feature_size=paper.FEATURE_SIZE,
    backbone="vgg16",
    backbone_weights="imagenet",
    matching="non-linear",
    match_activation="sigmoid",
    name="studio2shop",
):
    """Builds Studio2Shop. With the defaults it is the paper's network.

    48,667,841 trainable parameters (Table 7).

    For another head on the backbone, such as the one for small data, join the two submodels
    yourself: `join_submodels(build_query_feature(..., head="pooled"),
    build_query_article_matching())`.

    Args:
        input_shape: `(height, width, 3)` of the query images, in pixels.
        feature_size: size of the article features.
        backbone: `"vgg16"` (the paper's), another name in `keras.applications`, `"compact"`, or a
            Keras model.
        backbone_weights: `"imagenet"`, `None` or the path of a weights file.
        matching: `"non-linear"` (Table 7), or `"linear"` for a scaled dot product.
        match_activation: `"sigmoid"` for probabilities, `None` for the logits to train and rank on.
        name: the model's name.

    Returns:
        A `keras.Model` from `[images, article features]` to float32 scores `(batch, articles)`: RGB
        images `(batch, height, width, 3)` in [0, 255], features `(batch, articles, feature_size)`,
        any number of articles. Its submodels are `model.get_layer("query_feature")` and
        `model.get_layer("query_article_matching")`.

    Raises:
        ValueError: if an argument is not one of the above.
        FileNotFoundError, ConnectionError: if the backbone's weights can't be had.

    Example:
        >>> model = build_studio2shop((112, 78, 3), backbone="compact", backbone_weights=None)
        >>> model.count_params() > 0
        True
    """
    query_article_matching = build_query_article_matching(feature_size, matching, match_activation)
    query_feature = build_query_feature(input_shape, feature_size, backbone, backbone_weights)
    return join_submodels(query_feature, query_article_matching, name)
