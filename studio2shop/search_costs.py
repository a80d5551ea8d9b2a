"""Why the paper's search takes seconds: what is multiplied for a query, and what calling a network costs beside it."""

import keras
import numpy as np
import pandas as pd

from studio2shop import paper
from studio2shop.timings import PapersMatching, interleaved

ARTICLES_PER_CALL = (50, 100, 200, 500, 1_000, 2_000, 5_000)


def matching_operations(query_article_matching, num_articles=paper.TABLE_3_NUM_ARTICLES):
    """Floating-point operations of matching one query with an assortment, as the layers stand and with the first one split.

    A product of a row of m values with an m x n kernel counts 2 m n, a multiplication and an addition each. Biases, ReLUs
    and the batch normalisation are left out, as they are small beside the products.

    Args:
        query_article_matching: a submodel of `build_query_article_matching`, non-linear.
        num_articles: size of the assortment.

    Returns:
        A DataFrame with the columns `way` ("as it stands", "split"), `layer`, `when` ("a pair", "a query", "an article, in
        advance") and `operations`, of all pairs, of one query, or of all articles.

    Example:
        >>> matching_operations(build_query_article_matching()).groupby("way")["operations"].sum()
    """
    denses = [layer for layer in query_article_matching.layers if isinstance(layer, keras.layers.Dense)]
    (first, *others), rows = [(layer.name, *layer.kernel.shape) for layer in denses], []
    for way in ("as it stands", "split"):
        name, height, width = first
        if way == "split":
            rows += [(way, name, "a query", height * width), (way, name, "an article, in advance", height * width * num_articles)]
        else:
            rows.append((way, name, "a pair", 2 * height * width * num_articles))
        rows += [(way, name, "a pair", 2 * height * width * num_articles) for name, height, width in others]
    return pd.DataFrame(rows, columns=["way", "layer", "when", "operations"])


def measure_calls(query_article_matching, article_vectors, articles_per_call=ARTICLES_PER_CALL, repetitions=3):
    """How long Keras takes to match one query, by the number of articles that it is handed at a time.

    Args:
        query_article_matching: a submodel of `build_query_article_matching`.
        article_vectors: float32 `(articles, feature_size)`; their number should be a multiple of those a call.
        articles_per_call: numbers to try; the paper's is 50.
        repetitions: of each; the fastest counts.

    Returns:
        A DataFrame with the columns `articles_per_call, num_calls, seconds`.
    """
    query = article_vectors[:1]
    works, warm_ups = {}, {}
    for number in articles_per_call:
        whole, few = (PapersMatching(query_article_matching, vectors, number) for vectors in (article_vectors, article_vectors[: 2 * number]))
        works[number], warm_ups[number] = lambda whole=whole: whole.scores(query), lambda few=few: few.scores(query)
    seconds = interleaved(works, repetitions, warm_ups)
    rows = [(number, -(-len(article_vectors) // number), seconds[number].min()) for number in articles_per_call]
    return pd.DataFrame(rows, columns=["articles_per_call", "num_calls", "seconds"])


def seconds_a_call(table):
    """A straight line through the measurements: seconds = seconds a call x calls + what is left, the articles' own.

    Args:
        table: of `measure_calls`.

    Returns:
        `(seconds a call, seconds of all articles)`.
    """
    slope, rest = np.polyfit(table["num_calls"], table["seconds"], 1)
    return float(slope), float(rest)
