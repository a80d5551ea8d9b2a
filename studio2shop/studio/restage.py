"""A rendered catalogue's pictures taken anew in another style.

The same clothes on the same people, photographed otherwise. What both styles have in common stays
as it was, so that a style that differs in one trait shows what that trait alone does.
"""

import joblib
import numpy as np

from studio2shop.io.words import quoted
from studio2shop.studio.article import ARTICLE, QUERY, article_garment
from studio2shop.studio.outfit import draw_outfit
from studio2shop.studio.render import CAMERA
from studio2shop.studio.scene import draw_query, draw_title
from studio2shop.studio.settings import found_settings, look
from studio2shop.studio.tables import numbers_of

PICTURES_PER_BATCH = 50
ARGUMENTS = {"articles": "article_ids", "queries": "query_ids"}
NOT_ANEW = "photos of real people can't be taken anew"


def restaged_queries(catalogue, query_ids, style):
    """Queries photographed anew.

    In the style that they were rendered in, they are what the catalogue's files hold, but for
    JPEG's losses. In another one, only the traits change in which the two differ: before another
    background the same model stands at the same place, in the same light. A light or tilt deviates
    from its style's mean as the first one did from its own.

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
    settings = found_settings(catalogue, NOT_ANEW)
    seed, home, size = look(settings)

    def draw(number):
        stream = [seed, QUERY, number, CAMERA]
        outfit = draw_outfit(seed, number, settings["num_articles"])
        return draw_query(outfit, size, np.random.default_rng(stream), _Anew(home, style, stream))

    return _drawn(draw, _numbers("queries", query_ids, catalogue.query_ids), size)


def restaged_titles(catalogue, article_ids, style):
    """Title images photographed anew; as `restaged_queries`, with ids of articles."""
    seed, home, size = look(found_settings(catalogue, NOT_ANEW))

    def draw(number):
        stream = [seed, ARTICLE, number, CAMERA]
        garment = article_garment(seed, number)
        return draw_title(garment, size, np.random.default_rng(stream), _Anew(home, style, stream))

    return _drawn(draw, _numbers("articles", article_ids, catalogue.article_ids), size)


class _Anew:
    """A style whose draws leave what is drawn after them where it was in the first picture.

    The picture's one generator goes on as it did in the style of the catalogue, `home`. Traits in
    which the new style differs are drawn from generators of their own. Light and tilt take as many
    numbers in every style and need none.
    """

    def __init__(self, home, style, stream):
        self.home = home
        self.style = style
        self.stream = stream
        self.tilt = style.tilt

    def draw_light(self, rng):
        return self.style.draw_light(rng)

    def background(self, rng, *scene, **options):
        return self._drawn(1, "background", "background", rng, *scene, **options)

    def draw_distance(self, rng):
        return self._drawn(2, "distance", "draw_distance", rng)

    def draw_aspect(self, rng):
        return self._drawn(3, "aspect", "draw_aspect", rng)

    def draw_title_ground(self, rng, *scene):
        return self._drawn(4, "title_ground", "draw_title_ground", rng, *scene)

    def focus(self, rng, image):
        return self._drawn(5, "softness", "focus", rng, image)

    def _drawn(self, number, trait, method, rng, *arguments, **options):
        """What `method` gives: by the picture's generator, or by the trait's own, its `number`."""
        as_before = getattr(self.home, method)(rng, *arguments, **options)
        if getattr(self.style, trait) == getattr(self.home, trait):
            return as_before
        own = np.random.default_rng([*self.stream, number])
        return getattr(self.style, method)(own, *arguments, **options)


def _numbers(kind, ids, known):
    unknown = set(ids) - set(known)
    if unknown:
        raise ValueError(
            f"`{ARGUMENTS[kind]}` must be ids of the catalogue; received {quoted(min(unknown))}."
        )
    return numbers_of(kind, ids)


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
