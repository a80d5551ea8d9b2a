"""The photos that a data set's folder holds, and what its annotation says of them (Section 5.2)."""

import os
import pathlib
from typing import NamedTuple

from studio2shop.catalogue.annotation import LeftOut, read_annotation
from studio2shop.io.words import printable

IMAGE_ENDINGS = (".jpg", ".jpeg", ".png", ".webp", ".gif", ".bmp", ".tif", ".tiff")


class Photo(NamedTuple):
    """A photo of the data set: its path, the parts of its name, what the annotation adds."""

    path: str
    photo_id: str
    article_id: str
    parts: dict
    is_title: bool
    view: str


def data_set_photos(manifest, source, files, left_out):
    """The data set's `Photo`s, and sentences on what is unusual.

    What is none of them is added to `left_out`.
    """
    rule = manifest.rule
    tables = [
        file
        for file in files
        if rule.annotation and file.rpartition("/")[2] == rule.annotation.file
    ]
    if len(tables) > 1:
        raise ValueError(
            f"{source}: expected one {rule.annotation.file}, found {' and '.join(tables[:2])}; "
            "keep one of them, or give a folder that holds only one."
        )
    found = _by_photo_id(rule, source, [file for file in files if file not in tables], left_out)
    if not tables:
        notes = (
            [f"There is no {rule.annotation.file}: the names of the photos tell the title images."]
            if rule.annotation
            else []
        )
        return [
            _photo(rule, rule, photo_id, file, parts, parts)
            for photo_id, (file, parts) in found.items()
        ], notes
    rows, unusable, note = read_annotation(source, tables[0], rule)
    left_out += unusable
    left_out += [
        LeftOut(tables[0], row.row, "a row whose photo is missing")
        for photo_id, row in rows.items()
        if photo_id not in found
    ]
    left_out += [
        LeftOut(file, None, f"not in {rule.annotation.file}")
        for photo_id, (file, _) in found.items()
        if photo_id not in rows
    ]
    photos = [
        _photo(rule, rule.annotation, photo_id, file, parts, rows[photo_id].cells)
        for photo_id, (file, parts) in found.items()
        if photo_id in rows
    ]
    if not photos:
        raise ValueError(
            f"{source / tables[0]}: expected rows for the {len(found):,} photos that lie below "
            f"{source}, found none; take the file that belongs to them."
        )
    differ = sum(photo.is_title != _is_title(rule, photo.parts) for photo in photos)
    notes = (
        [
            f"Title images by their name only, or by {rule.annotation.file} only: {differ:,}. The "
            "file decides."
        ]
        if differ
        else []
    )
    return photos, ([note] if note else []) + notes


def list_files(source):
    """The paths of all files below a folder, sorted, with `/`.

    And a list of those that a catalogue cannot refer to.
    """
    files, left_out = [], []
    for folder, subfolders, names in os.walk(source, onerror=_refuse_folder):
        linked = [name for name in subfolders if os.path.islink(os.path.join(folder, name))]
        for name in names + linked:
            path = pathlib.Path(folder, name)
            relative = path.relative_to(source).as_posix()
            if path.is_symlink() and (
                name in linked or not path.resolve().is_relative_to(source.resolve())
            ):
                left_out.append(
                    LeftOut(printable(relative), None, "a link; give the folder that it leads to")
                )
            elif relative != printable(relative) or "\\" in relative or relative[1:2] == ":":
                left_out.append(
                    LeftOut(
                        printable(relative),
                        None,
                        "a name with characters that a catalogue cannot hold",
                    )
                )
            else:
                files.append(relative)
    return sorted(files), left_out


def _refuse_folder(failure):
    raise type(failure)(
        f"{failure.filename}: the folder cannot be read ({failure.strerror}); ask for the right to "
        "read it."
    ) from failure


def _by_photo_id(rule, source, files, left_out):
    """dict from photo id to the file and the parts of its name."""
    found = {}
    for file in files:
        parts = rule.parts(file)
        photo_id = parts and rule.photo_id.format(**parts)
        if parts is None:
            is_image = file.lower().endswith(IMAGE_ENDINGS)
            left_out.append(
                LeftOut(
                    file,
                    None,
                    "an image with another name than this data set's photos"
                    if is_image
                    else "no image",
                )
            )
        elif photo_id in found:
            left_out.append(LeftOut(file, None, "a second file of the same photo"))
        else:
            found[photo_id] = file, parts
    if not found:
        expected = " or ".join(rule.examples)
        raise ValueError(
            f"{source}: expected photos below it like {expected}, found none among {len(files):,} "
            "files; unpack the archives and give the folder above."
        )
    return found


def _photo(rule, deciding, photo_id, file, parts, facts):
    """`deciding` is the rule or its annotation, `facts` the name's parts or the cells."""
    view = deciding.view["names"].get(facts[deciding.view["group"]], "") if deciding.view else ""
    return Photo(
        file, photo_id, rule.article_id.format(**parts), parts, _is_title(deciding, facts), view
    )


def _is_title(deciding, facts):
    return all(facts[part] == text for part, text in deciding.title.items())
