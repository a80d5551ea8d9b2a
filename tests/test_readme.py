"""The README's ten lines run as they are written, but for their sizes."""

import pathlib
import re

import keras
import pytest

README = (pathlib.Path(__file__).parents[1] / "README.md").read_text(encoding="utf-8")

# what is written -> the same at a size for a test
SMALLER = {
    "num_articles=2000": "num_articles=80, num_queries=100, image_size=(48, 32)",
    "attribute_sizes, attribute": "attribute_sizes, (64, 64, 3), attribute",
    "title_batches(train), epochs=10": "title_batches(train, image_size=(64, 64)), epochs=1",
    "reduce(128,": "reduce(16,",
    "build_studio2shop(": 'build_studio2shop((48, 32, 3), 16, "compact", None, ',
    "(train, features), epochs=10": "(train, features, (48, 32)), epochs=1",
    '"photo.jpg"': "test.query_paths[0]",
}


@pytest.mark.slow
def test_the_ten_lines_run(tmp_path, monkeypatch, capsys):
    code = README.split("```python\n")[1].split("```")[0]
    for written, smaller in SMALLER.items():
        assert code.count(written) == 1, written
        code = code.replace(written, smaller)
    monkeypatch.chdir(tmp_path)
    names = {}
    exec(code, names)
    assert list(names["search"](names["test"].query_paths[0], k=3)["rank"]) == [1, 2, 3]
    assert "top_1 " in capsys.readouterr().out
    assert isinstance(names["model"], keras.Model) and names["features"].size == 16


def test_what_the_readme_shows_is_there():
    root = pathlib.Path(__file__).parents[1]
    assert all((root / path).is_file() for path in re.findall(r"!\[[^]]*\]\(([^)]+)\)", README))
    # a number still to be filled in
    assert not re.search("@[A-Z0-9]+@", README)
