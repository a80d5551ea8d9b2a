"""A process that is killed at any renaming loses nothing: the same call goes on to the same end."""

import os
import shutil

import numpy as np
import pytest
from matching_models import joined, random_features, randomised
from tiny_jobs import KILLED, end_at, run_job, tables

from studio2shop import ArticleFeatures, Index, build_query_article_matching

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


JOBS = {  # and how many of their renamings are tried at most after each start
    "reproduce": 40,
    "evaluate": 8,
    "deploy": 12,
    "study": 80,
}


@pytest.mark.parametrize("job", JOBS)
def test_a_run_that_is_killed_again_and_again_ends_with_the_same_tables(job, tmp_path, seeds):
    if not seeds(0, 1):
        pytest.skip("takes minutes; pytest -m hostile makes it")
    start = tmp_path / "start"
    start.mkdir()
    if job in ("evaluate", "deploy"):
        assert run_job("reproduce", start).returncode == 0
    whole = shutil.copytree(start, tmp_path / "whole")
    assert run_job(job, whole).returncode == 0
    for seed in seeds(0, 3):
        random = np.random.default_rng(seed)
        folder = shutil.copytree(start, tmp_path / f"seed{seed}")
        for renaming in random.integers(1, JOBS[job], 5):
            done = run_job(job, folder, int(renaming))
            assert done.returncode in (0, KILLED), done.stderr
        done = run_job(job, folder)
        assert done.returncode == 0, done.stderr
        assert tables(folder) == tables(whole)
