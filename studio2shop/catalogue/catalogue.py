"""Articles, queries and the matches between them, as tables (Section 3)."""

from dataclasses import dataclass, field, replace
from pathlib import Path

import numpy as np
import pandas as pd

from studio2shop.catalogue.check import check_tables
from studio2shop.catalogue.split import split_catalogue
from studio2shop.catalogue.tables import ARTICLES, MATCHES, QUERIES, problem_table
from studio2shop.io.given import check_ids, check_type
from studio2shop.io.words import MOST_QUOTED, quoted, shown


@dataclass(frozen=True, eq=False, repr=False)
class Catalogue:
    """Articles with title images and attributes, queries with photos, and their matches.

    Made by `load_catalogue`. Rows keep the order of the files; all cells are text.

    Attributes:
        folder: path of its CSV files.
        articles: DataFrame `article_id`, `image` and all other columns of `articles.csv` ("" = not
            annotated).
        queries: DataFrame `query_id`, `image` and all other columns of `queries.csv`, such as
            `view`.
        matches: DataFrame `query_id`, `article_id`, a row for each article known to be worn in a
            query.
        attributes: dict from attribute to its sorted labels, those that occur among these articles.
        ignored_columns: tuple of the columns of `articles.csv` that are not used as attributes.
        photos: path that the image paths in the tables are relative to; by default the folder
            itself.
        left_out: DataFrame with the columns of `check_catalogue`: the rows of the folder's files
            that loading with `on_bad_image="skip"` left out; empty otherwise, and of a part such as
            a side of a split.
    """

    folder: Path
    articles: pd.DataFrame
    queries: pd.DataFrame
    matches: pd.DataFrame
    attributes: dict[str, tuple[str, ...]]
    ignored_columns: tuple[str, ...] = ()
    photos: Path | None = None
    left_out: pd.DataFrame = field(default_factory=problem_table)

    @property
    def article_ids(self):
        """Array `(num_articles,)` of str."""
        return self.articles["article_id"].to_numpy(dtype=object)

    @property
    def query_ids(self):
        """Array `(num_queries,)` of str."""
        return self.queries["query_id"].to_numpy(dtype=object)

    @property
    def article_paths(self):
        """List of the absolute paths of the title images, as str."""
        return self._paths(self.articles)

    @property
    def query_paths(self):
        """List of the absolute paths of the query images, as str."""
        return self._paths(self.queries)

    @property
    def attribute_sizes(self):
        """dict from attribute to its number of labels, in the order of the columns."""
        return {name: len(labels) for name, labels in self.attributes.items()}

    def attribute_labels(self, attributes=None):
        """The articles' labels as numbers.

        Args:
            attributes: dict from attribute to labels, such as that of the training catalogue; by
                default this catalogue's own.

        Returns:
            dict from attribute to int32 array `(num_articles,)`: the position of the article's
            label among the attribute's labels, -1 where it is not annotated, unknown to
            `attributes`, or the column is missing.

        Example:
            test.attribute_labels(train.attributes)["category"]
            # array([ 2,  0, -1,  2], dtype=int32)
        """
        attributes = self.attributes if attributes is None else attributes
        check_type("attributes", attributes, dict, "a dict of attribute to its labels")
        numbers = {}
        for name, labels in attributes.items():
            numbers[name] = np.full(len(self.articles), -1, np.int32)
            if name in self.articles:
                numbers[name][:] = pd.Index(list(labels), dtype=object).get_indexer(
                    self.articles[name].astype(object)
                )
        return numbers

    def match_indices(self):
        """The matches as row numbers.

        Returns:
            `(query_rows, article_rows)`, two int64 arrays `(num_matches,)`: rows of `queries` and
            of `articles`.

        Example:
            query_rows, article_rows = catalogue.match_indices()
        """
        query_rows = pd.Index(self.query_ids).get_indexer(
            self.matches["query_id"].to_numpy(dtype=object)
        )
        article_rows = pd.Index(self.article_ids).get_indexer(
            self.matches["article_id"].to_numpy(dtype=object)
        )
        return query_rows.astype(np.int64), article_rows.astype(np.int64)

    def matches_per_query(self):
        """int64 array `(num_queries,)`: how many articles each query is matched with."""
        return np.bincount(self.match_indices()[0], minlength=len(self.queries))

    def select_articles(self, article_ids):
        """Part of a catalogue: some articles, and the queries whose matches are all among them.

        Attributes keep only labels that occur among the selected articles; one with fewer than two
        left, of which nothing can be learned, is dropped.

        Args:
            article_ids: sequence of str.

        Returns:
            `Catalogue`, with the rows in this catalogue's order. Queries without any match are not
            in it.

        Raises:
            ValueError: an id is not in this catalogue.

        Example:
            is_skirt = catalogue.articles["category"] == "skirt"
            skirts = catalogue.select_articles(catalogue.article_ids[is_skirt])
        """
        check_ids(article_ids)
        article_ids = np.asarray(article_ids, dtype=object)
        selected_rows = pd.Index(self.article_ids).get_indexer(article_ids)
        if (selected_rows < 0).any():
            unknown = article_ids[int(np.argmin(selected_rows))]
            raise ValueError(
                f"Expected ids of this catalogue's articles, received {quoted(unknown)}: see "
                "article_ids."
            )
        is_selected = np.zeros(len(self.articles), bool)
        is_selected[selected_rows] = True
        query_rows, article_rows = self.match_indices()
        num_matches = np.bincount(query_rows, minlength=len(self.queries))
        num_selected = np.bincount(
            query_rows[is_selected[article_rows]], minlength=len(self.queries)
        )
        keep_query = (num_matches > 0) & (num_selected == num_matches)
        articles = self.articles[is_selected].reset_index(drop=True)
        labels = {name: labels_of(articles[name]) for name in self.attributes}
        return Catalogue(
            folder=self.folder,
            articles=articles,
            queries=self.queries[keep_query].reset_index(drop=True),
            matches=self.matches[keep_query[query_rows]].reset_index(drop=True),
            attributes={name: found for name, found in labels.items() if len(found) > 1},
            ignored_columns=self.ignored_columns,
            photos=self.photos,
        )

    def select_queries(self, query_ids):
        """Part of a catalogue: all of its articles, and some queries with their matches.

        Args:
            query_ids: sequence of str.

        Returns:
            `Catalogue`, with the rows in this catalogue's order.

        Raises:
            ValueError: an id is not in this catalogue.

        Example:
            is_back = catalogue.queries["view"] == "back"
            backs = catalogue.select_queries(catalogue.query_ids[is_back])
        """
        check_ids(query_ids)
        known = set(self.query_ids)
        unknown = [query_id for query_id in query_ids if query_id not in known]
        if unknown:
            raise ValueError(
                f"Expected ids of this catalogue's queries, received {quoted(unknown[0])}: see "
                "query_ids."
            )
        queries = self.queries[self.queries["query_id"].isin(query_ids)].reset_index(drop=True)
        matches = self.matches[self.matches["query_id"].isin(query_ids)].reset_index(drop=True)
        return replace(self, queries=queries, matches=matches)

    def split(self, train_fraction=0.8, seed=0):
        """Splits by articles, so that no training article is met at test (Section 5.1).

        See `split_catalogue`.

        Args:
            train_fraction: float between 0 and 1, the share of articles that train.
            seed: integer, 0 or more.

        Returns:
            `(train, test)`, two `Catalogue`s. `train.split()` again gives validation.

        Raises:
            ValueError: a side would have no article, or an argument is out of its range.

        Example:
            train, test = catalogue.split(train_fraction=0.8, seed=0)
        """
        return split_catalogue(self, train_fraction, seed)

    def check(self):
        """Decodes every photo and lists what is wrong or of no use.

        Returns:
            DataFrame with the columns `file`, `row`, `severity`, `problem`, `what_to_do`; empty if
            all is well.

        Example:
            catalogue.check().to_csv("problems.csv", index=False)
        """
        return check_tables(
            self.folder, {ARTICLES: self.articles, QUERIES: self.queries, MATCHES: self.matches}
        )

    def summary(self):
        """Counts what is in the catalogue, for reports.

        Returns:
            dict: `articles`, `queries`, `matches`, `queries_with_several_articles`,
            `queries_without_match`, `articles_without_query`, `left_out` (photos) (int);
            `queries_by_view` (dict from view to int, empty without that column);
            `attribute_coverage` (dict from attribute to the share of articles annotated, 0-1).

        Example:
            catalogue.summary()["queries_by_view"]
            # {'full': 1200, 'half': 800}
        """
        matches_per_query = self.matches_per_query()
        views = self.queries["view"].value_counts() if "view" in self.queries else {}
        return {
            "articles": len(self.articles),
            "queries": len(self.queries),
            "matches": len(self.matches),
            "queries_with_several_articles": int((matches_per_query > 1).sum()),
            "queries_without_match": int((matches_per_query == 0).sum()),
            "articles_without_query": len(self.articles) - self.matches["article_id"].nunique(),
            "left_out": len(self.left_out),
            "queries_by_view": {view: int(views[view]) for view in sorted(views.keys())},
            "attribute_coverage": {
                name: float((self.articles[name] != "").mean()) for name in self.attributes
            },
        }

    def __repr__(self):
        left_out = f", {len(self.left_out)} photos left out" if len(self.left_out) else ""
        name = shown(self.folder.name, MOST_QUOTED)
        return (
            f"Catalogue({name}: {len(self.articles)} articles, {len(self.queries)} queries, "
            f"{len(self.matches)} matches, {len(self.attributes)} attributes{left_out})"
        )

    def _paths(self, table):
        return [f"{self.photos or self.folder}/{image}" for image in table["image"]]


def labels_of(column):
    """The sorted labels of an attribute's column, without the empty one, as a tuple of str."""
    return tuple(sorted(set(column.unique()) - {""}))


def check_is_catalogue(catalogue):
    """Refuses, in a sentence, what is no `Catalogue`."""
    check_type("catalogue", catalogue, Catalogue, "a Catalogue, as `load_catalogue` gives it")
