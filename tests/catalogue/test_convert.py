"""In-Shop and LookBook as people have them.

Small trees of both naming schemes, with the mess of real copies.
"""

import csv
import json
import os
import pathlib
import re
import subprocess
import sys

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from PIL import Image

from studio2shop.__main__ import main
from studio2shop.catalogue import check_catalogue, convert, convert_data_set, load_catalogue
from studio2shop.io.files import UNFINISHED
from studio2shop.io.lock import only_writer

HEADER = "image_name clothes_type pose_type x_1 y_1 x_2 y_2"
NO_FILE = "There is no list_bbox_inshop.txt: the names of the photos tell the title images."


def write_photos(source, *names):
    for name in names:
        path = source / name
        path.parent.mkdir(parents=True, exist_ok=True)
        Image.new("RGB", (4, 4)).save(path, format="JPEG")
    return source


def write_annotation(source, *rows, count=None, header=HEADER):
    path = source / "Anno" / "list_bbox_inshop.txt"
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text("\n".join([str(len(rows) if count is None else count), header, *rows]) + "\n")
    return path


def row(name, pose):
    return f"img/{name} 1 {pose} 010 020 200 240"


def rows_of(folder, file):
    with open(folder / file, encoding="utf-8", newline="") as opened:
        return list(csv.reader(opened))[1:]


DRESS = "WOMEN/Dresses/id_00000002"
JACKET = "MEN/Jackets_Vests/id_00003336"


@pytest.fixture
def in_shop(tmp_path):
    """A dress with a title image and three views of it, a jacket with a title image and one.

    As in the release.
    """
    source = tmp_path / "in_shop"
    names = {
        f"{DRESS}/02_1_front.jpg": 1,
        f"{DRESS}/02_3_back.jpg": 3,
        f"{DRESS}/02_6_flat.jpg": 6,
        f"{DRESS}/02_7_additional.jpg": 5,
    }
    names |= {f"{JACKET}/06_4_full.jpg": 4, f"{JACKET}/06_6_flat.jpg": 6}
    write_photos(source, *(f"Img/img/{name}" for name in names))
    write_annotation(source, *(row(name, pose) for name, pose in names.items()))
    return source


def test_in_shop_with_its_annotation_file(in_shop, tmp_path):
    conversion = convert_data_set("deepfashion_inshop", in_shop, tmp_path / "catalogue")
    assert conversion.counts == {"photos": 6, "articles": 2, "queries": 4, "matches": 4}
    assert conversion.left_out.empty and conversion.notes == ()
    assert rows_of(conversion.target, "articles.csv") == [
        ["id_00000002_02", f"Img/img/{DRESS}/02_6_flat.jpg", "WOMEN", "Dresses"],
        ["id_00003336_06", f"Img/img/{JACKET}/06_6_flat.jpg", "MEN", "Jackets_Vests"],
    ]
    # pose type 5, zoomed in
    assert rows_of(conversion.target, "queries.csv") == [
        [
            "id_00000002_02_1_front",
            f"Img/img/{DRESS}/02_1_front.jpg",
            "",
        ],  # half a person or all of her: the view is open
        ["id_00000002_02_3_back", f"Img/img/{DRESS}/02_3_back.jpg", "back"],
        [
            "id_00000002_02_7_additional",
            f"Img/img/{DRESS}/02_7_additional.jpg",
            "detail",
        ],
        ["id_00003336_06_4_full", f"Img/img/{JACKET}/06_4_full.jpg", "full"],
    ]
    assert rows_of(conversion.target, "matches.csv")[2:] == [
        ["id_00000002_02_7_additional", "id_00000002_02"],
        ["id_00003336_06_4_full", "id_00003336_06"],
    ]
    assert rows_of(conversion.target, "left_out.csv") == []


def test_a_converted_catalogue_loads_checks_and_splits(in_shop, tmp_path):
    convert_data_set("deepfashion_inshop", in_shop, tmp_path / "catalogue")
    catalogue = load_catalogue(tmp_path / "catalogue")
    assert repr(catalogue) == "Catalogue(catalogue: 2 articles, 4 queries, 4 matches, 2 attributes)"
    assert catalogue.attributes == {
        "gender": ("MEN", "WOMEN"),
        "category": ("Dresses", "Jackets_Vests"),
    }
    assert catalogue.article_paths == [
        f"{in_shop}/Img/img/{DRESS}/02_6_flat.jpg",
        f"{in_shop}/Img/img/{JACKET}/06_6_flat.jpg",
    ]
    assert check_catalogue(tmp_path / "catalogue").empty and catalogue.check().empty
    train, test = catalogue.split(0.5)
    assert sorted([len(train.queries), len(test.queries)]) == [1, 3]
    assert all(pathlib.Path(path).is_file() for path in train.query_paths + test.query_paths)


def test_nothing_in_the_source_is_changed(in_shop, tmp_path):
    before = {path: path.stat().st_mtime_ns for path in in_shop.rglob("*")}
    convert_data_set("deepfashion_inshop", in_shop, tmp_path / "catalogue")
    assert {path: path.stat().st_mtime_ns for path in in_shop.rglob("*")} == before
    assert sorted(path.name for path in (tmp_path / "catalogue").iterdir()) == [
        "articles.csv",
        "catalogue.json",
        "left_out.csv",
        "matches.csv",
        "queries.csv",
    ]
    assert json.loads((tmp_path / "catalogue" / "catalogue.json").read_text())["photos"] == str(
        in_shop
    )
    assert sorted(path.name for path in tmp_path.iterdir()) == ["catalogue", "in_shop"]


def test_the_multi_modal_edition_is_told_by_its_names(tmp_path):
    names = (
        "MEN-Jackets_Vests-id_00003336-06_6_flat.jpg",
        "MEN-Jackets_Vests-id_00003336-06_1_front.jpg",
        "MEN-Jackets_Vests-id_00003336-06_4_full.jpg",
    )
    source = write_photos(tmp_path / "multi_modal", *(f"images/{name}" for name in names))
    conversion = convert_data_set("deepfashion_inshop", source, tmp_path / "catalogue")
    assert rows_of(conversion.target, "articles.csv") == [
        ["id_00003336_06", f"images/{names[0]}", "MEN", "Jackets_Vests"]
    ]
    assert rows_of(conversion.target, "queries.csv") == [
        ["id_00003336_06_1_front", f"images/{names[1]}", ""],
        ["id_00003336_06_4_full", f"images/{names[2]}", "full"],
    ]
    assert conversion.notes == (NO_FILE,)


def test_names_in_folders_do_without_the_annotation_file(in_shop, tmp_path):
    with_file = convert_data_set("deepfashion_inshop", in_shop, tmp_path / "with")
    (in_shop / "Anno" / "list_bbox_inshop.txt").unlink()
    without = convert_data_set("deepfashion_inshop", in_shop, tmp_path / "without")
    assert without.counts == with_file.counts and without.notes == (NO_FILE,)
    for file in ("articles.csv", "matches.csv"):
        assert rows_of(tmp_path / "without", file) == rows_of(tmp_path / "with", file)
    assert [view for _, _, view in rows_of(tmp_path / "without", "queries.csv")] == [
        "",
        "back",
        "",
        "full",
    ]


def test_lookbook(tmp_path):
    names = (
        "PID000000_CLEAN1_IID000011.jpg",
        "PID000000_CLEAN0_IID000003.jpg",
        "PID000000_CLEAN0_IID000001.jpg",
        "PID000001_CLEAN1_IID000012.jpg",
        "PID000001_CLEAN0_IID000013.jpg",
    )
    conversion = convert_data_set(
        "lookbook",
        write_photos(tmp_path / "lookbook", *(f"data/{name}" for name in names)),
        tmp_path / "catalogue",
    )
    assert conversion.counts == {"photos": 5, "articles": 2, "queries": 3, "matches": 3}
    assert rows_of(conversion.target, "articles.csv") == [
        ["PID000000", f"data/{names[0]}"],
        ["PID000001", f"data/{names[3]}"],
    ]
    assert rows_of(conversion.target, "queries.csv") == [
        ["PID000000_IID000001", f"data/{names[2]}"],
        ["PID000000_IID000003", f"data/{names[1]}"],
        ["PID000001_IID000013", f"data/{names[4]}"],
    ]
    assert rows_of(conversion.target, "matches.csv") == [
        ["PID000000_IID000001", "PID000000"],
        ["PID000000_IID000003", "PID000000"],
        ["PID000001_IID000013", "PID000001"],
    ]
    assert check_catalogue(conversion.target).empty


def test_a_messy_in_shop_copy_loses_what_it_must_and_says_why(in_shop, tmp_path):
    write_photos(
        in_shop,
        f"Img/img/{DRESS}/02_2_side.JPG",  # an ending in capitals is no mess
        f"Img/img/{DRESS}/02_2_side (1).jpg",
        f"Img/img/{DRESS}/._02_1_front.jpg",
        f"Img/img/{DRESS}/03_1_front.jpg",  # in this colour no title image
        f"Img/img/{DRESS}/04_6_flat.jpg",  # in this one nothing else
        f"Img/img/{DRESS}/05_4_full.jpg",  # not in the annotation file
        f"Img/img/{JACKET}/06_7_additional.jpg",  # a second one of pose type 6
        f"Img/img_highres/{DRESS}/02_1_front.jpg",
    )
    for name in ("Img/Thumbs.db", "Img/img/.DS_Store", "Eval/list_eval_partition.txt"):
        (in_shop / name).parent.mkdir(exist_ok=True)
        (in_shop / name).write_bytes(b"x")
    path = write_annotation(
        in_shop,
        row(f"{DRESS}/02_1_front.jpg", 1),
        row(f"{DRESS}/02_2_side.jpg", 2),
        row(f"{DRESS}/02_3_back.jpg", 3) + "\r",
        "",
        row(f"{DRESS}/02_6_flat.jpg", 6),
        f"img/{DRESS}/02_7_additional.jpg 1 5 010",  # row 8
        row(f"{DRESS}/03_1_front.jpg", 1),
        row(f"{DRESS}/04_6_flat.jpg", 6),
        row(f"{JACKET}/06_2_side.jpg", 2),  # row 11: no such file
        "   ",
        row(f"{JACKET}/06_4_full.jpg", 4),
        row(f"{JACKET}/06_6_flat.jpg", 6),
        row(f"{JACKET}/06_4_full.jpg", 3),  # row 15: again
        row(f"{JACKET}/06_7_additional.jpg", 6),
        row(f"{JACKET}/title.jpg", 6),  # row 17
        count=12,
    )
    # row 18
    path.write_bytes(path.read_bytes() + "img/Überzieher.jpg 1 1 1 1 1 1".encode("latin-1"))
    conversion = convert_data_set("deepfashion_inshop", in_shop, tmp_path / "catalogue")
    anno = "Anno/list_bbox_inshop.txt"
    assert rows_of(conversion.target, "left_out.csv") == [
        [anno, "8", "a row without exactly 7 cells"],
        [anno, "11", "a row whose photo is missing"],
        [anno, "15", "a row for a photo that an earlier row is for"],
        [anno, "17", "a row whose photo has another name than this data set's photos"],
        [anno, "18", "a row whose photo has another name than this data set's photos"],
        ["Eval/list_eval_partition.txt", "", "no image"],
        ["Img/Thumbs.db", "", "no image"],
        ["Img/img/.DS_Store", "", "no image"],
        [f"Img/img/{JACKET}/06_7_additional.jpg", "", "a second title image of its article"],
        [
            f"Img/img/{DRESS}/._02_1_front.jpg",
            "",
            "an image with another name than this data set's photos",
        ],
        [
            f"Img/img/{DRESS}/02_2_side (1).jpg",
            "",
            "an image with another name than this data set's photos",
        ],
        [f"Img/img/{DRESS}/02_7_additional.jpg", "", "not in list_bbox_inshop.txt"],
        [f"Img/img/{DRESS}/03_1_front.jpg", "", "a photo whose article has no title image"],
        [f"Img/img/{DRESS}/05_4_full.jpg", "", "not in list_bbox_inshop.txt"],
        [f"Img/img_highres/{DRESS}/02_1_front.jpg", "", "a second file of the same photo"],
    ]
    assert conversion.left_out_counts["no image"] == 3
    assert [article for article, *_ in rows_of(conversion.target, "articles.csv")] == [
        "id_00000002_02",
        "id_00000002_04",
        "id_00003336_06",
    ]
    assert [query for query, *_ in rows_of(conversion.target, "queries.csv")] == [
        "id_00000002_02_1_front",
        "id_00000002_02_2_side",
        "id_00000002_02_3_back",
        "id_00003336_06_4_full",
    ]
    assert conversion.notes == (
        f"The first line of {anno} says 12, but 14 rows follow: the rows count.",
        "Title images by their name only, or by list_bbox_inshop.txt only: 1. The file decides.",
        "Articles without a query: 1. They stay, as part of the assortment that is searched.",
    )
    assert check_catalogue(conversion.target)["problem"].tolist() == [
        "article 'id_00000002_04' has no query"
    ]


def test_a_messy_lookbook_copy(tmp_path):
    source = write_photos(
        tmp_path / "lookbook",
        "data/PID000000_CLEAN1_IID000011.jpg",
        "data/PID000000_CLEAN1_IID000012.JPG",
        "data/PID000000_CLEAN0_IID000001.jpeg",
        "data/PID000002_CLEAN0_IID000020.jpg",
        "data/PID000003_CLEAN2_IID000030.jpg",
        "data/PID00004_CLEAN1_IID000040.jpg",
        "resized/PID000000_CLEAN0_IID000001.jpg",
    )
    conversion = convert_data_set("lookbook", source, tmp_path / "catalogue")
    assert conversion.counts == {"photos": 4, "articles": 1, "queries": 1, "matches": 1}
    assert conversion.left_out[["file", "reason"]].to_numpy().tolist() == [
        ["data/PID000000_CLEAN1_IID000012.JPG", "a second title image of its article"],
        ["data/PID000002_CLEAN0_IID000020.jpg", "a photo whose article has no title image"],
        [
            "data/PID000003_CLEAN2_IID000030.jpg",
            "an image with another name than this data set's photos",
        ],
        [
            "data/PID00004_CLEAN1_IID000040.jpg",
            "an image with another name than this data set's photos",
        ],
        ["resized/PID000000_CLEAN0_IID000001.jpg", "a second file of the same photo"],
    ]


@pytest.mark.parametrize(
    "count, says",
    [
        (5, "says 5, but 6 rows"),
        (7, "says 7, but 6 rows"),
        ("", "says , but 6 rows"),
        ("many", "says many, but 6 rows"),
    ],
)
def test_a_wrong_count_line_is_reported_and_does_no_harm(in_shop, tmp_path, count, says):
    path = in_shop / "Anno" / "list_bbox_inshop.txt"
    path.write_text(path.read_text().replace("6\n", f"{count}\n", 1))
    conversion = convert_data_set("deepfashion_inshop", in_shop, tmp_path / "catalogue")
    assert conversion.counts["queries"] == 4 and says in conversion.notes[0]


def test_a_missing_count_line_and_windows_line_ends_do_no_harm(in_shop, tmp_path):
    path = in_shop / "Anno" / "list_bbox_inshop.txt"
    path.write_bytes(b"\xef\xbb\xbf" + path.read_bytes().split(b"\n", 1)[1].replace(b"\n", b"\r\n"))
    conversion = convert_data_set("deepfashion_inshop", in_shop, tmp_path / "catalogue")
    assert conversion.counts["queries"] == 4
    assert conversion.notes == (
        (
            "The first line of Anno/list_bbox_inshop.txt says nothing, but 6 rows follow: the rows "
            "count."
        ),
    )


def test_the_report_has_the_counts_beside_the_papers(in_shop, tmp_path):
    (in_shop / "Thumbs.db").write_bytes(b"x")
    conversion = convert_data_set("deepfashion_inshop", in_shop, tmp_path / "catalogue")
    assert (
        conversion.report()
        == f"""\
DeepFashion In-Shop Clothes Retrieval, {in_shop}

         here the paper its authors
photos      6         -      52,712
articles    2       683           -
queries     4     2,922           -
matches     4         -           -

Not the paper's counts: articles 681 fewer, queries 2,918 fewer.

Left out, listed in {tmp_path}/catalogue/left_out.csv:
         1  no image"""
    )


def test_the_papers_counts_are_recognised(in_shop, tmp_path, monkeypatch):
    conversion = convert_data_set("deepfashion_inshop", in_shop, tmp_path / "catalogue")
    conversion.stated["paper"].update(articles=2, queries=4)
    assert conversion.report().endswith("\n\nThe paper's counts exactly.\n\nNothing was left out.")
    conversion.stated["paper"]["queries"] = 3
    assert "Not the paper's counts: queries 1 more." in conversion.report()


@pytest.mark.skipif(os.name == "nt", reason="names and links that Windows does not have")
def test_what_a_catalogue_cannot_refer_to_is_left_out(tmp_path):
    photos = "PID000000_CLEAN1_IID000011.jpg", "PID000000_CLEAN0_IID000001.jpg"
    other = write_photos(tmp_path / "other", "PID000001_CLEAN1_IID000002.jpg")
    source = write_photos(
        tmp_path / "lookbook",
        *photos,
        "a\nb/PID000000_CLEAN0_IID000005.jpg",
        "c\\d/PID000000_CLEAN0_IID000006.jpg",
        "c:/PID000000_CLEAN0_IID000007.jpg",
    )
    (source / "linked").symlink_to(other)
    (source / "PID000001_CLEAN1_IID000003.jpg").symlink_to(other / "PID000001_CLEAN1_IID000002.jpg")
    (source / "PID000000_CLEAN0_IID000004.jpg").symlink_to(photos[1])  # stays inside, so it may
    latin = os.fsencode(source) + b"/\xe9"
    os.mkdir(latin)
    os.rename(
        os.fsencode(source / "c:/PID000000_CLEAN0_IID000007.jpg"),
        latin + b"/PID000000_CLEAN0_IID000008.jpg",
    )
    write_photos(source, "c:/PID000000_CLEAN0_IID000007.jpg")
    conversion = convert_data_set("lookbook", source, tmp_path / "catalogue")
    characters, link = (
        "a name with characters that a catalogue cannot hold",
        "a link; give the folder that it leads to",
    )
    assert rows_of(conversion.target, "left_out.csv") == [
        ["PID000001_CLEAN1_IID000003.jpg", "", link],
        ["\\udce9/PID000000_CLEAN0_IID000008.jpg", "", characters],
        ["a\\nb/PID000000_CLEAN0_IID000005.jpg", "", characters],
        ["c:/PID000000_CLEAN0_IID000007.jpg", "", characters],
        ["c\\d/PID000000_CLEAN0_IID000006.jpg", "", characters],
        ["linked", "", link],
    ]
    assert check_catalogue(conversion.target).empty
    assert len(load_catalogue(conversion.target).queries) == 2


def refused(name, source, target):
    with pytest.raises((ValueError, OSError)) as caught:
        convert_data_set(name, source, target)
    return str(caught.value)


def test_a_source_that_cannot_be_is_refused_in_one_sentence(tmp_path, in_shop):
    target = tmp_path / "catalogue"
    nowhere = tmp_path / "nowhere"
    assert refused("lookbook", nowhere, target) == (
        f"{nowhere}: there is no such folder; unpack the data set and give the folder that "
        "holds data/PID000000_CLEAN1_IID000011.jpg."
    )
    archive = tmp_path / "img.zip"
    archive.write_bytes(b"PK")
    assert refused("deepfashion_inshop", archive, target) == (
        f"{archive}: it is a file; unpack it and give the folder that holds "
        "Anno/list_bbox_inshop.txt."
    )
    assert refused("lookbook", in_shop, target) == (
        f"{in_shop}: expected photos below it like PID000000_CLEAN1_IID000011.jpg or "
        "PID000000_CLEAN0_IID000000.jpg, found none among 7 files; "
        "unpack the archives and give the folder above."
    )
    inside = in_shop / "Img" / "img" / "WOMEN"
    assert refused("deepfashion_inshop", inside, target).startswith(
        f"{inside}: expected photos below it like WOMEN/Dresses/id_00000002/02_1_front.jpg or MEN-"
    )
    assert not target.exists()


def test_a_source_without_any_pair_is_refused(tmp_path):
    source = write_photos(tmp_path / "in_shop", f"{DRESS}/02_1_front.jpg", f"{DRESS}/03_6_flat.jpg")
    assert refused("deepfashion_inshop", source, tmp_path / "catalogue") == (
        f"{source}: expected a title image (one with number 6, or where there is a "
        "list_bbox_inshop.txt, pose_type 6) and other photos of the same article, "
        "found 2 photos but no such pair; are all archives unpacked?"
    )


def test_an_annotation_file_that_is_another_is_refused(in_shop, tmp_path):
    target = tmp_path / "catalogue"
    path = write_annotation(in_shop, header="image_name item_id x_1 y_1 x_2 y_2")
    assert refused("deepfashion_inshop", in_shop, target) == (
        f"{path}, row 2: expected the header {HEADER}, found image_name item_id x_1 y_1 x_2 "
        "y_2; take the file as the authors give it."
    )
    path.write_bytes(b"")
    assert refused("deepfashion_inshop", in_shop, target) == (
        f"{path}, row 2: expected the header {HEADER}, found nothing; take the file as the "
        "authors give it."
    )
    write_annotation(in_shop, row("MEN/Denim/id_00000080/01_1_front.jpg", 1))
    assert refused("deepfashion_inshop", in_shop, target) == (
        f"{path}: expected rows for the 6 photos that lie below {in_shop}, found none; take "
        "the file that belongs to them."
    )
    (in_shop / "list_bbox_inshop.txt").write_text("")
    assert refused("deepfashion_inshop", in_shop, target) == (
        f"{in_shop}: expected one list_bbox_inshop.txt, found Anno/list_bbox_inshop.txt and "
        "list_bbox_inshop.txt; keep one of them, or give a folder that holds only one."
    )
    assert not target.exists()


def test_a_pipe_in_place_of_the_annotation_file_is_not_waited_for(in_shop, tmp_path):
    path = in_shop / "Anno" / "list_bbox_inshop.txt"
    path.unlink()
    os.mkfifo(path)
    told = refused("deepfashion_inshop", in_shop, tmp_path / "catalogue")
    assert told == f"{path}: it is no regular file; take it as the authors give it."


def test_a_target_that_holds_something_is_refused_and_an_empty_one_is_taken(in_shop, tmp_path):
    target = tmp_path / "catalogue"
    target.mkdir()
    (target / "notes.txt").write_text("mine")
    assert (
        refused("deepfashion_inshop", in_shop, target)
        == f"{target}: it is not empty; give a new folder or an empty one for the catalogue."
    )
    assert refused("deepfashion_inshop", in_shop, target / "notes.txt") == (
        f"{target}/notes.txt: it is not empty; give a new folder or an empty one for the catalogue."
    )
    assert refused("deepfashion_inshop", in_shop, in_shop / "catalogue") == (
        f"{in_shop}/catalogue: it lies inside {in_shop}, where nothing is to be changed; give a "
        "folder outside of it for the catalogue."
    )
    (target / "notes.txt").unlink()
    assert convert_data_set("deepfashion_inshop", in_shop, target).counts["articles"] == 2


def test_what_needs_no_conversion_says_what_to_do_instead(tmp_path):
    assert refused("own_shop", tmp_path, tmp_path / "catalogue") == (
        "own_shop cannot be converted: write its articles.csv, queries.csv and matches.csv as "
        "docs/own_photos.md shows, "
        "then run `studio2shop check` on the folder; deepfashion_inshop and lookbook can be."
    )
    assert refused("studio", tmp_path, tmp_path / "catalogue") == (
        "studio cannot be converted: it is drawn by `studio2shop reproduce`, or by "
        'studio2shop.render_catalogue("studio") in Python; '
        "deepfashion_inshop and lookbook can be."
    )


def test_of_two_conversions_at_once_one_wins_and_the_other_is_told_and_changes_nothing(
    in_shop, tmp_path, capsys
):
    target = tmp_path / "catalogue"
    with only_writer(target, tmp_path / f"{UNFINISHED}catalogue.lock"):
        assert main(["convert", "deepfashion_inshop", str(in_shop), str(target)]) == 1
    start = f"studio2shop convert: {str(target)!r} is being written to by process {os.getpid()} on "
    end = "; wait until that is done, or write to another place.\n"
    told = capsys.readouterr().err
    assert told.startswith(start) and told.endswith(end) and told.count("\n") == 1
    assert [path.name for path in tmp_path.iterdir()] == ["in_shop"]


def test_one_that_was_to_convert_while_another_did_finds_the_folder_taken(
    in_shop, tmp_path, monkeypatch
):
    target, checks = tmp_path / "catalogue", []

    def meanwhile(*folders):
        checks.append(folders)
        if len(checks) == 1:
            convert_data_set("deepfashion_inshop", in_shop, target)

    monkeypatch.setattr(convert, "_check_folders", meanwhile)
    told = f"{target}: it is not empty; give a new folder or an empty one for the catalogue."
    with pytest.raises(FileExistsError, match=f"^{re.escape(told)}$"):
        convert_data_set("deepfashion_inshop", in_shop, target)
    assert len(load_catalogue(target).articles) == 2


def test_what_a_killed_conversion_left_is_removed_by_the_next(in_shop, tmp_path):
    left = tmp_path / f"{UNFINISHED}catalogue"
    left.mkdir()
    (left / "articles.csv").touch()
    (tmp_path / f"{UNFINISHED}catalogue.lock").write_text("process 1")
    convert_data_set("deepfashion_inshop", in_shop, tmp_path / "catalogue")
    assert sorted(path.name for path in tmp_path.iterdir()) == ["catalogue", "in_shop"]


@pytest.mark.parametrize("stop", [OSError(28, "No space left on device"), KeyboardInterrupt()])
def test_a_stop_in_the_middle_of_writing_leaves_nothing(in_shop, tmp_path, monkeypatch, stop):
    write_text, written = pathlib.Path.write_text, []

    def stop_at_the_third(path, *arguments, **options):
        written.append(path.name)
        if len(written) == 3:
            raise stop
        return write_text(path, *arguments, **options)

    monkeypatch.setattr(pathlib.Path, "write_text", stop_at_the_third)
    with pytest.raises(type(stop)) as caught:
        convert_data_set("deepfashion_inshop", in_shop, tmp_path / "catalogue")
    assert [path.name for path in tmp_path.iterdir()] == ["in_shop"]
    if isinstance(stop, OSError):
        assert str(caught.value) == (
            f"{tmp_path}/catalogue: the catalogue cannot be written (No space left on device); "
            "free some room there or give another folder."
        )


names = st.lists(
    st.sampled_from(
        [
            "PID",
            "CLEAN1",
            "IID",
            "_",
            ".jpg",
            "000001",
            "000002",
            "/",
            " ",
            "é",
            ",",
            '"',
            "\n",
            "id_00000001",
            "WOMEN",
            "-",
            "01_6_flat",
        ]
    ),
    min_size=1,
    max_size=9,
)
pid = st.builds(
    "{}PID00000{}_CLEAN{}_IID00000{}.{}".format,
    st.sampled_from(["", "data/", "a,b/", 'q"/']),
    st.integers(0, 2),
    st.integers(0, 1),
    st.integers(0, 4),
    st.sampled_from(["jpg", "JPG", "jpeg", "png"]),
)


@settings(max_examples=150)
@given(files=st.lists(st.one_of(pid, pid, names.map("".join)), max_size=14))
def test_any_tree_becomes_a_catalogue_that_loads_or_is_refused_in_a_sentence(
    tmp_path_factory, files
):
    root = tmp_path_factory.mktemp("trees")
    (root / "source").mkdir()
    for name in files:
        path = pathlib.Path(f"{root}/source/{name}")
        if (
            not path.exists()
            and not any(parent.is_file() for parent in path.parents)
            and name.strip("/")
        ):
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_bytes(b"")
    present = [path for path in (root / "source").rglob("*") if path.is_file()]
    try:
        conversion = convert_data_set("lookbook", root / "source", root / "catalogue")
    except ValueError as error:
        assert str(error).startswith(f"{root}/source: expected") and "\n" not in str(error)
        assert [path.name for path in root.iterdir()] == ["source"]
    else:
        catalogue = load_catalogue(root / "catalogue")
        assert len(catalogue.articles) + len(catalogue.queries) + len(conversion.left_out) == len(
            present
        )
        assert all(os.path.isfile(path) for path in catalogue.article_paths + catalogue.query_paths)


def test_the_command_prints_the_counts_and_where_the_catalogue_is(in_shop, tmp_path):
    done = subprocess.run(
        [
            sys.executable,
            "-m",
            "studio2shop",
            "convert",
            "deepfashion_inshop",
            in_shop,
            tmp_path / "catalogue",
        ],
        capture_output=True,
        text=True,
        check=False,
    )
    assert (done.returncode, done.stderr) == (0, "")
    assert "articles    2       683           -\n" in done.stdout
    assert done.stdout.endswith(
        f"\n\nThe catalogue is in {tmp_path}/catalogue; its photos stay where they are. Next: "
        f"studio2shop check {tmp_path}/catalogue\n"
    )
    done = subprocess.run(
        [sys.executable, "-m", "studio2shop", "convert", "inshop", in_shop, tmp_path / "other"],
        capture_output=True,
        text=True,
        check=False,
    )
    assert (done.returncode, done.stdout) == (1, "")
    assert done.stderr == (
        "studio2shop convert: There is no data set 'inshop' here; choose from those there are: "
        "deepfashion_inshop, lookbook, own_shop, studio.\n"
    )
