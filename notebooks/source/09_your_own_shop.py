# %% [markdown]
# # 09 · Your own shop
#
# **The question.** You have photos of people and photos of articles, and you know who wears what.
# How do you get from there to a search?
#
# **You will learn**
# - how to write the three tables that describe your shop, with pandas;
# - what usually goes wrong in them, and how `check` finds it before a night's training does;
# - to train on top of a backbone that stays as it is, which is the way to go with few photos;
# - to search with any photo, among what is in stock, to annotate all your photos, and to keep an
#   index up to date.
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

from studio2shop.course import few_photos
from studio2shop.course.kept import kept_backbone_weights, kept_shop, short_print
from studio2shop.course.predictions import guess_beside

s2s.versions(run)

# %% [markdown]
# > Our method is easy to implement and only requires article features and matches between query
# > images and articles. (Section 6)
#
# ## 1. What you have: photos, and somebody's lists
#
# We play a small shop. Its photos lie in a folder, as they came from the photographer. (In truth
# the studio renders them, in the style of `other_shop`, which the shared run has never seen.)

# %%
photos = kept_shop(run, "other_shop", num_articles=500, name="my_shop/photos")
s2s.plots.catalogue_examples(photos, num_rows=2)

# %% [markdown]
# And there are lists: what the shop sells, and what was worn at which shoot. Lists look different
# in every shop; these are ours.

# %%
sku = {article_id: f"{number:05d}" for number, article_id in enumerate(photos.article_ids)}
products = photos.articles[["image", "category", "main_colour"]].assign(sku=sku.values())
products["price"] = np.random.default_rng(0).integers(10, 200, len(products)) - 0.05
shoots = photos.matches.merge(photos.queries, on="query_id")
shoots["sku"] = shoots.pop("article_id").map(sku)
shoots.head(3)

# %% [markdown]
# ## 2. Three tables
#
# A **catalogue** is a folder with three CSV files, and the photos anywhere below it. The first,
# `articles.csv`, has a row for each article: its id, its title image, and whatever else you know.
# An empty cell means that nobody looked.

# %%
shop = photos.folder.parent
articles = products.assign(article_id=products["sku"], image="photos/" + products["image"])
articles = articles[["article_id", "image", "category", "main_colour", "price"]]
articles.head(3)

# %% [markdown]
# The second, `queries.csv`, has a row for each photo of a person; the third, `matches.csv`, a row
# for each article that is known to be worn in one.

# %%
queries = shoots.drop_duplicates("query_id")[["query_id", "image", "view"]].reset_index(drop=True)
queries["image"] = "photos/" + queries["image"]
matches = shoots.rename(columns={"sku": "article_id"})[["query_id", "article_id"]]
matches.head(3)

# %% [markdown]
# ## 3. What usually goes wrong
#
# Tables of real shops have been through many hands. We let three things happen to ours: an upload
# that broke off in the middle, a photo that somebody renamed, and a spreadsheet that took an id for
# a number.

# %%
upload = shop / articles.loc[17, "image"]
upload.write_bytes(upload.read_bytes()[:1500])
queries.loc[5, "image"] = queries.loc[5, "image"].replace(".jpg", " (1).jpg")
matches.loc[8, "article_id"] = str(int(matches.loc[8, "article_id"]))

# %%
tables = {"articles.csv": articles, "queries.csv": queries, "matches.csv": matches}
for name, table in tables.items():
    table.to_csv(shop / name, index=False)

# %% [markdown]
# `check_catalogue` opens every photo and follows every id, and lists *all* that is wrong. On the
# command line it is `studio2shop check my_shop`.

# %%
from studio2shop.course.inside import describe_problems

problems = s2s.check_catalogue(shop)
print(describe_problems(problems))

# %% [markdown]
# Each line says the file, the row as a spreadsheet counts it, and what to do. Better now than in
# the fifth hour of a training run. Two are mended with pandas:

# %%
queries["image"] = queries["image"].str.replace(" (1)", "", regex=False)
matches["article_id"] = matches["article_id"].str.zfill(5)
queries.to_csv(shop / "queries.csv", index=False)
matches.to_csv(shop / "matches.csv", index=False)

# %% [markdown]
# The broken photo can't be mended from here. Until somebody uploads it again, it is left out, with
# the matches that need it, and we are told:

# %%
catalogue = s2s.load_catalogue(shop, on_bad_image="skip")
print(catalogue)
print(describe_problems(catalogue.left_out))

# %%
print(f"attributes: {catalogue.attribute_sizes}; other columns: {catalogue.ignored_columns}")

# %% [markdown]
# `price` has too many different values to be an attribute that fDNA could learn. It is still in
# `catalogue.articles`, and we shall need it.
#
# ## 4. A backbone that stays as it is
#
# The paper trains all layers, on about a million photos:
#
# > Note that the loss is back-propagated to all layers of the network, even to layers that were
# > pretrained on ImageNet. (Section 4.1)

# %%
print(f"{len(catalogue.queries):,} photos here")

# %% [markdown]
# With so few, a network that may change everything learns the photos by heart. So take convolutions
# that were trained on many photos, **freeze** them, and train only what stands on them. With
# network, choose one with ImageNet weights; without, give the path of a weights file of that
# backbone. Here we need neither: we take the convolutions of the shared run, which have learned to
# look at drawn people.

# %%
BACKBONE, WEIGHTS = run.settings["backbone"], str(kept_backbone_weights(run))
# BACKBONE, WEIGHTS = "mobilenet_v2", "imagenet"  # downloaded once; or the path of its weights file

# %% [markdown]
# ## 5. Training
#
# One call does the rest, and writes a run's folder like the shared one: the split (a fifth of the
# articles for testing, a tenth of the rest for choosing the best epoch), features of the title
# images by the same backbone, PCA, the head, ranks and a report. A frozen backbone sees each photo
# once; its activations are kept and all epochs work on these. `studio2shop reproduce --catalogue
# my_shop ...` does the same.
#
# With real photos take `"article_features": "descriptor"`: several layers and colours in place of
# the last layer alone, which tells a shirt from a dress but forgets colour and weave.
# `docs/own_photos.md` says what that brings. At the end `studio2shop deploy` trains once more on
# all articles, and `studio2shop add` takes in new ones.

# %%
own_folder = shop.parent / "my-shop-run"
options = {
    "article_features": "backbone",
    "backbone": BACKBONE,
    "backbone_weights": WEIGHTS,
    "scale": SCALE,
}
results = s2s.reproduce(
    own_folder, catalogue=str(shop), on_bad_image="skip", announce=short_print(run), **options
)

# %% [markdown]
# ## 6. Was it worth it?
#
# On the same test articles we compare the shared run's model as it comes, which is notebook 08's
# way, and the best that can be had without learning.

# %%
own = s2s.load_run(own_folder)
train, validation, test = (
    catalogue.select_articles(own.parts[part]) for part in ("train", "validation", "test")
)
features = run.article_features(catalogue)  # by the shared run's fDNA
statics = s2s.untrained_results(test, tuple(own.settings["query_size"]))
best = min(statics, key=lambda way: statics[way].row()["median"])
as_it_comes = s2s.evaluate(s2s.Retriever(run.model, features.of(test)), test)

# %%
compared = {"nothing learned": statics[best], "shared run, as it comes": as_it_comes}
compared["own training, frozen backbone"] = results
print("nothing learned:", best)
pd.DataFrame({name: result.row() for name, result in compared.items()}).T[
    ["top_1", "top_10", "median"]
].round(3)

# %% [markdown]
# A close race, and that is the surprise: a model that has never met this shop against one that was
# trained in it. The first has seen many more photos, the second the right ones. Neither has to be
# all: **go on training where the shared run stopped**, its backbone still frozen, with its own fDNA
# as the article features:
#
# > By putting forward our model Studio2Shop, we propose instead to build on existing feature
# > representations of fashion articles [...]. Indeed, many online shops, including Zalando, already
# > have a well-tuned feature representation of their articles that can be used across a wide array
# > of applications [...]. (Section 1)

# %%
import tempfile

from studio2shop.course.inside import TrainingPlan, train_studio2shop

tuned, plan = s2s.load_run(run.folder).model, TrainingPlan(head_epochs=15)
with tempfile.TemporaryDirectory() as folder:
    history = train_studio2shop(tuned, train, validation, features, plan, folder)
history[["epoch", "loss", "val_rank"]].iloc[[0, history["val_rank"].argmin(), -1]].round(2)

# %% [markdown]
# `val_rank` is the (geometric) mean rank of the validation articles' matches. Where the head begins
# to learn these few photos by heart, it gets worse again while the loss still falls. So the weights
# of the best epoch are kept, the middle row; that is what the validation articles are for.

# %%
tuned_search = s2s.Retriever(tuned, features.of(test))
compared["shared run, trained on here"] = s2s.evaluate(tuned_search, test)
s2s.plots.top_k_curves(dict(reversed(compared.items())))

# %%
pd.DataFrame({name: result.row() for name, result in compared.items()}).T[
    ["top_1", "top_10", "median"]
].round(3)

# %% [markdown]
# ## Predict, change, retrain, compare
#
# How many photos does it take? The last row had all of the shop's training photos. Now the shared
# run is trained on with few of them, in the same way. Which share of the matches will be in the
# best ten?

# %%
guess = None  # your turn: a share, from 0 to 1

# %%
NUM_PHOTOS = 200  # change it, guess again, and run both cells again
few = few_photos.trained_on(run, (train, validation, features), NUM_PHOTOS, plan)
after = s2s.evaluate(s2s.Retriever(few, features.of(test)), test)
before = compared["shared run, trained on here"]
guess_beside(guess, before.row().top_10, after.row().top_10, "top-10")

# %% [markdown]
# With no photos at all it is the row `shared run, as it comes`. Two or three such points tell what
# the next hundred matches would be worth before anybody annotates them.
#
# ## 7. Searching
#
# Any photo will do: a path, an image of PIL, an array. Here is a test photo; neither it nor the
# articles in it were trained on.

# %%
search = s2s.Retriever(tuned, features)
photo = test.query_paths[0]
search(photo, k=5)

# %% [markdown]
# `score` is a probability *as the model was trained*, on 50 articles at a time: it sorts, and it is
# no promise. The same as pictures, for three photos, among the test articles:

# %%
s2s.plots.retrievals(s2s.Retriever(tuned, features.of(test)), test, num_queries=3, k=30)

# %% [markdown]
# A shop does not want to suggest what is sold out. `among` takes the ids to choose from:

# %%
in_stock = np.random.default_rng(1).permutation(features.ids)[: len(features) // 2].tolist()
search(photo, k=3, among=in_stock)

# %% [markdown]
# ## 8. All photos at once
#
# > In addition, this setting can have many internal applications such as helping trend scouts match
# > blog images with our products, or annotating all our catalogue images with all contained
# > articles automatically. (Section 1)
#
# `annotate_catalogue` writes a table of all photos, which may serve as a `matches.csv` once
# somebody has looked through it. `write_gallery` makes a page for that somebody.

# %%
found_file = shop.parent / "found.csv"
num_rows = s2s.annotate_catalogue(search, test, found_file, k=3)
found = pd.read_csv(found_file, dtype={"query_id": str, "article_id": str})
print(f"{num_rows:,} rows for {len(test.queries):,} photos")
found.head(4)

# %%
some = test.query_paths[:5]
s2s.write_gallery(
    shop.parent / "found.html", some, search(some, k=20), catalogue, trained_on=own.parts["train"]
)
print(f"found.html, {(shop.parent / 'found.html').stat().st_size / 1000:.0f} kB, for any browser")

# %% [markdown]
# ## 9. Keeping it, and keeping it up to date
#
# A shop changes every day; the model need not. An `Index` is the assortment made ready to be
# searched. It is saved and loaded in no time, forgets what is sold out and takes in what is new: a
# new article needs its features and nothing else, no training and no query.

# %%
tuned.save(shop.parent / "my-model.keras")
old, new = features.ids[:-20], features.ids[-20:]
s2s.Index(tuned, features.of(old)).save(shop.parent / "my-index")

# %%
import keras

model = keras.models.load_model(shop.parent / "my-model.keras")
index = s2s.Index.load(shop.parent / "my-index", model)
index.remove(old[:10])
index.add(features.of(new))
print(f"{len(old)} articles, {len(old[:10])} of them sold out, {len(new)} new: {len(index)}")
s2s.Retriever(index)(photo, k=3)

# %% [markdown]
# The features of articles that arrive later are `run.article_features(new_catalogue)`: the same
# extractor, the same PCA.

# %% [markdown]
# ## What you saw
#
# - A shop is three tables and a folder of photos. Ids are text.
# - Check before you train. Most bad results are bad tables.
# - With few photos, freeze the backbone and train what stands on it. A model that others have
#   trained on many photos is the best place to start from.
# - Compare with what needs no learning, or you won't know whether it was worth it.
# - New articles need features, not training.
#
# What else you should know before you put it on a web page: whose photos these are and whether the
# people in them agreed (`data_manifests/own_shop.toml` asks), and that a model finds best what it
# has seen most. Look at the errors by kind of article, and by kind of person, before your customers
# do.
#
# ## Exercises

# %%
from studio2shop.course.exercises import your_own_shop as exercises

# %% [markdown]
# ### Exercise 1: read a table as it was written
# A shop's colour list has the labels `None` and `NA` (for "Natural"), and its ids begin with zeros.
# Write a function that takes the path of a CSV file and gives a DataFrame in which each cell is the
# text in the file, and an empty cell is `""`. (`pd.read_csv` has two arguments for that.)
#
# <details><summary>Hint</summary>
#
# pandas guesses what a column holds, and which words mean "nothing". Both guesses can be turned
# off.
#
# </details>
# <details><summary>A second hint</summary>
#
# One argument says the type of all columns; the other one is about the default list of words for
# missing values, which is not to be kept.
#
# </details>


# %%
def answer_1(path):
    return None  # your turn


# %%
exercises.check_1(answer_1)

# %% [markdown]
# ### Exercise 2: how sure is sure enough?
# Somebody has to look through `found` before it becomes a `matches.csv`. Write a function that
# takes the found rows, the known matches and a least score, and gives two numbers: of the found
# rows with at least this score the share that is a known match, and of the known matches the share
# that is among these rows. (Both tables have `query_id` and `article_id`.)
#
# <details><summary>Hint</summary>
#
# Count the rows that are in both tables. The two shares have this number above, and different
# numbers below.
#
# </details>
# <details><summary>A second hint</summary>
#
# Keep the found rows with the score first. `merge` with the matches on both ids leaves the rows
# that are in both. Divide their number by that of the kept rows, and by that of the matches.
#
# </details>


# %%
def answer_2(found, matches, least_score):
    return None  # your turn: two numbers, each 0-1


# %%
exercises.check_2(answer_2)

# %% [markdown]
# ### Exercise 3: not more than 50
# Find the five best articles for `photo` that cost less than 50, as a table of `search`. Prices are
# in `catalogue.articles`, as text.
#
# <details><summary>Hint</summary>
#
# The search can be told what to choose from; see section 7.
#
# </details>
# <details><summary>A second hint</summary>
#
# Turn the column into numbers with `astype(float)`, compare, and take the `catalogue.article_ids`
# where it is true. They go to the search as a list, with the k of the exercise.
#
# </details>

# %%
answer_3 = None  # your turn: a DataFrame

# %%
exercises.check_3(answer_3, search, photo, catalogue)

# %% [markdown]
# **That was the course.** `README.md` and `docs/` have what it left out; your own shop has the
# rest.
