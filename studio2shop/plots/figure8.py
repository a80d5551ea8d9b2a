"""Figure 8: the top-k curves of systems."""

import numpy as np
from matplotlib.ticker import FuncFormatter, PercentFormatter

from studio2shop import paper
from studio2shop.io.given import check_has, check_type
from studio2shop.io.words import quoted
from studio2shop.plots.style import as_written, new_figure, plain, system_style

MARKERS_A_CURVE = 6
LEGEND_BESIDE_FROM = 4  # so many curves leave no room for a legend among them


def top_k_curves(results):
    """Figure 8: the share of matches found at rank k or better, against k.

    Each system has a colour and a marker of its own; the paper's are solid, others dashed. The
    legend has the order of the curves, best first.

    Args:
        results: dict of system to `Results`, all of one assortment; one curve each.

    Returns:
        A `matplotlib.figure.Figure`. The dotted line is chance: k / articles.

    Raises:
        ValueError: if there are no results, or they rank assortments of different sizes.
    """
    check_type("results", results, dict, "a dict of system to Results")
    for name, result in results.items():
        check_has(f"results[{quoted(name)}]", result, "num_articles", "Results of `evaluate`")
    sizes = sorted({result.num_articles for result in results.values()})
    if len(sizes) != 1:
        raise ValueError(
            "`results` must be at least one, all of one assortment, to be compared by k; "
            f"received assortments of {sizes} articles."
        )
    num_articles, is_crowded = sizes[0], len(results) >= LEGEND_BESIDE_FROM
    figure, axis = new_figure(figsize=(9.6, 5.2) if is_crowded else (6.4, 4.4))
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
            label=as_written(name),
            **system_style(position, name),
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
