"""Figures of the ablation: what each loss asks of the scores, what each piece of a system buys.

As in `plots`, each function returns a `matplotlib.figure.Figure`.
"""

import numpy as np
from matplotlib.ticker import PercentFormatter

from studio2shop.plots.style import (
    COLOURS,
    MARKERS,
    legend_below,
    name_rows,
    new_figure,
    plain,
    write_beside,
)

LOOKS = {
    verdict: {"color": COLOURS[place], "marker": MARKERS[place]}
    for verdict, place in (("better", 0), ("worse", 1), ("not told apart", 6))
}

MATCH_SIZES = (15, 12, 9, 7)  # of the matches' markers, which would hide each other


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

    Drawn are the pull on the match and the pulls on the others.

    Args:
        losses: dict of a loss's name to the loss.
        strangers: scores of the articles that don't match.
        matches: scores of the match, one panel for each.

    Returns:
        A `matplotlib.figure.Figure`. The match is the large marker on the dotted line.
    """
    strangers = np.sort(strangers)
    labels = np.append(np.zeros(len(strangers)), 1)
    figure, axes = new_figure(1, len(matches), squeeze=False, sharey=True, figsize=(9.6, 4.4))
    for axis, match in zip(axes[0], matches):
        axis.axhline(0, color="grey", linewidth=1)
        axis.axvline(match, color="grey", linestyle=":")
        looks = zip(COLOURS, MARKERS, MATCH_SIZES)
        for (colour, marker, size), (name, loss) in zip(looks, losses.items()):
            *others, own = pulls(loss, labels, np.append(strangers, match))
            look = {"color": colour, "marker": marker}
            axis.plot(strangers, others, markersize=4, linewidth=1.5, label=name, **look)
            edge = {"markeredgecolor": "white", "linestyle": "none"}
            axis.plot([match], [own], markersize=size, **edge, **look)
        axis.set_yscale("symlog", linthresh=0.1)
        axis.set_title(f"the match at {match:g}", fontsize=11)
        axis.set_xlabel("score of an article (logit)")
        plain(axis)
    axes[0, 0].set_ylabel("pull on its score\n(up above 0; symmetric log scale)")
    legend_below(figure, axes[0, 0], len(losses))
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
        write_beside(axis, f"{row.better:.0%}", (row.high, place), (7, 0))
    names = [f"{row.Index}\n{row.without} → {row.having}" for row in shares.itertuples()]
    name_rows(axis, names, fontsize=9)
    low, high = axis.get_xlim()
    axis.set_xlim(low, high + 0.06 * (high - low))
    axis.xaxis.set_major_formatter(PercentFormatter(1.0, decimals=0))
    axis.set_xlabel("matches ranked better with it than without it (50 %: it buys nothing)")
    plain(axis)
    return figure
