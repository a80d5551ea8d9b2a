"""Curves of systems say what the numbers say and are told apart; people judge their looks."""

import numpy as np
import pytest
from results_by_hand import results_of

from studio2shop import paper, plots


def test_a_curve_is_top_k_at_each_k_and_the_last_line_is_chance():
    results = {
        "Studio2Shop": results_of({"q": [1, 1, 3, 40]}, 100),
        "static": results_of({"q": [5, 50.5, 100, 100]}, 100),
    }
    (axis,) = plots.top_k_curves(results).axes
    *curves, chance = axis.lines
    assert [curve.get_label() for curve in curves] == list(
        results
    ) and chance.get_label() == "chance"
    for curve, result in zip(curves, results.values()):
        ks, shares = curve.get_data()
        assert ks[0] == 1 and ks[-1] == 100
        np.testing.assert_array_equal(shares, result.top_k(ks))
        assert all(0 <= place < len(ks) for place in curve.get_markevery())
    np.testing.assert_allclose(chance.get_ydata(), chance.get_xdata() / 100)
    assert axis.get_xscale() == "log"


def of_ranks(names):
    return {name: results_of({"q": [2 * position + 2]}, 100) for position, name in enumerate(names)}


def test_thirty_systems_differ_in_colour_and_marker_and_ours_are_dashed():
    results = of_ranks([*paper.TABLE_3, *(f"ours {number}" for number in range(22))])
    curves = plots.top_k_curves(results).axes[0].lines[:30]
    assert (
        len(
            {
                (curve.get_color(), curve.get_marker(), curve.get_markerfacecolor())
                for curve in curves
            }
        )
        == 30
    )
    assert (
        len({curve.get_color() for curve in curves[:8]})
        == len({curve.get_marker() for curve in curves[:8]})
        == 8
    )
    assert [curve.get_linestyle() for curve in curves] == ["-"] * 8 + ["--"] * 22


@pytest.mark.parametrize("num_systems", [1, 3, 4, 14])
def test_the_legend_has_the_order_of_the_curves_best_first_beside_many_and_among_few(num_systems):
    names = [f"system {number}" for number in range(num_systems)]
    figure = plots.top_k_curves(dict(reversed(of_ranks(names).items())))  # the worst first
    legends = [*figure.legends, *filter(None, [figure.axes[0].get_legend()])]
    assert len(legends) == 1 and len(figure.legends) == (num_systems > 3)
    assert [text.get_text() for text in legends[0].get_texts()] == [*names, "chance"]
    assert not legends[0].get_title().get_text()


def test_the_legend_says_what_is_dashed_where_both_kinds_are_drawn():
    legend = plots.top_k_curves(of_ranks(["Studio2Shop", "mine"])).axes[0].get_legend()
    assert legend.get_title().get_text() == "solid: the paper's systems\ndashed: not in the paper"


def test_an_assortment_of_one_article_has_its_curves():
    (axis,) = plots.top_k_curves({"mine": results_of({"q": [1]}, 1)}).axes
    assert axis.lines[0].get_data()[1].tolist() == [1]


def test_curves_that_cannot_be_compared_are_refused():
    one, other = results_of({"q": [1]}, 100), results_of({"q": [1]}, 50)
    for results, sizes in (({}, "[]"), ({"one": one, "other": other}, "[50, 100]")):
        with pytest.raises(ValueError) as caught:
            plots.top_k_curves(results)
        assert str(caught.value) == (
            "`results` must be at least one, all of one assortment, to be compared by k; "
            f"received assortments of {sizes} articles."
        )
