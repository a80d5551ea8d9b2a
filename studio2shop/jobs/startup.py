"""Starting Keras without the page of messages that TensorFlow writes when it is imported."""

import contextlib
import logging
import os


@contextlib.contextmanager
def silenced_start():
    """Keeps TensorFlow's start-up messages off the screen.

    It writes them past Python and past its own log level.

    From then on its advice on retracing is not printed either: where many networks are used after
    each other, it is no use.
    """
    os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "3")
    kept, nowhere = os.dup(2), os.open(os.devnull, os.O_WRONLY)
    os.dup2(nowhere, 2)
    try:
        yield
    finally:
        os.dup2(kept, 2)
        os.close(kept)
        os.close(nowhere)
        logging.getLogger("tensorflow").setLevel(logging.ERROR)
