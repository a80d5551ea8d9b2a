# %% [markdown]
# # 05 · Retrieval
#
# **The question.** The network is trained. How good is it, and when is it wrong?
#
# **You will learn**
#
# - what a rank is, and what becomes of it when scores are equal
# - why this project ranks by logits and not by probabilities, shown on this run's own scores
# - to read a top-k curve, and why its numbers mean little without the size of the assortment
# - what is found and what is not, by kind of photo and by kind of garment
#
# Takes at most three minutes on a laptop with two cores, once the shared run is there; without a
# GPU there is nothing to do or to change.

# %%
import studio2shop as s2s

SCALE = "workshop"  # "paper" takes the paper's image sizes and VGG16: hours, better on a GPU
run = s2s.find_or_make_run(scale=SCALE)

# %%
import numpy as np
import pandas as pd

from studio2shop.course import conserved_labels, match_plots, rank_studies, teaching_plots
from studio2shop.course.predictions import guess_beside

catalogue = run.load_catalogue()
train, test = (catalogue.select_articles(run.parts[part]) for part in ("train", "test"))
search = s2s.Retriever(run.model, run.features.of(test))
s2s.versions(run)

# %% [markdown]
# ## What does it find?
#
# > *Query images are in the left-most column. Each query image is next to two rows displaying the
# > top 50 retrieved articles, from left to right, top to bottom. Green boxes show exact hits.*
# > (Figure 3)
#
# Random test queries, each with its best thirty. Neither these articles nor any photo annotated
# with them took part in the training.

# %%
s2s.plots.retrievals(search, test, num_queries=4, k=30, seed=1)

# %% [markdown]
# Don't look at the green boxes alone:
#
# > *Even if the article is not retrieved at the top position, style is conserved, suggesting that
# > the model has indeed generalised beyond simple attributes.* (Section 5.1)
#
# How much is conserved? For the best article *other than the match*, count how often it carries the
# label of the match.

# %%
query_rows, article_rows = test.match_indices()
logits = search.index.scores(search.query_features_of(test))[query_rows]  # (matches, articles)
others = logits.copy()
others[np.arange(len(others)), article_rows] = -np.inf
best_others = others.argmax(axis=1)
shared = conserved_labels.conserved_labels(test, query_rows, article_rows, best_others)

# %%
conserved_labels.shares_beside_chance(shared)

# %% [markdown]
# Kind, colour, material, pattern and lengths are conserved to a good part. Where a point is hollow,
# chance is within its interval: this test can't tell the share from that of two articles at random.
# A filled one to the *left* of chance, such as the neckline's, is not conserved either. Such labels
# are details of a few pixels in these photos.
#
# And nearly half of these articles are of another category than the match? That need not be a
# failure: a photo shows several garments, and the paper saw the same.
#
# > *Moreover, we are able to find more than one category when they are sufficiently visible [...].*
# > (Section 5.1)

# %% [markdown]
# ## What is a rank?
#
# > *For each test query image, all 50000 possible (image, article) pairs are submitted to the model
# > and are ranked according to their score.* (Section 5.1)
#
# `evaluate` does that for all test queries and keeps the rank of each match; 1 is first.

# %%
results = s2s.evaluate(search, test)
results.ranks.head()

# %%
by_rank = (
    results.ranks.drop_duplicates("query_id")
    .sort_values("rank", kind="stable")["query_id"]
    .to_numpy()
)
easy, middling, hard = by_rank[(np.array([0.08, 0.6, 0.97]) * (len(by_rank) - 1)).astype(int)]
match_plots.score_curves(search, test, [easy, middling, hard])

# %% [markdown]
# Each curve is the whole assortment, sorted by score. On the left the match stands on top. In the
# middle many articles are nearly as good: a little noise in one score costs ranks. On the right it
# lies far down the curve: to the network many other articles fit better.

# %% [markdown]
# ## What if scores are equal?
#
# Take the laziest scorer there is, which gives every article the same score. Which rank does its
# match get? Count the articles that score *higher*: none, so rank 1, and the laziest scorer is
# perfect. Count those that score *at least as high*: all, and it is the worst. Here, equal scores
# share the middle of their ranks, and the laziest scorer is as good as chance:

# %%
best, worst = rank_studies.rank_bounds(np.zeros((1, len(test.articles))), [0])[0]
print(f"at best {best}, at worst {worst}, here {(best + worst) / 2:g}")

# %% [markdown]
# Nobody builds such a scorer. But everybody has half of one: a **sigmoid**. Close to 1 it has few
# numbers left to take.

# %%
own_logits = logits[np.arange(len(logits)), article_rows]
match_plots.saturation(own_logits)

# %% [markdown]
# Above: the larger the logit, the closer the probability is to 1. From the marked logit on it is
# exactly 1, and all that lies beyond is tied. Below: where the logits of this run's matches are.
#
# So what becomes of this run's ranks if we sort by probabilities? `tied` is the share of the
# matches whose score another article has, too. The other columns say how ties are counted: as the
# best rank they allow, the middle, or the worst.

# %%
rank_studies.ranks_by_precision(logits, article_rows).set_index("scores").round(3)

# %% [markdown]
# Next to nothing, since this network is never sure of itself: no logit is large. One that is
# trained longer, on more photos, may be. Multiply the logits, which changes no order at all, and
# look at top-1 again, with ties counted for us (the upper edge) or against us (the lower).

# %%
sureness = rank_studies.ranks_by_sureness(logits, article_rows, [1, 2, 4, 6, 8, 10, 12, 16, 20])
match_plots.tie_bands(sureness)

# %% [markdown]
# The right end of the bands in numbers. The first row is the truth.

# %%
sure = sureness[sureness["times"] == 20].set_index("scores")
sure.drop(index="probabilities, float64").filter(like="top_1").round(3)

# %% [markdown]
# The same ranking, and a much better or a much worse top-1. Nobody has to cheat for that:
# `(scores > own).sum() + 1` counts ties for us. So this project trains and ranks on logits, and
# shows probabilities to people only.
#
# Why close to 1 and not close to 0? Floating-point numbers are dense near 0: articles that do *not*
# match keep their order for much longer, but nobody asks for that.

# %% [markdown]
# ## The top-k curve
#
# > *We use as performance measure top-k retrieval, which gives the proportion of query images for
# > which the correct article was found at position k or below.* (Section 5.1; Figure 8)

# %%
colours = s2s.untrained_results(test, search.image_size)["colour histogram of the centre"]
s2s.plots.top_k_curves({"Studio2Shop": results, "colours of the centre": colours})

# %%
row, interval = results.row(), results.intervals()
rows = {"Studio2Shop": row, "its 95 % interval, from": interval.loc["low"]}
rows |= {"to": interval.loc["high"], "colours of the centre": colours.row()}
pd.DataFrame(rows).T[["top_1", "top_10", "median"]].round(3)

# %% [markdown]
# `top_1` is the share of the matches that come first, and half of them are at the `median` rank or
# better. The interval is over resampled queries. The last row learns nothing: it compares colours.
#
# Is that better or worse than the paper's?

# %%
sizes = results.num_articles, s2s.paper.TABLE_3_NUM_ARTICLES
papers = pd.Series(s2s.paper.TABLE_3["Studio2Shop"], s2s.paper.METRICS)
columns = {f"here, of {sizes[0]:,} articles": row, f"the paper, of {sizes[1]:,}": papers}
pd.DataFrame(columns).round(3)

# %% [markdown]
# As they stand, they can't be compared. The larger the assortment, the more articles resemble the
# match, and the farther down it is. How much does the size alone do?
#
# ## Predict, change, compare
#
# Take three quarters of the articles away at random and rank the same matches among the others.
# Network and photos stay as they are. Which share of the matches is in the best ten then? Write
# your guess before you run on.

# %%
guess = None  # your turn: a share, from 0 to 1

# %%
SHARE = 0.25  # of the articles that stay; change it, guess again, and run both cells again
some = rank_studies.results_among_fewer(results, round(SHARE * results.num_articles))
guess_beside(guess, row.top_10, some.row().top_10, "top-10")

# %% [markdown]
# Many sizes side by side:

# %%
counts = [count for count in (25, 50, 100, 200, 400) if count < results.num_articles]
by_count = {count: rank_studies.results_among_fewer(results, count).row() for count in counts}
fewer = pd.DataFrame(by_count | {results.num_articles: row}).T.rename_axis("articles")
fewer["median / articles"] = fewer["median"] / fewer.index
fewer[["top_1", "top_10", "top_1_percent", "median", "median / articles"]].round(3)

# %% [markdown]
# (Of fewer than 200 articles, the best 1 % is the best one.)

# %%
medians = row["median"], papers["median"]
shares = [median / size for median, size in zip(medians, sizes)]
photos = len(train.queries), round(0.8 * 1.15e6)  # of the paper's, four fifths (Section 5.1)
pixels = [np.prod(size) for size in (search.image_size, s2s.paper.QUERY_SIZE)]
facts = {"median / articles": [f"{share:.4f}" for share in shares]}
facts[f"the same share of {sizes[1]:,}"] = [f"{share * sizes[1]:,.0f}" for share in shares]
facts["photos trained on"] = [f"{number:,}" for number in photos]
facts["pixels of a photo"] = [f"{number:,}" for number in pixels]
pd.DataFrame(facts, ["here", "the paper"]).T

# %% [markdown]
# Top-1 says as much of the assortment as of the network. The median's share of the assortment, once
# that is not tiny, changes little. If that held on, our median rank in an assortment of the paper's
# size would be that of the second row. The paper's data are other data, and yet: its network must
# be far better. It saw far more photos, and larger ones. (This one's backbone had seen some 40,000
# other drawings before.)
#
# ## Where does it fail?

# %%
errors = {
    f"by {column}": s2s.errors_by({"Studio2Shop": results}, test, column)
    for column in ("view", "category")
}
match_plots.error_bars(errors)

# %% [markdown]
# By view, details are easiest. Where the whole person is in the picture, a garment has few pixels,
# and others are beside it. By category, dresses and jackets are farthest apart.
# A dress is most of what a photo shows. A jacket is often worn open over something else, and there
# are few of them to learn from.

# %% [markdown]
# Now look at failures. These are the queries whose match (of several, the best) is farthest down,
# first beside their matches:

# %%
teaching_plots.queries_and_matches(test, by_rank[-3:])

# %% [markdown]
# And beside what was found, in another order:

# %%
s2s.plots.retrievals(search, test.select_queries(by_rank[-3:]), num_queries=3, k=30)

# %%
farthest = results.ranks.nlargest(50, "rank").merge(test.articles)["category"]
matched = results.ranks.merge(test.articles)["category"]
columns = {"the 50 matches farthest down": farthest, "all matches": matched}
shares = pd.DataFrame({name: some.value_counts(normalize=True) for name, some in columns.items()})
shares.fillna(0).map("{:.0%}".format)

# %% [markdown]
# One kind stands out: jackets are rare, and not rare among the failures.
#
# But look once more at the three above. In each, several garments are to be seen and one of them
# was asked for, sometimes one of which a jacket leaves only a strip. Much of what the network
# answers has the colours of the others. The score knows nothing of which garment was asked for. And
# these, for fairness, are photos whose match comes first:

# %%
first = results.ranks.loc[results.ranks["rank"] == 1, "query_id"].unique()
some = test.select_queries(np.random.default_rng(0).permutation(first)[:4])
s2s.plots.retrievals(search, some, num_queries=4, k=30)

# %% [markdown]
# ## What you saw
#
# - A rank counts the articles that score higher; where scores tie, it has to be said how they
#   count.
# - A sigmoid in few bits makes ties at the top, which is where ranks are looked at. Logits don't.
# - Ranks belong to an assortment: without its size, a top-1 says little.
# - Failures have reasons: few pixels, rare kinds, garments over garments, and a question that
#   doesn't say which garment is meant.
#
# ## Exercises

# %%
from studio2shop.course.exercises import retrieval as exercises

# %% [markdown]
# ### Exercise 1: a rank by hand
#
# Write the rank of a match, given the scores of all articles and the row of the match; equal scores
# share the middle of their ranks.
#
# <details><summary>Hint</summary>
#
# How many articles score higher? How many score at least as high? The match itself is among the
# latter.
#
# </details>
# <details><summary>A second hint</summary>
#
# The best rank that the match could get is one more than the first number, the worst is the
# second number. Comparisons of NumPy arrays can be summed.
#
# </details>


# %%
def answer_1(scores, row):
    return None  # your turn


# %%
exercises.check_1(answer_1)

# %% [markdown]
# ### Exercise 2: matches or queries?
#
# Table 3 counts matches. A user counts photos: was *anything* that the person wears in the best k?
# Write that share, given `results.ranks` (a row a match, with `query_id` and `rank`) and k.
#
# <details><summary>Hint</summary>
#
# A photo with three matches counts once. Which of its three ranks decides?
#
# </details>
# <details><summary>A second hint</summary>
#
# Group the rows by `query_id`, take the smallest rank of each group, and ask how many of these
# are at most k.
#
# </details>


# %%
def answer_2(ranks, k):
    return None  # your turn


# %%
exercises.check_2(answer_2, results)

# %% [markdown]
# ### Exercise 3: if only the category were known
#
# > *We naturally handle all categories at hand and make no assumptions [...], nor do we require
# > additional information such as the category, a bounding box or landmarks.* (Section 1)
#
# What would it help? Rank each match among the articles of its own category only
# (`test.articles["category"]`), from `logits` (a row a match) and `article_rows` above. The answer
# is the median rank over all matches.
#
# <details><summary>Hint</summary>
#
# What can't be found needs no new ranking: give it a score that nothing can be below.
#
# </details>
# <details><summary>A second hint</summary>
#
# `categories[article_rows]` is the category of each match. Compare it with `categories` of all
# articles, by broadcasting to `(matches, articles)`, put `-np.inf` into the logits where the two
# differ, and use what you wrote in exercise 1.
#
# </details>

# %%
answer_3 = None  # your turn: a rank

# %%
exercises.check_3(answer_3, logits, article_rows, test)

# %% [markdown]
# **Next:** [06 · The ablation](06_ablation.ipynb), what each piece of the system buys.
