"""What the main job works on: the catalogue and its parts, and the labelled articles that fDNA learns from."""

import numpy as np

from studio2shop.catalogue import load_catalogue, split_counts
from studio2shop.catalogue.split import VALIDATION_FRACTION, parts_to_train_on
from studio2shop.jobs.stages import (
    catalogue_fingerprint,
    code_fingerprint,
    file_digests,
    fingerprint,
)
from studio2shop.jobs.usable_photos import usable_photos
from studio2shop.studio import RENDERER_VERSION, render_catalogue


class JobData:
    """Finds the folders that were given, renders or reads the photos, and splits them.

    Args:
        resolved: `Resolved` settings.
        announce: called with a line of text on what was found.

    Attributes:
        given, given_labelled: the `Catalogue`s that were named as folders, or `None`.
        catalogue, train, validation, test: the whole `Catalogue` and its parts.
        labelled, labelled_validation: what fDNA learns from, never a test article.
        counts: dict of what is counted in the report.
        data_key, labelled_key: fingerprints of the photos, the split and the code.

    Raises:
        ValueError: if a folder that was given has not what is needed.
    """

    def __init__(self, resolved, announce):
        self.settings, self.scale, self.announce = resolved.settings, resolved.scale, announce
        given, labelled = self.settings.catalogue, self.settings.attributes
        self.given = None if given is None else load_catalogue(given)
        self.given_labelled = None if labelled is None else load_catalogue(labelled)
        if given is not None and not len(self.given.matches):
            raise ValueError(
                f"{self.given!r} has no matches; add queries.csv and matches.csv, or pass it as --attributes for fDNA to learn from."
            )

    def load_catalogue(self, stages):
        """Renders the studio or checks the photos that were given, and splits them."""
        scale, seed = self.scale, self.settings.seed
        if self.given is not None:
            self.catalogue = self.given = usable_photos(
                stages, "photos", self.given, self.settings.on_bad_image
            )
        else:

            def render(folder):
                render_catalogue(
                    folder, scale.num_articles, scale.num_queries, scale.query_size, seed
                )

            key = fingerprint(
                [RENDERER_VERSION, scale.num_articles, scale.num_queries, scale.query_size, seed]
            )
            self.catalogue = load_catalogue(stages.run("studio", key, [], render, keep=True))
        learning, self.train, self.validation, self.test = parts_to_train_on(self.catalogue, seed)
        self.data_key = fingerprint(catalogue_fingerprint(self.catalogue), code_fingerprint(), seed)
        held_out = split_counts(learning, self.train, self.validation)
        self.counts = {
            **split_counts(self.catalogue, learning, self.test),
            "validation_articles (of the train articles)": held_out["test_articles"],
            "validation_queries (of the train queries)": held_out["test_queries"],
            "mixed_queries between training and validation": held_out["mixed_queries"],
        }
        if self.given is not None and self.settings.on_bad_image == "skip":
            self.counts["photos left out"] = len(self.given.left_out)
        self.announce(
            ", ".join(f"{count:,} {name.replace('_', ' ')}" for name, count in self.counts.items())
        )

    def load_labelled(self, stages):
        """The articles that fDNA learns from: the catalogue's own, or those of `--attributes`, never a test article."""
        from studio2shop.models.fdna import check_attributes

        self.labelled, self.labelled_validation, self.labelled_key = (
            self.train,
            self.validation,
            self.data_key,
        )
        if self.given_labelled is not None:
            self.given_labelled = usable_photos(
                stages, "labelled photos", self.given_labelled, self.settings.on_bad_image
            )
            labelled = self.given_labelled
            if self.settings.on_bad_image == "skip":
                self.counts["labelled photos left out"] = len(labelled.left_out)
                self.announce(f"{len(labelled.left_out):,} labelled photos left out")
            is_test = np.isin(
                file_digests(labelled.article_paths), file_digests(self.test.article_paths)
            )
            if is_test.any():
                labelled = labelled.select_articles(labelled.article_ids[~is_test])
            self.counts["labelled articles left out, whose images are test articles'"] = int(
                is_test.sum()
            )
            self.labelled, self.labelled_validation = labelled.split(
                1 - VALIDATION_FRACTION, self.settings.seed
            )
            self.labelled_key = fingerprint(
                catalogue_fingerprint(labelled), code_fingerprint(), self.settings.seed
            )
        if not self.labelled.attributes:
            raise ValueError(
                f"fDNA learns from attributes and {self.labelled!r} has none; pass --attributes DIR with labelled articles, or --article-features backbone."
            )
        check_attributes(self.labelled.attribute_sizes)
