"""What a query shows: the articles a model wears, those that are annotated, and the view."""

import dataclasses

import numpy as np

from studio2shop.studio.article import (
    INVENTED,
    QUERY,
    Garment,
    article_garment,
    draw,
    sample_garment,
)
from studio2shop.studio.figure import Body, Pose, draw_body, draw_pose
from studio2shop.studio.vocabulary import VIEWS

SEVERAL_ANNOTATED_SHARE = 0.22
"""Share of queries annotated with several articles: 250,000 of 1.15 million (Section 3)."""

_MAIN_TOPS = {"t-shirt/top": 0.5, "pullover": 0.25, "shirt": 0.25}
_BOTTOMS = {"trouser": 0.85, "skirt": 0.15}
# A detail shows one article, and a dress is seldom worn with another; the rest make up for both.
_SEVERAL_SHARE_WHERE_POSSIBLE = SEVERAL_ANNOTATED_SHARE / (0.75 * (1 - 0.14))
_MAX_TRIES = 400


@dataclasses.dataclass(frozen=True)
class Outfit:
    """A dressed model.

    Attributes:
        view: full, half, back or detail.
        focus: The garment that the query is about.
        inner: What is worn on the upper body, or a dress.
        bottom: Trousers or a skirt, or None under a dress.
        jacket: A jacket over `inner`, or None.
        tucked: Whether `inner` is tucked into `bottom`.
        matches: Numbers of the annotated articles, the focus first.
        worn: Numbers of all articles of the catalogue that are worn, annotated or not, the focus
            first.
        body: The model.
        pose: The pose.
    """

    view: str
    focus: Garment
    inner: Garment
    bottom: Garment
    jacket: Garment
    tucked: bool
    matches: tuple
    worn: tuple
    body: Body
    pose: Pose


def query_view(seed, index, num_articles):
    """The query's article and view.

    An article's queries cycle through the four views, from a view of its own.
    """
    article = index % num_articles
    order = np.random.default_rng([seed, QUERY, article, 1]).permutation(len(VIEWS))
    return article, VIEWS[order[index // num_articles % len(VIEWS)]]


def _companion(rng, seed, num_articles, categories, womens, from_catalogue):
    """A garment to wear with the focus.

    Its article number (None if not of the catalogue) and the garment.
    """
    category = draw(rng, categories)
    if from_catalogue:
        for _ in range(_MAX_TRIES):
            article = int(rng.integers(num_articles))
            garment = article_garment(seed, article)
            if garment.category == category and garment.womens == womens:
                return article, garment
    return None, _invented(rng, seed, category, womens)


def _invented(rng, seed, category, womens):
    stream = np.random.default_rng([seed, INVENTED, int(rng.integers(1 << 31))])
    garment = sample_garment(stream, category)
    while garment.womens != womens:
        garment = sample_garment(stream, category)
    return garment


def draw_outfit(seed, index, num_articles):
    """Draw the outfit of query `index`: the same in whatever order or process.

    Args:
        seed: The catalogue's seed.
        index: The query's number, from 0.
        num_articles: Articles of the catalogue; the query's own is `index % num_articles`.

    Returns:
        An `Outfit`.
    """
    rng = np.random.default_rng([seed, QUERY, index])
    article, view = query_view(seed, index, num_articles)
    focus = article_garment(seed, article)
    several = (
        view != "detail"
        and focus.category != "dress"
        and rng.random() < _SEVERAL_SHARE_WHERE_POSSIBLE
    )
    matches, worn = [article], [article]

    def companion(categories):
        from_catalogue = several or rng.random() < 0.4
        number, garment = _companion(
            rng, seed, num_articles, categories, focus.womens, from_catalogue
        )
        if number is not None:
            worn.append(number)
            if several:
                matches.append(number)
        return garment

    jacket = focus if focus.category == "jacket" else None
    bottom = (
        None
        if focus.category == "dress"
        else focus
        if focus.is_bottom
        else companion(_BOTTOMS if focus.womens else {"trouser": 1.0})
    )
    inner = focus if focus.category in _MAIN_TOPS or focus.category == "dress" else None
    if inner is None:
        if jacket is not None:
            several = several and rng.random() < 0.4
        inner = companion({"t-shirt/top": 0.8, "shirt": 0.2} if jacket else _MAIN_TOPS)
    if (
        jacket is None
        and rng.random() < (0.18 if focus.category != "pullover" else 0.06)
        and view in ("full", "half")
    ):
        jacket = _invented(rng, seed, "jacket", focus.womens)
    tucked = bool(
        bottom is not None
        and not jacket
        and inner.category != "pullover"
        and rng.random() < (0.75 if focus.is_bottom else 0.3)
    )
    return Outfit(
        view=view,
        focus=focus,
        inner=inner,
        bottom=bottom,
        jacket=jacket,
        tucked=tucked
        or (bottom is not None and bottom.category == "skirt" and inner.category != "pullover"),
        matches=tuple(dict.fromkeys(matches)),
        worn=tuple(dict.fromkeys(worn)),
        body=draw_body(rng, focus.womens),
        pose=draw_pose(rng, front=view != "back"),
    )
