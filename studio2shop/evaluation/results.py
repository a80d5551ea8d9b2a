"""Ranks -> Tables 3 and 4, with confidence intervals (Section 5); fDNA's accuracy an attribute."""

import dataclasses

import numpy as np
import pandas as pd

from studio2shop import paper
from studio2shop.catalogue.catalogue import check_is_catalogue
from studio2shop.io.given import check_has, check_whole_number

NUM_RESAMPLES = 1000
QUERIES_PER_BLOCK = 64  # whose scores of all articles are held at a time


@dataclasses.dataclass(frozen=True, eq=False)
class Results:
    """The rank of each match of an evaluation, and what the paper says of such ranks.

    Attributes:
        ranks: DataFrame with one row per match: `query_id, article_id, rank`, and `view` where the
            catalogue has it.
        num_articles: size of the assortment ranked.
        seed: of the sampled queries and of the bootstrap.
    """

    ranks: pd.DataFrame
    num_articles: int
    seed: int = 0

    @property
    def num_queries(self):
        """Number of queries ranked."""
        return self.ranks.query_id.nunique()

    def row(self):
        """Table 3's row by its names: shares of matches at rank k or better, average and median."""
        return pd.Series(_metrics(self.ranks["rank"].to_numpy(), self.num_articles), paper.METRICS)

    def any_row(self):
        """As `row`'s shares, of queries with any of their matches at rank k or better."""
        best = self.ranks.groupby("query_id")["rank"].min().to_numpy()
        return pd.Series(_metrics(best, self.num_articles)[:6], paper.METRICS[:6])

    def intervals(self):
        """95 % bootstrap intervals of `row`, queries drawn with their matches.

        Returns:
            DataFrame with rows `low, high` and Table 3's columns.
        """
        ordered = self.ranks.sort_values("query_id", kind="stable")
        _, starts, counts = np.unique(
            ordered.query_id.to_numpy(dtype=str), return_index=True, return_counts=True
        )
        ranks = ordered["rank"].to_numpy()
        random, samples = np.random.default_rng(self.seed), []
        for _ in range(NUM_RESAMPLES):
            chosen = random.integers(len(starts), size=len(starts))
            sizes = counts[chosen]
            offsets = np.arange(sizes.sum()) - np.repeat(np.cumsum(sizes) - sizes, sizes)
            samples.append(
                _metrics(ranks[np.repeat(starts[chosen], sizes) + offsets], self.num_articles)
            )
        low, high = np.percentile(samples, [2.5, 97.5], axis=0)
        return pd.DataFrame([low, high], index=["low", "high"], columns=paper.METRICS)

    def top_k(self, ks):
        """Share of matches at rank k or better for each of `ks` (Figure 8)."""
        ordered = np.sort(self.ranks["rank"].to_numpy())
        return np.searchsorted(ordered, np.asarray(ks), side="right") / len(ordered)


def _metrics(ranks, num_articles):
    one_percent = max(1, num_articles // 100)
    shares = [(ranks <= k).mean() for k in (1, 5, 10, 20, 50, one_percent)]
    return [*shares, ranks.mean(), np.median(ranks)]


def evaluate(search, catalogue, num_queries=None, seed=0):
    """Ranks every match of a catalogue's queries in the retriever's whole assortment.

    Args:
        search: a `Retriever` whose assortment has the catalogue's articles.
        catalogue: the test `Catalogue`.
        num_queries: number of queries to draw; the paper draws 20,000. Default: all.
        seed: of the drawn queries and of the bootstrap.

    Returns:
        `Results`.

    Raises:
        ValueError: if a matching article is not in the assortment, or there is nothing to rank.
    """
    check_has("search", search, "query_features_of", "a Retriever")
    check_is_catalogue(catalogue)
    check_whole_number("seed", seed, least=0)
    if num_queries is not None:
        check_whole_number("num_queries", num_queries)
    if num_queries is not None and num_queries < len(catalogue.queries):
        drawn = np.random.default_rng(seed).choice(
            len(catalogue.queries), num_queries, replace=False
        )
        queries = catalogue.queries.iloc[np.sort(drawn)].reset_index(drop=True)
        matches = catalogue.matches[
            catalogue.matches["query_id"].isin(queries["query_id"])
        ].reset_index(drop=True)
        catalogue = dataclasses.replace(catalogue, queries=queries, matches=matches)
    return rank_catalogue(
        search.index.scores, search.query_features_of(catalogue), search.features, catalogue, seed
    )


def rank_catalogue(score, query_features, features, catalogue, seed=0):
    """Ranks every match of a catalogue for given query features.

    Args:
        score: function from query features `(queries, size)` to scores `(queries, articles)` of
            `features`' articles.
        query_features: `(queries, size)` in the catalogue's order.
        features: `ArticleFeatures` of the assortment.
        catalogue: a `Catalogue` with matches.
        seed: of the bootstrap.

    Returns:
        `Results`.
    """
    # here, so that results are compared and drawn without TensorFlow
    from studio2shop.retrieval import rank_matches

    query_rows, own_rows = catalogue.match_indices()
    if not len(query_rows):
        raise ValueError(
            f"{catalogue!r} has no matches to rank; "
            "matches.csv needs rows of (query_id, article_id)."
        )
    article_ids = catalogue.article_ids[own_rows]
    ranks = rank_matches(score, query_features, query_rows, features.rows(article_ids))
    table = pd.DataFrame(
        {"query_id": catalogue.query_ids[query_rows], "article_id": article_ids, "rank": ranks}
    )
    if "view" in catalogue.queries:
        table["view"] = catalogue.queries["view"].to_numpy()[query_rows]
    return Results(table, len(features), seed)
