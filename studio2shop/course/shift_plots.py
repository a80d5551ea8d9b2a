"""Figures of other people's photos: shops side by side, one outfit in many ways, ranks.

As in `plots`, each function returns a `matplotlib.figure.Figure`.
"""

import textwrap

import numpy as np
from matplotlib.ticker import PercentFormatter

from studio2shop.io.images import load_image
from studio2shop.plots.style import (
    COLOURS,
    MARKERS,
    grid_of_axes,
    name_rows,
    new_figure,
    plain,
    write_beside,
)

PICTURE_SIZE = (224, 155)  # height x width in pixels
WIDTH = 9.5  # inches of a figure
LINES = ("-", "--", "-.", ":")
TICKS = (1, 2, 5, 10, 20, 50, 100, 200, 500, 1000, 2000, 5000)


def shops(catalogues, num_queries=5, num_titles=3, seed=0):
    """Random photos of some shops: one row per shop, queries left and title images right.

    Args:
        catalogues: dict of name to `Catalogue`.
        num_queries, num_titles: photos per shop.
        seed: of the draw.

    Returns:
        A `matplotlib.figure.Figure`.
    """
    figure, axes = grid_of_axes(len(catalogues), num_queries + num_titles, 1.2, 1.2 * 224 / 155)
    for row, (name, catalogue) in zip(axes, catalogues.items()):
        random = np.random.default_rng(seed)
        paths = [
            *random.permutation(catalogue.query_paths)[:num_queries],
            *random.permutation(catalogue.article_paths)[:num_titles],
        ]
        for axis, path in zip(row, paths):
            axis.imshow(load_image(path, PICTURE_SIZE))
        row[0].set_title(f"{name}: queries", fontsize=11, loc="left")
        row[num_queries].set_title("title images", fontsize=11, loc="left")
    return figure


def same_outfits(pictures):
    """The same outfits photographed in different ways: one row per outfit, one column per way.

    Args:
        pictures: dict of way to uint8 array `(outfits, height, width, 3)`.

    Returns:
        A `matplotlib.figure.Figure`.
    """
    num_outfits = min(len(images) for images in pictures.values())
    width = min(1.3, WIDTH / len(pictures))
    figure, axes = grid_of_axes(num_outfits, len(pictures), width, width * 224 / 155)
    for column, (name, images) in zip(axes.T, pictures.items()):
        column[0].set_title(textwrap.fill(name, 13), fontsize=10)
        for axis, image in zip(column, images):
            axis.imshow(image, aspect=image.shape[1] / image.shape[0] * 224 / 155)
    return figure


def ranks_by_way(results):
    """The median rank of the matches with its 95 % bootstrap interval.

    One row per way to take the photos.

    Args:
        results: dict of way to `Results`, all of one assortment; a line is drawn at the first one's
            median.

    Returns:
        A `matplotlib.figure.Figure`. The share found at rank 10 or better stands beside.
    """
    figure, axis = new_figure(figsize=(8, 1.2 + 0.42 * len(results)))
    for place, result in enumerate(results.values()):
        row, intervals = result.row(), result.intervals()["median"]
        axis.plot(intervals, [place, place], color=COLOURS[0], linewidth=3, solid_capstyle="butt")
        axis.plot(row["median"], place, "o", color=COLOURS[0], markersize=9)
        words = f"{row['median']:g}  (top-10: {row.top_10:.0%})"
        write_beside(axis, words, (intervals["high"], place), (8, 0))
    first = next(iter(results.values()))
    axis.axvline(first.row()["median"], linestyle=":", color="grey", zorder=1)
    name_rows(axis, list(results))
    axis.set_xscale("log")
    ticks = [tick for tick in TICKS if tick <= first.num_articles]
    axis.set_xticks(ticks, [f"{tick:,}" for tick in ticks])
    axis.minorticks_off()
    low = min(result.intervals()["median"]["low"] for result in results.values())
    axis.set_xlim(0.7 * low, first.num_articles)
    axis.set_xlabel(f"median rank of {first.num_articles:,} articles (log scale)")
    plain(axis)
    return figure


def rank_shares(results):
    """The share of matches found against the share of the assortment looked through.

    So assortments of any size can be compared.

    Args:
        results: dict of data set to `Results`.

    Returns:
        A `matplotlib.figure.Figure`. Markers are at the median ranks; the dotted line is chance.
    """
    figure, axis = new_figure(figsize=(6.8, 4.4))
    for colour, line, marker, (name, result) in zip(COLOURS, LINES * 2, MARKERS, results.items()):
        shares = np.geomspace(1 / result.num_articles, 1, 200)
        found = result.top_k(shares * result.num_articles + 1e-9)
        axis.plot(shares, found, line, color=colour, linewidth=2)
        median = result.row()["median"]
        label = f"{name}: median {median:g} of {result.num_articles:,}"
        look = {"color": colour, "markersize": 9, "linestyle": line, "label": label}
        axis.plot(median / result.num_articles, 0.5, marker, **look)
    chance = np.geomspace(1e-4, 1, 100)
    axis.plot(chance, chance, ":", color="grey", label="chance")
    axis.set_xscale("log")
    axis.set_xlim(min(1 / result.num_articles for result in results.values()), 1)
    axis.set_ylim(0, 1.01)
    axis.xaxis.set_major_formatter(PercentFormatter(1.0))
    axis.yaxis.set_major_formatter(PercentFormatter(1.0))
    axis.set_xlabel("share of the assortment looked through, best first (log scale)")
    axis.set_ylabel("matches found")
    plain(axis)
    axis.legend(frameon=False)
    return figure
