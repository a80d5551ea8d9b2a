"""The command `studio2shop search`: a page, a table, and all that it says in place of starting."""

import json
import pathlib
import shutil
import subprocess
import sys

import numpy as np
import pandas as pd
import pytest
from gallery_page import Page

from studio2shop import Retriever, load_run
from studio2shop.__main__ import main


@pytest.fixture(scope="module")
def run(tiny_run):
    return load_run(tiny_run[0])


@pytest.fixture(scope="module")
def catalogue(run):
    return run.load_catalogue()


def test_a_page_shows_what_the_run_finds(run, catalogue, tmp_path, capsys):
    search, photos = Retriever(run.model, run.features), catalogue.query_paths[:2]
    (tmp_path / "in_stock.txt").write_text(
        "\n".join([*catalogue.article_ids[10:20], "", catalogue.article_ids[10]]),
        encoding="utf-8-sig",
    )
    words = [
        "search",
        str(run.folder),
        photos[0],
        "--k",
        "4",
        photos[1],
        "--among",
        str(tmp_path / "in_stock.txt"),
        "--out",
        str(tmp_path / "found.html"),
    ]
    assert main(words) == 0
    best, page = search(photos, 4, catalogue.article_ids[10:20]), Page(tmp_path / "found.html")
    assert [picture["alt"] for picture in page.pictures if "article" in picture["alt"]] == [
        f"article {article_id}" for article_id in best["article_id"]
    ]
    first = ", ".join(f"{row.article_id} {row.score:.3f}" for row in best[:4].itertuples())
    assert capsys.readouterr().out.splitlines()[0::2] == [
        f"{photos[0]}: {first}",
        f"page: {tmp_path / 'found.html'}",
    ]


def test_k_of_more_than_there_are_shows_all(run, catalogue, tmp_path, capsys):
    assert (
        main(
            [
                "search",
                str(run.folder),
                catalogue.query_paths[0],
                "--k",
                "5000",
                "--out",
                str(tmp_path / "found.html"),
            ]
        )
        == 0
    )
    assert len(Page(tmp_path / "found.html").articles) == len(catalogue.articles) == 80


def test_a_page_is_made_when_the_photos_of_the_run_are_gone(run, catalogue, tmp_path, capsys):
    shutil.copytree(run.folder, tmp_path / "run", ignore=shutil.ignore_patterns("work"))
    assert (
        main(
            [
                "search",
                str(tmp_path / "run"),
                catalogue.query_paths[0],
                "--out",
                str(tmp_path / "found.html"),
            ]
        )
        == 0
    )
    assert "The page has ids alone, no title images: The photos of" in capsys.readouterr().out
    assert len(Page(tmp_path / "found.html").pictures) == 1


def test_a_table_needs_a_queries_csv_alone(run, catalogue, tmp_path, monkeypatch, capsys):
    (tmp_path / "photos").mkdir()
    catalogue.queries.to_csv(tmp_path / "photos" / "queries.csv", index=False)
    (tmp_path / "photos" / "catalogue.json").write_text(
        json.dumps({"photos": str(catalogue.photos)})
    )
    monkeypatch.chdir(tmp_path)
    assert main(["search", str(run.folder), "--catalogue", "photos"]) == 0
    assert capsys.readouterr().out == "1,600 articles found in 160 photos\ntable: found.csv\n"
    search = Retriever(run.model, run.features)
    expected = search.by_features(search.query_features_of(catalogue), 10)
    table = pd.read_csv("found.csv", dtype=str)
    assert table["article_id"].tolist() == expected["article_id"].tolist()
    assert table["query_id"].tolist() == np.repeat(catalogue.query_ids, 10).tolist()


def test_a_broken_photo_stops_a_table_or_is_left_out_and_told(run, catalogue, tmp_path, capsys):
    for image in ("a.jpg", "b.jpg"):
        shutil.copy(catalogue.query_paths[0], tmp_path / image)
    (tmp_path / "b.jpg").write_text("no photo")
    (tmp_path / "queries.csv").write_text("query_id,image\nb,b.jpg\na,a.jpg\n")
    words = ["search", str(run.folder), "--catalogue", str(tmp_path), "--k", "1"]
    words += ["--out", str(tmp_path / "found.csv")]
    assert main(words) == 1
    assert capsys.readouterr().err.endswith("`--on-bad-image skip` goes on without such photos.)\n")
    assert main([*words, "--on-bad-image", "skip"]) == 0
    left_out = (
        "Photos left out, since they can't be read: 1; "
        f"the first is {tmp_path / 'queries.csv'}, row 2: image 'b.jpg'"
    )
    assert left_out in capsys.readouterr().out
    assert pd.read_csv(tmp_path / "found.csv")["query_id"].tolist() == ["a"]


WRONG = [
    (
        ["photo.jpg", "--catalogue", "."],
        "Expected either photos, or --catalogue DIR whose queries are searched for; "
        "give one of the two.",
    ),
    (
        [],
        "Expected either photos, or --catalogue DIR whose queries are searched for; "
        "give one of the two.",
    ),
    (
        ["photo.jpg", "--k", "0"],
        "--k must be at least 1 and --least-score a score, 0-1; received 0 and 0.",
    ),
    (
        ["--catalogue", ".", "--least-score", "30"],
        "--k must be at least 1 and --least-score a score, 0-1; received 10 and 30.",
    ),
    (
        ["photo.jpg", "--out", "photo.jpg"],
        "--out must be the name of a file that ends in .html; received 'photo.jpg'.",
    ),
    (
        ["--catalogue", ".", "--out", "found.html"],
        "--out must be the name of a file that ends in .csv; received 'found.html'.",
    ),
    (
        ["photo.jpg", "--out", "no/found.html"],
        "no: there is no such folder to write found.html to; make it first.",
    ),
    (
        ["photo.jpg", "--among", "nowhere.txt"],
        "nowhere.txt: there is no such file; give a text file with one article id per line.",
    ),
    (
        ["photo.jpg", "--among", "empty.txt"],
        "empty.txt: the file has no ids; write one article id per line.",
    ),
    (
        ["photo.jpg", "--among", "photo.jpg"],
        "photo.jpg: the file is no UTF-8 text; save it as UTF-8, one article id per line.",
    ),
    (
        ["photo.jpg", "--among", "sold.txt"],
        "sold.txt, row 2: article 'sold' is not among the run's 80 articles; "
        "correct or delete it. (1 more are not.)",
    ),
    (
        ["nowhere.jpg"],
        "nowhere.jpg: there is no such file; correct the path or put the photo there.",
    ),
    (["empty.txt"], "empty.txt: the file is empty (0 bytes); copy or download the photo again."),
    (["--catalogue", "no"], "no: there is no such folder; give the folder that holds queries.csv."),
    (
        ["--catalogue", "."],
        ".: there is no queries.csv; write one with the columns query_id,image and a row for each "
        "photo, or name the photos themselves, without --catalogue, for a page.",
    ),
    (
        ["--catalogue", "shop", "--out", "shop/queries.csv"],
        "shop/queries.csv is there already and holds something else than what a search found; "
        "give another name as --out.",
    ),
    (
        ["photo.jpg"] * 101,
        "50 articles for each of 101 photos are too many for one page, 5,000 in all are the most; "
        "give fewer photos or a smaller --k, or list the photos in a queries.csv "
        "and give its folder as --catalogue.",
    ),
]


@pytest.mark.parametrize("words, sentence", WRONG)
def test_what_cannot_be_searched_is_told_in_one_sentence(
    words, sentence, run, catalogue, tmp_path, monkeypatch, capsys
):
    monkeypatch.chdir(tmp_path)
    (tmp_path / "empty.txt").touch()
    (tmp_path / "sold.txt").write_text(f"{catalogue.article_ids[0]}\nsold\nout\n")
    (tmp_path / "shop").mkdir()
    (tmp_path / "shop" / "queries.csv").write_text("query_id,image\na,a.jpg\n")
    shutil.copy(catalogue.query_paths[0], "photo.jpg")
    before = {path: path.read_bytes() for path in tmp_path.rglob("*") if path.is_file()}
    assert main(["search", str(run.folder), *words]) == 1
    assert capsys.readouterr() == ("", f"studio2shop search: {sentence}\n")
    assert {path: path.read_bytes() for path in tmp_path.rglob("*") if path.is_file()} == before


def test_a_folder_that_is_no_run_and_an_unknown_option_are_told_before_tensorflow_starts(
    run, tmp_path, capsys
):
    assert main(["search", str(tmp_path), "photo.jpg"]) == 1
    assert (
        f"'{tmp_path}' is no finished run: settings.json is missing; run `studio2shop reproduce"
        in capsys.readouterr().err
    )
    with pytest.raises(SystemExit):
        main(["search", str(run.folder), "photo.jpg", "--k", "3", "other.jpg", "--best"])
    assert "unrecognized arguments: --best\n" in capsys.readouterr().err
    code = (
        "import sys; from studio2shop.__main__ import main; "
        f"main(['search', {str(run.folder)!r}, 'no.jpg']); print('tensorflow' in sys.modules)"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout == "False\n" and "no.jpg: there is no such file" in done.stderr


def test_the_pages_python_runs_as_it_is_written(run, catalogue, tmp_path, monkeypatch):
    code = (
        (pathlib.Path(__file__).parents[2] / "docs" / "searching.md")
        .read_text(encoding="utf-8")
        .split("```python\n")[1]
        .split("```")[0]
    )
    shutil.copy(catalogue.query_paths[0], tmp_path / "photo.jpg")
    monkeypatch.chdir(tmp_path)
    exec(code.replace("my-run", str(run.folder)).replace("my_shop", str(catalogue.folder)), {})
    assert len(Page(tmp_path / "found.html").articles) == len(run.parts["test"])
    assert len(pd.read_csv("found.csv")) == 5 * len(catalogue.queries)
