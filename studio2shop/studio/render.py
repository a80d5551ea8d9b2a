"""The studio's pictures: files in shards, all cores, and going on after a stop."""

import itertools
import os
import pathlib

import joblib
import numpy as np

from studio2shop.catalogue import load_catalogue
from studio2shop.io.files import whole_file
from studio2shop.io.given import check_path
from studio2shop.io.progress import progress_bar
from studio2shop.studio.article import ARTICLE, QUERY, article_garment
from studio2shop.studio.outfit import draw_outfit
from studio2shop.studio.scene import draw_query, draw_title
from studio2shop.studio.settings import checked_settings, claim, found_settings, look
from studio2shop.studio.tables import SHARD, image_path, numbers_of, write_tables

_JPEG_QUALITY = 92
_BATCH = 50
CAMERA = 2  # the stream of a picture's camera, light and folds, next to that of its content


def render_catalogue(
    folder, num_articles=2000, num_queries=None, image_size=(224, 155), seed=0, style="studio"
):
    """Render a fashion catalogue.

    Articles with title images, queries of dressed models, and their matches.

    The stand-in for Section 3's data, which was never published: seven categories and nine
    attributes with the paper's shares and coverage, four views of a query as in Figure 1, about 22%
    of the queries annotated with several articles. A garment in a query and on its title image is
    drawn from the same description, but worn instead of laid, folded, partly covered, and under
    another light.

    Two styles stand in for the external sets of Section 5.2, which can't be shipped. Articles and
    models of a style are other ones than the studio's of any seed below 2**32, since the style
    enters the random streams: nothing that was trained on the studio has met them.

    - `studio`: Section 3's data. Light grey wall, title images on white, people and garments as
      they are, light and camera as in a studio.
    - `pretraining`: taken as the studio's photos are; what the weights that come with the package
      were trained on.
    - `other_shop`: In-Shop, a neutral background. Sand-coloured wall and darker floor, title images
      on grey, all 20 to 40 % wider; camera farther, tilted, softer; warm, pale light.
    - `on_location`: LookBook, with backgrounds. A street out of focus, title images on nearly
      white, 30 % narrower to 40 % wider; camera farther, tilted, softer; any light.

    Images are JPEG files of quality 92 in shards of 1000 (`articles/0000/a0000000.jpg`). Every
    picture depends only on its own number, the seed and the sizes given, so a stopped rendering
    goes on where it was, and the number of processes does not matter. Pixels are the same on one
    platform with the same versions of Pillow, aggdraw and NumPy; across these, they may differ in
    the last bits.

    Args:
        folder: Where to write; made if missing.
        num_articles: Articles to draw, at least 1.
        num_queries: Queries to draw, at least 1; four per article by default. From `num_articles`
            on, every article has a query.
        image_size: `(height, width)` in pixels, each 16 to 4,096.
        seed: A non-negative integer. Article i of a seed and style looks the same in a catalogue of
            any size.
        style: How the photos are taken, one of the above.

    Returns:
        The catalogue, as `load_catalogue(folder)` gives it.

    Raises:
        ValueError: If a number is too small or too large, a style unknown, or the folder holds
            something else.

    Example:
        catalogue = render_catalogue("studio", num_articles=20, image_size=(112, 78))
    """
    check_path("folder", folder)
    folder = pathlib.Path(folder).absolute()
    num_queries = 4 * num_articles if num_queries is None else num_queries
    settings = checked_settings(num_articles, num_queries, image_size, seed, style)
    claim(folder, settings)
    _render_missing(folder, settings, range(num_articles), range(num_queries))
    write_tables(folder, num_articles, num_queries, look(settings)[0])
    return load_catalogue(folder)


def render_photos(catalogue, article_ids=(), query_ids=()):
    """Renders some photos of a catalogue of the studio, those that are not there yet.

    Args:
        catalogue: a `Catalogue` in whose folder `studio.json` says how it is rendered, such as that
            of the run that comes with the package.
        article_ids, query_ids: whose photos are wanted.

    Raises:
        ValueError: the catalogue was not rendered by this renderer, or an id is none of its.

    Example:
        render_photos(catalogue, article_ids=found["article_id"])
    """
    folder = pathlib.Path(catalogue.folder).absolute()
    settings = found_settings(catalogue, "its photos can't be drawn")
    _render_missing(
        folder,
        settings,
        sorted(set(numbers_of("articles", article_ids))),
        sorted(set(numbers_of("queries", query_ids))),
    )


def _render_missing(folder, settings, articles, queries):
    """Renders what is not there yet of some numbers of articles and queries, on all cores.

    `folder` is absolute: worker processes may live in another one.
    """
    draw = {"articles": _render_articles, "queries": _render_queries}
    for kind, numbers in (("articles", articles), ("queries", queries)):
        missing = _missing(folder, kind, numbers)
        batches = [missing[first : first + _BATCH] for first in range(0, len(missing), _BATCH)]
        if not batches:
            continue
        with progress_bar(len(missing), f"Rendering {kind}", "image") as progress:
            workers = joblib.Parallel(
                n_jobs=-1 if len(batches) > 1 else 1, return_as="generator_unordered"
            )
            for done in workers(
                joblib.delayed(draw[kind])(folder, settings, batch) for batch in batches
            ):
                progress.update(done)


def _missing(folder, kind, numbers):
    """Those numbers, in order, that have no file; makes the shards' folders."""
    missing = []
    for _, of_shard in itertools.groupby(numbers, key=lambda number: number // SHARD):
        names = {os.path.basename(image_path(kind, number)): number for number in of_shard}
        directory = (folder / image_path(kind, next(iter(names.values())))).parent
        directory.mkdir(parents=True, exist_ok=True)
        present = set(os.listdir(directory))
        missing += [number for name, number in names.items() if name not in present]
    return missing


def _save(image, path):
    with whole_file(path) as unfinished:
        image.save(unfinished, format="JPEG", quality=_JPEG_QUALITY)


def _render_articles(folder, settings, numbers):
    seed, style, size = look(settings)
    for number in numbers:
        rng = np.random.default_rng([seed, ARTICLE, number, CAMERA])
        _save(
            draw_title(article_garment(seed, number), size, rng, style),
            folder / image_path("articles", number),
        )
    return len(numbers)


def _render_queries(folder, settings, numbers):
    seed, style, size = look(settings)
    for number in numbers:
        rng = np.random.default_rng([seed, QUERY, number, CAMERA])
        _save(
            draw_query(draw_outfit(seed, number, settings["num_articles"]), size, rng, style),
            folder / image_path("queries", number),
        )
    return len(numbers)
