"""How often fDNA guesses right, counted by hand."""

import dataclasses
import types

import numpy as np
import pandas as pd
from PIL import Image

from studio2shop.catalogue import Catalogue
from studio2shop.evaluation.fdna_accuracy import attribute_accuracy


class FakeFdna:
    """Guesses the labels 0, 1, 1, 1, 0 of both attributes for five articles."""

    input_shape = (None, 8, 8, 3)

    def predict(self, images, batch_size, verbose):
        return {name: np.eye(2)[[0, 1, 1, 1, 0]] for name in ("colour", "fit")}


def test_accuracy_counts_annotated_articles_only(studio):
    articles = studio.articles[:5].assign(colour=["blue", "red", "", "blue", "blue"], fit=[""] * 5)
    five = dataclasses.replace(studio, articles=articles)
    table = attribute_accuracy(
        FakeFdna(), five, {"colour": ("blue", "red"), "fit": ("slim", "wide")}
    )
    assert table.iloc[0].to_dict() == {
        "attribute": "colour",
        "values": 2,
        "annotated": 4,
        "accuracy": 0.75,
        "most_common": 0.75,
    }
    assert table.iloc[1, :3].tolist() == ["fit", 2, 0] and table.iloc[1, 3:].isna().all()


def test_attribute_accuracy_by_hand(tmp_path):
    """A network that always says red and long, against four articles."""
    Image.new("RGB", (4, 4)).save(tmp_path / "a.png")
    rows = {
        "article_id": list("abcd"),
        "image": "a.png",
        "colour": ["red", "blue", "blue", ""],
        "length": ["long", "", "", "long"],
        "fit": "",
    }
    fdna = types.SimpleNamespace(
        input_shape=(None, 4, 4, 3),
        predict=lambda images, **_: {
            "colour": np.tile([0.1, 0.9], (4, 1)),
            "length": np.tile([0.9, 0.1], (4, 1)),
            "fit": np.ones((4, 2)),
        },
    )
    catalogue = Catalogue(tmp_path, pd.DataFrame(rows), pd.DataFrame(), pd.DataFrame(), {})
    table = attribute_accuracy(
        fdna,
        catalogue,
        {"colour": ("blue", "red"), "length": ("long", "short"), "fit": ("slim", "wide")},
    )
    assert table["attribute"].tolist() == ["colour", "length", "fit"] and table[
        "annotated"
    ].tolist() == [3, 2, 0]
    np.testing.assert_allclose(table["accuracy"], [1 / 3, 1, np.nan])
    np.testing.assert_allclose(table["most_common"], [2 / 3, 1, np.nan])
