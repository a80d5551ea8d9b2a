"""A static system's match, trained in seconds on photos that are described once, for notebook 06.

One loss against another, with all else equal.
"""

import dataclasses

import keras
import numpy as np

from studio2shop.catalogue import Catalogue
from studio2shop.course.body import described_by_body
from studio2shop.evaluation.results import rank_catalogue
from studio2shop.features.article_features import ArticleFeatures
from studio2shop.models.matching import build_query_article_matching
from studio2shop.retrieval import ExactScorer
from studio2shop.training.fit import cosine_adam
from studio2shop.training.match_batches import MatchBatches
from studio2shop.training.sampling import MatchSampler
from studio2shop.training.systems import LOSSES

NUM_PHOTOS = 1000  # to learn from, and 500 to be tested on
NUM_TESTED = 500
RATE = 3e-3


@dataclasses.dataclass(frozen=True)
class Described:
    """What a static match is trained and tested on.

    Attributes:
        train, test: parts of a run's `Catalogue`, with few queries.
        titles, photos: `ArticleFeatures` of the title images and of the queries, by their ids.
    """

    train: Catalogue
    test: Catalogue
    titles: ArticleFeatures
    photos: ArticleFeatures


def described(run):
    """Some of a run's photos as its trained body describes them."""
    titles, photos = described_by_body(run)
    catalogue = run.load_catalogue()
    random, known = np.random.default_rng(run.settings["seed"]), set(photos.ids.tolist())
    parts = []
    for part, number in (("train", NUM_PHOTOS), ("test", NUM_TESTED)):
        articles = catalogue.select_articles(run.parts[part])
        there = [query_id for query_id in articles.query_ids.tolist() if query_id in known]
        parts.append(articles.select_queries(random.permutation(there)[:number]))
    return Described(*parts, titles, photos)


def trained_match(some, loss, epochs=6):
    """The non-linear match, trained by a loss of Table 2 on `Described` photos."""
    keras.utils.set_random_seed(0)
    size = some.titles.size
    vectors = some.photos.of(some.train.query_ids).vectors
    matching = build_query_article_matching(size, "non-linear", match_activation=None)
    query = keras.Input((size,), name="query")
    articles = keras.Input((None, size), name="articles")
    model = keras.Model([query, articles], matching([articles, query]))

    def load(rows, random, mine):
        return vectors[rows[mine]]

    batches = MatchBatches(MatchSampler(some.train), some.titles, load)
    rate = cosine_adam(RATE, epochs * batches.num_batches)
    model.compile(rate, loss=LOSSES[loss])
    model.fit(batches, epochs=epochs, shuffle=False, verbose=0)
    return matching


def top_ten(matching, some):
    """The share of the test matches that a match ranks tenth or better."""
    titles = some.titles.of(some.test)
    vectors = some.photos.of(some.test.query_ids).vectors
    scorer = ExactScorer(matching, titles.vectors)
    return float(rank_catalogue(scorer.scores, vectors, titles, some.test).row().top_10)
