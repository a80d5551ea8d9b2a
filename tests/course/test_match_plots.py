"""The figures of training and ranking say what the numbers say; people judge their looks."""

import keras
import numpy as np
import pandas as pd
import pytest

from studio2shop import (
    ArticleFeatures,
    Retriever,
    build_query_article_matching,
    build_query_feature,
    join_submodels,
)
from studio2shop.course import match_plots
from studio2shop.course.rank_studies import ranks_by_sureness
from studio2shop.plots.figures3to7 import HIT_COLOUR
from studio2shop.training.batches import MatchSampler


@pytest.fixture(scope="module")
def search(studio):
    keras.utils.set_random_seed(0)
    model = join_submodels(
        build_query_feature((48, 32, 3), 8, "compact", None, "pooled"),
        build_query_article_matching(8, match_activation=None),
    )
    return Retriever(
        model,
        ArticleFeatures(studio.article_ids, np.random.default_rng(0).standard_normal((60, 8))),
    )


def test_a_batchs_matches_are_boxed(studio):
    batch = MatchSampler(studio, articles_per_query=6, batch_size=8).draw(0, 0)
    figure = match_plots.batch_strips(studio, *batch, num_queries=3)
    assert len(figure.axes) == 3
    for axis, query_row, labels in zip(figure.axes, batch[0], batch[2]):
        assert axis.get_title(loc="left") == (
            f"{studio.query_ids[query_row]}: {labels.sum():.0f} annotated, "
            f"{6 - labels.sum():.0f} drawn"
        )
        boxed = (np.asarray(axis.images[0].get_array()) == HIT_COLOUR).all(axis=-1)
        assert boxed.sum() == labels.sum() * (70 * 50 - 64 * 44)


def test_curves_count_epochs_from_1_and_know_chance():
    histories = {
        "one": pd.DataFrame({"loss": [5.0, 4.0], "val_rank": [3.0, 2.0]}),
        "other": {"loss": [6.0], "val_rank": [2.0]},
    }
    figure = match_plots.training_curves(histories, 4, 4.9)
    loss, rank = figure.axes
    assert loss.lines[0].get_xydata().tolist() == [[1, 5], [2, 4]] and rank.lines[
        1
    ].get_xydata().tolist() == [[1, 2]]
    assert loss.lines[2].get_ydata()[0] == 4.9
    assert rank.lines[2].get_ydata()[0] == pytest.approx(24**0.25)  # of the ranks 1, 2, 3 and 4
    assert [text.get_text() for text in figure.legends[0].get_texts()] == ["one", "other"]


def test_score_curves_mark_the_matches_where_search_ranks_them(studio, search):
    query_ids = studio.query_ids[[5, 2]]
    figure = match_plots.score_curves(search, studio, query_ids)
    for query_id, photo, axis in zip(query_ids, figure.axes[:2], figure.axes[2:]):
        found = search(studio.query_paths[studio.query_ids.tolist().index(query_id)], k=60)
        assert photo.get_title() == query_id
        curve, matches = axis.lines
        np.testing.assert_allclose(curve.get_ydata(), found["logit"])
        known = studio.matches.loc[studio.matches["query_id"] == query_id, "article_id"]
        assert (
            matches.get_xdata().tolist()
            == found.loc[found["article_id"].isin(known), "rank"].tolist()
        )


def test_a_saturated_probability_is_not_drawn():
    figure = match_plots.saturation(np.array([1.0, 2.0]))
    ends = [line.get_xdata()[-1] for line in figure.axes[0].lines[::2]]
    assert ends == pytest.approx([8.31, 17.32, 36.73], abs=0.1)
    assert sum(bar.get_height() for bar in figure.axes[1].patches) == 2


def test_a_band_reaches_from_the_worst_to_the_best():
    logits = np.array([[1.0, 0.9, 0.0], [0.2, 0.4, 0.0]])
    axis = match_plots.tie_bands(ranks_by_sureness(logits, [0, 0], [1, 50])).axes[0]
    assert axis.lines[0].get_ydata().tolist() == [0.5, 0.5]
    float16, float32 = (band.get_paths()[0].vertices for band in axis.collections)
    assert {tuple(corner) for corner in float16.tolist()} >= {(1, 0.5), (50, 0), (50, 1)}
    # of 10 and 20, only 20 is 1
    assert {tuple(corner) for corner in float32.tolist()} >= {
        (1, 0.5),
        (50, 0),
        (50, 0.5),
    }


def test_bars_are_the_shares_in_the_best_ten():
    table = pd.DataFrame(
        {
            "value": ["full", "half"],
            "matches": [1200, 3],
            "median": [4.0, 7.5],
            "top_10": [0.75, 0.5],
        }
    )
    axis = match_plots.error_bars({"by view": table}).axes[0]
    assert [bar.get_width() for bar in axis.patches] == [0.75, 0.5]
    assert [label.get_text() for label in axis.get_yticklabels()] == ["full (1,200)", "half (3)"]
    assert [text.get_text() for text in axis.texts] == ["median rank 4", "median rank 7.5"]
