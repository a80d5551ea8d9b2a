"""What systems reach by the number of articles they were trained on."""

from matplotlib.ticker import FuncFormatter, LogLocator, NullLocator, PercentFormatter

from studio2shop.plots.style import as_written, new_figure, plain, system_style


def data_size(table):
    """What systems reach by the number of articles they were trained on.

    Where does the non-linear match start to win?

    Args:
        table: DataFrame with one row per system, number of articles and seed: `system,
            train_articles, seed, median, top_1`.

    Returns:
        A `matplotlib.figure.Figure`: top-1 and the median rank, the better on top. Lines are means
        over the seeds, points the seeds themselves.
    """
    figure, axes = new_figure(1, 2, figsize=(9.6, 4.6))
    numbers, drawn = sorted(table["train_articles"].unique()), {}
    for axis, column, label in zip(axes, ("top_1", "median"), ("top-1", "median rank (log scale)")):
        for position, (system, rows) in enumerate(table.groupby("system", sort=False)):
            means = rows.groupby("train_articles")[column].mean()
            look = system_style(position, system)
            (line,) = axis.plot(
                means.index,
                means,
                linewidth=2,
                label=as_written(system),
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
