"""The queries of a folder alone, which may have no other file."""

import pytest
from PIL import Image

from studio2shop.catalogue import load_queries

QUERIES = "query_id,image\n007,q1.png\nq2,q2.png\nNA,q3.png\n"


def test_a_queries_csv_is_enough(write_catalogue):
    folder = write_catalogue(None, QUERIES, None)
    catalogue = load_queries(folder)
    assert catalogue.query_ids.tolist() == ["007", "q2", "NA"]
    assert catalogue.query_paths == [f"{folder.resolve()}/q{number}.png" for number in (1, 2, 3)]
    assert (
        len(catalogue.articles),
        len(catalogue.matches),
        catalogue.attributes,
        len(catalogue.left_out),
    ) == (0, 0, {}, 0)
    assert repr(catalogue) == "Catalogue(shop: 0 articles, 3 queries, 0 matches, 0 attributes)"


def test_what_is_wrong_in_the_other_files_does_not_matter(write_catalogue):
    assert (
        len(
            load_queries(
                write_catalogue("no,table\n", QUERIES, "query_id,article_id\nx,y\n")
            ).queries
        )
        == 3
    )


def test_photos_that_cannot_be_read_are_left_out_and_listed_if_wanted(write_catalogue):
    folder = write_catalogue(None, QUERIES, None)
    Image.new("RGB", (4, 4)).save(folder / "q2.png")
    (folder / "q3.png").touch()
    catalogue = load_queries(folder, on_bad_image="skip")
    assert catalogue.query_ids.tolist() == ["q2"] and catalogue.queries.index.tolist() == [0]
    assert catalogue.left_out["row"].tolist() == [2, 4]
    (folder / "q2.png").unlink()
    with pytest.raises(
        ValueError,
        match=r"queries.csv, row 2: image 'q1.png': there is no such file; .* "
        r"\(Nor can any other image be used.\)",
    ):
        load_queries(folder, on_bad_image="skip")


def test_what_cannot_be_used_is_told_in_one_sentence(write_catalogue, tmp_path):
    with pytest.raises(
        FileNotFoundError,
        match="nowhere: there is no such folder; give the folder that holds queries.csv.",
    ):
        load_queries(tmp_path / "nowhere")
    with pytest.raises(
        FileNotFoundError,
        match=(
            "queries.csv: the file is missing; write it with the columns query_id,image and a row "
            "for each photo."
        ),
    ):
        load_queries(tmp_path)
    with pytest.raises(
        ValueError, match="`on_bad_image` must be 'stop' or 'skip'; received 'drop'."
    ):
        load_queries(tmp_path, on_bad_image="drop")
    with pytest.raises(
        ValueError,
        match=r"queries.csv, row 3: query_id 'q' is already used in row 2; use each id once. "
        r"\(1 more: ",
    ):
        load_queries(write_catalogue(None, "query_id,image\nq,a.png\nq,../b.png\n", None))
    with pytest.raises(
        ValueError, match="queries.csv, row 1: expected a column 'image', found query_id"
    ):
        load_queries(write_catalogue(None, "query_id\nq\n", None))
