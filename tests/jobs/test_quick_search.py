"""A run's second form: a search with it starts no TensorFlow, and finds the same."""

import json
import shutil
import subprocess
import sys

import pytest

from studio2shop import load_run
from studio2shop.__main__ import main
from studio2shop.jobs import quick_search
from studio2shop.jobs.stages import Stages
from studio2shop.retrieval.lite import LITE_FILES, LiteModel

SEARCH = """
import sys
from studio2shop.__main__ import main
status = main(sys.argv[1:])
print(status, [name for name in ("tensorflow", "keras") if name in sys.modules])
"""


@pytest.fixture
def folder(tiny_run, tmp_path):
    return shutil.copytree(tiny_run[0], tmp_path / "run")


def test_a_search_starts_no_tensorflow_and_writes_the_same_page(folder, tmp_path):
    photo = load_run(folder).load_catalogue().query_paths[0]
    pages = [tmp_path / "quick.html", tmp_path / "slow.html"]
    words = ["search", str(folder), photo, "--k", "5", "--out"]
    done = subprocess.run(
        [sys.executable, "-c", SEARCH, *words, str(pages[0])], capture_output=True, text=True
    )
    assert done.stderr == "" and done.stdout.splitlines()[-1] == "0 []"
    for name in LITE_FILES:
        (folder / name).unlink()
    assert not isinstance(load_run(folder, only_to_search=True).model, LiteModel)
    assert main([*words, str(pages[1])]) == 0
    assert pages[0].read_bytes() == pages[1].read_bytes()


def test_a_model_that_litert_cannot_run_is_searched_with_by_keras(folder, monkeypatch):
    def fails(model, folder):
        raise RuntimeError("no such operation: FOO\nand a page of advice")

    monkeypatch.setattr(quick_search, "write_lite_model", fails)
    (folder / "stages.json").write_text(json.dumps({}))
    run, said = load_run(folder), []
    quick_search.keep_lite_model(run, Stages(folder, said.append), said.append)
    sentence = "LiteRT can't run this model, Keras does (no such operation: FOO)"
    assert said[-1] == f"quick search: {sentence}"
    assert not any((folder / name).exists() for name in LITE_FILES)


def test_a_full_disk_is_told(folder, monkeypatch):
    def fails(model, folder):
        raise OSError("No space left on device")

    monkeypatch.setattr(quick_search, "write_lite_model", fails)
    (folder / "stages.json").write_text(json.dumps({}))
    with pytest.raises(OSError, match="No space left"):
        quick_search.keep_lite_model(load_run(folder), Stages(folder, print), print)


def test_a_run_loaded_only_to_search_says_that_it_makes_no_features(folder):
    run = load_run(folder, only_to_search=True)
    assert isinstance(run.model, LiteModel) and run.extractor is None
    with pytest.raises(ValueError, match="was loaded only to search, .* load it whole"):
        run.article_features(run.load_catalogue())
