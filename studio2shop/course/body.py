"""A run's trained convolutions, and what is trained anew above them, for notebook 06."""

import dataclasses
import functools
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
        model: from images to a map of activations.
        describe: function from pooled activations to article features, by their averages and PCA.
        leg: Keras model from images to the same.
        train, validation, test: parts of the catalogue.
        features: `ArticleFeatures` of all title images.
        pooled: list of `Activations` of the queries to learn from, as of `query_activations`: each
            channel's average and its maximum over the map, `(2 * channels,)`.
        test_pooled: the same of the test queries, float32.
        folder: where they are kept.
    """

    run: object
    model: object
    describe: Callable
    leg: object
    train: Catalogue
    validation: Catalogue
    test: Catalogue
    features: ArticleFeatures
    pooled: list
    test_pooled: np.ndarray
    folder: pathlib.Path

    @classmethod
    def of(cls, run, catalogue, test, folder):
        """Runs all photos through the body, once."""
        from studio2shop.models.backbones import build_pooled_backbone
        from studio2shop.models.predict_all import predict_all
        from studio2shop.models.query_feature import split_at_backbone
        from studio2shop.models.static_leg import build_static_query_feature

        model = _convolutions_of(run.model.get_layer("query_feature"))
        pool, _ = split_at_backbone(_query_leg(model, "query_feature", paper.FEATURE_SIZE))
        averages = slice(model.output_shape[-1])
        train, validation = _parts_to_learn_from(run, catalogue)
        kept = folder / "activations"  # where trainings look for them
        pooled = query_activations(pool, train, validation, kept)
        of_titles = _pooled_titles(pool, catalogue, kept / "articles")
        activations = ArticleFeatures(catalogue.article_ids, of_titles[:, averages])
        training = activations.of(train).vectors
        size = min(paper.FEATURE_SIZE, len(training) - 1, activations.size)
        reduction = Reduction.fit(training, size)
        extractor = build_pooled_backbone(model, None, model.input_shape[1:])
        test_images = load_images(test.query_paths, model.input_shape[1:3])
        return cls(
            run=run,
            model=model,
            describe=lambda some: reduction.apply(some[:, averages]),
            leg=build_static_query_feature(extractor, reduction),
            train=train,
            validation=validation,
            test=test,
            features=activations.reduced_by(reduction),
            pooled=pooled,
            test_pooled=predict_all(pool, test_images, batch_size=64),
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
            query_features = self.describe(self.test_pooled)
        else:
            _, head = split_at_backbone(search.query_feature)
            query_features = predict_all(head, self.test_pooled, batch_size=64)
        scores = search.index.scores
        return rank_catalogue(scores, query_features, search.features, self.test).ranks

    def keep_descriptions(self):
        """Writes what `described_by_body` reads."""
        plain = self._descriptions(self.pooled[0])
        of_test = ArticleFeatures(self.test.query_ids, self.describe(self.test_pooled))
        ids = np.concatenate([plain.ids, of_test.ids])
        photos = ArticleFeatures(ids, np.concatenate([plain.vectors, of_test.vectors]))
        for features, path in zip((self.features, photos), _description_files(self.run)):
            path.parent.mkdir(parents=True, exist_ok=True)
            features.save(path)

    def _descriptions(self, pooled):
        queries = [*self.train.query_ids, *self.validation.query_ids]
        ids = [query_id for query_id in queries if query_id in pooled]
        return ArticleFeatures(ids, self.describe(pooled.take(ids).astype("float32")))

    def _hand_on_descriptions(self, folder):
        """Puts what a static leg makes of the queries where its training looks for it."""
        for name, pooled in zip(("plain", "mirrored"), self.pooled):
            some = self._descriptions(pooled)
            Activations(folder / name).append(some.ids, some.vectors.astype("float16"))

    def _materials(self, epochs):
        return Materials(
            catalogue=self.test,  # whose features are wanted, where a system learns its own
            train=self.train,
            validation=self.validation,
            query_leg=functools.partial(_query_leg, self.model),
            features={"fDNA": self.run.features, BODY: self.features},
            static_legs={BODY: self.leg},
            plan=TrainingPlan(head_epochs=epochs, seed=self.run.settings["seed"]),
            static_epochs=epochs,
            kept=self.folder / "activations",
        )


def _convolutions_of(query_feature):
    """The model from images to the map that a trained query-feature submodel's head stands on."""
    import keras

    from studio2shop.models.query_feature import backbone_of

    body = query_feature.layers.index(backbone_of(query_feature))
    return keras.Model(query_feature.input, query_feature.layers[body + 1].input, name="body")


def _query_leg(model, name, feature_size):
    """A fresh head on the body."""
    from studio2shop.models.query_feature import build_query_feature

    image_shape = model.input_shape[1:]
    return build_query_feature(
        image_shape, feature_size, model, None, "pooled", dropout=0.3, name=name
    )


def _parts_to_learn_from(run, catalogue):
    """A share of the training queries, and the validation queries."""
    seed = run.settings["seed"]
    _, train, validation, _ = parts_to_train_on(catalogue, seed)
    photos = np.random.default_rng(seed).permutation(train.query_ids)
    return train.select_queries(photos[: round(TRAIN_SHARE * len(photos))]), validation


def _pooled_titles(pool, catalogue, folder):
    """The pooled activations of all title images, float32."""
    ids, paths = catalogue.article_ids, catalogue.article_paths

    def load(positions):
        return load_images([paths[position] for position in positions], pool.input_shape[1:3])

    return compute_activations(pool, ids, load, folder).take(ids).astype("float32")
