"""A run for other programs: what is written computes the same, also by the page's own example."""

import json
import pathlib
import re
import shutil
import subprocess
import sys

import numpy as np
import pytest

from studio2shop import Retriever, load_run
from studio2shop.__main__ import main
from studio2shop.io.images import load_image
from studio2shop.jobs import export as job
from studio2shop.jobs.export import export
from studio2shop.models.exported import FACTS, ExportedModel

PAGE = (pathlib.Path(__file__).parents[2] / "docs" / "export.md").read_text(encoding="utf-8")
BLOCKS = re.findall(r"^```python\n(.*?)^```$", PAGE, re.DOTALL | re.MULTILINE)
LOADED_BY = {"onnx": "import onnxruntime", "litert": "ai_edge_litert", "saved_model": "tensorflow"}
WITHOUT_KERAS = "import sys; sys.modules['keras'] = None\n"
pytestmark = pytest.mark.slow


@pytest.fixture(scope="module", params=list(LOADED_BY))
def exported(request, tiny_run, tmp_path_factory):
    """A copy of the tiny run, and its folder exported in one format by the command."""
    if request.param == "onnx":
        pytest.importorskip("tf2onnx", reason="needs the extra export")
    folder = tmp_path_factory.mktemp("a folder with ü") / "my-run"
    shutil.copytree(tiny_run[0], folder)
    assert main(["export", str(folder), "--format", request.param]) == 0
    return folder, folder.with_name(f"my-run-{request.param}"), request.param


def test_the_pages_example_finds_what_the_run_finds_without_keras(exported):
    folder, out, format = exported
    run = load_run(folder)
    photo = run.load_catalogue().query_paths[0]
    shutil.copy(photo, folder.parent / "photo.jpg")
    (loading,) = [block for block in BLOCKS if LOADED_BY[format] in block.split("\n")[0]]
    searching, shorter = BLOCKS[-2:]
    shorter += "assert np.abs(same_logits - logits).max() < 1e-5\n"
    code = [WITHOUT_KERAS, loading, f"folder = {out.name!r}\n", searching, shorter]
    done = subprocess.run(
        [sys.executable, "-c", "\n".join(code)], capture_output=True, text=True, cwd=out.parent
    )
    assert done.returncode == 0, done.stderr
    found = [line.split() for line in done.stdout.splitlines()[-5:]]
    expected = Retriever(run.model, run.features)(photo, 5)
    assert [words[0] for words in found] == expected["article_id"].tolist()
    numbers = np.array([words[1:] for words in found], "float64")
    np.testing.assert_allclose(numbers, expected[["logit", "score"]], atol=1e-5)


def test_the_facts_are_those_of_the_files(exported):
    folder, out, format = exported
    facts, run = json.loads((out / FACTS).read_text()), load_run(folder)
    assert facts["format"] == format and facts["images"]["size"] == [48, 32]
    articles = np.load(out / facts["articles"]["file"])
    assert articles[facts["articles"]["ids"]].tolist() == run.features.ids.tolist()
    assert np.array_equal(articles[facts["articles"]["vectors"]], run.features.vectors)
    size = run.features.size
    (image,) = facts["networks"]["query_feature"]["inputs"]
    assert image == {"name": "images", "shape": [None, 48, 32, 3]}
    shapes = [one["shape"] for one in facts["networks"]["query_article_matching"]["inputs"]]
    assert shapes == [[None, None, size], [None, size]]
    written = {path.relative_to(out).as_posix() for path in out.rglob("*") if path.is_file()}
    assert written == {FACTS, *facts["sha256"]}


def test_a_damaged_file_is_named(exported, tmp_path):
    out = shutil.copytree(exported[1], tmp_path / "copy")
    name = next(iter(json.loads((out / FACTS).read_text())["sha256"]))
    content = bytearray((out / name).read_bytes())
    content[len(content) // 2] ^= 1
    (out / name).write_bytes(content)
    with pytest.raises(ValueError, match=f"{name}: it is broken.*; export the run again"):
        ExportedModel(out)


def test_it_says_how_much_it_differs_and_how_to_go_on(tiny_run, tmp_path):
    said = []
    exported = export(tiny_run[0], "saved_model", tmp_path / "out", said.append)
    assert (exported.features_off, exported.logits_off) == (0, 0)
    assert said[0].startswith(f"compared with Keras on {exported.num_photos} photos and 80 article")
    assert said[1] == f"exported: {tmp_path / 'out'}; model.json in it says how to use it"
    run = load_run(tiny_run[0])
    paths = run.load_catalogue().query_paths[:3]
    images = np.stack([load_image(path, (48, 32)) for path in paths])
    features = ExportedModel(tmp_path / "out").query_features(images)
    np.testing.assert_array_equal(features, run.retriever().query_features(paths))


@pytest.mark.parametrize("most", ["MOST_OFF", "MOST_LOGITS_OFF"])
def test_what_computes_something_else_is_no_success(most, tiny_run, tmp_path, monkeypatch):
    monkeypatch.setattr(job, most, -1)
    with pytest.raises(ValueError, match=r"^The exported model's .* off Keras' \(-1 of a value"):
        export(tiny_run[0], "saved_model", tmp_path / "out")
    assert list(tmp_path.iterdir()) == []


def test_what_cannot_be_exported_is_told_before_anything_is_computed(tiny_run, tmp_path, capsys):
    (tmp_path / "file").touch()
    words = ["export", str(tiny_run[0]), "--format", "saved_model", "--to", str(tmp_path)]
    assert main(words) == 1
    assert "holds something already; name a new folder" in capsys.readouterr().err
    assert main(["export", str(tmp_path), "--format", "saved_model"]) == 1
    assert "is no finished run: settings.json is missing" in capsys.readouterr().err
