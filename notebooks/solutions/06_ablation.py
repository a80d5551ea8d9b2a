# %% [markdown]
# ### Exercise 1
# Same architecture, features and match; cross-entropy against triplet ranking.

# %%
# ruff: noqa: F821  (the names are those of the notebook's cells)
answer_1 = ("fDNA-ranking-loss", "fDNA-linear")


# %% [markdown]
# ### Exercise 2
# The sigmoid of how far each negative stands above the match, summed.


# %%
def answer_2(match, negatives):
    return (1 / (1 + np.exp(match - negatives))).sum()


# %% [markdown]
# ### Exercise 3
# A comparison of two columns, row by row.

# %%
listwise, own = (
    results[name].ranks["rank"].to_numpy() for name in ("fDNA-linear-listwise", "Studio2Shop")
)
answer_3 = ((listwise < own) + 0.5 * (listwise == own)).mean()
