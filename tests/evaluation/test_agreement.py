"""How much of the exact best a first stage hands on, beside a brute force."""

import numpy as np
import pytest

from studio2shop.evaluation.agreement import candidate_agreement
from studio2shop.retrieval import ExactScorer, SplitMatching
from studio2shop.retrieval.candidates import CandidateStage


def test_agreement_is_the_share_of_the_exact_best_among_the_candidates_by_brute_force():
    random = np.random.default_rng(0)
    articles, queries = (
        random.standard_normal((90, 6)).astype("float32"),
        random.standard_normal((70, 6)).astype("float32"),
    )
    scorer = ExactScorer(SplitMatching.dot_product(6), articles)
    identity = np.eye(6, dtype="float32"), np.zeros(6, "float32")
    # a first stage that sees half of the values
    half = (
        np.diag([1, 1, 1, 0, 0, 0]).astype("float32"),
        np.zeros(6, "float32"),
    )
    table = candidate_agreement(
        CandidateStage((identity,), (half,), articles @ half[0]),
        scorer,
        queries,
        [5, 20, 90],
        ks=(1, 10),
    )
    for num, k, agreement in table.itertuples(index=False):
        exact = np.argsort(-queries @ articles.T, axis=1)[:, :k]
        found = np.argsort(-queries[:, :3] @ articles[:, :3].T, axis=1)[:, :num]
        assert agreement == pytest.approx(
            np.mean([np.isin(best, chosen).mean() for best, chosen in zip(exact, found)])
        )
    assert table["agreement"].tolist()[-2:] == [1, 1]  # all are candidates
    assert table["agreement"].min() < 0.5 and list(table.columns) == [
        "num_candidates",
        "k",
        "agreement",
    ]
