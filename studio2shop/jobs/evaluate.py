"""The external test: a run on another shop's photos, without fine-tuning (Section 5.2)."""

import dataclasses
import json
import pathlib

import numpy as np
import pandas as pd

from studio2shop import paper
from studio2shop.catalogue import load_catalogue
from studio2shop.evaluation.results import evaluate
from studio2shop.evaluation.table4 import external_table
from studio2shop.io.files import write_text
from studio2shop.io.lock import only_writer
from studio2shop.io.readers import read_csv
from studio2shop.jobs.fingerprints import file_digests
from studio2shop.jobs.machine import machine_facts
from studio2shop.jobs.pages.report import write_report
from studio2shop.jobs.pages.result_table import SHARES
from studio2shop.jobs.pages.run_report import save_figures
from studio2shop.jobs.stages import claim_folder
from studio2shop.studio import render_catalogue
from studio2shop.studio.settings import MARK

# style: the set it stands in for, which can't be shipped
STAND_INS = {
    "other_shop": "DeepFashion In-Shop",
    "on_location": "LookBook",
}
STAND_IN_SIZES = paper.TABLE_4_SIZES["DeepFashion In-Shop"]  # queries, articles
# whatever the run's: all runs meet the same photos, and a style's articles are never the studio's
STAND_IN_SEED = 0
HEADING = "Table 4: ranks of the matches in each data set's whole assortment, without fine-tuning"
RECORD = "evaluation.json"
RESULTS = (
    "ranks.csv",
    "table4.csv",
    "left_out.csv",
    "report.html",
    *(f"figures/figure{number}.png" for number in (4, 5, 6, 7)),
)


def evaluate_external(run, out, catalogues=None, announce=print):
    """Tests a run on photos that it was not trained on, without fine-tuning (Section 5.2).

    The run's own extractor makes the article features, and every match is ranked in its data set's
    whole assortment, by the run as it is and by the run adapted to the photos (`Run.adapted_to`),
    where it can be. Beside these stand the static comparisons on the same photos, chance, the run's
    result on its own test articles and the paper's rows: without them transfer can't be told from
    luck.

    What the run has learned from does not count: an external article is left out where its title
    image is, byte for byte, that of one of the run's training or validation articles (or of the
    labelled articles fDNA learned from), a query where it carries such an article, as in Section
    5.1, or is itself a training photo. So a run's own catalogue gives its test result again. A
    photo that was saved anew is not recognised.

    Args:
        run: a `Run`, as `load_run` gives it; its own photos must still be there.
        out: the folder to write: `ranks.csv table4.csv figures/ report.html evaluation.json`. New,
            empty, or of an earlier evaluation, which is replaced.
        catalogues: dict of data set to `Catalogue`, one or two as in the paper, what they left out
            is listed; default: the studio's two other styles, with In-Shop's 683 articles and 2,922
            queries each, rendered below `out` at the run's image size.
        announce: called with each line of text on what is done.

    Returns:
        Table 4 as a DataFrame, see `external_table`.

    Raises:
        ValueError: if there is nothing to rank, or `out` holds something else.
        BlockingIOError: if another process is at work in `out`.
    """
    if catalogues is not None and not 1 <= len(catalogues) <= 2:
        raise ValueError(
            f"`catalogues` must be one or two, as in Table 4; received {len(catalogues)}."
        )
    for catalogue in (catalogues or {}).values():
        if not len(catalogue.matches):
            raise ValueError(
                f"{catalogue!r} has no matches to rank; add queries.csv and matches.csv with rows "
                "of (query_id, article_id)."
            )
    own_table = read_csv(run.folder / "table3.csv", ("system", "source", "queries", "articles"))
    own, out = run.load_catalogue(), pathlib.Path(out)
    claim_folder(out, RECORD, "an evaluation")
    with only_writer(out):
        return _evaluate(run, own, own_table, out, catalogues, announce)


def _evaluate(run, own, own_table, out, catalogues, announce):
    write_text(out / RECORD, "{}")
    for name in RESULTS:
        (out / name).unlink(missing_ok=True)
    if catalogues is None:
        catalogues = {
            style: _stand_in(run, style, out / "photos" / style, announce) for style in STAND_INS
        }
    results, figures, counts = {}, {}, {}
    for position, (name, catalogue) in enumerate(catalogues.items()):
        part, counts[name] = _unlearned_part(run, own, catalogue)
        num_left_out = len(catalogue.left_out)
        if num_left_out:
            counts[name]["photos left out that can't be read, see left_out.csv"] = num_left_out
        told = [f"{count:,} {what}" for what, count in counts[name].items() if count]
        announce(f"{name}: {', '.join(told)}")
        results[name], shown = _test(run, own, name, part, position, announce)
        figures |= shown
    table = external_table(results, own_table)
    ranks = pd.concat(
        [systems[run.system].ranks.assign(dataset=name) for name, systems in results.items()]
    )
    _write(run, out, table, ranks, dict(sorted(figures.items())), counts, catalogues)
    for line in table_lines(table):
        announce(line)
    announce(f"report: {out / 'report.html'}")
    return table


def _stand_in(run, style, folder, announce):
    num_queries, num_articles = STAND_IN_SIZES
    announce(f"rendering {style}, which stands in for {STAND_INS[style]} ...")
    return render_catalogue(
        folder, num_articles, num_queries, tuple(run.settings["query_size"]), STAND_IN_SEED, style
    )


def _unlearned_part(run, own, catalogue):
    """What the run has not learned from, and how much was left out why."""
    learned = own.select_articles(np.concatenate([run.parts["train"], run.parts["validation"]]))
    learned_titles = learned.article_paths
    if run.settings.get("attributes"):
        learned_titles = learned_titles + load_catalogue(run.settings["attributes"]).article_paths
    is_learned = np.isin(file_digests(catalogue.article_paths), file_digests(learned_titles))
    part = catalogue.select_articles(catalogue.article_ids[~is_learned])
    num_unmatched = int((catalogue.matches_per_query() == 0).sum())
    num_carrying = len(catalogue.queries) - num_unmatched - len(part.queries)
    is_trained = np.isin(file_digests(part.query_paths), file_digests(learned.query_paths))
    queries = part.queries[~is_trained].reset_index(drop=True)
    matches = part.matches[part.matches["query_id"].isin(queries["query_id"])]
    matches = matches.reset_index(drop=True)
    part = dataclasses.replace(part, queries=queries, matches=matches)
    if not len(part.queries):
        raise ValueError(
            f"{catalogue!r} leaves no query to rank, that has a match and that {str(run.folder)!r} "
            "was not trained on; evaluate on other photos."
        )
    return part, {
        "queries": len(part.queries),
        "articles": len(part.articles),
        "matches": len(part.matches),
        "articles left out, the run learned from their images": int(is_learned.sum()),
        "queries left out that carry such an article": num_carrying,
        "queries left out, the run was trained on their photos": int(is_trained.sum()),
        "queries left out for want of a match": num_unmatched,
    }


def _test(run, own, name, catalogue, position, announce):
    """Results of a data set by system, and its two figures by number and caption."""
    from studio2shop import plots
    from studio2shop.evaluation.untrained import untrained_results
    from studio2shop.retrieval import Retriever

    seed = run.settings["seed"]
    own_test = own.select_articles(run.parts["test"])
    search = Retriever(run.model, run.article_features(catalogue))
    own_search = Retriever(run.model, run.features.of(own_test))
    # runs of before have no name of it
    network = "fDNA" if run.attributes else run.settings["backbone"]
    network = run.settings.get("own_features", network)
    statics = untrained_results(
        catalogue, search.image_size, {f"{network} activations": run.extractor}, seed
    )
    queries = f"random queries of {name} and the best 50"
    own_caption = f"Figure {4 + position}: {queries} of its own articles, exact hits in green"
    caption = f"Figure {6 + position}: {queries} of the run's own test articles"
    figures = {
        own_caption: plots.retrievals(search, catalogue, seed=seed),
        caption: plots.retrievals(own_search, catalogue, seed=seed, assortment=own_test),
    }
    results = {run.system: evaluate(search, catalogue, seed=seed)}
    try:
        adapted = run.adapted_to(catalogue)
    except ValueError as error:
        announce(f"{name}: no row of the adapted run. {error}")
    else:
        results[f"{run.system}, adapted"] = evaluate(adapted.retriever(), catalogue, seed=seed)
    results |= {f"static: {described}": result for described, result in statics.items()}
    return results, figures


def _write(run, out, table, ranks, figures, counts, catalogues):
    given = run.settings.get("catalogue")
    trained_on = pathlib.Path(given).name if given else "the embedded studio"
    ranks = ranks[["dataset", *ranks.columns.drop("dataset")]]
    write_text(out / "ranks.csv", ranks.to_csv(index=False))
    write_text(out / "table4.csv", table.to_csv(index=False))
    left_out = pd.concat(
        [catalogue.left_out.assign(dataset=name) for name, catalogue in catalogues.items()]
    )
    if len(left_out):
        write_text(out / "left_out.csv", left_out.to_csv(index=False))
    save_figures(out / "figures", figures)
    facts = {}
    for name, values in counts.items():
        is_rendered = (catalogues[name].folder / MARK).exists()
        origin = ", rendered by the embedded studio" if is_rendered else ""
        facts[f"Data: {name}{origin}"] = values
    facts |= {"The run": run.settings, "Machine": machine_facts()}
    title = f"Studio2Shop, trained on {trained_on}, on other photos"
    write_report(out / "report.html", title, table, figures, facts, HEADING)
    record = {"run": str(run.folder.absolute()), "counts": counts}
    write_text(out / RECORD, json.dumps(record, ensure_ascii=False, indent=1))


def table_lines(table):
    """Table 4 as lines of text for a screen: one block per data set, our interval below our row.

    Args:
        table: DataFrame as returned by `external_table`.

    Returns:
        List of str.
    """
    lines = [
        f"{'':<42}" + "".join(f"{name:>9}" for name in [*SHARES.values(), "average", "median"])
    ]
    for dataset, rows in table.groupby("dataset", sort=False):
        other_data = ", other data, for orientation" if rows["source"].iloc[0] == "paper" else ""
        lines.append(
            f"{dataset}: {rows['queries'].iloc[0]:,} queries, {rows['articles'].iloc[0]:,} "
            f"articles{other_data}"
        )
        for row in rows.to_dict("records"):
            lines.append(_line(row["system"], row, ""))
            if row["source"] == "ours" and not row["system"].startswith("static: "):
                lines += [_line("  95 % interval from", row, "_low"), _line("  to", row, "_high")]
    return lines


def _line(name, row, end):
    ranks = "".join(f"{row[column + end]:>9,.1f}" for column in ("average", "median"))
    return f"  {name:<40}" + "".join(f"{row[column + end]:>9.3f}" for column in SHARES) + ranks
