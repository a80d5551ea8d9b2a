"""What figures share: colours, markers, grids."""

import matplotlib.pyplot as plt

from studio2shop import paper


def grid_of_axes(num_rows, num_columns, width, height):
    """A figure of axes without ticks and frames, each `width` x `height` inches."""
    figure, axes = plt.subplots(
        num_rows,
        num_columns,
        squeeze=False,
        figsize=(num_columns * width, num_rows * height + 0.3),
        layout="constrained",
    )
    plt.close(figure)  # shown once, as the value of a notebook's cell, not once more by pyplot
    for axis in axes.flat:
        axis.set_axis_off()
    return figure, axes


COLOURS = ("#0072B2", "#D55E00", "#009E73", "#CC79A7", "#E69F00", "#56B4E9", "#000000", "#8C6D1F")
"""Okabe and Ito's, which colour-blind readers tell apart (their yellow made darker)."""

MARKERS = "osD^vP>X"


def plain(axis):
    """Takes from an axis what a reader does not need."""
    axis.grid(alpha=0.3)
    axis.spines[["top", "right"]].set_visible(False)


def system_style(position, system):
    """How a system is drawn.

    The first eight differ in colour and marker; the next eight do too and have hollow markers.
    """
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
