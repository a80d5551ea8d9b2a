"""The measure: the rank of each (query, article) match in the whole assortment (Section 5.1)."""

import numpy as np

QUERIES_PER_BLOCK = 64


def rank_matches(score, query_features, query_rows, article_rows):
    """Ranks each match among all articles.

    1 is first. Articles with the very same score share their average rank, so that a scorer that says the same of
    everything gets (articles + 1) / 2 and never 1. A query's other matches count as ordinary articles.

    Args:
        score: function from query features `(queries, size)` to scores `(queries, articles)`, such as
            `ExactScorer.scores`; called on blocks of queries, so that no queries x articles matrix is ever held.
        query_features: `(queries, size)`.
        query_rows: `(matches,)` row of each match's query.
        article_rows: `(matches,)` row of each match's article.

    Returns:
        float64 `(matches,)`, from 1 to the number of articles.

    Raises:
        ValueError: if a score is not a number.
    """
    query_rows, article_rows = np.asarray(query_rows), np.asarray(article_rows)
    ranks = np.empty(len(query_rows))
    for start in range(0, len(query_features), QUERIES_PER_BLOCK):
        in_block = np.flatnonzero((query_rows >= start) & (query_rows < start + QUERIES_PER_BLOCK))
        if not len(in_block):
            continue
        scores = score(query_features[start : start + QUERIES_PER_BLOCK])
        if np.isnan(scores).any():
            raise ValueError(f"Scores must be numbers to be ranked; {np.isnan(scores).sum()} of {scores.size} are NaN. Did training diverge?")
        rows = scores[query_rows[in_block] - start]  # (matches of the block, articles)
        own = rows[np.arange(len(in_block)), article_rows[in_block]][:, None]
        higher, equal = (rows > own).sum(axis=1), (rows == own).sum(axis=1)
        ranks[in_block] = higher + (equal + 1) / 2
    return ranks
