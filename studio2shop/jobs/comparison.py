"""The systems of a run as stages: each is trained from its row of Table 2, and ranked."""

import dataclasses
import json
import shutil
import time

import keras
import pandas as pd

from studio2shop.evaluation.results import Results, evaluate
from studio2shop.io.files import write_text
from studio2shop.io.readers import read_csv, read_json
from studio2shop.jobs.features import ARTICLE_LEG
from studio2shop.jobs.fingerprints import catalogue_fingerprint, code_fingerprint, fingerprint
from studio2shop.jobs.machine import peak_gigabytes, start_peak
from studio2shop.jobs.rows import rows_of
from studio2shop.models.query_feature import build_query_feature
from studio2shop.models.saved import save_model
from studio2shop.retrieval import Retriever
from studio2shop.training.plan import TrainingPlan
from studio2shop.training.systems import Materials, train_system

FILES = ("model.keras", "history.csv", "training.json", "ranks.csv")


class Comparison:
    """Trains and ranks the systems of a run, one stage per system.

    The run's own model, Studio2Shop unless another was chosen, lies in its folder; the others lie
    in `systems/`.

    Args:
        stages: the `Stages` of the run's folder.
        resolved: its `Resolved` settings.
        data: its `JobData`, or the same with fewer training articles.
        features: its `FeatureStages`, whose callbacks see the systems' training too.

    Attributes:
        rows: the `Rows` of the run.
        peak: the most memory that the process had taken before the last training, in GiB.
    """

    def __init__(self, stages, resolved, data, features):
        self.folder, self.stages = stages.folder, stages
        self.resolved, self.data, self.features = resolved, data, features
        self.rows = rows_of(resolved)
        plan, self.static_epochs = _effort(resolved)
        self.plan = dataclasses.replace(plan, callbacks=features.callbacks)
        self.peak = 0.0

    def folder_of(self, system):
        """Where a system's files lie."""
        is_own = system.name == self.resolved.system.name
        return self.folder if is_own else self.folder / "systems" / system.name

    def results(self):
        """Trains and ranks all rows, the run's own model first.

        Returns:
            Dict of system to `Results` on the test articles, in the order of the rows.
        """
        own = self.resolved.system.name
        own_first = sorted(self.rows.systems, key=lambda system: system.name != own)
        results = {system.name: self.results_of(system) for system in own_first}
        return {system.name: results[system.name] for system in self.rows.systems}

    def results_of(self, system):
        """Trains and ranks one row: `Results` on the test articles."""
        folder = self.folder_of(system)

        def make(working):
            keras.utils.clear_session()  # what is left of the system before
            if folder == self.folder:  # tests of the model that this one replaces
                shutil.rmtree(folder / "external", ignore_errors=True)
            trained = self._train(system, working, folder)
            search = Retriever(trained.model, trained.features.of(self.data.test))
            results = evaluate(search, self.data.test, seed=self.plan.seed)
            write_text(folder / "ranks.csv", results.ranks.to_csv(index=False))

        outputs = [str((folder / file).relative_to(self.folder)) for file in FILES]
        self.stages.run(system.name, self._key(system), outputs, make)
        ids = {"query_id": str, "article_id": str}
        ranks = read_csv(folder / "ranks.csv", ids, dtype=ids, keep_default_na=False)
        return Results(ranks, len(self.data.test.articles), self.plan.seed)

    def costs(self):
        """What each system cost.

        Returns:
            DataFrame with one row per system: seconds of its training, trainable parameters, peak
            memory of the process.
        """
        files = {system.name: self.folder_of(system) for system in self.rows.systems}
        rows = [
            {"system": name, **read_json(folder / "training.json", {})}
            for name, folder in files.items()
        ]
        return pd.DataFrame(rows)

    def materials_of(self, system):
        """`Materials` for one row."""
        kind = system.features
        is_given, is_static = kind != "learnt", system.architecture == "static"
        return Materials(
            catalogue=self.data.catalogue,
            train=self.data.train,
            validation=self.data.validation,
            query_leg=self._query_leg,
            features={kind: self.features.load(kind)} if is_given else {},
            static_legs={kind: self.features.static_leg(kind)} if is_static else {},
            plan=self.plan,
            static_epochs=self.static_epochs,
            kept=self._kept_folder(),
        )

    def _key(self, system):
        """The fingerprint of all that a system is made from."""
        resolved = self.resolved
        return fingerprint(
            None if system.features == "learnt" else self.features.key(system.features),
            self.data.key,
            *resolved.backbone_identity,
            [resolved.head, resolved.dropout, self.static_epochs, resolved.steadying],
            [self.plan.head_epochs, self.plan.all_epochs, self.plan.seed],
            dataclasses.astuple(system),
            code_fingerprint(
                "training.systems", "models.query_feature", "models.static_leg", "retrieval"
            ),
        )

    def _train(self, system, working, folder):
        """Trains a system and keeps its model, its history and what it cost."""
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
        save_model(trained.model, folder / "model.keras")
        if system.features == "learnt":
            if folder == self.folder:  # the run's own features are made by it from now on
                save_model(trained.article_leg, folder / ARTICLE_LEG)
            else:
                trained.features.save(folder / "features.npz")
        write_text(folder / "history.csv", trained.history.to_csv(index=False))
        write_text(folder / "training.json", json.dumps(cost))
        return trained

    def _kept_folder(self):
        """Where systems share a frozen backbone's activations; another backbone's are removed."""
        if not self.resolved.is_pretrained or len(self.rows.systems) == 1:
            return None
        photos = catalogue_fingerprint(self.data.catalogue)
        code = code_fingerprint("features.activations", "models.query_feature")
        key = fingerprint(*self.resolved.backbone_identity, self.resolved.head, photos, code)
        folder = self.folder / "work" / f"backbone-activations-{key}"
        for stale in folder.parent.glob("backbone-activations-*"):
            if stale != folder:
                shutil.rmtree(stale)
        return folder

    def _query_leg(self, name, feature_size):
        resolved = self.resolved
        return build_query_feature(
            resolved.image_shape,
            feature_size,
            resolved.backbone,
            resolved.backbone_weights,
            resolved.head,
            resolved.dropout,
            name,
        )


def _effort(resolved):
    """The `TrainingPlan` of a run, and the epochs of a static system's match."""
    scale, settings = resolved.scale, resolved.settings
    plan = TrainingPlan(seed=settings.seed, **resolved.steadying)
    if resolved.is_pretrained:
        epochs = {"head_epochs": scale.head_epochs, "all_epochs": settings.finetune_epochs}
    else:
        epochs = {"all_epochs": scale.all_epochs}
    return dataclasses.replace(plan, **epochs), scale.head_epochs
