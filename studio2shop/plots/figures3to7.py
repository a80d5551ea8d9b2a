"""Figures 3 to 7: random queries, each beside the best articles found for it."""

import numpy as np
from PIL import Image

from studio2shop.io.given import check_has, check_whole_number
from studio2shop.io.images import load_image
from studio2shop.io.words import quoted
from studio2shop.plots.style import as_written, grid_of_axes

HIT_COLOUR = (0, 158, 60)
THUMBNAIL_SIZE = (64, 44)  # height x width in pixels of a retrieved article
MARGIN = 3  # pixels around a picture, and the width of a hit's box
PIXELS_PER_INCH = 100


def retrievals(search, catalogue, num_queries=5, k=50, seed=0, assortment=None, query_ids=None):
    """Figures 3 to 7: random queries, each beside two rows of the best articles.

    The best stand left to right, then top to bottom. Green boxes show exact hits. Between them and
    the query stand its matches, found or not, two at most. Above each query stands at which rank
    they were found. In Figures 6 and 7 another shop's queries meet our
    own assortment: nothing there is an exact hit, whatever the ids.

    Args:
        search: a `Retriever`.
        catalogue: a `Catalogue` of queries, and unless there is an `assortment`, of the retrieved
            articles; its matches give the hits.
        num_queries: number of queries drawn.
        k: articles shown a query; less where the assortment is smaller.
        seed: of the draw.
        assortment: another `Catalogue`, that of the retrieved articles (Figures 6 and 7); default:
            `catalogue` itself.
        query_ids: of the queries to show, in place of a draw.

    Returns:
        A `matplotlib.figure.Figure`.

    Raises:
        ValueError: if a retrieved article's catalogue lacks it.
    """
    check_has("search", search, "features", "a Retriever")
    check_whole_number("num_queries", num_queries)
    retrieved = catalogue if assortment is None else assortment
    title_paths = dict(zip(retrieved.article_ids, retrieved.article_paths))
    unknown = [
        article_id for article_id in search.features.ids.tolist() if article_id not in title_paths
    ]
    if unknown:
        raise ValueError(
            f"{retrieved!r} has no title image of article {quoted(unknown[0])}; "
            "search among its own articles: Retriever(model, features.of(catalogue))."
        )
    if query_ids is None:
        query_ids = np.random.default_rng(seed).permutation(catalogue.query_ids)[:num_queries]
    path_of = dict(zip(catalogue.query_ids, catalogue.query_paths))
    query_paths = [path_of[query_id] for query_id in query_ids]
    found = search(query_paths, k=len(search.features))
    matches = (
        catalogue.matches.groupby("query_id")["article_id"].agg(set) if assortment is None else {}
    )
    strips, captions = [], []
    for position, (path, query_id) in enumerate(zip(query_paths, query_ids)):
        ranked = found[found["query"] == position]
        hits = ranked["article_id"].isin(matches.get(query_id, set()))
        paths = [title_paths[article_id] for article_id in ranked["article_id"][:k]]
        worn = [
            title_paths[article_id]
            for article_id in sorted(matches.get(query_id, set()) & set(title_paths))
        ]
        strips.append(
            photo_strip(path, paths, hits[:k].tolist(), worn if assortment is None else None)
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
        axis.set_title(as_written(caption), fontsize=9, loc="left", pad=3)
    return figure


def photo_strip(query_path, title_paths, hits, worn_paths=None):
    """A query and two rows of title images as one array; hits in a green box.

    Args:
        query_path, title_paths: of the pictures.
        hits: list of bool, which of these titles are matches.
        worn_paths: of the matches' title images, of which two are shown between query and rows;
            `None` leaves no room for them.
    """
    height, width = THUMBNAIL_SIZE[0] + 2 * MARGIN, THUMBNAIL_SIZE[1] + 2 * MARGIN
    per_row = -(-len(title_paths) // 2)
    query_size = (2 * height - 2 * MARGIN, 2 * width - 2 * MARGIN)
    first = 2 * width + MARGIN * 3 + (0 if worn_paths is None else width + MARGIN * 3)
    strip = Image.new("RGB", (first + per_row * width, 2 * height), "white")

    def add(path, left, row, is_framed):
        top = row * height
        if is_framed:
            strip.paste(HIT_COLOUR, (left, top, left + width, top + height))
        picture = Image.fromarray(load_image(path, THUMBNAIL_SIZE))
        strip.paste(picture, (left + MARGIN, top + MARGIN))

    strip.paste(Image.fromarray(load_image(query_path, query_size)), (MARGIN, MARGIN))
    for row, path in enumerate((worn_paths or [])[:2]):
        add(path, 2 * width + MARGIN * 3, row, True)
    for position, (path, is_hit) in enumerate(zip(title_paths, hits)):
        add(path, first + position % per_row * width, position // per_row, is_hit)
    return np.asarray(strip)
