"""Which articles a query meets in training (Sections 4.1 and 4.2), drawn in NumPy."""

import math
import warnings

import numpy as np

from studio2shop import paper
from studio2shop.catalogue.catalogue import check_is_catalogue
from studio2shop.io.given import check_type, check_whole_number


class MatchSampler:
    """Draws batches by the paper's rules.

    For cross-entropy: "These 50 articles contain the (at least 1) annotated matching articles and
    (at most 49) articles drawn randomly without replacement and temporarily labelled as negative
    matches. The negative articles are constantly resampled (for each query image in the batch, for
    each batch, and for each epoch)" (Section 4.1). For the ranking loss: "one positive article is
    sampled [...], and 50 negative articles" (Section 4.2). Matches stand first, which no network
    here can notice. With too few articles all of them are used, with a warning.

    What is drawn depends on (seed, epoch, step) alone: the same on every backend, in every process,
    and in a resumed run.

    Args:
        catalogue: the training `Catalogue`; queries without a match are left out.
        articles_per_query: the paper's 50, or 51 with `one_match`.
        batch_size: queries per batch, the paper's 64.
        seed: of all that is drawn.
        one_match: whether a query meets one of its matches, drawn at random, and never the others.
    """

    def __init__(
        self,
        catalogue,
        articles_per_query=None,
        batch_size=paper.QUERIES_PER_BATCH,
        seed=0,
        one_match=False,
    ):
        check_is_catalogue(catalogue)
        check_whole_number("batch_size", batch_size)
        check_whole_number("seed", seed, least=0)
        check_type("one_match", one_match, (bool, np.bool_), "True or False")
        if articles_per_query is not None:
            check_whole_number("articles_per_query", articles_per_query)
        query_rows, article_rows = catalogue.match_indices()
        if not len(query_rows):
            raise ValueError(
                f"{catalogue!r} has no matches to train on; matches.csv needs rows of (query_id, "
                "article_id)."
            )
        self.catalogue = catalogue
        order = np.argsort(query_rows, kind="stable")
        self.query_rows, starts = np.unique(query_rows[order], return_index=True)
        self._matches = np.split(article_rows[order], starts[1:])
        self.num_articles, self.one_match = len(catalogue.articles), one_match
        # a query that meets one of its matches must do without the others
        num_usable = self.num_articles - one_match * (max(map(len, self._matches)) - 1)
        wanted = articles_per_query or paper.ARTICLES_PER_QUERY + one_match
        self.articles_per_query = min(wanted, num_usable)
        if self.articles_per_query < wanted:
            warnings.warn(
                (
                    f"A query meets all {num_usable} training articles instead of {wanted}: there "
                    "are no more."
                ),
                stacklevel=3,
            )
        self.batch_size, self.seed = batch_size, seed
        self.num_steps = math.ceil(len(self.query_rows) / batch_size)

    def draw(self, epoch, step):
        """Draws one batch, with articles of its own for each query.

        Returns:
            Rows of the catalogue's queries `(batch,)`, rows of its articles `(batch, articles)`,
            and float32 labels `(batch, articles)`, 1 for a match. The last batch of an epoch may be
            smaller.
        """
        positions, random = self._positions(epoch, step)
        articles = np.stack(
            [self._articles_of(self._matches[position], random) for position in positions]
        )
        num_matches = np.array(
            [1 if self.one_match else len(self._matches[position]) for position in positions]
        )
        labels = np.arange(self.articles_per_query) < num_matches[:, None]
        return self.query_rows[positions], articles, labels.astype("float32")

    def draw_shared(self, epoch, step):
        """Draws one batch whose articles all its queries share: one match of each query.

        For networks that see article images, of which 51 a query would be 64 x 51 passes: an
        article is seen once, and is a negative of all queries that it does not match.

        Returns:
            Rows of the catalogue's queries `(batch,)`, rows of its articles `(batch,)`, the match
            drawn for each query, and float32 labels `(batch, batch)`, 1 where a batch's query
            matches a batch's article.
        """
        positions, random = self._positions(epoch, step)
        articles = np.array([random.choice(self._matches[position]) for position in positions])
        labels = np.stack([np.isin(articles, self._matches[position]) for position in positions])
        return self.query_rows[positions], articles, labels.astype("float32")

    def _positions(self, epoch, step):
        check_whole_number("epoch", epoch, least=0)
        check_whole_number("step", step, least=0)
        if step >= self.num_steps:
            raise ValueError(
                f"`step` must be less than {self.num_steps}, the batches of an epoch; received "
                f"{step}."
            )
        shuffled = np.random.default_rng([self.seed, epoch, 0]).permutation(len(self.query_rows))
        return shuffled[
            step * self.batch_size : (step + 1) * self.batch_size
        ], np.random.default_rng([self.seed, epoch, 1 + step])

    def _articles_of(self, matches, random):
        num_drawn = min(self.articles_per_query + len(matches), self.num_articles)
        drawn = random.choice(self.num_articles, num_drawn, replace=False)
        negatives = drawn[~np.isin(drawn, matches)]
        met = random.choice(matches, 1) if self.one_match else matches
        return np.concatenate([met, negatives])[: self.articles_per_query]
