# %% [markdown]
# # Solutions of 00 · The idea in ten minutes
#
# Each cell goes in place of the notebook's own.
#
# ## Exercise 1: who holds the knowledge?
#
# The table's last row is the total; the rows of a submodule add up to its share of it.

# %%
# ruff: noqa: F821  (the names are those of the notebook's cells)
table = s2s.layer_table(run.model)
answer_1 = table["params"][table["submodule"] == "query-feature"].sum() / table["params"].iloc[-1]

# %% [markdown]
# ## Exercise 2: help the search
#
# Ids of one category, a search among them, and the row of the match in what was found.

# %%
categories = test.articles.set_index("article_id")["category"]
among = categories.index[categories == categories[match]]
found = search(photo, k=len(among), among=among).set_index("article_id")
answer_2 = found.loc[match, "rank"]

# %% [markdown]
# ## Exercise 3: find a failure
#
# A query's best match decides; the largest of these ranks is the worst failure of all.

# %%
answer_3 = ranks.groupby("query_id")["rank"].min().idxmax()
