"""The exact scorer beside the bare matrix product of the same work, and beside the paper's way: 50 articles a call.

    python benchmarks/exact_scorer.py

One query's matching against 50,000 articles, Table 7's matching network with random weights. Prints milliseconds and
ratios within this run; the product, float32 (50,000 x 256) by (256 x 256), tells how fast the machine is.
"""

import time

import numpy as np

from studio2shop import build_query_article_matching, paper
from studio2shop.retrieval import ExactScorer

NUM_ARTICLES, REPETITIONS = 50_000, 10


def best_milliseconds(work, repetitions=REPETITIONS):
    """The fastest of some calls, after one to warm up."""
    work()
    times = []
    for _ in range(repetitions):
        start = time.perf_counter()
        work()
        times.append(time.perf_counter() - start)
    return 1000 * min(times)


def main():
    random = np.random.default_rng(0)
    matching = build_query_article_matching(match_activation=None)
    articles = random.standard_normal((NUM_ARTICLES, paper.FEATURE_SIZE)).astype("float32")
    query = random.standard_normal((1, paper.FEATURE_SIZE)).astype("float32")
    hidden, kernel = random.standard_normal((NUM_ARTICLES, 256)).astype("float32"), random.standard_normal((256, 256)).astype("float32")
    scorer = ExactScorer(matching, articles)
    groups = articles.reshape(-1, paper.ARTICLES_PER_QUERY, paper.FEATURE_SIZE)
    queries = np.repeat(query, len(groups), axis=0)

    product = best_milliseconds(lambda: hidden @ kernel)
    exact = best_milliseconds(lambda: scorer.scores(query))
    papers_way = best_milliseconds(lambda: matching.predict([groups, queries], batch_size=1, verbose=0), repetitions=2)
    print(f"{NUM_ARTICLES:,} articles, one query, best of {REPETITIONS}")
    print(f"bare product         {product:8.1f} ms")
    print(f"exact scorer         {exact:8.1f} ms   {exact / product:.2f} x the product")
    print(f"50 articles a call   {papers_way:8.1f} ms   {papers_way / exact:.0f} x the exact scorer")


if __name__ == "__main__":
    main()
