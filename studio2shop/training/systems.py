"""How each system is built and trained from its row of Table 2 (Section 4.2)."""

import dataclasses
import math
from collections.abc import Callable

import pandas as pd

from studio2shop.catalogue import Catalogue
from studio2shop.features.article_features import ArticleFeatures


@dataclasses.dataclass(frozen=True)
class Materials:
    """What systems are built from and trained on, the same for all of a comparison.

    Attributes:
        catalogue: the whole `Catalogue`, whose title images get features.
        train, validation: parts of it; the epoch with the best rank of the validation matches is
            kept.
        query_leg: function of a name and a feature size to a fresh query-feature submodel.
        features: dict of `System.features` to `ArticleFeatures` of the whole catalogue.
        static_legs: dict of `System.features` to a query-feature submodel that computes the very
            same of a query image.
        epochs: dict of `head` and `everything` to epochs, as in `train_studio2shop`, and of
            `matching` to those of a static system's match.
        kept: folder for the activations of a frozen backbone, which is the same for all; `None` for
            a folder each.
        seed: of initial weights and of all that is drawn.
    """

    catalogue: Catalogue
    train: Catalogue
    validation: Catalogue
    query_leg: Callable
    features: dict
    static_legs: dict
    epochs: dict
    kept: object = None
    seed: int = 0


@dataclasses.dataclass(frozen=True)
class TrainedSystem:
    """A trained system, ready for a `Retriever`.

    Attributes:
        model: Keras model on logits with the submodels `query_feature` and
            `query_article_matching`.
        features: `ArticleFeatures` of the whole catalogue, learnt or given.
        history: DataFrame of its training, empty where nothing is trained.
        num_parameters: number of trainable parameters, as the paper counts: those of a backbone
            too.
    """

    model: object
    features: ArticleFeatures
    history: pd.DataFrame
    num_parameters: int


def train_system(system, materials, folder):
    """Builds and trains a system from its row (Section 4.2), by plain `compile` and `fit`.

    Args:
        system: a `System`, such as one of `SYSTEMS`.
        materials: `Materials` that have the system's features.
        folder: where activations and what a stopped training needs are kept.

    Returns:
        A `TrainedSystem`.

    Raises:
        ValueError: if the row is none of the paper's kinds.

    Example:
        >>> by_name = {system.name: system for system in SYSTEMS}
        >>> by_name["Studio2Shop"].loss
        'cross-entropy'
    """
    import keras

    if system.architecture not in _TRAINERS:
        raise ValueError(
            f"`architecture` must be one of {', '.join(_TRAINERS)}; received {system.architecture!r}."
        )
    # a system does not depend on those trained before it
    keras.utils.set_random_seed(materials.seed)
    return _TRAINERS[system.architecture](system, materials, folder)


def loss_of(system):
    """The Keras loss on a system's scores, or `None` where nothing is trained."""
    from studio2shop.training import losses

    known = {
        "none": None,
        "cross-entropy": losses.match_cross_entropy,
        "triplet ranking": losses.triplet_ranking_loss,
        "triplet ranking + attributes": losses.triplet_ranking_loss,
        "listwise": losses.listwise_cross_entropy,
    }
    if system.loss not in known:
        raise ValueError(f"`loss` must be one of {', '.join(known)}; received {system.loss!r}.")
    return known[system.loss]


def _train_ours(system, materials, folder):
    """Figure 2c: a query leg that is trained, given article features."""
    from studio2shop.models.matching import build_query_article_matching
    from studio2shop.models.studio2shop import join_submodels
    from studio2shop.training.phases import train_studio2shop

    features = materials.features[system.features]
    query_feature = materials.query_leg("query_feature", features.size)
    model = join_submodels(
        query_feature,
        build_query_article_matching(features.size, system.matching, match_activation=None),
    )
    parts = materials.train, materials.validation
    history = train_studio2shop(
        model,
        *parts,
        features,
        folder,
        materials.epochs,
        loss_of(system),
        materials.seed,
        system.first_rate(materials.epochs),
        materials.kept,
    )
    return TrainedSystem(model, features, history, _num_trainable(model))


def _train_static(system, materials, folder):
    """Figure 2b: the same fixed description of both images; at most the match is trained, on features alone."""
    import keras

    from studio2shop.features.activations import query_activations
    from studio2shop.models.matching import build_query_article_matching
    from studio2shop.models.studio2shop import join_submodels
    from studio2shop.training.phases import train_above

    features, leg = materials.features[system.features], materials.static_legs[system.features]
    matching = build_query_article_matching(features.size, system.matching, match_activation=None)
    model = join_submodels(leg, matching)
    if loss_of(system) is None:
        return TrainedSystem(model, features, pd.DataFrame(), 0)
    given = keras.Input((features.size,), name="query_features")
    model_above = join_submodels(
        keras.Model(given, keras.layers.Identity()(given), name="query_feature"), matching
    )
    parts, epochs = (materials.train, materials.validation), materials.epochs["matching"]
    activations = query_activations(leg, *parts, folder)
    history = train_above(
        model_above,
        *parts,
        features,
        activations,
        folder,
        epochs,
        loss_of(system),
        materials.seed,
        system.head_rate,
    )
    return TrainedSystem(
        model, features, history.assign(phase="matching"), _num_trainable(matching)
    )


def _train_siamese(system, materials, folder):
    """Figure 2a: both legs trained; the features are what the right one makes of the title images."""
    from studio2shop.features.article_features import extract_features
    from studio2shop.models.matching import build_query_article_matching
    from studio2shop.models.siamese import build_branches, join_two_nets
    from studio2shop.models.studio2shop import join_submodels
    from studio2shop.paper import FEATURE_SIZE
    from studio2shop.training.two_nets import train_two_nets

    attributes = materials.train.attributes if system.loss.endswith("attributes") else {}
    legs = [
        materials.query_leg(name, FEATURE_SIZE) for name in ("query_feature", "article_feature")
    ]
    matching = build_query_article_matching(FEATURE_SIZE, system.matching, match_activation=None)
    both = join_two_nets(
        *legs,
        matching,
        build_branches({name: len(labels) for name, labels in attributes.items()}, FEATURE_SIZE),
    )
    parts = materials.train, materials.validation
    history = train_two_nets(
        both,
        *parts,
        attributes,
        folder,
        materials.epochs,
        materials.seed,
        system.first_rate(materials.epochs),
        materials.kept,
    )
    features = extract_features(legs[1], materials.catalogue)
    return TrainedSystem(join_submodels(legs[0], matching), features, history, _num_trainable(both))


def _num_trainable(model):
    return sum(math.prod(weight.shape) for weight in model.trainable_weights)


_TRAINERS = {"static": _train_static, "ours": _train_ours, "siamese": _train_siamese}
