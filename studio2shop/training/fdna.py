"""How fDNA is trained, on title images with their attributes (Appendix)."""

import contextlib
import math
import pathlib

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
    way = _fastest_way(num_steps)
    fdna.compile(
        cosine_adam(plan.learning_rate, num_steps),
        loss={name: losses.attribute_cross_entropy() for name in attributes},
        jit_compile=True if way == "compiled" else "auto",
    )
    validation_images = load_images(validation.article_paths, image_size)
    labelled = validation_images, validation.attribute_labels(attributes)
    with _hidden_layers_in_bfloat16(fdna) if way == "bfloat16" else contextlib.nullcontext():
        return fit_resumable(
            fdna, make_batches, plan.all_epochs, folder, "val_loss", plan.callbacks, labelled
        )


def _fastest_way(num_steps):
    """How fDNA is trained in the least time on a processor: "bfloat16", "compiled" or "plain".

    With AMX a step in bfloat16 takes two thirds of the time, and it learns as well. Without, a step
    compiled by XLA, which Keras leaves out on processors, takes down to half, and compiling as long
    as some 40 steps.
    """
    if keras.backend.backend() != "tensorflow" or keras.distribution.list_devices("gpu"):
        return "plain"
    if _has_amx():
        return "bfloat16"
    return "compiled" if num_steps >= 100 else "plain"


def _has_amx():
    """Whether the processor has units for products in bfloat16, as far as the system tells."""
    facts = pathlib.Path("/proc/cpuinfo")
    return facts.exists() and "amx_bf16" in facts.read_text(encoding="utf-8", errors="replace")


@contextlib.contextmanager
def _hidden_layers_in_bfloat16(model):
    """While inside, what the hidden layers of a model compute is bfloat16; weights stay float32."""
    hidden = [layer for layer in model.layers if layer.name not in model.output_names]
    policies = [layer.dtype_policy for layer in hidden]
    for layer in hidden:
        layer.dtype_policy = keras.DTypePolicy("mixed_bfloat16")
    try:
        yield
    finally:
        for layer, policy in zip(hidden, policies):
            layer.dtype_policy = policy


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
