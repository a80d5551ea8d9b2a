"""Figures of fast search: operations, calls, where the time goes, the trade-off.

They stand beside the paper's Figure 9. As in `plots`, each function returns a
`matplotlib.figure.Figure`.
"""

import matplotlib.pyplot as plt
import numpy as np
from matplotlib.ticker import FuncFormatter, LogLocator

from studio2shop.plots.figure9 import LEAST_MISSED
from studio2shop.plots.style import COLOURS, MARKERS, plain

HATCHES = ("", "//", "..", "xx", "--")


def operations(table):
    """How many operations a query needs, by layer.

    One bar is for the layers as they stand, one for the first layer split.

    What is done in advance is left out: no query waits for it.

    Args:
        table: of `matching_operations`.

    Returns:
        A `matplotlib.figure.Figure`.
    """
    waited_for = table[table["when"] != "an article, in advance"]
    parts = {
        layer: dict(zip(rows["way"], rows["operations"] / 1e9))
        for layer, rows in waited_for.groupby("layer", sort=False)
    }
    return _stacked_bars(parts, table["way"].unique(), "operations a query (1e9), whole assortment")


def seconds_by_part(parts):
    """Where the time of one query goes: a bar a way to search, put together from its parts.

    Args:
        parts: dict of way to a dict of part to seconds; the parts of all ways in one order.

    Returns:
        A `matplotlib.figure.Figure`. The whole stands beside each bar.
    """
    names = dict.fromkeys(name for of_way in parts.values() for name in of_way)
    turned = {
        name: {way: of_way[name] for way, of_way in parts.items() if name in of_way}
        for name in names
    }
    return _stacked_bars(turned, list(parts), "seconds for one query")


def _stacked_bars(parts, ways, label):
    """Horizontal bars, a way each, of parts: dict of part to a dict of way to its length."""
    figure, axis = plt.subplots(figsize=(8, 1.3 + 0.55 * len(ways)), layout="constrained")
    plt.close(figure)  # shown once, as the value of a notebook's cell, not once more by pyplot
    ends = np.zeros(len(ways))
    for colour, hatch, (name, of_ways) in zip(COLOURS, HATCHES, parts.items()):
        lengths = np.array([of_ways.get(way, 0) for way in ways])
        axis.barh(
            range(len(ways)),
            lengths,
            left=ends,
            height=0.62,
            color=colour,
            hatch=hatch,
            edgecolor="white",
            linewidth=0,
            label=name,
        )
        ends += lengths
    for place, end in enumerate(ends):
        axis.annotate(
            f"{end:.3g}", (end, place), xytext=(5, 0), textcoords="offset points", va="center"
        )
    axis.set_yticks(range(len(ways)), ways)
    axis.invert_yaxis()
    axis.set_xlim(0, 1.1 * ends.max())
    axis.set_xlabel(label)
    plain(axis)
    axis.grid(visible=False, axis="y")
    axis.set_axisbelow(True)
    figure.legend(
        *axis.get_legend_handles_labels(),
        frameon=False,
        loc="outside lower center",
        ncols=len(parts),
        fontsize=9,
    )
    return figure


def by_calls(table, seconds_a_call, seconds_of_articles, levels=None):
    """The time to match one query against the number of calls to Keras.

    Args:
        table: of `measure_calls`.
        seconds_a_call, seconds_of_articles: of the straight line through it, which is drawn.
        levels: dict of name to seconds, other ways to do the same without Keras, drawn as
            horizontal lines; at most three.

    Returns:
        A `matplotlib.figure.Figure`.
    """
    figure, axis = plt.subplots(figsize=(7.2, 4.4), layout="constrained")
    plt.close(figure)
    most_calls = table["num_calls"].max()
    ends = np.array([0, most_calls])
    axis.plot(
        table["num_calls"],
        table["seconds"],
        "o",
        color=COLOURS[0],
        markersize=9,
        label="Keras, measured",
    )
    axis.plot(
        ends,
        seconds_a_call * ends + seconds_of_articles,
        color=COLOURS[0],
        label=f"{1000 * seconds_a_call:.2f} ms a call + {seconds_of_articles:.2f} s",
    )
    for row in table[table["num_calls"] >= most_calls / 12].itertuples():
        # of the rising line, whichever leaves it free
        side, offset = (
            ("right", (-10, 4)) if row.num_calls > most_calls / 2 else ("left", (10, -12))
        )
        axis.annotate(
            f"{row.articles_per_call:,} articles a call",
            (row.num_calls, row.seconds),
            xytext=offset,
            textcoords="offset points",
            ha=side,
        )
    for colour, line, (name, seconds) in zip(
        COLOURS[1:], ("--", "-.", ":"), (levels or {}).items()
    ):
        axis.axhline(
            seconds, linestyle=line, color=colour, linewidth=2, label=f"{name}: {seconds:.3f} s"
        )
    axis.set_xlim(0, 1.03 * most_calls)
    axis.set_ylim(0, 1.1 * table["seconds"].max())
    axis.set_xlabel("number of calls")
    axis.set_ylabel("seconds for one query, all articles")
    plain(axis)
    axis.legend(frameon=False, loc="upper left")
    return figure


def trade_off(tables, exact_milliseconds):
    """What a search in two stages gains and gives away.

    Drawn is the time of one query against the share of the exact best found.

    Args:
        tables: dict of first stage to a DataFrame with the columns `num_candidates, milliseconds,
            agreement`, 0-1.
        exact_milliseconds: of the exact search, which finds all.

    Returns:
        A `matplotlib.figure.Figure`, the fast and good on the upper left; numbers of candidates
        stand beside the points.
    """
    figure, axis = plt.subplots(figsize=(7.2, 4.6), layout="constrained")
    plt.close(figure)
    for colour, marker, (first_stage, table) in zip(COLOURS, MARKERS, tables.items()):
        missed = np.maximum(1 - table["agreement"], LEAST_MISSED)
        axis.plot(
            table["milliseconds"],
            missed,
            marker=marker,
            markersize=7,
            linewidth=2,
            color=colour,
            label=first_stage,
        )
        for row in table.itertuples():
            place = row.milliseconds, max(1 - row.agreement, LEAST_MISSED)
            axis.annotate(
                f"{row.num_candidates:,}",
                place,
                xytext=(6, -10),
                textcoords="offset points",
                fontsize=9,
                color=colour,
            )
    axis.plot(
        exact_milliseconds,
        LEAST_MISSED,
        "*",
        color="black",
        markersize=15,
        clip_on=False,
        label="exact: all articles by the match",
    )
    axis.set_yscale("log")
    axis.set_xlim(0, None)
    axis.set_ylim(1.15, LEAST_MISSED / 1.3)  # the best on top
    axis.set_yticks(1 / 10 ** np.arange(5), ["0 %", "90 %", "99 %", "99.9 %", "99.99 %\nor more"])
    axis.minorticks_off()
    axis.set_xlabel("matching of one query (ms)")
    axis.set_ylabel("share of the exact best found")
    plain(axis)
    axis.legend(frameon=False, loc="lower right")
    return figure


def by_size(table):
    """The time to match one query against the size of the assortment.

    Args:
        table: of `measure_sizes`.

    Returns:
        A `matplotlib.figure.Figure`.
    """
    figure, axis = plt.subplots(figsize=(6.8, 4.2), layout="constrained")
    plt.close(figure)
    for colour, marker, (way, rows) in zip(COLOURS, MARKERS, table.groupby("way", sort=False)):
        axis.plot(
            rows["num_articles"],
            rows["milliseconds"],
            marker=marker,
            markersize=7,
            linewidth=2,
            color=colour,
            label=way,
        )
    numbers = table["num_articles"].unique()
    axis.set_xscale("log")
    axis.set_yscale("log")
    axis.set_xticks(numbers, [f"{number:,}" for number in numbers])
    axis.yaxis.set_major_locator(LogLocator(subs=(1, 2, 5)))
    axis.yaxis.set_major_formatter(FuncFormatter(lambda milliseconds, _: f"{milliseconds:g}"))
    axis.minorticks_off()
    axis.set_xlabel("articles in the assortment (log scale)")
    axis.set_ylabel("matching of one query (ms, log scale)")
    plain(axis)
    axis.legend(frameon=False)
    return figure
