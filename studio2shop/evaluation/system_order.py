"""The order of the systems over seeds, beside the paper's."""

import pandas as pd

from studio2shop import paper
from studio2shop.evaluation.table3 import OURS


def order_of_systems(tables):
    """The order of the systems by median rank, over seeds, beside the paper's.

    A position is 1 for the best; systems of one median share their average position, as three of
    the paper's do.

    Args:
        tables: dict of seed to the `systems_table` of its run, or the same read from its CSV file;
            each with the same systems.

    Returns:
        A DataFrame with one row per system, the best first: `system, paper_row, median_0, median_1,
        ...` (one column per seed); `mean_position` among all systems, `mean_position_of_papers`
        among those with a row in the paper, and among those again `paper_position`, by the paper's
        own `paper_median`; NaN for a system that the paper lacks.

    Raises:
        ValueError: if there is no table, or a system was not run with each seed.

    Example:
        order_of_systems({0: pd.read_csv("run0/table3.csv"), 1: pd.read_csv("run1/table3.csv")})
    """
    measured = {
        seed: table[table["source"].isin(OURS)].set_index("system")
        for seed, table in tables.items()
    }
    if not measured:
        raise ValueError("`tables` must hold the table of at least one seed; received none.")
    for seed, rows in measured.items():
        missing = sorted(
            {system for others in measured.values() for system in others.index} - set(rows.index)
        )
        if missing:
            raise ValueError(
                "`tables` must have the same systems for each seed; "
                f"seed {seed} lacks {missing[0]!r}: run it with that seed too, "
                "or leave it out of all."
            )
    some = next(iter(measured.values()))
    medians = pd.DataFrame(
        {f"median_{seed}": rows["median"].reindex(some.index) for seed, rows in measured.items()}
    )
    paper_rows = some["paper_row"].fillna("")
    papers = paper_rows[paper_rows != ""]
    paper_medians = papers.map({name: row[-1] for name, row in paper.TABLE_3.items()}).astype(float)
    positions = {
        "mean_position": medians.rank().mean(axis=1),
        "mean_position_of_papers": medians.loc[papers.index].rank().mean(axis=1),
        "paper_position": paper_medians.rank(),
        "paper_median": paper_medians,
    }
    order = pd.concat([paper_rows, medians, pd.DataFrame(positions, index=some.index)], axis=1)
    return order.sort_values("mean_position", kind="stable").rename_axis("system").reset_index()


def order_agreement(order):
    """Kendall's tau-b between the order of our medians and the order of the paper's.

    1 is the same order, 0 unrelated, -1 turned round.

    Args:
        order: DataFrame as returned by `order_of_systems`.

    Returns:
        A Series of seed (str) to tau; NaN where fewer than two systems have medians that differ.
    """
    papers = order[order["paper_median"].notna()]
    seeds = [name.removeprefix("median_") for name in order if name.startswith("median_")]
    medians = papers[[f"median_{seed}" for seed in seeds]].set_axis(seeds, axis=1)
    return medians.corrwith(papers["paper_median"], method="kendall")
