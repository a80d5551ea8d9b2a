"""The losses against NumPy."""

import numpy as np

from studio2shop import losses


def test_match_cross_entropy_is_equation_2_with_its_sign_for_one_query():
    logits = np.array([[2.0, -1.0, 0.5]], "float32")
    labels = np.array([[1.0, 0.0, 0.0]], "float32")
    p = 1 / (1 + np.exp(-logits))
    expected = -(labels * np.log(p) + (1 - labels) * np.log(1 - p)).sum(axis=1)
    np.testing.assert_allclose(np.array(losses.match_cross_entropy(labels, logits)), expected, rtol=1e-6)


def test_match_cross_entropy_stays_finite_where_a_sigmoid_saturates():
    loss = np.array(losses.match_cross_entropy(np.array([[0.0, 1.0]]), np.array([[100.0, -100.0]], "float32")))
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
    assert float(losses.attribute_cross_entropy()(np.array([-1, -1]), np.ones((2, 3), "float32"))) == 0.0


def test_the_distillation_loss_is_the_sum_of_a_divergence_and_a_difference_in_a_numpy_loop():
    random = np.random.default_rng(0)
    exact, given = (random.normal(-8, 6, (2, 3, 5)).astype("float32") for _ in range(2))
    loss = np.array(losses.distillation_loss(exact, given))
    assert loss.shape == (2, 3) and (loss > 0).all()
    for table in range(2):
        for query in range(3):
            p, q = (np.exp(logits[table, query].astype("float64")) for logits in (exact, given))
            p, q = p / p.sum(), q / q.sum()
            squares = [(max(a, -15) - max(b, -15)) ** 2 for a, b in zip(exact[table, query].tolist(), given[table, query].tolist())]
            np.testing.assert_allclose(loss[table, query], sum(p * np.log(p / q)) + 0.02 * np.mean(squares), rtol=1e-5)


def test_the_distillation_loss_by_hand():
    """Two articles of the same exact logit, the towers' 1 apart: halves against sigmoid(1), and 0.02 x (0 + 1) / 2."""
    sigmoid = 1 / (1 + np.exp(-1))
    expected = 0.5 * np.log(0.5 / sigmoid) + 0.5 * np.log(0.5 / (1 - sigmoid)) + 0.01
    np.testing.assert_allclose(np.array(losses.distillation_loss([[[0.0, 0.0]]], [[[0.0, 1.0]]])), [[expected]], rtol=1e-5)


def test_the_distillation_loss_is_0_for_the_same_logits_and_asks_nothing_of_how_unlikely_an_article_is():
    logits = np.array([[[3.0, -2.0, -40.0]]], "float32")
    assert np.array(losses.distillation_loss(logits, logits)).tolist() == [[0]]
    assert float(losses.distillation_loss(logits, logits - [0, 0, 60])[0, 0]) < 1e-6
    assert np.isfinite(np.array(losses.distillation_loss(100 * logits, -100 * logits))).all()
