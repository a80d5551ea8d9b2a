"""What a search found, to look at: one HTML page that needs nothing beside it."""

import base64
import html
import io
import os
import pathlib
from concurrent.futures import ThreadPoolExecutor

from PIL import Image

from studio2shop.catalogue.catalogue import check_is_catalogue
from studio2shop.io.given import check_has
from studio2shop.io.images import ImageError, load_image
from studio2shop.jobs.pages.gallery_style import STYLE, filter_style
from studio2shop.jobs.pages.report import write_page

# height x width in pixels that a picture is shrunk into, and its bytes
THUMBNAIL_SIZE, THUMBNAIL_BYTES = (174, 120), 4_500
ENLARGED_SIZE, ENLARGED_BYTES = (348, 240), 14_000  # on a page of few articles
PHOTO_SIZE, PHOTO_BYTES = (435, 300), 24_000
FEW_ARTICLES = 400
CATEGORY = "category"
QUALITIES = (85, 75, 60, 45, 30)  # of JPEG; the first that gives few enough bytes, or the last
MOST_ARTICLES = 5_000  # a page of these has about 25 MB, which a browser just bears


def write_gallery(path, photos, found, catalogue=None, trained_on=()):
    """Writes a page with each photo beside the articles found in it.

    It has no script, needs no file beside it, and can be read on paper. A click, or the space bar,
    enlarges an article's picture; where the catalogue has an attribute `category`, one category can
    be looked at alone.

    Pictures are embedded at 6 kB an article at most, three times as much on a page of up to 400,
    but few that are all noise, whatever their files weigh. Where a photo is one of the catalogue's
    queries, the articles that are known to be worn in it are shown below it, and marked where they
    were found.

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
    check_has("found", found, "columns", "a DataFrame, as a Retriever gives it")
    if catalogue is not None:
        check_is_catalogue(catalogue)
    if len(found) > MOST_ARTICLES:
        raise ValueError(
            f"{len(found):,} articles found in {len(photos):,} photos are too many for one page, "
            f"{MOST_ARTICLES:,} are the most; give fewer photos or a smaller k."
        )
    matches = {} if catalogue is None else _known_matches(photos, catalogue)
    shown = _Shown(catalogue, found, set().union(*matches.values()), set(trained_on))
    sections = []
    for position, photo in enumerate(photos):
        known = matches.get(os.path.realpath(photo), set())
        articles = found[found["query"] == position].to_dict("records")
        cards = "\n".join(
            shown.card(article, article["article_id"] in known) for article in articles
        )
        name = html.escape(pathlib.Path(photo).name)
        picture = f'<img src="{_embedded(photo, PHOTO_SIZE, PHOTO_BYTES)}" alt="the photo {name}">'
        ranks = {article["article_id"]: article["rank"] for article in articles}
        worn = "".join(
            shown.worn(article_id, ranks.get(article_id)) for article_id in sorted(known)
        )
        sections.append(
            f"<section>\n<div>{picture}<h2>{name}</h2><p>{_summary(articles, known)}</p>{worn}"
            f"</div>\n<ol>\n{cards}\n</ol>\n</section>"
        )
    note = (
        "Best first: rank, score, "
        f"id{', attributes' if any(shown.labels.values()) else ''}. "
        "Scores (0-1) put the articles of one photo in order; they are no probabilities, and most "
        "articles with a high one are not what is worn."
    )
    num_missing = len(set(found["article_id"]) - set(shown.pictures))
    if num_missing:
        note += f" Articles whose title image is gone or can't be read: {num_missing:,}."
    write_page(
        path,
        "Articles found",
        f'<h1>Articles found</h1>\n<p class="note">{note}</p>\n{shown.choices()}'
        + "\n".join(sections),
        STYLE + "".join(map(filter_style, range(len(shown.categories)))),
    )


class _Shown:
    """What a page shows of the articles that were found or are known to be worn."""

    def __init__(self, catalogue, found, known, trained_on):
        ids, self.trained_on, rows = {*found["article_id"], *known}, trained_on, {}
        if catalogue is not None:
            rows = {
                article_id: row
                for row, article_id in enumerate(catalogue.article_ids)
                if article_id in ids
            }
        is_few = len(found) <= FEW_ARTICLES
        size = (ENLARGED_SIZE, ENLARGED_BYTES) if is_few else (THUMBNAIL_SIZE, THUMBNAIL_BYTES)
        self.pictures = _pictures(catalogue, rows, *size)
        self.labels = _labels(catalogue, rows)
        self.category = {}
        if catalogue is not None and CATEGORY in catalogue.attributes:
            of_rows = catalogue.articles[CATEGORY]
            self.category = {article_id: of_rows.iloc[row] for article_id, row in rows.items()}
        found_categories = {self.category.get(article_id) for article_id in found["article_id"]}
        self.categories = sorted(found_categories - {None, ""})

    def choices(self):
        """A choice of the category to look at, where there are several."""
        if len(self.categories) < 2:
            return ""
        names = ["all", *self.categories]
        inputs = "\n".join(
            f'<label><input type="radio" name="only" id="only-{number}"'
            f"{' checked' if number < 0 else ''}> {html.escape(name)}</label>"
            for number, name in enumerate(names, -1)
        )
        return f'<fieldset aria-label="category">\n{inputs}\n</fieldset>\n'

    def card(self, article, is_known):
        """One found article."""
        article_id, picture = article["article_id"], self.pictures.get(article["article_id"])
        name = html.escape(str(article_id))
        image = (
            f'<label><input type="checkbox" aria-label="enlarge {name}">'
            f'<img src="{picture}" alt="article {name}"></label>'
            if picture
            else "<span>no picture</span>"
        )
        mark = ""
        if is_known:
            learned = ", trained on" if article_id in self.trained_on else ""
            mark = f"<em>known match{learned}</em>"
        labels = self.labels.get(article_id)
        small = f"<small>{labels}</small>" if labels else ""
        numbers = f"<b>{article['rank']}</b> <i>{article['score']:.3f}</i>"
        attributes = ' class="match"' if is_known else ""
        if self.category.get(article_id) in self.categories:
            attributes += f' data-category="{self.categories.index(self.category[article_id])}"'
        return f"<li{attributes}>{image}{numbers}{mark}<div>{name}</div>{small}</li>"

    def worn(self, article_id, rank):
        """The title image of an article that is known to be worn, found or not."""
        if article_id not in self.pictures:
            return ""
        name = html.escape(str(article_id))
        where = f"rank {rank:,}" if rank else "not found"
        return (
            f'<figure><img src="{self.pictures[article_id]}" alt="known match {name}">'
            f"<figcaption>{where}<br>{name}</figcaption></figure>"
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


def _pictures(catalogue, rows, size, most_bytes):
    """Embedded title images of a catalogue's rows, by id; without those that can't be read."""
    paths = catalogue.article_paths if rows else []

    def embed(article_id):
        try:
            return article_id, _embedded(paths[rows[article_id]], size, most_bytes)
        except ImageError:
            return article_id, None

    with ThreadPoolExecutor(os.cpu_count()) as pool:
        return {article_id: picture for article_id, picture in pool.map(embed, rows) if picture}


def _labels(catalogue, rows):
    """The attributes of the articles in some rows of a catalogue, with their names, by id."""
    if not rows:
        return {}
    names = list(catalogue.attributes)
    columns = catalogue.articles[names].iloc[list(rows.values())].itertuples(index=False)
    return {
        article_id: html.escape(
            ", ".join(
                f"{name.replace('_', ' ')}: {label}" for name, label in zip(names, labels) if label
            )
        )
        for article_id, labels in zip(rows, columns)
    }


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
