"""fc14: activations of VGG16's first fully connected layer (Section 4.2)."""

import keras

from studio2shop.models.backbones import load_application
from studio2shop.models.layers import BackbonePreprocessing

IMAGE_SIZE = (224, 224)  # the only one that VGG16's fully connected layers fit


def build_fc14(weights="imagenet", name="fc14"):
    """Builds the extractor of fc14.

    VGG16 up to the first fully connected layer, the 14th with weights, after its ReLU.

    The paper's "features extracted from layer fc14 of a VGG16 network pre-trained on ImageNet with
    their dimensionality reduced to 128 by PCA" (Section 4.2) are `extract_features(build_fc14(),
    catalogue).reduce(128, fit_on=train)`. The paper does not say whether they are taken before or
    after the ReLU; after it is the layer's output in Keras. 117,479,232 parameters.

    Args:
        weights: `"imagenet"` (Keras downloads 528 MB, once), the path of a weights file of VGG16
            with its top, or `None` for random ones.
        name: the model's name.

    Returns:
        A `keras.Model` from RGB images `(batch, 224, 224, 3)` in [0, 255] to `(batch, 4096)`,
        non-negative. Images of another shape are stretched to it by `extract_features`.

    Raises:
        FileNotFoundError: if the weights file is missing.
        ConnectionError: if the ImageNet weights can't be downloaded.
        ValueError: if the file holds other weights.

    Example:
        `extract_features(build_fc14("vgg16_weights_tf_dim_ordering_tf_kernels.h5"), catalogue)`
    """
    network = load_application("VGG16", weights, include_top=True)
    images = keras.Input((*IMAGE_SIZE, 3), name="title_image")
    to_fc1 = keras.Model(network.inputs, network.get_layer("fc1").output, name="vgg16_fc1")
    return keras.Model(
        images, to_fc1(BackbonePreprocessing("vgg16", name="preprocessing")(images)), name=name
    )
