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
from IPython.display import Markdown

from studio2shop.course import leaks, teaching_plots

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
names = ["articles", "queries", "matches", "queries_with_several_articles"]
pd.DataFrame({"here": [counts[name] for name in names]}, index=names)

# %%
share = counts["queries_with_several_articles"] / counts["queries"]
paper_share = 250_000 / 1_150_000
Markdown(
    f"**{share:.0%}** of our queries have several annotated articles; the paper has "
    f"{paper_share:.0%}."
)

# %% [markdown]
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
# photo and how many of them are annotated, on average:

# %%
from studio2shop.course.inside import worn_articles

worn = worn_articles(catalogue)
worn.groupby("view")[["worn", "annotated"]].mean().loc[["full", "half", "back", "detail"]].round(2)

# %%
gap = 1 - worn["annotated"].sum() / worn["worn"].sum()
Markdown(
    f"In {len(worn)} random photos, **{gap:.0%}** of the catalogue's articles that somebody wears "
    "are not annotated (a detail may not even show them). Whoever trains or counts with these "
    "matches takes such an article for a wrong answer, although it is a right one."
)

# %% [markdown]
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
# all test matches leak. What would be left if one discarded those?

# %%
at_random = comparison.loc["photos at random"]
left = round(at_random["test_matches"] * (1 - at_random["leaked_share"]))
num_matches = int(at_random["test_matches"])
Markdown(f"Discarding what leaks would leave **{left}** of {num_matches:,} matches.")

# %% [markdown]
# Too little to test on, and more data would leave the same small share: what counts is how many
# photos an article has. One has to draw the articles, and the paper draws them, too:
#
# > We randomly split the dataset into training and test set, with 80% of query images and articles
# > being kept for training. (Section 5.1)

# %% [markdown]
# ## What can be had from a leak?
#
# Let us build the worst searcher there is: it *never looks at a title image*. It remembers the
# photos of the training, and for each article what the photos looked like on average (by the run's
# query features). A new photo? The articles of similar photos! Of an article without a training
# photo it knows nothing at all.

# %%
search = s2s.Retriever(run.model, run.features)
query_features = search.query_features_of(catalogue)  # all photos, some ten seconds

# %%
naive = leaks.remember_photos(query_features, catalogue, *leaks.naive_split(catalogue))
honest = leaks.remember_photos(
    query_features, catalogue, train.matches, test.matches, test.article_ids
)
memory = pd.DataFrame({"photos at random": naive.row(), "articles at random": honest.row()}).T
memory.insert(0, "articles", [naive.num_articles, honest.num_articles])
memory[["articles", "top_10", "median"]].round(3)

# %%
medians = pd.read_csv(run.folder / "table3.csv").set_index("system")["median"]
best_static = medians.filter(like="static:").min()
Markdown(
    "By the naive test, a searcher that can't see articles finds half of them in the best "
    f"**{memory['median'].iloc[0] / naive.num_articles:.0%}** of the assortment. The best "
    f"comparison that does look (see 00) needs **{best_static / honest.num_articles:.0%}**. By the "
    "honest test, the blind one gets what chance gets: "
    f"{memory['median'].iloc[1] / honest.num_articles:.0%}."
)

# %% [markdown]
# That is what a leak is worth: blindness gets a good mark. In the honest test all its articles are
# tied, and share the middle rank.
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
intervals = {name: result.intervals()["top_10"] for name, result in results.items()}
met, never_met = (f"{name} {low:.1%} to {high:.1%}" for name, (low, high) in intervals.items())
Markdown(f"Found among the best ten, with 95 % intervals: {met}; {never_met}.")

# %% [markdown]
# Surprised? In these photos it finds the articles that it never met no worse than those that it has
# met. Two things may protect this run: the articles' features are fixed, so there is little to
# learn by heart about them; and it was trained for some minutes only. (An article also stands among
# the *wrong* answers of training far more often than among the right ones, which may teach some
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
change = (views["test queries"] - views["all queries"]).sort_values()
Markdown(
    f"The test has more **{change.index[-1]}** photos than the whole ({100 * change.iloc[-1]:+.1f} "
    f"points) and fewer **{change.index[0]}** ones ({100 * change.iloc[0]:+.1f} points)."
)

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

# %%
answer_3 = None  # your turn: "full", "half", "back" or "detail"

# %%
exercises.check_3(answer_3, worn)

# %% [markdown]
# **Next:** [02 · FashionDNA](02_fashion_dna.ipynb)
