"""all-in-two-nets' batches: shared articles, each leg's labels, a smaller batch that fits."""

import keras
import numpy as np
import pytest

from studio2shop import losses
from studio2shop.io.images import load_images
from studio2shop.models.siamese import build_all_in_two_nets
from studio2shop.training.match_batches import query_images
from studio2shop.training.sampling import MatchSampler
from studio2shop.training.two_nets import title_images, two_net_batches

pytestmark = pytest.mark.slow


@pytest.fixture(scope="module")
def train(studio):
    return studio.split(0.9)[0]  # 103 queries, 54 articles


def batches_of(train, attributes=None, first_epoch=0):
    loads = query_images(train, (48, 32)), title_images(train, (48, 32))
    sampler = MatchSampler(train, 1, batch_size=32, seed=7)
    return two_net_batches(sampler, attributes or {}, *loads, first_epoch)


def test_an_epoch_has_each_query_once_and_the_smaller_batch_first(train):
    batches = batches_of(train)
    sizes = [labels["scores"].shape for _, labels in batches]
    assert sizes == [(7, 7), (32, 32), (32, 32), (32, 32)]
    photos = load_images(train.query_paths, (48, 32)).astype("float32")
    drawn = np.concatenate([queries for (queries, _), _ in batches])
    assert sorted(map(bytes, drawn)) == sorted(map(bytes, photos))


def test_each_leg_gets_the_labels_of_the_articles_that_were_drawn(train):
    attributes = {"category": train.attributes["category"]}
    (_, articles), labels = batches_of(train, attributes)[1]
    titles = load_images(train.article_paths, (48, 32)).astype("float32")
    rows = {title.tobytes(): row for row, title in enumerate(titles)}
    rows |= {title[:, ::-1].tobytes(): row for row, title in enumerate(titles)}  # mirrored
    met = [rows[article.tobytes()] for article in articles]
    expected = train.attribute_labels(attributes)["category"][met].tolist()
    assert labels["query_category"].tolist() == labels["article_category"].tolist() == expected
    assert (np.diag(labels["scores"]) == 1).all()


def test_keras_takes_batches_of_both_sizes(train):
    model = build_all_in_two_nets({}, (48, 32, 3), 8, "compact", None, "pooled", 0.0)
    model.compile("adam", loss={"scores": losses.triplet_ranking_loss})
    history = model.fit(batches_of(train), epochs=2, shuffle=False, verbose=0).history
    assert len(history["loss"]) == 2 and np.isfinite(history["loss"]).all()
    keras.utils.clear_session()
