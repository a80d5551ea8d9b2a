"""The leak of a naive split and the bias of a clean one, by hand and on a rendered catalogue."""

import dataclasses

import numpy as np
import pandas as pd
import pytest

from studio2shop import Retriever, load_run
from studio2shop.course.leaks import (
    MET,
    NEVER_MET,
    compare_splits,
    leaked_share,
    naive_split,
    remember_photos,
    results_by_acquaintance,
    view_shares,
)
from studio2shop.evaluation.results import evaluate


def test_a_naive_split_parts_the_photos_and_not_the_articles(studio):
    train, test = naive_split(studio, train_fraction=0.75, seed=1)
    assert len(train) + len(test) == len(studio.matches)
    assert not set(train["query_id"]) & set(test["query_id"])
    assert train["query_id"].nunique() == 90  # three quarters of 120
    assert set(train["article_id"]) & set(test["article_id"])


def test_the_leaked_share_is_that_of_test_matches_with_an_article_of_training():
    train = pd.DataFrame({"article_id": ["a", "b", "b"]})
    test = pd.DataFrame({"article_id": ["b", "c", "d", "a", "c"]})
    assert leaked_share(train, test) == 2 / 5


def test_a_split_by_articles_leaks_nothing_and_the_naive_one_does(studio):
    train, test = studio.split(0.8, seed=0)
    table = compare_splits(studio, train, test)
    naive, clean = table.loc["photos at random"], table.loc["articles at random"]
    assert clean["leaked_share"] == 0 and naive["leaked_share"] > 0.5
    assert naive["dropped_matches"] == 0 and clean["dropped_matches"] == len(studio.matches) - len(
        train.matches
    ) - len(test.matches)


def test_a_searcher_that_remembers_photos_finds_the_mean_photo_nearest_and_ties_what_it_never_saw(
    studio,
):
    queries = studio.queries.iloc[:4].assign(query_id=["q0", "q1", "q2", "q3"])
    matches = pd.DataFrame(
        {"query_id": ["q0", "q1", "q2", "q3", "q3"], "article_id": ["a", "a", "b", "b", "new"]}
    )
    articles = studio.articles.iloc[:4].assign(article_id=["a", "b", "new", "newer"])
    few = dataclasses.replace(studio, articles=articles, queries=queries, matches=matches)
    features = np.array([[0.0, 0.0], [0.0, 2.0], [5.0, 0.0], [1.0, 1.0]], "float32")
    ranks = remember_photos(features, few, matches[:3], matches[3:]).ranks
    # a's mean photo is (0, 1)
    assert ranks[["query_id", "article_id", "rank"]].to_numpy().tolist() == [
        ["q3", "b", 2.0],
        ["q3", "new", 3.5],
    ]


def test_what_it_finds_it_has_from_the_leak(studio):
    features = np.random.default_rng(0).standard_normal((len(studio.queries), 4)).astype("float32")
    train, test = studio.split(0.8, seed=0)
    honest = remember_photos(features, studio, train.matches, test.matches, test.article_ids)
    assert set(honest.ranks["rank"]) == {(len(test.articles) + 1) / 2}
    everything = remember_photos(
        features, studio, studio.matches, studio.matches[: len(studio.matches) // 2]
    )
    # of 60: one photo in two is all that is known of an article
    assert everything.row()["median"] < 10


def test_shares_of_views_are_in_figure_1s_order_and_sum_to_one(studio):
    few = dataclasses.replace(
        studio, queries=studio.queries[studio.queries["view"].isin(["full", "detail"])]
    )
    table = view_shares({"all": studio, "few": few})
    assert list(table.index) == ["full", "half", "back", "detail"]
    np.testing.assert_allclose(table.sum(), 1)
    assert table.loc["half", "few"] == 0
    assert table.loc["full", "all"] == (studio.queries["view"] == "full").mean()


@pytest.fixture(scope="module")
def run(tiny_run):
    return load_run(tiny_run[0])


def test_known_and_new_articles_are_ranked_in_the_same_photos_and_among_all_articles(run):
    catalogue, results = run.load_catalogue(), results_by_acquaintance(run)
    met, never_met = results[MET].ranks, results[NEVER_MET].ranks
    assert set(met["article_id"]) <= set(run.parts["train"]) and set(
        never_met["article_id"]
    ) <= set(run.parts["test"])
    assert set(met["query_id"]) == set(never_met["query_id"])
    matches = catalogue.matches.groupby("query_id")["article_id"].agg(set)
    expected = {
        query_id
        for query_id, ids in matches.items()
        if ids & set(run.parts["train"]) and ids & set(run.parts["test"])
    }
    assert set(met["query_id"]) == expected
    assert results[MET].num_articles == 80
    every = evaluate(Retriever(run.model, run.features), catalogue).ranks.set_index(
        ["query_id", "article_id"]
    )["rank"]
    for table in (met, never_met):
        np.testing.assert_array_equal(
            table["rank"], every[pd.MultiIndex.from_frame(table[["query_id", "article_id"]])]
        )


def test_a_run_without_such_photos_is_told(run):
    alone = dataclasses.replace(run, parts={"train": run.parts["train"], "test": np.array([], str)})
    with pytest.raises(
        ValueError,
        match="dropped no query with matches on both sides: there is nothing to compare.",
    ):
        results_by_acquaintance(alone)
