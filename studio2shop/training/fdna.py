"""How fDNA is trained, on title images with their attributes (Appendix)."""

import math

import keras
import numpy as np

from studio2shop import paper
from studio2shop.catalogue.catalogue import check_is_catalogue
from studio2shop.io.given import check_whole_number
from studio2shop.io.images import checked_size, load_images
from studio2shop.training import losses
from studio2shop.training.fit import cosine_adam, fit_resumable
from studio2shop.training.match_batches import Batches


def train_fdna(fdna, train, validation, plan, folder):
    """Trains an fDNA network with logits: one masked cross-entropy per attribute.

    Args:
        fdna: a model of `build_fdna(..., attribute_activation=None)`, its attributes columns of the
            catalogues.
        train, validation: `Catalogue`s; the best epoch has the least validation loss.
        plan: a `TrainingPlan`, of which `all_epochs`, `learning_rate`, `callbacks` and `seed`
            count.
        folder: as in `fit_resumable`.

    Returns:
        The history as a DataFrame.
    """
    attributes = {name: train.attributes[name] for name in fdna.output}
    image_size = fdna.input_shape[1:3]

    def make_batches(first_epoch):
        return title_batches(
            train, attributes, image_size, seed=plan.seed, first_epoch=first_epoch, augment=True
        )

    num_steps = plan.all_epochs * make_batches(0).num_batches
    fdna.compile(
        cosine_adam(plan.learning_rate, num_steps),
        loss={name: losses.attribute_cross_entropy() for name in attributes},
        jit_compile=True if _pays_to_compile(num_steps) else "auto",
    )
    validation_images = load_images(validation.article_paths, image_size)
    labelled = validation_images, validation.attribute_labels(attributes)
    return fit_resumable(
        fdna, make_batches, plan.all_epochs, folder, "val_loss", plan.callbacks, labelled
    )


def _pays_to_compile(num_steps):
    """Whether XLA trains fDNA in less time: on a processor, where Keras leaves it out.

    There a step takes half the time, and compiling as long as some 40 steps.
    """
    is_tensorflow = keras.backend.backend() == "tensorflow"
    return is_tensorflow and num_steps >= 100 and not keras.distribution.list_devices("gpu")


def title_batches(
    catalogue,
    attributes=None,
    image_size=paper.FDNA_IMAGE_SIZE,
    batch_size=64,
    seed=0,
    first_epoch=0,
    augment=False,
):
    """Title images with their attributes: one epoch's batches, drawn anew in each pass.

    Args:
        catalogue: the training `Catalogue`.
        attributes: dict of attribute to its labels in the order of the network's outputs; default:
            the catalogue's own.
        image_size: `(height, width)` the title images are stretched to.
        batch_size, seed, first_epoch: as in `training_batches`.
        augment: whether each image is mirrored with probability a half; colour and length are what
            is to be learned.

    Returns:
        `Batches` of `(images, {attribute: int32 labels (batch,)})`: float32
        `(batch, height, width, 3)` in [0, 255]; -1 where an article is not annotated.
    """
    check_is_catalogue(catalogue)
    check_whole_number("batch_size", batch_size)
    check_whole_number("seed", seed, least=0)
    attributes = catalogue.attributes if attributes is None else attributes
    image_size = checked_size(image_size)
    paths, labels = catalogue.article_paths, catalogue.attribute_labels(attributes)

    def draw(epoch, step):
        shuffled = np.random.default_rng([seed, epoch, 0]).permutation(len(paths))
        rows = shuffled[step * batch_size : (step + 1) * batch_size]
        images = load_images([paths[row] for row in rows], image_size, num_workers=1)
        if augment:
            mirrored = np.random.default_rng([seed, epoch, 1 + step]).random(len(images)) < 0.5
            images[mirrored] = images[mirrored, :, ::-1]
        return images.astype("float32"), {name: labels[name][rows] for name in attributes}

    return Batches(draw, math.ceil(len(paths) / batch_size), first_epoch)
