"""Chest prints: words, numbers, shapes and logos as two layers of ink."""

import functools

import aggdraw
import numpy as np
from PIL import Image, ImageDraw, ImageFont

_PIXELS = 96
_WORDS = (
    "LOVE",
    "PARIS",
    "NYC",
    "SURF",
    "WAVE",
    "SUN",
    "ROCK",
    "CIAO",
    "MIAMI",
    "DREAM",
    "OSLO",
    "TOKYO",
    "1986",
    "77",
    "23",
    "08",
    "99",
    "HEY",
    "OUI",
    "GOOD",
    "WILD",
    "LAKE",
    "BLUE",
    "KIND",
    "JAZZ",
)


def _star(num_points, inner):
    angles = np.linspace(-np.pi / 2, 1.5 * np.pi, 2 * num_points, endpoint=False)
    radii = np.where(np.arange(2 * num_points) % 2, inner, 1.0)
    return np.stack([radii * np.cos(angles), radii * np.sin(angles)], axis=1)


def _heart():
    t = np.linspace(0, 2 * np.pi, 60, endpoint=False)
    x = 16 * np.sin(t) ** 3
    y = 13 * np.cos(t) - 5 * np.cos(2 * t) - 2 * np.cos(3 * t) - np.cos(4 * t)
    return np.stack([x, -y], axis=1) / 17


_SHAPES = {
    "star": _star(5, 0.42),
    "sun": _star(12, 0.66),
    "disc": _star(36, 1.0),
    "heart": _heart(),
    "triangle": _star(3, 0.5) * [1, -1],
    "mountain": np.array([(-1, 0.7), (-0.35, -0.6), (0.0, 0.05), (0.3, -0.3), (1, 0.7)]),
    "bolt": np.array(
        [(0.2, -1), (-0.6, 0.15), (-0.05, 0.15), (-0.3, 1), (0.6, -0.25), (0.05, -0.25)]
    ),
    "diamond": np.array([(0, -1), (0.75, 0), (0, 1), (-0.75, 0)]),
    "box": np.array([(-0.85, -0.85), (0.85, -0.85), (0.85, 0.85), (-0.85, 0.85)]),
    "moon": np.vstack([_star(36, 1.0)[18:54], _star(36, 1.0)[18:54][::-1] * [0.6, 1.0]]),
}


def _write(image, text, centre, width):
    font = ImageFont.load_default(size=60)
    left, top, right, bottom = font.getbbox(text)
    word = Image.new("L", (int(right - left) + 2, int(bottom - top) + 2))
    ImageDraw.Draw(word).text((-left, -top), text, fill=255, font=font, stroke_width=1)
    height = max(int(word.height * width / word.width), 1)
    height = min(height, int(_PIXELS * 0.55))
    word = word.resize((int(width), height), Image.Resampling.BOX)
    image.paste(255, (int(centre[0] - width / 2), int(centre[1] - height / 2)), word)


def _draw_shape(image, points, centre, radius, level=255):
    pen = aggdraw.Draw(image)
    pen.polygon((np.asarray(points) * radius + centre).ravel().tolist(), aggdraw.Brush(level))
    pen.flush()


@functools.lru_cache(maxsize=512)
def print_layers(variant):
    """The two layers of ink of a print.

    Args:
        variant: An integer; each gives another print.

    Returns:
        A float32 array `(96, 96, 2)`: how much of the second and of the third colour covers each
        place, in [0, 1].
    """
    rng = np.random.default_rng(variant)
    first, second = Image.new("L", (_PIXELS, _PIXELS)), Image.new("L", (_PIXELS, _PIXELS))
    middle = np.array([_PIXELS / 2, _PIXELS / 2])
    names = list(_SHAPES)
    shape = _SHAPES[names[int(rng.integers(len(names)))]]
    other = _SHAPES[names[int(rng.integers(len(names)))]]
    word, second_word = (
        _WORDS[int(rng.integers(len(_WORDS)))],
        _WORDS[int(rng.integers(len(_WORDS)))],
    )
    kind = int(rng.integers(8))
    if kind == 0:
        _write(first, word, middle, _PIXELS * 0.94)
    elif kind == 1:
        _write(first, word, middle + (0, -26), _PIXELS * 0.9)
        _write(second, second_word, middle + (0, 24), _PIXELS * 0.9)
    elif kind == 2:
        _draw_shape(first, shape, middle, 44)
    elif kind == 3:
        _draw_shape(first, shape, middle, 45)
        _draw_shape(second, other, middle, 24)
    elif kind == 4:
        _draw_shape(first, shape, middle + (0, -14), 32)
        _write(second, word, middle + (0, 34), _PIXELS * 0.9)
    elif kind == 5:
        for row, level in enumerate((-30, -6, 18)):
            _draw_shape(
                (first, second, first)[row],
                np.array([(-1, -0.2), (1, -0.2), (1, 0.2), (-1, 0.2)]),
                middle + (0, level),
                46,
            )
    elif kind == 6:
        for column in (-30, 0, 30):
            _draw_shape(first if column else second, shape, middle + (column, 0), 14)
    else:
        _draw_shape(first, _SHAPES["box"], middle, 52)
        _draw_shape(second, shape, middle + (0, -4), 32)
        _draw_shape(first, other, middle + (0, -4), 13)
    return np.stack([np.asarray(first), np.asarray(second)], axis=2).astype(np.float32) / 255


@functools.lru_cache(maxsize=512)
def _levels(variant):
    level = print_layers(variant)
    levels = [level]
    while level.shape[0] > 12:
        level = level.reshape(level.shape[0] // 2, 2, level.shape[0] // 2, 2, 2).mean(axis=(1, 3))
        levels.append(level)
    return levels


def print_level(variant, texels):
    """The print at the resolution where a pixel of the image covers about one of its own.

    Args:
        variant: The print.
        texels: Pixels of the full print that one image pixel covers.

    Returns:
        A float32 array `(size, size, 2)`.
    """
    levels = _levels(variant)
    return levels[int(np.clip(np.round(np.log2(max(texels, 1e-6))), 0, len(levels) - 1))]
