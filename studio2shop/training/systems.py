"""How each system is built and trained from its row of Table 2 (Section 4.2)."""

import dataclasses
import math
import pathlib
from collections.abc import Callable

import keras
import pandas as pd

from studio2shop.catalogue import Catalogue
from studio2shop.features.activations import query_activations
from studio2shop.features.article_features import ArticleFeatures, extract_features
from studio2shop.io.given import check_type
from studio2shop.models.matching import build_query_article_matching
from studio2shop.models.siamese import build_branches, join_two_nets
from studio2shop.models.studio2shop import join_submodels
from studio2shop.paper import FEATURE_SIZE
from studio2shop.training import losses
from studio2shop.training.fit import fit_phases
from studio2shop.training.phases import head_phase, join_to_train, train_studio2shop
from studio2shop.training.plan import TrainingPlan
from studio2shop.training.table2 import System
from studio2shop.training.two_nets import train_two_nets

LOSSES = {
    "none": None,
    "cross-entropy": losses.match_cross_entropy,
    "triplet ranking": losses.triplet_ranking_loss,
    "listwise": losses.listwise_cross_entropy,
}


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
        plan: a `TrainingPlan`; loss, drawing and rates are each system's own.
        static_epochs: epochs of a static system's match.
        kept: folder for the activations of a frozen backbone, which is the same for all; `None` for
            one folder per system.
    """

    catalogue: Catalogue
    train: Catalogue
    validation: Catalogue
    query_leg: Callable
    features: dict
    static_legs: dict
    plan: TrainingPlan
    static_epochs: int
    kept: object = None


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
        article_leg: Keras model from title images to the features that were learnt; `None` where
            they were given.
    """

    model: keras.Model
    features: ArticleFeatures
    history: pd.DataFrame
    num_parameters: int
    article_leg: keras.Model | None = None


def train_system(system, materials, folder):
    """Builds and trains a system from its row (Section 4.2), by plain `compile` and `fit`.

    Args:
        system: a `System`, such as one of `SYSTEMS`.
        materials: `Materials` that have the system's features.
        folder: where activations and what an interrupted training needs are kept.

    Returns:
        A `TrainedSystem`.

    Raises:
        ValueError: if the row is none of the paper's kinds.
    """
    check_type("system", system, System, "a System, such as one of SYSTEMS")
    check_type("materials", materials, Materials, "Materials")
    if system.architecture not in _TRAINERS:
        raise ValueError(
            f"`architecture` must be one of {', '.join(_TRAINERS)}; received "
            f"{system.architecture!r}."
        )
    # a system does not depend on those trained before it
    keras.utils.set_random_seed(materials.plan.seed)
    return _TRAINERS[system.architecture](system, materials, pathlib.Path(folder))


def plan_of(system, plan):
    """A `TrainingPlan` with a system's own loss, drawing and rate."""
    if system.architecture == "static":
        rate = system.head_rate
    elif plan.head_epochs:
        rate = system.head_rate * plan.head_rate_share
    else:
        rate = system.learning_rate
    return dataclasses.replace(
        plan, loss=loss_of(system), one_match=system.one_match, learning_rate=rate
    )


def loss_of(system):
    """The Keras loss on a system's scores, or `None` where nothing is trained."""
    if system.loss not in LOSSES:
        raise ValueError(f"`loss` must be one of {', '.join(LOSSES)}; received {system.loss!r}.")
    return LOSSES[system.loss]


def _train_ours(system, materials, folder):
    """Figure 2c: a query leg that is trained, given article features."""
    features = materials.features[system.features]
    query_feature = materials.query_leg("query_feature", features.size)
    matching = build_query_article_matching(features.size, system.matching, match_activation=None)
    model = join_submodels(query_feature, matching)
    parts = materials.train, materials.validation, features
    plan = plan_of(system, materials.plan)
    history = train_studio2shop(model, *parts, plan, folder, materials.kept)
    return TrainedSystem(model, features, history, _num_trainable(model))


def _train_static(system, materials, folder):
    """Figure 2b: the same fixed description of both images; at most the match is trained."""
    features, leg = materials.features[system.features], materials.static_legs[system.features]
    matching = build_query_article_matching(features.size, system.matching, match_activation=None)
    model = join_submodels(leg, matching)
    if not system.is_trained:
        return TrainedSystem(model, features, pd.DataFrame(), 0)
    given = keras.Input((features.size,), name="query_features")
    as_given = keras.Model(given, keras.layers.Identity()(given), name="query_feature")
    parts = materials.train, materials.validation
    activations = query_activations(leg, *parts, folder)
    plan = dataclasses.replace(plan_of(system, materials.plan), head_epochs=materials.static_epochs)
    above = join_to_train(as_given, matching, plan)
    phase = head_phase(above, *parts, features, activations, plan)
    phases = [dataclasses.replace(phase, name="matching")]
    history = fit_phases(phases, folder, plan.callbacks)
    return TrainedSystem(model, features, history, _num_trainable(matching))


def _train_siamese(system, materials, folder):
    """Figure 2a: both legs trained; the features are what the right one makes of title images."""
    attributes = materials.train.attributes if system.uses_attributes else {}
    attribute_sizes = {name: len(labels) for name, labels in attributes.items()}
    query_leg = materials.query_leg("query_feature", FEATURE_SIZE)
    article_leg = materials.query_leg("article_feature", FEATURE_SIZE)
    matching = build_query_article_matching(FEATURE_SIZE, system.matching, match_activation=None)
    branches = build_branches(attribute_sizes, FEATURE_SIZE)
    both = join_two_nets(query_leg, article_leg, matching, branches)
    parts = materials.train, materials.validation
    plan = plan_of(system, materials.plan)
    history = train_two_nets(both, *parts, attributes, plan, folder, materials.kept)
    features = extract_features(article_leg, materials.catalogue)
    model = join_submodels(query_leg, matching)
    return TrainedSystem(model, features, history, _num_trainable(both), article_leg)


def _num_trainable(model):
    return sum(math.prod(weight.shape) for weight in model.trainable_weights)


_TRAINERS = {"static": _train_static, "ours": _train_ours, "siamese": _train_siamese}
