"""A data set's own table of its photos, such as In-Shop's, in the state that copies are in."""

from typing import NamedTuple

from studio2shop.io.readers import read_bytes
from studio2shop.io.words import shown


class LeftOut(NamedTuple):
    """Something of a data set that is not in its catalogue, and why.

    Attributes:
        file: str. Path below the data set's folder.
        row: int or None. Line in that file, counted from 1; `None` if it concerns the file.
        reason: str.
    """

    file: str
    row: int | None
    reason: str


class AnnotationRow(NamedTuple):
    """What a data set's own table says of a photo.

    Attributes:
        row: int. Line in the file, counted from 1.
        cells: dict from column to str.
    """

    row: int
    cells: dict


def read_annotation(source, file, rule):
    """Reads a data set's own table of its photos.

    A first line with the number of photos, a header, and a row for each photo, its cells separated
    by spaces. A wrong number does no harm, blank lines are passed over, and a row that cannot be
    used is listed.

    Args:
        source: path of the data set.
        file: str. Path of the table below it.
        rule: `Rule` with an `annotation`.

    Returns:
        `(rows, left_out, note)`: dict from photo id to `AnnotationRow`, list of `LeftOut`s, and a
        sentence if the first line is wrong, else `None`.

    Raises:
        ValueError: the header is missing or another, or it is no regular file.

    Example:
        rows, left_out, note = read_annotation(Path("inshop"), "Anno/list_bbox_inshop.txt", rule)
        rows["id_00000002_02_6_flat"].cells["pose_type"]
        # '6'
    """
    columns = rule.annotation.columns
    content = read_bytes(source / file, "annotation file", "take it as the authors give it")
    lines = content.decode("utf-8-sig", errors="replace").split("\n")
    header_row = next(
        (row for row, line in enumerate(lines[:2], 1) if line.split() == columns), None
    )
    if header_row is None:
        found = shown(" ".join(lines[min(1, len(lines) - 1)].split()), 100) or "nothing"
        raise ValueError(
            f"{source / file}, row 2: expected the header {' '.join(columns)}, found {found}; take "
            "the file as the authors give it."
        )
    rows, left_out = {}, []
    for row, line in enumerate(lines[header_row:], header_row + 1):
        cells = line.split()
        if not cells:
            continue
        if len(cells) != len(columns):
            left_out.append(LeftOut(file, row, f"a row without exactly {len(columns)} cells"))
            continue
        cells = dict(zip(columns, cells, strict=True))
        parts = rule.parts(cells[rule.annotation.photo])
        if parts is None:
            left_out.append(
                LeftOut(file, row, "a row whose photo has another name than this data set's photos")
            )
            continue
        photo_id = rule.photo_id.format(**parts)
        if photo_id in rows:
            left_out.append(LeftOut(file, row, "a row for a photo that an earlier row is for"))
            continue
        rows[photo_id] = AnnotationRow(row, cells)
    num_rows = sum(1 for line in lines[header_row:] if line.split())
    stated = lines[0].strip() if header_row == 2 else "nothing"
    note = (
        None
        if stated == str(num_rows)
        else (
            f"The first line of {file} says {shown(stated, 20)}, but {num_rows} rows follow: the "
            "rows count."
        )
    )
    return rows, left_out, note
