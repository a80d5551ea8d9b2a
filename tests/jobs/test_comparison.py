"""`reproduce --systems all`: every system that can be trained here, and why the others can't."""

import json
import shutil

import numpy as np
import pandas as pd
import pytest

from studio2shop import reproduce
from studio2shop.jobs import scales
from studio2shop.jobs.machine import peak_gigabytes, start_peak
from studio2shop.jobs.rows import rows_of
from studio2shop.jobs.settings import Settings

pytestmark = pytest.mark.slow

RUN_HERE = [
    "fDNA-ranking-loss",
    "fDNA-linear",
    "all-in-two-nets",
    "Studio2Shop",
    "fDNA-linear-listwise",
    "fDNA-non-linear-listwise",
]


@pytest.fixture(autouse=True)
def at_tiny_scale(monkeypatch, tiny_scale, eagerly):
    monkeypatch.setattr("studio2shop.training.phases.MATCHING_STEPS", 5)
    monkeypatch.setitem(scales.SCALES, "workshop", tiny_scale)


def test_every_system_without_downloaded_weights_is_ranked_on_the_very_same_matches(
    tiny_comparison,
):
    folder, _ = tiny_comparison
    own = pd.read_csv(folder / "ranks.csv")
    assert sorted(path.name for path in (folder / "systems").iterdir()) == sorted(
        set(RUN_HERE) - {"Studio2Shop"}
    )
    for path in (folder / "systems").iterdir():
        ranks = pd.read_csv(path / "ranks.csv")
        assert ranks[["query_id", "article_id"]].equals(own[["query_id", "article_id"]])
        assert ranks["rank"].between(1, 16).all()


def test_each_systems_cost_is_kept(tiny_comparison):
    folder, _ = tiny_comparison
    costs = {
        path.parent.name: json.loads(path.read_text())
        for path in [*folder.glob("systems/*/training.json"), folder / "training.json"]
    }
    assert len(costs) == 6
    for cost in costs.values():
        assert cost["training seconds"] > 0 and cost["peak GiB"] > 0.1
    linear, siamese = (
        costs[name]["trainable parameters"] for name in ("fDNA-linear", "all-in-two-nets")
    )
    assert linear < siamese / 2 + 132_353  # two legs, and their branches


def test_a_second_call_reuses_every_system(tiny_comparison):
    folder, _ = tiny_comparison
    said = []
    reproduce(folder, said.append, systems="all")
    assert [
        name for name in RUN_HERE if not any(line.startswith(f"{name}: reused") for line in said)
    ] == []


def test_a_stopped_comparison_goes_on_with_the_system_it_was_at(
    tiny_comparison, tmp_path, monkeypatch
):
    from studio2shop.jobs import comparison

    folder, said = tmp_path / "stopped", []
    shutil.copytree(tiny_comparison[0], folder)
    finished = json.loads((folder / "stages.json").read_text())
    for name in ("fDNA-linear", "fDNA-linear-listwise"):
        del finished[name]
    (folder / "stages.json").write_text(json.dumps(finished))
    trained = []
    train = comparison.train_system
    monkeypatch.setattr(
        comparison,
        "train_system",
        lambda system, *rest: trained.append(system.name) or train(system, *rest),
    )
    reproduce(folder, said.append, systems="all")
    assert trained == ["fDNA-linear", "fDNA-linear-listwise"]


def rows(**options):
    return rows_of(Settings(**options).resolve())


def test_a_run_of_studio2shop_alone_has_one_row():
    assert [system.name for system in rows().systems] == ["Studio2Shop"]


def test_what_cannot_be_had_says_why_and_how_to_get_it():
    found = rows(systems="all")
    assert [system.name for system in found.systems] == RUN_HERE
    assert list(found.reasons) == [
        "static-fc14-linear",
        "static-fc14-non-linear",
        "fc14-non-linear",
        "128floats-non-linear",
    ]
    assert (
        "--fc14-weights" in found.reasons["fc14-non-linear"]
        and "--stylenet-weights" in found.reasons["128floats-non-linear"]
    )


def test_a_pretrained_backbone_stands_for_fc14_under_its_own_name(tmp_path):
    weights = tmp_path / "weights.h5"
    weights.touch()
    on_fdna = rows(systems="all", backbone="mobilenet_v2", backbone_weights=str(weights))
    assert on_fdna.stand_ins == {
        f"{kind}mobilenet_v2-{match}": f"{kind}fc14-{match}"
        for kind, match in (("static-", "linear"), ("static-", "non-linear"), ("", "non-linear"))
    }
    assert set(on_fdna.reasons) == {
        "static-fc14-linear",
        "static-fc14-non-linear",
        "fc14-non-linear",
        "128floats-non-linear",
    }
    on_backbone = rows(
        systems="all",
        backbone="mobilenet_v2",
        backbone_weights=str(weights),
        article_features="backbone",
    )
    names = [
        "static-mobilenet_v2-linear",
        "static-mobilenet_v2-non-linear",
        "mobilenet_v2-ranking-loss",
        "mobilenet_v2-linear",
        "all-in-two-nets",
        "Studio2Shop",
    ]
    assert [system.name for system in on_backbone.systems] == [
        *names,
        "mobilenet_v2-linear-listwise",
        "mobilenet_v2-non-linear-listwise",
    ]
    features = {system.name: system.features for system in on_backbone.systems}
    assert features["Studio2Shop"] == "mobilenet_v2"


def test_given_weights_bring_their_rows_in(tmp_path):
    weights = tmp_path / "weights.h5"
    weights.touch()
    found = rows(systems="all", fc14_weights=str(weights), stylenet_weights=str(weights))
    assert len(found.systems) == 10 and not found.reasons and not found.stand_ins


@pytest.mark.parametrize(
    ("options", "sentence"),
    [
        ({"systems": "some"}, "`systems` must be 'studio2shop' or 'all'; received 'some'."),
        (
            {"fc14_weights": "imagenet"},
            "`fc14_weights` are for a system of the comparison: add --systems all, "
            "or leave them out.",
        ),
        (
            {"systems": "all", "fc14_weights": "gone.h5"},
            "`fc14_weights` must be 'imagenet' or a weights file; there is no file 'gone.h5'.",
        ),
        (
            {"systems": "all", "stylenet_weights": "imagenet"},
            "`stylenet_weights` must be a weights file; there is no file 'imagenet'.",
        ),
    ],
)
def test_options_that_cannot_be_met_are_told_in_one_sentence(options, sentence):
    with pytest.raises((ValueError, FileNotFoundError)) as caught:
        Settings(**options).resolve()
    assert str(caught.value) == sentence


def test_a_peak_is_counted_from_its_start():
    start_peak()
    before = peak_gigabytes()
    block = np.ones(2**26)  # half a GiB
    during = peak_gigabytes()
    assert during > before + 0.4
    del block
    start_peak()
    after = peak_gigabytes()
    if after == during:
        pytest.skip("this system counts a process' peak from its start alone")
    assert after < during - 0.4
