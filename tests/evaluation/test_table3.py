"""Table 3: each row of the paper's beside ours, chance, and what the paper lacks."""

import numpy as np
import pandas as pd
import pytest
from results_by_hand import BY_HAND, OTHER, OURS, random_results, results_of

from studio2shop import paper
from studio2shop.evaluation.results import Results
from studio2shop.evaluation.table3 import comparison_table, expected_by_chance, systems_table


def test_the_comparison_prints_the_papers_row_beside_ours():
    ours = results_of(BY_HAND)
    table = comparison_table(
        {"mine": ours, "static": random_results()}, ["Studio2Shop", "fDNA-linear"]
    )
    assert table["system"].tolist() == ["mine", "static", "Studio2Shop", "fDNA-linear"]
    assert table["source"].tolist() == ["ours", "ours", "paper", "paper"]
    assert table["queries"].tolist() == [4, 40, 20_000, 20_000] and table["articles"].tolist() == [
        250,
        250,
        50_000,
        50_000,
    ]
    beside = [f"{name}_{end}" for end in ("low", "high") for name in paper.METRICS] + [
        f"any_{name}" for name in paper.METRICS[:6]
    ]
    assert list(table.columns) == [
        "system",
        "source",
        "queries",
        "articles",
        *paper.METRICS,
        *beside,
    ]
    first, printed = table.iloc[0], table.iloc[2]
    assert first[list(paper.METRICS)].tolist() == ours.row().tolist()
    assert (
        first["average_high"] == ours.intervals().loc["high", "average"]
        and first["any_top_5"] == 0.75
    )
    assert printed[list(paper.METRICS)].tolist() == [
        0.238,
        0.496,
        0.613,
        0.722,
        0.834,
        0.970,
        89,
        5,
    ]
    assert printed[beside].isna().all()


def test_chance_is_k_of_the_articles_and_the_middle_rank():
    assert expected_by_chance(200) == [0.005, 0.025, 0.05, 0.1, 0.25, 0.01, 100.5, 100.5]
    assert expected_by_chance(4) == [0.25, 1, 1, 1, 1, 0.25, 2.5, 2.5]
    every_rank = Results(
        pd.DataFrame(
            {
                "query_id": [str(rank) for rank in range(200)],
                "article_id": "a",
                "rank": np.arange(200) + 1.0,
            }
        ),
        200,
    )
    assert expected_by_chance(200) == pytest.approx(every_rank.row().tolist())


WHY = "VGG16's weights cannot be had without network."


@pytest.fixture(scope="module")
def table():
    results = {
        "fDNA-listwise": results_of(OTHER),
        "mobilenet_v2-non-linear": results_of(OURS),
        "all-in-two-nets": results_of(OTHER),
        "Studio2Shop": results_of(OURS),
        "mobilenet_v2-static": results_of(OTHER),
    }
    reasons = {
        "fc14-non-linear": WHY,
        "static-fc14-linear": WHY,
        "mobilenet_v2-listwise": "No time.",
    }
    standins = {
        "mobilenet_v2-static": "static-fc14-linear",
        "mobilenet_v2-non-linear": "fc14-non-linear",
    }
    return systems_table(results, reasons, standins, {"all-in-two-nets": "without attributes"})


def test_table_3_has_each_row_of_the_paper_after_ours_and_then_what_the_paper_lacks(
    table,
):
    assert table[["system", "source", "paper_row"]].to_numpy().tolist() == [
        ["static-fc14-linear", "not run", "static-fc14-linear"],
        ["mobilenet_v2-static", "ours", "static-fc14-linear"],
        ["static-fc14-linear", "paper", "static-fc14-linear"],
        ["static-fc14-non-linear", "not run", "static-fc14-non-linear"],
        ["static-fc14-non-linear", "paper", "static-fc14-non-linear"],
        ["fc14-non-linear", "not run", "fc14-non-linear"],
        ["mobilenet_v2-non-linear", "ours", "fc14-non-linear"],
        ["fc14-non-linear", "paper", "fc14-non-linear"],
        ["128floats-non-linear", "not run", "128floats-non-linear"],
        ["128floats-non-linear", "paper", "128floats-non-linear"],
        ["fDNA-ranking-loss", "not run", "fDNA-ranking-loss"],
        ["fDNA-ranking-loss", "paper", "fDNA-ranking-loss"],
        ["fDNA-linear", "not run", "fDNA-linear"],
        ["fDNA-linear", "paper", "fDNA-linear"],
        ["all-in-two-nets", "ours", "all-in-two-nets"],
        ["all-in-two-nets", "paper", "all-in-two-nets"],
        ["Studio2Shop", "ours", "Studio2Shop"],
        ["Studio2Shop", "paper", "Studio2Shop"],
        ["fDNA-listwise", "ours, not in the paper", ""],
        ["mobilenet_v2-listwise", "not run", ""],
        ["chance", "expected", ""],
    ]


def test_a_row_that_was_not_run_says_why_and_has_no_numbers(table):
    missing = table[table["source"] == "not run"]
    assert missing["reason"].tolist() == [
        WHY,
        "Not among the systems of this run.",
        WHY,
        *["Not among the systems of this run."] * 3,
        "No time.",
    ]
    assert (missing[["queries", "articles"]] == 0).all(axis=None) and missing[
        list(paper.METRICS)
    ].isna().all(axis=None)
    assert (table["reason"][table["source"] != "not run"] == "").all()
    assert (
        table["remark"].tolist().count("without attributes") == 1
        and table.loc[14, "remark"] == "without attributes"
    )


def test_the_numbers_of_table_3_are_those_of_the_comparison_the_paper_and_chance(table):
    compared = comparison_table({"Studio2Shop": results_of(OURS)})
    assert list(table.columns) == [*compared.columns, "paper_row", "reason", "remark"]
    for number, expected in ((16, compared.iloc[0]), (17, compared.iloc[1])):
        pd.testing.assert_series_equal(
            table.loc[number, list(compared.columns)], expected, check_names=False
        )
    assert table.loc[18, list(paper.METRICS)].tolist() == results_of(OTHER).row().tolist()
    assert table[list(paper.METRICS)].iloc[-1].tolist() == expected_by_chance(250)


def test_table_3_is_the_same_read_from_its_file(table, tmp_path):
    table.to_csv(tmp_path / "table3.csv", index=False)
    read = pd.read_csv(
        tmp_path / "table3.csv",
        keep_default_na=False,
        na_values={name: [""] for name in table.select_dtypes("number")},
    )
    pd.testing.assert_frame_equal(read, table, check_dtype=False)


def test_a_system_that_was_run_and_not_run_is_refused():
    with pytest.raises(ValueError) as caught:
        systems_table({"Studio2Shop": results_of(OURS)}, reasons={"Studio2Shop": WHY})
    assert str(caught.value) == (
        "`reasons` say why 'Studio2Shop' was not run, and `results` have it; "
        "leave it out of one of the two."
    )


@pytest.mark.parametrize(
    "system, name", [("mobilenet", "fc15-linear"), ("fDNA-linear", "fc14-non-linear")]
)
def test_a_stand_in_is_a_system_of_ours_for_one_of_the_papers(system, name):
    with pytest.raises(ValueError) as caught:
        systems_table({"Studio2Shop": results_of(OURS)}, standins={system: name})
    names = (
        "static-fc14-linear, static-fc14-non-linear, fc14-non-linear, 128floats-non-linear, "
        "fDNA-ranking-loss, fDNA-linear, all-in-two-nets, Studio2Shop"
    )
    assert str(caught.value) == (
        f"`standins` must map a system of ours to one of the paper's ({names}); "
        f"received {system!r} for {name!r}."
    )
