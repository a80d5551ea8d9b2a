"""The run that comes with the package: that it is what its card says, and how it is made."""

import hashlib

import numpy as np
import pytest

from studio2shop import Retriever, load_pretrained, load_run
from studio2shop.evaluation.results import rank_catalogue
from studio2shop.jobs.pretrained import pack
from studio2shop.models.pretrained import FOLDER
from studio2shop.studio import render_photos

MOST_BYTES = 6_000_000


@pytest.fixture(scope="module")
def pretrained():
    return load_pretrained()


def test_the_package_brings_few_bytes_and_their_checksums():
    assert sum(path.stat().st_size for path in FOLDER.iterdir()) < MOST_BYTES
    paths = [path for path in FOLDER.iterdir() if path.suffix in (".npz", ".csv", ".json")]
    lines = (FOLDER / "SHA256SUMS").read_text().splitlines()
    assert dict(reversed(line.split()) for line in lines) == {
        path.name: hashlib.sha256(path.read_bytes()).hexdigest() for path in paths
    }


@pytest.mark.slow
def test_it_finds_articles_as_well_as_its_card_says(pretrained, tmp_path):
    catalogue = pretrained.write_catalogue(tmp_path / "studio")
    assert list(catalogue.article_ids) == list(pretrained.features.ids)
    assert len(catalogue.articles) == pretrained.facts["test"]["articles"]
    wanted = np.random.default_rng(0).permutation(catalogue.query_ids)[:300]
    render_photos(catalogue, query_ids=wanted)
    part = catalogue.select_queries(wanted)
    search = pretrained.retriever()
    results = rank_catalogue(
        search.index.scorer.scores, search.query_features_of(part), search.features, part
    )
    row, said = results.row(), pretrained.facts["test"]
    deviation = np.sqrt(said["top_10"] * (1 - said["top_10"]) / 300)
    assert abs(row.top_10 - said["top_10"]) < 4 * deviation


def test_a_folder_with_another_catalogue_is_left_alone(pretrained, tmp_path):
    (tmp_path / "studio.json").write_text("{}")
    with pytest.raises(ValueError, match="holds another catalogue; give the name of a new folder"):
        pretrained.write_catalogue(tmp_path)


def test_a_run_is_packed_without_changing_what_it_finds(tiny_run, tmp_path):
    assert pack(tiny_run[0], tmp_path / "packed") > 0.98
    packed, run = load_pretrained(tmp_path / "packed"), load_run(tiny_run[0])
    assert set(packed.features.ids) == set(run.parts["test"])
    catalogue = packed.write_catalogue(tmp_path / "studio")
    render_photos(catalogue, query_ids=catalogue.query_ids)
    own = Retriever(run.model, run.features.of(packed.features.ids))
    for retriever in (own, packed.retriever()):
        features = retriever.query_features_of(catalogue)
        results = rank_catalogue(
            retriever.index.scorer.scores, features, retriever.features, catalogue
        )
        np.testing.assert_allclose(results.row().top_10, tiny_run[1].row().top_10, atol=0.05)
