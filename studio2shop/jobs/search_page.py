"""What `studio2shop serve` shows: what is found with a photo, and what is like an article."""

import time

import numpy as np
import pandas as pd

from studio2shop.io.words import as_markdown
from studio2shop.jobs.pages.gallery import CATEGORY
from studio2shop.jobs.search import read_ids
from studio2shop.retrieval import Retriever

K = 50
ANY = "all categories"
EXACT, TWO_STAGE = "exact", "two stages"
NOTHING_LEFT = "No article is in stock in this category."


class SearchPage:
    """What the page shows of a run: what a photo shows, and what is like an article.

    Args:
        run: a `Run`.
        in_stock: path of a text file with the ids of the articles in stock, one per line; default:
            all are.

    Attributes:
        categories: list of the categories to choose from, the first stands for all.
        ways: list of the ways to search: exactly, and in two stages where the run's index can.
    """

    def __init__(self, run, in_stock=None):
        self.catalogue = run.load_catalogue()
        own = run.retriever()
        self.retrievers = {EXACT: Retriever(own.index.model, run.features)}
        if own.index.candidates is not None:
            self.retrievers[TWO_STAGE] = own
        ids, paths = self.catalogue.article_ids, self.catalogue.article_paths
        self.path_of = dict(zip(ids, paths))
        self.articles = self.catalogue.articles.set_index("article_id")
        searched = run.features.ids
        self.in_stock = None if in_stock is None else set(read_ids(in_stock, searched))
        self.category_of = {}
        if CATEGORY in self.catalogue.attributes:
            self.category_of = self.articles[CATEGORY].to_dict()
        self.categories = [ANY, *sorted(set(self.category_of.values()) - {""})]
        self.ways = list(self.retrievers)
        for retriever in self.retrievers.values():  # what the first search would wait for
            retriever(np.zeros((*retriever.image_size, 3), "uint8"), K)

    def search(self, photo, category=ANY, in_stock_only=False, way=EXACT):
        """Searches with a photo.

        Args:
            photo: a path, a PIL image or an RGB array in [0, 255].
            category: one of `categories`.
            in_stock_only: whether articles that are out of stock are left out.
            way: one of `ways`.

        Returns:
            `(found, sentence)`: the DataFrame of a `Retriever`, and how long it took.
        """
        retriever = self.retrievers[way]
        among = self._among(category, in_stock_only and self.in_stock is not None)
        if among is not None and not among:
            return None, NOTHING_LEFT
        start = time.perf_counter()
        found = retriever(photo, K, among)
        milliseconds = 1000 * (time.perf_counter() - start)
        num_searched = len(retriever.features) if among is None else len(among)
        return found, (
            f"The best {len(found)} of {num_searched:,} articles, {way}, in {milliseconds:.0f} ms. "
            "Scores put the articles in order; they are no probabilities."
        )

    def similar(self, article_id, category=ANY, in_stock_only=False):
        """The articles whose features point most nearly the same way, itself first.

        A title image is no photo to search with: the network would look for a model on it.

        Args:
            article_id: of the run's articles.
            category, in_stock_only: as in `search`.

        Returns:
            `(found, sentence)`: a DataFrame with `article_id`, `score` (the cosine, up to 1) and
            `rank`, and what it shows.
        """
        features = self.retrievers[EXACT].features
        among = self._among(category, in_stock_only and self.in_stock is not None)
        if among is not None:
            if not among:
                return None, NOTHING_LEFT
            features = features.of(among)
        given = self.retrievers[EXACT].features.of([article_id]).vectors[0]
        lengths = np.linalg.norm(features.vectors, axis=1) * np.linalg.norm(given)
        cosines = features.vectors @ given / np.maximum(lengths, 1e-9)  # 0 where a length is
        best = np.argsort(-cosines, kind="stable")[:K]
        ranks = np.arange(1, len(best) + 1)
        found = {"article_id": features.ids[best], "score": cosines[best], "rank": ranks}
        return pd.DataFrame(found), (
            f"The {len(best)} of {len(features):,} articles most like "
            f"**{as_markdown(article_id)}**, by the cosine of their features."
        )

    def cards(self, found):
        """List of `(path of the title image, caption)` of what was found, best first."""
        return [
            (self.path_of[row.article_id], f"{row.rank} · {row.score:.2f}")
            for row in found.itertuples()
        ]

    def described(self, article_id):
        """An article's id and attributes as Markdown that shows them as they are written."""
        row = self.articles.loc[article_id]
        known = [name for name in self.catalogue.attributes if row[name]]
        labels = [as_markdown(f"{name.replace('_', ' ')}: {row[name]}") for name in known]
        return "\n\n".join([f"**{as_markdown(article_id)}**", *labels])

    def _among(self, category, in_stock_only):
        """The ids to choose among, or `None` for all."""
        ids = self.retrievers[EXACT].features.ids.tolist()
        if category != ANY:
            ids = [id_ for id_ in ids if self.category_of.get(id_) == category]
        if in_stock_only:
            ids = [id_ for id_ in ids if id_ in self.in_stock]
        return None if category == ANY and not in_stock_only else ids
