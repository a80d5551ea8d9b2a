"""A disk without room ends a command with status 1 and a sentence; with room it goes on."""

import os

import pytest
from tiny_jobs import run_job, tables

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
