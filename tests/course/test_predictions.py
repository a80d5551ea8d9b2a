"""A guess beside what came of it."""

import pytest

from studio2shop.course.predictions import guess_beside


def test_without_a_guess_there_are_the_two_numbers():
    table = guess_beside(None, 0.692, 0.8812, "top-10")
    assert table.index.tolist() == ["top-10"]
    row = table.loc["top-10"].to_dict()
    assert row == {"before": "0.692", "your guess": "none yet", "after": "0.881"}


@pytest.mark.parametrize(
    ("guess", "direction"),
    [(0.7, "right"), (0.95, "right"), (0.6, "the other one"), (0.69, "the other one")],
)
def test_a_guess_has_the_direction_of_the_change_or_not(guess, direction):
    row = guess_beside(guess, 0.69, 0.88, "top-10").loc["top-10"]
    assert row["your guess"] == f"{guess:.3g}" and row["direction"] == direction


def test_that_nothing_changes_can_be_guessed_too():
    assert guess_beside(5, 5.0, 5.0, "median rank").loc["median rank", "direction"] == "right"


@pytest.mark.parametrize("guess", ["much", [1], True])
def test_a_guess_is_a_number(guess):
    with pytest.raises(ValueError, match="`guess` must be a number, or None for no guess"):
        guess_beside(guess, 1, 2, "top-10")
