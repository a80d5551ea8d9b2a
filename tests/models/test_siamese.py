"""all-in-two-nets: two legs that share nothing but the articles of a batch."""

import keras
import numpy as np
import pytest

from studio2shop import losses, paper
from studio2shop.models.layers import SharedArticles
from studio2shop.models.siamese import build_all_in_two_nets

pytestmark = pytest.mark.slow

SIZES = {"colour": 3, "collar": 2}


@pytest.fixture(scope="module")
def model():
    keras.utils.set_random_seed(0)
    return build_all_in_two_nets(SIZES, (48, 32, 3), 8, "compact", None, "pooled", 0.0)


@pytest.fixture(scope="module")
def images():
    return [
        np.random.default_rng(seed).integers(0, 256, (count, 48, 32, 3)).astype("float32")
        for seed, count in ((0, 2), (1, 3))
    ]


def test_each_leg_has_a_branch_an_attribute_and_the_scores_are_of_each_query_with_each_article(
    model, images
):
    shapes = {name: tuple(output.shape) for name, output in model(images).items()}
    assert shapes == {
        "scores": (2, 3),
        "query_colour": (2, 3),
        "query_collar": (2, 2),
        "article_colour": (3, 3),
        "article_collar": (3, 2),
    }


def test_a_score_is_the_scaled_dot_product_of_the_two_legs_features(model, images):
    queries, articles = (
        np.array(model.get_layer(name)(inputs))
        for name, inputs in zip(("query_feature", "article_feature"), images)
    )
    np.testing.assert_allclose(
        np.array(model(images)["scores"]), queries @ articles.T / np.sqrt(8) - np.log(49), atol=1e-5
    )


def test_the_legs_have_the_same_architecture_and_share_no_weight(model):
    query, article = (model.get_layer(name) for name in ("query_feature", "article_feature"))
    assert [weight.shape for weight in query.weights] == [
        weight.shape for weight in article.weights
    ]
    assert not {id(weight) for weight in query.weights} & {id(weight) for weight in article.weights}


def test_with_the_papers_sizes_both_legs_are_table_7s_with_nine_attributes_each():
    sizes = [num_values for num_values, _ in paper.ATTRIBUTES.values()]
    hidden = [max(40, 2 * num_values) for num_values in sizes]
    branches = sum(
        129 * width + (width + 1) * num_values for width, num_values in zip(hidden, sizes)
    )
    model = build_all_in_two_nets(backbone_weights=None)
    leg = paper.TABLE_7_TOTAL - 132_353  # without the non-linear match
    # a scale and a bias
    assert len(model.output) == 19 and model.count_params() == 2 * leg + 2 * branches + 2


def test_gradients_reach_every_weight_but_the_bias_that_shifts_all_scores_alike(model, images):
    inputs = [images[0], images[1][:2]]
    labels = {
        "scores": np.eye(2, dtype="float32"),
        **{
            f"{leg}_{name}": np.array([0, 1], "int32")
            for leg in ("query", "article")
            for name in SIZES
        },
    }
    before = [weight.numpy() for weight in model.trainable_weights]
    model.compile(
        keras.optimizers.SGD(1.0),
        {
            name: losses.triplet_ranking_loss
            if name == "scores"
            else losses.attribute_cross_entropy()
            for name in model.output
        },
    )
    model.train_on_batch(inputs, labels)
    still = [
        weight.path
        for weight, old in zip(model.trainable_weights, before)
        if np.array_equal(old, weight.numpy())
    ]
    assert [path.split("/")[-2:] for path in still] == [["dot_product", "bias"]]


def test_without_attributes_only_the_scores_are_left():
    assert list(build_all_in_two_nets({}, (48, 32, 3), 8, "compact", None).output) == ["scores"]


def test_it_saves_and_loads_bit_for_bit(model, images, tmp_path):
    model.save(tmp_path / "two_nets.keras")
    loaded = keras.models.load_model(tmp_path / "two_nets.keras")
    for name, values in model(images).items():
        assert np.array_equal(np.array(values), np.array(loaded(images)[name]))


def test_an_attribute_that_cannot_be_learned_is_refused():
    with pytest.raises(ValueError, match="Attribute 'colour' must have at least 2 values"):
        build_all_in_two_nets({"colour": 1}, (48, 32, 3), 8, "compact", None)


def test_shared_articles_are_the_same_for_each_query():
    shared = np.array(SharedArticles()([np.array([[1.0, 2.0], [3.0, 4.0]]), np.zeros((3, 2))]))
    assert shared.tolist() == [[[1.0, 2.0], [3.0, 4.0]]] * 3
