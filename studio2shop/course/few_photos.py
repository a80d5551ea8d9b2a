"""A run's model trained on with few photos of another shop, for notebook 09."""

import tempfile

import numpy as np

from studio2shop.models.saved import load_model
from studio2shop.training.phases import train_studio2shop


def trained_on(run, parts, num_photos, plan, seed=0):
    """The run's model, trained on with some of another shop's training photos.

    Args:
        run: a `Run`, whose own model stays as it is.
        parts: `(train, validation, features)` of `train_studio2shop`.
        num_photos: number of training queries drawn; all, if there are fewer.
        plan: a `TrainingPlan`.
        seed: of the draw.

    Returns:
        The trained Keras model.
    """
    train, validation, features = parts
    drawn = np.random.default_rng(seed).permutation(train.query_ids)[:num_photos]
    model = load_model(run.folder / "model.keras")
    with tempfile.TemporaryDirectory() as folder:
        few = train.select_queries(drawn.tolist())
        train_studio2shop(model, few, validation, features, plan, folder)
    return model
