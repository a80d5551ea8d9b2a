"""What the learning curves show; how they look is for people to judge."""

import pandas as pd

from studio2shop import plots


def test_the_phases_stand_one_after_the_other_and_the_kept_epochs_are_marked():
    history = pd.DataFrame(
        {
            "epoch": [0, 1, 2, 0, 1],
            "loss": [5.0, 4, 3, 2.5, 2],
            "val_median": [9.0, 7, 8, 6, 5],
            "val_rank": [9.5, 7.5, 8.5, 5.5, 6.5],
            "phase": ["head"] * 3 + ["everything"] * 2,
        }
    )
    loss, ranks = plots.learning_curves(history).axes
    lines = [line.get_xydata().tolist() for line in ranks.get_lines()]
    assert lines == [[[1, 9], [2, 7], [3, 8]], [[2, 7]], [[4, 6], [5, 5]], [[4, 6]]]
    assert loss.get_lines()[2].get_xydata().tolist() == [[4, 2.5], [5, 2]]
    assert len(ranks.get_legend().get_texts()) == 2
    one = plots.learning_curves(history[:3]).axes[1]
    assert one.get_legend() is None
