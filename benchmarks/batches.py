"""How fast photos reach a network in training: `MatchBatches` beside `training_batches`.

    python benchmarks/batches.py [--photos 1280] [--repetitions 5] [--vgg16]

Both draw the very same batches of 64 augmented photos x 50 articles; one is a Keras dataset, the
other a `tf.data` pipeline. Each trains the same network for one epoch, in turn, and is also gone
through without a network. Printed are images per second, medians, and the ratio of the two.
"""

import argparse
import statistics
import tempfile
import time

import keras
import numpy as np

import studio2shop as s2s
from studio2shop.training.match_batches import query_images

WORKSHOP, PAPER = (112, 78), s2s.paper.QUERY_SIZE


def main(arguments=None):
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("--photos", type=int, default=1280)
    parser.add_argument("--repetitions", type=int, default=5)
    parser.add_argument("--vgg16", action="store_true", help="also VGG16, a minute per epoch")
    options = parser.parse_args(arguments)
    with tempfile.TemporaryDirectory() as folder:
        image_size = PAPER if options.vgg16 else WORKSHOP
        catalogue = s2s.render_catalogue(folder, 300, options.photos, image_size)
        networks = {"no network": (None, WORKSHOP), "compact": ("compact", WORKSHOP)}
        if options.vgg16:
            networks["VGG16"] = "vgg16", PAPER
        print(f"{'':12}{'MatchBatches':>14}{'tf.data':>14}{'ratio':>8}   images per second")
        for name, (backbone, size) in networks.items():
            keras_way, tf_way = measure(catalogue, backbone, size, options.repetitions)
            print(f"{name:12}{keras_way:14.1f}{tf_way:14.1f}{keras_way / tf_way:8.2f}", flush=True)


def measure(catalogue, backbone, image_size, repetitions):
    """Images per second of both ways, medians of epochs in turn."""
    vectors = np.random.default_rng(0).standard_normal((len(catalogue.articles), 128))
    features = s2s.ArticleFeatures(catalogue.article_ids, vectors)
    ways = {
        "keras": lambda: s2s.MatchBatches(
            s2s.MatchSampler(catalogue),
            features,
            query_images(catalogue, image_size, augment=True),
        ),
        "tf": lambda: s2s.training_batches(catalogue, features, image_size, augment=True),
    }
    go_through = through if backbone is None else trainer(backbone, image_size)
    seconds = {way: [] for way in ways}
    for repetition in range(repetitions + 1):
        for way, make in ways.items():
            start = time.perf_counter()
            go_through(make())
            if repetition:  # the first one is a warm-up
                seconds[way].append(time.perf_counter() - start)
    num_photos = len(catalogue.matches["query_id"].unique())
    return [num_photos / statistics.median(times) for times in seconds.values()]


def through(batches):
    """All batches, and nothing done with them; a Keras dataset as `fit` goes through it."""
    nothing = keras.Sequential([keras.Input((1,)), keras.layers.Dense(1)])
    inputs = [keras.Input((None, None, 3)), keras.Input((None, 128))]
    first = keras.ops.sum(inputs[0][:, :1, :1], axis=(1, 2, 3))[:, None]
    model = keras.Model(inputs, nothing(first))
    model.compile("sgd", loss="mse")
    model.fit(batches, shuffle=False, verbose=0)


def trainer(backbone, image_size):
    head = "flatten" if backbone == "vgg16" else "pooled"
    leg = s2s.build_query_feature((*image_size, 3), 128, backbone, None, head)
    model = s2s.join_submodels(leg, s2s.build_query_article_matching(match_activation=None))
    model.compile("adam", loss=s2s.losses.match_cross_entropy)

    def train(batches):
        model.fit(batches, shuffle=False, verbose=0)

    return train


if __name__ == "__main__":
    main()
