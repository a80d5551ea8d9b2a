"""A reader's guess beside what came of it: predict, change, compare."""

import numbers

import pandas as pd


def guess_beside(guess, before, after, measure):
    """A guess beside the numbers before and after a change.

    Args:
        guess: the reader's number for `after`; `None` where nothing was guessed.
        before, after: the measured numbers.
        measure: what they are, such as `"top-10"`.

    Returns:
        A DataFrame of one row, `measure`: `before`, `your guess`, `after`, and whether the guess
        has the direction of the change.

    Raises:
        ValueError: if the guess is no number.

    Example:
        guess_beside(0.5, 0.69, 0.88, "top-10")  # 0.69, 0.5, 0.88, other direction
    """
    if guess is not None and (isinstance(guess, bool) or not isinstance(guess, numbers.Real)):
        raise ValueError(f"`guess` must be a number, or None for no guess; received {guess!r}.")
    row = {"before": f"{before:.3g}", "your guess": "none yet", "after": f"{after:.3g}"}
    if guess is not None:
        is_right = (guess > before) == (after > before) and (guess < before) == (after < before)
        row["your guess"] = f"{guess:.3g}"
        row["direction"] = "right" if is_right else "the other one"
    return pd.DataFrame([row], index=[measure])
