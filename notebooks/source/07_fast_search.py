# %% [markdown]
# # 07 · Fast search
#
# **The question.** The paper needs five seconds to search its assortment for one photo (Figure 9).
# Where do they go, and how many of them are needed?
#
# **You will learn**
# - why it costs more to call a network than to compute what it computes;
# - how a layer that looks at pairs comes apart into a part of the query and a part of the article,
#   on paper and measured;
# - how a dot product picks the candidates that are worth an exact match, and how to choose their
#   number;
# - which of all this to switch on for your own assortment.
#
# Takes at most three minutes on a laptop with two cores, once the shared run is there; without a
# GPU there is nothing to do or to change.

# %%
import studio2shop as s2s

SCALE = "workshop"  # "paper" takes the paper's image sizes and VGG16: hours, better on a GPU
run = s2s.find_or_make_run(scale=SCALE)

# %%
import keras
import numpy as np
import pandas as pd

from studio2shop.course import search_costs, speed_plots
from studio2shop.course.inside import build_towers, stopwatch, timings
from studio2shop.course.predictions import guess_beside

s2s.versions(run)

# %% [markdown]
# ## 1. Five seconds
#
# > To process only one image, it takes about five seconds on a CPU, 8 on a GPU [...]. Note that our
# > implementation is not optimised for speed. For example, there is no parallelisation. Moreover,
# > we use the exact same architecture as for training and therefore only test against 50 articles
# > at a time. (Appendix, Timings)
#
# Before anybody makes something faster, somebody should measure where the time goes. So we build
# the paper's network at its full size. Its weights are random and so are the features: a product of
# numbers takes as long whatever the numbers are.

# %%
full_size = s2s.build_studio2shop(backbone_weights=None, match_activation=None)
features = timings.random_features(s2s.paper.TABLE_3_NUM_ARTICLES)
print(f"{full_size.count_params():,} parameters in all, {len(features):,} articles")

# %% [markdown]
# First the photo: VGG16 and two big layers, once a photo.

# %%
search = s2s.Retriever(full_size, features)
photo = np.full(full_size.input_shape[0][1:], 128, "uint8")
seconds = stopwatch.interleaved({"photo": lambda: search.query_features(photo)}, repetitions=5)
photo_seconds = seconds["photo"].min()
print(f"one photo of {photo.shape[0]} x {photo.shape[1]} pixels: {photo_seconds:.3f} s")

# %% [markdown]
# Then the match, 50 articles a call as in the paper, and then more:
#
# > For production, retrieval time could be substantially decreased by testing instead against
# > hundreds of articles at a time. (Appendix, Timings)

# %%
matching = full_size.get_layer("query_article_matching")
calls = search_costs.measure_calls(matching, features.vectors)
calls.set_index("articles_per_call").round(3)

# %% [markdown]
# The same 50,000 articles, the same arithmetic, and yet the time falls and falls. So most of it is
# not arithmetic. Let us draw the straight line *seconds = seconds a call x calls + seconds of the
# articles* through the points.

# %%
seconds_a_call, seconds_of_articles = search_costs.seconds_a_call(calls)
speed_plots.by_calls(calls, seconds_a_call, seconds_of_articles)

# %% [markdown]
# Each call of Keras costs a fixed time before anything is multiplied: arguments are checked, a
# batch is made, results are carried back. It is the same for 50 articles and for 5,000. Now we know
# what the paper's way spends its time on.

# %%
papers_way = search_costs.papers_parts(photo_seconds, seconds_a_call, seconds_of_articles)
speed_plots.seconds_by_part({"the paper's way,\n50 articles a call": papers_way})

# %%
total = sum(papers_way.values())
shares = {part: f"{seconds / total:.0%}" for part, seconds in papers_way.items()}
print(f"{total:.1f} s:", shares)

# %% [markdown]
# Most of the time goes into calling Keras, and little into looking at the photo. (The paper's five
# seconds were another machine's and another Keras'.)
#
# ## 2. Half of the arithmetic is done over and over again
#
# Big calls would be the easy way out. But look at what is computed in them:
#
# > We concatenate the two feature vectors, add on top a batch normalisation layer followed by two
# > fully connected layers with 256 nodes and ReLU activations and one logistic regression layer.
# > (Section 4.1)

# %%
s2s.layer_table(matching)

# %% [markdown]
# (`params` are the trainable ones, as in the paper; batch normalisation's moving statistics are as
# many again as its 512.)
#
# So a query $q$ and an article $a$ are put side by side, normalised, and multiplied with a matrix
# $W$, the first of the `Dense` layers (`fc1` in the figures):
#
# $$h = \mathrm{ReLU}\big(\,W\,\mathrm{BN}([q, a]) + b\,\big)$$
#
# After training, batch normalisation only scales and shifts: $\mathrm{BN}(x) = s \odot x + t$ with
# $s = \gamma / \sqrt{\sigma^2 + \epsilon}$ and $t = \beta - s \odot \mu$. Cut the matrix in two,
# the columns that meet the query and those that meet the article, $W = [W_q, W_a]$, and $s$ and $t$
# likewise. Then
#
# $$W\,\mathrm{BN}([q, a]) + b
# \;=\; \underbrace{W_q\,(s_q \odot q + t_q) + b}_{\text{of the query alone}}
# \;+\; \underbrace{W_a\,(s_a \odot a + t_a)}_{\text{of the article alone}}$$
#
# The right part is computed **once an article**, on the day it comes into the shop. The left part
# **once a query**. What is left for each pair is one addition and the ReLU. Further than that it
# does not go: $\mathrm{ReLU}(u + v)$ is not $\mathrm{ReLU}(u) + \mathrm{ReLU}(v)$, and this is what
# makes the match non-linear.
#
# That was paper. Is it true of the trained network? We take a test photo of the shared run and
# compare with what Keras computes in its first layer.

# %%
catalogue = run.load_catalogue()
test = catalogue.select_articles(run.parts["test"])
run_search = s2s.Retriever(run.model, run.features)
query_features = run_search.query_features_of(test)

# %%
from studio2shop.course.inside import split_matching

trained = run.model.get_layer("query_article_matching")
split = split_matching(trained)
first_layer = keras.Model(trained.inputs, trained.get_layer("fc1").output)
theirs = first_layer.predict([run.features.vectors[np.newaxis], query_features[:1]], verbose=0)[0]
sums = split.query_parts(query_features[:1]) + split.article_parts(run.features.vectors)
difference = np.abs(np.maximum(sums, 0) - theirs).max()
print(f"values up to {theirs.max():.1f}, largest difference {difference:.0e}")

# %% [markdown]
# The same for all articles of the run, but for the last digits of float32. How much does it save?
# Count the multiplications and additions that a query has to wait for.

# %%
operations = search_costs.matching_operations(matching)
speed_plots.operations(operations)

# %% [markdown]
# A surprise: **half**, and no more. The second layer, after the ReLU, is a product as large as the
# first one's for each pair, and it stays. The first layer has all but gone.
#
# And now the clock. `ExactScorer` does what is left: add, cut off at 0, multiply. It hands the
# product library blocks that fit into the processor's cache, one thread a core, and does not call
# Keras at all. As a limit we time the second layer's product alone, all articles at once: no method
# that keeps this layer can be much faster.

# %%
from studio2shop.course.inside import ExactScorer

scorer = ExactScorer(matching, features.vectors)
product = stopwatch.product_works()["NumPy"]
works = {"exact, split": lambda: scorer.scores(features.vectors[:1]), "the bare product": product}
seconds = stopwatch.interleaved(works, repetitions=10)
levels = {way: times.min() for way, times in seconds.items()}
speed_plots.by_calls(calls, seconds_a_call, seconds_of_articles, levels)

# %%
logits = ExactScorer(trained, run.features.vectors).scores(query_features[:1])
keras_logits = trained.predict([run.features.vectors[np.newaxis], query_features[:1]], verbose=0)
faster = calls["seconds"].iloc[0] / levels["exact, split"]
limit = levels["exact, split"] / levels["the bare product"]
difference = np.abs(logits - keras_logits).max()
print(f"{faster:.0f} x as fast as in calls of 50; {limit:.1f} x the time of the bare product")
print(f"logits from {logits.min():.0f} to {logits.max():.0f}, off by {difference:.0e} at most")

# %% [markdown]
# Many times as fast as the paper's way, not far from the limit, and with Keras' own scores.
# (Why so much, if the algebra saves half? The rest is what the first figure showed: no calls. And
# blocks that stay in the cache.) All articles are still scored, and each gets the network's own
# score. Nothing was given away yet.
#
# ## 3. Two stages: look closely only where it is worth it
#
# The paper sees the way on and does not go it:
#
# > While features generated by the query-feature submodel can be pre-computed for efficiency, the
# > query-article-matching submodel still needs to be run and its non-linearity could be a
# > limitation in a realistic scenario. A possibility could be to use fDNA-linear (which achieves
# > the second-best performance and is extremely fast since only a dot product is needed) to
# > identify a subset of candidate articles on which it is worth running the non-linear match of
# > Studio2Shop. (Section 5.1)
#
# Which dot product? The first idea is that of query feature and article feature, which have the
# same 128 dimensions. The second is ours: two small networks, *towers*, one for queries and one for
# articles, **distilled**: trained to give dot products that rank articles as the match does. They
# need no photos and no labels, only scores of the match, of which we can make as many as we like.

# %%
from studio2shop.course.kept import kept_towers

towers = kept_towers(run)
s2s.layer_table(towers.get_layer("query_tower"))

# %% [markdown]
# A first stage is good if the articles that the match ranks best are among its candidates. We ask
# both for the best candidates of the run's test photos, and count.

# %%
from studio2shop.course.inside import CandidateStage

index = s2s.Index(run.model, run.features, towers)
unchanged = ((np.eye(run.features.size, dtype="float32"), np.zeros(run.features.size, "float32")),)
plain = CandidateStage(unchanged, unchanged, run.features.vectors)
stages = {"distilled towers": index.candidates, "plain dot product": plain}

# %%
nums = [num for num in (10, 20, 50, 100, 200, 500, 1000) if num < len(index)] + [len(index)]
agreement = {}
for name, stage in stages.items():
    agreement[name] = s2s.candidate_agreement(stage, index.scorer, query_features[:400], nums)
s2s.plots.agreement(agreement)

# %% [markdown]
# The scale is stretched towards the top: each line is ten times fewer misses than the one below.
# The plain dot product is poor, and that is the second surprise: the paper calls the query's
# feature "the fDNA of the input query image" (Section 4.1), as if it lay beside the fDNA of the
# article worn. Nothing asks it to. The non-linear match reads the two halves with different
# weights, $W_q$ and $W_a$, and the query features may lie anywhere. Only a network trained with the
# *linear* match has a dot product that means something.
#
# ## Predict, change, retrain, compare
#
# These towers learned in 600 steps of distilling. Others get a tenth of that. Which share of the
# exact best ten will they have among as many candidates as you see below? Write your guess first.

# %%
num = nums[len(nums) // 2]
before = agreement["distilled towers"].set_index(["k", "num_candidates"])["agreement"][10, num]
print(f"{before:.1%} of the best ten are among {num} candidates of the towers above")

# %%
guess = None  # your turn: a share, from 0 to 1

# %%
STEPS = 60  # of distilling; change it, guess again, and run both cells again
quick = s2s.Index(run.model, run.features, kept_towers(run, STEPS))
after = s2s.candidate_agreement(quick.candidates, index.scorer, query_features[:400], [num], [10])
guess_beside(guess, before, after["agreement"].item(), f"best ten among {num} candidates")

# %% [markdown]
# Nobody had to label anything for this, or to look at a photo again: scores of the match are all
# that the towers learn from.
#
# ### The trade-off
#
# More candidates, more of the best found, more time. We time each number on this assortment.

# %%
trade_offs = {}
for name, stage in stages.items():
    some = agreement[name][agreement[name]["num_candidates"].between(50, len(index) / 3)]
    trade_offs[name] = search_costs.measure_trade_off(index, stage, some, query_features)
seconds = stopwatch.interleaved(
    {"exact": lambda: index.scorer.scores(query_features[:1])}, repetitions=20
)
speed_plots.trade_off(trade_offs, 1000 * np.median(seconds["exact"]))

# %% [markdown]
# What does it cost in the paper's own measure? The ranks of the test photos' matches, among all
# articles of the run:

# %%
from studio2shop.course.inside import rank_catalogue

index.num_candidates = min(200, len(index))
ways = {
    "exact": index.scorer.scores,
    f"two stages, {index.num_candidates} candidates": index.scores,
}
rows = {
    way: rank_catalogue(scores, query_features, run.features, test).row()
    for way, scores in ways.items()
}
pd.DataFrame(rows).T.round(3)

# %% [markdown]
# Nearly the same lists give nearly the same shares, and the same median. Only the average moves. It
# is made by the matches far down: they are not among the candidates and stand in the towers' order,
# which was never meant to be good there.
#
# ### When does it pay?
#
# This assortment is small. We let it grow, by copies with a little noise: good enough for a
# stopwatch, and for nothing else.

# %%
sizes = search_costs.measure_sizes(run.model, run.features, towers)
speed_plots.by_size(sizes)

# %% [markdown]
# The exact match takes time in proportion to the assortment. Two stages take a fixed time for their
# candidates and a dot product for each of the others, so the gain grows with the assortment.

# %%
sizes.pivot(index="way", columns="num_articles", values="milliseconds").round(1)

# %% [markdown]
# For a small shop nobody would notice the difference. **Search exactly until that is too slow.**
#
# ## 4. Figure 9, drawn again
#
# The paper's protocol: some photos, 50,000 articles, the seconds for all of them; loading the model
# and resizing photos are not counted. Here with the shared run's networks, with fewer repetitions
# than the command `studio2shop timings`, which does the same with the full-size network, for more
# photos.

# %%
grown = timings.grown_features(run.features, s2s.paper.TABLE_3_NUM_ARTICLES)
indexes = timings.build_indexes(run.model, grown, towers, announce=print)
table = s2s.measure_timings(run.model, grown, indexes, num_queries=(1, 2, 4), repetitions=2)
s2s.plots.timings(table)

# %% [markdown]
# On the right the match alone, on the left together with the network that looks at the photos,
# whose share is the dashed grey line. (Where there is a line for bfloat16, the processor multiplies
# numbers of half the bits faster, and where there is one for ivf, the library faiss is installed.)
# The run's small network is quick. At the paper's size, where the photo goes through VGG16, it
# looks different:

# %%
two_stages = s2s.Index(full_size, features, build_towers(), timings.NUM_CANDIDATES)
full_indexes = {"exact, split": s2s.Index(full_size, features), "two stages": two_stages}
steps = timings.one_query_steps(full_size, full_indexes, repetitions=5)
bars = {"the paper's way": papers_way} | search_costs.our_parts(steps, photo_seconds)
speed_plots.seconds_by_part(bars)

# %%
totals = {way: sum(parts.values()) for way, parts in bars.items()}
rows = {way: (seconds, bars[way]["the photo"] / seconds) for way, seconds in totals.items()}
pd.DataFrame(rows, ["seconds", "share of the photo"]).T.round(2)

# %% [markdown]
# The second row has the very same scores as the first. In the last, nearly all of the time is the
# photo's: to be faster still, take a smaller backbone, not another search.
#
# ## What you saw
#
# - The seconds went into a thousand calls, not into arithmetic. Measure before you optimise.
# - What depends on the article alone is computed once an article. The algebra saves half of the
#   operations, and makes it possible to leave the framework out of the loop.
# - A non-linear match has no dot product of its own, but one can be distilled from it. The number
#   of candidates is a dial between time and misses, to be set on queries that nothing was trained
#   on.
# - When the match is fast, the photo is slow. There is always a next bottleneck, and it is seldom
#   where it was.
#
# ## Exercises

# %%
from studio2shop.course.exercises import fast_search as exercises

# %% [markdown]
# ### Exercise 1: what if there were no PCA?
# Before PCA an article has `len(run.reduction.mean)` values instead of 128. Suppose the match were
# built on all of them, its two hidden layers 256 wide as before. By which factor would the split
# then reduce the operations of a pair? (With 128 the figure above shows a factor of about 2. Count
# as `matching_operations` does.)
#
# <details><summary>Hint</summary>
#
# Which of the layers does a pair no longer pay for after the split? Only this one grows with the
# features.
#
# </details>
# <details><summary>A second hint</summary>
#
# A product of a row of m values with an m x n kernel counts 2 m n. Before: both halves of the
# first layer, the second layer, the last one. After: the last two. The factor is the one over the
# other.
#
# </details>

# %%
answer_1 = None  # your turn: a number

# %%
exercises.check_1(answer_1, run)

# %% [markdown]
# ### Exercise 2: how many candidates?
# Your shop's page shows ten articles. Of the numbers in `nums`, which is the smallest with which
# the distilled towers hand on at least 99 % of the exact best ten? The table is
# `agreement["distilled towers"]`.
#
# <details><summary>Hint</summary>
#
# The table has rows for two values of k. Which of them is your page's?
#
# </details>
# <details><summary>A second hint</summary>
#
# Keep the rows with `k == 10` and an agreement of at least 0.99; of these you want the smallest
# `num_candidates`.
#
# </details>

# %%
answer_2 = None  # your turn: one of `nums`

# %%
exercises.check_2(answer_2, agreement["distilled towers"])

# %% [markdown]
# ### Exercise 3: sold out
# All trousers are sold out (`catalogue.articles["category"]`). Make an `Index` of the run's
# articles without them, in two stages with `towers`. You may build it of fewer features
# (`run.features.of(ids)`), or make one of all and `remove` ids.
#
# <details><summary>Hint</summary>
#
# Which ids have to go? Their rows in `catalogue.articles` have one category, and
# `catalogue.article_ids` are in the same order.
#
# </details>
# <details><summary>A second hint</summary>
#
# `s2s.Index` takes a model, features and towers, as above. A comparison of the column with the
# word gives a mask for the ids. The word is in the singular.
#
# </details>

# %%
answer_3 = None  # your turn: an Index

# %%
exercises.check_3(answer_3, run, catalogue)

# %% [markdown]
# **Next:** *08 · Other people's photos*: what becomes of all this when the photos come from
# somewhere else.
