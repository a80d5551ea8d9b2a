"""Ranks -> Tables 3 and 4, with confidence intervals (Section 5); fDNA's accuracy an attribute."""

import dataclasses

import numpy as np
import pandas as pd

from studio2shop import paper
from studio2shop.io.images import load_images
from studio2shop.models.prediction import predict_all

NUM_RESAMPLES = 1000
QUERIES_PER_BLOCK = 64  # whose scores of all articles are held at a time


@dataclasses.dataclass(frozen=True, eq=False)
class Results:
    """The rank of each match of an evaluation, and what the paper says of such ranks.

    Attributes:
        ranks: DataFrame with a row a match: `query_id, article_id, rank`, and `view` where the catalogue has it.
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
        """Table 3's row: shares of matches at rank k or better, then average and median rank; by the table's names."""
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
        score: function from query features `(queries, size)` to scores `(queries, articles)` of `features`' articles.
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
            f"{catalogue!r} has no matches to rank; matches.csv needs rows of (query_id, article_id)."
        )
    article_ids = catalogue.article_ids[own_rows]
    ranks = rank_matches(score, query_features, query_rows, features.rows(article_ids))
    table = pd.DataFrame(
        {"query_id": catalogue.query_ids[query_rows], "article_id": article_ids, "rank": ranks}
    )
    if "view" in catalogue.queries:
        table["view"] = catalogue.queries["view"].to_numpy()[query_rows]
    return Results(table, len(features), seed)


def comparison_table(results, paper_rows=("Studio2Shop",)):
    """Table 3 with the paper's numbers beside ours.

    Args:
        results: dict of system to `Results`.
        paper_rows: names of Table 3's rows to add.

    Returns:
        A DataFrame with a row a system: `system, source, queries, articles`, Table 3's columns, and of ours `_low`,
        `_high` for the 95 % interval and `any_` for the share of queries with any of their matches that high.
    """
    rows = [own_row(system, result) for system, result in results.items()]
    sizes = paper.TABLE_3_NUM_QUERIES, paper.TABLE_3_NUM_ARTICLES
    return pd.DataFrame(
        [
            *rows,
            *(printed_row(system, "paper", *sizes, paper.TABLE_3[system]) for system in paper_rows),
        ]
    )


def external_table(results, own_table):
    """Table 4: external data sets, beside the run's own test and the paper's rows, which are of other data.

    Args:
        results: dict of data set to a dict of system to `Results`, all of one assortment.
        own_table: the run's own Table 3; its rows of ours on the systems in `results` come first, as the data set "own test
            articles".

    Returns:
        A DataFrame as of `comparison_table` with `dataset` as its first column. Each of our data sets ends with what
        chance is expected to reach (`source` is `expected`).
    """
    systems = {system for of_set in results.values() for system in of_set}
    own_rows = own_table[
        own_table["system"].isin(systems) & own_table["source"].str.startswith("ours")
    ].assign(source="ours")
    own_rows = own_rows.drop(columns=["paper_row", "reason", "remark"], errors="ignore").to_dict(
        "records"
    )
    blocks = {"own test articles": own_rows}
    blocks |= {
        name: [own_row(system, result) for system, result in systems.items()]
        for name, systems in results.items()
    }
    for rows in blocks.values():
        queries, articles = rows[0]["queries"], rows[0]["articles"]
        rows.append(
            printed_row("chance", "expected", queries, articles, expected_by_chance(articles))
        )
    for name, systems in paper.TABLE_4.items():
        blocks[f"{name} (paper)"] = [
            printed_row(system, "paper", *paper.TABLE_4_SIZES[name], values)
            for system, values in systems.items()
        ]
    return pd.DataFrame([{"dataset": name, **row} for name, rows in blocks.items() for row in rows])


def expected_by_chance(num_articles):
    """Table 3's columns of a match whose rank is drawn at random: k of the articles, and the middle rank twice."""
    one_percent = max(1, num_articles // 100)
    shares = [min(k, num_articles) / num_articles for k in (1, 5, 10, 20, 50, one_percent)]
    return [*shares, (num_articles + 1) / 2, (num_articles + 1) / 2]


def own_row(system, result):
    """A row of `comparison_table` that was measured here, as a dict."""
    intervals = {
        f"{name}_{end}": value
        for end, values in result.intervals().iterrows()
        for name, value in values.items()
    }
    of_queries = {f"any_{name}": value for name, value in result.any_row().items()}
    return {
        "system": system,
        "source": "ours",
        "queries": result.num_queries,
        "articles": result.num_articles,
        **result.row(),
        **intervals,
        **of_queries,
    }


def printed_row(system, source, num_queries, num_articles, values):
    """A row of `comparison_table` whose values are known, such as the paper's, as a dict; it has no intervals."""
    return {
        "system": system,
        "source": source,
        "queries": num_queries,
        "articles": num_articles,
        **dict(zip(paper.METRICS, values)),
    }


def candidate_agreement(
    candidates, scorer, query_features, nums, ks=(10, 50), own_query_features=None
):
    """How much of the exact top-k a first stage hands on, for numbers of candidates to choose from.

    Args:
        candidates: a `CandidateStage`, such as `index.candidates`.
        scorer: the `ExactScorer` of the same articles, such as `index.scorer`.
        query_features: float32 `(queries, feature_size)`; some hundreds will do.
        nums: numbers of candidates.
        ks: which top-k; of less than k candidates, k - candidates are missed.
        own_query_features: of the same queries, for a first stage that has a query leg of its own, as the paper suggests.

    Returns:
        A DataFrame with a row a number of candidates and top-k: `num_candidates, k, agreement`, the mean share over the
        queries, 0-1.
    """
    from studio2shop.retrieval import best_rows

    num_found = {(num, k): 0 for num in nums for k in ks}
    first_features = query_features if own_query_features is None else own_query_features
    for start in range(0, len(query_features), QUERIES_PER_BLOCK):
        queries, first_queries = (
            features[start : start + QUERIES_PER_BLOCK]
            for features in (query_features, first_features)
        )
        best = best_rows(scorer.scores(queries), max(ks))
        for num in nums:
            for exact, found in zip(best, candidates.best(first_queries, num)):
                is_found = np.isin(exact, found)
                for k in ks:
                    num_found[num, k] += is_found[:k].sum()
    rows = [
        (num, k, number / (len(query_features) * min(k, len(scorer))))
        for (num, k), number in num_found.items()
    ]
    return pd.DataFrame(rows, columns=["num_candidates", "k", "agreement"])


def attribute_accuracy(fdna, catalogue, attributes):
    """How often fDNA's first guess is the label, over the annotated articles of a catalogue.

    Args:
        fdna: a trained model of `build_fdna`.
        catalogue: a `Catalogue`.
        attributes: dict of attribute to labels, as it was trained with.

    Returns:
        A DataFrame with a row an attribute: `attribute, values, annotated` (number of articles), `accuracy` (0-1) and
        `most_common` (0-1), the accuracy of always guessing the catalogue's most common label.
    """
    images = load_images(catalogue.article_paths, fdna.input_shape[1:3])
    predictions, labels = (
        predict_all(fdna, images, batch_size=64),
        catalogue.attribute_labels(attributes),
    )
    rows = []
    for name, names in attributes.items():
        annotated = labels[name] >= 0
        known, guesses = labels[name][annotated], predictions[name][annotated].argmax(axis=1)
        accuracy, most_common = (
            ((guesses == known).mean(), np.bincount(known).max() / len(known))
            if len(known)
            else (np.nan, np.nan)
        )
        rows.append(
            {
                "attribute": name,
                "values": len(names),
                "annotated": len(known),
                "accuracy": accuracy,
                "most_common": most_common,
            }
        )
    return pd.DataFrame(rows)
