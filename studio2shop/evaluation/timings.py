"""Figure 9: how long a search takes, the paper's way beside ours, and each step of one query."""

import numpy as np
import pandas as pd

from studio2shop import paper
from studio2shop.evaluation.papers_way import PapersMatching
from studio2shop.evaluation.stopwatch import interleaved
from studio2shop.features.article_features import ArticleFeatures, check_is_features
from studio2shop.io.given import check_type, check_whole_number, check_whole_numbers
from studio2shop.io.words import quoted
from studio2shop.models.towers import build_towers
from studio2shop.retrieval import Index, Retriever, best_rows
from studio2shop.retrieval.bfloat16 import is_faster_in_bfloat16
from studio2shop.retrieval.candidates import apply_layers

PAPERS_WAY = "paper's way"
NUM_QUERIES = (1, 2, 4, 8, 16, 32, 64, 128)
REPETITIONS = 10  # the paper's
NUM_CANDIDATES = 1000  # of 50,000; they held 0.999 of the exact top-50 of a rendered assortment
K = 50
STEPS = (
    "query-feature network",
    "query tower",
    "candidates, query tower included",
    "match of the candidates",
    "match of all articles",
    "sorting",
    "whole search",
)


def build_indexes(model, features, towers=None, announce=lambda line: None):
    """Our ways to match, ready to be timed.

    Args:
        model: a Studio2Shop model.
        features: `ArticleFeatures` of the assortment.
        towers: of `distil_towers`; default: untrained ones, which take as long.
        announce: called with a line of text for each way that is left out, and why.

    Returns:
        dict of way to `Index`: exact in float32, exact in bfloat16 where that is faster here, in
        two stages by a matrix product and, where faiss is installed, by its cells `ivf`.
    """
    towers = build_towers(features.size) if towers is None else towers
    indexes = {"exact, float32": Index(model, features)}
    if indexes["exact, float32"].scorer.split.is_linear:
        announce("exact, bfloat16: left out, a linear match gains nothing from it.")
    elif not is_faster_in_bfloat16():
        announce("exact, bfloat16: left out, this processor is not clearly faster in bfloat16.")
    else:
        indexes["exact, bfloat16"] = Index(model, features, dtype="bfloat16")
    indexes["two-stage, product"] = Index(model, features, towers, NUM_CANDIDATES)
    try:
        indexes["two-stage, ivf"] = Index(model, features, towers, NUM_CANDIDATES, "ivf")
    except ImportError:
        announce(
            "two-stage, ivf: left out, faiss is not installed (pip install 'studio2shop[faiss]')."
        )
    return indexes


def measure_timings(
    model,
    features,
    indexes,
    num_queries=NUM_QUERIES,
    repetitions=REPETITIONS,
    announce=lambda line: None,
):
    """Figure 9's protocol: seconds for the two stages of a search.

    They go from images in memory to the best 50 articles. Loading and resizing of images are not
    part of it. The query-feature stage is the same network for all ways, run by `predict` in
    batches of 64 for the paper's and as a compiled graph for ours. Each repetition goes through all
    ways and numbers of queries, so that a moment when the machine is busy meets all of them.

    Args:
        model: a Studio2Shop model.
        features: `ArticleFeatures` of the assortment; the paper's has 50,000.
        indexes: dict of way to `Index` of the same model and features, as returned by
            `build_indexes`.
        num_queries: the numbers of queries.
        repetitions: of each measurement, after one that is not counted.
        announce: called with a line of text on the progress.

    Returns:
        A DataFrame with one row per way, number of queries and stage (`query-feature`, `matching`,
        and `both`, their sum): `way, num_queries, stage, seconds, least_seconds, most_seconds`, the
        mean over the repetitions and their range.

    Raises:
        ValueError: if an argument is none of the above.
    """
    check_is_features(features)
    check_type("indexes", indexes, dict, "a dict of way to Index, as `build_indexes` returns it")
    for way, index in indexes.items():
        check_type(f"indexes[{quoted(way)}]", index, Index, "an Index")
    check_whole_numbers("num_queries", num_queries)
    check_whole_number("repetitions", repetitions)
    search = Retriever(model, features)
    images, query_features = _random_queries(model, features, max(num_queries))
    float_images = images.astype("float32")
    matching = model.get_layer("query_article_matching")
    papers_matching = PapersMatching(matching, features.vectors)
    works = {}
    for number in num_queries:
        works[PAPERS_WAY, number, "query-feature"] = lambda n=number: search.query_feature.predict(
            float_images[:n], batch_size=paper.QUERIES_PER_BATCH, verbose=0
        )
        works["ours", number, "query-feature"] = lambda n=number: search.query_features(images[:n])
        works[PAPERS_WAY, number, "matching"] = lambda n=number: best_rows(
            papers_matching.scores(query_features[:n]), K
        )
        for way, index in indexes.items():
            works[way, number, "matching"] = lambda n=number, index=index: index.search(
                query_features[:n], K
            )
    few = PapersMatching(matching, features.vectors[: 2 * paper.ARTICLES_PER_QUERY])
    warm_ups = {
        (PAPERS_WAY, number, "matching"): lambda n=number: few.scores(query_features[:n])
        for number in num_queries
    }
    seconds = interleaved(works, repetitions, warm_ups, announce)

    rows = []
    for way in (PAPERS_WAY, *indexes):
        network = PAPERS_WAY if way == PAPERS_WAY else "ours"
        for number in num_queries:
            feature_seconds = seconds[network, number, "query-feature"]
            matching_seconds = seconds[way, number, "matching"]
            for stage, times in (
                ("query-feature", feature_seconds),
                ("matching", matching_seconds),
                ("both", feature_seconds + matching_seconds),
            ):
                rows.append((way, number, stage, times.mean(), times.min(), times.max()))
    return pd.DataFrame(
        rows, columns=["way", "num_queries", "stage", "seconds", "least_seconds", "most_seconds"]
    )


def one_query_steps(model, indexes, repetitions=20):
    """What the time of one query goes into; no step calls Keras.

    Args:
        model: a Studio2Shop model.
        indexes: as in `measure_timings`.
        repetitions: of each step, after one that is not counted.

    Returns:
        A DataFrame of milliseconds, the median of the repetitions, with one row per step and one
        column per way; not a number where a way has no such step. The last step is the whole of
        `search(image)`, measured for itself.
    """
    works = {}
    for way, index in indexes.items():
        images, query = _random_queries(model, index.features, 1)
        search = Retriever(index)
        rows = None
        works["query-feature network", way] = lambda search=search, images=images: (
            search.query_features(images)
        )
        if index.candidates is not None:
            rows = index.candidates.best(query, index.num_candidates)[0]
            works["query tower", way] = lambda index=index, query=query: apply_layers(
                index.candidates.query_layers, query
            )
            works["candidates, query tower included", way] = lambda index=index, query=query: (
                index.candidates.best(query, index.num_candidates)
            )
        logits = index.scorer.scores(query, rows)
        match = "match of all articles" if rows is None else "match of the candidates"
        works[match, way] = lambda index=index, query=query, rows=rows: index.scorer.scores(
            query, rows
        )
        works["sorting", way] = lambda logits=logits: best_rows(logits, K)
        works["whole search", way] = lambda search=search, images=images: search(images, K)
    seconds = interleaved(works, repetitions)
    medians = pd.Series({name: 1000 * np.median(times) for name, times in seconds.items()})
    table = medians.unstack().reindex(index=STEPS, columns=list(indexes))
    return table.rename_axis(index="step")


def random_features(num_articles, size=paper.FEATURE_SIZE):
    """`ArticleFeatures` of no meaning, to time with: speed does not depend on the values."""
    vectors = np.random.default_rng(0).standard_normal((num_articles, size)).astype("float32")
    return ArticleFeatures([f"a{number}" for number in range(num_articles)], vectors)


def grown_features(features, num_articles):
    """An assortment of another size, to time with.

    It has the first articles, or all of them, repeated with small noise.

    Args:
        features: `ArticleFeatures`.
        num_articles: the size wanted.

    Returns:
        `ArticleFeatures`.
    """
    copies, rows = np.divmod(np.arange(num_articles), len(features))
    noise = np.random.default_rng(0).standard_normal((num_articles, features.size))
    is_copy = (copies > 0)[:, np.newaxis]
    noise = 0.1 * features.vectors.std() * noise * is_copy
    vectors = features.vectors[rows] + noise.astype("float32")
    ids = [f"{article_id}-{copy}" for article_id, copy in zip(features.ids[rows], copies)]
    return ArticleFeatures(ids, vectors)


def _random_queries(model, features, number):
    """Images of noise, and query features near some articles', as a trained network's are."""
    random = np.random.default_rng(0)
    shape = model.get_layer("query_feature").input_shape[1:]
    images = random.integers(0, 256, (number, *shape), dtype="uint8")
    vectors = features.vectors[random.integers(len(features), size=number)]
    noise = 0.3 * vectors.std() * random.standard_normal(vectors.shape)
    return images, (vectors + noise).astype("float32")
