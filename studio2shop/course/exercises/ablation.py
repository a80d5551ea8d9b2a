"""Checks of notebook 06's exercises."""

import itertools

import numpy as np

from studio2shop.course.exercises import (
    check_function,
    check_number,
    off,
    open_answer,
    right,
)
from studio2shop.evaluation.comparisons import paired_comparison
from studio2shop.training.table2 import SYSTEMS

COLUMNS = ("architecture", "features", "matching", "loss")


def check_1(answer):
    """Two of the paper's systems that differ in the loss alone."""
    if answer is None:
        return open_answer(answer)
    rows = {system.name: system for system in SYSTEMS if system.in_paper}
    if (
        not isinstance(answer, (tuple, list))
        or len(answer) != 2
        or not all(isinstance(name, str) and name in rows for name in answer)
    ):
        return off(f"the answer is a tuple of two names, of {', '.join(rows)}.")
    different = _different(*(rows[name] for name in answer))
    if different == ["loss"]:
        every_pair = itertools.combinations(rows.values(), 2)
        pairs = sum(_different(*pair) == ["loss"] for pair in every_pair)
        differ = "this is the only one that differs" if pairs == 1 else f"{pairs} differ"
        return right(
            f"Of the paper's pairs, {differ} in the loss alone: an ablation is worth as much as it "
            "has such pairs."
        )
    if not different:
        return off("these two rows are the same in all columns.")
    return off(f"these two rows differ in {' and '.join(different)}.")


def _different(one, other):
    return [column for column in COLUMNS if getattr(one, column) != getattr(other, column)]


def check_2(answer):
    """Equation 3 for one query: a function of the match's and the negatives' scores to a number."""
    random = np.random.default_rng(0)
    cases = [
        ((0.0, np.zeros(50)), 25.0),
        ((2.0, np.array([1.0, 3.0])), 1.0),
        ((0.5, random.normal(0, 2, 50)), None),
    ]
    cases = [
        (
            case,
            expected
            if expected is not None
            else float((1 / (1 + np.exp(case[0] - case[1]))).sum()),
        )
        for case, expected in cases
    ]
    why = (
        "25 where 50 negatives score the same as the match, 0 where all are far below it, and "
        "at most 50: a stranger far above costs no more than one that is well above."
    )
    verdict = check_function(answer, cases, why)
    if verdict.is_right is False:
        if check_function(
            answer, [(case, expected / len(case[1])) for case, expected in cases], ""
        ).is_right:
            return off("this is the mean over the negatives; Equation 3 sums.")
        if check_function(
            answer, [(case, len(case[1]) - expected) for case, expected in cases[2:]], ""
        ).is_right:
            return off("the sign is turned round: the loss must be small where the match is above.")
    return verdict


def check_3(answer, results):
    """The share of matches that linear, listwise matching ranks better than Studio2Shop."""
    (row,) = paired_comparison(
        {name: results[name] for name in ("Studio2Shop", "fDNA-linear-listwise")}
    ).to_dict("records")
    why = (
        f"The interval over queries is {row['better_low']:.3f} to {row['better_high']:.3f}; "
        "0.5 in it would have meant that this test can't tell the two apart."
    )
    hint = (
        "Count a match 1 where the one rank is smaller and a half where both are equal "
        f"({row['ties']:.1%} of them are), and take the mean."
    )
    return check_number(answer, row["better"], 1e-3, why, hint)
