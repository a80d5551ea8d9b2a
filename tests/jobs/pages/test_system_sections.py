"""The sections on systems hold their tables' numbers, and nothing where there is nothing to say."""

import pathlib

import pandas as pd
import pytest
from results_by_hand import results_of

from studio2shop import errors_by
from studio2shop.catalogue import Catalogue
from studio2shop.evaluation.comparisons import paired_comparison
from studio2shop.evaluation.system_order import order_of_systems
from studio2shop.evaluation.table3 import systems_table
from studio2shop.jobs.pages.system_sections import system_sections

NAME = "<b>Bold & mine</b>"
RESULTS = {
    "Studio2Shop": results_of({"q1": [1, 2], "q2": [30]}),
    NAME: results_of({"q1": [3, 8], "q2": [90]}),
    "twin": results_of({"q1": [1, 2], "q2": [30]}),
}


def cells(section):
    """The text of a section's table: a list of rows, each a list of cells."""
    body = section.split("<tbody>")[1].split("</tbody>")[0]
    return [
        [cell.split("</td>")[0] for cell in row.split("<td>")[1:]] for row in body.split("<tr>")[1:]
    ]


def test_a_pair_is_printed_with_its_interval_and_what_it_says():
    ((heading, section),) = system_sections(paired_comparison(RESULTS)).items()
    assert heading == "Match by match against Studio2Shop"
    # 3, 4 and 3 times as far down
    assert cells(section) == [
        [
            "&lt;b&gt;Bold &amp; mine&lt;/b&gt;",
            "0.0%",
            "0.0%–0.0%",
            "worse",
            "0.0%",
            "3.00",
        ],
        ["twin", "50.0%", "50.0%–50.0%", "not told apart", "100.0%", "1.00"],
    ]
    assert "Of the 3 matches of 2 queries" in section
    assert cells(*system_sections(paired_comparison(RESULTS, NAME)).values())[0][3] == "better"


def test_errors_are_a_row_a_system_and_a_column_a_value_with_the_best_median_bold():
    queries = pd.DataFrame({"query_id": ["q1", "q2"], "image": "q.jpg", "view": ["full", "<back>"]})
    articles = pd.DataFrame({"article_id": ["a0", "a1"], "image": "a.jpg"})
    catalogue = Catalogue(pathlib.Path("shop"), articles, queries, pd.DataFrame(), {})
    tables = [errors_by(RESULTS, catalogue, column) for column in ("sleeve_length", "view")]
    ((heading, section),) = system_sections(errors=tables).items()
    assert heading == "Ranks by view"
    assert "<th>full<small>2</small></th><th>&lt;back&gt;<small>1</small></th>" in section
    assert cells(section) == [
        [
            "Studio2Shop",
            "<strong>1.5</strong><small>1.000</small>",
            "<strong>30.0</strong><small>0.000</small>",
        ],
        [
            "&lt;b&gt;Bold &amp; mine&lt;/b&gt;",
            "5.5<small>1.000</small>",
            "90.0<small>0.000</small>",
        ],
        [
            "twin",
            "<strong>1.5</strong><small>1.000</small>",
            "<strong>30.0</strong><small>0.000</small>",
        ],
    ]


def test_the_order_is_printed_beside_the_papers():
    order = order_of_systems(
        {seed: systems_table(RESULTS, standins={"twin": "fDNA-linear"}) for seed in (0, 7)}
    )
    ((heading, section),) = system_sections(order=order).items()
    assert heading == "Order of the systems, by median rank"
    assert cells(section) == [
        ["twin<small>stands for fDNA-linear</small>", "2.0", "2.0", "1.5", "1.5", "2.0", "15"],
        ["Studio2Shop", "2.0", "2.0", "1.5", "1.5", "1.0", "5"],
        ["&lt;b&gt;Bold &amp; mine&lt;/b&gt;", "8.0", "8.0", "3.0", "", "", ""],
    ]
    assert "<th>median, seed 0</th><th>median, seed 7</th>" in section
    # the paper's two have one median here
    assert "undefined (seed 0), undefined (seed 7)" in section
    other = order_of_systems(
        {0: systems_table({"Studio2Shop": RESULTS["twin"], "fDNA-linear": RESULTS[NAME]})}
    )
    assert "1.00 (seed 0)" in system_sections(order=other)["Order of the systems, by median rank"]


@pytest.mark.parametrize("paired", [None, paired_comparison({"Studio2Shop": RESULTS["twin"]})])
def test_nothing_to_say_is_no_section(paired):
    assert system_sections(paired, [pd.DataFrame(columns=["column", "value"])]) == {}
