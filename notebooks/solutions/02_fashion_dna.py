# %% [markdown]
# # Solutions of 02 · FashionDNA
#
# Each cell goes in place of the notebook's own.
#
# ## Exercise 1: a wider look
#
# The row says 5·5·96·256 + 256. With 7·7 in place of 5·5, that is (49 - 25)·96·256 more.

# %%
# ruff: noqa: F821  (the names are those of the notebook's cells)
answer_1 = s2s.paper.TABLE_5_TOTAL + (7 * 7 - 5 * 5) * 96 * 256

# %% [markdown]
# ## Exercise 2: the loss with holes
#
# Choose the annotated rows first; then nothing is left to go wrong.


# %%
def answer_2(probabilities, labels):
    annotated = labels >= 0
    chosen = probabilities[annotated, labels[annotated]]
    return -np.log(chosen).mean()


# %% [markdown]
# ## Exercise 3: who are the neighbours?
#
# An attribute with many values is seldom shared by chance, and colour is what the network sees
# best.

# %%
quotients = (shared["shared"] / shared["by_chance"]).where(shared["by_chance"] > 0)
answer_3 = shared["attribute"][quotients.idxmax()]
