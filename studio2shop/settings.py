"""What a run can be told, and the two scales it comes in."""

import dataclasses
import pathlib

from studio2shop import paper


@dataclasses.dataclass(frozen=True)
class Scale:
    """Sizes and efforts of a run; never the number of a user's photos.

    Attributes:
        query_size, title_size: `(height, width)` in pixels, of the query images and of fDNA's input.
        backbone, backbone_weights: of the query-feature submodel, unless the settings say otherwise.
        fdna_epochs, head_epochs, all_epochs: of fDNA, of the head on a pretrained backbone, of everything from
            random weights.
        num_articles, num_queries: of the embedded studio.
    """

    query_size: tuple
    title_size: tuple
    backbone: str
    backbone_weights: str | None
    fdna_epochs: int
    head_epochs: int
    all_epochs: int
    num_articles: int
    num_queries: int


SCALES = {
    "workshop": Scale((112, 78), (112, 78), "compact", None, 8, 40, 12, 3500, 14_000),
    "paper": Scale(paper.QUERY_SIZE, paper.FDNA_IMAGE_SIZE, "vgg16", "imagenet", 12, 40, 30, 5000, 20_000),
}


@dataclasses.dataclass(frozen=True)
class Settings:
    """What a run can be told; each field is an option of `studio2shop reproduce`.

    Attributes:
        catalogue: folder of a catalogue; default: the embedded studio, rendered.
        attributes: folder of a catalogue of labelled articles to train fDNA on; default: the training articles.
        on_bad_image: `"stop"`, or `"skip"` to go on without the photos of these folders that can't be read.
        article_features: `"fdna"`, or `"backbone"` for a pretrained backbone's pooled activations.
        backbone: of the query-feature submodel, `"compact"` or a name in `keras.applications`; default: the scale's.
        backbone_weights: `"imagenet"`, `"none"` or the path of a weights file; default: the scale's, and `"imagenet"`
            for another backbone than the scale's.
        scale: `"workshop"` or `"paper"`.
        finetune_epochs: epochs of training all layers after the head, where the backbone is pretrained.
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
            raise ValueError(f"`scale` must be one of {', '.join(SCALES)}; received {self.scale!r}.")
        if self.article_features not in ("fdna", "backbone"):
            raise ValueError(f"`article_features` must be 'fdna' or 'backbone'; received {self.article_features!r}.")
        if self.on_bad_image not in ("stop", "skip"):
            raise ValueError(f"`on_bad_image` must be 'stop' or 'skip'; received {self.on_bad_image!r}.")
        if self.finetune_epochs < 0 or self.seed < 0:
            raise ValueError(f"`finetune_epochs` and `seed` must be 0 or more; received {self.finetune_epochs} and {self.seed}.")
        scale = SCALES[self.scale]
        backbone = (self.backbone or scale.backbone).lower()
        if self.attributes is not None and self.article_features == "backbone":
            raise ValueError("`attributes` are what fDNA learns from; with article features by 'backbone' nothing does: leave one of the two out.")
        weights = self.backbone_weights or (scale.backbone_weights if backbone == scale.backbone else "imagenet")
        if weights == "none" or (backbone == "compact" and self.backbone_weights is None):
            weights = None
        if weights not in (None, "imagenet") and not pathlib.Path(weights).is_file():
            raise FileNotFoundError(f"`backbone_weights` must be 'imagenet', 'none' or a weights file; there is no file {str(weights)!r}.")
        if self.article_features == "backbone" and weights is None:
            raise ValueError("Article features by 'backbone' need a pretrained one; name a backbone and its weights, or take 'fdna'.")
        if self.finetune_epochs and weights is None:
            raise ValueError("`finetune_epochs` follow the head on a pretrained backbone; from random weights all layers are trained anyway: leave them out.")
        # only VGG16 under two layers of 2048 is Table 7; other backbones get the head for small data
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
        return [self.backbone, *self.scale.query_size], pathlib.Path(weights) if weights not in (None, "imagenet") else weights

    def facts(self):
        """What was set or filled in, for `settings.json` and reports: names to plain values."""
        weights = "random" if self.backbone_weights is None else pathlib.Path(self.backbone_weights).name
        filled_in = {"backbone": self.backbone, "backbone_weights": weights, "head": self.head}
        unused = {"all_epochs"} if self.is_pretrained else {"head_epochs", "finetune_epochs"}
        unused |= set() if self.settings.catalogue is None else {"num_articles", "num_queries"}
        unused |= set() if self.settings.article_features == "fdna" else {"fdna_epochs", "title_size", "attributes"}
        unused |= {"on_bad_image"} if self.settings.catalogue is None and self.settings.attributes is None else set()
        facts = {**dataclasses.asdict(self.scale), **dataclasses.asdict(self.settings), **filled_in}
        for name in ("catalogue", "attributes"):  # found again from another working folder
            if facts[name] is not None:
                facts[name] = str(pathlib.Path(facts[name]).absolute())
        return {name: value for name, value in facts.items() if name not in unused}
