"""What a feature space is good for.

Variance kept, nearest articles and the labels that they share, ranks by angle.
"""

import numpy as np
import pandas as pd

from studio2shop import paper
from studio2shop.evaluation.results import rank_catalogue
from studio2shop.features.article_features import ArticleFeatures
from studio2shop.io.images import load_images
from studio2shop.retrieval import ExactScorer, best_rows

PICTURES_PER_BLOCK = 64


def variance_kept(vectors, fit_on=None):
    """Share of the variance that a PCA keeps, for every number of components (Section 3).

    Args:
        vectors: `(articles, size)`, those whose variance is measured, about the mean of `fit_on`.
        fit_on: `(others, size)`, those the PCA is fitted on, at least two; default: `vectors`.

    Returns:
        float64 `(size,)`, 0-1, not falling: item k - 1 is of k components.

    Raises:
        ValueError: if the sizes differ, or there is no variance to keep.

    Example:
        >>> variance_kept(np.array([[3.0, 0.0], [-3.0, 0.0], [0.0, 1.0], [0.0, -1.0]])).tolist()
        [0.9, 1.0]
    """
    fit_on = vectors if fit_on is None else fit_on
    if vectors.shape[1] != fit_on.shape[1]:
        raise ValueError(
            f"`vectors` and `fit_on` must be of one size; received {vectors.shape[1]} and "
            f"{fit_on.shape[1]} values an article."
        )
    fitted = np.asarray(fit_on, "float64")
    _, axes = np.linalg.eigh(np.cov(fitted, rowvar=False))  # by rising variance
    squares = np.square((vectors - fitted.mean(axis=0)) @ axes[:, ::-1]).sum(axis=0)
    if not squares.any():
        raise ValueError(
            f"All {len(vectors)} articles have the same features: there is no variance to keep; "
            "was the network trained, on images in [0, 255]?"
        )
    return np.cumsum(squares) / squares.sum()


def nearest_articles(vectors, k=10):
    """The k nearest other articles of each article, nearest first, by Euclidean distance.

    Args:
        vectors: `(articles, size)`; all pairs are compared at once, so some thousands at most.
        k: number wanted, less than there are articles.

    Returns:
        int64 `(articles, k)`, rows of `vectors`.

    Raises:
        ValueError: if there are not so many other articles.
    """
    if not 1 <= k < len(vectors):
        raise ValueError(
            f"`k` must be from 1 to {len(vectors) - 1}, the number of other articles; received {k}."
        )
    vectors = np.asarray(vectors, "float64")
    # less the article's own square: minus the squared distance
    closeness = 2 * vectors @ vectors.T - np.square(vectors).sum(axis=1)
    np.fill_diagonal(closeness, -np.inf)
    return best_rows(closeness, k)


def neighbour_overlap(nearest, reference):
    """The mean share of articles' neighbours that are so in a reference space too, 0-1.

    Args:
        nearest: `(articles, k)` of `nearest_articles` in one space.
        reference: `(articles, k)` in the other.
    """
    return float((nearest[:, :, None] == reference[:, None, :]).any(axis=2).mean())


def most_strayed(nearest, cut, labels):
    """The article whose neighbours, with features cut, fall most into other kinds than its own.

    Args:
        nearest, cut: `(articles, k)` of `nearest_articles`, before the cut and after it.
        labels: `(articles,)`, such as categories.

    Returns:
        int, a row; of several such articles the first.

    Example:
        >>> labels = np.array(["dress", "dress", "shirt"])
        >>> most_strayed(np.array([[1], [0], [0]]), np.array([[1], [2], [1]]), labels)
        1
    """
    before, after = ((labels[rows] == labels[:, None]).mean(axis=1) for rows in (nearest, cut))
    return int(np.argmax(before - after))


def shared_labels(catalogue, article_rows, other_rows):
    """How often two articles carry the same label, an attribute at a time.

    Args:
        catalogue: a `Catalogue`.
        article_rows: int array of rows of its articles.
        other_rows: int array of the same shape, the articles that they are compared with.

    Returns:
        DataFrame with one row per attribute: `attribute`; `pairs`, the number in which both are
        annotated; `shared`, the share of them with the same label, 0-1; and `by_chance`, that share
        of two of the catalogue's articles at random.
    """
    rows = []
    for name, labels in catalogue.attribute_labels().items():
        own, others = labels[article_rows], labels[other_rows]
        both = (own >= 0) & (others >= 0)
        counts = np.bincount(labels[labels >= 0])
        num_annotated = counts.sum()
        by_chance = (counts * (counts - 1)).sum() / max(1, num_annotated * (num_annotated - 1))
        shared = (own == others)[both].mean() if both.any() else np.nan
        rows.append(
            {"attribute": name, "pairs": int(both.sum()), "shared": shared, "by_chance": by_chance}
        )
    return pd.DataFrame(rows)


def describe_pictures(description, paths, image_size=None):
    """Vectors of photos, decoded a block at a time.

    Args:
        description: a Keras model from RGB images in [0, 255] to vectors; or a function of uint8
            images `(batch, height, width, 3)`, such as those of `static.DESCRIPTIONS`.
        paths: of the photos.
        image_size: `(height, width)` that a function's images are stretched to; a model has its
            own.

    Returns:
        float32 `(photos, size)`.
    """
    is_model = hasattr(description, "predict")
    image_size, blocks = description.input_shape[1:3] if is_model else image_size, []
    for start in range(0, len(paths), PICTURES_PER_BLOCK):
        images = load_images(paths[start : start + PICTURES_PER_BLOCK], image_size)
        vectors = description.predict_on_batch(images) if is_model else description(images)
        blocks.append(np.asarray(vectors, "float32"))
    return np.concatenate(blocks)


def fit_linear_leg(vectors, features, catalogue):
    """The simplest query leg (Figure 2b), by ridge regression.

    It is one linear layer from a photo's vector to its article's.

    How strongly large weights are held back is chosen on the training pairs themselves, each left
    out once.

    Args:
        vectors: `(queries, size)` in the catalogue's order.
        features: `ArticleFeatures` that have all of its articles.
        catalogue: the training `Catalogue`.

    Returns:
        A scikit-learn model: `.predict(vectors)` gives query features `(queries, features.size)`.
    """
    from sklearn.linear_model import RidgeCV
    from sklearn.pipeline import make_pipeline
    from sklearn.preprocessing import StandardScaler

    query_rows, article_rows = catalogue.match_indices()
    leg = make_pipeline(StandardScaler(), RidgeCV(np.logspace(0, 6, 7)))
    return leg.fit(vectors[query_rows], features.of(catalogue).vectors[article_rows])


def rank_by_cosine(query_features, features, catalogue):
    """Ranks every match of a catalogue by the angle between query and article, the least first.

    Nothing is learned here.

    Args:
        query_features: `(queries, size)` in the catalogue's order.
        features: `ArticleFeatures` of the assortment, of the same size.
        catalogue: a `Catalogue` with matches.

    Returns:
        `Results`.
    """
    articles = _unit_length(features.vectors)
    return rank_catalogue(
        lambda queries: _unit_length(queries) @ articles.T, query_features, features, catalogue
    )


def ranks_by_size(query_features, features, catalogue, sizes, matching=None):
    """What the first values of features are worth in retrieval, for several numbers of them.

    Args:
        query_features, features, catalogue: as in `rank_by_cosine`; after a PCA the first values
            are those of most variance.
        sizes: numbers of values kept.
        matching: a trained query-article-matching submodel that scores the pairs, with the
            articles' other values set to 0, their mean. Default: the cosine of the values kept.

    Returns:
        DataFrame with one row per size: `size` and Table 3's columns.
    """
    rows = []
    for size in sizes:
        if matching is None:
            cut = ArticleFeatures(features.ids, features.vectors[:, :size])
            results = rank_by_cosine(query_features[:, :size], cut, catalogue)
        else:
            scorer = ExactScorer(
                matching, np.where(np.arange(features.size) < size, features.vectors, 0)
            )
            results = rank_catalogue(scorer.scores, query_features, features, catalogue)
        rows.append({"size": size, **results.row()})
    return pd.DataFrame(rows, columns=["size", *paper.METRICS])


def _unit_length(vectors):
    return vectors / np.maximum(np.linalg.norm(vectors, axis=1, keepdims=True), 1e-12)
