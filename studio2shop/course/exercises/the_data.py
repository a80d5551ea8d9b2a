"""Checks of notebook 01's exercises."""

from studio2shop import paper
from studio2shop.course.exercises import check_choice, check_function, check_number
from studio2shop.course.leaks import leaked_share


def check_1(answer, catalogue, train, test):
    """The probability that two articles fall on different sides of the split."""
    train_share = paper.TRAIN_FRACTION
    expected = 2 * train_share * (1 - train_share)
    num_two, *kept = ((part.matches_per_query() == 2).sum() for part in (catalogue, train, test))
    measured = (
        f"; here it was {1 - sum(kept) / num_two:.2f} of {num_two:,} photos" if num_two else ""
    )
    hint = (
        "There are two ways for it to happen: the first trains and the second tests, or the "
        "other way round."
    )
    return check_number(
        answer, expected, 0.005, f"0.8 x 0.2, twice, is {expected:.2f}{measured}.", hint
    )


def check_2(function, train, test):
    """A function of two lists of article ids: the share of the second that occurs in the first."""
    lists = [part.matches["article_id"].tolist() for part in (train, test)]
    cases = [
        ((["a", "b"], ["a", "a", "c", "d"]), 0.5),
        ((["a", "b"], ["b", "a"]), 1.0),
        (([], ["a", "b"]), 0.0),
        ((lists[0], lists[0] + lists[1]), len(lists[0]) / (len(lists[0]) + len(lists[1]))),
    ]
    return check_function(
        function,
        cases,
        (
            f"And of the split above it says {leaked_share(train.matches, test.matches):.0%}, as "
            "it should."
        ),
    )


def check_3(answer, worn):
    """The view with the largest share of annotated articles."""
    sums = worn.groupby("view")[["worn", "annotated"]].sum()
    shares = sums["annotated"] / sums["worn"]
    best = set(shares.index[shares == shares.max()])
    why = (
        "By view: "
        + ", ".join(
            f"{view} {share:.0%}" for view, share in shares.sort_values(ascending=False).items()
        )
        + "."
    )
    return check_choice(
        answer,
        best,
        shares.index,
        why,
        'Sum both columns by view and divide: `worn.groupby("view")[["worn", "annotated"]].sum()`.',
    )
