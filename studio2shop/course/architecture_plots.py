"""Architectures drawn: the three of Figure 2, and a model's two submodels by layer (Table 7)."""

from matplotlib.patches import FancyBboxPatch

from studio2shop.models.layer_table import (
    SUBMODULES,
    printed_graph,
    trainable_parameters,
)
from studio2shop.plots.style import COLOURS, new_figure

# fills: a light blue and a grey that differ without colour too
LEARNED, STATIC, DATA = "#cfe3f3", "#e3e3e3", "#ffffff"
FONT_SIZE = 9
COLUMN_WIDTH = 1.4  # of a submodel's boxes, in the units of its picture

# Figure 2: a leg is (input, network, feature); a network with a theta is trained
FIGURE_2 = {
    "(a) image pairs": (
        ("query image", "CNN θ", "query feature"),
        ("article image", "CNN θ", "article feature"),
        "match",
    ),
    "(b) static features": (
        ("query image", "fixed network", "static feature"),
        ("title image", "fixed network", "static feature"),
        "match θ",
    ),
    "(c) Studio2Shop": (
        ("query image", "CNN θ", "query feature"),
        ("title image", "fixed network,\nonce an article", "static feature"),
        "non-linear\nmatch θ",
    ),
}


def architectures():
    """Figure 2: the three ways to compare a photo with an article.

    Blue boxes are trained for the task, grey ones are not.

    Returns:
        A `matplotlib.figure.Figure`.
    """
    figure, axes = new_figure(1, 3, figsize=(9.6, 4.0))
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
    return figure


def submodels(model):
    """A Studio2Shop model's two submodels as they are (Table 7).

    Each layer stands with the size of its output and the number of its parameters.

    Args:
        model: a Studio2Shop model.

    Returns:
        A `matplotlib.figure.Figure`. Blue boxes have weights that are trained; the one arrow from
        left to right is the query feature.
    """
    parts = {printed: printed_graph(model.get_layer(name)) for name, printed in SUBMODULES.items()}
    depths = {name: _depths(graph) for name, graph in parts.items()}
    num_rows = 1 + max(max(part.values()) for part in depths.values())
    figure, axis = new_figure(figsize=(9.6, 0.5 * num_rows + 1.1))
    _empty(axis, (-0.8, 2.4), (-num_rows + 0.5, 1.7))
    look = {"ha": "center", "fontsize": 11}
    total = trainable_parameters(model)
    axis.text(0.8, 1.6, f"{model.name}: {total:,} trained parameters", va="top", **look)
    feature_places = []
    for x, (name, graph) in zip((0.0, 1.6), parts.items()):
        number = trainable_parameters(model.get_layer(name.replace("-", "_")))
        words = f"{name}\n{number:,} parameters"
        axis.text(x, 0.9, words, va="center", fontweight="bold", **look)
        feature_places.append(_draw_graph(axis, x, graph, depths[name])["query_fDNA"])
    (_, (start_x, start_y)), (end_x, (_, end_y)) = feature_places
    path = [start_x + COLUMN_WIDTH / 2, 0.8, 0.8], [start_y, start_y, end_y]
    axis.plot(*path, color=COLOURS[1], linewidth=2)
    _arrow(axis, (0.8, end_y), (end_x, end_y), color=COLOURS[1], linewidth=2)
    return figure


def _depths(graph):
    """dict of layer to the number of printed layers on the longest way to it."""
    depths = {}
    for name, (_, sources) in graph.items():
        depths[name] = 1 + max((depths[source] for source in sources), default=-1)
    return depths


def _draw_graph(axis, x, graph, depths):
    """Draws boxes in rows by depth, and one arrow per edge.

    Returns a dict of layer to (left end, (middle, height)).
    """
    rows, places = {}, {}
    # the query feature comes from the left
    for name in sorted(graph, key=lambda name: name != "query_fDNA"):
        rows.setdefault(depths[name], []).append(name)
    for depth, names in rows.items():
        width = (COLUMN_WIDTH - 0.05 * (len(names) - 1)) / len(names)
        for number, name in enumerate(names):
            row, _ = graph[name]
            middle = x - COLUMN_WIDTH / 2 + width / 2 + number * (width + 0.05)
            label = f" “{row['name']}”" if row["name"] else ""
            words = [
                f"{row['type']} {row['activation']}".strip() + label,
                f"→ {row['output_size']}" + (f"  ·  {row['params']:,}" if row["params"] else ""),
            ]
            text = (" " if len(names) == 1 else "\n").join(words)
            fill = LEARNED if row["params"] else DATA
            _box(axis, middle, -depth, text, width, 0.66, fill)
            places[name] = (middle - width / 2, (middle, -depth))
    for name, (_, sources) in graph.items():
        for source in sources:
            (start_x, start_y), (end_x, end_y) = places[source][1], places[name][1]
            end_x = start_x if len(rows[depths[name]]) == 1 else end_x
            start_x = end_x if len(rows[depths[source]]) == 1 else start_x
            _arrow(axis, (start_x, start_y - 0.33), (end_x, end_y + 0.33))
    return places


def _empty(axis, x_limits, y_limits):
    axis.set_xlim(x_limits)
    axis.set_ylim(y_limits)
    axis.set_axis_off()


def _box(axis, x, y, words, width=1.0, height=0.6, fill=None):
    """A box with words about a point; a network or a match is filled by whether it is trained."""
    if fill is None:
        is_static = "network" in words or words.startswith("static")
        fill = LEARNED if "θ" in words else STATIC if is_static else DATA
    shape = FancyBboxPatch(
        (x - width / 2, y - height / 2),
        width,
        height,
        boxstyle="round,pad=0,rounding_size=0.06",
        facecolor=fill,
        edgecolor="#444444",
    )
    axis.add_patch(shape)
    axis.text(x, y, words, ha="center", va="center", fontsize=FONT_SIZE)


def _arrow(axis, start, end, color="#444444", **options):
    look = {"arrowstyle": "-|>", "color": color, "shrinkA": 0, "shrinkB": 0, **options}
    axis.annotate("", end, start, arrowprops=look)
