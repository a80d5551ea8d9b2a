"""A small sound catalogue, and what a stranger may make of its tables: one for each seed."""

import csv
import io
import random

import numpy as np
from PIL import Image

ROWS = 6
FILES = ("articles.csv", "queries.csv", "matches.csv")
CELLS = (
    *("", " ", "\t", "\0", "\r", "\n" * 1000, "a\r\nb", "\ufeff", '"', "'", "\"'", "a,b", "a;b"),
    # a colour, a window's title, C1, an override of the direction, separators of lines
    *("\x1b[31mred", "\x1b]0;title\x07", "\x9b2J", "\u202egpj.exe", "a\u2028b", "a\x85b", "\u200b"),
    *("NaN", "nan", "None", "null", "true", "007", "1.0", "1e999", "-1", "9" * 400, "inf"),
    *("$x^$", '=HYPERLINK("http://a.b")', "@SUM(1)", "%s%n", "{0}", "<script>", "\\", "\\x1b"),
    *(
        "..",
        "../a.jpg",
        "a/../../b",
        "/etc/passwd",
        "C:\\a.jpg",
        "images//a0.jpg",
        "images/./a0.jpg",
    ),
    *("images", "images/none.jpg", "images/a0.jpg/", "images/" + "x" * 300, "a/" * 3000, "."),
    *("x" * 200_000, "\x1b" * 50_000, "\u202e" * 5_000, "'" * 10_000, "é", "e\u0301", "\U0001f600"),
    *("article_id", "image", "query_id", "part", "view", "a0", "q0", "train", "test", "full"),
)
BYTES = (
    *(b"\0", b"\xff", b"\xfe\xff", b"\xef\xbb\xbf", b"\xed\xa0\x80", b"\xc3", b"\x80", b"\x9b"),
    *(b'"', b'""', b"'", b",", b",,,,,,", b";", b"\t", b"\r", b"\n", b"\r\n", b"\n\n\n", b"\\"),
)
ENCODINGS = ("utf-16", "utf-16-le", "utf-32", "utf-8-sig", "latin-1", "cp1252", "utf-7", "cp037")


def sound_tables():
    """dict from file to its rows, lists of cells, the header first."""
    numbers = range(ROWS)
    articles = [[f"a{number}", f"images/a{number}.jpg", "red", ""] for number in numbers]
    queries = [[f"q{number}", f"images/q{number}.jpg", "full"] for number in numbers]
    return {
        "articles.csv": [["article_id", "image", "colour", "category"], *articles],
        "queries.csv": [["query_id", "image", "view"], *queries],
        "matches.csv": [["query_id", "article_id"], *([f"q{n}", f"a{n}"] for n in numbers)],
    }


def write_photos(folder):
    """The photos of `sound_tables`, of 8 x 6 pixels."""
    (folder / "images").mkdir()
    for name in (f"{kind}{number}" for kind in "aq" for number in range(ROWS)):
        Image.fromarray(np.zeros((8, 6, 3), np.uint8)).save(folder / "images" / f"{name}.jpg")


def write_hostile_tables(folder, seed):
    """Writes the three files anew, up to four times spoiled, in place of those that are there."""
    draw = random.Random(seed)
    tables = sound_tables()
    for _ in range(draw.randrange(4)):
        draw.choice(TABLE_ATTACKS)(draw, tables[draw.choice(FILES)])
    contents = {file: _written(draw, rows) for file, rows in tables.items()}
    for _ in range(draw.randrange(1, 3)):
        file = draw.choice([file for file in FILES if contents[file] is not None])
        contents[file] = draw.choice(BYTE_ATTACKS)(draw, contents[file])
    for file, content in contents.items():
        (folder / file).unlink(missing_ok=True)
        if content is not None:
            (folder / file).write_bytes(content)


def _written(draw, rows):
    buffer = io.StringIO(newline="")
    if draw.random() < 0.8:
        csv.writer(buffer, lineterminator=draw.choice(["\n", "\r\n"])).writerows(rows)
    else:  # as nobody should
        buffer.write("\n".join(",".join(row) for row in rows))
    return buffer.getvalue().encode()


def _put_cell(draw, rows):
    row = draw.choice(rows)
    if row:
        row[draw.randrange(len(row))] = draw.choice(CELLS)


def _put_cell_everywhere(draw, rows):
    column, cell = draw.randrange(3), draw.choice(CELLS[:-1])
    for row in rows[1:]:
        if column < len(row):
            row[column] = cell


def _rename_column(draw, rows):
    if rows[0]:
        rows[0][draw.randrange(len(rows[0]))] = draw.choice(CELLS)


def _drop_column(draw, rows):
    column = draw.randrange(4)
    for row in rows:
        del row[column : column + 1]


def _add_column(draw, rows):
    name, cell, place = draw.choice([*rows[0], *CELLS]), draw.choice(CELLS), draw.randrange(5)
    for position, row in enumerate(rows):
        row.insert(place, cell if position else name)


def _many_columns(draw, rows):
    number = draw.choice([10, 100, 1_000, 30_000]) if len(rows) < 100 else 10  # no gigabytes
    for row in rows:
        row += [f"c{column}" for column in range(number)]


def _many_rows(draw, rows):
    number = draw.choice([10, 1_000, 10_000]) if len(rows[0]) < 100 else 10  # no gigabytes
    rows += [list(draw.choice(rows)) for _ in range(number)]


def _ragged_row(draw, rows):
    row = [draw.choice(CELLS) for _ in range(draw.randrange(8))]
    rows.insert(draw.randrange(len(rows) + 1), row)


def _shuffle(draw, rows):
    draw.shuffle(rows if draw.random() < 0.3 else draw.choice(rows))


def _drop_rows(draw, rows):
    del rows[draw.randrange(1, len(rows)) if len(rows) > 1 else 0 :]
    rows[:] = rows or [[]]


def _flip(draw, content):
    spoiled = bytearray(content)
    for _ in range(draw.choice([1, 1, 3, 30])):
        if spoiled:
            spoiled[draw.randrange(len(spoiled))] ^= 1 << draw.randrange(8)
    return bytes(spoiled)


def _insert(draw, content):
    place = draw.choice([0, len(content), draw.randrange(len(content) + 1)])
    return content[:place] + draw.choice(BYTES) * draw.choice([1, 2, 5_000]) + content[place:]


def _cut(draw, content):
    first, last = sorted(draw.randrange(len(content) + 1) for _ in range(2))
    return content[:first] + content[last:] if draw.random() < 0.5 else content[:first]


def _other_encoding(draw, content):
    return content.decode("utf-8", "ignore").encode(draw.choice(ENCODINGS), "replace")


def _replace(draw, content):
    old, new = draw.choice([b",", b"\n", b"a", b"i", b'"']), draw.choice([b"", *BYTES])
    return content.replace(old, new)


def _other_file(draw, content):
    return draw.choice(
        [None, b"", b"\n", b" \n ,\n", b"\0" * 5_000, content * 3, b'"', b"\xef\xbb\xbf"]
    )


def _as_it_is(draw, content):
    return content


TABLE_ATTACKS = (
    *(_put_cell, _put_cell, _put_cell, _put_cell_everywhere, _rename_column, _drop_column),
    *(_add_column, _many_columns, _many_rows, _ragged_row, _shuffle, _drop_rows),
)
BYTE_ATTACKS = (_as_it_is, _as_it_is, _flip, _insert, _cut, _other_encoding, _replace, _other_file)
