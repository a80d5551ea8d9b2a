# %% [markdown]
# # 04 · Studio2Shop
#
# **The question.** A photo of a person goes in, and a score for every article comes out. What is in
# between, and what does it learn from?
#
# **You will learn**
#
# - the two submodels, layer by layer, and why nearly all parameters are in one of them
# - what a training batch looks like when you open it, and what the loss says about it
# - why the articles that a person is *not* wearing are drawn anew each time
# - to read training curves: what the loss shows, what it hides, and what a rank adds
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

from studio2shop.course import match_plots
from studio2shop.course.predictions import guess_beside
from studio2shop.course.source import source_of

catalogue = run.load_catalogue()
train, validation = (catalogue.select_articles(run.parts[part]) for part in ("train", "validation"))
s2s.versions(run)

# %% [markdown]
# ## Two submodels
#
# > *In the left leg of our network [...] we use as a basis the publicly available VGG16 pre-trained
# > on ImageNet [...], but only keep the 13 convolutional layers. On top of these layers we add two
# > fully connected layers with 2048 nodes and ReLU activations, each followed by a 50% dropout. We
# > finally add a fully connected layer of size 128 which outputs the fDNA of the input query
# > image.* (Section 4.1)
# >
# > *We concatenate the two feature vectors, add on top a batch normalisation layer followed by two
# > fully connected layers with 256 nodes and ReLU activations and one logistic regression layer.*
# > (Section 4.1)
#
# `build_studio2shop()` builds exactly that; here with random weights, since VGG16's have to be
# downloaded. (Table 7 of the paper has 14436 in the row of Flatten, a misprint: its own parameters
# fit 7 x 4 x 512 = 14336 only.) Below the table stand both sums, and how ours is shared out.

# %%
table_7 = s2s.layer_table(s2s.build_studio2shop(backbone_weights=None))
table_7.assign(params=table_7["params"].map("{:,}".format))

# %%
sizes = table_7.iloc[:-1].groupby("submodule", sort=False)["params"].sum()
print(f"here {sizes.sum():,} parameters, in the paper {s2s.paper.TABLE_7_TOTAL:,}")
(sizes / sizes.sum()).map("{:.1%}".format).to_frame("share of the parameters")

# %% [markdown]
# Nearly all parameters turn the photo into 128 numbers, and few decide whether an article fits.
# That is what keeps a search affordable: the large part runs once a photo, and only the small part
# runs once an article.
#
# At workshop scale, the run's own network has the same matching, above a query-feature submodel
# made for a few thousand photos and a laptop: `compact`, a small stack of convolutions, stands in
# for VGG16. The last layer of all has no sigmoid; 05 says why.

# %%
own_table = s2s.layer_table(run.model)
own_table.assign(params=own_table["params"].map("{:,}".format))

# %% [markdown]
# ## One batch, opened
#
# > *We split our query images in mini-batches of size 64, and compare them with 50 articles only.
# > These 50 articles contain the (at least 1) annotated matching articles and (at most 49) articles
# > drawn randomly without replacement and temporarily labelled as negative matches.* (Section 4.1)

# %%
sampler = s2s.MatchSampler(train, seed=0)
query_rows, article_rows, labels = sampler.draw(epoch=0, step=0)
print("queries", query_rows.shape, " articles", article_rows.shape, " labels", labels.shape)
print("of them matches:", int(labels.sum()))

# %%
match_plots.batch_strips(train, query_rows, article_rows, labels)

# %% [markdown]
# These are four of the 64 queries, each with its 50 articles; green boxes show what is annotated.
# Go through a row as the network has to. Most articles are another kind of garment or another
# colour, and easy to refuse. A few resemble the match, and only from those can it learn detail.
# The step of the sampler that chooses a query's articles is short:

# %%
source_of(s2s.MatchSampler._articles_of)

# %% [markdown]
# It draws some more than are needed, so that enough are left when the matches are taken out.
#
# **Is every refused article really not worn?** Not quite:
#
# > *Our images are not fully annotated and some of the data supplied might be erroneously labelled
# > as negative, however with so many articles available and so few articles actually present in
# > query images, the probability that such an incorrect negative label occurs is relatively low.*
# > (Section 4.1)
#
# How low? Say a person wears one article that nobody annotated. In an epoch, it is among the 49
# drawn ones this often:

# %%
for name, num_articles in (
    ("here", len(train.articles)),
    ("the paper (80 % of 300,000 articles)", 240_000),
):
    print(f"{name}: {min(1, 49 / (num_articles - 1)):.2%}")

# %% [markdown]
# ## What does the loss say?
#
# > $$\mathcal{L} = \sum_{i=1}^{64} \sum_{j=1}^{50} y_{c(i)c(i,j)} \log p_{c(i)c(i,j)} + (1 -
# > y_{c(i)c(i,j)}) \log (1 - p_{c(i)c(i,j)})$$
# >
# > (Equation 2)
#
# Read it with care. Logarithms of probabilities are negative, so to make *this* small is to be
# wrong about everything: the minus sign is missing, and everybody who implements it puts it back.
# What does a network pay that has learned nothing and gives each of the 50 articles a probability
# of 1/50?

# %%
num_articles = labels.shape[1]
nothing_learned = np.full(
    labels.shape, -np.log(num_articles - 1), "float32"
)  # the logit of one in fifty
unlearned_loss = float(np.mean(s2s.losses.match_cross_entropy(labels, nothing_learned)))
for_matches = labels.sum(axis=1).mean() * np.log(num_articles)
print(f"{unlearned_loss:.2f} a query, of which {for_matches:.2f} for the matches")

# %% [markdown]
# Most of it is for the matches, which it did not see coming. Keep this number in mind. A network
# whose loss stays there has not begun to learn, however long it has been running.

# %% [markdown]
# ## Why are the negatives drawn anew?
#
# > *The negative articles are constantly resampled (for each query image in the batch, for each
# > batch, and for each epoch), which enforces diversity.* (Section 4.1)
#
# Would it not be simpler to draw each query's 50 articles once and keep them? Let us try both. To
# be done in a minute, we take 1,000 photos and describe them by a network that is trained already:
# fDNA's own, the same on both sides, as in the paper's *static* systems (Figure 2b). What learns is
# a small query leg on top of its activations, and the matching. After each epoch, all validation
# articles are ranked for all validation photos.

# %%
from studio2shop.course.feature_space import describe_pictures
from studio2shop.course.inside import Activations, TrainingPlan, ValidationRank, join_to_train

drawn = np.random.default_rng(0).permutation(train.query_ids)
few, some = (train.select_queries(drawn[:number]) for number in (1000, 1200))
activations = Activations()  # vectors by id, in memory
for part in (few, validation):
    activations.append(part.query_ids, describe_pictures(run.extractor, part.query_paths))
validation_vectors = activations.take(validation.query_ids).astype("float32")


# %%
def train_model(model, batches, epochs, validation_inputs):
    model.compile(keras.optimizers.Adam(1e-3), loss=s2s.losses.match_cross_entropy)
    rank = ValidationRank(validation, validation_inputs, run.features)
    history = model.fit(batches, epochs=epochs, callbacks=[rank], verbose=0, shuffle=False).history
    return pd.DataFrame(history)


# %%
def train_static(batches):
    keras.utils.set_random_seed(0)
    dense, dropout = keras.layers.Dense, keras.layers.Dropout
    layers = [dropout(0.5), dense(256, "relu"), dropout(0.5), dense(run.features.size)]
    inputs = [keras.Input(validation_vectors.shape[1:]), keras.layers.BatchNormalization()]
    leg = keras.Sequential([*inputs, *layers], name="query_feature")
    matching = s2s.build_query_article_matching(run.features.size, match_activation=None)
    # the same function as by `join_submodels`, in half the time: what depends on the query alone
    # is computed once a query, not once a pair (notebook 07)
    model = join_to_train(leg, matching, TrainingPlan())
    return model, train_model(model, batches, 15, validation_vectors)


# %% [markdown]
# The package's batches are drawn anew in each epoch. `DrawnOnce` keeps those of the first one, and
# gives them in another order each time.

# %%
from studio2shop.course.drawn_once import DrawnOnce
from studio2shop.course.inside import kept_activations

described = kept_activations(few.query_ids, [activations])
anew = s2s.MatchBatches(s2s.MatchSampler(few), run.features, described)
once = DrawnOnce(anew)
models, histories = {}, {}
for name, batches in {"drawn anew": anew, "drawn once": once}.items():
    models[name], histories[name] = train_static(batches)
match_plots.training_curves(histories, len(validation.articles), unlearned_loss)

# %% [markdown]
# By its training loss, drawing once looks like the better training. Is it? The same photos with
# other lists of 50 articles tell. The table has each network's loss with the lists that were kept
# and with new ones, and its validation rank, the mean of the last five epochs. (`val_rank` is a
# geometric mean: steadier than the median, and not ruled by the few matches that are far down.)

# %%
new_lists = s2s.MatchBatches(s2s.MatchSampler(few, seed=1), run.features, described)
rows = {}
for name, model in models.items():
    losses = [model.evaluate(lists, verbose=0) for lists in (once, new_lists)]
    rows[name] = [*losses, histories[name]["val_rank"].tail(5).mean()]
late = pd.DataFrame(rows, index=["loss, kept lists", "loss, new lists", "val_rank"]).T
late.round(2)

# %% [markdown]
# With its own lists, the network that kept them is the better one. With new lists of the same
# photos this lead is gone: it has learned in part by heart which of these 50 articles is the right
# one for this photo, which is of no use anywhere else. Where the lists change, it pays to learn
# what makes an article fit.
#
# Do the ranks of new photos suffer? On this page a little, but that is one seed and a short
# training: with another seed, the two may change places.
#
# ## Predict, change, retrain, compare
#
# Does it take 50 articles a query? Let a query meet ten, drawn anew: a fifth of the pairs. Which
# validation rank will it get to, again as the mean of the last five epochs? `before`, below, is the
# rank with 50. Write your guess before you run on.

# %%
guess = None  # your turn: a rank, such as those in the table

# %%
ARTICLES = 10  # a query; change it, guess again, and run both cells again
other = s2s.MatchBatches(s2s.MatchSampler(few, ARTICLES), run.features, described)
_, history = train_static(other)
after = history["val_rank"].tail(5).mean()
guess_beside(guess, late["val_rank"]["drawn anew"], after, "val_rank")

# %% [markdown]
# A fifth of the articles, and the rank is hardly worse (again, by one seed). Most of the articles
# that are drawn are easy to refuse, and each epoch brings others.

# %% [markdown]
# ## Training from photos
#
# Now the real thing, on a part of the data: photos in, all layers from random weights, and Keras'
# own `fit`.

# %%
from studio2shop.course.inside import load_images, train_matching

image_size = run.model.get_layer("query_feature").input_shape[1:3]
validation_photos = load_images(validation.query_paths, image_size)


# %%
def build_small():
    keras.utils.set_random_seed(0)
    shape, size = (*image_size, 3), run.features.size
    leg = s2s.build_query_feature(shape, size, "compact", None, head="pooled", dropout=0.0)
    return s2s.join_submodels(leg, s2s.build_query_article_matching(size, match_activation=None))


def train_on_photos(model):
    batches = s2s.training_batches(some, run.features, image_size)
    return train_model(model, batches, 4, validation_photos)


# %% [markdown]
# Twice, with one difference: the second time the matching has seen features before it meets photos.
# For some seconds it has learned to recognise an article's feature under noise (`train_matching`).

# %%
both_at_once, matching_first = build_small(), build_small()
matching = matching_first.get_layer("query_article_matching")
train_matching(matching, some, run.features, TrainingPlan())
from_photos = {
    "both at once": train_on_photos(both_at_once),
    "matching first": train_on_photos(matching_first),
}
match_plots.training_curves(from_photos, len(validation.articles), unlearned_loss)

# %% [markdown]
# Two things to see:
#
# - Both start *above* the dotted line, worse than a network that says the same of everything, and
#   the matching that went first the more so. It has learned to trust features, and those of the
#   photos mean nothing yet: it is sure, and wrong.
# - Its rank is the better one from the start, and from the second epoch on its loss is, too. A
#   matching that expects something of a feature tells the other submodel where to go; one from
#   random weights has to find out itself whether a photo's feature is worth listening to. This is
#   one seed and a few epochs; but the lead costs only seconds.
#
# The paper starts from VGG16 trained on ImageNet, and does not say how the rest began.

# %% [markdown]
# ## The run's own curves
#
# With all training queries, to the end. The paper's backbone has seen ImageNet before; the run's
# has seen another studio, of 16,000 articles that are not in this one: those weights come with the
# package. So only what stands above it is trained, the *head* in the legend, on the backbone's
# activations, computed once. (Where all layers train, the legend says *everything*.)

# %%
history = pd.read_csv(run.folder / "history.csv")
phases = {f"the run: {phase}": rows for phase, rows in history.groupby("phase", sort=False)}
match_plots.training_curves(phases, len(validation.articles), unlearned_loss)

# %%
last_phase = history[history["phase"] == history["phase"].iloc[-1]].reset_index(drop=True)
shown = [0, int(last_phase["val_rank"].idxmin()), len(last_phase) - 1]
table = last_phase.loc[shown, ["loss", "val_rank"]].set_index(pd.Index(["first", "best", "last"]))
table.assign(epoch=[row + 1 for row in shown]).round(2)

# %% [markdown]
# The loss falls to the end. The rank of validation matches stops falling before, and the weights of
# its best epoch were kept. The test articles had no say in it: what they give is in notebook 05.

# %% [markdown]
# ## What you saw
#
# - Nearly all of Studio2Shop turns a photo into a feature; a small network decides on pairs.
# - A batch is 64 photos with 50 articles each; the loss has a value that means "nothing learned",
#   and it pays to know it.
# - Articles that are drawn once are partly learned by heart: the training loss falls faster, and
#   for other articles it is not true.
# - Two submodels that both start from nothing have to find each other; here the matching goes
#   first.
#
# ## Exercises

# %%
from studio2shop.course.exercises import matching as exercises

# %% [markdown]
# ### Exercise 1: Equation 2 with its minus sign
#
# Write the loss as a function of labels and *probabilities*, both `(queries, articles)`, summed
# over a query's articles: the answer has a value a query.
#
# <details><summary>Hint</summary>
#
# A match costs minus the logarithm of its probability. What does a refused article cost?
#
# </details>
# <details><summary>A second hint</summary>
#
# One of the two logarithms counts for a match, the other one for the rest: multiply the first by
# the labels and the second by 1 - labels. Sum along axis 1 only, and mind the sign.
#
# </details>


# %%
def answer_1(labels, probabilities):
    return None  # your turn


# %%
exercises.check_1(answer_1, labels)

# %% [markdown]
# ### Exercise 2: how many articles does a query meet?
#
# A photo with one annotated match meets 50 articles an epoch. How many *different* ones has it met
# after 12 epochs, drawn anew? Count with `sampler.draw(epoch, step)`, which has `sampler.num_steps`
# steps an epoch, or find it by thought. An approximate number is good enough.
#
# <details><summary>Hint</summary>
#
# By counting: a set holds each article once, however often it is met. By thought: how likely is it
# that one article is left out in one epoch? In all twelve?
#
# </details>
# <details><summary>A second hint</summary>
#
# By counting: choose a row of a query with one match, go through all epochs and steps, and wherever
# `query_rows` has this row, add its articles to the set. By thought: an article is left out of one
# epoch with a probability of 1 - 49 / (number of other articles), and of all with the twelfth power
# of that.
#
# </details>

# %%
answer_2 = None  # your turn: a number of articles

# %%
exercises.check_2(answer_2, train)

# %% [markdown]
# ### Exercise 3: the matching's parameters
#
# How many trainable parameters has the matching submodel for features of any size? Write it as a
# function of the size; Table 7 above has the sum for 128, row by row.
#
# <details><summary>Hint</summary>
#
# The matching reads a pair, so twice the size. Then go through the rows BatchNorm, Dense, Dense,
# Dense.
#
# </details>
# <details><summary>A second hint</summary>
#
# BatchNorm trains two numbers a value. A dense layer of 256 units has 256 weights and biases for
# each of its inputs and one more; the last one has a single unit. Only the first two of the four
# depend on the size.
#
# </details>


# %%
def answer_3(size):
    return None  # your turn


# %%
exercises.check_3(answer_3)

# %% [markdown]
# **Next:** [05 · Retrieval](05_retrieval.ipynb), how good it is and where it fails.
