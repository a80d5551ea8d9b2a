"""Domain shift taken apart (Section 5.2).

One trait of another shop's photos at a time, and what it does to the ranks.
"""

import dataclasses

import numpy as np
import pandas as pd

from studio2shop.evaluation.results import evaluate, rank_catalogue
from studio2shop.features.article_features import ArticleFeatures
from studio2shop.io.image_batch import as_image_batch
from studio2shop.models.predict_all import predict_all
from studio2shop.retrieval import Retriever
from studio2shop.studio.restage import restaged_queries, restaged_titles
from studio2shop.studio.styles import STYLES


def _studio_with(style, *traits):
    """The studio's style, with some traits of another one."""
    return dataclasses.replace(
        STYLES["studio"], **{trait: getattr(STYLES[style], trait) for trait in traits}
    )


TRAITS = {
    "as in the studio": (STYLES["studio"], None),
    "a softer lens": (_studio_with("other_shop", "softness"), None),
    "another camera": (_studio_with("other_shop", "distance", "tilt"), None),
    "people stretched": (_studio_with("other_shop", "aspect"), None),
    "another light": (_studio_with("other_shop", "warmth", "exposure", "contrast"), None),
    "a sand-coloured wall": (_studio_with("other_shop", "background"), None),
    "a street behind": (_studio_with("on_location", "background"), None),
    "other title images": (STYLES["studio"], STYLES["other_shop"]),
    "all of other_shop": (STYLES["other_shop"], STYLES["other_shop"]),
    "all of on_location": (STYLES["on_location"], STYLES["on_location"]),
}
"""Name: how queries are taken, and how title images are; `None` leaves them as they are."""


def a_lens_of(softness):
    """The studio's photos through a lens of one softness, for `results_by_trait`."""
    style = dataclasses.replace(STYLES["studio"], softness=(softness, softness))
    return {f"a lens of {softness:g}": (style, None)}


def lead_over_static(table):
    """The median rank of the run beside the best that needs no learning, and chance.

    Args:
        table: of `external_table`.

    Returns:
        A DataFrame with one row per data set other than the paper's: `Studio2Shop`, `without
        learning`, `by` (what compares without learning), `chance`.
    """
    rows = {}
    for name, of_set in table[table["source"] != "paper"].groupby("dataset", sort=False):
        medians = of_set.set_index("system")["median"]
        static = medians[medians.index.str.startswith("static: ")]
        rows[name] = {
            "Studio2Shop": medians["Studio2Shop"],
            "without learning": static.min(),
            "by": static.idxmin().removeprefix("static: "),
            "chance": medians["chance"],
        }
    return pd.DataFrame.from_dict(rows, orient="index")


def adapted_beside(adapted, shops, results, num_queries=1000):
    """Searches of a run that is adapted to each shop, beside the run as it is.

    Args:
        adapted: dict of shop to the `Retriever` of `run.adapted_to(shop)`.
        shops: dict of shop to its `Catalogue`.
        results: dict of shop to the `Results` of the run as it is, on all queries.
        num_queries: number of queries drawn.

    Returns:
        A DataFrame of `top_1, top_10, median`, two rows per shop, of the very same queries.
    """
    rows = {}
    for name, search in adapted.items():
        after = evaluate(search, shops[name], num_queries)
        is_drawn = results[name].ranks["query_id"].isin(after.ranks["query_id"])
        before = dataclasses.replace(results[name], ranks=results[name].ranks[is_drawn])
        rows[name, "as it is"] = before.row()
        rows[name, "adapted"] = after.row()
    return pd.DataFrame(rows).T[["top_1", "top_10", "median"]].round(3)


def results_by_trait(run, catalogue, traits=TRAITS, num_queries=200, seed=0):
    """Ranks the same matches again and again, the queries photographed otherwise each time.

    Articles and outfits stay as they are, so that what changes the ranks is the photo alone; in
    another shop everything changes at once.

    Args:
        run: a `Run` on the embedded studio.
        catalogue: a part of the run's `Catalogue`, such as its test articles, all of which are
            ranked.
        traits: dict of name to styles, as `TRAITS`.
        num_queries: number of queries drawn.
        seed: of the draw and of the bootstrap.

    Returns:
        dict of trait to `Results`.

    Raises:
        ValueError: the catalogue was not rendered by the studio.
    """
    drawn = np.random.default_rng(seed).permutation(catalogue.query_ids)[:num_queries]
    part = catalogue.select_queries(drawn.tolist())
    features_in, results = {None: run.features.of(catalogue)}, {}
    for name, (query_style, title_style) in traits.items():
        if title_style not in features_in:
            features_in[title_style] = _restaged_features(run, catalogue, title_style)
        features = features_in[title_style]
        search = Retriever(run.model, features)
        query_features = search.query_features(
            restaged_queries(catalogue, part.query_ids, query_style)
        )
        results[name] = rank_catalogue(search.index.scores, query_features, features, part, seed)
    return results


def _restaged_features(run, catalogue, style):
    titles = as_image_batch(
        restaged_titles(catalogue, catalogue.article_ids, style), run.extractor.input_shape[1:3]
    )
    activations = predict_all(run.extractor, titles, batch_size=32)
    return ArticleFeatures(catalogue.article_ids, run.reduction.apply(activations))
