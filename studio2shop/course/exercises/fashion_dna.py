"""Checks of notebook 02's exercises."""

import numpy as np

from studio2shop.course.exercises import check_choice, check_function, check_number


def check_1(answer, fdna):
    """The parameters of fDNA if `conv2` had 7x7 kernels."""
    height, width, depth, filters = fdna.get_layer("conv2").kernel.shape
    more = (7 * 7 - height * width) * depth * filters
    why = (
        f"{more:,} more, {more / fdna.count_params():.1%} of the whole: convolutions are cheap "
        "in parameters (in time they are not), the dense layer is what counts."
    )
    return check_number(
        answer,
        fdna.count_params() + more,
        0.5,
        why,
        f"Only one factor changes, {height}·{width} into 7·7; the {filters} biases stay.",
    )


def check_2(function):
    """The mean cross-entropy over the annotated articles."""
    certain, even = np.array([[1.0, 0.0], [0.5, 0.5]]), np.full((3, 4), 0.25)
    cases = [
        ((even, np.array([0, 1, 2])), np.log(4)),
        ((certain, np.array([0, 1])), np.log(2) / 2),
        ((certain, np.array([-1, 1])), np.log(2)),
        (
            (np.array([[0.9, 0.1], [0.2, 0.8], [0.5, 0.5]]), np.array([0, -1, 1])),
            (np.log(1 / 0.9) + np.log(2)) / 2,
        ),
    ]
    return check_function(
        function,
        cases,
        (
            "The mean is over the annotated articles, not over all: otherwise rare labels would "
            "count less in every batch."
        ),
    )


def check_3(answer, shared):
    """The attribute in which neighbours agree most, compared with chance."""
    table = shared.dropna().set_index("attribute")
    table = table[table["by_chance"] > 0]
    quotient = table["shared"] / table["by_chance"]
    best = set(quotient.index[quotient == quotient.max()])
    name = min(best)
    why = (
        f"Neighbours share it in {table.loc[name, 'shared']:.0%} of the pairs, two at random "
        f"in {table.loc[name, 'by_chance']:.1%}: {quotient[name]:.1f} times as often. With "
        "many values, chance is low."
    )
    return check_choice(
        answer,
        best,
        shared["attribute"],
        why,
        "Divide the column `shared` by `by_chance`, row by row, and take the largest.",
    )
