"""Article features: PCA against NumPy, vectors that stay with their ids, extraction by hand."""

import keras
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from studio2shop import ArticleFeatures, build_fdna, extract_features
from studio2shop.features.reduction import Reduction
from studio2shop.io.images import load_images

RNG = np.random.default_rng(0)
VECTORS = (RNG.standard_normal((40, 6)) * [5, 3, 2, 1, 0.5, 0.1] + 7).astype("float32")


def test_a_reduction_is_the_svd_of_the_centred_vectors():
    reduction = Reduction.fit(VECTORS, 3)
    _, singular_values, directions = np.linalg.svd(
        VECTORS - VECTORS.mean(axis=0), full_matrices=False
    )
    variances = singular_values**2 / 39
    np.testing.assert_allclose(reduction.mean, VECTORS.mean(axis=0), rtol=1e-5)
    np.testing.assert_allclose(
        reduction.components.T @ reduction.components, directions[:3].T @ directions[:3], atol=1e-4
    )
    np.testing.assert_allclose(reduction.deviation, np.sqrt(variances[:3].mean()), rtol=1e-5)
    np.testing.assert_allclose(
        reduction.variance_kept, variances[:3].sum() / variances.sum(), rtol=1e-5
    )


@settings(max_examples=30)
@given(
    seed=st.integers(0, 10**6),
    num_articles=st.integers(3, 30),
    num_activations=st.integers(1, 12),
    scale=st.floats(1e-3, 1e4),
)
def test_reduced_vectors_have_mean_zero_falling_variances_and_unit_deviation_where_fitted(
    seed, num_articles, num_activations, scale
):
    vectors = (
        np.random.default_rng(seed).standard_normal((num_articles, num_activations)) * scale
    ).astype("float32")
    size = min(num_articles - 1, num_activations)
    reduced = Reduction.fit(vectors, size).apply(vectors)
    variances = reduced.var(axis=0, ddof=1)
    assert reduced.dtype == np.float32 and reduced.shape == (num_articles, size)
    np.testing.assert_allclose(reduced.mean(axis=0), 0, atol=1e-4)
    np.testing.assert_allclose(variances.mean(), 1, rtol=1e-3)
    assert (np.diff(variances) < 1e-3).all()


def test_blocks_count_alike_whatever_their_size_and_scale():
    random = np.random.default_rng(1)
    large, small = random.standard_normal((500, 40)) * 1000, random.standard_normal((500, 2)) / 1000
    vectors = np.concatenate([large, small], axis=1).astype("float32")
    reduction = Reduction.fit(vectors, 42, block_sizes=[40, 2])
    reduced = reduction.apply(vectors)
    standard = (vectors - vectors.mean(0)) / vectors.std(0)
    expected = standard / np.sqrt([40] * 40 + [2] * 2)

    def distances(values):
        return np.linalg.norm(values[:30, None] - values[:30], axis=-1)

    np.testing.assert_allclose(
        distances(reduced), distances(expected) / reduction.deviation, rtol=0.01, atol=0.01
    )


def test_distances_survive_a_full_reduction_but_for_one_factor():
    reduction = Reduction.fit(VECTORS, 6)
    reduced = reduction.apply(VECTORS)
    distances, ours = (
        np.linalg.norm(values[:, None] - values, axis=-1) for values in (VECTORS, reduced)
    )
    np.testing.assert_allclose(ours * reduction.deviation, distances, atol=1e-4)


def test_a_reduction_takes_only_as_many_activations_as_it_was_fitted_on():
    with pytest.raises(ValueError) as caught:
        Reduction.fit(VECTORS, 3).apply(VECTORS[:, :5])
    assert str(caught.value) == "The reduction takes 6 activations per article; received 5."


@pytest.mark.parametrize(
    "vectors, size, largest", [(VECTORS, 0, 6), (VECTORS, 7, 6), (VECTORS[:4], 4, 3)]
)
def test_a_size_out_of_range_is_refused(vectors, size, largest):
    with pytest.raises(ValueError) as caught:
        Reduction.fit(vectors, size)
    assert str(caught.value) == (
        f"`size` must be from 1 to {largest} for {len(vectors)} articles of 6 activations; "
        f"received {size}."
    )


@pytest.mark.parametrize(
    "ids, vectors, sentence",
    [
        (
            ["a", "b"],
            np.ones((3, 2)),
            "`vectors` must be (articles, size) with one row per id; received (3, 2) for 2 ids.",
        ),
        (
            ["a", "b"],
            np.ones(2),
            "`vectors` must be (articles, size) with one row per id; received (2,) for 2 ids.",
        ),
        (
            ["a", "b", "c", "b"],
            np.ones((4, 2)),
            "`ids` must be unique; article 'b' occurs 2 times.",
        ),
        (
            ["a", "b", "c"],
            [[1, 2], [np.nan, 2], [1, np.inf]],
            (
                "`vectors` must be finite; 2 rows are not, the first of article 'b'. "
                "Extract them anew or leave them out."
            ),
        ),
    ],
)
def test_features_that_cannot_be_used_are_refused(ids, vectors, sentence):
    with pytest.raises(ValueError) as caught:
        ArticleFeatures(ids, vectors)
    assert str(caught.value) == sentence


@settings(max_examples=60)
@given(st.data())
def test_vectors_stay_with_their_ids_in_any_order(data):
    ids = data.draw(
        st.lists(
            st.text(st.characters(exclude_characters="\0", codec="utf-8"), max_size=8),
            unique=True,
            max_size=20,
        )
    )
    features = ArticleFeatures(ids, np.arange(len(ids))[:, None] * [1.0, 10.0])
    wanted = data.draw(st.lists(st.sampled_from(ids), unique=True)) if ids else []
    expected = [ids.index(article_id) for article_id in wanted]
    assert features.rows(wanted).tolist() == expected
    part = features.of(wanted)
    assert part.ids.tolist() == wanted and len(part) == len(wanted) and part.size == 2
    assert part.vectors[:, 1].tolist() == [10 * row for row in expected]


def test_features_of_a_catalogue_come_in_its_order(studio):
    shuffled = RNG.permutation(60)
    features = ArticleFeatures(studio.article_ids[shuffled], shuffled[:, None])
    train, _ = studio.split(0.8)
    assert features.of(studio).vectors[:, 0].tolist() == list(range(60))
    assert features.of(train).ids.tolist() == train.article_ids.tolist()


def test_an_article_without_features_is_named():
    with pytest.raises(ValueError) as caught:
        ArticleFeatures(["a", "b"], np.ones((2, 3))).of(["b", "x", "y"])
    assert str(caught.value) == (
        "There are no features of article 'x'; 2 articles have some. "
        "Extract them from the catalogue that has it."
    )


def test_saved_features_come_back_bit_for_bit(tmp_path):
    features = ArticleFeatures(
        ["ä/1", "b", "c d"], np.array([[0.1, -0.0], [1e-42, 3e38], [np.pi, -1]], "float32")
    )
    features.save(tmp_path / "features.npz")
    loaded = ArticleFeatures.load(tmp_path / "features.npz")
    assert (
        loaded.ids.tolist() == ["ä/1", "b", "c d"]
        and loaded.vectors.tobytes() == features.vectors.tobytes()
    )
    assert [path.name for path in tmp_path.iterdir()] == ["features.npz"]


def test_a_saved_reduction_comes_back_bit_for_bit(tmp_path):
    reduction = Reduction.fit(VECTORS, 3)
    reduction.save(tmp_path / "pca.npz")
    loaded = Reduction.load(tmp_path / "pca.npz")
    assert loaded.apply(VECTORS).tobytes() == reduction.apply(VECTORS).tobytes()
    assert (loaded.deviation, loaded.variance_kept) == (
        reduction.deviation,
        reduction.variance_kept,
    )


def test_a_reduction_adapted_to_shifted_and_stretched_activations_gives_the_same_features():
    random = np.random.default_rng(0)
    vectors = random.normal(size=(60, 10)).astype("float32") * np.arange(1, 11, dtype="float32")
    other = vectors * np.linspace(0.5, 3, 10, dtype="float32") - 7
    by_blocks = Reduction.fit(vectors, 4, block_sizes=[6, 4])
    adapted = by_blocks.adapted(other).apply(other)
    assert adapted == pytest.approx(by_blocks.apply(vectors), abs=1e-4)
    # activations that were taken as they are keep their sizes: only the mean is another
    plain = Reduction.fit(vectors, 4)
    assert plain.adapted(vectors - 7).apply(vectors - 7) == pytest.approx(
        plain.apply(vectors), abs=1e-4
    )
    assert np.array_equal(plain.adapted(other).components, plain.components)


@pytest.mark.parametrize(
    "spoil, reason",
    [
        (lambda data: b"", "File is not a zip file"),
        (lambda data: data[:-30], "File is not a zip file"),
        (lambda data: data.replace(b"vectors", b"victors"), "it has no vectors"),
        (
            lambda data: data.replace(b"\0\0\x80\x3f", b"\0\0\x80\x3e"),
            "Bad CRC-32 for file 'vectors.npy'",
        ),
        (lambda data: b"<html>", "File is not a zip file"),
    ],
    ids=["empty", "cut", "renamed", "flipped", "other"],
)
def test_a_file_of_features_that_is_none_or_broken_is_named(tmp_path, spoil, reason):
    path = tmp_path / "features.npz"
    with pytest.raises(FileNotFoundError) as caught:
        ArticleFeatures.load(path)
    assert (
        str(caught.value)
        == f"{path}: there is no such file; correct the path or run again what made it."
    )
    ArticleFeatures(["a"], [[1.0]]).save(path)
    path.write_bytes(spoil(path.read_bytes()))
    with pytest.raises(ValueError) as caught:
        ArticleFeatures.load(path)
    assert str(caught.value) == (
        f"{path}: it is broken, or no .npz file with ids, vectors ({reason}); delete it and run "
        "again what made it."
    )
    with pytest.raises(
        ValueError, match="no .npz file with mean, components, deviation, variance_kept "
    ):
        Reduction.load(path)


def test_arrays_saved_by_other_means_are_no_features_without_ids_or_with_pickles(tmp_path):
    for arrays in (
        {"vectors": np.ones((2, 3))},
        {"ids": np.array(["a", 1], object), "vectors": np.ones((2, 3))},
    ):
        np.savez(tmp_path / "features.npz", **arrays)
        with pytest.raises(ValueError, match="no .npz file with ids, vectors"):
            ArticleFeatures.load(tmp_path / "features.npz")
    np.save(tmp_path / "vectors.npy", np.ones((2, 3)))
    with pytest.raises(ValueError, match="no .npz file with ids, vectors"):
        ArticleFeatures.load(tmp_path / "vectors.npy")


def test_a_stop_while_saving_leaves_the_old_file(tmp_path, monkeypatch):
    def stop_half_way(path, **arrays):
        path.write_bytes(b"half")
        raise KeyboardInterrupt

    ArticleFeatures(["old"], [[1.0]]).save(tmp_path / "features.npz")
    monkeypatch.setattr(np, "savez", stop_half_way)
    with pytest.raises(KeyboardInterrupt):
        ArticleFeatures(["new"], [[2.0]]).save(tmp_path / "features.npz")
    assert ArticleFeatures.load(tmp_path / "features.npz").ids.tolist() == ["old"]


def test_a_reduction_is_fitted_on_the_given_catalogue_only(studio):
    train, test = studio.split(0.8)
    features = ArticleFeatures(studio.article_ids, RNG.standard_normal((60, 5)))
    of_test = features.rows(test.article_ids)
    disturbed_vectors = features.vectors.copy()
    disturbed_vectors[of_test] *= 1000
    reduced, disturbed = (
        part.reduce(3, fit_on=train)
        for part in (features, ArticleFeatures(features.ids, disturbed_vectors))
    )
    assert reduced.ids.tolist() == features.ids.tolist()
    assert np.array_equal(reduced.of(train).vectors, disturbed.of(train).vectors)
    expected = Reduction.fit(features.of(train).vectors, 3).apply(features.vectors[of_test])
    assert np.array_equal(reduced.of(test).vectors, expected)


def test_fdnas_features_are_the_activations_of_its_layer_fDNA(studio):
    fdna = build_fdna({"category": 3}, (64, 64, 3), fdna_size=12)
    features = extract_features(fdna, studio)
    by_hand = keras.Model(fdna.input, fdna.get_layer("fDNA").output).predict(
        load_images(studio.article_paths, (64, 64)), verbose=0
    )
    assert features.ids.tolist() == studio.article_ids.tolist() and features.size == 12
    np.testing.assert_allclose(features.vectors, by_hand, rtol=1e-4, atol=1e-5)


def map_network(functional=True):
    sequential = keras.Sequential(
        [keras.Input((16, 8, 3)), keras.layers.Rescaling(1 / 255), keras.layers.Conv2D(4, 3)]
    )
    return keras.Model(sequential.inputs[0], sequential.outputs[0]) if functional else sequential


@pytest.mark.parametrize("functional", [True, False])
def test_a_map_is_averaged_over_the_picture(studio, functional):
    network = map_network(functional)
    features = extract_features(network, studio)
    maps = network.predict(load_images(studio.article_paths, (16, 8)), verbose=0)
    np.testing.assert_allclose(features.vectors, maps.mean(axis=(1, 2)), atol=1e-5)


def test_a_network_that_ends_in_vectors_is_taken_as_it_is(studio):
    network = keras.Sequential([keras.Input((16, 8, 3)), keras.layers.Flatten()])
    features = extract_features(network, studio)
    assert np.array_equal(
        features.vectors, load_images(studio.article_paths, (16, 8)).reshape(60, -1)
    )


def test_a_second_extraction_into_the_same_folder_computes_nothing(studio, tmp_path, monkeypatch):
    features = extract_features(map_network(), studio, tmp_path)
    monkeypatch.setattr(keras.Model, "predict", None)
    assert np.array_equal(
        extract_features(map_network(), studio, tmp_path).vectors, features.vectors
    )
