"""Checks of notebook 03's exercises."""

import numpy as np

from studio2shop.course.exercises import (
    check_function,
    check_number,
    off,
    open_answer,
    right,
)
from studio2shop.course.feature_space import nearest_articles, neighbour_overlap

WANTED_SHARE = 0.99
NUM_NEIGHBOURS = 10


def check_1(answer, kept):
    """How many components keep 99 % of the variance, given what each number of them keeps."""
    expected = int(np.argmax(kept >= WANTED_SHARE)) + 1
    why = (
        f"{expected} of {len(kept):,} components keep {kept[expected - 1]:.2%}. The paper's "
        "128 was chosen for another network, and is neither too few nor too many by a law of "
        "nature."
    )
    return check_number(
        answer, expected, 0, why, "Position 0 of `kept_of_test` is of one component."
    )


def check_2(answer, run):
    """A function from reduced features back to activations."""
    reduction, vectors = run.reduction, run.features.vectors[:3]
    expected = vectors * reduction.deviation @ reduction.components + reduction.mean
    why = (
        "What is lost on the way is in the directions that PCA left out: "
        f"{1 - reduction.variance_kept:.1%} of the training articles' variance."
    )
    return check_function(
        answer,
        [((vectors[:1],), expected[:1]), ((vectors,), expected)],
        why,
        tolerance=1e-3 * float(np.abs(expected).max()),
    )


def check_3(answer, run, test):
    """The test articles' features, divided by the training articles' deviations."""
    if answer is None:
        return open_answer(answer)
    vectors = run.features.of(test).vectors
    deviations = run.features.of(run.parts["train"]).vectors.std(axis=0)
    try:
        found = np.asarray(answer, float)
    except (TypeError, ValueError):
        return off("the answer is an array of numbers, a row a test article.")
    if found.shape != vectors.shape:
        return off(
            f"the answer has the shape {found.shape}, expected {vectors.shape}: a row a test "
            "article, a column a component."
        )
    expected = vectors / deviations
    # either way to count degrees of freedom
    if (
        not np.isfinite(found).all()
        or np.abs(found - expected).max() > 0.02 * np.abs(expected).max()
    ):
        if np.abs(found - vectors / vectors.std(axis=0)).max() <= 0.02 * np.abs(expected).max():
            return off(
                "these are the deviations of the test articles. In a shop you don't have "
                "tomorrow's articles; take those of the training articles."
            )
        return off(
            "the columns don't have the deviations asked for: divide each column by its own "
            "deviation over `run.features.of(train).vectors`, axis 0."
        )
    num_neighbours = min(NUM_NEIGHBOURS, len(vectors) - 1)
    overlap = neighbour_overlap(
        nearest_articles(expected, num_neighbours), nearest_articles(vectors, num_neighbours)
    )
    return right(
        f"Now the last component counts as much as the first, and only {overlap:.0%} of each "
        f"article's {num_neighbours} nearest neighbours are the same as before. "
        "What fDNA found hardly worth a word has become as loud as dress or trousers, so this "
        "project does not whiten."
    )
