"""The data sets' manifests: complete, true to the paper, found in a checkout and installed."""

import configparser
import importlib.util
import pathlib
import re
import shutil
import subprocess
import sys
import zipfile

import pytest

import studio2shop
from studio2shop.catalogue import manifest_names, read_manifest
from studio2shop.catalogue.check import VIEWS
from studio2shop.catalogue.manifests import manifests_folder
from studio2shop.course.files import COPIED

ROOT = pathlib.Path(__file__).parents[2]
CONVERTED = ["deepfashion_inshop", "lookbook"]


def test_there_is_a_manifest_for_each_data_set():
    assert manifest_names() == ["deepfashion_inshop", "lookbook", "own_shop", "studio"]


@pytest.mark.parametrize("name", manifest_names())
def test_a_manifest_says_all_that_a_user_must_know(name):
    manifest = read_manifest(name)
    for field in (
        "name",
        "description",
        "creator",
        "license",
        "terms",
        "access",
        "citeAs",
        "sha256",
    ):
        assert getattr(manifest, field).strip(), field
    assert manifest.layout and all(isinstance(path, str) for path in manifest.layout)
    assert (manifest.rule is None) != (manifest.instead is None)
    assert set(manifest.counts) <= {"paper", "authors"}
    assert all(
        set(counts) <= {"photos", "articles", "queries"} for counts in manifest.counts.values()
    )
    assert name not in CONVERTED or re.match("https?://", manifest.url)


@pytest.mark.parametrize("name", CONVERTED)
def test_a_rule_reads_its_own_examples_and_fills_its_templates(name):
    rule = read_manifest(name).rule
    for path in rule.examples:
        for place in (path, "some/folder/" + path):
            parts = rule.parts(place)
            assert rule.photo_id.format(**parts) and rule.article_id.format(**parts)
        assert rule.parts("x" + path) is None and rule.parts(path + ".part") is None
    parts = set(re.compile(rule.photo).groupindex)
    assert {*rule.title, *rule.attributes, *([rule.view["group"]] if rule.view else [])} <= parts
    assert set(rule.view.get("names", {}).values()) <= set(VIEWS)
    if rule.annotation:
        named = rule.annotation
        assert {named.photo, named.view["group"], *named.title} <= set(named.columns)
        assert set(named.view["names"].values()) <= set(VIEWS)


def test_in_shop_names_are_read_in_both_schemes():
    rule = read_manifest("deepfashion_inshop").rule
    in_folders = rule.parts("Img/img/WOMEN/Dresses/id_00000002/02_1_front.jpg")
    assert in_folders == {
        "gender": "WOMEN",
        "category": "Dresses",
        "item": "id_00000002",
        "colour": "02",
        "number": "1",
        "view": "front",
    }
    flat = rule.parts("images/MEN-Jackets_Vests-id_00003336-06_6_flat.jpg")
    assert flat == {
        "gender": "MEN",
        "category": "Jackets_Vests",
        "item": "id_00003336",
        "colour": "06",
        "number": "6",
        "view": "flat",
    }
    assert rule.article_id.format(**flat) == "id_00003336_06"


def test_the_counts_are_those_of_the_paper(shared_folder):
    text = (shared_folder / "paper" / "studio2shop.md").read_text(encoding="utf-8")
    table_4 = re.search(
        r"using (\d+) query images against (\d+) articles, and on LookBook .* "
        r"using (\d+) query images against (\d+) articles",
        text,
    )
    queries, articles, lookbook_queries, lookbook_articles = map(int, table_4.groups())
    assert (
        read_manifest("deepfashion_inshop").counts["paper"]
        == {"articles": articles, "queries": queries}
        == {"articles": 683, "queries": 2922}
    )
    assert (
        read_manifest("lookbook").counts["paper"]
        == {"articles": lookbook_articles, "queries": lookbook_queries}
        == {"articles": 8726, "queries": 68820}
    )


def test_lookbooks_authors_state_more_than_the_paper_took():
    assert read_manifest("lookbook").counts["authors"] == {
        "photos": 9732 + 75016,
        "articles": 9732,
        "queries": 75016,
    }


def test_an_unknown_name_is_answered_with_those_there_are():
    with pytest.raises(ValueError) as caught:
        read_manifest("deepfashion")
    assert str(caught.value) == (
        "There is no data set 'deepfashion' here; choose from those there are: "
        "deepfashion_inshop, lookbook, own_shop, studio."
    )


def test_the_folder_is_found_beside_a_checkouts_package_and_inside_an_installed_one(
    tmp_path, monkeypatch
):
    (tmp_path / "studio2shop").mkdir()
    monkeypatch.setattr(studio2shop, "__file__", str(tmp_path / "studio2shop" / "__init__.py"))
    assert manifests_folder() == tmp_path / "data_manifests"
    (tmp_path / "studio2shop" / "data_manifests").mkdir()
    assert manifests_folder() == tmp_path / "studio2shop" / "data_manifests"


def test_setup_cfg_names_every_package_and_maps_the_manifests():
    config = configparser.ConfigParser()
    config.read(ROOT / "setup.cfg")
    packages = {
        path.parent.relative_to(ROOT).as_posix().replace("/", ".")
        for path in (ROOT / "studio2shop").rglob("__init__.py")
    }
    mapped = dict(
        line.split(" = ") for line in config["options"]["package_dir"].split("\n") if line
    )
    assert set(config["options"]["packages"].split()) == {
        *packages,
        *mapped,
        "studio2shop.pretrained",
    }
    assert mapped["studio2shop.data_manifests"] == "data_manifests"
    assert config["options.package_data"]["studio2shop.data_manifests"] == "*.toml"
    assert mapped["studio2shop.notebooks"] == "notebooks"


def test_a_built_wheel_holds_the_manifests_and_the_course(tmp_path):
    if not all(map(importlib.util.find_spec, ("setuptools", "wheel"))):
        pytest.skip("needs setuptools and wheel to build with, which this environment lacks")
    for entry in (
        "setup.cfg",
        "pyproject.toml",
        "README.md",
        "LICENSE",
        "studio2shop",
        "data_manifests",
        "notebooks",
    ):
        copy = shutil.copytree if (ROOT / entry).is_dir() else shutil.copy
        copy(ROOT / entry, tmp_path / entry)
    subprocess.run(
        [sys.executable, "-c", "from setuptools import build_meta; build_meta.build_wheel('.')"],
        cwd=tmp_path,
        capture_output=True,
        check=True,
    )
    (wheel,) = tmp_path.glob("*.whl")
    files = zipfile.ZipFile(wheel).namelist()
    assert {f"studio2shop/data_manifests/{name}.toml" for name in manifest_names()} <= set(files)
    assert {
        path.relative_to(ROOT).as_posix() for path in (ROOT / "studio2shop").rglob("*.py")
    } <= set(files)
    course = [
        path
        for pattern in (*COPIED, "offline_kit/*.*")
        for path in (ROOT / "notebooks").glob(pattern)
    ]
    assert {f"studio2shop/{path.relative_to(ROOT).as_posix()}" for path in course} <= set(files)
    pretrained = (ROOT / "studio2shop" / "pretrained").iterdir()
    assert {path.relative_to(ROOT).as_posix() for path in pretrained} <= set(files)
    assert wheel.stat().st_size < 15_000_000
