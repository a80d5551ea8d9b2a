"""The report of a run: Table 3, the paper's figures, and what the numbers depend on."""

import pandas as pd

from studio2shop import plots
from studio2shop.evaluation.comparisons import errors_by, paired_comparison
from studio2shop.io.files import whole_file
from studio2shop.jobs.machine import machine_facts
from studio2shop.jobs.pages.report import write_report
from studio2shop.jobs.pages.system_sections import system_sections
from studio2shop.retrieval import Retriever


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
        "Figure 8: top-k curves": plots.top_k_curves(compared),
    }
    save_figures(run.folder / "figures", figures)
    facts = _facts(run, comparison, trained)
    is_own = run.settings.get("catalogue")
    name = data.catalogue.folder.name if is_own else "the embedded studio"
    write_report(run.folder / "report.html", f"{run.system} on {name}", table, figures, facts)


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
    data, facts = comparison.data, {}
    if len(trained) > 1:
        errors = [errors_by(trained, data.test, column) for column in ("category", "view")]
        paired = paired_comparison(trained, seed=run.settings["seed"])
        facts |= system_sections(paired, errors)
        facts["What a system costs: seconds of training, parameters, peak memory"] = (
            comparison.costs()
        )
    facts["Data"] = {name.replace("_", " "): count for name, count in data.counts.items()}
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
