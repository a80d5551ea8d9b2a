"""What a run can be told, and the two scales it comes in."""

import dataclasses
import pathlib

from studio2shop import paper


@dataclasses.dataclass(frozen=True)
class Scale:
    """Sizes and efforts of a run; never the number of a user's photos.

    Attributes:
        query_size, title_size: `(height, width)` in pixels, of the query images and of fDNA's
            input.
        backbone, backbone_weights: of the query-feature submodel, unless the settings say
            otherwise.
        fdna_epochs, head_epochs, all_epochs: of fDNA, of the head on a pretrained backbone, of
            everything from random weights.
        comparison_epochs: in place of `all_epochs` where all systems are trained: a comparison
            wants the same for each, not the most.
        num_articles, num_queries: of the embedded studio.
    """

    query_size: tuple
    title_size: tuple
    backbone: str
    backbone_weights: str | None
    fdna_epochs: int
    head_epochs: int
    all_epochs: int
    comparison_epochs: int
    num_articles: int
    num_queries: int


SCALES = {
    "workshop": Scale((112, 78), (112, 78), "compact", None, 8, 40, 12, 7, 3500, 14_000),
    "paper": Scale(
        paper.QUERY_SIZE, paper.FDNA_IMAGE_SIZE, "vgg16", "imagenet", 12, 40, 30, 30, 5000, 20_000
    ),
}


@dataclasses.dataclass(frozen=True)
class Settings:
    """What a run can be told; each field is an option of `studio2shop reproduce`.

    Attributes:
        catalogue: folder of a catalogue; default: the embedded studio, rendered.
        attributes: folder of a catalogue of labelled articles to train fDNA on; default: the
            training articles.
        on_bad_image: `"stop"`, or `"skip"` to go on without the photos of these folders that can't
            be read.
        article_features: `"fdna"`, or `"backbone"` for a pretrained backbone's pooled activations.
        backbone: of the query-feature submodel, `"compact"` or a name in `keras.applications`;
            default: the scale's.
        backbone_weights: `"imagenet"`, `"none"` or the path of a weights file; default: the
            scale's, and `"imagenet"` for another backbone than the scale's.
        scale: `"workshop"` or `"paper"`.
        finetune_epochs: epochs of training all layers after the head, where the backbone is
            pretrained.
        systems: `"studio2shop"`, or `"all"` for Table 3's eight systems and two of ours.
        fc14_weights: of VGG16 with its top, for the systems on fc14: `"imagenet"` or the path of a
            weights file; default: these systems are left out.
        stylenet_weights: path of the published Torch file, for the system on 128floats; default: it
            is left out.
        seed: of the studio, the split, the initial weights and all that is drawn.
    """

    catalogue: str | None = None
    attributes: str | None = None
    on_bad_image: str = "stop"
    article_features: str = "fdna"
    backbone: str | None = None
    backbone_weights: str | None = None
    scale: str = "workshop"
    finetune_epochs: int = 0
    systems: str = "studio2shop"
    fc14_weights: str | None = None
    stylenet_weights: str | None = None
    seed: int = 0

    def resolve(self):
        """Fills in the scale's defaults and checks that the fields go together.

        Returns:
            A `Resolved`.

        Raises:
            ValueError: if a field is not one of the above, or two don't go together.
            FileNotFoundError: if a weights file is missing.
        """
        if self.scale not in SCALES:
            raise ValueError(
                f"`scale` must be one of {', '.join(SCALES)}; received {self.scale!r}."
            )
        if self.article_features not in ("fdna", "backbone"):
            raise ValueError(
                f"`article_features` must be 'fdna' or 'backbone'; received {self.article_features!r}."
            )
        if self.on_bad_image not in ("stop", "skip"):
            raise ValueError(
                f"`on_bad_image` must be 'stop' or 'skip'; received {self.on_bad_image!r}."
            )
        if self.systems not in ("studio2shop", "all"):
            raise ValueError(
                f"`systems` must be 'studio2shop' or 'all'; received {self.systems!r}."
            )
        for name in ("fc14_weights", "stylenet_weights"):
            weights = getattr(self, name)
            if weights is not None and self.systems != "all":
                raise ValueError(
                    f"`{name}` are for a system of the comparison: add --systems all, or leave them out."
                )
            if (
                weights not in (None, "imagenet" if name == "fc14_weights" else None)
                and not pathlib.Path(weights).is_file()
            ):
                raise FileNotFoundError(
                    f"`{name}` must be {repr('imagenet') + ' or ' if name == 'fc14_weights' else ''}a weights file; there is no file {str(weights)!r}."
                )
        if self.finetune_epochs < 0 or self.seed < 0:
            raise ValueError(
                f"`finetune_epochs` and `seed` must be 0 or more; received {self.finetune_epochs} and {self.seed}."
            )
        scale = SCALES[self.scale]
        if self.systems == "all":
            scale = dataclasses.replace(scale, all_epochs=scale.comparison_epochs)
        backbone = (self.backbone or scale.backbone).lower()
        if self.attributes is not None and self.article_features == "backbone":
            raise ValueError(
                "`attributes` are what fDNA learns from; with article features by 'backbone' nothing does: leave one of the two out."
            )
        weights = self.backbone_weights or (
            scale.backbone_weights if backbone == scale.backbone else "imagenet"
        )
        if weights == "none" or (backbone == "compact" and self.backbone_weights is None):
            weights = None
        if weights not in (None, "imagenet") and not pathlib.Path(weights).is_file():
            raise FileNotFoundError(
                f"`backbone_weights` must be 'imagenet', 'none' or a weights file; there is no file {str(weights)!r}."
            )
        if self.article_features == "backbone" and weights is None:
            raise ValueError(
                "Article features by 'backbone' need a pretrained one; name a backbone and its weights, or take 'fdna'."
            )
        if self.finetune_epochs and weights is None:
            raise ValueError(
                "`finetune_epochs` follow the head on a pretrained backbone; from random weights all layers are trained anyway: leave them out."
            )
        # only VGG16 under two layers of 2048 is Table 7; other backbones get the head for small
        # data
        head = "flatten" if backbone.replace("_", "").replace("-", "") == "vgg16" else "pooled"
        return Resolved(self, scale, backbone, weights, head)


@dataclasses.dataclass(frozen=True)
class Resolved:
    """Settings with nothing left open: `scale` is a `Scale`, `backbone_weights` is `None` for random ones."""

    settings: Settings
    scale: Scale
    backbone: str
    backbone_weights: str | None
    head: str

    @property
    def is_pretrained(self):
        """Whether the backbone starts from trained weights, and so has a first phase with it frozen."""
        return self.backbone_weights is not None

    @property
    def backbone_identity(self):
        """What tells one backbone from another: its name, input size and weights, a file as a path."""
        weights = self.backbone_weights
        return [self.backbone, *self.scale.query_size], pathlib.Path(weights) if weights not in (
            None,
            "imagenet",
        ) else weights

    def facts(self):
        """What was set or filled in, for `settings.json` and reports: names to plain values."""
        weights = (
            "random" if self.backbone_weights is None else pathlib.Path(self.backbone_weights).name
        )
        filled_in = {"backbone": self.backbone, "backbone_weights": weights, "head": self.head}
        unused = {
            "comparison_epochs",
            *(("all_epochs",) if self.is_pretrained else ("head_epochs", "finetune_epochs")),
        }
        unused |= set() if self.settings.systems == "all" else {"fc14_weights", "stylenet_weights"}
        unused |= set() if self.settings.catalogue is None else {"num_articles", "num_queries"}
        unused |= (
            set()
            if self.settings.article_features == "fdna"
            else {"fdna_epochs", "title_size", "attributes"}
        )
        unused |= (
            {"on_bad_image"}
            if self.settings.catalogue is None and self.settings.attributes is None
            else set()
        )
        facts = {**dataclasses.asdict(self.scale), **dataclasses.asdict(self.settings), **filled_in}
        for name in ("fc14_weights", "stylenet_weights"):
            facts[name] = None if facts[name] is None else pathlib.Path(facts[name]).name
        for name in ("catalogue", "attributes"):  # found again from another working folder
            if facts[name] is not None:
                facts[name] = str(pathlib.Path(facts[name]).absolute())
        return {name: value for name, value in facts.items() if name not in unused}
