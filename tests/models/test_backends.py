"""Every network under JAX and under PyTorch, from the NumPy sampler.

TensorFlow can't even be imported there.
"""

import importlib.util
import json
import os
import pathlib
import subprocess
import sys

import pytest

from studio2shop import load_catalogue
from studio2shop.training.sampling import MatchSampler

pytestmark = pytest.mark.slow

SCRIPT = pathlib.Path(__file__).parents[1] / "helpers" / "backend_networks.py"
# which a loss of differences of scores does not see
ENDS_IN_A_SHIFT = (
    "match/bias",
    "dot_product/bias",
)
NETWORKS = [
    "fdna",
    "stylenet",
    "fc14",
    "pooled backbone",
    "studio2shop",
    "studio2shop flatten",
    "studio2shop linear",
    "studio2shop own backbone",
    "static",
    "all in two nets",
    "towers",
]


def needs(package):
    reason = f"needs {package}: pip install 'studio2shop[{package}]'"
    return pytest.param(
        package, marks=pytest.mark.skipif(importlib.util.find_spec(package) is None, reason=reason)
    )


@pytest.fixture(scope="module", params=[needs("jax"), needs("torch")])
def backend(request):
    return request.param


@pytest.fixture(scope="module")
def results(backend, studio, tmp_path_factory):
    """What `backend_networks.py` says of all networks under a backend.

    That of the first one stays for the second to load.
    """
    folder, others = (
        tmp_path_factory.getbasetemp() / f"networks-{backend}",
        sorted(tmp_path_factory.getbasetemp().glob("networks-*")),
    )
    folder.mkdir()
    environment = {**os.environ, "KERAS_BACKEND": backend}
    done = subprocess.run(
        [sys.executable, SCRIPT, studio.folder, folder, *others[:1]],
        env=environment,
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    return json.loads((folder / "results.json").read_text())


def test_the_networks_run_under_the_backend_on_what_is_drawn_under_any_other(
    backend, results, studio
):
    sampler = MatchSampler(load_catalogue(studio.folder), 10, 8)
    drawn = [row for step in range(2) for row in sampler.draw(0, step)[1].tolist()]
    assert (results["backend"], results["drawn"]) == (backend, drawn)
    assert list(results["networks"]) == NETWORKS


@pytest.mark.parametrize("network", NETWORKS)
def test_a_tiny_variant_trains_two_steps_saves_loads_and_ranks_the_same(results, network):
    result = results["networks"][network]
    assert "error" not in result, result["error"]
    assert result["steps"] == 2 and 0 < result["loss"] < 1000
    # every other weight has moved
    assert all(path.endswith(ENDS_IN_A_SHIFT) for path in result["still"])
    assert result["inputs"], "the images handed over were written over"
    assert result["loaded"] <= 1e-5 and result["logits"] <= 1e-5
    assert result["ranked"][0] == result["ranked"][1] and len(set(result["ranked"][0])) > 1
    # of the model's own prediction for the whole assortment
    assert result.get("retriever", 0) <= 1e-4


@pytest.mark.parametrize("network", NETWORKS)
def test_a_network_saved_under_one_backend_gives_the_same_under_the_other(results, network):
    if "other" not in results["networks"][network]:
        pytest.skip("needs a second backend: pip install 'studio2shop[jax,torch]'")
    assert results["networks"][network]["other"] <= 1e-4
