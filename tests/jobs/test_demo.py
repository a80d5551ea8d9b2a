"""From an installed package to a page."""

import pytest
from gallery_page import Page

from studio2shop.__main__ import main
from studio2shop.io.images import ImageError
from studio2shop.jobs.demo import NUM_QUERIES, K, demo, open_in_browser


@pytest.mark.slow
def test_the_demo_shows_photos_what_was_found_and_what_is_worn(tmp_path, capsys):
    assert main(["demo", "--out", str(tmp_path / "demo"), "--seed", "1", "--no-browser"]) == 0
    page = Page(tmp_path / "demo" / "found.html")
    alts = [picture["alt"] for picture in page.pictures]
    assert sum(alt.startswith("the photo") for alt in alts) == NUM_QUERIES
    assert sum(alt.startswith("article") for alt in alts) == NUM_QUERIES * K
    assert sum(alt.startswith("known match") for alt in alts) >= NUM_QUERIES
    assert "no picture" not in page.words
    assert "6 photos searched among" in capsys.readouterr().out


def test_one_may_search_with_a_photo_of_ones_own(studio, tmp_path):
    said = []
    page = Page(demo(studio.query_paths[:1], tmp_path / "demo", announce=said.append))
    assert len(page.articles) == K and not any(page.marked)
    assert said[0].startswith("1 photo searched among")


def test_a_photo_that_can_not_be_read_stops_the_demo_before_it_writes(tmp_path):
    (tmp_path / "empty.jpg").touch()
    with pytest.raises(ImageError, match="the file is empty"):
        demo([tmp_path / "empty.jpg"], tmp_path / "demo")
    assert not (tmp_path / "demo").exists()


def test_a_browser_is_opened_only_where_there_is_a_screen(tmp_path, monkeypatch):
    opened = []
    monkeypatch.setattr("webbrowser.open", lambda address: opened.append(address) or True)
    monkeypatch.setattr("sys.platform", "linux")
    for name in ("DISPLAY", "WAYLAND_DISPLAY"):
        monkeypatch.delenv(name, raising=False)
    assert not open_in_browser(tmp_path / "found.html")
    monkeypatch.setenv("DISPLAY", ":0")
    assert open_in_browser(tmp_path / "found.html")
    assert opened == [(tmp_path / "found.html").as_uri()]
