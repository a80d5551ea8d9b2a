"""What the embedded studio knows and a shop does not.

Which articles of the catalogue are worn without being annotated.
"""

import numpy as np
import pandas as pd

from studio2shop.studio.outfit import draw_outfit
from studio2shop.studio.settings import found_settings, look
from studio2shop.studio.tables import numbers_of


def worn_articles(catalogue, num_queries=500, seed=0):
    """How many articles the models of a rendered catalogue wear, and how many are annotated.

    "About 250.000 of those are annotated with several articles, while the others are annotated with
    one article only, even if several articles can be seen" (Section 3): only a renderer can count
    what was left out.

    Args:
        catalogue: a `Catalogue` that `render_catalogue` made.
        num_queries: number of queries to draw.
        seed: of the draw.

    Returns:
        A DataFrame with a row a drawn query: `query_id`, `view`, `worn` and `annotated`, numbers of
        articles.

    Raises:
        ValueError: if the catalogue was not rendered by the studio.
    """
    settings = found_settings(
        catalogue, "what is worn but not annotated in its photos, nobody knows"
    )
    drawn = np.random.default_rng(seed).permutation(len(catalogue.queries))[:num_queries]
    query_ids = catalogue.query_ids[np.sort(drawn)]
    seed_of_style, rows = look(settings)[0], []
    for query_id, number in zip(query_ids, numbers_of("queries", query_ids)):
        outfit = draw_outfit(seed_of_style, number, settings["num_articles"])
        rows.append(
            {
                "query_id": query_id,
                "view": outfit.view,
                "worn": len(outfit.worn),
                "annotated": len(outfit.matches),
            }
        )
    return pd.DataFrame(rows)
