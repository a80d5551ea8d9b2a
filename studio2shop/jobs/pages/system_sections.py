"""The report's sections on systems side by side."""

import html

import pandas as pd

from studio2shop.evaluation.comparisons import verdict
from studio2shop.evaluation.system_order import order_agreement


def system_sections(paired=None, errors=(), order=None):
    """What a report says of systems beside Table 3.

    Args:
        paired: DataFrame as returned by `paired_comparison`.
        errors: sequence of DataFrames as returned by `errors_by`; an empty one, of a catalogue
            without that column, gives no section.
        order: DataFrame as returned by `order_of_systems`.

    Returns:
        dict of heading to HTML, for the `facts` of `write_report`.
    """
    sections = {}
    if paired is not None and len(paired):
        sections[f"Match by match against {paired['baseline'].iloc[0]}"] = _paired(paired)
    for table in errors:
        if len(table):
            sections[f"Ranks by {table['column'].iloc[0].replace('_', ' ')}"] = _errors(table)
    if order is not None:
        sections["Order of the systems, by median rank"] = _order(order)
    return sections


def _paired(paired):
    baseline = html.escape(paired["baseline"].iloc[0])
    rows = [
        [
            html.escape(row["system"]),
            f"{row['better']:.1%}",
            f"{row['better_low']:.1%}–{row['better_high']:.1%}",
            verdict(row["better_low"], row["better_high"]),
            f"{row['ties']:.1%}",
            f"{row['rank_ratio']:.2f}",
        ]
        for row in paired.to_dict("records")
    ]
    some = paired.iloc[0]
    note = (
        f"Of the {some['matches']:,} matches of {some['queries']:,} queries, the share that a "
        f"system ranks better than {baseline} does, equal ranks counted half: "
        "50 % is as good. The 95 % bootstrap interval is over queries and of one system alone: of "
        "twenty that are as good, one is called better or worse by chance. "
        f"The last column is the median of the system's rank divided by {baseline}'s."
    )
    return _table(
        [
            "system",
            "ranked better",
            "95 % interval",
            f"than {baseline}",
            "equal ranks",
            "ratio of ranks",
        ],
        rows,
    ) + _note(note)


def _errors(table):
    values = table.drop_duplicates("value")
    best = table.groupby("value")["median"].min()
    heads = [
        "system",
        *(
            f"{html.escape(value)}<small>{matches:,}</small>"
            for value, matches in zip(values["value"], values["matches"])
        ),
    ]
    rows, are_several = [], table["system"].nunique() > 1
    for system, own in table.groupby("system", sort=False):
        cells = [html.escape(system)]
        for row in own.to_dict("records"):
            median = f"{row['median']:,.1f}"
            cells.append(
                (
                    f"<strong>{median}</strong>"
                    if are_several and row["median"] == best[row["value"]]
                    else median
                )
                + f"<small>{row['top_10']:.3f}</small>"
            )
        rows.append(cells)
    return _table(heads, rows) + _note(
        "Median rank of the matches, below it their top-10; in the head the number of matches."
        + (" Bold is the best median." if are_several else "")
    )


def _order(order):
    seeds = [name.removeprefix("median_") for name in order if name.startswith("median_")]
    heads = [
        "system",
        *(f"median, seed {html.escape(seed)}" for seed in seeds),
        "mean position",
        "… among the paper's",
        "paper's position",
        "paper's median",
    ]
    rows = []
    for row in order.fillna({"paper_row": ""}).to_dict("records"):
        name = html.escape(row["system"])
        if row["paper_row"] not in ("", row["system"]):
            name += f"<small>stands for {html.escape(row['paper_row'])}</small>"
        numbers = [f"{row['median_' + seed]:,.1f}" for seed in seeds]
        numbers += [
            "" if pd.isna(row[column]) else f"{row[column]:,.{digits}f}"
            for column, digits in _ORDER_COLUMNS.items()
        ]
        rows.append([name, *numbers])
    taus = ", ".join(
        f"{'undefined' if pd.isna(tau) else f'{tau:.2f}'} (seed {html.escape(seed)})"
        for seed, tau in order_agreement(order).items()
    )
    note = (
        "Position 1 is the best; equal medians share their average position. The paper's systems "
        "are compared with the paper's order among themselves, "
        f"those that were run here: Kendall's tau between our medians and the paper's is {taus}; 1 "
        "is the same order, 0 none, -1 turned round."
    )
    return _table(heads, rows) + _note(note)


# and their digits
_ORDER_COLUMNS = {
    "mean_position": 1,
    "mean_position_of_papers": 1,
    "paper_position": 1,
    "paper_median": 0,
}


def _table(heads, rows):
    head = "".join(f"<th>{cell}</th>" for cell in heads)
    body = "".join("<tr>" + "".join(f"<td>{cell}</td>" for cell in row) + "</tr>" for row in rows)
    return f"<table><thead><tr>{head}</tr></thead><tbody>{body}</tbody></table>"


def _note(text):
    return f'\n<p class="note">{text}</p>'
