# %% [markdown]
# # Solutions of 01 · The data
#
# Each cell goes in place of the notebook's own.
#
# ## Exercise 1: what will be dropped?
#
# Either the first trains and the second tests, or the other way round: two ways, each with
# probability 0.8 x 0.2.

# %%
# ruff: noqa: F821  (the names are those of the notebook's cells)
answer_1 = 2 * 0.8 * 0.2

# %% [markdown]
# ## Exercise 2: a test for leaks
#
# A set makes it fast; the mean of yes and no is the share.


# %%
def answer_2(train_ids, test_ids):
    known = set(train_ids)
    return sum(article_id in known for article_id in test_ids) / len(test_ids)


# %% [markdown]
# ## Exercise 3: who is annotated best?
#
# Shares of sums, not means of shares: a photo with more articles counts more.

# %%
sums = worn.groupby("view")[["worn", "annotated"]].sum()
answer_3 = (sums["annotated"] / sums["worn"]).idxmax()
