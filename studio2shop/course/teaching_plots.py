"""Figures of the course: photos beside their articles, shares, losses, neighbours.

The paper does not have them. As in `plots`, each function returns a `matplotlib.figure.Figure`.
"""

import math

import numpy as np
from matplotlib.ticker import PercentFormatter

from studio2shop.course.feature_plots import draw_strips
from studio2shop.io.images import load_image
from studio2shop.plots.figures3to7 import photo_strip
from studio2shop.plots.style import (
    COLOURS,
    grid_of_axes,
    name_rows,
    new_figure,
    plain,
    write_beside,
)

PICTURE_SIZE = (224, 155)  # height x width in pixels of a photo that is looked at
PAGE_WIDTH = 9.6  # inches
LOSS_COLUMNS = 3  # panels of losses beside each other


def queries_and_matches(catalogue, query_ids):
    """Photos, each beside the title images of the articles that it is annotated with.

    Args:
        catalogue: a `Catalogue`.
        query_ids: sequence of str; pairs stand beside each other, as many as there are.

    Returns:
        A `matplotlib.figure.Figure`.
    """
    title_paths = dict(zip(catalogue.article_ids, catalogue.article_paths))
    cells = []
    for query_id in query_ids:
        article_ids = catalogue.matches["article_id"][catalogue.matches["query_id"] == query_id]
        cells.append(_photo(catalogue, query_id))
        cells += [(f"article {article_id}", title_paths[article_id]) for article_id in article_ids]
    return _pictures(cells)


def article_and_queries(catalogue, article_id, num_queries=4):
    """An article's title image, and photos in which it is annotated.

    Args:
        catalogue: a `Catalogue`.
        article_id: str.
        num_queries: most photos shown.

    Returns:
        A `matplotlib.figure.Figure`.
    """
    path = dict(zip(catalogue.article_ids, catalogue.article_paths))[article_id]
    query_ids = catalogue.matches["query_id"][catalogue.matches["article_id"] == article_id]
    photos = [_photo(catalogue, query_id) for query_id in query_ids[:num_queries]]
    return _pictures([(f"article {article_id}", path), *photos])


def _photo(catalogue, query_id):
    row = list(catalogue.query_ids).index(query_id)
    view = f"\n{catalogue.queries['view'][row]}" if "view" in catalogue.queries else ""
    return f"query {query_id}{view}", catalogue.query_paths[row]


def _pictures(cells):
    """A row of pictures: `cells` are pairs of title and path; a query's title is bold."""
    width = min(1.6, PAGE_WIDTH / len(cells))
    figure, axes = grid_of_axes(1, len(cells), width, width * PICTURE_SIZE[0] / PICTURE_SIZE[1])
    for axis, (title, path) in zip(axes[0], cells):
        axis.imshow(load_image(path, PICTURE_SIZE))
        weight = "bold" if title.startswith("query") else "normal"
        axis.set_title(title, fontsize=9, fontweight=weight)
    return figure


def share_bars(table, label, markers=()):
    """Shares side by side: one group per row, one bar per column.

    Args:
        table: DataFrame of shares, 0-1; its index names the rows, its columns the bars.
        label: of the axis, what the shares are of.
        markers: columns that are drawn as a black line across the bars, such as what chance would
            give.

    Returns:
        A `matplotlib.figure.Figure`.
    """
    bars = [column for column in table.columns if column not in markers]
    height, margin = 0.8 / len(bars), 0.01 * np.nanmax(table.to_numpy(float))
    figure, axis = new_figure(figsize=(7.2, 0.8 + len(table) * (0.2 + 0.17 * len(bars))))
    for number, (colour, column) in enumerate(zip(COLOURS, bars)):
        places = np.arange(len(table)) + (number - (len(bars) - 1) / 2) * height
        axis.barh(places, table[column], 0.9 * height, color=colour, label=column)
        ends = table[[column, *markers]].max(axis=1)  # right of the bar, and of a line across it
        for place, share, end in zip(places, table[column], ends):
            if np.isfinite(share):
                axis.text(end + margin, place, f"{share:.0%}", va="center", fontsize=9)
    rows = np.arange(len(table))
    for column in markers:
        look = {"color": "black", "linewidth": 2, "label": column}
        axis.vlines(table[column], rows - 0.45, rows + 0.45, **look)
    name_rows(axis, [str(name).replace("_", " ") for name in table.index])
    axis.set_xlim(0, min(1.06, 1.15 * np.nanmax(table.to_numpy(float))))
    axis.xaxis.set_major_formatter(PercentFormatter(1.0, decimals=0))
    axis.set_xlabel(label)
    plain(axis)
    axis.grid(axis="y", visible=False)
    figure.legend(frameon=False, loc="outside upper right", ncols=len(table.columns))
    return figure


def attribute_losses(history, attribute_sizes, steps_per_epoch):
    """How fast fDNA learns each attribute.

    Drawn is its loss as a share of what guessing evenly costs, against batches seen, in a panel of
    its own.

    Args:
        history: dict of `{attribute}_loss` to a list of one value per epoch, as `fit(...).history`
            has it.
        attribute_sizes: dict of attribute to its number of values.
        steps_per_epoch: batches per epoch.

    Returns:
        A `matplotlib.figure.Figure`. The dotted line at 1 is an even guess: the logarithm of the
        number of values.
    """
    num_rows = -(-len(attribute_sizes) // LOSS_COLUMNS)
    figure, axes = new_figure(
        num_rows,
        LOSS_COLUMNS,
        squeeze=False,
        sharex=True,
        sharey=True,
        figsize=(PAGE_WIDTH, 0.6 + 1.6 * num_rows),
    )
    highest = []
    for axis, (name, num_values) in zip(axes.flat, attribute_sizes.items()):
        losses = np.array(history[f"{name}_loss"]) / math.log(num_values)
        steps = steps_per_epoch * np.arange(1, len(losses) + 1)
        axis.plot(steps, losses, "o-", color=COLOURS[0], markersize=4)
        highest.append(losses.max())
        axis.axhline(1, linestyle=":", color="grey")
        write_beside(axis, f"{losses[-1]:.2f}", (steps[-1], losses[-1]))
        axis.set_title(f"{name.replace('_', ' ')} ({num_values} values)", fontsize=10, loc="left")
        axis.set_xlim(0, 1.18 * steps[-1])  # room for the last value
        plain(axis)
    axes[0, 0].set_ylim(0, 1.15 * max(1, *highest))
    for axis in axes.flat[len(attribute_sizes) :]:
        axis.set_axis_off()
    figure.supxlabel("batches of 64 title images seen", fontsize=10)
    figure.supylabel("loss, 1 = guessing evenly", fontsize=10)
    return figure


def nearest_strips(catalogue, article_rows, nearest):
    """Articles, each beside its nearest ones in a feature space, left to right, top to bottom.

    Args:
        catalogue: a `Catalogue`.
        article_rows: rows of its articles.
        nearest: int array `(articles, k)`, the rows of each article's nearest ones.

    Returns:
        A `matplotlib.figure.Figure`.
    """
    paths = catalogue.article_paths
    strips, hits = {}, [False] * nearest.shape[1]
    for row in article_rows:
        labels = [catalogue.articles[name][row] for name in list(catalogue.attributes)[:2]]
        caption = ", ".join([str(catalogue.article_ids[row]), *filter(None, labels)])
        strips[caption] = photo_strip(paths[row], [paths[near] for near in nearest[row]], hits)
    return draw_strips(strips, num_columns=2)
