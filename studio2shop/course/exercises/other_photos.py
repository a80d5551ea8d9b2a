"""Checks of notebook 08's exercises."""

import numpy as np
from PIL import Image, ImageDraw

from studio2shop import paper
from studio2shop.course.exercises import (
    check_function,
    check_number,
    off,
    open_answer,
    right,
)
from studio2shop.evaluation.results import rank_catalogue
from studio2shop.evaluation.table3 import expected_by_chance
from studio2shop.io.images import load_images
from studio2shop.studio.styles import STYLES

# width by height of a photo before it was stretched, in the mean
CAMERA_ASPECT = sum(STYLES["other_shop"].aspect) / 2
PHOTO_SIZE = (112, 78)  # height x width in pixels
DISC_RADIUS = 24  # pixels
NUM_QUERIES = 500
MOST_OFF = 0.08  # a disc's width by its height may be this far from 1


def check_1(answer):
    """Which top-k the paper's top-1 % is among In-Shop's articles."""
    num_articles = paper.TABLE_4_SIZES["DeepFashion In-Shop"][1]
    k = max(1, num_articles // 100)
    why = (
        f"Of {num_articles} articles top-1 % is top-{k}, of Table 3's "
        f"{paper.TABLE_3_NUM_ARTICLES:,} it is top-{paper.TABLE_3_NUM_ARTICLES // 100}: the "
        "column compares shops of different sizes, and not with its neighbours."
    )
    return check_number(answer, k, 0, why, f"One per cent of {num_articles}, rounded down.")


def check_2(answer):
    """How many times better than chance a median rank is."""
    sizes = [(paper.TABLE_3["Studio2Shop"][-1], paper.TABLE_3_NUM_ARTICLES)]
    sizes += [
        (rows["Studio2Shop"][-1], paper.TABLE_4_SIZES[name][1])
        for name, rows in paper.TABLE_4.items()
    ]
    cases = [(case, expected_by_chance(case[1])[-1] / case[0]) for case in [(350.5, 700), *sizes]]
    own, *external = [factor for _, factor in cases[1:]]
    why = (
        f"The paper's own test is {own:,.0f} x better than chance, "
        + " and ".join(f"{name} {factor:,.0f} x" for name, factor in zip(paper.TABLE_4, external))
        + ". A small median of a small shop is easily had."
    )
    return check_function(answer, cases, why, tolerance=0.5)


def check_3(answer, search, shop):
    """A repair of stretched photos, which makes people as wide as they were.

    A disc that was stretched is round again, and the photo is as large as before.

    Of a right answer it says what it does to the ranks of `other_shop`'s queries.
    """
    if answer is None:
        return open_answer(answer)
    if not callable(answer):
        return off("the answer is a function of photos.")
    photos = np.stack([_stretched_disc(level) for level in (60, 140)])
    try:
        mended = answer(photos.copy())
    except Exception as error:
        return off(
            f"with uint8 photos of shape {photos.shape} it raises {type(error).__name__}: {error}"
        )
    if mended is None:
        return open_answer(None)
    try:
        mended = np.asarray(mended)
    except ValueError:
        return off("the photos it gives are no array.")
    if mended.shape != photos.shape:
        return off(
            f"of photos of shape {photos.shape} it makes {mended.shape}; the network takes them as "
            "large as they came."
        )
    if (
        mended.dtype.kind not in "uif"
        or not np.isfinite(mended).all()
        or mended.min() < 0
        or mended.max() > 255
        or mended.max() <= 1
    ):
        return off("the photos it gives must hold numbers from 0 to 255, as those it got.")
    is_disc = np.abs(mended.astype(float) - 230).max(axis=-1) > 45  # the wall is 230
    rows, columns = is_disc.any(axis=2), is_disc.any(axis=1)
    ratio = (columns.sum(axis=1) / np.maximum(rows.sum(axis=1), 1)).mean()
    if abs(ratio - 1) > MOST_OFF:
        hint = (
            "still too wide: squeeze more"
            if ratio > 1
            else "too narrow now, or cut off at the sides: squeeze less"
            if ratio > 0.2
            else "gone: fill the sides with the colour of the edge"
        )
        return off(
            f"a disc that was stretched is {ratio:.2f} times as wide as it is high afterwards, "
            f"{hint}. The factor is {CAMERA_ASPECT} over the width by height of what you get."
        )
    before, after = _medians(answer, search, shop)
    return right(
        f"The median rank of {min(NUM_QUERIES, len(shop.queries)):,} queries of this shop goes "
        f"from {before:g} to {after:g}. No repair wins more than its trait has cost: compare with "
        'the row "people stretched" above, and repair what hurts.'
    )


def _medians(mend, search, shop):
    """The median rank of some of a shop's matches, of photos as they are and mended."""
    part = shop.select_queries(shop.query_ids[:NUM_QUERIES].tolist())
    photos = load_images(part.query_paths, search.image_size)
    variants = (photos, np.clip(np.asarray(mend(photos.copy())), 0, 255).astype("uint8"))
    return [
        rank_catalogue(
            search.index.scores, search.query_features(images), search.features, part
        ).row()["median"]
        for images in variants
    ]


def _stretched_disc(level):
    """A wall with a disc that is as much too wide as other_shop's people are."""
    height, width = PHOTO_SIZE
    image = Image.new("RGB", (width, height), (230, 230, 230))
    across = DISC_RADIUS * (width / height) / CAMERA_ASPECT
    ImageDraw.Draw(image).ellipse(
        (
            width / 2 - across,
            height / 2 - DISC_RADIUS,
            width / 2 + across,
            height / 2 + DISC_RADIUS,
        ),
        fill=(level, level, level),
    )
    return np.asarray(image)
