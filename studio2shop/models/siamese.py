"""all-in-two-nets: both sides learnt from images, by two legs that share no weights (Figure 2a)."""

import keras
from keras import layers

from studio2shop import paper
from studio2shop.models.fdna import branch_hidden_size, check_attributes
from studio2shop.models.layers import SharedArticles
from studio2shop.models.matching import build_query_article_matching
from studio2shop.models.query_feature import build_query_feature

QUERY_LABELS, ARTICLE_LABELS = "query_{}", "article_{}"  # an attribute's output of each leg


def build_all_in_two_nets(
    attribute_sizes=None,
    input_shape=(*paper.QUERY_SIZE, 3),
    feature_size=paper.FEATURE_SIZE,
    backbone="vgg16",
    backbone_weights="imagenet",
    head="flatten",
    dropout=0.5,
):
    """Builds the network that all-in-two-nets is trained as.

    Two legs, their attribute branches, a dot product.

    "The right leg has the same architecture as the left leg described in Section 4.1 [...], but no
    parameters are shared between the two legs" (Section 4.2). "On top of the layer generating the
    feature vector sits, for each attribute, a sub-network ending with softmax activations" (Section
    4.1). Where the paper is silent: a branch has one hidden layer, as wide as fDNA's (Table 5);
    title images are as large as query images; the dot product has a learned scale. A batch's
    article images are shared by its queries, see `MatchSampler.draw_shared`.

    To search, the left leg and the match make one model, and the right leg extracts the article
    features: `join_submodels(model.get_layer("query_feature"),
    model.get_layer("query_article_matching"))` and
    `extract_features(model.get_layer("article_feature"), catalogue)`.

    Args:
        attribute_sizes: dict of attribute to number of values; default: Section 3's nine. An empty
            one leaves the branches out.
        input_shape: `(height, width, 3)` of query and title images, in pixels.
        feature_size: size of the learnt features.
        backbone, backbone_weights, head, dropout: of each leg, as in `build_query_feature`.

    Returns:
        A `keras.Model` from `[query images (batch, height, width, 3), title images (articles,
        height, width, 3)]` to a dict of float32 logits: `scores` `(batch, articles)`, and for each
        attribute `query_...` `(batch, values)` and `article_...` `(articles, values)`.

    Raises:
        ValueError: if an argument is not one of the above.
        FileNotFoundError, ConnectionError: if the backbone's weights can't be had.

    Example:
        >>> from studio2shop.models.siamese import build_all_in_two_nets
        >>> model = build_all_in_two_nets({"colour": 5}, (112, 78, 3), 128, "compact", None)
        >>> model.output["article_colour"].shape
        (None, 5)
    """
    if attribute_sizes is None:
        attribute_sizes = {name: num_values for name, (num_values, _) in paper.ATTRIBUTES.items()}
    legs = [
        build_query_feature(
            input_shape, feature_size, backbone, backbone_weights, head, dropout, name=name
        )
        for name in ("query_feature", "article_feature")
    ]
    matching = build_query_article_matching(feature_size, "linear", match_activation=None)
    return join_two_nets(*legs, matching, build_branches(attribute_sizes, feature_size))


def join_two_nets(query_feature, article_feature, query_article_matching, branches):
    """Joins the parts of all-in-two-nets into the model that is trained.

    Args:
        query_feature, article_feature: the legs, from images or from a backbone's activations to
            features.
        query_article_matching: the linear match on logits.
        branches: the two legs' models from features to a dict of attribute to logits, or an empty
            list.

    Returns:
        A `keras.Model` as `build_all_in_two_nets` describes it.
    """
    queries = keras.Input(query_feature.input_shape[1:], name="query_input")
    articles = keras.Input(article_feature.input_shape[1:], name="article_input")
    query_features, article_features = query_feature(queries), article_feature(articles)
    shared = SharedArticles(name="shared_articles")(
        [article_features, query_features]
    )  # (batch, articles, features)
    outputs = {"scores": query_article_matching([shared, query_features])}
    for branch, features, label in zip(
        branches, (query_features, article_features), (QUERY_LABELS, ARTICLE_LABELS)
    ):
        outputs |= {
            label.format(attribute): logits for attribute, logits in branch(features).items()
        }
    return keras.Model([queries, articles], outputs, name="all_in_two_nets")


def build_branches(attribute_sizes, feature_size=paper.FEATURE_SIZE):
    """Builds the attribute branches of both legs.

    Args:
        attribute_sizes: dict of attribute to number of values; may be empty.
        feature_size: size of the features they stand on.

    Returns:
        A list of two models from `(batch, feature_size)` to a dict of attribute to float32 logits,
        named `query_attributes` and `article_attributes`; an empty list without attributes.

    Raises:
        ValueError: if an attribute has fewer than 2 values or a name that no layer can have.
    """
    if not attribute_sizes:
        return []
    check_attributes(attribute_sizes)
    return [
        _build_leg_branches(attribute_sizes, feature_size, f"{side}_attributes")
        for side in ("query", "article")
    ]


def _build_leg_branches(attribute_sizes, feature_size, name):
    features = keras.Input((feature_size,), name=f"{name}_input")
    outputs = {}
    with keras.name_scope(name):  # see `layers.py`
        for attribute, num_values in attribute_sizes.items():
            width = branch_hidden_size(num_values)
            hidden = layers.Dense(width, activation="relu", name=f"{attribute}_hidden")(features)
            outputs[attribute] = layers.Dense(num_values, dtype="float32", name=attribute)(hidden)
    return keras.Model(features, outputs, name=name)
