"""What a search costs: operations counted by hand, times put together from their parts.

How long anything takes, nobody tests.
"""

import keras
import numpy as np
import pandas as pd
import pytest

from studio2shop import (
    ArticleFeatures,
    Index,
    build_query_article_matching,
    build_query_feature,
    candidate_agreement,
    join_submodels,
)
from studio2shop.course import search_costs
from studio2shop.evaluation import timings
from studio2shop.models.towers import build_towers

SIZE = 16


@pytest.fixture(scope="module")
def model():
    keras.utils.set_random_seed(0)
    query_feature = build_query_feature((48, 32, 3), SIZE, "compact", None, "pooled")
    return join_submodels(query_feature, build_query_article_matching(SIZE, match_activation=None))


@pytest.fixture(scope="module")
def features():
    return timings.random_features(200, SIZE)


def test_a_pair_costs_table_7s_three_products_and_the_split_takes_the_first_away():
    table = search_costs.matching_operations(build_query_article_matching(), num_articles=1)
    pairs = table[table["when"] == "a pair"].groupby("way")["operations"].sum()
    assert pairs["as it stands"] == 2 * (256 * 256 + 256 * 256 + 256)
    assert pairs["split"] == 2 * (256 * 256 + 256) == 131_584
    once = table[(table["way"] == "split") & (table["layer"] == "fc1")].set_index("when")[
        "operations"
    ]
    assert once.to_dict() == {"a query": 2 * 128 * 256, "an article, in advance": 2 * 128 * 256}


def test_calls_are_counted_and_each_scores_the_whole_assortment(model, features, monkeypatch):
    shapes = []

    def predict(calls, verbose):
        shapes.append((len(calls), calls[0][0][0].shape))
        return np.zeros((len(calls), calls[0][0][0].shape[1]))

    matching = model.get_layer("query_article_matching")
    monkeypatch.setattr(matching, "predict", predict)
    table = search_costs.measure_calls(matching, features.vectors, (50, 100), repetitions=1)
    assert table[["articles_per_call", "num_calls"]].to_numpy().tolist() == [[50, 4], [100, 2]]
    assert shapes[-2:] == [(4, (1, 50, SIZE)), (2, (1, 100, SIZE))]


def test_the_line_finds_a_millisecond_a_call_and_half_a_second_beside():
    table = pd.DataFrame({"num_calls": [1000, 500, 10], "seconds": [1.5, 1.0, 0.51]})
    assert search_costs.seconds_a_call(table) == pytest.approx((0.001, 0.5))
    assert search_costs.papers_parts(0.1, 0.001, 0.5) == pytest.approx(
        {"the photo": 0.1, "calling Keras": 1.0, "matching": 0.5}
    )


def test_our_parts_are_the_steps_in_seconds(model, features):
    indexes = {
        "exact": Index(model, features),
        "two stages": Index(model, features, build_towers(SIZE), 20),
    }
    steps = timings.one_query_steps(model, indexes, repetitions=2)
    parts = search_costs.our_parts(steps, 0.5)
    assert list(parts) == ["exact", "two stages"] and list(parts["exact"]) == [
        "the photo",
        "matching",
        "candidates",
    ]
    assert (
        parts["exact"]["candidates"] == 0
        and parts["exact"]["the photo"] == parts["two stages"]["the photo"] == 0.5
    )
    assert parts["exact"]["matching"] == pytest.approx(
        steps.loc[["match of all articles", "sorting"], "exact"].sum() / 1000
    )
    assert parts["two stages"]["candidates"] == pytest.approx(
        steps.loc["candidates, query tower included", "two stages"] / 1000
    )


def test_a_trade_off_has_a_row_a_number_of_candidates_with_the_largest_top_ks_agreement(
    model, features
):
    index, queries = Index(model, features, build_towers(SIZE)), features.vectors[:3]
    agreement = candidate_agreement(index.candidates, index.scorer, queries, (20, 100), ks=(10, 50))
    table = search_costs.measure_trade_off(
        index, index.candidates, agreement, queries, repetitions=2
    )
    assert table["num_candidates"].tolist() == [20, 100]
    assert table["agreement"].tolist() == agreement[agreement["k"] == 50]["agreement"].tolist()
    assert (table["milliseconds"] > 0).all()


def test_an_assortment_is_timed_at_each_size_exactly_and_in_two_stages(model):
    features = ArticleFeatures(["a", "b"], np.eye(2, SIZE))
    table = search_costs.measure_sizes(
        model, features, build_towers(SIZE), sizes=(2, 5), repetitions=1
    )
    assert table[["way", "num_articles"]].to_numpy().tolist() == [
        ["exact", 2],
        ["two stages, 1,000 candidates", 2],
        ["exact", 5],
        ["two stages, 1,000 candidates", 5],
    ]
