"""The comparison of Section 4.2 as stages of a run: which systems it trains, on which features, and what each costs."""

import dataclasses
import functools
import json
import pathlib
import shutil
import time

import pandas as pd

from studio2shop import paper
from studio2shop.evaluation.results import Results, evaluate
from studio2shop.features.article_features import ArticleFeatures, Reduction, extract_features
from studio2shop.io.files import whole_file, write_text
from studio2shop.jobs.machine import peak_gigabytes, start_peak
from studio2shop.jobs.stages import catalogue_fingerprint, fingerprint
from studio2shop.training.systems import Materials, train_system
from studio2shop.training.table2 import SYSTEMS, on_features

NO_FC14 = "VGG16 with ImageNet weights was not given: pass --fc14-weights imagenet, which downloads 528 MB, or the path of the file."
NO_STYLENET = (
    "The published network was not given: pass the path of its Torch file as --stylenet-weights."
)


@dataclasses.dataclass(frozen=True)
class Rows:
    """What a run compares.

    Attributes:
        systems: tuple of the `System`s it trains, in Table 3's order, Studio2Shop among them.
        stand_ins: dict of the name of a system on a backbone's pooled activations to that of the
            paper's row it stands for.
        reasons: dict of the name of a system that can't be trained to a sentence on why.
    """

    systems: tuple
    stand_ins: dict
    reasons: dict

    @property
    def studio2shop(self):
        """Studio2Shop's own row."""
        return next(system for system in self.systems if system.name == "Studio2Shop")

    @property
    def others(self):
        """The rows beside Studio2Shop's."""
        return tuple(system for system in self.systems if system.name != "Studio2Shop")


def rows_of(resolved):
    """The rows that a run with `Resolved` settings has, as `Rows`."""
    settings, backbone = resolved.settings, resolved.backbone
    own = "fDNA" if settings.article_features == "fdna" else backbone
    missing = {
        "fc14": None if settings.fc14_weights else NO_FC14,
        "128floats": None if settings.stylenet_weights else NO_STYLENET,
    }
    systems, stand_ins, reasons = [], {}, {}
    for system in (
        SYSTEMS
        if settings.systems == "all"
        else (row for row in SYSTEMS if row.name == "Studio2Shop")
    ):
        if system.features == "fDNA":
            row = on_features(system, own)
            systems.append(row)
            if row.name != system.name and system.in_paper:
                stand_ins[row.name] = system.name
            continue
        if missing.get(system.features):
            reasons[system.name] = missing[system.features]
        else:
            systems.append(system)
        # with features of the very backbone, the stand-in for fc14-non-linear would be Studio2Shop
        # once more
        if (
            system.features == "fc14"
            and resolved.is_pretrained
            and not (system.architecture == "ours" and own == backbone)
        ):
            row = on_features(system, backbone)
            systems.append(row)
            stand_ins[row.name] = system.name
    return Rows(tuple(systems), stand_ins, reasons)


class SystemsJob:
    """Trains and ranks the systems of a run, a stage each; those beside Studio2Shop lie in `systems/` of its folder.

    Args:
        folder, stages: the run's folder, which has the run's own article features, and its
            `Stages`.
        resolved: its `Resolved` settings.
        data: its `JobData`.
        features_key: fingerprint of the run's own article features.

    Attributes:
        rows: the `Rows` of the run.
        peak: the most memory that the process had taken before the last training, in GiB.
    """

    def __init__(self, folder, stages, resolved, data, features_key):
        self.folder, self.stages, self.resolved, self.data = folder, stages, resolved, data
        self.scale, self.seed, self.rows = resolved.scale, resolved.settings.seed, rows_of(resolved)
        self._training_key = fingerprint(
            *resolved.backbone_identity,
            data.data_key,
            resolved.head,
            dataclasses.astuple(self.scale),
            resolved.settings.finetune_epochs,
        )
        own = self.rows.studio2shop.features
        self._features, self._keys = {own: folder / "features.npz"}, {own: features_key}
        self._extractor = functools.cache(self._build_extractor)
        self.peak = 0.0

    def train_studio2shop(self):
        """Studio2Shop's row, which is the run's own model."""
        row = self.rows.studio2shop

        def make(working):
            # tests of the model that this one replaces
            shutil.rmtree(self.folder / "external", ignore_errors=True)
            self._train(row, working, self.folder)

        self.stages.run(
            row.name, self._key(row), ["model.keras", "history.csv", "training.json"], make
        )

    def other_results(self):
        """Trains and ranks the other rows: dict of system to `Results` on the test articles."""
        return {system.name: self.results_of(system) for system in self.rows.others}

    def costs(self):
        """DataFrame with a row a system: its training's seconds, trainable parameters and peak memory."""
        folders = {
            system.name: self.folder / "systems" / system.name for system in self.rows.systems
        } | {self.rows.studio2shop.name: self.folder}
        return pd.DataFrame(
            [
                {"system": name, **json.loads((folder / "training.json").read_text())}
                for name, folder in folders.items()
            ]
        )

    def _find_features(self, kind):
        """The stage that makes one kind of article features, where it is not the run's own."""
        if kind in self._keys or kind == "learnt":
            return
        key = self._keys[kind] = fingerprint(
            kind, self.data.data_key, *self._weights_identity(kind)
        )
        name = f"systems/{kind}-features.npz"
        self._features[kind] = self.folder / name

        def make(working):
            activations = extract_features(self._extractor(kind), self.data.catalogue, working)
            training = activations.of(self.data.train)
            size = min(paper.FEATURE_SIZE, len(training) - 1, training.size)
            reduction = Reduction.fit(training.vectors, size)
            (self.folder / "systems").mkdir(exist_ok=True)
            reduction.save(self.folder / "systems" / f"{kind}-pca.npz")
            activations.reduced_by(reduction).save(self.folder / name)

        self.stages.run(f"{kind} features", key, [f"systems/{kind}-pca.npz", name], make)

    def _weights_identity(self, kind):
        settings = self.resolved.settings
        weights = {"fc14": settings.fc14_weights, "128floats": settings.stylenet_weights}.get(kind)
        if weights is None:
            return self.resolved.backbone_identity
        return [weights if weights == "imagenet" else pathlib.Path(weights)]

    def _build_extractor(self, kind):
        from studio2shop.models.backbones import build_pooled_backbone
        from studio2shop.models.fc14 import build_fc14
        from studio2shop.models.stylenet import build_stylenet

        settings = self.resolved.settings
        if kind == "fc14":
            return build_fc14(settings.fc14_weights)
        if kind == "128floats":
            return build_stylenet(settings.stylenet_weights)
        return build_pooled_backbone(
            self.resolved.backbone, self.resolved.backbone_weights, (*self.scale.query_size, 3)
        )

    def _static_leg(self, kind):
        from studio2shop.models.static_leg import build_static_query_feature

        reduction = self.folder / (
            "pca.npz"
            if self._features[kind] == self.folder / "features.npz"
            else f"systems/{kind}-pca.npz"
        )
        return build_static_query_feature(self._extractor(kind), Reduction.load(reduction))

    def _key(self, system):
        return fingerprint(
            self._keys.get(system.features), self._training_key, dataclasses.astuple(system)
        )

    def results_of(self, system):
        """Trains and ranks one row: `Results` on the test articles."""
        self._find_features(system.features)
        folder = self.folder / "systems" / system.name

        def make(working):
            import keras

            from studio2shop.retrieval import Retriever

            keras.utils.clear_session()  # what is left of the system before
            trained = self._train(system, working, folder)
            if system.features == "learnt":
                trained.features.save(folder / "features.npz")
            results = evaluate(
                Retriever(trained.model, trained.features.of(self.data.test)),
                self.data.test,
                seed=self.seed,
            )
            write_text(folder / "ranks.csv", results.ranks.to_csv(index=False))

        files = ("model.keras", "history.csv", "training.json", "ranks.csv")
        self.stages.run(
            system.name,
            self._key(system),
            [f"systems/{system.name}/{file}" for file in files],
            make,
        )
        ranks = pd.read_csv(
            folder / "ranks.csv", dtype={"query_id": str, "article_id": str}, keep_default_na=False
        )
        return Results(ranks, len(self.data.test.articles), self.seed)

    def _train(self, system, working, folder):
        """Trains a system and keeps it: `model.keras`, `history.csv`, and `training.json` with what it cost."""
        materials = self.materials_of(system)
        folder.mkdir(parents=True, exist_ok=True)
        self.peak = max(self.peak, start_peak())
        start = time.perf_counter()
        trained = train_system(system, materials, working)
        cost = {
            "training seconds": round(time.perf_counter() - start, 1),
            "trainable parameters": trained.num_parameters,
            "peak GiB": round(peak_gigabytes(), 2),
        }
        with whole_file(folder / "model.keras") as unfinished:
            trained.model.save(unfinished)
        write_text(folder / "history.csv", trained.history.to_csv(index=False))
        write_text(folder / "training.json", json.dumps(cost))
        return trained

    def materials_of(self, system):
        """`Materials` for one row."""
        self._find_features(system.features)
        if self.resolved.is_pretrained:
            epochs = {
                "head": self.scale.head_epochs,
                "everything": self.resolved.settings.finetune_epochs,
            }
        else:
            epochs = {"head": 0, "everything": self.scale.all_epochs}
        features = (
            {}
            if system.features == "learnt"
            else {system.features: ArticleFeatures.load(self._features[system.features])}
        )
        return Materials(
            catalogue=self.data.catalogue,
            train=self.data.train,
            validation=self.data.validation,
            query_leg=self._query_leg,
            features=features,
            static_legs={system.features: self._static_leg(system.features)}
            if system.architecture == "static"
            else {},
            epochs={**epochs, "matching": self.scale.head_epochs},
            kept=self._kept_folder(),
            seed=self.seed,
        )

    def _kept_folder(self):
        """Where the systems of a comparison share a frozen backbone's activations; another backbone's are removed."""
        if not (self.resolved.is_pretrained and self.rows.others):
            return None
        key = fingerprint(
            *self.resolved.backbone_identity, catalogue_fingerprint(self.data.catalogue)
        )
        folder = self.folder / "work" / f"backbone-activations-{key}"
        for stale in folder.parent.glob("backbone-activations-*"):
            if stale != folder:
                shutil.rmtree(stale)
        return folder

    def _query_leg(self, name, feature_size):
        from studio2shop.models.query_feature import build_query_feature

        resolved, dropout = self.resolved, 0.5 if self.resolved.is_pretrained else 0.0
        return build_query_feature(
            (*self.scale.query_size, 3),
            feature_size,
            resolved.backbone,
            resolved.backbone_weights,
            resolved.head,
            dropout,
            name,
        )
