import pytest
from PIL import Image

from studio2shop.catalogue import check_catalogue, load_catalogue

COLUMNS = ["file", "row", "severity", "problem", "what_to_do"]
AGAIN = "copy or download the photo again"
PUT = "correct the path or put the photo there"


@pytest.fixture
def write_photos(write_catalogue):
    def write(*names):
        folder = write_catalogue()
        for name in names:
            Image.new("RGB", (4, 4)).save(folder / name)
        return folder

    return write


def rows_of(problems):
    assert list(problems.columns) == COLUMNS
    return [tuple(row) for row in problems.itertuples(index=False)]


def test_a_sound_catalogue_has_no_problems(write_photos, write_catalogue):
    folder = write_photos("a1.jpg", "a2.jpg", "q1.jpg")
    write_catalogue(matches="query_id,article_id\nq1,a1\nq1,a2\n")
    assert rows_of(check_catalogue(folder)) == []
    assert rows_of(load_catalogue(folder).check()) == []


def test_check_lists_bad_photos_and_unused_rows_with_their_rows(write_catalogue, write_photos):
    folder = write_photos("a1.jpg", "q1.jpg")
    write_catalogue(
        "article_id,image\na1,a1.jpg\n\na2,a2.jpg\na3,a3.jpg\n",
        "query_id,image,view\nq1,q1.jpg,side\nq2,q1.jpg,\n",
        "query_id,article_id\nq1,a1\nq1,a3\n",
    )
    (folder / "a2.jpg").write_bytes(b"")
    expected = [
        (
            "articles.csv",
            4,
            "warning",
            "article 'a2' has no query",
            "keep it as a distractor or add its matches",
        ),
        ("articles.csv", 4, "error", "image 'a2.jpg': the file is empty (0 bytes)", AGAIN),
        ("articles.csv", 5, "error", "image 'a3.jpg': there is no such file", PUT),
        (
            "queries.csv",
            2,
            "warning",
            "view 'side' is unknown",
            "write full, half, back, detail or nothing",
        ),
        (
            "queries.csv",
            3,
            "warning",
            "query 'q2' has no match",
            "add its matches, or splitting drops it",
        ),
    ]
    catalogue = load_catalogue(folder)
    assert rows_of(catalogue.check()) == expected
    assert rows_of(check_catalogue(folder)) == expected
    part = catalogue.select_articles(["a3"])
    assert rows_of(part.check()) == expected[2:3]


def test_truncated_and_oversized_photos_are_found_by_decoding(write_photos):
    folder = write_photos("a1.jpg", "a2.jpg", "q1.jpg")
    Image.effect_noise((64, 64), 90).save(folder / "a2.jpg")
    (folder / "a2.jpg").write_bytes((folder / "a2.jpg").read_bytes()[:700])
    problems = load_catalogue(folder).check()
    problems = problems[problems["severity"] == "error"]
    assert problems["row"].tolist() == [3]
    assert (
        problems["problem"]
        .item()
        .startswith("image 'a2.jpg': it cannot be decoded (image file is truncated")
    )


def test_a_catalogue_that_cannot_be_loaded_is_checked_completely(write_catalogue, write_photos):
    folder = write_photos("a1.jpg")
    write_catalogue(
        "article_id,image\na1,a1.jpg\na1,../a.jpg\n,b.jpg\na4,missing.jpg\n",
        "query_id,image\nq1,q,1.jpg\nq2,q,2.jpg\n",
        "query_id,article_id\nq1,a1\nq1,a9\n",
    )
    found = [(file, row, problem) for file, row, _, problem, _ in rows_of(check_catalogue(folder))]
    assert found == [
        ("articles.csv", 3, "article_id 'a1' is already used in row 2"),
        ("articles.csv", 3, "image '../a.jpg' leaves the catalogue's folder"),
        ("articles.csv", 4, "article_id is empty"),
        ("articles.csv", 5, "image 'missing.jpg': there is no such file"),
        ("queries.csv", 2, "expected at most 2 cells, found 3"),
        ("queries.csv", 3, "expected at most 2 cells, found 3"),
        ("matches.csv", 3, "article_id 'a9' is not in articles.csv"),
    ]


def test_labelled_articles_alone_need_no_query(write_photos):
    folder = write_photos("a1.jpg", "a2.jpg")
    (folder / "queries.csv").unlink()
    (folder / "matches.csv").unlink()
    assert rows_of(load_catalogue(folder).check()) == []
