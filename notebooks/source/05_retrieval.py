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
from IPython.display import Markdown

from studio2shop.course import feature_space, match_plots, rank_studies, teaching_plots

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
shared = feature_space.shared_labels(test, article_rows, others.argmax(axis=1)).set_index(
    "attribute"
)

# %%
bars = shared[["shared", "by_chance"]].set_axis(
    ["best article but the match", "two at random"], axis=1
)
teaching_plots.share_bars(
    bars, "pairs with the same label, of those annotated", markers=["two at random"]
)

# %% [markdown]
# Kind, colour and sleeves are conserved to a good part; collar and neckline, a few pixels each in
# these photos, hardly or not at all. And nearly half of these articles are of another category than
# the match? That need not be a failure: a photo shows several garments, and the paper saw the same.
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
# middle it stands on the slope, where many articles are nearly as good: a little noise in one score
# costs many ranks. On the right the network believes in other articles.

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

# %%
sure = sureness[sureness["times"] == 20].set_index("scores")
single = sure.loc["probabilities, float32"]
Markdown(f"""The largest logit here is {logits.max():.1f}. Twenty times as sure, the same ranking
has a top-1 of **{single.top_1_best:.1%}** in float32 if ties count for us, {single.top_1_worst:.1%}
if they count against us, and {sure.loc["logits"].top_1_middle:.1%} in truth. Nobody cheated:
`(scores > own).sum() + 1` did it. So this project trains and ranks on logits, and shows
probabilities to people only.""")

# %% [markdown]
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
Markdown(f"""**{row.top_1:.1%}** of the matches are first (95 % interval over resampled queries:
{interval.top_1.low:.1%} to {interval.top_1.high:.1%}), **{row.top_10:.1%}** are among the best ten,
and half of them are at rank **{row["median"]:g}** or better, of {results.num_articles:,}. Colours
alone, without any learning, reach {colours.row().top_10:.1%} and {colours.row()["median"]:g}.""")

# %% [markdown]
# Is that better or worse than the paper's?

# %%
sizes = results.num_articles, s2s.paper.TABLE_3_NUM_ARTICLES
papers = pd.Series(s2s.paper.TABLE_3["Studio2Shop"], s2s.paper.METRICS)
pd.DataFrame({f"here, of {sizes[0]:,} articles": row, f"the paper, of {sizes[1]:,}": papers}).round(
    3
)

# %% [markdown]
# As they stand, they can't be compared. The larger the assortment, the more articles resemble the
# match, and the farther down it is. How much does the size alone do? Draw smaller assortments from
# ours:

# %%
counts = [
    *(count for count in (25, 50, 100, 200, 400) if count < results.num_articles),
    results.num_articles,
]
fewer = pd.DataFrame(
    {count: rank_studies.results_among_fewer(results, count).row() for count in counts}
).T
fewer["median / articles"] = fewer["median"] / fewer.index
fewer[["top_1", "top_10", "top_1_percent", "median", "median / articles"]].rename_axis(
    "articles"
).round(3)

# %% [markdown]
# (Of fewer than 200 articles, the best 1 % is the best one.)

# %%
share, papers_share = (table["median"] / size for table, size in zip((row, papers), sizes))
Markdown(f"""Top-1 says as much of the assortment as of the network. The median's share of the
assortment, once that is not tiny, stays about the same: {share:.1%}. If that held on, our median
rank among {sizes[1]:,} articles would be about **{share * sizes[1]:,.0f}**; the paper's is
{papers["median"]:g}, a share of {papers_share:.2%}. The paper's data are other data, and yet: its
network must be far better. It was trained on four fifths of 1.15 million photos, of
{np.prod(s2s.paper.QUERY_SIZE) / np.prod(search.image_size):.0f} times as many pixels; this one on
{len(train.queries):,}, and its backbone before on some 40,000 other drawings.""")

# %% [markdown]
# ## Where does it fail?

# %%
errors = {
    f"by {column}": s2s.errors_by({"Studio2Shop": results}, test, column)
    for column in ("view", "category")
}
match_plots.error_bars(errors)

# %%
by_view, by_category = (table.set_index("value")["top_10"] for table in errors.values())
Markdown(f"""By view, **{by_view.idxmax()}** photos are easiest and **{by_view.idxmin()}** ones
hardest: where the whole person is in the picture, a garment has few pixels, and others are beside
it. By category it is **{by_category.idxmax()}** against **{by_category.idxmin()}**.""")

# %% [markdown]
# A dress is most of what a photo shows. A jacket is often worn open over something else, and there
# are few of them to learn from.

# %% [markdown]
# Now look at failures. These are the queries whose match is farthest down, first beside the match:

# %%
teaching_plots.queries_and_matches(test, by_rank[-3:])

# %% [markdown]
# And beside what was found, in another order:

# %%
s2s.plots.retrievals(search, test.select_queries(by_rank[-3:]), num_queries=3, k=30)

# %%
farthest = (
    results.ranks.nlargest(50, "rank").merge(test.articles)["category"].value_counts(normalize=True)
)
matched = results.ranks.merge(test.articles)["category"].value_counts(normalize=True)
kind = (farthest / matched).idxmax()
Markdown(f"""Of the 50 matches farthest down, **{farthest[kind]:.0%}** are of the category {kind},
which has {matched[kind]:.0%} of all matches.""")

# %% [markdown]
# But look once more at the three above. In each, somebody wears a jacket over something else. In
# the first row the jacket was asked for, in the other two what is *under* it, of which only a strip
# is to be seen; and each time the network answers with the colours of the other garment. The score
# knows nothing of which garment was asked for. And these, for fairness, are photos whose match
# comes first:

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

# %%
answer_3 = None  # your turn: a rank

# %%
exercises.check_3(answer_3, logits, article_rows, test)

# %% [markdown]
# **Next:** [06 · The ablation](06_ablation.ipynb), what each piece of the system buys.
