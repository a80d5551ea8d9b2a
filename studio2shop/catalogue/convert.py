"""A data set as its authors give it becomes a catalogue that refers to its photos (Section 5.2)."""

import json
import pathlib

import pandas as pd

import studio2shop
from studio2shop.catalogue.annotation import LeftOut
from studio2shop.catalogue.conversion import LEFT_OUT, Conversion
from studio2shop.catalogue.data_set_photos import data_set_photos, list_files
from studio2shop.catalogue.manifests import manifest_names, read_manifest
from studio2shop.catalogue.photos import ORIGIN
from studio2shop.catalogue.tables import ARTICLES, MATCHES, QUERIES
from studio2shop.io.files import whole_folder
from studio2shop.io.lock import only_writer_beside


def convert_data_set(name, source, target):
    """Makes a catalogue of a data set that lies as its authors give it (Section 5.2).

    The rule stands in the data set's manifest (`data_manifests/`): which photos are title images,
    which are queries, and of which article. A title image without a query stays: it is part of the
    assortment that is searched. Of two files of the same photo, and of two title images of the same
    article, the first by its path is taken.

    Nothing is copied or changed in `source`. The catalogue in `target` holds the three CSV files,
    `catalogue.json`, which says where the photos lie, and `left_out.csv` with all that was not used
    and why. It appears whole or not at all.

    Args:
        name: str. A manifest's name: `"deepfashion_inshop"` or `"lookbook"`.
        source: str or path. The data set's folder, with its archives unpacked.
        target: str or path. A new or an empty folder outside of it.

    Returns:
        A `Conversion`. Counts that differ from the paper's are in its `report()`, and are no error.

    Raises:
        ValueError: there is no such data set, it is not one to convert, or it lies otherwise than
            expected.
        OSError: `source` is no folder, or `target` is not empty.
        BlockingIOError: another process or thread is converting to `target`.

    Example:
        print(convert_data_set("lookbook", "/data/lookbook", "lookbook-catalogue").report())
    """
    manifest = read_manifest(name)
    if manifest.rule is None:
        convertible = [other for other in manifest_names() if read_manifest(other).rule]
        raise ValueError(
            f"{name} cannot be converted: {manifest.instead}; {' and '.join(convertible)} can be."
        )
    source, target = pathlib.Path(source), pathlib.Path(target)
    _check_folders(manifest, source, target)  # before a lock lies in a wrong place
    with only_writer_beside(target):
        _check_is_free(target)
        return _convert(manifest, source, target)


def _convert(manifest, source, target):
    files, left_out = list_files(source)
    photos, notes = data_set_photos(manifest, source, files, left_out)
    num_photos = len(photos)
    titles, queries = _pair(photos, left_out)
    if not queries:
        raise ValueError(
            f"{source}: expected a title image (one with {_title_sign(manifest.rule)}) and other "
            f"photos of the same article, found {num_photos:,} photos but no such pair; are all "
            "archives unpacked?"
        )
    alone = len(titles) - len({query.article_id for query in queries})
    if alone:
        notes.append(
            f"Articles without a query: {alone:,}. They stay, as part of the assortment that is "
            "searched."
        )
    conversion = Conversion(
        manifest.name,
        source.resolve(),
        target,
        {
            "photos": num_photos,
            "articles": len(titles),
            "queries": len(queries),
            "matches": len(queries),
        },
        manifest.counts,
        pd.DataFrame(
            sorted(left_out, key=lambda one: (one.file, one.row or 0)), columns=LeftOut._fields
        ).astype({"row": "Int64"}),
        tuple(notes),
    )
    _write(conversion, manifest.rule, titles, queries)
    return conversion


def _check_folders(manifest, source, target):
    if not source.is_dir():
        failure, what = (
            (NotADirectoryError, "it is a file; unpack it")
            if source.exists()
            else (FileNotFoundError, "there is no such folder; unpack the data set")
        )
        raise failure(f"{source}: {what} and give the folder that holds {manifest.layout[0]}.")
    _check_is_free(target)
    if target.resolve().is_relative_to(source.resolve()):
        raise ValueError(
            f"{target}: it lies inside {source}, where nothing is to be changed; give a folder "
            "outside of it for the catalogue."
        )


def _check_is_free(target):
    if target.exists() and (not target.is_dir() or any(target.iterdir())):
        raise FileExistsError(
            f"{target}: it is not empty; give a new folder or an empty one for the catalogue."
        )


def _title_sign(rule):
    by_name = ", ".join(f"{part} {text}" for part, text in rule.title.items())
    return (
        by_name
        if rule.annotation is None
        else f"{by_name}, or where there is a {rule.annotation.file}, "
        + ", ".join(f"{part} {text}" for part, text in rule.annotation.title.items())
    )


def _pair(photos, left_out):
    """dict from article id to its title image, and the queries of these articles, by id.

    Other photos are added to `left_out`.
    """
    titles, queries = {}, []
    for photo in photos:
        if photo.is_title and photo.article_id in titles:
            left_out.append(LeftOut(photo.path, None, "a second title image of its article"))
        elif photo.is_title:
            titles[photo.article_id] = photo
    for photo in photos:
        if not photo.is_title and photo.article_id in titles:
            queries.append(photo)
        elif not photo.is_title:
            left_out.append(LeftOut(photo.path, None, "a photo whose article has no title image"))
    return dict(sorted(titles.items())), sorted(queries, key=lambda photo: photo.photo_id)


def _write(conversion, rule, titles, queries):
    articles = pd.DataFrame(
        {"article_id": titles.keys(), "image": [title.path for title in titles.values()]}
    )
    for attribute in rule.attributes:
        articles[attribute] = [title.parts[attribute] for title in titles.values()]
    files = {
        ARTICLES: articles,
        QUERIES: pd.DataFrame(
            {
                "query_id": [query.photo_id for query in queries],
                "image": [query.path for query in queries],
            }
        ),
        MATCHES: pd.DataFrame(
            {
                "query_id": [query.photo_id for query in queries],
                "article_id": [query.article_id for query in queries],
            }
        ),
        LEFT_OUT: conversion.left_out,
    }
    if rule.view:
        files[QUERIES]["view"] = [query.view for query in queries]
    origin = {
        "photos": str(conversion.source),
        "data_set": conversion.name,
        "studio2shop": studio2shop.__version__,
    }
    files = {file: table.to_csv(index=False, lineterminator="\n") for file, table in files.items()}
    files[ORIGIN] = json.dumps(origin, indent=1) + "\n"
    try:
        with whole_folder(conversion.target) as unfinished:
            for file, text in files.items():
                (unfinished / file).write_text(text, encoding="utf-8", newline="")
    except OSError as failure:
        problem = f"the catalogue cannot be written ({failure.strerror or failure})"
        raise type(failure)(
            f"{conversion.target}: {problem}; free some room there or give another folder."
        ) from failure
