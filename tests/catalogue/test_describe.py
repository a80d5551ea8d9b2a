import os
import subprocess
import sys

import pandas as pd
from PIL import Image

from studio2shop.__main__ import main
from studio2shop.catalogue import check_catalogue
from studio2shop.catalogue.describe import describe_problems
from studio2shop.catalogue.tables import error, problem_table, warning

ERRORS = "Errors: a run stops at these. Bad photos alone can be left out with --on-bad-image skip."
WARNINGS = "Warnings: a run goes on, but these are of no use to it as they are."
PUT = "correct the path or put the photo there"


def test_problems_that_differ_in_their_values_are_one_kind_and_a_kind_shows_its_first_five():
    problems = [
        error("articles.csv", row, f"image {name!r}: there is no such file", PUT)
        for row, name in enumerate(["a.jpg", "b's.jpg", *"cdefg"], 2)
    ]
    assert describe_problems(problem_table(problems)).splitlines() == [
        ERRORS,
        "",
        f"  7 x image …: there is no such file; {PUT}.",
        "    articles.csv, row 2: image 'a.jpg': there is no such file",
        '    articles.csv, row 3: image "b\'s.jpg": there is no such file',
        "    articles.csv, row 4: image 'c': there is no such file",
        "    articles.csv, row 5: image 'd': there is no such file",
        "    articles.csv, row 6: image 'e': there is no such file",
        "    ... and 2 more",
    ]


def test_errors_come_before_warnings_and_a_kind_of_one_takes_one_line():
    problems = [
        warning(
            "queries.csv", 3, "query 'q2' has no match", "add its matches, or splitting drops it"
        ),
        error("matches.csv", None, "the file is missing", "write it"),
    ]
    assert describe_problems(problem_table(problems)).splitlines() == [
        ERRORS,
        "",
        "  matches.csv: the file is missing; write it.",
        "",
        WARNINGS,
        "",
        "  queries.csv, row 3: query 'q2' has no match; add its matches, or splitting drops it.",
    ]


def test_numbers_are_masked_only_where_they_differ():
    def problems(*sizes):
        return problem_table(
            [
                error("articles.csv", row, f"image 'a{row}': {size} bytes", "copy")
                for row, size in enumerate(sizes, 2)
            ]
        )

    assert "  2 x image …: 0 bytes; copy." in describe_problems(problems(0, 0))
    assert "  2 x image …: … bytes; copy." in describe_problems(problems(7, 9))


def test_an_apostrophe_in_our_own_words_is_no_value():
    problems = [
        error("articles.csv", row, f"image '../{row}' leaves the catalogue's folder", "put it")
        for row in (2, 3)
    ]
    assert "  2 x image … leaves the catalogue's folder; put it." in describe_problems(
        problem_table(problems)
    )


def test_no_problems_are_no_text():
    assert describe_problems(problem_table()) == ""


def check(capsys, *words):
    status = main(["check", *map(str, words)])
    return status, *capsys.readouterr()


def write_shop(write_catalogue, num_articles, num_matched):
    """A catalogue of small pictures, the first articles with a query each."""
    ids = range(num_articles)
    folder = write_catalogue(
        "article_id,image\n" + "".join(f"a{number},a.jpg\n" for number in ids),
        "query_id,image\n" + "".join(f"q{number},a.jpg\n" for number in ids[:num_matched]),
        "query_id,article_id\n" + "".join(f"q{number},a{number}\n" for number in ids[:num_matched]),
    )
    Image.new("RGB", (4, 4)).save(folder / "a.jpg")
    return folder


def test_a_sound_catalogue_is_one_line_and_exit_status_0(write_catalogue, capsys):
    folder = write_shop(write_catalogue, 120, 120)
    assert check(capsys, folder) == (
        0,
        f"{folder}: 120 articles, 120 queries, 120 matches, 240 photos; 0 errors, 0 warnings\n",
        "",
    )


def test_warnings_alone_do_not_fail(write_catalogue, capsys):
    folder = write_shop(write_catalogue, 121, 120)
    status, printed, _ = check(capsys, folder)
    assert status == 0 and printed.splitlines() == [
        WARNINGS,
        "",
        (
            "  articles.csv, row 122: article 'a120' has no query; keep it as a distractor or add "
            "its matches."
        ),
        "",
        f"{folder}: 121 articles, 120 queries, 120 matches, 241 photos; 0 errors, 1 warnings",
    ]


def test_a_catalogue_too_small_to_train_on_fails(write_catalogue, capsys):
    folder = write_shop(write_catalogue, 30, 5)
    status, _, told = check(capsys, folder)
    assert (
        status == 1 and "about a hundred articles with a query of their own are the least" in told
    )


def test_labelled_articles_alone_are_fit_for_attributes(write_catalogue, capsys):
    folder = write_catalogue("article_id,image,colour\na1,a.jpg,red\na2,a.jpg,blue\n", None, None)
    Image.new("RGB", (4, 4)).save(folder / "a.jpg")
    status, printed, _ = check(capsys, folder)
    assert status == 0
    assert printed.endswith(
        "It has no matches to train on: labelled articles, of use as `studio2shop reproduce "
        "--attributes`.\n"
    )


def test_a_folder_that_cannot_be_loaded_is_checked_and_all_problems_kept(
    write_catalogue, capsys, tmp_path
):
    folder = write_catalogue(
        "article_id,image\na1,a1.jpg\na1,a2.jpg\n", "query_id;image\nq1;q1.jpg\n", None
    )
    status, printed, _ = check(capsys, folder, "--out", tmp_path / "problems.csv")
    assert status == 1 and printed.splitlines() == [
        ERRORS,
        "",
        f"  articles.csv, row 2: image 'a1.jpg': there is no such file; {PUT}.",
        "",
        "  articles.csv, row 3: article_id 'a1' is already used in row 2; use each id once.",
        "",
        "  queries.csv, row 1: columns are separated by semicolons; save the file with commas.",
        "",
        (
            "  matches.csv: the file is missing; write it with the columns query_id,article_id, or "
            "keep neither queries.csv nor matches.csv (labelled articles alone)."
        ),
        "",
        f"all 4 problems: {tmp_path / 'problems.csv'}",
        (
            f"{folder}: 2 articles, queries.csv not read, matches.csv not read, 2 photos; 4 "
            "errors, 0 warnings"
        ),
    ]
    kept = pd.read_csv(
        tmp_path / "problems.csv",
        dtype={"row": "Int64"},
        keep_default_na=False,
        na_values={"row": [""]},
    )
    pd.testing.assert_frame_equal(kept, check_catalogue(folder), check_dtype=False)


def test_a_missing_folder_is_one_sentence(tmp_path, capsys):
    sentence = (
        f"studio2shop check: {tmp_path}/nowhere: there is no such folder; give the folder that "
        "holds articles.csv.\n"
    )
    assert check(capsys, tmp_path / "nowhere") == (1, "", sentence)


def test_the_command_needs_no_tensorflow(write_catalogue):
    code = (
        "import sys; from studio2shop.__main__ import main; main(['check', sys.argv[1]]); "
        "sys.exit('tensorflow' in sys.modules)"
    )
    done = subprocess.run(
        [sys.executable, "-c", code, os.fspath(write_catalogue())], capture_output=True, check=False
    )
    # no progress bar where nobody watches
    assert done.returncode == 0 and b"photos checked" not in done.stderr
