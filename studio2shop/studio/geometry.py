"""Curves and frames: the small geometry that figures and garments share.

All shapes are arrays of points `(points, 2)` in *heads*: x to the right from the body's axis, y
down from the top of the head; a figure is eight heads tall.
"""

import functools

import numpy as np


@functools.lru_cache(maxsize=8)
def _catmull_rom_basis(num_steps):
    t = np.linspace(0, 1, num_steps, endpoint=False)[:, None]
    return 0.5 * np.hstack(
        [-t + 2 * t**2 - t**3, 2 - 5 * t**2 + 3 * t**3, t + 4 * t**2 - 3 * t**3, -(t**2) + t**3]
    )


def curve(*points, num_steps=6):
    """A smooth open curve through the points (Catmull-Rom); two points give a straight line.

    Args:
        points: Two or more `(x, y)` pairs in heads.
        num_steps: Points per section of the curve.

    Returns:
        An array of shape `(curve_points, 2)` that starts and ends in the first and last point.
    """
    knots = np.asarray(points, dtype=float)
    if len(knots) == 2:
        return knots
    padded = np.empty((len(knots) + 2, 2))
    padded[0], padded[1:-1], padded[-1] = _before(knots), knots, _before(knots[::-1])
    basis, along = _catmull_rom_basis(num_steps), np.empty(((len(knots) - 1) * num_steps + 1, 2))
    for section in range(len(knots) - 1):
        start = section * num_steps
        along[start : start + num_steps] = basis @ padded[section : section + 4]
    along[-1] = knots[-1]
    return along


def _before(knots):
    """A knot before the first, as far from it as the second and on the other side."""
    return 2 * knots[0] - knots[1]


def mirrored(points):
    """The points on the other side of the body's axis, in reverse order."""
    return points[::-1] * np.array([-1.0, 1.0])


def ellipse(centre, radii, angle=0.0, num_points=28):
    """The outline of an ellipse, turned by `angle` radians."""
    cosines, sines = _circle(num_points)
    x, y = radii[0] * cosines, radii[1] * sines
    cosine, sine = np.cos(angle), np.sin(angle)
    outline = np.empty((num_points, 2))
    outline[:, 0] = centre[0] + x * cosine - y * sine
    outline[:, 1] = centre[1] + x * sine + y * cosine
    return outline


@functools.lru_cache(maxsize=8)
def _circle(num_points):
    angles = np.linspace(0, 2 * np.pi, num_points, endpoint=False)
    return np.cos(angles), np.sin(angles)


def direction(start, end):
    """The unit vector from one point to another, and its normal (to the left of the way)."""
    along = np.asarray(end, dtype=float) - np.asarray(start, dtype=float)
    along = along / max(np.hypot(*along), 1e-6)
    return along, np.array([along[1], -along[0]])


def tapered(start, end, start_radius, end_radius, bulge=0.0):
    """A limb's outline between two points, wider by `bulge` near its start."""
    along, normal = direction(start, end)
    start, end = np.asarray(start, dtype=float), np.asarray(end, dtype=float)
    third = start + (end - start) * 0.35
    middle_radius = start_radius + (end_radius - start_radius) * 0.35 + bulge
    one = curve(
        start + normal * start_radius, third + normal * middle_radius, end + normal * end_radius
    )
    other = curve(
        start - normal * start_radius, third - normal * middle_radius, end - normal * end_radius
    )
    return np.vstack([one, other[::-1]])
