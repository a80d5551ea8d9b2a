"""A run made ready for use: trained once more on all articles, with an index that can grow."""

import json
import pathlib
import shutil

import keras
import numpy as np

from studio2shop.catalogue import load_catalogue
from studio2shop.features.article_features import ArticleFeatures
from studio2shop.io.files import write_bytes, write_text
from studio2shop.io.lock import only_writer
from studio2shop.io.readers import read_bytes, read_csv, read_json, reading
from studio2shop.io.words import quoted
from studio2shop.jobs.fingerprints import catalogue_fingerprint, code_fingerprint, fingerprint
from studio2shop.jobs.pages.report import write_report
from studio2shop.jobs.quick_search import keep_lite_model
from studio2shop.jobs.resolved import STEADYING
from studio2shop.jobs.run import INDEX, load_run
from studio2shop.jobs.run_files import SETTINGS, check_finished, write_split
from studio2shop.jobs.stages import Stages
from studio2shop.models.matching import build_query_article_matching
from studio2shop.models.pretrained import WEIGHTS, checked_file, load_half
from studio2shop.models.query_feature import backbone_of
from studio2shop.models.saved import save_model
from studio2shop.models.studio2shop import join_submodels
from studio2shop.retrieval import Index, Retriever
from studio2shop.retrieval.index_facts import is_index
from studio2shop.training.distillation import distil_towers
from studio2shop.training.phases import train_studio2shop
from studio2shop.training.plan import TrainingPlan
from studio2shop.training.systems import plan_of
from studio2shop.training.table2 import BY_NAME, DEPLOYABLE

# below that the exact match takes milliseconds, and a first stage would gain nothing
LEAST_ARTICLES_FOR_TOWERS = 5000
EXTRACTOR_FILES = ("fdna.keras", "backbone.keras", "pca.npz", "attributes.json", "left_out.csv")


def deploy(run_folder, out, announce=print):
    """Makes a run ready for use.

    Its model is trained once more, now on all articles, test articles too, for the epochs that were
    best in the run and with the same rates. Article features stay the run's own. Towers for a
    search in two stages are distilled where there are more than 5,000 articles and the match is
    non-linear.

    Nothing is left to test the new model on: its report shows the numbers of the run before.

    Args:
        run_folder: folder of a finished run; its photos must still be there.
        out: folder to write, a run's that `load_run` and the commands take. If interrupted, call it
            again: it continues.
        announce: called with each line of text on what is done.

    Returns:
        The deployed `Run`.

    Raises:
        ValueError, FileNotFoundError: if the run is not finished, `out` holds something else, or a
            photo is gone.
        BlockingIOError: if another process is at work in `out`.

    Example:
        run = deploy("my-run", "my-search")
        search = run.retriever()
    """
    run, out = load_run(run_folder), pathlib.Path(out)
    if out.resolve() == run.folder.resolve():
        raise ValueError(f"`out` must be another folder than the run's; received {str(out)!r}.")
    if "deployed_from" in run.settings:
        raise ValueError(
            f"{str(run_folder)!r} is deployed already; deploy the run it was made from, "
            f"{run.settings['deployed_from']!r}."
        )
    if _system_of(run).name not in DEPLOYABLE:
        raise ValueError(
            f"Only a query leg on given article features is trained once more; {str(run_folder)!r} "
            f"is a run of {run.system!r}: search with it as it is."
        )
    catalogue = run.load_catalogue()
    stages = Stages(out, announce)
    with only_writer(out):
        return _deploy(run, out, catalogue, stages, announce)


def _deploy(run, out, catalogue, stages, announce):
    plan = plan_found(run)
    settings_path = out / "settings.json"
    files = [run.folder / "model.keras", run.folder / "history.csv", run.folder / "features.npz"]
    code = code_fingerprint("training.systems", "training.distillation", "retrieval")
    key = fingerprint(*files, catalogue_fingerprint(catalogue), code)

    def make(working):
        settings_path.unlink(missing_ok=True)
        shutil.rmtree(out / INDEX, ignore_errors=True)
        for name in ("features.npz", *EXTRACTOR_FILES):
            (out / name).unlink(missing_ok=True)
            if (run.folder / name).exists():
                write_bytes(out / name, read_bytes(run.folder / name, "file of a run"))
        keras.utils.set_random_seed(plan.seed)
        model = _untrained(run)
        history = train_studio2shop(model, catalogue, None, run.features, plan, working)
        write_text(out / "history.csv", history.to_csv(index=False))
        save_model(model, out / "model.keras")

    stages.run("training on all articles", key, ["model.keras", "features.npz", "pca.npz"], make)
    write_split(out / "split.csv", catalogue, {"train": catalogue})
    # what was added to a deployed run stays in it as long as its model does
    added = read_json(settings_path, SETTINGS).get("added", []) if settings_path.exists() else []
    settings = run.settings | {"deployed_from": str(run.folder.absolute()), "added": added}
    _write_report(run, out, settings, plan)
    write_text(settings_path, json.dumps(settings, indent=1))
    deployed = load_run(out)
    stages.run("index", fingerprint(key), [], lambda _: _make_index(deployed, catalogue, plan.seed))
    keep_lite_model(deployed, stages, announce)
    announce(f"search with it: studio2shop search {out} PHOTO")
    return deployed


def add_articles(run_folder, catalogue_folder):
    """Adds articles to a deployed run, without training: they are found from now on.

    Args:
        run_folder: the folder that `deploy` wrote.
        catalogue_folder: of a catalogue, of which `articles.csv` is enough; its photos stay where
            they are.

    Returns:
        The number of articles that the run has now.

    Raises:
        ValueError: if the run is not deployed, or has an article of such an id already.
        BlockingIOError: if another process is at work in its folder.
    """
    folder = pathlib.Path(run_folder)
    check_finished(folder, "settings.json")
    with only_writer(folder):
        return _add(folder, catalogue_folder)


def _add(folder, catalogue_folder):
    run = load_run(folder)
    if not is_index(folder / INDEX):
        raise ValueError(
            f"{str(folder)!r} is no deployed run; make one with `studio2shop deploy {folder}`."
        )
    catalogue = load_catalogue(catalogue_folder)
    known = np.isin(catalogue.article_ids, run.features.ids)
    if known.any():
        raise ValueError(
            f"{catalogue.folder / 'articles.csv'}: the run has an article "
            f"{quoted(catalogue.article_ids[known][0])} already ({known.sum():,} such in all); "
            "leave these rows out, or give the articles other ids."
        )
    new = run.article_features(catalogue)
    # where their photos are comes first, and last what tells that they are in: a call that was
    # stopped between can be repeated
    added = [*run.settings["added"], str(catalogue.folder)]
    settings = run.settings | {"added": list(dict.fromkeys(added))}
    write_text(folder / "settings.json", json.dumps(settings, indent=1))
    index = Index.load(folder / INDEX, run.model)
    missing = new.ids[~np.isin(new.ids, index.features.ids)]
    if len(missing):
        index.add(new.of(missing))
    ids = np.concatenate([run.features.ids, new.ids])
    vectors = np.concatenate([run.features.vectors, new.vectors])
    index.save(folder / INDEX)
    ArticleFeatures(ids, vectors).save(folder / "features.npz")
    return len(ids)


def plan_found(run):
    """The `TrainingPlan` of a run, which stops each phase after the epoch that was its best.

    Args:
        run: a `Run`.
    """
    system = _system_of(run)
    path = run.folder / "history.csv"
    history = read_csv(path, ("phase", "epoch", "val_rank"))
    with reading(path, "history of a training"):
        epochs = history.groupby("phase").size()
        best = history.loc[history.groupby("phase")["val_rank"].idxmin()]
        stops = {row.phase: int(row.epoch) + 1 for row in best.itertuples()}
    plan = TrainingPlan(
        head_epochs=int(epochs.get("head", 0)),
        all_epochs=int(epochs.get("everything", 0)),
        seed=run.settings["seed"],
        stops=stops,
        **STEADYING.get(run.settings["head"], {}),
    )
    return plan_of(system, plan)


def _system_of(run):
    """The row of Table 2 that a run's model is."""
    with reading(run.folder / "settings.json", "settings of a system of Table 2"):
        return BY_NAME[run.settings.get("system", "Studio2Shop")]


def _untrained(run):
    """The run's model with initial weights anew, but for those of a pretrained backbone."""
    trained = run.model.get_layer("query_feature")
    with keras.name_scope(trained.name):
        leg = keras.models.clone_model(trained)
    weights = run.settings["backbone_weights"]
    if weights == "studio":
        load_half(backbone_of(leg), checked_file(WEIGHTS), "query_feature")
    elif weights != "random":
        backbone_of(leg).set_weights(backbone_of(trained).get_weights())
    matching = build_query_article_matching(run.features.size, _system_of(run).matching, None)
    return join_submodels(leg, matching)


def _make_index(run, catalogue, seed):
    towers = None
    is_linear = _system_of(run).matching == "linear"
    if len(run.features) > LEAST_ARTICLES_FOR_TOWERS and not is_linear:
        queries = Retriever(run.model, run.features).query_features_of(catalogue)
        towers = distil_towers(run.model, queries, run.features, seed=seed)
    Index(run.model, run.features, towers, num_candidates=1000).save(run.folder / INDEX)


def _write_report(run, out, settings, plan):
    facts = {
        "What this is": {
            "trained on": "all articles of the catalogue, test articles too",
            "epochs": ", ".join(f"{stop} of {phase}" for phase, stop in plan.stops.items()),
            "the numbers above": f"of the run in {run.folder}, whose test articles it never saw; "
            "the deployed model can't be tested on them",
        },
        "Settings": settings,
    }
    table = read_csv(run.folder / "table3.csv", ["system"])
    heading = "Table 3, of the run before"
    write_report(out / "report.html", f"{run.system}, deployed", table, {}, facts, heading)
