"""A rendered catalogue's pictures taken anew in another style.

The same clothes on the same people, photographed otherwise.
"""

import json

import joblib
import numpy as np

from studio2shop.studio.article import ARTICLE, QUERY, article_garment
from studio2shop.studio.outfit import draw_outfit
from studio2shop.studio.render import CAMERA
from studio2shop.studio.scene import draw_query, draw_title
from studio2shop.studio.styles import STYLES

PICTURES_PER_BATCH = 50


def restaged_queries(catalogue, query_ids, style):
    """Queries photographed anew.

    In the style that they were rendered in, they are what the catalogue's files hold, but for
    JPEG's losses. What a style draws of its own, such as the place of a lamp, moves on what is
    drawn after it: the model may stand a little elsewhere.

    Args:
        catalogue: a `Catalogue` of `render_catalogue`, or a part of one.
        query_ids: sequence of str.
        style: a `Style`, of which only the look counts: `dataclasses.replace(STYLES["studio"],
            aspect=(0.5, 0.5))`.

    Returns:
        uint8 array `(queries, height, width, 3)`.

    Raises:
        ValueError: the catalogue was not rendered, or has no such query.

    Example:
        restaged_queries(catalogue, catalogue.query_ids[:9], STYLES["on_location"])
    """
    settings, seed, size = _origin(catalogue)

    def draw(number):
        rng = np.random.default_rng([seed, QUERY, number, CAMERA])
        return draw_query(draw_outfit(seed, number, settings["num_articles"]), size, rng, style)

    return _drawn(draw, _numbers(query_ids, catalogue.query_ids, "query_ids"), size)


def restaged_titles(catalogue, article_ids, style):
    """Title images photographed anew; as `restaged_queries`, with ids of articles."""
    _, seed, size = _origin(catalogue)

    def draw(number):
        return draw_title(
            article_garment(seed, number),
            size,
            np.random.default_rng([seed, ARTICLE, number, CAMERA]),
            style,
        )

    return _drawn(draw, _numbers(article_ids, catalogue.article_ids, "article_ids"), size)


def _origin(catalogue):
    """What the catalogue was rendered with: its settings, the seed of its style, its image size."""
    path = catalogue.folder / "studio.json"
    if not path.exists():
        raise ValueError(
            f"{catalogue!r} was not rendered by the studio (it has no studio.json); photos of real "
            "people can't be taken anew."
        )
    settings = {"style": "studio", **json.loads(path.read_text(encoding="utf-8"))}
    return (
        settings,
        STYLES[settings["style"]].own_seed(settings["seed"]),
        tuple(settings["image_size"]),
    )


def _numbers(ids, known, argument):
    unknown = set(ids) - set(known)
    if unknown:
        raise ValueError(f"`{argument}` must be ids of the catalogue; received {min(unknown)!r}.")
    return [int(id_[1:]) for id_ in ids]


def _drawn(draw, numbers, size):
    batches = [
        numbers[start : start + PICTURES_PER_BATCH]
        for start in range(0, len(numbers), PICTURES_PER_BATCH)
    ]
    workers = joblib.Parallel(n_jobs=-1 if len(batches) > 1 else 1)
    drawn = workers(
        joblib.delayed(lambda some: [np.asarray(draw(number)) for number in some])(some)
        for some in batches
    )
    return np.array([picture for some in drawn for picture in some], "uint8").reshape(-1, *size, 3)
