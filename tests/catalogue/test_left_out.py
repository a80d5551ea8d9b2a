"""`on_bad_image="skip"`: what can't be read is left out, counted and listed."""

import numpy as np
import pandas as pd
import pytest
from PIL import Image

from studio2shop.catalogue import check_catalogue, load_catalogue
from studio2shop.catalogue.load import load_without
from studio2shop.io.images import ImageError, load_images

ARTICLES = (
    "article_id,image,colour\na1,a1.png,red\n\na2,a2.png,blue\na3,a3.png,green\na4,a4.png,red\n"
)
QUERIES = "query_id,image\nq1,q1.png\nq2,q2.png\nq3,q3.png\nq4,q4.png\n"
MATCHES = "query_id,article_id\nq1,a1\nq1,a2\nq2,a2\nq3,a1\nq4,a4\nq4,a1\n"
EMPTY = "the file is empty (0 bytes)"
AGAIN = "copy or download the photo again"


@pytest.fixture
def shop(write_catalogue):
    """a2's and q3's photos are empty, a3's is missing.

    Q1 keeps one of its two articles, q2 none.
    """
    folder = write_catalogue(ARTICLES, QUERIES, MATCHES)
    for name in ("a1", "a4", "q1", "q2", "q4"):
        Image.new("RGB", (4, 4)).save(folder / f"{name}.png")
    for name in ("a2", "q3"):
        (folder / f"{name}.png").touch()
    return folder


def test_a_bad_title_image_takes_article_and_matches_and_a_bad_photo_query_and_matches(
    shop,
):
    catalogue = load_catalogue(shop, on_bad_image="skip")
    assert catalogue.article_ids.tolist() == ["a1", "a4"]
    assert catalogue.query_ids.tolist() == ["q1", "q2", "q4"]
    assert catalogue.matches.to_numpy().tolist() == [["q1", "a1"], ["q4", "a4"], ["q4", "a1"]]
    assert load_images([*catalogue.article_paths, *catalogue.query_paths], (2, 2)).shape == (
        5,
        2,
        2,
        3,
    )


def test_labels_are_those_of_the_articles_that_are_left(shop):
    assert load_catalogue(shop).attributes == {"colour": ("blue", "green", "red")}
    catalogue = load_catalogue(shop, on_bad_image="skip")
    # only red is left: nothing to learn
    assert catalogue.attributes == {} and catalogue.ignored_columns == ("colour",)


def test_what_was_left_out_is_listed_with_file_row_and_reason_and_counted(shop):
    catalogue = load_catalogue(shop, on_bad_image="skip")
    assert [tuple(row) for row in catalogue.left_out.itertuples(index=False)] == [
        ("articles.csv", 4, "error", f"image 'a2.png': {EMPTY}", AGAIN),
        (
            "articles.csv",
            5,
            "error",
            "image 'a3.png': there is no such file",
            "correct the path or put the photo there",
        ),
        ("queries.csv", 4, "error", f"image 'q3.png': {EMPTY}", AGAIN),
    ]
    problems = check_catalogue(shop)
    pd.testing.assert_frame_equal(
        catalogue.left_out, problems[problems["severity"] == "error"].reset_index(drop=True)
    )
    assert (
        repr(catalogue)
        == "Catalogue(shop: 2 articles, 3 queries, 3 matches, 0 attributes, 3 photos left out)"
    )
    summary = catalogue.summary()
    assert (
        summary["left_out"],
        summary["queries_without_match"],
        summary["articles_without_query"],
    ) == (3, 1, 0)


def test_a_query_without_any_match_left_stays_and_splitting_drops_it(shop):
    catalogue = load_catalogue(shop, on_bad_image="skip")
    assert catalogue.matches_per_query().tolist() == [1, 0, 2]
    train, test = catalogue.split(0.5)
    assert "q2" not in {*train.query_ids, *test.query_ids}
    assert len(train.left_out) == len(test.left_out) == 0  # nothing was left out of a part


def test_without_skip_no_photo_is_opened_and_reading_a_bad_one_stops(shop):
    for catalogue in (load_catalogue(shop), load_catalogue(shop, on_bad_image="stop")):
        assert len(catalogue.articles) == 4 and len(catalogue.left_out) == 0
        with pytest.raises(ImageError) as caught:
            load_images(catalogue.article_paths, (2, 2))
        assert str(caught.value) == f"{shop}/a2.png: {EMPTY}; {AGAIN}."


def test_a_sound_catalogue_is_the_same_with_skip(write_catalogue):
    folder = write_catalogue()
    for name in ("a1", "a2", "q1"):
        Image.new("RGB", (4, 4)).save(folder / f"{name}.jpg")
    plain, checked = load_catalogue(folder), load_catalogue(folder, on_bad_image="skip")
    assert (
        checked.left_out.empty
        and checked.left_out.columns.tolist() == plain.left_out.columns.tolist()
    )
    for name in ("articles", "queries", "matches"):
        pd.testing.assert_frame_equal(getattr(plain, name), getattr(checked, name))


def test_labelled_articles_alone_may_lose_some(write_catalogue):
    folder = write_catalogue(queries=None, matches=None)
    Image.new("RGB", (4, 4)).save(folder / "a2.jpg")
    catalogue = load_catalogue(folder, on_bad_image="skip")
    assert (
        catalogue.article_ids.tolist() == ["a2"]
        and catalogue.queries.empty
        and catalogue.matches.empty
    )


def test_no_article_left_is_refused_in_one_sentence(write_catalogue):
    folder = write_catalogue()
    with pytest.raises(ValueError) as caught:
        load_catalogue(folder, on_bad_image="skip")
    assert str(caught.value) == (
        f"{folder}/articles.csv, row 2: image 'a1.jpg': there is no such file; correct the path or "
        "put the photo there. "
        f"(Nor can the image of any other article be used: check_catalogue('{folder}') lists all.)"
    )


def test_another_word_than_stop_or_skip_is_refused(shop):
    with pytest.raises(ValueError) as caught:
        load_catalogue(shop, on_bad_image="ignore")
    assert str(caught.value) == "`on_bad_image` must be 'stop' or 'skip'; received 'ignore'."


def test_what_was_found_once_need_not_be_decoded_again(shop, monkeypatch):
    catalogue = load_catalogue(shop, on_bad_image="skip")
    monkeypatch.setattr(Image, "open", None)
    again = load_without(shop, catalogue.left_out)
    for name in ("articles", "queries", "matches", "left_out"):
        pd.testing.assert_frame_equal(getattr(again, name), getattr(catalogue, name))
    np.testing.assert_array_equal(
        load_without(shop, catalogue.left_out.iloc[:0]).article_ids, ["a1", "a2", "a3", "a4"]
    )


def test_what_an_earlier_version_left_out_with_its_whole_long_path_is_still_left_out(
    write_catalogue,
):
    photo = f"{'x' * 100}.png"
    folder = write_catalogue(f"article_id,image\na1,a1.png\na2,{photo}\n", None, None)
    Image.new("RGB", (4, 4)).save(folder / "a1.png")
    left_out = load_catalogue(folder, on_bad_image="skip").left_out
    assert left_out["problem"].tolist() == [f"image '{'x' * 77}...': there is no such file"]
    written_whole = left_out.assign(problem=f"image '{photo}': there is no such file")
    for known in (left_out, written_whole):
        assert load_without(folder, known).article_ids.tolist() == ["a1"]


def test_a_file_that_changed_since_is_not_robbed_of_other_rows(shop):
    left_out = load_catalogue(shop, on_bad_image="skip").left_out
    (shop / "articles.csv").write_text(ARTICLES.replace("\n\n", "\n"))
    with pytest.raises(ValueError) as caught:
        load_without(shop, left_out)
    assert str(caught.value) == (
        f"{shop}/articles.csv, row 4: expected image 'a2.png': {EMPTY}; the file was changed since "
        "its photos were checked: check them again."
    )
