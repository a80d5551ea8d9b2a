"""What the helpers of all checks say of right, wrong and missing answers."""

import numpy as np
import pytest

from studio2shop.course.exercises import (
    Verdict,
    check_choice,
    check_function,
    check_number,
    off,
    open_answer,
    right,
)

OPEN = "Your turn: replace None in the cell above, run it, and run this one again."


def test_a_verdict_shows_as_its_sentence():
    assert repr(right("Good.")) == "Right. Good." and right("Good.").is_right is True
    assert repr(off("too bad.")) == "Not yet: too bad." and off("too bad.").is_right is False
    assert open_answer(None) == Verdict(None, OPEN) and open_answer(0) is None


@pytest.mark.parametrize(
    "answer", [0.25, 0.2504, np.float32(0.25), np.array([0.25]), np.array(0.25)]
)
def test_a_number_near_enough_is_right(answer):
    assert check_number(answer, 0.25, 0.001, "One in four.", "Count.") == Verdict(
        True, "Right. One in four."
    )


@pytest.mark.parametrize(
    "answer, sentence",
    [
        (0.5, "Not yet: 0.5 is too large. Count."),
        (-1, "Not yet: -1 is too small. Count."),
        (float("nan"), "Not yet: nan is not a number. Count."),
        ("0.25", "Not yet: the answer is one number; '0.25' is none. Count."),
        (True, "Not yet: the answer is one number; True is none. Count."),
        (1j, "Not yet: the answer is one number; 1j is none. Count."),
        (np.zeros(3), "Not yet: the answer is one number; array([0., 0., 0.]) is none. Count."),
        (np.array(["many"]), "Not yet: the answer is one number; ['many'] is none. Count."),
    ],
)
def test_another_number_is_told_which_way_it_is_off(answer, sentence):
    verdict = check_number(answer, 0.25, 0.001, "One in four.", "Count.")
    assert verdict.is_right is False
    assert verdict.sentence.replace("array([0., 0., 0.])", "[0., 0., 0.]") == sentence.replace(
        "array([0., 0., 0.])", "[0., 0., 0.]"
    )


def test_a_choice_is_right_wrong_with_its_own_hint_or_none_of_the_words():
    say = {
        "choices": ["full", "half", "back"],
        "why": "It shows most.",
        "hint": {"half": "It is cut off."},
    }
    assert check_choice("full", "full", **say) == Verdict(True, "Right. It shows most.")
    assert check_choice("half", {"full", "back"}, **say) == Verdict(
        False, "Not yet: 'half' is not it. It is cut off."
    )
    assert check_choice("back", {"full", "back"}, **say).is_right
    assert (
        check_choice("front", "full", **say).sentence
        == "Not yet: the answer is one of 'full', 'half', 'back'; 'front' is none of them."
    )
    assert check_choice(["full"], "full", **say).is_right is False
    assert check_choice(None, "full", **say).sentence == OPEN
    many = check_choice("front", "0", [str(number) for number in range(40)], "")
    assert many.sentence.endswith("'10', '11', ...; 'front' is none of them.")


CASES = [((2, 3), 5), ((np.array([1.0, 2.0]), 1), np.array([2.0, 3.0]))]


@pytest.mark.parametrize(
    "function, is_right, sentence",
    [
        (lambda a, b: a + b, True, "Right. That is a sum."),
        (lambda a, b: None, None, OPEN),
        (None, None, OPEN),
        (5, False, "Not yet: the answer is a function; 5 is none."),
        (lambda a, b: a * b, False, "Not yet: with 2, 3 it gives 6, expected 5."),
        (lambda a, b: 5, False, "Not yet: with [1., 2.], 1 it gives 5, expected [2., 3.]."),
        (lambda a, b: "five", False, "Not yet: with 2, 3 it gives 'five', expected 5."),
        (lambda a, b: [a, b], False, "Not yet: with 2, 3 it gives [2, 3], expected 5."),
        (
            lambda a, b: a / 0,
            False,
            "Not yet: with 2, 3 it raises ZeroDivisionError: division by zero",
        ),
        (lambda a: a, False, "Not yet: with 2, 3 it raises TypeError: "),
    ],
)
def test_a_function_is_tried_on_cases_and_the_first_that_is_off_is_shown(
    function, is_right, sentence
):
    verdict = check_function(function, CASES, "That is a sum.")
    assert verdict.is_right is is_right and verdict.sentence.startswith(sentence)


def test_long_values_are_shown_short():
    verdict = check_function(lambda values: 0, [((np.zeros((20, 30)),), 1)], "")
    assert verdict.sentence == "Not yet: with an array of shape (20, 30) it gives 0, expected 1."
    assert len(check_number("x" * 500, 1, 0, "").sentence) < 120
