"""How much of the exact best a first stage of a search hands on."""

import numpy as np
import pandas as pd

from studio2shop.evaluation.results import QUERIES_PER_BLOCK
from studio2shop.io.given import check_has, check_whole_numbers


def candidate_agreement(
    candidates, scorer, query_features, nums, ks=(10, 50), own_query_features=None
):
    """How much of the exact top-k a first stage hands on, for numbers of candidates to choose from.

    Args:
        candidates: a `CandidateStage`, such as `index.candidates`.
        scorer: the `ExactScorer` of the same articles, such as `index.scorer`.
        query_features: float32 `(queries, feature_size)`; some hundreds will do.
        nums: numbers of candidates.
        ks: which top-k; of less than k candidates, k - candidates are missed.
        own_query_features: of the same queries, for a first stage that has a query leg of its own,
            as the paper suggests.

    Returns:
        A DataFrame with one row per number of candidates and top-k: `num_candidates, k, agreement`,
        the mean share over the queries, 0-1.

    Raises:
        ValueError: if an argument is none of the above, or there are no queries.
    """
    from studio2shop.retrieval import best_rows
    from studio2shop.retrieval.scorer import as_query_features

    check_has("candidates", candidates, "best", "the CandidateStage of an index in two stages")
    check_has("scorer", scorer, "scores", "the ExactScorer of the same index")
    check_whole_numbers("nums", nums)
    check_whole_numbers("ks", ks)
    query_features = as_query_features(query_features, scorer.split.feature_size)
    if not len(query_features):
        raise ValueError("`query_features` has no rows; some hundreds of queries will do.")
    num_found = {(num, k): 0 for num in nums for k in ks}
    if own_query_features is not None and len(own_query_features) != len(query_features):
        raise ValueError(
            f"`own_query_features` must be of the same {len(query_features)} queries; received "
            f"{len(own_query_features)}."
        )
    first_features = query_features if own_query_features is None else own_query_features
    for start in range(0, len(query_features), QUERIES_PER_BLOCK):
        queries, first_queries = (
            features[start : start + QUERIES_PER_BLOCK]
            for features in (query_features, first_features)
        )
        best = best_rows(scorer.scores(queries), max(ks))
        for num in nums:
            for exact, found in zip(best, candidates.best(first_queries, num)):
                is_found = np.isin(exact, found)
                for k in ks:
                    num_found[num, k] += is_found[:k].sum()
    rows = [
        (num, k, number / (len(query_features) * min(k, len(scorer))))
        for (num, k), number in num_found.items()
    ]
    return pd.DataFrame(rows, columns=["num_candidates", "k", "agreement"])
