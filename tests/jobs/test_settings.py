"""What a run can be told."""

import pytest

from studio2shop.jobs.fingerprints import fingerprint
from studio2shop.jobs.settings import SCALES, Settings


def test_the_defaults_are_the_workshop_from_random_weights():
    resolved = Settings().resolve()
    assert resolved.scale is SCALES["workshop"] and resolved.scale.query_size == (112, 78)
    assert (
        resolved.backbone,
        resolved.backbone_weights,
        resolved.head,
        resolved.is_pretrained,
    ) == ("compact", None, "pooled", False)
    assert resolved.facts()["backbone_weights"] == "random" and resolved.facts()["seed"] == 0


def test_folders_are_noted_so_that_they_are_found_from_elsewhere(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    facts = Settings(catalogue="shop", attributes="labelled").resolve().facts()
    assert (facts["catalogue"], facts["attributes"]) == (
        str(tmp_path / "shop"),
        str(tmp_path / "labelled"),
    )
    assert Settings().resolve().facts()["attributes"] is None


def test_the_papers_scale_is_vgg16_under_table_7s_layers_with_imagenets_weights():
    resolved = Settings(scale="paper").resolve()
    assert (resolved.scale.query_size, resolved.scale.title_size) == ((224, 155), (256, 177))
    assert (
        resolved.backbone,
        resolved.backbone_weights,
        resolved.head,
        resolved.is_pretrained,
    ) == ("vgg16", "imagenet", "flatten", True)
    assert Settings(scale="paper", backbone="compact").resolve().backbone_weights is None


@pytest.mark.parametrize(
    "fields, weights, head",
    [
        ({"backbone": "mobilenet_v2"}, "imagenet", "pooled"),
        ({"backbone": "VGG_16"}, "imagenet", "flatten"),
        ({"backbone": "Compact"}, None, "pooled"),
        ({"backbone": "vgg16", "backbone_weights": "none"}, None, "flatten"),
        ({"backbone": "compact", "backbone_weights": "none"}, None, "pooled"),
        ({"backbone": "vgg16", "article_features": "backbone"}, "imagenet", "flatten"),
    ],
)
def test_what_is_left_open_is_filled_in(fields, weights, head):
    resolved = Settings(**fields).resolve()
    assert (resolved.backbone, resolved.backbone_weights, resolved.head) == (
        fields["backbone"].lower(),
        weights,
        head,
    )


def test_a_weights_file_counts_as_pretrained_and_by_its_content(tmp_path):
    path = tmp_path / "my.weights.h5"
    path.write_bytes(b"weights")
    resolved = Settings(backbone="compact", backbone_weights=str(path)).resolve()
    assert resolved.is_pretrained and resolved.facts()["backbone_weights"] == "my.weights.h5"
    before = fingerprint(*resolved.backbone_identity)
    path.write_bytes(b"others")
    assert fingerprint(*resolved.backbone_identity) != before


@pytest.mark.parametrize(
    "fields, error, sentence",
    [
        (
            {"scale": "large"},
            ValueError,
            "`scale` must be 'workshop' or 'paper'; received 'large'.",
        ),
        (
            {"on_bad_image": "ignore"},
            ValueError,
            "`on_bad_image` must be 'stop' or 'skip'; received 'ignore'.",
        ),
        (
            {"article_features": "fc14"},
            ValueError,
            "`article_features` must be 'fdna' or 'backbone'; received 'fc14'.",
        ),
        (
            {"finetune_epochs": -1},
            ValueError,
            "`finetune_epochs` and `seed` must be 0 or more; received -1 and 0.",
        ),
        (
            {"backbone_weights": "nowhere.h5"},
            FileNotFoundError,
            "`backbone_weights` must be 'imagenet', 'none' or a weights file; "
            "there is no file 'nowhere.h5'.",
        ),
        (
            {"article_features": "backbone"},
            ValueError,
            "Article features by 'backbone' need a pretrained one; "
            "name a backbone and its weights, or take 'fdna'.",
        ),
        (
            {"article_features": "backbone", "backbone": "vgg16", "backbone_weights": "none"},
            ValueError,
            "Article features by 'backbone' need a pretrained one; "
            "name a backbone and its weights, or take 'fdna'.",
        ),
    ],
)
def test_what_does_not_go_together_is_refused_in_one_sentence(fields, error, sentence):
    with pytest.raises(error) as caught:
        Settings(**fields).resolve()
    assert str(caught.value) == sentence
