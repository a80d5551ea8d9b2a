"""What Python callers confuse is refused where it enters: a sentence says what was expected."""

import numpy as np
import pytest
from matching_models import joined, random_towers

import studio2shop as s2s
from studio2shop.io.image_batch import as_image_batch

A_CATALOGUE = "`catalogue` must be a Catalogue, as `load_catalogue` gives it; received "
FEATURES = "`features` must be ArticleFeatures, as `extract_features` gives them; received "
A_MODEL = (
    "`model` must be a Studio2Shop model, as `build_studio2shop` and `load_run` give it; received "
)
A_LIST = "Expected a list of ids, received {}: put a single id in a list."
A_SIZE = "Expected size to be (height, width) in pixels, two positive integers, received "
BLACK = np.array([0, 1] * 24, np.uint8).reshape(4, 4, 3)


@pytest.fixture(scope="module")
def shop(studio):
    """A catalogue, features of its articles, a model, a retriever and an index of towers."""
    features = s2s.ArticleFeatures(
        studio.article_ids, np.random.default_rng(0).standard_normal((len(studio.articles), 16))
    )
    model = joined(s2s.build_query_article_matching(16, match_activation=None))
    return studio, features, model, s2s.Retriever(model, features)


CASES = {
    # retrieval
    "Retriever(None)": (
        "A Retriever takes a model and features, or only an Index, which holds its model; received "
        "NoneType and NoneType."
    ),
    "Retriever(np.zeros(3), features)": A_MODEL + "array([0., 0., 0.]).",
    "Retriever(matching, features)": A_MODEL + "'query_article_matching'.",
    "Retriever(model, catalogue)": FEATURES + "Catalogue.",
    "Index(model, None)": FEATURES + "None.",
    "Index(model, features, method='x')": (
        "`method` must be one of product, flat, ivf, hnsw; received 'x'."
    ),
    "Index(model, features, 'towers')": (
        "`first_stage` must be towers (distil_towers) or a Studio2Shop model with the linear "
        "match; received 'towers'."
    ),
    "Index(model, features, towers, 2.5)": (
        "`num_candidates` must be an integer of at least 1; received 2.5."
    ),
    "search.index.add(catalogue)": FEATURES + "Catalogue.",
    "search.index.remove('a0000000')": A_LIST.format("'a0000000'"),
    "search(BLACK * 9, among=7)": A_LIST.format("7"),
    "search(BLACK * 9, among=catalogue)": A_LIST.format("Catalogue"),
    "search(BLACK * 9, among=np.array(['nobody']))": (
        "There are no features of article 'nobody'; 60 articles have some. Extract them from the "
        "catalogue that has it."
    ),
    "search(BLACK * 9, k='5')": "`k` must be an integer of at least 1; received '5'.",
    "search(BLACK * 9, k=None)": "`k` must be an integer of at least 1; received None.",
    "search(BLACK * 9, k=float('nan'))": "`k` must be an integer of at least 1; received nan.",
    "search.query_features_of(features)": A_CATALOGUE + "ArticleFeatures.",
    "search.by_features(np.zeros((1, 3)))": (
        "`query_features` must be (queries, 16); received (1, 3)."
    ),
    "search.by_features([['a'] * 16])": (
        "`query_features` must be numbers, (queries, 16); received list."
    ),
    "search.by_features([[0.0] * 15, [0.0] * 16])": (
        "`query_features` must be numbers, (queries, 16); received list."
    ),
    "search.by_features(np.zeros((1, 16), complex))": (
        "`query_features` must be numbers, (queries, 16); received an array of complex128."
    ),
    "search.by_features(catalogue)": (
        "`query_features` must be numbers, (queries, 16); received Catalogue."
    ),
    "search.index.scores(np.full((1, 16), np.nan))": (
        "`query_features` must be finite; received NaN or infinity. Did training diverge?"
    ),
    "search.by_features(np.zeros((1, 16)), k=-1)": (
        "`k` must be an integer of at least 1; received -1."
    ),
    "search.by_features(np.zeros((1, 16)), k=2.0)": (
        "`k` must be an integer of at least 1; received 2.0."
    ),
    "search([BLACK, BLACK])": (
        "Expected an array of numbers in 0-255, received values in 0-1: multiply by 255."
    ),
    "search([[0, 1], [2, 3]])": (
        "Expected a path, a PIL image or an array, received list: turn it into a NumPy array."
    ),
    "search.index.save(None)": "`folder` must be a path; received None.",
    "Index.load(7, model)": "`folder` must be a path; received 7.",
    # catalogue and features
    "load_catalogue(None)": "`folder` must be a path; received None.",
    "check_catalogue(7)": "`folder` must be a path; received 7.",
    "load_queries(None)": "`folder` must be a path; received None.",
    "render_catalogue(None, 3, 3)": "`folder` must be a path; received None.",
    "load_run(None)": "`folder` must be a path; received None.",
    "ArticleFeatures(['a'], [['b']])": (
        "`vectors` must be numbers, (articles, size); received list."
    ),
    "features.rows([['a']])": (
        "Expected a list of ids, received one of lists or other objects: ids are text."
    ),
    "features.of([0.0])": (
        "There are no features of article 0.0; 60 articles have some. Extract them from the "
        "catalogue that has it."
    ),
    "features.reduced_by(None)": (
        "`reduction` must be a Reduction, as `Reduction.fit` makes it; received None."
    ),
    "ArticleFeatures(None, np.zeros((3, 2)))": (
        "`vectors` must be (articles, size) with one row per id; received (3, 2) for no list of "
        "ids."
    ),
    "features.of(7)": A_LIST.format("7"),
    "features.reduce('5')": (
        "`size` must be from 1 to 16 for 60 articles of 16 activations; received '5'."
    ),
    "extract_features(None, catalogue)": (
        "`model` must be a Keras model from images to features; received None."
    ),
    "extract_features(model, features)": A_CATALOGUE + "ArticleFeatures.",
    "catalogue.split('0.8')": (
        "Expected train_fraction between 0 and 1, received '0.8': the paper uses 0.8."
    ),
    "catalogue.split(seed=1.5)": "`seed` must be an integer of at least 0; received 1.5.",
    "catalogue.select_articles('a0000000')": A_LIST.format("'a0000000'"),
    "catalogue.select_queries(None)": A_LIST.format("None"),
    "catalogue.attribute_labels(['category'])": (
        "`attributes` must be a dict of attribute to its labels; received list."
    ),
    # evaluation and training
    "evaluate(model, catalogue)": "`search` must be a Retriever; received Functional.",
    "evaluate(search, None)": A_CATALOGUE + "None.",
    "evaluate(search, catalogue, num_queries=-1)": (
        "`num_queries` must be an integer of at least 1; received -1."
    ),
    "errors_by([], catalogue, 'view')": (
        "`results` must be a dict of system to Results; received list."
    ),
    "errors_by({'ours': 7}, catalogue, 'view')": (
        "`results['ours']` must be Results of `evaluate`; received 7."
    ),
    "untrained_results(None, (16, 16))": A_CATALOGUE + "None.",
    "candidate_agreement(None, search.index.scorer, np.zeros((1, 16)), [3])": (
        "`candidates` must be the CandidateStage of an index in two stages; received None."
    ),
    "candidate_agreement(two.candidates, None, np.zeros((1, 16)), [3])": (
        "`scorer` must be the ExactScorer of the same index; received None."
    ),
    "candidate_agreement(two.candidates, two.scorer, None, [3])": (
        "`query_features` must be (queries, 16); received ()."
    ),
    "candidate_agreement(two.candidates, two.scorer, np.zeros((0, 16)), [3])": (
        "`query_features` has no rows; some hundreds of queries will do."
    ),
    "candidate_agreement(two.candidates, two.scorer, np.zeros((1, 16)), 3)": (
        "`nums` must be a list of integers of at least 1; received 3."
    ),
    "candidate_agreement(two.candidates, two.scorer, np.zeros((1, 16)), [-3])": (
        "`nums[...]` must be an integer of at least 1; received -3."
    ),
    "candidate_agreement(two.candidates, two.scorer, np.zeros((1, 16)), [3], ks=(0,))": (
        "`ks[...]` must be an integer of at least 1; received 0."
    ),
    (
        "candidate_agreement(two.candidates, two.scorer, np.zeros((2, 16)), [3], "
        "own_query_features=np.zeros((1, 16)))"
    ): "`own_query_features` must be of the same 2 queries; received 1.",
    "measure_timings(model, None, {})": FEATURES + "None.",
    "measure_timings(model, features, [search.index])": (
        "`indexes` must be a dict of way to Index, as `build_indexes` returns it; received list."
    ),
    "measure_timings(model, features, {'ours': search})": (
        "`indexes['ours']` must be an Index; received Retriever."
    ),
    "measure_timings(model, features, {}, num_queries=0)": (
        "`num_queries` must be a list of integers of at least 1; received 0."
    ),
    "measure_timings(model, features, {}, (1.5,))": (
        "`num_queries[...]` must be an integer of at least 1; received 1.5."
    ),
    "measure_timings(model, features, {}, (1,), 0)": (
        "`repetitions` must be an integer of at least 1; received 0."
    ),
    "measure_timings(None, features, {})": A_MODEL + "None.",
    "MatchSampler(features)": A_CATALOGUE + "ArticleFeatures.",
    "MatchSampler(catalogue, batch_size=0)": (
        "`batch_size` must be an integer of at least 1; received 0."
    ),
    "MatchSampler(catalogue, articles_per_query=-3)": (
        "`articles_per_query` must be an integer of at least 1; received -3."
    ),
    "MatchBatches(catalogue, features)": "`sampler` must be a MatchSampler; received Catalogue.",
    "MatchBatches(MatchSampler(catalogue), catalogue)": FEATURES + "Catalogue.",
    "training_batches(catalogue, None)": FEATURES + "None.",
    "training_batches(catalogue, features, 10)": A_SIZE + "10.",
    "training_batches(catalogue, features, (0, 10))": A_SIZE + "(0, 10).",
    "training_batches(catalogue, features, (10.5, 10))": A_SIZE + "(10.5, 10).",
    "training_batches(catalogue, features, first_epoch=-1)": (
        "`first_epoch` must be an integer of at least 0; received -1."
    ),
    "MatchSampler(catalogue, one_match='yes')": (
        "`one_match` must be True or False; received 'yes'."
    ),
    "MatchSampler(catalogue).draw(-1, 0)": (
        "`epoch` must be an integer of at least 0; received -1."
    ),
    "MatchSampler(catalogue).draw(0, 99)": (
        "`step` must be less than 2, the batches of an epoch; received 99."
    ),
    "MatchSampler(catalogue).draw_shared(0.5, 0)": (
        "`epoch` must be an integer of at least 0; received 0.5."
    ),
    "MatchBatches(MatchSampler(catalogue), features, 3)": (
        "`load_queries` must be a function, as of `query_images`; received 3."
    ),
    "MatchBatches(MatchSampler(catalogue), features)[0.5]": (
        "`step` must be an integer of at least 0; received 0.5."
    ),
    "title_batches(catalogue, image_size=3)": A_SIZE + "3.",
    "title_batches(features)": A_CATALOGUE + "ArticleFeatures.",
    "train_system('Studio2Shop', None, '.')": (
        "`system` must be a System, such as one of SYSTEMS; received 'Studio2Shop'."
    ),
    "distil_towers(model, np.zeros((3, 16), 'U3'), features)": (
        "`query_features` must be numbers, (queries, 16); received an array of <U3."
    ),
    "distil_towers(model, np.zeros((3, 16)), features, seed=-1)": (
        "`seed` must be an integer of at least 0; received -1."
    ),
    "distil_towers(None, np.zeros((3, 16)), features)": A_MODEL + "None.",
    "reproduce('nowhere', finetune_epochs=1.5)": (
        "`finetune_epochs` must be an integer of at least 0; received 1.5."
    ),
    "annotate_catalogue(model, catalogue, 'found.csv')": (
        "`search` must be a Retriever; received Functional."
    ),
    "write_gallery('found.html', [], catalogue)": (
        "`found` must be a DataFrame, as a Retriever gives it; received Catalogue."
    ),
    "annotate_catalogue(search, catalogue, None)": "`path` must be a path; received None.",
    "plots.top_k_curves(None)": "`results` must be a dict of system to Results; received None.",
    "plots.top_k_curves({'ours': 3})": (
        "`results['ours']` must be Results of `evaluate`; received 3."
    ),
    "plots.retrievals(None, catalogue)": "`search` must be a Retriever; received None.",
    "plots.retrievals(search, catalogue, num_queries=-1)": (
        "`num_queries` must be an integer of at least 1; received -1."
    ),
    # models
    "build_query_article_matching('128')": (
        "`feature_size` must be an integer of at least 1; received '128'."
    ),
    "build_studio2shop(backbone=7)": (
        "`backbone` must be a name, a .keras file or a Keras model; received 7."
    ),
    "build_fdna(3)": (
        "`attribute_sizes` must be a dict of attribute to its number of values; received 3."
    ),
    "build_fdna({'colour': '3'})": (
        "`attribute_sizes['colour']` must be an integer of at least 0; received '3'."
    ),
    "join_submodels(None, matching)": "`query_feature` must be a Keras model; received None.",
    "layer_table(None)": "`model` must be a functional Keras model; received None.",
}


@pytest.mark.filterwarnings("ignore:A query meets all")
@pytest.mark.parametrize("call", CASES)
def test_what_was_confused_is_refused_in_a_sentence(shop, call):
    catalogue, features, model, search = shop
    towers = random_towers(16, 0)
    given = {
        "catalogue": catalogue,
        "features": features,
        "model": model,
        "search": search,
        "matching": model.get_layer("query_article_matching"),
        "towers": towers,
        "two": s2s.Index(model, features, towers, 20),
        "np": np,
        "BLACK": BLACK,
        **{name: getattr(s2s, name) for name in s2s.__all__},
    }
    with pytest.raises(ValueError) as caught:
        eval(call, given)
    assert str(caught.value) == CASES[call]


def test_a_picture_of_zeros_and_ones_is_not_searched_as_black():
    with pytest.raises(ValueError) as caught:
        as_image_batch(BLACK, (4, 4))
    assert str(caught.value) == (
        "Expected an array of numbers in 0-255, received values in 0-1: multiply by 255."
    )
    assert not as_image_batch(np.zeros((4, 4, 3), np.uint8), (4, 4)).any()  # black indeed
