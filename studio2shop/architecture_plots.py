"""Architectures drawn: the three of Figure 2, and a real model's two submodels, layer by layer (Table 7)."""

import matplotlib.pyplot as plt
from matplotlib.patches import FancyBboxPatch

from studio2shop.plots import COLOURS

LEARNED, STATIC, DATA = "#cfe3f3", "#e3e3e3", "#ffffff"  # fills: a light blue and a grey that differ without colour too
FONT_SIZE = 9

# Figure 2: a leg is (input, network, feature); a network with a theta is trained
FIGURE_2 = {
    "(a) image pairs": (("query image", "CNN θ", "query feature"), ("article image", "CNN θ", "article feature"), "match"),
    "(b) static features": (("query image", "fixed network", "static feature"), ("title image", "fixed network", "static feature"), "match θ"),
    "(c) Studio2Shop": (("query image", "CNN θ", "query feature"), ("title image", "fixed network,\nonce an article", "static feature"), "non-linear\nmatch θ"),
}


def architectures():
    """Figure 2: the three ways to compare a photo with an article; blue boxes are trained for it, grey ones are not.

    Returns:
        A `matplotlib.figure.Figure`.
    """
    figure, axes = plt.subplots(1, 3, figsize=(9.6, 4.0), layout="constrained")
    plt.close(figure)  # shown once, as the value of a notebook's cell, not once more by pyplot
    for axis, (title, (*legs, match)) in zip(axes, FIGURE_2.items()):
        _empty(axis, (-0.55, 1.55), (-0.5, 4.6))
        axis.set_title(title, fontsize=11)
        for x, leg in enumerate(legs):
            for y, words in enumerate(leg):
                _box(axis, x, y, words, width=0.92)
                if y:
                    _arrow(axis, (x, y - 0.7), (x, y - 0.3))
            _arrow(axis, (x, 2.3), (0.5 + 0.2 * (x - 0.5), 2.8))
        _box(axis, 0.5, 3.1, match, width=0.92, height=0.6)
        _arrow(axis, (0.5, 3.4), (0.5, 3.9))
        _box(axis, 0.5, 4.2, "score", width=0.6)
    axes[0].text(0.5, 1.0, "=\nor not", ha="center", va="center", fontsize=FONT_SIZE, linespacing=0.9)
    return figure


def submodels(model, table):
    """A Studio2Shop model's two submodels as they are: each layer with its output's size and its parameters (Table 7).

    Args:
        model: a Studio2Shop model, for its name.
        table: its `layer_table`.

    Returns:
        A `matplotlib.figure.Figure`. Blue boxes have weights that are trained.
    """
    parts = {name: rows.to_dict("records") for name, rows in table[table["submodule"] != ""].groupby("submodule", sort=False)}
    tallest = max(map(len, parts.values()))
    figure, axis = plt.subplots(figsize=(9.6, 0.5 * tallest + 1.1), layout="constrained")
    plt.close(figure)
    _empty(axis, (-0.75, 2.35), (-tallest - 0.1, 1.3))
    ends = {}
    for x, (name, rows) in zip((0.0, 1.6), parts.items()):
        num_params = sum(row["params"] for row in rows)
        axis.text(x, 0.95, f"{name}\n{num_params:,} parameters", ha="center", va="center", fontsize=11, fontweight="bold")
        for place, row in enumerate(rows):
            words = " ".join(filter(None, [row["type"], row["activation"], f"“{row['name']}”" if row["name"] else ""]))
            params = f"  ·  {row['params']:,}" if row["params"] else ""
            _box(axis, x, -place, f"{words}  →  {row['output_size']}{params}", width=1.35, height=0.66, fill=LEARNED if row["params"] else DATA)
            if place and row["type"] != "InputLayer":
                _arrow(axis, (x, -place + 0.67), (x, -place + 0.33))
            ends.setdefault((name, row["name"]), (x, -place))
    (last_x, last_y), (first_x, first_y) = (ends[(name, "query_fDNA")] for name in parts)
    axis.annotate("", (first_x - 0.68, first_y), (last_x + 0.68, last_y), arrowprops={"arrowstyle": "-|>", "color": COLOURS[1], "linewidth": 2, "connectionstyle": "arc3,rad=0"})
    axis.set_title(f"{model.name}: {table['params'].iloc[-1]:,} trained parameters", fontsize=11)
    return figure


def _empty(axis, x_limits, y_limits):
    axis.set_xlim(x_limits)
    axis.set_ylim(y_limits)
    axis.set_axis_off()


def _box(axis, x, y, words, width=1.0, height=0.6, fill=None):
    """A box with words about a point; a network or a match is filled by whether it is trained."""
    if fill is None:
        fill = LEARNED if "θ" in words else STATIC if "network" in words or words.startswith("static") else DATA
    shape = FancyBboxPatch((x - width / 2, y - height / 2), width, height, boxstyle="round,pad=0,rounding_size=0.06", facecolor=fill, edgecolor="#444444")
    axis.add_patch(shape)
    axis.text(x, y, words, ha="center", va="center", fontsize=FONT_SIZE)


def _arrow(axis, start, end):
    axis.annotate("", end, start, arrowprops={"arrowstyle": "-|>", "color": "#444444", "shrinkA": 0, "shrinkB": 0})
