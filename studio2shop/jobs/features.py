"""The stages that make a run's article features, each kind once."""

import functools
import json
import pathlib

import keras

from studio2shop.evaluation.fdna_accuracy import attribute_accuracy
from studio2shop.features.article_features import (
    ArticleFeatures,
    extract_features,
    reduced_features,
)
from studio2shop.features.reduction import Reduction
from studio2shop.io.files import write_text
from studio2shop.jobs.fingerprints import code_fingerprint, fingerprint
from studio2shop.jobs.resolved import OF_FDNA, WEIGHTS_OF
from studio2shop.models.backbones import build_pooled_backbone
from studio2shop.models.descriptor import build_descriptor, build_fdna_descriptor
from studio2shop.models.fc14 import build_fc14
from studio2shop.models.fdna import build_fdna
from studio2shop.models.saved import load_model, save_model
from studio2shop.models.static_leg import build_static_query_feature
from studio2shop.models.stylenet import build_stylenet
from studio2shop.training.fdna import train_fdna
from studio2shop.training.plan import TrainingPlan

# the modules that build the networks of these features; others are of a pooled backbone
_NETWORKS = {"fDNA": "models.fdna", "fc14": "models.fc14", "128floats": "models.stylenet"}


ARTICLE_LEG = "article_leg.keras"  # of a siamese system that is the run's own model


class FeatureStages:
    """Article features by kind, as `System.features` names them.

    The run's own lie in its folder with the network that makes them, others in `systems/`.

    Args:
        folder, stages: the run's folder and its `Stages`.
        resolved: its `Resolved` settings.
        data: its `JobData`.
        own_key: of the run's own features where they are there already; default: they are made.
        callbacks: of the user, for fDNA's training.
    """

    def __init__(self, folder, stages, resolved, data, own_key=None, callbacks=()):
        self.folder, self.stages = pathlib.Path(folder), stages
        self.resolved, self.data, self.callbacks = resolved, data, tuple(callbacks)
        self._keys = {} if own_key is None else {resolved.own_features: own_key}
        self._extractor = functools.cache(self._build_extractor)

    def key(self, kind):
        """The fingerprint of one kind of article features, which are made where they are not."""
        if kind not in self._keys:
            self._keys[kind] = self._make(kind)
        return self._keys[kind]

    def load(self, kind):
        """`ArticleFeatures` of the whole catalogue."""
        self.key(kind)
        return ArticleFeatures.load(self.folder / self._file(kind, "features.npz"))

    def static_leg(self, kind):
        """A query-feature submodel that makes the same features of a query image."""
        self.key(kind)
        reduction = Reduction.load(self.folder / self._file(kind, "pca.npz"))
        return build_static_query_feature(self._extractor(kind), reduction)

    def _file(self, kind, name):
        return name if kind == self.resolved.own_features else f"systems/{kind}-{name}"

    def _make(self, kind):
        is_own = kind == self.resolved.own_features
        network_key = self._make_network() if is_own else fingerprint(kind, *self._weights(kind))
        network = _NETWORKS.get(kind, "models.descriptor")
        code = code_fingerprint("features.article_features", network)
        key = fingerprint(network_key, self.data.key, code)
        pca, features = self._file(kind, "pca.npz"), self._file(kind, "features.npz")

        def make(working):
            extractor, catalogue = self._extractor(kind), self.data.catalogue
            if kind == "learnt":  # of the width of the paper's features already
                made = extract_features(extractor, catalogue, working)
                reduction = Reduction.identity(made.size)
            else:
                made, reduction = reduced_features(extractor, catalogue, self.data.train, working)
            (self.folder / features).parent.mkdir(exist_ok=True)
            reduction.save(self.folder / pca)
            made.save(self.folder / features)

        name = "article features" if is_own else f"{kind} features"
        self.stages.run(name, key, [pca, features], make)
        return key

    def _make_network(self):
        """The stages of the networks that make the run's own features; returns the last one's key.

        What is in `backbone.keras` makes them, else what is in `fdna.keras`.
        """
        kind = self.resolved.own_features
        fdna_key = self._train_fdna() if kind in OF_FDNA else None
        if kind == "fDNA":
            self._drop("backbone.keras")
            return fdna_key
        if fdna_key is None:
            self._drop("fdna.keras", "attributes.csv", "attributes.json")
        code = code_fingerprint(_NETWORKS.get(kind, "models.descriptor"))
        key = fingerprint(kind, fdna_key, *self._weights(kind), code)

        def make(_):
            save_model(self._extractor(kind), self.folder / "backbone.keras")

        self.stages.run("backbone", key, ["backbone.keras"], make)
        return key

    def _train_fdna(self):
        data, scale, seed = self.data, self.resolved.scale, self.resolved.settings.seed
        attributes = data.labelled.attributes
        code = code_fingerprint("models.fdna", "training.fdna", "evaluation.fdna_accuracy")
        settings = [seed, attributes, scale.title_size, scale.fdna_epochs, scale.fdna_rate]
        key = fingerprint(data.labelled_key, settings, code)

        def make(working):
            # in each stage, so that it does not matter which were reused
            keras.utils.set_random_seed(seed)
            sizes = data.labelled.attribute_sizes
            fdna = build_fdna(sizes, (*scale.title_size, 3), attribute_activation=None)
            parts = data.labelled, data.labelled_validation
            plan = TrainingPlan(
                all_epochs=scale.fdna_epochs,
                learning_rate=scale.fdna_rate,
                callbacks=self.callbacks,
                seed=seed,
            )
            train_fdna(fdna, *parts, plan, working)
            accuracy = attribute_accuracy(fdna, data.labelled_validation, attributes)
            write_text(self.folder / "attributes.csv", accuracy.to_csv(index=False))
            labels = json.dumps(attributes, ensure_ascii=False, indent=1)
            write_text(self.folder / "attributes.json", labels)
            save_model(fdna, self.folder / "fdna.keras")

        outputs = ["fdna.keras", "attributes.csv", "attributes.json"]
        self.stages.run("fDNA", key, outputs, make)
        return key

    def _weights(self, kind):
        settings = self.resolved.settings
        if kind == "learnt":
            return [self.folder / ARTICLE_LEG]
        if kind in OF_FDNA:
            return []
        if kind not in WEIGHTS_OF:
            return self.resolved.backbone_identity
        given = getattr(settings, WEIGHTS_OF[kind])
        return [given if given == "imagenet" else pathlib.Path(given)]

    def _build_extractor(self, kind):
        settings = self.resolved.settings
        if kind == "fDNA":
            return load_model(self.folder / "fdna.keras")
        if kind == "fDNA-descriptor":
            return build_fdna_descriptor(self._extractor("fDNA"))
        if kind == "learnt":
            return load_model(self.folder / ARTICLE_LEG)
        if kind == "fc14":
            return build_fc14(settings.fc14_weights)
        if kind == "128floats":
            return build_stylenet(settings.stylenet_weights)
        resolved = self.resolved
        shape, backbone = resolved.image_shape, (resolved.backbone, resolved.backbone_weights)
        if kind == f"{resolved.backbone_name}-descriptor":
            return build_descriptor(shape, *backbone)
        return build_pooled_backbone(*backbone, shape)

    def _drop(self, *names):
        for name in names:
            (self.folder / name).unlink(missing_ok=True)
