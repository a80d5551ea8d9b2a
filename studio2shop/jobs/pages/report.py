"""A run's report: one HTML file that needs nothing beside it."""

import base64
import html
import io
import string

import pandas as pd

from studio2shop import paper
from studio2shop.evaluation.table3 import NOT_IN_THE_PAPER, OURS
from studio2shop.io.files import write_text

TABLE_3 = "Table 3: ranks of the matches in the whole test assortment"
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

PAGE = string.Template("""<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>$title</title>
<style>
  body { font: 16px/1.5 system-ui, sans-serif; color: #222; max-width: 100rem; margin: 2rem auto;
    padding: 0 1rem; }
  h1 { font-size: 1.7rem; margin-bottom: 0; } h2 { font-size: 1.2rem; margin-top: 2.2rem; }
  table { border-collapse: collapse; font-size: 0.85rem; } .wide { overflow-x: auto; }
  th, td { padding: 0.3rem 0.5rem; text-align: right; border-bottom: 1px solid #ddd;
    white-space: nowrap; font-variant-numeric: tabular-nums; }
  th:first-child, td:first-child, .text td { text-align: left; }
  td:first-child { white-space: normal; max-width: 11rem; }
  .text td { white-space: normal; overflow-wrap: anywhere; }
  thead th { border-bottom: 2px solid #222; }
  .sets td:first-child { max-width: 7rem; }
  .sets th:nth-child(2), .sets td:nth-child(2) { text-align: left; }
  .sets td:nth-child(2) { white-space: normal; max-width: 9rem; }
  .sets tr.first td { border-top: 2px solid #222; }
  tr.paper td, tr.expected td { color: #666; font-style: italic; }
  .systems tr.first td { border-top: 2px solid #aaa; }
  .systems tr.paper td:first-child { padding-left: 1.5rem; }
  tr.mark th { text-align: left; border-top: 2px solid #222; padding-top: 0.8rem; }
  tr.missing td { color: #666; }
  td.reason { text-align: left; white-space: normal; }
  small { display: block; color: #666; }
  .lead { font-size: 1.15rem; max-width: 60rem; }
  img { max-width: 100%; height: auto; } .note { color: #555; max-width: 60rem; }$style
</style>
</head>
<body>
$body
</body>
</html>
""")


def write_report(path, title, table, figures, facts, heading=TABLE_3, lead=""):
    """Writes the page.

    Args:
        path: of the HTML file.
        title: of the page.
        table: DataFrame as returned by `comparison_table`, `systems_table` or `external_table`.
        figures: dict of caption to `matplotlib.figure.Figure`; a figure is embedded.
        facts: dict of section to a dict or a DataFrame that is printed as it is, such as data,
            settings and times, or to HTML (str), such as that of `system_sections`.
        heading: of the table.
        lead: the first sentences, as text.
    """
    parts = [
        f"<h1>{html.escape(title)}</h1>",
        *([f'<p class="lead">{html.escape(lead)}</p>'] if lead else []),
        f"<h2>{html.escape(heading)}</h2>",
        _result_table(table),
    ]
    parts += [
        f'<h2>{html.escape(caption)}</h2>\n<img alt="{html.escape(caption)}" '
        f'src="{_embedded(figure)}">'
        for caption, figure in figures.items()
    ]
    for section, values in facts.items():
        parts.append(f'<h2>{html.escape(section)}</h2>\n<div class="wide">{_section(values)}</div>')
    write_page(path, title, "\n".join(parts))


def _section(values):
    if isinstance(values, str):
        return values
    if isinstance(values, pd.DataFrame):
        return values.to_html(index=False, border=0, float_format="{:.3f}".format, na_rep="")
    return _fact_table(values)


def write_page(path, title, body, style=""):
    """Writes an HTML page in the reports' style.

    Args:
        path: of the file.
        title: of the page, as text.
        body: HTML.
        style: further CSS.
    """
    write_text(path, PAGE.substitute(title=html.escape(title), body=body, style=style))


def _result_table(table):
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


def _fact_table(facts):
    rows = (
        f"<tr><td>{html.escape(str(name))}</td><td>{html.escape(_printed(value))}</td></tr>"
        for name, value in facts.items()
    )
    return f'<table class="text"><tbody>{"".join(rows)}</tbody></table>'


def _printed(value):
    return f"{value:,}" if isinstance(value, int) and not isinstance(value, bool) else str(value)


def _embedded(figure):
    buffer = io.BytesIO()
    figure.savefig(buffer, format="png", dpi=110)
    return "data:image/png;base64," + base64.b64encode(buffer.getvalue()).decode()
