"""A catalogue whose photos lie in another folder, which one line of its catalogue.json names."""

import json
import os

import pytest
from PIL import Image

from studio2shop.catalogue import check_catalogue, load_catalogue
from studio2shop.catalogue.photos import photos_folder


@pytest.fixture
def elsewhere(tmp_path, write_catalogue):
    """A catalogue in `shop` whose three photos lie in `photos`."""
    photos = tmp_path / "photos"
    photos.mkdir()
    for name in ("a1.jpg", "a2.jpg", "q1.jpg"):
        Image.new("RGB", (4, 4)).save(photos / name)
    folder = write_catalogue(matches="query_id,article_id\nq1,a1\nq1,a2\n")
    (folder / "catalogue.json").write_text(json.dumps({"photos": str(photos)}))
    return folder, photos


def test_photos_lie_below_the_catalogues_own_folder_unless_it_says_otherwise(write_catalogue):
    folder = write_catalogue()
    assert photos_folder(folder) == folder
    assert load_catalogue(folder).article_paths == [f"{folder}/a1.jpg", f"{folder}/a2.jpg"]


def test_photos_are_found_where_the_catalogue_says(elsewhere):
    folder, photos = elsewhere
    catalogue = load_catalogue(folder)
    assert (catalogue.folder, catalogue.photos) == (folder, photos)
    assert catalogue.query_paths == [f"{photos}/q1.jpg"]
    assert catalogue.select_articles(["a2"]).article_paths == [f"{photos}/a2.jpg"]
    assert check_catalogue(folder).empty and catalogue.check().empty


def test_a_bad_photo_elsewhere_is_found_with_its_row(elsewhere):
    folder, photos = elsewhere
    (photos / "a2.jpg").write_bytes(b"")
    assert check_catalogue(folder)[["file", "row"]].to_numpy().tolist() == [["articles.csv", 3]]


def test_a_path_relative_to_the_catalogue_travels_with_it(elsewhere):
    folder, photos = elsewhere
    (folder / "catalogue.json").write_text('{"photos": "../photos"}')
    assert load_catalogue(folder).query_paths == [f"{photos}/q1.jpg"]


@pytest.mark.skipif(os.name == "nt", reason="links need rights on Windows")
def test_no_path_and_no_link_leaves_the_named_folder(elsewhere, write_catalogue):
    folder, photos = elsewhere
    write_catalogue(
        f"article_id,image\na1,../shop/a1.jpg\na2,{photos}/a2.jpg\na3,linked.jpg\n"
        "a4,sub//out/articles.csv\na5,./sub/./out/articles.csv\n"
    )
    (photos / "linked.jpg").symlink_to(folder / "articles.csv")
    (photos / "sub").mkdir()
    (photos / "sub" / "out").symlink_to(folder)
    problems = check_catalogue(folder)
    errors = problems[(problems["severity"] == "error") & (problems["file"] == "articles.csv")]
    assert [problem.split("leaves")[1] for problem in errors["problem"]] == [
        " the catalogue's folder",
        " the catalogue's folder",
        " the catalogue's folder by a link",
        " the catalogue's folder by a link",
        " the catalogue's folder by a link",
    ]


@pytest.mark.parametrize(
    "content",
    ["", "photos", "[]", "null", "{}", '{"photos": 3}', '{"photos": null}', "[" * 100_000, "\xff"],
)
def test_a_file_that_names_no_folder_is_refused(write_catalogue, content):
    folder = write_catalogue()
    (folder / "catalogue.json").write_text(content, encoding="latin-1")
    with pytest.raises(ValueError) as caught:
        load_catalogue(folder)
    assert str(caught.value) == (
        f'{folder}/catalogue.json: expected {{"photos": "path of the folder that the photos lie '
        f'in"}}; '
        "write that, or delete the file if they lie beside it."
    )


@pytest.mark.parametrize("named", ["/nowhere", "a\0b"])
def test_a_folder_that_has_moved_is_asked_for(write_catalogue, named):
    folder = write_catalogue()
    (folder / "catalogue.json").write_text(json.dumps({"photos": named}))
    with pytest.raises(FileNotFoundError) as caught:
        check_catalogue(folder)
    assert str(caught.value) == (
        f"{folder}/catalogue.json: the photos should lie in {named!r}, but there is no such "
        "folder; write there where they are now."
    )
