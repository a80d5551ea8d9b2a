"""What must hold between the rows of a catalogue's three files before it can be used at all."""

import os
import posixpath
from pathlib import Path

from studio2shop.catalogue.photos import photos_folder
from studio2shop.catalogue.tables import ARTICLES, MATCHES, PART, PARTS, QUERIES, error
from studio2shop.io.words import quoted

IDS = {ARTICLES: "article_id", QUERIES: "query_id"}


def structural_problems(folder, tables):
    """Finds what is wrong with ids, image paths, matches and parts.

    Empty and repeated ids, paths that leave the folder, matches to unknown ids, unknown parts.

    Args:
        folder: str or path.
        tables: dict from file name to DataFrame whose index is the row in the file, as
            `read_tables` returns it. A file that could not be read is absent, and what refers to it
            is not judged.

    Returns:
        List of `Problem`s, by file and row.

    Raises:
        ValueError, FileNotFoundError: the folder of the photos is wrong, see `photos_folder`.

    Example:
        tables, _ = read_tables("my_shop")
        structural_problems("my_shop", tables)
        # []
    """
    problems, photos = [], photos_folder(folder)
    for file, id_column in IDS.items():
        if file in tables:
            ids, images = tables[file][id_column], tables[file]["image"]
            found = _id_problems(file, ids) + _path_problems(photos, file, images)
            if file == ARTICLES and PART in tables[file]:
                found += _part_problems(tables[file][PART])
            problems += sorted(found, key=lambda problem: problem.row)
    if MATCHES in tables:
        problems += sorted(_match_problems(tables), key=lambda problem: problem.row)
    return problems


def _blank(column):
    return (column == "") | column.str.isspace()


def _id_problems(file, ids):
    blank = _blank(ids)
    problems = [
        error(file, row, f"{ids.name} is empty", "write an id or delete the row")
        for row in ids.index[blank]
    ]
    repeated = ids[ids.duplicated() & ~blank]
    first_row = _first_rows(ids, repeated)
    return problems + [
        error(
            file,
            row,
            f"{ids.name} {quoted(value)} is already used in row {first_row[value]}",
            "use each id once",
        )
        for row, value in repeated.items()
    ]


def _part_problems(parts):
    unknown = parts[~parts.str.strip().isin(PARTS)]
    *others, last = PARTS
    way_out = f"write {', '.join(others)} or {last} in each row, or give the column another name"
    return [
        error(ARTICLES, row, f"part {quoted(value)} is none of a split's", way_out)
        for row, value in unknown.items()
    ]


def _first_rows(values, wanted):
    """dict from value to the row in which it stands first."""
    first = values[values.isin(set(wanted)) & ~values.duplicated()]
    return dict(zip(first, first.index, strict=True))


def _path_problems(folder, file, images):
    blank = _blank(images)
    problems = [
        error(file, row, "image is empty", "write the path of the photo or delete the row")
        for row in images.index[blank]
    ]
    backslash = images.str.contains("\\", regex=False)
    leaves = images.str.contains(r"^(?:[/\\]|[A-Za-z]:)|(?:^|[/\\])\.\.(?:[/\\]|$)")
    inside = ~(blank | backslash | leaves)
    by_link = _through_links(folder, images[inside])
    inside_the_folder = "put the photo into the folder and write its path relative to it"
    problems += [
        error(file, row, f"image {quoted(path)} leaves the catalogue's folder", inside_the_folder)
        for row, path in images[leaves].items()
    ]
    problems += [
        error(
            file,
            row,
            f"image {quoted(path)} is written with '\\'",
            "write '/' between folders on every system",
        )
        for row, path in images[backslash & ~leaves].items()
    ]
    return problems + [
        error(
            file,
            row,
            f"image {quoted(path)} leaves the catalogue's folder by a link",
            "copy the photos into it",
        )
        for row, path in by_link.items()
    ]


def _through_links(folder, images):
    """Those of `images` that a symbolic link leads out of `folder`.

    Each folder is listed once, in place of one system call for each image.
    """
    root = os.path.realpath(folder)
    plain = images.map(posixpath.normpath)  # `a//b` and `a/./b` are `a/b`
    parents = {""}
    for parent in {image.rpartition("/")[0] for image in plain}:
        while parent not in parents:
            parents.add(parent)
            parent = os.path.dirname(parent)
    leaving = []
    for parent in parents:
        path = os.path.join(root, parent)
        if not os.path.isdir(path):
            continue
        with os.scandir(path) as entries:
            for entry in entries:
                if entry.is_symlink() and not Path(os.path.realpath(entry.path)).is_relative_to(
                    root
                ):
                    leaving.append(f"{parent}/{entry.name}" if parent else entry.name)
    if not leaving:
        return images.iloc[:0]
    below = tuple(f"{name}/" for name in leaving)
    return images[plain.isin(leaving) | plain.str.startswith(below)]


def _match_problems(tables):
    matches, problems = tables[MATCHES], []
    for file, column in IDS.items():
        blank = _blank(matches[column])
        problems += [
            error(MATCHES, row, f"{column} is empty", "write an id or delete the row")
            for row in matches.index[blank]
        ]
        if file in tables:
            unknown = matches[column][~matches[column].isin(tables[file][column]) & ~blank]
            problems += [
                error(
                    MATCHES,
                    row,
                    f"{column} {quoted(value)} is not in {file}",
                    "add it there or delete the row",
                )
                for row, value in unknown.items()
            ]
    repeated = matches[matches.duplicated(["query_id", "article_id"])]
    return problems + [
        error(
            MATCHES,
            row,
            f"query {quoted(query)} and article {quoted(article)} are matched twice",
            "delete one of the two rows",
        )
        for row, query, article in zip(
            repeated.index, repeated["query_id"], repeated["article_id"], strict=True
        )
    ]
