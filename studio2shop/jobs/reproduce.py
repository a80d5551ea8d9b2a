"""The main job: photos -> article features -> Studio2Shop -> ranks -> Table 3's row, in stages."""

import json
import pathlib
import time

from studio2shop import paper
from studio2shop.evaluation.table3 import comparison_table, systems_table
from studio2shop.evaluation.untrained import untrained_results
from studio2shop.io.files import write_text
from studio2shop.io.lock import only_writer
from studio2shop.jobs.comparison import Comparison
from studio2shop.jobs.data import given_catalogues, prepare_data
from studio2shop.jobs.features import FeatureStages
from studio2shop.jobs.pages.run_report import write_run_report
from studio2shop.jobs.quick_search import keep_lite_model
from studio2shop.jobs.run import read_run
from studio2shop.jobs.run_files import write_split
from studio2shop.jobs.settings import Settings
from studio2shop.jobs.stages import Stages
from studio2shop.models.backbones import build_backbone


def reproduce(out="studio2shop-run", announce=print, callbacks=(), **options):
    """Runs the main job and writes its folder.

    Args:
        out: the run's folder. If interrupted, call it again: it continues, and a stage is reused
            where its settings, its inputs and the code that makes it are the same.
        announce: called with each line of text on what is done.
        callbacks: Keras callbacks, such as `keras.callbacks.TensorBoard`, that see each training,
            one after the other: fDNA's, then each phase of Studio2Shop's. A stage that is reused
            does not train.
        **options: fields of `Settings`.

    Returns:
        The `Results` on the test articles.

    Raises:
        ValueError, FileNotFoundError, ConnectionError: if an option can't be met, in one sentence.
        BlockingIOError: if another process is at work in the folder.
    """
    resolved, folder = Settings(**options).resolve(), pathlib.Path(out)
    given = given_catalogues(resolved.settings)  # before a folder is made
    stages = Stages(folder, announce)
    with only_writer(folder):
        return _run(folder, stages, resolved, given, callbacks, announce)


def _run(folder, stages, resolved, given, callbacks, announce):
    # a wrong name, or weights that can't be had, stop the run before it begins
    for backbone in resolved.backbones:
        build_backbone(*backbone, resolved.image_shape)
    data = prepare_data(resolved, given, stages, announce)
    # from here on the folder is this run's; settings.json is written last
    for name in ("settings.json", "table3.csv", "report.html", "left_out.csv"):
        (folder / name).unlink(missing_ok=True)
    (folder / "labelled_left_out.csv").unlink(missing_ok=True)
    for file, left_out in data.left_out.items():
        if len(left_out):
            write_text(folder / file, left_out.to_csv(index=False))
    parts = {"train": data.train, "validation": data.validation, "test": data.test}
    write_split(folder / "split.csv", data.catalogue, parts)
    features = FeatureStages(folder, stages, resolved, data, callbacks=callbacks)
    comparison = Comparison(stages, resolved, data, features)
    if resolved.own_features == "learnt":
        trained = comparison.results()
        features.key("learnt")
    else:
        features.key(resolved.own_features)
        trained = comparison.results()
    _report(folder, comparison, trained, announce)
    return trained[resolved.system.name]


def _report(folder, comparison, trained, announce):
    """Ranks without learning, Table 3, the report, and what marks the run as finished."""
    resolved, data, stages = comparison.resolved, comparison.data, comparison.stages
    announce("ranking without learning ...")
    start = time.perf_counter()
    run = read_run(folder, resolved.facts())
    networks = {f"{resolved.own_features} activations": run.extractor}
    seed = resolved.settings.seed
    untrained = untrained_results(data.test, resolved.scale.query_size, networks, seed)
    compared = trained | {f"static: {name}": results for name, results in untrained.items()}
    table = _table(comparison, compared)
    stages.seconds["ranking without learning"] = time.perf_counter() - start
    announce(f"ranking without learning: {time.perf_counter() - start:.0f} s")
    write_text(folder / "table3.csv", table.to_csv(index=False))
    keep_lite_model(run, stages, announce)
    write_run_report(run, comparison, trained, compared, table)
    write_text(folder / "settings.json", json.dumps(run.settings, indent=1))
    name = resolved.system.name
    results = trained[name]
    row = results.row()
    least_median = min(others.row()["median"] for others in untrained.values())
    announce(
        f"{name} on {results.num_queries:,} test queries, {results.num_articles:,} articles "
        f"never trained on: top-1 {row.top_1:.3f}, top-10 {row.top_10:.3f}, "
        f"median rank {row['median']:g} (best static comparison: {least_median:g})"
    )
    announce(f"report: {folder / 'report.html'}")


def _table(comparison, compared):
    """Table 3: whole where all systems were trained, else our row and two of the paper's."""
    rows = comparison.rows
    if len(rows.systems) == 1:
        printed = comparison.resolved.settings.system
        printed = printed if printed in paper.TABLE_3 else "Studio2Shop"
        return comparison_table(compared, [printed, "static-fc14-linear"])
    remarks = {}
    if not comparison.data.train.attributes:
        remark = "no attributes in this catalogue: the ranking loss alone"
        remarks = {system.name: remark for system in rows.systems if system.uses_attributes}
    return systems_table(compared, rows.reasons, rows.stand_ins, remarks)
