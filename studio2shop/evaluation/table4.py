"""Table 4: external data sets, beside the run's own test and the paper's rows."""

import pandas as pd

from studio2shop import paper
from studio2shop.evaluation.table3 import expected_by_chance, own_row, printed_row


def external_table(results, own_table):
    """Table 4: external data sets, beside the run's own test and the paper's rows.

    The paper's rows are of other data.

    Args:
        results: dict of data set to a dict of system to `Results`, all of one assortment.
        own_table: the run's own Table 3; its rows of ours on the systems in `results` come first,
            as the data set "own test articles".

    Returns:
        A DataFrame as returned by `comparison_table` with `dataset` as its first column. Each of
        our data sets ends with what chance is expected to reach (`source` is `expected`).
    """
    systems = {system for of_set in results.values() for system in of_set}
    own_rows = own_table[
        own_table["system"].isin(systems) & own_table["source"].str.startswith("ours")
    ].assign(source="ours")
    own_rows = own_rows.drop(columns=["paper_row", "reason", "remark"], errors="ignore").to_dict(
        "records"
    )
    blocks = {"own test articles": own_rows}
    blocks |= {
        name: [own_row(system, result) for system, result in systems.items()]
        for name, systems in results.items()
    }
    for rows in blocks.values():
        queries, articles = rows[0]["queries"], rows[0]["articles"]
        rows.append(
            printed_row("chance", "expected", queries, articles, expected_by_chance(articles))
        )
    for name, systems in paper.TABLE_4.items():
        blocks[f"{name} (paper)"] = [
            printed_row(system, "paper", *paper.TABLE_4_SIZES[name], values)
            for system, values in systems.items()
        ]
    return pd.DataFrame([{"dataset": name, **row} for name, rows in blocks.items() for row in rows])
