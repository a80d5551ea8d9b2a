"""Curves of systems: top-k (Figure 8), and what a system reaches by the number of articles it was trained on."""

import matplotlib.pyplot as plt
import numpy as np
from matplotlib.ticker import FuncFormatter, LogLocator, NullLocator, PercentFormatter

from studio2shop import paper

COLOURS = ("#0072B2", "#D55E00", "#009E73", "#CC79A7", "#E69F00", "#56B4E9", "#000000", "#8C6D1F")
"""Okabe and Ito's, which colour-blind readers tell apart (their yellow made darker)."""

MARKERS = "osD^vP>X"
MARKERS_A_CURVE = 6
LEGEND_BESIDE_FROM = 4  # so many curves leave no room for a legend among them


def top_k_curves(results):
    """Figure 8: the share of matches found at rank k or better, against k.

    Each system has a colour and a marker of its own; the paper's are solid, others dashed. The legend has the order of the
    curves, best first.

    Args:
        results: dict of system to `Results`, all of one assortment; one curve each.

    Returns:
        A `matplotlib.figure.Figure`. The dotted line is chance: k / articles.

    Raises:
        ValueError: if there are no results, or they rank assortments of different sizes.
    """
    sizes = sorted({result.num_articles for result in results.values()})
    if len(sizes) != 1:
        raise ValueError(
            f"`results` must be at least one, all of one assortment, to be compared by k; received assortments of {sizes} articles."
        )
    num_articles, is_crowded = sizes[0], len(results) >= LEGEND_BESIDE_FROM
    figure, axis = plt.subplots(
        figsize=(9.6, 5.2) if is_crowded else (6.4, 4.4), layout="constrained"
    )
    plt.close(figure)
    ks = np.unique(np.geomspace(1, num_articles, 200).round().astype(int))
    for position, (name, result) in enumerate(results.items()):
        # curves that cross or lie on each other have their markers at different places
        marked = np.searchsorted(
            ks,
            num_articles
            ** ((np.arange(MARKERS_A_CURVE) + position / len(results)) / MARKERS_A_CURVE),
        )
        axis.plot(
            ks,
            result.top_k(ks),
            markevery=np.unique(marked).tolist(),
            linewidth=2,
            label=name,
            **_look(position, name),
        )
    axis.plot(ks, ks / num_articles, ":", color="grey", label="chance")
    axis.set_xscale("log")
    axis.set_xlim(1, max(num_articles, 2))
    axis.set_ylim(0, 1.01)
    axis.xaxis.set_major_formatter(FuncFormatter(lambda k, _: f"{k:,.0f}"))
    axis.yaxis.set_major_formatter(PercentFormatter(1.0))
    axis.set_xlabel(f"k (log scale), of {num_articles:,} articles")
    axis.set_ylabel("matches found at rank k or better")
    plain(axis)
    best_first = sorted(axis.lines, key=lambda line: -line.get_ydata().mean())
    place = {"loc": "outside right upper", "fontsize": 11} if is_crowded else {"loc": "best"}
    title = (
        "solid: the paper's systems\ndashed: not in the paper"
        if len({name in paper.TABLE_3 for name in results}) == 2
        else None
    )
    (figure if is_crowded else axis).legend(
        handles=best_first, title=title, alignment="left", frameon=False, handlelength=3, **place
    )
    return figure


def data_size(table):
    """What systems reach by the number of articles they were trained on: where does the non-linear match start to win?

    Args:
        table: DataFrame with a row a system, number of articles and seed: `system, train_articles, seed, median, top_1`.

    Returns:
        A `matplotlib.figure.Figure`: top-1 and the median rank, the better on top. Lines are means over the seeds, points the
        seeds themselves.
    """
    figure, axes = plt.subplots(1, 2, figsize=(9.6, 4.6), layout="constrained")
    plt.close(figure)
    numbers, drawn = sorted(table["train_articles"].unique()), {}
    for axis, column, label in zip(axes, ("top_1", "median"), ("top-1", "median rank (log scale)")):
        for position, (system, rows) in enumerate(table.groupby("system", sort=False)):
            means = rows.groupby("train_articles")[column].mean()
            look = _look(position, system)
            (line,) = axis.plot(
                means.index,
                means,
                linewidth=2,
                label=system,
                color=look["color"],
                linestyle=look["linestyle"],
            )
            (points,) = axis.plot(
                rows["train_articles"], rows[column], **{**look, "linestyle": "none"}
            )
            drawn[system] = line, points
        axis.set_xscale("log")
        axis.set_xticks(numbers, [f"{number:,}" for number in numbers])
        axis.xaxis.set_minor_locator(NullLocator())
        axis.set_xlabel("training articles (log scale)")
        axis.set_ylabel(label)
        plain(axis)
    axes[0].yaxis.set_major_formatter(PercentFormatter(1.0, decimals=0))
    axes[0].set_ylim(bottom=0)
    axes[1].set_yscale("log")
    axes[1].invert_yaxis()
    axes[1].yaxis.set_major_formatter(FuncFormatter(lambda rank, _: f"{rank:,g}"))
    axes[1].yaxis.set_major_locator(LogLocator(subs=(1, 2, 3, 5)))
    axes[1].yaxis.set_minor_locator(NullLocator())
    figure.legend(
        drawn.values(),
        drawn.keys(),
        frameon=False,
        loc="outside lower center",
        ncols=3,
        fontsize=10,
        handlelength=3,
    )
    return figure


def plain(axis):
    """Takes from an axis what a reader does not need."""
    axis.grid(alpha=0.3)
    axis.spines[["top", "right"]].set_visible(False)


def _look(position, system):
    """How a system is drawn: the first eight differ in colour and marker, the next eight again and have hollow markers."""
    turn, place = divmod(position, len(COLOURS))
    colour = COLOURS[place]
    return {
        "color": colour,
        "marker": MARKERS[(place + 3 * turn) % len(MARKERS)],
        "markersize": 7,
        "markeredgewidth": 1.5,
        "markerfacecolor": "white" if turn % 2 else colour,
        "linestyle": "-" if system in paper.TABLE_3 else (0, (4, 1.5)),
    }
