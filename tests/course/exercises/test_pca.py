"""Notebook 03's checks: right answers pass, each foreseen mistake is told, and nothing raises."""

import types

import numpy as np
import pytest

from studio2shop import ArticleFeatures
from studio2shop.course.exercises import pca
from studio2shop.features.reduction import Reduction

KEPT = np.array([0.5, 0.9, 0.98, 0.995, 1.0])


@pytest.fixture(scope="module")
def run():
    random = np.random.default_rng(0)
    activations = random.standard_normal((60, 20)) * np.arange(20, 0, -1)
    reduction = Reduction.fit(activations, 8)
    ids = np.array([f"a{number}" for number in range(60)])
    return types.SimpleNamespace(
        reduction=reduction,
        features=ArticleFeatures(ids, reduction.apply(activations)),
        parts={"train": ids[:40]},
    )


TEST_IDS = [f"a{number}" for number in range(40, 60)]


@pytest.mark.parametrize(
    "answer, is_right",
    [(None, None), (4, True), (3, False), (5, False), ("four", False), (np.array([4]), True)],
)
def test_components_are_counted_from_1(answer, is_right):
    assert pca.check_1(answer, KEPT).is_right is is_right


def test_counting_from_0_is_told():
    assert "Position 0" in pca.check_1(3, KEPT).sentence


def test_the_way_back_is_the_reductions_own(run):
    reduction = run.reduction
    assert pca.check_2(
        lambda vectors: vectors * reduction.deviation @ reduction.components + reduction.mean, run
    ).is_right
    assert (
        pca.check_2(lambda vectors: vectors @ reduction.components + reduction.mean, run).is_right
        is False
    )
    # raises
    assert pca.check_2(lambda vectors: vectors @ reduction.components.T, run).is_right is False
    assert pca.check_2(lambda vectors: None, run).is_right is None


def test_whitening_takes_the_training_articles_deviations(run):
    vectors = run.features.of(TEST_IDS).vectors
    train = run.features.of(run.parts["train"]).vectors
    assert pca.check_3(None, run, TEST_IDS).is_right is None
    assert pca.check_3(vectors / train.std(axis=0), run, TEST_IDS).is_right
    assert pca.check_3(vectors / train.std(axis=0, ddof=1), run, TEST_IDS).is_right
    assert (
        "deviations of the test articles"
        in pca.check_3(vectors / vectors.std(axis=0), run, TEST_IDS).sentence
    )
    for wrong in (
        vectors,
        vectors / train.std(),
        vectors * np.nan,
        vectors[:3],
        "white",
        [[1], [1, 2]],
    ):
        assert pca.check_3(wrong, run, TEST_IDS).is_right is False
