"""A run's folder: settings, artefacts, what may be reused; `load_run`."""

import dataclasses
import hashlib
import json
import os
import pathlib
import shutil
import time

import numpy as np
import pandas as pd

import studio2shop
from studio2shop.catalogue import load_catalogue
from studio2shop.catalogue.load import load_without
from studio2shop.catalogue.tables import read_problems
from studio2shop.features.article_features import (
    ArticleFeatures,
    Reduction,
    extract_features,
    feature_extractor,
)
from studio2shop.io.files import UNFINISHED, write_text


def fingerprint(*values):
    """A short hash of settings (anything JSON can say) and of files (paths), to tell whether a stage may be reused.

    A file counts by its content up to 1 MB, else by its size and time of change. The package's version counts too.
    """
    digest = hashlib.sha256(studio2shop.__version__.encode())
    for value in values:
        if isinstance(value, pathlib.Path):
            stat = value.stat()
            content = (
                value.read_bytes()
                if stat.st_size <= 1_000_000
                else f"{stat.st_size} {stat.st_mtime_ns}".encode()
            )
            digest.update(content)
        else:
            digest.update(json.dumps(value, sort_keys=True, default=str).encode())
        digest.update(b"\0")
    return digest.hexdigest()[:16]


def file_digests(paths):
    """A hash of each file's content, an array `(files,)` of str."""
    return np.array([hashlib.sha256(pathlib.Path(path).read_bytes()).hexdigest() for path in paths])


def code_fingerprint():
    """A hash of the package's modules: other code makes other models. The studio has its own version, the course makes none."""
    root = pathlib.Path(studio2shop.__file__).parent
    return fingerprint(
        *(
            path
            for path in sorted(root.rglob("*.py"))
            if path.relative_to(root).parts[0] not in ("studio", "course")
        )
    )


def catalogue_fingerprint(catalogue):
    """A hash of a catalogue's tables and of the size and time of change of each image it names."""
    digest = hashlib.sha256()
    for table in (catalogue.articles, catalogue.queries, catalogue.matches):
        digest.update(table.to_csv(index=False).encode())
    for path in [*catalogue.article_paths, *catalogue.query_paths]:
        if os.path.exists(path):
            stat = os.stat(path)
            digest.update(f"{stat.st_size} {stat.st_mtime_ns}\0".encode())
    return digest.hexdigest()[:16]


def write_split(path, catalogue, parts):
    """Writes which part each article and each query of a catalogue belongs to.

    Args:
        path: of the CSV file `kind,id,part`; kind is `article` or `query`.
        catalogue: the whole `Catalogue`.
        parts: dict of part to its `Catalogue`; what is in none of them is `dropped`.
    """
    tables = []
    for kind in ("article", "query"):
        part_of = pd.Series("dropped", index=getattr(catalogue, f"{kind}_ids"))
        for name, part in parts.items():
            part_of[getattr(part, f"{kind}_ids")] = name
        tables.append(pd.DataFrame({"kind": kind, "id": part_of.index, "part": part_of.to_numpy()}))
    write_text(path, pd.concat(tables).to_csv(index=False))


class Stages:
    """Runs the stages of a run's folder, and skips those whose result is there already.

    A stage has a key: the fingerprint of its settings and inputs. Its result is reused only if the stage was finished
    with the same key. What a stage keeps while it works lies in a folder that has the key in its name, so that a
    stopped stage goes on, and one with other settings never finds it.

    Args:
        folder: the run's folder, made if missing.
        announce: called with a line of text when a stage starts, is reused, or ends.

    Raises:
        ValueError: if the folder is a file, or holds something else than a run.
    """

    def __init__(self, folder, announce):
        self.folder = pathlib.Path(folder)
        self._record_path, self._announce = self.folder / "stages.json", announce
        if not self._record_path.exists():
            if self.folder.exists() and (
                not self.folder.is_dir()
                or any(not path.name.startswith(UNFINISHED) for path in self.folder.iterdir())
            ):
                raise ValueError(
                    f"{str(folder)!r} holds something else than a run; pass the name of a new folder, or of a run's, as --out."
                )
            self.folder.mkdir(parents=True, exist_ok=True)
            write_text(self._record_path, "{}")
        self._finished = json.loads(self._record_path.read_text())
        self.seconds = {}

    def run(self, name, key, outputs, make, keep=False):
        """Runs one stage unless it was finished with the same key.

        Args:
            name: of the stage, as printed.
            key: a fingerprint.
            outputs: names of the files in the run's folder that the stage makes.
            make: function of the stage's working folder.
            keep: whether the working folder outlives the stage.

        Returns:
            The stage's working folder.
        """
        working = self.folder / "work" / f"{name.replace(' ', '-')}-{key}"
        finished = self._finished.get(name)
        if (
            finished
            and finished["key"] == key
            and all((self.folder / output).exists() for output in outputs)
            and (working.exists() or not keep)
        ):
            self.seconds[name] = finished["seconds"]
            self._announce(f"{name}: reused, made before in {finished['seconds']:.0f} s")
            return working
        for (
            output
        ) in outputs:  # never leave another setting's result beside a stage that is not done
            (self.folder / output).unlink(missing_ok=True)
        for stale in (self.folder / "work").glob("*"):
            if stale != working and stale.name.rpartition("-")[0] == name.replace(" ", "-"):
                shutil.rmtree(stale)
        self._announce(f"{name} ...")
        working.mkdir(parents=True, exist_ok=True)
        start = time.perf_counter()
        make(working)
        self.seconds[name] = time.perf_counter() - start
        self._finished[name] = {"key": key, "seconds": round(self.seconds[name], 1)}
        write_text(self._record_path, json.dumps(self._finished, indent=1))
        if not keep:
            shutil.rmtree(working)
        self._announce(f"{name}: {self.seconds[name]:.0f} s")
        return working


@dataclasses.dataclass(frozen=True)
class Run:
    """A finished run, ready to search with.

    Attributes:
        folder: where it lies.
        settings: dict of what it was made with.
        model: the trained Studio2Shop model, on logits.
        extractor: Keras model from title images in [0, 255] to activations.
        reduction: the fitted `Reduction` to article features.
        features: `ArticleFeatures` of the run's whole catalogue.
        attributes: dict of attribute to its labels, in the order of fDNA's outputs; empty without fDNA.
        parts: dict of part (`train`, `validation`, `test`) to the ids of its articles.
    """

    folder: pathlib.Path
    settings: dict
    model: object
    extractor: object
    reduction: Reduction
    features: ArticleFeatures
    attributes: dict
    parts: dict

    def load_catalogue(self):
        """The run's own `Catalogue`: the embedded studio it rendered, or the folder it was given but for what it left out."""
        given, left_out = self.settings.get("catalogue"), self.folder / "left_out.csv"
        if given is not None:
            return (
                load_without(given, read_problems(left_out))
                if left_out.exists()
                else load_catalogue(given)
            )
        rendered = sorted((self.folder / "work").glob("studio-*"))
        if not rendered:
            raise FileNotFoundError(
                f"The photos of {str(self.folder)!r} are gone: work/studio-* is missing; run `studio2shop reproduce --out {self.folder}` again."
            )
        return load_catalogue(rendered[0])

    def article_features(self, catalogue):
        """Features of another catalogue's articles, by the run's own extractor and reduction."""
        return extract_features(self.extractor, catalogue).reduced_by(self.reduction)


def load_run(folder):
    """Loads what `reproduce` left in a folder.

    Args:
        folder: the run's folder.

    Returns:
        A `Run`.

    Raises:
        FileNotFoundError: if the run was not finished.
    """
    folder = pathlib.Path(folder)
    check_finished(folder, "settings.json")
    return read_run(folder, json.loads((folder / "settings.json").read_text()))


def check_finished(folder, *others):
    """Raises FileNotFoundError if a run's folder lacks a model, its features, its split, or one of some other files."""
    folder = pathlib.Path(folder)
    extractor = "fdna.keras" if (folder / "fdna.keras").exists() else "backbone.keras"
    for name in (*others, "model.keras", extractor, "pca.npz", "features.npz", "split.csv"):
        if not (folder / name).exists():
            raise FileNotFoundError(
                f"{str(folder)!r} is no finished run: {name} is missing; run `studio2shop reproduce --out {folder}` to its end."
            )


def read_run(folder, settings):
    """As `load_run`, of a run that is not finished but has all its models.

    Args:
        folder: the run's folder.
        settings: dict that its `settings.json` has or will have.

    Returns:
        A `Run`.
    """
    check_finished(folder)
    import keras


    extractor_path = (
        folder / "fdna.keras" if (folder / "fdna.keras").exists() else folder / "backbone.keras"
    )
    split = pd.read_csv(folder / "split.csv", dtype=str, keep_default_na=False)
    articles = split[split["kind"] == "article"]
    return Run(
        folder=folder,
        settings=settings,
        model=keras.models.load_model(folder / "model.keras"),
        extractor=feature_extractor(keras.models.load_model(extractor_path)),
        reduction=Reduction.load(folder / "pca.npz"),
        features=ArticleFeatures.load(folder / "features.npz"),
        attributes=json.loads((folder / "attributes.json").read_text())
        if extractor_path.name == "fdna.keras"
        else {},
        parts={part: np.array(rows["id"]) for part, rows in articles.groupby("part")},
    )
