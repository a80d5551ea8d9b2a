"""The data sets that are known here: `data_manifests/`, one readable file each."""

import pathlib
import re
import tomllib
from dataclasses import dataclass, field

import studio2shop


@dataclass(frozen=True)
class Annotation:
    """A data set's own table of its photos.

    A first line with their number, a header, a row for each.

    Attributes:
        file: str. Its name.
        columns: list of str. The header.
        photo: str. The column with the photo's path.
        title: dict from column to the text that it has for title images.
        view: dict, as `Rule.view`, of a column.
    """

    file: str
    columns: list
    photo: str
    title: dict
    view: dict = field(default_factory=dict)


@dataclass(frozen=True)
class Rule:
    """What makes articles, queries and matches of a data set's files.

    A query is matched with the article of the same article id.

    Attributes:
        photo: str. Regular expression that finds a photo's path and names its parts.
        examples: list of str. Paths that it finds.
        photo_id, article_id: str. Templates of the parts' names.
        title: dict from part to the text that it has for title images; all other photos are
            queries.
        attributes: list of the parts that are attributes of an article, read off its title image.
        view: dict. `group`: the part that names a query's view; `names`: dict from its text to
            full, half, back or detail, where it tells. Without it queries have no view.
        annotation: `Annotation` or `None`. Where its file is there it decides what is a title
            image, and the view.
    """

    photo: str
    examples: list
    photo_id: str
    article_id: str
    title: dict
    attributes: list = field(default_factory=list)
    view: dict = field(default_factory=dict)
    annotation: Annotation | None = None

    def parts(self, path):
        """The named parts of a photo's path below the data set's folder, a dict.

        `None` if it is no photo's.
        """
        found = re.search(self.photo, path)
        return found and found.groupdict()


@dataclass(frozen=True)
class Manifest:
    """What a data set is, where it is had and how it becomes a catalogue.

    A file of `data_manifests/`.

    Fields in Croissant's spelling (`datePublished`, `citeAs`) are Croissant's fields.

    Attributes:
        name, description, creator, license, terms, access, citeAs, sha256: str.
        layout: list of str. Files as they should lie in its folder.
        url, datePublished: str or `None`.
        counts: dict from who counted (`"paper"`, `"authors"`) to dict from what (`"photos"`,
            `"articles"`, `"queries"`) to int.
        rule: `Rule`, or `None` if there is nothing to convert.
        instead: str or `None`. Without a rule: what to do instead of converting it.
    """

    name: str
    description: str
    creator: str
    license: str
    terms: str
    access: str
    citeAs: str
    sha256: str
    layout: list
    url: str | None = None
    datePublished: str | None = None
    counts: dict = field(default_factory=dict)
    rule: Rule | None = None
    instead: str | None = None


def manifests_folder():
    """The folder of the manifests: part of an installed package, beside it in a checkout."""
    package = pathlib.Path(studio2shop.__file__).parent
    installed = package / "data_manifests"
    return installed if installed.is_dir() else package.parent / "data_manifests"


def manifest_names():
    """The names of the data sets that have a manifest, sorted, as a list of str."""
    return sorted(path.stem for path in manifests_folder().glob("*.toml"))


def read_manifest(name):
    """Reads what is known about a data set.

    Args:
        name: str, one of `manifest_names()`.

    Returns:
        A `Manifest`.

    Raises:
        ValueError: there is no such manifest; the sentence lists those there are.

    Example:
        read_manifest("lookbook").counts["paper"]
        # {'articles': 8726, 'queries': 68820}
    """
    if name not in manifest_names():
        raise ValueError(
            f"There is no data set {name!r} here; choose from those there are: "
            f"{', '.join(manifest_names())}."
        )
    fields = tomllib.loads((manifests_folder() / f"{name}.toml").read_text(encoding="utf-8"))
    rule = fields.pop("rule", None)
    if rule is not None:
        annotation = rule.pop("annotation", None)
        rule = Rule(**rule, annotation=annotation and Annotation(**annotation))
    texts = {
        field: value.strip() if isinstance(value, str) else value for field, value in fields.items()
    }
    return Manifest(**texts, rule=rule)
