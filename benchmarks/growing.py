"""What one query costs as the assortment grows, and how long a saved index takes to load.

    python benchmarks/growing.py [--most 5000000]

Synthetic features: each article near one of 1,000 centres, each query near an article. The match is
Table 7's network with random weights, the first stage a dot product by faiss' cells (IVF), 1,000
candidates; how many of a full product's candidates the cells find is printed beside. 5,000,000
articles take about 20 GiB and a quarter of an hour on 2 cores.
"""

import argparse
import pathlib
import tempfile
import time

import numpy as np

from studio2shop import (
    ArticleFeatures,
    Index,
    build_query_article_matching,
    build_query_feature,
    join_submodels,
    paper,
)
from studio2shop.evaluation import stopwatch
from studio2shop.jobs.machine import peak_gigabytes

SIZES = (5_000, 20_000, 50_000, 200_000, 1_000_000, 5_000_000)
MOST_SAVED, NUM_CANDIDATES, NUM_QUERIES, K = 1_000_000, 1000, 16, 50


def main(arguments=None):
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument(
        "--most", metavar="N", type=int, default=SIZES[-1], help="largest assortment"
    )
    parser.add_argument("--sizes", metavar="N", type=int, nargs="+", default=SIZES)
    options = parser.parse_args(arguments)
    sizes = [size for size in options.sizes if size <= options.most]
    model, first_stage = (
        join_submodels(
            build_query_feature(
                (32, 32, 3), backbone="compact", backbone_weights=None, head="pooled"
            ),
            build_query_article_matching(matching=matching),
        )
        for matching in ("non-linear", "linear")
    )
    print(
        f"bare product {stopwatch.product_gigaflops():.0f} GFLOP/s; "
        "medians of one query's milliseconds; exponents are of the growth from the row above"
    )
    print(
        (
            f"{'articles':>10} {'exact':>10} {'':>9} {'two-stage':>10} {'':>9} {'recall':>7} "
            f"{'build s':>8} {'peak GiB':>9}"
        ),
        flush=True,
    )
    rows = []
    for size in sizes:
        features, queries = clustered(size)
        start = time.perf_counter()
        index = Index(model, features, first_stage, NUM_CANDIDATES, "ivf")
        build_seconds = time.perf_counter() - start
        exact, two_stage = time_searches(index, queries)
        rows.append((size, exact, two_stage, recall(index.candidates, queries)))
        slopes = [growth(rows[-2:], column) for column in (1, 2)]
        print(
            (
                f"{size:10,} {1000 * exact:10.2f} {slopes[0]:>9} {1000 * two_stage:10.2f} "
                f"{slopes[1]:>9} {rows[-1][3]:7.4f} {build_seconds:8.1f} {peak_gigabytes():9.1f}"
            ),
            flush=True,
        )
        if size == max(saved for saved in sizes if saved <= max(MOST_SAVED, min(sizes))):
            time_loading(index, queries)
        del index, features
    return rows


def growth(rows, column):
    """The exponent by which a column grew between two rows, as text; empty for a first row."""
    if len(rows) < 2:
        return ""
    before, now = rows
    return f"N^{np.log(now[column] / before[column]) / np.log(now[0] / before[0]):.2f}"


def clustered(num_articles):
    """`ArticleFeatures` around 1,000 centres, and queries near some of them."""
    random = np.random.default_rng(0)
    vectors = random.standard_normal((num_articles, paper.FEATURE_SIZE), "float32")
    vectors *= 0.5
    centres = random.standard_normal((1000, paper.FEATURE_SIZE), "float32")
    vectors += centres[random.integers(len(centres), size=num_articles)]
    near = vectors[random.integers(num_articles, size=NUM_QUERIES)]
    queries = near + 0.3 * random.standard_normal(near.shape, "float32")
    return ArticleFeatures.unchecked(np.arange(num_articles).astype("U7"), vectors), queries


def time_searches(index, queries):
    """Median seconds of one query: exactly, and in two stages."""
    exactly = stopwatch.interleaved({"exact": lambda: index.scorer.scores(queries[:1])}, 3)["exact"]
    one_by_one = {
        query: lambda query=query: index.search(queries[query : query + 1], K)
        for query in range(len(queries))
    }
    return np.median(exactly), np.median(list(stopwatch.interleaved(one_by_one, 3).values()))


def recall(candidates, queries):
    """Share of the candidates by a full product that the cells find."""
    found = []
    for query in queries:
        scores = candidates.scores(query[np.newaxis])[0]
        rows = candidates.best(query[np.newaxis], NUM_CANDIDATES)[0]
        least = np.partition(scores, -len(rows))[-len(rows)]
        found.append((scores[rows] >= least - 1e-4 * abs(least)).mean())
    return np.mean(found)


def time_loading(index, queries):
    """Prints how long a saved index takes to load and to search once, with a warm page cache."""
    with tempfile.TemporaryDirectory() as folder:
        saved = pathlib.Path(folder, "index")
        index.save(saved)
        start = time.perf_counter()
        loaded = Index.load(saved, index.model)
        seconds = time.perf_counter() - start
        start = time.perf_counter()
        found = loaded.search(queries[:1], K)
        first_search = time.perf_counter() - start
        same = np.array_equal(found[0][0], index.search(queries[:1], K)[0][0])
        print(
            (
                f"{len(index):10,} saved, loaded in {seconds:.2f} s, "
                f"first search after it {1000 * first_search:.0f} ms, "
                f"{'the same' if same else 'NOT the same'} found (page cache warm)"
            ),
            flush=True,
        )


if __name__ == "__main__":
    main()
