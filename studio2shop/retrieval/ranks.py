"""The measure: the rank of each (query, article) match in the whole assortment (Section 5.1)."""

import numpy as np

QUERIES_PER_BLOCK = 64


def rank_matches(score, query_features, query_rows, article_rows):
    """Ranks each match among all articles.

    1 is first. Articles with the very same score share their average rank, so that a scorer that
    says the same of everything gets (articles + 1) / 2 and never 1. A query's other matches count
    as ordinary articles.

    Args:
        score: function from query features `(queries, size)` to scores `(queries, articles)`, such
            as `ExactScorer.scores`; called on blocks of queries, so that no queries x articles
            matrix is ever held.
        query_features: `(queries, size)`.
        query_rows: `(matches,)` row of each match's query.
        article_rows: `(matches,)` row of each match's article.

    Returns:
        float64 `(matches,)`, from 1 to the number of articles.

    Raises:
        ValueError: if a score is not a number, or a match is of a query that has no features.
    """
    query_rows, article_rows = np.asarray(query_rows), np.asarray(article_rows)
    beyond = query_rows[(query_rows < 0) | (query_rows >= len(query_features))]
    if len(beyond):
        raise ValueError(
            "`query_rows` must be rows of `query_features`, "
            f"of which there are {len(query_features)}; received {beyond[0]}."
        )
    ranks = np.empty(len(query_rows))
    for start in range(0, len(query_features), QUERIES_PER_BLOCK):
        in_block = np.flatnonzero((query_rows >= start) & (query_rows < start + QUERIES_PER_BLOCK))
        if not len(in_block):
            continue
        scores = _checked(score(query_features[start : start + QUERIES_PER_BLOCK]))
        for match in in_block:
            row = scores[
                query_rows[match] - start
            ]  # (articles,); the match's own score is of the same pass
            own = row[article_rows[match]]
            ranks[match] = np.count_nonzero(row > own) + (np.count_nonzero(row == own) + 1) / 2
    return ranks


def best_rows(scores, k):
    """The k best articles of each query, best first; equal scores stand in the assortment's order.

    Args:
        scores: `(queries, articles)`.
        k: number wanted; more than there are gives all.

    Returns:
        int64 `(queries, k)`, rows of the assortment.

    Raises:
        ValueError: if a score is not a number.
    """
    _checked(scores)
    k = min(k, scores.shape[1])
    best = np.empty((len(scores), k), np.int64)
    for query, row in enumerate(scores):
        least = np.partition(row, len(row) - k)[len(row) - k] if k else np.inf
        candidates = np.flatnonzero(row >= least)  # k, and what ties with the last of them
        best[query] = candidates[np.argsort(-row[candidates], kind="stable")[:k]]
    return best


def _checked(scores):
    if np.isnan(scores).any():
        raise ValueError(
            f"Scores must be numbers to be ranked; {np.isnan(scores).sum()} of {scores.size} are "
            "NaN. Did training diverge?"
        )
    return scores
