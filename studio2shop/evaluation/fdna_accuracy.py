"""How often fDNA guesses an attribute right."""

import numpy as np
import pandas as pd

from studio2shop.io.images import load_images
from studio2shop.models.predict_all import predict_all


def attribute_accuracy(fdna, catalogue, attributes):
    """How often fDNA's first guess is the label, over the annotated articles of a catalogue.

    Args:
        fdna: a trained model of `build_fdna`.
        catalogue: a `Catalogue`.
        attributes: dict of attribute to labels, as it was trained with.

    Returns:
        A DataFrame with one row per attribute: `attribute, values, annotated` (number of articles),
        `accuracy` (0-1) and `most_common` (0-1), the accuracy of always guessing the catalogue's
        most common label.
    """
    images = load_images(catalogue.article_paths, fdna.input_shape[1:3])
    predictions, labels = (
        predict_all(fdna, images, batch_size=64),
        catalogue.attribute_labels(attributes),
    )
    rows = []
    for name, names in attributes.items():
        annotated = labels[name] >= 0
        known, guesses = labels[name][annotated], predictions[name][annotated].argmax(axis=1)
        accuracy, most_common = (
            ((guesses == known).mean(), np.bincount(known).max() / len(known))
            if len(known)
            else (np.nan, np.nan)
        )
        rows.append(
            {
                "attribute": name,
                "values": len(names),
                "annotated": len(known),
                "accuracy": accuracy,
                "most_common": most_common,
            }
        )
    return pd.DataFrame(rows)
