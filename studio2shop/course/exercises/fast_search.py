"""Checks of notebook 07's exercises."""

import numbers

from studio2shop import paper
from studio2shop.course.exercises import check_number, off, open_answer, right

HIDDEN_WIDTH = 256  # of both hidden layers (Table 7)
WANTED, K = 0.99, 10


def check_1(answer, run):
    """By which factor the split reduces a pair's operations, with features as before PCA."""
    size = len(run.reduction.mean)
    left = 2 * HIDDEN_WIDTH * HIDDEN_WIDTH + 2 * HIDDEN_WIDTH
    factor = (2 * 2 * size * HIDDEN_WIDTH + left) / left
    factor_of_papers = (2 * 2 * paper.FEATURE_SIZE * HIDDEN_WIDTH + left) / left
    why = (
        f"{factor:.1f} instead of {factor_of_papers:.1f}: the split layer costs a pair "
        "nothing, however many values an article has. PCA saves memory, not the time of a "
        "search."
    )
    return check_number(
        answer,
        factor,
        0.02 * factor,
        why,
        (
            f"The first layer has 2 x {size:,} rows and {HIDDEN_WIDTH} columns; the second one and "
            "the last one stay."
        ),
    )


def check_2(answer, table):
    """The smallest number of candidates that hands on 99 % of the exact best ten."""
    enough = table[(table["k"] == K) & (table["agreement"] >= WANTED)]["num_candidates"]
    expected = int(enough.min())  # all articles are enough in any case
    verdict = check_number(
        answer,
        expected,
        0,
        (
            f"{expected:,} of {table['num_candidates'].max():,} articles get the exact match; of a "
            "hundred articles on your page at most one is not the one it would have been."
        ),
    )
    if (
        verdict.is_right is False
        and isinstance(answer, numbers.Real)
        and answer in table["num_candidates"].tolist()
    ):
        share = table[(table["k"] == K) & (table["num_candidates"] == answer)]["agreement"].iloc[0]
        return off(
            f"{answer:,} candidates hold {share:.1%} of the best ten; look for the smallest number "
            f"with at least {WANTED:.0%}."
        )
    return verdict


def check_3(answer, run, catalogue):
    """An index in two stages of all articles but the trousers."""
    if answer is None:
        return open_answer(answer)
    from studio2shop.retrieval import Index

    if not isinstance(answer, Index):
        return off(
            f"the answer is an Index, as s2s.Index(...) makes it; received {type(answer).__name__}."
        )
    is_trouser = catalogue.articles["category"] == "trouser"
    there, trousers = set(answer.features.ids.tolist()), set(catalogue.article_ids[is_trouser])
    kept = set(run.features.ids.tolist()) - trousers
    if there & trousers:
        return off(
            f"{len(there & trousers):,} of {len(trousers):,} trousers are still for sale, such as "
            f"{min(there & trousers)!r}."
        )
    if there != kept:
        return off(
            f"the index has {len(there):,} articles; without the trousers the shop has "
            f"{len(kept):,}."
        )
    if answer.candidates is None:
        return off("the index ranks all articles exactly; hand it the towers as its first stage.")
    return right(
        f"{len(kept):,} articles are left. `remove` computes nothing anew: each article's part of "
        "the match stays what it was."
    )
