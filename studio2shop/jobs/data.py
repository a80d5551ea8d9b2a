"""What a run works on: its photos, their parts, and what fDNA learns from."""

import dataclasses
import functools

import numpy as np

from studio2shop.catalogue import Catalogue, load_catalogue, split_counts
from studio2shop.catalogue.split import VALIDATION_FRACTION, parts_to_train_on
from studio2shop.jobs.fingerprints import catalogue_fingerprint, file_digests, fingerprint
from studio2shop.jobs.resolved import OF_FDNA
from studio2shop.jobs.usable_photos import usable_photos
from studio2shop.studio import RENDERER_VERSION, render_catalogue


@dataclasses.dataclass(frozen=True)
class JobData:
    """The photos of a run and their parts.

    Attributes:
        catalogue, train, validation, test: the whole `Catalogue` and its parts.
        labelled, labelled_validation: the articles that fDNA learns from, never a test article;
            `None` where there is no fDNA.
        left_out: dict of a CSV file's name to a DataFrame of the photos that were left out.
        counts: dict of what the report counts.
    """

    catalogue: Catalogue
    train: Catalogue
    validation: Catalogue
    test: Catalogue
    labelled: Catalogue | None
    labelled_validation: Catalogue | None
    left_out: dict
    counts: dict

    @functools.cached_property
    def key(self):
        """A fingerprint of the photos and their parts."""
        parts = self.catalogue, self.train, self.validation, self.test
        return fingerprint(*map(catalogue_fingerprint, parts))

    @functools.cached_property
    def labelled_key(self):
        """A fingerprint of what fDNA learns from."""
        return fingerprint(*map(catalogue_fingerprint, (self.labelled, self.labelled_validation)))


@dataclasses.dataclass(frozen=True)
class GivenCatalogues:
    """The catalogues that the settings name as folders, or `None`.

    Attributes:
        catalogue: of queries, articles and matches; `None` for the embedded studio.
        labelled: of labelled articles; `None` for the training articles.
    """

    catalogue: Catalogue | None
    labelled: Catalogue | None


def given_catalogues(settings):
    """Reads the tables in the folders that `Settings` name, as `GivenCatalogues`.

    Raises:
        ValueError, FileNotFoundError: if a folder does not have what is needed.
    """
    folders = settings.catalogue, settings.attributes
    given = GivenCatalogues(*(folder and load_catalogue(folder) for folder in folders))
    if given.catalogue and not len(given.catalogue.matches):
        raise ValueError(
            f"{given.catalogue!r} has no matches; add queries.csv and matches.csv, or pass it as "
            "--attributes for fDNA to learn from."
        )
    return given


def prepare_data(resolved, given, stages, announce):
    """Renders the studio or checks the photos that were given, and splits them.

    Args:
        resolved: `Resolved` settings.
        given: `GivenCatalogues`.
        stages: the run's `Stages`.
        announce: called with a line of text on what was found.

    Returns:
        `JobData`.

    Raises:
        ValueError: if a photo can't be used, the catalogue is too small, or fDNA has nothing to
            learn from.
    """
    settings = resolved.settings
    left_out, counts = {}, {}
    if given.catalogue is None:
        catalogue = _rendered(resolved, stages)
    else:
        catalogue = usable_photos(stages, "photos", given.catalogue, settings.on_bad_image)
        left_out["left_out.csv"] = catalogue.left_out
        counts = _left_out_counts("photos left out", catalogue, settings)
    learning, train, validation, test = parts_to_train_on(catalogue, settings.seed)
    held_out = split_counts(learning, train, validation)
    counts = {
        **split_counts(catalogue, learning, test),
        "validation_articles (of the train articles)": held_out["test_articles"],
        "validation_queries (of the train queries)": held_out["test_queries"],
        "mixed_queries between training and validation": held_out["mixed_queries"],
        **counts,
    }
    announce(", ".join(f"{count:,} {name.replace('_', ' ')}" for name, count in counts.items()))
    labelled = labelled_validation = None
    if resolved.own_features in OF_FDNA:
        labelled, labelled_validation = train, validation
        if given.labelled is not None:
            usable = usable_photos(stages, "labelled photos", given.labelled, settings.on_bad_image)
            left_out["labelled_left_out.csv"] = usable.left_out
            own_counts = _left_out_counts("labelled photos left out", usable, settings)
            for name, count in own_counts.items():
                announce(f"{count:,} {name}")
            labelled = _without_test_images(usable, test)
            own_counts["labelled articles left out, whose images are test articles'"] = len(
                usable.articles
            ) - len(labelled.articles)
            counts |= own_counts
            labelled, labelled_validation = labelled.split(1 - VALIDATION_FRACTION, settings.seed)
        _check_labelled(labelled)
    return JobData(
        catalogue, train, validation, test, labelled, labelled_validation, left_out, counts
    )


def _rendered(resolved, stages):
    scale, seed = resolved.scale, resolved.settings.seed
    what = scale.num_articles, scale.num_queries, scale.query_size, seed, scale.style

    def render(folder):
        render_catalogue(folder, *what)

    key = fingerprint([RENDERER_VERSION, *what])
    return load_catalogue(stages.run("studio", key, [], render, keep=True))


def _left_out_counts(name, catalogue, settings):
    return {name: len(catalogue.left_out)} if settings.on_bad_image == "skip" else {}


def _without_test_images(labelled, test):
    is_test = np.isin(file_digests(labelled.article_paths), file_digests(test.article_paths))
    if not is_test.any():
        return labelled
    return labelled.select_articles(labelled.article_ids[~is_test])


def _check_labelled(labelled):
    from studio2shop.models.fdna import check_attributes

    if not labelled.attributes:
        raise ValueError(
            f"fDNA learns from attributes and {labelled!r} has none; pass --attributes DIR with "
            "labelled articles, or --article-features backbone."
        )
    check_attributes(labelled.attribute_sizes)
