"""Studio2Shop: from studio photo shoots to fashion articles, in Keras 3.

Public names load on first use, so `import studio2shop` stays fast and imports no TensorFlow:

    import studio2shop as s2s
    model = s2s.build_studio2shop()
"""

import importlib

__version__ = "0.1.0"

# public name -> the module that holds it; all others are imported from their modules
_PUBLIC = {
    "build_studio2shop": "models.studio2shop",
    "join_submodels": "models.studio2shop",
    "build_query_feature": "models.query_feature",
    "build_query_article_matching": "models.matching",
    "build_descriptor": "models.descriptor",
    "build_fdna": "models.fdna",
    "build_stylenet": "models.stylenet",
    "layer_table": "models.layer_table",
    "load_catalogue": "catalogue",
    "load_queries": "catalogue",
    "check_catalogue": "catalogue",
    "render_catalogue": "studio",
    "ArticleFeatures": "features.article_features",
    "extract_features": "features.article_features",
    "Index": "retrieval",
    "Retriever": "retrieval",
    "evaluate": "evaluation.results",
    "errors_by": "evaluation.comparisons",
    "untrained_results": "evaluation.untrained",
    "candidate_agreement": "evaluation.agreement",
    "measure_timings": "evaluation.timings",
    "title_batches": "training.fdna",
    "training_batches": "training.batches",
    "MatchBatches": "training.match_batches",
    "MatchSampler": "training.sampling",
    "SYSTEMS": "training.table2",
    "train_system": "training.systems",
    "distil_towers": "training.distillation",
    "reproduce": "jobs.reproduce",
    "load_run": "jobs.run",
    "load_pretrained": "jobs.pretrained",
    "annotate_catalogue": "jobs.annotate",
    "write_gallery": "jobs.pages.gallery",
    "find_or_make_run": "course.shared_run",
    "versions": "course.shared_run",
}
_MODULES = {  # those that are public themselves
    "losses": "training.losses",
    "paper": "paper",
    "plots": "plots",
}

__all__ = [*_PUBLIC, *_MODULES]


def __getattr__(name):
    if name in _MODULES:
        value = importlib.import_module(f"studio2shop.{_MODULES[name]}")
    elif name in _PUBLIC:
        value = getattr(importlib.import_module(f"studio2shop.{_PUBLIC[name]}"), name)
    else:
        raise AttributeError(
            f"module 'studio2shop' has no attribute {name!r}; its public names are "
            f"{', '.join(sorted(__all__))}."
        )
    globals()[name] = value  # the next access is a plain attribute
    return value


def __dir__():
    return sorted({*globals(), *__all__})
