"""The leak of a naive split of the data, and the bias of a clean one (Section 5.1)."""

import dataclasses

import numpy as np
import pandas as pd

from studio2shop import paper
from studio2shop.catalogue.check import VIEWS
from studio2shop.evaluation.results import Results, evaluate, rank_catalogue
from studio2shop.features.article_features import ArticleFeatures
from studio2shop.retrieval import Retriever

MET, NEVER_MET = "article met in training", "article never met"


def naive_split(catalogue, train_fraction=paper.TRAIN_FRACTION, seed=0):
    """Splits a catalogue's matches by photos drawn at random, as any pile of pictures.

    Args:
        catalogue: a `Catalogue`.
        train_fraction: share of the photos that train, 0-1.
        seed: of the draw.

    Returns:
        `(train_matches, test_matches)`, two parts of `catalogue.matches`: no photo is in both,
        articles are.
    """
    drawn = np.random.default_rng(seed).permutation(len(catalogue.queries))[
        : round(train_fraction * len(catalogue.queries))
    ]
    trains = catalogue.matches["query_id"].isin(catalogue.query_ids[drawn])
    return catalogue.matches[trains], catalogue.matches[~trains]


def leaked_share(train_matches, test_matches):
    """The share of test matches whose article is matched in training too, 0-1.

    Args:
        train_matches, test_matches: DataFrames with a column `article_id`.

    Example:
        >>> train = pd.DataFrame({"article_id": ["a", "b"]})
        >>> leaked_share(train, pd.DataFrame({"article_id": ["a", "c"]}))
        0.5
    """
    return float(test_matches["article_id"].isin(train_matches["article_id"]).mean())


def compare_splits(catalogue, train, test, seed=0):
    """The naive split beside one by articles.

    Args:
        catalogue: the `Catalogue` that was split.
        train, test: its parts, of `catalogue.split()`.
        seed: of the naive split.

    Returns:
        A DataFrame with one row per rule: numbers of `train_matches`, `test_matches` and
        `dropped_matches`, and `leaked_share`, 0-1.
    """
    rules = {
        "photos at random": naive_split(catalogue, seed=seed),
        "articles at random": (train.matches, test.matches),
    }
    rows = {}
    for rule, (training, testing) in rules.items():
        dropped = len(catalogue.matches) - len(training) - len(testing)
        rows[rule] = {
            "train_matches": len(training),
            "test_matches": len(testing),
            "dropped_matches": dropped,
            "leaked_share": leaked_share(training, testing),
        }
    return pd.DataFrame.from_dict(rows, orient="index")


def remember_photos(query_features, catalogue, train_matches, test_matches, assortment=None):
    """Ranks by a searcher that remembers photos and never looks at a title image.

    Whatever it finds, it has from a leak. An article is the mean of the query features of the
    training photos in which it is annotated; articles are ranked by their distance to a test
    photo's features. All articles without a training photo share the last place.

    Args:
        query_features: float32 `(queries, size)` of all of the catalogue's queries, in its order.
        catalogue: a `Catalogue`.
        train_matches, test_matches: two parts of `catalogue.matches`.
        assortment: ids of the articles that are ranked; default: all of the catalogue.

    Returns:
        `Results` on the test matches.
    """
    ids = catalogue.article_ids if assortment is None else np.asarray(assortment, dtype=object)
    rows = pd.Index(ids).get_indexer(train_matches["article_id"].to_numpy(dtype=object))
    photo_ids = train_matches["query_id"].to_numpy(dtype=object)
    photos = pd.Index(catalogue.query_ids).get_indexer(photo_ids)[rows >= 0]
    counts = np.bincount(rows[rows >= 0], minlength=len(ids))
    sums = np.zeros((len(ids), query_features.shape[1]))
    np.add.at(sums, rows[rows >= 0], query_features[photos])
    memories = sums / np.maximum(counts, 1)[:, None]

    def score(features):
        closeness = 2 * features @ memories.T - np.square(memories).sum(axis=1)
        return np.where(counts, closeness, np.finfo("float64").min)

    is_test = catalogue.queries["query_id"].isin(test_matches["query_id"]).to_numpy()
    tested = dataclasses.replace(
        catalogue,
        queries=catalogue.queries[is_test].reset_index(drop=True),
        matches=test_matches.reset_index(drop=True),
    )
    return rank_catalogue(score, query_features[is_test], ArticleFeatures(ids, memories), tested)


def view_shares(catalogues):
    """The share of each view among the queries of some catalogues.

    Args:
        catalogues: dict of name to `Catalogue` with a column `view`.

    Returns:
        A DataFrame with one row per view, in Figure 1's order, and one column per catalogue;
        shares 0-1.
    """
    shares = {
        name: catalogue.queries["view"].value_counts(normalize=True)
        for name, catalogue in catalogues.items()
    }
    table = pd.DataFrame(shares).fillna(0.0)
    return table.reindex([view for view in VIEWS if view in table.index])


def results_by_acquaintance(run, num_queries=None, seed=0):
    """Ranks of articles that a run met in training, and of others, in the same new photos.

    Those photos are the queries that the split drops for having matches on both sides. A naive
    split would test on them: the photos are new, some of the articles are not. Both are ranked
    among all articles of the run's catalogue.

    Args:
        run: a `Run`.
        num_queries: number of queries to draw; default: all there are.
        seed: of the draw and of the bootstrap.

    Returns:
        dict of `MET` and `NEVER_MET` to `Results`.

    Raises:
        ValueError: if the split dropped no such query.
    """
    catalogue = run.load_catalogue()
    is_met, is_new = (
        catalogue.matches["article_id"].isin(run.parts[part]) for part in ("train", "test")
    )
    mixed = np.intersect1d(
        catalogue.matches["query_id"][is_met], catalogue.matches["query_id"][is_new]
    )
    if not len(mixed):
        raise ValueError(
            f"The split of {catalogue!r} dropped no query with matches on both sides: there is "
            "nothing to compare."
        )
    queries = catalogue.queries[catalogue.queries["query_id"].isin(mixed)].reset_index(drop=True)
    matches = catalogue.matches[
        catalogue.matches["query_id"].isin(mixed) & (is_met | is_new)
    ].reset_index(drop=True)
    dropped = dataclasses.replace(catalogue, queries=queries, matches=matches)
    ranked = evaluate(Retriever(run.model, run.features), dropped, num_queries, seed)
    met = ranked.ranks["article_id"].isin(run.parts["train"])
    return {
        name: Results(ranked.ranks[rows].reset_index(drop=True), ranked.num_articles, seed)
        for name, rows in ((MET, met), (NEVER_MET, ~met))
    }
