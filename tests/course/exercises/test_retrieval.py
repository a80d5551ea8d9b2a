"""Notebook 05's checks: right answers pass, each foreseen mistake is told, and nothing raises."""

import types

import numpy as np
import pandas as pd
import pytest

from studio2shop.course.exercises import retrieval
from studio2shop.evaluation.results import Results


def best(scores, row):
    return (scores > scores[row]).sum() + 1


def worst(scores, row):
    return (scores >= scores[row]).sum()


def test_equal_scores_share_the_middle():
    assert retrieval.check_1(
        lambda scores, row: (best(scores, row) + worst(scores, row)) / 2
    ).is_right
    assert "the best rank" in retrieval.check_1(best).sentence
    assert "the worst rank" in retrieval.check_1(worst).sentence
    for wrong in (lambda scores, row: 1, lambda scores: 1, 7):
        assert retrieval.check_1(wrong).is_right is False
    assert retrieval.check_1(lambda scores, row: None).is_right is None


def test_queries_are_counted_once():
    ranks = pd.DataFrame(
        {"query_id": ["q", "q", "r"], "article_id": ["a", "b", "a"], "rank": [1.0, 30.0, 20.0]}
    )
    results = Results(ranks, 60)
    assert retrieval.check_2(
        lambda ranks, k: (ranks.groupby("query_id")["rank"].min() <= k).mean(), results
    ).is_right
    assert (
        "the share of matches"
        in retrieval.check_2(lambda ranks, k: (ranks["rank"] <= k).mean(), results).sentence
    )
    assert retrieval.check_2(lambda ranks, k: 0, results).is_right is False
    assert retrieval.check_2(lambda ranks, k: None, results).is_right is None


@pytest.mark.parametrize(
    "answer, is_right", [(None, None), (2, True), (3, False), (2.5, False), ("second", False)]
)
def test_rivals_are_of_the_matchs_own_category(answer, is_right):
    test = types.SimpleNamespace(
        articles=pd.DataFrame({"category": ["dress", "skirt", "dress", "dress"]})
    )
    logits = np.array([[1.0, 5.0, 3.0, 0.0]])  # before article 0 stand a skirt and one dress
    assert retrieval.check_3(answer, logits, np.array([0]), test).is_right is is_right
