"""A matching submodel taken apart and put together in NumPy gives its scores, or is refused."""

import keras
import numpy as np
import pytest
from hypothesis import given, settings, strategies
from keras.layers import (
    Activation,
    BatchNormalization,
    Dense,
    Dropout,
    LayerNormalization,
    ReLU,
)
from matching_models import (
    chain_model,
    errors,
    random_features,
    randomised,
    submodels_own,
)

from studio2shop import build_query_article_matching
from studio2shop.models.layers import PairConcatenate, ScaledDotProduct
from studio2shop.models.towers import build_towers
from studio2shop.retrieval import ExactScorer
from studio2shop.retrieval.weights import dense_layers, split_matching

PIECES = {  # what may stand in a chain
    "norm": BatchNormalization,
    "norm without scale": lambda: BatchNormalization(scale=False, epsilon=0.1),
    "norm without centre": lambda: BatchNormalization(center=False),
    "dropout": lambda: Dropout(0.5),
    "relu": ReLU,
    "relu as activation": lambda: Activation("relu"),
    "dense": lambda: Dense(6),
    "dense with relu": lambda: Dense(9, "relu"),
    "dense without bias": lambda: Dense(5, "relu", use_bias=False),
    "one unit": lambda: Dense(1, "relu"),
}


def numbers_of(split, articles, queries):
    """The split's own logits, all in float64: the definition in four lines."""
    x = (
        (queries @ split.query_kernel + split.bias)[:, np.newaxis]
        + articles @ split.article_kernel
        + split.article_bias
    )
    for kernel, bias in split.layers:
        x = np.maximum(x, 0) @ kernel + bias
    return x[..., 0]


@settings(max_examples=40)
@given(
    strategies.lists(strategies.sampled_from(sorted(PIECES)), max_size=6),
    strategies.integers(1, 5),
    strategies.integers(0, 1000),
)
def test_any_chain_with_relu_is_split_wherever_batch_norm_stands(names, size, seed):
    layers = [PIECES[name]() for name in [*names, "dense with relu", "norm"]] + [Dense(1)]
    model = randomised(chain_model(size, layers), seed, means=1, variances=(0.25, 4))
    articles, queries = random_features(seed, size=size)
    expected = submodels_own(model, articles, queries)
    assert errors(numbers_of(split_matching(model), articles, queries), expected).max() < 1
    assert errors(ExactScorer(model, articles).scores(queries), expected).max() < 1


@pytest.mark.parametrize(
    "end", [["sigmoid"], ["linear"], ["norm"], ["dropout"], ["one unit"], ["norm", "sigmoid"]]
)
def test_a_chain_may_end_in_a_sigmoid_which_is_left_out_and_in_what_keeps_one_score(end):
    def model(names):
        ends = {
            **PIECES,
            "sigmoid": lambda: Activation("sigmoid"),
            "linear": lambda: Activation("linear"),
        }
        return randomised(
            chain_model(4, [Dense(7, "relu"), Dense(1), *(ends[name]() for name in names)]), 0
        )

    articles, queries = random_features(0, size=4)
    expected = submodels_own(model([name for name in end if name != "sigmoid"]), articles, queries)
    assert errors(ExactScorer(model(end), articles).scores(queries), expected).max() < 1


def test_a_saved_and_loaded_model_is_split_into_the_same_weights(tmp_path):
    model = randomised(build_query_article_matching(6), 0)
    model.save(tmp_path / "matching.keras")
    split, loaded = (
        split_matching(model),
        split_matching(keras.models.load_model(tmp_path / "matching.keras")),
    )
    assert all(
        np.array_equal(ours, theirs)
        for ours, theirs in zip(split._arrays(), loaded._arrays(), strict=True)
    )


def test_a_joined_model_does_not_change_how_its_submodel_is_split():
    matching = randomised(build_query_article_matching(6), 0)
    before = split_matching(matching)
    images, articles = keras.Input((4, 4, 3)), keras.Input((None, 6))
    keras.Model([images, articles], matching([articles, Dense(6)(keras.layers.Flatten()(images))]))
    assert split_matching(matching).is_close_to(before)


@pytest.mark.parametrize("policy", ["float16", "mixed_bfloat16", "bfloat16", "mixed_float16"])
@pytest.mark.parametrize("matching", ["non-linear", "linear"])
def test_a_model_in_half_precision_is_scored_in_full_precision_by_its_weights(policy, matching):
    keras.config.set_dtype_policy(policy)
    try:
        half = randomised(build_query_article_matching(6, matching, None), 0)
    finally:
        keras.config.set_dtype_policy("float32")
    full = build_query_article_matching(6, matching, None)
    full.set_weights([weight.astype("float32") for weight in half.get_weights()])
    articles, queries = random_features(0, size=6)
    assert (
        errors(
            ExactScorer(half, articles).scores(queries), submodels_own(full, articles, queries)
        ).max()
        < 1
    )


def test_what_was_learned_by_a_low_rank_adapter_counts():
    model = randomised(build_query_article_matching(6, match_activation=None), 0)
    dense = model.get_layer("fc1")
    dense.enable_lora(2)
    dense.lora_kernel_b.assign(np.ones(dense.lora_kernel_b.shape))
    articles, queries = random_features(0, size=6)
    assert (
        errors(
            ExactScorer(model, articles).scores(queries), submodels_own(model, articles, queries)
        ).max()
        < 1
    )


def branches(articles, query):
    pairs = PairConcatenate(name="pairs")([articles, query])
    return keras.layers.Add()([Dense(3, "relu")(pairs), Dense(3, "relu")(pairs)])


def two_joins(articles, query):
    return keras.layers.Concatenate()(
        [PairConcatenate()([articles, query]), ScaledDotProduct()([articles, query])]
    )


def a_layer_before_the_join(articles, query):
    return Dense(3, "relu")(PairConcatenate(name="pairs")([BatchNormalization()(articles), query]))


def skipped(articles, query):
    pairs = PairConcatenate(name="pairs")([articles, query])
    return keras.layers.Concatenate()([pairs, Dense(3, "relu", name="hidden")(pairs)])


def chain(*layers):
    def build(articles, query):
        x = PairConcatenate()([articles, query])
        for layer in layers:
            x = layer()(x)
        return x

    return build


def after_a_dot_product(articles, query):
    return Dense(3, "relu", name="more")(ScaledDotProduct()([articles, query]))


REFUSED = {
    "a branch": (branches, "what follows its layer 'pairs' is no single chain of layers"),
    "a skip": (skipped, "what follows its layer 'hidden' is no single chain of layers"),
    "two joins": (
        two_joins,
        (
            "'mine' has 2 layers PairConcatenate or ScaledDotProduct, "
            "where one joins queries and articles"
        ),
    ),
    "a layer before the join": (
        a_layer_before_the_join,
        "its layer 'pairs' joins something else than its inputs [article features, query features]",
    ),
    "a layer after a dot product": (after_a_dot_product, "its layer 'more' follows a dot product"),
    "layer norm": (
        chain(lambda: LayerNormalization(name="norm")),
        "it has a layer 'norm' of type LayerNormalization",
    ),
    "layer norm without weights": (
        chain(lambda: LayerNormalization(name="norm", scale=False, center=False)),
        "it has a layer 'norm' of type LayerNormalization",
    ),
    "tanh": (
        chain(lambda: Dense(3, "tanh", name="fc")),
        "its layer 'fc' has the activation tanh, not ReLU",
    ),
    "a sigmoid inside": (
        chain(lambda: Dense(1, "sigmoid", name="fc")),
        "its layer 'fc' has the activation sigmoid, not ReLU",
    ),
    "a leaky ReLU": (
        chain(lambda: keras.layers.LeakyReLU(name="leaky")),
        "it has a layer 'leaky' of type LeakyReLU",
    ),
    "a leaky ReLU as activation": (
        chain(lambda: Dense(3, keras.layers.LeakyReLU(), name="fc")),
        "its layer 'fc' has the activation LeakyReLU, not ReLU",
    ),
    "a function of the user's": (
        chain(lambda: Dense(3, lambda x: x * x, name="fc")),
        "its layer 'fc' has the activation <lambda>, not ReLU",
    ),
    "a ReLU that ends at 6": (
        chain(lambda: Dense(3), lambda: ReLU(6, name="relu6")),
        "it has a layer 'relu6' of type ReLU with max_value, negative_slope or threshold",
    ),
    "an inner model": (
        chain(lambda: keras.Sequential([Dense(3)], name="inner")),
        "it has a layer 'inner' of type Sequential",
    ),
    "a reshaping": (
        chain(lambda: keras.layers.Reshape((-1, 2), name="pairs")),
        "it has a layer 'pairs' of type Reshape",
    ),
}


@pytest.mark.parametrize("name", REFUSED)
def test_another_model_is_refused_with_the_reason_and_not_scored_as_something_else(name):
    build, reason = REFUSED[name]
    articles, query = keras.Input((None, 4)), keras.Input((4,))
    model = keras.Model(
        [articles, query],
        Dense(1, name="match")(Dense(3, "relu")(build(articles, query))),
        name="mine",
    )
    with pytest.raises(ValueError) as caught:
        split_matching(model)
    assert str(caught.value) == (
        f"The matching submodel can't be split for exact scoring: {reason}; "
        "build it with build_query_article_matching."
    )


@pytest.mark.parametrize(
    "layers",
    [[Dense(3, "relu"), Dense(2)], [Dense(1)], []],
    ids=["two scores", "no ReLU", "nothing"],
)
def test_a_chain_that_does_not_end_in_one_score_after_a_relu_is_refused(layers):
    articles, query = keras.Input((None, 4)), keras.Input((4,))
    x = PairConcatenate()([articles, query])
    for layer in layers:
        x = layer(x)
    with pytest.raises(
        ValueError,
        match=(
            "'mine' is no chain of dense layers with ReLU that ends in one score an article; "
            "build it with"
        ),
    ):
        split_matching(keras.Model([articles, query], x, name="mine"))


def test_swapped_inputs_and_features_of_two_sizes_are_refused():
    articles, query = keras.Input((None, 4)), keras.Input((4,))
    scores = Dense(1)(Dense(3, "relu")(PairConcatenate(name="pairs")([articles, query])))
    with pytest.raises(ValueError, match="'pairs' joins something else than its inputs"):
        split_matching(keras.Model([query, articles], scores))
    larger = keras.Input((5,))
    with pytest.raises(
        ValueError, match="article features have 4 values and query features 5; build it"
    ):
        split_matching(
            keras.Model(
                [articles, larger],
                Dense(1)(Dense(3, "relu")(PairConcatenate()([articles, larger]))),
            )
        )


def test_a_quantized_layer_is_refused():
    model = build_query_article_matching(8)
    model.get_layer("fc2").quantize("int8")
    with pytest.raises(ValueError, match="it has a layer 'fc2' of type quantized Dense; build it"):
        split_matching(model)


def test_the_dense_layers_of_a_tower_are_its_kernels_and_biases():
    tower = build_towers(4, 3).get_layer("query_tower")
    layers = dense_layers(tower)
    assert [(kernel.shape, bias.shape, kernel.dtype) for kernel, bias in layers] == [
        ((4, 512), (512,), "float32"),
        ((512, 512), (512,), "float32"),
        ((512, 3), (3,), "float32"),
    ]
    assert np.array_equal(layers[2][0], tower.get_layer("vector").get_weights()[0])
