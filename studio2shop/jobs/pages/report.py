"""A run's report: one HTML file that needs nothing beside it."""

import base64
import html
import io
import string

import pandas as pd

from studio2shop.io.files import write_text
from studio2shop.jobs.pages.result_table import result_table

TABLE_3 = "Table 3: ranks of the matches in the whole test assortment"
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
        result_table(table),
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
