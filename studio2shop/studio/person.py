"""The model: skin, arms, legs, shoes, head and hair, in the order in which clothes need them."""

import numpy as np

from studio2shop.studio.canvas import Stroke, plain
from studio2shop.studio.figure import SHOULDER_HEIGHT, arm_joints, leg_joints
from studio2shop.studio.geometry import curve, direction, ellipse, mirrored, tapered


def _tilted(points, pose):
    """Head points turned about the neck by the head's tilt, and moved with a turn of the body."""
    cosine, sine = np.cos(pose.head_tilt), np.sin(pose.head_tilt)
    centred = points - (0.0, 1.1)
    return np.stack(
        [
            centred[:, 0] * cosine - centred[:, 1] * sine,
            centred[:, 0] * sine + centred[:, 1] * cosine + 1.1,
        ],
        axis=1,
    )


def _darker(colour, factor):
    return tuple(channel * factor for channel in colour)


def _mouth_colour(body):
    red = np.array([0.72, 0.30, 0.32]) if body.womens else np.array([0.62, 0.36, 0.32])
    return tuple(0.55 * red + 0.45 * np.array(body.skin) * 0.8)


def draw_trunk(canvas, body, pose, sleeve_reach):
    """Neck, chest, belly and hips, with the arms where no sleeve covers them."""
    right = np.vstack(
        [
            curve(
                (body.neck, 0.85),
                (body.neck * 0.96, 1.15),
                (body.neck + 0.07, 1.36),
                (body.shoulder * 0.66, 1.48),
                (body.shoulder - 0.03, SHOULDER_HEIGHT + 0.10),
            ),
            curve(
                (body.shoulder - 0.08, 1.8),
                (body.chest * 0.98, 2.1),
                (body.waist, 2.95),
                (body.hip, 3.85),
                (body.hip * 0.85, 4.2),
            ),
        ]
    )
    outline = np.vstack([right, mirrored(right)])
    lines, arms = [], []
    if sleeve_reach < 0.2:
        arms = _arm_outlines(body, pose, -1, 0.0) + _arm_outlines(body, pose, 1, 0.0)
    if pose.front:
        for side in (-1, 1):
            lines.append(
                Stroke(
                    pose.warp(curve((side * 0.07, 1.47), (side * 0.28, 1.44), (side * 0.5, 1.46))),
                    _darker(body.skin, 0.8),
                    width=0.03,
                    opacity=0.5,
                )
            )
    shade = ellipse((0, 1.02), (body.neck * 1.3, 0.16))
    lines.append(Stroke(_tilted(shade, pose), _darker(body.skin, 0.72), filled=True, opacity=0.7))
    canvas.part([pose.warp(outline), *arms], plain(body.skin), lines, roundness=0.13, volume=0.22)


def draw_legs(canvas, body, pose):
    """Bare legs and shoes."""
    for side in (-1, 1):
        hip, knee, ankle = leg_joints(body, pose, side)
        thigh = tapered(hip, knee, body.thigh, body.thigh * 0.50, bulge=0.02)
        calf = tapered(knee, ankle, body.thigh * 0.50, 0.115, bulge=0.055)
        knee_disc = ellipse(knee, (body.thigh * 0.5, body.thigh * 0.5))
        canvas.part([thigh, calf, knee_disc], plain(body.skin), roundness=0.12, volume=0.25)


def draw_shoes(canvas, body, pose, shoe_colour, sole_colour):
    """Shoes, from the front or from behind."""
    for side in (-1, 1):
        _, _, ankle = leg_joints(body, pose, side)
        out = side * 0.08
        shoe = np.vstack(
            [
                curve(
                    (ankle[0] - 0.13, ankle[1] - 0.02),
                    (ankle[0] - 0.16 + out, 7.86),
                    (ankle[0] - 0.12 + out * 1.6, 8.02),
                ),
                curve(
                    (ankle[0] + 0.12 + out * 1.6, 8.02),
                    (ankle[0] + 0.16 + out, 7.86),
                    (ankle[0] + 0.13, ankle[1] - 0.02),
                ),
            ]
        )
        sole = np.array([(ankle[0] - 0.3, 8.0), (ankle[0] + 0.4, 8.0)])
        canvas.part(
            [shoe],
            plain(shoe_colour),
            [Stroke(sole, sole_colour, width=0.09)],
            roundness=0.08,
            volume=0.3,
        )


def draw_arm(canvas, body, pose, side, start=0.0):
    """An arm with its hand, from a share of its length on (0 is the shoulder, 0.5 the elbow)."""
    _, elbow, wrist = arm_joints(body, pose, side)
    along, normal = _towards_body(elbow, wrist, side)
    fingers = [
        Stroke(
            np.array(
                [
                    wrist + along * 0.27 + normal * across * 0.1,
                    wrist + along * 0.43 + normal * across * 0.08,
                ]
            ),
            _darker(body.skin, 0.7),
            width=0.022,
            opacity=0.6,
        )
        for across in (-0.5, 0.1, 0.65)
    ]
    canvas.part(
        _arm_outlines(body, pose, side, start),
        plain(body.skin),
        fingers,
        roundness=0.09,
        volume=0.25,
    )


def _towards_body(elbow, wrist, side):
    """The forearm's direction and its normal on the thumb's side."""
    along, normal = direction(elbow, wrist)
    return along, normal if normal[0] * side <= 0 else -normal


def _arm_outlines(body, pose, side, start):
    shoulder, elbow, wrist = arm_joints(body, pose, side)
    upper_radius, elbow_radius = body.arm * 1.15, body.arm * 0.86
    outlines = [
        tapered(elbow, wrist, elbow_radius, body.arm * 0.58, 0.02),
        ellipse(elbow, (elbow_radius, elbow_radius)),
    ]
    if start < 0.5:
        begin = shoulder + (elbow - shoulder) * 2 * start
        begin_radius = upper_radius + (elbow_radius - upper_radius) * 2 * start
        outlines += [tapered(begin, elbow, begin_radius, elbow_radius, 0.01)]
        if start == 0:
            outlines.append(ellipse(shoulder, (upper_radius, upper_radius)))
    elif start > 0.7:
        begin = elbow + (wrist - elbow) * (2 * start - 1)
        outlines = (
            [tapered(begin, wrist, elbow_radius * 0.75, body.arm * 0.58)] if start < 0.95 else []
        )
    along, normal = _towards_body(elbow, wrist, side)
    palm = [
        (-0.05, 0.55),
        (0.10, 0.72),
        (0.30, 0.70),
        (0.52, 0.42),
        (0.60, 0.05),
        (0.52, -0.32),
        (0.30, -0.62),
        (0.08, -0.62),
        (-0.05, -0.55),
    ]
    hand = np.array(
        [wrist + along * down * 0.78 + normal * across * 0.185 for down, across in palm]
    )
    thumb = np.array(
        [
            wrist + along * down * 0.78 + normal * across * 0.185
            for down, across in ((0.02, 0.4), (0.14, 1.05), (0.30, 1.15), (0.36, 0.85), (0.22, 0.4))
        ]
    )
    return [*outlines, curve(*hand), curve(*thumb)]


def draw_back_hair(canvas, body, pose):
    """Hair that falls behind the shoulders, for front views."""
    if body.hair_style in ("long", "wavy"):
        low = 2.15 if body.hair_style == "long" else 1.9
        right = curve(
            (0.0, -0.04),
            (0.30, 0.05),
            (0.43, 0.4),
            (0.46, 0.9),
            (0.56, 1.4),
            (0.50, low),
            (0.2, low + 0.08),
        )
    elif body.hair_style == "bob":
        right = curve(
            (0.0, -0.04), (0.32, 0.06), (0.46, 0.45), (0.50, 0.9), (0.44, 1.14), (0.15, 1.12)
        )
    elif body.hair_style in ("curly",):
        right = curve(
            (0.0, -0.12), (0.38, 0.0), (0.62, 0.38), (0.66, 0.85), (0.52, 1.3), (0.2, 1.4)
        )
    else:
        return
    canvas.part(
        [_tilted(np.vstack([right, mirrored(right)]), pose)],
        plain(_darker(body.hair, 0.8)),
        _strands(body, 0.6),
        roundness=0.1,
        volume=0.3,
    )


def _strands(body, reach):
    light = tuple(min(channel * 1.25 + 0.05, 1.0) for channel in body.hair)
    return [
        Stroke(
            curve((x * 0.5, -0.02), (x, 0.5), (x * 1.15, 1.2), (x * 1.1, 2.1)),
            light,
            width=0.03,
            opacity=0.35,
        )
        for x in (-0.42, -0.33, -0.24, 0.24, 0.33, 0.42)
    ]


def draw_head(canvas, body, pose):
    """The head with its face (from the front) or hair only (from behind)."""
    if not pose.front:
        _draw_head_from_behind(canvas, body, pose)
        return
    jaw = 0.30 if body.womens else 0.335
    right = curve(
        (0.0, 0.06),
        (0.28, 0.16),
        (0.365, 0.42),
        (0.355, 0.62),
        (jaw, 0.83),
        (0.14, 1.0),
        (0.0, 1.035),
    )
    ears = [ellipse((side * 0.37, 0.58), (0.05, 0.1)) for side in (-1, 1)]
    head = np.vstack([right, mirrored(right)])
    canvas.part(
        [_tilted(shape, pose) for shape in (head, *ears)],
        plain(body.skin),
        _face(body, pose),
        roundness=0.12,
        volume=0.2,
    )
    _draw_front_hair(canvas, body, pose)


def _face(body, pose):
    dark, aside = (0.13, 0.09, 0.08), pose.turn * 0.5
    strokes = []
    if body.beard:
        beard = np.vstack(
            [
                curve(
                    (-0.37, 0.6),
                    (-0.30, 0.72),
                    (-0.14, 0.73),
                    (0.0, 0.71),
                    (0.14, 0.73),
                    (0.30, 0.72),
                    (0.37, 0.6),
                ),
                curve((0.40, 1.0), (0.0, 1.12), (-0.40, 1.0)),
            ]
        )
        strokes.append(Stroke(beard, body.hair, filled=True, opacity=0.55))
    for side in (-1, 1):
        eye = np.array([side * 0.155 + aside, 0.52])
        strokes += [
            Stroke(ellipse(eye, (0.062, 0.030)), (0.97, 0.95, 0.93), filled=True),
            Stroke(ellipse(eye, (0.029, 0.031), num_points=14), dark, filled=True),
            Stroke(
                eye + curve((-0.07, 0.004), (0.0, -0.036), (0.07, 0.004)),
                dark,
                width=0.026 if body.womens else 0.018,
                opacity=0.9,
            ),
            Stroke(
                eye + curve((-side * 0.07, -0.085), (side * 0.02, -0.115), (side * 0.095, -0.08)),
                _darker(body.hair, 0.7),
                width=0.034 if body.womens else 0.045,
                opacity=0.75,
            ),
            Stroke(
                ellipse((side * 0.2 + aside, 0.72), (0.09, 0.06)),
                (0.85, 0.42, 0.38),
                filled=True,
                opacity=0.13,
            ),
        ]
    strokes.append(
        Stroke(
            curve(
                (0.02 + aside, 0.54),
                (0.045 + aside, 0.67),
                (0.0 + aside, 0.71),
                (-0.04 + aside, 0.695),
            ),
            _darker(body.skin, 0.68),
            width=0.022,
            opacity=0.6,
        )
    )
    lips = curve(
        (-0.105, 0.835),
        (-0.045, 0.812),
        (0.0, 0.822),
        (0.045, 0.812),
        (0.105, 0.835),
        (0.05, 0.868),
        (0.0, 0.875),
        (-0.05, 0.868),
        (-0.105, 0.835),
    ) + (aside, 0)
    strokes.append(Stroke(lips, _mouth_colour(body), filled=True, opacity=0.9))
    strokes.append(
        Stroke(
            curve((-0.105, 0.835), (0.0, 0.842), (0.105, 0.835)) + (aside, 0),
            _darker(_mouth_colour(body), 0.6),
            width=0.015,
            opacity=0.7,
        )
    )
    return strokes


def _draw_front_hair(canvas, body, pose):
    style, hair = body.hair_style, plain(body.hair)
    light = tuple(min(channel * 1.3 + 0.06, 1.0) for channel in body.hair)
    shine = [
        Stroke(curve((-0.2, 0.02), (0.0, -0.01), (0.22, 0.05)), light, width=0.05, opacity=0.3)
    ]
    if style == "shaved":
        cap = curve(
            (-0.36, 0.44),
            (-0.33, 0.14),
            (0.0, -0.01),
            (0.33, 0.14),
            (0.36, 0.44),
            (0.29, 0.27),
            (0.0, 0.2),
            (-0.29, 0.27),
            (-0.36, 0.44),
        )
        canvas.part(
            [_tilted(cap, pose)],
            plain(tuple(0.45 * h + 0.55 * s for h, s in zip(body.hair, body.skin, strict=True))),
            volume=0,
        )
        return
    if style in ("short", "quiff", "curly short"):
        high = {"short": -0.06, "quiff": -0.16, "curly short": -0.13}[style]
        cap = curve(
            (-0.385, 0.54),
            (-0.41, 0.2),
            (-0.26, high + 0.06),
            (0.02, high),
            (0.28, high + 0.07),
            (0.41, 0.2),
            (0.385, 0.54),
            (0.33, 0.34),
            (0.22, 0.2),
            (-0.05, 0.24),
            (-0.27, 0.2),
            (-0.34, 0.34),
            (-0.385, 0.54),
        )
        parts = [cap]
        if style == "curly short":
            parts += [
                ellipse((x, y), (0.12, 0.11))
                for x, y in (
                    (-0.32, 0.12),
                    (-0.16, 0.0),
                    (0.03, -0.06),
                    (0.22, 0.0),
                    (0.34, 0.13),
                    (-0.05, 0.12),
                    (0.15, 0.12),
                )
            ]
        canvas.part(
            [_tilted(part, pose) for part in parts], hair, shine, roundness=0.08, volume=0.3
        )
        return
    parting = -0.10
    cap = np.vstack(
        [
            curve((parting, 0.14), (-0.26, 0.24), (-0.345, 0.46), (-0.375, 0.72)),
            curve(
                (-0.43, 0.70),
                (-0.43, 0.30),
                (-0.26, 0.02),
                (0.0, -0.05),
                (0.26, 0.02),
                (0.43, 0.30),
                (0.43, 0.70),
            ),
            curve((0.375, 0.72), (0.345, 0.46), (0.22, 0.24), (parting, 0.14)),
        ]
    )
    parts = [cap]
    if style == "bun":
        parts.append(ellipse((0.04, -0.13), (0.21, 0.17)))
    if style in ("long", "wavy"):
        low = 2.0 if style == "long" else 1.75
        wave = 0.06 if style == "wavy" else 0.0
        for side in (-1, 1):
            parts.append(
                np.vstack(
                    [
                        curve(
                            (side * 0.36, 0.40),
                            (side * 0.37, 0.8),
                            (side * (0.33 + wave), 1.2),
                            (side * (0.36 - wave), 1.6),
                            (side * 0.34, low),
                        ),
                        curve(
                            (side * 0.50, low - 0.1),
                            (side * (0.58 + wave), 1.5),
                            (side * (0.50 - wave), 1.0),
                            (side * 0.44, 0.5),
                        ),
                    ]
                )
            )
        shine = shine + _strands(body, low)
    if style == "bob":
        for side in (-1, 1):
            parts.append(
                np.vstack(
                    [
                        curve((side * 0.36, 0.36), (side * 0.36, 0.8), (side * 0.29, 1.12)),
                        curve((side * 0.46, 1.1), (side * 0.5, 0.8), (side * 0.43, 0.36)),
                    ]
                )
            )
    if style == "curly":
        parts += [
            ellipse((x, y), (0.15, 0.15))
            for x, y in (
                (-0.42, 0.3),
                (-0.3, 0.06),
                (-0.08, -0.04),
                (0.14, -0.04),
                (0.34, 0.1),
                (0.45, 0.34),
                (0.5, 0.62),
                (-0.48, 0.6),
                (-0.5, 0.9),
                (0.52, 0.92),
            )
        ]
    canvas.part([_tilted(part, pose) for part in parts], hair, shine, roundness=0.07, volume=0.32)


def _draw_head_from_behind(canvas, body, pose):
    style = body.hair_style
    ends = {"long": 2.2, "wavy": 1.95, "bob": 1.15, "curly": 1.4}
    if style in ends:
        low = ends[style]
        wide = {"curly": 0.62, "bob": 0.47}.get(style, 0.42)
        right = curve(
            (0.0, -0.06),
            (0.30, 0.02),
            (wide, 0.4),
            (wide, 0.85),
            (min(wide + 0.06, 0.6), (0.85 + low) / 2),
            (0.30, low),
            (0.0, low + 0.08),
        )
    else:
        right = curve(
            (0.0, -0.04), (0.30, 0.05), (0.40, 0.4), (0.37, 0.75), (0.24, 1.02), (0.0, 1.08)
        )
    outlines = [np.vstack([right, mirrored(right)])]
    if style == "bun":
        outlines.append(ellipse((0.0, 0.02), (0.24, 0.2)))
    if style == "ponytail":
        outlines.append(
            np.vstack(
                [
                    curve((-0.12, 0.35), (-0.17, 1.0), (-0.10, 1.75)),
                    curve((0.10, 1.75), (0.17, 1.0), (0.12, 0.35)),
                ]
            )
        )
    ears = [ellipse((side * 0.385, 0.58), (0.05, 0.1)) for side in (-1, 1)]
    if style not in ends:
        canvas.part([_tilted(ear, pose) for ear in ears], plain(body.skin), volume=0.1)
    colour = (
        body.hair
        if style != "shaved"
        else tuple(0.45 * h + 0.55 * s for h, s in zip(body.hair, body.skin, strict=True))
    )
    canvas.part(
        [_tilted(outline, pose) for outline in outlines],
        plain(colour),
        _strands(body, 2.0) if style in ends else (),
        roundness=0.12,
        volume=0.3,
    )
