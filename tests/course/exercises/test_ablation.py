"""Notebook 06's checks: right answers pass, each foreseen mistake is told, and nothing raises."""

import numpy as np
import pandas as pd
import pytest

from studio2shop.course.exercises import ablation
from studio2shop.evaluation.results import Results


@pytest.mark.parametrize(
    "answer, is_right, said",
    [
        (None, None, "Your turn"),
        (("fDNA-linear", "fDNA-ranking-loss"), True, "the only one"),
        (["fDNA-ranking-loss", "fDNA-linear"], True, "the only one"),
        (("fDNA-linear", "Studio2Shop"), False, "differ in matching."),
        (
            ("static-fc14-linear", "Studio2Shop"),
            False,
            "differ in architecture and features and matching and loss.",
        ),
        (("fDNA-linear", "fDNA-linear"), False, "the same in all columns"),
        (("fDNA-linear", "fDNA-linear-listwise"), False, "a tuple of two names"),
        ("fDNA-linear", False, "a tuple of two names"),
        (([], {}), False, "a tuple of two names"),
    ],
)
def test_the_pair_differs_in_the_loss_alone(answer, is_right, said):
    verdict = ablation.check_1(answer)
    assert verdict.is_right is is_right and said in verdict.sentence


def sigmoid(values):
    return 1 / (1 + np.exp(-values))


def test_equation_3_sums_the_sigmoids_of_how_far_negatives_stand_above():
    assert ablation.check_2(lambda match, negatives: sigmoid(negatives - match).sum()).is_right
    assert (
        "the mean"
        in ablation.check_2(lambda match, negatives: sigmoid(negatives - match).mean()).sentence
    )
    assert (
        "turned round"
        in ablation.check_2(lambda match, negatives: sigmoid(match - negatives).sum()).sentence
    )
    assert ablation.check_2(lambda match, negatives: 0).is_right is False
    assert ablation.check_2(lambda match, negatives: None).is_right is None


@pytest.mark.parametrize(
    "answer, is_right", [(None, None), (0.625, True), (0.5, False), ("half", False)]
)
def test_equal_ranks_count_half(answer, is_right):
    def ranked(ranks):
        return Results(
            pd.DataFrame({"query_id": list("abcd"), "article_id": list("wxyz"), "rank": ranks}), 9
        )

    results = {
        "Studio2Shop": ranked([5.0, 5.0, 5.0, 5.0]),
        "fDNA-linear-listwise": ranked([1.0, 5.0, 2.0, 9.0]),
    }
    verdict = ablation.check_3(answer, results)
    assert verdict.is_right is is_right
    assert (
        is_right is not False or isinstance(answer, str) or "25.0% of them are" in verdict.sentence
    )
