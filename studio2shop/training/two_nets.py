"""Batches and phases of all-in-two-nets, which learns its article features itself (Section 4.2)."""

import pathlib

import numpy as np

from studio2shop.features.activations import compute_activations, query_activations
from studio2shop.io.images import load_images
from studio2shop.models.query_feature import backbone_of, keep_statistics, split_at_backbone
from studio2shop.models.siamese import ARTICLE_LABELS, QUERY_LABELS, join_two_nets
from studio2shop.training import losses
from studio2shop.training.callbacks import ValidationRank
from studio2shop.training.fit import Phase, fit_phases
from studio2shop.training.match_batches import Batches, kept_activations, query_images
from studio2shop.training.sampling import MatchSampler


def two_net_batches(sampler, attributes, load_queries, load_articles, first_epoch=0):
    """Batches of queries and of the articles that these share.

    The paper draws 50 negatives for each query, which would take 64 x 51 article images per batch.
    Here a batch's queries share the articles that `MatchSampler.draw_shared` draws, one match of
    each: at most 63 negatives per query, all of which match another query of the batch, so that
    articles are met as often as they are worn, not equally often.

    Args:
        sampler: a `MatchSampler` of the training catalogue.
        attributes: dict of attribute to its labels, as the network's branches were built for; may
            be empty.
        load_queries, load_articles: `query_images` and `title_images`, or `kept_activations`.
        first_epoch: epoch of the first pass.

    Returns:
        `Batches` of `((queries, articles), labels)`: what the two functions load, and a dict of
        `scores` `(batch, batch)`, 1 for a match, and each leg's attributes `(batch,)`, -1 where not
        annotated. The query leg's labels are those of the match that was drawn (the paper's images
        carry none of their own).
    """
    attribute_labels = sampler.catalogue.attribute_labels(attributes)
    whole = slice(None)

    def draw(epoch, step):
        # Keras takes shapes from the first two batches: an epoch's last, smaller one comes first
        step = (step - 1) % sampler.num_steps
        query_rows, article_rows, matches = sampler.draw_shared(epoch, step)
        random = np.random.default_rng([sampler.seed, epoch, step, 1])
        queries = load_queries(query_rows, random, whole)
        articles = load_articles(article_rows, random, whole)
        labels = {"scores": matches}
        for leg in (QUERY_LABELS, ARTICLE_LABELS):
            for name, values in attribute_labels.items():
                labels[leg.format(name)] = values[article_rows]
        return (queries, articles), labels

    return Batches(draw, sampler.num_steps, first_epoch)


def title_images(catalogue, image_size):
    """Loads title images as `query_images` does queries, mirrored with probability a half."""
    paths = catalogue.article_paths

    def load(rows, random, mine):
        images = load_images([paths[row] for row in rows[mine]], image_size, num_workers=1)
        is_mirrored = random.random(len(rows))[mine] < 0.5
        images[is_mirrored] = images[is_mirrored, :, ::-1]
        return images.astype("float32")

    return load


def train_two_nets(model, train, validation, attributes, plan, folder, kept=None):
    """Trains all-in-two-nets in the phases of `train_studio2shop`.

    By the plan's loss on the scores and, with attributes, a masked cross-entropy for each of each
    leg.

    Args:
        model: of `build_all_in_two_nets`.
        train, validation: `Catalogue`s; the epoch with the best ranks of the validation matches is
            kept.
        attributes: dict of attribute to its labels, as the branches were built for.
        plan, folder, kept: as in `train_studio2shop`.

    Returns:
        The history as a DataFrame, with a column `phase`.
    """
    kept = pathlib.Path(kept or folder)
    legs = [model.get_layer(name) for name in ("query_feature", "article_feature")]
    loss = {name: losses.attribute_cross_entropy() for name in model.output}
    loss["scores"] = plan.loss

    def phase(name, model, loads, validation_inputs, epochs, learning_rate):
        def make_batches(first_epoch):
            sampler = MatchSampler(train, 1, seed=plan.seed)
            return two_net_batches(sampler, attributes, *loads, first_epoch)

        queries, articles = validation_inputs
        validation_rank = ValidationRank(validation, queries, article_inputs=articles)
        return Phase(name, model, loss, make_batches, validation_rank, epochs, learning_rate)

    def head():
        (query_backbone, query_head), (article_backbone, article_head) = map(
            split_at_backbone, legs
        )
        of_queries = query_activations(query_backbone, train, validation, kept)
        of_articles = _article_activations(article_backbone, (train, validation), kept / "articles")
        branches = [layer for layer in model.layers if layer.name.endswith("_attributes")]
        matching = model.get_layer("query_article_matching")
        loads = (
            kept_activations(train.query_ids, of_queries),
            kept_activations(train.article_ids, [of_articles]),
        )
        validation_inputs = (
            of_queries[0].take(validation.query_ids).astype("float32"),
            of_articles.take(validation.article_ids).astype("float32"),
        )
        above = join_two_nets(query_head, article_head, matching, branches)
        return phase("head", above, loads, validation_inputs, plan.head_epochs, plan.learning_rate)

    def everything():
        model.trainable = True
        if plan.head_epochs:
            for leg in legs:
                keep_statistics(backbone_of(leg))
        image_size = legs[0].input_shape[1:3]
        loads = query_images(train, image_size, augment=True), title_images(train, image_size)
        validation_inputs = (
            load_images(validation.query_paths, image_size),
            load_images(validation.article_paths, image_size),
        )
        return phase("everything", model, loads, validation_inputs, plan.all_epochs, plan.all_rate)

    wanted = [
        make for make, epochs in ((head, plan.head_epochs), (everything, plan.all_epochs)) if epochs
    ]
    return fit_phases((make() for make in wanted), folder, plan.callbacks)


def _article_activations(backbone, catalogues, folder):
    """A frozen backbone's activations of all title images, computed once and kept as float16."""
    ids = [id_ for catalogue in catalogues for id_ in catalogue.article_ids]
    paths = [path for catalogue in catalogues for path in catalogue.article_paths]
    image_size = backbone.input_shape[1:3]

    def load(positions):
        return load_images([paths[position] for position in positions], image_size)

    return compute_activations(backbone, ids, load, folder)
