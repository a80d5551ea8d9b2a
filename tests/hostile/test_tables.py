"""Whatever the three tables of a catalogue hold: it loads, or one short sentence names the file."""

import pathlib
import time

from hostile_tables import write_hostile_tables, write_photos

from studio2shop import check_catalogue, load_catalogue
from studio2shop.__main__ import main
from studio2shop.catalogue import Problem
from studio2shop.catalogue.tables import read_table

MOST_CHARACTERS, MOST_SECONDS = 2_000, 10


def assert_readable(sentence, folder):
    assert sentence.isprintable(), ascii(sentence[:500])
    assert len(sentence) < MOST_CHARACTERS, len(sentence)
    assert sentence.startswith(str(folder)), sentence[:500]


def assert_held(folder, capsys):
    """Loads and checks a catalogue of any content."""
    try:
        load_catalogue(folder)
    except (ValueError, OSError) as error:
        assert_readable(str(error), folder)
    try:
        problems = check_catalogue(folder)
    except (ValueError, OSError) as error:
        assert_readable(str(error), folder)
    else:
        for problem in problems.itertuples(index=False):
            assert_readable(Problem(*problem).sentence(folder), folder)
    assert main(["check", str(folder)]) in (0, 1)
    said = capsys.readouterr()
    for line in (said.out + said.err).split("\n"):
        assert line.isprintable() and len(line) < MOST_CHARACTERS, ascii(line[:500])


def test_a_long_table_beyond_ascii_is_read_in_seconds(tmp_path):
    """129 MB, which took half a minute where the time grew with the square of the size."""
    write_hostile_tables(tmp_path, seed=2915)
    start = time.process_time()
    table, problems = read_table(tmp_path / "articles.csv")
    assert problems == [] and "\u202e" * 5_000 in set(table["test"])
    assert time.process_time() - start < MOST_SECONDS


def test_any_tables_load_or_are_refused_in_a_sentence(tmp_path, capsys, seeds):
    folder = pathlib.Path(tmp_path, "shop")
    folder.mkdir()
    write_photos(folder)
    short = {}
    for seed in seeds(few=40, everything=3000):
        write_hostile_tables(folder, seed)
        start = time.process_time()
        try:
            assert_held(folder, capsys)
            assert time.process_time() - start < MOST_SECONDS
        except Exception as error:
            short[seed] = f"{type(error).__name__}: {str(error)[:300]}"
        finally:
            capsys.readouterr()
    assert short == {}
