"""A disk without room ends a command with status 1 and a sentence; with room it goes on."""

import os
import shutil

import numpy as np
import pytest
from matching_models import NEEDS_FAISS, joined, random_features, random_towers, randomised
from tiny_jobs import run_job, tables

from studio2shop import ArticleFeatures, Index, build_query_article_matching

pytestmark = pytest.mark.skipif(os.name == "nt", reason="Windows has no limit on file sizes")
# bytes: of tables, features, a small model, figures, the report, the backbone, both networks
LIMITS = (1, 3000, 20_000, 90_000, 400_000, 700_000, 2_000_000, 5_000_000, 6_000_000)


def test_a_run_without_room_for_a_file_ends_in_a_sentence_and_goes_on_with_room(tmp_path, seeds):
    for limit in LIMITS[: len(seeds(1, len(LIMITS)))]:
        done = run_job("reproduce", tmp_path, limit=limit)
        told = done.stderr.strip().splitlines()[-1]
        assert done.returncode == 1, done.stderr
        assert told.startswith(f"studio2shop reproduce: {tmp_path}"), told
        assert "the file cannot be written (" in told, told
        assert "Traceback" not in done.stderr, done.stderr
    if len(seeds(1, 2)) > 1:
        assert run_job("reproduce", tmp_path).returncode == 0
        whole = tmp_path / "whole"
        whole.mkdir()
        assert run_job("reproduce", whole).returncode == 0
        assert tables(tmp_path / "run") == tables(whole / "run")


def test_a_run_is_deployed_with_room_where_it_was_not_without(tmp_path, seeds):
    if not seeds(0, 1):
        pytest.skip("takes minutes; pytest -m hostile makes it")
    assert run_job("reproduce", tmp_path).returncode == 0
    for limit in LIMITS:
        done = run_job("deploy", tmp_path, limit=limit)
        told = done.stderr.strip().splitlines()[-1:]
        assert done.returncode == 1 and "Traceback" not in done.stderr, done.stderr
        assert told[0].startswith("studio2shop deploy: ") and "written" in told[0], told
    assert run_job("deploy", tmp_path).returncode == 0
    shutil.copytree(tmp_path / "run", tmp_path / "whole" / "run")
    assert run_job("deploy", tmp_path / "whole").returncode == 0
    assert tables(tmp_path / "deployed") == tables(tmp_path / "whole" / "deployed")


def told_without_room(save, limit):
    """What a child process ends with that may write no file of more than `limit` bytes."""
    import resource

    reads, writes = os.pipe()
    child = os.fork()
    if child == 0:
        resource.setrlimit(resource.RLIMIT_FSIZE, (limit, limit))
        try:
            save()
            told = "saved"
        except BaseException as error:
            told = f"{type(error).__name__}: {error}"
        os.write(writes, told.encode())
        os._exit(0)
    os.waitpid(child, 0)
    os.close(writes)
    with open(reads) as pipe:
        return pipe.read()


@NEEDS_FAISS
def test_an_index_without_room_for_one_of_its_files_stays_as_it_was(tmp_path):
    articles, queries = random_features(0, num_articles=3000, num_queries=3)
    features = ArticleFeatures([f"a{number}" for number in range(3000)], articles)
    model = joined(randomised(build_query_article_matching(16, match_activation=None), 0))
    old = Index(model, features.of(features.ids[:20]))
    new = Index(model, features, random_towers(16, 1), 50, "hnsw")
    new.save(tmp_path / "index")
    sizes = {path.stat().st_size for path in (tmp_path / "index").iterdir()}
    old.save(tmp_path / "index")
    for limit in (size - 1 for size in sizes):
        told = told_without_room(lambda: new.save(tmp_path / "index"), limit)
        start = f"OSError: The index could not be written to {str(tmp_path / 'index')!r} ("
        assert told.startswith(start), told
        assert told.partition("; ")[2] in (
            "nothing was changed: write to a disk that takes files of this size.",
            # NumPy tells it in its own words
            "nothing was changed: free some room there or write to another folder.",
        )
        assert os.listdir(tmp_path) == ["index"]
        found = Index.load(tmp_path / "index", model, verify=True).search(queries, 5)
        for given, own in zip(found, old.search(queries, 5), strict=True):
            np.testing.assert_array_equal(given, own)
    new.save(tmp_path / "index")
    assert len(Index.load(tmp_path / "index", model, verify=True)) == 3000
