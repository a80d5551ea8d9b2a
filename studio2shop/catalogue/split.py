"""Section 5.1's split: no training article at test."""

import hashlib
import numbers

import numpy as np

from studio2shop import paper
from studio2shop.catalogue.tables import PART
from studio2shop.io.given import check_whole_number
from studio2shop.io.words import quoted

VALIDATION_FRACTION = (
    0.1  # of the training articles: the best epoch is chosen on them, never on the test articles
)


def split_catalogue(catalogue, train_fraction=0.8, seed=0):
    """Splits a catalogue by its articles, so that no article is seen on both sides (Section 5.1).

    Articles are drawn. A query whose matches are all training articles trains, one whose matches
    are all test articles tests; a query with matches on both sides, or with none at all, is
    dropped. The paper also trains on queries with matches on both sides and then discards their
    articles from the test assortment; on a small catalogue that leaves almost no test articles.

    The draw depends on the set of article ids and the seed, not on the order of rows. Splitting the
    training side again gives validation, by a fresh draw.

    Args:
        catalogue: a `Catalogue`.
        train_fraction: float between 0 and 1, the share of articles that train.
        seed: integer, 0 or more.

    Returns:
        `(train, test)`, two `Catalogue`s with the rows in the catalogue's order.

    Raises:
        ValueError: a side would have no article, or an argument is out of its range.

    Example:
        train, test = catalogue.split(train_fraction=0.8, seed=0)
        train, validation = train.split(train_fraction=0.9, seed=0)
    """
    if not isinstance(train_fraction, numbers.Real) or not 0 < train_fraction < 1:
        raise ValueError(
            f"Expected train_fraction between 0 and 1, received {quoted(train_fraction)}: the "
            "paper uses 0.8."
        )
    check_whole_number("seed", seed, least=0)
    article_ids = catalogue.article_ids
    num_articles = len(article_ids)
    num_train = round(train_fraction * num_articles)
    if not 0 < num_train < num_articles:
        raise ValueError(
            f"Expected at least one article on each side, but train_fraction={train_fraction} of "
            f"{num_articles} "
            f"articles gives {num_train} and {num_articles - num_train}: use more articles or "
            "another train_fraction."
        )
    by_id = np.argsort(article_ids, kind="stable")
    # The ids enter the seed: with the seed alone, train.split() would draw nearly the same
    # positions again, and validation articles would be neighbours (by id) of test articles.
    digest = hashlib.sha256("\n".join(article_ids[by_id]).encode()).digest()
    random = np.random.default_rng([seed, int.from_bytes(digest[:16], "little")])
    is_train = np.zeros(num_articles, bool)
    is_train[by_id[random.permutation(num_articles)[:num_train]]] = True
    return catalogue.select_articles(article_ids[is_train]), catalogue.select_articles(
        article_ids[~is_train]
    )


def split_counts(catalogue, train, test):
    """Counts what a split kept and dropped, for reports.

    Args:
        catalogue: the `Catalogue` that was split.
        train: its training side.
        test: its test side.

    Returns:
        dict of int: `articles`, `train_articles`, `test_articles`, `queries`, `train_queries`,
        `test_queries`, `mixed_queries` (dropped: matches on both sides), `unmatched_queries`
        (dropped: no match), `matches`, `train_matches`, `test_matches`, `dropped_matches` (those of
        the mixed queries).

    Example:
        split_counts(catalogue, train, test)["mixed_queries"]
        # 412
    """
    num_unmatched = int((catalogue.matches_per_query() == 0).sum())
    return {
        "articles": len(catalogue.articles),
        "train_articles": len(train.articles),
        "test_articles": len(test.articles),
        "queries": len(catalogue.queries),
        "train_queries": len(train.queries),
        "test_queries": len(test.queries),
        "mixed_queries": len(catalogue.queries)
        - len(train.queries)
        - len(test.queries)
        - num_unmatched,
        "unmatched_queries": num_unmatched,
        "matches": len(catalogue.matches),
        "train_matches": len(train.matches),
        "test_matches": len(test.matches),
        "dropped_matches": len(catalogue.matches) - len(train.matches) - len(test.matches),
    }


def parts_to_train_on(catalogue, seed=0):
    """All that a run needs of a catalogue.

    Articles to train, to choose the best epoch, and to test on. A catalogue may bring its own
    split, a column `part` in articles.csv: `train`, `test`, and `validation` unless a tenth of the
    training articles shall be drawn for it.

    Args:
        catalogue: a `Catalogue`.
        seed: integer, 0 or more.

    Returns:
        `(learning, train, validation, test)`, four `Catalogue`s; the second and third are parts of
        the first.

    Raises:
        ValueError: one of the last three has no query; a run could not be made of such a catalogue.

    Example:
        learning, train, validation, test = parts_to_train_on(catalogue)
    """
    if PART in catalogue.articles:
        learning, train, validation, test = _given_parts(catalogue, seed)
    else:
        learning, test = catalogue.split(paper.TRAIN_FRACTION, seed)
        train, validation = learning.split(1 - VALIDATION_FRACTION, seed)
    for part, found in (("training", train), ("validation", validation), ("test", test)):
        if not len(found.queries):
            raise ValueError(
                f"{catalogue!r} leaves no query whose matches are all {part} articles; "
                "about a hundred articles with a query of their own are the least to train, "
                "validate and test with."
            )
    return learning, train, validation, test


def _given_parts(catalogue, seed):
    """The parts that a catalogue's own column names."""
    ids, part_of = catalogue.article_ids, catalogue.articles[PART].to_numpy()
    for part in ("train", "test"):
        if part not in part_of:
            raise ValueError(
                f"{catalogue!r} has a column {PART!r} in articles.csv, but no article in it is "
                f"{part!r}; write train and test in it, or delete it for a split that is drawn."
            )
    learning = catalogue.select_articles(ids[part_of != "test"])
    test = catalogue.select_articles(ids[part_of == "test"])
    if "validation" not in part_of:
        return learning, *learning.split(1 - VALIDATION_FRACTION, seed), test
    train = catalogue.select_articles(ids[part_of == "train"])
    return learning, train, catalogue.select_articles(ids[part_of == "validation"]), test
