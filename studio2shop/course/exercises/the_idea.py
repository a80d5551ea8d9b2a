"""Checks of notebook 00's exercises."""

from studio2shop.course.exercises import (
    check_choice,
    check_number,
    off,
    open_answer,
    right,
)


def check_1(answer, model):
    """The share of parameters that belong to the query-feature submodel."""
    from studio2shop.models.layer_table import layer_table

    table = layer_table(model)
    share = table["params"][table["submodule"] == "query-feature"].sum() / table["params"].iloc[-1]
    why = (
        f"{share:.1%} of the network looks at pixels; judging a pair is the small part, which "
        "is why it can be asked about every article of a shop."
    )
    return check_number(
        answer,
        share,
        0.001,
        why,
        (
            "Sum `params` where `submodule` is 'query-feature', and divide by the sum of both "
            "(the row `total` is that sum)."
        ),
    )


def check_2(answer, search, catalogue, query_id):
    """The rank of a query's match among the articles of the match's category."""
    matches = catalogue.matches.set_index("query_id")["article_id"]
    article_id = matches[[query_id]].iloc[0]
    photo = catalogue.query_paths[list(catalogue.query_ids).index(query_id)]
    category = catalogue.articles.set_index("article_id").loc[article_id, "category"]
    among = catalogue.article_ids[(catalogue.articles["category"] == category).to_numpy()]
    found = [search(photo, k=len(catalogue.articles), among=ids) for ids in (among, None)]
    ranks = [table.set_index("article_id").loc[article_id, "rank"] for table in found]
    rank, rank_among_all = map(int, ranks)
    why = (
        f"Among {len(among)} articles of the category {category!r} it is at {rank}, among all "
        f"{len(catalogue.articles)} at {rank_among_all}."
    )
    return check_number(
        answer,
        rank,
        0.1,
        why,
        (
            f"Search among the {len(among)} test articles of the category {category!r}, with k as "
            f"large, and read the rank of {article_id!r}."
        ),
    )


def check_3(answer, ranks, num_articles):
    """A query none of whose matches is among the best tenth."""
    if answer is None:
        return open_answer(answer)
    best = ranks.groupby("query_id")["rank"].min()
    failures = set(best.index[best > num_articles / 10])
    if not isinstance(answer, str) or answer not in best.index:
        return check_choice(answer, failures, best.index, "")
    if answer in failures:
        return right(
            f"Its best match is at {best[answer]:g} of {num_articles}. So it goes for "
            f"{len(failures)} of {len(best)} queries: 05 looks for what they have in common."
        )
    return off(
        f"a match of {answer!r} is found at {best[answer]:g}, among the best tenth of "
        f"{num_articles}; sort the smallest rank of each query."
    )
