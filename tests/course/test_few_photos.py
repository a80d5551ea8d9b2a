"""A run's model trained on with few photos: another model, and the run's own stays as it is."""

import numpy as np
import pytest

from studio2shop import load_run
from studio2shop.course import few_photos
from studio2shop.training.plan import TrainingPlan

pytestmark = pytest.mark.slow


def test_a_few_photos_change_a_copy_of_the_model_and_not_its_backbone(tiny_run):
    run = load_run(tiny_run[0])
    catalogue = run.load_catalogue()
    train, validation = (
        catalogue.select_articles(run.parts[part]) for part in ("train", "validation")
    )
    before = run.model.get_weights()
    parts = train, validation, run.features
    tuned = few_photos.trained_on(run, parts, 20, TrainingPlan(head_epochs=1))
    for old, still in zip(before, run.model.get_weights()):
        np.testing.assert_array_equal(old, still)
    is_alike = [np.array_equal(old, new) for old, new in zip(before, tuned.get_weights())]
    assert any(is_alike) and not all(is_alike)
