"""Towers distilled from a trained match, for the first stage of a two-stage search."""

import keras
import numpy as np

from studio2shop.features.article_features import check_is_features
from studio2shop.io.given import as_numbers, check_whole_number
from studio2shop.models.towers import build_towers
from studio2shop.retrieval import ExactScorer
from studio2shop.retrieval.lite import matching_of
from studio2shop.training.losses import distillation_loss

QUERIES_PER_STEP, ARTICLES_PER_STEP = 64, 256


def distil_towers(model, query_features, features, num_steps=4000, seed=0):
    """Trains two towers whose dot product ranks articles as a trained matching submodel does.

    Only the scores of the matching submodel are learned from, no matches and no images: whatever
    queries and articles there are will do, also those of the assortment to be searched.

    Args:
        model: a trained Studio2Shop model.
        query_features: float32 `(queries, feature_size)`, as of
            `Retriever.query_features_of(train)`; thousands.
        features: `ArticleFeatures`, thousands of articles.
        num_steps: batches of 64 queries x 256 articles, drawn at random.
        seed: of the initial weights and of what is drawn.

    Returns:
        The trained model of `build_towers`.

    Raises:
        ValueError: if there are no queries, their features are not finite, or the features' size is
            not the model's.

    Example:
        towers = distil_towers(model, search.query_features_of(train), features.of(train))
        index = Index(model, features, towers)
    """
    check_is_features(features)
    check_whole_number("num_steps", num_steps)
    check_whole_number("seed", seed, least=0)
    query_features = as_numbers("query_features", query_features, f"(queries, {features.size})")
    if not query_features.size:
        raise ValueError(
            "`query_features` has no rows; towers are distilled from some thousands of queries' "
            "features: see Retriever.query_features_of."
        )
    if query_features.shape[1:] != (features.size,) or not np.isfinite(query_features).all():
        raise ValueError(
            f"`query_features` must be (queries, {features.size}) and finite; received shape "
            f"{query_features.shape}, {np.count_nonzero(~np.isfinite(query_features))} values "
            "not finite."
        )
    keras.utils.set_random_seed(seed)
    towers = build_towers(features.size)
    scorer = ExactScorer(matching_of(model), features.vectors)
    batches = _Batches(scorer, query_features, features.vectors, num_steps, seed)
    learning_rate = keras.optimizers.schedules.CosineDecay(2e-3, num_steps)
    towers.compile(keras.optimizers.Adam(learning_rate), loss=distillation_loss)
    towers.fit(batches, epochs=1, shuffle=False, verbose=0)
    # without the loss, so that a saved one is loaded by Keras alone
    trained = build_towers(features.size)
    trained.set_weights(towers.get_weights())
    return trained


class _Batches(keras.utils.PyDataset):
    """Batches of one table each: queries, articles, the exact logits of all their pairs."""

    def __init__(self, scorer, query_features, article_vectors, num_steps, seed):
        super().__init__(workers=1, use_multiprocessing=False, max_queue_size=4)
        self._scorer, self._queries, self._articles = (
            scorer,
            query_features,
            article_vectors,
        )
        self._num_steps, self._seed = num_steps, seed

    def __len__(self):
        return self._num_steps

    def __getitem__(self, step):
        random = np.random.default_rng([self._seed, step])
        queries = self._queries[
            random.choice(
                len(self._queries), min(QUERIES_PER_STEP, len(self._queries)), replace=False
            )
        ]
        rows = random.choice(
            len(self._articles), min(ARTICLES_PER_STEP, len(self._articles)), replace=False
        )
        exact = self._scorer.scores(queries, rows)
        return (queries[np.newaxis], self._articles[rows][np.newaxis]), exact[np.newaxis]
