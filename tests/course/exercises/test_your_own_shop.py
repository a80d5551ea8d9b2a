"""Notebook 09's checks say right to the right answers, what is off to others, and never raise."""

import dataclasses

import numpy as np
import pandas as pd
import pytest

from studio2shop import Retriever, load_run
from studio2shop.course.exercises import your_own_shop


@pytest.fixture(scope="module")
def shop(tiny_run):
    """A search, a photo, and a catalogue whose articles cost 1, 2, 3, ..."""
    run = load_run(tiny_run[0])
    catalogue = run.load_catalogue()
    priced = dataclasses.replace(
        catalogue,
        articles=catalogue.articles.assign(
            price=[str(1 + number) for number in range(len(catalogue.articles))]
        ),
    )
    return Retriever(run.model, run.features), catalogue.query_paths[0], priced


@pytest.mark.parametrize(
    "read, words",
    [
        (lambda path: pd.read_csv(path), "'0071' where the table has 71"),
        (lambda path: pd.read_csv(path, dtype=str), "'NA' where the table has nan"),
        (
            lambda path: pd.read_csv(path, dtype=str, keep_default_na=False).head(2),
            "has 3 rows, the table 2",
        ),
        (lambda path: pd.read_csv(path, header=None), "file's columns"),
        (lambda path: path.read_text(), "file's columns"),
        (lambda path: pd.read_csv("nowhere.csv"), "FileNotFoundError"),
    ],
)
def test_a_table_that_is_not_what_was_written_says_where(read, words):
    assert words in repr(your_own_shop.check_1(read))


def test_all_text_and_nothing_missing_is_right():
    assert your_own_shop.check_1(
        lambda path: pd.read_csv(path, dtype=str, keep_default_na=False)
    ).is_right


def test_precision_and_recall_are_those_of_the_hand_made_table():
    def answer(found, matches, least_score):
        both = found[found["score"] >= least_score].merge(matches, on=["query_id", "article_id"])
        return len(both) / (found["score"] >= least_score).sum(), len(both) / len(matches)

    assert your_own_shop.check_2(answer).is_right
    assert your_own_shop.check_2(lambda *arguments: answer(*arguments)[::-1]).is_right is False


def test_the_five_best_that_cost_less_than_50_are_right(shop):
    search, photo, catalogue = shop
    cheap = catalogue.article_ids[:49].tolist()
    assert your_own_shop.check_3(search(photo, k=5, among=cheap), *shop).is_right
    assert "costs 80.00" in repr(
        your_own_shop.check_3(search(photo, k=1, among=catalogue.article_ids[79:]), *shop)
    )
    assert "Let the search choose" in repr(
        your_own_shop.check_3(search(photo, k=5, among=cheap).iloc[::-1], *shop)
    )


@pytest.mark.parametrize("answer", ["a word", [1, 2], np.zeros(3), 3, pd.DataFrame({"price": [1]})])
def test_no_answer_makes_a_check_raise(answer, shop):
    assert your_own_shop.check_1(answer).is_right is False
    assert your_own_shop.check_2(answer).is_right is False
    assert your_own_shop.check_3(answer, *shop).is_right is False
    assert {
        your_own_shop.check_1(None).is_right,
        your_own_shop.check_2(lambda *arguments: None).is_right,
        your_own_shop.check_3(None, *shop).is_right,
    } == {None}
