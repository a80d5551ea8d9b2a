"""The phases in which Studio2Shop and its variants are trained (Section 4.1)."""

import keras
from keras import layers

from studio2shop.features.activations import query_activations
from studio2shop.io.images import load_images
from studio2shop.models.matching import split_to_train
from studio2shop.models.query_feature import backbone_of, keep_statistics, split_at_backbone
from studio2shop.training.callbacks import ValidationRank
from studio2shop.training.fit import Phase, cosine_adam, fit_phases
from studio2shop.training.match_batches import (
    Batches,
    MatchBatches,
    kept_activations,
    noisy_features,
    query_images,
)
from studio2shop.training.sampling import MatchSampler

MATCHING_STEPS = 300
MATCHING_NOISE = 0.7
MATCHING_RATE = 1e-3


def train_studio2shop(model, train, validation, features, plan, folder, kept=None):
    """Trains a model in all phases of a plan, one after the other.

    With `head_epochs`, for a pretrained backbone: what stands above it, on its activations,
    computed once. Without, for one from random weights: the matching alone, for seconds. Then all
    layers, from images, as in the paper.

    Args:
        model: a Studio2Shop model on logits.
        train, validation: `Catalogue`s; the epoch with the best ranks of the validation matches is
            kept. Without the second, `None`, it is the last one.
        features: `ArticleFeatures` of both.
        plan: a `TrainingPlan`.
        folder: where what an interrupted training needs is kept.
        kept: folder of the backbone's activations, for other systems on the same one to find;
            default: in `folder`.

    Returns:
        The history of both as a DataFrame, with a column `phase`.
    """
    query_feature = model.get_layer("query_feature")
    matching = model.get_layer("query_article_matching")
    parts = train, validation, features

    def phases():
        if plan.head_epochs:
            backbone, head = split_at_backbone(query_feature)
            activations = query_activations(backbone, train, validation, kept or folder)
            yield head_phase(join_to_train(head, matching, plan), *parts, activations, plan)
        if plan.all_epochs:
            yield everything_phase(join_to_train(query_feature, matching, plan), *parts, plan)

    if not plan.head_epochs:
        train_matching(matching, train, features, plan)
    return fit_phases(phases(), folder, plan.callbacks)


def join_to_train(query_leg, query_article_matching, plan):
    """A model of the same submodels, joined as they are trained.

    Args:
        query_leg: a query-feature submodel, or its head.
        query_article_matching: a submodel on logits.
        plan: a `TrainingPlan`, whose noise is added to the article features.

    Returns:
        A `keras.Model` from `[query_leg's input, article features]` to scores.
    """
    queries = keras.Input(query_leg.input_shape[1:], name="query_input")
    articles = keras.Input((None, query_leg.output_shape[-1]), name="article_fDNA")
    seen = layers.GaussianNoise(plan.article_noise)(articles) if plan.article_noise else articles
    scores = split_to_train(query_article_matching)([seen, query_leg(queries)])
    return keras.Model([queries, articles], scores, name="studio2shop")


def train_matching(query_article_matching, train, features, plan):
    """Before the query-feature submodel has learned anything: the matching alone, under noise.

    It learns to know a feature again. Ours, where the paper is silent on initial weights: from
    random ones, both submodels would have to wait for each other. It takes seconds, since no image
    is looked at.

    Args:
        query_article_matching: a submodel on logits.
        train, features, plan: as in `train_studio2shop`.
    """
    query = keras.Input((features.size,), name="noisy_features")
    articles = keras.Input((None, features.size), name="article_fDNA")
    scores = split_to_train(query_article_matching)([articles, query])
    model = keras.Model([query, articles], scores)
    noisy = noisy_features(train, features, MATCHING_NOISE)
    one_epoch = _match_batches(train, features, noisy, plan, 0)

    def draw(_, step):
        return one_epoch.draw(*divmod(step, one_epoch.num_batches))

    model.compile(cosine_adam(MATCHING_RATE, MATCHING_STEPS), loss=plan.loss)
    model.optimizer.build(model.trainable_variables)  # else the graph is traced twice
    model.fit(Batches(draw, MATCHING_STEPS), shuffle=False, verbose=0)


def head_phase(model, train, validation, features, activations, plan):
    """The first phase where the backbone is pretrained: what stands above it.

    Args:
        model: a model of `join_to_train` whose `query_feature` takes activations instead of
            images, such as the head of `split_at_backbone`.
        train, validation, features, plan: as in `train_studio2shop`.
        activations: list of `Activations` by query id, the plain images first, then variants for
            training.

    Returns:
        A `Phase`.
    """
    load = kept_activations(train.query_ids, activations)
    validation_rank = None
    if validation is not None:
        inputs = activations[0].take(validation.query_ids).astype("float32")
        validation_rank = ValidationRank(validation, inputs, features)
    return Phase(
        name="head",
        model=model,
        loss=plan.loss,
        make_batches=lambda epoch: _match_batches(train, features, load, plan, epoch),
        validation_rank=validation_rank,
        epochs=plan.head_epochs,
        learning_rate=plan.learning_rate,
        warmup_epochs=plan.warmup_epochs,
        stop=plan.stops.get("head"),
    )


def everything_phase(model, train, validation, features, plan):
    """The second phase, or the only one: all layers, from images, as in the paper (Section 4.1).

    Args:
        model: a model of `join_to_train`, made trainable in all layers.
        train, validation, features, plan: as in `train_studio2shop`.

    Returns:
        A `Phase`.
    """
    model.trainable = True
    if plan.head_epochs:
        keep_statistics(backbone_of(model.get_layer("query_feature")))
    image_size = model.get_layer("query_feature").input_shape[1:3]
    load = query_images(train, image_size, augment=True)
    validation_rank = None
    if validation is not None:
        images = load_images(validation.query_paths, image_size)
        validation_rank = ValidationRank(validation, images, features)
    return Phase(
        name="everything",
        model=model,
        loss=plan.loss,
        make_batches=lambda epoch: _match_batches(train, features, load, plan, epoch),
        validation_rank=validation_rank,
        epochs=plan.all_epochs,
        learning_rate=plan.all_rate,
        stop=plan.stops.get("everything"),
    )


def _match_batches(train, features, load_queries, plan, first_epoch):
    sampler = MatchSampler(train, seed=plan.seed, one_match=plan.one_match)
    return MatchBatches(sampler, features, load_queries, first_epoch)
