"""A process that is killed at any renaming loses nothing: the same call goes on to the same end."""

import dataclasses
import os
import pathlib
import shutil

import numpy as np
import pandas as pd
import pytest
from matching_models import joined, random_features, randomised
from PIL import Image
from tiny_jobs import KILLED, end_at, photos_of, results, run_job

from studio2shop import (
    ArticleFeatures,
    Index,
    build_query_article_matching,
    render_catalogue,
)

ARTICLES, QUERIES = random_features(0, num_articles=40, num_queries=4)
MODEL = joined(randomised(build_query_article_matching(16, match_activation=None), 0))
IDS = np.array([f"a{number}" for number in range(40)])
SMALL, LARGE = (Index(MODEL, ArticleFeatures(IDS[:n], ARTICLES[:n])) for n in (20, 40))


def killed(write, renaming):
    """Whether a child process was killed at that renaming; it does nothing but write."""
    child = os.fork()
    if child == 0:
        end_at(renaming)
        write()
        os._exit(0)
    return os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]) == KILLED


@pytest.mark.skipif(not hasattr(os, "fork"), reason="needs fork")
def test_an_index_is_the_old_or_the_new_one_wherever_its_saving_is_killed(tmp_path, seeds):
    folder, outcomes = tmp_path / "index", set()
    for renaming in (1, 2, 3, 4, 5, 6)[: len(seeds(6, 6))]:
        SMALL.save(folder)
        was_killed = killed(lambda: LARGE.save(folder), renaming)
        loaded = Index.load(folder, MODEL, verify=True)
        outcomes.add((was_killed, len(loaded)))
        expected = SMALL if len(loaded) == 20 else LARGE
        for given, own in zip(loaded.search(QUERIES, 5), expected.search(QUERIES, 5), strict=True):
            np.testing.assert_array_equal(given, own)
        LARGE.save(folder)
        assert len(Index.load(folder, MODEL)) == 40
        assert os.listdir(tmp_path) == ["index"]
    assert outcomes >= {(True, 20), (False, 40)}


@dataclasses.dataclass(frozen=True)
class Kills:
    """How a job is killed.

    Attributes:
        few, all_of_them: how many kills every run of the tests makes, and `pytest -m hostile`.
        renaming: at which it is killed at most, counted from each start; half of the kills.
        seconds: after which it is killed at most; the other half. 0 for renamings alone.
        start: the jobs that make what it starts from.
        told: what it says with status 1, by design, of these photos or where all was done before.
    """

    few: int
    all_of_them: int
    renaming: int
    seconds: float = 0
    start: tuple = ()
    told: str = ""


JOBS = {
    "reproduce": Kills(0, 8, 20, 15),
    "pretrained": Kills(0, 8, 20, 15),
    "all_systems": Kills(0, 8, 30, 20, ("pretrained",)),
    "study": Kills(0, 6, 60, 40),
    "evaluate": Kills(0, 6, 8, 5, ("reproduce",)),
    "deploy": Kills(0, 6, 12, 8, ("reproduce",)),
    "add": Kills(0, 5, 6, 0, ("reproduce", "deploy"), "already"),
    "search": Kills(0, 4, 4, 2, ("reproduce",)),
    "check": Kills(1, 2, 2, 0, ("photos",), "a run stops at these"),
    "convert": Kills(1, 2, 2, 0, ("data_set",), "it is not empty"),
    "demo": Kills(0, 3, 3, 3),
}


def photos(folder):
    """What `check` reads, with a problem in it."""
    studio = folder / "run" / "work" / "studio-0"
    render_catalogue(studio, num_articles=20, num_queries=30, image_size=(48, 32), seed=0)
    next(studio.rglob("*.jpg")).write_bytes(b"")


def data_set(folder):
    """What `convert` reads."""
    (folder / "lookbook" / "data").mkdir(parents=True)
    for name in ("CLEAN1_IID000011", "CLEAN0_IID000003", "CLEAN0_IID000001"):
        Image.new("RGB", (4, 4)).save(folder / "lookbook" / "data" / f"PID000000_{name}.jpg")


def new_articles(folder):
    """What `add` adds: three of the run's articles under other ids."""
    old = pathlib.Path(photos_of(folder))
    articles = pd.read_csv(old / "articles.csv", dtype=str)[:3]
    for image in articles["image"]:
        (folder / "new" / image).parent.mkdir(parents=True, exist_ok=True)
        shutil.copy2(old / image, folder / "new" / image)
    articles["article_id"] = "new-" + articles["article_id"]
    articles.to_csv(folder / "new" / "articles.csv", index=False)


MADE_HERE = {"photos": photos, "data_set": data_set}


@pytest.fixture(scope="module")
def started(tmp_path_factory):
    """Function from names of jobs to a folder in which these are done, each once."""
    made = {}

    def start(jobs):
        if jobs not in made:
            folder = tmp_path_factory.mktemp("start") / "work"
            if jobs:
                shutil.copytree(start(jobs[:-1]), folder)
                make = MADE_HERE.get(jobs[-1])
                done = make(folder) if make else run_job(jobs[-1], folder)
                assert make or done.returncode == 0, done.stderr
                if jobs[-1] == "deploy":
                    new_articles(folder)
            else:
                folder.mkdir()
            made[jobs] = folder
        return made[jobs]

    return start


@pytest.mark.parametrize("job", JOBS)
def test_a_command_killed_again_and_again_ends_with_the_same_files(job, tmp_path, seeds, started):
    kills = JOBS[job]
    num_kills = len(seeds(kills.few, kills.all_of_them))
    if not num_kills:
        pytest.skip("takes minutes; pytest -m hostile makes it")
    start = started(kills.start)
    whole = shutil.copytree(start, tmp_path / "whole" / "work")
    finish(job, whole)
    expected, random, tried = results(whole), np.random.default_rng(0), 0
    folder = shutil.copytree(start, tmp_path / "killed0" / "work")
    while num_kills:
        tried += 1
        moment = {"renaming": int(random.integers(1, kills.renaming + 1))}
        if kills.seconds and tried % 2:
            moment = {"seconds": kills.seconds * random.random()}
        done = run_job(job, folder, **moment)
        num_kills -= done.returncode == KILLED
        if done.returncode != KILLED or not num_kills:
            finish(job, folder)
            assert_same_files(results(folder), expected)
            folder = shutil.copytree(start, tmp_path / f"killed{tried}" / "work")


def finish(job, folder):
    """Runs a job to its end."""
    done = run_job(job, folder)
    said, told = done.stdout + done.stderr, JOBS[job].told
    assert done.returncode == 0 or (told and told in said), said


def assert_same_files(given, expected):
    assert sorted(given) == sorted(expected)
    assert [name for name in given if given[name] != expected[name]] == []
