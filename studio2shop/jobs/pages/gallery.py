"""What a search found, to look at: one HTML page that needs nothing beside it."""

import base64
import html
import io
import os
import pathlib
from concurrent.futures import ThreadPoolExecutor

from PIL import Image

from studio2shop.io.images import ImageError, load_image
from studio2shop.jobs.pages.report import write_page

# height x width in pixels that a picture is shrunk into
THUMBNAIL_SIZE, PHOTO_SIZE = (
    (174, 120),
    (435, 300),
)
THUMBNAIL_BYTES, PHOTO_BYTES = 4_500, 24_000
QUALITIES = (85, 75, 60, 45, 30)  # of JPEG; the first that gives few enough bytes, or the last
MOST_ARTICLES = 5_000  # a page of these has about 25 MB, which a browser just bears

STYLE = """
  section { display: grid; grid-template-columns: 15rem 1fr; gap: 1.5rem; margin-top: 1.5rem;
    border-top: 1px solid #ddd; padding-top: 1.5rem; }
  section > div { position: sticky; top: 1rem; align-self: start; }
  section > div img { display: block; width: 100%; max-height: 85vh; object-fit: contain;
    object-position: left top; }
  h2 { font-size: 1rem; margin: 0.5rem 0 0; overflow-wrap: anywhere; }
  section p { color: #555; font-size: 0.85rem; margin: 0.2rem 0 0; }
  ol { list-style: none; margin: 0; padding: 0; display: grid;
    grid-template-columns: repeat(auto-fill, minmax(6.4rem, 1fr)); gap: 1rem 0.7rem; }
  li { font-size: 0.82rem; line-height: 1.35; overflow-wrap: anywhere; break-inside: avoid; }
  li small { font-size: 0.9em; }
  li > :first-child { display: flex; box-sizing: border-box; width: 100%; aspect-ratio: 20 / 29;
    object-fit: contain; background: #fff; border: 1px solid #ddd; margin-bottom: 0.2rem; }
  li > span:first-child { align-items: center; justify-content: center; color: #666; }
  li b, li i { font-style: normal; font-variant-numeric: tabular-nums; }
  li i { float: right; }
  li.match > :first-child { border: 3px solid #009e3c; }
  li.match em { display: block; color: #006b2b; font-style: normal; font-weight: 600; }
  @media print, (max-width: 700px) {
    section { grid-template-columns: 1fr; gap: 1rem; } h2 { margin: 0; }
    section > div { position: static; display: grid; grid-template: auto 1fr / 8rem 1fr;
      gap: 0 1rem; align-items: start; break-inside: avoid; }
    section > div img { grid-row: 1 / 3; }
  }
  @media (max-width: 700px) { body { margin: 1rem auto; } }
  @media print {
    body { margin: 0; max-width: none; padding: 0; font-size: 12px; }
    h1 { font-size: 1.3rem; margin-top: 0; }
    .note { margin: 0; }
    section { margin-top: 0.4rem; padding-top: 0.5rem; gap: 0.6rem; }
    section + section { break-before: page; border: 0; }
    section > div { grid-template-columns: 3.8rem 1fr; }
    ol { grid-template-columns: repeat(10, 1fr); gap: 0.4rem; }
    li { font-size: 8.5px; line-height: 1.2; }
    li small { line-height: 1.2; }
  }
"""


def write_gallery(path, photos, found, catalogue=None, trained_on=()):
    """Writes a page with each photo beside the articles found in it.

    It has no script, needs no file beside it, and can be read on paper.

    Pictures are embedded at 6 kB an article at most, but few that are all noise, whatever their
    files weigh. Where a photo is one of the catalogue's queries, the articles that are known to be
    worn in it are marked.

    Args:
        path: of the HTML file.
        photos: list of the paths that were searched for.
        found: DataFrame as returned by `Retriever`, its `query` the position in `photos`.
        catalogue: `Catalogue` with the found articles' title images and attributes; without one, or
            where an image is gone, an article is shown by its id alone.
        trained_on: ids of the articles that the model was trained on, such as `run.parts["train"]`:
            a known match among them is marked so, since a model finds what it has learned by heart.

    Raises:
        ValueError: if more than 5,000 articles were found, too many for a page.
        ImageError: if a photo can't be read.

    Example:
        search = Retriever(run.model, run.features)
        # `write_gallery("found.html", photos, search(photos), run.load_catalogue())`
    """
    if len(found) > MOST_ARTICLES:
        raise ValueError(
            f"{len(found):,} articles found in {len(photos):,} photos are too many for one page, "
            f"{MOST_ARTICLES:,} are the most; give fewer photos or a smaller k."
        )
    rows, matches, trained_on = {}, {}, set(trained_on)
    if catalogue is not None:
        found_ids = set(found["article_id"])
        rows = {
            article_id: row
            for row, article_id in enumerate(catalogue.article_ids)
            if article_id in found_ids
        }
        matches = _known_matches(photos, catalogue)
    pictures, labels = _pictures(catalogue, rows), _labels(catalogue, rows)
    sections = []
    for position, photo in enumerate(photos):
        known = matches.get(os.path.realpath(photo), set())
        articles = found[found["query"] == position].to_dict("records")
        marks = {
            article_id: "known match, trained on" if article_id in trained_on else "known match"
            for article_id in known
        }
        cards = "\n".join(
            _card(article, *(of.get(article["article_id"], "") for of in (pictures, labels, marks)))
            for article in articles
        )
        name = html.escape(pathlib.Path(photo).name)
        picture = f'<img src="{_embedded(photo, PHOTO_SIZE, PHOTO_BYTES)}" alt="the photo {name}">'
        sections.append(
            f"<section>\n<div>{picture}<h2>{name}</h2><p>{_summary(articles, known)}</p></div>\n"
            f"<ol>\n{cards}\n</ol>\n</section>"
        )
    note = (
        "Best first: rank, probability that the article is worn in the photo, "
        f"id{', attributes' if any(labels.values()) else ''}."
    )
    if len(pictures) < found["article_id"].nunique():
        note += (
            " Articles whose title image is gone or can't be read: "
            f"{found['article_id'].nunique() - len(pictures):,}."
        )
    write_page(
        path,
        "Articles found",
        f'<h1>Articles found</h1>\n<p class="note">{note}</p>\n' + "\n".join(sections),
        STYLE,
    )


def _known_matches(photos, catalogue):
    """The known matches of photos that are a catalogue's queries: real path to a set of ids."""
    wanted = {os.path.realpath(photo) for photo in photos}
    # few real paths are asked of the system then
    names = {os.path.basename(path) for path in wanted}
    of_query = {}
    for query_id, path in zip(catalogue.query_ids, catalogue.query_paths):
        if os.path.basename(path) in names and os.path.realpath(path) in wanted:
            of_query[query_id] = os.path.realpath(path)
    known = catalogue.matches[catalogue.matches["query_id"].isin(of_query)]
    return known.groupby(known["query_id"].map(of_query))["article_id"].agg(set).to_dict()


def _pictures(catalogue, rows):
    """Embedded title images of a catalogue's rows, by id; without those that can't be read."""
    paths = catalogue.article_paths if rows else []

    def embed(article_id):
        try:
            return article_id, _embedded(paths[rows[article_id]], THUMBNAIL_SIZE, THUMBNAIL_BYTES)
        except ImageError:
            return article_id, None

    with ThreadPoolExecutor(os.cpu_count()) as pool:
        return {article_id: picture for article_id, picture in pool.map(embed, rows) if picture}


def _labels(catalogue, rows):
    """The attributes of the articles in some rows of a catalogue, by id."""
    if not rows:
        return {}
    columns = (
        catalogue.articles[list(catalogue.attributes)]
        .iloc[list(rows.values())]
        .itertuples(index=False)
    )
    return {
        article_id: html.escape(", ".join(label for label in labels if label))
        for article_id, labels in zip(rows, columns)
    }


def _card(article, picture, labels, mark):
    article_id = html.escape(str(article["article_id"]))
    image = (
        f'<img src="{picture}" alt="article {article_id}">'
        if picture
        else "<span>no picture</span>"
    )
    mark, css_class = (f"<em>{mark}</em>", ' class="match"') if mark else ("", "")
    small = f"<small>{labels}</small>" if labels else ""
    numbers = f"<b>{article['rank']}</b> <i>{article['score']:.3f}</i>"
    return f"<li{css_class}>{image}{numbers}{mark}<div>{article_id}</div>{small}</li>"


def _summary(articles, known):
    """How many articles were found in a photo, and at which ranks its known matches."""
    if not articles:
        return "nothing found"
    count = f"{len(articles):,} article{'s' if len(articles) > 1 else ''} found"
    ranks = ", ".join(
        f"{article['rank']:,}" for article in articles if article["article_id"] in known
    )
    if ranks:
        return f"{count}; known match at rank {ranks}"
    return f"{count}; the known match is none of them" if known else count


def _embedded(path, size, most_bytes):
    """A picture shrunk into `size`, in its own proportions, as the address of a JPEG."""
    image = Image.fromarray(load_image(path))
    image.thumbnail(size[::-1], reducing_gap=3.0)
    for quality in QUALITIES:
        buffer = io.BytesIO()
        image.save(buffer, format="JPEG", quality=quality, optimize=True)
        if buffer.tell() <= most_bytes:
            break
    return "data:image/jpeg;base64," + base64.b64encode(buffer.getvalue()).decode()
