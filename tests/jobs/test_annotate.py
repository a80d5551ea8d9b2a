"""A search in all photos of a catalogue, as a table; a few lines stand in for the network."""

import dataclasses
import types

import numpy as np
import pandas as pd
import pytest

from studio2shop import ArticleFeatures, annotate_catalogue, load_catalogue
from studio2shop.io.images import ImageError


class FakeSearch:
    """Finds the first k articles in each photo; keeps the sizes of its calls, may be stopped."""

    image_size = (48, 32)

    def __init__(self, ids=("a", "b", "c", "d"), stop_at=None, value=0.9):
        self.features = ArticleFeatures(list(ids), np.ones((len(ids), 2)))
        self.sizes, self.stop_at, self.value = [], stop_at, value

    def __call__(self, images, k, among=None):
        if len(self.sizes) == self.stop_at:
            raise KeyboardInterrupt
        self.sizes.append(len(images))
        ids = list(among or self.features.ids)[:k]
        rows = [
            (query, article_id, self.value / 2**rank, 5.0 * self.value - rank, rank + 1)
            for query in range(len(images))
            for rank, article_id in enumerate(ids)
        ]
        return pd.DataFrame(rows, columns=["query", "article_id", "score", "logit", "rank"])


def read(path):
    return pd.read_csv(path, dtype={"query_id": str, "article_id": str}, keep_default_na=False)


def stopped(studio, path, **options):
    search = FakeSearch(stop_at=2)  # one photo for the key, one part of two
    with pytest.raises(KeyboardInterrupt):
        annotate_catalogue(search, studio, path, **options)
    assert not path.exists() and len(list(path.with_name(f"{path.name}.parts").iterdir())) == 1


def test_all_queries_are_annotated_a_block_at_a_time(studio, tmp_path):
    search = FakeSearch()
    assert annotate_catalogue(search, studio, tmp_path / "found.csv", k=2) == 240
    table = read(tmp_path / "found.csv")
    assert list(table.columns) == ["query_id", "article_id", "score", "rank"]
    assert table["query_id"].tolist() == np.repeat(studio.query_ids, 2).tolist()
    assert (
        table["article_id"].tolist() == ["a", "b"] * 120
        and table["score"].tolist() == [0.9, 0.45] * 120
        and table["rank"].tolist() == [1, 2] * 120
    )
    assert search.sizes == [1, 64, 56]
    assert [path.name for path in tmp_path.iterdir()] == ["found.csv"]


def test_the_rows_are_those_of_a_search_for_each_photo(tiny_run, tmp_path):
    from studio2shop import Retriever, load_run

    run = load_run(tiny_run[0])
    catalogue, search = run.load_catalogue(), Retriever(run.model, run.features)
    annotate_catalogue(search, catalogue, tmp_path / "found.csv", k=3)
    table = read(tmp_path / "found.csv")
    assert len(table) == 3 * len(catalogue.queries)
    for row in (0, 64, len(catalogue.queries) - 1):
        expected, rows = (
            search(catalogue.query_paths[row], k=3),
            table[table["query_id"] == catalogue.query_ids[row]],
        )
        assert rows["article_id"].tolist() == expected["article_id"].tolist()
        np.testing.assert_allclose(rows["score"], expected["score"], atol=1e-5)


def test_the_table_may_serve_as_a_catalogues_matches(studio, tmp_path):
    search = FakeSearch(studio.article_ids[:5])
    for name in ("articles", "queries"):
        getattr(studio, name).to_csv(tmp_path / f"{name}.csv", index=False)
    annotate_catalogue(search, studio, tmp_path / "matches.csv", k=2)
    assert (
        load_catalogue(tmp_path).matches["article_id"].tolist()
        == studio.article_ids[:2].tolist() * 120
    )


def test_only_articles_from_the_least_score_on_and_among_those_wanted_are_written(studio, tmp_path):
    assert (
        annotate_catalogue(
            FakeSearch(), studio, tmp_path / "found.csv", among=["x", "y", "z"], least_score=0.3
        )
        == 240
    )
    assert read(tmp_path / "found.csv")["article_id"].unique().tolist() == ["x", "y"]
    assert annotate_catalogue(FakeSearch(), studio, tmp_path / "found.csv", least_score=1) == 0
    assert (tmp_path / "found.csv").read_text() == "query_id,article_id,score,rank\n"
    with pytest.raises(ValueError, match="`least_score` must be a score, 0-1; received 30"):
        annotate_catalogue(FakeSearch(), studio, tmp_path / "found.csv", least_score=30)


def test_a_stop_leaves_no_half_of_a_table_and_the_same_call_goes_on(studio, tmp_path):
    path, search = tmp_path / "found.csv", FakeSearch()
    stopped(studio, path, k=2)
    assert annotate_catalogue(search, studio, path, k=2) == 240
    assert search.sizes == [1, 56]
    annotate_catalogue(FakeSearch(), studio, tmp_path / "whole.csv", k=2)
    assert path.read_bytes() == (tmp_path / "whole.csv").read_bytes()
    assert sorted(path.name for path in tmp_path.iterdir()) == ["found.csv", "whole.csv"]


@pytest.mark.parametrize(
    "search, options",
    [
        (FakeSearch(), {"k": 1}),
        (FakeSearch(), {"least_score": 0.1}),
        (FakeSearch(), {"among": ["a", "b"]}),
        (FakeSearch("abcdefghijklm"), {}),
        (FakeSearch(value=0.8), {}),
    ],
    ids=["k", "least_score", "among", "articles", "model"],
)
def test_a_part_of_another_search_is_not_used(studio, tmp_path, search, options):
    path = tmp_path / "found.csv"
    stopped(studio, path)
    search.sizes.clear()
    annotate_catalogue(search, studio, path, **options)
    assert search.sizes == [1, 64, 56]
    annotate_catalogue(search, studio, tmp_path / "whole.csv", **options)
    assert path.read_bytes() == (tmp_path / "whole.csv").read_bytes()


def test_after_a_broken_photo_is_mended_only_its_own_part_is_made_anew(studio, tmp_path):
    path, mended = tmp_path / "found.csv", studio.queries["image"].tolist()
    broken = dataclasses.replace(
        studio, queries=studio.queries.assign(image=[*mended[:70], "../broken.jpg", *mended[71:]])
    )
    with pytest.raises(ImageError, match="broken.jpg: there is no such file"):
        annotate_catalogue(FakeSearch(), broken, path)
    assert not path.exists()
    search = FakeSearch()
    annotate_catalogue(search, studio, path)
    assert search.sizes == [1, 56]


def test_ids_stay_as_they_are_written(studio, tmp_path):
    ids = ['0,"07"', "line\nend", "NA"]
    few = dataclasses.replace(studio, queries=studio.queries[:3].assign(query_id=ids))
    assert annotate_catalogue(FakeSearch(ids), few, tmp_path / "found.csv") == 9
    table = read(tmp_path / "found.csv")
    assert (
        table["query_id"].tolist() == np.repeat(ids, 3).tolist()
        and table["article_id"].tolist() == ids * 3
    )


def test_ids_that_a_spreadsheet_would_run_are_written_byte_for_byte(studio, tmp_path):
    formulas = ['=HYPERLINK("http://a.b",1)', "+1", "@SUM(1)", "\x1b[31m"]
    annotate_catalogue(FakeSearch(formulas), studio, tmp_path / "found.csv", k=4)
    assert read(tmp_path / "found.csv")["article_id"].tolist()[:4] == formulas


def test_a_catalogue_without_queries_is_refused(studio, tmp_path):
    none = dataclasses.replace(studio, queries=studio.queries[:0])
    with pytest.raises(ValueError, match="has no queries to search for; it needs a queries.csv"):
        annotate_catalogue(types.SimpleNamespace(), none, tmp_path / "found.csv")
    assert list(tmp_path.iterdir()) == []
