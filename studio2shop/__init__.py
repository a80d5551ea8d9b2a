"""Studio2Shop: from studio photo shoots to fashion articles, in Keras 3.

Public names load on first use, so `import studio2shop` stays fast and imports no TensorFlow:

    import studio2shop as s2s
    model = s2s.build_studio2shop()
"""

import importlib

__version__ = "0.1.0"

# public name -> the module that holds it; modules below that are public themselves map to None
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
    "ArticleFeatures": "features",
    "Reduction": "features",
    "extract_features": "features",
    "title_batches": "batches",
    "training_batches": "batches",
    "MatchSampler": "sampling",
    "Index": "retrieval",
    "Retriever": "retrieval",
    "distil_towers": "distillation",
    "annotate_catalogue": "annotate",
    "write_gallery": "gallery",
    "Results": "evaluation",
    "evaluate": "evaluation",
    "candidate_agreement": "evaluation",
    "systems_table": "comparisons",
    "paired_comparison": "comparisons",
    "errors_by": "comparisons",
    "order_of_systems": "order",
    "measure_timings": "timings",
    "build_indexes": "timings",
    "one_query_steps": "timings",
    "load_run": "run",
    "SYSTEMS": "systems",
    "System": "systems",
    "Materials": "systems",
    "train_system": "systems",
    "evaluate_external": "external",
    "reproduce": "main_job",
    "run_study": "study",
    "find_or_make_run": "course.shared_run",
    "versions": "course.shared_run",
    "losses": None,
    "measured": None,
    "paper": None,
    "plots": None,
}

__all__ = list(_PUBLIC)


def __getattr__(name):
    if name not in _PUBLIC:
        raise AttributeError(
            f"module 'studio2shop' has no attribute {name!r}; its public names are {', '.join(sorted(_PUBLIC))}."
        )
    module_name = _PUBLIC[name]
    if module_name is None:
        return importlib.import_module(f"studio2shop.{name}")
    value = getattr(importlib.import_module(f"studio2shop.{module_name}"), name)
    globals()[name] = value  # the next access is a plain attribute
    return value


def __dir__():
    return sorted(set(globals()) | set(_PUBLIC))
