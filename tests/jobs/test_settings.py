"""What a run can be told."""

import dataclasses
import re

import pytest

from studio2shop.jobs.fingerprints import fingerprint
from studio2shop.jobs.scales import SCALES
from studio2shop.jobs.settings import STUDIO_EFFORT, Settings


def test_the_defaults_are_the_workshop_on_the_weights_that_come_with_the_package():
    resolved = Settings().resolve()
    assert resolved.scale == dataclasses.replace(SCALES["workshop"], **STUDIO_EFFORT)
    assert resolved.scale.query_size == (112, 78)
    assert (
        resolved.backbone,
        resolved.backbone_weights,
        resolved.head,
        resolved.is_pretrained,
    ) == ("compact", "studio", "pooled", True)
    facts = resolved.facts()
    assert (facts["backbone_weights"], facts["seed"]) == ("studio", 0)
    path = resolved.backbone_identity[1]  # what a stage is made from: the file's content
    assert path.name == "weights.npz" and path.is_file()


def test_from_random_weights_on_request_and_where_systems_are_compared():
    for fields in ({"backbone_weights": "none"}, {"systems": "all"}, {"scale": "pretraining"}):
        resolved = Settings(**fields).resolve()
        assert resolved.backbone_weights is None
        assert resolved.facts()["backbone_weights"] == "random"


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
        ({"backbone": "Compact"}, "studio", "pooled"),
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


def test_descriptors_bring_their_head_and_their_effort():
    both = {"backbone": ["VGG16", "mobilenet_v2"], "article_features": "descriptor"}
    resolved = Settings(scale="paper", **both).resolve()
    assert resolved.backbones == [("vgg16", "imagenet"), ("mobilenet_v2", "imagenet")]
    assert resolved.own_features == "vgg16+mobilenet_v2-descriptor"
    assert (resolved.head, resolved.scale.head_epochs) == ("descriptor", 60)
    assert resolved.steadying == {"warmup_epochs": 2, "article_noise": 0.3}
    pooled = Settings(scale="paper", head="pooled").resolve()
    assert (pooled.head, pooled.scale.head_epochs, pooled.steadying) == ("pooled", 40, {})


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
            "`scale` must be 'workshop', 'paper' or 'pretraining'; received 'large'.",
        ),
        (
            {"on_bad_image": "ignore"},
            ValueError,
            "`on_bad_image` must be 'stop' or 'skip'; received 'ignore'.",
        ),
        (
            {"article_features": "fc14"},
            ValueError,
            "`article_features` must be 'fdna', 'fdna-descriptor', 'backbone' or 'descriptor'; "
            "received 'fc14'.",
        ),
        (
            {"finetune_epochs": -1},
            ValueError,
            "`finetune_epochs` must be an integer of at least 0; received -1.",
        ),
        (
            {"backbone_weights": "nowhere.h5"},
            FileNotFoundError,
            "`backbone_weights` must be 'imagenet', 'studio', 'none' or a weights file; "
            "there is no file 'nowhere.h5'.",
        ),
        (
            {"article_features": "backbone", "backbone_weights": "none"},
            ValueError,
            "Article features by 'backbone' need a pretrained backbone; "
            "name one and its weights, or take 'fdna'.",
        ),
        (
            {"backbone": ["vgg16", "resnet50"]},
            ValueError,
            "Several backbones go together in descriptors only; take article features by "
            "'descriptor' and the head that belongs to them, or one backbone.",
        ),
        (
            {"backbone": ["vgg16", "resnet50"], "backbone_weights": ["imagenet"] * 3},
            ValueError,
            "`backbone_weights` must be one for all backbones or one for each of the 2; "
            "received 3.",
        ),
        (
            {"head": "descriptor", "backbone_weights": "none"},
            ValueError,
            "`head='descriptor'` needs a pretrained backbone; name one and its weights, or leave "
            "it out.",
        ),
        (
            {"backbone": "mine.keras", "backbone_weights": "imagenet"},
            ValueError,
            "'mine.keras' has weights of its own: leave its `backbone_weights` out.",
        ),
        (
            {"backbone": "mine.keras"},
            FileNotFoundError,
            "`backbone` must be a model's file; there is no file 'mine.keras'.",
        ),
        (
            {"article_features": "backbone", "backbone": "vgg16", "backbone_weights": "none"},
            ValueError,
            "Article features by 'backbone' need a pretrained backbone; "
            "name one and its weights, or take 'fdna'.",
        ),
    ],
)
def test_what_does_not_go_together_is_refused_in_one_sentence(fields, error, sentence):
    with pytest.raises(error) as caught:
        Settings(**fields).resolve()
    assert str(caught.value) == sentence


@pytest.mark.parametrize(
    ("options", "sentence"),
    [
        (
            {"system": "fc14-non-linear"},
            "needs weights. VGG16 with ImageNet weights was not given: pass --fc14",
        ),
        (
            {"system": "128floats-non-linear"},
            "needs weights. The published network was not given: pass the path",
        ),
        (
            {"system": "all-in-two-nets", "systems": "all"},
            "can't be the own model of a run with `systems='all'`, whose other rows stand on fDNA",
        ),
        (
            {"system": "all-in-two-nets", "article_features": "descriptor"},
            "has article features of its own: leave `article_features` and `attributes` out.",
        ),
    ],
)
def test_a_row_whose_article_features_cannot_be_had_is_told(options, sentence):
    with pytest.raises(ValueError, match=re.escape(sentence)):
        Settings(**options).resolve()


def test_a_row_on_fc14_takes_the_features_that_stand_for_it(tmp_path):
    weights = tmp_path / "weights.h5"
    weights.touch()
    given = {"backbone": "mobilenet_v2", "backbone_weights": str(weights)}
    row = Settings(system="static-fc14-linear", article_features="descriptor", **given).resolve()
    assert row.system.name == "static-mobilenet_v2-descriptor-linear"
    own = Settings(system="static-fc14-linear", fc14_weights=str(weights)).resolve()
    assert (own.own_features, own.system.name) == ("fc14", "static-fc14-linear")
    assert own.facts()["fc14_weights"] == "weights.h5"
