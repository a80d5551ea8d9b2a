"""Notebook 04's checks: right answers pass, each foreseen mistake is told, and nothing raises."""

import types

import numpy as np
import pytest

from studio2shop import build_query_article_matching, layer_table
from studio2shop.course.exercises import matching

LABELS = np.eye(4, 50)


def equation_2(labels, probabilities):
    return (labels * np.log(probabilities) + (1 - labels) * np.log(1 - probabilities)).sum(axis=1)


def test_the_loss_has_its_minus_sign_and_a_value_a_query():
    assert matching.check_1(
        lambda labels, probabilities: -equation_2(labels, probabilities), LABELS
    ).is_right
    assert "the sign is the paper's" in matching.check_1(equation_2, LABELS).sentence
    assert (
        "sum over the articles alone"
        in matching.check_1(lambda *arguments: -equation_2(*arguments).sum(), LABELS).sentence
    )
    for wrong in (lambda labels, probabilities: labels, lambda labels: labels, "a loss"):
        assert matching.check_1(wrong, LABELS).is_right is False
    for not_yet in (None, lambda labels, probabilities: None):
        assert matching.check_1(not_yet, LABELS).is_right is None


@pytest.mark.parametrize(
    "num_articles, answer, is_right",
    [
        (2520, 530, True),
        (2520, 589, False),
        (2520, 50, False),
        (57, 57, True),
        (20, 20, True),
        (2520, None, None),
        (2520, "many", False),
    ],
)
def test_articles_met_are_counted_about(num_articles, answer, is_right):
    train = types.SimpleNamespace(articles=range(num_articles))
    assert matching.check_2(answer, train).is_right is is_right


def test_parameters_are_those_that_the_table_counts():
    assert [matching._num_parameters(size) for size in (1, 128)] == [
        layer_table(build_query_article_matching(size))["params"].iloc[-1] for size in (1, 128)
    ]
    assert matching.check_3(lambda size: 4 * size + (2 * size + 1) * 256 + 257 * 256 + 257).is_right
    assert (
        "moving mean"
        in matching.check_3(lambda size: 8 * size + (2 * size + 1) * 256 + 257 * 256 + 257).sentence
    )
    assert matching.check_3(lambda size: 132_353).is_right is False
    assert matching.check_3(lambda size: None).is_right is None
