"""What a search found, as a page and as a table; a few lines stand in for the network."""

import html.parser

import numpy as np
import pandas as pd
import pytest

from studio2shop import annotate_catalogue, write_gallery
from studio2shop.__main__ import main


class Page(html.parser.HTMLParser):
    """The pictures and the words of a page."""

    def __init__(self, path):
        super().__init__()
        self.pictures, self.words = [], []
        self.feed(path.read_text(encoding="utf-8"))

    def handle_starttag(self, tag, attributes):
        if tag == "img":
            self.pictures.append(dict(attributes))

    def handle_data(self, data):
        self.words += [data.strip()] if data.strip() else []


def found(*rows):
    return pd.DataFrame(rows, columns=["query", "article_id", "score", "rank"])


def test_the_page_holds_each_photo_and_its_articles_best_first(studio, tmp_path):
    ids, photos = studio.article_ids, studio.query_paths[:2]
    write_gallery(tmp_path / "found.html", photos, found((0, ids[7], 0.75, 1), (0, ids[2], 0.25, 2), (1, ids[7], 0.5, 1)), studio)
    page = Page(tmp_path / "found.html")
    assert [picture["alt"] for picture in page.pictures] == [
        "the photo q0000000.jpg", f"article {ids[7]}", f"article {ids[2]}", "the photo q0000001.jpg", f"article {ids[7]}",
    ]  # fmt: skip
    start = page.words.index("1")
    assert page.words[start : start + 3] == ["1", "0.750", ids[7]]
    labels = [label for label in studio.articles.loc[7, list(studio.attributes)] if label]
    assert page.words[start + 3] == ", ".join(labels)


def test_the_page_needs_nothing_but_itself_and_stays_small(studio, tmp_path):
    rows = [(0, article_id, 0.5, rank) for rank, article_id in enumerate(studio.article_ids[:50], 1)]
    write_gallery(tmp_path / "found.html", studio.query_paths[:1], found(*rows), studio)
    page = Page(tmp_path / "found.html")
    assert all(picture["src"].startswith("data:image/jpeg;base64,") for picture in page.pictures)
    text = (tmp_path / "found.html").read_text(encoding="utf-8")
    assert "http" not in text and "<script" not in text
    assert len(text) < 51 * 12_000


def test_names_with_signs_of_html_are_shown_as_they_are(studio, tmp_path):
    photo = tmp_path / "a <b>&c.jpg"
    photo.write_bytes(open(studio.query_paths[0], "rb").read())
    write_gallery(tmp_path / "found.html", [photo], found((0, studio.article_ids[0], 0.5, 1)), studio)
    assert Page(tmp_path / "found.html").pictures[0]["alt"] == "the photo a <b>&c.jpg"
    assert "<b>" not in (tmp_path / "found.html").read_text(encoding="utf-8")


class FakeSearch:
    """Finds the first k of four articles in each photo, with falling scores; keeps the sizes of its calls."""

    image_size = (48, 32)

    def __init__(self):
        self.sizes = []

    def __call__(self, images, k, among=None):
        self.sizes.append(len(images))
        ids, k = among or ["a", "b", "c", "d"], min(k, len(among or "abcd"))
        rows = [(query, ids[rank], 0.9 / 2**rank, rank + 1) for query in range(len(images)) for rank in range(k)]
        return found(*rows)


def read(path):
    return pd.read_csv(path, dtype={"query_id": str, "article_id": str})


def test_all_queries_of_a_catalogue_are_annotated_a_block_at_a_time(studio, tmp_path):
    search = FakeSearch()
    assert annotate_catalogue(search, studio, tmp_path / "matches.csv", k=2) == 240
    table = read(tmp_path / "matches.csv")
    assert list(table.columns) == ["query_id", "article_id", "score", "rank"]
    assert table["query_id"].tolist() == np.repeat(studio.query_ids, 2).tolist()
    assert table["article_id"].tolist() == ["a", "b"] * 120 and table["score"].tolist() == [0.9, 0.45] * 120
    assert search.sizes == [64, 56]


def test_only_articles_from_the_least_score_on_and_among_those_wanted_are_written(studio, tmp_path):
    assert annotate_catalogue(FakeSearch(), studio, tmp_path / "matches.csv", among=["x", "y", "z"], least_score=0.3) == 240
    assert read(tmp_path / "matches.csv")["article_id"].unique().tolist() == ["x", "y"]
    with pytest.raises(ValueError, match="`least_score` must be a probability, 0-1; received 30"):
        annotate_catalogue(FakeSearch(), studio, tmp_path / "matches.csv", least_score=30)


def test_nothing_found_is_a_table_with_a_header(studio, tmp_path):
    assert annotate_catalogue(FakeSearch(), studio, tmp_path / "matches.csv", least_score=1) == 0
    assert (tmp_path / "matches.csv").read_text().split() == ["query_id,article_id,score,rank"]


def test_a_stop_in_the_middle_leaves_no_part_of_a_table(studio, tmp_path):
    def stopped(images, k, among):
        raise KeyboardInterrupt

    search = type("Stopped", (), {"image_size": (48, 32), "__call__": lambda self, *words: stopped(*words)})()
    with pytest.raises(KeyboardInterrupt):
        annotate_catalogue(search, studio, tmp_path / "matches.csv")
    assert list(tmp_path.iterdir()) == []


def test_the_command_finds_what_the_run_finds(tiny_run, tmp_path, capsys):
    from studio2shop import Retriever, load_run

    run = load_run(tiny_run[0])
    catalogue, search = run.load_catalogue(), Retriever(run.model, run.features)
    photo, among = catalogue.query_paths[0], tmp_path / "in_stock.txt"
    among.write_text("\n".join(catalogue.article_ids[10:20]) + "\n\n")
    assert main(["search", str(tiny_run[0]), photo, "--k", "4", "--among", str(among), "--out", str(tmp_path / "found.html")]) == 0
    best = search(photo, 4, catalogue.article_ids[10:20])
    pictures = Page(tmp_path / "found.html").pictures
    assert [picture["alt"] for picture in pictures[1:]] == [f"article {article_id}" for article_id in best["article_id"]]
    assert capsys.readouterr().out.endswith(f"4 articles found: {tmp_path / 'found.html'}\n")
    assert main(["search", str(tiny_run[0]), "--catalogue", str(catalogue.folder), "--k", "3", "--out", str(tmp_path / "matches.csv")]) == 0
    whole = search.by_features(search.query_features_of(catalogue), 3)
    assert read(tmp_path / "matches.csv")["article_id"].tolist() == whole["article_id"].tolist()


@pytest.mark.parametrize(
    "words, sentence",
    [
        ([], "Expected either photos or --catalogue DIR, whose queries are searched for; give one of the two."),
        (["photo.jpg", "--k", "0"], "--k must be at least 1 and --least-score a probability, 0-1; received 0 and 0."),
        (["photo.jpg", "--among", "empty.txt"], "empty.txt has no ids; write one a line, or leave out --among."),
        (["nowhere.jpg"], "nowhere.jpg: there is no such file; correct the path or put the photo there."),
        (["empty.txt"], "empty.txt: the file is empty (0 bytes); copy or download the photo again."),
    ],
)
def test_what_cannot_be_searched_is_told_in_one_sentence(words, sentence, tmp_path, monkeypatch, capsys):
    monkeypatch.chdir(tmp_path)
    (tmp_path / "empty.txt").touch()
    assert main(["search", "run", *words]) == 1
    assert capsys.readouterr().err == f"studio2shop search: {sentence}\n"


def test_a_folder_that_is_no_run_and_an_unknown_article_are_told(tiny_run, tmp_path, capsys):
    photo = load_first_photo(tiny_run[0])
    assert main(["search", str(tmp_path), photo]) == 1
    assert "is no finished run: settings.json is missing" in capsys.readouterr().err
    (tmp_path / "in_stock.txt").write_text("sold-out\n")
    assert main(["search", str(tiny_run[0]), photo, "--among", str(tmp_path / "in_stock.txt")]) == 1
    assert "There are no features of article 'sold-out'" in capsys.readouterr().err


def load_first_photo(folder):
    from studio2shop import load_run

    return load_run(folder).load_catalogue().query_paths[0]
