"""Figure 9: how long a search takes; and how much of the exact best a first stage hands on."""

import numpy as np
from matplotlib.ticker import FuncFormatter

from studio2shop import paper
from studio2shop.plots.style import COLOURS, MARKERS, new_figure, plain

LEAST_MISSED = 1e-4  # of the exact top-k: less is drawn as this


def timings(table):
    """Figure 9: seconds against the number of queries.

    One panel is the whole search, the other its matching stage alone.

    Args:
        table: of `measure_timings`, or the same read from its CSV file.

    Returns:
        A `matplotlib.figure.Figure`. Bands are the range of the repetitions; the black marks are
        the paper's, for one image.
    """
    figure, axes = new_figure(1, 2, sharey=True, figsize=(9.6, 5))
    numbers = sorted(table["num_queries"].unique())
    for axis, stage, title in zip(
        axes, ("both", "matching"), ("query features and matching", "matching alone")
    ):
        for colour, marker, (way, rows) in zip(
            COLOURS, MARKERS, table[table["stage"] == stage].groupby("way", sort=False)
        ):
            axis.plot(
                rows["num_queries"],
                rows["seconds"],
                marker=marker,
                markersize=5,
                color=colour,
                label=way,
            )
            axis.fill_between(
                rows["num_queries"],
                rows["least_seconds"],
                rows["most_seconds"],
                color=colour,
                alpha=0.2,
                linewidth=0,
            )
        axis.set_title(title, fontsize=11)
        axis.set_xlabel("number of queries (log scale)")
        axis.set_xscale("log", base=2)
        axis.set_yscale("log")
        axis.set_xticks(numbers, [f"{number:,}" for number in numbers])
        plain(axis)
    ours = table[(table["stage"] == "query-feature") & (table["way"] == table["way"].iloc[-1])]
    axes[0].plot(
        ours["num_queries"],
        ours["seconds"],
        "--",
        color="grey",
        zorder=1,
        label="query features alone, ours",
    )
    for (machine, seconds), marker in zip(paper.FIGURE_9.items(), "X*"):
        axes[0].plot(
            numbers[0],
            seconds,
            marker,
            color="black",
            markersize=9,
            label=f"paper: one image, 50,000 articles, {machine}: {seconds} s",
        )
    axes[0].yaxis.set_major_formatter(FuncFormatter(lambda seconds, _: f"{seconds:g}"))
    axes[0].set_ylabel("seconds (log scale)")
    figure.legend(
        *axes[0].get_legend_handles_labels(),
        frameon=False,
        loc="outside lower center",
        ncols=3,
        fontsize=9,
    )
    return figure


def agreement(tables):
    """How much of the exact top-k is among the candidates, against their number.

    It is the plot to choose `num_candidates` by.

    Args:
        tables: dict of first stage, such as `"towers"`, to its table of `candidate_agreement`; a
            colour each.

    Returns:
        A `matplotlib.figure.Figure`. The largest top-k is drawn solid, others dashed; the dotted
        line is at 99.9 %.
    """
    figure, axis = new_figure(figsize=(6.4, 4.8))
    for colour, marker, (first_stage, table) in zip(COLOURS, MARKERS, tables.items()):
        for k, rows in table.groupby("k"):
            missed = np.maximum(1 - rows["agreement"], LEAST_MISSED)
            style = "-" if k == table["k"].max() else "--"
            axis.plot(
                rows["num_candidates"],
                missed,
                style,
                marker=marker,
                markersize=4,
                color=colour,
                label=f"{first_stage}, top-{k}",
            )
    axis.axhline(0.001, linestyle=":", color="grey", zorder=1)
    axis.set_xscale("log")
    axis.set_yscale("log")
    axis.set_ylim(1.15, LEAST_MISSED / 1.3)  # the best on top
    axis.xaxis.set_major_formatter(FuncFormatter(lambda number, _: f"{number:,.0f}"))
    shares = 1 / 10 ** np.arange(5)
    axis.set_yticks(shares, ["0 %", "90 %", "99 %", "99.9 %", "99.99 %\nor more"])
    axis.set_xlabel("number of candidates (log scale)")
    axis.set_ylabel("exact top-k among the candidates")
    plain(axis)
    figure.legend(
        *axis.get_legend_handles_labels(),
        frameon=False,
        loc="outside lower center",
        ncols=2,
        fontsize=9,
    )
    return figure
