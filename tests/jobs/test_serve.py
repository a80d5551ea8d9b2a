"""The web page: what it searches, and, where there are Gradio and Chromium, how it is used."""

import pathlib
import re
import shutil
import threading
import time

import numpy as np
import pytest
from PIL import Image

from studio2shop import load_run
from studio2shop.__main__ import main
from studio2shop.io.images import load_image
from studio2shop.jobs.search_page import ANY, EXACT, SearchPage
from studio2shop.jobs.serve import serve


@pytest.fixture(scope="module")
def page(tiny_run, tmp_path_factory):
    run = load_run(tiny_run[0])
    file = tmp_path_factory.mktemp("stock") / "in_stock.txt"
    file.write_text("\n".join(run.features.ids[::2]))
    return SearchPage(run, file)


def test_a_search_says_what_it_searched_and_gives_a_picture_an_article(page):
    photo = page.catalogue.query_paths[0]
    found, sentence = page.search(photo)
    assert sentence.startswith(f"The best 50 of {len(page.path_of):,} articles, exact, in ")
    cards = page.cards(found)
    assert [caption.split(" · ")[0] for _, caption in cards] == [str(n) for n in range(1, 51)]
    assert [path for path, _ in cards] == [page.path_of[id_] for id_ in found["article_id"]]


def test_category_and_stock_narrow_the_choice(page, monkeypatch):
    photo, category = page.catalogue.query_paths[0], page.categories[1]
    assert page.categories[0] == ANY and page.ways == [EXACT]
    found, _ = page.search(photo, category, True)
    wanted = {id_ for id_ in page.in_stock if page.articles.loc[id_, "category"] == category}
    assert set(found["article_id"]) == wanted
    found, _ = page.search(photo, in_stock_only=True)
    assert set(found["article_id"]) <= page.in_stock
    sold_out = dict.fromkeys(set(page.path_of) - page.in_stock, "sold out")
    monkeypatch.setattr(page, "category_of", sold_out)
    assert page.search(photo, "sold out", True) == (
        None,
        "No article is in stock in this category.",
    )


def test_an_article_is_most_like_itself_among_those_it_may_be_compared_with(page):
    chosen = page.catalogue.article_ids[5]
    found, sentence = page.similar(chosen)
    assert sentence == (
        f"The 50 of {len(page.path_of)} articles most like **{chosen}**, by the cosine of their "
        "features."
    )
    assert found["article_id"][0] == chosen and found["score"][0] == pytest.approx(1)
    assert found["rank"].tolist() == list(range(1, 51)) and found["score"].is_monotonic_decreasing
    category = next(name for name in page.categories[1:] if page.category_of[chosen] != name)
    others, _ = page.similar(chosen, category)
    assert {page.category_of[id_] for id_ in others["article_id"]} == {category}
    in_stock, _ = page.similar(chosen, in_stock_only=True)
    assert set(in_stock["article_id"]) <= page.in_stock


def test_an_article_is_described_by_what_is_known_of_it(page):
    article_id, row = next(iter(page.articles.iterrows()))
    first, *labels = page.described(article_id).split("\n\n")
    assert first == f"**{article_id}**" and all(label.split(": ")[1] for label in labels)
    assert len(labels) == sum(bool(row[name]) for name in page.catalogue.attributes)


def test_without_gradio_a_sentence_says_what_to_install(tiny_run, monkeypatch, capsys):
    monkeypatch.setattr("importlib.util.find_spec", lambda name: None)
    assert main(["serve", str(tiny_run[0])]) == 1
    error = capsys.readouterr().err
    assert 'needs Gradio: pip install "studio2shop[web]"' in error


def test_an_upload_is_read_as_every_photo_is_or_one_sentence_says_why_not(page, tmp_path):
    gradio = pytest.importorskip("gradio", reason="Gradio is not installed (the extra web)")
    from studio2shop.jobs.photo_editor import photo_editor

    editor, good = photo_editor(type="pil", image_mode="RGB"), page.catalogue.query_paths[0]
    assert editor.get_block_name() == "imageeditor"
    content = pathlib.Path(good).read_bytes()
    for given in (gradio.FileData(path=good), content):
        assert np.array_equal(editor.convert_and_format_image(given), load_image(good))
    assert editor.convert_and_format_image(None) is None
    drawing = tmp_path / "drawing.jpg"
    Image.new("RGB", (20, 20)).save(drawing, "EPS")
    again = "copy or download the photo again."
    for given, problem in (
        (gradio.FileData(path=str(drawing)), "it is no image in a format read here; save it as"),
        (b"", f"the file is empty (0 bytes); {again}"),
        (content[:200], "it cannot be decoded ("),
        (b"<html>", f"it is a web page or other text, not an image; {again}"),
    ):
        with pytest.raises(gradio.Error, match=re.escape(f"The photo can't be used: {problem}")):
            editor.convert_and_format_image(given)


@pytest.mark.slow
@pytest.mark.parametrize("width", [390, 1280])
def test_in_a_browser_a_photo_is_searched_and_an_article_by_keyboard(tiny_run, page, width):
    pytest.importorskip("gradio", reason="Gradio is not installed (the extra web)")
    api = pytest.importorskip("playwright.sync_api", reason="playwright is not installed")
    chromium = shutil.which("chromium")
    if chromium is None:
        pytest.skip("there is no Chromium on this machine")
    said = []
    port = 7900 + width % 100
    arguments = {"port": port, "announce": said.append}
    threading.Thread(
        target=serve, args=[load_run(tiny_run[0])], kwargs=arguments, daemon=True
    ).start()
    while not said:
        time.sleep(0.1)
    flags = ["--no-sandbox", "--disable-gpu", "--disable-background-networking", "--disable-sync"]
    with api.sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=chromium, args=flags)
        tab = browser.new_page(viewport={"width": width, "height": 900})
        asked, errors = [], []
        tab.on("request", lambda request: asked.append(request.url))
        tab.on("pageerror", lambda error: errors.append(str(error)))
        tab.goto(said[0].split(" ")[0])
        search = tab.get_by_role("button", name="Search", exact=True)
        search.focus()
        tab.keyboard.press("Enter")
        tab.wait_for_selector("text=Drop a photo first.")
        tab.set_input_files("input[type=file]", page.catalogue.query_paths[0])
        tab.wait_for_selector("button[aria-label=Image]")
        search.focus()
        tab.keyboard.press("Enter")
        tab.wait_for_selector("text=The best 50 of")
        article = tab.locator(".thumbnail-item").nth(2)
        article.focus()
        tab.keyboard.press("Enter")
        again = tab.get_by_role("button", name="Show what is like it")
        again.focus()
        tab.keyboard.press("Enter")
        tab.wait_for_selector("text=most like")
        assert tab.evaluate("document.documentElement.scrollWidth") <= width
        browser.close()
    own = (f"http://127.0.0.1:{port}", "data:", "blob:")
    assert [url for url in asked if not url.startswith(own)] == [] and errors == []
