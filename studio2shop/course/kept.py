"""What notebooks 07 to 09 make once and keep in the run's folder.

Distilled towers, another shop's photos, backbone weights.
"""

import numpy as np

from studio2shop import paper
from studio2shop.io.files import whole_file, write_bytes
from studio2shop.io.readers import NUMBERS, map_array
from studio2shop.studio import render_catalogue

DISTILLING_STEPS, DISTILLING_PHOTOS = 600, 2500
OTHER_SHOP_SIZES = paper.TABLE_4_SIZES["DeepFashion In-Shop"]  # queries, articles
OTHER_SHOP_SEED = 0


def kept_towers(run, num_steps=DISTILLING_STEPS, announce=print):
    """Towers distilled on the run's articles and some training queries, see `distil_towers`.

    Args:
        run: a `Run`.
        num_steps: of distilling; far fewer than `distil_towers` takes for an assortment of 50,000.
        announce: called with a line of text where they are made.

    Returns:
        The trained model of `build_towers`.
    """
    from studio2shop.models.saved import load_model, save_model
    from studio2shop.training.distillation import distil_towers

    path = _kept(run, f"towers-{num_steps}.keras")
    if not path.exists():
        announce(f"Distilling towers in {num_steps:,} steps, once: at most a minute on 2 cores.")
        features = _kept_query_features(run)
        save_model(distil_towers(run.model, features, run.features, num_steps), path)
    return load_model(path)


def _kept_query_features(run):
    """Query features of some training photos of the run, float32 `(queries, feature_size)`."""
    from studio2shop.retrieval import Retriever

    path = _kept(run, "train-query-features.npy")
    if not path.exists():
        train = run.load_catalogue().select_articles(run.parts["train"])
        drawn = np.random.default_rng(0).permutation(train.query_ids)[:DISTILLING_PHOTOS]
        some = train.select_queries(drawn.tolist())
        query_features = Retriever(run.model, run.features).query_features_of(some)
        with whole_file(path) as unfinished:
            np.save(unfinished, query_features)
    return map_array(path, NUMBERS, 2)


def kept_shop(run, style, num_articles=None, name=None, announce=print, queries_per_article=None):
    """A shop in another style of the studio, with photos of the size that the run's model takes.

    Args:
        run: a `Run`.
        style: `"other_shop"` or `"on_location"`.
        num_articles: default: In-Shop's 683, or as many as the run's test has, if those are fewer.
        name: of its folder; default: made of style and sizes.
        announce: called with a line of text where it is rendered.
        queries_per_article: default: as many as In-Shop has.

    Returns:
        A `Catalogue`.
    """
    most_queries, most_articles = OTHER_SHOP_SIZES
    if num_articles is None:
        num_articles = min(most_articles, len(run.parts["test"]))
    num_queries = round(num_articles * (queries_per_article or most_queries / most_articles))
    folder = _kept(run, name or f"{style}-{num_articles}-{num_queries}")
    if not (folder / "matches.csv").exists():
        announce(
            f"Rendering {style}, {num_articles:,} articles and {num_queries:,} queries, once: less "
            "than half a minute on 2 cores."
        )
    return render_catalogue(
        folder, num_articles, num_queries, tuple(run.settings["query_size"]), OTHER_SHOP_SEED, style
    )


def kept_backbone_weights(run):
    """The weights of the run's trained query backbone in a file, as `backbone_weights=` takes it.

    Args:
        run: a `Run`.

    Returns:
        The path of the file, whose backbone is `run.settings["backbone"]`.
    """
    from studio2shop.models.query_feature import backbone_of
    from studio2shop.models.saved import weights_bytes

    path = _kept(run, f"{run.settings['backbone']}.weights.h5")
    if not path.exists():
        write_bytes(path, weights_bytes(backbone_of(run.model.get_layer("query_feature"))))
    return path


def short_print(run):
    """`print` with paths that begin with the run's name, wherever the run lies on this machine."""
    return lambda line: print(line.replace(str(run.folder), run.folder.name))


def _kept(run, name):
    path = run.folder / "course" / name
    path.parent.mkdir(parents=True, exist_ok=True)
    return path
