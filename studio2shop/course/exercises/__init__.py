"""The notebooks' exercises: one module per notebook, one check per exercise.

A check says right, or what is off, and never raises.
"""

import dataclasses
import numbers

import numpy as np


@dataclasses.dataclass(frozen=True, repr=False)
class Verdict:
    """What a check says of an answer; as the value of a notebook's cell, its sentence is shown.

    Attributes:
        is_right: bool, or `None` where there is no answer yet.
        sentence: str.
    """

    is_right: bool | None
    sentence: str

    def __repr__(self):
        return self.sentence


def right(sentence):
    """The verdict on a right answer, with why it matters."""
    return Verdict(True, f"Right. {sentence}")


def off(sentence):
    """The verdict on a wrong answer, with what is off."""
    return Verdict(False, f"Not yet: {sentence}")


def open_answer(answer):
    """The verdict on an exercise that nobody has answered, `None` on any other."""
    if answer is None:
        return Verdict(
            None, "Your turn: replace None in the cell above, run it, and run this one again."
        )
    return None


def check_number(answer, expected, tolerance, why, hint=""):
    """Compares a number.

    Args:
        answer: anything.
        expected: the right number.
        tolerance: how far from it still counts as right.
        why: what to say of the right number.
        hint: what to say after "too large" or "too small".

    Returns:
        A `Verdict`.

    Example:
        >>> check_number(0.5, 0.25, 0.01, "One in four.", "Count queries, not matches.")
        Not yet: 0.5 is too large. Count queries, not matches.
    """
    if answer is None:
        return open_answer(answer)
    if (
        isinstance(answer, bool)
        or not isinstance(answer, (numbers.Real, np.generic, np.ndarray))
        or np.size(answer) != 1
    ):
        return off(f"the answer is one number; {_shown(answer)} is none. {hint}".rstrip())
    try:
        number = float(np.reshape(answer, -1)[0])
    except (TypeError, ValueError):
        return off(f"the answer is one number; {_shown(answer)} is none. {hint}".rstrip())
    if abs(number - expected) <= tolerance:
        return right(why)
    direction = (
        "not a number" if np.isnan(number) else "too large" if number > expected else "too small"
    )
    return off(f"{number:.6g} is {direction}. {hint}".rstrip())


def check_choice(answer, expected, choices, why, hint=""):
    """Compares one of some words.

    Args:
        answer: anything.
        expected: the right word, or a set of words that are all right.
        choices: the words there are.
        why: what to say of the right one.
        hint: what to say of a wrong one: a str, or a dict from word to str.

    Returns:
        A `Verdict`.
    """
    if answer is None:
        return open_answer(answer)
    choices = [str(choice) for choice in choices]
    if not isinstance(answer, str) or answer not in choices:
        some = ", ".join(map(repr, choices[:12])) + (", ..." if len(choices) > 12 else "")
        return off(f"the answer is one of {some}; {_shown(answer)} is none of them.")
    if answer in ({expected} if isinstance(expected, str) else set(expected)):
        return right(why)
    return off(
        f"{answer!r} is not it. {hint.get(answer, '') if isinstance(hint, dict) else hint}".rstrip()
    )


def check_function(function, cases, why, tolerance=1e-6):
    """Calls a function on some cases and compares what it gives.

    Args:
        function: anything; as long as it returns `None` it counts as not written yet.
        cases: list of `(arguments, expected)`: a tuple, and a number or an array.
        why: what to say of a right function.
        tolerance: how far from a number still counts as right.

    Returns:
        A `Verdict`; of a wrong function it shows the first case that is off.
    """
    if function is None:
        return open_answer(function)
    if not callable(function):
        return off(f"the answer is a function; {_shown(function)} is none.")
    for arguments, expected in cases:
        call = f"with {', '.join(map(_shown, arguments))} it"
        try:
            result = function(*arguments)
        except Exception as error:
            return off(f"{call} raises {type(error).__name__}: {error}")
        if result is None:
            return open_answer(result)
        if not _is_close(result, expected, tolerance):
            return off(f"{call} gives {_shown(result)}, expected {_shown(expected)}.")
    return right(why)


def _is_close(result, expected, tolerance):
    try:
        result, expected = np.asarray(result, float), np.asarray(expected, float)
    except (TypeError, ValueError):
        return False
    return result.shape == expected.shape and bool(
        np.allclose(result, expected, rtol=0, atol=tolerance, equal_nan=True)
    )


def _shown(value):
    """A value in few characters; of an array its first values, or its shape."""
    if isinstance(value, np.ndarray) and value.size > 12:
        return f"an array of shape {value.shape}"
    text = " ".join(
        (
            np.array2string(value, precision=4, separator=", ")
            if isinstance(value, np.ndarray)
            else repr(value)
        ).split()
    )
    return text if len(text) <= 60 else text[:57] + "..."
