"""Everything that is wrong with a catalogue, at once.

The files, what refers to nothing, every photo.
"""

import os
from multiprocessing.pool import ThreadPool
from pathlib import Path

import pandas as pd

from studio2shop.catalogue.photos import photos_folder
from studio2shop.catalogue.structure import IDS, structural_problems
from studio2shop.catalogue.tables import (
    ARTICLES,
    MATCHES,
    QUERIES,
    error,
    problem_table,
    read_table,
    read_tables,
    warning,
)
from studio2shop.io.images import ImageError, load_image
from studio2shop.io.progress import progress_bar
from studio2shop.io.words import quoted

VIEWS = ("full", "half", "back", "detail")
# all of a file is decoded, a JPEG at an eighth of its size, and next to nothing is kept
SMALLEST_SIZE = (8, 8)


def check_catalogue(folder):
    """Lists all problems of a catalogue's folder, also of one that `load_catalogue` refuses.

    Args:
        folder: str or path.

    Returns:
        DataFrame with a row for each problem and the columns `file`, `row` (line in that file, the
        header is 1; missing if it concerns the whole file), `severity` ("error": cannot be used,
        "warning": is of no use as it is), `problem`, `what_to_do`. Empty if all is well.

    Raises:
        FileNotFoundError: the folder or its `articles.csv` is missing.

    Example:
        check_catalogue("my_shop")[["file", "row", "problem"]]
        #            file  row                           problem
        # 0  articles.csv   17  image 'images/9.jpg': there is no such file
    """
    tables, problems = read_tables(folder)
    found = structural_problems(folder, tables)
    unusable = {(problem.file, problem.row) for problem in found}
    return problem_table(
        problems + found + _unused_rows(tables) + image_problems(folder, tables, unusable)
    )


def check_tables(folder, tables):
    """Lists the problems that a loaded catalogue may still have.

    Unreadable photos, rows that are of no use.

    Args:
        folder: path of the catalogue.
        tables: dict from file name to DataFrame, in any selection and order of the file's rows.

    Returns:
        DataFrame as returned by `check_catalogue`.

    Example:
        check_tables(catalogue.folder, {"articles.csv": catalogue.articles})
    """
    tables = {file: _with_rows_of_file(folder, file, table) for file, table in tables.items()}
    return problem_table(_unused_rows(tables) + image_problems(folder, tables))


def _with_rows_of_file(folder, file, table):
    path = Path(folder) / file
    in_file = read_table(path)[0] if file in IDS and path.is_file() else None
    if in_file is None:
        return table
    rows = pd.Series(in_file.index, in_file[IDS[file]])
    return table.set_axis(rows.reindex(table[IDS[file]]).to_numpy(), axis="index")


def _unused_rows(tables):
    if len(tables) < 3 or tables[QUERIES].empty:
        return []
    articles, queries, matches = tables[ARTICLES], tables[QUERIES], tables[MATCHES]
    without_query = articles["article_id"][~articles["article_id"].isin(matches["article_id"])]
    without_match = queries["query_id"][~queries["query_id"].isin(matches["query_id"])]
    problems = [
        warning(
            ARTICLES,
            row,
            f"article {quoted(value)} has no query",
            "keep it as a distractor or add its matches",
        )
        for row, value in without_query.items()
    ]
    problems += [
        warning(
            QUERIES,
            row,
            f"query {quoted(value)} has no match",
            "add its matches, or splitting drops it",
        )
        for row, value in without_match.items()
    ]
    if "view" in queries:
        unknown = queries["view"][~queries["view"].isin(["", *VIEWS])]
        problems += [
            warning(
                QUERIES,
                row,
                f"view {quoted(value)} is unknown",
                f"write {', '.join(VIEWS)} or nothing",
            )
            for row, value in unknown.items()
        ]
    return problems


def image_problems(folder, tables, unusable=frozenset()):
    """Decodes the photos of a catalogue, on all cores, and finds those that cannot be used.

    Args:
        folder: str or path.
        tables: dict from file name to DataFrame whose index is the row in the file.
        unusable: set of (file, row) to pass over.

    Returns:
        List of `Problem`s, in the order of files and rows.

    Example:
        image_problems("my_shop", read_tables("my_shop")[0])
        # []
    """
    images = [
        (file, row, image)
        for file in IDS
        if file in tables
        for row, image in tables[file]["image"].items()
        if (file, row) not in unusable
    ]

    photos = photos_folder(folder)

    def problem_of(entry):
        file, row, image = entry
        try:
            load_image(f"{photos}/{image}", SMALLEST_SIZE)
        except ImageError as failure:
            return error(file, row, f"image {quoted(image)}: {failure.problem}", failure.what_to_do)
        return None

    problems = []
    with (
        ThreadPool(os.cpu_count()) as pool,
        progress_bar(len(images), "Checking", "photo") as progress,
    ):
        for problem in pool.imap(problem_of, images, chunksize=16):
            progress.update()
            if problem is not None:
                problems.append(problem)
    return problems
