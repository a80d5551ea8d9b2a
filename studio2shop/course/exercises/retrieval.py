"""Checks of notebook 05's exercises."""

import numpy as np

from studio2shop.course.exercises import check_function, check_number, off
from studio2shop.course.rank_studies import rank_bounds


def check_1(answer):
    """A function from all articles' scores and the match's row to its rank, ties in the middle."""
    cases = [
        (np.array([0.9, 0.5, 0.1]), 1),
        (np.array([0.5, 0.5, 0.1]), 0),
        (np.array([2.0, 7.0, 7.0, 7.0, 9.0]), 3),
        (np.zeros(100), 42),
    ]
    cases = [(case, float(rank_bounds(case[0][None], [case[1]])[0].mean())) for case in cases]
    verdict = check_function(
        answer,
        cases,
        (
            "With a scorer that says the same of everything, you get the middle of the "
            "assortment: what chance gets, and what it deserves."
        ),
    )
    if verdict.is_right is False:
        for bound, words in ((0, "the best"), (1, "the worst")):
            if check_function(
                answer,
                [(case, int(rank_bounds(case[0][None], [case[1]])[0, bound])) for case, _ in cases],
                "",
            ).is_right:
                return off(
                    f"where scores are equal, this takes {words} rank that the match could be "
                    "given. Take the middle of the best and the worst."
                )
    return verdict


def check_2(answer, results):
    """A function from ranks and k to the share of queries with any match at rank k or better."""
    ranks, of_queries = results.ranks, results.any_row()
    cases = [((ranks, k), float(of_queries[f"top_{k}"])) for k in (1, 10, 50)]
    why = (
        f"{of_queries.top_10:.1%} of the queries have a match in the best ten, of the matches "
        f"it is {results.row().top_10:.1%}. Tables must say which of the two they count; Table "
        "3 counts matches."
    )
    verdict = check_function(answer, cases, why)
    per_match = [((ranks, k), float(results.row()[f"top_{k}"])) for k in (1, 10, 50)]
    if verdict.is_right is False and check_function(answer, per_match, "").is_right:
        return off(
            "this is the share of matches. A query with two matches counts twice in it; take the "
            "best rank of each query first."
        )
    return verdict


def check_3(answer, logits, article_rows, test):
    """The median rank of the matches among the articles of their own category."""
    categories = test.articles["category"].to_numpy()
    is_rival = categories[None, :] == categories[article_rows][:, None]
    expected = float(
        np.median(rank_bounds(np.where(is_rival, logits, -np.inf), article_rows).mean(axis=1))
    )
    without = float(np.median(rank_bounds(logits, article_rows).mean(axis=1)))
    why = (
        f"The median rank is {expected:g} instead of {without:g}: much of what stood before a "
        "match was of another category, and often worn in the same photo. Methods that are told "
        "the category start from here (Table 1's column of assumptions); Studio2Shop is not."
    )
    hint = (
        "Give each match's query a score of -inf for the articles of other categories, rank, "
        "and take the median over all matches."
    )
    return check_number(answer, expected, 0.01, why, hint)
