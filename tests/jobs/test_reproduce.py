"""The whole main job on a tiny catalogue, from photos to the report, stopped and resumed."""

import json

import keras
import numpy as np
import pandas as pd
import pytest

from studio2shop import load_catalogue, load_run, reproduce
from studio2shop.io.images import load_images
from studio2shop.jobs import scales

pytestmark = pytest.mark.slow

FILES = [
    "settings.json",
    "split.csv",
    "fdna.keras",
    "pca.npz",
    "features.npz",
    "model.keras",
    "history.csv",
    "ranks.csv",
    "table3.csv",
    "report.html",
    "attributes.csv",
]


@pytest.fixture(autouse=True)
def at_tiny_scale(monkeypatch, tiny_scale, eagerly):
    monkeypatch.setattr("studio2shop.training.phases.MATCHING_STEPS", 5)
    monkeypatch.setitem(scales.SCALES, "workshop", tiny_scale)


@pytest.fixture(scope="module")
def run(tiny_run):
    return tiny_run


def test_the_folder_holds_all_that_the_design_names(run):
    folder, _, said = run
    assert [name for name in FILES if not (folder / name).exists()] == []
    assert sorted(path.name for path in (folder / "figures").iterdir()) == [
        "failures.png",
        "figure1.png",
        "figure3.png",
        "figure8.png",
        "learningcurves.png",
    ]
    report = (folder / "report.html").read_text(encoding="utf-8")
    for section in ("Ranks by category", "Ranks by view", "What to do next", "Learning curves"):
        assert f"<h2>{section}" in report
    results, row = run[1], run[1].row()
    lead = f"first for {row.top_1:.0%} of the {results.num_queries} test queries"
    assert lead in report and "studio2shop.reproduce, from Python" in report
    assert json.loads((folder / "settings.json").read_text())["seed"] == 0
    assert said[-1] == f"report: {folder / 'report.html'}"


def test_the_ranks_are_those_of_the_saved_model_by_brute_force(run):
    folder, results, _ = run
    loaded = load_run(folder)
    catalogue = loaded.load_catalogue()
    train, test = catalogue.split(0.8, 0)
    assert sorted(loaded.parts["test"]) == sorted(test.article_ids)
    vectors = loaded.article_features(test).vectors
    np.testing.assert_allclose(vectors, loaded.features.of(test).vectors, atol=1e-4)
    images = load_images(test.query_paths, (48, 32))
    scores = loaded.model.predict([images, np.tile(vectors, (len(images), 1, 1))], verbose=0)
    ranks = pd.read_csv(folder / "ranks.csv", dtype={"query_id": str, "article_id": str})
    assert len(ranks) == len(test.matches) == len(results.ranks)
    for query_id, article_id, rank in ranks[["query_id", "article_id", "rank"]].itertuples(
        index=False
    ):
        row, own = (
            scores[list(test.query_ids).index(query_id)],
            list(test.article_ids).index(article_id),
        )
        # equal but for rounding
        assert abs((row > row[own]).sum() + 1 - rank) <= (np.abs(row - row[own]) < 1e-4).sum()


def test_the_table_has_the_papers_row_beside_ours(run):
    table = pd.read_csv(run[0] / "table3.csv").set_index(["system", "source"])
    assert table.loc[("Studio2Shop", "paper"), "top_1"] == 0.238
    assert table.loc[("Studio2Shop", "ours"), "articles"] == 16
    assert table.loc[("Studio2Shop", "ours"), "median"] == np.median(run[1].ranks["rank"])
    assert any(system.startswith("static: fDNA") for system, _ in table.index)


def test_a_second_call_reuses_every_stage_and_says_the_same(run):
    folder, results, _ = run
    before = (folder / "model.keras").stat().st_mtime_ns
    said = []
    again = reproduce(folder, said.append)
    assert [line.split(":")[0] for line in said if ": reused" in line] == [
        "studio",
        "fDNA",
        "article features",
        "Studio2Shop",
        "quick search",
    ]
    assert (folder / "model.keras").stat().st_mtime_ns == before
    pd.testing.assert_frame_equal(again.ranks, results.ranks)


def test_other_settings_reuse_nothing_of_the_first_run(run, tmp_path, monkeypatch):
    import shutil

    folder = tmp_path / "copy"
    shutil.copytree(run[0], folder)
    (folder / "external" / "shop").mkdir(parents=True)
    said, seen = [], []
    log = keras.callbacks.LambdaCallback(on_epoch_end=lambda epoch, logs: seen.append(set(logs)))
    reproduce(folder, said.append, [log], seed=1)
    assert ["val_loss" in logs for logs in seen] == [True, True, False, False]  # fDNA's, then ours
    assert all("val_rank" in logs for logs in seen[2:])
    assert not (folder / "external").exists()  # its tests were of the other model
    assert [line for line in said if ": reused" in line] == []
    assert json.loads((folder / "settings.json").read_text())["seed"] == 1
    assert set(load_run(folder).parts["test"]) != set(load_run(run[0]).parts["test"])


def test_a_stopped_run_is_no_run_until_it_went_on_to_its_end(run, tmp_path, monkeypatch):
    import shutil

    from studio2shop.training import callbacks

    folder, said = tmp_path / "stopped", []
    shutil.copytree(run[0], folder)
    finished = json.loads((folder / "stages.json").read_text())
    del finished["Studio2Shop"]  # as if it had been stopped before its last stage
    (folder / "stages.json").write_text(json.dumps(finished))
    with monkeypatch.context() as patch:
        patch.setattr(
            callbacks.ValidationRank,
            "on_epoch_end",
            lambda *_: (_ for _ in ()).throw(KeyboardInterrupt),
        )
        with pytest.raises(KeyboardInterrupt):
            reproduce(folder, said.append)
    assert not any(
        (folder / name).exists()
        for name in ("settings.json", "model.keras", "ranks.csv", "report.html")
    )
    with pytest.raises(FileNotFoundError, match="is no finished run: settings.json is missing"):
        load_run(folder)
    results = reproduce(folder, said.append)
    assert [line.split(":")[0] for line in said if ": reused" in line] == [
        "studio",
        "fDNA",
        "article features",
    ] * 2
    assert len(results.ranks) == len(run[1].ranks)


def test_a_users_own_catalogue_with_a_broken_photo_stops_before_anything_is_trained(run, tmp_path):
    import shutil

    shop = tmp_path / "shop"
    shutil.copytree(next((run[0] / "work").glob("studio-*")), shop)
    catalogue = load_catalogue(shop)
    broken = catalogue.queries["image"].iloc[3]
    (shop / broken).write_bytes(b"")
    (shop / catalogue.queries["image"].iloc[7]).write_bytes(b"no image")
    with pytest.raises(ValueError) as caught:
        reproduce(tmp_path / "run", [].append, catalogue=str(shop))
    assert str(caught.value) == (
        f"{shop / 'queries.csv'}, row 5: image {broken!r}: the file is empty (0 bytes); "
        "copy or download the photo again. "
        f"(1 more; `studio2shop check {shop.resolve()}` lists all, "
        "`--on-bad-image skip` goes on without them.)"
    )
    assert not (tmp_path / "run" / "fdna.keras").exists()


def test_a_run_told_to_skip_goes_on_without_bad_photos_and_says_which(run, tmp_path, monkeypatch):
    import shutil

    from PIL import Image

    shop, said = tmp_path / "shop", []
    shutil.copytree(next((run[0] / "work").glob("studio-*")), shop)
    catalogue = load_catalogue(shop)
    bad_query, bad_article = catalogue.queries.iloc[3], catalogue.articles.iloc[5]
    (shop / bad_query["image"]).write_bytes(b"")
    (shop / bad_article["image"]).unlink()
    options = {"catalogue": str(shop), "attributes": str(shop), "on_bad_image": "skip"}
    reproduce(tmp_path / "run", said.append, **options)
    left_out = pd.read_csv(tmp_path / "run" / "left_out.csv")
    assert left_out[["file", "row", "problem"]].to_numpy().tolist() == [
        ["articles.csv", 7, f"image {bad_article['image']!r}: there is no such file"],
        ["queries.csv", 5, f"image {bad_query['image']!r}: the file is empty (0 bytes)"],
    ]
    assert (tmp_path / "run" / "labelled_left_out.csv").read_bytes() == (
        tmp_path / "run" / "left_out.csv"
    ).read_bytes()
    assert (
        any(line.endswith(", 2 photos left out") for line in said)
        and "2 labelled photos left out" in said
    )
    report = (tmp_path / "run" / "report.html").read_text()
    assert (
        "<td>photos left out</td><td>2</td>" in report and "the file is empty (0 bytes)" in report
    )
    loaded = load_run(tmp_path / "run")
    split = pd.read_csv(tmp_path / "run" / "split.csv")
    for kind, wanted in (("article", bad_article["article_id"]), ("query", bad_query["query_id"])):
        assert wanted not in set(split["id"]) and wanted not in getattr(
            loaded.load_catalogue(), f"{kind}_ids"
        )
    assert (
        len(loaded.features) == len(catalogue.articles) - 1 == len(loaded.load_catalogue().articles)
    )
    # a second call decodes nothing before it trains
    with (
        monkeypatch.context() as patched,
        pytest.raises(KeyboardInterrupt),
    ):
        patched.setattr(Image, "open", None)
        reproduce(
            tmp_path / "run", lambda line: stop_at(line, "article features: reused"), **options
        )
    with pytest.raises(
        ValueError, match="row 7: image .* there is no such file; .* goes on without them"
    ):
        reproduce(tmp_path / "run", said.append, catalogue=str(shop))
    # what was stopped changed nothing
    assert loaded.load_catalogue().left_out.equals(left_out.astype({"row": "Int64"}))


def stop_at(line, beginning):
    if line.startswith(beginning):
        raise KeyboardInterrupt


def test_a_wrong_folder_of_labelled_articles_is_told_before_anything_is_rendered(tmp_path):
    with pytest.raises(
        FileNotFoundError,
        match="^nowhere: there is no such folder; give the folder that holds articles.csv.$",
    ):
        reproduce(tmp_path / "run", [].append, attributes="nowhere")
    assert not (tmp_path / "run" / "work").exists()


def test_a_catalogue_too_small_to_split_is_refused_before_anything_is_trained(tmp_path):
    from studio2shop import render_catalogue

    render_catalogue(tmp_path / "shop", num_articles=4, num_queries=4, image_size=(48, 32))
    with pytest.raises(
        ValueError, match="leaves no query whose matches are all|at least one article on each side"
    ):
        reproduce(tmp_path / "run", [].append, catalogue=str(tmp_path / "shop"))


def test_a_mistyped_second_command_leaves_a_finished_run_as_it_was(run):
    folder, _, _ = run
    before = {path.name: path.read_bytes() for path in folder.iterdir() if path.is_file()}
    with pytest.raises(FileNotFoundError, match="there is no such folder"):
        reproduce(folder, [].append, attributes="nowhere")
    assert {path.name: path.read_bytes() for path in folder.iterdir() if path.is_file()} == before


def test_labelled_articles_never_include_a_test_article(run, tmp_path, monkeypatch):
    from studio2shop.jobs import features

    shop, labelled = next((run[0] / "work").glob("studio-*")), []

    def stop(fdna, train, validation, *_, **__):
        labelled.extend([*train.article_ids, *validation.article_ids])
        raise KeyboardInterrupt

    monkeypatch.setattr(features, "train_fdna", stop)
    with pytest.raises(KeyboardInterrupt):
        reproduce(tmp_path / "run", [].append, catalogue=str(shop), attributes=str(shop))
    catalogue = load_catalogue(shop)
    assert sorted(labelled) == sorted(catalogue.split(0.8, 0)[0].article_ids)


def test_labelled_articles_alone_are_no_catalogue_to_rank(tmp_path):
    (tmp_path / "shop").mkdir()
    (tmp_path / "shop" / "articles.csv").write_text("article_id,image\na,a.jpg\nb,b.jpg\n")
    with pytest.raises(
        ValueError,
        match="has no matches; add queries.csv and matches.csv, or pass it as --attributes",
    ):
        reproduce(tmp_path / "run", [].append, catalogue=str(tmp_path / "shop"))


def test_a_folder_with_other_files_is_not_taken_for_a_run(tmp_path):
    (tmp_path / "model.keras").write_text("mine")
    with pytest.raises(
        ValueError, match="holds something else than a run; pass the name of a new folder"
    ):
        reproduce(tmp_path, [].append)
    with pytest.raises(ValueError, match="holds something else than a run"):
        reproduce(tmp_path / "model.keras", [].append)
    assert (tmp_path / "model.keras").read_text() == "mine"


def test_features_of_a_pretrained_backbone_take_the_place_of_fdna(run, tmp_path, monkeypatch):
    from studio2shop.models.backbones import build_compact

    build_compact((48, 32, 3)).save_weights(tmp_path / "own.weights.h5")
    shop = next((run[0] / "work").glob("studio-*"))
    said = []
    monkeypatch.chdir(shop.parent)
    options = {
        "catalogue": shop.name,
        "article_features": "backbone",
        "backbone": "compact",
        "backbone_weights": str(tmp_path / "own.weights.h5"),
    }
    results = reproduce(tmp_path / "run", said.append, finetune_epochs=1, **options)
    assert len(results.ranks) == len(run[1].ranks)
    history = pd.read_csv(tmp_path / "run" / "history.csv")
    assert history["phase"].tolist() == ["head", "head", "everything"]
    monkeypatch.chdir(tmp_path)
    loaded = load_run("run")
    assert loaded.settings["backbone_weights"] == "own.weights.h5"
    assert loaded.load_catalogue().folder == shop.absolute()  # also from another working folder
    assert not (tmp_path / "run" / "fdna.keras").exists()


def test_descriptors_of_a_users_own_encoder_take_the_place_of_fdna(run, tmp_path, monkeypatch):
    from studio2shop.models.backbones import build_compact

    monkeypatch.setattr("studio2shop.jobs.settings.DESCRIPTOR_EPOCHS", 2)
    build_compact((48, 32, 3), name="mine").save(tmp_path / "mine.keras")
    options = {"article_features": "descriptor", "backbone": str(tmp_path / "mine.keras")}
    shop = next((run[0] / "work").glob("studio-*"))
    reproduce(tmp_path / "run", [].append, catalogue=str(shop), finetune_epochs=1, **options)
    found = load_run(tmp_path / "run")
    assert (found.settings["head"], found.settings["backbone"]) == ("descriptor", "mine")
    again = found.article_features(found.load_catalogue())
    np.testing.assert_allclose(again.vectors, found.features.vectors, atol=1e-3)


def test_real_photos_load_split_and_decode(shared_folder):
    catalogue = load_catalogue(shared_folder / "photos" / "studio_pairs")
    assert (len(catalogue.articles), len(catalogue.queries), len(catalogue.matches)) == (
        2200,
        2200,
        2200,
    )
    train, test = catalogue.split(0.8, 0)
    assert (len(train.queries), len(test.queries)) == (1760, 440)
    assert catalogue.check().empty
