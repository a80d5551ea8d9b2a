"""The report of a run: Table 3, the paper's figures, and what the numbers depend on."""

import datetime
import pathlib
import shlex
import sys

import pandas as pd

from studio2shop import plots
from studio2shop.evaluation.comparisons import errors_by, paired_comparison
from studio2shop.io.files import whole_file
from studio2shop.jobs.machine import machine_facts
from studio2shop.jobs.pages.report import write_report
from studio2shop.jobs.pages.system_sections import system_sections
from studio2shop.retrieval import Retriever

FAILURES_SHOWN = 3


def write_run_report(run, comparison, trained, compared, table):
    """Writes `report.html` and the figures of a run.

    Args:
        run: the `Run`.
        comparison: its `Comparison`.
        trained: dict of system to `Results`.
        compared: the same, and the comparisons that learn nothing.
        table: DataFrame as returned by `comparison_table` or `systems_table`.
    """
    data, seed = comparison.data, run.settings["seed"]
    search = Retriever(run.model, run.features.of(data.test))
    figures = {
        "Figure 1: examples of the images": plots.catalogue_examples(data.catalogue, seed=seed),
        "Figure 3: random test queries and the best 50 articles, exact hits in green": (
            plots.retrievals(search, data.test, seed=seed)
        ),
        "Failures: the queries whose match was found last": plots.retrievals(
            search, data.test, query_ids=_last_found(trained[run.system])
        ),
        "Figure 8: top-k curves": plots.top_k_curves(compared),
    }
    history = run.folder / "history.csv"
    if history.read_text().strip():  # empty where the match learns nothing
        name = "Learning curves: training and validation, a dot where the kept epoch is"
        figures[name] = plots.learning_curves(pd.read_csv(history))
    save_figures(run.folder / "figures", figures)
    facts = _facts(run, comparison, trained)
    is_own = run.settings.get("catalogue")
    name = data.catalogue.folder.name if is_own else "the embedded studio"
    title = f"{run.system} on {name}"
    lead = _lead(trained[run.system])
    write_report(run.folder / "report.html", title, table, figures, facts, lead=lead)


def _lead(results):
    """What the run can do, in a sentence."""
    row = results.row()
    return (
        f"The match is first for {row.top_1:.0%} of the {results.num_queries:,} test queries and "
        f"among the best ten for {row.top_10:.0%}, of {results.num_articles:,} articles that were "
        f"never trained on; its median rank is {row['median']:g}, by chance it would be "
        f"{(results.num_articles + 1) / 2:g}."
    )


def _last_found(results):
    """The ids of the queries whose best match has the worst ranks."""
    best = results.ranks.groupby("query_id")["rank"].min()
    return best.sort_values(ascending=False, kind="stable").index[:FAILURES_SHOWN]


def save_figures(folder, figures):
    """Saves figures as PNG files named after what stands before the colon of their captions.

    Args:
        folder: made if missing.
        figures: dict of caption, such as `"Figure 8: top-k curves"`, to `Figure`.
    """
    folder.mkdir(exist_ok=True)
    for caption, figure in figures.items():
        name = caption.split(":")[0].lower().replace(" ", "")
        with whole_file(folder / f"{name}.png") as unfinished:
            figure.savefig(unfinished, dpi=110)


def _facts(run, comparison, trained):
    """The sections below the figures, by their headings."""
    data, facts, paired = comparison.data, {}, None
    errors = [errors_by(trained, data.test, column) for column in ("category", "view")]
    if len(trained) > 1:
        paired = paired_comparison(trained, seed=run.settings["seed"])
    facts |= system_sections(paired, errors)
    if len(trained) > 1:
        facts["What a system costs: seconds of training, parameters, peak memory"] = (
            comparison.costs()
        )
    facts["What to do next"] = _next_steps(run)
    facts["Data"] = {name.replace("_", " "): count for name, count in data.counts.items()}
    facts["Made"] = {"on": f"{datetime.date.today():%Y-%m-%d}", "by": _command()}
    facts["Settings"] = run.settings
    seconds = comparison.stages.seconds
    facts["Seconds per stage"] = {name: round(value) for name, value in seconds.items()}
    facts["Machine"] = machine_facts(comparison.peak)
    photos = {"left_out.csv": "Photos", "labelled_left_out.csv": "Labelled photos"}
    for file, left_out in data.left_out.items():
        if len(left_out):
            heading = f"{photos[file]} left out (of {len(left_out):,}, the first 20)"
            facts[heading] = left_out[["file", "row", "problem"]].head(20)
    if run.attributes:
        accuracy = pd.read_csv(run.folder / "attributes.csv")
        facts["fDNA's attributes on the validation articles"] = accuracy
    return facts


def _next_steps(run):
    folder = shlex.quote(str(run.folder))
    steps = {
        "search with photos of yours": f"studio2shop search {folder} photo.jpg",
        "test it on other photos": f"studio2shop evaluate {folder}",
        "compare all systems": f"studio2shop reproduce --systems all --out {folder}-all",
    }
    if run.settings.get("catalogue"):
        steps["train on all articles, to use it"] = f"studio2shop deploy {folder}"
    return steps


def _command():
    """What was typed, or that it was called from Python."""
    program = pathlib.Path(sys.argv[0])
    if program.stem != "studio2shop" and program.parts[-2:] != ("studio2shop", "__main__.py"):
        return "studio2shop.reproduce, from Python"
    return shlex.join(["studio2shop", *sys.argv[1:]])
