"""What ranks depend on beside the network (Section 5.1).

Equal scores, the bits of a probability, the size of the assortment.
"""

import dataclasses

import numpy as np
import pandas as pd


def probabilities(logits, precision="float32"):
    """The sigmoid of logits, rounded to a precision as a network of that precision would.

    It is exactly 1 from a logit of 8.3 in float16, 17.3 in float32 and 36.7 in float64. Near 0 all
    of them are far finer.

    Args:
        logits: array of any shape.
        precision: `"float16"`, `"float32"` or `"float64"`.

    Returns:
        Array of that precision, 0-1.

    Example:
        >>> probabilities(np.array([0.0, 9.0, 18.0]), "float16").tolist()
        [0.5, 1.0, 1.0]
    """
    return (1 / (1 + np.exp(-np.asarray(logits, "float64").clip(-700)))).astype(precision)


def rank_bounds(scores, article_rows):
    """The best and the worst rank that a match could get among articles of equal score.

    `rank_matches` takes the middle of the two. A measure that takes the best rewards a scorer for
    saying the same of many.

    Args:
        scores: `(matches, articles)`, one row per match: the scores of its query.
        article_rows: `(matches,)` row of each match's article.

    Returns:
        int64 `(matches, 2)`, each from 1 to the number of articles.

    Example:
        >>> rank_bounds(np.array([[1.0, 1.0, 0.5, 1.0]]), [0]).tolist()
        [[1, 3]]
    """
    own = np.take_along_axis(scores, np.asarray(article_rows)[:, None], axis=1)
    return np.stack([(scores > own).sum(axis=1) + 1, (scores >= own).sum(axis=1)], axis=1)


def ranks_by_precision(logits, article_rows):
    """What becomes of the ranks when probabilities are ranked instead of logits.

    Ties are counted for us, against us, or in the middle.

    Args:
        logits: float32 `(matches, articles)`, one row per match: the logits of its query.
        article_rows: `(matches,)` row of each match's article.

    Returns:
        DataFrame with one row per way to score: `scores`; `tied`, the share of matches with an
        article of the same score; then `top_1` and `median` rank with ties counted at their `best`,
        `middle` and `worst`, such as `top_1_best`.
    """
    rows = []
    ways = {
        "logits": logits,
        **{
            f"probabilities, {precision}": probabilities(logits, precision)
            for precision in ("float64", "float32", "float16")
        },
    }
    for name, scores in ways.items():
        best, worst = rank_bounds(scores, article_rows).T
        ranks = {"best": best, "middle": (best + worst) / 2, "worst": worst}
        shares = {f"top_1_{tie}": (found <= 1).mean() for tie, found in ranks.items()}
        medians = {f"median_{tie}": np.median(found) for tie, found in ranks.items()}
        rows.append({"scores": name, "tied": (best < worst).mean(), **shares, **medians})
    return pd.DataFrame(rows)


def ranks_by_sureness(logits, article_rows, times):
    """`ranks_by_precision` of logits that are multiplied by numbers from 1 up.

    A network that is surer of itself has such logits.

    Args:
        logits, article_rows: as in `ranks_by_precision`.
        times: the numbers.

    Returns:
        DataFrame with the columns of `ranks_by_precision`, and `times` in front.
    """
    tables = [ranks_by_precision(number * np.asarray(logits), article_rows) for number in times]
    return pd.concat(
        [
            table.assign(times=number)[["times", *table.columns]]
            for number, table in zip(times, tables)
        ],
        ignore_index=True,
    )


def results_among_fewer(results, num_articles):
    """The ranks that the same matches would have in a smaller assortment.

    Each match's rivals are drawn at random.

    Of the articles that rank before a match, a draw without replacement takes a hypergeometric
    number. So nothing is scored anew.

    Args:
        results: `Results` in the whole assortment.
        num_articles: size of the smaller one, from 1 to `results.num_articles`.

    Returns:
        `Results`; ranks are whole numbers.

    Raises:
        ValueError: if `num_articles` is out of range.
    """
    if not 1 <= num_articles <= results.num_articles:
        raise ValueError(
            f"`num_articles` must be from 1 to {results.num_articles}, the size of the whole "
            f"assortment; received {num_articles}."
        )
    # of equal scores, half count as before
    before = np.ceil(results.ranks["rank"].to_numpy()).astype(int) - 1
    after = results.num_articles - 1 - before
    drawn = np.random.default_rng(results.seed).hypergeometric(before, after, num_articles - 1)
    return dataclasses.replace(
        results, ranks=results.ranks.assign(rank=drawn + 1.0), num_articles=num_articles
    )
