"""A saved index: what is read is what was written, or it is refused; a stop harms nothing."""

import json
import os
import platform
import shutil
from concurrent.futures import ThreadPoolExecutor

import numpy as np
import pytest
from matching_models import (
    ALL,
    NEEDS_FAISS,
    joined,
    random_features,
    random_towers,
    randomised,
)

from studio2shop import ArticleFeatures, Index, Retriever, build_query_article_matching
from studio2shop.retrieval import index_facts, index_files

ARTICLES, QUERIES = random_features(0, num_articles=200, num_queries=4)
ARTICLES[150] = ARTICLES[3]
FEATURES = ArticleFeatures([f"a{number}" for number in range(200)], ARTICLES)
MODEL = joined(randomised(build_query_article_matching(16, match_activation=None), 0))
OTHER_MODEL = joined(randomised(build_query_article_matching(16, match_activation=None), 7))
TOWERS = random_towers(16, 1)


def assert_same_search(some, others):
    assert some.features.ids.tolist() == others.features.ids.tolist()
    for given, expected in zip(some.search(QUERIES, 25), others.search(QUERIES, 25), strict=True):
        np.testing.assert_array_equal(given, expected)


def is_mapped(array):
    while array is not None and not isinstance(array, np.memmap):
        array = array.base
    return array is not None


@pytest.mark.parametrize("method", [None, *ALL])
def test_a_loaded_index_finds_what_the_saved_one_does_to_the_last_bit(tmp_path, method):
    index = Index(MODEL, FEATURES) if method is None else Index(MODEL, FEATURES, TOWERS, 30, method)
    index.save(tmp_path / "index")
    loaded = Index.load(str(tmp_path / "index"), MODEL)
    assert loaded.num_candidates == index.num_candidates and (
        method is None or loaded.candidates.method == method
    )
    assert_same_search(loaded, index)
    for given, expected in zip(
        loaded.search(QUERIES, 5, ["a7", "a150", "a3"]),
        index.search(QUERIES, 5, ["a7", "a150", "a3"]),
    ):
        np.testing.assert_array_equal(given, expected)


@pytest.mark.parametrize("method", ALL)
def test_a_loaded_index_takes_and_gives_up_articles_and_is_saved_over_itself(tmp_path, method):
    index = Index(MODEL, FEATURES.of(FEATURES.ids[:180]), TOWERS, 30, method)
    index.save(tmp_path / "index")
    loaded = Index.load(tmp_path / "index", MODEL)
    for changed in (index, loaded):
        changed.add(FEATURES.of(FEATURES.ids[180:]))
        changed.remove(["a3", "a190"])
    assert_same_search(loaded, index)
    loaded.save(tmp_path / "index")
    assert_same_search(Index.load(tmp_path / "index", MODEL), index)
    assert os.listdir(tmp_path) == ["index"]


def test_large_arrays_are_memory_mapped_and_read_only(tmp_path):
    Index(MODEL, FEATURES, TOWERS).save(tmp_path / "index")
    loaded = Index.load(tmp_path / "index", MODEL)
    for array in (
        loaded.features.ids,
        loaded.features.vectors,
        loaded.scorer.article_parts,
        loaded.candidates.vectors,
    ):
        assert is_mapped(array) and not array.flags.writeable


def test_an_index_in_bfloat16_is_one_again(tmp_path):
    index = Index(MODEL, FEATURES, dtype="bfloat16")
    index.save(tmp_path / "index")
    loaded = Index.load(tmp_path / "index", MODEL)
    assert loaded.scorer.dtype == "bfloat16"
    assert_same_search(loaded, index)


def test_a_retriever_takes_an_index_without_its_model_or_a_model_with_features():
    index = Index(MODEL, FEATURES)
    assert Retriever(index).index is index
    for arguments, received in (
        ((MODEL, index), f"{type(MODEL).__name__} and Index"),
        ((index, FEATURES), "Index and ArticleFeatures"),
        ((index, index), "Index and Index"),
        ((MODEL,), f"{type(MODEL).__name__} and NoneType"),
    ):
        with pytest.raises(ValueError) as caught:
            Retriever(*arguments)
        assert str(caught.value) == (
            "A Retriever takes a model and features, or only an Index, which holds its model; "
            f"received {received}."
        )


def test_a_saved_index_is_loaded_with_its_own_model_and_no_other(tmp_path):
    folder = tmp_path / "index"
    Index(MODEL, FEATURES).save(folder)
    assert Index.load(folder, MODEL).model is MODEL
    assert not list(folder.glob("*.keras"))
    for model in (
        OTHER_MODEL,
        joined(build_query_article_matching(16, "linear")),
        joined(build_query_article_matching(12)),
    ):
        with pytest.raises(ValueError) as caught:
            Index.load(folder, model)
        assert str(caught.value) == (
            f"The index in {str(folder)!r} was made with another match than this model's; "
            "load it with its own model, or make it anew: Index(model, features)."
        )


FILES = [
    "ids.npy",
    "vectors.npy",
    "article_parts.npy",
    "candidate_vectors.npy",
    "copies.npy",
    "matching.npz",
    "first_stage.npz",
]


@pytest.fixture(scope="module")
def saved(tmp_path_factory):
    """A folder with an index and another one, alike in all that can be counted."""
    random, folder = np.random.default_rng(5), tmp_path_factory.mktemp("saved")
    others = random.standard_normal((200, 16))
    others[90] = others[2]
    features = ArticleFeatures([f"b{number}" for number in range(200)], others)
    Index(MODEL, FEATURES, TOWERS, 30).save(folder / "index")
    Index(OTHER_MODEL, features, random_towers(16, 7), 30).save(folder / "other")
    return folder


@pytest.fixture
def two_folders(saved, tmp_path):
    shutil.copytree(saved, tmp_path, dirs_exist_ok=True)
    return tmp_path / "index", tmp_path / "other"


@pytest.mark.parametrize("name", FILES)
def test_a_file_of_another_index_is_refused(two_folders, name):
    folder, other = two_folders
    shutil.copy(other / name, folder / name)
    with pytest.raises(ValueError) as caught:
        Index.load(folder, MODEL)
    assert str(caught.value) == (
        f"{name} in {str(folder)!r} is not the one that was saved with this index; "
        "make the index anew with Index.save."
    )


@NEEDS_FAISS
@pytest.mark.parametrize("method", ["flat", "ivf", "hnsw"])
def test_faiss_files_of_another_index_are_refused(tmp_path, method):
    Index(MODEL, FEATURES, TOWERS, 30, method).save(tmp_path / "index")
    Index(MODEL, FEATURES, random_towers(16, 9), 30, method).save(tmp_path / "other")
    shutil.copy(tmp_path / "other" / "faiss.index", tmp_path / "index")
    with pytest.raises(
        ValueError, match=r"^faiss.index in .* is not the one that was saved with this index"
    ):
        Index.load(tmp_path / "index", MODEL)


def test_of_a_small_change_in_the_weights_the_file_is_refused(two_folders):
    folder, _ = two_folders
    with np.load(folder / "matching.npz") as arrays:
        changed = {name: arrays[name] for name in arrays}
    changed["layer_0_kernel"][130, 130] += 1e-3
    np.savez(folder / "matching.npz", **changed)
    with pytest.raises(ValueError, match=r"^matching.npz in "):
        Index.load(folder, MODEL)


@pytest.mark.parametrize("name", [*FILES, "originals.npy"])
def test_a_missing_file_is_named(two_folders, name):
    folder, _ = two_folders
    (folder / name).unlink()
    with pytest.raises(FileNotFoundError) as caught:
        Index.load(folder, MODEL)
    assert str(caught.value) == (
        f"{str(folder)!r} is no whole index: {name} is missing; "
        "make the index anew with Index.save."
    )


def test_half_a_file_is_refused(two_folders):
    folder, _ = two_folders
    os.truncate(folder / "vectors.npy", 5000)
    with pytest.raises(ValueError, match="^vectors.npy in "):
        Index.load(folder, MODEL)


def test_a_folder_without_an_index_is_told(tmp_path):
    for folder in (tmp_path, tmp_path / "none"):
        with pytest.raises(FileNotFoundError) as caught:
            Index.load(folder, MODEL)
        assert str(caught.value) == (
            f"{str(folder)!r} is no index: index.json is missing; Index.save writes such a folder."
        )


@pytest.mark.parametrize(
    "text", ["", "{", "[]", "3", "null", '{"articles": 3}', '{"format": 1}', "\xff"]
)
def test_a_broken_index_json_is_refused(two_folders, text):
    folder, _ = two_folders
    (folder / "index.json").write_text(text, encoding="latin-1")
    with pytest.raises(ValueError) as caught:
        Index.load(folder, MODEL)
    sentence = str(caught.value)
    keys = "format, dtype, num_candidates, files"
    start = f"{folder / 'index.json'}: it is broken, or no JSON object with {keys} ("
    assert sentence.startswith(start)
    assert sentence.endswith("); make the index anew with Index.save.")


def test_another_format_is_refused(two_folders):
    folder, _ = two_folders
    facts = json.loads((folder / "index.json").read_text())
    (folder / "index.json").write_text(json.dumps({**facts, "format": 2}))
    with pytest.raises(ValueError) as caught:
        Index.load(folder, MODEL)
    assert str(caught.value) == (
        f"{folder / 'index.json'} is of format 2, this version reads 1; "
        "make the index anew with Index.save."
    )


@NEEDS_FAISS
def test_without_faiss_an_index_built_with_it_names_the_way_out(tmp_path, monkeypatch):
    import sys

    Index(MODEL, FEATURES, TOWERS, 30, "flat").save(tmp_path / "index")
    monkeypatch.setitem(sys.modules, "faiss", None)
    with pytest.raises(ImportError) as caught:
        Index.load(tmp_path / "index", MODEL)
    assert str(caught.value) == (
        f"{str(tmp_path / 'index')!r} was built with faiss, which is not installed: "
        "pip install 'studio2shop[faiss]'."
    )


@pytest.mark.parametrize(
    "contents",
    [["photo.jpg"], ["index.json", "notes.txt"], ["ids.npy"]],
    ids=["photos", "another index.json", "arrays"],
)
def test_a_folder_that_holds_something_else_is_never_replaced(tmp_path, contents):
    folder = tmp_path / "mine"
    folder.mkdir()
    for name in contents:
        (folder / name).write_text("mine")
    with pytest.raises(ValueError) as caught:
        Index(MODEL, FEATURES).save(folder)
    assert str(caught.value) == (
        f"{str(folder)!r} holds something else than an index; pass the name of a new folder, "
        "or of an index's."
    )
    assert {name: (folder / name).read_text() for name in os.listdir(folder)} == dict.fromkeys(
        contents, "mine"
    )
    with pytest.raises(ValueError, match="holds something else than an index"):
        Index(MODEL, FEATURES).save(folder / contents[0])


def test_a_new_an_empty_and_a_linked_folder_are_written_to(tmp_path, monkeypatch):
    index = Index(MODEL, FEATURES)
    (tmp_path / "empty").mkdir()
    (tmp_path / "link").symlink_to(tmp_path / "empty")
    for folder in ("empty", "link", "new/er"):
        index.save(tmp_path / folder)
        assert_same_search(Index.load(tmp_path / folder, MODEL), index)
    assert (tmp_path / "link").is_symlink() and sorted(os.listdir(tmp_path)) == [
        "empty",
        "link",
        "new",
    ]
    monkeypatch.chdir(tmp_path)
    index.save("relative")
    assert_same_search(Index.load("relative", MODEL), index)


def fails(error):
    def write(*args, **options):
        raise error

    return write


def test_of_an_index_replaced_by_one_of_one_stage_nothing_is_left(tmp_path):
    Index(MODEL, FEATURES, TOWERS).save(tmp_path / "index")
    Index(MODEL, FEATURES).save(tmp_path / "index")
    assert Index.load(tmp_path / "index", MODEL).candidates is None
    assert "candidate_vectors.npy" not in os.listdir(tmp_path / "index")


WAYS_OUT = {
    28: "free some room there or write to another folder",
    None: "free some room there or write to another folder",
    27: "write to a disk that takes files of this size",
    13: "ask for the right to write there or write to another folder",
}


@pytest.mark.parametrize("place", ["np.savez", "np.save", "json.dumps", "os.replace"])
@pytest.mark.parametrize(
    "stop",
    [
        OSError(28, "No space left on device"),
        OSError("512 requested and 100 written"),
        OSError(27, "File too large"),
        PermissionError(13, "Permission denied"),
        KeyboardInterrupt(),
    ],
    ids=["full disk", "NumPy's full disk", "a limit on files", "no right", "a stop"],
)
def test_a_full_disk_or_a_stop_leaves_the_old_index_whole_and_nothing_beside_it(
    two_folders, monkeypatch, place, stop
):
    folder, other = two_folders
    before = {name: (folder / name).read_bytes() for name in os.listdir(folder)}
    index = Index.load(other, OTHER_MODEL)
    module, function = place.split(".")
    with monkeypatch.context() as patched:
        if place == "os.replace":  # the old folder is moved away, the new one can't take its place
            replace, calls = os.replace, []
            patched.setattr(
                "os.replace",
                lambda *paths: (
                    replace(*paths) if calls.append(paths) or len(calls) != 2 else fails(stop)()
                ),
            )
        else:
            of_modules = {"np": index_files.np, "json": index_facts.json}
            patched.setattr(of_modules[module], function, fails(stop))
        with pytest.raises((OSError, KeyboardInterrupt)) as caught:
            index.save(folder)
    assert isinstance(caught.value, OSError) == isinstance(stop, OSError)
    if isinstance(stop, OSError):
        reason = stop.strerror or stop
        assert str(caught.value) == (
            f"The index could not be written to {str(folder)!r} ({reason}); "
            f"nothing was changed: {WAYS_OUT[stop.errno]}."
        )
    assert sorted(os.listdir(folder.parent)) == ["index", "other"]
    assert {name: (folder / name).read_bytes() for name in os.listdir(folder)} == before


@NEEDS_FAISS
def test_a_full_disk_that_faiss_meets_is_told_like_any_other(tmp_path, monkeypatch):
    import faiss

    monkeypatch.setattr(
        faiss, "write_index", fails(RuntimeError("write error: No space left on device"))
    )
    with pytest.raises(
        OSError,
        match=(
            r"could not be written to .* \(write error: No space left on device\); "
            r"nothing was changed"
        ),
    ):
        Index(MODEL, FEATURES, TOWERS, 30, "hnsw").save(tmp_path / "index")
    assert os.listdir(tmp_path) == []


def test_a_damage_between_the_pieces_is_found_where_all_is_read(tmp_path):
    folder = tmp_path / "index"
    random = np.random.default_rng(0)
    vectors = random.standard_normal((20_000, 16)).astype("float32")
    Index(MODEL, ArticleFeatures(np.arange(20_000).astype(str), vectors)).save(folder)
    assert len(Index.load(folder, MODEL, verify=True)) == 20_000
    path = folder / "article_parts.npy"
    content = bytearray(path.read_bytes())
    content[300_000] ^= 64  # none of the 16 pieces has it
    path.write_bytes(content)
    assert len(Index.load(folder, MODEL)) == 20_000
    sentence = "article_parts.npy in .* is not the one that was saved with this index"
    with pytest.raises(ValueError, match=sentence):
        Index.load(folder, MODEL, verify=True)


def test_an_index_of_an_earlier_version_cannot_be_verified_and_says_so(tmp_path):
    Index(MODEL, FEATURES).save(tmp_path / "index")
    path = tmp_path / "index" / "index.json"
    facts = json.loads(path.read_text())
    for name in ("whole_files", "query_features", "checksum"):
        del facts[name]
    path.write_text(json.dumps(facts))
    assert len(Index.load(tmp_path / "index", MODEL)) == 200
    with pytest.raises(ValueError, match="was saved by an earlier version"):
        Index.load(tmp_path / "index", MODEL, verify=True)


def test_the_command_checks_an_index(tmp_path, capsys):
    from studio2shop.__main__ import main

    folder = tmp_path / "index"
    Index(MODEL, FEATURES).save(folder)
    assert main(["check", str(folder)]) == 0
    assert capsys.readouterr().out == f"{folder}: all files of this index are as they were saved.\n"
    (folder / "ids.npy").write_bytes(b"")
    assert main(["check", str(folder)]) == 1
    assert "ids.npy in" in capsys.readouterr().err


def test_saving_leaves_folders_of_similar_names_alone(tmp_path):
    for name in (".mine.tmp", ".mine.old", "mine.old"):
        (tmp_path / name).mkdir()
        (tmp_path / name / "thesis.txt").write_text("years of work")
    for _ in range(2):
        Index(MODEL, FEATURES).save(tmp_path / "mine")
    assert sorted(path.name for path in tmp_path.rglob("thesis.txt")) == ["thesis.txt"] * 3
    assert sorted(path.name for path in tmp_path.iterdir()) == [
        ".mine.old",
        ".mine.tmp",
        "mine",
        "mine.old",
    ]


def test_of_two_threads_that_save_one_index_one_wins_and_the_other_is_told(tmp_path, monkeypatch):
    folder, write = tmp_path / "index", index_files._write_files

    def write_while_another_saves(index, temporary):
        monkeypatch.setattr(index_files, "_write_files", write)
        with ThreadPoolExecutor() as threads:
            told.append(str(threads.submit(other.save, folder).exception()))
        write(index, temporary)

    told, index = [], Index(MODEL, FEATURES)
    other = Index(MODEL, FEATURES.of(FEATURES.ids[:20]))
    monkeypatch.setattr(index_files, "_write_files", write_while_another_saves)
    index.save(folder)
    start = f"{str(folder)!r} is being written to by process {os.getpid()} on {platform.node()} "
    end = "; wait until that is done, or write to another place."
    assert told[0].startswith(start) and told[0].endswith(end)
    assert_same_search(Index.load(folder, MODEL), index)
    assert os.listdir(tmp_path) == ["index"]


def test_a_folder_with_any_other_file_of_an_index_is_one_but_a_match_is_a_runs_too(tmp_path):
    (tmp_path / "matching.npz").write_bytes(b"")
    assert not index_facts.is_index(tmp_path)
    (tmp_path / "vectors.npy").write_bytes(b"")
    assert index_facts.is_index(tmp_path)
