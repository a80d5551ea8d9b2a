"""The order of systems over seeds beside the paper's, by hand."""

import itertools

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from results_by_hand import results_of

from studio2shop import order_of_systems, systems_table
from studio2shop.order import order_agreement

MEDIANS = {  # of system by seed
    "fDNA-linear": (10, 9, 30),
    "fDNA-listwise": (3, 4, 4),
    "Studio2Shop": (4, 4, 3),
    "mobilenet_v2-non-linear": (10, 12, 20),
    "all-in-two-nets": (40, 50, 60),
}
STANDINS = {"mobilenet_v2-non-linear": "fc14-non-linear"}


def tables_of(medians):
    seeds = range(len(next(iter(medians.values()))))
    return {seed: systems_table({system: results_of({"q": [ranks[seed]]}) for system, ranks in medians.items()}, standins=STANDINS) for seed in seeds}


def test_positions_by_hand_over_three_seeds():
    order = order_of_systems(tables_of(MEDIANS))
    assert list(order.columns) == [
        "system", "paper_row", "median_0", "median_1", "median_2", "mean_position", "mean_position_of_papers", "paper_position", "paper_median",
    ]  # fmt: skip
    rows = order.set_index("system")
    assert rows.index.tolist() == ["Studio2Shop", "fDNA-listwise", "mobilenet_v2-non-linear", "fDNA-linear", "all-in-two-nets"]
    assert rows["paper_row"].tolist() == ["Studio2Shop", "", "fc14-non-linear", "fDNA-linear", "all-in-two-nets"]
    assert rows.loc["fDNA-linear", ["median_0", "median_1", "median_2"]].tolist() == [10, 9, 30]
    # positions by seed: listwise 1, 1.5, 2; Studio2Shop 2, 1.5, 1; MobileNetV2 3.5, 4, 3; fDNA-linear 3.5, 3, 4; two nets 5
    np.testing.assert_allclose(rows["mean_position"], [1.5, 1.5, 3.5, 3.5, 5])
    np.testing.assert_allclose(rows["mean_position_of_papers"], [1, np.nan, 2.5, 2.5, 4])
    np.testing.assert_allclose(rows["paper_position"], [1, np.nan, 2.5, 2.5, 4])  # the paper's medians are 5, 15, 15, 69
    np.testing.assert_allclose(rows["paper_median"], [5, np.nan, 15, 15, 69])


def test_the_order_is_the_same_of_tables_read_from_files(tmp_path):
    tables = tables_of(MEDIANS)
    for seed, table in tables.items():
        table.to_csv(tmp_path / f"{seed}.csv", index=False)
    read = order_of_systems({seed: pd.read_csv(tmp_path / f"{seed}.csv") for seed in tables})
    pd.testing.assert_frame_equal(read, order_of_systems(tables), check_dtype=False)


def test_agreement_by_hand():
    tau = order_agreement(order_of_systems(tables_of(MEDIANS)))
    # pairs of the paper's four: 5 of 6 differ in the paper and all agree; ours tie in the same pair with seed 0 and in none with others
    assert tau.to_dict() == pytest.approx({"0": 1, "1": 5 / np.sqrt(5 * 6), "2": 5 / np.sqrt(5 * 6)})
    turned = {"Studio2Shop": (90,), "fDNA-linear": (20,), "all-in-two-nets": (1,)}
    assert order_agreement(order_of_systems(tables_of(turned))).tolist() == [-1]


@pytest.mark.parametrize("medians", [{"Studio2Shop": (5,)}, {"mine": (1,), "Studio2Shop": (5,)}, {"Studio2Shop": (5,), "fDNA-linear": (5,)}])
def test_there_is_no_agreement_where_nothing_differs(medians):
    assert order_agreement(order_of_systems(tables_of(medians))).isna().tolist() == [True]


@settings(max_examples=60, deadline=None)
@given(st.lists(st.integers(1, 5), min_size=4, max_size=4))
def test_agreement_is_tau_b_counted_pair_by_pair(ranks):
    ours = dict(zip(("fDNA-linear", "Studio2Shop", "fDNA-ranking-loss", "all-in-two-nets"), ranks))
    papers = {"fDNA-linear": 15, "Studio2Shop": 5, "fDNA-ranking-loss": 20, "all-in-two-nets": 69}
    score = num_untied = 0
    for one, other in itertools.combinations(ours, 2):
        difference, printed = ours[one] - ours[other], papers[one] - papers[other]
        score += np.sign(difference * printed)
        num_untied += difference != 0
    table = pd.DataFrame({"system": ours.keys(), "source": "ours", "paper_row": ours.keys(), "median": ours.values()})
    tau = order_agreement(order_of_systems({0: table}))["0"]
    assert tau == pytest.approx(score / np.sqrt(6 * num_untied)) if num_untied else np.isnan(tau)


def test_tables_of_different_systems_are_refused_and_no_table_too():
    tables = tables_of(MEDIANS)
    tables[2] = tables[2][tables[2]["system"] != "fDNA-listwise"]
    with pytest.raises(ValueError) as caught:
        order_of_systems(tables)
    assert str(caught.value) == "`tables` must have the same systems for each seed; seed 2 lacks 'fDNA-listwise': run it with that seed too, or leave it out of all."
    with pytest.raises(ValueError) as caught:
        order_of_systems({})
    assert str(caught.value) == "`tables` must hold the table of at least one seed; received none."
