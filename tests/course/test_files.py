"""`studio2shop notebooks DIR`: the course is copied, and nothing of the user's is overwritten."""

import pytest

import studio2shop
from studio2shop.__main__ import main
from studio2shop.course.files import copy_course, notebooks_folder


@pytest.fixture
def small_course(tmp_path, monkeypatch):
    """An installed package whose course is three files, and one that is not copied."""
    folder = tmp_path / "studio2shop" / "notebooks"
    for name, text in (
        ("README.md", "page"),
        ("00_a.ipynb", "{}"),
        ("source/00_a.py", "# %%"),
        ("make.py", ""),
    ):
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        (folder / name).write_text(text)
    monkeypatch.setattr(studio2shop, "__file__", str(tmp_path / "studio2shop" / "__init__.py"))
    return folder


def test_the_course_is_found_beside_a_checkouts_package_and_inside_an_installed_one(
    tmp_path, monkeypatch
):
    (tmp_path / "studio2shop").mkdir()
    monkeypatch.setattr(studio2shop, "__file__", str(tmp_path / "studio2shop" / "__init__.py"))
    assert notebooks_folder() == tmp_path / "notebooks"
    (tmp_path / "studio2shop" / "notebooks").mkdir()
    assert notebooks_folder() == tmp_path / "studio2shop" / "notebooks"


def test_all_that_a_reader_needs_is_copied_byte_for_byte(tmp_path):
    copied = copy_course(tmp_path / "course")
    for name in (
        "README.md",
        "data_card.md",
        "model_card.md",
        "00_the_idea.ipynb",
        "source/00_the_idea.py",
        "solutions/00_the_idea.py",
    ):
        assert name in copied
    for name in copied:
        assert (tmp_path / "course" / name).read_bytes() == (notebooks_folder() / name).read_bytes()
    assert not (tmp_path / "course" / "make.py").exists()


def test_a_second_copy_brings_back_what_was_removed_and_leaves_the_rest(small_course, tmp_path):
    target = tmp_path / "course"
    assert copy_course(target) == ["README.md", "00_a.ipynb", "source/00_a.py"]
    (target / "source" / "00_a.py").unlink()
    (target / "own.txt").write_text("mine")
    assert copy_course(target) == ["source/00_a.py"]
    assert (target / "own.txt").read_text() == "mine"


def test_a_changed_file_stops_it_before_anything_is_copied(small_course, tmp_path, capsys):
    target = tmp_path / "course"
    target.mkdir()
    (target / "00_a.ipynb").write_text("my answers")
    assert main(["notebooks", str(target)]) == 1
    assert capsys.readouterr().err == (
        f"studio2shop notebooks: {target / '00_a.ipynb'}: it differs from the course's and is not "
        "overwritten; give another folder, or move it away.\n"
    )
    assert [path.name for path in target.iterdir()] == ["00_a.ipynb"]
    assert (target / "00_a.ipynb").read_text() == "my answers"


def test_a_file_in_place_of_the_folder_is_refused(small_course, tmp_path):
    (tmp_path / "file").write_text("")
    with pytest.raises(
        NotADirectoryError, match="there is a file of that name; give another folder."
    ):
        copy_course(tmp_path / "file")


def test_the_command_says_how_many_files_and_what_comes_next(small_course, tmp_path, capsys):
    assert main(["notebooks", str(tmp_path / "course")]) == 0
    assert (
        capsys.readouterr().out
        == f"3 files copied to {tmp_path / 'course'}. Next: jupyter lab {tmp_path / 'course'} "
        '(pip install "studio2shop[notebooks]" brings it)\n'
    )
