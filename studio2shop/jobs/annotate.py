"""What a search finds in all of a catalogue's photos, as a table for programs."""

import csv
import hashlib
import io
import numbers
import os
import pathlib
import shutil

import numpy as np

from studio2shop.catalogue.catalogue import check_is_catalogue
from studio2shop.io.files import whole_file, write_text
from studio2shop.io.given import check_has, check_path
from studio2shop.io.images import load_images
from studio2shop.io.lock import only_writer_beside
from studio2shop.io.progress import progress_bar
from studio2shop.io.words import quoted
from studio2shop.jobs.fingerprints import fingerprint

HEADER = "query_id,article_id,score,rank"
PHOTOS_PER_PART = 64


def annotate_catalogue(search, catalogue, path, k=10, among=None, least_score=0.0):
    """Finds the articles in all photos of a catalogue, and writes them as a table.

    "Annotating all our catalogue images with all contained articles automatically" (Section 1).

    Works on 64 photos at a time, so that memory does not grow with the catalogue. Finished parts
    are kept in a folder beside the file, named as it is and `.parts`, which goes when the file is
    whole: the same call after a stop goes on there. A part is used again only for the same photos,
    articles, options, and a model that says the same.

    The scores are the model's probabilities as it was trained, on few articles per query. Among
    many articles more of the wrong ones pass any `least_score`: choose it by the test queries of a
    run.

    Args:
        search: a `Retriever`.
        catalogue: a `Catalogue` whose queries are searched for; its own articles and matches play
            no part.
        path: of the CSV file `query_id,article_id,score,rank`, in the order of the queries, which
            may serve as a `matches.csv`. Written whole or not at all.
        k: most articles per query.
        among: ids of the articles to choose among; default: all.
        least_score: score from which an article is written, 0-1.

    Returns:
        Number of rows written.

    Raises:
        ImageError: if a photo can't be read.
        ValueError: if an argument is out of its range.
        BlockingIOError: if another process is writing to the same file.

    Example:
        run = load_run("my-run")
        # `annotate_catalogue(Retriever(run.model, run.features), shop, "found.csv", k=5)`
    """
    check_is_catalogue(catalogue)
    if not isinstance(least_score, numbers.Real) or not 0 <= least_score <= 1:
        raise ValueError(f"`least_score` must be a score, 0-1; received {quoted(least_score)}.")
    check_path("path", path)
    path = pathlib.Path(path)
    photos, ids, folder = (
        catalogue.query_paths,
        catalogue.query_ids,
        path.with_name(f"{path.name}.parts"),
    )
    if not photos:
        raise ValueError(
            f"{catalogue!r} has no queries to search for; it needs a queries.csv with the columns "
            "query_id,image."
        )
    check_has("search", search, "image_size", "a Retriever")
    with only_writer_beside(path):
        folder.mkdir(exist_ok=True)
        num_rows = _join(_parts(search, photos, ids, folder, (k, among, least_score)), path)
        shutil.rmtree(folder)
    return num_rows


def _parts(search, photos, ids, folder, options):
    """Searches a part of the photos after the other; returns the files of what was found."""
    k, among, least_score = options
    key, parts = _search_key(search, photos[:1], *options), []
    with progress_bar(len(photos), "Searching", "photo") as progress:
        for start in range(0, len(photos), PHOTOS_PER_PART):
            some = slice(start, start + PHOTOS_PER_PART)
            files = [pathlib.Path(photo) for photo in photos[some] if os.path.isfile(photo)]
            part = folder / f"{start:09d}-{fingerprint(key, ids[some].tolist(), *files)}.csv"
            if not part.exists():
                found = search(load_images(photos[some], search.image_size), k, among)
                write_text(part, _rows(found, ids[some], least_score))
            parts.append(part)
            progress.update(len(photos[some]))
    return parts


def _search_key(search, photo, k, among, least_score):
    """Tells a search from others: its options, its articles, and what it finds in one photo."""
    found = search(load_images(photo, search.image_size), k, among)
    features = search.features
    digest = hashlib.sha256(np.ascontiguousarray(features.vectors)).hexdigest()
    among = None if among is None else sorted(among)
    return fingerprint(
        k,
        least_score,
        among,
        features.ids.tolist(),
        digest,
        found["article_id"].tolist(),
        found["logit"].round(2).tolist(),
    )


def _rows(found, query_ids, least_score):
    found = found[found["score"] >= least_score]
    table = found.assign(query_id=query_ids[found["query"]])[HEADER.split(",")]
    return table.to_csv(index=False, header=False, float_format="%.6g", lineterminator="\n")


def _join(parts, path):
    """Writes the rows of all parts under one header; returns their number."""
    num_rows = 0
    with (
        whole_file(path) as unfinished,
        open(unfinished, "w", encoding="utf-8", newline="") as file,
    ):
        file.write(f"{HEADER}\n")
        for part in parts:
            text = part.read_text(encoding="utf-8")
            file.write(text)
            num_rows += sum(1 for _ in csv.reader(io.StringIO(text, newline="")))
    return num_rows
