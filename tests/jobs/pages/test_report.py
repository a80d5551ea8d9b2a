"""The report is one page that needs nothing beside it and holds the table's numbers."""

import base64
import html.parser
import io

import numpy as np
import pandas as pd
import pytest
from matplotlib.figure import Figure
from PIL import Image

from studio2shop.evaluation.results import Results
from studio2shop.evaluation.table3 import comparison_table, systems_table
from studio2shop.evaluation.table4 import external_table
from studio2shop.jobs.pages.report import write_report

NAME = '<b>Bold & "quoted"</b>'


class Page(html.parser.HTMLParser):
    """Tags, their attributes and the text of a page, as a browser reads them."""

    def __init__(self, page):
        super().__init__()
        self.tags, self.attributes, self.texts = [], [], []
        self.feed(page)

    def handle_starttag(self, tag, attributes):
        self.tags.append(tag)
        self.attributes += attributes

    def handle_data(self, data):
        self.texts.append(data)


def results_of(ranks):
    return Results(
        pd.DataFrame(
            {
                "query_id": [f"q{number}" for number in range(len(ranks))],
                "article_id": "a",
                "rank": ranks,
            }
        ),
        1200,
    )


@pytest.fixture(scope="module")
def table():
    return comparison_table(
        {NAME: results_of([1.0, 3.0, 500.0, 1100.0]), "static": results_of([9.0, 9.0])}
    )


@pytest.fixture(scope="module")
def page(table, tmp_path_factory):
    path = tmp_path_factory.mktemp("run") / "report.html"
    figure = Figure(figsize=(2, 1))
    accuracies = pd.DataFrame(
        {"attribute": ["colour", "<i>fit</i>"], "accuracy": [0.51249, np.nan]}
    )
    facts = {
        NAME: {NAME: NAME, "queries": 12345, "frozen": True, "price": "100 $price"},
        "fDNA": accuracies,
    }
    write_report(path, NAME, table, {NAME: figure}, facts)
    assert [file.name for file in path.parent.iterdir()] == ["report.html"]
    return path.read_text(encoding="utf-8")


def test_nothing_is_loaded_from_outside(page):
    read = Page(page)
    addresses = [
        value
        for name, value in read.attributes
        if name in ("src", "href", "srcset", "data", "action")
    ]
    assert len(addresses) == 1 and addresses[0].startswith("data:image/png;base64,")
    own_text = page.replace(addresses[0], "")
    assert not any(word in own_text for word in ("http", "url(", "@import", "//"))
    assert not {"script", "link", "iframe", "object", "base"} & set(read.tags)


def test_the_figure_is_inside(page):
    (address,) = (value for name, value in Page(page).attributes if name == "src")
    picture = Image.open(io.BytesIO(base64.b64decode(address.split(",")[1])))
    assert picture.size == (220, 110)


def test_names_are_escaped(page):
    read = Page(page)
    assert "b" not in read.tags and "i" not in read.tags
    title, system, section, fact = "title", NAME, NAME, NAME
    assert read.texts.count(NAME) == len([title, "heading", system, "figure", section, fact, fact])
    assert ("alt", NAME) in read.attributes and "<i>fit</i>" in read.texts


def test_the_numbers_are_the_tables(page, table):
    texts = Page(page).texts
    ours, printed = table.iloc[0], table.iloc[2]
    for name in ("top_1", "top_5", "top_10", "top_20", "top_50", "top_1_percent"):
        assert f"{ours[name]:.3f}" in texts and f"{printed[name]:.3f}" in texts
        assert f"{ours[name + '_low']:.3f}–{ours[name + '_high']:.3f}" in texts
        assert f"any: {ours['any_' + name]:.3f}" in texts
    # mean and median of 1, 3, 500, 1100; of 1,200 articles
    assert {"401.0", "251.5", "33.42%", "20.96%"} <= set(texts)
    assert {"89.0", "5.0", "0.18%", "20,000", "50,000", "1,200", "paper", "ours"} <= set(texts)


def test_each_row_has_a_cell_under_each_head(page, table):
    result_table = page.split("<table>")[1].split("</table>")[0]
    assert result_table.count("<th>") == 12
    assert result_table.count("<td>") == 12 * len(table)
    assert (
        result_table.count('<tr class="paper">') == 1
        and result_table.count('<tr class="ours">') == 2
    )


def test_table_4_has_a_heading_and_a_column_of_its_own(tmp_path):
    table = external_table(
        {NAME: {"Studio2Shop": results_of([1.0, 3.0]), "static": results_of([9.0])}},
        comparison_table({"Studio2Shop": results_of([2.0])}),
    )
    write_report(tmp_path / "report.html", "elsewhere", table, {}, {}, heading="Table 4: <there>")
    page = (tmp_path / "report.html").read_text(encoding="utf-8")
    read, result_table = Page(page), page.split('<table class="sets">')[1].split("</table>")[0]
    assert "Table 4: <there>" in read.texts and "Table 3" not in page
    assert result_table.count("<th>") == 13 and result_table.count("<td>") == 13 * len(table)
    # named where its rows begin
    assert read.texts.count(NAME) == read.texts.count("LookBook (paper)") == 1
    assert (
        result_table.count('<tr class="ours first">') == 2
        and result_table.count('<tr class="paper first">') == 2
    )
    assert result_table.count('<tr class="expected">') == 2 and {
        "1,266.0",
        "0.619",
        "8,726",
    } <= set(read.texts)
    assert "nan" not in page.lower().split("</style>")[1]


@pytest.fixture(scope="module")
def all_systems():
    results = {
        "Studio2Shop": results_of([1.0, 3.0]),
        "mobilenet-linear": results_of([2.0, 3.0]),
        NAME: results_of([2.0, 9.0]),
        "all-in-two-nets": results_of([4.0, 4.0]),
    }
    return systems_table(
        results,
        {"fc14-non-linear": f"No weights of {NAME}."},
        {"mobilenet-linear": "fDNA-linear"},
        {"all-in-two-nets": "without <attributes>"},
    )


@pytest.mark.parametrize("is_read", [False, True])
def test_all_systems_have_a_row_and_what_was_not_run_says_why_in_one_cell(
    all_systems, tmp_path, is_read
):
    all_systems.to_csv(tmp_path / "table3.csv", index=False)
    table = pd.read_csv(tmp_path / "table3.csv") if is_read else all_systems
    write_report(tmp_path / "report.html", "all", table, {}, {"Further": "<h3>further</h3>"})
    page = (tmp_path / "report.html").read_text(encoding="utf-8")
    read, body = Page(page), page.split('<table class="systems">')[1].split("</tbody>")[0]
    rows = body.split("<tr")[2:]  # the first is the head
    num_missing, num_marks = 6, 1
    assert (
        len(rows) == len(table) + num_marks
        and body.count('class="reason" colspan="10"') == num_missing
    )
    assert body.count("<td") == 12 * len(table) - 9 * num_missing
    assert (
        f"No weights of {NAME}." in read.texts
        and read.texts.count("Not among the systems of this run.") == num_missing - 1
    )
    assert {"stands for fDNA-linear", "without <attributes>"} <= set(
        read.texts
    ) and "h3" in read.tags
    assert "nan" not in page.lower().split("</style>")[1]


def test_what_the_paper_lacks_is_marked_once_above_its_rows_and_absent_where_there_is_none(
    all_systems, tmp_path
):
    for table, expected in (
        (all_systems, 1),
        (all_systems[all_systems["source"] != "ours, not in the paper"], 0),
    ):
        write_report(tmp_path / "report.html", "all", table, {}, {})
        page = (tmp_path / "report.html").read_text(encoding="utf-8")
        assert (
            page.count('<tr class="mark"><th colspan="12">Ours, not in the paper</th></tr>')
            == expected
        )
    rows = page.split("<tbody>")[1].split("<tr")[1:]
    assert [row.split('"')[1] for row in rows if " first" in row.split(">")[0]] == [
        *["missing first"] * 6,
        "ours first",
        "ours first",
        "expected first",
    ]


def test_the_best_of_ours_and_of_the_papers_are_bold(all_systems, tmp_path):
    write_report(tmp_path / "report.html", "all", all_systems, {}, {})
    rows = (
        (tmp_path / "report.html").read_text(encoding="utf-8").split("<tbody>")[1].split("<tr")[1:]
    )
    bold = {
        tuple(row.split(">")[2].split("<")[:1]) + (row.split('"')[1].split()[0],): row.count(
            "<strong>"
        )
        for row in rows
        if "<strong>" in row
    }
    # ours: top-1 by Studio2Shop alone, other shares by all but NAME's top-5, average by
    # Studio2Shop, median by it alone
    assert bold == {
        ("Studio2Shop", "ours"): 8,
        ("mobilenet-linear", "ours"): 5,
        ("all-in-two-nets", "ours"): 5,
        ("&lt;b&gt;Bold &amp; &quot;quoted&quot;&lt;/b&gt;", "ours"): 4,
        ("Studio2Shop", "paper"): 8,
    }


def test_facts_are_printed_as_people_read_them(page):
    texts = Page(page).texts
    assert {"12,345", "True", "100 $price", "0.512"} <= set(
        texts
    ) and "nan" not in page.lower().split("</style>")[1].split("base64")[0]
