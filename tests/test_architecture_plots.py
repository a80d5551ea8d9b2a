"""The drawn architectures say what Figure 2 and the model say."""

import pytest
from matplotlib.patches import FancyBboxPatch

from studio2shop import (
    architecture_plots,
    build_query_article_matching,
    build_query_feature,
    join_submodels,
    layer_table,
)


def fills(axis):
    """dict of a box's words to the colour it is filled with."""
    boxes = [patch for patch in axis.patches if isinstance(patch, FancyBboxPatch)]
    words = [text.get_text() for text in axis.texts if text.get_text() in WORDS]
    return list(zip(words, (box.get_facecolor() for box in boxes)))


WORDS = {word for *legs, match in architecture_plots.FIGURE_2.values() for leg in (*legs, [match, "score"]) for word in leg}


def test_figure_2_has_its_three_architectures_and_blue_is_what_is_learned():
    from matplotlib.colors import to_rgba

    figure = architecture_plots.architectures()
    assert [axis.get_title() for axis in figure.axes] == ["(a) image pairs", "(b) static features", "(c) Studio2Shop"]
    for axis, num_learned in zip(figure.axes, (2, 1, 2)):
        boxes = fills(axis)
        assert len(boxes) == 8  # two legs of three, the match and the score
        learned = [words for words, fill in boxes if fill == to_rgba(architecture_plots.LEARNED)]
        assert len(learned) == num_learned and all("θ" in words for words in learned)


@pytest.mark.parametrize("backbone, head, size", [("compact", "pooled", (48, 32, 3)), ("vgg16", "flatten", (64, 48, 3))])
def test_a_models_picture_has_a_box_a_layer_with_its_own_numbers(backbone, head, size):
    model = join_submodels(build_query_feature(size, 8, backbone, None, head), build_query_article_matching(8))
    table = layer_table(model)
    (axis,) = architecture_plots.submodels(model, table).axes
    rows = table[table["submodule"] != ""]
    texts = [text.get_text() for text in axis.texts if "→" in text.get_text()]
    assert len(texts) == len(rows) == sum(isinstance(patch, FancyBboxPatch) for patch in axis.patches)
    for text, row in zip(texts, rows.to_dict("records")):
        assert row["type"] in text and f"→  {row['output_size']}" in text
        assert (f"{row['params']:,}" in text) or not row["params"]
    heads = [text.get_text() for text in axis.texts if "parameters" in text.get_text()]
    for name, heading in zip(rows["submodule"].unique(), heads):
        assert heading == f"{name}\n{rows['params'][rows['submodule'] == name].sum():,} parameters"
    assert axis.get_title() == f"studio2shop: {model.count_params() - sum(weight.shape.num_elements() for weight in model.non_trainable_weights):,} trained parameters"
