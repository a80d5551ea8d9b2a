"""Systems side by side on the very same matches: Table 3 whole, who ranks better, and where."""

import numpy as np
import pandas as pd

from studio2shop.catalogue.catalogue import check_is_catalogue
from studio2shop.evaluation.results import NUM_RESAMPLES, Results
from studio2shop.io.given import check_type
from studio2shop.io.words import quoted

NOT_ANNOTATED = "not annotated"


def ranks_of_same_matches(results):
    """The ranks that systems gave to the very same matches.

    Args:
        results: dict of system to `Results`.

    Returns:
        A DataFrame `(matches, systems)` of ranks, its index `query_id, article_id` in their order.

    Raises:
        ValueError: if the systems ranked other matches or among another number of articles, or
            there is none.
    """
    check_type("results", results, dict, "a dict of system to Results")
    if not results:
        raise ValueError("`results` must hold at least one system; received none.")
    (first, first_result), columns = next(iter(results.items())), {}
    for system, result in results.items():
        check_type(f"results[{quoted(system)}]", result, Results, "Results of `evaluate`")
        table = (
            result.ranks.astype({"query_id": str, "article_id": str})
            .set_index(["query_id", "article_id"])["rank"]
            .sort_index(kind="stable")
        )
        columns[system] = table
        if result.num_articles != first_result.num_articles:
            raise ValueError(
                "Systems are compared among the very same articles; "
                f"{first!r} was ranked among {first_result.num_articles} and "
                f"{system!r} among {result.num_articles}: evaluate both in one assortment."
            )
        if not table.index.equals(columns[first].index):
            lacking, further = (
                len(one.index.difference(other.index))
                for one, other in ((columns[first], table), (table, columns[first]))
            )
            raise ValueError(
                "Systems are compared on the very same matches; "
                f"{system!r} lacks {lacking} of the {len(columns[first])} of {first!r} and "
                f"has {further} that those are not: evaluate both on one catalogue with one seed."
            )
    return pd.DataFrame(columns)


def paired_comparison(results, baseline="Studio2Shop", seed=0):
    """How often each system ranks a match better than a baseline does, match by match.

    Systems that meet the same hard queries have averages that rise and fall together; a comparison
    of pairs takes that out, so that its interval tells apart what the intervals of Table 3 do not.

    Args:
        results: dict of system to `Results`, all on the very same matches.
        baseline: the system that the others are compared with.
        seed: of the bootstrap.

    Returns:
        A DataFrame with one row per system other than the baseline: `system, baseline, queries,
        matches`; `better`, the share of matches ranked better than the baseline's, equal ranks
        counted half (0.5 = as good), and its 95 % bootstrap interval `better_low, better_high`,
        queries drawn with their matches; `ties`, the share of equal ranks; `rank_ratio`, the median
        of the system's rank divided by the baseline's (2 = twice as far down).

    Raises:
        ValueError: if the baseline is not there, or the systems did not rank the same matches.

    Example:
        paired_comparison({"Studio2Shop": results, "fDNA-linear": linear}).loc[0, "better"]
        # 0.31
    """
    if baseline not in results:
        raise ValueError(
            f"`baseline` must be one of the systems ({', '.join(map(repr, results))}); "
            f"received {baseline!r}."
        )
    ranks = ranks_of_same_matches(results)
    others = ranks.drop(columns=baseline)
    differences = others.sub(ranks[baseline], axis=0)
    points = (differences < 0) + 0.5 * (differences == 0)
    query_ids = ranks.index.get_level_values("query_id")
    low, high = share_intervals(points.to_numpy(), query_ids, seed)
    return pd.DataFrame(
        {
            "system": others.columns,
            "baseline": baseline,
            "queries": query_ids.nunique(),
            "matches": len(ranks),
            "better": points.mean().to_numpy(),
            "better_low": low,
            "better_high": high,
            "ties": (differences == 0).mean().to_numpy(),
            "rank_ratio": others.div(ranks[baseline], axis=0).median().to_numpy(),
        }
    )


def share_intervals(points, query_ids, seed=0):
    """95 % bootstrap intervals of mean points, queries drawn with all that is theirs.

    Args:
        points: `(matches, columns)`, such as 1 where something holds of a match and 0 elsewhere.
        query_ids: `(matches,)`, whose each match is.
        seed: of the bootstrap.

    Returns:
        Array `(2, columns)`: the low and the high ends.
    """
    _, rows, num_matches = np.unique(query_ids, return_inverse=True, return_counts=True)
    points_of_query = np.zeros((len(num_matches), points.shape[1]))
    np.add.at(points_of_query, rows, points)
    random, samples = np.random.default_rng(seed), []
    for _ in range(NUM_RESAMPLES):
        chosen = random.integers(len(num_matches), size=len(num_matches))
        times_chosen = np.bincount(chosen, minlength=len(num_matches))
        samples.append(times_chosen @ points_of_query / (times_chosen @ num_matches))
    return np.percentile(samples, [2.5, 97.5], axis=0)


def verdict(low, high):
    """`"better"`, `"worse"` or `"not told apart"`, by an interval of `paired_comparison`."""
    return "better" if low > 0.5 else "worse" if high < 0.5 else "not told apart"


def errors_by(results, catalogue, column):
    """How well each system ranks the matches of each category, or of each view.

    Args:
        results: dict of system to `Results` on the catalogue's matches.
        catalogue: the test `Catalogue`.
        column: of `queries.csv`, such as `view`, or else of `articles.csv`, such as `category`: a
            match counts with its article's.

    Returns:
        A DataFrame with one row per system and value: `system, column, value, matches` (their
        number), `median` (rank), `top_10` (0-1); the value of most matches first, what is not
        annotated last. Empty where the catalogue has no such column.

    Raises:
        ValueError: if the catalogue lacks a query or an article, or the systems did not rank the
            same matches.

    Example:
        errors_by({"Studio2Shop": results}, test, "category")
    """
    check_is_catalogue(catalogue)
    ranks, names = (
        ranks_of_same_matches(results),
        ["system", "column", "value", "matches", "median", "top_10"],
    )
    of_query = column in catalogue.queries
    if not of_query and column not in catalogue.articles:
        return pd.DataFrame(columns=names)
    table, key = (catalogue.queries, "query_id") if of_query else (catalogue.articles, "article_id")
    ids = ranks.index.get_level_values(key)
    unknown = ids[~ids.isin(table[key].astype(str))]
    if len(unknown):
        raise ValueError(
            f"{catalogue!r} has no {key} {quoted(unknown[0])}, of which there are ranks; "
            "pass the catalogue that was evaluated."
        )
    values = (
        pd.Series(table[column].to_numpy(), table[key].astype(str))
        .replace("", NOT_ANNOTATED)
        .reindex(ids)
        .to_numpy()
    )
    counts = pd.Series(values).value_counts()
    order = sorted(counts.index, key=lambda value: (value == NOT_ANNOTATED, -counts[value], value))
    medians, top_10 = ranks.groupby(values).median(), (ranks <= 10).groupby(values).mean()
    rows = [
        (
            system,
            column,
            value,
            counts[value],
            medians.loc[value, system],
            top_10.loc[value, system],
        )
        for system in ranks
        for value in order
    ]
    return pd.DataFrame(rows, columns=names)
