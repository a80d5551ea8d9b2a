"""A run made ready for use: another system, all articles, an index that grows."""

import json
import os
import shutil

import numpy as np
import pandas as pd
import pytest

from studio2shop import Index, Retriever, load_run, render_catalogue, reproduce
from studio2shop.__main__ import main
from studio2shop.jobs import scales
from studio2shop.jobs.deploy import INDEX, add_articles, deploy, plan_found
from studio2shop.models.backbones import build_compact
from studio2shop.models.query_feature import backbone_of

pytestmark = pytest.mark.slow


@pytest.fixture(scope="module")
def runs(tiny_run, tiny_scale, tmp_path_factory):
    """The tiny run with a linear system as its own model, and the same deployed."""
    folder = shutil.copytree(tiny_run[0], tmp_path_factory.mktemp("runs") / "run")
    out, said = folder.parent / "deployed", []
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr("studio2shop.training.phases.MATCHING_STEPS", 5)
        patch.setitem(scales.SCALES, "workshop", tiny_scale)
        reproduce(folder, said.append, system="fDNA-linear-listwise")
        deploy(folder, out, said.append)
    assert any(line.startswith("fDNA: reused") for line in said)
    return load_run(folder), load_run(out)


def test_another_row_of_table_2_is_the_runs_own_model(runs):
    run, _ = runs
    assert run.system == "fDNA-linear-listwise"
    assert run.model.get_layer("query_article_matching").get_layer("dot_product")
    table = pd.read_csv(run.folder / "table3.csv")
    assert table["system"].tolist()[0] == "fDNA-linear-listwise"
    assert "Studio2Shop" in table["system"][table["source"] == "paper"].tolist()


def test_a_deployed_run_was_trained_on_every_article_for_the_epochs_found(runs):
    run, ours = runs
    assert sorted(ours.parts["train"]) == sorted(run.features.ids)
    assert not np.array_equal(
        ours.model.get_layer("query_feature").get_weights()[0],
        run.model.get_layer("query_feature").get_weights()[0],
    )
    history = pd.read_csv(ours.folder / "history.csv")
    assert history["phase"].tolist() == ["everything"] * plan_found(run).stops["everything"]
    assert np.array_equal(ours.features.vectors, run.features.vectors)
    assert str(run.folder) in (ours.folder / "report.html").read_text()


def test_adapted_to_another_shop_it_searches_that_shops_articles(runs, tmp_path):
    _, ours = runs
    shop = render_catalogue(tmp_path / "shop", 60, 60, (48, 32), seed=9, style="other_shop")
    found = ours.adapted_to(shop).retriever()(str(shop.query_paths[0]), k=60)
    assert sorted(found["article_id"]) == sorted(shop.article_ids)


def test_it_searches_with_its_index_as_without(runs):
    _, ours = runs
    photo = str(ours.load_catalogue().query_paths[0])
    found, exact = ours.retriever()(photo, k=5), Retriever(ours.model, ours.features)(photo, k=5)
    assert found["article_id"].tolist() == exact["article_id"].tolist()
    np.testing.assert_allclose(found["score"], exact["score"], atol=1e-5)


def test_an_addition_that_is_stopped_after_any_renaming_can_be_repeated(
    runs, tmp_path, monkeypatch
):
    _, ours = runs
    catalogue, replace = ours.load_catalogue(), os.replace
    shop = tmp_path / "new"
    shop.mkdir()
    (shop / "catalogue.json").write_text(json.dumps({"photos": str(catalogue.photos)}))
    (shop / "articles.csv").write_text(f"article_id,image\nx,{catalogue.articles['image'][0]}\n")

    def stopped(folder, renaming):
        left = [renaming]

        def counted(source, target):
            replace(source, target)
            left[0] -= 1
            if not left[0]:
                raise KeyboardInterrupt

        with monkeypatch.context() as patch:
            patch.setattr(os, "replace", counted)
            try:
                add_articles(folder, shop)
            except KeyboardInterrupt:
                return True
        return False

    stops = 0
    while stopped(shutil.copytree(ours.folder, tmp_path / f"{stops}"), stops + 1):
        grown = load_run(tmp_path / f"{stops}")
        if "x" not in grown.features.ids:
            assert add_articles(grown.folder, shop) == len(ours.features) + 1
            grown = load_run(grown.folder)
        assert grown.settings["added"] == [*ours.settings["added"], str(shop)]
        assert grown.load_catalogue().article_ids.tolist().count("x") == 1
        assert "x" in Index.load(grown.folder / INDEX, grown.model, verify=True).features.ids
        stops += 1
    assert stops >= 3  # settings, index, features


def test_new_articles_are_found_without_training(runs, tmp_path, capsys):
    _, ours = runs
    catalogue = ours.load_catalogue()
    photos = {f"new-{row}": str(path) for row, path in enumerate(catalogue.article_paths[:2])}
    shop = tmp_path / "new"
    shop.mkdir()
    (shop / "catalogue.json").write_text(json.dumps({"photos": str(catalogue.photos)}))
    images = [catalogue.articles["image"][row] for row in range(2)]
    rows = [f"{id_},{image}" for id_, image in zip(photos, images)]
    (shop / "articles.csv").write_text("\n".join(["article_id,image", *rows]))
    num_before = len(ours.features)
    assert add_articles(ours.folder, shop) == num_before + 2
    grown = load_run(ours.folder)
    same = grown.features.of(["new-0", str(catalogue.article_ids[0])]).vectors
    np.testing.assert_allclose(same[0], same[1], atol=1e-3)
    found = grown.retriever()(str(catalogue.query_paths[0]), k=num_before + 2)
    assert {"new-0", "new-1"} <= set(found["article_id"])
    assert photos["new-0"] in [str(path) for path in grown.load_catalogue().article_paths]
    said = []
    deploy(runs[0].folder, ours.folder, said.append)  # once more: nothing is made anew or lost
    assert [line.split(":")[1].split(",")[0] for line in said[:2]] == [" reused", " reused"]
    assert load_run(ours.folder).settings["added"] == [str(shop)]
    with pytest.raises(ValueError, match="the run has an article 'new-0' already"):
        add_articles(ours.folder, shop)
    page = tmp_path / "found.html"
    search = ["search", str(ours.folder), photos["new-0"], "--k", "90", "--out", str(page)]
    assert main(search) == 0
    assert "new-0" in page.read_text()


def test_a_pretrained_backbone_keeps_its_weights_in_deploying(runs, tiny_scale, tmp_path):
    build_compact((48, 32, 3), name="mine").save(tmp_path / "mine.keras")
    options = {"article_features": "descriptor", "backbone": str(tmp_path / "mine.keras")}
    with pytest.MonkeyPatch.context() as patch:
        patch.setitem(scales.SCALES, "workshop", tiny_scale)
        patch.setattr("studio2shop.jobs.settings.DESCRIPTOR_EPOCHS", 2)
        shop = str(runs[0].load_catalogue().folder)
        reproduce(tmp_path / "run", [].append, catalogue=shop, **options)
    before, after = (
        run.model.get_layer("query_feature")
        for run in (
            load_run(tmp_path / "run"),
            deploy(tmp_path / "run", tmp_path / "out", [].append),
        )
    )
    pairs = zip(backbone_of(before).get_weights(), backbone_of(after).get_weights(), strict=True)
    assert all(np.array_equal(old, new) for old, new in pairs)
    head = [model.get_layer("fc1").get_weights()[0] for model in (before, after)]
    assert not np.allclose(*head)


def test_a_pipe_in_a_runs_folder_is_neither_waited_for_nor_copied(runs, tmp_path):
    folder = shutil.copytree(runs[0].folder, tmp_path / "run")
    os.mkfifo(folder / "left_out.csv")
    with pytest.raises(ValueError) as caught:
        deploy(folder, tmp_path / "out", [].append)
    assert str(caught.value) == (
        f"{folder}/left_out.csv: it is no regular file; delete it and run again what made it."
    )


def test_what_is_not_deployed_or_in_the_way_is_told(runs, tmp_path):
    run, ours = runs
    with pytest.raises(ValueError, match="is deployed already; deploy the run it was made from"):
        deploy(ours.folder, tmp_path / "again")
    with pytest.raises(ValueError, match="is no deployed run; make one with `studio2shop deploy"):
        add_articles(run.folder, tmp_path)
    with pytest.raises(ValueError, match="`out` must be another folder than the run's"):
        deploy(run.folder, run.folder)
    with pytest.raises(FileNotFoundError, match="there is no such folder"):
        deploy(tmp_path / "nowhere", tmp_path / "out")
