"""Figure 9's protocol: how long it takes to rank 50,000 articles for 1 to 128 photos, the paper's way and ours."""

import pathlib
import time

import numpy as np
import pandas as pd

from studio2shop import paper, plots
from studio2shop.features import ArticleFeatures
from studio2shop.files import write_text
from studio2shop.retrieval import Index, Retriever, best_rows
from studio2shop.retrieval.bfloat16 import is_faster_in_bfloat16
from studio2shop.run import machine_facts

QUERY_COUNTS = (1, 2, 4, 8, 16, 32, 64, 128)
PAPERS_WAY, OURS = "the paper's way", "ours"
QUERY_FEATURE, MATCHING = "query-feature", "matching"


def papers_scores(query_article_matching, query_features, article_vectors):
    """Scores as the paper computes them: 64 queries against 50 articles a call of the matching submodel.

    Args:
        query_article_matching: a Keras model.
        query_features: float32 `(queries, feature_size)`.
        article_vectors: float32 `(articles, feature_size)`.

    Returns:
        float32 `(queries, articles)`.
    """
    scores = np.empty((len(query_features), len(article_vectors)), "float32")
    for start in range(0, len(query_features), paper.QUERIES_PER_BATCH):
        queries = query_features[start : start + paper.QUERIES_PER_BATCH]
        for first in range(0, len(article_vectors), paper.ARTICLES_PER_QUERY):
            articles = article_vectors[first : first + paper.ARTICLES_PER_QUERY]
            pairs = [np.repeat(articles[np.newaxis], len(queries), axis=0), queries]
            scores[start : start + len(queries), first : first + len(articles)] = query_article_matching.predict_on_batch(pairs)
    return scores


def measure_timings(model, indexes, query_counts=QUERY_COUNTS, repetitions=10, announce=lambda line: None):
    """Times both stages of a search, "query-feature" and "matching", loading and resizing of photos left out (Figure 9).

    "The experiments are run from scratch (apart from model loading) for each number of images and averaged over 10
    repetitions." Ways alternate within a repetition, so that a busy moment of the machine meets all of them.

    Args:
        model: a Studio2Shop model; its speed does not depend on its weights.
        indexes: dict of way to an `Index` of the same assortment, each timed beside the paper's way.
        query_counts: numbers of photos searched for at once.
        repetitions: the paper's 10.
        announce: called with a line of text on what is done.

    Returns:
        A DataFrame with a row a way, stage and number of photos: `way, stage, queries, seconds` (the mean), `least` and
        `most` (seconds).
    """
    query_feature, matching = model.get_layer("query_feature"), model.get_layer("query_article_matching")
    search = Retriever(model, next(iter(indexes.values())))
    random = np.random.default_rng(0)
    images = random.integers(0, 256, (max(query_counts), *query_feature.input_shape[1:])).astype("float32")
    features = random.standard_normal((max(query_counts), search.features.size)).astype("float32")
    vectors = np.asarray(search.features.vectors)

    def works(count):
        yield PAPERS_WAY, QUERY_FEATURE, lambda: query_feature.predict(images[:count], batch_size=paper.QUERIES_PER_BATCH, verbose=0)
        yield OURS, QUERY_FEATURE, lambda: search.query_features(images[:count])
        yield PAPERS_WAY, MATCHING, lambda: best_rows(papers_scores(matching, features[:count], vectors), 50)
        for way, index in indexes.items():
            yield way, MATCHING, lambda index=index: index.search(features[:count], 50)

    for _, _, work in works(1):
        work()  # compiles what is compiled at the first call
    rows = []
    for repetition in range(repetitions):
        for count in query_counts:
            for way, stage, work in works(count):
                start = time.perf_counter()
                work()
                rows.append((way, stage, count, time.perf_counter() - start))
        announce(f"repetition {repetition + 1} of {repetitions}")
    seconds = pd.DataFrame(rows, columns=["way", "stage", "queries", "seconds"]).groupby(["way", "stage", "queries"], sort=False)["seconds"]
    return seconds.agg(seconds="mean", least="min", most="max").reset_index()


def seconds_by_way(timings):
    """A row a number of photos and a column a way.

    Args:
        timings: DataFrame as of `measure_timings`.

    Returns:
        Two DataFrames of seconds with index `queries`: of both stages together, where ours share one query-feature stage,
        and of the query-feature stage alone.
    """
    query_feature, matching = (
        timings[timings["stage"] == stage].pivot(index="queries", columns="way", values="seconds") for stage in (QUERY_FEATURE, MATCHING)
    )
    ways = timings.loc[timings["stage"] == MATCHING, "way"].unique()
    totals = {way: matching[way] + query_feature[PAPERS_WAY if way == PAPERS_WAY else OURS] for way in ways}
    return pd.DataFrame(totals), query_feature[[PAPERS_WAY, OURS]]


def one_query_steps(search, repetitions=30):
    """Where the time of one photo's search goes, after it is decoded and resized.

    Args:
        search: a `Retriever`.
        repetitions: of which the median is given.

    Returns:
        dict of step to milliseconds. No step calls Keras: the query-feature submodel is a compiled graph.
    """
    index = search.index
    image = np.random.default_rng(0).integers(0, 256, (*search.image_size, 3), dtype=np.uint8)
    query = search.query_features(image)
    steps = {"query-feature": lambda: search.query_features(image)}
    rows = None
    if index.candidates is not None:
        rows = index.candidates.best(query, index.num_candidates)[0]
        steps["first stage"] = lambda: index.candidates.best(query, index.num_candidates)
    logits = index.scorer.scores(query, rows)
    steps[f"match of {logits.shape[1]:,} articles"] = lambda: index.scorer.scores(query, rows)
    steps["best 50 of them"] = lambda: best_rows(logits, 50)
    return {name: median_milliseconds(step, repetitions) for name, step in steps.items()}


def median_milliseconds(work, repetitions):
    """The median time of some calls, after one to warm up."""
    work()
    times = []
    for _ in range(repetitions):
        start = time.perf_counter()
        work()
        times.append(time.perf_counter() - start)
    return 1000 * float(np.median(times))


def product_speed(repetitions=10):
    """The machine's own speed, GFLOP/s: the float32 product of one query's second layer, (50,000 x 256) by (256 x 256)."""
    random = np.random.default_rng(0)
    hidden, kernel = (random.standard_normal((rows, 256)).astype("float32") for rows in (paper.TABLE_3_NUM_ARTICLES, 256))
    out = np.empty_like(hidden)
    return 2 * hidden.size * 256 / median_milliseconds(lambda: np.matmul(hidden, kernel, out=out), repetitions) / 1e6


def write_timings(out, run=None, num_articles=paper.TABLE_3_NUM_ARTICLES, repetitions=10, announce=print):
    """Measures Figure 9 and writes `timings.csv` and `figure9.png`.

    Args:
        out: folder, made if missing.
        run: a `Run` whose networks are timed; default: the paper's full-size ones with random weights.
        num_articles: size of the assortment; its features are random numbers, on which no time depends.
        repetitions: the paper's 10.
        announce: called with each line of text on what was found.

    Returns:
        DataFrame as of `measure_timings`.
    """
    from studio2shop.models.studio2shop import build_studio2shop
    from studio2shop.models.towers import build_towers

    model = build_studio2shop(backbone_weights=None, match_activation=None) if run is None else run.model
    size = model.get_layer("query_article_matching").inputs[0].shape[-1]
    vectors = np.random.default_rng(0).standard_normal((num_articles, size)).astype("float32")
    features, towers = ArticleFeatures([f"a{number:07d}" for number in range(num_articles)], vectors), build_towers(size)
    height, width = model.input_shape[0][1:3]
    announce(f"{'Full-size networks with random weights' if run is None else run.folder}: photos of {height} x {width}, {num_articles:,} articles; " + "; ".join(machine_facts().values()))
    announce(f"this machine's float32 product of one query's second layer: {product_speed():.0f} GFLOP/s")
    indexes = {"exact": Index(model, features)}
    if is_faster_in_bfloat16():
        indexes["exact, bfloat16"] = Index(model, features, dtype="bfloat16")
    else:
        announce("bfloat16 is left out: this processor is not faster in it")
    indexes["two stages, product"] = Index(model, features, towers)
    try:
        indexes["two stages, faiss IVF"] = Index(model, features, towers, method="ivf")
    except ImportError as error:
        announce(f"two stages by faiss are left out: {error}")
    timings = measure_timings(model, indexes, repetitions=repetitions, announce=announce)
    for way, index in indexes.items():
        steps = one_query_steps(Retriever(model, index))
        announce(f"one photo, {way}: " + ", ".join(f"{name} {milliseconds:.2f} ms" for name, milliseconds in steps.items()))
    totals, query_feature = seconds_by_way(timings)
    announce("seconds, both stages together:\n" + totals.to_string(float_format="{:.3f}".format))
    announce("seconds, query-feature alone:\n" + query_feature.to_string(float_format="{:.3f}".format))
    out = pathlib.Path(out)
    out.mkdir(parents=True, exist_ok=True)
    write_text(out / "timings.csv", timings.to_csv(index=False))
    plots.timings(totals, query_feature, num_articles).savefig(out / "figure9.png", dpi=110)
    announce(f"timings.csv and figure9.png: {out}")
    return timings
