"""The losses against NumPy."""

import keras
import numpy as np
import pytest
from hypothesis import given, settings, strategies
from hypothesis.extra.numpy import arrays

from studio2shop import losses

# five articles a query, any labels, scores at steps of an eighth
LABELS = arrays("int8", (3, 5), elements=strategies.integers(0, 1))
SCORES = arrays(
    "float32", (3, 5), elements=strategies.integers(-80, 80).map(lambda eighths: eighths / 8)
)


def ranking_loss_by_loops(labels, scores):
    losses_of_queries = []
    for query_labels, query_scores in zip(labels, scores.astype("float64")):
        of_positives = []
        for j in np.flatnonzero(query_labels == 1):
            of_positives.append(0.0)
            for k in np.flatnonzero(query_labels == 0):
                of_positives[-1] += 1 / (1 + np.exp(-(query_scores[k] - query_scores[j])))
        losses_of_queries.append(np.mean(of_positives) if of_positives else 0.0)
    return losses_of_queries


def listwise_loss_by_loops(labels, logits):
    losses_of_queries = []
    for query_labels, query_logits in zip(labels, logits.astype("float64")):
        probabilities = np.exp(query_logits) / np.exp(query_logits).sum()
        of_matches = [-np.log(probabilities[j]) for j in np.flatnonzero(query_labels)]
        losses_of_queries.append(np.mean(of_matches) if of_matches else 0.0)
    return losses_of_queries


def gradient(loss, labels, scores):
    """Slope of a query's loss by each score.

    What a step of plain descent takes off the scores, on whichever backend.
    """
    table = keras.layers.Embedding(1, len(scores))
    model = keras.Sequential([keras.Input((), dtype="int32"), table])
    model.set_weights([np.array([scores], "float32")])
    model.compile(keras.optimizers.SGD(1.0), loss=loss, run_eagerly=True)
    model.train_on_batch(np.array([0]), np.array([labels], "float32"))
    return np.array(scores, "float32") - model.get_weights()[0][0]


def test_match_cross_entropy_is_equation_2_with_its_sign_for_one_query():
    logits = np.array([[2.0, -1.0, 0.5]], "float32")
    labels = np.array([[1.0, 0.0, 0.0]], "float32")
    p = 1 / (1 + np.exp(-logits))
    expected = -(labels * np.log(p) + (1 - labels) * np.log(1 - p)).sum(axis=1)
    np.testing.assert_allclose(
        np.array(losses.match_cross_entropy(labels, logits)), expected, rtol=1e-6
    )


def test_match_cross_entropy_stays_finite_where_a_sigmoid_saturates():
    loss = np.array(
        losses.match_cross_entropy(np.array([[0.0, 1.0]]), np.array([[100.0, -100.0]], "float32"))
    )
    np.testing.assert_allclose(loss, [200.0])


def test_always_saying_one_in_fifty_costs_4_9():
    labels = np.eye(1, 50, dtype="float32")
    logits = np.full((1, 50), np.log(1 / 49), "float32")
    assert round(float(losses.match_cross_entropy(labels, logits)[0]), 1) == 4.9


def test_the_attribute_loss_ignores_articles_without_a_label():
    loss = losses.attribute_cross_entropy()
    logits = np.array([[1.0, 2.0, 0.0], [5.0, -3.0, 1.0], [0.0, 0.0, 4.0]], "float32")
    labels = np.array([1, -1, 0])
    log_probabilities = logits - np.log(np.exp(logits).sum(axis=1, keepdims=True))
    expected = -(log_probabilities[0, 1] + log_probabilities[2, 0]) / 2
    np.testing.assert_allclose(float(loss(labels, logits)), expected, rtol=1e-5)


def test_a_batch_without_any_label_costs_nothing():
    assert (
        float(losses.attribute_cross_entropy()(np.array([-1, -1]), np.ones((2, 3), "float32")))
        == 0.0
    )


@settings(max_examples=50)
@given(LABELS, SCORES)
def test_the_ranking_loss_is_the_triple_loop_of_equation_3_averaged_over_a_querys_positives(
    labels, scores
):
    ours = np.array(losses.triplet_ranking_loss(labels, scores))
    np.testing.assert_allclose(ours, ranking_loss_by_loops(labels, scores), rtol=1e-5, atol=1e-6)


def test_fifty_negatives_that_score_like_the_positive_cost_25():
    assert float(losses.triplet_ranking_loss(np.eye(1, 51), np.full((1, 51), 7.0))[0]) == 25.0


def test_a_positive_is_no_negative_of_another_one():
    one = losses.triplet_ranking_loss(np.array([[1, 0, 0]]), np.array([[2.0, 1.0, 3.0]]))
    two = losses.triplet_ranking_loss(np.array([[1, 1, 0, 0]]), np.array([[2.0, 2.0, 1.0, 3.0]]))
    np.testing.assert_allclose([one[0], two[0]], 1.0, rtol=1e-6)


@settings(max_examples=50)
@given(LABELS, SCORES)
def test_the_listwise_loss_is_the_mean_cross_entropy_of_a_querys_matches(labels, logits):
    ours = np.array(losses.listwise_cross_entropy(labels, logits))
    np.testing.assert_allclose(ours, listwise_loss_by_loops(labels, logits), rtol=1e-4, atol=1e-5)


def test_the_listwise_loss_of_fifty_equal_logits_is_the_logarithm_of_50():
    np.testing.assert_allclose(
        np.array(losses.listwise_cross_entropy(np.eye(1, 50), np.full((1, 50), 3.0))),
        [np.log(50)],
        rtol=1e-6,
    )


@pytest.mark.parametrize(
    "loss, worst", [(losses.triplet_ranking_loss, 2.0), (losses.listwise_cross_entropy, 20_000.0)]
)
def test_scores_of_ten_thousand_cost_a_finite_amount(loss, worst):
    labels = np.array([[1, 0, 0], [1, 0, 0]])
    scores = np.array([[-1e4, 1e4, 0.0], [1e4, -1e4, 0.0]], "float32")
    np.testing.assert_allclose(np.array(loss(labels, scores)), [worst, 0.0], atol=1e-6)


@pytest.mark.parametrize("loss", [losses.triplet_ranking_loss, losses.listwise_cross_entropy])
def test_descent_raises_the_positives_and_lowers_the_negatives(loss):
    slopes = gradient(loss, [1, 0, 0, 1], [0.5, 2.0, -1.0, 0.0])
    assert (np.sign(slopes) == [-1, 1, 1, -1]).all()
    np.testing.assert_allclose(slopes.sum(), 0, atol=1e-6)  # only differences count


def test_gradients_are_the_ones_by_hand():
    def slope(difference):  # of a sigmoid
        return np.exp(-difference) / (1 + np.exp(-difference)) ** 2

    expected = [-slope(1) - slope(-1), slope(-1), slope(1)]
    np.testing.assert_allclose(
        gradient(losses.triplet_ranking_loss, [1, 0, 0], [2.0, 1.0, 3.0]), expected, atol=1e-6
    )
    softmax = np.exp([2.0, 1.0, 3.0]) / np.exp([2.0, 1.0, 3.0]).sum()
    np.testing.assert_allclose(
        gradient(losses.listwise_cross_entropy, [1, 0, 0], [2.0, 1.0, 3.0]),
        softmax - [1, 0, 0],
        atol=1e-6,
    )


@pytest.mark.parametrize(
    "loss, expected",
    [(losses.triplet_ranking_loss, [0, 0, 0]), (losses.listwise_cross_entropy, [-1, 1, 0])],
)
def test_gradients_at_ten_thousand_are_finite(loss, expected):
    np.testing.assert_allclose(gradient(loss, [1, 0, 0], [-1e4, 1e4, 0.0]), expected, atol=1e-3)


@pytest.mark.parametrize("name", ["triplet_ranking_loss", "listwise_cross_entropy"])
def test_a_saved_model_finds_its_loss_again(tmp_path, name):
    model = keras.Sequential([keras.Input((2,)), keras.layers.Dense(3)])
    model.compile("sgd", loss=getattr(losses, name))
    model.save(tmp_path / "model.keras")
    assert keras.models.load_model(tmp_path / "model.keras").loss is getattr(losses, name)


def test_the_distillation_loss_is_the_sum_of_a_divergence_and_a_difference_in_a_numpy_loop():
    random = np.random.default_rng(0)
    exact, given = (random.normal(-8, 6, (2, 3, 5)).astype("float32") for _ in range(2))
    loss = np.array(losses.distillation_loss(exact, given))
    assert loss.shape == (2, 3) and (loss > 0).all()
    for table in range(2):
        for query in range(3):
            p, q = (np.exp(logits[table, query].astype("float64")) for logits in (exact, given))
            p, q = p / p.sum(), q / q.sum()
            squares = [
                (max(a, -15) - max(b, -15)) ** 2
                for a, b in zip(exact[table, query].tolist(), given[table, query].tolist())
            ]
            np.testing.assert_allclose(
                loss[table, query], sum(p * np.log(p / q)) + 0.02 * np.mean(squares), rtol=1e-5
            )


def test_the_distillation_loss_by_hand():
    """Two articles of the same exact logit, the towers' 1 apart.

    Halves against sigmoid(1), and 0.02 x (0 + 1) / 2.
    """
    sigmoid = 1 / (1 + np.exp(-1))
    expected = 0.5 * np.log(0.5 / sigmoid) + 0.5 * np.log(0.5 / (1 - sigmoid)) + 0.01
    np.testing.assert_allclose(
        np.array(losses.distillation_loss([[[0.0, 0.0]]], [[[0.0, 1.0]]])), [[expected]], rtol=1e-5
    )


def test_the_distillation_loss_is_0_for_the_same_logits_and_asks_nothing_of_unlikely_articles():
    logits = np.array([[[3.0, -2.0, -40.0]]], "float32")
    assert np.array(losses.distillation_loss(logits, logits)).tolist() == [[0]]
    assert float(losses.distillation_loss(logits, logits - [0, 0, 60])[0, 0]) < 1e-6
    assert np.isfinite(np.array(losses.distillation_loss(100 * logits, -100 * logits))).all()
