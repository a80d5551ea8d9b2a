"""Batches for every Keras backend.

What the sampler draws, with features and photos, in shards too.
"""

import os
import subprocess
import sys

import numpy as np
import pytest

from studio2shop import ArticleFeatures
from studio2shop.features.activations import Activations
from studio2shop.io.images import load_images
from studio2shop.training.match_batches import (
    Batches,
    MatchBatches,
    kept_activations,
    noisy_features,
    query_images,
)
from studio2shop.training.sampling import MatchSampler


@pytest.fixture(scope="module")
def train(studio):
    return studio.split(0.9)[0]  # 54 articles


@pytest.fixture(scope="module")
def features(studio):
    """Article number i of the studio has the features i and -i."""
    return ArticleFeatures(studio.article_ids, np.arange(60)[:, None] * [1.0, -1.0])


def test_they_hold_what_the_sampler_draws(train, features):
    sampler = MatchSampler(train, batch_size=32, seed=7)
    batches = MatchBatches(sampler, features, query_images(train, (48, 32)))
    images = load_images(train.query_paths, (48, 32))
    own_features = features.of(train).vectors
    assert batches.num_batches == sampler.num_steps == 4  # 103 queries
    for epoch in range(2):
        for step in range(4):
            (queries, articles), labels = batches[step]
            query_rows, article_rows, expected_labels = sampler.draw(epoch, step)
            assert queries.dtype == articles.dtype == labels.dtype == np.float32
            assert queries.shape[1:] == (48, 32, 3)
            assert articles.shape[1:] == (50, 2) and labels.shape[1:] == (50,)
            assert np.array_equal(queries, images[query_rows])
            assert np.array_equal(articles, own_features[article_rows])
            assert np.array_equal(labels, expected_labels)
        batches.on_epoch_end()


@pytest.mark.parametrize("num_shards", [2, 3, 50])
def test_shards_one_after_the_other_are_what_one_process_draws(train, features, num_shards):
    sampler = MatchSampler(train, batch_size=32, seed=7)
    load = query_images(train, (48, 32), augment=True)
    whole = MatchBatches(sampler, features, load, first_epoch=3)
    shards = [
        MatchBatches(sampler, features, load, 3, num_shards, shard) for shard in range(num_shards)
    ]
    for step in (0, 3):
        (queries, articles), labels = whole[step]
        drawn = [shard[step] for shard in shards]
        assert np.array_equal(queries, np.concatenate([part[0][0] for part in drawn]))
        assert np.array_equal(articles, np.concatenate([part[0][1] for part in drawn]))
        assert np.array_equal(labels, np.concatenate([part[1] for part in drawn]))


def test_a_shard_that_is_not_there_is_refused(train, features):
    with pytest.raises(ValueError, match="`shard` must be from 0 to 1, one of `num_shards`; rec"):
        MatchBatches(MatchSampler(train), features, num_shards=2, shard=2)


def test_what_stopped_the_drawing_is_kept(train):
    def draw(epoch, step):
        raise KeyError((epoch, step))

    batches = Batches(draw, 3, first_epoch=5)
    with pytest.raises(KeyError):
        batches[2]
    assert isinstance(batches.error, KeyError) and batches.error.args == ((5, 2),)


def test_kept_activations_are_any_variant_of_each_query(train, features):
    variants = [Activations(), Activations()]
    rows = np.arange(len(train.queries), dtype="float16")[:, None, None] + 1
    for variant, sign in zip(variants, (1, -1)):
        variant.append(train.query_ids, sign * np.tile(rows, (1, 2, 3)))
    sampler = MatchSampler(train, batch_size=32, seed=7)
    batches = MatchBatches(sampler, features, kept_activations(train.query_ids, variants))
    signs = []
    for step, ((queries, articles), labels) in enumerate(batches):
        query_rows, article_rows, expected_labels = sampler.draw(0, step)
        assert queries.dtype == np.float32 and queries.shape[1:] == (2, 3)
        assert np.array_equal(np.abs(queries[:, 1, 2]), query_rows + 1)
        assert np.array_equal(articles, features.of(train).vectors[article_rows])
        assert np.array_equal(labels, expected_labels)
        signs += np.sign(queries[:, 0, 0]).tolist()
    assert 30 < signs.count(1) < 73  # of 103


def test_a_noisy_feature_is_its_matchs_feature_and_noise(train, studio):
    vectors = np.random.default_rng(0).standard_normal((60, 8))
    features = ArticleFeatures(studio.article_ids, vectors)
    load = noisy_features(train, features, noise=0.0)
    (noisy, articles), labels = MatchBatches(MatchSampler(train), features, load)[0]
    num_matches = labels.sum(axis=1).astype(int)
    one = num_matches == 1
    assert noisy.shape == (len(labels), 8) and one.any()
    np.testing.assert_array_equal(noisy[one], articles[labels == 1][np.repeat(one, num_matches)])
    load = noisy_features(train, features, noise=0.5)
    (more_noise, _), _ = MatchBatches(MatchSampler(train), features, load)[0]
    assert 0.4 < (more_noise - noisy).std() < 0.6


TRAIN_ONE_EPOCH = """
import sys
sys.modules["tensorflow"] = None  # cannot be imported
import keras, numpy as np
import studio2shop as s2s
from studio2shop.training.match_batches import MatchBatches, query_images
from studio2shop.training.sampling import MatchSampler

catalogue = s2s.load_catalogue(sys.argv[1])
features = s2s.ArticleFeatures(catalogue.article_ids, np.random.default_rng(0).normal(size=(60, 4)))
leg = s2s.build_query_feature((48, 32, 3), 4, "compact", None, "pooled", 0.0)
model = s2s.join_submodels(leg, s2s.build_query_article_matching(4, match_activation=None))
model.compile("adam", loss=s2s.losses.match_cross_entropy)
batches = MatchBatches(MatchSampler(catalogue), features, query_images(catalogue, (48, 32)))
history = model.fit(batches, epochs=2, shuffle=False, verbose=0)
print(batches.epoch, np.isfinite(history.history["loss"]).all())
"""


@pytest.mark.parametrize("backend, package", [("jax", "jax"), ("torch", "torch")])
def test_they_train_without_tensorflow(studio, backend, package):
    pytest.importorskip(package, reason=f"needs the extra `{package}`")
    done = subprocess.run(
        [sys.executable, "-c", TRAIN_ONE_EPOCH, str(studio.folder)],
        capture_output=True,
        text=True,
        env={**os.environ, "KERAS_BACKEND": backend},
    )
    assert done.stdout == "2 True\n", done.stderr
