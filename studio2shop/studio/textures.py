"""Fabric: the colour of a garment at every point of its own cloth.

Patterns are functions of garment coordinates `(u, v)` in heads, softened over the size of a pixel,
so that a title image and a query show the same cloth at any resolution, and stripes follow a bent
sleeve.
"""

import functools

import aggdraw
import numpy as np
from PIL import Image

_TILE_PIXELS = 128
_TILE_VARIANTS = 24


def _soft(distance, pixel):
    """1 inside (distance < 0), 0 outside, a ramp of a pixel between."""
    return np.clip(0.5 - distance / pixel, 0, 1)


def _bands(position, period, share, pixel):
    """Stripes: 1 on a `share` of each period, antialiased."""
    phase = np.abs((position / period) % 1 - 0.5) * period
    return _soft(phase - share * period / 2, pixel)


def _striped(garment, u, v, pixel):
    scale = 0.26 * garment.pattern_scale
    share = (0.25, 0.5, 0.4)[garment.pattern_variant % 3]
    return _bands(v, scale, share, pixel), None


def _pinstriped(garment, u, v, pixel):
    scale = 0.20 * garment.pattern_scale
    return _bands(u, scale, 0.28, pixel), None


def _broad_striped(garment, u, v, pixel):
    scale = 0.75 * garment.pattern_scale
    third = _bands(v + scale * 0.5, scale * (1, 2)[garment.pattern_variant % 2], 0.18, pixel)
    return _bands(v, scale, 0.42, pixel), third


def _checked(garment, u, v, pixel):
    scale = 0.24 * garment.pattern_scale
    return (_bands(u, scale, 0.5, pixel) + _bands(v, scale, 0.5, pixel)) * 0.5, None


def _tartan(garment, u, v, pixel):
    scale = 0.62 * garment.pattern_scale
    broad = _bands(u, scale, 0.45, pixel) + _bands(v, scale, 0.45, pixel)
    thin = np.maximum(
        _bands(u + scale / 2, scale, 0.1, pixel), _bands(v + scale / 2, scale, 0.1, pixel)
    )
    return broad * 0.48, thin * 0.9


def _polka_dots(garment, u, v, pixel):
    scale = 0.30 * garment.pattern_scale
    row = np.floor(v / scale)
    across = ((u / scale + 0.5 * (row % 2)) % 1 - 0.5) * scale
    down = ((v / scale) % 1 - 0.5) * scale
    radius = (0.26, 0.34, 0.20)[garment.pattern_variant % 3] * scale
    return _soft(np.hypot(across, down) - radius, pixel), None


def _colour_block(garment, u, v, pixel):
    kind = garment.pattern_variant % 4
    level = (garment.pattern_variant // 4 % 100) / 100
    if kind == 0:
        return _soft(2.1 + 0.9 * level - v, pixel), None
    if kind == 1:
        return _bands(v - 2.0 - 0.8 * level, 40.0, 0.014 + 0.008 * level, pixel), None
    if kind == 2:
        return _soft(np.abs(u) * -1 + 0.3 + 0.15 * level, pixel), None
    return _soft(2.0 + 0.5 * level - v, pixel), _soft(2.75 + 0.6 * level - v, pixel)


_ANALYTIC = {
    "striped": _striped,
    "pinstriped": _pinstriped,
    "broad striped": _broad_striped,
    "checked": _checked,
    "tartan": _tartan,
    "polka dots": _polka_dots,
    "colour block": _colour_block,
}

_TILE_HEADS = {
    "floral": 1.3,
    "leopard": 1.1,
    "zebra": 1.3,
    "camouflage": 1.6,
    "paisley": 1.1,
    "geometric": 0.55,
    "houndstooth": 0.34,
    "argyle": 0.8,
    "tie-dye": 2.6,
    "lace": 0.5,
}


def _periodic_noise(rng, size, octave):
    """Smooth noise in [-1, 1] that repeats at its borders; `octave` waves a side."""
    frequency = np.hypot(
        *np.meshgrid(np.fft.fftfreq(size) * size, np.fft.rfftfreq(size) * size, indexing="ij")
    )
    spectrum = np.fft.rfft2(rng.normal(size=(size, size))) * np.exp(-((frequency / octave) ** 2))
    noise = np.fft.irfft2(spectrum, (size, size))
    return (noise / np.abs(noise).max()).astype(np.float32)


def _stamped(rng, num_motifs, radius, draw_motif):
    """A tile with motifs stamped at spread-out places, repeated over the borders.

    Two layers in [0, 1].
    """
    size = 2 * _TILE_PIXELS
    layers = [Image.new("L", (size, size)) for _ in range(2)]
    pens = [aggdraw.Draw(layer) for layer in layers]
    places = [(rng.random(2) * size)]
    while len(places) < num_motifs:
        candidates = rng.random((12, 2)) * size
        offsets = np.abs(candidates[:, None] - np.array(places)[None])
        offsets = np.minimum(offsets, size - offsets)
        places.append(candidates[np.hypot(offsets[..., 0], offsets[..., 1]).min(axis=1).argmax()])
    for place in places:
        turn, grown = rng.random() * 2 * np.pi, radius * size * rng.uniform(0.75, 1.25)
        for right in (-size, 0, size):
            for down in (-size, 0, size):
                draw_motif(pens, place + (right, down), grown, turn)
    for pen in pens:
        pen.flush()
    return [np.asarray(layer.reduce(2), dtype=np.float32) / 255 for layer in layers]


def _polygon(pen, points, level=255):
    pen.polygon(np.ravel(points).tolist(), aggdraw.Brush(level))


def _petals(num_petals, roundness):
    def motif(pens, place, radius, turn):
        t = np.linspace(0, 2 * np.pi, 48, endpoint=False)
        reach = radius * (0.72 + 0.28 * np.cos(num_petals * t)) ** roundness
        _polygon(
            pens[0], place + np.stack([reach * np.cos(t + turn), reach * np.sin(t + turn)], axis=1)
        )
        heart = np.stack([np.cos(t), np.sin(t)], axis=1) * radius * 0.28
        _polygon(pens[1], place + heart)
        leaf_centre = place + 1.45 * radius * np.array([np.cos(turn), np.sin(turn)])
        leaf = np.stack(
            [
                np.cos(t) * np.cos(turn) * 0.55 - np.sin(t) * np.sin(turn) * 0.2,
                np.cos(t) * np.sin(turn) * 0.55 + np.sin(t) * np.cos(turn) * 0.2,
            ],
            axis=1,
        )
        _polygon(pens[1], leaf_centre + leaf * radius)

    return motif


def _teardrop(pens, place, radius, turn):
    t = np.linspace(0, 2 * np.pi, 40, endpoint=False)
    shape = np.stack(
        [np.cos(t) * (0.5 + 0.1 * np.sin(t)) + 0.3 * np.clip(np.sin(t), 0, 1) ** 2, np.sin(t)],
        axis=1,
    )
    rotation = np.array([[np.cos(turn), -np.sin(turn)], [np.sin(turn), np.cos(turn)]])
    _polygon(pens[0], place + shape @ rotation * radius)
    _polygon(pens[1], place + shape @ rotation * radius * 0.62)
    _polygon(pens[1], place + shape @ rotation * radius * 0.3, 0)


def _geometric(rng):
    y, x = np.mgrid[0:_TILE_PIXELS, 0:_TILE_PIXELS] / _TILE_PIXELS - 0.5
    kind, pixel = int(rng.integers(4)), 1.5 / _TILE_PIXELS
    diamond = np.abs(x) + np.abs(y)
    if kind == 0:
        return [_soft(diamond - 0.34, pixel), _soft(diamond - 0.16, pixel)]
    if kind == 1:
        return [
            _soft(np.abs(np.abs(x) - 0.25 - (np.abs(y) - 0.25)) - 0.09, pixel),
            np.zeros_like(x),
        ]
    if kind == 2:
        return [
            _soft(np.abs(np.hypot(x, y) - 0.34) - 0.1, pixel),
            _soft(np.hypot(x, y) - 0.14, pixel),
        ]
    return [
        _soft(np.abs(np.maximum(np.abs(x), np.abs(y)) - 0.32) - 0.08, pixel),
        _soft(np.maximum(np.abs(x), np.abs(y)) - 0.12, pixel),
    ]


def _draw_tile(kind, variant):
    rng = np.random.default_rng([variant, sum(kind.encode())])
    size = _TILE_PIXELS
    y, x = np.mgrid[0:size, 0:size] / size
    if kind == "floral":
        return _stamped(
            rng,
            int(rng.integers(7, 16)),
            rng.uniform(0.07, 0.11),
            _petals(int(rng.integers(4, 8)), rng.uniform(0.6, 1.4)),
        )
    if kind == "paisley":
        return _stamped(rng, int(rng.integers(9, 14)), rng.uniform(0.10, 0.13), _teardrop)
    if kind == "leopard":
        noise, inner = _periodic_noise(rng, size, 9), _periodic_noise(rng, size, 9)
        spots = _soft(0.16 - noise, 0.12)
        return [
            spots * _soft(noise - 0.42, 0.12) * _soft(-0.45 - inner, 0.2),
            _soft(0.42 - noise, 0.12),
        ]
    if kind == "zebra":
        noise = _periodic_noise(rng, size, 3)
        return [
            _soft(np.abs(((y + 0.16 * noise) * 7 + 0.9 * noise) % 1 - 0.5) - 0.24, 0.12),
            np.zeros_like(y),
        ]
    if kind == "camouflage":
        return [
            _soft(0.12 - _periodic_noise(rng, size, 4.5), 0.06),
            _soft(0.25 - _periodic_noise(rng, size, 4.5), 0.06),
        ]
    if kind == "tie-dye":
        noise, other = _periodic_noise(rng, size, 2.5), _periodic_noise(rng, size, 3.5)
        return [np.clip(0.5 + 2.2 * noise, 0, 1), np.clip(2.4 * other - 0.5, 0, 1)]
    if kind == "houndstooth":
        across, down = (x * 4).astype(int), (y * 4).astype(int)
        diagonal = ((x + y) * 8 % 4).astype(int)
        return [
            np.where((across < 2) == (down < 2), (across < 2) * 1.0, (diagonal < 2) * 1.0),
            np.zeros_like(x),
        ]
    if kind == "argyle":
        diamond = np.abs(x - 0.5) + np.abs(y - 0.5)
        lines = np.minimum(np.abs((x + y) % 1 - 0.5), np.abs((x - y) % 1 - 0.5))
        return [
            _soft(diamond - 0.5, 0.02) * 0.999,
            _soft(np.abs(lines - 0.25) - 0.018, 0.02) * 0
            + _soft(np.minimum(np.abs((x + y) % 1), np.abs((x - y) % 1)) - 0.03, 0.02),
        ]
    if kind == "lace":
        return [_soft(np.hypot(x - 0.5, y - 0.5) - 0.3, 0.05), np.zeros_like(x)]
    return _geometric(rng)


@functools.lru_cache(maxsize=256)
def _tile_levels(kind, variant):
    """A tile's two layers at 128, 64, 32 and 16 pixels, for viewing from farther away."""
    level = np.stack(_draw_tile(kind, variant), axis=2).astype(np.float32)
    levels = [level]
    while level.shape[0] > 8:
        level = level.reshape(level.shape[0] // 2, 2, level.shape[0] // 2, 2, 2).mean(axis=(1, 3))
        levels.append(level)
    return levels


def bilinear(image, column, row, wrap):
    """Sample an array `(height, width, layers)` at fractional pixel positions.

    Wraps or clamps at the border.
    """
    height, width = image.shape[:2]
    left, top = np.floor(column), np.floor(row)
    across, down = (column - left)[..., None], (row - top)[..., None]
    left, top = left.astype(np.int32), top.astype(np.int32)
    if wrap:
        left, right, top, bottom = (
            left % width,
            (left + 1) % width,
            top % height,
            (top + 1) % height,
        )
    else:
        right, bottom = np.clip(left + 1, 0, width - 1), np.clip(top + 1, 0, height - 1)
        left, top = np.clip(left, 0, width - 1), np.clip(top, 0, height - 1)
    upper = image[top, left] * (1 - across) + image[top, right] * across
    lower = image[bottom, left] * (1 - across) + image[bottom, right] * across
    return upper * (1 - down) + lower * down


def _tiled(kind, variant, period, u, v, pixel):
    levels = _tile_levels(kind, variant % _TILE_VARIANTS)
    texels = pixel / (period / _TILE_PIXELS)
    level = levels[int(np.clip(np.round(np.log2(max(texels, 1e-6))), 0, len(levels) - 1))]
    size = level.shape[0]
    sampled = bilinear(level, u / period * size, v / period * size, wrap=True)
    return sampled[..., 0], sampled[..., 1]


@functools.lru_cache(maxsize=1)
def _grain():
    """Yarns of mixed colours: noise around 0."""
    return np.random.default_rng(3).normal(0, 0.33, (256, 256)).clip(-0.8, 0.8).astype(np.float32)


def fabric(garment, u, v, pixel):
    """The garment's colour at points of its cloth.

    Args:
        garment: The `Garment`.
        u: Array `(height, width)`, heads to the right of the part's axis.
        v: Array `(height, width)`, heads down (the body's height, or the way along a sleeve).
        pixel: The size of a pixel in heads.

    Returns:
        A float32 array `(height, width, 3)` with RGB in [0, 1].
    """
    base = np.array(garment.colour, dtype=np.float32)
    kind = garment.pattern
    if kind in ("plain", "graphic print"):
        return np.broadcast_to(base, (*u.shape, 3))
    cosine, sine = np.cos(garment.pattern_angle), np.sin(garment.pattern_angle)
    across, down = u * cosine + v * sine, v * cosine - u * sine
    if kind != "colour block":
        across, down = across + garment.pattern_shift[0], down + garment.pattern_shift[1]
    if kind == "marl":
        grain = _grain()[
            (down * 36).astype(np.int32) & 255, (across * 90).astype(np.int32) & 255, None
        ]
        return base + grain * (0.07 + 0.10 * (1 - base))
    if kind in _ANALYTIC:
        second, third = _ANALYTIC[kind](garment, across, down, pixel)
    else:
        second, third = _tiled(
            kind,
            garment.pattern_variant,
            _TILE_HEADS[kind] * garment.pattern_scale,
            across,
            down,
            pixel,
        )
    colours = base + np.asarray(second, dtype=np.float32)[..., None] * (
        np.array(garment.second_colour, dtype=np.float32) - base
    )
    if third is not None:
        colours += np.asarray(third, dtype=np.float32)[..., None] * (
            np.array(garment.third_colour, dtype=np.float32) - colours
        )
    return colours


def relief(material, u, v, pixel):
    """The light that a material's structure leaves on it: ribs, cables, quilting, denim's grain.

    Args:
        material: A value of `vocabulary.MATERIALS`.
        u: Array of heads across.
        v: Array of heads down.
        pixel: The size of a pixel in heads.

    Returns:
        An array to add to the light, or 0 where the structure is too fine to see.
    """
    if material == "rib knit":
        return _visible(0.09, pixel) * 0.16 * np.cos(u * (2 * np.pi / 0.09))
    if material == "corduroy":
        return _visible(0.07, pixel) * 0.14 * np.cos(u * (2 * np.pi / 0.07))
    if material == "cable knit":
        column = (u / 0.36 + 0.5) % 1 - 0.5
        twist = np.cos((v / 0.24 + np.abs(column) * 2.2) * 2 * np.pi)
        return _visible(0.2, pixel) * 0.22 * np.where(np.abs(column) < 0.3, twist, -0.35)
    if material == "chunky knit":
        return (
            _visible(0.12, pixel)
            * 0.14
            * np.cos(v * (2 * np.pi / 0.12) + 2.2 * np.cos(u * (2 * np.pi / 0.15)))
        )
    if material == "quilted":
        return _visible(0.2, pixel) * 0.22 * (np.abs(np.sin(v * (np.pi / 0.34))) ** 0.5 - 0.75)
    if material == "lace":
        first, _ = _tiled("lace", 0, _TILE_HEADS["lace"] * 0.6, u, v, pixel)
        return 0.34 * first - 0.17
    if material == "denim":
        return _visible(0.04, pixel) * 0.08 * np.cos((u + v) * (2 * np.pi / 0.04))
    return np.float32(0)


def _visible(period, pixel):
    """How well a structure of a period shows: 0 below two pixels, 1 from four."""
    return float(np.clip(period / pixel / 2 - 1, 0, 1))
