"""What an article is: a frozen description of a garment, and how it is drawn from the seed."""

import bisect
import dataclasses
import functools
import itertools

import numpy as np

from studio2shop.studio import vocabulary

ARTICLE, QUERY, INVENTED, ANGLES = range(4)
"""Kinds of random streams: `np.random.default_rng([seed, kind, index])`."""

_COLLARED_SHARE = {
    "t-shirt/top": 0.14,
    "pullover": 0.45,
    "dress": 0.16,
    "shirt": 1.0,
    "jacket": 1.0,
}
_DRESS_COLLARS = ("kent", "peter pan", "bow", "mandarin", "polo", "turtleneck")
_COLLAR_CLOSURES = {
    "polo": "placket",
    "tipped polo": "placket",
    "henley": "placket",
    "half zip": "half zip",
    "hood": "none",
    "turtleneck": "none",
    "mock neck": "none",
    "shawl": "none",
    "notched lapel": "buttons",
    "peak lapel": "buttons",
    "biker": "zip",
    "bomber": "zip",
    "funnel": "zip",
}


@dataclasses.dataclass(frozen=True)
class Garment:
    """All that makes one article itself; its title image and its queries are drawn from this alone.

    Lengths are in heads, heights are measured down from the top of the head, colours are RGB in [0,
    1].
    """

    category: str
    womens: bool
    colour_name: str
    colour: tuple
    second_colour: tuple
    third_colour: tuple
    pattern: str
    pattern_scale: float
    pattern_angle: float
    pattern_shift: tuple
    pattern_variant: int
    print_size: float
    print_height: float
    material: str
    length: str
    hem: float
    hem_dip: float
    ease: float
    waist: float
    flare: float
    sleeve_length: str
    sleeve_reach: float
    sleeve_width: float
    cuff: str
    neckline: str
    neck_half: float
    neck_depth: float
    collar: str
    collar_size: float
    closure: str
    button_colour: tuple
    pockets: str
    rise: str
    leg_knee: float
    leg_hem: float
    waistband: str

    @property
    def is_top(self):
        """Whether it is worn on the upper body only."""
        return self.category in ("t-shirt/top", "pullover", "shirt", "jacket")

    @property
    def is_bottom(self):
        """Whether it is worn below the waist only."""
        return self.category in ("trouser", "skirt")


@functools.lru_cache(maxsize=256)
def _cumulative(weights):
    return tuple(itertools.accumulate(weights))


def draw(rng, weights):
    """One key of a dict `{value: weight}`, drawn with probability proportional to its weight."""
    cumulative = _cumulative(tuple(weights.values()))
    index = bisect.bisect_right(cumulative, rng.random() * cumulative[-1])
    return list(weights)[min(index, len(weights) - 1)]


def _pick(rng, values):
    return values[int(rng.integers(len(values)))]


def _shade(rng, colour_name, spread):
    """An exact shade out of the bin that a colour name stands for."""
    hexadecimal = vocabulary.COLOURS[colour_name][0]
    centre = np.array([int(hexadecimal[i : i + 2], 16) for i in (1, 3, 5)]) / 255
    shade = centre * (1 + rng.normal(0, spread)) + rng.normal(0, spread * 0.35, 3)
    return tuple(np.clip(shade, 0.03, 0.975).round(4).tolist())


def _lightness(colour):
    return 0.3 * colour[0] + 0.59 * colour[1] + 0.11 * colour[2]


def _colours(rng, category, material):
    weights = {name: weight for name, (_, weight) in vocabulary.COLOURS.items()}
    if category == "trouser":
        weights.update(
            {"navy": 18.0, "denim blue": 12.0, "dark blue": 9.0, "white": 4.0, "light blue": 4.0}
        )
    if material == "denim":
        weights = {
            "denim blue": 9.0,
            "dark blue": 5.0,
            "light blue": 3.0,
            "navy": 3.0,
            "black": 4.0,
            "grey": 1.5,
            "white": 1.0,
        }
    name = draw(rng, weights)
    first = _shade(rng, name, 0.06)
    others = []
    all_names = list(vocabulary.COLOURS)
    while len(others) < 2:
        basic = rng.random() < 0.85
        other = _shade(
            rng,
            _pick(rng, ("white", "black", "navy", "grey", "off-white"))
            if basic
            else _pick(rng, all_names),
            0.07,
        )
        if np.abs(np.subtract(first, other)).max() > 0.28:
            others.append(other)
    return name, first, others[0], others[1]


def _pattern(rng, category, material):
    weights = dict(vocabulary.PATTERNS)
    if category not in ("t-shirt/top", "pullover"):
        weights["graphic print"] = 0.0
    if category == "trouser":
        weights.update(
            {
                "plain": 130.0,
                "striped": 0.0,
                "broad striped": 0.0,
                "colour block": 0.0,
                "argyle": 0.0,
            }
        )
    if category == "shirt":
        weights.update({"checked": 12.0, "tartan": 9.0, "pinstriped": 9.0, "colour block": 1.0})
    if category in ("skirt", "dress"):
        weights.update({"floral": 14.0, "polka dots": 7.0})
    if material in ("denim", "leather", "lace", "cable knit", "quilted", "velvet", "corduroy"):
        return "plain"
    return draw(rng, weights)


def _neck(rng, category, womens):
    """Neckline, collar and closure go together."""
    if category in ("trouser", "skirt"):
        return "crew", "", "none"
    if rng.random() < _COLLARED_SHARE[category]:
        collars = [name for name, home in vocabulary.COLLARS.items() if home == category]
        if category == "dress":
            collars = _DRESS_COLLARS
        if not womens:
            collars = [name for name in collars if name not in ("peter pan", "bow", "ruffle")]
        collar = _pick(rng, collars)
        closure = _COLLAR_CLOSURES.get(collar, "buttons" if category == "shirt" else "placket")
        return "crew", collar, closure
    weights = {name: weight for name, (_, _, weight) in vocabulary.NECKLINES.items()}
    if not womens:
        weights = {"crew": 8.0, "round": 4.0, "v-neck": 4.0}
    elif category == "pullover":
        weights = {
            "crew": 8.0,
            "round": 5.0,
            "v-neck": 4.0,
            "boat": 2.0,
            "scoop": 1.0,
            "off-shoulder": 0.7,
            "deep v-neck": 0.8,
        }
    neckline = draw(rng, weights)
    edge = _pick(
        rng, ("faced edge", "rib edge", "rib edge", "contrast rib", "bound edge", "raw edge")
    )
    cardigan = (
        category == "pullover" and neckline in ("v-neck", "deep v-neck") and rng.random() < 0.5
    )
    return neckline, edge, "buttons" if cardigan else "none"


def _length(rng, category, womens):
    if category == "trouser":
        table = vocabulary.TROUSER_LENGTHS
    elif category in ("skirt", "dress"):
        table = vocabulary.SKIRT_LENGTHS
    else:
        table = vocabulary.TOP_LENGTHS
    weights = {name: weight for name, (_, weight) in table.items()}
    if "cropped" in weights and (not womens or category in ("jacket", "shirt")):
        weights.update({"cropped": 0.0, "short": 0.6})
    name = draw(rng, weights)
    return name, table[name][0] + rng.uniform(-0.14, 0.14)


def sample_garment(rng, category=None):
    """Draw a garment from the distribution of the whole catalogue.

    Args:
        rng: A `numpy.random.Generator`.
        category: One of the seven categories; drawn in Section 3's proportions by default.

    Returns:
        A `Garment`.
    """
    drawn = draw(rng, vocabulary.CATEGORIES)
    category = category or drawn
    womens = bool(category in ("dress", "skirt") or rng.random() < 0.62)
    material = _pick(
        rng, [name for name, homes in vocabulary.MATERIALS.items() if category in homes]
    )
    if category == "t-shirt/top" and rng.random() < 0.7:
        material = "jersey"
    if category == "trouser" and rng.random() < 0.35:
        material = "denim"
    colour_name, colour, second_colour, third_colour = _colours(rng, category, material)
    pattern = _pattern(rng, category, material)
    neckline, collar, closure = _neck(rng, category, womens)
    neck_half, neck_depth, _ = vocabulary.NECKLINES[neckline]
    length, hem = _length(rng, category, womens)
    sleeve_length = draw(rng, vocabulary.SLEEVE_WEIGHTS.get(category, {"sleeveless": 1.0}))
    if not womens and category == "t-shirt/top":
        sleeve_length = draw(rng, {"short": 7.0, "long": 2.0, "sleeveless": 0.7})
    if neckline == "halter":
        sleeve_length = "sleeveless"
    if collar and vocabulary.COLLARS[collar] != "edge" and sleeve_length == "spaghetti":
        sleeve_length = "sleeveless"
    sleeve_reach = vocabulary.SLEEVE_LENGTHS[sleeve_length] + rng.uniform(-0.03, 0.03)
    loose = {
        "t-shirt/top": 0.08,
        "pullover": 0.15,
        "dress": 0.05,
        "shirt": 0.10,
        "jacket": 0.18,
    }.get(category, 0.02)
    rise = draw(rng, {"low": 2.0, "normal": 5.0, "high": 3.0 if womens else 0.3})
    leg_knee, leg_hem = _pick(
        rng, ((0.26, 0.19), (0.27, 0.20), (0.31, 0.25), (0.34, 0.31), (0.42, 0.46), (0.27, 0.40))
    )
    pockets = {
        "trouser": ("slant", "slant", "jeans", "cargo", "none"),
        "skirt": ("none", "none", "slant"),
        "shirt": ("chest", "none", "two chest"),
        "t-shirt/top": ("none", "none", "none", "chest")
        if pattern != "graphic print"
        else ("none",),
        "pullover": ("none", "none", "kangaroo" if collar == "hood" else "none"),
        "dress": ("none",),
        "jacket": ("flap", "slant", "zip"),
    }[category]
    lightness = _lightness(colour)
    return Garment(
        category=category,
        womens=womens,
        colour_name=colour_name,
        colour=colour,
        second_colour=second_colour,
        third_colour=third_colour,
        pattern=pattern,
        pattern_scale=float(np.exp(rng.uniform(np.log(0.75), np.log(1.8)))),
        pattern_angle=float(rng.normal(0, 0.03))
        if pattern != "striped" or rng.random() < 0.85
        else 0.7,
        pattern_shift=tuple(rng.uniform(0, 8, 2).round(3).tolist()),
        pattern_variant=int(rng.integers(1 << 31)),
        print_size=float(rng.uniform(0.42, 0.64)),
        print_height=float(rng.uniform(2.2, 2.5)),
        material=material,
        length=length,
        hem=float(hem),
        hem_dip=float(
            _pick(rng, (0.0, 0.0, 0.06, 0.14) if category != "shirt" else (0.0, 0.14, 0.24))
        ),
        ease=float(loose + rng.uniform(-0.04, 0.14)),
        waist=float(np.clip(rng.uniform(0.1, 1.0) if womens else rng.uniform(0.0, 0.6), 0, 1)),
        flare=float(
            rng.choice((0.0, 0.06, 0.15, 0.26))
            if category in ("skirt", "dress")
            else rng.uniform(-0.06, 0.14)
        ),
        sleeve_length=sleeve_length,
        sleeve_reach=float(max(sleeve_reach, 0.0)),
        sleeve_width=float(
            rng.uniform(0.85, 1.25) + (0.15 if category in ("pullover", "jacket") else 0.0)
        ),
        cuff=_pick(
            rng,
            {
                "shirt": ("buttoned",),
                "pullover": ("rib", "rib", "plain"),
                "jacket": ("plain", "rib"),
            }.get(category, ("plain", "plain", "rib", "rolled", "contrast")),
        ),
        neckline=neckline,
        neck_half=float(neck_half * rng.uniform(0.94, 1.06)),
        neck_depth=float(neck_depth * rng.uniform(0.85, 1.15)),
        collar=collar,
        collar_size=float(rng.uniform(0.8, 1.25)),
        closure=closure,
        button_colour=_pick(
            rng,
            (second_colour, (0.93, 0.91, 0.86))
            if lightness < 0.5
            else ((0.15, 0.13, 0.12), (0.35, 0.24, 0.17), second_colour),
        ),
        pockets=_pick(rng, pockets),
        rise=rise,
        leg_knee=float(leg_knee * rng.uniform(0.95, 1.06)),
        leg_hem=float(leg_hem * rng.uniform(0.93, 1.07)),
        waistband=_pick(
            rng,
            ("belt loops", "belt", "drawstring", "elastic")
            if category == "trouser"
            else ("plain", "elastic", "belt"),
        ),
    )


@functools.lru_cache(maxsize=4096)
def article_garment(seed, index):
    """The garment of article `index`: the same whatever the size of the catalogue.

    Args:
        seed: The catalogue's seed.
        index: The article's number, from 0.

    Returns:
        A `Garment`.
    """
    return sample_garment(np.random.default_rng([seed, ARTICLE, index]))


@functools.lru_cache(maxsize=1)
def _applicable_shares():
    """The share of articles that can carry each attribute at all."""
    shares = vocabulary.CATEGORIES
    with_sleeves = {name: shares[name] for name in vocabulary.SLEEVE_WEIGHTS}
    without_collar = {
        name: share * (1 - _COLLARED_SHARE[name]) for name, share in with_sleeves.items()
    }
    upper = sum(with_sleeves.values())
    return {
        "sleeve_length": upper,
        "shirt_collar": upper,
        "neckline": sum(without_collar.values()),
        "trouser_rise": shares["trouser"],
    }


def article_attributes(seed, index):
    """The nine attributes of article `index` as the catalogue states them.

    An attribute is annotated on Section 3's share of all articles, never where it means nothing
    (the rise of a shirt).

    Args:
        seed: The catalogue's seed.
        index: The article's number, from 0.

    Returns:
        A dict of nine strings; an empty string means "not annotated".
    """
    garment = article_garment(seed, index)
    dressed = garment.category in vocabulary.SLEEVE_WEIGHTS
    edged = dressed and vocabulary.COLLARS[garment.collar] == "edge"
    values = {
        "category": garment.category,
        "main_colour": garment.colour_name,
        "pattern": garment.pattern,
        "clothing_length": garment.length,
        "sleeve_length": garment.sleeve_length if dressed else "",
        "shirt_collar": garment.collar,
        "neckline": garment.neckline if edged else "",
        "material_construction": garment.material,
        "trouser_rise": garment.rise if garment.category == "trouser" else "",
    }
    rng = np.random.default_rng([seed, ARTICLE, index, 1])
    applicable = _applicable_shares()
    for name, coverage in vocabulary.ATTRIBUTE_COVERAGE.items():
        if rng.random() >= coverage / applicable.get(name, 1.0):
            values[name] = ""
    return values
