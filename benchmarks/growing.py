"""What a search costs as the assortment grows, and how long a saved index takes to load.

    python benchmarks/growing.py [--largest 5000000]

Features are synthetic: 1,000 kinds of articles, each article a little off its kind. A random match and random towers, on
which no time depends. Exact, and two stages by faiss' cells (IVF), one query, 200 candidates. At 5,000,000 articles the features,
their parts and the cells take 13 GiB.
"""

import argparse
import tempfile
import time

import numpy as np
import pandas as pd
from exact_scorer import fastest_milliseconds, time_of

from studio2shop import (
    ArticleFeatures,
    Index,
    build_query_article_matching,
    build_query_feature,
    build_towers,
    join_submodels,
    paper,
)
from studio2shop.run import peak_gigabytes

COUNTS = (5_000, 50_000, 500_000, 1_000_000, 5_000_000)
LOADED = 1_000_000


def synthetic_features(num_articles, size=paper.FEATURE_SIZE):
    """Features of articles of 1,000 kinds."""
    random = np.random.default_rng(0)
    kinds = random.standard_normal((1000, size), dtype="float32")
    vectors = random.standard_normal((num_articles, size), dtype="float32")
    vectors *= 0.3
    vectors += kinds[random.integers(0, len(kinds), num_articles)]
    return ArticleFeatures.unchecked(np.array([f"a{number:07d}" for number in range(num_articles)]), vectors)


def main(arguments=None):
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("--largest", type=int, default=COUNTS[-1])
    options = parser.parse_args(arguments)
    query_feature = build_query_feature((32, 32, 3), paper.FEATURE_SIZE, "compact", None, "pooled")
    model, towers = join_submodels(query_feature, build_query_article_matching(match_activation=None)), build_towers()
    query, rows = synthetic_features(1).vectors, []
    for num_articles in [count for count in COUNTS if count <= options.largest]:
        features = synthetic_features(num_articles)
        index = Index(model, features)
        exact = fastest_milliseconds({"exact": lambda index=index: index.search(query, 50)}, 5)["exact"]
        del index
        start = time.perf_counter()
        index = Index(model, features, towers, method="ivf")
        seconds = time.perf_counter() - start
        two_stage = fastest_milliseconds({"two stages": lambda index=index: index.search(query, 50)}, 20)["two stages"]
        rows.append((num_articles, exact, two_stage, exact / two_stage, seconds))
        print(f"{num_articles:9,} articles: exact {exact:9.2f} ms, two stages {two_stage:6.2f} ms, {exact / two_stage:6.1f} times as fast; index built in {seconds:.0f} s, peak {peak_gigabytes():.1f} GiB", flush=True)
        if num_articles == min(LOADED, options.largest):
            with tempfile.TemporaryDirectory() as folder:
                index.save(f"{folder}/index")
                loading = [time_of(lambda: Index.load(f"{folder}/index")) for _ in range(3)]
                print(f"{num_articles:9,} articles: saved index loaded in {min(loading):.2f} s (files just written, in the system's cache)", flush=True)
        del index, features
    return pd.DataFrame(rows, columns=["articles", "exact", "two_stages", "ratio", "seconds_to_build"])


if __name__ == "__main__":
    main()
