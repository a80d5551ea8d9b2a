"""Pictures: a title image of a garment laid on white, a query of a dressed model in a studio."""

import dataclasses

import aggdraw
import numpy as np

from studio2shop.studio import collars, figure, garments, person, shapes
from studio2shop.studio.canvas import Canvas, Folds
from studio2shop.studio.geometry import ellipse
from studio2shop.studio.styles import STYLES, Light
from studio2shop.studio.vocabulary import TROUSER_RISES


def _folds(rng, across, down, depth):
    return Folds(tuple(rng.uniform(0, 8, 2).tolist()), across, down, depth)


def _fitted(points, image_size, aspect):
    """The frame that fits points into a photo of an aspect with a margin.

    Other sizes show the same scene, stretched.
    """
    height, width = image_size
    low, high = points.min(axis=0), points.max(axis=0)
    scale = min(0.90 * aspect / (high[0] - low[0]), 0.92 / (high[1] - low[1]))
    shift = np.array([aspect / 2, 0.5]) - scale * (low + high) / 2
    stretch = np.array([width / aspect, height])
    matrix = np.hstack([np.eye(2) * scale, shift[:, None]])
    return matrix * stretch[:, None]


def _laid_points(garment, body, pose):
    if garment.category == "trouser":
        return shapes.trouser_shape(garment, body, pose)[0]
    if garment.category == "skirt":
        return shapes.skirt_shape(garment, body, pose)[0]
    shape = shapes.top_shape(garment, body, pose)
    points = [shape.outline]
    if garment.sleeve_reach >= 0.1:
        for side in (-1, 1):
            points += shapes.sleeve_shape(garment, body, pose, side, shape)[0]
    top = {"hood": 0.74, "turtleneck": 0.82, "funnel": 0.9}.get(garment.collar, 1.2)
    return np.vstack([*points, [(0.0, top)]])


def draw_title(garment, image_size, rng, style=STYLES["studio"]):
    """A title image: the garment alone on white (or the style's ground), laid as for a packshot.

    Args:
        garment: The `Garment`.
        image_size: (height, width) in pixels.
        rng: A `numpy.random.Generator` for how it was laid.
        style: A `Style`.

    Returns:
        A `PIL.Image` in mode RGB.
    """
    body = figure.WOMAN if garment.womens else figure.MAN
    pose = figure.laid_pose(garment.sleeve_reach)
    folds = _folds(rng, 0.55, 0.2, 0.09)
    # White stays white: packshots are cut out and retouched, each a little differently.
    light = Light(np.ones(3), rng.uniform(0.82, 1.22), rng.uniform(0.8, 1.15))
    frame = _fitted(_laid_points(garment, body, pose), image_size, style.draw_aspect(rng))
    canvas = Canvas(style.draw_title_ground(rng, image_size, light), frame, light_angle=-0.25)
    if garment.category == "trouser":
        garments.draw_trousers(canvas, garment, body, pose, folds)
    elif garment.category == "skirt":
        garments.draw_skirt(canvas, garment, body, pose, folds)
    else:
        _draw_upper(canvas, garment, body, pose, folds)
    return style.focus(rng, light.develop(canvas.image))


def _draw_upper(canvas, garment, body, pose, folds):
    """A laid top, jacket or dress."""
    if garment.collar == "hood":
        collars.draw_hood_behind(canvas, garment, pose, folds)
    garments.draw_inside(canvas, garment, body, pose)
    for side in (-1, 1):
        garments.draw_sleeve(canvas, garment, body, pose, side, folds)
    garments.draw_torso(canvas, garment, body, pose, folds)
    collars.draw_collar(canvas, garment, body, pose, folds)


def _query_frame(rng, outfit, image_size, style):
    """The camera: which part of the model fills the image."""
    height, width = image_size
    lower = outfit.focus.is_bottom
    pose = outfit.pose
    if outfit.view in ("full", "back"):
        span, middle = rng.uniform(8.5, 9.6), np.array([0.0, 4.1 + rng.normal(0, 0.12)])
        if outfit.view == "back" and rng.random() < 0.5:
            span = rng.uniform(4.9, 6.0)
            middle = np.array([0.0, 5.6 if lower else 2.5])
    elif outfit.view == "half":
        span = rng.uniform(4.6, 6.0)
        middle = np.array([0.0, 5.5 if lower else 2.45]) + rng.normal(0, 0.12, 2)
        if outfit.focus.category == "dress" or outfit.jacket is outfit.focus:
            span, middle = span + 0.8, middle + (0, 0.5)
    else:
        span = rng.uniform(2.2, 3.0)
        if lower:
            places = ((0.0, 3.75), (0.25, 4.1), (-0.25, 4.1))
        else:
            places = ((0.0, 2.0), (0.0, 2.35), (0.3, 2.2), (-0.3, 2.2))
        middle = np.array(places[int(rng.integers(len(places)))]) + rng.normal(0, 0.1, 2)
    middle = middle + (rng.normal(0, 0.12) + 0.5 * float(pose.sway(middle[1])), 0.0)
    angle, scale = rng.normal(0, style.tilt), 1 / (span * style.draw_distance(rng))
    rotation = np.array([[np.cos(angle), -np.sin(angle)], [np.sin(angle), np.cos(angle)]])
    aspect = style.draw_aspect(rng)
    shift = np.array([aspect / 2, 0.5]) - scale * rotation @ middle
    matrix = np.hstack([rotation * scale, shift[:, None]])
    return matrix * np.array([[width / aspect], [height]])


def draw_query(outfit, image_size, rng, style=STYLES["studio"]):
    """A query image: the dressed model before a neutral background (or the style's).

    Args:
        outfit: The `Outfit`.
        image_size: (height, width) in pixels.
        rng: A `numpy.random.Generator` for camera, light and folds.
        style: A `Style`.

    Returns:
        A `PIL.Image` in mode RGB.
    """
    light = style.draw_light(rng)
    image = style.background(rng, image_size, light, floor=outfit.view in ("full", "back"))
    light_angle = rng.uniform(0.3, 1.0) * rng.choice((-1, 1))
    canvas = Canvas(image, _query_frame(rng, outfit, image_size, style), light_angle)
    folds = {
        name: _folds(rng, rng.uniform(0.7, 1.1), rng.uniform(0.16, 0.38), rng.uniform(0.16, 0.28))
        for name in ("inner", "bottom", "jacket", "sleeve")
    }
    _draw_model(canvas, outfit, folds, rng)
    return style.focus(rng, light.develop(image))


def _draw_model(canvas, outfit, folds, rng):
    body, pose = outfit.body, outfit.pose
    if outfit.view in ("full", "back"):
        _draw_floor_shadow(canvas, pose)
    if pose.front:
        person.draw_back_hair(canvas, body, pose)
    person.draw_legs(canvas, body, pose)
    shoe = rng.choice(
        ((0.12, 0.11, 0.12), (0.93, 0.92, 0.90), (0.45, 0.30, 0.20), (0.35, 0.36, 0.40))
    )
    person.draw_shoes(
        canvas,
        body,
        pose,
        tuple(shoe),
        (0.95, 0.95, 0.94) if rng.random() < 0.5 else tuple(shoe * 0.6),
    )
    worn = outfit.jacket or outfit.inner
    garments.draw_inside(canvas, outfit.inner, body, pose)
    person.draw_trunk(canvas, body, pose, worn.sleeve_reach)
    opened = 0.0
    if outfit.jacket is not None:
        opened = rng.uniform(0.18, 0.42) if pose.front else 0.0
    if outfit.tucked:
        _draw_inner(canvas, outfit, folds)
        _draw_bottom(canvas, outfit, folds)
    else:
        _draw_bottom(canvas, outfit, folds)
        _draw_inner(canvas, outfit, folds)
    if outfit.jacket is not None:
        garments.draw_torso(canvas, outfit.jacket, body, pose, folds["jacket"], opened)
    if pose.front:
        person.draw_head(canvas, body, pose)
        _draw_collars(canvas, outfit, folds, opened)
    else:
        _draw_collars(canvas, outfit, folds, 0.0)
        person.draw_head(canvas, body, pose)
    for side in (-1, 1):
        if worn.sleeve_reach >= 0.2:
            person.draw_arm(canvas, body, pose, side, start=max(worn.sleeve_reach - 0.06, 0.1))
        elif pose.arm_front[(side + 1) // 2]:
            person.draw_arm(canvas, body, pose, side, start=0.5)
        garments.draw_sleeve(canvas, worn, body, pose, side, folds["sleeve"])


def _draw_inner(canvas, outfit, folds):
    inner = outfit.inner
    if outfit.tucked:
        waistband = (
            TROUSER_RISES[outfit.bottom.rise]
            if outfit.bottom.category == "trouser"
            else shapes.SKIRT_TOP
        )
        inner = dataclasses.replace(inner, hem=min(inner.hem, waistband + 0.2), hem_dip=0.0)
    garments.draw_torso(canvas, inner, outfit.body, outfit.pose, folds["inner"])


def _draw_collars(canvas, outfit, folds, opened):
    collars.draw_collar(canvas, outfit.inner, outfit.body, outfit.pose, folds["inner"])
    if outfit.jacket is not None:
        collars.draw_collar(
            canvas, outfit.jacket, outfit.body, outfit.pose, folds["jacket"], opened
        )


def _draw_bottom(canvas, outfit, folds):
    if outfit.bottom is None:
        return
    drawn = garments.draw_trousers if outfit.bottom.category == "trouser" else garments.draw_skirt
    drawn(canvas, outfit.bottom, outfit.body, outfit.pose, folds["bottom"])


def _draw_floor_shadow(canvas, pose):
    for radius, opacity in ((1.25, 0.05), (0.95, 0.07), (0.65, 0.10)):
        shadow = canvas.to_pixels(
            ellipse((canvas.light_angle * -0.2, 8.0), (radius, radius * 0.11))
        )
        _darken(canvas, shadow, opacity)


def _darken(canvas, points, opacity):
    pen = aggdraw.Draw(canvas.image)
    pen.polygon(points.ravel().tolist(), aggdraw.Brush((30, 30, 35), int(255 * opacity)))
    pen.flush()
