# %% [markdown]
# ### Exercise 1
# The shares never fall, so the first position that reaches 99 % is the one; it is of one component
# more than its number, since counting starts at 0.

# %%
# ruff: noqa: F821  (the names are those of the notebook's cells)
answer_1 = int(np.argmax(kept_of_test >= 0.99)) + 1

# %% [markdown]
# ### Exercise 2
# `apply` subtracts the mean, multiplies by the components and divides by the deviation. Backwards
# it is the other way round; the components are at right angles and of length 1, so multiplying by
# them once more undoes the turn.


# %%
def answer_2(vectors):
    return vectors * run.reduction.deviation @ run.reduction.components + run.reduction.mean


# %% [markdown]
# ### Exercise 3
# The deviations are the training articles', as all that is fitted.

# %%
answer_3 = run.features.of(test).vectors / run.features.of(train).vectors.std(axis=0)
