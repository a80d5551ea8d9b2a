"""What a stage may reuse, and what a stop leaves behind."""

import json
import os

import pytest

from studio2shop.jobs.fingerprints import file_digests, fingerprint
from studio2shop.jobs.stages import Stages


class Work:
    """A stage's work that counts its calls and may stop on the way."""

    def __init__(self, folder, output="result.txt", text="made", stops=False):
        self.folder, self.output, self.text, self.stops = folder, output, text, stops
        self.found, self.old_output_was_there = [], []

    def __call__(self, working):
        self.found.append(sorted(path.name for path in working.iterdir()))
        self.old_output_was_there.append((self.folder / self.output).exists())
        (working / "half done").touch()
        if self.stops:
            raise KeyboardInterrupt
        (self.folder / self.output).write_text(self.text)


def run_stage(folder, work, key="key", keep=False, name="fDNA"):
    """A new session on the folder; returns what it announced."""
    lines = []
    try:
        Stages(folder, lines.append).run(name, key, [work.output], work, keep)
    except KeyboardInterrupt:
        lines.append("stopped")
    return lines


def test_a_stage_is_reused_with_the_same_key_and_all_outputs_there(tmp_path):
    first, second = Work(tmp_path), Work(tmp_path, text="made again")
    assert run_stage(tmp_path, first) == ["fDNA ...", "fDNA: 0 s"]
    assert run_stage(tmp_path, second) == ["fDNA: reused, made before in 0 s"]
    assert second.found == [] and (tmp_path / "result.txt").read_text() == "made"
    (tmp_path / "result.txt").unlink()
    assert run_stage(tmp_path, second) == ["fDNA ...", "fDNA: 0 s"]
    assert (tmp_path / "result.txt").read_text() == "made again"


def test_another_key_removes_the_old_outputs_before_the_work_begins(tmp_path):
    run_stage(tmp_path, Work(tmp_path), key="old")
    work = Work(tmp_path, text="new")
    run_stage(tmp_path, work, key="new")
    assert work.old_output_was_there == [False] and (tmp_path / "result.txt").read_text() == "new"
    back = Work(tmp_path, text="old")
    run_stage(tmp_path, back, key="old")
    assert back.old_output_was_there == [False] and (tmp_path / "result.txt").read_text() == "old"


def test_a_stopped_stage_is_not_recorded_and_goes_on_in_its_folder(tmp_path):
    assert run_stage(tmp_path, Work(tmp_path, stops=True)) == ["fDNA ...", "stopped"]
    assert (tmp_path / "stages.json").read_text() == "{}"
    again = Work(tmp_path)
    assert run_stage(tmp_path, again) == ["fDNA ...", "fDNA: 0 s"]
    assert again.found == [["half done"]]
    assert list((tmp_path / "work").iterdir()) == []


def test_a_stage_that_fails_with_another_key_leaves_nothing_of_the_old_one_to_reuse(tmp_path):
    run_stage(tmp_path, Work(tmp_path), key="old")
    run_stage(tmp_path, Work(tmp_path, stops=True), key="new")
    assert not (tmp_path / "result.txt").exists()
    again = Work(tmp_path)
    run_stage(tmp_path, again, key="old")
    assert again.found == [[]]  # from the start, and not in the other key's folder


def test_a_stopped_stages_folder_of_another_key_is_removed_and_another_stages_is_not(tmp_path):
    run_stage(tmp_path, Work(tmp_path, stops=True), key="old")
    run_stage(tmp_path, Work(tmp_path, "other.txt", stops=True), key="old", name="Studio2Shop")
    work = Work(tmp_path)
    run_stage(tmp_path, work, key="new")
    assert work.found == [[]]
    assert [path.name for path in (tmp_path / "work").iterdir()] == ["Studio2Shop-old"]


def test_a_stage_whose_name_begins_another_stages_leaves_that_ones_folder_alone(tmp_path):
    run_stage(tmp_path, Work(tmp_path, stops=True), name="article features")
    run_stage(tmp_path, Work(tmp_path, "other.txt"), name="article")
    again = Work(tmp_path)
    run_stage(tmp_path, again, name="article features")
    assert again.found == [["half done"]]


def test_a_kept_folder_outlives_its_stage_and_is_needed_to_reuse_it(tmp_path):
    lines, make = [], Work(tmp_path)
    working = Stages(tmp_path, lines.append).run("studio", "key", [], make, keep=True)
    assert working == tmp_path / "work" / "studio-key" and (working / "half done").exists()
    assert (
        Stages(tmp_path, lines.append).run("studio", "key", [], make, keep=True) == working
        and len(make.found) == 1
    )
    (working / "half done").unlink()
    working.rmdir()
    Stages(tmp_path, lines.append).run("studio", "key", [], make, keep=True)
    assert len(make.found) == 2


def test_a_reused_stage_still_says_how_long_it_took(tmp_path):
    (tmp_path / "stages.json").write_text('{"fDNA": {"key": "key", "seconds": 61.4}}')
    (tmp_path / "result.txt").touch()
    lines = []
    stages = Stages(tmp_path, lines.append)
    stages.run("fDNA", "key", ["result.txt"], Work(tmp_path))
    assert stages.seconds == {"fDNA": 61.4} and lines == ["fDNA: reused, made before in 61 s"]


def test_a_fingerprint_changes_with_a_small_files_content_and_not_with_its_time(tmp_path):
    path = tmp_path / "weights.h5"
    path.write_bytes(b"weights")
    first = fingerprint("vgg16", path)
    os.utime(path, (1, 1))
    assert fingerprint("vgg16", path) == first
    path.write_bytes(b"Weights")
    assert fingerprint("vgg16", path) != first


def test_a_fingerprint_of_a_large_file_changes_with_its_time_or_size(tmp_path):
    path, fingerprints = tmp_path / "weights.h5", []
    for size, time in ((1_000_001, 1), (1_000_001, 2), (1_000_002, 2)):
        path.write_bytes(bytes(size))
        os.utime(path, (time, time))
        fingerprints.append(fingerprint(path))
    assert len(set(fingerprints)) == 3


@pytest.mark.parametrize(
    "make", [lambda path: os.mkfifo(path), lambda path: path.symlink_to("/dev/zero")]
)
@pytest.mark.parametrize("read", [fingerprint, lambda path: file_digests([path])])
def test_what_is_no_file_is_not_read_for_a_fingerprint(tmp_path, make, read):
    path = tmp_path / "history.csv"
    make(path)
    with pytest.raises(ValueError) as caught:
        read(path)
    assert str(caught.value).startswith(f"{path}: it is no regular file; ")


def test_a_fingerprint_tells_settings_apart_and_does_not_mind_the_order_of_names():
    values = [
        (),
        (1,),
        ("1",),
        (None,),
        (1, 2),
        ([1, 2],),
        (12,),
        ("a", "b"),
        ("ab",),
        ({"a": 1},),
        ({"a": 2},),
    ]
    assert len({fingerprint(*value) for value in values}) == len(values)
    assert fingerprint({"a": 1, "b": 2}) == fingerprint({"b": 2, "a": 1})


def test_what_another_stage_wrote_over_is_made_again(tmp_path):
    """As with one system after another as a run's own model."""
    run_stage(tmp_path, Work(tmp_path, text="Studio2Shop"), name="Studio2Shop")
    run_stage(tmp_path, Work(tmp_path, text="fDNA-linear"), name="fDNA-linear")
    work = Work(tmp_path, text="Studio2Shop again")
    assert run_stage(tmp_path, work, name="Studio2Shop") == ["Studio2Shop ...", "Studio2Shop: 0 s"]
    assert (tmp_path / "result.txt").read_text() == "Studio2Shop again"


def test_a_stage_with_other_outputs_is_not_the_one_that_was_finished(tmp_path):
    run_stage(tmp_path, Work(tmp_path, "first.txt"))
    own = Work(tmp_path, "own.txt")
    (tmp_path / "own.txt").write_text("another system's")
    run_stage(tmp_path, own)
    assert (tmp_path / "own.txt").read_text() == "made"


def test_a_working_folder_that_a_kill_left_behind_its_finished_stage_is_removed(tmp_path):
    run_stage(tmp_path, Work(tmp_path))
    left = tmp_path / "work" / "fDNA-key"
    left.mkdir()
    (left / "half done").touch()
    assert run_stage(tmp_path, Work(tmp_path)) == ["fDNA: reused, made before in 0 s"]
    assert list((tmp_path / "work").iterdir()) == []


@pytest.mark.parametrize("seconds", ['"61"', "61", "true", '"inf"'])
def test_seconds_of_any_type_that_says_a_number_are_shown_as_one(tmp_path, seconds):
    (tmp_path / "stages.json").write_text(f'{{"fDNA": {{"key": "key", "seconds": {seconds}}}}}')
    (tmp_path / "result.txt").touch()
    number = f"{float(json.loads(seconds)):.0f}"
    lines = run_stage(tmp_path, Work(tmp_path))
    assert lines == [f"fDNA: reused, made before in {number} s"]


@pytest.mark.parametrize(
    "record",
    [
        '{"key": ["key"], "seconds": 1}',
        '{"key": null, "seconds": 1}',
        '{"key": "key", "seconds": 1, "outputs": "result.txt"}',
        '{"key": "key", "seconds": 1, "outputs": {"result.txt": 1}}',
        '{"key": "key", "seconds": 1, "outputs": ["../../result.txt", 3]}',
    ],
)
def test_a_stage_whose_entry_is_of_another_type_is_made_anew(tmp_path, record):
    (tmp_path / "stages.json").write_text(f'{{"fDNA": {record}}}')
    (tmp_path / "result.txt").touch()
    assert run_stage(tmp_path, Work(tmp_path)) == ["fDNA ...", "fDNA: 0 s"]


@pytest.mark.parametrize(
    "text, reason",
    [
        ("", "no JSON object (Expecting value: line 1 column 1 (char 0))"),
        ("[" * 100_000, "no JSON object (maximum recursion depth exceeded"),
        (
            '{"fDNA": {"key": "a", "seconds": 1%s}}' % ("0" * 400),
            "no record of a run's stages (int",
        ),
        (
            '{"fDNA": {"key": "a", "seconds": 1, "outputs": [{}]}}',
            "no record of a run's stages (unhashable type: 'dict')",
        ),
        ("[]", "no JSON object (it is of type list)"),
        ('{"fDNA": 3}', "no record of a run's stages ('int' object is not subscriptable)"),
        ('{"fDNA": {"key": "a", "seconds": "long"}}', "no record of a run's stages (could not"),
    ],
)
def test_a_broken_record_is_told(tmp_path, text, reason):
    (tmp_path / "stages.json").write_text(text)
    with pytest.raises(ValueError) as caught:
        Stages(tmp_path, print)
    start = f"{tmp_path / 'stages.json'}: it is broken, or {reason}"
    assert str(caught.value).startswith(start)
    assert str(caught.value).endswith("; write {} into it, and all stages are made again.")
