# %% [markdown]
# # 01 · The data
#
# **The question.** Before any number about a network can be believed: what is in the photos, what
# has nobody written down, and how are training and test kept apart?
#
# **You will learn**
# - what queries, title images and matches look like (Figure 1), and how many there are,
# - which labels are missing, of articles and of photos,
# - the split rule of Section 5.1, the leak that a simpler split has, measured, and the price of the
#   rule.
#
# Takes at most three minutes on a laptop with two cores, once the shared run is there; without a
# GPU there is nothing to do or to change.

# %%
import studio2shop as s2s

SCALE = "workshop"  # "paper" takes the paper's image sizes and VGG16: hours, better on a GPU
run = s2s.find_or_make_run(scale=SCALE)

# %%
import pandas as pd

from studio2shop.course import leaks, teaching_plots
from studio2shop.course.predictions import guess_beside
from studio2shop.course.source import source_of

s2s.versions(run)

# %% [markdown]
# ## What do the pictures look like?
#
# > Image types (a-d) are query images featuring models, image type (e) represents the articles we
# > retrieve from. (Figure 1)
#
# Zalando's photos were never published. Ours come from a program, the *embedded studio*: it draws
# garments, lays each out for its title image, and dresses people in them.

# %%
catalogue = run.load_catalogue()
s2s.plots.catalogue_examples(catalogue, num_rows=3)

# %% [markdown]
# A row's pictures have nothing to do with each other; the columns are what to look at. A **full**
# photo shows all that is worn, and each garment small. A **half** one shows less of the person, and
# that larger. From the **back**, neither buttons nor a print on the chest can be seen. A **detail**
# is a piece from near: a neckline, some buttons, a trouser leg. And the **title image** is always
# whole, flat and on white.

# %% [markdown]
# ## How much is there?
#
# > We have approximately 1.15 million query images in size 224x155 pixels with neutral backgrounds
# > of the type shown in Figures 1(a-d). About 250.000 of those are annotated with several articles,
# > while the others are annotated with one article only, even if several articles can be seen. In
# > addition to these query images, our dataset contains approximately 300000 title images [...]
# > (Section 3)

# %%
counts = catalogue.summary()
sizes = {
    "articles": (counts["articles"], 300_000),
    "queries": (counts["queries"], 1_150_000),
    "of them with several articles": (counts["queries_with_several_articles"], 250_000),
}
table = pd.DataFrame(sizes, index=["here", "paper"]).T
table.map("{:,}".format)

# %%
several_share = table.loc["of them with several articles"] / table.loc["queries"]
several_share.map("{:.0%}".format).rename("queries with several articles").to_frame().T

# %% [markdown]
# The studio is made so that it has the paper's share of queries with several articles, on a far
# smaller scale.
#
# A catalogue is three tables, in files that you can open in a spreadsheet: `articles.csv`,
# `queries.csv` and `matches.csv`. Here is a query with its matches, and one of these articles.

# %%
several = catalogue.query_ids[catalogue.matches_per_query() > 1]
catalogue.matches[catalogue.matches["query_id"] == several[0]]

# %%
match = catalogue.matches["article_id"][catalogue.matches["query_id"] == several[0]].iloc[0]
catalogue.articles[catalogue.articles["article_id"] == match].T.set_axis(["value"], axis=1)

# %% [markdown]
# ## Which articles?
#
# > The distribution of categories is 35% t-shirts/tops, 20% trousers, 14% pullovers, 14% dresses,
# > 12% shirts, 3% skirts and 2% jackets. (Section 3)

# %%
categories = catalogue.articles["category"].value_counts(normalize=True)
shares = pd.DataFrame({"here": categories, "paper": s2s.paper.CATEGORY_FRACTIONS})
teaching_plots.share_bars(shares.sort_values("paper", ascending=False), "share of the articles")

# %% [markdown]
# ## What has nobody written down?
#
# **First gap: the articles' attributes.** Only category and colour are known of every article. Some
# empty cells in the table above have nothing to hold (a jacket has no trouser rise); the others
# nobody has filled in.

# %%
paper_coverage = {name: coverage for name, (_, coverage) in s2s.paper.ATTRIBUTES.items()}
coverage = pd.DataFrame({"here": counts["attribute_coverage"], "paper": paper_coverage})
teaching_plots.share_bars(
    coverage.sort_values("paper", ascending=False), "share of the articles that are annotated"
)

# %% [markdown]
# Here, too, the studio follows the paper's numbers. 02 shows how a network learns from labels with
# holes.
#
# **Second gap: the photos.** The quote above says it in passing: *annotated with one article only,
# even if several articles can be seen*. In a real shop nobody can tell how often that happens. Our
# studio dressed the people itself, and knows how many of the catalogue's articles are worn in a
# photo and how many of them are annotated. On average of some random photos:

# %%
from studio2shop.course.inside import worn_articles

worn = worn_articles(catalogue)
worn.groupby("view")[["worn", "annotated"]].mean().loc[["full", "half", "back", "detail"]].round(2)

# %%
gap = 1 - worn["annotated"].sum() / worn["worn"].sum()
print(f"worn but not annotated: {gap:.0%} of the articles in {len(worn)} photos")

# %% [markdown]
# (A detail may not even show them.) Whoever trains or counts with these matches takes such an
# article for a wrong answer, although it is a right one.
#
# > Our images are not fully annotated and some of the data supplied might be erroneously labelled
# > as negative, however with so many articles available and so few articles actually present in
# > query images, the probability that such an incorrect negative label occurs is relatively low.
# > (Section 4.1)
#
# For training that is right: among 50 articles drawn from thousands, a forgotten one is rare. For
# testing it costs ranks: a forgotten article that stands above the match pushes it one place down,
# so the results of this course are a little too low.

# %% [markdown]
# ## How are training and test kept apart?
#
# The obvious way: put a fifth of the *photos* aside. What is wrong with that shows as soon as one
# looks at all photos of one article, for each was photographed several times.

# %%
most_matched = catalogue.matches["article_id"].value_counts().index[0]
teaching_plots.article_and_queries(catalogue, most_matched)

# %% [markdown]
# All of these photos show the same article. Put one of them aside, and the network has met its
# article in the others: it may have learned by heart what it should find by looking. That is a
# *leak*.
#
# > To avoid using training articles at test time, we discard them from the retrieval set, and
# > discard query images that were annotated with such articles. (Section 5.1)
#
# We draw the *articles*: four fifths train, one fifth tests. A photo goes where its articles are;
# one with articles on both sides is dropped.

# %%
train, test = catalogue.split(
    train_fraction=0.8, seed=run.settings["seed"]
)  # the very split of the shared run
comparison = leaks.compare_splits(catalogue, train, test)
comparison.round(3)

# %% [markdown]
# `leaked_share` is the share of test matches whose article was also matched in training;
# `dropped_matches` are those of photos with articles on both sides. With photos at random almost
# all test matches leak. What is counted there is this, and no more:

# %%
source_of(leaks.leaked_share)

# %% [markdown]
# What would be left if one discarded those?

# %%
at_random = comparison.loc["photos at random"]
left = round(at_random["test_matches"] * (1 - at_random["leaked_share"]))
print(f"left to test on: {left} of {at_random['test_matches']:,.0f} matches")

# %% [markdown]
# Too little to test on, and more data would leave the same small share: what counts is how many
# photos an article has.
#
# ## Predict, change, compare
#
# Would it help to train on fewer photos? Above, four fifths of the photos train. Take one tenth
# only, drawn at random, and test on the others. What share of the test matches leaks now? Write
# your guess before you run on.

# %%
guess = None  # your turn: a share, from 0 to 1

# %%
TRAIN_FRACTION = 0.1  # of the photos; change it, guess again, and run both cells again
leak = leaks.leaked_share(*leaks.naive_split(catalogue, TRAIN_FRACTION))
guess_beside(guess, at_random["leaked_share"], leak, "leaked share")

# %% [markdown]
# Fewer, but far from none, and the price is nine tenths of the photos. Of an article's several
# photos, it takes only one that trains.
#
# One has to draw the articles, and the paper draws them, too:
#
# > We randomly split the dataset into training and test set, with 80% of query images and articles
# > being kept for training. (Section 5.1)

# %% [markdown]
# ## What can be had from a leak?
#
# Let us build the worst searcher there is: it *never looks at a title image*. It remembers the
# photos of the training, and for each article what the photos looked like on average (by the run's
# query features). A new photo? The articles of similar photos! Of an article without a training
# photo it knows nothing at all. The last row of the table is the best comparison of 00 that does
# look at the articles, in the honest test.

# %%
search = s2s.Retriever(run.model, run.features)
query_features = search.query_features_of(catalogue)  # all photos, some ten seconds

# %%
naive = leaks.remember_photos(query_features, catalogue, *leaks.naive_split(catalogue))
honest = leaks.remember_photos(
    query_features, catalogue, train.matches, test.matches, test.article_ids
)

# %%
medians = pd.read_csv(run.folder / "table3.csv").set_index("system")["median"]
rows = {
    "blind, photos at random": (naive.row()["median"], naive.num_articles),
    "blind, articles at random": (honest.row()["median"], honest.num_articles),
    "not blind (00), articles at random": (
        medians.filter(like="static:").min(),
        len(test.articles),
    ),
}
memory = pd.DataFrame(rows, index=["median", "articles"]).T.astype({"articles": int})
memory.assign(share=(memory["median"] / memory["articles"]).map("{:.0%}".format))

# %% [markdown]
# `share` says in which part of the assortment half of the matches are found, which can be compared
# where assortments differ in size. That is what a leak is worth: by the naive test, blindness gets
# a better mark than looking does by the honest one. In the honest test it gets what chance gets:
# all its articles are tied, and share the middle rank.
#
# ## Does Studio2Shop live on it, too?
#
# The run has kept witnesses: the photos that the split dropped show an article of the training side
# *and* one of the test side, and the network was trained on none of them. Same photos, same model,
# same assortment: does it do better with the articles that it has met?

# %%
results = leaks.results_by_acquaintance(run, num_queries=1000)
s2s.plots.top_k_curves(results)

# %%
intervals = {name: tuple(result.intervals()["top_10"]) for name, result in results.items()}
ends = pd.DataFrame(intervals, index=["from", "to"]).T
ends.map("{:.1%}".format).rename_axis("best ten, 95 % interval")

# %% [markdown]
# Surprised? In these photos it finds the articles that it never met about as well as those that it
# has met: the intervals overlap for the most part. Two things may protect this run: the articles'
# features are fixed, so there is little to learn by heart about them; and its backbone was not
# trained on these photos at all, only the layers above it. (An article also stands among the
# *wrong* answers of training far more often than among the right ones, which may teach some
# caution.) What it does recognise are the *photos* of its training:

# %%
# an assortment of the same size, of articles that were trained on
trained_on = catalogue.select_articles(run.parts["train"][: len(test.articles)])
top_10 = {}
for name, part in {"photos trained on": trained_on, "photos of the test": test}.items():
    part_search = s2s.Retriever(run.model, run.features.of(part))
    top_10[name] = s2s.evaluate(part_search, part, num_queries=1000).row().top_10
pd.DataFrame({"match among the best ten": top_10}).round(2)

# %% [markdown]
# So it depends on the model and its training what a leak is worth; that there is one depends on the
# split alone. Nobody can see from a result how much of it was memory. That is why the split comes
# first. When you read of a result in retrieval, ask: were the *articles* new?

# %% [markdown]
# ## And what does the rule cost?
#
# A photo with several annotated articles is only kept if *all* of them fall on the same side. So
# photos that are annotated with one article survive more often, and which photos these are is no
# accident.
#
# > As a result, our pool of test queries is slightly biased towards half-body images. (Section 5.1)

# %%
views = leaks.view_shares({"all queries": catalogue, "test queries": test})
teaching_plots.share_bars(views, "share of the queries")

# %%
change = 100 * (views["test queries"] - views["all queries"])
change.map("{:+.1f}".format).rename("points more in the test").to_frame().T

# %% [markdown]
# In our studio a detail is annotated with one article and never dropped, so it is the details that
# gain; in the paper's data it was the half-body images. The direction is the same: photos that are
# annotated with *few* articles are over-represented, and with them the view they are taken in. A
# result by view (05) is fairer than one number.

# %% [markdown]
# ## What you saw
#
# - Queries come in four views, title images in one; matches join them.
# - Labels have holes, and so have the matches: a "wrong" answer may be a forgotten right one.
# - Split by photos and almost every test article leaks; even a searcher that can't see articles
#   then looks good.
# - Split by articles and the test is honest, but it has more photos with a single article.

# %% [markdown]
# ## Exercises

# %%
from studio2shop.course.exercises import the_data as exercises

# %% [markdown]
# ### Exercise 1: what will be dropped?
#
# Each article trains with probability 0.8, whatever the others do. With what probability do two
# articles fall on different sides? That is the share of the photos with two matches that such a
# split drops on average. Pen and paper will do.
#
# <details><summary>Hint</summary>
#
# In how many ways can two articles fall on different sides? Each way has a probability of its own.
#
# </details>
# <details><summary>A second hint</summary>
#
# The first trains and the second tests, or the other way round. In either case multiply the two
# articles' probabilities, then add the two products.
#
# </details>

# %%
answer_1 = None  # your turn: a number between 0 and 1

# %%
exercises.check_1(answer_1, catalogue, train, test)

# %% [markdown]
# ### Exercise 2: a test for leaks
#
# Write the function that every project on retrieval should call once: which share of the test's
# articles occurs in training? It takes two lists of article ids, one item a match; an article
# counts as often as it stands in the test's list.
#
# <details><summary>Hint</summary>
#
# For each item of the test's list there is a yes or a no. The share is their mean.
#
# </details>
# <details><summary>A second hint</summary>
#
# Python counts True as 1, so the sum over `article_id in known` is the number of leaks; divide it
# by the length of the test's list. Make `known` a set of the training ids, or it will take long on
# large lists.
#
# </details>


# %%
def answer_2(train_ids, test_ids):
    return None  # your turn: a number between 0 and 1


# %%
exercises.check_2(answer_2, train, test)

# %% [markdown]
# ### Exercise 3: who is annotated best?
#
# `worn` has a row a photo, with the numbers of articles that are worn and annotated. In which view
# is the largest share of the worn articles annotated?
#
# <details><summary>Hint</summary>
#
# A mean of each photo's share would count a photo with one article as much as one with three. What
# counts here are all articles of a view together.
#
# </details>
# <details><summary>A second hint</summary>
#
# Group `worn` by `view`, sum both columns, and divide one sum by the other; the name of the largest
# quotient is the answer.
#
# </details>

# %%
answer_3 = None  # your turn: "full", "half", "back" or "detail"

# %%
exercises.check_3(answer_3, worn)

# %% [markdown]
# **Next:** [02 · FashionDNA](02_fashion_dna.ipynb)
