"""Whatever writes to a folder is told where another one does so already, before it begins."""

import platform
import types

import numpy as np
import pytest

from studio2shop import ArticleFeatures, annotate_catalogue, reproduce
from studio2shop.__main__ import main
from studio2shop.io.files import UNFINISHED
from studio2shop.io.lock import only_writer
from studio2shop.jobs import deploy
from studio2shop.jobs.evaluate import evaluate_external
from studio2shop.jobs.export import export
from studio2shop.jobs.study import run_study


def assert_refused(call, place, lock=None):
    """Asserts the sentence that `call` ends with while another one writes."""
    with only_writer(place, lock), pytest.raises(BlockingIOError) as caught:
        call()
    start = f"{str(place)!r} is being written to by process "
    assert str(caught.value).startswith(start)
    assert f" on {platform.node()} since " in str(caught.value)
    assert str(caught.value).endswith("; wait until that is done, or write to another place.")


def test_a_run(tmp_path):
    assert_refused(lambda: reproduce(tmp_path), tmp_path)
    assert [path.name for path in tmp_path.iterdir()] == ["stages.json"]


def test_a_run_by_its_command_whose_exit_status_is_1(tmp_path, capsys):
    with only_writer(tmp_path):
        assert main(["reproduce", "--out", str(tmp_path)]) == 1
    last_line = capsys.readouterr().err.splitlines()[-1]
    start = f"studio2shop reproduce: {str(tmp_path)!r} is being written to by process "
    assert last_line.startswith(start)


def test_an_exported_model(tmp_path):
    out, beside = tmp_path / "out", tmp_path / f"{UNFINISHED}out.lock"
    assert_refused(lambda: export(tmp_path / "run", "litert", out), out, beside)
    assert list(tmp_path.iterdir()) == []


def test_a_study(tmp_path):
    assert_refused(lambda: run_study(tmp_path), tmp_path)
    with pytest.raises(ValueError):
        run_study(tmp_path / "new", scale="huge")
    assert not (tmp_path / "new").exists()


def test_an_evaluation_a_deployed_run_and_what_is_added_to_it(tmp_path, monkeypatch):
    run = types.SimpleNamespace(folder=tmp_path / "run", settings={}, load_catalogue=lambda: None)
    run.folder.mkdir()
    (run.folder / "settings.json").write_text("{}")
    (run.folder / "table3.csv").write_text("system,source,queries,articles\n")
    monkeypatch.setattr(deploy, "load_run", lambda folder: run)
    monkeypatch.setattr(deploy, "check_finished", lambda *names: None)
    out, external = tmp_path / "out", tmp_path / "external"
    assert_refused(lambda: deploy.deploy(run.folder, out), out)
    assert_refused(lambda: deploy.add_articles(out, tmp_path), out)
    assert_refused(lambda: evaluate_external(run, external), external)


def test_a_table_of_what_was_found(studio, tmp_path):
    search = types.SimpleNamespace(
        features=ArticleFeatures(["a"], np.ones((1, 2))), image_size=(48, 32)
    )
    path = tmp_path / "found.csv"
    lock = tmp_path / f"{UNFINISHED}found.csv.lock"
    assert_refused(lambda: annotate_catalogue(search, studio, path), path, lock)
