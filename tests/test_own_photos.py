"""The page "Your own photos": its example is a catalogue, its commands and files exist."""

import pathlib
import re
import shlex
import subprocess
import sys

import pytest
from PIL import Image

from studio2shop.catalogue import check_catalogue, load_catalogue, manifest_names

ROOT = pathlib.Path(__file__).parents[1]
PAGE = (ROOT / "docs" / "own_photos.md").read_text(encoding="utf-8")
README = (ROOT / "README.md").read_text(encoding="utf-8")
DATA_SETS = (ROOT / "docs" / "data_sets.md").read_text(encoding="utf-8")


def blocks(language, text):
    fenced = re.findall(r"^```(\w*)\n(.*?)^```$", text, re.DOTALL | re.MULTILINE)
    return [block for found, block in fenced if found == language]


def command_lines():
    lines = "".join(blocks("", PAGE)).splitlines()
    found = [line for line in lines if line.startswith("studio2shop ")]
    return found + re.findall(r"`(studio2shop convert [^`]+)`", DATA_SETS)


def test_the_example_is_a_catalogue(tmp_path):
    for name, text in zip(("articles", "queries", "matches"), blocks("csv", PAGE), strict=True):
        (tmp_path / f"{name}.csv").write_text(text)
    catalogue = load_catalogue(tmp_path)
    assert repr(catalogue).endswith("3 articles, 3 queries, 4 matches, 2 attributes)")
    assert catalogue.article_ids.tolist() == ["0071", "0072", "0090"]
    for path in map(pathlib.Path, catalogue.article_paths + catalogue.query_paths):
        path.parent.mkdir(parents=True, exist_ok=True)
        Image.new("RGB", (4, 4)).save(path)
    assert check_catalogue(tmp_path).empty


def test_the_pages_commands_are_those_there_are():
    named = {shlex.split(line)[1] for line in command_lines()}
    assert named == {"add", "check", "convert", "deploy", "evaluate", "reproduce", "search"}


@pytest.mark.parametrize("command", ["convert", "reproduce"])
def test_a_commands_options_are_those_the_page_gives(command):
    call = [sys.executable, "-m", "studio2shop", command, "--help"]
    shown = subprocess.run(call, capture_output=True, text=True, check=True).stdout
    lines = [words for words in map(shlex.split, command_lines()) if words[1] == command]
    assert lines
    for words in lines:
        assert all(word in shown for word in words if word.startswith("--"))


def test_the_pages_list_each_manifest_and_what_they_name_is_there():
    assert sorted(re.findall(r"^\| `(\w+)` \|", DATA_SETS, re.MULTILINE)) == manifest_names()
    assert "data_manifests/own_shop.toml" in PAGE
    assert (ROOT / "data_manifests" / "own_shop.toml").is_file()
    for page, text in ((ROOT / "README.md", README), (ROOT / "docs" / "data_sets.md", DATA_SETS)):
        for path in re.findall(r"\]\((?!http)([^)#]+)\)", text):
            assert (page.parent / path).exists(), path
