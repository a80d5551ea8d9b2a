"""The query-article-matching submodel.

How well an article fits a query, from their features (Section 4.1, Table 7).
"""

import keras
from keras import layers

from studio2shop import paper
from studio2shop.models.layers import (
    PairConcatenate,
    ScaledDotProduct,
    odds_of_a_match,
)


def build_query_article_matching(
    feature_size=paper.FEATURE_SIZE,
    matching="non-linear",
    match_activation="sigmoid",
    name="query_article_matching",
):
    """Builds the query-article-matching submodel of Table 7, or the linear match.

    "We concatenate the two feature vectors, add on top a batch normalisation layer followed by two
    fully connected layers with 256 nodes and ReLU activations and one logistic regression layer"
    (Section 4.1): 132,353 trainable parameters at 128 features. The paper counts BatchNorm as 512,
    its trainable half. Initial weights are Keras' own, but for the last bias, which starts at the
    odds of one match in 50 articles: training need not find those out first.

    Args:
        feature_size: size of the query and of the article features.
        matching: `"non-linear"`, or `"linear"` for a scaled dot product.
        match_activation: `"sigmoid"` for probabilities, or `None` for logits, on which to train and
            to rank: a sigmoid is exactly 1.0 in float32 from a logit of about 17, and rankings tie.
        name: the model's name.

    Returns:
        A `keras.Model` from `[article features (batch, articles, feature_size), query features
        (batch, feature_size)]` to float32 scores `(batch, articles)`, for any number of articles.

    Raises:
        ValueError: if an argument is not one of the above.
    """
    if matching not in ("non-linear", "linear"):
        raise ValueError(f"`matching` must be 'non-linear' or 'linear'; received {matching!r}.")
    if match_activation not in ("sigmoid", None):
        raise ValueError(
            f"`match_activation` must be 'sigmoid' or None; received {match_activation!r}."
        )

    with keras.name_scope(name):  # see `layers.py`
        articles = keras.Input((None, feature_size), name="article_fDNA")
        query = keras.Input((feature_size,), name="query_fDNA")
        if matching == "non-linear":
            x = PairConcatenate(name="concatenate")([articles, query])  # (batch, articles, 256)
            x = layers.BatchNormalization(name="batch_norm")(x)
            x = layers.Dense(256, activation="relu", name="fc1")(x)
            x = layers.Dense(256, activation="relu", name="fc2")(x)
            x = layers.Dense(
                1,
                match_activation,
                bias_initializer=odds_of_a_match(),
                dtype="float32",
                name="match",
            )(x)  # (batch, articles, 1)
        else:
            x = ScaledDotProduct(dtype="float32", name="dot_product")([articles, query])
            if match_activation is not None:
                x = layers.Activation(match_activation, dtype="float32", name="match")(x)
    return keras.Model(
        [articles, query], layers.Reshape((-1,), dtype="float32", name="scores")(x), name=name
    )
