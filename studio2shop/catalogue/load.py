"""A folder of photos and CSV files -> `Catalogue`."""

from collections.abc import Iterable
from pathlib import Path

import pandas as pd

from studio2shop.catalogue.catalogue import Catalogue, labels_of
from studio2shop.catalogue.check import image_problems
from studio2shop.catalogue.photos import photos_folder
from studio2shop.catalogue.structure import IDS, structural_problems
from studio2shop.catalogue.tables import (
    ARTICLES,
    MATCHES,
    MISSING,
    PART,
    QUERIES,
    REQUIRED_COLUMNS,
    Problem,
    problem_table,
    read_table,
    read_tables,
)
from studio2shop.io.given import check_path
from studio2shop.io.words import quoted, shown

MOST_LABELS = 50


def load_catalogue(folder, attributes=None, on_bad_image="stop"):
    """Loads a catalogue: queries, articles and the matches between them (Section 3).

    The folder holds three CSV files, UTF-8 and comma separated:

    - `articles.csv`: `article_id,image`, then attribute columns; an empty cell means "not
      annotated".
    - `queries.csv`: `query_id,image`, optionally `view` (full, half, back or detail).
    - `matches.csv`: `query_id,article_id`, a row for each article known to be worn in a query.

    Ids are text, exactly as written ("007" stays "007"), and unique. Image paths are relative to
    the folder, written with `/`, and stay inside it; in a converted catalogue that folder is the
    one that `catalogue.json` names (see `photos_folder`). Without `queries.csv` and `matches.csv`
    the catalogue holds labelled articles alone.

    With `on_bad_image="stop"` no image is opened here; whatever reads one that can't be used stops
    with an `ImageError`, and `Catalogue.check` finds them beforehand. With `"skip"` all images are
    decoded now, and those that can't be used are left out and listed in `Catalogue.left_out`: an
    article with the matches to it, a query with its matches. A query of which no match is left
    stays in `queries`, counts among `queries_without_match` and is dropped by `split` as any other;
    one that keeps some of its matches is used with these.

    Args:
        folder: str or path.
        attributes: list of the columns of `articles.csv` to use as attributes. By default all that
            have between 2 and `max(50, num_articles / 10)` labels. The others are listed in
            `Catalogue.ignored_columns`.
        on_bad_image: `"stop"` or `"skip"`.

    Returns:
        A `Catalogue`.

    Raises:
        FileNotFoundError: the folder or one of its files is missing.
        ValueError: a file cannot be used; the sentence names file, row, what was expected and the
            way out. `check_catalogue(folder)` lists all such problems at once. Or no article's
            image can be used.

    Example:
        load_catalogue("my_shop", attributes=["category", "colour"])
        # Catalogue(my_shop: 2000 articles, 9000 queries, 14000 matches, 2 attributes)
    """
    _check_on_bad_image(on_bad_image)
    tables = _sound_tables(folder)
    left_out = problem_table(image_problems(folder, tables) if on_bad_image == "skip" else ())
    return _as_catalogue(folder, tables, left_out, attributes)


def load_without(folder, left_out):
    """As `load_catalogue` with `on_bad_image="skip"`, where it is known already what to leave out.

    Args:
        folder: str or path.
        left_out: DataFrame as returned by `Catalogue.left_out`.

    Returns:
        A `Catalogue`.

    Raises:
        FileNotFoundError, ValueError: as in `load_catalogue`; or `left_out` is not of these files.

    Example:
        load_without("my_shop", load_catalogue("my_shop", on_bad_image="skip").left_out)
    """
    tables = _sound_tables(folder)
    for file, row, problem in left_out[["file", "row", "problem"]].itertuples(index=False):
        image = tables[file]["image"].get(row)
        # earlier versions wrote long paths whole
        if not problem.startswith((f"image {quoted(image)}", f"image {image!r}")):
            raise ValueError(
                f"{Path(folder) / file}, row {row}: expected {problem}; the file was changed since "
                "its photos were checked: check them again."
            )
    return _as_catalogue(folder, tables, left_out)


def load_queries(folder, on_bad_image="stop"):
    """As `load_catalogue`, of the queries alone.

    What a search needs of photos in which articles are to be found.

    Of the three files only `queries.csv` is read; there need be no other.

    Args:
        folder: str or path.
        on_bad_image: `"stop"` or `"skip"`, as in `load_catalogue`.

    Returns:
        A `Catalogue` without articles and matches.

    Raises:
        FileNotFoundError: the folder or its `queries.csv` is missing.
        ValueError: the file cannot be used, or no image can.

    Example:
        load_queries("new_photos").query_ids
    """
    _check_on_bad_image(on_bad_image)
    check_path("folder", folder)
    folder = Path(folder)
    if not folder.is_dir():
        raise FileNotFoundError(
            f"{folder}: there is no such folder; give the folder that holds {QUERIES}."
        )
    if not (folder / QUERIES).is_file():
        raise FileNotFoundError(
            f"{folder / QUERIES}: {MISSING}; write it with the columns query_id,image and a row "
            "for each photo."
        )
    table, problems = read_table(folder / QUERIES)
    tables = {} if problems else {QUERIES: table}
    _refuse(folder, problems + structural_problems(folder, tables))
    left_out = problem_table(image_problems(folder, tables) if on_bad_image == "skip" else ())
    queries = table.drop(left_out["row"]).reset_index(drop=True)
    if queries.empty:
        raise ValueError(
            f"{Problem(**left_out.iloc[0]).sentence(folder)} (Nor can any other image be used.)"
        )
    articles, matches = (
        pd.DataFrame(columns=REQUIRED_COLUMNS[file], dtype=str) for file in (ARTICLES, MATCHES)
    )
    return Catalogue(
        folder.resolve(),
        articles,
        queries,
        matches,
        {},
        photos=photos_folder(folder).resolve(),
        left_out=left_out,
    )


def _check_on_bad_image(on_bad_image):
    if on_bad_image not in ("stop", "skip"):
        raise ValueError(f"`on_bad_image` must be 'stop' or 'skip'; received {on_bad_image!r}.")


def _sound_tables(folder):
    """The three tables, indexed by the rows of their files, or an error with the first problem."""
    tables, problems = read_tables(folder)
    _refuse(folder, problems + structural_problems(folder, tables))
    return tables


def _refuse(folder, problems):
    if problems:
        more = (
            f" ({len(problems) - 1} more: check_catalogue({str(folder)!r}) lists all.)"
            if len(problems) > 1
            else ""
        )
        failure = FileNotFoundError if problems[0].problem == MISSING else ValueError
        raise failure(problems[0].sentence(folder) + more)


def _as_catalogue(folder, tables, left_out, attributes=None):
    tables = {
        file: table.drop(left_out["row"][left_out["file"] == file])
        for file, table in tables.items()
    }
    if tables[ARTICLES].empty:
        first = Problem(**left_out.iloc[0]).sentence(folder)
        raise ValueError(
            f"{first} (Nor can the image of any other article be used: "
            f"check_catalogue({str(folder)!r}) lists all.)"
        )
    known = [tables[MATCHES][column].isin(tables[file][column]) for file, column in IDS.items()]
    tables[MATCHES] = tables[MATCHES][known[0] & known[1]]
    tables = {file: table.reset_index(drop=True) for file, table in tables.items()}
    articles = tables[ARTICLES]
    others = [name for name in articles.columns if name not in REQUIRED_COLUMNS[ARTICLES]]
    for name in others:
        articles[name] = articles[name].str.strip()
    candidates = [name for name in others if name != PART]
    labels = {name: labels_of(articles[name]) for name in candidates}
    if attributes is None:
        most_labels = max(MOST_LABELS, len(articles) / 10)
        chosen = [name for name in candidates if 2 <= len(labels[name]) <= most_labels]
    else:
        chosen = _named_attributes(folder, labels, attributes)
    return Catalogue(
        folder=Path(folder).resolve(),
        photos=photos_folder(folder).resolve(),
        articles=articles,
        queries=tables[QUERIES],
        matches=tables[MATCHES],
        attributes={name: labels[name] for name in chosen},
        ignored_columns=tuple(name for name in candidates if name not in chosen),
        left_out=left_out,
    )


def _named_attributes(folder, labels, attributes):
    if isinstance(attributes, str) or not isinstance(attributes, Iterable):
        raise ValueError(
            f"Expected attributes to be a list of columns, received {quoted(attributes)}: put "
            "it in a list."
        )
    for name in attributes:
        if not labels.get(name):
            found = ", ".join(other for other in labels if labels[other]) or "none"
            raise ValueError(
                f"{Path(folder) / ARTICLES}, row 1: expected an attribute column {quoted(name)} "
                f"with at least one label; choose from those there are: {shown(found)}."
            )
    return [name for name in labels if name in attributes]
