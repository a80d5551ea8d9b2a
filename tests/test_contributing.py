"""CONTRIBUTING.md names files that exist and covers the paper; CI agrees with setup.cfg."""

import configparser
import pathlib
import re

import pytest
import yaml

ROOT = pathlib.Path(__file__).parents[1]
PAGE = (ROOT / "CONTRIBUTING.md").read_text(encoding="utf-8")
PYTEST = "pytest -n 2 --dist loadfile"  # two processes; what tests of a file share is made once
PAPER = [
    *(f"Table {number}" for number in range(1, 8)),
    *("Figure 1", "Figure 2", "Figures 3 to 7", "Figure 8", "Figure 9"),
    *("Equations 1 and 2", "Equation 3"),
    *("Section 1", "Section 2", "Section 3", "Section 4.1", "Section 4.2"),
    *("Section 5.1", "Section 5.2", "Appendix"),
]


def paths_named():
    """What stands in backticks or in a link, has no space, and looks like a path."""
    words = re.findall(r"`([^`\s]+)`", PAGE) + re.findall(r"\]\((?!http)([^)#]+)\)", PAGE)
    endings = (".md", ".cfg", ".toml")
    return sorted(word for word in set(words) if "/" in word or word.endswith(endings))


@pytest.mark.parametrize("path", paths_named())
def test_a_path_that_contributing_names_exists(path):
    assert (ROOT / path).is_dir() if path.endswith("/") else (ROOT / path).is_file()


@pytest.mark.parametrize("part", PAPER)
def test_the_map_has_each_part_of_the_paper(part):
    table = PAGE.split("## Where the paper is in the code")[1].split("\n## ")[0]
    named = [line.split("|")[1] for line in table.splitlines() if line.startswith("| ")]
    assert any(re.search(rf"{part}\b", cell) for cell in named)


@pytest.fixture(scope="module")
def setup():
    config = configparser.ConfigParser()
    config.read(ROOT / "setup.cfg", encoding="utf-8")
    return config


@pytest.fixture(scope="module")
def ci():
    return yaml.safe_load((ROOT / ".github" / "workflows" / "ci.yml").read_text(encoding="utf-8"))


def test_the_packages_author_and_paper_are_those_of_the_citation(setup):
    citation = yaml.safe_load((ROOT / "CITATION.cff").read_text(encoding="utf-8"))
    assert setup["metadata"]["author"] == citation["authors"][0]["name"]
    (identifier,) = citation["preferred-citation"]["identifiers"]
    number = identifier["value"].removeprefix("arXiv:")
    assert setup["metadata"]["project_urls"].strip() == f"Paper = https://arxiv.org/abs/{number}"


def range_of(requirement):
    """`(3, 13), (3, 16)` of `keras>=3.13,<3.16`: the lowest version, and the first one too high."""
    found = re.fullmatch(r"[\w-]*>=([\d.]+),<([\d.]+)", requirement)
    return [tuple(map(int, version.split("."))) for version in found.groups()]


def commands_of(job):
    return [step["run"] for step in job["steps"] if "run" in step]


def test_ci_runs_on_the_python_versions_of_setup_cfg(setup, ci):
    lowest, too_high = range_of(setup["options"]["python_requires"])
    pythons = [f"3.{minor}" for minor in range(lowest[1], too_high[1])]
    matrix = ci["jobs"]["quick"]["strategy"]["matrix"]
    assert matrix["python"] == pythons
    assert matrix["os"] == ["ubuntu-latest", "macos-latest", "windows-latest"]
    classifiers = setup["metadata"]["classifiers"]
    assert re.findall(r"Python :: (3\.\d+)", classifiers) == pythons


@pytest.mark.parametrize("package", ["keras", "tensorflow"])
def test_ci_runs_the_lowest_and_the_newest_version_of_setup_cfg(setup, ci, package):
    required = setup["options"]["install_requires"].split()
    (requirement,) = [line for line in required if line.startswith(f"{package}>")]
    lowest, too_high = range_of(requirement)
    jobs = {job["name"]: job for job in ci["jobs"]["versions"]["strategy"]["matrix"]["include"]}
    assert jobs["lowest"][package] == f"{lowest[0]}.{lowest[1]}.0"
    assert jobs["newest"][package] == f"{too_high[0]}.{too_high[1] - 1}.*"


def test_ci_runs_each_backend_that_is_an_extra(setup, ci):
    backends = ci["jobs"]["backend"]["strategy"]["matrix"]["backend"]
    assert backends == ["jax", "torch"] and set(backends) < set(setup["options.extras_require"])
    (_, test) = commands_of(ci["jobs"]["backend"])
    assert (ROOT / test.removeprefix("pytest ")).is_file()


def test_ci_checks_the_form_by_the_ruff_of_setup_cfg(setup, ci):
    ruff = next(line for line in setup["options.extras_require"]["test"].split() if "ruff" in line)
    install, *checks = commands_of(ci["jobs"]["lint"])
    assert install == f'pip install "{ruff}"'
    assert checks == ["ruff format --check .", "ruff check ."]


def test_ci_runs_the_whole_suite_once_and_the_quick_lane_elsewhere(ci):
    assert commands_of(ci["jobs"]["whole"])[-1].endswith(f"&& {PYTEST}")
    for job in ("quick", "versions"):
        assert commands_of(ci["jobs"][job])[-1] == f'{PYTEST} -m "not slow"'


def test_ci_runs_the_tests_of_vector_databases_with_their_extra(setup, ci):
    install, test = commands_of(ci["jobs"]["vectors"])
    assert install == 'pip install ".[test,vectors]"'
    assert "vectors" in setup["options.extras_require"]
    assert (ROOT / test.removeprefix("pytest ")).is_file()
