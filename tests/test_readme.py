"""The README's lines of Python run as they are written, but for their sizes."""

import pathlib
import re

import keras
import pytest

README = (pathlib.Path(__file__).parents[1] / "README.md").read_text(encoding="utf-8")

# what is written -> the same at a size for a test
SMALLER = {
    "num_articles=500, image_size=(112, 78)": "num_articles=80, image_size=(48, 32)",
    "attribute_sizes, (112, 78, 3)": "attribute_sizes, (64, 64, 3)",
    "image_size=(112, 78)), epochs=10": "image_size=(64, 64)), epochs=1",
    "reduce(128,": "reduce(16,",
    "build_query_feature((112, 78, 3), 128,": "build_query_feature((48, 32, 3), 16,",
    "build_query_article_matching(": "build_query_article_matching(16, ",
    "features, (112, 78)), epochs=10": "features, (48, 32)), epochs=1",
}


@pytest.mark.slow
def test_the_lines_of_python_run(tmp_path, monkeypatch, capsys):
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
