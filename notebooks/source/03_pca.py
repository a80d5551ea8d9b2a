# %% [markdown]
# # 03 · From 1536 to 128: PCA
#
# **The question.** fDNA describes an article by 1536 numbers. Studio2Shop reads 128 that are mixed
# from them. What got lost on the way, and does anyone miss it?
#
# **You will learn**
#
# - how much of what fDNA says fits into 128 numbers, and why so much of it fits into far fewer
# - what cutting features costs in retrieval, and what their variance does not tell about it
# - how to tell good features from bad ones before any network is trained on top of them
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

from studio2shop.course import feature_plots, feature_space, teaching_plots
from studio2shop.course.predictions import guess_beside
from studio2shop.course.source import source_of

BACKBONE_WEIGHTS = None  # optional: the path of MobileNetV2's ImageNet weights without their top
s2s.versions(run)

# %% [markdown]
# ## What do 1536 numbers of an article look like?
#
# > *These features are obtained by extracting the activations of a hidden fully connected layer in
# > a static deep convolutional neural network that was trained using title images and article
# > attributes. In our case, these activations are of size 1536, which we reduce to 128 using PCA to
# > decrease the number of parameters in our model.* (Section 3)
#
# The run kept the 128. We compute the 1536 again with its own network, which takes some seconds.

# %%
catalogue = run.load_catalogue()
train, test = (catalogue.select_articles(run.parts[part]) for part in ("train", "test"))
activations = s2s.extract_features(run.extractor, catalogue)
print("articles x activations:", activations.vectors.shape)

# %% [markdown]
# The layer ends in a ReLU: every number is 0 or more. Call a unit awake where it is above 0.

# %%
is_awake = activations.vectors > 0
print(f"awake for an article, on average: {is_awake.sum(axis=1).mean():.0f} units")
print(f"awake for no article at all: {(~is_awake.any(axis=0)).sum():,} units")

# %% [markdown]
# Most numbers are 0, so 1536 of them are not 1536 pieces of information.
#
# ## How much fits into 128 numbers?
#
# PCA turns the cloud of articles so that its first axis is the direction in which articles differ
# most, its second the next, and so on. Then we keep the first few. It is fitted on the *training*
# articles alone, so the honest question is how much it keeps of the *test* articles, which it has
# never seen.

# %%
fitted, held_out = activations.of(train).vectors, activations.of(test).vectors
kept = feature_space.variance_kept(fitted)
kept_of_test = feature_space.variance_kept(held_out, fitted)

sizes = np.array([size for size in 2 ** np.arange(1, 10) if size < len(train.articles)])
shares = {"training articles": kept[sizes - 1], "test articles": kept_of_test[sizes - 1]}
feature_plots.by_size(
    pd.DataFrame({"size": sizes, **shares}), {"variance kept": list(shares)}, run.features.size
)

# %%
few = [8, 16, run.features.size]
table = pd.DataFrame(
    {
        name: share[np.array(few) - 1]
        for name, share in {"training articles": kept, "test articles": kept_of_test}.items()
    },
    few,
)
table.map("{:.1%}".format).rename_axis("components")

# %%
spread = np.diff(kept, prepend=0)
print(f"dimensions: {1 / np.square(spread).sum():.1f}")

# %% [markdown]
# The run's size loses next to nothing. But look at the left of the curve: a few components keep
# most of the variance already. The *dimensions* count how evenly the variances λ are spread over
# the components, as (Σλ)² / Σλ²: with k equal variances and nothing else it is k.
#
# **Why so few?** The network was trained to name the attributes of an article. What helps with that
# is kept, and what is of no use for any of them is thrown away. Ours had nine attributes to name.
# Zalando's had 1448 commodity groups and 3719 brands among others (Table 6), and must keep more.
# Their curve should rise more slowly than ours; how slowly, the paper does not say.

# %% [markdown]
# ## What is in the first two components?
#
# A component is a direction. To see what it means, put articles where their first two values are.

# %%
feature_plots.article_map(test, run.features.of(test).vectors)

# %% [markdown]
# On this page, the first component goes from tops to trousers, with dresses and skirts between, and
# down the second, from dark to light. Nobody told PCA what trousers are: it found the directions in
# which fDNA differs most, and fDNA had learned to name kinds and colours.

# %% [markdown]
# ## What does the reduction save?
#
# "To decrease the number of parameters", says the paper. Which ones? The layer that writes the
# query's feature, with 2048 inputs in Table 7; and the matching, which reads the features of query
# and article. The table has the parameters of both by the number of values, and the memory that
# 50,000 articles take.

# %%
rows = []
for size in (1536, 128, 16):
    matching = s2s.layer_table(s2s.build_query_article_matching(size))["params"].iloc[-1]
    rows.append((size, (2048 + 1) * size, matching, 50_000 * size * 4 / 1e6))
columns = ["values", "query_fDNA", "matching", "50,000 articles [MB]"]
parameters = pd.DataFrame(rows, columns=columns).set_index("values")
parameters.round(1).map("{:,}".format)

# %%
whole, reduced = parameters.loc[1536], parameters.loc[128]
saved = whole["query_fDNA"] - reduced["query_fDNA"] + whole["matching"] - reduced["matching"]
share = saved / s2s.paper.TABLE_7_TOTAL
print(f"saved by 128: {saved:,.0f} parameters, {share:.0%} of Table 7's")
print(f"1536 in place of 128: {whole['matching'] / reduced['matching']:.1f} x as large a matching")

# %% [markdown]
# A surprise: what it saves is a small part of Table 7's parameters; most of those are in VGG16 and
# in the layers of 2048. What the reduction really makes cheaper is *searching*: the matching runs
# once for every pair of query and article, and the features of all articles lie in memory.
#
# ## What does it cost?
#
# Look first: one test article, and the ten nearest to it by all activations and by fewer and fewer
# components. It is the article that shows most what two components can't tell: the one whose
# neighbours leave its own category most.

# %%
components = activations.reduce(int(sizes[-1]), fit_on=train)
of_test = components.of(test).vectors
every = "all 1536 activations"
nearest = {every: feature_space.nearest_articles(held_out)}
for size in (run.features.size, 8, 2):
    nearest[f"{size} components"] = feature_space.nearest_articles(of_test[:, :size])

# %%
categories = test.articles["category"].to_numpy()
strayed = feature_space.most_strayed(nearest[every], nearest["2 components"], categories)
feature_plots.neighbour_strips(test, strayed, nearest)

# %% [markdown]
# Then count, for all test articles. Of an article's ten nearest by all activations, what share is
# still among its ten nearest? This is how:

# %%
source_of(feature_space.neighbour_overlap)

# %% [markdown]
# (The curve is drawn below, together with the next question's.)

# %%
by_size = pd.DataFrame({"size": sizes})
found = [feature_space.nearest_articles(of_test[:, :size]) for size in sizes]
by_size["neighbours"] = [feature_space.neighbour_overlap(rows, nearest[every]) for rows in found]

# %% [markdown]
# That is about articles among themselves. Does *finding them from a photo* suffer? Ask the run's
# own match: give it all test articles with only their first few components, and 0, the mean, in
# place of the rest.

# %%
search = s2s.Retriever(run.model, run.features.of(test))
query_features, matching = (
    search.query_features_of(test),
    run.model.get_layer("query_article_matching"),
)
own_sizes = sizes[sizes <= run.features.size]
ranks = feature_space.ranks_by_size(query_features, search.features, test, own_sizes, matching)
by_size["the run's match, the rest 0"] = ranks["median"]

# %% [markdown]
# That is hard on small sizes, for the match has learned to rely on all it was given. So ask a
# second judge, one that is fitted to the features it gets: a linear regression from photos (the
# run's query-feature submodel up to its last layer) to the components of their articles, and
# articles ranked by the cosine of the first few.

# %%
tower = run.model.get_layer("query_feature")
before_last = keras.Model(tower.input, tower.get_layer("query_fDNA").input)
some = train.select_queries(np.random.default_rng(0).permutation(train.query_ids)[:2000])
photos, test_photos = (
    feature_space.describe_pictures(before_last, part.query_paths) for part in (some, test)
)
promised = feature_space.fit_linear_leg(photos, components, some).predict(test_photos)
ranks = feature_space.ranks_by_size(promised, components.of(test), test, sizes)
by_size["linear leg, fitted anew"] = ranks["median"]

# %%
judges = ["the run's match, the rest 0", "linear leg, fitted anew"]
panels = {"same ten neighbours": ["neighbours"], f"median rank, of {len(test.articles):,}": judges}
feature_plots.by_size(by_size, panels, run.features.size)

# %%
NUM_FIRST = 16  # components
median = by_size.set_index("size").loc[[NUM_FIRST, own_sizes[-1]], judges]
median.rename_axis("components, median rank").map("{:g}".format)

# %% [markdown]
# The linear leg is happy with a few components: what comes after the first 16 hardly helps it. The
# run's match, the stronger judge of the two, gets a better rank from more of them. How good it
# would be had it been trained on few, this does not say: it was trained on all, and gets zeros
# instead. That would take a training for each size.
#
# ## Predict, change, compare
#
# So is it only the first components that count? The linear leg can be asked fairly, since it has
# learned each component by itself. Leave out the *first* 16, which hold nearly all of the variance,
# and rank by the rest of the run's components:

# %%
rest = kept_of_test[run.features.size - 1] - kept_of_test[NUM_FIRST - 1]
print(
    f"variance of the first {NUM_FIRST}: {kept_of_test[NUM_FIRST - 1]:.0%}, of the rest: {rest:.0%}"
)

# %% [markdown]
# At which median rank will the linear leg be without them? Write your guess before you run on.

# %%
guess = None  # your turn: a rank; chance would give half the number of test articles

# %%
LEFT_OUT = 16  # of the first components; change it, guess again, and run both cells again
kept_values = slice(LEFT_OUT, run.features.size)
cut = s2s.ArticleFeatures(test.article_ids, of_test[:, kept_values])
without = feature_space.rank_by_cosine(promised[:, kept_values], cut, test).row()["median"]
guess_beside(guess, median.iloc[-1][judges[1]], without, "median rank, linear leg")

# %% [markdown]
# By this judge, the first 16 components and all those after them find articles about equally well,
# although the first hold nearly all of the variance. So variance is not usefulness: what varies
# little over the whole assortment, such as what tells one dark dress from the other dark dresses,
# may be what a search needs. That is one judge, though, and a plain one; a match trained without
# the first components might say something else.
#
# ## Is a fashion-specific representation better than a generic one?
#
# > *In general, fc14 with our architecture performs surprisingly well with a median index of 15
# > [...]. It is surpassed however by fDNA, indicating that having a fashion-specific representation
# > does help.* (Section 5.1)
#
# fc14 is a layer of VGG16 trained on ImageNet. Such weights have to be downloaded and are no part
# of this project: **the comparison with a network trained on ImageNet is left out here**, unless
# you give the path of MobileNetV2's weights as `BACKBONE_WEIGHTS` above. What takes part in any
# case needs no weights: colours, pixels, and an untrained network.

# %%
from studio2shop.course.inside import DESCRIPTIONS, build_pooled_backbone

image_size = tower.input_shape[1:3]
keras.utils.set_random_seed(0)
shape = (*image_size, 3)
untrained = build_pooled_backbone("compact", None, shape)
descriptions = {"fDNA": run.extractor, "untrained network": untrained}
descriptions |= {name: DESCRIPTIONS[name] for name in ("colour histogram", "pixels 16x11")}
if BACKBONE_WEIGHTS:
    imagenet = build_pooled_backbone("mobilenet_v2", BACKBONE_WEIGHTS, shape)
    descriptions["MobileNetV2, ImageNet"] = imagenet

# %% [markdown]
# **First test: birds of a feather.** Describe the title images in each way and reduce all to the
# same size. How often does a neighbour carry the same label?

# %%
titles, tables = {}, {}
own_rows = np.arange(len(test.articles))[:, None].repeat(10, axis=1)
for name, description in descriptions.items():
    vectors = feature_space.describe_pictures(description, catalogue.article_paths, image_size)
    titles[name] = s2s.ArticleFeatures(catalogue.article_ids, vectors).reduce(
        run.features.size, fit_on=train
    )
    neighbours = feature_space.nearest_articles(titles[name].of(test).vectors)
    tables[name] = feature_space.shared_labels(test, own_rows, neighbours)

# %%
shares = pd.DataFrame(
    {name: table.set_index("attribute")["shared"] for name, table in tables.items()}
)
shares["two at random"] = tables["fDNA"].set_index("attribute")["by_chance"]
shares = shares.filter(items=["category", "main_colour", "pattern", "sleeve_length"], axis=0)
teaching_plots.share_bars(
    shares, "pairs of neighbours with the same label", markers=["two at random"]
)

# %% [markdown]
# **Two surprises.** fDNA was taught these very attributes, of other articles, and yet a histogram
# of colours is far better at colours: fDNA had to learn from examples what a histogram simply
# counts. And a few pixels come close to fDNA, or beyond it at sleeves: title images are all laid
# out alike, so equal outlines fill equal pixels. A person in a photo is not laid out like that.
# Which description helps to find an article from a photo?
#
# **Second test: the same description on both sides** (Figure 2b), and a linear leg from the photo's
# description to the title image's. No network is trained, so each description stands for itself.

# %%
rows = []
for name, description in descriptions.items():
    photos = feature_space.describe_pictures(description, some.query_paths, image_size)
    test_photos = feature_space.describe_pictures(description, test.query_paths, image_size)
    promised = feature_space.fit_linear_leg(photos, titles[name], some).predict(test_photos)
    row = feature_space.rank_by_cosine(promised, titles[name].of(test), test).row()
    rows.append(
        {"description": name, "values": photos.shape[1], **row[["top_1", "top_10", "median"]]}
    )
static = pd.DataFrame(rows).set_index("description").sort_values("median")
static.round(3)

# %%
papers = s2s.paper.TABLE_3["static-fc14-linear"][-1] / s2s.paper.TABLE_3_NUM_ARTICLES
shares = {"the best here": static["median"].iloc[0] / len(test.articles)}
shares["the paper's static-fc14-linear"] = papers
pd.Series(shares).map("{:.0%}".format).to_frame("median rank, as a share of the assortment")

# %% [markdown]
# Half of the matches are farther down than that share of the assortment, for the best of these
# descriptions as for the paper's. A description that was made for title images does not understand
# photos of people. That is why the query gets a network of its own: the next notebook.

# %% [markdown]
# ## What you saw
#
# - fDNA's 1536 numbers are mostly zeros, and its articles lie in far fewer directions.
# - 128 components lose next to nothing here, and make the matching submodel several times smaller.
# - Variance is used up fast, and what is left still helps to find articles: choose the size by
#   ranks, not by variance.
# - Features can be judged before any network is trained on them, by neighbours that share labels
#   and by a linear leg.
# - From photo to title image, fDNA's median rank is ahead of that of colours, pixels and an
#   untrained network, though not far ahead of colours. Whether it is ahead of a network trained on
#   ImageNet, as in the paper, takes that network's weights.

# %% [markdown]
# ## Exercises

# %%
from studio2shop.course.exercises import pca as exercises

# %% [markdown]
# ### Exercise 1: how many components keep 99 %?
#
# Of the *test* articles' variance, that is; `kept_of_test` has the share kept by 1, 2, 3, ...
# components. The answer is a whole number.
#
# <details><summary>Hint</summary>
#
# The shares never fall. You look for the first one that is at least 0.99.
#
# </details>
# <details><summary>A second hint</summary>
#
# Comparing the array with 0.99 gives False and then True; `np.argmax` finds the first True. Its
# position counts from 0, components count from 1.
#
# </details>

# %%
answer_1 = None  # your turn: a whole number

# %%
exercises.check_1(answer_1, kept_of_test)

# %% [markdown]
# ### Exercise 2: and back again?
#
# `run.reduction.apply(vectors)` is `(vectors - mean) @ components.T / deviation`, with the three
# being attributes of `run.reduction`. Write the way back, from `(articles, 128)` features to
# `(articles, 1536)` activations.
#
# <details><summary>Hint</summary>
#
# Undo the three steps, the last one first.
#
# </details>
# <details><summary>A second hint</summary>
#
# Multiply by the deviation, then by the components (they are at right angles and of length 1, so no
# inverse is needed; and this time without the `.T`), and add the mean.
#
# </details>


# %%
def answer_2(vectors):
    return None  # your turn


# %%
exercises.check_2(answer_2, run)

# %% [markdown]
# ### Exercise 3: what if all components were equally loud?
#
# Many recipes *whiten*: they divide each component by its own deviation, so that all count the
# same. Do that with `run.features.of(test).vectors`, with deviations as they are over the
# *training* articles' features. The answer is an array, a row a test article.
#
# <details><summary>Hint</summary>
#
# Each column has one deviation. Over which articles may you measure it, if tomorrow's articles are
# not known yet?
#
# </details>
# <details><summary>A second hint</summary>
#
# `run.features.of(train).vectors` has the training articles. Its `std` along axis 0 gives a number
# a column, and NumPy divides the test articles' array by them column by column.
#
# </details>

# %%
answer_3 = None  # your turn: an array (test articles, size)

# %%
exercises.check_3(answer_3, run, test)

# %% [markdown]
# **Next:** [04 · Studio2Shop](04_matching.ipynb), what reads these features, and how it is
# trained.
