"""Strokes on garments: seams, hems, plackets, buttons, zips, pockets, waistbands."""

import numpy as np

from studio2shop.studio.canvas import Stroke
from studio2shop.studio.geometry import curve, ellipse
from studio2shop.studio.vocabulary import COLLARS

_METAL = (0.72, 0.70, 0.66)


def _lightness(colour):
    return 0.3 * colour[0] + 0.59 * colour[1] + 0.11 * colour[2]


def seam_colour(garment):
    """A seam's colour: darker than the cloth, or lighter on nearly black cloth."""
    lightness = _lightness(garment.colour)
    factor = 0.62 if lightness > 0.25 else 1.0
    lift = 0.0 if lightness > 0.25 else 0.13
    return tuple(channel * factor + lift for channel in garment.colour)


def seam(points, garment, opacity=0.55, width=0.022):
    """A seam along points."""
    return Stroke(
        np.asarray(points, dtype=float), seam_colour(garment), width=width, opacity=opacity
    )


def shifted(points, right, down):
    """The same line elsewhere."""
    return np.asarray(points, dtype=float) + (right, down)


def button_column(garment, top, bottom, spacing=0.30, x=0.0):
    """Buttons one below the other."""
    heights = np.arange(top, bottom, spacing)
    dark = tuple(0.5 * channel for channel in garment.button_colour)
    strokes = []
    for height in heights:
        strokes.append(
            Stroke(
                ellipse((x, height), (0.044, 0.044), num_points=12), dark, filled=True, opacity=0.8
            )
        )
        strokes.append(
            Stroke(
                ellipse((x - 0.006, height - 0.006), (0.036, 0.036), num_points=12),
                garment.button_colour,
                filled=True,
            )
        )
    return strokes


def closure_strokes(garment, top, bottom):
    """The closure down the front: buttons on a placket, or a zip."""
    if garment.closure in ("buttons", "placket"):
        end = bottom if garment.closure == "buttons" else min(top + 0.62, bottom)
        edges = [seam([(x, top - 0.1), (x, end)], garment, 0.5) for x in (-0.08, 0.08)]
        if garment.closure == "placket":
            edges.append(seam([(-0.08, end), (0.08, end)], garment, 0.6))
        return edges + button_column(
            garment, top + 0.10, end - 0.05, 0.30 if garment.closure == "buttons" else 0.2
        )
    if garment.closure in ("zip", "half zip"):
        end = bottom if garment.closure == "zip" else min(top + 0.75, bottom)
        line = [(0.0, top - 0.25), (0.0, end)]
        tape = Stroke(np.array(line), seam_colour(garment), width=0.11, opacity=0.8)
        teeth = Stroke(np.array(line), _METAL, width=0.035)
        pull = Stroke(np.array([(0.0, top + 0.05), (0.03, top + 0.2)]), _METAL, width=0.045)
        return [tape, teeth, pull]
    return []


def _box(left, top, width, height, point=0.0):
    return np.array(
        [
            (left, top),
            (left + width, top),
            (left + width, top + height),
            (left + width / 2, top + height + point),
            (left, top + height),
            (left, top),
        ]
    )


def pocket_strokes(garment):
    """Pockets on the front of a top."""
    kind = garment.pockets
    if kind in ("chest", "two chest"):
        sides = (1,) if kind == "chest" else (-1, 1)
        return [
            seam(_box(side * 0.36 - 0.15, 2.08, 0.30, 0.32, 0.05), garment, 0.75, 0.025)
            for side in sides
        ] + [
            seam([(side * 0.36 - 0.15, 2.15), (side * 0.36 + 0.15, 2.15)], garment, 0.6)
            for side in sides
        ]
    if kind == "kangaroo":
        return [
            seam(
                [
                    (-0.28, 3.0),
                    (0.28, 3.0),
                    (0.5, 3.32),
                    (0.5, 3.6),
                    (-0.5, 3.6),
                    (-0.5, 3.32),
                    (-0.28, 3.0),
                ],
                garment,
                0.8,
                0.03,
            )
        ]
    if kind == "flap":
        return [
            Stroke(
                _box(side * 0.42 - 0.17, 3.12, 0.34, 0.12),
                seam_colour(garment),
                width=0.03,
                opacity=0.8,
            )
            for side in (-1, 1)
        ]
    if kind == "slant":
        return [
            seam([(side * 0.40, 3.0), (side * 0.54, 3.4)], garment, 0.85, 0.04) for side in (-1, 1)
        ]
    if kind == "zip":
        return [
            Stroke(
                np.array([(side * 0.36, 2.95), (side * 0.56, 3.3)]),
                _METAL,
                width=0.035,
                opacity=0.9,
            )
            for side in (-1, 1)
        ]
    return []


def hem_strokes(garment, hem_line):
    """The hem of a top or dress: a rib band or a stitched edge."""
    if garment.cuff == "rib" and garment.category in ("pullover", "jacket"):
        band = [seam(shifted(hem_line, 0, -0.24), garment, 0.7, 0.025)]
        right = hem_line[:, 0].max()
        ribs = [
            seam([(x, garment.hem - 0.24), (x, garment.hem + 0.1)], garment, 0.28, 0.02)
            for x in np.arange(-right, right, 0.07)
        ]
        return band + ribs
    return [seam(shifted(hem_line, 0, -0.07), garment, 0.45)]


def neck_edge_strokes(garment, neckline):
    """How the neckline is finished where there is no collar."""
    if COLLARS.get(garment.collar) != "edge" and garment.collar != "henley":
        return []
    dark = seam_colour(garment)
    if garment.collar == "contrast rib":
        return [Stroke(neckline, garment.second_colour, width=0.19)]
    if garment.collar == "bound edge":
        return [Stroke(neckline, garment.third_colour, width=0.09)]
    if garment.collar in ("rib edge", "henley"):
        centre = neckline.mean(axis=0) - (0, 0.25)
        outer = (
            neckline
            + (neckline - centre)
            / np.maximum(np.hypot(*(neckline - centre).T), 0.05)[:, None]
            * 0.10
        )
        return [
            Stroke(neckline, garment.colour, width=0.2),
            Stroke(outer, dark, width=0.024, opacity=0.8),
        ]
    if garment.collar == "raw edge":
        return [Stroke(neckline, dark, width=0.03, opacity=0.5)]
    centre = neckline.mean(axis=0) - (0, 0.25)
    outer = (
        neckline
        + (neckline - centre) / np.maximum(np.hypot(*(neckline - centre).T), 0.05)[:, None] * 0.05
    )
    return [Stroke(outer, dark, width=0.02, opacity=0.5)]


def waist_strokes(garment, top, waist, front):
    """Waistband, belt, fly and pockets of trousers and skirts."""
    dark = seam_colour(garment)
    height = 0.16
    band_line = np.array([(-waist - 0.2, top + height), (waist + 0.2, top + height)])
    strokes = []
    if garment.waistband == "belt":
        leather = (0.30, 0.19, 0.12) if garment.pattern_variant % 2 else (0.10, 0.10, 0.11)
        middle = np.array([(-waist - 0.2, top + height * 0.5), (waist + 0.2, top + height * 0.5)])
        strokes.append(Stroke(middle, leather, width=height))
        if front:
            strokes.append(Stroke(_box(-0.08, top + 0.01, 0.16, 0.13), _METAL, width=0.03))
    elif garment.waistband in ("elastic", "drawstring"):
        strokes += [
            Stroke(np.array([(x, top), (x, top + height)]), dark, width=0.02, opacity=0.45)
            for x in np.arange(-waist, waist, 0.07)
        ]
        strokes.append(Stroke(band_line, dark, width=0.02, opacity=0.5))
        if garment.waistband == "drawstring" and front:
            for side in (-1, 1):
                cord = curve((0.0, top + 0.08), (side * 0.07, top + 0.3), (side * 0.05, top + 0.55))
                strokes.append(Stroke(cord, garment.button_colour, width=0.035))
    else:
        strokes.append(Stroke(band_line, dark, width=0.024, opacity=0.7))
        strokes += [
            Stroke(
                np.array([(x, top - 0.02), (x, top + height + 0.03)]),
                dark,
                width=0.045,
                opacity=0.55,
            )
            for x in (-waist * 0.62, waist * 0.62)
        ]
        if front:
            strokes.append(
                Stroke(
                    ellipse((0.02, top + 0.08), (0.04, 0.04), num_points=12),
                    _METAL if garment.material == "denim" else garment.button_colour,
                    filled=True,
                )
            )
    if garment.category == "trouser":
        strokes += _trouser_strokes(garment, top, waist, front)
    elif garment.pockets == "slant" and front:
        strokes += [
            seam(
                [(side * waist * 0.72, top + height), (side * (waist + 0.12), top + 0.62)],
                garment,
                0.75,
                0.03,
            )
            for side in (-1, 1)
        ]
    return strokes


def _trouser_strokes(garment, top, waist, front):
    stitched = garment.material == "denim" and _lightness(garment.colour) < 0.6
    thread = (0.78, 0.60, 0.35) if stitched else seam_colour(garment)
    line = {"width": 0.022, "opacity": 0.8}
    strokes = []
    if front:
        strokes.append(
            Stroke(
                curve((0.02, top + 0.16), (0.02, 3.75), (0.0, 4.1)),
                seam_colour(garment),
                width=0.024,
                opacity=0.7,
            )
        )
        if garment.waistband in ("belt loops", "belt"):
            strokes.append(
                Stroke(curve((0.13, top + 0.16), (0.13, 3.65), (0.02, 3.88)), thread, **line)
            )
        for side in (-1, 1):
            if garment.pockets == "jeans":
                pocket = curve(
                    (side * waist * 0.45, top + 0.16),
                    (side * waist * 0.62, top + 0.36),
                    (side * (waist + 0.25), top + 0.42),
                )
                strokes.append(Stroke(pocket, thread, **line))
            elif garment.pockets != "none":
                strokes.append(
                    Stroke(
                        np.array(
                            [(side * waist * 0.7, top + 0.16), (side * (waist + 0.1), top + 0.65)]
                        ),
                        thread,
                        **line,
                    )
                )
    else:
        strokes.append(
            Stroke(
                curve((0.0, top + 0.16), (0.0, 4.15)),
                seam_colour(garment),
                width=0.024,
                opacity=0.8,
            )
        )
        if garment.pockets in ("jeans", "cargo", "slant"):
            for side in (-1, 1):
                strokes.append(
                    Stroke(_box(side * 0.34 - 0.16, top + 0.38, 0.32, 0.36, 0.06), thread, **line)
                )
    if garment.pockets == "cargo":
        for side in (-1, 1):
            box = _box(side * 0.50 - 0.17, 5.0, 0.34, 0.5)
            strokes += [
                Stroke(box, seam_colour(garment), width=0.03, opacity=0.85),
                Stroke(box[:2] + (0, 0.13), seam_colour(garment), width=0.03, opacity=0.7),
            ]
    return strokes
