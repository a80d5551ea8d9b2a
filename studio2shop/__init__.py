"""Studio2Shop: from studio photo shoots to fashion articles, in Keras 3.

Public names load on first use, so `import studio2shop` stays fast and imports no TensorFlow:

    import studio2shop as s2s
    model = s2s.build_studio2shop()
"""

import importlib

__version__ = "0.1.0"

# public name -> the module that holds it
_PUBLIC = {
    "build_fdna": "models.fdna",
    "build_query_feature": "models.query_feature",
    "build_query_article_matching": "models.matching",
    "build_studio2shop": "models.studio2shop",
    "build_stylenet": "models.stylenet",
    "build_fc14": "models.fc14",
    "build_static_query_feature": "models.static_leg",
    "build_all_in_two_nets": "models.siamese",
    "build_towers": "models.towers",
    "join_submodels": "models.studio2shop",
    "layer_table": "models.layer_table",
    "Catalogue": "catalogue",
    "load_catalogue": "catalogue",
    "load_queries": "catalogue",
    "check_catalogue": "catalogue",
    "convert_data_set": "catalogue",
    "read_manifest": "catalogue",
    "render_catalogue": "studio",
    "ArticleFeatures": "features.article_features",
    "Reduction": "features.article_features",
    "extract_features": "features.article_features",
    "title_batches": "training.batches",
    "training_batches": "training.batches",
    "MatchSampler": "training.sampling",
    "Index": "retrieval",
    "Retriever": "retrieval",
    "distil_towers": "training.distillation",
    "annotate_catalogue": "jobs.annotate",
    "write_gallery": "jobs.pages.gallery",
    "Results": "evaluation.results",
    "evaluate": "evaluation.results",
    "candidate_agreement": "evaluation.agreement",
    "systems_table": "evaluation.table3",
    "paired_comparison": "evaluation.comparisons",
    "errors_by": "evaluation.comparisons",
    "order_of_systems": "evaluation.system_order",
    "measure_timings": "evaluation.timings",
    "build_indexes": "evaluation.timings",
    "one_query_steps": "evaluation.timings",
    "load_run": "jobs.run",
    "SYSTEMS": "training.table2",
    "System": "training.table2",
    "Materials": "training.systems",
    "train_system": "training.systems",
    "evaluate_external": "jobs.evaluate",
    "reproduce": "jobs.reproduce",
    "run_study": "jobs.study",
    "find_or_make_run": "course.shared_run",
    "versions": "course.shared_run",
}
_MODULES = {  # those that are public themselves
    "losses": "training.losses",
    "measured": "course.study_medians",
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
