"""The order of systems over seeds beside the paper's, by hand."""

import itertools

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from results_by_hand import results_of

from studio2shop import paper
from studio2shop.evaluation.system_order import order_agreement, order_of_systems
from studio2shop.evaluation.table3 import systems_table

MEDIANS = {  # of system by seed
    "fDNA-linear": (10, 9, 30),
    "fDNA-listwise": (3, 4, 4),
    "Studio2Shop": (4, 4, 3),
    "mobilenet_v2-non-linear": (10, 12, 20),
    "all-in-two-nets": (40, 50, 60),
}
STANDINS = {"mobilenet_v2-non-linear": "fc14-non-linear"}


def tables_of(medians):
    """Tables of one row per system: what an order needs of a `systems_table`, quickly made."""
    rows = [
        (system, STANDINS.get(system, system if system in paper.TABLE_3 else ""))
        for system in medians
    ]
    systems = pd.DataFrame(rows, columns=["system", "paper_row"])
    systems["source"] = [
        "ours" if name else "ours, not in the paper" for name in systems["paper_row"]
    ]
    return {
        seed: systems.assign(median=list(ranks))
        for seed, ranks in enumerate(zip(*medians.values()))
    }


def test_positions_by_hand_over_three_seeds():
    order = order_of_systems(tables_of(MEDIANS))
    assert list(order.columns) == [
        "system",
        "paper_row",
        "median_0",
        "median_1",
        "median_2",
        "mean_position",
        "mean_position_of_papers",
        "paper_position",
        "paper_median",
    ]
    rows = order.set_index("system")
    assert rows.index.tolist() == [
        "fDNA-listwise",
        "Studio2Shop",
        "fDNA-linear",
        "mobilenet_v2-non-linear",
        "all-in-two-nets",
    ]
    assert rows["paper_row"].tolist() == [
        "",
        "Studio2Shop",
        "fDNA-linear",
        "fc14-non-linear",
        "all-in-two-nets",
    ]
    assert rows.loc["fDNA-linear", ["median_0", "median_1", "median_2"]].tolist() == [10, 9, 30]
    # positions by seed: listwise 1, 1.5, 2; Studio2Shop 2, 1.5, 1; MobileNetV2 3.5, 4, 3;
    # fDNA-linear 3.5, 3, 4; two nets 5
    np.testing.assert_allclose(rows["mean_position"], [1.5, 1.5, 3.5, 3.5, 5])
    np.testing.assert_allclose(rows["mean_position_of_papers"], [np.nan, 1, 2.5, 2.5, 4])
    # the paper's medians are 5, 15, 15, 69
    np.testing.assert_allclose(rows["paper_position"], [np.nan, 1, 2.5, 2.5, 4])
    np.testing.assert_allclose(rows["paper_median"], [np.nan, 5, 15, 15, 69])


def test_an_order_of_table_3_leaves_out_what_was_not_run_and_is_the_same_read_from_its_file(
    tmp_path,
):
    table = systems_table(
        {"mobilenet_v2-non-linear": results_of({"q": [4]}), "mine": results_of({"q": [2]})},
        standins=STANDINS,
    )
    order = order_of_systems({3: table})
    assert order[["system", "paper_row", "median_3", "mean_position"]].to_numpy().tolist() == [
        ["mine", "", 2, 1],
        ["mobilenet_v2-non-linear", "fc14-non-linear", 4, 2],
    ]
    table.to_csv(tmp_path / "table3.csv", index=False)
    pd.testing.assert_frame_equal(
        order_of_systems({3: pd.read_csv(tmp_path / "table3.csv")}), order, check_dtype=False
    )


def test_agreement_by_hand():
    tau = order_agreement(order_of_systems(tables_of(MEDIANS)))
    # pairs of the paper's four: 5 of 6 differ in the paper and all agree; ours tie in the same pair
    # with seed 0 and in none with others
    assert tau.to_dict() == pytest.approx(
        {"0": 1, "1": 5 / np.sqrt(5 * 6), "2": 5 / np.sqrt(5 * 6)}
    )
    turned = {"Studio2Shop": (90,), "fDNA-linear": (20,), "all-in-two-nets": (1,)}
    assert order_agreement(order_of_systems(tables_of(turned))).tolist() == [-1]


@pytest.mark.parametrize(
    "medians",
    [
        {"Studio2Shop": (5,)},
        {"mine": (1,), "Studio2Shop": (5,)},
        {"Studio2Shop": (5,), "fDNA-linear": (5,)},
    ],
)
def test_there_is_no_agreement_where_nothing_differs(medians):
    assert order_agreement(order_of_systems(tables_of(medians))).isna().tolist() == [True]


@settings(max_examples=60)
@given(st.lists(st.integers(1, 5), min_size=4, max_size=4))
def test_agreement_is_tau_b_counted_pair_by_pair(ranks):
    ours = dict(zip(("fDNA-linear", "Studio2Shop", "fDNA-ranking-loss", "all-in-two-nets"), ranks))
    papers = {"fDNA-linear": 15, "Studio2Shop": 5, "fDNA-ranking-loss": 20, "all-in-two-nets": 69}
    score = num_untied = 0
    for one, other in itertools.combinations(ours, 2):
        difference, printed = ours[one] - ours[other], papers[one] - papers[other]
        score += np.sign(difference * printed)
        num_untied += difference != 0
    tau = order_agreement(
        order_of_systems(tables_of({system: (rank,) for system, rank in ours.items()}))
    )["0"]
    assert tau == pytest.approx(score / np.sqrt(6 * num_untied)) if num_untied else np.isnan(tau)


def test_tables_of_different_systems_are_refused_and_no_table_too():
    tables = tables_of(MEDIANS)
    tables[2] = tables[2][tables[2]["system"] != "fDNA-listwise"]
    with pytest.raises(ValueError) as caught:
        order_of_systems(tables)
    assert str(caught.value) == (
        "`tables` must have the same systems for each seed; seed 2 lacks 'fDNA-listwise': "
        "run it with that seed too, or leave it out of all."
    )
    with pytest.raises(ValueError) as caught:
        order_of_systems({})
    assert str(caught.value) == "`tables` must hold the table of at least one seed; received none."
