"""Batches and training of all-in-two-nets, the system that learns its article features itself (Section 4.2)."""

import pathlib

import numpy as np
import pandas as pd

from studio2shop import paper
from studio2shop.features.activations import compute_activations, query_activations
from studio2shop.io.images import load_images
from studio2shop.models.query_feature import split_at_backbone
from studio2shop.models.siamese import ARTICLE_LABELS, QUERY_LABELS, join_two_nets
from studio2shop.training import losses
from studio2shop.training.batches import activation_loader, batch_dataset, query_image_loader
from studio2shop.training.callbacks import ValidationRank
from studio2shop.training.fit import fit_matches
from studio2shop.training.phases import FINETUNING_RATE, LEARNING_RATE
from studio2shop.training.sampling import MatchSampler


def two_net_batches(
    catalogue,
    attributes,
    image_size=paper.QUERY_SIZE,
    batch_size=paper.QUERIES_PER_BATCH,
    seed=0,
    first_epoch=0,
):
    """A `tf.data.Dataset` of one epoch's batches, drawn anew each time it is gone through.

    The paper draws 50 negatives for each query, which would take 64 x 51 article images a batch.
    Here a batch's queries share the articles that `MatchSampler.draw_shared` draws, one match of
    each: at most 63 negatives a query, all of which match another query of the batch, so that
    articles are met as often as they are worn, not equally often.

    Args:
        catalogue: the training `Catalogue`.
        attributes: dict of attribute to its labels, as the network's branches were built for; may
            be empty.
        image_size: `(height, width)` query and title images are stretched to.
        batch_size, seed, first_epoch: as in `training_batches`. Query images go through
            `augment_images`; title images are mirrored with probability a half.

    Returns:
        A dataset of `((query images, title images), labels)`: float32 `(batch, height, width, 3)`
        in [0, 255] twice, and a dict of `scores` `(batch, batch)`, 1 for a match, and each leg's
        attributes `(batch,)`, -1 where not annotated. The query leg's labels are those of the match
        that was drawn (the paper's images carry none of their own).
    """
    paths = catalogue.article_paths

    def load_articles(rows, random):
        images = load_images([paths[row] for row in rows], image_size, num_workers=1)
        is_mirrored = random.random(len(images)) < 0.5
        images[is_mirrored] = images[is_mirrored, :, ::-1]
        return images.astype("float32")

    load_queries, shape = query_image_loader(catalogue, image_size, augment=True), (*image_size, 3)
    sampler = MatchSampler(catalogue, 1, batch_size, seed)
    return _dataset(
        sampler,
        catalogue.attribute_labels(attributes),
        (load_queries, load_articles),
        (shape, shape),
        first_epoch,
    )


def _dataset(sampler, attribute_labels, loaders, shapes, first_epoch):
    import tensorflow as tf

    def make_batch(epoch, step):
        query_rows, article_rows, labels = sampler.draw_shared(epoch, step)
        random = np.random.default_rng([sampler.seed, epoch, step, 1])
        inputs = [load(rows, random) for load, rows in zip(loaders, (query_rows, article_rows))]
        return *inputs, labels, *(values[article_rows] for values in attribute_labels.values())

    signature = [tf.TensorSpec((None, *shape), "float32") for shape in shapes] + [
        tf.TensorSpec((None, None), "float32")
    ]
    signature += [tf.TensorSpec((None,), "int32")] * len(attribute_labels)

    def arrange(queries, articles, matches, *labels):
        of_article = dict(zip(attribute_labels, labels))
        both_legs = {
            leg.format(name): values
            for leg in (QUERY_LABELS, ARTICLE_LABELS)
            for name, values in of_article.items()
        }
        return (queries, articles), {"scores": matches, **both_legs}

    return batch_dataset(make_batch, sampler.num_steps, signature, arrange, first_epoch)


def train_two_nets(
    model,
    train,
    validation,
    attributes,
    folder,
    epochs,
    seed=0,
    learning_rate=LEARNING_RATE,
    kept=None,
):
    """Trains all-in-two-nets by the triplet ranking loss and, with attributes, a masked cross-entropy for each of each leg.

    In the phases of `train_studio2shop`: with `epochs["head"]`, for pretrained legs, what stands
    above both backbones, on their activations, computed once; then all layers, from images.

    Args:
        model: of `build_all_in_two_nets`.
        train, validation: `Catalogue`s; the epoch with the best rank of the validation matches is
            kept.
        attributes: dict of attribute to its labels, as the branches were built for.
        folder, epochs, seed, learning_rate, kept: as in `train_studio2shop`.

    Returns:
        The history as a DataFrame, with a column `phase`.
    """
    folder, histories = pathlib.Path(folder), []
    legs = [model.get_layer(name) for name in ("query_feature", "article_feature")]
    branches = [
        layer for layer in model.layers if layer.name in ("query_attributes", "article_attributes")
    ]
    loss = {
        name: losses.triplet_ranking_loss if name == "scores" else losses.attribute_cross_entropy()
        for name in model.output
    }
    labels, image_size = train.attribute_labels(attributes), legs[0].input_shape[1:3]

    if epochs["head"]:
        (query_backbone, query_head), (article_backbone, article_head) = map(
            split_at_backbone, legs
        )
        of_queries = query_activations(query_backbone, train, validation, kept or folder)
        of_articles = _article_activations(
            article_backbone, (train, validation), pathlib.Path(kept or folder) / "articles"
        )
        (load_queries, query_shape), (load_articles, article_shape) = (
            activation_loader(train.query_ids, of_queries),
            activation_loader(train.article_ids, [of_articles]),
        )
        model_above = join_two_nets(
            query_head, article_head, model.get_layer("query_article_matching"), branches
        )
        inputs = (
            of_queries[0].take(validation.query_ids).astype("float32"),
            of_articles.take(validation.article_ids).astype("float32"),
        )

        def make_batches(first_epoch):
            return _dataset(
                MatchSampler(train, 1, seed=seed),
                labels,
                (load_queries, load_articles),
                (query_shape, article_shape),
                first_epoch,
            )

        history = _fit(
            model_above,
            make_batches,
            validation,
            inputs,
            folder / "head",
            epochs["head"],
            learning_rate,
            loss,
        )
        histories.append(history.assign(phase="head"))
        learning_rate = FINETUNING_RATE
    if epochs["everything"]:
        model.trainable = True
        inputs = (
            load_images(validation.query_paths, image_size),
            load_images(validation.article_paths, image_size),
        )

        def make_image_batches(first_epoch):
            return two_net_batches(
                train, attributes, image_size, seed=seed, first_epoch=first_epoch
            )

        history = _fit(
            model,
            make_image_batches,
            validation,
            inputs,
            folder / "everything",
            epochs["everything"],
            learning_rate,
            loss,
        )
        histories.append(history.assign(phase="everything"))
    return pd.concat(histories, ignore_index=True)


def _fit(model, make_batches, validation, inputs, folder, epochs, learning_rate, loss):
    query_inputs, article_inputs = inputs
    validation_rank = ValidationRank(validation, query_inputs, article_inputs=article_inputs)
    return fit_matches(model, make_batches, validation_rank, folder, epochs, learning_rate, loss)


def _article_activations(backbone, catalogues, folder):
    """A frozen backbone's activations of all title images, computed once and kept as float16."""
    ids, paths = (
        [value for catalogue in catalogues for value in getattr(catalogue, name)]
        for name in ("article_ids", "article_paths")
    )
    image_size = backbone.input_shape[1:3]
    return compute_activations(
        backbone,
        ids,
        lambda positions: load_images([paths[position] for position in positions], image_size),
        folder,
    )
