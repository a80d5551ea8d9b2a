"""Results written down rank by rank, or drawn, for the tests of what is made of them."""

import numpy as np
import pandas as pd

from studio2shop.evaluation.results import Results

# top-1 % of 250 articles is top-2
BY_HAND = {
    "q1": [1, 60],
    "q2": [2],
    "q3": [7.5, 5, 20],
    "q4": [150],
}


OURS = {"q1": [1, 60], "q2": [2], "q3": [8, 5, 20], "q4": [150]}


# better once, as good twice, worse four times
OTHER = {
    "q1": [1, 70],
    "q2": [1],
    "q3": [80, 5, 21],
    "q4": [151],
}


def results_of(ranks_by_query, num_articles=250, seed=0):
    """Of a dict of query to the ranks of its matches, which are articles a0, a1, ..."""
    rows = [
        (query, f"a{number}", float(rank))
        for query, ranks in ranks_by_query.items()
        for number, rank in enumerate(ranks)
    ]
    return Results(
        pd.DataFrame(rows, columns=["query_id", "article_id", "rank"]), num_articles, seed
    )


def random_results(seed=0):
    random = np.random.default_rng(5)
    names = random.permutation(40)  # in no order, as in a user's files
    return results_of(
        {f"query {name}": random.geometric(0.03, random.integers(1, 4)) for name in names},
        250,
        seed,
    )
