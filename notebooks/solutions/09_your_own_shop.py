# %% [markdown]
# # Solutions of 09 · Your own shop
#
# Each cell goes in place of the notebook's own.
#
# ## Exercise 1: read a table as it was written
#
# Without `dtype=str` pandas drops the zeros of the ids, without `keep_default_na=False` it takes
# `None`, `NA` and some other words for missing numbers.

# %%
# ruff: noqa: F821  (the names are those of the notebook's cells)
def answer_1(path):
    return pd.read_csv(path, dtype=str, keep_default_na=False)


# %% [markdown]
# ## Exercise 2: how sure is sure enough?
#
# `merge` on both ids keeps the rows that are in both tables.


# %%
def answer_2(found, matches, least_score):
    sure = found[found["score"] >= least_score]
    both = sure.merge(matches, on=["query_id", "article_id"])
    return len(both) / len(sure), len(both) / len(matches)


# %% [markdown]
# ## Exercise 3: not more than 50
#
# The ids of what is cheap go to `among`. An article that was left out for its broken photo has no
# features and is not in `catalogue` either.

# %%
cheap = catalogue.article_ids[catalogue.articles["price"].astype(float) < 50]
answer_3 = search(photo, k=5, among=cheap.tolist())
