"""Figures of fast search: operations, calls, where the time goes, the trade-off.

They stand beside the paper's Figure 9. As in `plots`, each function returns a
`matplotlib.figure.Figure`.
"""

import numpy as np
from matplotlib.ticker import FuncFormatter, LogLocator

from studio2shop.plots.figure9 import LEAST_MISSED
from studio2shop.plots.style import (
    COLOURS,
    MARKERS,
    legend_below,
    name_rows,
    new_figure,
    plain,
    write_beside,
)

LEAST_APART = 0.05  # of the slowest's milliseconds, of two labels side by side
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
    """Where the time of one query goes: one bar per way to search, from its parts.

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
    """Horizontal bars of parts, one bar per way: dict of part to a dict of way to its length."""
    figure, axis = new_figure(figsize=(8, 1.3 + 0.55 * len(ways)))
    ends = np.zeros(len(ways))
    for colour, hatch, (name, of_ways) in zip(COLOURS, HATCHES, parts.items()):
        lengths = np.array([of_ways.get(way, 0) for way in ways])
        look = {"color": colour, "hatch": hatch, "edgecolor": "white", "linewidth": 0}
        axis.barh(range(len(ways)), lengths, left=ends, height=0.62, label=name, **look)
        ends += lengths
    for place, end in enumerate(ends):
        write_beside(axis, f"{end:.3g}", (end, place))
    name_rows(axis, ways)
    axis.set_xlim(0, 1.1 * ends.max())
    axis.set_xlabel(label)
    plain(axis)
    axis.grid(visible=False, axis="y")
    axis.set_axisbelow(True)
    legend_below(figure, axis, len(parts), fontsize=9)
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
    figure, axis = new_figure(figsize=(7.2, 4.4))
    most_calls = table["num_calls"].max()
    ends = np.array([0, most_calls])
    look = {"color": COLOURS[0], "markersize": 9}
    axis.plot(table["num_calls"], table["seconds"], "o", label="Keras, measured", **look)
    label = f"{1000 * seconds_a_call:.2f} ms a call + {seconds_of_articles:.2f} s"
    axis.plot(ends, seconds_a_call * ends + seconds_of_articles, color=COLOURS[0], label=label)
    for row in table[table["num_calls"] >= most_calls / 12].itertuples():
        # on the side that leaves the rising line free
        is_left = row.num_calls > most_calls / 2
        offset, look = ((-10, 4), {"ha": "right"}) if is_left else ((10, -12), {"ha": "left"})
        words = f"{row.articles_per_call:,} articles a call"
        write_beside(axis, words, (row.num_calls, row.seconds), offset, va="baseline", **look)
    looks = zip(COLOURS[1:], ("--", "-.", ":"))
    for (colour, line), (name, seconds) in zip(looks, (levels or {}).items()):
        label = f"{name}: {seconds:.3f} s"
        axis.axhline(seconds, linestyle=line, color=colour, linewidth=2, label=label)
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
    figure, axis = new_figure(figsize=(7.2, 5))
    slowest = max(exact_milliseconds, *(table["milliseconds"].max() for table in tables.values()))
    for colour, marker, (first_stage, table) in zip(COLOURS, MARKERS, tables.items()):
        missed = np.maximum(1 - table["agreement"], LEAST_MISSED)
        look = {"marker": marker, "markersize": 7, "linewidth": 2, "color": colour}
        axis.plot(table["milliseconds"], missed, label=first_stage, **look)
        last = -np.inf  # of the labelled points, so that no label lies on another
        for number, *place in zip(table["num_candidates"], table["milliseconds"], missed):
            # left of a line that rises, above one that lies at the bottom
            is_low = place[1] > 0.5
            if is_low and abs(place[0] - last) < LEAST_APART * slowest:
                continue
            look = {"fontsize": 9, "color": colour, "va": "baseline"}
            look["ha"] = "center" if is_low else "right"
            write_beside(axis, f"{number:,}", place, (0, 8) if is_low else (-8, 4), **look)
            last = place[0]
    exact = {"color": "black", "markersize": 15, "label": "exact: all articles by the match"}
    exact["linestyle"] = "none"
    axis.plot(exact_milliseconds, LEAST_MISSED, marker="*", clip_on=False, **exact)
    axis.set_yscale("log")
    axis.set_xlim(0, None)
    axis.set_ylim(1.4, LEAST_MISSED / 1.3)  # the best on top
    axis.set_yticks(1 / 10 ** np.arange(5), ["0 %", "90 %", "99 %", "99.9 %", "99.99 %\nor more"])
    axis.minorticks_off()
    axis.set_xlabel("matching of one query (ms)")
    axis.set_ylabel("share of the exact best found")
    plain(axis)
    legend_below(figure, axis, len(tables) + 1, fontsize=9)
    return figure


def by_size(table):
    """The time to match one query against the size of the assortment.

    Args:
        table: of `measure_sizes`.

    Returns:
        A `matplotlib.figure.Figure`.
    """
    figure, axis = new_figure(figsize=(6.8, 4.2))
    for colour, marker, (way, rows) in zip(COLOURS, MARKERS, table.groupby("way", sort=False)):
        look = {"marker": marker, "markersize": 7, "linewidth": 2, "color": colour}
        axis.plot(rows["num_articles"], rows["milliseconds"], label=way, **look)
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
