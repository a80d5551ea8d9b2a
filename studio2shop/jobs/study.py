"""The study: all systems over several seeds, and by the number of training articles."""

import dataclasses
import math
import pathlib

import numpy as np
import pandas as pd

from studio2shop.evaluation.system_order import order_of_systems
from studio2shop.evaluation.table3 import OURS
from studio2shop.io.files import whole_file, write_text
from studio2shop.io.lock import only_writer
from studio2shop.jobs.comparison import Comparison
from studio2shop.jobs.data import given_catalogues, prepare_data
from studio2shop.jobs.features import FeatureStages
from studio2shop.jobs.fingerprints import fingerprint
from studio2shop.jobs.reproduce import reproduce
from studio2shop.jobs.rows import rows_of
from studio2shop.jobs.settings import Settings
from studio2shop.jobs.stages import Stages

FRACTIONS = (1 / 8, 1 / 4, 1 / 2)
# of those on all data: an eighth of the data for as many epochs would not be trained to its end
LEAST_STEPS = 1 / 2


def run_study(out="studio2shop-study", announce=print, num_seeds=3, **options):
    """Compares all systems over several seeds, and some by the number of training articles.

    Runs `reproduce(systems="all")` for each seed, then trains systems on parts of its articles.

    The paper's main finding is that the non-linear match wins; the second part asks from how many
    articles on. Article features stay those of the whole training set, as a shop's do that has more
    articles than photos of people.

    Args:
        out: the study's folder; each seed's run lies in it. If interrupted, call it again:
            it continues.
        announce: called with each line of text on what is done.
        num_seeds: seeds 0, 1, ... of the split, the initial weights, all that is drawn, and the
            studio.
        **options: fields of `Settings`, but for `systems` and `seed`.

    Returns:
        Two DataFrames: `order` as returned by `order_of_systems`, and `sizes` with one row per
        seed, system and number of training articles. Both are written as CSV, and `study.html`
        shows them.

    Raises:
        ValueError, FileNotFoundError, ConnectionError: if an option can't be met, in one sentence.
        BlockingIOError: if another process is at work in the folder.
    """
    out = pathlib.Path(out)
    if num_seeds < 1:
        raise ValueError(f"`num_seeds` must be 1 or more; received {num_seeds}.")
    # a wrong option is told before a folder is made
    Settings(**{**options, "systems": "all"}).resolve()
    with only_writer(out):
        return _study(out, announce, num_seeds, options)


def _study(out, announce, num_seeds, options):
    tables, sizes = {}, []
    for seed in range(num_seeds):
        announce(f"seed {seed}:")
        folder, settings = out / f"seed{seed}", {**options, "systems": "all", "seed": seed}
        reproduce(folder, announce, **settings)
        tables[seed] = pd.read_csv(folder / "table3.csv")
        with only_writer(folder):
            sizes += _sizes(folder, Settings(**settings).resolve(), announce)
    order, sizes = order_of_systems(tables), pd.DataFrame(sizes)
    for name, table in (("order", order), ("sizes", sizes)):
        write_text(out / f"{name}.csv", table.to_csv(index=False))
    _write_report(out, tables, order, sizes)
    announce(f"report: {out / 'study.html'}")
    return order, sizes


def _write_report(out, tables, order, sizes):
    from studio2shop import plots
    from studio2shop.jobs.pages.report import write_report
    from studio2shop.jobs.pages.system_sections import system_sections

    figure = plots.data_size(sizes)
    with whole_file(out / "sizes.png") as unfinished:
        figure.savefig(unfinished, dpi=110)
    figures = {"Top-1 and median rank by the number of training articles": figure}
    means = sizes.groupby(["system", "train_articles"], sort=False).mean()
    by_number = means.drop(columns="seed").reset_index()
    facts = system_sections(order=order)
    facts["By the number of training articles, mean of the seeds"] = by_number
    title = f"All systems over {len(tables)} seeds"
    write_report(out / "study.html", title, tables[0], figures, facts, "Table 3, seed 0")


def _sizes(folder, resolved, announce):
    """Rows of the data-size table from one finished run.

    Systems trained on parts of its articles are stages of it.
    """
    stages, given = Stages(folder, announce), given_catalogues(resolved.settings)
    data = prepare_data(resolved, given, stages, lambda _: None)
    # a shop has more articles than photos of people: its features stay those of all
    features = FeatureStages(folder, stages, resolved, data, fingerprint(folder / "features.npz"))
    seed = resolved.settings.seed
    systems = [system for system in rows_of(resolved).systems if _is_compared(system)]
    table = pd.read_csv(folder / "table3.csv")
    ours = table[table["source"].isin(OURS)].set_index("system")
    rows = [_size_row(system, data.train, seed, ours.loc[system.name]) for system in systems]
    drawn = np.random.default_rng(seed).permutation(data.train.article_ids)
    for fraction in FRACTIONS:
        train = data.train.select_articles(drawn[: round(fraction * len(drawn))])
        longer = max(1.0, LEAST_STEPS * len(data.train.queries) / len(train.queries))
        part = dataclasses.replace(data, train=train)
        job = Comparison(stages, _for_longer(resolved, longer), part, features)
        for system in systems:
            on_part = dataclasses.replace(system, name=f"{system.name}-on-{len(train.articles)}")
            rows.append(_size_row(system, train, seed, job.results_of(on_part).row()))
    return rows


def _for_longer(resolved, factor):
    """Settings with more epochs, for fewer steps in each."""
    scale = resolved.scale
    longer = dataclasses.replace(
        scale,
        all_epochs=math.ceil(factor * scale.all_epochs),
        head_epochs=math.ceil(factor * scale.head_epochs),
    )
    return dataclasses.replace(resolved, scale=longer)


def _is_compared(system):
    """The non-linear match, and the linear one by both losses that don't rank triplets."""
    if system.architecture != "ours":
        return False
    is_linear = system.matching == "linear" and system.loss in ("cross-entropy", "listwise")
    return is_linear or system.name == "Studio2Shop"


def _size_row(system, train, seed, row):
    size = {
        "system": system.name,
        "seed": seed,
        "train_articles": len(train.articles),
        "train_queries": len(train.queries),
    }
    return {**size, **row[["top_1", "top_10", "median"]]}
