"""The paper's way of matching, in calls as in training (appendix, Timings)."""

import keras
import numpy as np

from studio2shop import paper
from studio2shop.models.predict_all import predict_all


class PapersMatching:
    """The paper's way of matching (appendix, Timings): 64 queries against 50 articles per call.

    "We use the exact same architecture as for training and therefore only test against 50 articles
    at a time." We take that as one `predict` over batches of up to 64 queries by 50 articles; the
    paper does not say whether fewer queries than 64 were filled up, ours are not.

    Args:
        query_article_matching: a model of `build_query_article_matching`.
        article_vectors: float32 `(articles, feature_size)`.
        articles_per_call: the paper's 50; it expects "hundreds of articles at a time" to be faster.
    """

    def __init__(
        self, query_article_matching, article_vectors, articles_per_call=paper.ARTICLES_PER_QUERY
    ):
        self._model = query_article_matching
        self._num_articles = len(article_vectors)
        num_groups = -(-len(article_vectors) // articles_per_call)
        # the last group is filled up
        rows = np.arange(num_groups * articles_per_call) % len(article_vectors)
        self._groups = article_vectors[rows].reshape(num_groups, articles_per_call, -1)

    def scores(self, query_features):
        """Scores `(queries, articles)` of query features `(queries, feature_size)`."""
        found = []
        for start in range(0, len(query_features), paper.QUERIES_PER_BATCH):
            queries = query_features[start : start + paper.QUERIES_PER_BATCH]
            # (groups * queries, 50)
            scores = predict_all(self._model, _Calls(self._groups, queries))
            scores = scores.reshape(len(self._groups), len(queries), -1).swapaxes(0, 1)
            found.append(scores.reshape(len(queries), -1)[:, : self._num_articles])
        return np.concatenate(found)


class _Calls(keras.utils.PyDataset):
    """One batch per group of articles: each of the queries with the group."""

    def __init__(self, groups, queries):
        super().__init__()
        self._groups, self._queries = groups, queries

    def __len__(self):
        return len(self._groups)

    def __getitem__(self, group):
        articles = np.repeat(self._groups[[group]], len(self._queries), axis=0)
        return ((articles, self._queries),)
