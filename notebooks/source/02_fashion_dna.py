# %% [markdown]
# # 02 · FashionDNA
#
# **The question.** Studio2Shop compares a photo with a row of numbers that stands for an article.
# Where do these numbers come from, and why should they be any good?
#
# **You will learn**
# - to read a table of layers, and to do its sums yourself (Table 5),
# - how a network learns nine attributes at once although most labels are missing (Appendix, Table
#   6),
# - how well it does, an attribute at a time, and what that has to do with neighbours.
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

from studio2shop.course import teaching_plots
from studio2shop.course.predictions import guess_beside
from studio2shop.course.source import source_of

s2s.versions(run)

# %% [markdown]
# ## What should the numbers know?
#
# Two pictures of one black top can differ in nearly every pixel; two different tops can agree in
# most. What counts is what a person in the shop would say: a top, black, striped, long sleeves. The
# idea of FashionDNA: train a network to say just that, then throw its answers away and keep what it
# thought before it answered.
#
# > These features are obtained by extracting the activations of a hidden fully connected layer in a
# > static deep convolutional neural network that was trained using title images and article
# > attributes. (Section 3)
#
# Here are some of the pictures, and what the network should say of a few articles (others than
# those in the pictures):

# %%
catalogue = run.load_catalogue()
train, test = (catalogue.select_articles(run.parts[part]) for part in ("train", "test"))
s2s.plots.catalogue_examples(train, num_rows=2)

# %%
train.articles.head(4).drop(columns="image").set_index("article_id").transpose()

# %% [markdown]
# Only the last column of the pictures, the title images, is for this notebook.
#
# > Note that only title images were used during training, [...] and no model images were seen.
# > (Section 1)

# %% [markdown]
# ## Table 5, row by row
#
# The paper prints its network as a table. `build_fdna()` builds it; `layer_table` prints it back in
# the paper's form. Do they agree?

# %%
paper_fdna = s2s.build_fdna()
table = s2s.layer_table(paper_fdna)
table["paper"] = [row[5] for row in s2s.paper.TABLE_5] + [s2s.paper.TABLE_5_TOTAL]
readable = table.map(lambda value: f"{value:,}" if isinstance(value, int) else value)
readable.head(13)

# %% [markdown]
# The last two columns are our parameters and the paper's: they agree to the last one. But where
# does a number such as the first convolution's come from? Each row can be done by hand: a *size*
# from the row above it, a layer's *parameters* as weights plus one bias an output.

# %%
from studio2shop.course.inside import derivation_table

pd.set_option("display.max_colwidth", 80)
derivation_table(paper_fdna).head(13)

# %% [markdown]
# Follow one picture down the table:
#
# - `conv1` looks at 11 x 11 pixels, and moves on by 4. No border is added ("valid"), or the size
#   would be another one. The other convolutions move on by 1 and add a border ("same"), which keeps
#   the size.
# - Each pool halves, and rounds down. The paper doesn't say how large its pools are. Famous
#   ancestors of this network (AlexNet) pool 3 x 3 with overlap; does that fit?

# %%
after_conv1, after_pool1 = (int(table["output_size"][row].split("x")[0]) for row in (1, 2))
overlapping, halving = (after_conv1 - 3) // 2 + 1, after_conv1 // 2
print(f"rows by 3 x 3: {overlapping}    by 2 x 2: {halving}    in the table: {after_pool1}")

# %% [markdown]
# So the table itself tells what the text leaves out. That is a good habit with papers: do the sums,
# and see what they settle.
#
# The first thirteen rows are shared. The rest are *branches*, two rows an attribute: a hidden
# layer, and one output for each value. Below the table stands how the parameters are shared out.

# %%
readable[13:].drop(columns=["kernel"])

# %%
shared_part, fdna_layer = table["params"][:13].sum(), table["params"][12]
branches = table["params"].iloc[-1] - shared_part
parts = {"shared part": shared_part, "of which fDNA": fdna_layer, "nine branches": branches}
pd.DataFrame({"parameters": parts}).map("{:,}".format)

# %% [markdown]
# The branches are needed for training only. An article's features are the activations of the layer
# `fDNA`: 1536 numbers, none of which has a name.

# %% [markdown]
# ## Nine attributes, most of them missing
#
# > Training is done via multiple categorical cross-entropy losses, one for each attribute.
# > (Appendix)
#
# The attributes of Table 6 are Zalando's. Our studio has those of Section 3:

# %%
sizes = {name: len(labels) for name, labels in run.attributes.items()}
attributes = pd.DataFrame({"values": sizes, "coverage": train.summary()["attribute_coverage"]}).loc[
    list(sizes)
]
attributes["such as"] = [", ".join(labels[:4]) for labels in run.attributes.values()]
attributes.round(2)

# %% [markdown]
# `values` counts those that the training articles carry; a rare one may be missing. A pullover has
# no trouser rise; and of many a shirt nobody has noted the collar. What should the network say
# there? Look at the labels of a batch as the network gets them:

# %%
image_size = tuple(run.settings["title_size"])
batches = s2s.title_batches(train, run.attributes, image_size, augment=True)
images, labels = next(iter(batches))
pd.DataFrame(labels).head(6)

# %% [markdown]
# Each number is a label's place in the list of the attribute's values; **-1 is "not annotated"**.
# The loss leaves such rows out. See for yourself: two articles, the second without a label, and the
# same loss for the first one alone.

# %%
loss = s2s.losses.attribute_cross_entropy()
scores = np.array([[2.0, 0.0, 0.0], [0.0, 0.0, 9.0]], "float32")
both, first_alone = (float(loss(np.array(label), scores[: len(label)])) for label in ([0, -1], [0]))
print(f"both articles: {both:.4f}    the annotated one alone: {first_alone:.4f}")

# %% [markdown]
# Whatever the network says of the second article costs nothing and teaches nothing. The article is
# not lost, though: its *other* labels are used. This is the whole loss, and its last word does it:

# %%
source_of(s2s.losses.attribute_cross_entropy)

# %% [markdown]
# ## Watching it learn
#
# A small start, so that you can watch: a new network for images of our size, and some batches only.
# To compare attributes of few and of many values, the picture divides each loss by what guessing
# evenly would cost.


# %%
def train_new(attributes, num_epochs):
    keras.utils.set_random_seed(0)
    sizes = {name: len(labels) for name, labels in attributes.items()}
    learner = s2s.build_fdna(sizes, (*image_size, 3), attribute_activation=None)
    loss = {name: s2s.losses.attribute_cross_entropy() for name in attributes}
    learner.compile(keras.optimizers.Adam(5e-4), loss=loss)
    batches = s2s.title_batches(train, attributes, image_size, augment=True)
    look = {"steps_per_epoch": 8, "shuffle": False, "verbose": 0}
    return learner.fit(batches, epochs=num_epochs, **look).history


# %%
history = train_new(run.attributes, num_epochs=8)
num_run = run.settings["fdna_epochs"] * batches.num_batches
print(f"batches: {8 * len(history['loss'])} here, {num_run} in the shared run")

# %%
teaching_plots.attribute_losses(history, sizes, steps_per_epoch=8)

# %% [markdown]
# Attributes that a glance at the picture tells fall farthest: colour and kind, which every article
# has, and the length of sleeves and of the whole. Those with few annotated articles get few
# lessons: a batch of 64 has only a handful of trouser rises. Why does one start *above* 1? A
# network that has learned nothing yet doesn't guess evenly; it guesses at random, and is sure of
# it. And "pattern" is so low because most of the annotated articles are plain: saying so is mostly
# right. Keep that in mind for the next picture.

# %% [markdown]
# ## Predict, change, retrain, compare
#
# Nine attributes share one network. Does kind suffer from the other eight, or do they help it?
# Train a new network on the category alone, on half as many batches, which takes some seconds.
# First the loss of the category among nine, after as many batches:

# %%
even_guess = np.log(len(run.attributes["category"]))
among_nine = history["category_loss"][:4][-1] / even_guess
print(f"category among nine: {among_nine:.2f} of an even guess")

# %% [markdown]
# What will it be alone? Write your guess before you run on.

# %%
guess = None  # your turn: a number like the one above

# %%
ATTRIBUTES = ["category"]  # change what else it learns, guess again, and run both cells again
alone = train_new({name: run.attributes[name] for name in ATTRIBUTES}, num_epochs=4)
category_loss = alone["loss" if len(ATTRIBUTES) == 1 else "category_loss"][-1]
guess_beside(guess, among_nine, category_loss / even_guess, "loss of category")

# %% [markdown]
# Alone, it learns kinds sooner here: no other loss pulls at the layers that all share. (This is the
# start of a training, with one seed.) But a network that knows kinds alone would have no reason to
# tell two dresses apart, and that is what its features are for.
#
# ## How well does it do?
#
# Now the shared run's own network, on the test articles, which it has never seen. A fair comparison
# for each attribute is the lazy answer: always the most common value. (`annotated` leaves out
# articles whose value no training article carries: nobody could have learned it.)

# %%
from studio2shop.course.inside import attribute_accuracy

fdna = keras.models.load_model(run.folder / "fdna.keras")
accuracies = attribute_accuracy(fdna, test, run.attributes)
accuracies.round(2)

# %%
bars = accuracies.set_index("attribute")[["accuracy", "most_common"]]
bars.columns = ["fDNA's first guess", "always the most common"]
teaching_plots.share_bars(
    bars, "share of the annotated test articles", markers=["always the most common"]
)

# %% [markdown]
# A long bar proves nothing; a bar that goes far beyond its black line does. Where the two are
# close, or the bar is even shorter, the network has learned little beyond the frequencies: too few
# lessons for too many values, and details of a few pixels at this image size.

# %%
gain = 100 * (bars.iloc[:, 0] - bars.iloc[:, 1]).sort_values(ascending=False)
gain.map("{:+.0f}".format).rename("points above the lazy answer").to_frame()

# %% [markdown]
# ## Nearest articles in feature space
#
# Nobody will ask this network for a collar. What it is for: articles that are alike should be near
# each other. Here are six test articles, each beside its ten nearest ones, in the features that the
# run's search uses (1536 numbers, brought down to 128: the next notebook).

# %%
from studio2shop.course.feature_space import nearest_articles, shared_labels

nearest = nearest_articles(run.features.of(test).vectors, k=10)
shown = np.random.default_rng(3).permutation(len(test.articles))[:6]
teaching_plots.nearest_strips(test, shown, nearest)

# %% [markdown]
# Nobody has told the network which articles are alike. It had to say colours and kinds, and
# neighbourhood came with it, less so for rare kinds (on this page, a jacket and a skirt have mostly
# other kinds beside them). How much of that is true in general? Take all pairs of neighbours, and
# count how often they carry the same label.

# %%
articles = np.arange(len(nearest))[:, None].repeat(nearest.shape[1], axis=1)
shared = shared_labels(test, articles, nearest)
neighbours = shared.set_index("attribute")[["shared", "by_chance"]]
neighbours.columns = ["ten nearest", "two at random"]
teaching_plots.share_bars(
    neighbours, "pairs with the same label, of those annotated", markers=["two at random"]
)

# %% [markdown]
# These articles and their labels the network has never met. Where neighbours hardly agree more than
# two articles at random do, the space hardly holds that property; no search in it can find it
# again.

# %% [markdown]
# ## What you saw
#
# - Table 5 can be rebuilt to the last parameter, and its sums settle what the text leaves open.
# - Many losses train one network; a missing label simply has no loss.
# - Accuracy means something only beside the lazy answer.
# - The layer before the branches puts articles that are alike near each other, and that is all that
#   Studio2Shop will use.

# %% [markdown]
# ## Exercises

# %%
from studio2shop.course.exercises import fashion_dna as exercises

# %% [markdown]
# ### Exercise 1: a wider look
#
# Suppose `conv2` looked at 7 x 7 places instead of 5 x 5, and nothing else changed. How many
# parameters would the paper's network have in all? The row of `conv2` in the sums above is all you
# need.
#
# <details><summary>Hint</summary>
#
# A same-padded convolution keeps the size of what it gives, so no other layer changes. By how much
# does this one grow?
#
# </details>
# <details><summary>A second hint</summary>
#
# In 5·5·96·256 + 256, only the 5·5 becomes 7·7. Add the difference of the two products to the last
# row of Table 5.
#
# </details>

# %%
answer_1 = None  # your turn: a whole number

# %%
exercises.check_1(answer_1, paper_fdna)

# %% [markdown]
# ### Exercise 2: the loss with holes
#
# Write it yourself. `probabilities` is an array (articles, values), each row sums to 1; `labels`
# has a whole number an article, -1 where there is none. Return the mean of -log(probability of the
# label) over the articles that have one.
#
# <details><summary>Hint</summary>
#
# Leave the articles without a label out first. With a -1 as a column number, NumPy would take the
# last column and not complain.
#
# </details>
# <details><summary>A second hint</summary>
#
# `labels >= 0` chooses rows of both arrays. Then an array of row numbers beside the labels picks
# one probability a row; of these take the logarithm, the mean, and the minus.
#
# </details>


# %%
def answer_2(probabilities, labels):
    return None  # your turn: a number; np.log takes the logarithm


# %%
exercises.check_2(answer_2)

# %% [markdown]
# ### Exercise 3: who are the neighbours?
#
# `shared` has a row an attribute. For which one is the agreement of neighbours the largest multiple
# of that of two articles at random, that is, which has the largest quotient of `shared` and
# `by_chance`? Why that one?
#
# <details><summary>Hint</summary>
#
# Two columns of a table divide row by row. A small `by_chance` makes a large quotient.
#
# </details>
# <details><summary>A second hint</summary>
#
# `idxmax()` of the quotients gives the row of the largest one; the name stands there in the column
# `attribute`. Leave out rows whose `by_chance` is 0.
#
# </details>

# %%
answer_3 = None  # your turn: the name of an attribute, such as "category"

# %%
exercises.check_3(answer_3, shared)

# %% [markdown]
# **Next:** [03 · From 1536 to 128: PCA](03_pca.ipynb)
