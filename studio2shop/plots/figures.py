"""The paper's figures: a catalogue (Figure 1), retrievals (Figures 3 to 7), top-k curves (Figure 8), timings (Figure 9).

Each function returns a `matplotlib.figure.Figure`: the last line of a notebook's cell shows it, `figure.savefig(path)`
keeps it.
"""

import matplotlib.pyplot as plt
import numpy as np
from matplotlib.ticker import FuncFormatter
from PIL import Image

from studio2shop import paper
from studio2shop.catalogue.check import VIEWS
from studio2shop.io.images import load_image
from studio2shop.plots.figure8 import COLOURS, MARKERS, data_size, plain, top_k_curves

__all__ = ["agreement", "catalogue_examples", "data_size", "retrievals", "timings", "top_k_curves"]

LEAST_MISSED = 1e-4  # of the exact top-k: less is drawn as this
HIT_COLOUR = (0, 158, 60)
THUMBNAIL_SIZE = (64, 44)  # height x width in pixels of a retrieved article
MARGIN = 3  # pixels around a picture, and the width of a hit's box
PIXELS_PER_INCH = 100


def catalogue_examples(catalogue, num_rows=4, seed=0):
    """Figure 1: examples of the images, a column an image type.

    Columns are the views that the catalogue has (full, half, back, detail), or one column of queries where
    `queries.csv` has no views; the last column is a title image. A row's pictures are drawn independently, as in the
    paper.

    Args:
        catalogue: a `Catalogue`.
        num_rows: number of rows; less where a view has fewer images.
        seed: of the draw.

    Returns:
        A `matplotlib.figure.Figure`.
    """
    random = np.random.default_rng(seed)
    queries = {"query": np.array(catalogue.query_paths)}
    if "view" in catalogue.queries:
        views = catalogue.queries["view"].to_numpy()
        queries = {
            view: queries["query"][views == view] for view in VIEWS if (views == view).any()
        } or queries
    columns = {
        name: random.permutation(paths)[:num_rows] for name, paths in queries.items() if len(paths)
    }
    columns["title image"] = random.permutation(catalogue.article_paths)[:num_rows]
    num_rows = max(len(paths) for paths in columns.values())
    figure, axes = grid_of_axes(num_rows, len(columns), 1.5, 1.5 * 224 / 155)
    for column, (name, paths) in enumerate(columns.items()):
        axes[0, column].set_title(f"({'abcde'[column]}) {name}", fontsize=10)
        for row, path in enumerate(paths):
            axes[row, column].imshow(load_image(path, (336, 232)))
    return figure


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


def retrievals(search, catalogue, num_queries=5, k=50, seed=0, assortment=None):
    """Figures 3 to 7: random queries, each beside two rows of the best articles, left to right, top to bottom.

    Green boxes show exact hits. Above each query stands at which rank its matches were found. In Figures 6 and 7
    another shop's queries meet our own assortment: nothing there is an exact hit, whatever the ids.

    Args:
        search: a `Retriever`.
        catalogue: a `Catalogue` of queries, and unless there is an `assortment`, of the retrieved articles; its matches
            give the hits.
        num_queries: number of queries drawn.
        k: articles shown a query; less where the assortment is smaller.
        seed: of the draw.
        assortment: another `Catalogue`, that of the retrieved articles (Figures 6 and 7); default: `catalogue` itself.

    Returns:
        A `matplotlib.figure.Figure`.

    Raises:
        ValueError: if a retrieved article's catalogue lacks it.
    """
    retrieved = catalogue if assortment is None else assortment
    title_paths = dict(zip(retrieved.article_ids, retrieved.article_paths))
    unknown = [
        article_id for article_id in search.features.ids.tolist() if article_id not in title_paths
    ]
    if unknown:
        raise ValueError(
            f"{retrieved!r} has no title image of article {unknown[0]!r}; search among its own articles: Retriever(model, features.of(catalogue))."
        )
    drawn = np.random.default_rng(seed).permutation(len(catalogue.queries))[:num_queries]
    query_paths, query_ids = (
        [catalogue.query_paths[row] for row in drawn],
        catalogue.query_ids[drawn],
    )
    found = search(query_paths, k=len(search.features))
    matches = (
        catalogue.matches.groupby("query_id")["article_id"].agg(set) if assortment is None else {}
    )
    strips, captions = [], []
    for position, (path, query_id) in enumerate(zip(query_paths, query_ids)):
        ranked = found[found["query"] == position]
        hits = ranked["article_id"].isin(matches.get(query_id, set()))
        article_ids = ranked["article_id"][:k].tolist()
        strips.append(
            photo_strip(
                path, [title_paths[article_id] for article_id in article_ids], hits[:k].tolist()
            )
        )
        ranks = ", ".join(f"{rank:,}" for rank in ranked["rank"][hits])
        without_match = (
            "no match in this assortment"
            if assortment is None
            else f"the best of {len(ranked):,} articles of another assortment"
        )
        captions.append(
            f"{query_id}: "
            + (f"matching article at rank {ranks} of {len(ranked):,}" if ranks else without_match)
        )
    height, width = strips[0].shape[:2]
    figure, axes = grid_of_axes(
        len(strips), 1, width / PIXELS_PER_INCH, height / PIXELS_PER_INCH + 0.25
    )
    for axis, strip, caption in zip(axes[:, 0], strips, captions):
        axis.imshow(strip, interpolation="lanczos")
        axis.set_title(caption, fontsize=9, loc="left", pad=3)
    return figure


def photo_strip(query_path, title_paths, hits):
    """A query and two rows of title images as one array; hits in a green box."""
    height, width = THUMBNAIL_SIZE[0] + 2 * MARGIN, THUMBNAIL_SIZE[1] + 2 * MARGIN
    per_row = -(-len(title_paths) // 2)
    query_size = (2 * height - 2 * MARGIN, 2 * width - 2 * MARGIN)
    strip = Image.new("RGB", (2 * width + MARGIN * 3 + per_row * width, 2 * height), "white")
    strip.paste(Image.fromarray(load_image(query_path, query_size)), (MARGIN, MARGIN))
    for position, (path, is_hit) in enumerate(zip(title_paths, hits)):
        left, top = (
            2 * width + MARGIN * 3 + position % per_row * width,
            position // per_row * height,
        )
        if is_hit:
            strip.paste(HIT_COLOUR, (left, top, left + width, top + height))
        strip.paste(
            Image.fromarray(load_image(path, THUMBNAIL_SIZE)), (left + MARGIN, top + MARGIN)
        )
    return np.asarray(strip)


def timings(table):
    """Figure 9: seconds against the number of queries, of the whole search and of its matching stage alone.

    Args:
        table: of `measure_timings`, or the same read from its CSV file.

    Returns:
        A `matplotlib.figure.Figure`. Bands are the range of the repetitions; the black marks are the paper's, for one image.
    """
    figure, axes = plt.subplots(1, 2, sharey=True, figsize=(9.6, 5), layout="constrained")
    plt.close(figure)
    numbers = sorted(table["num_queries"].unique())
    for axis, stage, title in zip(
        axes, ("both", "matching"), ("query features and matching", "matching alone")
    ):
        for colour, marker, (way, rows) in zip(
            COLOURS, MARKERS, table[table["stage"] == stage].groupby("way", sort=False)
        ):
            axis.plot(
                rows["num_queries"],
                rows["seconds"],
                marker=marker,
                markersize=5,
                color=colour,
                label=way,
            )
            axis.fill_between(
                rows["num_queries"],
                rows["least_seconds"],
                rows["most_seconds"],
                color=colour,
                alpha=0.2,
                linewidth=0,
            )
        axis.set_title(title, fontsize=11)
        axis.set_xlabel("number of queries (log scale)")
        axis.set_xscale("log", base=2)
        axis.set_yscale("log")
        axis.set_xticks(numbers, [f"{number:,}" for number in numbers])
        plain(axis)
    ours = table[(table["stage"] == "query-feature") & (table["way"] == table["way"].iloc[-1])]
    axes[0].plot(
        ours["num_queries"],
        ours["seconds"],
        "--",
        color="grey",
        zorder=1,
        label="query features alone, ours",
    )
    for (machine, seconds), marker in zip(paper.FIGURE_9.items(), "X*"):
        axes[0].plot(
            numbers[0],
            seconds,
            marker,
            color="black",
            markersize=9,
            label=f"paper: one image, 50,000 articles, {machine}: {seconds} s",
        )
    axes[0].yaxis.set_major_formatter(FuncFormatter(lambda seconds, _: f"{seconds:g}"))
    axes[0].set_ylabel("seconds (log scale)")
    figure.legend(
        *axes[0].get_legend_handles_labels(),
        frameon=False,
        loc="outside lower center",
        ncols=3,
        fontsize=9,
    )
    return figure


def agreement(tables):
    """How much of the exact top-k is among the candidates, against their number: the plot to choose `num_candidates` by.

    Args:
        tables: dict of first stage, such as `"towers"`, to its table of `candidate_agreement`; a colour each.

    Returns:
        A `matplotlib.figure.Figure`. The largest top-k is drawn solid, others dashed; the dotted line is at 99.9 %.
    """
    figure, axis = plt.subplots(figsize=(6.4, 4.8), layout="constrained")
    plt.close(figure)
    for colour, marker, (first_stage, table) in zip(COLOURS, MARKERS, tables.items()):
        for k, rows in table.groupby("k"):
            missed = np.maximum(1 - rows["agreement"], LEAST_MISSED)
            style = "-" if k == table["k"].max() else "--"
            axis.plot(
                rows["num_candidates"],
                missed,
                style,
                marker=marker,
                markersize=4,
                color=colour,
                label=f"{first_stage}, top-{k}",
            )
    axis.axhline(0.001, linestyle=":", color="grey", zorder=1)
    axis.set_xscale("log")
    axis.set_yscale("log")
    axis.set_ylim(1.15, LEAST_MISSED / 1.3)  # the best on top
    axis.xaxis.set_major_formatter(FuncFormatter(lambda number, _: f"{number:,.0f}"))
    shares = 1 / 10 ** np.arange(5)
    axis.set_yticks(shares, ["0 %", "90 %", "99 %", "99.9 %", "99.99 %\nor more"])
    axis.set_xlabel("number of candidates (log scale)")
    axis.set_ylabel("exact top-k among the candidates")
    plain(axis)
    figure.legend(
        *axis.get_legend_handles_labels(),
        frameon=False,
        loc="outside lower center",
        ncols=2,
        fontsize=9,
    )
    return figure
