"""Tables 3 and 4 as HTML: shares and ranks, with their intervals and the paper's rows beside."""

import html

from studio2shop import paper
from studio2shop.evaluation.table3 import NOT_IN_THE_PAPER, OURS

SHARES = {
    "top_1": "top-1",
    "top_5": "top-5",
    "top_10": "top-10",
    "top_20": "top-20",
    "top_50": "top-50",
    "top_1_percent": "top-1 %",
}

PAPERS_DATA = (
    f"Zalando's {paper.TABLE_3_NUM_QUERIES:,} queries and {paper.TABLE_3_NUM_ARTICLES:,} articles, "
    "which were never published"
)
PAPERS_EXTERNAL_DATA = (
    "two public sets that may not be passed on, and of a model trained on Zalando's photos"
)


def result_table(table):
    """A table of results as HTML, with a note below that says how to read it.

    Args:
        table: DataFrame as returned by `comparison_table`, `systems_table` or `external_table`.
    """
    has_sets, has_systems = "dataset" in table, "paper_row" in table
    heads = [
        *(["data set"] if has_sets else []),
        "system",
        "source",
        "queries",
        "articles",
        *SHARES.values(),
        "average",
        "median",
    ]
    texts = table.columns.intersection(["paper_row", "reason", "remark"])
    # a column without any text is read as numbers
    table = (
        table.reset_index(drop=True)
        .astype(dict.fromkeys(texts, object))
        .fillna(dict.fromkeys(texts, ""))
    )
    bold, rows, block = _best_cells(table) if has_systems else set(), [], None
    for number, row in enumerate(table.to_dict("records")):
        is_first, block = _block(row) not in (None, block), _block(row)
        if is_first and block == NOT_IN_THE_PAPER:
            rows.append(
                f'<tr class="mark"><th colspan="{len(heads)}">{block.capitalize()}</th></tr>'
            )
        is_ours = row["source"] in OURS
        cells = [f"<td>{html.escape(block if is_first else '')}</td>"] if has_sets else []
        cells += [
            f"<td>{_system_cell(row)}</td>",
            f"<td>{'ours' if is_ours else row['source']}</td>",
        ]
        if row["source"] == "not run":
            cells.append(
                '<td class="reason" '
                f'colspan="{len(heads) - len(cells)}">{html.escape(row["reason"])}</td>'
            )
        else:
            numbers = [
                f"{row['queries']:,}",
                f"{row['articles']:,}",
                *_metric_cells(row, is_ours, {name for at, name in bold if at == number}),
            ]
            cells += [f"<td>{cell}</td>" for cell in numbers]
        css_class = {"not run": "missing"}.get(row["source"], "ours" if is_ours else row["source"])
        rows.append(f'<tr class="{css_class}{" first" if is_first else ""}">{"".join(cells)}</tr>')
    head = "".join(f"<th>{name}</th>" for name in heads)
    css_class = ' class="sets"' if has_sets else ' class="systems"' if has_systems else ""
    note = f'<p class="note">{_result_note(has_sets, has_systems)}</p>'
    body = f"<thead><tr>{head}</tr></thead><tbody>{''.join(rows)}</tbody>"
    return f'<div class="wide"><table{css_class}>{body}</table></div>\n{note}'


def _block(row):
    """The name of a row's block: its data set, or the paper's system it belongs to; may be None."""
    if "dataset" in row or "paper_row" not in row:
        return row.get("dataset")
    return row["source"] if row["source"] == "expected" else row["paper_row"] or NOT_IN_THE_PAPER


def _best_cells(table):
    """(row, metric) of the best of ours and of the best of the paper's."""
    cells = set()
    for sources in (OURS, ("paper",)):
        rows = table[table["source"].isin(sources)]
        for name in paper.METRICS:
            best = rows[name].max() if name in SHARES else rows[name].min()
            cells |= {(number, name) for number in rows.index[rows[name] == best]}
    return cells


def _system_cell(row):
    notes = []
    if row.get("paper_row") and row["paper_row"] != row["system"]:
        notes.append(f"stands for {row['paper_row']}")
    if row.get("remark"):
        notes.append(row["remark"])
    return html.escape(row["system"]) + "".join(
        f"<small>{html.escape(note)}</small>" for note in notes
    )


def _metric_cells(row, is_ours, bold):
    cells = []
    for name in paper.METRICS:
        digits = ".3f" if name in SHARES else ",.1f"
        value = (
            f"<strong>{row[name]:{digits}}</strong>" if name in bold else f"{row[name]:{digits}}"
        )
        interval = (
            f"<small>{row[name + '_low']:{digits}}–{row[name + '_high']:{digits}}</small>"
            if is_ours
            else ""
        )
        of_queries = (
            f"<small>any: {row['any_' + name]:.3f}</small>" if is_ours and name in SHARES else ""
        )
        of_articles = "" if name in SHARES else f"<small>{row[name] / row['articles']:.2%}</small>"
        cells.append(f"{value}{interval}{of_queries}{of_articles}")
    return cells


def _result_note(has_sets, has_systems):
    of_systems = (
        "All of ours ranked the very same matches. Bold is the best of ours and the best of the "
        "paper's. A system that stands for one of the paper's "
        "is another and keeps its own name. "
        if has_systems
        else ""
    )
    return (
        "Shares of (query, article) matches at rank k or better; below them the 95 % bootstrap "
        "interval over queries, and the share of queries with "
        "<em>any</em> of their matches that high. Average and median are ranks, with the interval "
        "and the rank as a share of the articles. "
        "Equal scores share their average rank. Static comparisons learn nothing between photo "
        f"and title image. {of_systems}"
        f"The paper's rows are of other data, {PAPERS_EXTERNAL_DATA if has_sets else PAPERS_DATA}: "
        "they are printed for orientation and not reproduced; shares of the assortment compare "
        "better than ranks do."
    )
