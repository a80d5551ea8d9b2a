"""What Figure 9 times is the work that it says, none of it by Keras where it says so.

How long it takes, nobody tests.
"""

import sys

import keras
import numpy as np
import pandas as pd
import pytest

from studio2shop import (
    ArticleFeatures,
    Retriever,
    build_query_article_matching,
    build_query_feature,
    join_submodels,
    paper,
)
from studio2shop.__main__ import main
from studio2shop.evaluation import timings
from studio2shop.models.towers import build_towers

pytestmark = pytest.mark.slow

NUM_ARTICLES, SIZE = 120, 16
WAYS = ["exact, float32", "two-stage, product", "two-stage, ivf"]


@pytest.fixture(scope="module")
def model():
    keras.utils.set_random_seed(0)
    query_feature = build_query_feature((48, 32, 3), SIZE, "compact", None, "pooled")
    return join_submodels(query_feature, build_query_article_matching(SIZE, match_activation=None))


@pytest.fixture(scope="module")
def features():
    return timings.random_features(NUM_ARTICLES, SIZE)


@pytest.fixture(scope="module")
def indexes(model, features):
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(timings, "is_faster_in_bfloat16", lambda: False)
        patch.setattr(timings, "NUM_CANDIDATES", 60)
        return timings.build_indexes(model, features)


def test_each_way_number_and_stage_has_a_row_and_both_stages_are_their_sum(
    model, features, indexes
):
    table = timings.measure_timings(model, features, indexes, num_queries=(1, 3), repetitions=2)
    assert list(table.columns) == [
        "way",
        "num_queries",
        "stage",
        "seconds",
        "least_seconds",
        "most_seconds",
    ]
    assert table["way"].unique().tolist() == ["paper's way", *WAYS]
    assert len(table) == 4 * 2 * 3
    assert (table["least_seconds"] <= table["seconds"]).all() and (
        table["seconds"] <= table["most_seconds"]
    ).all()
    wide = table.pivot(index=["way", "num_queries"], columns="stage", values="seconds")
    np.testing.assert_allclose(wide["both"], wide["query-feature"] + wide["matching"])
    ours = wide.drop("paper's way")["query-feature"]
    assert ours.groupby("num_queries").nunique().tolist() == [1, 1]  # one network, measured once


def test_no_keras_runs_on_the_path_of_one_query(model, indexes, monkeypatch):
    photo = np.zeros((48, 32, 3), "uint8")
    searches = {way: Retriever(index) for way, index in indexes.items()}
    warm = {way: search(photo, 5) for way, search in searches.items()}

    def called(*_, **__):
        raise AssertionError("Keras was called")

    for method in ("__call__", "predict", "predict_on_batch"):
        monkeypatch.setattr(keras.Model, method, called)
    monkeypatch.setattr(keras.layers.Layer, "__call__", called)
    for way, search in searches.items():
        assert search(photo, 5).equals(warm[way])
    with pytest.raises(AssertionError, match="Keras was called"):
        model.predict(None)


def test_the_steps_of_one_query_are_those_its_way_has(model, indexes):
    steps = timings.one_query_steps(model, indexes, repetitions=2)
    assert list(steps.columns) == WAYS
    assert steps.index[steps["exact, float32"].notna()].tolist() == [
        "query-feature network",
        "match of all articles",
        "sorting",
        "whole search",
    ]
    two_stage = [
        "query-feature network",
        "query tower",
        "candidates, query tower included",
        "match of the candidates",
        "sorting",
        "whole search",
    ]
    for way in WAYS[1:]:
        assert steps.index[steps[way].notna()].tolist() == two_stage


def test_bfloat16_is_timed_only_where_it_is_faster_and_what_is_left_out_is_told(
    model, features, monkeypatch
):
    said = []
    for is_faster in (True, False):
        monkeypatch.setattr(timings, "is_faster_in_bfloat16", lambda is_faster=is_faster: is_faster)
        indexes = timings.build_indexes(model, features, build_towers(SIZE), said.append)
        assert ("exact, bfloat16" in indexes) == is_faster
    assert said == ["exact, bfloat16: left out, this processor is not clearly faster in bfloat16."]


def test_without_faiss_its_cells_are_left_out_and_the_rest_is_timed(model, features, monkeypatch):
    monkeypatch.setattr(timings, "is_faster_in_bfloat16", lambda: True)
    monkeypatch.setitem(sys.modules, "faiss", None)
    said = []
    assert list(timings.build_indexes(model, features, announce=said.append)) == [
        "exact, float32",
        "exact, bfloat16",
        "two-stage, product",
    ]
    assert said == [
        "two-stage, ivf: left out, faiss is not installed (pip install 'studio2shop[faiss]')."
    ]


def test_a_grown_assortment_repeats_its_articles_nearly_and_a_smaller_one_is_its_first():
    features = ArticleFeatures(["a", "b"], np.random.default_rng(0).standard_normal((2, 64)))
    grown = timings.grown_features(features, 5)
    assert grown.ids.tolist() == ["a-0", "b-0", "a-1", "b-1", "a-2"]
    np.testing.assert_array_equal(grown.vectors[:2], features.vectors)
    np.testing.assert_allclose(grown.vectors[[2, 4]], features.vectors[[0, 0]], atol=0.6)
    assert len(np.unique(grown.vectors, axis=0)) == 5
    assert timings.grown_features(features, 1).ids.tolist() == ["a-0"]


def test_the_command_writes_the_table_and_the_figure(tmp_path, monkeypatch, capsys):
    from studio2shop.jobs import timings as figure9

    monkeypatch.setattr(
        figure9,
        "build_studio2shop",
        lambda **_: join_submodels(
            build_query_feature((48, 32, 3), 128, "compact", None, "pooled"),
            build_query_article_matching(),
        ),
    )
    monkeypatch.setattr(figure9, "product_gigaflops", lambda: 123)
    assert (
        main(["timings", "--articles", "60", "--repetitions", "1", "--out", str(tmp_path / "here")])
        == 0
    )
    table = pd.read_csv(tmp_path / "here" / "timings.csv")
    assert table["num_queries"].unique().tolist() == [1, 2, 4, 8, 16, 32, 64, 128]
    assert (tmp_path / "here" / "figure9.png").stat().st_size > 10_000
    printed = capsys.readouterr().out
    for expected in (
        "123 GFLOP/s",
        "60 articles;",
        "match of the candidates",
        "5 s on its Xeon CPU, 8 s on its K80 GPU",
        "GiB",
    ):
        assert expected in printed


@pytest.mark.parametrize(
    "words, sentence",
    [
        (
            ["--articles", "49"],
            "--articles must be at least 50, --repetitions at least 1; received 49 and 10.",
        ),
        (
            ["--repetitions", "0"],
            "--articles must be at least 50, --repetitions at least 1; received 50000 and 0.",
        ),
        (
            ["nowhere"],
            "'nowhere': there is no such folder; give the folder of a finished run.",
        ),
    ],
)
def test_timings_that_cannot_be_taken_say_why_in_one_sentence(tmp_path, words, sentence, capsys):
    assert main(["timings", *words, "--out", str(tmp_path / "here")]) == 1
    assert capsys.readouterr().err == f"studio2shop timings: {sentence}\n"
    assert not (tmp_path / "here").exists()


def test_the_papers_points_are_those_of_its_text(shared_folder):
    text = (shared_folder / "paper" / "studio2shop.md").read_text(encoding="utf-8")
    assert "it takes about 5s on a CPU and 8s on a GPU" in text and list(
        paper.FIGURE_9.values()
    ) == [5, 8]
