"""A finished run finds the articles worn in photos, for a page or a table."""

import dataclasses
import pathlib

from studio2shop.catalogue import Problem, load_queries
from studio2shop.catalogue.tables import QUERIES
from studio2shop.features.article_features import ArticleFeatures
from studio2shop.io.files import sentence_of
from studio2shop.io.images import ImageError, load_image
from studio2shop.io.words import MOST_QUOTED, quoted, shown
from studio2shop.jobs.annotate import HEADER, annotate_catalogue
from studio2shop.jobs.pages.gallery import MOST_ARTICLES, write_gallery
from studio2shop.jobs.run import load_run
from studio2shop.jobs.run_files import check_finished

BEST_SAID = 5


@dataclasses.dataclass(frozen=True)
class SearchJob:
    """What the command is told; each field is an option of it.

    Attributes:
        run: folder of a finished run, all of whose articles are searched.
        photos: list of paths of photos, to make a page of.
        catalogue: folder with a `queries.csv` whose photos are searched for instead, to make a
            table of.
        k: most articles per photo; default: 50 on a page, 10 in a table.
        among: text file with one article id per line, to choose among; default: all.
        least_score: score from which an article counts, 0-1.
        on_bad_image: what becomes of a catalogue's photos that can't be read, `"stop"` or `"skip"`.
        out: file to write, `.html` or `.csv`; default: `found.html` or `found.csv`.
    """

    run: str
    photos: list = ()
    catalogue: str | None = None
    k: int | None = None
    among: str | None = None
    least_score: float = 0.0
    on_bad_image: str = "stop"
    out: str | None = None

    def check(self):
        """Tells what can't be done before the seconds that TensorFlow takes to start.

        Raises:
            ValueError, OSError: if an option can't be met, in one sentence.
        """
        check_finished(self.run, "settings.json")
        if bool(self.photos) == (self.catalogue is not None):
            raise ValueError(
                "Expected either photos, or --catalogue DIR whose queries are searched for; give "
                "one of the two."
            )
        if self._k < 1 or not 0 <= self.least_score <= 1:
            raise ValueError(
                f"--k must be at least 1 and --least-score a score, 0-1; received {self._k} "
                f"and {self.least_score:g}."
            )
        if self._out.suffix.lower() != self._ending:
            raise ValueError(
                f"--out must be the name of a file that ends in {self._ending}; received "
                f"{str(self._out)!r}."
            )
        if not self._out.parent.is_dir():
            raise FileNotFoundError(
                f"{self._out.parent}: there is no such folder to write {self._out.name} to; make "
                "it first."
            )
        known = ArticleFeatures.load(pathlib.Path(self.run, "features.npz")).ids
        num_articles = len(known if self.among is None else read_ids(self.among, known))
        if self.photos:
            self._check_photos(min(self._k, num_articles))
        else:
            self._check_catalogue()

    def _check_photos(self, num_articles):
        if len(self.photos) * num_articles > MOST_ARTICLES:
            raise ValueError(
                f"{num_articles:,} articles for each of {len(self.photos):,} photos are too many "
                f"for one page, {MOST_ARTICLES:,} in all are the most; "
                "give fewer photos or a smaller --k, or list the photos in a queries.csv and give "
                "its folder as --catalogue."
            )
        for photo in self.photos:
            load_image(photo, (32, 32))

    def _check_catalogue(self):
        if (
            pathlib.Path(self.catalogue).is_dir()
            and not pathlib.Path(self.catalogue, QUERIES).is_file()
        ):
            raise FileNotFoundError(
                f"{self.catalogue}: there is no {QUERIES}; write one with the columns "
                "query_id,image and a row for each photo, "
                "or name the photos themselves, without --catalogue, for a page."
            )
        load_queries(self.catalogue)
        if self._out.is_file():
            with open(self._out, "rb") as file:
                if file.read(len(HEADER)) != HEADER.encode():
                    raise ValueError(
                        f"{self._out} is there already and holds something else than what a search "
                        "found; give another name as --out."
                    )

    def do(self, announce):
        """Searches and writes the file.

        Args:
            announce: called with each line of text on what was found.
        """
        run = load_run(self.run, only_to_search=True)
        among = None if self.among is None else read_ids(self.among, run.features.ids)
        make = self._make_page if self.photos else self._make_table
        make(run, run.retriever(), among, announce)

    def _make_page(self, run, search, among, announce):
        found = search(list(self.photos), self._k, among)
        found = found[found["score"] >= self.least_score]
        try:
            catalogue = run.load_catalogue()
        except (ValueError, OSError) as error:
            catalogue = None
            announce(f"The page has ids alone, no title images: {sentence_of(error)}")
        write_gallery(self._out, self.photos, found, catalogue, run.parts["train"])
        for position, photo in enumerate(self.photos):
            best = found[found["query"] == position][:BEST_SAID]
            announce(
                f"{shown(photo)}: "
                + (
                    ", ".join(
                        f"{shown(row.article_id, MOST_QUOTED)} {row.score:.3f}"
                        for row in best.itertuples()
                    )
                    or "nothing"
                )
            )
        announce(f"page: {self._out}")

    def _make_table(self, run, search, among, announce):
        queries = load_queries(self.catalogue, self.on_bad_image)
        if len(queries.left_out):
            first = Problem(**queries.left_out.iloc[0]).sentence(self.catalogue)
            announce(
                f"Photos left out, since they can't be read: {len(queries.left_out):,}; the first "
                f"is {first}"
            )
        try:
            num_rows = annotate_catalogue(
                search, queries, self._out, self._k, among, self.least_score
            )
        except ImageError as error:
            raise ValueError(
                f"{error} (What was found so far is kept; `--on-bad-image skip` goes on without "
                "such photos.)"
            ) from error
        announce(f"{num_rows:,} articles found in {len(queries.queries):,} photos")
        announce(f"table: {self._out}")

    @property
    def _ending(self):
        return ".html" if self.photos else ".csv"

    @property
    def _k(self):
        return self.k if self.k is not None else 50 if self.photos else 10

    @property
    def _out(self):
        return pathlib.Path(self.out or f"found{self._ending}")


def read_ids(path, known):
    """Reads a text file of article ids, one per line; empty lines and repeated ids don't matter.

    Args:
        path: of the file, UTF-8.
        known: the ids there are.

    Returns:
        List of ids, in the order of the file.

    Raises:
        ValueError: if there is no id, or one that is not known.
        OSError: if the file can't be read.
    """
    path = pathlib.Path(path)
    if not path.is_file():
        raise FileNotFoundError(
            f"{path}: there is no such file; give a text file with one article id per line."
        )
    try:
        lines = path.read_text(encoding="utf-8-sig").splitlines()
    except UnicodeDecodeError as error:
        raise ValueError(
            f"{path}: the file is no UTF-8 text; save it as UTF-8, one article id per line."
        ) from error
    ids = {line.strip(): row for row, line in enumerate(lines, 1) if line.strip()}
    if not ids:
        raise ValueError(f"{path}: the file has no ids; write one article id per line.")
    known_ids = set(known.tolist())
    unknown = [article_id for article_id in ids if article_id not in known_ids]
    if unknown:
        more = f" ({len(unknown) - 1:,} more are not.)" if len(unknown) > 1 else ""
        raise ValueError(
            f"{path}, row {ids[unknown[0]]}: article {quoted(unknown[0])} is not among the run's "
            f"{len(known):,} articles; correct or delete it.{more}"
        )
    return list(ids)
