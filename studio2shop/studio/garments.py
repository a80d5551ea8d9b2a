"""Garments drawn on a canvas, part by part: inside, torso, sleeves, collar, trousers, skirt."""

import numpy as np

from studio2shop.studio import details
from studio2shop.studio.canvas import Stroke, fold_light
from studio2shop.studio.figure import arm_joints, leg_joints
from studio2shop.studio.geometry import curve, direction, ellipse
from studio2shop.studio.prints import print_level
from studio2shop.studio.shapes import (
    COLLAR_LEAVES,
    LAPEL_ENDS,
    NECK_HEIGHT,
    skirt_shape,
    sleeve_shape,
    top_shape,
    trouser_shape,
)
from studio2shop.studio.textures import bilinear, fabric, relief


def _lit(colours, light, gloss):
    """Light on folds: a factor, and a little gloss for the folds of black cloth."""
    return colours * (1 + light)[..., None] + (np.maximum(light, 0) * gloss)[..., None]


def _gloss(garment):
    return {"leather": 0.5, "satin": 0.4, "velvet": 0.25, "quilted": 0.3}.get(
        garment.material, 0.14
    )


def _shaded(garment, folds, u, v, pixel):
    light = fold_light(folds, u, v) * (1.3 if garment.material in ("satin", "leather") else 1.0)
    return _lit(
        fabric(garment, u, v, pixel), light + relief(garment.material, u, v, pixel), _gloss(garment)
    )


def _printed(garment, colours, u, v, pixel):
    width = 2 * garment.print_size
    level = print_level(garment.pattern_variant, pixel / (width / 96))
    size = level.shape[0]
    column = (u / width + 0.5) * size - 0.5
    row = ((v - garment.print_height) / width + 0.5) * size - 0.5
    inside = (column > -1) & (column < size) & (row > -1) & (row < size)
    ink = bilinear(level, column, row, wrap=False) * inside[..., None]
    light = colours.max(axis=-1, keepdims=True) / max(max(garment.colour), 0.05)
    for layer, ink_colour in enumerate((garment.second_colour, garment.third_colour)):
        colours = colours + ink[..., layer : layer + 1] * (
            np.array(ink_colour, dtype=np.float32) * np.clip(light, 0.6, 1.15) - colours
        )
    return colours


def torso_cloth(garment, pose, folds):
    """The cloth of a torso, skirt or dress: garment coordinates are the straight body's."""

    def cloth(x, y, pixel):
        u = pose.unwarp(x, y)
        colours = _shaded(garment, folds, u, y, pixel)
        if garment.pattern == "graphic print" and pose.front:
            colours = _printed(garment, colours, u, y, pixel)
        return colours

    return cloth


def limb_cloth(garment, start, joint, end, side, folds):
    """The cloth of a sleeve: along the upper arm, then along the forearm."""
    along_upper, normal_upper = direction(start, joint)
    along_lower, normal_lower = direction(joint, end)
    bisector = along_upper + along_lower
    upper_length = np.hypot(*(np.asarray(joint) - start))

    def cloth(x, y, pixel):
        from_start, from_joint = (x - start[0], y - start[1]), (x - joint[0], y - joint[1])
        lower = from_joint[0] * bisector[0] + from_joint[1] * bisector[1] > 0
        v = np.where(
            lower,
            upper_length + from_joint[0] * along_lower[0] + from_joint[1] * along_lower[1],
            from_start[0] * along_upper[0] + from_start[1] * along_upper[1],
        )
        u = np.where(
            lower,
            from_joint[0] * normal_lower[0] + from_joint[1] * normal_lower[1],
            from_start[0] * normal_upper[0] + from_start[1] * normal_upper[1],
        )
        return _shaded(garment, folds, u * side, v + start[1], pixel)

    return cloth


def draw_inside(canvas, garment, body, pose):
    """The inside of the back, seen through the neckline from the front, with its label."""
    shape = top_shape(garment, body, pose)
    if not pose.front or garment.sleeve_length == "spaghetti":
        return
    back = shape.back_neckline[::-1] - (0, 0.02)
    if garment.collar in COLLAR_LEAVES:
        half, base = shape.neckline[-1]
        back = curve(
            (half, base),
            (half * 0.8, base - 0.13),
            (0.0, base - 0.17),
            (-half * 0.8, base - 0.13),
            (-half, base),
        )
    outline = pose.warp(np.vstack([shape.neckline, back]))
    shade = tuple(0.72 * channel + 0.02 for channel in garment.colour)
    label = Stroke(
        np.array([(-0.09, 1.36), (0.09, 1.36), (0.09, 1.43), (-0.09, 1.43)]),
        (0.85, 0.84, 0.80),
        filled=True,
        opacity=0.9,
    )
    canvas.part(
        [outline],
        lambda x, y, pixel: np.broadcast_to(np.array(shade, np.float32), (*x.shape, 3)),
        [label] if pose.laid else [],
        volume=0.1,
    )


def draw_torso(canvas, garment, body, pose, folds, opened=0.0):
    """The torso of a top, jacket or dress; `opened` is half the gap of an open jacket in heads."""
    shape = top_shape(garment, body, pose)
    outline = pose.warp(shape.outline)
    strokes = details.hem_strokes(garment, shape.hem_line)
    strokes += details.neck_edge_strokes(garment, shape.neckline)
    for side in (-1, 1):
        strokes.append(details.seam(shape.armhole * (side, 1), garment, 0.5, 0.035))
    holes = []
    if pose.front:
        low = float(shape.neckline[:, 1].max())
        strokes += details.pocket_strokes(garment)
        strokes += (
            details.closure_strokes(garment, LAPEL_ENDS.get(garment.collar, low), garment.hem)
            if not opened
            else []
        )
        if garment.neckline == "keyhole" and garment.closure == "none":
            holes.append(pose.warp(ellipse((0, low + 0.26), (0.055, 0.15))))
        if garment.neckline == "wrap":
            strokes.append(
                details.seam(
                    [shape.neckline[0], (0.0, low), (shape.widths[1], low + 0.85)],
                    garment,
                    0.9,
                    0.035,
                )
            )
    if garment.category == "dress" and garment.waistband != "plain":
        width = shape.widths[1] + 0.1
        line = np.array([(-width, 2.98), (width, 2.98)])
        strokes.append(
            Stroke(
                line,
                details.seam_colour(garment),
                width=0.13 if garment.waistband == "belt" else 0.03,
                opacity=0.85,
            )
        )
    strokes = [Stroke(pose.warp(s.points), s.colour, s.width, s.opacity, s.filled) for s in strokes]
    if opened:
        gap = np.array(
            [
                (-0.16, NECK_HEIGHT - 0.3),
                (0.16, NECK_HEIGHT - 0.3),
                (opened, 2.4),
                (opened * 1.3, garment.hem + 0.3),
                (-opened * 1.3, garment.hem + 0.3),
                (-opened, 2.4),
            ]
        )
        holes.append(pose.warp(gap))
        edge = pose.warp(gap[[1, 2, 3]]), pose.warp(gap[[0, 5, 4]])
        strokes += [
            Stroke(line, details.seam_colour(garment), width=0.07, opacity=0.7) for line in edge
        ]
    canvas.part([outline], torso_cloth(garment, pose, folds), strokes, holes)
    if garment.sleeve_length == "spaghetti":
        for side in (-1, 1):
            start = shape.neckline[0] * (-side, 1) if side > 0 else shape.neckline[0]
            strap = (
                np.array([start, (side * 0.42, 1.36)])
                if pose.front
                else np.array([start, (side * 0.40, 1.36)])
            )
            _draw_strap(canvas, garment, pose.warp(strap))


def _draw_strap(canvas, garment, line):
    along, normal = direction(line[0], line[1])
    outline = np.vstack([line + normal * 0.035, line[::-1] - normal * 0.035])
    canvas.part(
        [outline],
        lambda x, y, pixel: np.broadcast_to(
            np.array(garment.colour, np.float32) * 0.95, (*x.shape, 3)
        ),
        volume=0,
    )


def draw_sleeve(canvas, garment, body, pose, side, folds):
    """One sleeve, with its cuff; nothing for sleeveless garments."""
    if garment.sleeve_reach < 0.1:
        return
    shape = top_shape(garment, body, pose)
    outlines, cuff = sleeve_shape(garment, body, pose, side, shape)
    shoulder, elbow, wrist = arm_joints(body, pose, side)
    if garment.sleeve_reach > 0.5:
        along, _ = direction(elbow, wrist)
    else:
        along, _ = direction(shoulder, elbow)
    depth = {"rib": 0.22, "buttoned": 0.20, "rolled": 0.12, "contrast": 0.10}.get(
        garment.cuff, 0.06
    )
    outward, _ = direction(cuff[1], cuff[0])
    line = np.array([cuff[0] + outward * 0.1, cuff[1] - outward * 0.1])
    strokes = [details.seam(line - along * depth, garment, 0.75, 0.028)]
    if garment.cuff == "contrast":
        strokes = [Stroke(line - along * depth * 0.5, garment.second_colour, width=depth)]
    if garment.cuff == "rib":
        for share in np.linspace(0, 1, 8):
            place = cuff[0] + (cuff[1] - cuff[0]) * share
            strokes.append(
                Stroke(
                    np.array([place, place - along * depth]),
                    details.seam_colour(garment),
                    width=0.02,
                    opacity=0.3,
                )
            )
    if garment.cuff == "buttoned" and garment.sleeve_reach > 0.5:
        strokes.append(
            Stroke(
                ellipse(
                    cuff[0] * 0.6 + cuff[1] * 0.4 - along * depth * 0.5,
                    (0.035, 0.035),
                    num_points=10,
                ),
                garment.button_colour,
                filled=True,
            )
        )
    armhole = pose.warp(shape.armhole * (side, 1.0))
    strokes.append(details.seam(armhole, garment, 0.6, 0.03))
    canvas.part(
        outlines,
        limb_cloth(garment, shoulder, elbow, wrist, side, folds),
        strokes,
        roundness=0.11,
        volume=0.32,
    )


def draw_trousers(canvas, garment, body, pose, folds):
    """Trousers with their waistband."""
    outline, top, waist, hems = trouser_shape(garment, body, pose)
    axes = [leg_joints(body, pose, side) for side in (-1, 1)]
    heights = [joint[1] for joint in axes[0]]
    washed = garment.material == "denim"

    def cloth(x, y, pixel):
        middle = pose.sway(y)
        left, right = (np.interp(y, heights, [joint[0] for joint in legs]) for legs in axes)
        blend = np.clip((y - 3.6) / 0.9, 0, 1)
        axis = np.where(x < middle, left + 0.36, right - 0.36) * blend + middle * (1 - blend)
        u = (x - axis).astype(np.float32)
        colours = _shaded(garment, folds, u, y, pixel)
        if washed:
            fade = np.exp(-(((np.abs(u) - 0.36) / 0.17) ** 2) - ((y - 5.0) / 1.1) ** 2)
            colours = (
                colours
                + (fade * 0.17 * (garment.pattern_variant % 3))[..., None] * (0.9 - colours) * 0.6
            )
        inner = np.clip(1 - np.abs(x - middle) / 0.16, 0, 1) * np.clip((y - 4.1) * 4, 0, 1)
        return colours * (1 - 0.2 * inner)[..., None]

    strokes = [
        Stroke(s.points + (float(pose.sway(top)), 0), s.colour, s.width, s.opacity, s.filled)
        for s in details.waist_strokes(garment, top, waist, pose.front)
    ]
    strokes += [details.seam(details.shifted(hem, 0, -0.08), garment, 0.6) for hem in hems]
    canvas.part([outline], cloth, strokes, roundness=0.13, volume=0.32)


def draw_skirt(canvas, garment, body, pose, folds):
    """A skirt with its waistband."""
    outline, top, waist, hem = skirt_shape(garment, body, pose)
    strokes = details.waist_strokes(garment, top, waist, pose.front) + [
        details.seam(details.shifted(hem, 0, -0.08), garment, 0.5)
    ]
    strokes = [Stroke(pose.warp(s.points), s.colour, s.width, s.opacity, s.filled) for s in strokes]
    canvas.part([pose.warp(outline)], torso_cloth(garment, pose, folds), strokes, roundness=0.2)
