"""Batches by Section 4.1's rule: what a query meets, drawn from (seed, epoch, step) alone."""

import pathlib
import time

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from studio2shop import ArticleFeatures
from studio2shop.activations import Activations
from studio2shop.batches import (
    MatchSampler,
    activation_batches,
    augment_images,
    title_batches,
    training_batches,
)
from studio2shop.catalogue import Catalogue
from studio2shop.images import load_images


def catalogue_of(num_articles, matched_articles):
    """A catalogue whose query number i is matched with the articles numbered `matched_articles[i]`."""
    articles, queries = ([f"{kind}{number}" for number in range(count)] for kind, count in (("a", num_articles), ("q", len(matched_articles))))
    matches = [(f"q{query}", f"a{article}") for query, found in enumerate(matched_articles) for article in found]
    return Catalogue(
        folder=pathlib.Path("shop"),
        articles=pd.DataFrame({"article_id": articles, "image": articles}),
        queries=pd.DataFrame({"query_id": queries, "image": queries}, dtype=str),
        matches=pd.DataFrame(matches, columns=["query_id", "article_id"], dtype=str),
        attributes={},
    )


@settings(max_examples=100, deadline=None)
@given(st.data())
def test_each_query_comes_once_an_epoch_with_all_its_matches_and_as_many_others_as_there_is_room_for(data):
    num_articles = data.draw(st.integers(1, 20))
    matched = data.draw(st.lists(st.sets(st.integers(0, num_articles - 1), max_size=5), min_size=1, max_size=20).filter(any))
    width, batch_size = data.draw(st.integers(1, num_articles)), data.draw(st.integers(1, 8))
    sampler = MatchSampler(catalogue_of(num_articles, matched), width, batch_size, seed=data.draw(st.integers(0, 9)))
    epoch, met = data.draw(st.integers(0, 3)), []
    for step in range(sampler.num_steps):
        queries, articles, labels = sampler.draw(epoch, step)
        assert articles.shape == labels.shape == (len(queries), width) and labels.dtype == np.float32
        assert len(queries) == batch_size or step == sampler.num_steps - 1
        for query, row, label in zip(queries, articles, labels):
            met.append(query)
            assert len(set(row)) == width and set(row) <= set(range(num_articles))
            assert label.tolist() == [article in matched[query] for article in row]
            assert label.sum() == min(width, len(matched[query]))
    assert sorted(met) == [query for query, found in enumerate(matched) if found]


@pytest.fixture(scope="module")
def sampler():
    """128 queries that all match article 0 of 100, two batches of 64 an epoch, 10 negatives a query."""
    return MatchSampler(catalogue_of(100, [{0}] * 128), articles_per_query=11, seed=3)


def test_negatives_are_drawn_anew_for_each_query_batch_and_epoch(sampler):
    drawn = [sampler.draw(epoch, step)[1] for epoch in range(2) for step in range(2)]
    rows = {tuple(sorted(row)) for articles in drawn for row in articles}
    assert len(rows) == 4 * 64
    assert len({tuple(sampler.draw(epoch, 0)[0]) for epoch in range(3)}) == 3  # and queries come in another order


def test_a_batch_depends_on_seed_epoch_and_step_alone(sampler):
    def batch(seed, calls_before=()):
        again = MatchSampler(catalogue_of(100, [{0}] * 128), articles_per_query=11, seed=seed)
        for call in calls_before:
            again.draw(*call)
        return np.concatenate([part.ravel() for part in again.draw(5, 1)])

    assert np.array_equal(batch(3), np.concatenate([part.ravel() for part in sampler.draw(5, 1)]))
    assert np.array_equal(batch(3), batch(3, calls_before=[(0, 0), (5, 1), (9, 1)]))
    assert not np.array_equal(batch(3), batch(4))


def test_each_article_is_as_likely_a_negative_as_any_other(sampler):
    drawn = np.concatenate([sampler.draw(epoch, step)[1][:, 1:].ravel() for epoch in range(25) for step in range(2)])
    counts = np.bincount(drawn, minlength=100)
    assert counts[0] == 0
    assert 235 < counts[1:].min() and counts.max() < 415  # 323 expected, deviation 17


def test_matches_beyond_the_articles_of_a_query_are_left_out_and_never_negatives():
    queries, articles, labels = MatchSampler(catalogue_of(9, [{0, 2, 4, 6, 8}, {1}]), articles_per_query=3).draw(0, 0)
    many = queries.tolist().index(0)
    assert labels[many].tolist() == [1, 1, 1] and set(articles[many]) < {0, 2, 4, 6, 8}
    assert labels[1 - many].tolist() == [1, 0, 0]


def test_with_fewer_than_50_articles_all_are_used_and_it_says_so():
    with pytest.warns(UserWarning, match="^A query meets all 7 training articles instead of 50: there are no more.$"):
        sampler = MatchSampler(catalogue_of(7, [{1}, {2, 3}]))
    assert np.sort(sampler.draw(0, 0)[1]).tolist() == [list(range(7))] * 2


def test_a_catalogue_without_matches_cannot_train():
    with pytest.raises(ValueError) as caught:
        MatchSampler(catalogue_of(60, [set(), set()]))
    assert str(caught.value) == (
        "Catalogue(shop: 60 articles, 2 queries, 0 matches, 0 attributes) has no matches to train on; "
        "matches.csv needs rows of (query_id, article_id)."
    )


def test_augmented_images_differ_by_a_mirror_a_crop_and_a_little_colour():
    images = np.zeros((400, 20, 10, 3), np.uint8)
    images[..., 0], images[..., 1], images[:, :, 5:, 2] = 100, 250, 200  # blue on the right
    augmented = augment_images(images, np.random.default_rng(0))
    assert augmented.shape == images.shape and augmented.dtype == np.float32
    assert augmented.min() >= 0 and augmented.max() == 255
    red = augmented[..., 0]
    assert (np.ptp(red, axis=(1, 2)) < 1e-3).all()  # of one colour as before
    assert 100 * 0.94 * 0.88 <= red.min() < 88 and 112 < red.max() <= 100 * 1.06 * 1.12
    assert 98 < red.mean() < 102
    assert 160 < (augmented[:, 10, 0, 2] > 0).sum() < 240  # blue on the left in half of them
    assert (augmented[:, :, [3, 6], 2].min(axis=2) == 0).all() and (augmented[:, :, [3, 6], 2].max(axis=2) > 0).all()


def test_augmentation_is_the_same_from_the_same_generator():
    images = np.random.default_rng(0).integers(0, 256, (5, 16, 12, 3), np.uint8)
    first, second, other = (augment_images(images, np.random.default_rng(seed)) for seed in (1, 1, 2))
    assert np.array_equal(first, second) and not np.array_equal(first, other)


@pytest.fixture(scope="module")
def train(studio):
    return studio.split(0.9)[0]  # 54 articles


@pytest.fixture(scope="module")
def features(studio):
    """Article number i of the studio has the features i and -i."""
    return ArticleFeatures(studio.article_ids, np.arange(60)[:, None] * [1.0, -1.0])


def passes(dataset, count=1):
    return [[[part.numpy() for part in (*inputs, labels)] for inputs, labels in dataset] for _ in range(count)]


def same(first, second):
    return all(np.array_equal(a, b) for one, two in zip(first, second, strict=True) for a, b in zip(one, two, strict=True))


def test_training_batches_hold_what_the_sampler_draws(train, features):
    dataset, sampler = training_batches(train, features, (48, 32), batch_size=32, seed=7), MatchSampler(train, batch_size=32, seed=7)
    images = load_images(train.query_paths, (48, 32))
    own_features = features.of(train).vectors
    assert int(dataset.cardinality()) == sampler.num_steps == 4  # 103 queries
    for epoch, batches in enumerate(passes(dataset, 2)):
        assert len(batches) == 4
        for step, (queries, articles, labels) in enumerate(batches):
            query_rows, article_rows, expected_labels = sampler.draw(epoch, step)
            assert queries.dtype == articles.dtype == labels.dtype == np.float32
            assert queries.shape[1:] == (48, 32, 3) and articles.shape[1:] == (50, 2) and labels.shape[1:] == (50,)
            assert np.array_equal(queries, images[query_rows])
            assert np.array_equal(articles, own_features[article_rows])
            assert np.array_equal(labels, expected_labels)


def test_a_resumed_run_draws_what_an_uninterrupted_one_does(train, features):
    epochs = passes(training_batches(train, features, (48, 32), 32, augment=True), 3)
    resumed = passes(training_batches(train, features, (48, 32), 32, first_epoch=2, augment=True))
    assert same(epochs[2], resumed[0])
    assert not same(epochs[0], epochs[1])


@pytest.mark.parametrize("num_taken", [1, 2, 3])
def test_an_epoch_left_half_way_is_drawn_again(train, features, num_taken):
    dataset = training_batches(train, features, (48, 32), batch_size=32)
    batches = iter(dataset)
    for _ in range(num_taken):
        next(batches)
    time.sleep(0.3)  # whatever is prepared ahead is prepared now
    del batches
    assert same(passes(dataset)[0], passes(training_batches(train, features, (48, 32), batch_size=32))[0])


def test_activation_batches_take_any_variant_of_each_query(train, features):
    variants = [Activations(), Activations()]
    rows = np.arange(len(train.queries), dtype="float16")[:, None, None] + 1
    for variant, sign in zip(variants, (1, -1)):
        variant.append(train.query_ids, sign * np.tile(rows, (1, 2, 3)))
    dataset, sampler = activation_batches(train, features, variants, batch_size=32, seed=7), MatchSampler(train, batch_size=32, seed=7)
    signs = []
    for step, (queries, articles, labels) in enumerate(passes(dataset)[0]):
        query_rows, article_rows, expected_labels = sampler.draw(0, step)
        assert queries.dtype == np.float32 and queries.shape[1:] == (2, 3)
        assert np.array_equal(np.abs(queries[:, 1, 2]), query_rows + 1)
        assert np.array_equal(articles, features.of(train).vectors[article_rows]) and np.array_equal(labels, expected_labels)
        signs += np.sign(queries[:, 0, 0]).tolist()
    assert 30 < signs.count(1) < 73  # of 103


def test_title_batches_hold_each_article_once_with_its_labels(studio):
    attributes = {"pattern": studio.attributes["pattern"][1:], "category": studio.attributes["category"]}  # one pattern is unknown
    rows = {image.tobytes(): row for row, image in enumerate(load_images(studio.article_paths, (24, 16)).astype("float32"))}
    dataset, met = title_batches(studio, attributes, (24, 16), batch_size=25), []
    assert int(dataset.cardinality()) == 3 and list(dataset.element_spec[1]) == ["pattern", "category"]
    for images, labels in dataset:
        assert images.dtype == "float32" and labels["pattern"].dtype == "int32"
        found = [rows[image.tobytes()] for image in images.numpy()]
        met += found
        for name, names in attributes.items():
            cells = studio.articles[name].to_numpy()[found]
            assert labels[name].numpy().tolist() == [names.index(cell) if cell in names else -1 for cell in cells]
    assert sorted(met) == list(range(60)) and met != list(range(60))
