"""The words of the rendered catalogue: literal tables of attributes, shares and colours.

Section 3 of the paper gives seven categories with their shares and nine attributes with their
numbers of values and coverage. The paper does not print the values themselves; those below are our
own.
"""

from studio2shop import paper

CATEGORIES = paper.CATEGORY_FRACTIONS
"""Category: share of the articles (Section 3)."""

ATTRIBUTE_COVERAGE = {name: coverage for name, (_, coverage) in paper.ATTRIBUTES.items()}
"""Attribute: share of all articles on which it is annotated (Section 3)."""

COLOURS = {
    "black": ("#17171a", 26.0),
    "white": ("#f6f5f2", 15.0),
    "off-white": ("#efe9dc", 5.0),
    "navy": ("#1d2640", 14.0),
    "dark blue": ("#20356b", 5.0),
    "blue": ("#2f5fae", 3.0),
    "denim blue": ("#4a6a94", 4.0),
    "light blue": ("#a5c4e2", 3.0),
    "grey": ("#8e9095", 6.0),
    "dark grey": ("#47484d", 5.0),
    "light grey": ("#c9cacd", 5.0),
    "beige": ("#d6c3a3", 4.5),
    "anthracite": ("#2f3136", 0.6),
    "charcoal": ("#3a3c42", 0.45),
    "silver": ("#b4b8bd", 0.12),
    "cream": ("#f3e8cc", 0.48),
    "ivory": ("#f4efe0", 0.24),
    "sand": ("#cbb48a", 0.36),
    "camel": ("#b98a55", 0.36),
    "taupe": ("#8f8174", 0.3),
    "brown": ("#69452d", 0.36),
    "dark brown": ("#3f2a1f", 0.24),
    "chocolate": ("#53311f", 0.12),
    "cognac": ("#9a5427", 0.21),
    "rust": ("#a8482a", 0.18),
    "terracotta": ("#c46a4a", 0.15),
    "copper": ("#b0683f", 0.06),
    "khaki": ("#8a8258", 0.39),
    "olive": ("#5d5c35", 0.48),
    "dark olive": ("#44452b", 0.18),
    "army green": ("#4c5a3b", 0.21),
    "dark green": ("#1f4634", 0.33),
    "bottle green": ("#12382e", 0.15),
    "green": ("#2d8a4e", 0.24),
    "bright green": ("#38b048", 0.06),
    "neon green": ("#8fe33b", 0.05),
    "mint": ("#b3e0c8", 0.21),
    "sage": ("#a3b39a", 0.21),
    "light green": ("#a9d08e", 0.09),
    "lime": ("#bcd548", 0.06),
    "petrol": ("#1d5a68", 0.24),
    "teal": ("#1f8585", 0.18),
    "turquoise": ("#36b5b8", 0.15),
    "aqua": ("#8fd6de", 0.09),
    "royal blue": ("#2446b8", 0.27),
    "cobalt": ("#1a3ea0", 0.12),
    "sky blue": ("#7fb6e6", 0.21),
    "ice blue": ("#d3e4ee", 0.15),
    "steel blue": ("#5b7c99", 0.21),
    "indigo": ("#33366b", 0.15),
    "midnight": ("#141b33", 0.24),
    "lavender": ("#bdb0dc", 0.15),
    "lilac": ("#cda7d2", 0.12),
    "purple": ("#6b3c8f", 0.15),
    "violet": ("#5a35a0", 0.06),
    "plum": ("#5a2a4d", 0.18),
    "aubergine": ("#3c2036", 0.12),
    "mauve": ("#a67c93", 0.12),
    "berry": ("#8e2450", 0.18),
    "bordeaux": ("#5c1a2b", 0.54),
    "wine": ("#6f1d33", 0.21),
    "dark red": ("#8b1a22", 0.27),
    "red": ("#c8232c", 0.57),
    "bright red": ("#e2222b", 0.18),
    "coral": ("#f0735f", 0.21),
    "salmon": ("#f19c86", 0.15),
    "orange": ("#e8762b", 0.15),
    "neon orange": ("#ff7a1f", 0.05),
    "apricot": ("#f6bf91", 0.09),
    "peach": ("#f8cdb2", 0.15),
    "rose": ("#eec3c3", 0.39),
    "light pink": ("#f5d3da", 0.36),
    "pink": ("#e88aa8", 0.3),
    "hot pink": ("#e23d86", 0.09),
    "fuchsia": ("#c3217a", 0.09),
    "dusty pink": ("#cf9f9f", 0.27),
    "mustard": ("#cf9a2c", 0.27),
    "ochre": ("#b98533", 0.12),
    "yellow": ("#f2d04a", 0.21),
    "light yellow": ("#f6e79e", 0.12),
    "gold": ("#c9a24e", 0.06),
    "nude": ("#e5c4ac", 0.15),
}
"""Main colour: (centre of the bin, weight). Few colours make most of a shop, as in reality."""

PATTERNS = {
    "plain": 80.0,
    "marl": 7.0,
    "striped": 8.0,
    "pinstriped": 2.5,
    "broad striped": 4.0,
    "checked": 4.0,
    "tartan": 4.0,
    "polka dots": 3.0,
    "floral": 5.0,
    "graphic print": 14.0,
    "leopard": 1.2,
    "zebra": 0.8,
    "camouflage": 1.2,
    "paisley": 1.2,
    "colour block": 4.0,
    "geometric": 2.0,
    "houndstooth": 1.0,
    "argyle": 0.8,
    "tie-dye": 1.2,
}
"""Pattern: weight. What a category never has is left out when it is drawn."""

TOP_LENGTHS = {
    "cropped": (2.95, 0.7),
    "short": (3.48, 1.6),
    "normal": (3.95, 6.0),
    "long": (4.45, 2.2),
}
SKIRT_LENGTHS = {"mini": (4.75, 3.0), "knee": (5.55, 4.0), "calf": (6.35, 1.5), "maxi": (7.35, 1.5)}
TROUSER_LENGTHS = {
    "shorts": (4.95, 1.5),
    "three-quarter": (6.2, 0.8),
    "ankle": (7.15, 2.0),
    "full": (7.6, 6.0),
}
"""Clothing length: (height of the hem in heads below the top of the head, weight)."""

SLEEVE_LENGTHS = {
    "spaghetti": 0.0,
    "sleeveless": 0.0,
    "cap": 0.16,
    "short": 0.30,
    "half": 0.46,
    "three-quarter": 0.66,
    "bracelet": 0.83,
    "long": 0.99,
    "extra long": 1.07,
}
"""Sleeve length: share of the arm it covers, from shoulder (0) to wrist (1)."""

SLEEVE_WEIGHTS = {
    "t-shirt/top": {
        "spaghetti": 6,
        "sleeveless": 14,
        "cap": 8,
        "short": 48,
        "half": 6,
        "three-quarter": 8,
        "long": 14,
    },
    "pullover": {
        "short": 3,
        "half": 3,
        "three-quarter": 6,
        "bracelet": 6,
        "long": 74,
        "extra long": 10,
    },
    "dress": {
        "spaghetti": 12,
        "sleeveless": 34,
        "cap": 8,
        "short": 20,
        "half": 6,
        "three-quarter": 9,
        "long": 16,
    },
    "shirt": {
        "sleeveless": 3,
        "short": 16,
        "half": 4,
        "three-quarter": 8,
        "bracelet": 4,
        "long": 65,
    },
    "jacket": {"three-quarter": 4, "bracelet": 6, "long": 90},
}

NECKLINES = {
    "crew": (0.36, 0.20, 8.0),
    "round": (0.46, 0.33, 7.0),
    "scoop": (0.52, 0.60, 4.0),
    "v-neck": (0.42, 0.58, 6.0),
    "deep v-neck": (0.46, 0.92, 1.6),
    "boat": (0.66, 0.17, 2.0),
    "square": (0.50, 0.45, 1.3),
    "sweetheart": (0.54, 0.58, 1.0),
    "keyhole": (0.40, 0.24, 1.4),
    "halter": (0.26, 0.22, 0.9),
    "off-shoulder": (0.78, 0.42, 1.0),
    "wrap": (0.46, 0.78, 1.6),
}
"""Neckline: (half of the width and depth of the opening in heads, weight)."""

COLLARS = {
    "kent": "shirt",
    "button-down": "shirt",
    "cutaway": "shirt",
    "contrast kent": "shirt",
    "camp": "shirt",
    "peter pan": "shirt",
    "mandarin": "shirt",
    "bow": "shirt",
    "ruffle": "shirt",
    "polo": "t-shirt/top",
    "tipped polo": "t-shirt/top",
    "henley": "t-shirt/top",
    "turtleneck": "pullover",
    "mock neck": "pullover",
    "shawl": "pullover",
    "hood": "pullover",
    "half zip": "pullover",
    "notched lapel": "jacket",
    "peak lapel": "jacket",
    "biker": "jacket",
    "bomber": "jacket",
    "funnel": "jacket",
    "faced edge": "edge",
    "rib edge": "edge",
    "contrast rib": "edge",
    "bound edge": "edge",
    "raw edge": "edge",
}
"""Collar: where it belongs; an "edge" finishes a neckline without a collar."""

MATERIALS = {
    "jersey": ("t-shirt/top", "dress", "skirt"),
    "fine knit": ("pullover",),
    "rib knit": ("pullover", "t-shirt/top", "dress"),
    "cable knit": ("pullover",),
    "chunky knit": ("pullover",),
    "sweat": ("pullover", "trouser"),
    "woven": ("shirt", "dress", "trouser", "skirt", "jacket"),
    "denim": ("trouser", "skirt", "jacket", "shirt"),
    "corduroy": ("trouser", "skirt", "jacket"),
    "leather": ("jacket", "skirt", "trouser"),
    "satin": ("dress", "shirt", "skirt"),
    "lace": ("dress", "t-shirt/top", "skirt"),
    "quilted": ("jacket",),
    "velvet": ("dress", "jacket", "skirt"),
}
"""Material construction: the categories made of it."""

TROUSER_RISES = {"low": 3.40, "normal": 3.18, "high": 2.92}
"""Trouser rise: height of the waistband's upper edge in heads below the top of the head."""

VIEWS = ("full", "half", "back", "detail")
"""The four kinds of query image of Figure 1(a-d)."""
