"""The scales that a run comes in: its sizes and efforts."""

import dataclasses

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
        style: of its photos, as in `render_catalogue`.
        fdna_rate: largest learning rate of fDNA; the paper gives none.
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
    style: str = "studio"
    fdna_rate: float = 5e-4


SCALES = {
    "workshop": Scale(
        query_size=(112, 78),
        title_size=(112, 78),
        backbone="compact",
        backbone_weights="studio",
        fdna_epochs=8,
        head_epochs=40,
        all_epochs=12,
        comparison_epochs=7,
        num_articles=3500,
        num_queries=14_000,
    ),
    "paper": Scale(
        query_size=paper.QUERY_SIZE,
        title_size=paper.FDNA_IMAGE_SIZE,
        backbone="vgg16",
        backbone_weights="imagenet",
        fdna_epochs=12,
        head_epochs=40,
        all_epochs=30,
        comparison_epochs=30,
        num_articles=5000,
        num_queries=20_000,
    ),
    # an hour or two, for the run that comes with the package
    "pretraining": Scale(
        query_size=(112, 78),
        title_size=(112, 78),
        backbone="compact",
        backbone_weights=None,
        fdna_epochs=6,
        head_epochs=40,
        all_epochs=16,
        comparison_epochs=16,
        num_articles=20_000,
        num_queries=60_000,
        style="pretraining",
    ),
}
