"""Damaged indexes: the true result, or a sentence that names the file; never a crash or a hang."""

from functools import partial

import numpy as np
import pytest
from damage import copy_of, damage, shortcoming
from matching_models import NEEDS_FAISS, joined, random_features, random_towers, randomised

from studio2shop import ArticleFeatures, Index, build_query_article_matching
from studio2shop.__main__ import main

ARTICLES, QUERIES = random_features(0, num_articles=3000, num_queries=3)
ARTICLES[150] = ARTICLES[3]
FEATURES = ArticleFeatures([f"a{number}" for number in range(len(ARTICLES))], ARTICLES)
MODEL = joined(randomised(build_query_article_matching(16, match_activation=None), 0))
METHODS = (None, "product", "flat", "ivf", "hnsw")


@pytest.fixture(scope="module")
def indexes(tmp_path_factory):
    """Folders of undamaged indexes by method, and what they find."""
    folder, towers = tmp_path_factory.mktemp("indexes"), random_towers(16, 1)
    found = {}
    for method in METHODS:
        index = Index(MODEL, FEATURES, method and towers, 50, method or "product")
        index.save(folder / str(method))
        found[method] = found_in(index)
    return folder, found


def found_in(index):
    return [
        (index.features.ids[rows].tolist(), logits.tolist())
        for rows, logits in index.search(QUERIES, 40)
    ]


def finds(folder, expected, verify):
    return found_in(Index.load(folder, MODEL, verify)) == expected


def is_told(folder, names, capsys):
    """Whether `studio2shop check` finds nothing, or names a file."""
    status, said = main(["check", str(folder)]), capsys.readouterr().err
    return status == 0 or any(name in said for name in names)


@NEEDS_FAISS
@pytest.mark.filterwarnings("ignore")
def test_a_damaged_index_finds_the_same_or_its_file_is_named(indexes, seeds, tmp_path, capsys):
    short = []
    for seed in seeds(60, 300):
        method = METHODS[seed // 12 % len(METHODS)]
        folder = copy_of(indexes[0] / str(method), tmp_path / "index")
        way, names = damage(folder, seed)
        reads = {
            "verify": partial(finds, folder, indexes[1][method], verify=True),
            "check": partial(is_told, folder, names, capsys),
        }
        # of large files a quick look reads pieces: a flip in between is what `verify` is for
        if way not in ("flip", "swap", "copy"):
            reads["load"] = partial(finds, folder, indexes[1][method], verify=False)
        missed = {name: shortcoming(read, names) for name, read in reads.items()}
        if any(missed.values()):
            short.append((seed, method, way, names, missed))
    assert short == []


@NEEDS_FAISS
@pytest.mark.parametrize("method", ["flat", "ivf", "hnsw"])
def test_faiss_gets_no_file_that_is_not_the_one_saved(indexes, seeds, tmp_path, method):
    """Without `verify`: what faiss believes of a damaged file would end the process."""
    for seed in seeds(5, 100):
        folder = copy_of(indexes[0] / method, tmp_path / "index")
        path, random = folder / "faiss.index", np.random.default_rng(seed)
        content = bytearray(path.read_bytes())
        content[random.integers(len(content))] ^= int(random.integers(1, 256))
        path.write_bytes(content)
        with pytest.raises(ValueError, match=r"^faiss.index in .* is not the one that was saved"):
            Index.load(folder, MODEL)
