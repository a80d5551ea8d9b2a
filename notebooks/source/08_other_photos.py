# %% [markdown]
# # 08 · Other people's photos
#
# **The question.** A model that was trained on one shop's photos meets another shop's (Section 5.2, Table 4, Figures 4 to 7). How much of what it can do is left?
#
# **You will learn**
# - what *domain shift* is, with your own eyes;
# - how to test without fine-tuning, and what to put beside a number so that it means something;
# - which trait of the other photos does the damage, by changing one at a time;
# - when to search with a model that others have trained, and when not.
#
# Takes at most three minutes on a laptop with two cores, once the shared run is there; without a GPU there is nothing to do or to change.

# %%
import studio2shop as s2s

SCALE = "workshop"  # "paper" takes the paper's image sizes and VGG16: hours, better on a GPU
run = s2s.find_or_make_run(scale=SCALE)

# %%
import pandas as pd
from IPython.display import Markdown

from studio2shop import domain_shift, shift_plots
from studio2shop.course_kept import kept_shop

s2s.versions(run)

# %% [markdown]
# ## 1. Two other shops
#
# > To assess the usability of our model, we run tests on two external datasets, namely *DeepFashion In-Shop-Retrieval*, which is the closest to ours and contains 683
# > title images and 2922 matching shop images, and *LookBook*, which contains 8726 title images and 68820 matching shop images with backgrounds. For both datasets, the
# > background is different to ours, and the aspect ratio of the people in query images may also vary due to image resizing. As a result, the image distributions deviate
# > from ours, both for queries and for targets. (Section 5.2)
#
# Neither set may be passed on (`studio2shop convert` reads them, if you have them). Two more styles of the studio stand in, with articles, people and photographers of their own:
# `other_shop` for In-Shop, `on_location` for LookBook. Here they are below the shop that the model knows.

# %%
own = run.load_catalogue().select_articles(run.parts["test"])
shops = {style: kept_shop(run, style) for style in ("other_shop", "on_location")}
shift_plots.shops({"our studio": own, **shops})

# %% [markdown]
# You know at once what everybody wears: a person's eye takes the wall away, and the light, and the lens. Does the network? Before you run on, **guess**: how far down will
# the right article be, in a shop of some hundred?
#
# ## 2. The test: nothing is learned anew
#
# > We compute the static features of the title images using the pre-existing feature representation of interest (fc14 or fDNA) and simply apply our model to their query
# > images. It is critical to note here that our model is not fine-tuned to this new data. (Section 5.2)
#
# In code that is two lines a shop: features of the title images by the run's own fDNA and PCA, and a retriever with the run's own model.

# %%
searches = {"our studio": s2s.Retriever(run.model, run.features.of(own))}
searches |= {name: s2s.Retriever(run.model, run.article_features(shop)) for name, shop in shops.items()}
results = {name: s2s.evaluate(searches[name], shop) for name, shop in {"our studio": own, **shops}.items()}
shift_plots.rank_shares(results)

# %% [markdown]
# Every curve starts at one article and ends at the whole shop. The assortments differ in size, so we look at *shares* of them; the markers are the median ranks, and at the dotted
# line a coin is tossed. This is domain shift: the same model, the same kind of clothes, and a marker far to the right.

# %%
medians = {name: result.row()["median"] / result.num_articles for name, result in results.items()}
for name, share in medians.items():
    print(f"{name:>12}: half of the matches are in the best {share:.1%} of the assortment, {share / medians['our studio']:.1f} x as far down as at home")

# %% [markdown]
# ## 3. Is that good or bad? Table 4, with something to compare
#
# A rank alone says little. Beside it belong **chance**, and what can be had **without learning**: the colours of both pictures compared, or fDNA's activations of both.
# Without them transfer can't be told from luck.

# %%
from studio2shop.static import static_results

tables = {}
for name, shop in shops.items():
    statics = static_results(shop, searches[name].image_size, {"fDNA activations": run.extractor})
    tables[name] = {"Studio2Shop": results[name]} | {f"static: {way}": result for way, result in statics.items()}

# %%
from studio2shop.evaluation import external_table

table_4 = external_table(tables, pd.read_csv(run.folder / "table3.csv"))
shown = ["queries", "articles", "top_1", "top_10", "top_1_percent", "average", "median"]
table_4.set_index(["dataset", "system"])[shown].round(3)

# %% [markdown]
# Read it from the top: at home, in the other shop, on location; then the paper's own rows, of other data, for orientation. They tell the same story: In-Shop went well, and
#
# > LookBook was originally not meant for street-to-shop, many articles have more than one ID and are treated as different so we are not rewarded for finding them with the
# > wrong ID. The images are very different from ours and we do not really expect any good results, but we use it to test the boundaries of DeepArticleFinder. (Section 5.2)
#
# ("DeepArticleFinder" is what the authors must have called it before Studio2Shop.) How much is left beside what needs no learning?

# %%
for name, systems in tables.items():
    best, median = min(((way, result.row()["median"]) for way, result in systems.items() if way != "Studio2Shop"), key=lambda pair: pair[1])
    print(f"{name}: Studio2Shop's median rank is {results[name].row()['median']:g}, the best without learning {median:g} ({best.removeprefix('static: ')}), chance {(results[name].num_articles + 1) / 2:g}")

# %% [markdown]
# And these are *drawn* photos on both sides. Between drawings and real photographs the step is much larger: `docs/external_test.md` has both directions measured, and there
# a comparison of colours beats the network.
#
# ## 4. Which trait does it?
#
# Two shops differ in everything at once: walls, people, lenses, light. With real photos the question ends here. In the studio we can do what a scientist would do: **take
# the same picture again and change one thing.** Same people, same clothes, same pose.

# %%
from studio2shop.studio.restage import restaged_queries

some = own.query_ids[[0, 3, 5]]
shift_plots.same_outfits({name: restaged_queries(own, some, queries) for name, (queries, _) in domain_shift.TRAITS.items() if name != "other title images"})

# %% [markdown]
# Now the ranks, always of the same matches in the same assortment. The bars are 95 % bootstrap intervals; the dotted line is at home.

# %%
by_trait = domain_shift.results_by_trait(run, own)
shift_plots.ranks_by_way(by_trait)

# %%
costs = pd.Series({name: result.row()["median"] / by_trait["as in the studio"].row()["median"] for name, result in by_trait.items()})
single = costs.drop([name for name in costs.index if name.startswith(("as in", "all of"))]).sort_values(ascending=False)
Markdown("Times as far down as at home, one trait alone: " + ", ".join(f"**{name}** {cost:.1f}" for name, cost in single.items()) + ".")

# %% [markdown]
# So there is no *one* thing that a domain is. (...)
#
# ## 5. Looking at it: Figures 4 to 7
#
# > Figures 4 and 5 show the retrieval outcomes for 5 randomly selected query images from DeepFashion In-Shop-Retrieval and LookBook respectively. (Section 5.2)
#
# Figure 4, random queries of `other_shop` beside the best of its own assortment, exact hits in green:

# %%
s2s.plots.retrievals(searches["other_shop"], shops["other_shop"], num_queries=3, k=30)

# %% [markdown]
# Figure 5, the same of `on_location`:

# %%
s2s.plots.retrievals(searches["on_location"], shops["on_location"], num_queries=3, k=30)

# %% [markdown]
# > While the previous tests allow us to assess performance, in practice we would like to suggest articles from our own assortment. (Section 5.2)
#
# So Figures 6 and 7 search *our* assortment for *their* photos. Nothing there can be an exact hit, since we don't sell it, and there is no number to compute: these figures are for your
# judgement. Would you show this to a customer?

# %%
s2s.plots.retrievals(searches["our studio"], shops["other_shop"], num_queries=3, k=30, assortment=own)

# %%
s2s.plots.retrievals(searches["our studio"], shops["on_location"], num_queries=3, k=30, assortment=own)

# %% [markdown]
# ## What you saw
#
# - (...)
#
# ## Exercises

# %%
from studio2shop.exercises import other_photos as exercises

# %% [markdown]
# ### Exercise 1: top-1 % of a small shop
# In the paper's Table 4, the column top-1 % of In-Shop is *smaller* than its top-10, in Table 3 it is larger than top-50. Which top-k is top-1 % among In-Shop's articles?
# (`s2s.paper.TABLE_4_SIZES` has queries and articles; the package counts `max(1, articles // 100)`.)

# %%
answer_1 = None  # your turn: a whole number k

# %%
exercises.check_1(answer_1)

# %% [markdown]
# ### Exercise 2: compare what can't be compared
# A median rank of 3 among 683 articles, of 466 among 8,726 and of 5 among 50,000: which is best? Write a function that says how many times better than chance a median is,
# 1 for chance itself, for whatever size of assortment.

# %%
def answer_2(median, num_articles):
    return None  # your turn


# %%
exercises.check_2(answer_2)

# %% [markdown]
# ### Exercise 3: put the people right
# `other_shop` resizes its photos so that people are too wide:

# %%
from studio2shop.studio.styles import STYLES

low, high = STYLES["other_shop"].aspect
height, width = run.settings["query_size"]
print(f"A photo was {low} to {high} times as wide as it was high, and was stretched to {width / height:.2f}.")

# %% [markdown]
# Write a function that takes photos, uint8 `(photos, height, width, 3)`, and gives photos of the same size in which people are about as wide as they were: squeeze each one in the middle
# and fill both sides with the colours of its own edge (`PIL.Image.resize`, `np.pad(..., mode="edge")`). One factor for all photos will do.

# %%
def answer_3(images):
    return None  # your turn


# %%
exercises.check_3(answer_3, searches["other_shop"], shops["other_shop"])

# %% [markdown]
# **Next:** *09 · Your own shop*: the photos come from you.
