"""Figure 9: how long a search takes, the paper's way beside ours, and each step of one query."""

import time

import keras
import numpy as np
import pandas as pd

from studio2shop import paper
from studio2shop.features.article_features import ArticleFeatures
from studio2shop.models.predict_all import predict_all, without_retracing_warnings
from studio2shop.models.towers import build_towers
from studio2shop.retrieval import Index, Retriever, best_rows
from studio2shop.retrieval.bfloat16 import is_faster_in_bfloat16
from studio2shop.retrieval.candidates import apply_layers

PAPERS_WAY = "paper's way"
NUM_QUERIES = (1, 2, 4, 8, 16, 32, 64, 128)
REPETITIONS = 10  # the paper's
# before each: a library's threads wait for more work without letting go of the core, up to 30 ms
PAUSE_SECONDS = 0.05
NUM_CANDIDATES = 1000  # of 50,000; they held 0.999 of the exact top-50 of a rendered assortment
K = 50


class PapersMatching:
    """The paper's way of matching (appendix, Timings): 64 queries against 50 articles per call.

    "We use the exact same architecture as for training and therefore only test against 50 articles
    at a time." We take that as one `predict` over batches of up to 64 queries by 50 articles; the
    paper does not say whether fewer queries than 64 were filled up, ours are not.

    Args:
        query_article_matching: a model of `build_query_article_matching`.
        article_vectors: float32 `(articles, feature_size)`.
        articles_per_call: the paper's 50; it expects "hundreds of articles at a time" to be faster.
    """

    def __init__(
        self, query_article_matching, article_vectors, articles_per_call=paper.ARTICLES_PER_QUERY
    ):
        self._model, self._num_articles = query_article_matching, len(article_vectors)
        num_groups = -(-len(article_vectors) // articles_per_call)
        # the last group is filled up
        rows = np.arange(num_groups * articles_per_call) % len(article_vectors)
        self._groups = article_vectors[rows].reshape(num_groups, articles_per_call, -1)

    def scores(self, query_features):
        """Scores `(queries, articles)` of query features `(queries, feature_size)`."""
        found = []
        for start in range(0, len(query_features), paper.QUERIES_PER_BATCH):
            queries = query_features[start : start + paper.QUERIES_PER_BATCH]
            scores = predict_all(
                self._model, _Calls(self._groups, queries)
            )  # (groups * queries, 50)
            scores = scores.reshape(len(self._groups), len(queries), -1).swapaxes(0, 1)
            found.append(scores.reshape(len(queries), -1)[:, : self._num_articles])
        return np.concatenate(found)


class _Calls(keras.utils.PyDataset):
    """A batch a group of articles: each of the queries with the group."""

    def __init__(self, groups, queries):
        super().__init__()
        self._groups, self._queries = groups, queries

    def __len__(self):
        return len(self._groups)

    def __getitem__(self, group):
        return (
            (np.repeat(self._groups[group][np.newaxis], len(self._queries), axis=0), self._queries),
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
        indexes: dict of way to `Index` of the same model and features, as of `build_indexes`.
        num_queries: the numbers of queries.
        repetitions: of each measurement, after one that is not counted.
        announce: called with a line of text on the progress.

    Returns:
        A DataFrame with a row a way, number of queries and stage (`query-feature`, `matching`, and
        `both`, their sum): `way, num_queries, stage, seconds, least_seconds, most_seconds`, the
        mean over the repetitions and their range.
    """
    images, query_features = _random_queries(model, features, max(num_queries))
    query_feature, search = model.get_layer("query_feature"), Retriever(model, features)
    matching = model.get_layer("query_article_matching")
    papers_matching, few = (
        PapersMatching(matching, features.vectors),
        PapersMatching(matching, features.vectors[: 2 * paper.ARTICLES_PER_QUERY]),
    )
    float_images = images.astype("float32")
    works = {}
    for number in num_queries:
        works[PAPERS_WAY, number, "query-feature"] = lambda n=number: query_feature.predict(
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
    warm_ups = {
        (PAPERS_WAY, number, "matching"): lambda n=number: few.scores(query_features[:n])
        for number in num_queries
    }
    seconds = interleaved(works, repetitions, warm_ups, announce)

    rows = []
    for way in (PAPERS_WAY, *indexes):
        for number in num_queries:
            stages = {
                "query-feature": seconds[
                    PAPERS_WAY if way == PAPERS_WAY else "ours", number, "query-feature"
                ],
                "matching": seconds[way, number, "matching"],
            }
            stages["both"] = stages["query-feature"] + stages["matching"]
            rows += [
                (way, number, stage, times.mean(), times.min(), times.max())
                for stage, times in stages.items()
            ]
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
        A DataFrame of milliseconds, the median of the repetitions, with a row a step and a column a
        way; not a number where a way has no such step. The last step is the whole of
        `search(image)`, measured for itself.
    """
    works = {}
    for way, index in indexes.items():
        images, query = _random_queries(model, index.features, 1)
        search, rows = Retriever(index), None
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
        works["match of all articles" if rows is None else "match of the candidates", way] = (
            lambda index=index, query=query, rows=rows: index.scorer.scores(query, rows)
        )
        works["sorting", way] = lambda logits=logits: best_rows(logits, K)
        works["whole search", way] = lambda search=search, images=images: search(images, K)
    seconds = interleaved(works, repetitions)
    steps = [
        "query-feature network",
        "query tower",
        "candidates, query tower included",
        "match of the candidates",
        "match of all articles",
        "sorting",
        "whole search",
    ]
    milliseconds = {
        way: [
            1000 * np.median(seconds[step, way]) if (step, way) in seconds else np.nan
            for step in steps
        ]
        for way in indexes
    }
    return pd.DataFrame(milliseconds, index=pd.Index(steps, name="step"))


def interleaved(works, repetitions, warm_ups=None, announce=lambda line: None):
    """Times pieces of work by turns, with a pause before each.

    Args:
        works: dict of name to function without arguments.
        repetitions: how often each is timed.
        warm_ups: dict of name to what is called once before, where that is not the work itself.
        announce: called with a line of text after each repetition.

    Returns:
        dict of name to float64 `(repetitions,)`, seconds.
    """
    with without_retracing_warnings():
        for name, work in works.items():
            (warm_ups or {}).get(name, work)()
    announce(f"all {len(works)} measurements warmed up")
    seconds, begin = {name: np.empty(repetitions) for name in works}, time.perf_counter()
    for repetition in range(repetitions):
        for name, work in works.items():
            time.sleep(PAUSE_SECONDS)
            start = time.perf_counter()
            work()
            seconds[name][repetition] = time.perf_counter() - start
        passed = time.perf_counter() - begin
        left = passed / (repetition + 1) * (repetitions - repetition - 1)
        announce(
            f"repetition {repetition + 1} of {repetitions} done after {passed:.0f} s, "
            f"about {left:.0f} s left"
        )
    return seconds


def product_works(num_articles=paper.TABLE_3_NUM_ARTICLES, width=256):
    """The bare float32 product `(articles, width) x (width, width)`, to compare machines by.

    Returns:
        dict of library to function without arguments.
    """
    import tensorflow as tf

    random = np.random.default_rng(0)
    hidden, kernel = (
        random.standard_normal((rows, width)).astype("float32") for rows in (num_articles, width)
    )
    out, tensors = np.empty_like(hidden), (tf.constant(hidden), tf.constant(kernel))
    return {
        "NumPy": lambda: np.matmul(hidden, kernel, out=out),
        "TensorFlow": lambda: tf.matmul(*tensors).numpy(),
    }


def product_gigaflops(repetitions=10):
    """1e9 float32 operations per second of a product of 50,000 x 256 by 256 x 256, at its best."""
    fastest = min(times.min() for times in interleaved(product_works(), repetitions).values())
    return 2 * paper.TABLE_3_NUM_ARTICLES * 256 * 256 / fastest / 1e9


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
    vectors = features.vectors[rows]
    vectors += (
        0.1
        * features.vectors.std()
        * np.random.default_rng(0).standard_normal(vectors.shape)
        * (copies > 0)[:, np.newaxis]
    ).astype("float32")
    return ArticleFeatures(
        [f"{article_id}-{copy}" for article_id, copy in zip(features.ids[rows], copies)], vectors
    )


def _random_queries(model, features, number):
    """Images of noise, and query features near some articles', as a trained network's are."""
    random = np.random.default_rng(0)
    images = random.integers(
        0, 256, (number, *model.get_layer("query_feature").input_shape[1:]), dtype="uint8"
    )
    vectors = features.vectors[random.integers(len(features), size=number)]
    return images, (vectors + 0.3 * vectors.std() * random.standard_normal(vectors.shape)).astype(
        "float32"
    )
