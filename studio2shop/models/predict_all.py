"""Predicting for all inputs, also where training is cut short.

And without a warning where the shapes differ on purpose.
"""

import contextlib
import logging


def predict_all(model, inputs, **options):
    """`model.predict`, quietly, of all inputs.

    Keras' limit KERAS_MAX_STEPS_PER_EPOCH, by which a notebook trains in seconds, holds for
    `predict` as well: of what comes after the first batches there would be no output, and no error.

    Args:
        model: a `keras.Model`.
        inputs: as `predict` takes them.
        **options: of `predict`, such as `batch_size`.

    Returns:
        The outputs, one for each input.

    Example:
        predict_all(extractor, images, batch_size=32)
    """
    import keras

    limit = keras.config.max_steps_per_epoch()
    keras.config.set_max_steps_per_epoch(None)
    try:
        return model.predict(inputs, verbose=0, **options)
    finally:
        keras.config.set_max_steps_per_epoch(limit)


@contextlib.contextmanager
def without_retracing_warnings():
    """Where each call is meant to have a shape of its own, as when they are timed.

    TensorFlow traces a graph for each and warns that this takes long.
    """
    logger = logging.getLogger("tensorflow")
    level = logger.level
    logger.setLevel(logging.ERROR)
    try:
        yield
    finally:
        logger.setLevel(level)
