"""Tiny variants of all networks, trained, saved, loaded and ranked with under any backend.

KERAS_BACKEND names the backend.

Run by `test_backends.py`: `python backend_networks.py CATALOGUE FOLDER
[FOLDER_OF_ANOTHER_BACKEND]`. A further network is a further function in `NETWORKS`.
"""

import dataclasses
import importlib.machinery
import json
import os
import pathlib
import sys
import traceback
from collections.abc import Callable


class NoTensorFlow:
    """Makes TensorFlow, installed or not, a package that can't be imported.

    Others may still look whether it is there.
    """

    @classmethod
    def find_spec(cls, name, path=None, target=None):
        return (
            importlib.machinery.ModuleSpec(name, cls)
            if name.partition(".")[0] == "tensorflow"
            else None
        )

    @staticmethod
    def create_module(spec):
        raise ModuleNotFoundError(f"{spec.name} is not needed here", name=spec.name)

    @staticmethod
    def exec_module(module):
        """Never reached; the import system asks for it."""


if os.environ.get("KERAS_BACKEND", "tensorflow") != "tensorflow":
    sys.meta_path.insert(0, NoTensorFlow)

import keras
import numpy as np
from narrow_vgg16 import narrow_vgg16

from studio2shop import (
    ArticleFeatures,
    Index,
    Retriever,
    build_fdna,
    build_query_article_matching,
    build_query_feature,
    build_stylenet,
    join_submodels,
    load_catalogue,
    losses,
)
from studio2shop.features.article_features import feature_extractor
from studio2shop.features.reduction import Reduction
from studio2shop.io.images import load_images
from studio2shop.models.backbones import build_pooled_backbone
from studio2shop.models.fc14 import build_fc14
from studio2shop.models.layers import BackbonePreprocessing
from studio2shop.models.siamese import build_all_in_two_nets
from studio2shop.models.static_leg import build_static_query_feature
from studio2shop.models.towers import build_towers
from studio2shop.training.sampling import MatchSampler

BATCH_SIZE, NUM_STEPS, NUM_ARTICLES, SIZE = 8, 2, 10, 16


class Batches:
    """Two batches of the sampler as plain arrays, and what to rank with, for every backend."""

    def __init__(self, catalogue):
        self.catalogue = catalogue
        sampler = MatchSampler(catalogue, NUM_ARTICLES, BATCH_SIZE)
        drawn = [sampler.draw(0, step) for step in range(NUM_STEPS)]
        self.query_rows, self.article_rows, self.labels = (
            np.concatenate(parts) for parts in zip(*drawn)
        )
        self.shared = [
            np.concatenate(parts)
            for parts in zip(*(sampler.draw_shared(0, step) for step in range(NUM_STEPS)))
        ]
        random = np.random.default_rng(0)
        self.features = ArticleFeatures(
            catalogue.article_ids, random.standard_normal((len(catalogue.articles), SIZE))
        )
        self.query_features = random.standard_normal((NUM_STEPS * BATCH_SIZE, 3, SIZE)).astype(
            "float32"
        )

    def query_images(self, size):
        return load_images(
            [self.catalogue.query_paths[row] for row in self.query_rows], size
        ).astype("float32")

    def title_images(self, size, rows=slice(NUM_STEPS * BATCH_SIZE)):
        return load_images(np.array(self.catalogue.article_paths)[rows].tolist(), size).astype(
            "float32"
        )

    @property
    def article_vectors(self):
        return self.features.vectors[self.article_rows]  # (batch, articles, features)


@dataclasses.dataclass
class Case:
    """A network, what it is trained on, and a function from it to what it finds.

    What it finds is a DataFrame as returned by a `Retriever`.
    """

    model: keras.Model
    inputs: list
    targets: np.ndarray | dict
    loss: object
    search: Callable


def studio2shop(batches, query_feature, matching, loss):
    model = join_submodels(query_feature, build_query_article_matching(SIZE, matching, None))
    images = batches.query_images(query_feature.input_shape[1:3])

    def search(model):
        return Retriever(model, batches.features)(images, k=NUM_ARTICLES)

    return Case(model, [images, batches.article_vectors], batches.labels, loss, search)


def extractor(batches, model, targets, loss):
    """An extractor is trained by itself and ranks in the query leg of a static system."""
    image_size = model.input_shape[1:3]
    images = batches.title_images(image_size)

    def search(model):
        activations = feature_extractor(model).predict(
            batches.title_images(image_size, slice(None)), verbose=0
        )
        reduction = Reduction.fit(activations, 6)
        leg = build_static_query_feature(feature_extractor(model), reduction)
        system = join_submodels(leg, build_query_article_matching(6, "linear", None))
        return Retriever(
            system, ArticleFeatures(batches.catalogue.article_ids, reduction.apply(activations))
        )(images, k=NUM_ARTICLES)

    return Case(model, [images], targets, loss, search)


def compact(head):
    return build_query_feature((48, 32, 3), SIZE, "compact", None, head)


def own_backbone():
    """A backbone with the preprocessing of MobileNetV2, which Keras computes in place."""
    layers = [
        keras.Input((48, 32, 3)),
        BackbonePreprocessing("mobilenet_v2"),
        keras.layers.Conv2D(6, 8, strides=8, activation="relu"),
    ]
    return build_query_feature(
        (48, 32, 3), SIZE, keras.Sequential(layers, name="own"), None, "pooled"
    )


def fdna(batches):
    attributes = batches.catalogue.attributes
    model = build_fdna(
        batches.catalogue.attribute_sizes, (64, 64, 3), 24, attribute_activation=None
    )
    labels = {
        name: labels[: NUM_STEPS * BATCH_SIZE].copy()
        for name, labels in batches.catalogue.attribute_labels(attributes).items()
    }
    for values in labels.values():
        values[3] = -1  # an article that is not annotated
    return extractor(
        batches, model, labels, {name: losses.attribute_cross_entropy() for name in labels}
    )


def vectors_like(model):
    return (
        np.random.default_rng(1)
        .standard_normal((NUM_STEPS * BATCH_SIZE, *model.output_shape[1:]))
        .astype("float32")
    )


def vectors(batches, model):
    return extractor(batches, model, vectors_like(model), "mse")


def fc14(batches):
    with narrow_vgg16():
        return vectors(batches, build_fc14(None))


def static_system(batches):
    network = build_pooled_backbone("compact", None, (48, 32, 3))
    activations = network.predict(batches.title_images((48, 32), slice(None)), verbose=0)
    leg = build_static_query_feature(network, Reduction.fit(activations, SIZE))
    return studio2shop(batches, leg, "non-linear", losses.match_cross_entropy)


def two_nets(batches):
    attributes = batches.catalogue.attributes
    model = build_all_in_two_nets(
        batches.catalogue.attribute_sizes, (48, 32, 3), SIZE, "compact", None, "pooled"
    )
    query_rows, article_rows, scores = batches.shared
    images = [
        load_images(np.array(paths)[rows].tolist(), (48, 32)).astype("float32")
        for paths, rows in (
            (batches.catalogue.query_paths, query_rows),
            (batches.catalogue.article_paths, article_rows),
        )
    ]
    labels = {
        name: values[article_rows]
        for name, values in batches.catalogue.attribute_labels(attributes).items()
    }
    targets = {
        "scores": scores,
        **{
            f"{leg}_{name}": values
            for leg in ("query", "article")
            for name, values in labels.items()
        },
    }
    loss = {
        name: losses.triplet_ranking_loss if name == "scores" else losses.attribute_cross_entropy()
        for name in targets
    }

    def search(model):
        extracted = model.get_layer("article_feature").predict(
            batches.title_images((48, 32), slice(None)), verbose=0
        )
        system = join_submodels(
            model.get_layer("query_feature"), model.get_layer("query_article_matching")
        )
        return Retriever(system, ArticleFeatures(batches.catalogue.article_ids, extracted))(
            images[0], k=NUM_ARTICLES
        )

    return Case(model, images, targets, loss, search)


def towers(batches):
    keras.utils.set_random_seed(1)
    model, exact = (
        build_towers(SIZE, 4),
        join_submodels(
            compact("pooled"), build_query_article_matching(SIZE, match_activation=None)
        ),
    )
    inputs = [batches.query_features, batches.article_vectors]
    logits = (
        np.random.default_rng(2)
        .standard_normal((*batches.query_features.shape[:2], NUM_ARTICLES))
        .astype("float32")
    )

    def search(model):
        index = Index(exact, batches.features, model, num_candidates=20)
        return Retriever(index).by_features(batches.query_features[:, 0], k=NUM_ARTICLES)

    return Case(model, inputs, logits, losses.distillation_loss, search)


NETWORKS = {
    "fdna": fdna,
    "stylenet": lambda batches: vectors(batches, build_stylenet(input_shape=(64, 64, 3))),
    "fc14": fc14,
    "pooled backbone": lambda batches: vectors(
        batches, build_pooled_backbone("compact", None, (48, 32, 3))
    ),
    "studio2shop": lambda batches: studio2shop(
        batches, compact("pooled"), "non-linear", losses.match_cross_entropy
    ),
    "studio2shop flatten": lambda batches: studio2shop(
        batches, compact("flatten"), "non-linear", losses.triplet_ranking_loss
    ),
    "studio2shop linear": lambda batches: studio2shop(
        batches, compact("pooled"), "linear", losses.listwise_cross_entropy
    ),
    "studio2shop own backbone": lambda batches: studio2shop(
        batches, own_backbone(), "linear", losses.match_cross_entropy
    ),
    "static": static_system,
    "all in two nets": two_nets,
    "towers": towers,
}


def prove(name, batches, folder, other_folder):
    """Trains, saves, loads and ranks one network, and loads the same one of another backend."""
    keras.utils.set_random_seed(0)
    case = NETWORKS[name](batches)
    model, inputs = case.model, case.inputs if len(case.inputs) > 1 else case.inputs[0]
    before, given = as_arrays(model.trainable_weights), [array.copy() for array in case.inputs]
    model.compile(keras.optimizers.Adam(1e-3), loss=case.loss)
    history = model.fit(inputs, case.targets, batch_size=BATCH_SIZE, shuffle=False, verbose=0)
    model.save(folder / f"{name}.keras")
    loaded = keras.models.load_model(folder / f"{name}.keras")
    outputs, again = (
        as_dict(network.predict(inputs, batch_size=BATCH_SIZE, verbose=0))
        for network in (model, loaded)
    )
    np.savez(folder / f"{name}.npz", **outputs)
    found, found_again = case.search(model), case.search(loaded)
    tensors = [keras.ops.convert_to_tensor(array.copy()) for array in given]
    model(tensors if len(tensors) > 1 else tensors[0])
    result = {
        "steps": int(model.optimizer.iterations),
        "loss": history.history["loss"][0],
        "still": [
            weight.path
            for weight, old in zip(model.trainable_weights, before)
            if np.array_equal(*as_arrays([weight]), old)
        ],
        "inputs": all(
            np.array_equal(array, copy)
            for handed_over in (case.inputs, as_arrays(tensors))
            for array, copy in zip(handed_over, given)
        ),
        "loaded": max(largest_difference(outputs[key], again[key]) for key in outputs),
        "ranked": [found["article_id"].tolist(), found_again["article_id"].tolist()],
        "logits": largest_difference(found["logit"], found_again["logit"]),
    }
    if (
        "query_article_matching" in [layer.name for layer in model.layers]
        and "scores" not in outputs
    ):
        wanted = model.predict(
            [inputs[0], np.repeat(batches.features.vectors[np.newaxis], len(inputs[0]), axis=0)],
            batch_size=BATCH_SIZE,
            verbose=0,
        )
        best = -np.sort(-wanted, axis=1)[:, :NUM_ARTICLES]
        result["retriever"] = largest_difference(found["logit"], best.ravel())
    if other_folder is not None:
        theirs = keras.models.load_model(other_folder / f"{name}.keras", compile=False)
        ours, expected = (
            as_dict(theirs.predict(inputs, batch_size=BATCH_SIZE, verbose=0)),
            np.load(other_folder / f"{name}.npz"),
        )
        result["other"] = max(largest_difference(ours[key], expected[key]) for key in ours)
    return result


def as_arrays(weights):
    return [np.array(keras.ops.convert_to_numpy(weight)) for weight in weights]


def as_dict(outputs):
    return outputs if isinstance(outputs, dict) else {"outputs": outputs}


def largest_difference(given, expected):
    """The largest difference, where 1 is the size of the largest value."""
    given, expected = np.asarray(given, "float64"), np.asarray(expected, "float64")
    return float(np.abs(given - expected).max() / max(1.0, np.abs(expected).max()))


def main(catalogue, folder, other_folder=None):
    batches, folder = Batches(load_catalogue(catalogue)), pathlib.Path(folder)
    results = {
        "backend": keras.backend.backend(),
        "drawn": batches.article_rows.tolist(),
        "networks": {},
    }
    for name in NETWORKS:
        try:
            results["networks"][name] = prove(
                name, batches, folder, other_folder and pathlib.Path(other_folder)
            )
        except Exception:  # the others are to be tried all the same
            results["networks"][name] = {"error": traceback.format_exc()}
    (folder / "results.json").write_text(json.dumps(results))


if __name__ == "__main__":
    main(*sys.argv[1:])
