"""The three CSV files of a catalogue as text, with the row each line of a table stands in.

What hinders reading is collected as `Problem`s, so that loading can name the first and checking can
list all.
"""

import codecs
import csv
import io
from collections import Counter
from pathlib import Path
from typing import NamedTuple

import pandas as pd

from studio2shop.io.given import check_path
from studio2shop.io.readers import read_csv
from studio2shop.io.words import quoted, shown

MISSING = "the file is missing"
ARTICLES, QUERIES, MATCHES = "articles.csv", "queries.csv", "matches.csv"
REQUIRED_COLUMNS = {
    ARTICLES: ("article_id", "image"),
    QUERIES: ("query_id", "image"),
    MATCHES: ("query_id", "article_id"),
}
MOST_COLUMNS = 1_000  # of tens of thousands, reading would take minutes
# a catalogue's own split, a column of articles.csv
PART, PARTS = "part", ("train", "validation", "test")


class Problem(NamedTuple):
    """One thing that is wrong in a catalogue, and the way out.

    Attributes:
        file: str. Name of the CSV file.
        row: int or None. Line in that file, counted from 1 (the header); `None` if it concerns the
            file.
        severity: str. `"error"` (cannot be used) or `"warning"` (can be used, part of it in vain).
        problem: str.
        what_to_do: str.
    """

    file: str
    row: int | None
    severity: str
    problem: str
    what_to_do: str

    def sentence(self, folder):
        """The problem as one sentence that starts with the file's path."""
        row = "" if self.row is None else f", row {self.row}"
        return f"{shown(Path(folder) / self.file)}{row}: {self.problem}; {self.what_to_do}."


def error(file, row, problem, what_to_do):
    """A `Problem` of severity "error"."""
    return Problem(file, row, "error", problem, what_to_do)


def warning(file, row, problem, what_to_do):
    """A `Problem` of severity "warning"."""
    return Problem(file, row, "warning", problem, what_to_do)


def problem_table(problems=()):
    """`Problem`s as a DataFrame with their fields as columns, sorted by file and row.

    `row` is missing where it is `None`.
    """
    order = list(REQUIRED_COLUMNS)
    problems = sorted(problems, key=lambda problem: (order.index(problem.file), problem.row or 0))
    return pd.DataFrame(problems, columns=Problem._fields).astype({"row": "Int64"})


def read_problems(path):
    """Reads a CSV file that a `problem_table` of rows was written to."""
    return read_csv(path, Problem._fields, dtype={"row": "Int64"}, keep_default_na=False)


def read_tables(folder):
    """Reads the CSV files of a catalogue.

    Args:
        folder: str or path.

    Returns:
        `(tables, problems)`: dict from file name to DataFrame (see `read_table`), holding only the
        files that could be read, and the list of `Problem`s of the others. Labelled articles alone
        give empty queries and matches.

    Raises:
        FileNotFoundError: the folder or its `articles.csv` is missing.

    Example:
        tables, problems = read_tables("my_shop")
    """
    check_path("folder", folder)
    folder = Path(folder)
    if not folder.is_dir():
        raise FileNotFoundError(
            f"{folder}: there is no such folder; give the folder that holds {ARTICLES}."
        )
    found = {file for file in REQUIRED_COLUMNS if (folder / file).is_file()}
    if ARTICLES not in found:
        raise FileNotFoundError(
            f"{folder / ARTICLES}: the file is missing; write it with the columns article_id,image "
            "and one column "
            "for each attribute."
        )
    tables, problems = {}, []
    for file, columns in REQUIRED_COLUMNS.items():
        if file not in found and len(found) == 2:
            way_out = (
                f"write it with the columns {','.join(columns)}, or keep neither {QUERIES} nor "
                f"{MATCHES} (labelled articles alone)"
            )
            problems.append(error(file, None, MISSING, way_out))
            continue
        if file not in found:
            tables[file] = pd.DataFrame({name: pd.Series([], dtype=str) for name in columns})
            continue
        table, found_problems = read_table(folder / file)
        problems += found_problems
        if not found_problems:
            tables[file] = table
    return tables, problems


def read_table(path):
    """Reads one CSV file, all cells as text.

    UTF-8 with or without byte order mark, comma separated, any line ends.

    Nothing is parsed: "007", "NA" and "null" stay as written. Names of columns lose surrounding
    spaces; columns without a name and rows without any text are left out.

    Args:
        path: path of `articles.csv`, `queries.csv` or `matches.csv`.

    Returns:
        `(table, problems)`: DataFrame of strings whose index is the row in the file (the header is
        row 1), and the list of `Problem`s; with problems the table is `None`.

    Example:
        table, problems = read_table(Path("my_shop/matches.csv"))
    """
    file = path.name
    data = path.read_bytes()
    try:
        text = data.decode("utf-8-sig")
    except UnicodeDecodeError as failure:
        row = data.count(b"\n", 0, failure.start) + 1
        found = f"byte 0x{data[failure.start]:02x} is not UTF-8"
        return None, [
            error(file, row, found, "save the file as UTF-8 (in a spreadsheet: 'CSV UTF-8')")
        ]
    header = text.split("\n", 1)[0].strip()
    columns = ",".join(REQUIRED_COLUMNS[file])
    if not header:
        return None, [error(file, 1, "the header is missing", f"begin the file with {columns}")]
    if "," not in header and (";" in header or "\t" in header):
        separator = "semicolons" if ";" in header else "tabs"
        return None, [
            error(file, 1, f"columns are separated by {separator}", "save the file with commas")
        ]
    num_columns = _num_columns(text)
    if num_columns > MOST_COLUMNS:
        found = f"expected at most {MOST_COLUMNS:,} columns, found {num_columns:,}"
        return None, [error(file, 1, found, "leave out those that are no attributes")]
    try:
        # Read without a header: with one, pandas would take surplus cells for an index.
        cells = pd.read_csv(
            # bytes: of text, pandas carries on all that UTF-8 adds at each step, in quadratic time
            io.BytesIO(data.removeprefix(codecs.BOM_UTF8)),
            header=None,
            dtype=str,
            na_filter=False,
            skip_blank_lines=False,
            low_memory=False,
        )
    except (pd.errors.ParserError, pd.errors.EmptyDataError) as failure:
        return None, _unparsable_rows(file, text, failure)
    names = cells.iloc[0].str.strip().tolist()
    problems = _header_problems(file, names)
    if problems:
        return None, problems
    table = cells.iloc[1:].set_axis(names, axis="columns")
    table.index = _rows(cells, text)[1:]
    table = table.loc[(table != "").any(axis="columns"), [name != "" for name in names]]
    if table.empty:
        alone = (
            ""
            if file == ARTICLES
            else f", or delete {QUERIES} and {MATCHES} (labelled articles alone)"
        )
        return None, [error(file, None, "there are no rows below the header", f"add rows{alone}")]
    return table, []


def _num_columns(text):
    try:
        return len(next(csv.reader(io.StringIO(text, newline=""))))
    except csv.Error:  # a cell too long for the csv module, which pandas reads
        return 0


def _header_problems(file, names):
    named = [name for name in names if name]
    found = shown(", ".join(named), 200) or "none"
    problems = [
        error(file, 1, f"there are two columns {quoted(name)}", "rename or delete one of them")
        for name, count in Counter(named).items()
        if count > 1
    ]
    return problems + [
        error(file, 1, f"expected a column {name!r}, found {found}", "add or rename the column")
        for name in REQUIRED_COLUMNS[file]
        if name not in names
    ]


def _rows(cells, text):
    """The line in which each record starts.

    Cells in quotation marks may hold line ends of their own.
    """
    rows = pd.Series(range(1, len(cells) + 1))
    num_lines = text.count("\n") + (not text.endswith("\n"))
    if num_lines > len(cells):
        line_ends = sum(cells[column].str.count("\n") for column in cells.columns)
        rows += line_ends.shift(fill_value=0).cumsum()
    return rows.to_numpy()


def _unparsable_rows(file, text, failure):
    """What makes pandas refuse a file, row by row; slow, used only then."""
    problems, num_columns, row, next_row = [], None, 1, 1
    records = csv.reader(io.StringIO(text, newline=""))
    never_closed = "EOF inside string" in str(failure)
    try:
        for cells in records:
            row, next_row = next_row, records.line_num + 1
            num_columns = num_columns or len(cells)
            if len(cells) > num_columns:
                found = f"expected at most {num_columns} cells, found {len(cells)}"
                problems.append(
                    error(file, row, found, "put a cell that contains a comma in quotation marks")
                )
    except csv.Error:  # a cell too long for the csv module: the text behind a quotation mark
        row, never_closed = next_row, True
    if never_closed:
        problems.append(
            error(file, row, "a quotation mark is never closed", "close it or delete it")
        )
    reason = " ".join(str(failure).split())
    return problems or [
        error(file, None, f"it cannot be read as CSV ({reason})", "save the file as CSV UTF-8")
    ]
