"""An index's vectors elsewhere: the file, and two databases that find the same candidates."""

import pathlib
import re
import sys

import numpy as np
import pytest
from matching_models import random_towers

from studio2shop import Index, Retriever, load_run
from studio2shop.retrieval.parquet import write_parquet

PAGE = pathlib.Path(__file__).parents[2] / "docs" / "vector_databases.md"
BLOCKS = re.findall(r"^```python\n(.*?)^```$", PAGE.read_text("utf-8"), re.DOTALL | re.MULTILINE)
NUM_CANDIDATES, K = 20, 10


@pytest.fixture(scope="module")
def made(tiny_run):
    """The tiny run, an index of it with towers, and its catalogue."""
    run = load_run(tiny_run[0])
    towers = random_towers(run.features.size, 0)
    return run, Index(run.model, run.features, towers, NUM_CANDIDATES), run.load_catalogue()


@pytest.fixture
def parquet(made, tmp_path):
    pytest.importorskip("pyarrow", reason="needs the extra vectors")
    _, index, catalogue = made
    index.to_parquet(tmp_path / "my-articles.parquet", catalogue)
    return tmp_path / "my-articles.parquet"


def test_the_file_has_ids_vectors_and_attributes(made, parquet):
    import pyarrow.parquet

    _, index, catalogue = made
    table = pyarrow.parquet.read_table(parquet)
    assert table.column_names == ["article_id", "vector", *catalogue.attributes]
    assert table["article_id"].to_pylist() == index.features.ids.tolist()
    vectors = np.array(table["vector"].to_pylist(), "float32")
    np.testing.assert_array_equal(vectors, index.candidates.vectors)
    articles = catalogue.articles.set_index("article_id").loc[index.features.ids]
    for name in catalogue.attributes:
        assert [label or "" for label in table[name].to_pylist()] == articles[name].tolist()


def test_a_large_index_is_written_in_blocks(made, tmp_path, monkeypatch):
    pytest.importorskip("pyarrow", reason="needs the extra vectors")
    import pyarrow.parquet

    monkeypatch.setattr("studio2shop.retrieval.parquet.ROWS_PER_BLOCK", 7)
    _, index, _ = made
    write_parquet(index, tmp_path / "blocks.parquet")
    table = pyarrow.parquet.read_table(tmp_path / "blocks.parquet")
    assert table.column_names == ["article_id", "vector"] and table.num_rows == len(index)
    assert table["article_id"].to_pylist() == index.features.ids.tolist()


@pytest.mark.parametrize("library", ["lancedb", "qdrant_client"])
def test_a_databases_candidates_ranked_by_the_match_are_the_two_stage_search(
    library, made, parquet, monkeypatch
):
    pytest.importorskip(library, reason="needs the extra vectors")
    run, index, catalogue = made
    search = Retriever(index)
    (block,) = [block for block in BLOCKS if f"{library}" in block]
    block = block.replace("limit(1000)", f"limit({NUM_CANDIDATES})")
    block = block.replace("limit=1000", f"limit={NUM_CANDIDATES}").replace("k=50", f"k={K}")
    monkeypatch.chdir(parquet.parent)
    for number, path in enumerate(catalogue.query_paths[:3]):
        features = search.query_features(path)
        names = {"search": search, "features": features}
        names["vector"] = index.candidates.query_vectors(features)[0]
        exec(block.replace("my-lancedb", f"my-lancedb-{number}"), names)
        (rows,) = index.candidates.best(features, NUM_CANDIDATES)
        assert sorted(names["candidates"]) == sorted(index.features.ids[rows].tolist())
        expected = search(path, K)
        assert names["found"].to_dict("list") == expected.to_dict("list")


def test_the_pages_vectors_are_made_as_it_says(tiny_run, tmp_path, monkeypatch):
    pytest.importorskip("pyarrow", reason="needs the extra vectors")
    photo = load_run(tiny_run[0]).load_catalogue().query_paths[0]
    code = BLOCKS[0].replace("my-run", str(tiny_run[0])).replace("photo.jpg", photo)
    code = code.replace("run.features)\n", "run.features, num_steps=3)\n", 1)
    monkeypatch.chdir(tmp_path)
    names = {}
    exec(code, names)
    assert {path.name for path in tmp_path.iterdir()} >= {"my-index", "my-articles.parquet"}
    assert names["vector"].shape == names["index"].candidates.vectors[0].shape


def test_what_has_no_vectors_or_other_articles_is_told(made, studio, tmp_path):
    pytest.importorskip("pyarrow", reason="needs the extra vectors")
    run, index, catalogue = made
    with pytest.raises(ValueError, match="^The index has no vectors .* `first_stage`"):
        Index(run.model, run.features).to_parquet(tmp_path / "a.parquet")
    part = catalogue.select_articles(index.features.ids[1:])
    with pytest.raises(ValueError, match=r"has no article '.*' \(1 such in all\), which is in"):
        index.to_parquet(tmp_path / "a.parquet", part)
    assert list(tmp_path.iterdir()) == []


def test_without_pyarrow_the_extra_is_named(made, tmp_path, monkeypatch):
    monkeypatch.setitem(sys.modules, "pyarrow", None)
    with pytest.raises(ImportError, match=r"pip install 'studio2shop\[vectors\]'"):
        made[1].to_parquet(tmp_path / "a.parquet")
