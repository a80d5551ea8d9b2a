"""What a run can be told."""

import dataclasses

from studio2shop.io.given import check_whole_number
from studio2shop.jobs.given_backbones import check_file, given_backbones
from studio2shop.jobs.resolved import WEIGHTS_OF, Resolved
from studio2shop.jobs.rows import NOT_GIVEN
from studio2shop.jobs.scales import SCALES
from studio2shop.training.table2 import BY_NAME

# chosen on validation queries of real photos
DESCRIPTOR_EPOCHS = 60
# on those of the studio, of whose photos there are many, from weights that know such photos; 8
# epochs of fDNA at 5e-4 take a tenth of the run longer for 3 % of the rank
STUDIO_EFFORT = {"head_epochs": 12, "fdna_epochs": 6, "fdna_rate": 3e-4}

CHOICES = {
    "scale": tuple(SCALES),
    "article_features": ("fdna", "fdna-descriptor", "backbone", "descriptor"),
    "head": (None, "flatten", "pooled", "descriptor"),
    "on_bad_image": ("stop", "skip"),
    "systems": ("studio2shop", "all"),
    "system": tuple(BY_NAME),
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
        article_features: `"fdna"`; `"fdna-descriptor"` for several of its layers and colours;
            `"backbone"` for a pretrained backbone's last layer, averaged
            over the picture; or `"descriptor"` for several of its layers and colours.
        backbone: of the query-feature submodel: `"compact"`, a name in `keras.applications`, or the
            path of a pretrained model's `.keras` file; with `"descriptor"` also a list of them;
            default: the scale's.
        backbone_weights: `"imagenet"`, `"none"`, `"studio"` for those of the compact backbone that
            come with the package, or the path of a weights file; or a list with one for each
            backbone; default: the scale's, `"none"` where several systems are compared from
            scratch, and `"imagenet"` for another backbone than the scale's.
        head: of the query-feature submodel, as in `build_query_feature`; default: `"descriptor"`
            with such article features, `"flatten"` on VGG16, `"pooled"` on others.
        scale: `"workshop"`, `"paper"`, or `"pretraining"` for the run that comes with the package.
        finetune_epochs: epochs of training all layers after the head, where the backbone is
            pretrained.
        system: the row of Table 2 that is the run's own model and is searched with. With article
            features by `"backbone"` or `"descriptor"`, these stand for the row's fDNA or fc14.
        systems: `"studio2shop"` for that row alone, or `"all"` for Table 3's eight systems and two
            of ours.
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
    backbone: str | list | None = None
    backbone_weights: str | list | None = None
    head: str | None = None
    scale: str = "workshop"
    finetune_epochs: int = 0
    system: str = "Studio2Shop"
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
        for name, choices in CHOICES.items():
            if getattr(self, name) not in choices:
                *others, last = [repr(choice) for choice in choices if choice is not None]
                raise ValueError(
                    f"`{name}` must be {', '.join(others)} or {last}; received "
                    f"{getattr(self, name)!r}."
                )
        self._check_system()
        self._check_weights_of_rivals()
        check_whole_number("finetune_epochs", self.finetune_epochs, least=0)
        check_whole_number("seed", self.seed, least=0)
        scale = SCALES[self.scale]
        if self.systems == "all":
            scale = dataclasses.replace(scale, all_epochs=scale.comparison_epochs)
            if scale.backbone_weights == "studio":  # trained with the loss of one of the systems
                scale = dataclasses.replace(scale, backbone_weights=None)
        backbone, weights = given_backbones(self, scale)
        if self.attributes is not None and not self._has_fdna:
            raise ValueError(
                "`attributes` are what fDNA learns from; with article features by "
                f"{self.article_features!r} nothing does: leave one of the two out."
            )
        if not self._has_fdna and weights is None:
            raise ValueError(
                f"Article features by {self.article_features!r} need a pretrained backbone; name "
                "one and its weights, or take 'fdna'."
            )
        if self.finetune_epochs and weights is None:
            raise ValueError(
                "`finetune_epochs` follow the head on a pretrained backbone; from random weights "
                "all layers are trained anyway: leave them out."
            )
        is_one = isinstance(backbone, str)
        head = self.head or self._default_head(backbone if is_one else "")
        if head == "descriptor" and weights is None:
            raise ValueError(
                "`head='descriptor'` needs a pretrained backbone; name one and its weights, or "
                "leave it out."
            )
        if not is_one and (head, self.article_features) != ("descriptor",) * 2:
            raise ValueError(
                "Several backbones go together in descriptors only; take article features by "
                "'descriptor' and the head that belongs to them, or one backbone."
            )
        if head == "descriptor":
            scale = dataclasses.replace(scale, head_epochs=DESCRIPTOR_EPOCHS)
        elif weights == "studio" and self.catalogue is None:
            scale = dataclasses.replace(scale, **STUDIO_EFFORT)
        return Resolved(self, scale, backbone, weights, head)

    def _default_head(self, backbone):
        if self.article_features == "descriptor":
            return "descriptor"
        # only VGG16 under two layers of 2048 is Table 7; others get the head for small data
        is_papers = backbone.replace("_", "").replace("-", "") == "vgg16"
        return "flatten" if is_papers else "pooled"

    @property
    def _has_fdna(self):
        return self.article_features in ("fdna", "fdna-descriptor")

    def _check_system(self):
        """Whether the article features of the run's own model can be had."""
        features = BY_NAME[self.system].features
        if features == "fDNA" or (features == "fc14" and not self._has_fdna):
            return
        if self.systems == "all":
            raise ValueError(
                f"`system={self.system!r}` can't be the own model of a run with `systems='all'`, "
                "whose other rows stand on fDNA; leave one of the two out."
            )
        if self.article_features != "fdna" or self.attributes is not None:
            raise ValueError(
                f"`system={self.system!r}` has article features of its own: leave "
                "`article_features` and `attributes` out."
            )
        needed = WEIGHTS_OF.get(features)
        if needed is not None and getattr(self, needed) is None:
            raise ValueError(f"`system={self.system!r}` needs weights. {NOT_GIVEN[features]}")

    def _check_weights_of_rivals(self):
        own = WEIGHTS_OF.get(BY_NAME[self.system].features)
        for name, words in (("fc14_weights", ("imagenet",)), ("stylenet_weights", ())):
            weights = getattr(self, name)
            if weights is None:
                continue
            if self.systems != "all" and (name != own or self.article_features != "fdna"):
                raise ValueError(
                    f"`{name}` are for a system of the comparison: add --systems all, or leave "
                    "them out."
                )
            check_file(name, weights, words)
