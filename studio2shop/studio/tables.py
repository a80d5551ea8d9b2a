"""The studio's three CSV files, and the names of its pictures."""

import csv
import re

from studio2shop.io.files import whole_file
from studio2shop.io.words import quoted
from studio2shop.studio.article import article_attributes
from studio2shop.studio.outfit import draw_outfit
from studio2shop.studio.vocabulary import ATTRIBUTE_COVERAGE

SHARD = 1000  # pictures in a folder


def image_path(kind, number):
    """An image's path inside the folder: `articles/0012/a0012345.jpg`."""
    return f"{kind}/{number // SHARD:04d}/{kind[0]}{number:07d}.jpg"


def numbers_of(kind, ids):
    """The numbers that pictures have by their ids: `["a0012345"]` is 12345.

    Raises:
        ValueError: an id is none of the studio's.
    """
    form = re.compile(rf"{kind[0]}[0-9]{{7}}")
    for id_ in ids:
        if not isinstance(id_, str) or not form.fullmatch(id_):
            raise ValueError(
                f"{quoted(id_)} is none of the studio's {kind}, whose ids are as {kind[0]}0000012; "
                "pass ids of a catalogue of `render_catalogue`."
            )
    return [int(id_[1:]) for id_ in ids]


def write_tables(folder, num_articles, num_queries, seed):
    """The three CSVs; each query's outfit is drawn anew, which takes no pictures."""
    attributes = (
        [
            f"a{number:07d}",
            image_path("articles", number),
            *article_attributes(seed, number).values(),
        ]
        for number in range(num_articles)
    )
    _write_table(folder / "articles.csv", ["article_id", "image", *ATTRIBUTE_COVERAGE], attributes)
    outfits = [(number, draw_outfit(seed, number, num_articles)) for number in range(num_queries)]
    queries = (
        [f"q{number:07d}", image_path("queries", number), outfit.view] for number, outfit in outfits
    )
    _write_table(folder / "queries.csv", ["query_id", "image", "view"], queries)
    matches = (
        [f"q{number:07d}", f"a{article:07d}"]
        for number, outfit in outfits
        for article in outfit.matches
    )
    _write_table(folder / "matches.csv", ["query_id", "article_id"], matches)


def _write_table(path, header, rows):
    with (
        whole_file(path) as unfinished,
        open(unfinished, "w", encoding="utf-8", newline="") as file,
    ):
        writer = csv.writer(file, lineterminator="\n")
        writer.writerow(header)
        writer.writerows(rows)
