"""The offline kit: what is in it, what a second machine adds, and that it installs offline."""

import base64
import hashlib
import json
import os
import pathlib
import shutil
import subprocess
import sys
import zipfile

import pytest

import studio2shop
from studio2shop.course import offline_kit
from studio2shop.course.offline_kit import (
    download_wheels,
    make_offline_kit,
    package_source,
)

pytestmark = pytest.mark.slow

ROOT = pathlib.Path(__file__).parents[2]


@pytest.fixture
def a_run(tmp_path):
    folder = tmp_path / "some-run"
    (folder / "external").mkdir(parents=True)
    (folder / "settings.json").write_text("{}")
    (folder / ".unfinished-1-model.keras").write_text("")
    return folder


def a_wheel(folder, name="studio2shop", requires=('needed; extra == "notebooks"',)):
    """Writes the smallest wheel there is, with one module that says its name."""
    folder.mkdir(exist_ok=True)
    info = f"{name}-1.0.dist-info"
    extra = "Provides-Extra: notebooks\n" if requires else ""
    files = {
        f"{name}.py": f"NAME = {name!r}\n",
        f"{info}/METADATA": f"Metadata-Version: 2.1\nName: {name}\nVersion: 1.0\n{extra}"
        + "".join(f"Requires-Dist: {line}\n" for line in requires),
        f"{info}/WHEEL": (
            "Wheel-Version: 1.0\nGenerator: test\nRoot-Is-Purelib: true\nTag: py3-none-any\n"
        ),
    }
    hashes = {
        path: base64.urlsafe_b64encode(hashlib.sha256(text.encode()).digest()).rstrip(b"=").decode()
        for path, text in files.items()
    }
    files[f"{info}/RECORD"] = (
        "".join(f"{path},sha256={hashes[path]},{len(files[path])}\n" for path in hashes)
        + f"{info}/RECORD,,\n"
    )
    with zipfile.ZipFile(folder / f"{name}-1.0-py3-none-any.whl", "w") as wheel:
        for path, text in files.items():
            wheel.writestr(path, text)


def test_the_kit_holds_the_course_the_wheels_a_run_and_an_installer(a_run, tmp_path):
    said = []
    make_offline_kit(tmp_path / "kit", a_run, said.append, get_wheels=a_wheel)
    kit = tmp_path / "kit"
    assert sorted(path.name for path in kit.iterdir()) == [
        "README.txt",
        "install.py",
        "notebooks",
        "studio2shop-run",
        "wheels",
    ]
    assert (kit / "notebooks" / "00_the_idea.ipynb").exists()
    assert [path.name for path in (kit / "studio2shop-run").iterdir()] == ["settings.json"]
    assert said[-1] == f"{kit}: 0.0 GB. On each participant's machine: python install.py"


@pytest.mark.parametrize(
    "make",
    [
        lambda path: os.mkfifo(path),
        lambda path: path.symlink_to("/dev/zero"),
        lambda path: path.symlink_to("/etc/passwd"),
        lambda path: path.symlink_to(path.parent),
    ],
)
def test_a_run_with_a_link_or_a_pipe_in_it_is_not_copied(a_run, tmp_path, make):
    (a_run / "work").mkdir()
    make(a_run / "work" / "odd")
    with pytest.raises(ValueError) as caught:
        make_offline_kit(tmp_path / "kit", a_run, [].append, get_wheels=a_wheel)
    assert str(caught.value) == (
        f"{a_run}/work/odd: it is a link or no regular file, which a kit doesn't copy; put the "
        "file itself there, or delete it."
    )
    assert not (tmp_path / "kit" / "studio2shop-run").exists()


def test_a_second_machine_adds_its_wheels_and_changes_nothing_else(a_run, tmp_path):
    kit = tmp_path / "kit"
    make_offline_kit(kit, a_run, [].append, get_wheels=a_wheel)
    (kit / "studio2shop-run" / "mark").write_text("the first run")
    make_offline_kit(kit, a_run, [].append, get_wheels=lambda folder: a_wheel(folder, "another"))
    assert sorted(path.name[:7] for path in (kit / "wheels").iterdir()) == ["another", "studio2"]
    assert (kit / "studio2shop-run" / "mark").exists()


def test_the_notebooks_of_a_kit_find_its_run(a_run, tmp_path, monkeypatch):
    from studio2shop.course.shared_run import _usual_folder

    make_offline_kit(tmp_path / "kit", a_run, [].append, get_wheels=a_wheel)
    monkeypatch.delenv("STUDIO2SHOP_RUN", raising=False)
    monkeypatch.chdir(tmp_path / "kit" / "notebooks")
    assert _usual_folder("workshop").resolve() == (tmp_path / "kit" / "studio2shop-run").resolve()


def test_install_py_installs_from_the_kit_alone(a_run, tmp_path):
    def wheels(folder):
        a_wheel(folder)
        a_wheel(folder, "needed", requires=())

    kit = tmp_path / "kit"
    make_offline_kit(kit, a_run, [].append, get_wheels=wheels)
    done = subprocess.run(
        [sys.executable, "install.py"], check=False, cwd=kit, capture_output=True, text=True
    )
    assert done.returncode == 0, done.stderr
    python = kit / "environment" / ("Scripts" if os.name == "nt" else "bin") / "python"
    code = "import studio2shop, needed; print(studio2shop.NAME, needed.NAME)"
    assert (
        subprocess.run(
            [python, "-c", code], check=False, cwd=tmp_path, capture_output=True, text=True
        ).stdout
        == "studio2shop needed\n"
    )
    assert f"lab {kit / 'notebooks'}" in done.stdout


def test_install_py_says_in_one_sentence_that_the_wheels_do_not_fit(a_run, tmp_path):
    kit = tmp_path / "kit"
    make_offline_kit(kit, a_run, [].append, get_wheels=lambda folder: folder.mkdir())
    done = subprocess.run(
        [sys.executable, "install.py"], check=False, cwd=kit, capture_output=True, text=True
    )
    assert done.returncode == 1
    assert "install.py: the wheels here don't fit" in done.stderr.splitlines()[-1]


def test_the_wheels_are_of_this_package_with_the_extra_notebooks(tmp_path, monkeypatch):
    asked = []
    monkeypatch.setattr(
        offline_kit.subprocess,
        "run",
        lambda command, **_: (
            asked.append(command),
            subprocess.CompletedProcess(command, len(asked) - 1),
        )[1],
    )
    download_wheels(tmp_path / "wheels")
    assert asked[0][1:4] == ["-m", "pip", "wheel"] and asked[0][-2:] == [
        str(tmp_path / "wheels"),
        f"{ROOT}[notebooks]",
    ]
    with pytest.raises(
        OSError,
        match="pip could not get all wheels .* this command can be tried alone: .* -m pip wheel",
    ):
        download_wheels(tmp_path / "wheels")


def test_an_installed_package_is_built_from_where_it_came_from(tmp_path, monkeypatch):
    class Distribution:
        def __init__(self, url):
            self.url = url

        def read_text(self, name):
            assert name == "direct_url.json"
            return self.url and json.dumps({"url": self.url})

    assert package_source() == str(ROOT)
    monkeypatch.setattr(
        studio2shop, "__file__", str(tmp_path / "site-packages" / "studio2shop" / "__init__.py")
    )
    shutil.copytree(ROOT / "data_manifests", tmp_path / "a checkout")
    for url, expected in (
        ((tmp_path / "a checkout").as_uri(), str(tmp_path / "a checkout")),
        ((tmp_path / "gone").as_uri(), "studio2shop==0.1.0"),
        ("https://example.org/studio2shop.whl", "studio2shop==0.1.0"),
        (None, "studio2shop==0.1.0"),
    ):
        monkeypatch.setattr(
            offline_kit.importlib.metadata, "distribution", lambda name, url=url: Distribution(url)
        )
        assert package_source() == expected
