"""The main job: photos -> article features -> Studio2Shop -> ranks -> Table 3's row, in stages that a stop can't lose."""

import json
import pathlib
import time

import pandas as pd

from studio2shop import paper
from studio2shop.io.files import whole_file, write_text
from studio2shop.jobs.comparison import SystemsJob
from studio2shop.jobs.data import JobData
from studio2shop.jobs.machine import machine_facts
from studio2shop.jobs.run import read_run, write_split
from studio2shop.jobs.settings import Settings
from studio2shop.jobs.stages import Stages, fingerprint


def reproduce(out="studio2shop-run", announce=print, **options):
    """Runs the main job and writes its folder.

    Args:
        out: the run's folder. A stopped run goes on when called again; a stage is reused only where
            its settings and inputs are the same.
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
        self.data = JobData(self.resolved, self.announce)
        self._check_backbone()
        self.data.load_catalogue(self.stages)
        if self.settings.article_features == "fdna":
            self.data.load_labelled(self.stages)
        # from here on the folder is this run's: what tells of an earlier one goes; settings.json is
        # written last
        self._drop(
            "settings.json",
            "ranks.csv",
            "table3.csv",
            "report.html",
            "left_out.csv",
            "labelled_left_out.csv",
        )
        for file, catalogue in (
            ("left_out.csv", self.data.given),
            ("labelled_left_out.csv", self.data.given_labelled),
        ):
            if catalogue is not None and len(catalogue.left_out):
                write_text(self.folder / file, catalogue.left_out.to_csv(index=False))
        data = self.data
        write_split(
            self.folder / "split.csv",
            data.catalogue,
            {"train": data.train, "validation": data.validation, "test": data.test},
        )
        features_key = self._make_article_features()
        self.systems = SystemsJob(self.folder, self.stages, self.resolved, data, features_key)
        self.systems.train_studio2shop()
        return self._evaluate(self.systems.other_results())

    def _check_backbone(self):
        """Builds the backbone once, so that a wrong name or weights that can't be had stop the run before it begins."""
        from studio2shop.models.backbones import build_backbone

        build_backbone(
            self.resolved.backbone, self.resolved.backbone_weights, (*self.scale.query_size, 3)
        )

    def _make_article_features(self):
        if self.settings.article_features == "fdna":
            network, network_key = "fdna.keras", self._train_fdna()
        else:
            network, network_key = "backbone.keras", self._build_extractor()
        key = fingerprint(network_key, self.data.data_key)

        def make(folder):
            import keras

            from studio2shop.features.article_features import Reduction, extract_features

            activations = extract_features(
                keras.models.load_model(self.folder / network),
                self.data.catalogue,
                folder / "activations",
            )
            training = activations.of(self.data.train).vectors
            reduction = Reduction.fit(
                training, min(paper.FEATURE_SIZE, len(training) - 1, training.shape[1])
            )
            reduction.save(self.folder / "pca.npz")
            activations.reduced_by(reduction).save(self.folder / "features.npz")

        self.stages.run("article features", key, ["pca.npz", "features.npz"], make)
        return key

    def _train_fdna(self):
        attributes = self.data.labelled.attributes
        key = fingerprint(
            self.data.labelled_key,
            self.settings.seed,
            attributes,
            self.scale.title_size,
            self.scale.fdna_epochs,
        )

        def make(folder):
            import keras

            from studio2shop.evaluation.fdna_accuracy import attribute_accuracy
            from studio2shop.models.fdna import build_fdna
            from studio2shop.training.fdna import train_fdna

            # in each stage, so that it does not matter which were reused
            keras.utils.set_random_seed(self.settings.seed)
            fdna = build_fdna(
                self.data.labelled.attribute_sizes,
                (*self.scale.title_size, 3),
                attribute_activation=None,
            )
            train_fdna(
                fdna,
                self.data.labelled,
                self.data.labelled_validation,
                folder,
                self.scale.fdna_epochs,
                seed=self.settings.seed,
            )
            write_text(
                self.folder / "attributes.csv",
                attribute_accuracy(fdna, self.data.labelled_validation, attributes).to_csv(
                    index=False
                ),
            )
            write_text(
                self.folder / "attributes.json",
                json.dumps(attributes, ensure_ascii=False, indent=1),
            )
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
                build_pooled_backbone(
                    self.resolved.backbone, self.resolved.backbone_weights, input_shape
                ).save(unfinished)

        self._drop("fdna.keras", "attributes.csv", "attributes.json")
        self.stages.run("backbone", key, ["backbone.keras"], make)
        return key

    def _drop(self, *names):
        for name in names:
            (self.folder / name).unlink(missing_ok=True)

    def _evaluate(self, others):
        from studio2shop.evaluation.results import evaluate
        from studio2shop.evaluation.table3 import comparison_table
        from studio2shop.evaluation.untrained import untrained_results
        from studio2shop.retrieval import Retriever

        self.announce("ranking ...")
        start = time.perf_counter()
        run = read_run(self.folder, self.resolved.facts())
        search = Retriever(run.model, run.features.of(self.data.test))
        results = evaluate(search, self.data.test, seed=self.settings.seed)
        network = "fDNA" if self.settings.article_features == "fdna" else self.resolved.backbone
        statics = untrained_results(
            self.data.test,
            self.scale.query_size,
            {f"{network} activations": run.extractor},
            self.settings.seed,
        )
        trained = {"Studio2Shop": results, **others}
        trained = {system.name: trained[system.name] for system in self.systems.rows.systems}
        compared = trained | {f"static: {name}": static for name, static in statics.items()}
        table = (
            self._compare(compared)
            if others
            else comparison_table(compared, ["Studio2Shop", "static-fc14-linear"])
        )
        write_text(self.folder / "ranks.csv", results.ranks.to_csv(index=False))
        write_text(self.folder / "table3.csv", table.to_csv(index=False))
        self.stages.seconds["ranking"] = time.perf_counter() - start
        self.announce(f"ranking: {self.stages.seconds['ranking']:.0f} s")
        self._write_report(search, trained, compared, table)
        write_text(self.folder / "settings.json", json.dumps(self.resolved.facts(), indent=1))
        row, static_median = (
            results.row(),
            min(static.row()["median"] for static in statics.values()),
        )
        self.announce(
            f"Studio2Shop on {results.num_queries:,} test queries, {results.num_articles:,} articles never trained on: "
            f"top-1 {row.top_1:.3f}, top-10 {row.top_10:.3f}, median rank {row['median']:g} (best static comparison: {static_median:g})"
        )
        self.announce(f"report: {self.folder / 'report.html'}")
        return results

    def _compare(self, compared):
        """Table 3 whole, where all systems were trained."""
        from studio2shop.evaluation.table3 import systems_table

        rows = self.systems.rows
        without = [
            system.name
            for system in rows.systems
            if system.loss.endswith("attributes") and not self.data.train.attributes
        ]
        return systems_table(
            compared,
            rows.reasons,
            rows.stand_ins,
            dict.fromkeys(without, "no attributes in this catalogue: the ranking loss alone"),
        )

    def _write_report(self, search, trained, compared, table):
        from studio2shop import plots
        from studio2shop.evaluation.comparisons import errors_by, paired_comparison
        from studio2shop.jobs.pages.report import write_report
        from studio2shop.jobs.pages.system_sections import system_sections

        figures = {
            "Figure 1: examples of the images": plots.catalogue_examples(
                self.data.catalogue, seed=self.settings.seed
            ),
            "Figure 3: random test queries and the best 50 articles, exact hits in green": plots.retrievals(
                search, self.data.test, seed=self.settings.seed
            ),
            "Figure 8: top-k curves": plots.top_k_curves(compared),
        }
        (self.folder / "figures").mkdir(exist_ok=True)
        for caption, figure in figures.items():
            with whole_file(
                self.folder / "figures" / f"{caption.split(':')[0].lower().replace(' ', '')}.png"
            ) as unfinished:
                figure.savefig(unfinished, dpi=110)
        facts = {}
        if len(trained) > 1:
            errors = [errors_by(trained, self.data.test, column) for column in ("category", "view")]
            facts |= system_sections(paired_comparison(trained, seed=self.settings.seed), errors)
            facts[
                "What a system costs: its training's seconds and peak memory of the process, trainable parameters"
            ] = self.systems.costs()
        facts |= {
            "Data": {name.replace("_", " "): count for name, count in self.data.counts.items()},
            "Settings": self.resolved.facts(),
            "Seconds a stage": self._seconds(),
            "Machine": machine_facts(self.systems.peak),
        }
        for name, catalogue in (
            ("Photos", self.data.given),
            ("Labelled photos", self.data.given_labelled),
        ):
            if catalogue is not None and len(catalogue.left_out):
                facts[f"{name} left out (of {len(catalogue.left_out):,}, the first 20)"] = (
                    catalogue.left_out[["file", "row", "problem"]].head(20)
                )
        if self.settings.article_features == "fdna":
            facts["fDNA's attributes on the validation articles"] = pd.read_csv(
                self.folder / "attributes.csv"
            )
        write_report(
            self.folder / "report.html",
            f"Studio2Shop on {self.data.catalogue.folder.name if self.settings.catalogue else 'the embedded studio'}",
            table,
            figures,
            facts,
        )

    def _seconds(self):
        return {name: round(seconds) for name, seconds in self.stages.seconds.items()}
