"""A run's folder: settings, artefacts, what may be reused; `load_run`."""

import dataclasses
import pathlib

import pandas as pd

from studio2shop.catalogue import load_catalogue
from studio2shop.catalogue.load import load_without
from studio2shop.catalogue.tables import read_problems
from studio2shop.features.article_features import ArticleFeatures, extract_features
from studio2shop.features.reduction import Reduction
from studio2shop.io.images import load_images
from studio2shop.io.readers import read_json, reading
from studio2shop.jobs.run_files import (
    SETTINGS,
    check_finished,
    read_attributes,
    read_networks,
    read_parts,
)
from studio2shop.jobs.startup import silenced_start
from studio2shop.retrieval import Index, Retriever
from studio2shop.retrieval.index_facts import is_index
from studio2shop.retrieval.lite import LITE_FILES, LiteModel, feature_size_of

INDEX = "index"  # the folder of a deployed run's index
LEAST_TO_ADAPT, MOST_TO_ADAPT = 50, 1000  # photos whose statistics are taken


@dataclasses.dataclass(frozen=True)
class Run:
    """A finished run, ready to search with.

    Attributes:
        folder: where it lies.
        settings: dict of what it was made with.
        model: the trained Studio2Shop model, on logits; or its `LiteModel`.
        extractor: Keras model from title images in [0, 255] to activations; `None` beside a
            `LiteModel`.
        reduction: the fitted `Reduction` to article features.
        features: `ArticleFeatures` of the run's whole catalogue.
        attributes: dict of attribute to its labels, in the order of fDNA's outputs; empty without
            fDNA.
        parts: dict of part (`train`, `validation`, `test`) to the ids of its articles.
        is_adapted: whether `features` are of another shop, see `adapted_to`.
    """

    folder: pathlib.Path
    settings: dict
    model: object
    extractor: object
    reduction: Reduction
    features: ArticleFeatures
    attributes: dict
    parts: dict
    is_adapted: bool = False

    @property
    def system(self):
        """The row of Table 3 that its model is."""
        return self.settings.get("row", "Studio2Shop")

    def retriever(self):
        """A `Retriever` of all that it has features of; of its index, where the run is deployed."""
        if not self.is_adapted and is_index(self.folder / INDEX):
            return Retriever(Index.load(self.folder / INDEX, self.model))
        return Retriever(self.model, self.features)

    def load_catalogue(self):
        """The run's own `Catalogue`: rendered, or given and without what it left out.

        Of a deployed run with the articles that were added.
        """
        catalogue = self._own_catalogue()
        for folder in self.settings.get("added") or ():
            catalogue = _with_articles_of(catalogue, load_catalogue(folder))
        return catalogue

    def _own_catalogue(self):
        given, left_out = self.settings.get("catalogue"), self.folder / "left_out.csv"
        if given is not None:
            return (
                load_without(given, read_problems(left_out))
                if left_out.exists()
                else load_catalogue(given)
            )
        owner = pathlib.Path(self.settings.get("deployed_from", self.folder))
        rendered = sorted((owner / "work").glob("studio-*"))
        if not rendered:
            raise FileNotFoundError(
                f"The photos of {str(owner)!r} are gone: work/studio-* is missing; run "
                f"`studio2shop reproduce --out {owner}` again."
            )
        return load_catalogue(rendered[0])

    def article_features(self, catalogue):
        """Features of another catalogue's articles, by the run's own extractor and reduction."""
        if self.extractor is None:
            raise ValueError(
                f"{str(self.folder)!r} was loaded only to search, without what makes article "
                "features; load it whole, with `load_run(folder)`."
            )
        return extract_features(self.extractor, catalogue).reduced_by(self.reduction)

    def adapted_to(self, catalogue):
        """The run for another shop, whose photos it standardises by their own statistics.

        Ours. Another camera or wall moves the activations of all photos alike, and what lies far
        from all it has learned from looks the same to a model. No matches are needed and nothing is
        trained.

        Args:
            catalogue: that shop's `Catalogue`, with some hundred articles and queries at least.

        Returns:
            A `Run` whose `features` are of that catalogue's articles, among which its `retriever()`
            searches.

        Raises:
            ValueError: if it has too few photos, or the run's head does not standardise.
        """
        from studio2shop.models.query_feature import take_statistics

        if min(len(catalogue.queries), len(catalogue.articles)) < LEAST_TO_ADAPT:
            raise ValueError(
                f"A run adapts to the statistics of {LEAST_TO_ADAPT} queries and articles or more; "
                f"{catalogue!r} has too few: search with the run as it is."
            )
        adapted = read_run(self.folder, self.settings)
        step = -(-len(catalogue.query_paths) // MOST_TO_ADAPT)
        query_feature = adapted.model.get_layer("query_feature")
        images = load_images(catalogue.query_paths[::step], query_feature.input_shape[1:3])
        take_statistics(query_feature, images)
        activations = extract_features(adapted.extractor, catalogue)
        reduction = self.reduction.adapted(activations.vectors)
        features = activations.reduced_by(reduction)
        return dataclasses.replace(adapted, reduction=reduction, features=features, is_adapted=True)


def _with_articles_of(catalogue, other):
    """A catalogue and the articles of another, whose photos stay where they are."""
    added = other.articles.assign(image=[str(path) for path in other.article_paths])
    articles = pd.concat([catalogue.articles, added], ignore_index=True)
    return dataclasses.replace(catalogue, articles=articles.fillna(""))


def load_run(folder, only_to_search=False):
    """Loads what `reproduce` left in a folder.

    Args:
        folder: the run's folder.
        only_to_search: whether a `LiteModel`, if the folder has one, is loaded in place of the
            Keras models: a search then starts in a moment, without TensorFlow.

    Returns:
        A `Run`.

    Raises:
        FileNotFoundError: if the run was not finished.
        ValueError: if a file is broken, or another run's, in one sentence.
    """
    check_finished(folder, "settings.json")
    folder = pathlib.Path(folder)
    settings = read_json(folder / "settings.json", SETTINGS)
    if only_to_search and all((folder / name).exists() for name in LITE_FILES):
        with silenced_start():
            return _run_of(folder, settings, LiteModel(folder), None)
    return read_run(folder, settings)


def read_run(folder, settings):
    """As `load_run`, of a run that is not finished but has all its models.

    Args:
        folder: the run's folder.
        settings: dict that its `settings.json` has or will have.

    Returns:
        A `Run`.
    """
    check_finished(folder)
    with silenced_start():  # of TensorFlow, unless it is there
        from studio2shop.training import losses  # noqa: F401, registers what model files name
    return _run_of(folder, settings, *read_networks(folder))


def _run_of(folder, settings, model, extractor):
    features = ArticleFeatures.load(folder / "features.npz")
    with reading(folder / "features.npz", "features that the run's model was trained on"):
        if features.size != feature_size_of(model):
            raise ValueError(f"of {features.size} values, not {feature_size_of(model)}")
    reduction = Reduction.load(folder / "pca.npz")
    with reading(folder / "pca.npz", "reduction of what the run's network makes"):
        size = len(reduction.mean) if extractor is None else extractor.output_shape[1]
        if (len(reduction.mean), len(reduction.components)) != (size, features.size):
            raise ValueError(f"from {len(reduction.mean)} to {len(reduction.components)} values")
    return Run(
        folder=folder,
        settings=settings,
        model=model,
        extractor=extractor,
        reduction=reduction,
        features=features,
        attributes=read_attributes(folder),
        parts=read_parts(folder),
    )
