"""Collars: leaves, stands, lapels, hoods and bows at the neck."""

import numpy as np

from studio2shop.studio.canvas import Stroke
from studio2shop.studio.details import seam_colour
from studio2shop.studio.garments import torso_cloth
from studio2shop.studio.geometry import curve, ellipse, mirrored
from studio2shop.studio.shapes import COLLAR_LEAVES, LAPEL_ENDS, top_shape

_LAPELS = {
    "notched lapel": (0.40, 1.95),
    "peak lapel": (0.48, 1.85),
    "biker": (0.50, 1.95),
    "shawl": (0.34, 2.0),
}
_STANDS = {
    "mandarin": 0.17,
    "turtleneck": 0.42,
    "mock neck": 0.26,
    "funnel": 0.36,
    "bomber": 0.17,
    "half zip": 0.24,
    "bow": 0.12,
}


def _lightened(colour, factor):
    return tuple(min(channel * factor + 0.02, 1.0) for channel in colour)


def draw_collar(canvas, garment, body, pose, folds, opened=0.0):
    """The garment's collar, over its torso and over the neck.

    Args:
        canvas: The `Canvas`.
        garment: The `Garment`; without a collar nothing is drawn.
        body: The `Body`.
        pose: The `Pose`.
        folds: The `Folds` of the torso.
        opened: Half the gap of an open jacket in heads.
    """
    collar = garment.collar
    shape = top_shape(garment, body, pose)
    neck = shape.neckline[-1]
    cloth = torso_cloth(garment, pose, folds)
    if collar in ("contrast kent", "contrast rib"):
        cloth = _plain(garment.second_colour)
    if collar in _STANDS:
        _draw_stand(canvas, garment, pose, neck, cloth, opened)
    if collar == "hood":
        _draw_hood(canvas, garment, pose, neck, cloth)
    if collar in COLLAR_LEAVES:
        _draw_leaves(canvas, garment, pose, neck, cloth)
    if collar in _LAPELS and pose.front:
        _draw_lapels(canvas, garment, pose, neck, cloth)
    if collar == "bow" and pose.front:
        _draw_bow(canvas, garment, pose)


def _plain(colour):
    values = np.array(colour, dtype=np.float32)
    return lambda x, y, pixel: np.broadcast_to(values, (*x.shape, 3))


def _draw_stand(canvas, garment, pose, neck, cloth, opened):
    height = _STANDS[garment.collar] * garment.collar_size
    half, base = neck[0], neck[1]
    top = min(half * 0.86, 0.34)
    dip = 0.10 if pose.front else -0.02
    front_base = base + garment.neck_depth * 0.95 if pose.front else base + 0.12
    right = np.vstack(
        [
            curve(
                (0.0, base - height + dip),
                (top * 0.7, base - height + dip * 0.5),
                (top, base - height),
            ),
            curve((top, base - height), (half + 0.01, base + 0.02)),
            curve((half + 0.01, base + 0.02), (half * 0.6, front_base - 0.05), (0.0, front_base)),
        ]
    )
    outline = np.vstack([right, mirrored(right)])
    dark = seam_colour(garment)
    strokes = [
        Stroke(
            np.vstack(
                [
                    curve(
                        (-half, base + 0.02), (-half * 0.6, front_base - 0.05), (0.0, front_base)
                    ),
                    curve((0.0, front_base), (half * 0.6, front_base - 0.05), (half, base + 0.02)),
                ]
            ),
            dark,
            width=0.035,
            opacity=0.8,
        )
    ]
    if garment.collar in ("turtleneck", "mock neck", "bomber"):
        strokes += [
            Stroke(
                np.array([(x * 0.8, base - height), (x, front_base)]), dark, width=0.02, opacity=0.3
            )
            for x in np.linspace(-half, half, 9)
        ]
    if garment.collar == "turtleneck":
        strokes.append(
            Stroke(
                curve((-half, base - 0.10), (0.0, base + 0.08), (half, base - 0.10)),
                dark,
                width=0.03,
                opacity=0.7,
            )
        )
    if pose.front and garment.closure in ("zip", "half zip"):
        strokes.append(
            Stroke(
                np.array([(0.0, base - height), (0.0, front_base)]), (0.72, 0.70, 0.66), width=0.04
            )
        )
    if pose.front and garment.collar == "mandarin":
        strokes.append(
            Stroke(
                np.array([(0.0, base - height), (0.0, front_base)]), dark, width=0.03, opacity=0.8
            )
        )
    strokes = [Stroke(pose.warp(s.points), s.colour, s.width, s.opacity, s.filled) for s in strokes]
    gap = (
        [
            pose.warp(
                np.array(
                    [
                        (-0.2, base - height - 0.1),
                        (0.2, base - height - 0.1),
                        (0.24, front_base + 0.1),
                        (-0.24, front_base + 0.1),
                    ]
                )
            )
        ]
        if opened
        else []
    )
    canvas.part([pose.warp(outline)], cloth, strokes, gap, roundness=0.10, volume=0.3)


def _draw_leaves(canvas, garment, pose, neck, cloth):
    out, down, rounded = (value * garment.collar_size for value in COLLAR_LEAVES[garment.collar])
    half, base = neck[0], neck[1]
    if not pose.front:
        band = np.vstack(
            [
                curve(
                    (-half - 0.02, base + 0.04),
                    (-half * 0.7, base - 0.10),
                    (0.0, base - 0.13),
                    (half * 0.7, base - 0.10),
                    (half + 0.02, base + 0.04),
                ),
                curve((half, base + 0.12), (0.0, base + 0.20), (-half, base + 0.12)),
            ]
        )
        canvas.part(
            [pose.warp(band)],
            cloth,
            [Stroke(pose.warp(band), seam_colour(garment), width=0.03, opacity=0.7)],
            roundness=0.06,
            volume=0.2,
        )
        return
    low = base + garment.neck_depth
    for side in (-1, 1):
        middle = np.array([side * 0.02, low])
        point = np.array([side * out, base + down + 0.02])
        top = np.array([side * half * 0.80, base - 0.13])
        outer = np.array([side * (half + 0.06), base + 0.06])
        if rounded:
            leaf = np.vstack(
                [
                    curve(top, middle),
                    curve(
                        middle,
                        (side * out * 0.5, base + down + 0.06),
                        point,
                        (side * (half + 0.12), base + 0.22),
                        outer,
                    ),
                    curve(outer, top),
                ]
            )
        else:
            leaf = np.vstack(
                [
                    curve(top, (top + middle) / 2 + (side * 0.03, 0.02), middle),
                    curve(middle, point),
                    curve(point, outer),
                    curve(outer, top),
                ]
            )
        strokes = [Stroke(leaf, seam_colour(garment), width=0.034, opacity=0.9)]
        if garment.collar == "tipped polo":
            strokes.append(
                Stroke(np.vstack([middle, point, outer]), garment.second_colour, width=0.12)
            )
        if garment.collar == "button-down":
            strokes.append(
                Stroke(
                    ellipse(point + (-side * 0.02, -0.07), (0.03, 0.03), num_points=10),
                    garment.button_colour,
                    filled=True,
                )
            )
        if garment.collar == "ruffle":
            strokes += [
                Stroke(
                    np.vstack([top * (1 - t) + middle * t, outer * (1 - t) + point * t]),
                    seam_colour(garment),
                    width=0.025,
                    opacity=0.6,
                )
                for t in (0.2, 0.4, 0.6, 0.8)
            ]
        strokes = [
            Stroke(pose.warp(s.points), s.colour, s.width, s.opacity, s.filled) for s in strokes
        ]
        canvas.part([pose.warp(leaf)], cloth, strokes, roundness=0.05, volume=0.15)


def _draw_lapels(canvas, garment, pose, neck, cloth):
    (out, notch), low = _LAPELS[garment.collar], LAPEL_ENDS[garment.collar]
    half, base = neck[0], neck[1]
    for side in (-1, 1):
        if garment.collar == "shawl":
            outer = curve(
                (0.02 * side, low),
                (side * out * 0.9, notch + 0.1),
                (side * (half + 0.14), base + 0.1),
            )
        else:
            outer = np.vstack(
                [
                    curve((0.02 * side, low), (side * out, notch)),
                    [(side * out * 0.66, notch - 0.09)],
                    curve((side * out * 0.82, notch - 0.22), (side * (half + 0.12), base + 0.08)),
                ]
            )
        inner = curve(
            (side * half * 0.85, base - 0.1),
            (side * half * 0.5, (base + low) / 2),
            (0.02 * side, low),
        )
        leaf = np.vstack([outer, inner])
        strokes = [Stroke(pose.warp(leaf), seam_colour(garment), width=0.034, opacity=0.9)]
        canvas.part([pose.warp(leaf)], cloth, strokes, roundness=0.06, volume=0.15)


def _draw_hood(canvas, garment, pose, neck, cloth):
    half, base = neck[0], neck[1]
    if pose.front:
        for side in (-1, 1):
            roll = np.vstack(
                [
                    curve(
                        (side * half * 0.7, base - 0.24),
                        (side * (half + 0.16), base - 0.10),
                        (side * (half + 0.14), base + 0.14),
                        (side * 0.04, base + garment.neck_depth + 0.22),
                    ),
                    curve(
                        (side * 0.02, base + garment.neck_depth),
                        (side * half * 0.8, base + 0.02),
                        (side * half * 0.62, base - 0.2),
                    ),
                ]
            )
            canvas.part(
                [pose.warp(roll)],
                cloth,
                [Stroke(pose.warp(roll), seam_colour(garment), width=0.03, opacity=0.7)],
                roundness=0.07,
                volume=0.3,
            )
            cord = curve(
                (side * 0.10, base + garment.neck_depth + 0.08),
                (side * 0.13, base + 0.7),
                (side * 0.11, base + 1.0),
            )
            canvas.part(
                [pose.warp(np.vstack([cord - (0.018, 0), cord[::-1] + (0.018, 0)]))],
                _plain(garment.button_colour),
                volume=0,
            )
        return
    right = curve(
        (0.0, base - 0.28),
        (0.34, base - 0.22),
        (0.46, base + 0.1),
        (0.32, base + 0.62),
        (0.0, base + 0.86),
    )
    outline = pose.warp(np.vstack([right, mirrored(right)]))
    canvas.part(
        [outline],
        cloth,
        [Stroke(outline, seam_colour(garment), width=0.035, opacity=0.8)],
        roundness=0.12,
        volume=0.35,
    )


def draw_hood_behind(canvas, garment, pose, folds):
    """The hood of a laid garment, behind its neckline."""
    right = curve((0.0, 0.78), (0.30, 0.84), (0.46, 1.15), (0.44, 1.45), (0.3, 1.6))
    outline = np.vstack([right, mirrored(right)])
    opening = np.vstack(
        [
            curve((0.0, 0.98), (0.22, 1.05), (0.30, 1.3), (0.26, 1.6)),
            mirrored(curve((0.0, 0.98), (0.22, 1.05), (0.30, 1.3), (0.26, 1.6))),
        ]
    )
    dark = Stroke(opening, tuple(0.6 * channel for channel in garment.colour), filled=True)
    canvas.part(
        [pose.warp(outline)], torso_cloth(garment, pose, folds), [dark], roundness=0.12, volume=0.3
    )


def _draw_bow(canvas, garment, pose):
    for side in (-1, 1):
        loop = np.vstack(
            [
                curve(
                    (0.0, 1.58),
                    (side * 0.2, 1.44),
                    (side * 0.33, 1.52),
                    (side * 0.3, 1.72),
                    (side * 0.14, 1.70),
                    (0.0, 1.62),
                )
            ]
        )
        tail = np.vstack(
            [
                curve((side * 0.01, 1.60), (side * 0.12, 1.95), (side * 0.12, 2.35)),
                curve((side * 0.24, 2.32), (side * 0.2, 1.9), (side * 0.06, 1.58)),
            ]
        )
        for part in (tail, loop):
            canvas.part(
                [pose.warp(part)],
                _plain(_lightened(garment.colour, 0.95)),
                [Stroke(pose.warp(part), seam_colour(garment), width=0.03, opacity=0.8)],
                roundness=0.05,
                volume=0.2,
            )
