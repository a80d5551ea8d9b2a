"""Styles: what the photos of one shop have in common, and another shop's don't.

Section 5.2 tests on two external sets whose "image distributions deviate from ours, both for
queries and for targets": the background is different, and the aspect ratio of the people varies
with how images were resized. Neither set can be shipped; two styles stand in for them.
"""

import collections.abc
import dataclasses

import numpy as np
from PIL import Image, ImageDraw, ImageFilter


@dataclasses.dataclass(frozen=True)
class Light:
    """Exposure and colour of the light (`gains`), contrast (`gamma`), saturation of a shoot."""

    gains: np.ndarray
    gamma: float
    saturation: float

    def develop(self, image):
        """The image as this light shows it."""
        rest = 1 - self.saturation
        grey = np.array([0.299, 0.587, 0.114]) * rest
        matrix = np.hstack([np.tile(grey, (3, 1)) + np.eye(3) * self.saturation, np.zeros((3, 1))])
        levels = np.arange(256) / 255
        table = np.concatenate(
            [np.clip(levels**self.gamma * gain, 0, 1) * 255 for gain in self.gains]
        )
        return image.convert("RGB", tuple(matrix.ravel().tolist())).point(
            table.astype(np.uint8).tolist()
        )


@dataclasses.dataclass(frozen=True)
class Style:
    """How a shop takes its photos. Pairs are `(low, high)` of a uniform draw for each photo.

    Attributes:
        stream: Mixed into the seed, so that each style has articles and models of its own; 0 is the
            studio's.
        background: Function of `(rng, image_size, light, floor)` that gives a query's background.
        title_ground: Lightness of the ground of a title image, 1 is white.
        aspect: Width by height of the photos before they are stretched to the catalogue's size.
        distance: Of the camera, as a factor to the studio's.
        tilt: Deviation of the camera's roll, in radians.
        warmth: Mean of the light's colour, from blue (negative) to red.
        exposure: Of the light, 1 is as drawn.
        contrast: Exponents of the tone curve; less than 1 is pale.
        softness: Of the lens, the radius of its blur in heights of the photo.
    """

    stream: int
    background: collections.abc.Callable
    title_ground: tuple = (1.0, 1.0)
    aspect: tuple = (155 / 224, 155 / 224)
    distance: tuple = (1.0, 1.0)
    tilt: float = 0.025
    warmth: float = 0.0
    exposure: tuple = (0.80, 1.20)
    contrast: tuple = (0.75, 1.35)
    softness: tuple = (0.0, 0.0)

    def own_seed(self, seed):
        """The seed of this style's articles, queries and cameras.

        Never another style's for seeds below 2**32.
        """
        return int(seed) + (self.stream << 32)

    def draw_light(self, rng):
        """The light of a query."""
        warmth, green = rng.normal(self.warmth, 0.075), rng.normal(0, 0.03)
        gains = np.array([1 + warmth, 1 + green, 1 - warmth]) * rng.uniform(*self.exposure)
        return Light(gains, rng.uniform(*self.contrast), rng.uniform(0.55, 1.10))

    def draw_distance(self, rng):
        """The distance of a query's camera."""
        return between(rng, self.distance)

    def draw_aspect(self, rng):
        """Width by height of a photo before it is stretched."""
        return between(rng, self.aspect)

    def draw_title_ground(self, rng, image_size, light):
        """The empty background of a title image, before it is developed."""
        level = round(255 * between(rng, self.title_ground) ** (1 / light.gamma))
        return Image.new("RGB", (image_size[1], image_size[0]), (level, level, level))

    def focus(self, rng, image):
        """The developed image as this style's lens shows it."""
        radius = between(rng, self.softness) * image.height
        return image.filter(ImageFilter.GaussianBlur(radius)) if radius else image


def between(rng, limits):
    """A uniform draw; equal limits draw nothing, so that the studio's own pictures never change."""
    low, high = limits
    return low if low == high else rng.uniform(low, high)


def _undeveloped(colours, light):
    """Colours `(height, width, 3)` in [0, 1] as an image that shows them so, once developed."""
    levels = np.clip(colours / light.gains, 0, 1) ** (1 / light.gamma) * 255
    return Image.fromarray(levels.astype(np.uint8))


def _places(image_size):
    height, width = image_size
    y, x = np.mgrid[0:height, 0:width].astype(np.float32)
    return y / height, x / width


def light_wall(rng, image_size, light, floor):
    """A light grey wall, lighter where the lamp is, and a floor that runs into it.

    Once developed it is nearly neutral: as in a studio, it shows a little of the light's colour.
    """
    y, x = _places(image_size)
    level = rng.uniform(0.83, 0.95)
    centre = rng.uniform(0.3, 0.7), rng.uniform(0.2, 0.5)
    glow = np.exp(-(((x - centre[0]) / 0.7) ** 2) - ((y - centre[1]) / 0.8) ** 2)
    grey = level - 0.06 + 0.08 * glow
    if floor:
        grey = grey - 0.035 * np.clip((y - 0.86) * 18, 0, 1) * np.clip((1.25 - y) * 2, 0, 1)
    tint = light.gains**0.4 + rng.normal(0, 0.006, 3)
    return _undeveloped(grey[..., None] * tint, light)


def sand_wall(rng, image_size, light, floor):
    """A sand-coloured wall with light from one side, and a darker floor where feet are seen."""
    y, x = _places(image_size)
    side = x if rng.random() < 0.5 else 1 - x
    level = rng.uniform(0.66, 0.80) + 0.12 * (side - 0.5) - 0.08 * y
    colours = level[..., None] * (np.array([1.06, 0.99, 0.88]) + rng.normal(0, 0.012, 3))
    if floor:
        edge = rng.uniform(0.80, 0.88)
        boards = 0.60 + 0.03 * np.sign(np.sin((x - 0.5) / (y + 0.4) * 40))
        colours = np.where(
            (y > edge)[..., None], boards[..., None] * np.array([0.86, 0.72, 0.56]), colours
        )
    return _undeveloped(colours, light)


def blurred_street(rng, image_size, light, floor):
    """A street out of focus: sky or a wall above, houses, trees, and a pavement below."""
    height, width = image_size
    horizon = rng.uniform(0.66, 0.86) if floor else rng.uniform(0.75, 1.1)
    sky = rng.uniform(0.75, 1.0) * (np.array([0.86, 0.92, 1.0]) + rng.normal(0, 0.02, 3))
    ground = rng.uniform(0.35, 0.7) + rng.normal(0, 0.02, 3)
    image = Image.new("RGB", (width, height), _rgb(sky))
    pen = ImageDraw.Draw(image)
    for left in np.sort(rng.uniform(-0.3, 0.9, int(rng.integers(2, 5)))):
        _draw_house(
            pen,
            rng,
            left * width,
            rng.uniform(0.3, 0.8) * width,
            rng.uniform(-0.2, 0.45) * height,
            horizon * height,
        )
    for _ in range(int(rng.integers(0, 4))):
        _draw_tree(
            pen, rng, rng.uniform(0, width), horizon * height, rng.uniform(0.12, 0.3) * height
        )
    pen.rectangle((0, horizon * height, width, 1.2 * height), fill=_rgb(ground))
    pen.rectangle((0, horizon * height, width, (horizon + 0.03) * height), fill=_rgb(ground * 0.7))
    blurred = image.filter(ImageFilter.GaussianBlur(rng.uniform(0.006, 0.03) * height))
    return _undeveloped(np.asarray(blurred) / 255, light)


def _draw_house(pen, rng, left, width, top, bottom):
    wall = rng.uniform(0.25, 0.9) * np.array([1, 0.92, 0.84]) + rng.normal(0, 0.035, 3)
    pen.rectangle((left, top, left + width, bottom), fill=_rgb(wall))
    window, glass = width / rng.uniform(3, 6), _rgb(wall * rng.uniform(0.3, 0.7))
    for x in np.arange(left + window / 2, left + width - window, window * 1.6):
        for y in np.arange(top + window, bottom - window, window * 2.2):
            pen.rectangle((x, y, x + window, y + window * 1.4), fill=glass)


def _draw_tree(pen, rng, x, bottom, radius):
    green = np.array([0.30, 0.42, 0.18]) * rng.uniform(0.5, 1.3) + rng.normal(0, 0.04, 3)
    top = bottom - rng.uniform(1.2, 2.6) * radius
    pen.rectangle(
        (x - radius * 0.1, top, x + radius * 0.1, bottom), fill=_rgb(np.array([0.28, 0.21, 0.16]))
    )
    for across, down in rng.normal(0, 0.5, (9, 2)) * radius:
        pen.ellipse(
            (
                x + across - radius * 0.55,
                top + down - radius * 0.5,
                x + across + radius * 0.55,
                top + down + radius * 0.5,
            ),
            fill=_rgb(green * rng.uniform(0.8, 1.2)),
        )


def _rgb(colour):
    return tuple((np.clip(colour, 0, 1) * 255).astype(int).tolist())


STYLES = {
    "studio": Style(stream=0, background=light_wall),
    "pretraining": Style(stream=1_003, background=light_wall),
    "other_shop": Style(
        stream=1_001,
        background=sand_wall,
        title_ground=(0.84, 0.90),
        aspect=(0.50, 0.58),
        distance=(1.0, 1.2),
        tilt=0.05,
        warmth=0.06,
        exposure=(0.75, 1.05),
        contrast=(0.65, 1.0),
        softness=(0.0, 0.004),
    ),
    "on_location": Style(
        stream=1_002,
        background=blurred_street,
        title_ground=(0.93, 1.0),
        aspect=(0.50, 1.0),
        distance=(1.0, 1.35),
        tilt=0.06,
        warmth=-0.02,
        exposure=(0.70, 1.25),
        contrast=(0.75, 1.5),
        softness=(0.0, 0.006),
    ),
}
"""Name: style. The last two are external to the studio (Section 5.2)."""
