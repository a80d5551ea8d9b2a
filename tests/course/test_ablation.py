"""The ablation on a trained body: its rows, its kept ranks, its figures."""

import dataclasses
import shutil

import numpy as np
import pandas as pd
import pytest

from studio2shop import SYSTEMS, load_run, losses
from studio2shop.course import ablation, ablation_plots
from studio2shop.evaluation.results import Results

pytestmark = pytest.mark.slow


def test_a_body_stands_for_fc14_and_no_other_row_changes():
    rows = {system.name: system for system in ablation.body_systems()}
    assert list(rows)[:3] == ["static-body-linear", "static-body-non-linear", "body-non-linear"]
    assert {system.features for system in rows.values()} == {"body", "fDNA", "learnt"}
    assert [
        rows[system.name] for system in SYSTEMS if system.features in ("fDNA", "learnt")
    ] == list(rows.values())[3:]


def test_each_exchange_but_one_is_of_one_column():
    rows = {system.name: dataclasses.asdict(system) for system in ablation.body_systems()}
    columns = ("architecture", "features", "matching", "loss")
    differing = {
        what: [column for column in columns if rows[without][column] != rows[having][column]]
        for what, without, having in ablation.PIECES
    }
    several = [what for what, found in differing.items() if len(found) > 1]
    assert several == ["article features given, for learnt ones"] and all(differing.values())


@pytest.fixture(scope="module")
def run(tiny_run, tmp_path_factory):
    return load_run(shutil.copytree(tiny_run[0], tmp_path_factory.mktemp("ablation") / "run"))


def test_systems_on_a_body_rank_the_very_same_matches_and_are_not_trained_twice(run):
    weights = run.model.get_layer("query_feature").get_weights()
    first = ablation.compare_on_body(run, epochs=1, announce=lambda _: None)
    said = []
    again = ablation.compare_on_body(run, epochs=1, announce=said.append)
    assert said == []
    assert list(first) == [system.name for system in ablation.body_systems()]
    for name, result in first.items():
        assert result.ranks["rank"].tolist() == again[name].ranks["rank"].tolist()
        assert result.ranks[["query_id", "article_id"]].equals(
            first["Studio2Shop"].ranks[["query_id", "article_id"]]
        )
        assert (
            result.num_articles == len(run.parts["test"])
            and result.ranks["rank"].between(1, result.num_articles).all()
        )
    # no two are one network
    assert len({tuple(result.ranks["rank"]) for result in first.values()}) == len(first)
    for before, after in zip(weights, run.model.get_layer("query_feature").get_weights()):
        np.testing.assert_array_equal(before, after)
    # the run's network stays as trainable as it was
    assert all(layer.trainable for layer in run.model.get_layer("query_feature").layers)
    assert [
        path.name
        for path in (run.folder / "course" / "ablation-1-epochs").iterdir()
        if path.suffix != ".csv"
    ] == []


def ranked(ranks):
    return Results(
        pd.DataFrame(
            {
                "query_id": [str(query) for query in range(len(ranks))],
                "article_id": "a",
                "rank": np.asarray(ranks, float),
            }
        ),
        9,
    )


def test_a_piece_that_moves_each_match_up_is_ranked_better_always():
    results = {
        "without": ranked([5, 5, 5, 5]),
        "having": ranked([1, 2, 3, 4]),
        "same": ranked([5, 5, 5, 5]),
    }
    shares = ablation.shares_better(
        results,
        [
            ("up", "without", "having"),
            ("nothing", "without", "same"),
            ("down", "having", "without"),
        ],
    )
    assert shares["better"].tolist() == [1.0, 0.5, 0.0]
    assert shares["low"].tolist() == [1.0, 0.5, 0.0] and shares["high"].tolist() == [1.0, 0.5, 0.0]
    assert shares["verdict"].tolist() == ["better", "not told apart", "worse"]
    (axis,) = ablation_plots.pieces(shares).axes
    assert [text.get_text() for text in axis.get_yticklabels()] == [
        "up\nwithout → having",
        "nothing\nwithout → same",
        "down\nhaving → without",
    ]
    assert [text.get_text() for text in axis.texts] == ["100%", "50%", "0%"]


def test_a_pull_is_the_derivative_turned_round():
    scores = np.array([0.0, 1.0, -2.0])
    chance = 1 / (1 + np.exp(-scores))
    np.testing.assert_allclose(
        ablation_plots.pulls(losses.match_cross_entropy, [1, 0, 0], scores),
        [1, 0, 0] - chance,
        atol=1e-4,
    )
    softmax = np.exp(scores) / np.exp(scores).sum()
    np.testing.assert_allclose(
        ablation_plots.pulls(losses.listwise_cross_entropy, [1, 0, 0], scores),
        [1, 0, 0] - softmax,
        atol=1e-4,
    )
    above = 1 / (1 + np.exp(scores[0] - scores[1:]))
    slopes = above * (1 - above)
    np.testing.assert_allclose(
        ablation_plots.pulls(losses.triplet_ranking_loss, [1, 0, 0], scores),
        [slopes.sum(), *-slopes],
        atol=1e-4,
    )


def test_the_pulls_are_drawn_for_each_place_of_the_match():
    known = {"cross-entropy": losses.match_cross_entropy, "listwise": losses.listwise_cross_entropy}
    figure = ablation_plots.loss_pulls(known, np.array([0.0, -1.0]), matches=(-1, 2))
    titles = ["the match at -1", "the match at 2", "", ""]
    assert [axis.get_title() for axis in figure.axes] == titles
    rows = [figure.axes[place].get_ylabel().split("\n")[0] for place in (0, 2)]
    assert rows == list(known)
    # a match at 2 is pulled up by 1 - sigmoid(2) of cross-entropy
    assert figure.axes[1].texts[0].get_text() == "the match:\n0.12 up"


def test_top_tens_stand_best_first_and_ours_are_hollow():
    results = {"ours": ranked([1, 20, 30, 40]), "Studio2Shop": ranked([1, 2, 3, 40])}
    (axis,) = ablation_plots.top_tens(results).axes
    assert [text.get_text() for text in axis.get_yticklabels()] == ["Studio2Shop", "ours"]
    assert [text.get_text() for text in axis.texts] == [
        "75%, median rank 2.5",
        "25%, median rank 25",
    ]
    points = [line for line in axis.lines if line.get_marker() == "o"]
    assert [point.get_markerfacecolor() == "white" for point in points] == [False, True]
