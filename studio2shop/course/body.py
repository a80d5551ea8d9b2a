"""A run's trained convolutions, and what is trained anew above them, for notebook 06."""

import dataclasses
import pathlib
import tempfile
from collections.abc import Callable

import numpy as np

from studio2shop import paper
from studio2shop.catalogue import Catalogue
from studio2shop.catalogue.split import parts_to_train_on
from studio2shop.evaluation.results import rank_catalogue
from studio2shop.features.activations import (
    Activations,
    compute_activations,
    query_activations,
)
from studio2shop.features.article_features import ArticleFeatures
from studio2shop.features.reduction import Reduction
from studio2shop.io.images import load_images
from studio2shop.training.plan import TrainingPlan
from studio2shop.training.systems import Materials, train_system

BODY = "body"
TRAIN_SHARE = 0.5  # of the training photos, for the sake of a notebook's minutes


def described_by_body(run):
    """What the run's trained body makes of its title images and photos, by average and PCA.

    Args:
        run: as in `compare_on_body`, which keeps them in the run's folder.

    Returns:
        `ArticleFeatures` of all title images, and of the queries by their ids: those to learn from,
        those to choose by and those of the test.
    """
    titles, photos = _description_files(run)
    if not (titles.exists() and photos.exists()):
        catalogue = run.load_catalogue()
        test = catalogue.select_articles(run.parts["test"])
        with tempfile.TemporaryDirectory() as working:
            Body.of(run, catalogue, test, pathlib.Path(working)).keep_descriptions()
    return ArticleFeatures.load(titles), ArticleFeatures.load(photos)


def _description_files(run):
    return [run.folder / "course" / f"body-{kind}.npz" for kind in ("titles", "photos")]


@dataclasses.dataclass(frozen=True)
class Body:
    """A run's trained convolutions and what comes out of them, computed once for all systems.

    Attributes:
        run: the `Run`.
        model: from images to a map of two cells, see `_two_cells`.
        describe: function from maps to article features, by the map's average and PCA.
        leg: Keras model from images to the same.
        train, validation, test: parts of the catalogue.
        features: `ArticleFeatures` of all title images.
        maps: list of two `Activations` of the queries to learn from, plain and mirrored.
        test_maps: float32 maps of the test queries.
        folder: where the maps are kept.
    """

    run: object
    model: object
    describe: Callable
    leg: object
    train: Catalogue
    validation: Catalogue
    test: Catalogue
    features: ArticleFeatures
    maps: list
    test_maps: np.ndarray
    folder: pathlib.Path

    @classmethod
    def of(cls, run, catalogue, test, folder):
        """Runs all photos through the body, once."""
        from studio2shop.models.backbones import build_pooled_backbone
        from studio2shop.models.predict_all import predict_all
        from studio2shop.models.query_feature import split_at_backbone
        from studio2shop.models.static_leg import build_static_query_feature

        whole, _ = split_at_backbone(run.model.get_layer("query_feature"))
        model = _two_cells(whole)
        train, validation = _parts_to_learn_from(run, catalogue)
        kept = folder / "activations"  # where trainings look for them
        maps = query_activations(model, train, validation, kept)
        pooled = _maps_of_titles(model, catalogue, kept / "articles").mean(axis=(1, 2))
        activations = ArticleFeatures(catalogue.article_ids, pooled)
        training = activations.of(train).vectors
        size = min(paper.FEATURE_SIZE, len(training) - 1, activations.size)
        reduction = Reduction.fit(training, size)
        extractor = build_pooled_backbone(whole, None, whole.input_shape[1:])
        test_images = load_images(test.query_paths, model.input_shape[1:3])
        return cls(
            run=run,
            model=model,
            describe=lambda some: reduction.apply(some.mean(axis=(1, 2))),
            leg=build_static_query_feature(extractor, reduction),
            train=train,
            validation=validation,
            test=test,
            features=activations.reduced_by(reduction),
            maps=maps,
            test_maps=predict_all(model, test_images, batch_size=64),
            folder=folder,
        )

    def trained_ranks(self, system, epochs):
        """The ranks of the test matches by a system that is trained on the body."""
        from studio2shop.models.predict_all import predict_all
        from studio2shop.models.query_feature import split_at_backbone
        from studio2shop.retrieval import Retriever

        is_static = system.architecture == "static"
        folder = self.folder / system.name
        if is_static and system.is_trained:
            self._hand_on_descriptions(folder)
        trained = train_system(system, self._materials(epochs), folder)
        search = Retriever(trained.model, trained.features.of(self.test))
        if is_static:
            query_features = self.describe(self.test_maps)
        else:
            _, head = split_at_backbone(search.query_feature)
            query_features = predict_all(head, self.test_maps, batch_size=64)
        scores = search.index.scores
        return rank_catalogue(scores, query_features, search.features, self.test).ranks

    def keep_descriptions(self):
        """Writes what `described_by_body` reads."""
        plain = self._descriptions(self.maps[0])
        of_test = ArticleFeatures(self.test.query_ids, self.describe(self.test_maps))
        ids = np.concatenate([plain.ids, of_test.ids])
        photos = ArticleFeatures(ids, np.concatenate([plain.vectors, of_test.vectors]))
        for features, path in zip((self.features, photos), _description_files(self.run)):
            path.parent.mkdir(parents=True, exist_ok=True)
            features.save(path)

    def _descriptions(self, maps):
        queries = [*self.train.query_ids, *self.validation.query_ids]
        ids = [query_id for query_id in queries if query_id in maps]
        return ArticleFeatures(ids, self.describe(maps.take(ids).astype("float32")))

    def _hand_on_descriptions(self, folder):
        """Puts what a static leg makes of the queries where its training looks for it."""
        for name, maps in zip(("plain", "mirrored"), self.maps):
            some = self._descriptions(maps)
            Activations(folder / name).append(some.ids, some.vectors.astype("float16"))

    def _materials(self, epochs):
        from studio2shop.models.query_feature import build_query_feature

        image_shape = self.model.input_shape[1:]

        def query_leg(name, feature_size):
            return build_query_feature(
                image_shape, feature_size, self.model, None, "pooled", dropout=0.3, name=name
            )

        return Materials(
            catalogue=self.test,  # whose features are wanted, where a system learns its own
            train=self.train,
            validation=self.validation,
            query_leg=query_leg,
            features={"fDNA": self.run.features, BODY: self.features},
            static_legs={BODY: self.leg},
            plan=TrainingPlan(head_epochs=epochs, seed=self.run.settings["seed"]),
            static_epochs=epochs,
            kept=self.folder / "activations",
        )


def _two_cells(body):
    """A body whose map has two cells, with the average and the maximum of the whole map.

    The heads take no more of a map than these, channel by channel. So a photo is kept as few
    numbers, which are soon read, and all heads see what they would see of the whole.
    """
    import keras

    highest = keras.ops.max(body.output, axis=(1, 2), keepdims=True)
    average = keras.ops.mean(body.output, axis=(1, 2), keepdims=True)
    cells = keras.ops.concatenate([highest, 2 * average - highest], axis=2)  # (batch, 1, 2, size)
    return keras.Model(body.input, cells, name=body.name)


def _parts_to_learn_from(run, catalogue):
    """A share of the training queries, and the validation queries."""
    seed = run.settings["seed"]
    _, train, validation, _ = parts_to_train_on(catalogue, seed)
    photos = np.random.default_rng(seed).permutation(train.query_ids)
    return train.select_queries(photos[: round(TRAIN_SHARE * len(photos))]), validation


def _maps_of_titles(model, catalogue, folder):
    """The float32 maps of all title images."""
    ids, paths = catalogue.article_ids, catalogue.article_paths

    def load(positions):
        return load_images([paths[position] for position in positions], model.input_shape[1:3])

    return compute_activations(model, ids, load, folder).take(ids).astype("float32")
