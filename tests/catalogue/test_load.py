import os
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from studio2shop.catalogue import load_catalogue
from studio2shop.io.images import load_images

PHOTOS = Path(__file__).parents[3] / "shared" / "photos"
needs_photos = pytest.mark.skipif(
    not PHOTOS.is_dir(), reason=f"the real photos are not here ({PHOTOS})"
)


def test_the_tables_are_those_of_the_files(write_catalogue):
    folder = write_catalogue(
        "article_id,image,colour\na1,images/a 1.jpg,red\na2,images/ä2.jpg,\n",
        "query_id,image,view\nq1,q1.jpg,full\n",
        "query_id,article_id\nq1,a2\nq1,a1\n",
    )
    catalogue = load_catalogue(folder)
    assert catalogue.articles.to_dict("list") == {
        "article_id": ["a1", "a2"],
        "image": ["images/a 1.jpg", "images/ä2.jpg"],
        "colour": ["red", ""],
    }
    assert catalogue.queries.to_dict("list") == {
        "query_id": ["q1"],
        "image": ["q1.jpg"],
        "view": ["full"],
    }
    assert catalogue.matches.to_dict("list") == {
        "query_id": ["q1", "q1"],
        "article_id": ["a2", "a1"],
    }
    assert [list(table.index) for table in (catalogue.articles, catalogue.queries)] == [[0, 1], [0]]
    assert catalogue.article_paths == [f"{folder}/images/a 1.jpg", f"{folder}/images/ä2.jpg"]
    assert catalogue.query_paths == [f"{folder}/q1.jpg"]


def test_ids_stay_exactly_as_written(write_catalogue):
    ids = ["007", "7", "NA", "null", "nan", "1e3", "True", "a,b", 'a"b', " a", "été"]
    articles = pd.DataFrame({"article_id": ids, "image": "a.jpg"}).to_csv(index=False)
    matches = pd.DataFrame({"query_id": "q1", "article_id": ids}).to_csv(index=False)
    catalogue = load_catalogue(write_catalogue(articles, matches=matches))
    assert catalogue.article_ids.tolist() == ids
    assert catalogue.match_indices()[1].tolist() == list(range(len(ids)))


@pytest.mark.parametrize("ending", ["\n", "\r\n"])
@pytest.mark.parametrize("mark", [b"", b"\xef\xbb\xbf"])
@pytest.mark.parametrize("last", ["", "\n", "\n\n,\n"])
def test_byte_order_mark_line_ends_and_empty_rows_do_not_matter(
    write_catalogue, ending, mark, last
):
    text = "article_id, image \n\na1,a1.jpg\na2,a2.jpg" + last
    catalogue = load_catalogue(write_catalogue(mark + text.replace("\n", ending).encode()))
    assert catalogue.articles.to_dict("list") == {
        "article_id": ["a1", "a2"],
        "image": ["a1.jpg", "a2.jpg"],
    }


text_cells = st.text(st.characters(exclude_categories=("Cs", "Cc")), min_size=1, max_size=8).filter(
    str.strip
)


@settings(max_examples=60, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(ids=st.lists(text_cells, min_size=2, max_size=6, unique=True), label=text_cells)
def test_any_text_survives_the_way_through_a_csv_file(write_catalogue, ids, label):
    articles = pd.DataFrame(
        {"article_id": ids, "image": "a.jpg", "colour": [label, *[""] * (len(ids) - 1)]}
    )
    matches = pd.DataFrame({"query_id": "q1", "article_id": ids})
    folder = write_catalogue(articles.to_csv(index=False), matches=matches.to_csv(index=False))
    catalogue = load_catalogue(folder, attributes=["colour"])
    assert catalogue.article_ids.tolist() == ids
    assert catalogue.attributes == {"colour": (label.strip(),)}


def test_labelled_articles_alone_are_a_catalogue(write_catalogue):
    catalogue = load_catalogue(write_catalogue(queries=None, matches=None))
    assert len(catalogue.articles) == 2
    assert list(catalogue.queries.columns) == ["query_id", "image"] and catalogue.queries.empty
    assert list(catalogue.matches.columns) == ["query_id", "article_id"] and catalogue.matches.empty


def test_attributes_are_columns_with_2_to_50_labels(write_catalogue):
    rows = [f"a{i},a.jpg,{i % 2},one,,{i % 50},{i % 51}" for i in range(60)]
    articles = "article_id,image,two,one,none,fifty,more\n" + "\n".join(rows)
    catalogue = load_catalogue(write_catalogue(articles))
    assert catalogue.attribute_sizes == {"two": 2, "fifty": 50}
    assert catalogue.attributes["two"] == ("0", "1")
    assert catalogue.ignored_columns == ("one", "none", "more")


def test_many_articles_allow_a_tenth_as_many_labels(write_catalogue):
    rows = [f"a{i},a.jpg,{i % 60},{i % 61}" for i in range(600)]
    catalogue = load_catalogue(write_catalogue("article_id,image,sixty,more\n" + "\n".join(rows)))
    assert list(catalogue.attributes) == ["sixty"]


def test_named_attributes_replace_the_rule_in_the_order_of_the_columns(write_catalogue):
    folder = write_catalogue(
        "article_id,image,colour,brand,fit\na1,a.jpg,red,x,slim\na2,a.jpg,blue,x,\n"
    )
    catalogue = load_catalogue(folder, attributes=["fit", "brand"])
    assert catalogue.attributes == {"brand": ("x",), "fit": ("slim",)}
    assert list(catalogue.attributes) == ["brand", "fit"]
    assert catalogue.ignored_columns == ("colour",)
    assert load_catalogue(folder, attributes=[]).attributes == {}


def test_an_attribute_that_cannot_be_used_is_refused(write_catalogue):
    folder = write_catalogue("article_id,image,colour,fit\na1,a.jpg,red,\n")
    for name in ("brand", "fit"):
        with pytest.raises(ValueError) as caught:
            load_catalogue(folder, attributes=[name])
        assert str(caught.value) == (
            f"{folder}/articles.csv, row 1: expected an attribute column {name!r} with at least "
            "one label; "
            "choose from those there are: colour."
        )
    with pytest.raises(
        ValueError, match="Expected attributes to be a list of columns, received 'colour'"
    ):
        load_catalogue(folder, attributes="colour")


LONG_UNCLOSED = 'a1,"' + "x\n" * 100_000


@pytest.mark.parametrize(
    "file, content, sentence",
    [
        ("articles", "", ", row 1: the header is missing; begin the file with article_id,image."),
        (
            "articles",
            "\na1,a.jpg\n",
            ", row 1: the header is missing; begin the file with article_id,image.",
        ),
        ("articles", "article_id,image\n", ": there are no rows below the header; add rows."),
        ("articles", "article_id,image\n,\n", ": there are no rows below the header; add rows."),
        (
            "queries",
            "query_id,image\n",
            (
                ": there are no rows below the header; add rows, or delete queries.csv and "
                "matches.csv (labelled articles alone)."
            ),
        ),
        (
            "articles",
            "id,image\na1,a.jpg\n",
            ", row 1: expected a column 'article_id', found id, image; add or rename the column.",
        ),
        (
            "matches",
            "query_id\nq1\n",
            ", row 1: expected a column 'article_id', found query_id; add or rename the column.",
        ),
        (
            "articles",
            f"article_id,image{',x' * 30_000}\na1,a.jpg\n",
            (
                ", row 1: expected at most 1,000 columns, found 30,002; leave out those that are "
                "no attributes."
            ),
        ),
        (
            "articles",
            "article_id,image,fit,fit\na1,a.jpg,x,y\n",
            ", row 1: there are two columns 'fit'; rename or delete one of them.",
        ),
        (
            "articles",
            "article_id;image\na1;a.jpg\n",
            ", row 1: columns are separated by semicolons; save the file with commas.",
        ),
        (
            "queries",
            "query_id\timage\nq1\tq.jpg\n",
            ", row 1: columns are separated by tabs; save the file with commas.",
        ),
        (
            "articles",
            "article_id,image\na1,a.jpg\na2,é.jpg\n".encode("latin-1"),
            (
                ", row 3: byte 0xe9 is not UTF-8; save the file as UTF-8 (in a spreadsheet: 'CSV "
                "UTF-8')."
            ),
        ),
        (
            "articles",
            "article_id,image\n".encode("utf-16"),
            (
                ", row 1: byte 0xff is not UTF-8; save the file as UTF-8 (in a spreadsheet: 'CSV "
                "UTF-8')."
            ),
        ),
        (
            "articles",
            "article_id,image\na1,a.jpg\na2,a,b.jpg\n",
            (
                ", row 3: expected at most 2 cells, found 3; put a cell that contains a comma in "
                "quotation marks."
            ),
        ),
        (
            "articles",
            "article_id,image\na1,a,b.jpg\n",
            (
                ", row 2: expected at most 2 cells, found 3; put a cell that contains a comma in "
                "quotation marks."
            ),
        ),
        (
            "articles",
            'article_id,image\na1,a.jpg\na2,"b.jpg\na3,c.jpg\n',
            ", row 3: a quotation mark is never closed; close it or delete it.",
        ),
        (
            "articles",
            "article_id,image\n" + LONG_UNCLOSED,
            ", row 2: a quotation mark is never closed; close it or delete it.",
        ),
        (
            "articles",
            "article_id,image\na1,a.jpg\n,b.jpg\n",
            ", row 3: article_id is empty; write an id or delete the row.",
        ),
        (
            "articles",
            "article_id,image\na1,a.jpg\n\na1,b.jpg\n",
            ", row 4: article_id 'a1' is already used in row 2; use each id once.",
        ),
        (
            "articles",
            'article_id,image,text\na1,a.jpg,"two\nlines"\na1,b.jpg,',
            ", row 4: article_id 'a1' is already used in row 2; use each id once.",
        ),
        (
            "queries",
            "query_id,image\nq1,a.jpg\nq1,b.jpg\n",
            ", row 3: query_id 'q1' is already used in row 2; use each id once.",
        ),
        (
            "articles",
            "article_id,image\na1\n",
            ", row 2: image is empty; write the path of the photo or delete the row.",
        ),
        (
            "articles",
            "article_id,image\na1,..\\a.jpg\n",
            (
                ", row 2: image '..\\\\a.jpg' leaves the catalogue's folder; put the photo into "
                "the folder and write its path relative to it."
            ),
        ),
        (
            "articles",
            "article_id,image\na1,images\\a.jpg\n",
            (
                ", row 2: image 'images\\\\a.jpg' is written with '\\'; write '/' between folders "
                "on every system."
            ),
        ),
        (
            "matches",
            "query_id,article_id\nq2,a1\n",
            ", row 2: query_id 'q2' is not in queries.csv; add it there or delete the row.",
        ),
        (
            "matches",
            "query_id,article_id\nq1,A1\n",
            ", row 2: article_id 'A1' is not in articles.csv; add it there or delete the row.",
        ),
        (
            "matches",
            "query_id,article_id\nq1,\n",
            ", row 2: article_id is empty; write an id or delete the row.",
        ),
        (
            "matches",
            "query_id,article_id\nq1,a1\nq1,a1\n",
            ", row 3: query 'q1' and article 'a1' are matched twice; delete one of the two rows.",
        ),
    ],
)
def test_what_makes_loading_meaningless_is_one_sentence(write_catalogue, file, content, sentence):
    folder = write_catalogue(**{"matches": "query_id,article_id\nq1,a1\n", file: content})
    with pytest.raises(ValueError) as caught:
        load_catalogue(folder)
    assert (
        str(caught.value).split(" (2 more:")[0].split(" (1 more:")[0]
        == f"{folder}/{file}.csv{sentence}"
    )


@pytest.mark.parametrize(
    "path", ["/etc/a.jpg", "../a.jpg", "images/../../a.jpg", "images/..", "C:/a.jpg", "c:a.jpg"]
)
def test_a_path_that_leaves_the_folder_is_refused(write_catalogue, path):
    folder = write_catalogue(f"article_id,image\na1,{path}\n")
    with pytest.raises(
        ValueError,
        match="articles.csv, row 2: image .* leaves the catalogue's folder; put the photo",
    ):
        load_catalogue(folder)


def test_dots_in_a_name_do_not_leave_the_folder(write_catalogue):
    folder = write_catalogue("article_id,image\na1,images/a..jpg\na2,..b/.c.jpg\n")
    assert len(load_catalogue(folder).articles) == 2


@pytest.mark.skipif(os.name == "nt", reason="links need rights on Windows")
def test_a_link_may_point_inside_the_folder_but_not_outside(write_catalogue, tmp_path):
    folder = write_catalogue("article_id,image\na1,linked/a.jpg\na2,b.jpg\n")
    (folder / "images").mkdir()
    (folder / "linked").symlink_to("images")
    assert len(load_catalogue(folder).articles) == 2
    (folder / "b.jpg").symlink_to(tmp_path / "b.jpg")
    (folder / "linked").unlink()
    (folder / "linked").symlink_to(tmp_path)
    with pytest.raises(ValueError) as caught:
        load_catalogue(folder)
    assert str(caught.value) == (
        f"{folder}/articles.csv, row 2: image 'linked/a.jpg' leaves the catalogue's folder by a "
        "link; "
        f"copy the photos into it. (1 more: check_catalogue('{folder}') lists all.)"
    )


def test_a_missing_file_is_named(write_catalogue, tmp_path):
    with pytest.raises(FileNotFoundError) as caught:
        load_catalogue(tmp_path / "nowhere")
    expected = (
        f"{tmp_path}/nowhere: there is no such folder; give the folder that holds articles.csv."
    )
    assert str(caught.value) == expected
    folder = write_catalogue(matches=None)
    with pytest.raises(FileNotFoundError) as caught:
        load_catalogue(folder)
    assert str(caught.value) == (
        f"{folder}/matches.csv: the file is missing; write it with the columns "
        "query_id,article_id, "
        "or keep neither queries.csv nor matches.csv (labelled articles alone)."
    )
    (folder / "articles.csv").unlink()
    with pytest.raises(
        FileNotFoundError, match="articles.csv: the file is missing; write it with the columns"
    ):
        load_catalogue(folder)


@needs_photos
def test_the_real_studio_pairs_load():
    catalogue = load_catalogue(PHOTOS / "studio_pairs")
    assert (
        repr(catalogue)
        == "Catalogue(studio_pairs: 2200 articles, 2200 queries, 2200 matches, 0 attributes)"
    )
    assert load_images(catalogue.query_paths[:3], (224, 155)).std() > 20


@needs_photos
def test_the_real_labelled_articles_load_with_their_attributes():
    catalogue = load_catalogue(PHOTOS / "labelled_articles")
    assert len(catalogue.articles) == 3000 and catalogue.queries.empty
    assert catalogue.attribute_sizes == {
        "article_type": 24,
        "gender": 2,
        "base_colour": 33,
        "season": 3,
        "usage": 5,
        "sub_category": 5,
    }
    assert all((labels >= 0).all() for labels in catalogue.attribute_labels().values())
    assert catalogue.article_ids.dtype == object and isinstance(catalogue.article_ids[0], str)
    np.testing.assert_array_equal(catalogue.article_ids[:2], ["10001", "10002"])
