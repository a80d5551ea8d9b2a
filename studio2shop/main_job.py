"""The main job: photos -> article features -> Studio2Shop -> ranks -> Table 3's row, in stages that a stop can't lose."""

import dataclasses
import json
import pathlib
import shutil
import time

import numpy as np
import pandas as pd

from studio2shop import paper
from studio2shop.catalogue import load_catalogue, split_counts
from studio2shop.catalogue.split import VALIDATION_FRACTION, parts_to_train_on
from studio2shop.files import whole_file, write_text
from studio2shop.run import (
    Stages,
    catalogue_fingerprint,
    code_fingerprint,
    file_digests,
    fingerprint,
    machine_facts,
    read_run,
    write_split,
)
from studio2shop.settings import Settings
from studio2shop.studio import RENDERER_VERSION, render_catalogue
from studio2shop.usable_photos import usable_photos



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
        self._find_folders()
        self._check_backbone()
        self._load_catalogue()
        if self.settings.article_features == "fdna":
            self._load_labelled()
        # from here on the folder is this run's: what tells of an earlier one goes; settings.json is written last
        self._drop("settings.json", "ranks.csv", "table3.csv", "report.html", "left_out.csv", "labelled_left_out.csv")
        for file, catalogue in (("left_out.csv", self.given), ("labelled_left_out.csv", self.given_labelled)):
            if catalogue is not None and len(catalogue.left_out):
                write_text(self.folder / file, catalogue.left_out.to_csv(index=False))
        write_split(self.folder / "split.csv", self.catalogue, {"train": self.train, "validation": self.validation, "test": self.test})
        features_key = self._make_article_features()
        self._train(features_key)
        return self._evaluate()

    def _find_folders(self):
        """Reads the tables of the folders that were given, so that a wrong one stops the run before it begins."""
        given, labelled = self.settings.catalogue, self.settings.attributes
        self.given = None if given is None else load_catalogue(given)
        self.given_labelled = None if labelled is None else load_catalogue(labelled)
        if given is not None and not len(self.given.matches):
            raise ValueError(f"{self.given!r} has no matches; add queries.csv and matches.csv, or pass it as --attributes for fDNA to learn from.")

    def _check_backbone(self):
        """Builds the backbone once, so that a wrong name or weights that can't be had stop the run before it begins."""
        from studio2shop.models.backbones import build_backbone

        build_backbone(self.resolved.backbone, self.resolved.backbone_weights, (*self.scale.query_size, 3))

    def _load_catalogue(self):
        scale, seed = self.scale, self.settings.seed
        if self.given is not None:
            self.catalogue = self.given = usable_photos(self.stages, "photos", self.given, self.settings.on_bad_image)
        else:

            def render(folder):
                render_catalogue(folder, scale.num_articles, scale.num_queries, scale.query_size, seed)

            key = fingerprint([RENDERER_VERSION, scale.num_articles, scale.num_queries, scale.query_size, seed])
            self.catalogue = load_catalogue(self.stages.run("studio", key, [], render, keep=True))
        learning, self.train, self.validation, self.test = parts_to_train_on(self.catalogue, seed)
        self.data_key = fingerprint(catalogue_fingerprint(self.catalogue), code_fingerprint(), seed)
        held_out = split_counts(learning, self.train, self.validation)
        self.counts = {
            **split_counts(self.catalogue, learning, self.test),
            "validation_articles (of the train articles)": held_out["test_articles"],
            "validation_queries (of the train queries)": held_out["test_queries"],
            "mixed_queries between training and validation": held_out["mixed_queries"],
        }
        if self.given is not None and self.settings.on_bad_image == "skip":
            self.counts["photos left out"] = len(self.given.left_out)
        self.announce(", ".join(f"{count:,} {name.replace('_', ' ')}" for name, count in self.counts.items()))

    def _load_labelled(self):
        """The articles that fDNA learns from: the catalogue's own, or those of `--attributes`, never a test article."""
        from studio2shop.models.fdna import check_attributes

        self.labelled, self.labelled_validation, self.labelled_key = self.train, self.validation, self.data_key
        if self.given_labelled is not None:
            self.given_labelled = usable_photos(self.stages, "labelled photos", self.given_labelled, self.settings.on_bad_image)
            labelled = self.given_labelled
            if self.settings.on_bad_image == "skip":
                self.counts["labelled photos left out"] = len(labelled.left_out)
                self.announce(f"{len(labelled.left_out):,} labelled photos left out")
            is_test = np.isin(file_digests(labelled.article_paths), file_digests(self.test.article_paths))
            if is_test.any():
                labelled = labelled.select_articles(labelled.article_ids[~is_test])
            self.counts["labelled articles left out, whose images are test articles'"] = int(is_test.sum())
            self.labelled, self.labelled_validation = labelled.split(1 - VALIDATION_FRACTION, self.settings.seed)
            self.labelled_key = fingerprint(catalogue_fingerprint(labelled), code_fingerprint(), self.settings.seed)
        if not self.labelled.attributes:
            raise ValueError(f"fDNA learns from attributes and {self.labelled!r} has none; pass --attributes DIR with labelled articles, or --article-features backbone.")
        check_attributes(self.labelled.attribute_sizes)

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
            reduction = Reduction.fit(training, min(paper.FEATURE_SIZE, len(training) - 1, training.shape[1]))
            reduction.save(self.folder / "pca.npz")
            activations.reduced_by(reduction).save(self.folder / "features.npz")

        self.stages.run("article features", key, ["pca.npz", "features.npz"], make)
        return key

    def _train_fdna(self):
        attributes = self.labelled.attributes
        key = fingerprint(self.labelled_key, self.settings.seed, attributes, self.scale.title_size, self.scale.fdna_epochs)

        def make(folder):
            import keras

            from studio2shop.evaluation import attribute_accuracy
            from studio2shop.models.fdna import build_fdna
            from studio2shop.training import train_fdna

            keras.utils.set_random_seed(self.settings.seed)  # in each stage, so that it does not matter which were reused
            fdna = build_fdna(self.labelled.attribute_sizes, (*self.scale.title_size, 3), attribute_activation=None)
            train_fdna(fdna, self.labelled, self.labelled_validation, folder, self.scale.fdna_epochs, seed=self.settings.seed)
            write_text(self.folder / "attributes.csv", attribute_accuracy(fdna, self.labelled_validation, attributes).to_csv(index=False))
            write_text(self.folder / "attributes.json", json.dumps(attributes, ensure_ascii=False, indent=1))
            with whole_file(self.folder / "fdna.keras") as unfinished:
                fdna.save(unfinished)

        self._drop("backbone.keras")
        self.stages.run("fDNA", key, ["fdna.keras", "attributes.csv", "attributes.json"], make)
        return key

    def _build_extractor(self):
        key = fingerprint(*self.resolved.backbone_identity)

        def make(folder):
            from studio2shop.models.backbones import build_pooled_backbone

            input_shape = (*self.scale.query_size, 3)
            with whole_file(self.folder / "backbone.keras") as unfinished:
                build_pooled_backbone(self.resolved.backbone, self.resolved.backbone_weights, input_shape).save(unfinished)

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
            import keras

            from studio2shop.features import ArticleFeatures
            from studio2shop.models.matching import build_query_article_matching
            from studio2shop.models.query_feature import build_query_feature
            from studio2shop.models.studio2shop import join_submodels
            from studio2shop.training import train_studio2shop

            shutil.rmtree(self.folder / "external", ignore_errors=True)  # tests of the model that this one replaces
            features = ArticleFeatures.load(self.folder / "features.npz")
            keras.utils.set_random_seed(self.settings.seed)
            dropout = 0.5 if resolved.is_pretrained else 0.0
            query_feature = build_query_feature(
                (*scale.query_size, 3), features.size, resolved.backbone, resolved.backbone_weights, resolved.head, dropout
            )
            model = join_submodels(query_feature, build_query_article_matching(features.size, match_activation=None))
            history = train_studio2shop(
                model, self.train, self.validation, features, folder, epochs=self._epochs(), seed=self.settings.seed
            )
            write_text(self.folder / "history.csv", history.to_csv(index=False))
            with whole_file(self.folder / "model.keras") as unfinished:
                model.save(unfinished)

        self.stages.run("Studio2Shop", key, ["model.keras", "history.csv"], make)

    def _epochs(self):
        """Epochs of the two phases: the head alone, everything."""
        if self.resolved.is_pretrained:
            return {"head": self.scale.head_epochs, "everything": self.settings.finetune_epochs}
        return {"head": 0, "everything": self.scale.all_epochs}

    def _evaluate(self):
        from studio2shop.evaluation import comparison_table, evaluate
        from studio2shop.retrieval import Retriever
        from studio2shop.static import static_results

        self.announce("ranking ...")
        start = time.perf_counter()
        run = read_run(self.folder, self.resolved.facts())
        search = Retriever(run.model, run.features.of(self.test))
        results = evaluate(search, self.test, seed=self.settings.seed)
        network = "fDNA" if self.settings.article_features == "fdna" else self.resolved.backbone
        statics = static_results(self.test, self.scale.query_size, {f"{network} activations": run.extractor}, self.settings.seed)
        compared = {"Studio2Shop": results, **{f"static: {name}": static for name, static in statics.items()}}
        table = comparison_table(compared, ["Studio2Shop", "static-fc14-linear"])
        write_text(self.folder / "ranks.csv", results.ranks.to_csv(index=False))
        write_text(self.folder / "table3.csv", table.to_csv(index=False))
        self.stages.seconds["ranking"] = time.perf_counter() - start
        self.announce(f"ranking: {self.stages.seconds['ranking']:.0f} s")
        self._write_report(search, compared, table)
        write_text(self.folder / "settings.json", json.dumps(self.resolved.facts(), indent=1))
        row, static_median = results.row(), min(static.row()["median"] for static in statics.values())
        self.announce(
            f"Studio2Shop on {results.num_queries:,} test queries, {results.num_articles:,} articles never trained on: "
            f"top-1 {row.top_1:.3f}, top-10 {row.top_10:.3f}, median rank {row['median']:g} (best static comparison: {static_median:g})"
        )
        self.announce(f"report: {self.folder / 'report.html'}")
        return results

    def _write_report(self, search, compared, table):
        from studio2shop import plots
        from studio2shop.report import write_report

        figures = {
            "Figure 1: examples of the images": plots.catalogue_examples(self.catalogue, seed=self.settings.seed),
            "Figure 3: random test queries and the best 50 articles, exact hits in green": plots.retrievals(search, self.test, seed=self.settings.seed),
            "Figure 8: top-k curves": plots.top_k_curves(compared),
        }
        (self.folder / "figures").mkdir(exist_ok=True)
        for caption, figure in figures.items():
            with whole_file(self.folder / "figures" / f"{caption.split(':')[0].lower().replace(' ', '')}.png") as unfinished:
                figure.savefig(unfinished, dpi=110)
        facts = {"Data": {name.replace("_", " "): count for name, count in self.counts.items()}, "Settings": self.resolved.facts(), "Seconds a stage": self._seconds(), "Machine": machine_facts()}
        for name, catalogue in (("Photos", self.given), ("Labelled photos", self.given_labelled)):
            if catalogue is not None and len(catalogue.left_out):
                facts[f"{name} left out (of {len(catalogue.left_out):,}, the first 20)"] = catalogue.left_out[["file", "row", "problem"]].head(20)
        if self.settings.article_features == "fdna":
            facts["fDNA's attributes on the validation articles"] = pd.read_csv(self.folder / "attributes.csv")
        write_report(self.folder / "report.html", f"Studio2Shop on {self.catalogue.folder.name if self.settings.catalogue else 'the embedded studio'}", table, figures, facts)

    def _seconds(self):
        return {name: round(seconds) for name, seconds in self.stages.seconds.items()}
