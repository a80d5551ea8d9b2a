# %% [markdown]
# # 03 · From 1536 to 128: PCA
#
# **The question.** fDNA describes an article by 1536 numbers. Studio2Shop reads 128 that are mixed
# from them. What got lost on the way, and does anyone miss it?
#
# **You will learn**
#
# - how much of what fDNA says fits into 128 numbers, and why so much of it fits into far fewer
# - what cutting features costs in retrieval, and why variance is not the same as usefulness
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
from IPython.display import Markdown

from studio2shop.course import feature_plots, feature_space, teaching_plots

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

# %%
is_awake = activations.vectors > 0
never = int((~is_awake.any(axis=0)).sum())
Markdown(f"""The layer ends in a ReLU: every number is 0 or more, and most are 0. An article wakes
**{is_awake.sum(axis=1).mean():.0f} of {activations.size:,}** units on average, and {never:,} units
sleep through all {len(activations):,} articles. So 1536 numbers are not 1536 pieces of
information.""")

# %% [markdown]
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
size, spread = run.features.size, np.diff(kept, prepend=0)
Markdown(f"""{size} components keep **{kept[size - 1]:.1%}** of the training articles' variance and
{kept_of_test[size - 1]:.1%} of the test articles'. But look at the left: 8 components keep
{kept_of_test[7]:.0%} already. Counted by how evenly the variances λ are spread over the
components,
(Σλ)² / Σλ², our fDNA has about **{1 / np.square(spread).sum():.0f} dimensions**.""")

# %% [markdown]
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
# down the second, sleeves get shorter. Nobody told PCA what trousers are: it found the directions
# in which fDNA differs most, and fDNA had learned to name kinds and sleeves.

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
Markdown(f"""A surprise: the {saved:,.0f} parameters that it saves are only
{saved / s2s.paper.TABLE_7_TOTAL:.0%} of Table 7's {s2s.paper.TABLE_7_TOTAL:,}; most of those are in
VGG16 and in the layers of 2048. What the reduction really makes cheaper is *searching*. The
matching runs once for every pair of query and article, and would have
**{whole["matching"] / reduced["matching"]:.1f} times** the parameters; and 50,000 articles would
take {whole.iloc[-1]:.0f} MB instead of {reduced.iloc[-1]:.0f}.""")

# %% [markdown]
# ## What does it cost?
#
# Look first: one test article, and the ten nearest to it by all activations and by fewer and fewer
# components.

# %%
components = activations.reduce(int(sizes[-1]), fit_on=train)
of_test = components.of(test).vectors
nearest = {"all 1536 activations": feature_space.nearest_articles(held_out)}
for size in (run.features.size, 8, 2):
    nearest[f"{size} components"] = feature_space.nearest_articles(of_test[:, :size])
feature_plots.neighbour_strips(test, 11, nearest)

# %% [markdown]
# Then count. Of an article's ten nearest by all activations, how many are still among its ten
# nearest? (The curve is drawn below, together with the next question's.)

# %%
by_size = pd.DataFrame({"size": sizes})
found = [feature_space.nearest_articles(of_test[:, :size]) for size in sizes]
by_size["neighbours"] = [
    feature_space.neighbour_overlap(rows, nearest["all 1536 activations"]) for rows in found
]

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
median = by_size.set_index("size")[judges]
few, most = 16, own_sizes[-1]
Markdown(f"""{few} components keep {kept_of_test[few - 1]:.0%} of the variance. A plain linear leg
is happy with them: median rank {median.loc[few, judges[1]]:g}, against
{median.loc[most, judges[1]]:g} with {most}. But it is the weaker judge. The run's match, which gets
to {median.loc[most, judges[0]]:g} with {most}, gets to {median.loc[few, judges[0]]:g} with {few}.
**Variance is not usefulness**: the first components say what tells most articles apart, a dress
from a shirt; what tells *this* dark dress from the other dark dresses varies little over the whole
assortment, and this match makes use of it.""")

# %% [markdown]
# (How good the run's match would be had it been trained on few components, this does not say: it
# was trained on all and gets zeros instead. That would take a training for each size.)
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
best = static.index[0]
Markdown(f"""By median rank, **{best}** comes first. But half of its matches are beyond
{static["median"].iloc[0] / len(test.articles):.0%} of the assortment; of the paper's
static-fc14-linear, they are beyond {papers:.0%}. A description that was made for title images does
not understand photos of people. That is why the query gets a network of its own: the next
notebook.""")

# %% [markdown]
# ## What you saw
#
# - fDNA's 1536 numbers are mostly zeros, and its articles lie in far fewer directions.
# - 128 components lose next to nothing here, and make the matching submodel several times smaller.
# - Variance is used up fast, and the run's match still makes use of what is left: choose the size
#   by ranks, not by variance.
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

# %%
answer_3 = None  # your turn: an array (test articles, size)

# %%
exercises.check_3(answer_3, run, test)

# %% [markdown]
# **Next:** [04 · Studio2Shop](04_matching.ipynb), what reads these features, and how it is
# trained.
