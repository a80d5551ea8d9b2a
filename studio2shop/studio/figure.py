"""Bodies and poses: where shoulders, elbows, hips and feet are, how the torso bends and turns."""

import dataclasses

import numpy as np

SHOULDER_HEIGHT, ARMPIT_HEIGHT, WAIST_HEIGHT, HIP_HEIGHT, CROTCH_HEIGHT = (
    1.55,
    2.12,
    2.95,
    3.85,
    4.12,
)
UPPER_ARM, FOREARM = 1.36, 1.16


@dataclasses.dataclass(frozen=True)
class Body:
    """Half widths in heads, and the colours of skin and hair."""

    shoulder: float
    chest: float
    waist: float
    hip: float
    neck: float
    arm: float
    thigh: float
    skin: tuple = (0.87, 0.70, 0.60)
    hair: tuple = (0.25, 0.17, 0.12)
    hair_style: str = "short"
    womens: bool = True
    beard: bool = False


WOMAN = Body(shoulder=0.80, chest=0.62, waist=0.50, hip=0.70, neck=0.205, arm=0.155, thigh=0.37)
MAN = Body(
    shoulder=0.97, chest=0.77, waist=0.66, hip=0.68, neck=0.27, arm=0.19, thigh=0.37, womens=False
)


@dataclasses.dataclass(frozen=True)
class Pose:
    """Angles in radians from hanging straight down, outwards positive; shifts in heads.

    `arms` holds (upper arm, forearm) for the viewer's left and right; `arm_front` says whether that
    forearm lies in front of the torso.
    """

    arms: tuple = ((0.14, 0.08), (0.14, 0.08))
    arm_front: tuple = (False, False)
    hip_shift: float = 0.0
    turn: float = 0.0
    stance: float = 0.08
    knee_bend: tuple = (0.0, 0.0)
    head_tilt: float = 0.0
    laid: bool = False
    front: bool = True

    def sway(self, height):
        """How far the body's axis lies to the right at a height."""
        return self.hip_shift * np.interp(height, (1.3, 3.9, 5.8, 8.0), (0.0, 1.0, 0.5, 0.0))

    def warp(self, points):
        """Points of the straight body moved to where the pose puts them."""
        x, y = points[:, 0], points[:, 1]
        turned = self.turn * np.clip(1 - (x / 0.8) ** 2, 0, 1)
        return np.stack([x + turned + self.sway(y), y], axis=1)

    def unwarp(self, x, y):
        """Approximately the inverse of `warp`: the straight body's x of image points."""
        across = x
        if self.hip_shift:
            across = x - self.sway(y).astype(np.float32)
        if self.turn:
            across = across - self.turn * np.clip(1 - ((across - self.turn * 0.7) / 0.8) ** 2, 0, 1)
        return across


def arm_joints(body, pose, side):
    """Shoulder, elbow, wrist of the arm on a side (-1 left, 1 right), each `(x, y)` in heads."""
    upper, lower = pose.arms[(side + 1) // 2]
    shoulder = np.array([side * (body.shoulder - body.arm * 0.9), SHOULDER_HEIGHT + 0.14])
    elbow = shoulder + UPPER_ARM * np.array([side * np.sin(upper), np.cos(upper)])
    wrist = elbow + FOREARM * np.array([side * np.sin(lower), np.cos(lower)])
    return shoulder, elbow, wrist


def leg_joints(body, pose, side):
    """Hip, knee and ankle of the leg on a side, each `(x, y)` in heads."""
    bend = pose.knee_bend[(side + 1) // 2]
    hip = np.array([side * body.hip * 0.53 + pose.hip_shift, HIP_HEIGHT])
    knee = np.array([side * (0.33 + 0.55 * pose.stance + bend) + pose.hip_shift * 0.5, 5.80])
    ankle = np.array([side * (0.27 + pose.stance + 0.3 * bend), 7.62])
    return hip, knee, ankle


_ARM_CHOICES = (
    # (upper, lower, in front): hanging, relaxed, hand on the hip, in the pocket, before the belly,
    # at the other arm, away
    ((0.13, 0.02, False), 0.30),
    ((0.20, 0.10, False), 0.25),
    ((0.72, -0.62, True), 0.14),
    ((0.30, -0.18, True), 0.14),
    ((0.20, -1.15, True), 0.07),
    ((0.16, -1.75, True), 0.05),
    ((0.36, 0.30, False), 0.05),
)


def draw_pose(rng, front=True):
    """Draw a standing pose; seen from behind, hands stay at the sides."""
    shares = np.cumsum([share for _, share in _ARM_CHOICES])
    arms, fronts = [], []
    for _ in range(2):
        limit = shares[2] if not front else shares[-1]
        upper, lower, before = _ARM_CHOICES[
            int(np.searchsorted(shares, rng.random() * limit, side="right"))
        ][0]
        arms.append((upper + rng.normal(0, 0.04), lower + rng.normal(0, 0.05)))
        fronts.append(before and front)
    if fronts[0] and fronts[1] and arms[0][1] < -1 and arms[1][1] < -1:
        arms[1], fronts[1] = (0.18, 0.06), False
    side = int(rng.integers(2))
    bend = abs(rng.normal(0, 0.07))
    return Pose(
        arms=tuple(arms),
        arm_front=tuple(fronts),
        hip_shift=float(np.clip(rng.normal(0, 0.06), -0.14, 0.14)),
        turn=float(np.clip(rng.normal(0, 0.08), -0.2, 0.2)),
        stance=float(rng.uniform(0.0, 0.22)),
        knee_bend=(bend, 0.0) if side else (0.0, bend),
        head_tilt=float(rng.normal(0, 0.06)),
        front=front,
    )


def laid_pose(sleeve_reach):
    """How a packshot lays a garment.

    Short sleeves stand out, long ones hang beside the body, a little apart.
    """
    upper = 0.50 - 0.30 * min(sleeve_reach, 1.0)
    return Pose(arms=((upper, upper * 0.8), (upper, upper * 0.8)), stance=0.16, laid=True)


_SKINS = (
    (0.95, 0.82, 0.74),
    (0.91, 0.75, 0.65),
    (0.86, 0.69, 0.57),
    (0.76, 0.57, 0.44),
    (0.60, 0.42, 0.31),
    (0.42, 0.29, 0.22),
)
_HAIRS = (
    (0.10, 0.08, 0.08),
    (0.20, 0.13, 0.10),
    (0.33, 0.22, 0.15),
    (0.52, 0.35, 0.21),
    (0.78, 0.62, 0.40),
    (0.88, 0.76, 0.55),
    (0.56, 0.25, 0.14),
    (0.66, 0.65, 0.64),
)


def draw_body(rng, womens):
    """Draw a model: build, skin and hair."""
    standard = WOMAN if womens else MAN
    broad = rng.normal(0, 0.045)
    skin = int(rng.choice(6, p=(0.24, 0.27, 0.18, 0.12, 0.10, 0.09)))
    hair = _HAIRS[int(rng.integers(len(_HAIRS)))] if skin < 3 else _HAIRS[int(rng.integers(3))]
    styles = (
        ("long", "long", "long", "wavy", "bun", "bob", "ponytail", "curly")
        if womens
        else ("short", "short", "short", "quiff", "curly short", "shaved")
    )
    return dataclasses.replace(
        standard,
        shoulder=standard.shoulder * (1 + 0.6 * broad),
        chest=standard.chest * (1 + 1.2 * broad),
        waist=standard.waist * (1 + 1.8 * broad),
        hip=standard.hip * (1 + 1.3 * broad),
        arm=standard.arm * (1 + broad),
        thigh=standard.thigh * (1 + broad),
        skin=tuple(np.clip(np.array(_SKINS[skin]) * (1 + rng.normal(0, 0.03)), 0, 1).tolist()),
        hair=tuple(np.clip(np.array(hair) * (1 + rng.normal(0, 0.12)), 0, 1).tolist()),
        hair_style=styles[int(rng.integers(len(styles)))],
        beard=bool(not womens and rng.random() < 0.4),
    )
