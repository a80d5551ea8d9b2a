"""What makes a stage be made again: code that says something else, and nothing of its form."""

import pathlib
import shutil

import pytest

import studio2shop
from studio2shop.jobs.fingerprints import code_fingerprint

PACKAGE = pathlib.Path(studio2shop.__file__).parent
TRAINING, FEATURES = "training.systems", "features.article_features"


@pytest.fixture
def package(tmp_path):
    ignored = shutil.ignore_patterns("__pycache__", "*.pyc")
    return shutil.copytree(PACKAGE, tmp_path / "studio2shop", ignore=ignored)


def fingerprints(package):
    code_fingerprint.cache_clear()
    return [code_fingerprint(name, package=package) for name in (TRAINING, FEATURES)]


def change(path, old, new):
    text = path.read_text(encoding="utf-8")
    assert old in text
    path.write_text(text.replace(old, new), encoding="utf-8")


def test_a_comment_or_other_code_in_the_gallery_makes_no_stage_be_made_again(package):
    before = fingerprints(package)
    gallery = package / "jobs" / "pages" / "gallery.py"
    gallery.write_text(gallery.read_text(encoding="utf-8") + "\n# a comment\nNEW = 1\n", "utf-8")
    assert fingerprints(package) == before


def test_comments_docstrings_and_form_of_a_loss_do_not_count(package):
    before = fingerprints(package)
    losses = package / "training" / "losses.py"
    change(losses, '"""Binary cross-entropy', '"""A sum of binary cross-entropies')
    text = losses.read_text(encoding="utf-8").replace("\n\n\n", "\n\n\n# a comment\n\n")
    losses.write_text(text, encoding="utf-8")
    assert fingerprints(package) == before


def test_a_changed_loss_makes_trainings_be_made_again_and_no_article_features(package):
    training, features = fingerprints(package)
    change(package / "training" / "losses.py", "ops.softplus(logits)", "ops.relu(logits)")
    changed, unchanged = fingerprints(package)
    assert changed != training and unchanged == features


@pytest.mark.parametrize(
    "file, old, new",
    [
        ("training/fit.py", "weight_decay=1e-4", "weight_decay=1e-3"),
        ("training/augmentation.py", "0.12 * drawn[:4]", "0.2 * drawn[:4]"),
        ("training/sampling.py", "random.choice(matches, 1)", "matches[:1]"),
        ("models/matching.py", "layers.Dense(256", "layers.Dense(128"),
        ("io/images.py", "REDUCING_GAP = 3.0", "REDUCING_GAP = 2.0"),
    ],
)
def test_whatever_a_training_is_made_of_counts_however_deep(package, file, old, new):
    before, _ = fingerprints(package)
    change(package / file, old, new)
    assert fingerprints(package)[0] != before


def test_a_module_that_is_not_there_is_named(package):
    with pytest.raises(FileNotFoundError, match="there is no module 'training.fdnaa'"):
        code_fingerprint("training.fdnaa", package=package)


def test_modules_named_for_stages_are_there():
    """Each name that a stage passes is one of the package; see the calls in `jobs`."""
    names = set()
    for path in (PACKAGE / "jobs").rglob("*.py"):
        text = path.read_text(encoding="utf-8")
        for call in text.split("code_fingerprint(")[1:]:
            names |= set(call.split(")")[0].replace('"', " ").replace(",", " ").split())
    found = {name for name in names if "." in name and "package" not in name}
    assert len(found) > 5
    for name in found:
        assert len(code_fingerprint(name)) == 16
