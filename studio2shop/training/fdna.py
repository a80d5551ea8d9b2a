"""How fDNA is trained (Appendix)."""

from studio2shop.io.images import load_images
from studio2shop.training import losses
from studio2shop.training.batches import (
    title_batches,
)
from studio2shop.training.fit import cosine_adam, fit_resumable


def train_fdna(fdna, train, validation, folder, epochs, learning_rate=5e-4, seed=0):
    """Trains an fDNA network with logits on title images: one masked cross-entropy an attribute (Appendix).

    Args:
        fdna: a model of `build_fdna(..., attribute_activation=None)`, its attributes columns of the
            catalogues.
        train, validation: `Catalogue`s; the best epoch has the least validation loss.
        folder, epochs: as in `fit_resumable`.
        learning_rate: the first, largest one.
        seed: of the order and the augmentation.

    Returns:
        The history as a DataFrame.
    """
    attributes = {name: train.attributes[name] for name in fdna.output}
    image_size = fdna.input_shape[1:3]

    def make_batches(first_epoch):
        return title_batches(
            train, attributes, image_size, seed=seed, first_epoch=first_epoch, augment=True
        )

    fdna.compile(
        cosine_adam(learning_rate, epochs * int(make_batches(0).cardinality())),
        loss={name: losses.attribute_cross_entropy() for name in attributes},
    )
    labelled = (
        load_images(validation.article_paths, image_size),
        validation.attribute_labels(attributes),
    )
    return fit_resumable(fdna, make_batches, epochs, folder, "val_loss", validation_data=labelled)
