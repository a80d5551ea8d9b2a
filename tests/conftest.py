"""What all tests share. TensorFlow's start-up messages are silenced before anything imports it."""

import os

os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "3")
os.environ.setdefault("CUDA_VISIBLE_DEVICES", "-1")
os.environ.setdefault("MPLBACKEND", "agg")

import pathlib

import hypothesis
import pytest

# an example that takes long on a busy machine is not wrong
hypothesis.settings.register_profile("untimed", deadline=None)
hypothesis.settings.load_profile("untimed")

MADE_IN_MINUTES = {"tiny_run", "tiny_comparison"}
DRAWN = {"course", "plots", "studio"}  # folders whose tests draw pictures, a second or so each


def pytest_collection_modifyitems(items):
    """What needs a finished run or draws is slow: `pytest -m "not slow"` does without."""
    tests = pathlib.Path(__file__).parent
    for item in items:
        folder = item.path.relative_to(tests).parts[0]
        if MADE_IN_MINUTES & set(item.fixturenames) or folder in DRAWN:
            item.add_marker("slow")


@pytest.fixture(scope="session")
def shared_folder():
    """The team's folder with the paper's tables and real photos, never part of the project."""
    folder = pathlib.Path(__file__).parents[2] / "shared"
    if not folder.is_dir():
        pytest.skip("needs ../shared (the paper's tables, real photos), which is absent here")
    return folder


@pytest.fixture(scope="module")
def eagerly():
    """Runs Keras' steps operation by operation in all of a module's tests.

    Where a network learns for a few steps, building its graphs takes several times as long as the
    steps. `tiny_run` and the tests of training have graphs, as users have.
    """
    import tensorflow as tf

    tf.config.run_functions_eagerly(True)
    yield
    tf.config.run_functions_eagerly(False)


@pytest.fixture(scope="session")
def tiny_scale():
    """Sizes and efforts at which the main job takes seconds."""
    import tiny_jobs

    return tiny_jobs.tiny_scale()


@pytest.fixture(scope="session")
def tiny_run(tmp_path_factory, tiny_scale):
    """One finished run of the main job, never written to: its folder, results and messages."""
    from studio2shop import reproduce
    from studio2shop.jobs import scales

    folder, said = tmp_path_factory.mktemp("runs") / "first", []
    with pytest.MonkeyPatch.context() as patch:
        patch.setitem(scales.SCALES, "workshop", tiny_scale)
        results = reproduce(folder, said.append)
    return folder, results, said


@pytest.fixture(scope="session")
def tiny_comparison(tiny_run, tmp_path_factory, tiny_scale):
    """The tiny run with the other systems beside it, never written to: its folder and messages."""
    import shutil

    import tensorflow as tf

    from studio2shop import reproduce
    from studio2shop.jobs import scales

    folder = shutil.copytree(tiny_run[0], tmp_path_factory.mktemp("runs") / "all")
    said, was_eager = [], tf.config.functions_run_eagerly()
    tf.config.run_functions_eagerly(True)
    with pytest.MonkeyPatch.context() as patch:
        patch.setitem(scales.SCALES, "workshop", tiny_scale)
        patch.setattr("studio2shop.training.phases.MATCHING_STEPS", 5)
        reproduce(folder, said.append, systems="all")
    tf.config.run_functions_eagerly(was_eager)
    return folder, said


@pytest.fixture(scope="session")
def studio(tmp_path_factory):
    """A rendered catalogue of 60 articles and 120 queries, 48 x 32 pixels."""
    import studio2shop

    return studio2shop.render_catalogue(
        tmp_path_factory.mktemp("studio"),
        num_articles=60,
        num_queries=120,
        image_size=(48, 32),
        seed=0,
    )
