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
    padded = np.vstack([2 * knots[0] - knots[1], knots, 2 * knots[-1] - knots[-2]])
    basis = _catmull_rom_basis(num_steps)
    sections = [basis @ padded[i : i + 4] for i in range(len(knots) - 1)]
    return np.vstack([*sections, knots[-1:]])


def mirrored(points):
    """The points on the other side of the body's axis, in reverse order."""
    return points[::-1] * np.array([-1.0, 1.0])


def ellipse(centre, radii, angle=0.0, num_points=28):
    """The outline of an ellipse, turned by `angle` radians."""
    t = np.linspace(0, 2 * np.pi, num_points, endpoint=False)
    x, y = radii[0] * np.cos(t), radii[1] * np.sin(t)
    cosine, sine = np.cos(angle), np.sin(angle)
    return np.stack([centre[0] + x * cosine - y * sine, centre[1] + x * sine + y * cosine], axis=1)


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
