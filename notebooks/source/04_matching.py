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
from IPython.display import Markdown

from studio2shop.course import match_plots

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
# fit 7 x 4 x 512 = 14336 only.)

# %%
table_7 = s2s.layer_table(s2s.build_studio2shop(backbone_weights=None))
table_7.assign(params=table_7["params"].map("{:,}".format))

# %%
sizes = table_7.iloc[:-1].groupby("submodule", sort=False)["params"].sum()
share = sizes["query-article-matching"] / sizes.sum()
Markdown(f"""The paper prints {s2s.paper.TABLE_7_TOTAL:,} parameters; this is
{"the same number" if sizes.sum() == s2s.paper.TABLE_7_TOTAL else "another number"}.
**{1 - share:.1%} of them turn the photo into 128 numbers**, and {share:.1%} decide whether an
article fits. That is what keeps a search affordable: the large part runs once a photo, and only the
small part runs once an article.""")

# %% [markdown]
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
print(
    f"{unlearned_loss:.2f} a query, of which {for_matches:.2f} are for the matches that it did not "
    "see coming"
)

# %% [markdown]
# Keep this number in mind. A network whose loss stays there has not begun to learn, however long it
# has been running.

# %% [markdown]
# ## Why are the negatives drawn anew?
#
# > *The negative articles are constantly resampled (for each query image in the batch, for each
# > batch, and for each epoch), which enforces diversity.* (Section 4.1)
#
# Would it not be simpler to draw each query's 50 articles once and keep them? Let us try both. To
# be done in a minute, we describe the photos by a network that is trained already: fDNA's own, the
# same on both sides, as in the paper's *static* systems (Figure 2b). What learns is a small query
# leg on top of its activations, and the matching. After each epoch, all validation articles are
# ranked for all validation photos.

# %%
from studio2shop.course.feature_space import describe_pictures
from studio2shop.course.inside import Activations, ValidationRank

some = train.select_queries(np.random.default_rng(0).permutation(train.query_ids)[:2000])
activations = Activations()  # vectors by id, in memory
for part in (some, validation):
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
    return train_model(s2s.join_submodels(leg, matching), batches, 15, validation_vectors)


# %% [markdown]
# The package's batches are drawn anew in each epoch. `DrawnOnce` keeps those of the first one, and
# gives them in another order each time.

# %%
from studio2shop.course.drawn_once import DrawnOnce
from studio2shop.course.inside import kept_activations

described = kept_activations(some.query_ids, [activations])
anew = s2s.MatchBatches(s2s.MatchSampler(some), run.features, described)
once = DrawnOnce(anew)
histories = {"drawn anew": train_static(anew), "drawn once": train_static(once)}
match_plots.training_curves(histories, len(validation.articles), unlearned_loss)

# %%
late = pd.DataFrame({name: history.tail(5).mean() for name, history in histories.items()})
Markdown(f"""Over the last five epochs, the training loss is {late["drawn anew"].loss:.2f} drawn
anew and **{late["drawn once"].loss:.2f}** drawn once, which looks like the better training. The
matches of validation photos say the opposite: rank **{late["drawn anew"].val_rank:.1f}** drawn anew
and {late["drawn once"].val_rank:.1f} drawn once, of {len(validation.articles)}.""")

# %% [markdown]
# Where the list never changes, the network can learn by heart which of these 50 articles is the
# right one for this photo; that makes the loss fall and is of no use for any other photo. Where it
# changes, it pays to learn what makes an article fit. (`val_rank` is a geometric mean: steadier
# than the median, and not ruled by the few matches that are far down.)

# %% [markdown]
# ## Training from photos
#
# Now the real thing, on a part of the data: photos in, all layers from random weights, and Keras'
# own `fit`.

# %%
from studio2shop.course.inside import TrainingPlan, load_images, train_matching

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
#   the matching that went first by far. It has learned to trust features, and those of the photos
#   mean nothing yet: it is sure, and wrong.
# - Its rank is the better one from the start, and from the second epoch on its loss is, too. A
#   matching that expects something of a feature tells the other submodel where to go; one from
#   random weights has to find out itself whether a photo's feature is worth listening to. The lead
#   is not large; it costs seconds.
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
best = int(last_phase["val_rank"].idxmin())
Markdown(f"""The loss falls to the end, from {last_phase.loss.iloc[0]:.2f} to
{last_phase.loss.iloc[-1]:.2f}. The rank of validation matches is best after epoch **{best + 1} of
{len(last_phase)}**, at {last_phase.val_rank[best]:.1f} of {len(validation.articles)} articles, and
the weights of that epoch were kept. The test articles had no say in it: what they give is in
notebook 05.""")

# %% [markdown]
# ## What you saw
#
# - Nearly all of Studio2Shop turns a photo into a feature; a small network decides on pairs.
# - A batch is 64 photos with 50 articles each; the loss has a value that means "nothing learned",
#   and it pays to know it.
# - Negatives that are drawn anew can't be learned by heart. A falling loss alone would have chosen
#   the worse training.
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

# %%
answer_2 = None  # your turn: a number of articles

# %%
exercises.check_2(answer_2, train)

# %% [markdown]
# ### Exercise 3: the matching's parameters
#
# How many trainable parameters has the matching submodel for features of any size? Write it as a
# function of the size; Table 7 above has the sum for 128, row by row.


# %%
def answer_3(size):
    return None  # your turn


# %%
exercises.check_3(answer_3)

# %% [markdown]
# **Next:** [05 · Retrieval](05_retrieval.ipynb), how good it is and where it fails.
