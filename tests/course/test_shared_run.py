"""The notebooks' run: found where it should be, made if missing, never of another scale."""

import json
import logging
import shutil

import pytest

from studio2shop import find_or_make_run, load_run, versions


@pytest.fixture(autouse=True)
def without_the_variable(monkeypatch, tmp_path):
    monkeypatch.delenv("STUDIO2SHOP_RUN", raising=False)
    (tmp_path / "notebooks").mkdir()
    monkeypatch.chdir(tmp_path / "notebooks")


def no_making(*_, **__):
    raise AssertionError("a run was made")


def test_a_finished_run_is_loaded_and_one_line_says_so(tiny_run, monkeypatch):
    monkeypatch.setattr("studio2shop.jobs.reproduce.reproduce", no_making)
    said = []
    run = find_or_make_run(tiny_run[0], announce=said.append)
    assert run.folder == tiny_run[0]
    assert said == ["The shared run is loaded: 80 articles, 16 of them kept for tests."]
    # it prints its advice into a notebook's page
    assert not logging.getLogger("tensorflow").isEnabledFor(logging.WARNING)


@pytest.mark.parametrize("place", ["STUDIO2SHOP_RUN", "here", "above"])
def test_without_a_folder_it_is_looked_for_in_three_places(tiny_run, tmp_path, monkeypatch, place):
    monkeypatch.setattr("studio2shop.jobs.reproduce.reproduce", no_making)
    if place == "STUDIO2SHOP_RUN":
        monkeypatch.setenv("STUDIO2SHOP_RUN", str(tiny_run[0]))
    else:
        shutil.copytree(
            tiny_run[0], tmp_path / ("notebooks" if place == "here" else ".") / "studio2shop-run"
        )
    assert len(find_or_make_run(announce=[].append).features) == 80


def test_a_missing_run_is_made_here_after_saying_how_long_it_takes(tiny_run, tmp_path, monkeypatch):
    said, made = [], []

    def make(folder, announce, scale):
        made.append((str(folder), scale))
        announce("making ...")
        shutil.copytree(tiny_run[0], folder)

    monkeypatch.setattr("studio2shop.jobs.reproduce.reproduce", make)
    run = find_or_make_run(announce=said.append)
    assert made == [("studio2shop-run", "workshop")]
    assert said[0] == (
        "There is no finished run in 'studio2shop-run'. It is made now, once for all notebooks: "
        "5 to 7 minutes on 2 cores without a GPU. If interrupted, run it again: it continues "
        "where it stopped."
    )
    assert said[1] == "making ..." and len(said) == 3
    assert (tmp_path / "notebooks" / "studio2shop-run" / "settings.json").exists() and len(
        run.parts["test"]
    ) == 16
    find_or_make_run(announce=said.append)
    assert len(made) == 1


def test_a_stopped_run_here_goes_on_though_there_is_a_finished_one_above(
    tiny_run, tmp_path, monkeypatch
):
    shutil.copytree(tiny_run[0], tmp_path / "studio2shop-run")
    (tmp_path / "notebooks" / "studio2shop-run").mkdir()
    made = []
    monkeypatch.setattr(
        "studio2shop.jobs.reproduce.reproduce",
        lambda folder, *_, **__: (
            made.append(str(folder)),
            shutil.copytree(tiny_run[0], folder, dirs_exist_ok=True),
        ),
    )
    find_or_make_run(announce=[].append)
    assert made == ["studio2shop-run"]


def test_the_paper_scale_has_a_run_of_its_own(tiny_run, monkeypatch):
    def make(folder, announce, scale):
        shutil.copytree(tiny_run[0], folder)
        settings = json.loads((folder / "settings.json").read_text())
        (folder / "settings.json").write_text(json.dumps(settings | {"scale": scale}))

    monkeypatch.setattr("studio2shop.jobs.reproduce.reproduce", make)
    assert (
        find_or_make_run(scale="paper", announce=[].append).folder.name == "studio2shop-run-paper"
    )


def test_a_run_of_another_scale_is_refused(tiny_run):
    with pytest.raises(ValueError) as caught:
        find_or_make_run(tiny_run[0], "paper", [].append)
    assert str(caught.value) == (
        f"{str(tiny_run[0])!r} holds a run at workshop scale, but 'paper' was asked for; give "
        "another folder, or unset STUDIO2SHOP_RUN."
    )
    with pytest.raises(
        ValueError, match="`scale` must be 'workshop' or 'paper'; received 'lecture'."
    ):
        find_or_make_run(tiny_run[0], "lecture", [].append)


def test_what_a_page_was_made_with_names_no_path(tiny_run):
    table = versions(load_run(tiny_run[0]))
    facts = table.iloc[:, 0]
    assert facts["data"] == "the embedded studio" and facts["seed"] == "0"
    assert facts["scale"] == "workshop, photos of 48 x 32 pixels"
    assert "Keras" in facts["software"] and "cores" in facts["machine"]
    assert not any(str(tiny_run[0].parent) in fact for fact in facts)
