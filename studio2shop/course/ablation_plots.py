"""Figures of the ablation: what each loss asks of the scores, what each piece of a system buys.

As in `plots`, each function returns a `matplotlib.figure.Figure`.
"""

import numpy as np
from matplotlib.ticker import PercentFormatter

from studio2shop import paper
from studio2shop.plots.style import (
    COLOURS,
    MARKERS,
    name_rows,
    new_figure,
    plain,
    write_beside,
)

LOOKS = {
    verdict: {"color": COLOURS[place], "marker": MARKERS[place]}
    for verdict, place in (("better", 0), ("worse", 1), ("not told apart", 6))
}


def pulls(loss, labels, scores, step=0.01):
    """How strongly a loss pulls each score of a query up (positive) or down (negative).

    This is the loss's negative derivative, by central differences.

    Args:
        loss: of `studio2shop.training.losses`, on labels and scores `(batch, articles)`.
        labels: `(articles,)`, 1 for the matches, 0 for the others.
        scores: `(articles,)`.
        step: of the differences.

    Returns:
        float64 `(articles,)`.

    Example:
        >>> from studio2shop.training import losses
        >>> pulls(losses.match_cross_entropy, [1, 0], [0.0, 0.0]).round(2).tolist()
        [0.5, -0.5]
    """
    import keras

    steps = step * np.eye(len(scores))
    moved = np.concatenate([scores + steps, scores - steps]).astype("float32")
    targets = np.tile(np.asarray(labels, "float32"), (len(moved), 1))
    costs = keras.ops.convert_to_numpy(loss(targets, moved)).astype("float64")
    after, before = np.split(costs, 2)
    return (before - after) / (2 * step)


def loss_pulls(losses, strangers, matches=(-2.0, 0.0, 2.0)):
    """What losses ask of the scores of one query, by where its match stands.

    Drawn is how strongly each of the other articles is pulled down; the pull on the match itself,
    up, is written beside its dotted line.

    Args:
        losses: dict of a loss's name to the loss, one row of panels for each.
        strangers: scores of the articles that don't match.
        matches: scores of the match, one column for each.

    Returns:
        A `matplotlib.figure.Figure`. The panels of a row have one scale.
    """
    strangers = np.sort(strangers)
    labels = np.append(np.zeros(len(strangers)), 1)
    shape = len(losses), len(matches)
    size = 9.6, 0.8 + 1.7 * len(losses)
    figure, axes = new_figure(*shape, squeeze=False, sharex=True, sharey="row", figsize=size)
    for row, colour, (name, loss) in zip(axes, COLOURS, losses.items()):
        for axis, match in zip(row, matches):
            *others, own = pulls(loss, labels, np.append(strangers, match))
            axis.plot(strangers, -np.array(others), "o-", color=colour, markersize=4)
            axis.axvline(match, color="grey", linestyle=":")
            is_right = match > np.mean(strangers) + 2
            look = {"ha": "right" if is_right else "left", "va": "top", "fontsize": 9}
            place = (match, 0.97)
            offset = (-5 if is_right else 5, 0)
            words = f"the match:\n{own:.2g} up"
            axis.annotate(
                words,
                place,
                xycoords=("data", "axes fraction"),
                xytext=offset,
                textcoords="offset points",
                **look,
            )
            plain(axis)
        row[0].set_ylabel(name.replace(" (", "\n(") + "\npull down", fontsize=10)
        row[0].set_ylim(0, 1.7 * row[0].get_ylim()[1])  # room for the words
    for axis, match in zip(axes[0], matches):
        axis.set_title(f"the match at {match:g}", fontsize=11)
    for axis in axes[-1]:
        axis.set_xlabel("score of an article (logit)")
    return figure


def top_tens(results):
    """The share of the matches found at rank 10 or better, with its interval, best first.

    Args:
        results: dict of system to `Results`, all of one assortment.

    Returns:
        A `matplotlib.figure.Figure`. Bars are 95 % intervals over resampled queries; the median
        rank stands beside. The paper's systems are filled, others hollow.
    """
    ordered = sorted(results.items(), key=lambda pair: -pair[1].row().top_10)
    figure, axis = new_figure(figsize=(8, 1.2 + 0.4 * len(ordered)))
    for place, (name, result) in enumerate(ordered):
        row, intervals = result.row(), result.intervals()["top_10"]
        face = COLOURS[0] if name in paper.TABLE_3 else "white"
        axis.plot(intervals, [place, place], color=COLOURS[0], linewidth=2, zorder=1)
        axis.plot([row.top_10], [place], "o", color=COLOURS[0], markerfacecolor=face, markersize=9)
        words = f"{row.top_10:.0%}, median rank {row['median']:g}"
        write_beside(axis, words, (intervals["high"], place), (8, 0))
    name_rows(axis, [name for name, _ in ordered])
    low, high = axis.get_xlim()
    axis.set_xlim(0, high + 0.4 * (high - low))
    axis.xaxis.set_major_formatter(PercentFormatter(1.0, decimals=0))
    axis.set_xlabel(
        f"matches found at rank 10 or better, of {ordered[0][1].num_articles:,} articles"
    )
    plain(axis)
    return figure


def pieces(shares):
    """What each piece of a system buys.

    That is how often the system with it ranks a match better than the one without it.

    Args:
        shares: of `shares_better`.

    Returns:
        A `matplotlib.figure.Figure`. Bars are 95 % intervals over resampled queries.
    """
    figure, axis = new_figure(figsize=(9.6, 1.2 + 0.52 * len(shares)))
    axis.axvline(0.5, color="grey", linestyle=":")
    for place, row in enumerate(shares.itertuples()):
        axis.errorbar(
            [row.better],
            [place],
            xerr=[[row.better - row.low], [row.high - row.better]],
            markersize=8,
            capsize=4,
            linewidth=2,
            **LOOKS[row.verdict],
        )
        # the dotted line ends at the words
        behind = {"facecolor": "white", "edgecolor": "none", "pad": 1}
        write_beside(axis, f"{row.better:.0%}", (row.high, place), (7, 0), bbox=behind)
    names = [f"{row.Index}\n{row.without} → {row.having}" for row in shares.itertuples()]
    name_rows(axis, names, fontsize=9)
    low, high = axis.get_xlim()
    axis.set_xlim(low, high + 0.06 * (high - low))
    axis.xaxis.set_major_formatter(PercentFormatter(1.0, decimals=0))
    axis.set_xlabel("matches ranked better with it than without it (50 %: it buys nothing)")
    plain(axis)
    return figure
