"""The main job: photos -> article features -> Studio2Shop -> ranks -> Table 3's row, in stages that a stop can't lose."""

import dataclasses
import json
import pathlib
import platform

import numpy as np
import pandas as pd

import studio2shop
from studio2shop import paper
from studio2shop.catalogue import load_catalogue, split_counts
from studio2shop.run import Stages, catalogue_fingerprint, fingerprint, load_run, peak_gigabytes, write_text
from studio2shop.settings import Settings
from studio2shop.studio import render_catalogue

VALIDATION_FRACTION = 0.1  # of the training articles: the best epoch is chosen on them, never on the test articles


def reproduce(out="studio2shop-run", announce=print, **options):
    """Runs the main job and writes its folder.

    Args:
        out: the run's folder. A stopped run goes on when called again; a stage is reused only where its settings and
            inputs are the same.
        announce: called with each line of text on what is done.
        **options: fields of `Settings`.

    Returns:
        The `Results` on the test articles.

    Raises:
        ValueError, FileNotFoundError, ConnectionError: if an option can't be met, in one sentence.

    Example:
        >>> results = reproduce("my-run", catalogue="my_shop", article_features="backbone", backbone="mobilenet_v2")
    """
    resolved = Settings(**options).resolve()
    return _Job(resolved, pathlib.Path(out), announce).run()


class _Job:
    """The stages in order. What one makes, the next ones read from the run's folder."""

    def __init__(self, resolved, folder, announce):
        self.resolved, self.settings, self.scale = resolved, resolved.settings, resolved.scale
        self.folder, self.announce = folder, announce
        self.stages = Stages(folder, announce)

    def run(self):
        import keras

        keras.utils.set_random_seed(self.settings.seed)
        (self.folder / "settings.json").unlink(missing_ok=True)  # written last: a run without it is not finished
        self._load_catalogue()
        self._write_split()
        features_key = self._make_article_features()
        self._train(features_key)
        return self._evaluate()

    def _load_catalogue(self):
        scale, seed = self.scale, self.settings.seed
        if self.settings.catalogue is None:

            def render(folder):
                render_catalogue(folder, scale.num_articles, scale.num_queries, scale.query_size, seed)

            key = fingerprint([scale.num_articles, scale.num_queries, scale.query_size, seed])
            self.catalogue = load_catalogue(self.stages.run("studio", key, [], render, keep=True))
        else:
            self.catalogue = load_catalogue(self.settings.catalogue)
        train, self.test = self.catalogue.split(paper.TRAIN_FRACTION, seed)
        self.train, self.validation = train.split(1 - VALIDATION_FRACTION, seed)
        self.data_key = fingerprint(catalogue_fingerprint(self.catalogue), seed)
        held_out = {"validation_articles": len(self.validation.articles), "validation_queries": len(self.validation.queries)}
        self.counts = {**split_counts(self.catalogue, train, self.test), **held_out}
        self.announce(", ".join(f"{count:,} {name.replace('_', ' ')}" for name, count in self.counts.items()))

    def _write_split(self):
        parts = {"train": self.train, "validation": self.validation, "test": self.test}
        tables = []
        for kind in ("article", "query"):
            part_of = pd.Series("dropped", index=getattr(self.catalogue, f"{kind}_ids"))
            for name, part in parts.items():
                part_of[getattr(part, f"{kind}_ids")] = name
            tables.append(pd.DataFrame({"kind": kind, "id": part_of.index, "part": part_of.to_numpy()}))
        write_text(self.folder / "split.csv", pd.concat(tables).to_csv(index=False))

    def _make_article_features(self):
        if self.settings.article_features == "fdna":
            network, network_key = "fdna.keras", self._train_fdna()
        else:
            network, network_key = "backbone.keras", self._build_extractor()
        key = fingerprint(network_key, self.data_key)

        def make(folder):
            import keras

            from studio2shop.features import Reduction, extract_features

            activations = extract_features(keras.models.load_model(self.folder / network), self.catalogue, folder / "activations")
            training = activations.of(self.train).vectors
            reduction = Reduction.fit(training, min(paper.FEATURE_SIZE, *training.shape))
            reduction.save(self.folder / "pca.npz")
            activations.reduced_by(reduction).save(self.folder / "features.npz")

        self.stages.run("article features", key, ["pca.npz", "features.npz"], make)
        return key

    def _train_fdna(self):
        train, validation, data_key = self.train, self.validation, self.data_key
        if self.settings.attributes is not None:
            labelled = load_catalogue(self.settings.attributes)
            train, validation = labelled.split(1 - VALIDATION_FRACTION, self.settings.seed)
            data_key = catalogue_fingerprint(labelled)
        attributes = {name: labels for name, labels in train.attributes.items() if len(labels) > 1}
        if not attributes:
            raise ValueError(f"fDNA learns from attributes and {train!r} has none; pass --attributes DIR with labelled articles, or --article-features backbone.")
        key = fingerprint(data_key, self.settings.seed, attributes, self.scale.title_size, self.scale.fdna_epochs)

        def make(folder):
            from studio2shop.models.fdna import build_fdna
            from studio2shop.training import attribute_accuracy, train_fdna

            sizes = {name: len(labels) for name, labels in attributes.items()}
            fdna = build_fdna(sizes, (*self.scale.title_size, 3), attribute_activation=None)
            train_fdna(fdna, train, validation, folder, self.scale.fdna_epochs, seed=self.settings.seed)
            write_text(self.folder / "attributes.csv", attribute_accuracy(fdna, validation, attributes).to_csv(index=False))
            write_text(self.folder / "attributes.json", json.dumps(attributes, ensure_ascii=False, indent=1))
            fdna.save(self.folder / "fdna.keras")

        self._drop("backbone.keras")
        self.stages.run("fDNA", key, ["fdna.keras", "attributes.csv", "attributes.json"], make)
        return key

    def _build_extractor(self):
        key = fingerprint(*self.resolved.backbone_identity)

        def make(folder):
            from studio2shop.models.backbones import build_pooled_backbone

            input_shape = (*self.scale.query_size, 3)
            build_pooled_backbone(self.resolved.backbone, self.resolved.backbone_weights, input_shape).save(self.folder / "backbone.keras")

        self._drop("fdna.keras", "attributes.csv", "attributes.json")
        self.stages.run("backbone", key, ["backbone.keras"], make)
        return key

    def _drop(self, *names):
        for name in names:
            (self.folder / name).unlink(missing_ok=True)

    def _train(self, features_key):
        resolved, scale = self.resolved, self.scale
        backbone_key = fingerprint(*resolved.backbone_identity, self.data_key)
        key = fingerprint(features_key, backbone_key, resolved.head, dataclasses.astuple(scale), self.settings.finetune_epochs)

        def make(folder):
            from studio2shop.features import ArticleFeatures
            from studio2shop.models.matching import build_query_article_matching
            from studio2shop.models.query_feature import build_query_feature
            from studio2shop.models.studio2shop import join_submodels
            from studio2shop.training import train_studio2shop

            features = ArticleFeatures.load(self.folder / "features.npz")
            query_feature = build_query_feature(
                (*scale.query_size, 3), features.size, resolved.backbone, resolved.backbone_weights, resolved.head
            )
            model = join_submodels(query_feature, build_query_article_matching(features.size, match_activation=None))
            history = train_studio2shop(
                model, self.train, self.validation, features, folder, epochs=self._epochs(), seed=self.settings.seed
            )
            write_text(self.folder / "history.csv", history.to_csv(index=False))
            model.save(self.folder / "model.keras")

        self.stages.run("Studio2Shop", key, ["model.keras", "history.csv"], make)

    def _epochs(self):
        """Epochs of the two phases: the head alone, everything."""
        if self.resolved.is_pretrained:
            return {"head": self.scale.head_epochs, "everything": self.settings.finetune_epochs}
        return {"head": 0, "everything": self.scale.all_epochs}

    def _evaluate(self):
        from studio2shop.evaluation import comparison_table, evaluate
        from studio2shop.report import write_run_report
        from studio2shop.retrieval import Retriever
        from studio2shop.static import static_results

        self.announce("ranking the test assortment ...")
        facts = {
            **dataclasses.asdict(self.settings),
            "scale": self.settings.scale,
            "backbone": self.resolved.backbone,
            "backbone_weights": "random" if self.resolved.backbone_weights is None else pathlib.Path(self.resolved.backbone_weights).name,
            "head": self.resolved.head,
        }
        write_text(self.folder / "settings.json", json.dumps(facts, indent=1))
        run = load_run(self.folder)
        search = Retriever(run.model, run.features.of(self.test))
        results = evaluate(search, self.test, seed=self.settings.seed)
        network = "fDNA" if self.settings.article_features == "fdna" else self.resolved.backbone
        statics = static_results(self.test, self.scale.query_size, {f"{network} activations": run.extractor}, self.settings.seed)
        table = comparison_table({"Studio2Shop": results, **{f"static: {name}": result for name, result in statics.items()}}, ["Studio2Shop", "static-fc14-linear"])
        write_text(self.folder / "ranks.csv", results.ranks.to_csv(index=False))
        write_text(self.folder / "table3.csv", table.to_csv(index=False))
        machine = {
            "machine": f"{platform.machine()}, {platform.system()}, Python {platform.python_version()}",
            "studio2shop": studio2shop.__version__,
            "peak resident memory": f"{peak_gigabytes():.1f} GiB",
        }
        write_run_report(run, self.catalogue, self.test, search, results, table, {**facts, **self.counts, **{f"{name}, seconds": round(seconds) for name, seconds in self.stages.seconds.items()}, **machine})
        row = results.row()
        self.announce(f"Studio2Shop on {results.num_queries} test queries, {results.num_articles} articles never trained on: "
                      f"top-1 {row.top_1:.3f}, top-10 {row.top_10:.3f}, median rank {row['median']:g} "
                      f"(best static comparison: median {min(np.median(result.ranks['rank']) for result in statics.values()):g})")
        self.announce(f"report: {self.folder / 'report.html'}")
        return results
