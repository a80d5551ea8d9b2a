"""The benchmarks' scripts run to their end at tiny sizes, and what they print of quality is right.

What they print of times is for people.
"""

import importlib
import json
import pathlib
import sys
from types import SimpleNamespace

import numpy as np
import pandas as pd
import pytest

from studio2shop import ArticleFeatures, load_run
from studio2shop.evaluation import stopwatch

pytestmark = pytest.mark.slow

FOLDER = pathlib.Path(__file__).parents[2] / "benchmarks"
SIZES = ["--articles", "120", "--queries", "40", "--steps", "20", "--repetitions", "2"]


@pytest.fixture(autouse=True)
def small_products(monkeypatch):
    monkeypatch.setattr(stopwatch, "product_gigaflops", lambda: 123)


def script(name):
    sys.path.insert(0, str(FOLDER))
    try:
        return importlib.import_module(name)
    finally:
        sys.path.remove(str(FOLDER))


@pytest.fixture(scope="module")
def cache(tiny_run, tmp_path_factory):
    """The folder of material that the first test fills and the others use."""
    return tmp_path_factory.mktemp("cache") / "material"


def test_two_stages_choose_the_candidates_on_one_half_of_the_queries_and_measure_on_the_other(
    tiny_run, cache, capsys
):
    agreement = script("two_stage").main([str(tiny_run[0]), "--cache", str(cache), *SIZES])
    printed = capsys.readouterr().out
    assert "120 articles; candidates chosen on 20 queries, measured on 20 others" in printed
    assert agreement["first stage"].unique().tolist() == [
        "towers, product",
        "towers, flat",
        "towers, ivf",
        "towers, hnsw",
        "plain dot product",
    ]
    assert agreement["num_candidates"].unique().tolist() == [50, 100, 120]
    # all articles are candidates
    assert (agreement[agreement["num_candidates"] == 120]["agreement"] == 1).all()
    exact_search = agreement[
        agreement["first stage"].isin(["towers, product", "towers, flat"])
    ].pivot(index="num_candidates", columns=["first stage", "k"], values="agreement")
    assert (exact_search["towers, product"] == exact_search["towers, flat"]).all(axis=None)
    lines = {line.split()[0]: line for line in printed.splitlines() if " ms (" in line}
    assert list(lines) == ["exact", "product", "flat", "ivf", "hnsw"]
    for method in list(lines)[1:]:
        assert float(lines[method].split("candidates, ")[1].split()[0]) > 0.9
    assert (
        pd.read_csv(cache / "agreement.csv").shape == agreement.shape
        and (cache / "agreement.png").exists()
    )


def test_material_is_of_articles_the_run_was_not_trained_on_described_by_its_networks_and_made_once(
    tiny_run, cache
):
    material, run = script("material"), load_run(tiny_run[0])
    made = {path: path.stat().st_mtime_ns for path in cache.glob("*.np*")}
    loaded = material.load_material(tiny_run[0], cache, None, 120, 40, 20)
    assert (
        made == {path: path.stat().st_mtime_ns for path in cache.glob("*.np*")} and len(made) == 2
    )
    assert len(loaded.features) == 120 and loaded.query_features.shape == (40, run.features.size)
    assert (
        json.loads((cache / "studio" / "studio.json").read_text())["seed"] != run.settings["seed"]
    )
    with pytest.raises(
        ValueError,
        match="was made of another run or with other options: .*; name another folder as --cache",
    ):
        material.load_material(tiny_run[0], cache, None, 120, 40, 21)


def test_first_stages_are_the_systems_with_a_linear_match_on_the_runs_own_features(tmp_path):
    material = script("material")
    for name in (
        "fDNA-linear",
        "fDNA-ranking-loss",
        "fDNA-linear-listwise",
        "fDNA-non-linear-listwise",
        "all-in-two-nets",
        "static-fc14-linear",
        "fDNA-linear-on-315",
    ):
        (tmp_path / "systems" / name).mkdir(parents=True)
        (tmp_path / "systems" / name / "model.keras").touch()
    run = SimpleNamespace(
        folder=tmp_path, settings={"article_features": "fdna", "backbone": "compact"}
    )
    assert material.linear_systems(run) == [
        "fDNA-ranking-loss",
        "fDNA-linear",
        "fDNA-linear-listwise",
    ]
    assert (
        material.linear_systems(
            SimpleNamespace(folder=tmp_path / "of Studio2Shop alone", settings=run.settings)
        )
        == []
    )
    on_backbone = SimpleNamespace(
        folder=tmp_path, settings={"article_features": "backbone", "backbone": "mobilenet_v2"}
    )
    (tmp_path / "systems" / "mobilenet_v2-linear").mkdir()
    (tmp_path / "systems" / "mobilenet_v2-linear" / "model.keras").touch()
    assert material.linear_systems(on_backbone) == ["mobilenet_v2-linear"]


def test_the_exact_scorer_is_timed_with_a_trained_run_and_without(tiny_run, cache, capsys):
    exact_scorer = script("exact_scorer")
    for words in ([str(tiny_run[0]), "--cache", str(cache)], []):
        overlap = exact_scorer.main([*words, *SIZES, "--ranks", "70"])
        assert 0.8 < overlap <= 1
        printed = capsys.readouterr().out
        assert printed.startswith(
            "120 articles, one query, fastest of 2, "
            + ("weights and features of" if words else "random")
        )
        assert (
            "ranks of 70 queries:" in printed
            and f"{overlap:.4f} of its top-50 are float32's" in printed
        )


def test_a_growing_assortment_is_searched_saved_and_loaded(capsys):
    growing = script("growing")
    rows = growing.main(["--sizes", "500", "2000", "--most", "2000"])
    assert [row[0] for row in rows] == [500, 2000]
    # the share of a full product's candidates that the cells find
    assert rows[0][3] == 1 and rows[1][3] > 0.9
    printed = capsys.readouterr().out
    assert "2,000 saved, loaded in" in printed and ", the same found" in printed


def test_recall_is_that_of_a_full_product():
    growing = script("growing")
    features, queries = growing.clustered(3000)
    assert isinstance(features, ArticleFeatures) and len(set(features.ids.tolist())) == 3000

    class HalfFound:
        def scores(self, query):
            return query @ features.vectors.T

        def best(self, query, num):
            order = np.argsort(-self.scores(query)[0])
            return [np.concatenate([order[: num // 2], order[-num // 2 :]])]

    assert growing.recall(HalfFound(), queries) == pytest.approx(0.5)


def test_ranks_among_training_articles_stand_beside_those_among_test_articles(tiny_run, capsys):
    folder, results, _ = tiny_run
    script("met_articles").main([str(folder)])
    head, line = capsys.readouterr().out.splitlines()
    num_test = len(load_run(folder).parts["test"])
    assert (
        head == f"median rank (top-1) of {num_test} training articles, of {num_test} test articles"
    )
    assert line.split()[0] == "Studio2Shop" and line.split()[3] == f"{results.row()['median']:g}"


def test_learning_rates_are_compared_by_validation_ranks_on_the_runs_own_photos(
    tiny_run, tiny_scale, monkeypatch, capsys
):
    from studio2shop.jobs import scales
    from studio2shop.training import phases as training

    monkeypatch.setitem(scales.SCALES, "workshop", tiny_scale)
    monkeypatch.setattr(training, "MATCHING_STEPS", 5)
    script("learning_rates").main(
        [str(tiny_run[0]), "--rates", "1e-4", "1e-2", "--fraction", "1", "--epochs", "1"]
    )
    _, head, line = capsys.readouterr().out.splitlines()
    name, *ranks = line.split()
    num_validation = len(load_run(tiny_run[0]).parts["validation"])
    assert head.split() == ["system", "0.0001", "0.01"] and name == "Studio2Shop"
    assert (
        len(ranks) == 2
        and all(1 <= float(rank) <= num_validation for rank in ranks)
        and ranks[0] != ranks[1]
    )


def test_learning_rates_of_a_system_that_the_run_lacks_are_refused(
    tiny_run, tiny_scale, monkeypatch, capsys
):
    from studio2shop.jobs import scales

    monkeypatch.setitem(scales.SCALES, "workshop", tiny_scale)
    with pytest.raises(SystemExit):
        script("learning_rates").main([str(tiny_run[0]), "--systems", "Studio3Shop"])
    assert "the run trained no 'Studio3Shop', but Studio2Shop" in capsys.readouterr().err
