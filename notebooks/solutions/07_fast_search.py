# %% [markdown]
# # Solutions of 07 · Fast search
#
# Each cell goes in place of the notebook's own.
#
# ## Exercise 1: what if there were no PCA?
#
# A pair needs the first layer (2 x 2 x 1,536 x 256 operations), the second (2 x 256 x 256) and the
# last (2 x 256). After the split the first one is no longer the pair's.

# %%
# ruff: noqa: F821  (the names are those of the notebook's cells)
first, second, last = 2 * 2 * len(run.reduction.mean) * 256, 2 * 256 * 256, 2 * 256
answer_1 = (first + second + last) / (second + last)

# %% [markdown]
# ## Exercise 2: how many candidates?
#
# The rows of the best ten that reach 99 %, and of these the smallest number.

# %%
of_ten = agreement["distilled towers"].query("k == 10 and agreement >= 0.99")
answer_2 = of_ten["num_candidates"].min()

# %% [markdown]
# ## Exercise 3: sold out
#
# One index of all, then `remove`. (Or: `s2s.Index(run.model, run.features.of(kept_ids), towers)`.)

# %%
answer_3 = s2s.Index(run.model, run.features, towers)
answer_3.remove(catalogue.article_ids[catalogue.articles["category"] == "trouser"])
