"""How often fDNA guesses right, counted by hand."""

import dataclasses

import numpy as np

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
