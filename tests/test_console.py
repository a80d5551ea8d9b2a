"""What the commands print can be read on every console, and does nothing to it."""

import os
import subprocess
import sys

import numpy as np
import pytest
from PIL import Image

from studio2shop.__main__ import main


@pytest.fixture
def shop(tmp_path):
    """A function that writes a catalogue of one article, with a name of its own for a column."""

    def write(articles, folder=tmp_path / "shop"):
        folder.mkdir()
        (folder / "articles.csv").write_text(articles, encoding="utf-8")
        Image.fromarray(np.zeros((8, 6, 3), np.uint8)).save(folder / "a.jpg")
        return folder

    return write


def test_control_characters_of_columns_and_ids_are_shown_and_not_obeyed(shop, capsys):
    folder = shop("article_id,\x1b[31mimage,\u202ecolour,\x9b2J\na0,a.jpg,red,\n")
    assert main(["check", str(folder)]) == 1
    assert capsys.readouterr().out.split("\n")[:3] == [
        "Errors: a run stops at these. Bad photos alone can be left out with --on-bad-image skip.",
        "",
        (
            r"  articles.csv, row 1: expected a column 'image', found article_id, \x1b[31mimage, "
            r"\u202ecolour, \x9b2J; add or rename the column."
        ),
    ]


def test_a_long_cell_is_printed_short(shop, capsys):
    folder = shop(f"article_id,image\na0,{'x' * 200_000}.jpg\n")
    assert main(["check", str(folder)]) == 1
    assert capsys.readouterr().out.split("\n")[2] == (
        f"  articles.csv, row 2: image '{'x' * 77}...': there is no such file; correct the path or "
        "put the photo there."
    )


def test_control_characters_of_folders_and_words_that_were_typed_are_shown(tmp_path, capsys):
    assert main(["check", "\x1b[31mshop"]) == 1
    assert capsys.readouterr().err == (
        "studio2shop check: \\x1b[31mshop: there is no such folder; give the folder that holds "
        "articles.csv.\n"
    )
    with pytest.raises(SystemExit):
        main(["search", "run", "--\x1b[31m.jpg"])
    assert capsys.readouterr().err.endswith("unrecognized arguments: --\\x1b[31m.jpg\n")


@pytest.mark.parametrize(
    "encoding, id_shown", [("ascii", r"gr\xf6\xdfe\u2192"), ("latin-1", r"größe\u2192")]
)
def test_a_console_that_lacks_letters_still_gets_the_list_of_problems(shop, encoding, id_shown):
    folder = shop("article_id,image\ngröße→,a.jpg\ngröße→,a.jpg\n")
    done = subprocess.run(
        [sys.executable, "-m", "studio2shop", "check", str(folder)],
        capture_output=True,
        env={**os.environ, "PYTHONIOENCODING": encoding},
    )
    assert (done.returncode, done.stderr) == (1, b"")
    assert done.stdout.decode(encoding).split("\n")[2] == (
        f"  articles.csv, row 3: article_id '{id_shown}' is already used in row 2; use each id "
        "once."
    )


@pytest.mark.parametrize(
    "error, sentence",
    [
        (PermissionError, "Permission denied; ask for the right to use it or choose another."),
        (IsADirectoryError, "Is a directory; give the path of a file."),
    ],
)
def test_an_error_of_the_system_is_a_sentence(shop, capsys, monkeypatch, error, sentence):
    folder = shop("article_id,image\na0,a.jpg\n")
    code = {PermissionError: 13, IsADirectoryError: 21}[error]

    def refuse(path):
        raise error(code, os.strerror(code), str(path))

    monkeypatch.setattr("pathlib.Path.read_bytes", refuse)
    assert main(["check", str(folder)]) == 1
    assert capsys.readouterr().err == f"studio2shop check: {folder / 'articles.csv'}: {sentence}\n"


def test_a_name_that_is_too_long_is_a_sentence(capsys):
    assert main(["check", "x" * 300]) == 1
    assert capsys.readouterr().err == (
        f"studio2shop check: {'x' * 300}: File name too long; choose a shorter name.\n"
    )
