"""The drawn architectures say what Figure 2 and the model say."""

import pytest
from matplotlib.patches import FancyBboxPatch

from studio2shop import (
    build_query_article_matching,
    build_query_feature,
    join_submodels,
    layer_table,
)
from studio2shop.course import architecture_plots
from studio2shop.models.layer_table import printed_graph


def fills(axis):
    """dict of a box's words to the colour it is filled with."""
    boxes = [patch for patch in axis.patches if isinstance(patch, FancyBboxPatch)]
    words = [text.get_text() for text in axis.texts if text.get_text() in WORDS]
    return list(zip(words, (box.get_facecolor() for box in boxes)))


WORDS = {
    word
    for *legs, match in architecture_plots.FIGURE_2.values()
    for leg in (*legs, [match, "score"])
    for word in leg
}


def test_figure_2_has_its_three_architectures_and_blue_is_what_is_learned():
    from matplotlib.colors import to_rgba

    figure = architecture_plots.architectures()
    assert [axis.get_title() for axis in figure.axes] == [
        "(a) image pairs",
        "(b) static features",
        "(c) Studio2Shop",
    ]
    for axis, num_learned in zip(figure.axes, (2, 1, 2)):
        boxes = fills(axis)
        assert len(boxes) == 8  # two legs of three, the match and the score
        learned = [words for words, fill in boxes if fill == to_rgba(architecture_plots.LEARNED)]
        assert len(learned) == num_learned and all("θ" in words for words in learned)


@pytest.mark.parametrize(
    "backbone, head, size", [("compact", "pooled", (48, 32, 3)), ("vgg16", "flatten", (64, 48, 3))]
)
def test_a_models_picture_has_a_box_a_layer_with_its_own_numbers(backbone, head, size):
    model = join_submodels(
        build_query_feature(size, 8, backbone, None, head), build_query_article_matching(8)
    )
    table = layer_table(model)
    (axis,) = architecture_plots.submodels(model).axes
    rows = table[table["submodule"] != ""]
    texts = [text.get_text() for text in axis.texts if "→" in text.get_text()]
    assert (
        len(texts) == len(rows) == sum(isinstance(patch, FancyBboxPatch) for patch in axis.patches)
    )
    expected = [
        (
            row["type"],
            f"→ {row['output_size']}" + (f"  ·  {row['params']:,}" if row["params"] else ""),
        )
        for row in rows.to_dict("records")
    ]
    shown = [(text.split()[0], text[text.index("→") :]) for text in texts]
    assert sorted(shown) == sorted(expected)
    heads = [text.get_text() for text in axis.texts if text.get_text().endswith("parameters")]
    sums = {
        name: rows["params"][rows["submodule"] == name].sum() for name in rows["submodule"].unique()
    }
    assert heads == [
        f"studio2shop: {sum(sums.values()):,} trained parameters",
        *(f"{name}\n{number:,} parameters" for name, number in sums.items()),
    ]


def test_arrows_go_where_the_models_data_goes():
    """Two pools side by side, both fed by the backbone.

    The query feature is the one thing that goes from left to right.
    """
    model = join_submodels(
        build_query_feature((48, 32, 3), 8, "compact", None, "pooled"),
        build_query_article_matching(8),
    )
    (axis,) = architecture_plots.submodels(model).axes
    heights = {
        text.get_text().split(" ")[0].split("\n")[0]: text.get_position()
        for text in axis.texts
        if "→" in text.get_text()
    }
    assert heights["GlobalAveragePooling2D"][1] == heights["GlobalMaxPooling2D"][1]
    assert (
        heights["GlobalAveragePooling2D"][0]
        < heights["compact"][0]
        < heights["GlobalMaxPooling2D"][0]
    )
    num_edges = sum(
        len(sources)
        for name in ("query_feature", "query_article_matching")
        for _, sources in printed_graph(model.get_layer(name)).values()
    )
    assert (
        sum(text.arrow_patch is not None for text in axis.texts if hasattr(text, "arrow_patch"))
        == num_edges + 1
    )
    (line,) = axis.lines
    assert (
        line.get_ydata()[0] < line.get_ydata()[-1] == 0
        and line.get_xdata()[0] < line.get_xdata()[-1]
    )
