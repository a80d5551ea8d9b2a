"""Checks of notebook 04's exercises."""

import numpy as np

from studio2shop import paper
from studio2shop.course.exercises import check_function, check_number, off

NUM_EPOCHS = 12


def check_1(answer, labels):
    """Equation 2 with its minus sign.

    A function of labels and probabilities, both `(queries, articles)`, to one loss per query.
    """
    random = np.random.default_rng(0)
    labels = np.asarray(labels, "float64")[:3]
    cases = [
        (np.array([[1.0, 0.0]]), np.array([[0.5, 0.5]])),
        (labels, random.uniform(0.01, 0.99, labels.shape)),
    ]
    cases = [
        (case, -(case[0] * np.log(case[1]) + (1 - case[0]) * np.log(1 - case[1])).sum(axis=1))
        for case in cases
    ]
    verdict = check_function(
        answer,
        cases,
        (
            "The package computes the same from logits, which stays a number where a probability "
            "is rounded to 0 or 1 and its logarithm is infinite."
        ),
    )
    if verdict.is_right is False:
        if check_function(answer, [(case, -expected) for case, expected in cases], "").is_right:
            return off(
                "the sign is the paper's. A loss is made small: it must be large where the "
                "network is wrong."
            )
        if check_function(
            answer, [(case, expected.sum()) for case, expected in cases], ""
        ).is_right:
            return off(
                "this is one number for the batch; sum over the articles alone, axis 1, and keep "
                "one loss per query."
            )
    return verdict


def check_2(answer, train):
    """How many different articles a query with one match meets in 12 epochs."""
    others, drawn = len(train.articles) - 1, min(paper.ARTICLES_PER_QUERY, len(train.articles)) - 1
    expected = 1 + others * (1 - (1 - drawn / others) ** NUM_EPOCHS)
    why = (
        f"About {expected:,.0f} of {len(train.articles):,} articles, where a list drawn once "
        f"would have had {drawn + 1}. That is what the paper means by diversity."
    )
    return check_number(
        answer,
        expected,
        0.1 * expected,
        why,
        (
            f"Collect the articles of one query over {NUM_EPOCHS} epochs in a set; it is in one "
            "batch of each epoch, at another place each time."
        ),
    )


def check_3(answer):
    """A function from the features' size to the matching submodel's trainable parameters."""
    cases = [((size,), _num_parameters(size)) for size in (1, paper.FEATURE_SIZE, paper.FDNA_SIZE)]
    verdict = check_function(
        answer,
        cases,
        (
            "And it is the same for the query and for the article half, which notebook 07 uses to "
            "make the search fast."
        ),
        tolerance=0.5,
    )
    if (
        verdict.is_right is False
        and check_function(
            answer,
            [((size,), _num_parameters(size) + 4 * size) for size in (1, 128)],
            "",
            tolerance=0.5,
        ).is_right
    ):
        return off(
            "batch normalisation has two trainable numbers per value, gamma and beta. Its moving "
            "mean and variance are not trained."
        )
    return verdict


def _num_parameters(size):
    """Table 7's rows from BatchNorm down: 132,353 at 128."""
    pair = 2 * size
    return 2 * pair + (pair + 1) * 256 + 257 * 256 + 257
