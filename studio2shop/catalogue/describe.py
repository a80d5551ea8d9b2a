"""A catalogue's problems as people read them.

Grouped by kind, the first few of each kind, counts at the end.
"""

import re
from pathlib import Path

import pandas as pd

from studio2shop.catalogue.tables import ARTICLES, MATCHES, QUERIES, read_tables

MOST_SHOWN = 5

SEVERITIES = {
    "error": (
        "Errors: a run stops at these. Bad photos alone can be left out with --on-bad-image skip."
    ),
    "warning": "Warnings: a run goes on, but these are of no use to it as they are.",
}

# a value, as `repr` writes it
QUOTED = re.compile(r"""(?<!\w)b?('(?:[^'\\]|\\.)*'|"(?:[^"\\]|\\.)*")""")
NUMBER = re.compile(r"\d+")


def describe_problems(problems):
    """Groups problems that differ only in their values.

    Args:
        problems: DataFrame as returned by `check_catalogue`.

    Returns:
        str, some lines; of each kind its number, what to do, and the first 5. Empty if there are no
        problems.

    Example:
        print(describe_problems(check_catalogue("my_shop")))
        # Errors: a run stops at these. Bad photos alone can be left out with --on-bad-image skip.
        # <BLANKLINE>
        #   12 x image …: there is no such file; correct the path or put the photo there.
        #     articles.csv, row 17: image 'images/9.jpg': there is no such file

    """
    lines = []
    for severity, heading in SEVERITIES.items():
        of_severity = problems[problems["severity"] == severity]
        kinds = of_severity["problem"].map(
            lambda problem: NUMBER.sub("…", QUOTED.sub("…", problem))
        )
        groups = of_severity.groupby([kinds.rename("kind"), "what_to_do"], sort=False)
        if len(groups):
            lines += ([""] if lines else []) + [heading]
        for (_, what_to_do), group in groups:
            found = [f"{_place(row)}: {row.problem}" for row in group.head(MOST_SHOWN).itertuples()]
            if len(group) == 1:
                lines += ["", f"  {found[0]}; {what_to_do}."]
                continue
            lines += [
                "",
                f"  {len(group):,} x {_common_words(group['problem'])}; {what_to_do}.",
                *(f"    {line}" for line in found),
            ]
            if len(group) > MOST_SHOWN:
                lines.append(f"    ... and {len(group) - MOST_SHOWN:,} more")
    return "\n".join(lines)


def describe_contents(folder, problems):
    """What was checked and what was found, in one line.

    Args:
        folder: str or path of the catalogue.
        problems: DataFrame as returned by `check_catalogue(folder)`.

    Returns:
        str.

    Example:
        describe_contents("my_shop", check_catalogue("my_shop"))
        # 'my_shop: 2,000 articles, 9,000 queries, 14,000 matches, 11,000 photos; 12 errors'
    """
    tables, _ = read_tables(folder)
    names = {ARTICLES: "articles", QUERIES: "queries", MATCHES: "matches"}
    counts = [
        f"{len(tables[file]):,} {name}" if file in tables else f"{file} not read"
        for file, name in names.items()
    ]
    num_photos = sum(len(tables[file]) for file in (ARTICLES, QUERIES) if file in tables)
    found = [f"{(problems['severity'] == severity).sum():,} {severity}s" for severity in SEVERITIES]
    return f"{Path(folder)}: {', '.join(counts)}, {num_photos:,} photos; {', '.join(found)}"


def _common_words(problems):
    """What the problems of a kind share.

    All words, or all but the quoted values, or all but these and the numbers.
    """
    for words in (problems, problems.str.replace(QUOTED, "…", regex=True)):
        if words.nunique() == 1:
            return words.iloc[0]
    return words.str.replace(NUMBER, "…", regex=True).iloc[0]


def _place(problem):
    return problem.file if pd.isna(problem.row) else f"{problem.file}, row {problem.row}"
