"""Photos without colours keep their brightness, and a search ranks them as any photo."""

import numpy as np

from studio2shop import ArticleFeatures, Retriever, build_studio2shop
from studio2shop.course.paler_photos import paler, ranks_of_paler_photos
from studio2shop.evaluation.results import evaluate


def test_a_photo_loses_its_colour_and_keeps_its_brightness():
    photo = np.array([[[[200, 100, 0], [50, 50, 50]]]], "uint8")
    assert paler(photo, 1).tolist() == photo.tolist()
    assert paler(photo, 0)[0, 0].tolist() == [[118, 118, 118], [50, 50, 50]]
    assert paler(photo, 0.5)[0, 0, 0].tolist() == [159, 109, 59]


def test_photos_with_all_their_colour_rank_as_an_evaluation_says(studio):
    model = build_studio2shop((48, 32, 3), 4, "compact", None, match_activation=None)
    vectors = np.random.default_rng(0).standard_normal((60, 4))
    search = Retriever(model, ArticleFeatures(studio.article_ids, vectors))
    ranks = ranks_of_paler_photos(search, studio, 1).ranks
    assert ranks["rank"].tolist() == evaluate(search, studio).ranks["rank"].tolist()
    few = ranks_of_paler_photos(search, studio, 0, num_queries=5).ranks
    assert few["query_id"].nunique() == 5
