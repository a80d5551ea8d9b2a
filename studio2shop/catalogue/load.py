"""A folder of photos and CSV files -> `Catalogue`."""

from pathlib import Path

from studio2shop.catalogue.catalogue import Catalogue, labels_of
from studio2shop.catalogue.photos import photos_folder
from studio2shop.catalogue.structure import structural_problems
from studio2shop.catalogue.tables import ARTICLES, MATCHES, QUERIES, REQUIRED_COLUMNS, read_tables

MOST_LABELS = 50


def load_catalogue(folder, attributes=None):
    """Loads a catalogue: queries, articles and the matches between them (Section 3).

    The folder holds three CSV files, UTF-8 and comma separated:

    - `articles.csv`: `article_id,image`, then attribute columns; an empty cell means "not annotated".
    - `queries.csv`: `query_id,image`, optionally `view` (full, half, back or detail).
    - `matches.csv`: `query_id,article_id`, a row for each article known to be worn in a query.

    Ids are text, exactly as written ("007" stays "007"), and unique. Image paths are relative to the folder, written
    with `/`, and stay inside it; in a converted catalogue that folder is the one that `catalogue.json` names (see
    `photos_folder`). Without `queries.csv` and `matches.csv` the catalogue holds labelled articles alone.
    No image is opened here; `Catalogue.check` does that.

    Args:
        folder: str or path.
        attributes: list of the columns of `articles.csv` to use as attributes. By default all that have between 2
            and `max(50, num_articles / 10)` labels. The others are listed in `Catalogue.ignored_columns`.

    Returns:
        A `Catalogue`.

    Raises:
        FileNotFoundError: the folder or one of its files is missing.
        ValueError: a file cannot be used; the sentence names file, row, what was expected and the way out.
            `check_catalogue(folder)` lists all such problems at once.

    Example:

    >>> load_catalogue("my_shop", attributes=["category", "colour"])
    Catalogue(my_shop: 2000 articles, 9000 queries, 14000 matches, 2 attributes)
    """
    tables, problems = read_tables(folder)
    problems += structural_problems(folder, tables)
    if problems:
        more = f" ({len(problems) - 1} more: check_catalogue({str(folder)!r}) lists all.)" if len(problems) > 1 else ""
        raise ValueError(problems[0].sentence(folder) + more)
    tables = {file: table.reset_index(drop=True) for file, table in tables.items()}
    articles = tables[ARTICLES]
    candidates = [name for name in articles.columns if name not in REQUIRED_COLUMNS[ARTICLES]]
    for name in candidates:
        articles[name] = articles[name].str.strip()
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
    )


def _named_attributes(folder, labels, attributes):
    if isinstance(attributes, str):
        raise ValueError(f"Expected attributes to be a list of columns, received {attributes!r}: put it in a list.")
    for name in attributes:
        if not labels.get(name):
            found = ", ".join(other for other in labels if labels[other]) or "none"
            raise ValueError(
                f"{Path(folder) / ARTICLES}, row 1: expected an attribute column {name!r} with at least one label; "
                f"choose from those there are: {found}."
            )
    return [name for name in labels if name in attributes]
