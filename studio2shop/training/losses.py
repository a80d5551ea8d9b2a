"""The losses of Sections 4.1 and 4.2 and the Appendix, on logits, and two of ours."""

import keras
from keras import ops


@keras.saving.register_keras_serializable(package="studio2shop")
def match_cross_entropy(labels, logits):
    """Binary cross-entropy summed over a query's articles (Equations 1 and 2).

    The paper's equations lack the minus sign; they are minimised with it. Where they sum over the
    queries of a batch, this is one value per query, which Keras averages, so that the rate does not
    depend on the batch size.

    Args:
        labels: `(batch, articles)`, 1 for the annotated matches, 0 for the others.
        logits: `(batch, articles)`, the model's scores with `match_activation=None`.

    Returns:
        `(batch,)`, non-negative. Always saying 1/50 of 50 articles costs 4.9.
    """
    logits = ops.cast(logits, "float32")
    labels = ops.cast(labels, logits.dtype)
    return ops.sum(ops.softplus(logits) - labels * logits, axis=-1)


@keras.saving.register_keras_serializable(package="studio2shop")
def triplet_ranking_loss(labels, scores):
    """The sigmoid of how far negatives are above the positive, summed (Equation 3).

    The paper draws one positive and 50 negatives per query. Where a query has several positives,
    the loss is the mean over them: what drawing one of them costs on average. A positive is never a
    negative of another one, and a query without a positive costs 0. As with `match_cross_entropy`,
    the sum over the batch's queries is an average here.

    Args:
        labels: `(batch, articles)`, 1 for the annotated matches, 0 for the others.
        scores: `(batch, articles)`; only their differences count, so they say nothing of whether an
            article matches.

    Returns:
        float32 `(batch,)`, from 0 to the number of negatives: 25 where 50 negatives score the same
        as the positive, and 0.27 + 0.73 = 1.0 for a positive at 2 with negatives at 1 and 3.

    Example:
        >>> round(float(triplet_ranking_loss([[1, 0, 0]], [[2.0, 1.0, 3.0]])[0]), 2)
        1.0
    """
    scores = ops.cast(scores, "float32")
    labels = ops.cast(labels, scores.dtype)
    above = ops.expand_dims(scores, 1) - ops.expand_dims(scores, 2)  # (batch, positives, negatives)
    costs = ops.sum(
        (1.0 - ops.expand_dims(labels, 1)) * ops.sigmoid(above), axis=-1
    )  # (batch, positives)
    return ops.sum(labels * costs, axis=-1) / ops.maximum(ops.sum(labels, axis=-1), 1.0)


@keras.saving.register_keras_serializable(package="studio2shop")
def listwise_cross_entropy(labels, logits):
    """Cross-entropy between a softmax over a query's articles and its matches.

    Each of the matches is as likely.

    Ours, not the paper's: one choice among the articles of a query instead of a yes or no to each
    of them. A query without a match costs 0.

    Args:
        labels: `(batch, articles)`, 1 for the annotated matches, 0 for the others.
        logits: `(batch, articles)`; only their differences count.

    Returns:
        float32 `(batch,)`, at least the logarithm of the number of matches. 3.91, the logarithm of
        50, where 50 articles have the same logit, and 1.41 for one match at 2 with others at 1 and
        3.

    Example:
        >>> round(float(listwise_cross_entropy([[1, 0, 0]], [[2.0, 1.0, 3.0]])[0]), 2)
        1.41
    """
    logits = ops.cast(logits, "float32")
    labels = ops.cast(labels, logits.dtype)
    target = labels / ops.maximum(ops.sum(labels, axis=-1, keepdims=True), 1.0)
    return -ops.sum(target * ops.log_softmax(logits, axis=-1), axis=-1)


def attribute_cross_entropy(from_logits=True):
    """Categorical cross-entropy of one attribute, over annotated articles only (Appendix).

    "Training is done via multiple categorical cross-entropy losses, one for each attribute." Labels
    are whole numbers, -1 where the article is not annotated.

    Args:
        from_logits: whether the branch ends in logits (`build_fdna(attribute_activation=None)`) or
            in a softmax.

    Returns:
        A `keras.losses.Loss` from labels `(batch,)` and predictions `(batch, values)`.
    """
    return keras.losses.SparseCategoricalCrossentropy(from_logits=from_logits, ignore_class=-1)


@keras.saving.register_keras_serializable(package="studio2shop")
def distillation_loss(exact_logits, logits):
    """How far the towers' ranking of articles is from the exact one, of which the top counts most.

    Ours: the Kullback-Leibler divergence between the softmaxes over a query's articles, plus 0.02 x
    the mean squared difference of the logits, of which all below -15 count as -15: how unlikely
    such an article is, nobody asks.

    Args:
        exact_logits: `(batch, queries, articles)`, the matching submodel's.
        logits: `(batch, queries, articles)`, the towers'.

    Returns:
        `(batch, queries)`, non-negative; 0 where the logits are the same.
    """
    logits = ops.cast(logits, "float32")
    exact_logits = ops.cast(exact_logits, logits.dtype)
    exact, given = ops.log_softmax(exact_logits, axis=-1), ops.log_softmax(logits, axis=-1)
    divergence = ops.sum(ops.exp(exact) * (exact - given), axis=-1)
    difference = ops.maximum(exact_logits, -15.0) - ops.maximum(logits, -15.0)
    return divergence + 0.02 * ops.mean(ops.square(difference), axis=-1)
