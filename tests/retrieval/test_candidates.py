"""The first stage against a brute force in NumPy, by each method."""

import sys

import keras
import numpy as np
import pytest
from matching_models import (
    ALL,
    EXACT,
    FAISS,
    NEEDS_FAISS,
    joined,
    random_features,
    random_towers,
    randomised,
)

from studio2shop import build_query_article_matching
from studio2shop.retrieval import candidates
from studio2shop.retrieval.candidates import CandidateStage, apply_layers

IDENTITY = ((np.eye(8, dtype="float32"), np.zeros(8, "float32")),)


def easy(num_articles=1500, num_queries=20, seed=0):
    """Vectors of length 1, as most graphs and cells are made for."""
    articles, queries = random_features(seed, num_articles, num_queries, 8)
    return articles / np.linalg.norm(articles, axis=1, keepdims=True), queries


def stage(articles, method="product"):
    return CandidateStage(IDENTITY, IDENTITY, articles, method)


def brute_force(articles, queries, num_candidates, rows=None):
    rows = np.arange(len(articles)) if rows is None else rows
    return [
        np.sort(rows[np.argsort(-(articles[rows] @ query))[:num_candidates]]) for query in queries
    ]


@pytest.mark.parametrize("rows", [None, np.arange(3, 1500, 7)], ids=["all", "among"])
@pytest.mark.parametrize("method", EXACT)
def test_the_candidates_are_those_of_a_brute_force_in_the_assortments_order(method, rows):
    articles, queries = easy()
    for found, expected in zip(
        stage(articles, method).best(queries, 40, rows),
        brute_force(articles, queries, 40, rows),
        strict=True,
    ):
        assert found.dtype == np.int64 and found.tolist() == expected.tolist()


@pytest.mark.parametrize("rows", [None, np.arange(3, 1500, 2)], ids=["all", "among"])
@pytest.mark.parametrize("method", FAISS)
def test_cells_and_graph_find_most_of_them_on_easy_data_and_only_among_those_to_choose_from(
    method, rows
):
    articles, queries = easy()
    found = stage(articles, method).best(queries, 40, rows)
    assert all(len(candidates) == 40 and (np.diff(candidates) > 0).all() for candidates in found)
    assert rows is None or np.isin(np.concatenate(found), rows).all()
    assert (
        np.mean(
            [np.isin(*both).mean() for both in zip(brute_force(articles, queries, 40, rows), found)]
        )
        > 0.9
    )


@pytest.mark.parametrize("method", ALL)
def test_as_many_wanted_as_there_are_gives_all(method):
    articles, queries = easy(60, 3)
    for rows in (None, np.arange(0, 60, 2)):
        num_rows = 60 if rows is None else 30
        for num_candidates in (num_rows, num_rows + 1, 1000):
            assert [
                found.tolist()
                for found in stage(articles, method).best(queries, num_candidates, rows)
            ] == [(np.arange(60) if rows is None else rows).tolist()] * 3


@pytest.mark.parametrize("method", ALL)
def test_no_query_has_no_candidates(method):
    articles, queries = easy(60)
    assert stage(articles, method).best(queries[:0], 5) == []


@pytest.mark.parametrize("method", ALL)
def test_where_all_articles_are_copies_the_number_wanted_is_found(method):
    found = stage(np.ones((300, 8), "float32"), method).best(np.ones((2, 8), "float32"), 10)
    assert [len(set(candidates.tolist())) for candidates in found] == [10, 10]


@pytest.mark.parametrize("method", ALL)
def test_one_article_is_found(method):
    articles, queries = easy(1, 2)
    assert [found.tolist() for found in stage(articles, method).best(queries, 5)] == [[0], [0]]


@NEEDS_FAISS
@pytest.mark.parametrize("method", ["ivf", "hnsw"])
def test_too_few_found_by_faiss_are_never_told_as_all_there_are(method, monkeypatch):
    articles, queries = easy()
    first_stage = stage(articles, method)
    fallen_back = []
    by_product = CandidateStage._by_product

    def watched(self, queries, num_candidates, rows):
        fallen_back.append(len(queries))
        return by_product(self, queries, num_candidates, rows)

    def found_too_few(faiss_index, method, queries, num_candidates, rows):
        return [np.arange(num_candidates - query % 2) for query in range(len(queries))]

    monkeypatch.setattr(candidates, "search_faiss_index", found_too_few)
    monkeypatch.setattr(CandidateStage, "_by_product", watched)
    found = first_stage.best(queries, 40)
    assert found[0].tolist() == list(range(40))
    expected = brute_force(articles, queries[1::2], 40)
    assert [rows.tolist() for rows in found[1::2]] == [rows.tolist() for rows in expected]
    assert fallen_back == [10]


def test_towers_are_applied_as_keras_applies_them():
    towers = random_towers(16, 0)
    articles, queries = random_features(0, num_articles=1100)
    expected = keras.ops.convert_to_numpy(towers([queries[np.newaxis], articles[np.newaxis]]))[0]
    given = CandidateStage.of_model(towers, articles).scores(queries)
    assert given.dtype == np.float32
    np.testing.assert_allclose(given, expected, atol=1e-4 * np.abs(expected).max())


def test_a_studio2shop_model_with_the_linear_match_ranks_as_its_own_match_does():
    model = joined(randomised(build_query_article_matching(16, "linear", None), 0))
    articles, queries = random_features(0)
    log_scale, bias = (
        model.get_layer("query_article_matching").get_layer("dot_product").get_weights()
    )
    np.testing.assert_allclose(
        CandidateStage.of_model(model, articles).scores(queries) + bias,
        queries @ articles.T * np.exp(log_scale) + bias,
        rtol=1e-4,
        atol=1e-5,
    )


@pytest.mark.parametrize("method", EXACT)
def test_adding_and_taking_articles_away_gives_what_a_new_stage_would_to_the_last_bit(method):
    towers = random_towers(16, 1)
    articles, queries = random_features(1, num_articles=1300)
    kept = np.setdiff1d(np.arange(1300), [0, 5, 1200])
    changed = (
        CandidateStage.of_model(towers, articles[:1250], method)
        .with_added(articles[1250:])
        .with_rows(kept)
    )
    anew = CandidateStage.of_model(towers, articles[kept], method)
    np.testing.assert_array_equal(changed.vectors, anew.vectors)
    assert [found.tolist() for found in changed.best(queries, 30)] == [
        found.tolist() for found in anew.best(queries, 30)
    ]


@pytest.mark.parametrize("method", FAISS)
def test_articles_added_to_faiss_are_found_and_the_stage_before_is_as_it_was(method):
    articles, queries = easy(1000)
    first_stage = stage(articles[:900], method)
    before = first_stage.best(queries, 20)
    together = first_stage.with_added(articles[900:])
    assert (
        np.mean(
            [
                np.isin(*both).mean()
                for both in zip(brute_force(articles, queries, 20), together.best(queries, 20))
            ]
        )
        > 0.9
    )
    assert [found.tolist() for found in first_stage.best(queries, 20)] == [
        found.tolist() for found in before
    ]


def test_layers_have_relu_between_them_and_none_at_the_end():
    layers = (
        (np.array([[1.0, -1.0]]), np.array([0.0, 1.0])),
        (np.array([[1.0], [2.0]]), np.array([-10.0])),
    )
    assert apply_layers(layers, [[3.0], [-3.0]]).tolist() == [[3 - 10], [2 * 4 - 10]]


def test_an_unknown_method_is_refused():
    with pytest.raises(ValueError) as caught:
        stage(easy(5)[0], "annoy")
    assert (
        str(caught.value) == "`method` must be one of product, flat, ivf, hnsw; received 'annoy'."
    )


def test_without_faiss_the_error_names_the_ways_out(monkeypatch):
    monkeypatch.setitem(sys.modules, "faiss", None)
    with pytest.raises(ImportError) as caught:
        stage(easy(5)[0], "hnsw")
    assert str(caught.value) == (
        "`method` 'hnsw' needs faiss, which is not installed: "
        "pip install 'studio2shop[faiss]', or leave `method` at 'product'."
    )


def test_a_model_that_is_no_first_stage_is_refused():
    articles = random_features(0)[0]
    expected = (
        "`first_stage` must be towers (distil_towers) or a Studio2Shop model with the linear "
        "match; received 'studio2shop'."
    )
    with pytest.raises(ValueError) as caught:
        CandidateStage.of_model(joined(build_query_article_matching(16)), articles)
    assert str(caught.value) == expected
    with pytest.raises(ValueError, match="received 'query_article_matching'"):
        CandidateStage.of_model(build_query_article_matching(16, "linear"), articles)


def test_a_first_stage_of_other_features_or_trained_to_nan_is_refused():
    articles = random_features(0)[0]
    towers = random_towers(12, 0)
    with pytest.raises(ValueError) as caught:
        CandidateStage.of_model(towers, articles)
    assert str(caught.value) == (
        "`first_stage` 'towers' takes features of size 12; received 16. "
        "Use one of the features that the match was trained with."
    )
    towers.get_layer("query_tower").get_layer("fc2").bias.assign(np.full(512, np.nan))
    with pytest.raises(ValueError) as caught:
        CandidateStage.of_model(towers, articles[:, :12])
    assert str(caught.value) == (
        "The weights of `first_stage` 'towers' must be finite; some are NaN or infinite. "
        "Did its training diverge?"
    )
