"""The query-article-matching submodel.

How well an article fits a query, from their features (Section 4.1, Table 7).
"""

import keras
from keras import layers, ops

from studio2shop import paper
from studio2shop.io.given import check_whole_number
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
    check_whole_number("feature_size", feature_size)
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


class SplitMatch(layers.Layer):
    """The non-linear match as it is trained: the same function, weights and gradients, sooner.

    The first dense layer splits, `W [q, a] = Wq q + Wa a`: what it makes of a query is computed
    once, not once for each of its 50 articles. BatchNorm, whose statistics over all pairs are those
    of the queries beside those of the articles, is folded into `W`. A step of training takes two
    thirds of the time.

    Args:
        query_article_matching: a submodel of `build_query_article_matching(matching="non-linear")`
            on logits, whose weights these are.
    """

    def __init__(self, query_article_matching, **kwargs):
        super().__init__(**kwargs)
        self.query_article_matching = query_article_matching

    def call(self, inputs, training=False):
        articles, queries = inputs  # (batch, articles, features), (batch, features)
        norm, fc1, fc2, match = map(
            self.query_article_matching.get_layer, ("batch_norm", "fc1", "fc2", "match")
        )
        if training and norm.trainable:
            mean, variance = map(
                ops.concatenate, zip(ops.moments(queries, 0), ops.moments(articles, (0, 1)))
            )
            for kept, new in ((norm.moving_mean, mean), (norm.moving_variance, variance)):
                kept.assign(norm.momentum * kept + (1 - norm.momentum) * new)
        else:
            mean, variance = norm.moving_mean, norm.moving_variance
        scale = norm.gamma * ops.rsqrt(variance + norm.epsilon)
        bias = ops.matmul(norm.beta - mean * scale, fc1.kernel) + fc1.bias
        of_query, of_article = ops.split(fc1.kernel * ops.expand_dims(scale, 1), 2)
        from_query = ops.expand_dims(ops.matmul(queries, of_query) + bias, 1)
        hidden = ops.relu(ops.matmul(articles, of_article) + from_query)
        return ops.squeeze(match(fc2(hidden)), -1)

    def compute_output_shape(self, input_shape):
        return input_shape[0][:2]


def split_to_train(query_article_matching):
    """A matching submodel in the form to train it in: a `SplitMatch`, or itself if it is linear."""
    if not any(layer.name == "concatenate" for layer in query_article_matching.layers):
        return query_article_matching
    return SplitMatch(query_article_matching, name=query_article_matching.name)
