"""Notebook 07's checks say right to the right answers, what is off to others, and never raise."""

import numpy as np
import pandas as pd
import pytest

from studio2shop import Index, load_run
from studio2shop.course.exercises import fast_search
from studio2shop.models.towers import build_towers


@pytest.fixture(scope="module")
def run(tiny_run):
    return load_run(tiny_run[0])


@pytest.fixture(scope="module")
def catalogue(run):
    return run.load_catalogue()


@pytest.fixture
def table():
    return pd.DataFrame(
        {
            "num_candidates": [10, 50, 80, 10, 50, 80],
            "k": [10, 10, 10, 50, 50, 50],
            "agreement": [0.7, 0.99, 1.0, 0.2, 0.8, 1.0],
        }
    )


def test_without_pca_the_first_layer_is_nearly_all_there_is(run):
    assert len(run.reduction.mean) == 1536
    # 12.95
    assert fast_search.check_1(
        (4 * 1536 * 256 + 2 * 256 * 256 + 2 * 256) / (2 * 256 * 256 + 2 * 256), run
    ).is_right
    assert fast_search.check_1(2, run).is_right is False
    assert "too small" in repr(fast_search.check_1(2, run))


def test_fifty_candidates_are_the_fewest_that_are_enough(table):
    assert fast_search.check_2(50, table).is_right
    assert fast_search.check_2(np.int64(50), table).is_right
    assert (
        repr(fast_search.check_2(10, table))
        == "Not yet: 10 candidates hold 70.0% of the best ten; look for the smallest number with "
        "at least 99%."
    )
    assert fast_search.check_2(80, table).is_right is False


def test_an_index_without_trousers_is_right_and_each_other_one_says_what_is_off(run, catalogue):
    trousers = catalogue.article_ids[catalogue.articles["category"] == "trouser"]
    towers = build_towers(run.features.size)
    index = Index(run.model, run.features, towers)
    assert f"{len(trousers):,} of {len(trousers):,} trousers are still for sale" in repr(
        fast_search.check_3(index, run, catalogue)
    )
    index.remove(trousers)
    assert fast_search.check_3(index, run, catalogue).is_right
    kept = index.features.ids
    assert "as its first stage" in repr(
        fast_search.check_3(Index(run.model, run.features.of(kept)), run, catalogue)
    )
    assert "without the trousers the shop has" in repr(
        fast_search.check_3(Index(run.model, run.features.of(kept[1:]), towers), run, catalogue)
    )


@pytest.mark.parametrize("answer", ["a word", [1, 2], np.zeros(3), float("nan"), print, {}, Index])
def test_no_answer_makes_a_check_raise(answer, run, catalogue, table):
    assert fast_search.check_1(answer, run).is_right is False
    assert fast_search.check_2(answer, table).is_right is False
    assert fast_search.check_3(answer, run, catalogue).is_right is False
    for verdict in (
        fast_search.check_1(None, run),
        fast_search.check_2(None, table),
        fast_search.check_3(None, run, catalogue),
    ):
        assert verdict.is_right is None
