"""The exact scorer beside the bare matrix product of the same work, the paper's way, bfloat16; ranks without a matrix.

    python benchmarks/exact_scorer.py [RUN] [--ranked 500]

One query's matching against 50,000 articles, Table 7's matching network. With RUN, a run's own network and features, of
which there must be 50,000 (`benchmarks/two_stage.py RUN` makes them), so that bfloat16's agreement with float32 is that of a
trained match. Ratios are of one run; the product, float32 (50,000 x 256) by (256 x 256), tells how fast the machine is.
"""

import argparse
import time

import numpy as np

from studio2shop import build_query_article_matching, paper
from studio2shop.retrieval import ExactScorer, best_rows, rank_matches
from studio2shop.run import peak_gigabytes

NUM_ARTICLES, REPETITIONS = paper.TABLE_3_NUM_ARTICLES, 20


def fastest_milliseconds(works, repetitions=REPETITIONS):
    """The fastest of some calls of each work, taken in turns, after one to warm up.

    Args:
        works: dict of name to a function.
        repetitions: number of calls.

    Returns:
        dict of name to milliseconds.
    """
    fastest = {}
    for repetition in range(repetitions + 1):
        for name, work in works.items():
            start = time.perf_counter()
            work()
            milliseconds = 1000 * (time.perf_counter() - start)
            if repetition:
                fastest[name] = min(milliseconds, fastest.get(name, np.inf))
    return fastest


def bare_product(num_articles=NUM_ARTICLES):
    """The one product that no exact match of a query can do without, into memory that is there already."""
    random = np.random.default_rng(0)
    hidden, kernel = (random.standard_normal((rows, 256)).astype("float32") for rows in (num_articles, 256))
    out = np.empty_like(hidden)
    return lambda: np.matmul(hidden, kernel, out=out)


def main(arguments=None):
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("features", nargs="?", help="folder that benchmarks/two_stage.py made: a trained match and real features; else random ones")
    parser.add_argument("--articles", type=int, default=NUM_ARTICLES)
    parser.add_argument("--ranked", type=int, default=500, help="queries of which matches are ranked; the paper's 20,000 take a quarter of an hour")
    options = parser.parse_args(arguments)
    if options.features:
        from two_stage import load_material

        material = load_material(options.features)
        matching, articles, queries = material.matching, material.features.vectors[: options.articles], material.query_features
    else:
        random = np.random.default_rng(0)
        matching = build_query_article_matching(match_activation=None)
        articles, queries = (random.standard_normal((rows, paper.FEATURE_SIZE)).astype("float32") for rows in (options.articles, options.ranked))
    queries = queries[np.arange(options.ranked) % len(queries)]
    one = queries[:1]
    num_groups = len(articles) // paper.ARTICLES_PER_QUERY
    groups = articles[: num_groups * paper.ARTICLES_PER_QUERY].reshape(num_groups, paper.ARTICLES_PER_QUERY, -1)
    exact, halved = ExactScorer(matching, articles), ExactScorer(matching, articles, "bfloat16")
    product = bare_product(len(articles))
    ours = fastest_milliseconds({"product": product, "exact": lambda: exact.scores(one), "bfloat16": lambda: halved.scores(one)})
    papers = fastest_milliseconds({"paper": lambda: matching.predict([groups, np.repeat(one, num_groups, axis=0)], batch_size=1, verbose=0)}, 2)["paper"]
    few = queries[:100]
    overlap = np.mean([np.isin(found, best).mean() for found, best in zip(best_rows(halved.scores(few), 50), best_rows(exact.scores(few), 50))])
    print(f"{len(articles):,} articles, one query, fastest of {REPETITIONS} in turns, {'trained match and real features' if options.features else 'random match and features'}")
    print(f"bare product          {ours['product']:8.1f} ms   {2 * len(articles) * 256 * 256 / ours['product'] / 1e6:.0f} GFLOP/s")
    print(f"exact                 {ours['exact']:8.1f} ms   {ours['exact'] / ours['product']:.2f} x the product")
    print(f"exact in bfloat16     {ours['bfloat16']:8.1f} ms   {ours['exact'] / ours['bfloat16']:.2f} times as fast as float32; best 50 the same: {overlap:.4f}")
    print(f"the paper's way       {papers:8.1f} ms   exact is {papers / ours['exact']:.1f} times as fast (50 articles a call, one `predict`)")

    random, before = np.random.default_rng(1), peak_gigabytes()
    matches = random.integers(0, len(articles), options.ranked)
    products = 1000 * time_of(lambda: [product() for _ in range(options.ranked)])
    ranking = 1000 * time_of(lambda: rank_matches(exact.scores, queries, np.arange(options.ranked), matches))
    print(f"ranks of {options.ranked:,} queries {ranking / 1000:8.1f} s    {ranking / products:.2f} x {options.ranked:,} products; peak memory grew by {peak_gigabytes() - before:.2f} GiB to {peak_gigabytes():.2f} GiB")
    return ours


def time_of(work):
    """Seconds of one call."""
    start = time.perf_counter()
    work()
    return time.perf_counter() - start


if __name__ == "__main__":
    main()
