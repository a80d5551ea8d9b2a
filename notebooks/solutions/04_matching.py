# %% [markdown]
# ### Exercise 1
# Equation 2 with a minus, summed over the articles of a query.

# %%
# ruff: noqa: F821  (the names are those of the notebook's cells)
def answer_1(labels, probabilities):
    return -(labels * np.log(probabilities) + (1 - labels) * np.log(1 - probabilities)).sum(axis=1)


# %% [markdown]
# ### Exercise 2
# The query is in one batch of each epoch; all batches of an epoch are gone through until it turns
# up. By thought alone: in each epoch another article is left out with a probability of 1 - 49 /
# (articles - 1), and in twelve epochs with the twelfth power of that.

# %%
query_row = int(np.flatnonzero(train.matches_per_query() == 1)[0])
met = set()
for epoch in range(12):
    for step in range(sampler.num_steps):
        rows, articles, _ = sampler.draw(epoch, step)
        met.update(articles[rows == query_row].ravel().tolist())
answer_2 = len(met)

# %% [markdown]
# ### Exercise 3
# The pair has 2 x size values. BatchNorm scales and shifts each; then come 256 units with a bias,
# 256 more, and one.


# %%
def answer_3(size):
    return 2 * (2 * size) + (2 * size + 1) * 256 + (256 + 1) * 256 + (256 + 1)
