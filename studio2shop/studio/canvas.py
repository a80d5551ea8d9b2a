"""A canvas in heads: antialiased parts with cloth, folds and volume, one over the other."""

import dataclasses
import functools

import aggdraw
import numpy as np
from PIL import Image, ImageFilter

from studio2shop.studio.textures import bilinear

_FIELD_PIXELS = 512


@dataclasses.dataclass(frozen=True)
class Stroke:
    """A line or a filled shape on a part.

    A seam, a button, a pocket. Widths in heads, opacity in [0, 1].
    """

    points: np.ndarray
    colour: tuple
    width: float = 0.02
    opacity: float = 1.0
    filled: bool = False


@dataclasses.dataclass(frozen=True)
class Folds:
    """How cloth falls: its place in the noise, waves per head, depth (share of light)."""

    shift: tuple = (0.0, 0.0)
    across: float = 1.0
    down: float = 0.35
    depth: float = 0.2


@functools.lru_cache(maxsize=1)
def _fold_field():
    """The slope of a periodic rough surface, about [-1, 1].

    What folds look like in light from the side.
    """
    rng = np.random.default_rng(7)
    size = _FIELD_PIXELS
    down, across = np.meshgrid(
        np.fft.fftfreq(size) * size, np.fft.rfftfreq(size) * size, indexing="ij"
    )
    field = np.zeros((size, size))
    for octave, weight in ((6, 0.6), (14, 0.4)):
        spectrum = np.fft.rfft2(rng.normal(size=(size, size))) * np.exp(
            -((np.hypot(down, across) / octave) ** 2)
        )
        slope = np.fft.irfft2(spectrum * 1j * (across + 0.4 * down), (size, size))
        field += weight * slope / slope.std()
    return np.tanh(field * 0.8).astype(np.float32)[..., None]


def fold_light(folds, u, v):
    """The light that folds leave on cloth: an array around 0, `depth` at most.

    Folds are smooth, so they are looked up at every third pixel and interpolated.
    """
    height, width = u.shape
    waves = _FIELD_PIXELS / 8.0
    column = (u[::3, ::3] * folds.across + folds.shift[0]) * waves
    row = (v[::3, ::3] * folds.down + folds.shift[1]) * waves
    light = bilinear(_fold_field(), column, row, wrap=True)[..., 0] * np.float32(folds.depth)
    return np.asarray(
        Image.fromarray(light.astype(np.float32)).resize((width, height), Image.Resampling.BILINEAR)
    )


class Canvas:
    """An RGB image with a frame that maps heads to pixels.

    Args:
        image: The background, a `PIL.Image` in mode RGB; parts are pasted onto it.
        matrix: The frame, an array `(2, 3)` from heads to pixels.
        light_angle: Where the light comes from: -1 from the left, 1 from the right.
    """

    def __init__(self, image, matrix, light_angle=-0.5):
        self.image = image
        self.matrix = matrix
        self.light_angle = light_angle
        self.inverse = np.linalg.inv(matrix[:, :2])
        self.pixel = float(1 / np.sqrt(abs(np.linalg.det(matrix[:, :2]))))

    def to_pixels(self, points):
        """Points `(points, 2)` in heads as pixels."""
        return points @ self.matrix[:, :2].T + self.matrix[:, 2]

    def _box(self, shapes):
        points = np.concatenate(shapes)
        left, top = np.floor(points.min(axis=0)).astype(int) - 2
        right, bottom = np.ceil(points.max(axis=0)).astype(int) + 2
        width, height = self.image.size
        return max(left, 0), max(top, 0), min(right, width), min(bottom, height)

    def _mask(self, shapes, holes, box):
        mask = Image.new("L", (box[2] - box[0], box[3] - box[1]))
        pen = aggdraw.Draw(mask)
        inside, outside = aggdraw.Brush(255), aggdraw.Brush(0)
        for shape in shapes:
            pen.polygon((shape - box[:2]).ravel().tolist(), inside)
        for hole in holes:
            pen.polygon((self.to_pixels(hole) - box[:2]).ravel().tolist(), outside)
        pen.flush()
        return mask

    def part(self, outlines, cloth, strokes=(), holes=(), roundness=0.16, volume=0.3):
        """Draw a part: the union of outlines, filled with cloth, shaded as a rounded body.

        Args:
            outlines: Arrays `(points, 2)` in heads.
            cloth: A function of `(x, y, pixel)`, arrays in heads, that returns colours `(height,
                width, 3)` in [0, 1].
            strokes: `Stroke`s clipped by the part.
            holes: Outlines cut out of the part.
            roundness: How far the edge's shade reaches in, in heads.
            volume: How dark the edge is, in [0, 1].
        """
        shapes = [self.to_pixels(outline) for outline in outlines]
        box = self._box(shapes)
        if box[2] - box[0] < 2 or box[3] - box[1] < 2:
            return
        mask = self._mask(shapes, holes, box)
        x = np.arange(box[0], box[2], dtype=np.float32) + (0.5 - self.matrix[0, 2])
        y = np.arange(box[1], box[3], dtype=np.float32)[:, None] + (0.5 - self.matrix[1, 2])
        inverse = self.inverse.astype(np.float32)
        colours = cloth(
            inverse[0, 0] * x + inverse[0, 1] * y, inverse[1, 0] * x + inverse[1, 1] * y, self.pixel
        )
        if volume > 0:
            colours = colours * self._volume(mask, roundness, volume)[..., None]
        image = Image.fromarray((np.clip(colours, 0, 1) * 255).astype(np.uint8))
        self._draw_strokes(image, strokes, box)
        self.image.paste(image, box[:2], mask)

    def _volume(self, mask, roundness, volume):
        blurred = mask.filter(ImageFilter.GaussianBlur(float(max(roundness / self.pixel, 0.6))))
        depth = np.asarray(blurred, dtype=np.float32) / 255
        rounded = np.clip(2 - 2 * depth, 0, 1)
        shade = 1 - volume * rounded * rounded
        step = max(int(roundness / self.pixel), 1)
        if depth.shape[1] > 2 * step:
            slope = np.zeros_like(depth)
            slope[:, step:-step] = depth[:, 2 * step :] - depth[:, : -2 * step]
            shade -= slope * (volume * 0.75 * self.light_angle)
        return shade

    def _draw_strokes(self, image, strokes, box):
        if not strokes:
            return
        pen = aggdraw.Draw(image)
        for stroke in strokes:
            colour = tuple(int(round(255 * min(max(channel, 0), 1))) for channel in stroke.colour)
            points = (self.to_pixels(stroke.points) - box[:2]).ravel().tolist()
            width = stroke.width / self.pixel
            # A line thinner than a pixel keeps its weight as opacity, so that sizes agree.
            opacity = (
                int(255 * stroke.opacity * min(width, 1.0))
                if not stroke.filled
                else int(255 * stroke.opacity)
            )
            if stroke.filled:
                pen.polygon(points, aggdraw.Brush(colour, opacity))
            else:
                pen.line(points, aggdraw.Pen(colour, max(width, 1.0), opacity))
        pen.flush()


def plain(colour):
    """A cloth of one colour."""
    values = np.array(colour, dtype=np.float32)
    return lambda x, y, pixel: np.broadcast_to(values, (*x.shape, 3))
