"""Figures of training and ranking: a batch, curves, scores, ties, errors.

The paper does not have them. As in `plots`, each function returns a `matplotlib.figure.Figure`.
"""

import numpy as np
from matplotlib.ticker import FuncFormatter, LogLocator, MaxNLocator, PercentFormatter

from studio2shop.course.feature_plots import draw_strips
from studio2shop.course.rank_studies import probabilities
from studio2shop.io.images import load_image
from studio2shop.plots.figures3to7 import photo_strip
from studio2shop.plots.style import (
    COLOURS,
    MARKERS,
    legend_below,
    name_rows,
    new_figure,
    plain,
    write_beside,
)

LINES = ("-", "--", "-.", ":")
LOGITS = np.arange(0, 40, 0.01)


def batch_strips(catalogue, query_rows, article_rows, labels, num_queries=4):
    """The first queries of a training batch, each beside the articles that it meets.

    Green boxes are its annotated matches.

    Args:
        catalogue: the training `Catalogue`.
        query_rows, article_rows, labels: a batch of `MatchSampler.draw`.
        num_queries: number of queries shown.

    Returns:
        A `matplotlib.figure.Figure`.
    """
    queries, titles, strips = catalogue.query_paths, catalogue.article_paths, {}
    batch = zip(query_rows[:num_queries], article_rows, labels.astype(bool))
    for query_row, rows, is_match in batch:
        counts = f"{is_match.sum()} annotated, {(~is_match).sum()} drawn"
        beside = [titles[row] for row in rows]
        strip = photo_strip(queries[query_row], beside, is_match.tolist())
        strips[f"{catalogue.query_ids[query_row]}: {counts}"] = strip
    return draw_strips(strips)


def training_curves(histories, num_articles, unlearned_loss):
    """Loss and validation rank of trainings against the epoch.

    Args:
        histories: dict of a training's name to a DataFrame or dict with `loss` and `val_rank`,
            one value per epoch.
        num_articles: size of the validation assortment, for the line of chance.
        unlearned_loss: the loss of saying the same of every article, drawn as a line.

    Returns:
        A `matplotlib.figure.Figure`.
    """
    figure, axes = new_figure(1, 2, figsize=(9.6, 4.2))
    # the geometric mean of all ranks, as `val_rank` is
    chance = np.exp(np.log(np.arange(1, num_articles + 1)).mean())
    lines = {"loss": (unlearned_loss, "the same of every article"), "val_rank": (chance, "chance")}
    for axis, (measure, (level, words)) in zip(axes, lines.items()):
        looks = zip(COLOURS, LINES * 2, MARKERS)
        for (colour, line, marker), (name, history) in zip(looks, histories.items()):
            values = np.asarray(history[measure])
            look = {"marker": marker, "markersize": 5, "linewidth": 2, "color": colour}
            axis.plot(np.arange(1, len(values) + 1), values, line, label=name, **look)
        axis.axhline(level, linestyle=":", color="grey", zorder=1)
        axis.annotate(
            words,
            (1, level),
            xycoords=("axes fraction", "data"),
            ha="right",
            va="bottom",
            color="dimgrey",
        )
        axis.set_xlabel("epoch")
        axis.xaxis.set_major_locator(MaxNLocator(integer=True))
        plain(axis)
    axes[0].set_ylim(0, 1.08 * axes[0].get_ylim()[1])
    axes[0].set_ylabel("training loss a query (Equation 2)")
    axes[1].set_yscale("log", base=2)
    axes[1].yaxis.set_major_locator(LogLocator(2, (1, 1.5)))
    axes[1].yaxis.set_major_formatter(FuncFormatter(lambda rank, _: f"{rank:g}"))
    axes[1].set_ylabel(
        f"rank of validation matches, of {num_articles:,}\n(geometric mean, log scale)"
    )
    legend_below(figure, axes[0], 3)
    return figure


def score_curves(search, catalogue, query_ids):
    """The sorted scores of the whole assortment for some queries, with their matches.

    Args:
        search: a `Retriever`.
        catalogue: a `Catalogue` with these queries.
        query_ids: sequence of str.

    Returns:
        A `matplotlib.figure.Figure`: below each photo its curve.
    """
    paths = dict(zip(catalogue.query_ids, catalogue.query_paths))
    matches = catalogue.matches.groupby("query_id")["article_id"].agg(set)
    found = search([paths[query_id] for query_id in query_ids], k=len(search.features))
    figure, axes = new_figure(
        2,
        len(query_ids),
        squeeze=False,
        sharey="row",
        figsize=(3.2 * len(query_ids), 5),
        height_ratios=[1, 1.2],
    )
    for position, query_id in enumerate(query_ids):
        photo, axis = axes[:, position]
        photo.imshow(load_image(paths[query_id]))
        photo.set_title(query_id, fontsize=10)
        photo.set_axis_off()
        ranked = found[found["query"] == position]
        hits = ranked[ranked["article_id"].isin(matches[query_id])]
        axis.plot(ranked["rank"], ranked["logit"], color=COLOURS[0], linewidth=2)
        axis.plot(hits["rank"], hits["logit"], "D", color=COLOURS[1], markersize=9)
        for rank, logit in zip(hits["rank"], hits["logit"]):
            # on the side that has room: left of the falling curve, below it
            is_far = rank**2 > len(ranked)
            offset, look = ((-9, -12), {"ha": "right"}) if is_far else ((8, 6), {"ha": "left"})
            words = f"match: rank {rank:,}"
            write_beside(axis, words, (rank, logit), offset, va="baseline", **look)
        axis.set_xscale("log")
        axis.xaxis.set_major_formatter(FuncFormatter(lambda rank, _: f"{rank:,.0f}"))
        axis.set_xlabel("rank (log scale)")
        plain(axis)
    axes[1, 0].set_ylabel("score of an article (logit)")
    return figure


def saturation(logits):
    """How far a probability is from 1, in three precisions, until it can't be told from 1.

    Below it: where a model's logits lie.

    Args:
        logits: array of the matches' logits.

    Returns:
        A `matplotlib.figure.Figure`.
    """
    figure, axes = new_figure(2, 1, sharex=True, figsize=(7.6, 5), height_ratios=[1.6, 1])
    precisions = ("float16", "float32", "float64")
    for colour, line, marker, precision in zip(COLOURS, LINES, MARKERS, precisions):
        to_one = 1 - probabilities(LOGITS, precision).astype("float64")
        last = np.flatnonzero(to_one)[-1]
        curve = LOGITS[: last + 1], to_one[: last + 1]
        axes[0].plot(*curve, line, color=colour, linewidth=2, label=precision)
        axes[0].plot(LOGITS[last], to_one[last], marker, color=colour, markersize=9)
        words = f"exactly 1\nfrom {LOGITS[last + 1]:.1f}"
        write_beside(axes[0], words, (LOGITS[last], to_one[last]), (9, 0), va="baseline")
    axes[0].set_yscale("log")
    axes[0].set_ylabel("1 - probability (log scale)")
    axes[0].legend(frameon=False, loc="lower left")
    axes[1].hist(np.ravel(logits), bins=np.arange(-40, 40.5, 0.5), color="grey")
    axes[1].set_xlim(-8, 46)
    axes[1].set_xlabel("logit")
    axes[1].set_ylabel("number of matches")
    for axis in axes:
        plain(axis)
    return figure


def tie_bands(table, precisions=("float16", "float32")):
    """What top-1 becomes when probabilities are ranked.

    The band's upper end counts ties for us, its lower end against us.

    Args:
        table: as returned by `ranks_by_sureness`.
        precisions: of the probabilities drawn.

    Returns:
        A `matplotlib.figure.Figure`. The black line is top-1 by logits, which does not depend on
        how sure a network is.
    """
    figure, axis = new_figure(figsize=(7.2, 4))
    for colour, hatch, precision in zip(COLOURS, ("//", "\\\\"), precisions):
        rows = table[table["scores"] == f"probabilities, {precision}"]
        axis.fill_between(
            rows["times"],
            rows["top_1_worst"],
            rows["top_1_best"],
            facecolor=colour,
            edgecolor=colour,
            hatch=hatch,
            alpha=0.35,
            label=f"probabilities, {precision}",
        )
    rows = table[table["scores"] == "logits"]
    axis.plot(rows["times"], rows["top_1_middle"], color="black", linewidth=2, label="logits")
    axis.set_ylim(0, None)
    axis.yaxis.set_major_formatter(PercentFormatter(1.0, decimals=0))
    axis.xaxis.set_major_locator(MaxNLocator(integer=True))
    axis.set_xlabel("logits multiplied by")
    axis.set_ylabel("top-1, from ties against us to for us")
    plain(axis)
    axis.legend(frameon=False, loc="upper left")
    return figure


def error_bars(tables):
    """The share of matches found among the best ten, by view or category, with their median rank.

    Args:
        tables: dict of a panel's title to a table of `errors_by` of one system.

    Returns:
        A `matplotlib.figure.Figure`.
    """
    figure, axes = new_figure(
        1,
        len(tables),
        squeeze=False,
        figsize=(4.8 * len(tables), 3.4),
        sharex=True,
    )
    for axis, colour, (title, table) in zip(axes[0], COLOURS, tables.items()):
        axis.barh(range(len(table)), table["top_10"], color=colour)
        for place, (share, median) in enumerate(zip(table["top_10"], table["median"])):
            write_beside(axis, f"median rank {median:g}", (share, place), (4, 0))
        counted = zip(table["value"], table["matches"])
        name_rows(axis, [f"{value} ({number:,})" for value, number in counted])
        axis.set_xlim(0, 1.35)  # room for the words beside a long bar
        axis.set_xticks(np.arange(0, 1.1, 0.2))
        axis.xaxis.set_major_formatter(PercentFormatter(1.0, decimals=0))
        axis.set_title(f"{title} (number of matches)", fontsize=11, loc="left")
        axis.set_xlabel("matches found at rank 10 or better")
        plain(axis)
        axis.grid(axis="y", visible=False)
    return figure
