"""Results written down rank by rank, for the tests of what is made of them."""

import pandas as pd

from studio2shop import Results


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
