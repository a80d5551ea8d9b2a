"""Outlines of garments from their cut, on a body in a pose."""

import dataclasses

import numpy as np

from studio2shop.studio.figure import (
    ARMPIT_HEIGHT,
    CROTCH_HEIGHT,
    HIP_HEIGHT,
    SHOULDER_HEIGHT,
    WAIST_HEIGHT,
    arm_joints,
    leg_joints,
)
from studio2shop.studio.geometry import curve, direction, mirrored
from studio2shop.studio.vocabulary import TROUSER_RISES

NECK_HEIGHT, SKIRT_TOP = 1.33, 2.98

# Where lapels end below, in heads.
LAPEL_ENDS = {"notched lapel": 2.65, "peak lapel": 2.85, "biker": 2.30, "shawl": 2.45}

# How far a leaf's point lies outwards, how far down, how round, in heads.
COLLAR_LEAVES = {
    "kent": (0.27, 0.42, 0.0),
    "button-down": (0.24, 0.44, 0.0),
    "cutaway": (0.42, 0.34, 0.0),
    "contrast kent": (0.27, 0.42, 0.0),
    "camp": (0.44, 0.46, 0.0),
    "peter pan": (0.36, 0.38, 0.12),
    "polo": (0.29, 0.36, 0.0),
    "tipped polo": (0.29, 0.36, 0.0),
    "ruffle": (0.34, 0.40, 0.08),
}


@dataclasses.dataclass(frozen=True)
class TopShape:
    """The torso part of a garment on the straight body (not yet warped by the pose)."""

    outline: np.ndarray
    neckline: np.ndarray
    back_neckline: np.ndarray
    hem_line: np.ndarray
    armhole: np.ndarray
    widths: tuple


def _shoulder_line(x, tip):
    """Height of the shoulder seam at a distance from the axis."""
    return NECK_HEIGHT + (SHOULDER_HEIGHT - NECK_HEIGHT) * np.clip(
        (x - 0.25) / max(tip - 0.25, 0.1), 0, 1.3
    )


def _neckline(garment, neck_half, height):
    """The front neckline from left to right."""
    depth, t = garment.neck_depth, np.linspace(np.pi, 0, 17)
    kind = garment.neckline
    if kind in ("v-neck", "deep v-neck", "wrap"):
        return np.array([(-neck_half, height), (0.0, height + depth), (neck_half, height)])
    if kind == "square":
        inner = neck_half * 0.86
        return np.array(
            [
                (-neck_half, height),
                (-inner, height + depth),
                (inner, height + depth),
                (neck_half, height),
            ]
        )
    if kind == "sweetheart":
        low = height + depth
        half = curve(
            (-neck_half, height),
            (-neck_half * 0.85, low - 0.16),
            (-neck_half * 0.45, low - 0.13),
            (0.0, low + 0.08),
        )
        return np.vstack([half, mirrored(half)])
    return np.stack([neck_half * np.cos(t), height + depth * np.sin(t) ** 0.8], axis=1)


def half_widths(garment, body, laid):
    """The garment's half width at armpit, waist and hip."""
    flat = 0.05 if laid else 0.0
    armpit = body.chest + garment.ease + flat
    waist = armpit + (body.waist + garment.ease + flat - armpit) * garment.waist
    hip = body.hip + 0.04 + garment.ease * 0.4 + flat
    if garment.is_top:
        hip = max(hip, armpit * 0.94) + max(garment.flare, -0.02)
        if garment.cuff == "rib" and garment.category in ("pullover", "jacket"):
            hip -= 0.06
    return armpit, waist, hip


def hem_half(garment, hip):
    """Half width at the hem of a skirt or dress."""
    return max(
        hip
        + garment.flare * (garment.hem - HIP_HEIGHT) * 1.25
        - (0.04 if garment.flare == 0 else 0),
        0.3,
    )


def top_shape(garment, body, pose):
    """The torso of a top, jacket or dress.

    Args:
        garment: The `Garment`.
        body: The `Body` it lies on.
        pose: The `Pose`; only whether it is laid and from which side it is seen counts here.

    Returns:
        A `TopShape`.
    """
    armpit, waist, hip = half_widths(garment, body, pose.laid)
    narrow = garment.sleeve_reach < 0.1
    tip = body.shoulder * (0.86 if narrow else 1.0) + (
        0.02 if narrow else 0.05 * garment.ease / 0.1
    )
    if garment.neckline == "halter":
        tip = 0.40
    neck_half = min(garment.neck_half * (1.12 if not garment.womens else 1.0), tip - 0.06)
    neck_height = float(_shoulder_line(neck_half, tip))
    tip_height = float(_shoulder_line(tip, max(tip, body.shoulder))) + 0.01
    armpit_height = ARMPIT_HEIGHT + 0.10 * (garment.ease - 0.1) - (0.12 if narrow else 0.0)
    if garment.sleeve_length == "spaghetti":
        neck_half, tip = 0.40, 0.46
        neck_height = tip_height = 1.86
    shoulder = curve((neck_half, neck_height), (tip, tip_height))
    hollow = (min(tip, armpit) - 0.07, (tip_height + armpit_height) / 2 + 0.04)
    if garment.sleeve_length == "spaghetti":
        armpit_height = ARMPIT_HEIGHT - 0.02
        hollow = (0.52, 1.95)
    armhole = curve((tip, tip_height), hollow, (armpit, armpit_height))
    knots = [(armpit, armpit_height)]
    if garment.hem > WAIST_HEIGHT + 0.1:
        knots.append((waist, WAIST_HEIGHT))
    if garment.hem > HIP_HEIGHT + 0.15:
        knots.append((hip, HIP_HEIGHT))
    if garment.category == "dress":
        end = hem_half(garment, hip)
    else:
        end = np.interp(
            garment.hem, (ARMPIT_HEIGHT, WAIST_HEIGHT, HIP_HEIGHT), (armpit, waist, hip)
        )
    knots.append((end, garment.hem - 0.5 * garment.hem_dip))
    side = curve(*knots)
    hem = curve(
        (end, garment.hem - 0.5 * garment.hem_dip),
        (end * 0.5, garment.hem + 0.35 * garment.hem_dip + 0.03),
        (0.0, garment.hem + 0.5 * garment.hem_dip + 0.04),
    )
    right = np.vstack([shoulder, armhole, side, hem])
    front = (
        _neckline(garment, neck_half, neck_height)
        if garment.sleeve_length != "spaghetti"
        else _strap_neckline(garment, neck_half, neck_height)
    )
    t = np.linspace(np.pi, 0, 13)
    back = np.stack([neck_half * np.cos(t), neck_height + 0.10 * np.sin(t)], axis=1)
    neckline = front if pose.front else back
    return TopShape(
        outline=np.vstack([right, mirrored(right), neckline]),
        neckline=neckline,
        back_neckline=back,
        hem_line=np.vstack([hem, mirrored(hem)]),
        armhole=armhole,
        widths=(armpit, waist, hip, end),
    )


def _strap_neckline(garment, neck_half, height):
    depth = 0.16 if garment.neckline in ("v-neck", "deep v-neck", "wrap", "sweetheart") else 0.0
    half = curve(
        (-neck_half - 0.03, height),
        (-neck_half * 0.55, height + 0.04),
        (0.0, height + 0.08 + depth),
    )
    return np.vstack([half, mirrored(half)])


def sleeve_shape(garment, body, pose, side, shape):
    """The outlines of a sleeve, armhole to cuff.

    Args:
        garment: The `Garment`.
        body: The `Body`.
        pose: The `Pose`.
        side: -1 for the left of the image, 1 for the right.
        shape: The garment's `TopShape`.

    Returns:
        A list of outlines `(points, 2)` whose union is the sleeve, and the cuff's line `(2, 2)`.
    """
    shoulder, elbow, wrist = arm_joints(body, pose, side)
    armhole = pose.warp(shape.armhole * np.array([side, 1.0]))
    tip, armpit = armhole[0], armhole[-1]
    loose = body.arm * garment.sleeve_width
    upper_radius, elbow_radius, cuff_radius = (
        loose * 1.42,
        loose * 1.12,
        loose * (0.72 if garment.cuff in ("rib", "buttoned") else 0.92),
    )
    reach = garment.sleeve_reach * 2.0
    along, normal = direction(shoulder, elbow)
    outward = normal if normal[0] * side > 0 else -normal
    if reach <= 1.0:
        end = shoulder + (elbow - shoulder) * max(reach, 0.3)
        radius = upper_radius + (elbow_radius - upper_radius) * reach
        outer, inner = end + outward * radius, end - outward * radius
        if (inner - armpit) @ along < 0.10:
            inner = armpit + along * 0.12 - outward * 0.0
        cap = tip + along * 0.12 + outward * 0.06
        upper = np.vstack(
            [curve(tip, cap, outer), curve(outer, inner), curve(inner, armpit), armhole[::-1]]
        )
        return [upper], np.array([outer, inner])
    along_lower, normal_lower = direction(elbow, wrist)
    outward_lower = normal_lower if normal_lower @ outward > 0 else -normal_lower
    joint = outward + outward_lower
    joint = joint / max(np.hypot(*joint), 0.4)
    bent = 1.0 if abs(pose.arms[(side + 1) // 2][0] - pose.arms[(side + 1) // 2][1]) < 1.2 else 0.0
    share = min(reach - 1.0, 1.12)
    end = elbow + (wrist - elbow) * share
    radius = elbow_radius + (cuff_radius - elbow_radius) * share
    cap = tip + along * 0.16 + outward * 0.05
    middle = shoulder + (elbow - shoulder) * 0.5 + outward * upper_radius * 0.9
    start_joint = joint if bent else outward
    inner_elbow = elbow - start_joint * elbow_radius
    upper = np.vstack(
        [
            curve(tip, cap, middle, elbow + start_joint * elbow_radius),
            curve(inner_elbow, armpit),
            armhole[::-1],
        ]
    )
    lower_joint = joint if bent else outward_lower
    outer, inner = end + outward_lower * radius, end - outward_lower * radius
    middle_lower = elbow + (end - elbow) * 0.5
    middle_radius = (elbow_radius + radius) / 2 * 1.03
    lower = np.vstack(
        [
            curve(
                elbow + lower_joint * elbow_radius,
                middle_lower + outward_lower * middle_radius,
                outer,
            ),
            curve(
                inner,
                middle_lower - outward_lower * middle_radius,
                elbow - lower_joint * elbow_radius,
            ),
        ]
    )
    disc = elbow + elbow_radius * np.stack(
        [np.cos(np.linspace(0, 6.28, 20)), np.sin(np.linspace(0, 6.28, 20))], axis=1
    )
    return [upper, lower, disc], np.array([outer, inner])


def trouser_shape(garment, body, pose):
    """The outline of trousers, their waistband's height, and each leg's axis."""
    top = TROUSER_RISES[garment.rise]
    waist = np.interp(top, (WAIST_HEIGHT, HIP_HEIGHT), (body.waist + 0.03, body.hip + 0.02)) + (
        0.02 if pose.laid else 0.0
    )
    hip = body.hip + 0.03 + garment.ease * 0.3
    crotch_x, crotch_y = float(pose.sway(CROTCH_HEIGHT)), CROTCH_HEIGHT + 0.06
    sides, hems = [], []
    for side in (1, -1):
        hip_joint, knee, ankle = leg_joints(body, pose, side)
        hem_y = min(garment.hem, 7.66)
        axis_y = np.array([HIP_HEIGHT, knee[1], ankle[1]])
        axis_x = np.array([hip_joint[0], knee[0], ankle[0]])
        radii = np.array(
            [
                body.thigh + 0.02 + garment.ease * 0.5,
                max(garment.leg_knee, body.thigh * 0.66),
                max(garment.leg_hem, 0.17),
            ]
        )
        ys = [y for y in (4.9, 5.8, 6.7) if y < hem_y - 0.15] + [hem_y]
        centre, radius = np.interp(ys, axis_y, axis_x), np.interp(ys, axis_y, radii)
        outer = [
            (side * waist + pose.sway(top), top),
            (side * hip + pose.sway(HIP_HEIGHT), HIP_HEIGHT),
        ]
        outer += [(c + side * r, y) for c, r, y in zip(centre, radius, ys, strict=True)]
        inner = [(c - side * r, y) for c, r, y in zip(centre, radius, ys, strict=True)][::-1] + [
            (crotch_x, crotch_y)
        ]
        inner = [
            (max(x, crotch_x + 0.01) if side > 0 else min(x, crotch_x - 0.01), y) for x, y in inner
        ]
        sides.append(np.vstack([curve(*outer), curve(*inner)]))
        hems.append(np.array([outer[-1], inner[0]]))
    return np.vstack([sides[0], sides[1][::-1]]), top, waist, hems


def skirt_shape(garment, body, pose):
    """The outline of a skirt, its waistband's height and half width, and its hem."""
    top = SKIRT_TOP
    waist = body.waist + 0.03
    hip = body.hip + 0.04 + (0.03 if pose.laid else 0.0)
    end = hem_half(garment, hip)
    side = curve(
        (waist, top),
        (hip * (0.93 + 0.3 * garment.flare), 3.45),
        (hip + garment.flare * 0.3, HIP_HEIGHT + 0.1),
        (end, garment.hem),
    )
    hem = curve((end, garment.hem), (end * 0.5, garment.hem + 0.06), (0.0, garment.hem + 0.08))
    right = np.vstack([side, hem])
    return np.vstack([right, mirrored(right)]), top, waist, np.vstack([hem, mirrored(hem)])
