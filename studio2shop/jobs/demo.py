"""From an installed package to searches on the screen, with the run that comes with it."""

import os
import pathlib
import sys
import webbrowser

import numpy as np

from studio2shop.io.images import load_image
from studio2shop.jobs.pages.gallery import write_gallery
from studio2shop.jobs.pretrained import load_pretrained
from studio2shop.studio import render_photos

NUM_QUERIES, K = 6, 24  # photos, and articles found in each, that a page of a few seconds has


def demo(photos=(), out="studio2shop-demo", seed=None, announce=print):
    """Searches the embedded studio for the articles worn in photos, and writes a page.

    Args:
        photos: list of paths; default: the studio's own, of queries that were never trained on.
        out: folder for the page and for the pictures on it, which are rendered.
        seed: which of the studio's queries; default: others in each call.
        announce: called with each line of text on what is done.

    Returns:
        The page's path.

    Raises:
        ImageError: if a photo can't be read.
        ValueError: if the folder holds another catalogue.
    """
    for photo in photos:
        load_image(photo, (32, 32))
    run, out = load_pretrained(), pathlib.Path(out)
    catalogue = run.write_catalogue(out / "studio")
    query_ids = []
    if not photos:
        rows = np.random.default_rng(seed).permutation(len(catalogue.queries))[:NUM_QUERIES]
        query_ids = catalogue.query_ids[rows]
        render_photos(catalogue, query_ids=query_ids)
        photos = [catalogue.query_paths[row] for row in rows]
    found = run.retriever()(list(photos), K)
    render_titles(catalogue, found, query_ids)
    page = out / "found.html"
    write_gallery(page, photos, found, catalogue)
    announce(
        f"{len(photos)} photo{'s' if len(photos) > 1 else ''} searched among "
        f"{len(run.features):,} articles that the model was never trained on: {page}"
    )
    return page


def render_titles(catalogue, found, query_ids):
    """Renders the title images of the articles that were found, or are worn in some queries.

    Args:
        catalogue: of `PretrainedRun.write_catalogue`.
        found: DataFrame of a `Retriever`.
        query_ids: of the catalogue's queries.
    """
    worn = catalogue.matches.loc[catalogue.matches["query_id"].isin(query_ids), "article_id"]
    render_photos(catalogue, article_ids=[*found["article_id"], *worn])


def open_in_browser(page):
    """Shows a page where there is a screen; returns whether it did."""
    has_screen = sys.platform in ("win32", "darwin") or any(
        os.environ.get(name) for name in ("DISPLAY", "WAYLAND_DISPLAY")
    )
    return has_screen and webbrowser.open(pathlib.Path(page).absolute().as_uri())
