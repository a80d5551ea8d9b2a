"""Which labels of a match the article found in its place carries, too (Section 5.1).

With an interval, since some attributes are annotated rarely.
"""

import numpy as np
from matplotlib.ticker import PercentFormatter

from studio2shop.course.feature_space import shared_labels
from studio2shop.evaluation.comparisons import share_intervals
from studio2shop.plots.style import COLOURS, legend_below, name_rows, new_figure, plain


def conserved_labels(catalogue, query_rows, article_rows, other_rows, seed=0):
    """How often two articles carry the same label, with an interval.

    Args:
        catalogue: a `Catalogue`.
        query_rows: int array `(pairs,)`, the query that each pair is of.
        article_rows: int array `(pairs,)` of rows of its articles.
        other_rows: int array `(pairs,)`, the articles that they are compared with.
        seed: of the bootstrap.

    Returns:
        The DataFrame of `shared_labels`, its index the attributes, with the columns `low` and
        `high`: the 95 % bootstrap interval of `shared`, queries drawn with their pairs.
    """
    table = shared_labels(catalogue, article_rows, other_rows).set_index("attribute")
    table[["low", "high"]] = np.nan
    for name, labels in catalogue.attribute_labels().items():
        own, others = labels[article_rows], labels[other_rows]
        is_annotated = (own >= 0) & (others >= 0)
        is_same = (own == others)[is_annotated, np.newaxis]
        if len(is_same):
            interval = share_intervals(is_same, query_rows[is_annotated], seed)[:, 0]
            table.loc[name, ["low", "high"]] = interval
    return table


def shares_beside_chance(table):
    """The shares with their intervals, one row per attribute, and what chance would give.

    Args:
        table: of `conserved_labels`.

    Returns:
        A `matplotlib.figure.Figure`. Points are hollow where chance is within the interval.
    """
    table = table.dropna()
    figure, axis = new_figure(figsize=(7.6, 1.2 + 0.36 * len(table)))
    for place, row in enumerate(table.itertuples()):
        is_told_apart = not row.low <= row.by_chance <= row.high
        look = {"color": COLOURS[0], "markerfacecolor": COLOURS[0] if is_told_apart else "white"}
        axis.plot([row.low, row.high], [place, place], color=COLOURS[0], linewidth=2, zorder=1)
        label = None if place else "best article but the match, with its 95 % interval"
        axis.plot([row.shared], [place], "o", markersize=9, label=label, **look)
    chance = {"color": "black", "marker": "|", "s": 260, "linewidths": 2}
    axis.scatter(table["by_chance"], range(len(table)), label="two at random", **chance)
    names = zip(table.index, table["pairs"])
    name_rows(axis, [f"{name.replace('_', ' ')} ({pairs:,} pairs)" for name, pairs in names])
    axis.set_xlim(0, None)
    axis.xaxis.set_major_formatter(PercentFormatter(1.0, decimals=0))
    axis.set_xlabel("pairs with the same label, of those annotated")
    plain(axis)
    legend_below(figure, axis, 2)
    return figure
