"""Figures of a feature space: maps, neighbours, what a size is worth.

The paper does not have them. As in `plots`, each function returns a `matplotlib.figure.Figure`.
"""

import numpy as np
from matplotlib.offsetbox import AnnotationBbox, OffsetImage
from matplotlib.ticker import PercentFormatter

from studio2shop import paper
from studio2shop.io.images import load_images
from studio2shop.plots.figures3to7 import PIXELS_PER_INCH, photo_strip
from studio2shop.plots.style import COLOURS, MARKERS, grid_of_axes, new_figure, plain

MOST_TICKS = 7
# a title image's pixel whose three channels are all as light is left out of a map
BACKGROUND_FROM = 245
MAP_THUMBNAIL = (58, 40)  # height x width in pixels
PAGE_WIDTH = 9.6  # inches


def by_size(table, panels, marked=paper.FEATURE_SIZE):
    """What features are worth by their size.

    Args:
        table: DataFrame with a column `size`, number of values per article, and one per measure,
            whose name stands in the legend.
        panels: dict of a panel's axis label to a list of measures; measures within 0-1 are drawn in
            per cent.
        marked: a size with a dotted line, the run's own.

    Returns:
        A `matplotlib.figure.Figure`.
    """
    size = (4.8 * len(panels) if len(panels) > 1 else 6.4), 3.8
    figure, axes = new_figure(1, len(panels), squeeze=False, figsize=size)
    ticks = table["size"].tolist()[:: -(-len(table) // MOST_TICKS)]
    for axis, (label, measures) in zip(axes[0], panels.items()):
        for colour, marker, line, measure in zip(COLOURS, MARKERS, ("-", "--", "-."), measures):
            look = {"marker": marker, "markersize": 6, "linewidth": 2, "color": colour}
            axis.plot(table["size"], table[measure], line, label=measure, **look)
        axis.axvline(marked, linestyle=":", color="grey", zorder=1)
        look = {"ha": "center", "va": "bottom", "color": "dimgrey"}
        axis.annotate(f"{marked}", (marked, 1), xycoords=("data", "axes fraction"), **look)
        axis.set_xscale("log", base=2)
        axis.set_xticks(ticks, [f"{size:,}" for size in ticks])
        axis.minorticks_off()
        is_share = table[measures].max(axis=None) <= 1
        axis.set_ylim(0, 1.03 if is_share else None)
        if is_share:
            axis.yaxis.set_major_formatter(PercentFormatter(1.0))
        axis.set_xlabel("values an article (log scale)")
        axis.set_ylabel(label)
        plain(axis)
        if len(measures) > 1:
            axis.legend(framealpha=1, edgecolor="none")  # the dotted line ends behind it
    return figure


def article_map(catalogue, vectors, num_articles=160, seed=0):
    """Title images where the first two values of their features place them.

    Args:
        catalogue: a `Catalogue`.
        vectors: `(articles, size)` in its order, such as features after a PCA, whose first two
            values vary most.
        num_articles: number of articles drawn.
        seed: of the draw.

    Returns:
        A `matplotlib.figure.Figure`.
    """
    drawn = np.random.default_rng(seed).permutation(len(vectors))[:num_articles]
    figure, axis = new_figure(figsize=(PAGE_WIDTH, 5))
    images = load_images([catalogue.article_paths[row] for row in drawn], MAP_THUMBNAIL)
    for image, place in zip(images, vectors[drawn, :2]):
        opacity = np.where(image.min(axis=2) < BACKGROUND_FROM, 255, 0).astype("uint8")
        thumbnail = OffsetImage(np.dstack([image, opacity]), zoom=0.62)
        axis.add_artist(AnnotationBbox(thumbnail, place, frameon=False))
    for set_limits, values in zip((axis.set_xlim, axis.set_ylim), vectors[drawn, :2].T):
        margin = 0.08 * np.ptp(values)
        set_limits(values.min() - margin, values.max() + margin)
    axis.set_xlabel("first component")
    axis.set_ylabel("second component")
    plain(axis)
    return figure


def neighbour_strips(catalogue, article_row, nearest):
    """One article beside its nearest ones in several feature spaces, left to right, top to bottom.

    Args:
        catalogue: a `Catalogue`.
        article_row: the article's row.
        nearest: dict of a space's name to its `nearest_articles`, `(articles, k)`; the first space
            is the one that the others are compared with.

    Returns:
        A `matplotlib.figure.Figure`.
    """
    paths, strips = catalogue.article_paths, {}
    reference = next(iter(nearest.values()))[article_row]
    for name, rows in nearest.items():
        beside = [paths[row] for row in rows[article_row]]
        num_same = np.isin(rows[article_row], reference).sum()
        caption = name if not strips else f"{name}: {num_same} of {len(beside)} the same"
        strips[caption] = photo_strip(paths[article_row], beside, [False] * len(beside))
    return draw_strips(strips, num_columns=2)


def draw_strips(strips, num_columns=1):
    """Strips of pictures with captions, left to right, top to bottom.

    Args:
        strips: dict of caption to a uint8 array `(height, width, 3)`, all of one size.
        num_columns: how many stand beside each other.

    Returns:
        A `matplotlib.figure.Figure`, not wider than a page.
    """
    height, width = next(iter(strips.values())).shape[:2]
    scale = min(1 / PIXELS_PER_INCH, PAGE_WIDTH / num_columns / width)
    num_rows = -(-len(strips) // num_columns)
    figure, axes = grid_of_axes(num_rows, num_columns, width * scale, height * scale + 0.25)
    for axis, (caption, strip) in zip(axes.flat, strips.items()):
        axis.imshow(strip, interpolation="lanczos")
        axis.set_title(caption, fontsize=9, loc="left", pad=3)
    return figure
