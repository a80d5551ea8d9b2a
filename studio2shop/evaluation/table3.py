"""Table 3: the ranks of the systems, beside the paper's."""

import pandas as pd

from studio2shop import paper
from studio2shop.evaluation.comparisons import ranks_of_same_matches


def comparison_table(results, paper_rows=("Studio2Shop",)):
    """Table 3 with the paper's numbers beside ours.

    Args:
        results: dict of system to `Results`.
        paper_rows: names of Table 3's rows to add.

    Returns:
        A DataFrame with one row per system: `system, source, queries, articles`, Table 3's columns,
        and of ours `_low`, `_high` for the 95 % interval and `any_` for the share of queries with
        any of their matches that high.
    """
    rows = [own_row(system, result) for system, result in results.items()]
    sizes = paper.TABLE_3_NUM_QUERIES, paper.TABLE_3_NUM_ARTICLES
    return pd.DataFrame(
        [
            *rows,
            *(printed_row(system, "paper", *sizes, paper.TABLE_3[system]) for system in paper_rows),
        ]
    )


def expected_by_chance(num_articles):
    """Table 3's columns of a match whose rank is drawn at random."""
    one_percent = max(1, num_articles // 100)
    shares = [min(k, num_articles) / num_articles for k in (1, 5, 10, 20, 50, one_percent)]
    return [*shares, (num_articles + 1) / 2, (num_articles + 1) / 2]


def own_row(system, result):
    """A row of `comparison_table` that was measured here, as a dict."""
    intervals = {
        f"{name}_{end}": value
        for end, values in result.intervals().iterrows()
        for name, value in values.items()
    }
    of_queries = {f"any_{name}": value for name, value in result.any_row().items()}
    return {
        "system": system,
        "source": "ours",
        "queries": result.num_queries,
        "articles": result.num_articles,
        **result.row(),
        **intervals,
        **of_queries,
    }


def printed_row(system, source, num_queries, num_articles, values):
    """A row of `comparison_table` whose values are known, such as the paper's, as a dict."""
    return {
        "system": system,
        "source": source,
        "queries": num_queries,
        "articles": num_articles,
        **dict(zip(paper.METRICS, values)),
    }


NOT_IN_THE_PAPER = "ours, not in the paper"
OURS = ("ours", NOT_IN_THE_PAPER)
"""Sources of the rows that were measured here."""

NOT_ASKED_FOR = "Not among the systems of this run."


def systems_table(results, reasons=None, standins=None, remarks=None):
    """Table 3: our row and the paper's of each of its systems, then the systems it lacks.

    Args:
        results: dict of system to `Results`, all on the very same matches.
        reasons: dict of a system to the sentence why it was not run here.
        standins: dict of a system of ours to the paper's that it stands for, such as
            `{"mobilenet_v2-linear": "fDNA-linear"}`; it keeps its own name.
        remarks: dict of a system that was run to what its row should say, such as that it had no
            attributes to learn from.

    Returns:
        A DataFrame with the columns of `comparison_table`. `source` is `ours`, `not run`, `paper`,
        `ours, not in the paper` or `expected` (the last row: chance). Further columns: `paper_row`,
        the row of the paper's table that a row belongs to, `reason` and `remark`; empty where there
        is none.

    Raises:
        ValueError: if the systems did not rank the same matches, a system both was run and was not,
            or a stand-in is for none of the paper's systems.

    Example:
        reasons = {"fc14-non-linear": "VGG16's weights cannot be had without network."}
        table = systems_table({"Studio2Shop": results}, reasons)
    """
    reasons, standins, remarks = reasons or {}, standins or {}, remarks or {}
    _check_names(results, reasons, standins)
    ranks_of_same_matches(results)

    def row(system, paper_row):
        texts = {
            "paper_row": paper_row,
            "reason": reasons.get(system, ""),
            "remark": remarks.get(system, ""),
        }
        if system in results:
            return {**own_row(system, results[system]), **texts} | (
                {} if paper_row else {"source": NOT_IN_THE_PAPER}
            )
        return {
            **printed_row(system, "not run", 0, 0, ()),
            **texts,
            "reason": texts["reason"] or NOT_ASKED_FOR,
        }

    ours, rows = [*results, *(system for system in reasons if system not in results)], []
    for name, printed in paper.TABLE_3.items():
        rows += [
            row(name, name),
            *(row(system, name) for system in ours if standins.get(system) == name),
        ]
        rows.append(
            {
                **printed_row(
                    name, "paper", paper.TABLE_3_NUM_QUERIES, paper.TABLE_3_NUM_ARTICLES, printed
                ),
                "paper_row": name,
            }
        )
    rows += [
        row(system, "") for system in ours if system not in paper.TABLE_3 and system not in standins
    ]
    some = next(iter(results.values()))
    rows.append(
        printed_row(
            "chance",
            "expected",
            some.num_queries,
            some.num_articles,
            expected_by_chance(some.num_articles),
        )
    )
    table, texts = pd.DataFrame(rows), ["paper_row", "reason", "remark"]
    return table[[*table.columns.drop(texts), *texts]].fillna(dict.fromkeys(texts, ""))


def _check_names(results, reasons, standins):
    for system in results:
        if system in reasons:
            raise ValueError(
                f"`reasons` say why {system!r} was not run, and `results` have it; "
                "leave it out of one of the two."
            )
    for system, name in standins.items():
        if system in paper.TABLE_3 or name not in paper.TABLE_3:
            raise ValueError(
                "`standins` must map a system of ours to one of the paper's "
                f"({', '.join(paper.TABLE_3)}); received {system!r} for {name!r}."
            )
