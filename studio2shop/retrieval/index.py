"""An assortment made ready to be searched: features, scorer, first stage."""

import pathlib

import numpy as np

from studio2shop.features.article_features import ArticleFeatures, check_is_features
from studio2shop.io.given import check_path, check_whole_number
from studio2shop.io.words import quoted
from studio2shop.retrieval.candidates import CandidateStage, check_method
from studio2shop.retrieval.index_facts import verify_index
from studio2shop.retrieval.index_files import read_index, write_index
from studio2shop.retrieval.lite import matching_of
from studio2shop.retrieval.made_with import check_made_with
from studio2shop.retrieval.parquet import write_parquet
from studio2shop.retrieval.ranks import QUERIES_PER_BLOCK, best_rows
from studio2shop.retrieval.scorer import ExactScorer, as_query_features


class Index:
    """Ranks an assortment for query features: exactly, or in two stages.

    With a first stage, a small share of the articles is chosen by inner product, and the match
    ranks only those. The index keeps the whole model, for a `Retriever` to search with. Several
    threads may search at once; adding and removing articles must not happen beside a search.

    Args:
        model: a trained Studio2Shop model, or its `LiteModel`.
        features: `ArticleFeatures` of the assortment, as the model was trained on.
        first_stage: towers distilled from the model (`distil_towers`), or a Studio2Shop model with
            the linear match on the same query features; see `CandidateStage.of_model`. Default:
            none, all articles are ranked by the match.
        num_candidates: how many articles the first stage hands on, at least 1; a search for more
            gets more.
        method: how the first stage finds them: `"product"`, or by faiss `"flat"`, `"ivf"`,
            `"hnsw"`; see `CandidateStage`.
        dtype: of the match where all articles are ranked, `"float32"` or `"bfloat16"`; see
            `ExactScorer`.

    Raises:
        ValueError: if model and features don't belong together, there are no articles, or an
            argument is none of the above.
        ImportError: if the method needs faiss and it is not installed.

    Example:
        index = Index(model, features, towers)
        index.save("my-index")
        search = Retriever(Index.load("my-index", model))
    """

    def __init__(
        self,
        model,
        features,
        first_stage=None,
        num_candidates=200,
        method="product",
        dtype="float32",
    ):
        check_is_features(features)
        check_whole_number("num_candidates", num_candidates)
        check_method(method)
        if not len(features):
            raise ValueError(
                "`features` has no articles: there is nothing to search; "
                "give the features of at least one."
            )
        self.model = model
        self.features = features
        self.num_candidates = num_candidates
        self.scorer = ExactScorer(matching_of(model), features.vectors, dtype)
        self.candidates = None
        if first_stage is not None:
            self.candidates = CandidateStage.of_model(first_stage, features.vectors, method)

    def __len__(self):
        return len(self.features)

    def search(self, query_features, k=50, among=None):
        """The k best articles of each query.

        Args:
            query_features: float32 `(queries, feature_size)`.
            k: number wanted; more than there are gives all.
            among: ids of the articles to choose among, such as those in stock; default: all.

        Returns:
            List of `(rows, logits)`, one item per query: rows of `features`, best first, int64
            `(k,)`, and the match's logits, float32 `(k,)`. Equal logits stand in the assortment's
            order.

        Raises:
            ValueError: if `k` is less than 1, an id of `among` is not in the assortment, or the
                features are no numbers.
        """
        check_whole_number("k", k)
        query_features = as_query_features(query_features, self.features.size)
        rows = None if among is None else np.unique(self.features.rows(among))
        if rows is not None and not len(rows):
            raise ValueError(
                "`among` has no ids: name at least one article, or leave it out to search all."
            )
        if self.candidates is None:
            return self._exact(query_features, k, rows)
        candidates = self.candidates.best(query_features, max(self.num_candidates, k), rows)
        found = []
        for of_query, logits in zip(
            candidates, self.scorer.candidate_scores(query_features, candidates)
        ):
            best = best_rows(logits[np.newaxis], k)[0]
            found.append((of_query[best], logits[best]))
        return found

    def _exact(self, query_features, k, rows):
        found = []
        for start in range(0, len(query_features), QUERIES_PER_BLOCK):
            logits = self.scorer.scores(query_features[start : start + QUERIES_PER_BLOCK], rows)
            for best, of_query in zip(best_rows(logits, k), logits):
                found.append((best if rows is None else rows[best], of_query[best]))
        return found

    def scores(self, query_features):
        """Scores by whose order this index ranks all articles.

        Of exact ranking they are the match's logits. Of two stages, the candidates have their
        logits; all others stand below them, in the first stage's order.

        Args:
            query_features: float32 `(queries, feature_size)`.

        Returns:
            float32 `(queries, articles)`.

        Raises:
            ValueError: if the features are no finite numbers of that shape.
        """
        query_features = as_query_features(query_features, self.features.size)
        if self.candidates is None:
            return self.scorer.scores(query_features)
        scores = self.candidates.scores(query_features)
        candidates = self.candidates.best(query_features, self.num_candidates)
        for row, rows, logits in zip(
            scores, candidates, self.scorer.candidate_scores(query_features, candidates)
        ):
            row += logits.min() - row.max() - 1
            row[rows] = logits
        return scores

    def add(self, features):
        """Adds articles; only their parts of the match and of the first stage are computed.

        Args:
            features: `ArticleFeatures` of articles that are not in the assortment yet.

        Raises:
            ValueError: if one is in the assortment, or their features are of another size.
        """
        check_is_features(features)
        known = np.isin(features.ids, self.features.ids)
        if known.any():
            raise ValueError(
                f"Article {quoted(features.ids[known][0])} is in the index already; "
                "remove it first to give it other features."
            )
        parts = np.concatenate(
            [self.scorer.article_parts, self.scorer.split.article_parts(features.vectors)]
        )
        candidates = self.candidates and self.candidates.with_added(features.vectors)
        together = ArticleFeatures.unchecked(
            np.concatenate([self.features.ids, features.ids]),
            np.concatenate([self.features.vectors, features.vectors]),
        )
        self._take(together, parts, candidates)

    def remove(self, article_ids):
        """Removes articles, such as those that are sold out for good.

        Args:
            article_ids: their ids.

        Raises:
            ValueError: if one is not in the assortment, or none would be left.
        """
        kept = np.setdiff1d(np.arange(len(self)), self.features.rows(article_ids))
        if not len(kept):
            raise ValueError(
                f"Removing all {len(self)} articles leaves nothing to search; "
                "make a new index instead."
            )
        features = ArticleFeatures.unchecked(self.features.ids[kept], self.features.vectors[kept])
        candidates = self.candidates and self.candidates.with_rows(kept)
        self._take(features, self.scorer.article_parts[kept], candidates)

    def _take(self, features, article_parts, candidates):
        self.scorer = ExactScorer(
            self.scorer.split, features.vectors, self.scorer.dtype, article_parts
        )
        self.features = features
        self.candidates = candidates

    def save(self, folder):
        """Writes the index to a folder, whole or not at all; an index that was there is replaced.

        The model is not written: `load` takes it, from its own file.

        Args:
            folder: new, empty or an index's.

        Raises:
            ValueError: if the folder holds something else.
            BlockingIOError: if another process or thread is saving an index there.
            OSError: if the disk is full, or the folder can't be written.
        """
        check_path("folder", folder)
        write_index(self, pathlib.Path(folder))

    def to_parquet(self, path, catalogue=None):
        """Writes `article_id`, `vector` and a catalogue's attributes; see `write_parquet`."""
        write_parquet(self, path, catalogue)

    @classmethod
    def load(cls, folder, model, verify=False):
        """Reads what `save` wrote, memory-mapped.

        A million articles take hardly longer than a thousand, except in bfloat16, in which the
        match keeps a copy of its own. Of large files only pieces are compared with what was saved,
        so that a damage in between would go unseen and change what is found; `verify` tells.
        Faiss' file is always read whole, a second for every GB or two: a damaged one would end the
        process.

        Args:
            folder: as given to `save`.
            model: the model that the index was made with.
            verify: whether all files are read and compared, a second for every GB or two.

        Returns:
            An `Index`.

        Raises:
            FileNotFoundError: if a file is missing.
            ValueError: if a file is broken, the files don't belong together, or the model's match
                or query-feature submodel is another one.
        """
        check_path("folder", folder)
        if verify:
            verify_index(folder)
        features, scorer, candidates, facts = read_index(pathlib.Path(folder))
        check_made_with(folder, model, scorer.split, facts["query_features"])
        index = cls.__new__(cls)
        index.model = model
        index.features = features
        index.scorer = scorer
        index.candidates = candidates
        index.num_candidates = facts["num_candidates"]
        return index
