"""The study: seeds and data sizes, at tiny scale, stopped and resumed."""

import shutil

import pytest

from studio2shop.jobs import scales
from studio2shop.jobs.study import run_study

pytestmark = pytest.mark.slow


@pytest.fixture(autouse=True)
def at_tiny_scale(monkeypatch, tiny_scale, eagerly):
    monkeypatch.setattr("studio2shop.training.phases.MATCHING_STEPS", 5)
    monkeypatch.setitem(scales.SCALES, "workshop", tiny_scale)


@pytest.mark.filterwarnings("ignore:A query meets all")
def test_a_study_has_every_system_and_size_and_goes_on_where_it_was(tiny_comparison, tmp_path):
    """The study goes on with a first seed's finished run, as one that was stopped after it."""
    said = []
    shutil.copytree(tiny_comparison[0], tmp_path / "study" / "seed0")
    order, sizes = run_study(tmp_path / "study", said.append, num_seeds=1)
    assert {"Studio2Shop", "fDNA-linear", "all-in-two-nets"} <= set(order["system"]) and order[
        "median_0"
    ].between(1, 20).all()
    assert sorted(path.name for path in (tmp_path / "study").iterdir()) == [
        "order.csv",
        "seed0",
        "sizes.csv",
        "sizes.png",
        "study.html",
    ]
    assert set(sizes["system"]) == {"Studio2Shop", "fDNA-linear", "fDNA-linear-listwise"}
    articles = sorted(set(sizes["train_articles"]))
    assert len(articles) == 4 and [round(8 * number / articles[-1]) for number in articles] == [
        1,
        2,
        4,
        8,
    ]
    assert sizes["median"].between(1, 20).all()
    before = len(said)
    again = run_study(tmp_path / "study", said.append, num_seeds=1)
    assert again[1].equals(sizes)
    begun = {line for line in said[before:] if line.endswith(" ...")}
    assert begun == {"ranking without learning ..."}


def test_a_study_of_no_seed_is_refused(tmp_path):
    with pytest.raises(ValueError, match="`num_seeds` must be 1 or more; received 0."):
        run_study(tmp_path, num_seeds=0)
