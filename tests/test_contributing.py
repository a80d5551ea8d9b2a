"""CONTRIBUTING.md names files that exist and covers the paper; CI agrees with setup.cfg."""

import pathlib
import re

import pytest

ROOT = pathlib.Path(__file__).parents[1]
PAGE = (ROOT / "CONTRIBUTING.md").read_text(encoding="utf-8")
PAPER = [
    *(f"Table {number}" for number in range(1, 8)),
    *("Figure 1", "Figure 2", "Figures 3 to 7", "Figure 8", "Figure 9"),
    *("Equations 1 and 2", "Equation 3"),
    *("Section 1", "Section 2", "Section 3", "Section 4.1", "Section 4.2"),
    *("Section 5.1", "Section 5.2", "Appendix"),
]


def paths_named():
    """What stands in backticks or in a link, has no space, and ends as a path does."""
    words = re.findall(r"`([^`\s]+)`", PAGE) + re.findall(r"\]\((?!http)([^)#]+)\)", PAGE)
    return sorted(
        word for word in set(words) if "/" in word or word.endswith((".md", ".cfg", ".toml"))
    )


@pytest.mark.parametrize("path", paths_named())
def test_a_path_that_contributing_names_exists(path):
    assert (ROOT / path).is_dir() if path.endswith("/") else (ROOT / path).is_file()


@pytest.mark.parametrize("part", PAPER)
def test_the_map_has_each_part_of_the_paper(part):
    table = PAGE.split("## Where the paper is in the code")[1].split("\n## ")[0]
    named = [line.split("|")[1] for line in table.splitlines() if line.startswith("| ")]
    assert any(re.search(rf"{part}\b", cell) for cell in named)
