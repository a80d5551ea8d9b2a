"""What figures share: colours, markers, grids."""

import matplotlib.pyplot as plt

from studio2shop import paper
from studio2shop.io.words import printable


def new_figure(num_rows=1, num_columns=1, **options):
    """A figure and its axes as `plt.subplots` makes them, shown once: as a cell's value.

    Pyplot would show it once more.
    """
    figure, axes = plt.subplots(num_rows, num_columns, layout="constrained", **options)
    plt.close(figure)
    return figure, axes


def grid_of_axes(num_rows, num_columns, width, height):
    """A figure of axes without ticks and frames, each `width` x `height` inches."""
    size = num_columns * width, num_rows * height + 0.3
    figure, axes = new_figure(num_rows, num_columns, squeeze=False, figsize=size)
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


def as_written(text):
    """A catalogue's or a user's text for a figure, which would take what stands in $ for a formula.

    Control characters can be seen.
    """
    return printable(text).replace("$", r"\$")


def name_rows(axis, names, **options):
    """Names the rows of an axis, from top to bottom."""
    axis.set_yticks(range(len(names)), names, **options)
    axis.invert_yaxis()


def write_beside(axis, words, place, offset=(5, 0), **options):
    """Writes words beside a point of an axis, `offset` in printer's points away from it."""
    options = {"va": "center", **options}
    axis.annotate(words, place, xytext=offset, textcoords="offset points", **options)


def legend_below(figure, axis, num_columns, **options):
    """The legend of an axis below the whole figure."""
    figure.legend(
        *axis.get_legend_handles_labels(),
        frameon=False,
        loc="outside lower center",
        ncols=num_columns,
        **options,
    )


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
