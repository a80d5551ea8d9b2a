"""What a run's settings amount to, with nothing left open."""

import dataclasses
import pathlib

from studio2shop.models.pretrained import FOLDER, WEIGHTS
from studio2shop.training.table2 import BY_NAME, on_features

# `System.features` that fDNA is trained for
OF_FDNA = ("fDNA", "fDNA-descriptor")
# article features: the setting with the weights of the network that makes them
WEIGHTS_OF = {"fc14": "fc14_weights", "128floats": "stylenet_weights"}
# head: what its `TrainingPlan` adds, chosen on validation queries of real photos
STEADYING = {
    "descriptor": {"warmup_epochs": 2, "article_noise": 0.3},
    "flatten": {"head_rate_share": 1 / 3},
}


@dataclasses.dataclass(frozen=True)
class Resolved:
    """Settings with nothing left open.

    Attributes:
        settings: the `Settings`.
        scale: a `Scale`.
        backbone, backbone_weights: of the query-feature submodel, or two tuples; `None` for random
            weights.
        head: as in `build_query_feature`.
    """

    settings: object
    scale: object
    backbone: str | tuple
    backbone_weights: str | tuple | None
    head: str

    @property
    def is_pretrained(self):
        """Whether the backbone starts from trained weights, and so is frozen in a first phase."""
        return self.backbone_weights is not None

    @property
    def dropout(self):
        """Of the query-feature submodel: from random weights it learns faster with none."""
        return 0.5 if self.is_pretrained else 0.0

    @property
    def own_features(self):
        """The run's own article features, as `System.features` names them."""
        if self.settings.article_features == "fdna":
            return BY_NAME[self.settings.system].features
        if self.settings.article_features == "fdna-descriptor":
            return "fDNA-descriptor"
        is_descriptor = self.settings.article_features == "descriptor"
        return f"{self.backbone_name}-descriptor" if is_descriptor else self.backbone_name

    @property
    def backbone_name(self):
        """The backbone in the names of rows and files, such as `"mobilenet_v2+vgg16"`."""
        return "+".join(pathlib.Path(name).stem for name, _ in self.backbones)

    @property
    def backbones(self):
        """List of pairs: each backbone and its weights."""
        if isinstance(self.backbone, str):
            return [(self.backbone, self.backbone_weights)]
        return list(zip(self.backbone, self.backbone_weights))

    @property
    def steadying(self):
        """What its `TrainingPlan` adds for the head."""
        return STEADYING.get(self.head, {})

    @property
    def system(self):
        """The `System` that is the run's own model."""
        return on_features(BY_NAME[self.settings.system], self.own_features)

    @property
    def image_shape(self):
        """`(height, width, 3)` of query images."""
        return (*self.scale.query_size, 3)

    @property
    def backbone_identity(self):
        """What tells one backbone from another: name, input size, weights; a file as a path."""
        names, weights = zip(*self.backbones)
        own = {None: None, "imagenet": "imagenet", "studio": FOLDER / WEIGHTS}
        files = [own[path] if path in own else pathlib.Path(path) for path in weights]
        return ["+".join(names), *self.scale.query_size], *files

    def facts(self):
        """What was set or filled in, for `settings.json` and reports: names to plain values."""
        settings = self.settings
        unused = {"comparison_epochs"}
        unused |= {"all_epochs"} if self.is_pretrained else {"head_epochs", "finetune_epochs"}
        if settings.systems != "all":
            unused |= {"fc14_weights", "stylenet_weights"} - {WEIGHTS_OF.get(self.own_features)}
        if settings.catalogue is not None:
            unused |= {"num_articles", "num_queries", "style"}
        if self.own_features not in OF_FDNA:
            unused |= {"fdna_epochs", "fdna_rate", "title_size", "attributes"}
        if settings.catalogue is None and settings.attributes is None:
            unused.add("on_bad_image")
        facts = {**dataclasses.asdict(self.scale), **dataclasses.asdict(settings)}
        facts |= {
            "backbone": self.backbone_name,
            "backbone_weights": self.backbone_weights or "random",
            "head": self.head,
            "row": self.system.name,
            "own_features": self.own_features,
        }
        for name in ("backbone_weights", "fc14_weights", "stylenet_weights"):
            paths = facts[name] if isinstance(facts[name], tuple) else [facts[name]]
            facts[name] = " + ".join(pathlib.Path(path).name for path in paths if path) or None
        for name in ("catalogue", "attributes"):  # found again from another working folder
            facts[name] = facts[name] and str(pathlib.Path(facts[name]).absolute())
        return {name: value for name, value in facts.items() if name not in unused}
