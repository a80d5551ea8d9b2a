"""A run's report: one HTML file that needs nothing beside it."""

import base64
import html
import io
import string

import pandas as pd

from studio2shop import paper
from studio2shop.files import write_text

TABLE_3 = "Table 3: ranks of the matches in the whole test assortment"
SHARES = {"top_1": "top-1", "top_5": "top-5", "top_10": "top-10", "top_20": "top-20", "top_50": "top-50", "top_1_percent": "top-1 %"}

PAPERS_DATA = f"Zalando's {paper.TABLE_3_NUM_QUERIES:,} queries and {paper.TABLE_3_NUM_ARTICLES:,} articles, which were never published"
PAPERS_EXTERNAL_DATA = "two public sets that may not be passed on, and of a model trained on Zalando's photos"

PAGE = string.Template("""<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>$title</title>
<style>
  body { font: 16px/1.5 system-ui, sans-serif; color: #222; max-width: 1240px; margin: 2rem auto; padding: 0 1rem; }
  h1 { font-size: 1.7rem; margin-bottom: 0; } h2 { font-size: 1.2rem; margin-top: 2.2rem; }
  table { border-collapse: collapse; font-size: 0.85rem; } .wide { overflow-x: auto; }
  th, td { padding: 0.3rem 0.5rem; text-align: right; border-bottom: 1px solid #ddd; white-space: nowrap; font-variant-numeric: tabular-nums; }
  th:first-child, td:first-child, .text td { text-align: left; } td:first-child { white-space: normal; max-width: 11rem; } .text td { white-space: normal; overflow-wrap: anywhere; }
  thead th { border-bottom: 2px solid #222; }
  .sets td:first-child { max-width: 7rem; } .sets th:nth-child(2), .sets td:nth-child(2) { text-align: left; }
  .sets td:nth-child(2) { white-space: normal; max-width: 9rem; } .sets tr.first td { border-top: 2px solid #222; }
  tr.paper td, tr.expected td { color: #666; font-style: italic; }
  small { display: block; color: #666; }
  img { max-width: 100%; height: auto; } .note { color: #555; max-width: 60rem; }$style
</style>
</head>
<body>
$body
</body>
</html>
""")


def write_report(path, title, table, figures, facts, heading=TABLE_3):
    """Writes the page.

    Args:
        path: of the HTML file.
        title: of the page.
        table: DataFrame as of `comparison_table` or `external_table`.
        figures: dict of caption to `matplotlib.figure.Figure`; a figure is embedded.
        facts: dict of section to a dict or a DataFrame that is printed as it is: data, settings, times.
        heading: of the table.
    """
    parts = [f"<h1>{html.escape(title)}</h1>", f"<h2>{html.escape(heading)}</h2>", _result_table(table)]
    parts += [f'<h2>{html.escape(caption)}</h2>\n<img alt="{html.escape(caption)}" src="{_embedded(figure)}">' for caption, figure in figures.items()]
    for section, values in facts.items():
        body = values.to_html(index=False, border=0, float_format="{:.3f}".format, na_rep="") if isinstance(values, pd.DataFrame) else _fact_table(values)
        parts.append(f'<h2>{html.escape(section)}</h2>\n<div class="wide">{body}</div>')
    write_page(path, title, "\n".join(parts))


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
    has_sets = "dataset" in table
    heads = [*(["data set"] if has_sets else []), "system", "source", "queries", "articles", *SHARES.values(), "average", "median"]
    rows, dataset = [], None
    for row in table.to_dict("records"):
        ours, is_first = row["source"] == "ours", has_sets and row["dataset"] != dataset
        dataset = row.get("dataset")
        cells = [html.escape(dataset if is_first else "")] if has_sets else []
        cells += [html.escape(row["system"]), row["source"], f"{row['queries']:,}", f"{row['articles']:,}"]
        for name in SHARES:
            beside = f"<small>{row[name + '_low']:.3f}–{row[name + '_high']:.3f}</small><small>any: {row['any_' + name]:.3f}</small>" if ours else ""
            cells.append(f"{row[name]:.3f}{beside}")
        for name in ("average", "median"):
            interval = f"<small>{row[name + '_low']:,.1f}–{row[name + '_high']:,.1f}</small>" if ours else ""
            cells.append(f"{row[name]:,.1f}{interval}<small>{row[name] / row['articles']:.2%}</small>")
        rows.append(f'<tr class="{row["source"]}{" first" if is_first else ""}">' + "".join(f"<td>{cell}</td>" for cell in cells) + "</tr>")
    head = "".join(f"<th>{name}</th>" for name in heads)
    note = (
        "Shares of (query, article) matches at rank k or better; below them the 95 % bootstrap interval over queries, and the share of queries with "
        "<em>any</em> of their matches that high. Average and median are ranks, with the interval and the rank as a share of the articles. Equal scores share their average rank. Static comparisons learn nothing between photo and title image. "
        f"The paper's rows are of other data, {PAPERS_EXTERNAL_DATA if has_sets else PAPERS_DATA}: "
        "they are printed for orientation and not reproduced; shares of the assortment compare better than ranks do."
    )
    css_class = ' class="sets"' if has_sets else ""
    return f'<div class="wide"><table{css_class}><thead><tr>{head}</tr></thead><tbody>{"".join(rows)}</tbody></table></div>\n<p class="note">{note}</p>'


def _fact_table(facts):
    rows = (f"<tr><td>{html.escape(str(name))}</td><td>{html.escape(_printed(value))}</td></tr>" for name, value in facts.items())
    return f'<table class="text"><tbody>{"".join(rows)}</tbody></table>'


def _printed(value):
    return f"{value:,}" if isinstance(value, int) and not isinstance(value, bool) else str(value)


def _embedded(figure):
    buffer = io.BytesIO()
    figure.savefig(buffer, format="png", dpi=110)
    return "data:image/png;base64," + base64.b64encode(buffer.getvalue()).decode()
