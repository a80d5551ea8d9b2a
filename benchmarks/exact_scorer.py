"""The exact scorer beside the bare matrix product, the paper's way and bfloat16; ranks.

    python benchmarks/exact_scorer.py [RUN --cache DIR] [--ranks 500]

One query's matching against 50,000 articles by Table 7's matching network: with a RUN, its trained
weights and features (see two_stage.py, which makes and shares them), else random ones. Ratios are
within this run, of the fastest of interleaved repetitions; the product, float32 (50,000 x 256) by
(256 x 256) by the faster library, tells how fast the machine is. `--ranks 20000` are the paper's
queries, about a quarter of an hour.
"""

import argparse
import pathlib
import time

import numpy as np
from material import add_options, load_material

from studio2shop import build_query_article_matching
from studio2shop.evaluation import stopwatch
from studio2shop.evaluation.papers_way import PapersMatching
from studio2shop.jobs.machine import peak_gigabytes
from studio2shop.retrieval import ExactScorer, best_rows, rank_matches
from studio2shop.retrieval.bfloat16 import is_faster_in_bfloat16

QUERIES_PER_TURN, PRODUCTS_PER_TURN = 64, 8


def main(arguments=None):
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("run", metavar="RUN", nargs="?", help="the folder of a finished run")
    parser.add_argument(
        "--ranks", metavar="N", type=int, default=500, help="queries whose matches are ranked"
    )
    parser.add_argument("--repetitions", metavar="N", type=int, default=20)
    add_options(parser)
    options = parser.parse_args(arguments)
    if options.run:
        material = load_material(
            options.run,
            options.cache,
            options.catalogue,
            options.articles,
            options.queries,
            options.steps,
        )
        source = f"weights and features of {options.run}"
        matching = material.model.get_layer("query_article_matching")
        articles, queries = material.features.vectors, material.query_features
    else:
        source = "random weights and features"
        random = np.random.default_rng(0)
        matching = build_query_article_matching(match_activation=None)
        articles, queries = (
            random.standard_normal((rows, 128)).astype("float32")
            for rows in (options.articles, options.queries)
        )
    print(
        f"{len(articles):,} articles, one query, fastest of {options.repetitions}, {source}",
        flush=True,
    )

    scorer = ExactScorer(matching, articles)
    query = queries[:1]
    products = stopwatch.product_works(len(articles))
    # first: memory that others gave back would hide its peak
    time_ranks(scorer, queries[np.arange(options.ranks) % len(queries)], products)
    rounded = ExactScorer(matching, articles, "bfloat16")
    works = {
        **products,
        "exact": lambda: scorer.scores(query),
        "bfloat16": lambda: rounded.scores(query),
    }
    seconds = fastest(works, options.repetitions)
    product = min(seconds[name] for name in products)
    papers_matching = PapersMatching(matching, articles)
    papers_way = fastest({"paper": lambda: papers_matching.scores(query)}, 3)["paper"]
    few = queries[:200]
    best_of_rounded = best_rows(rounded.scores(few), 50)
    best = best_rows(scorer.scores(few), 50)
    overlap = np.mean([np.isin(*pair).mean() for pair in zip(best_of_rounded, best)])
    for name in products:
        print(
            f"{'bare product, ' + name:26}{1000 * seconds[name]:4.1f} ms   "
            f"{2 * len(articles) * 256**2 / seconds[name] / 1e9:.0f} GFLOP/s"
        )
    print(
        f"exact                 {1000 * seconds['exact']:8.1f} ms   "
        f"{seconds['exact'] / product:.2f} x the faster product"
    )
    print(
        f"exact in bfloat16     {1000 * seconds['bfloat16']:8.1f} ms   "
        f"{seconds['exact'] / seconds['bfloat16']:.2f} x as fast as float32; "
        f"{overlap:.4f} of its top-50 are float32's "
        f"(is_faster_in_bfloat16: {is_faster_in_bfloat16()})"
    )
    print(
        f"paper's way           {1000 * papers_way:8.1f} ms   "
        f"exact is {papers_way / seconds['exact']:.1f} x as fast"
    )
    return overlap


def fastest(works, repetitions):
    """Seconds of the fastest of interleaved repetitions, by name."""
    return {name: times.min() for name, times in stopwatch.interleaved(works, repetitions).items()}


def time_ranks(scorer, queries, products):
    """Prints the time of ranking beside as many bare products, by turns, and its memory."""
    matches = np.random.default_rng(1).integers(len(scorer), size=len(queries))
    for product in products.values():
        product()
    ranking, seconds = 0, dict.fromkeys(products, 0)
    before = resident_gigabytes()
    for start in range(0, len(queries), QUERIES_PER_TURN):
        block = queries[start : start + QUERIES_PER_TURN]
        for name, product in products.items():
            time.sleep(stopwatch.PAUSE_SECONDS)
            begin = time.perf_counter()
            for _ in range(PRODUCTS_PER_TURN):
                product()
            seconds[name] += (time.perf_counter() - begin) / PRODUCTS_PER_TURN * len(block)
        time.sleep(stopwatch.PAUSE_SECONDS)
        middle = time.perf_counter()
        rank_matches(
            scorer.scores, block, np.arange(len(block)), matches[start : start + len(block)]
        )
        ranking += time.perf_counter() - middle
    name = min(seconds, key=seconds.get)
    print(
        (
            f"ranks of {len(queries):,} queries: {ranking:.1f} s, "
            f"{ranking / seconds[name]:.2f} x as many products by {name}; "
            f"peak {peak_gigabytes() - before:.2f} GiB above the scorer's {before:.2f}"
        ),
        flush=True,
    )


def resident_gigabytes():
    """Resident size of this process now, in GiB.

    Where the system does not tell (not Linux), it is the peak so far.
    """
    pages = pathlib.Path("/proc/self/statm")
    if not pages.exists():
        return peak_gigabytes()
    return int(pages.read_text().split()[1]) * 4096 / 2**30


if __name__ == "__main__":
    main()
