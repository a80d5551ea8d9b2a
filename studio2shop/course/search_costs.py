"""Why the paper's search takes seconds.

What is multiplied for a query, and what calling a network costs beside it.
"""

import functools
import itertools

import keras
import numpy as np
import pandas as pd

from studio2shop import paper
from studio2shop.evaluation.papers_way import PapersMatching
from studio2shop.evaluation.stopwatch import interleaved
from studio2shop.evaluation.timings import NUM_CANDIDATES, grown_features
from studio2shop.retrieval import Index

ARTICLES_PER_CALL = (50, 100, 200, 500, 1_000, 5_000)


def matching_operations(query_article_matching, num_articles=paper.TABLE_3_NUM_ARTICLES):
    """Floating-point operations of matching one query with an assortment.

    Counted for the layers as they stand, and with the first one split.

    A product of a row of m values with an m x n kernel counts 2 m n, a multiplication and an
    addition each. Biases, ReLUs and the batch normalisation are left out, as they are small beside
    the products.

    Args:
        query_article_matching: a submodel of `build_query_article_matching`, non-linear.
        num_articles: size of the assortment.

    Returns:
        A DataFrame with the columns `way` ("as it stands", "split"), `layer`, `when` ("a pair", "a
        query", "an article, in advance") and `operations`, of all pairs, of one query, or of all
        articles.
    """
    denses = [
        layer for layer in query_article_matching.layers if isinstance(layer, keras.layers.Dense)
    ]
    (first, *others), rows = [(layer.name, *layer.kernel.shape) for layer in denses], []
    for way in ("as it stands", "split"):
        name, height, width = first
        if way == "split":
            rows += [
                (way, name, "a query", height * width),
                (way, name, "an article, in advance", height * width * num_articles),
            ]
        else:
            rows.append((way, name, "a pair", 2 * height * width * num_articles))
        rows += [
            (way, name, "a pair", 2 * height * width * num_articles)
            for name, height, width in others
        ]
    return pd.DataFrame(rows, columns=["way", "layer", "when", "operations"])


def measure_calls(
    query_article_matching, article_vectors, articles_per_call=ARTICLES_PER_CALL, repetitions=2
):
    """How long Keras takes to match one query, by the number of articles in each call.

    Args:
        query_article_matching: a submodel of `build_query_article_matching`.
        article_vectors: float32 `(articles, feature_size)`; their number should be a multiple of
            those a call.
        articles_per_call: numbers to try; the paper's is 50.
        repetitions: of each; the fastest counts.

    Returns:
        A DataFrame with the columns `articles_per_call, num_calls, seconds`.
    """
    query = article_vectors[:1]
    works, warm_ups = {}, {}
    for number in articles_per_call:
        few_vectors = article_vectors[: 2 * number]
        whole = PapersMatching(query_article_matching, article_vectors, number)
        few = PapersMatching(query_article_matching, few_vectors, number)
        works[number] = functools.partial(whole.scores, query)
        warm_ups[number] = functools.partial(few.scores, query)
    seconds = interleaved(works, repetitions, warm_ups)
    rows = [
        (number, -(-len(article_vectors) // number), seconds[number].min())
        for number in articles_per_call
    ]
    return pd.DataFrame(rows, columns=["articles_per_call", "num_calls", "seconds"])


def seconds_a_call(table):
    """A straight line through the measurements of `measure_calls`.

    seconds = seconds per call x calls + what is left, the articles' own.

    Args:
        table: of `measure_calls`.

    Returns:
        `(seconds a call, seconds of all articles)`.
    """
    slope, rest = np.polyfit(table["num_calls"], table["seconds"], 1)
    return float(slope), float(rest)


def papers_parts(
    photo_seconds, seconds_a_call, seconds_of_articles, num_articles=paper.TABLE_3_NUM_ARTICLES
):
    """What the time of one query is made of, the paper's way.

    Args:
        photo_seconds: of the query-feature submodel.
        seconds_a_call, seconds_of_articles: of `seconds_a_call`.
        num_articles: size of the assortment, 50 a call.

    Returns:
        dict of part to seconds.
    """
    num_calls = -(-num_articles // paper.ARTICLES_PER_QUERY)
    return {
        "the photo": photo_seconds,
        "calling Keras": num_calls * seconds_a_call,
        "matching": seconds_of_articles,
    }


def our_parts(steps, photo_seconds):
    """The same of our ways.

    Args:
        steps: of `one_query_steps`.
        photo_seconds: of the query-feature submodel, which is the same for all ways: measured once,
            so that bars differ by what differs.

    Returns:
        dict of way to a dict of part to seconds, parts named as by `papers_parts`; in two stages
        "candidates" stands for their choice.
    """
    parts = {}
    for way, milliseconds in steps.items():
        seconds = (milliseconds / 1000).fillna(0)
        match = (
            seconds["match of all articles"]
            + seconds["match of the candidates"]
            + seconds["sorting"]
        )
        parts[way] = {
            "the photo": photo_seconds,
            "matching": match,
            "candidates": seconds["candidates, query tower included"],
        }
    return parts


def measure_trade_off(index, candidates, agreement, query_features, repetitions=20):
    """The time of a search in two stages, beside what its first stage hands on.

    Args:
        index: an `Index`, whose match ranks the candidates.
        candidates: a `CandidateStage` of the same articles.
        agreement: of `candidate_agreement`; its largest top-k counts.
        query_features: float32 `(queries, feature_size)`, another one each time.
        repetitions: of each.

    Returns:
        A DataFrame with the columns `num_candidates, milliseconds, agreement`, the time of one
        query, the median.
    """
    of_largest = agreement[agreement["k"] == agreement["k"].max()]
    rows = itertools.cycle(range(len(query_features)))

    def search(num):
        query = query_features[(row := next(rows)) : row + 1]
        return index.scorer.candidate_scores(query, candidates.best(query, num))

    seconds = interleaved(
        {num: functools.partial(search, num) for num in of_largest["num_candidates"]}, repetitions
    )
    milliseconds = [1000 * np.median(seconds[num]) for num in of_largest["num_candidates"]]
    return (
        of_largest[["num_candidates", "agreement"]]
        .assign(milliseconds=milliseconds)
        .reset_index(drop=True)
    )


def measure_sizes(
    model, features, towers, sizes=(2_000, 5_000, 10_000, 20_000, 50_000, 100_000), repetitions=10
):
    """The time to match one query as the assortment grows, exactly and in two stages.

    Args:
        model: a Studio2Shop model.
        features: `ArticleFeatures`, repeated with small noise where a size is larger, see
            `grown_features`.
        towers: of `distil_towers`.
        sizes: numbers of articles.
        repetitions: of each.

    Returns:
        A DataFrame with the columns `way, num_articles, milliseconds`, the median.
    """
    works = {}
    for size in sizes:
        grown = grown_features(features, size)
        for way, first_stage in (
            ("exact", None),
            (f"two stages, {NUM_CANDIDATES:,} candidates", towers),
        ):
            index = Index(model, grown, first_stage, NUM_CANDIDATES)
            works[way, size] = lambda index=index: index.search(index.features.vectors[:1])
    seconds = interleaved(works, repetitions)
    return pd.DataFrame(
        [(way, size, 1000 * np.median(seconds[way, size])) for way, size in works],
        columns=["way", "num_articles", "milliseconds"],
    )
