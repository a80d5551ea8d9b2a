"""Two towers whose dot product imitates a trained match.

The first stage of a two-stage search (Section 5.1's outlook).
"""

import keras
from keras import layers

from studio2shop import paper

HIDDEN_WIDTH = 512


def build_towers(feature_size=paper.FEATURE_SIZE, tower_size=128, name="towers"):
    """Builds a query tower and an article tower of the same shape that share nothing.

    On features of 128, layers of 512, 512 and 128.

    The paper proposes to find candidates with "only a dot product", that of fDNA-linear, a system
    trained for itself. These towers are small enough to be distilled from the trained non-linear
    match instead, from features alone: `distil_towers`.

    Args:
        feature_size: size of the query and of the article features.
        tower_size: size of the vectors compared by dot product.
        name: the model's name.

    Returns:
        A `keras.Model` from `[query features (batch, queries, feature_size), article features
        (batch, articles, feature_size)]` to logits `(batch, queries, articles)`, of each query with
        each article. Its submodels are `query_tower` and `article_tower`.
    """
    queries = keras.Input((None, feature_size), name="query_fDNA")
    articles = keras.Input((None, feature_size), name="article_fDNA")
    query_vectors = _build_tower(feature_size, tower_size, "query_tower")(queries)
    article_vectors = _build_tower(feature_size, tower_size, "article_tower")(articles)
    logits = layers.Dot(axes=2, name="dot_product")(
        [query_vectors, article_vectors]
    )  # (batch, queries, articles)
    return keras.Model([queries, articles], logits, name=name)


def _build_tower(feature_size, tower_size, name):
    features = keras.Input((None, feature_size), name="features")
    with keras.name_scope(name):  # see `layers.py`
        x = layers.Dense(HIDDEN_WIDTH, activation="relu", name="fc1")(features)
        x = layers.Dense(HIDDEN_WIDTH, activation="relu", name="fc2")(x)
        vector = layers.Dense(tower_size, name="vector")(x)
    return keras.Model(features, vector, name=name)
