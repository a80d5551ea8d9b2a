"""A search on the screen before anything is trained, by the run that comes with the package."""

import tempfile

from studio2shop.jobs.demo import render_titles
from studio2shop.jobs.pretrained import load_pretrained
from studio2shop.jobs.startup import silenced_start
from studio2shop.plots import retrievals
from studio2shop.studio import render_photos

FOUND, MISSED = "q0000053", "q0000148"


def first_search(query_ids=(FOUND, MISSED), k=30):
    """Searches for two photos of the studio: of one it finds the match first, of the other not.

    Args:
        query_ids: of test queries of the run that comes with the package.
        k: articles shown a query.

    Returns:
        A `matplotlib.figure.Figure`, as of `studio2shop.plots.retrievals`.
    """
    with silenced_start():
        import keras  # noqa: F401
    run = load_pretrained()
    search = run.retriever()
    with tempfile.TemporaryDirectory() as folder:
        catalogue = run.write_catalogue(folder)
        render_photos(catalogue, query_ids=query_ids)
        path_of = dict(zip(catalogue.query_ids, catalogue.query_paths))
        found = search([path_of[query_id] for query_id in query_ids], k)
        render_titles(catalogue, found, query_ids)
        return retrievals(search, catalogue, k=k, query_ids=list(query_ids))
