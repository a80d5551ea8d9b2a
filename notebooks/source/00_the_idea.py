# %% [markdown]
# # 00 · The idea in ten minutes
#
# **The question.** Somebody in a photo wears a jacket. Which of all the jackets, dresses and
# trousers in a shop is it?
#
# **You will learn**
# - why a photo of a person and the shop's own picture of the same article are hard to compare,
# - the three ways there are to compare them (the paper's Figure 2), and which one Studio2Shop
#   takes,
# - how to search with a trained model, in two lines.
#
# The paper is *Studio2Shop: from studio photo shoots to fashion articles* (Lasserre, Rasch and
# Vollgraf, 2018). Its words stand in quotes with their section; everything else is ours.
#
# Takes at most three minutes on a laptop with two cores, once the shared run is there; without a
# GPU there is nothing to do or to change.
#
# ## First of all, a search
#
# A trained model comes with the package. Here are two photos that it has never seen. Beside each
# stands the article that she wears, in green; then follow the best 30 of 4,000 articles, none of
# which it was trained on, from left to right and top to bottom. Of one photo it finds the article
# at once, of the other it does not.

# %%
from studio2shop.course.first_search import first_search

first_search()

# %% [markdown]
# How that is done, and how often it succeeds, is what this course is about. It works with a smaller
# run of its own, in which you can look at everything. If there is none yet, the next cell makes it,
# once for all notebooks; that takes some minutes.

# %%
import studio2shop as s2s

SCALE = "workshop"  # "paper" takes the paper's image sizes and VGG16: hours, better on a GPU
run = s2s.find_or_make_run(scale=SCALE)

# %%
import pandas as pd

from studio2shop.course import architecture_plots, teaching_plots

s2s.versions(run)

# %% [markdown]
# ## A photo, and what the shop knows
#
# A shop knows each article by its *title image*: the article alone, on white. A *query* is a photo
# of a person who wears some of the articles. Somebody has written down which ones, though not
# always all of them: those are the *matches*.
#
# Below are two queries, each followed by the title images of its matches. All pictures of this
# course are drawn by a program, because the paper's were never published; the next notebook looks
# at them closely.

# %%
catalogue = run.load_catalogue()
test = catalogue.select_articles(run.parts["test"])  # articles that the model has never met
several = test.query_ids[test.matches_per_query() == 2]
teaching_plots.queries_and_matches(test, several[:2])

# %% [markdown]
# Look from a query to its title images: from the back a pocket is gone, a waistband is covered, a
# leg is cut off by the frame, a rib becomes a few pixels, and the light is different.
#
# > Clothing items are not rigid and usually undergo strong deformations in images, they may also be
# > partially occluded. They vary in most of their physical attributes (for example colour, texture,
# > pattern), even within the same category, and can contain details of importance such as a small
# > logo, so that recovering a few basic attributes may not always be enough. (Section 1)

# %% [markdown]
# ## Can't one just compare the pictures?
#
# One can: by their colours, by their pixels, by what a network sees in both. The shared run has
# tried. `top_1` and `top_10` are the shares of the matches that come first, or among the first ten;
# `median` is the rank of the right article in the middle case: half of the matches are found there
# or better. The last row is what blind chance would give.

# %%
table = pd.read_csv(run.folder / "table3.csv")
ours = table[table["source"] == "ours"].set_index("system")
number = len(test.articles)
chance = {"articles": number, "top_1": 1 / number, "top_10": 10 / number}
chance["median"] = (number + 1) / 2
with_chance = pd.concat([ours[list(chance)], pd.DataFrame(chance, index=["blind chance"])])
with_chance.sort_values("median").round(3)

# %% [markdown]
# The comparisons that learn nothing for the task beat chance, and the best of them looks at the
# colours in the middle of the photo. From there to Studio2Shop is still a long way.

# %% [markdown]
# ## Three ways to compare a photo with an article
#
# The paper's Figure 2. θ and blue mark what is learned for the task; grey is what is taken as it
# is.

# %%
architecture_plots.architectures()

# %% [markdown]
# - **(a)** Both sides are pictures, and a network learns to look at each (the same for both, or
#   not). The common way when the paper was written. Two big networks to train, and all articles go
#   through theirs again whenever it has learned something.
# - **(b)** Both sides are described by something that was not learned for the task, such as a
#   network that has learned something else; at most the comparison is learned. The comparisons
#   above are of this kind, and learn not even that.
# - **(c)** The photo's side learns. The articles keep the description that the shop has anyway:
#
# > In contrast, Studio2Shop builds on top of existing feature representations of fashion articles,
# > for example fDNA. This means that the right leg of the network, as shown in Figure 2c, takes as
# > input the precomputed features of the articles given their title images. (Section 4.1)
#
# And the last step of (c) is more than a dot product: a small network looks at both descriptions
# together and says how well they fit.

# %% [markdown]
# ## The network, as it is
#
# Not a sketch: the next picture is drawn from the model that the run has trained. A box is a layer,
# with the size of what it gives and the number of its parameters; blue ones have some to train.
# `compact` is the backbone, a small stack of convolutions.

# %%
architecture_plots.submodels(run.model)

# %% [markdown]
# Only the left submodel, *query-feature*, sees pixels. It ends in a vector of the size of an
# article's, `query_fDNA`: the photo has become a point among the articles. The right submodel,
# *query-article-matching*, takes that point and an article's, and gives one number: the higher, the
# better they fit. The orange arrow is all that goes from left to right, so a photo is looked at
# once, however many articles there are. (The two poolings work side by side, on the same input.
# `Dropout(0.5)` acts in training only, where it hides half of the values, each time others.)

# %% [markdown]
# ## Two lines of search
#
# `Retriever` takes the model and the assortment to search in. Called with a photo, here the first
# of the test, it gives a table: the best articles, each with its score (the model's probability of
# a match) and its rank. (`logit` is the same score before it is squeezed between 0 and 1, which 05
# needs; `query` says which photo, where one gives several.) Below the table stands the rank of the
# annotated article.

# %%
query_id, photo = test.query_ids[0], test.query_paths[0]
teaching_plots.queries_and_matches(test, [query_id])

# %%
search = s2s.Retriever(run.model, run.features.of(test))
search(photo, k=5).round(3)

# %%
match = test.matches["article_id"][test.matches["query_id"] == query_id].iloc[0]
everything = search(photo, k=len(test.articles)).set_index("article_id")
print(f"{match}: rank {everything.loc[match, 'rank']} of {len(test.articles):,}")

# %% [markdown]
# Numbers don't convince; pictures do. Four random queries, each beside the thirty articles that fit
# best, left to right, top to bottom. A green box is an exact hit; above each strip stands the rank
# of *all* its matches.

# %%
s2s.plots.retrievals(search, test, num_queries=4, k=30)

# %% [markdown]
# Don't stare at the boxes alone: look at what stands around them. Colours are mostly kept; kinds
# often, and those of all that the person wears. Where the right article is missing, ask what the
# model may have taken for it.
#
# > Even if the article is not retrieved at the top position, style is conserved, suggesting that
# > the model has indeed generalised beyond simple attributes. (Section 5.1)

# %% [markdown]
# ## Predict, change, compare
#
# What does the network go by? Take the colours out of the photos, and leave the articles as they
# are. First the median rank of 500 random test photos in full colour:

# %%
from studio2shop.course.paler_photos import ranks_of_paler_photos
from studio2shop.course.predictions import guess_beside

in_colour = ranks_of_paler_photos(search, test, colour=1).row()["median"]
print(f"median rank in colour: {in_colour:g}")

# %% [markdown]
# What will it be for grey photos? Write your guess before you run on.

# %%
guess = None  # your turn: a rank; chance would give half the number of test articles

# %%
COLOUR = 0  # 1 is full colour, 0 is grey; change it, guess again, and run both cells again
paler = ranks_of_paler_photos(search, test, COLOUR).row()["median"]
guess_beside(guess, in_colour, paler, "median rank")

# %% [markdown]
# Colours are a large part of it, but not all: in grey, the articles are still found far sooner than
# by chance, by shape, pattern and brightness. And it has never met a grey photo in training. A
# network that had would do better on them.
#
# ## The rest of the course
#
# | | notebook | its question |
# |---|---|---|
# | 01 | The data | What is in the photos, what has nobody written down, how to test honestly? |
# | 02 | FashionDNA | How does an article become a row of numbers? |
# | 03 | From 1536 to 128: PCA | How many of these numbers does it take? |
# | 04 | Studio2Shop | How does a photo learn to point at its articles? |
# | 05 | Retrieval | How good is a ranking, and where does it fail? |
# | 06 | The ablation | What does each piece buy? |
# | 07 | Fast search | Where does the time go, and how to get it back? |
# | 08 | Other people's photos | What happens in front of another wall? |
# | 09 | Your own shop | What do you need to run it on your photos? |
#
# Each runs alone, in any order.

# %% [markdown]
# ## What you saw
#
# - A query and a title image show the same article under other conditions; comparing them as
#   pictures finds little.
# - Studio2Shop learns on one side only: a photo goes to where its articles are, a small second
#   network judges each pair.
# - `Retriever(model, features)` ranks an assortment; the rank of the right article is the measure
#   of it all.

# %% [markdown]
# ## Exercises

# %%
from studio2shop.course.exercises import the_idea as exercises

ranks = pd.read_csv(run.folder / "ranks.csv", dtype={"query_id": str, "article_id": str})

# %% [markdown]
# ### Exercise 1: who holds the knowledge?
#
# `s2s.layer_table(run.model)` is the picture of the network as a table, with columns `submodule`
# and `params`. What share of all trained parameters belongs to the submodel that looks at pixels?
#
# <details><summary>Hint</summary>
#
# Which of the two submodels is on the left of the picture? Its name is in the column `submodule`.
#
# </details>
# <details><summary>A second hint</summary>
#
# Keep the rows of `query-feature`, add up their `params`, and divide by the number in the last row,
# `total`.
#
# </details>

# %%
answer_1 = None  # your turn: a number between 0 and 1

# %%
exercises.check_1(answer_1, run.model)

# %% [markdown]
# ### Exercise 2: help the search
#
# The shop may know what a photo is about. `search(photo, k=..., among=ids)` chooses among some
# articles only. At which rank is the match of `query_id` found among the test articles of its own
# category? (`test.matches` has the match, `test.articles` the categories.)
#
# <details><summary>Hint</summary>
#
# You need the ids of all test articles of one category. The id of the match is in `match`, from a
# cell above.
#
# </details>
# <details><summary>A second hint</summary>
#
# Compare the column `category` of `test.articles` with that of the match's row, and give the ids of
# the rows where it is the same as `among`. With `k` as large as their number, the match is in the
# table for sure; its column `rank` is the answer.
#
# </details>

# %%
answer_2 = None  # your turn: a rank, 1 is the best

# %%
exercises.check_2(answer_2, search, test, query_id)

# %% [markdown]
# ### Exercise 3: find a failure
#
# `ranks` has a row for each match of the test queries. Find a query of which *no* match is among
# the best tenth of the assortment. Then look at it: `teaching_plots.queries_and_matches(test,
# [answer_3])`. What makes it hard?
#
# <details><summary>Hint</summary>
#
# A query may have several rows in `ranks`. Which of its ranks decides whether it is a failure?
#
# </details>
# <details><summary>A second hint</summary>
#
# Group `ranks` by `query_id` and take the smallest rank of each group. The query of the largest of
# these numbers is the worst failure.
#
# </details>

# %%
answer_3 = None  # your turn: a query id, such as "q0000000"

# %%
exercises.check_3(answer_3, ranks, len(test.articles))

# %% [markdown]
# **Next:** [01 · The data](01_the_data.ipynb)
