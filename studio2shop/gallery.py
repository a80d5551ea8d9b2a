"""What a search found, for people: one HTML page of photos and articles; for programs: a CSV of a whole catalogue."""

import base64
import html
import io
import pathlib

import numpy as np
import pandas as pd
from PIL import Image
from tqdm import tqdm

from studio2shop.files import write_text
from studio2shop.images import load_image, load_images
from studio2shop.report import write_page

THUMBNAIL_SIZE, PHOTO_SIZE = (168, 116), (392, 271)  # height x width in pixels, of the paper's shape
PHOTOS_PER_BLOCK = 64

STYLE = """
  section { display: grid; grid-template-columns: 17rem 1fr; gap: 1.5rem; margin-top: 2rem; border-top: 1px solid #ddd; padding-top: 1rem; }
  section > figure { margin: 0; position: sticky; top: 1rem; align-self: start; } section > figure img { width: 100%; display: block; }
  figcaption { overflow-wrap: anywhere; color: #555; font-size: 0.85rem; }
  ol { list-style: none; margin: 0; padding: 0; display: grid; grid-template-columns: repeat(auto-fill, minmax(7.25rem, 1fr)); gap: 1rem 0.75rem; }
  li { font-size: 0.8rem; line-height: 1.35; overflow-wrap: anywhere; break-inside: avoid; } li img { width: 100%; display: block; background: #f4f4f4; }
  li .rank { font-weight: 600; } li .score { float: right; font-variant-numeric: tabular-nums; } li small { line-height: 1.3; }
  @media (max-width: 700px) { section { grid-template-columns: 1fr; gap: 1rem; } section > figure { position: static; max-width: 11rem; } }
"""


def write_gallery(path, photos, found, catalogue):
    """Writes a page with each photo beside the articles found in it, which needs nothing but itself.

    Args:
        path: of the HTML file.
        photos: list of the paths that were searched for.
        found: DataFrame as of `Retriever`, its `query` the position in `photos`.
        catalogue: `Catalogue` with the found articles' title images.

    Raises:
        ImageError: if a picture can't be read.
    """
    rows = dict(zip(catalogue.article_ids, range(len(catalogue.articles))))
    pictures = {}
    note = "Best first: rank, probability that the article is worn in the photo, its id and its attributes."
    parts = [f'<h1>Articles found</h1>\n<p class="note">{note}</p>']
    for position, photo in enumerate(photos):
        of_photo = found[found["query"] == position]
        name = html.escape(pathlib.Path(photo).name)
        cards = []
        for article in of_photo.to_dict("records"):
            row = rows[article["article_id"]]
            if row not in pictures:
                pictures[row] = _embedded(catalogue.article_paths[row], THUMBNAIL_SIZE)
            article_id = html.escape(str(article["article_id"]))
            labels = ", ".join(html.escape(label) for label in catalogue.articles.loc[row, list(catalogue.attributes)] if label)
            cards.append(
                f'<li><img src="{pictures[row]}" alt="article {article_id}" width="{THUMBNAIL_SIZE[1]}" height="{THUMBNAIL_SIZE[0]}" style="height:auto">'
                f'<span class="rank">{article["rank"]}</span> <span class="score">{article["score"]:.3f}</span><div>{article_id}</div><small>{labels}</small></li>'
            )
        photo_picture = f'<figure><img src="{_embedded(photo, PHOTO_SIZE)}" alt="the photo {name}"><figcaption>{name}</figcaption></figure>'
        parts.append(f"<section>{photo_picture}\n<ol>{''.join(cards)}</ol></section>")
    write_page(path, "Articles found", "\n".join(parts), STYLE)


def _embedded(path, size):
    buffer = io.BytesIO()
    Image.fromarray(load_image(path, size)).save(buffer, format="JPEG", quality=80)
    return "data:image/jpeg;base64," + base64.b64encode(buffer.getvalue()).decode()


def annotate_catalogue(search, catalogue, path, k=50, among=None, least_score=0.0):
    """Finds the articles in all of a catalogue's photos, "annotating all our catalogue images" (Section 1).

    Args:
        search: a `Retriever`.
        catalogue: a `Catalogue` whose queries are searched for; its own articles and matches play no part.
        path: of the CSV file `query_id,article_id,score,rank`, which begins as a `matches.csv` does. Written whole or not
            at all.
        k: most articles a query.
        among: as in a search.
        least_score: probability from which an article is written, 0-1.

    Returns:
        Number of rows written.
    """
    if not 0 <= least_score <= 1:
        raise ValueError(f"`least_score` must be a probability, 0-1; received {least_score}.")
    paths, ids = catalogue.query_paths, catalogue.query_ids
    tables = [pd.DataFrame(columns=["query_id", "article_id", "score", "rank"])]
    starts = range(0, len(paths), PHOTOS_PER_BLOCK)
    for start in tqdm(starts, "photos searched", unit=f" x {PHOTOS_PER_BLOCK} photos", disable=None):
        found = search(load_images(paths[start : start + PHOTOS_PER_BLOCK], search.image_size), k, among)
        found = found[found["score"] >= least_score]
        found = found.assign(query_id=ids[start + found["query"].to_numpy()], score=np.round(found["score"], 6))
        tables.append(found[["query_id", "article_id", "score", "rank"]])
    table = pd.concat(tables[1:] or tables, ignore_index=True)
    write_text(path, table.to_csv(index=False))
    return len(table)
