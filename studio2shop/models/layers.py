"""The few layers that the networks need and Keras does not bring.

Submodels are built in a `keras.name_scope` of their name, so that no two weights of a model have
the same path. Under PyTorch Keras knows weights by their paths: of two with the same path, it never
sets the gradient of the first back to 0, and trains it wrongly without a word. A model that is
loaded has lost its scopes.
"""

import math

import keras
import numpy as np
from keras import ops

from studio2shop import paper


def odds_of_a_match():
    """Initializer of a match's last bias: the logarithm of the odds of one match in 50 articles."""
    return keras.initializers.Constant(-math.log(paper.ARTICLES_PER_QUERY - 1))


@keras.saving.register_keras_serializable(package="studio2shop")
class LocalResponseNormalization(keras.layers.Layer):
    """AlexNet's normalisation across neighbouring channels, "LRN" in Table 5.

    `output = input / (bias + alpha * sum of squares over depth_size channels) ** beta`. The paper
    gives no parameters: the defaults are AlexNet's (Krizhevsky et al. 2012, Section 3.3: n=5, k=2,
    alpha=1e-4, beta=0.75).

    Args:
        depth_size: number of neighbouring channels summed, odd.
        bias: AlexNet's k.
        alpha: weight of the sum of squares.
        beta: exponent.
    """

    def __init__(self, depth_size=5, bias=2.0, alpha=1e-4, beta=0.75, **kwargs):
        super().__init__(**kwargs)
        if depth_size < 1 or depth_size % 2 == 0:
            raise ValueError(
                "`depth_size` must be an odd number of channels, at least 1; received "
                f"{depth_size}."
            )
        self.depth_size, self.bias, self.alpha, self.beta = depth_size, bias, alpha, beta

    def call(self, inputs):
        channels = np.arange(inputs.shape[-1])
        is_near = np.abs(channels[:, None] - channels) <= self.depth_size // 2
        # a product with a band of ones and an exponential take half the time of shifted slices and
        # a power
        sums = ops.matmul(ops.square(inputs), ops.cast(is_near, self.compute_dtype))
        return inputs * ops.exp(-self.beta * ops.log(self.bias + self.alpha * sums))

    def compute_output_shape(self, input_shape):
        return input_shape

    def get_config(self):
        own = {
            "depth_size": self.depth_size,
            "bias": self.bias,
            "alpha": self.alpha,
            "beta": self.beta,
        }
        return {**super().get_config(), **own}


@keras.saving.register_keras_serializable(package="studio2shop")
class BackbonePreprocessing(keras.layers.Layer):
    """A `keras.applications` backbone's own preprocessing of RGB images in [0, 255].

    Lives inside the model, so that every caller hands over plain images and none can forget it or
    do it twice.

    Args:
        module: name of the module in `keras.applications` whose `preprocess_input` is applied, such
            as `"vgg16"`.
    """

    def __init__(self, module, **kwargs):
        super().__init__(**kwargs)
        self.module = module

    def call(self, images):
        preprocess = getattr(keras.applications, self.module).preprocess_input
        # under PyTorch, Keras' preprocessing writes over a tensor given to it
        own_images = ops.copy(ops.cast(images, self.compute_dtype))
        return preprocess(own_images, data_format="channels_last")

    def compute_output_shape(self, input_shape):
        return input_shape

    def get_config(self):
        return {**super().get_config(), "module": self.module}


@keras.saving.register_keras_serializable(package="studio2shop")
class PairConcatenate(keras.layers.Layer):
    """Each query's feature beside the feature of each of its articles: "Concatenate" in Table 7.

    The query feature is computed once per query and repeated here, once per article. The query
    stands first: `[query, article]`.
    """

    def call(self, inputs):
        article_features, query_features = inputs  # (batch, articles, features), (batch, features)
        repeated = ops.broadcast_to(
            ops.expand_dims(query_features, 1),
            (*ops.shape(article_features)[:2], query_features.shape[-1]),
        )
        return ops.concatenate(
            [repeated, article_features], axis=-1
        )  # (batch, articles, 2 * features)

    def compute_output_shape(self, input_shape):
        article_shape, query_shape = input_shape
        return (*article_shape[:2], article_shape[-1] + query_shape[-1])


@keras.saving.register_keras_serializable(package="studio2shop")
class ScaledDotProduct(keras.layers.Layer):
    """The linear match: a dot product with a learned positive scale and a bias.

    The paper says only that "a dot product is needed" (Section 5.1). Features of unit deviation
    give products in the hundreds, far outside of what a sigmoid can use, so two scalars are learned
    beside it: the scale, by its logarithm, starts at one over the root of the feature size, where
    products of strangers have unit deviation, and the bias at the odds of one match in 50 articles.
    A scale that could reach 0 would stop the features' gradient there, and one that starts from a
    wrong bias is first driven to it.

    Attributes:
        scale: the factor of the products, a positive scalar tensor.
    """

    def build(self, input_shape):
        start = keras.initializers.Constant(-0.5 * math.log(input_shape[0][-1]))
        self.log_scale = self.add_weight(shape=(), initializer=start, name="log_scale")
        self.bias = self.add_weight(shape=(), initializer=odds_of_a_match(), name="bias")

    @property
    def scale(self):
        return ops.exp(self.log_scale)

    def call(self, inputs):
        article_features, query_features = inputs  # (batch, articles, features), (batch, features)
        products = ops.matmul(
            article_features, ops.expand_dims(query_features, -1)
        )  # (batch, articles, 1)
        return products * self.scale + self.bias

    def compute_output_shape(self, input_shape):
        return (*input_shape[0][:2], 1)


@keras.saving.register_keras_serializable(package="studio2shop")
class SharedArticles(keras.layers.Layer):
    """A batch's article features for each of its queries.

    `(articles, features)` to `(batch, articles, features)`.
    """

    def call(self, inputs):
        article_features, query_features = inputs  # (articles, features), (batch, features)
        return ops.broadcast_to(
            ops.expand_dims(article_features, 0),
            (ops.shape(query_features)[0], *ops.shape(article_features)),
        )

    def compute_output_shape(self, input_shape):
        article_shape, query_shape = input_shape
        return (query_shape[0], *article_shape)
