"""The external test on a tiny run: Table 4, its figures, and that nothing learned from counts."""

import dataclasses
import json
import pathlib
import shutil

import keras
import numpy as np
import pandas as pd
import pytest

from studio2shop import load_catalogue, load_run, paper
from studio2shop.__main__ import main
from studio2shop.evaluation.results import evaluate
from studio2shop.io.images import load_images
from studio2shop.jobs import evaluate as external
from studio2shop.jobs import run as jobs_run
from studio2shop.jobs.evaluate import evaluate_external, table_lines
from studio2shop.jobs.fingerprints import file_digests
from studio2shop.retrieval import Retriever

pytestmark = pytest.mark.slow

DATA_SETS = [
    "own test articles",
    "other_shop",
    "on_location",
    "DeepFashion In-Shop (paper)",
    "LookBook (paper)",
]


@pytest.fixture(scope="module")
def run(tiny_run):
    return load_run(tiny_run[0])


@pytest.fixture(scope="module")
def evaluation(run, tmp_path_factory):
    """The run on small stand-ins: the folder, the table, what was said."""
    out, said = tmp_path_factory.mktemp("evaluations") / "first", []
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(external, "STAND_IN_SIZES", (40, 12))
        patch.setattr(jobs_run, "LEAST_TO_ADAPT", 12)
        table = evaluate_external(run, out, announce=said.append)
    return out, table, said


def read_ranks(folder):
    return pd.read_csv(folder / "ranks.csv", dtype={"query_id": str, "article_id": str})


def test_the_folder_holds_table_figures_report_and_the_rendered_photos(evaluation):
    out, table, said = evaluation
    assert sorted(path.name for path in out.iterdir()) == [
        "evaluation.json",
        "figures",
        "photos",
        "ranks.csv",
        "report.html",
        "table4.csv",
    ]
    assert sorted(path.name for path in (out / "figures").iterdir()) == [
        f"figure{number}.png" for number in (4, 5, 6, 7)
    ]
    styles = [
        json.loads((out / "photos" / name / "studio.json").read_text())["style"]
        for name in DATA_SETS[1:3]
    ]
    assert styles == DATA_SETS[1:3]
    pd.testing.assert_frame_equal(pd.read_csv(out / "table4.csv"), table)
    page = (out / "report.html").read_text(encoding="utf-8")
    positions = [
        page.index(f"<h2>{begin}")
        for begin in (
            "Table 4: ",
            "Figure 4: ",
            "Figure 5: ",
            "Figure 6: ",
            "Figure 7: ",
            "Data: other_shop",
            "The run",
        )
    ]
    assert positions == sorted(positions) and "Table 3" not in page
    assert said[-1] == f"report: {out / 'report.html'}"


def test_the_table_has_the_own_test_first_and_the_papers_rows_last(evaluation, tiny_run):
    table = evaluation[1].set_index(["dataset", "system"])
    assert list(dict.fromkeys(evaluation[1]["dataset"])) == DATA_SETS
    own = table.loc[("own test articles", "Studio2Shop")]
    assert own["median"] == np.median(tiny_run[1].ranks["rank"]) and own["articles"] == 16
    for name in DATA_SETS[:3]:
        systems = table.loc[name]
        assert {
            "Studio2Shop",
            "static: colour histogram",
            "static: fDNA activations",
            "chance",
        } <= set(systems.index)
        assert systems.loc["chance", "median"] == (systems.loc["chance", "articles"] + 1) / 2
    assert table.loc[("LookBook (paper)", "Studio2Shop"), list(paper.METRICS)].tolist() == [
        0.013,
        0.044,
        0.070,
        0.107,
        0.182,
        0.241,
        1266,
        466,
    ]


def test_the_external_ranks_are_the_models_by_brute_force(evaluation, run):
    out, table, _ = evaluation
    for name in DATA_SETS[1:3]:
        catalogue, ranks = load_catalogue(out / "photos" / name), read_ranks(out)
        ranks = ranks[ranks["dataset"] == name]
        activations = run.extractor.predict(
            load_images(catalogue.article_paths, (64, 64)), verbose=0
        )
        images = load_images(catalogue.query_paths, (48, 32))
        scores = run.model.predict(
            [images, np.tile(run.reduction.apply(activations), (len(images), 1, 1))], verbose=0
        )
        assert len(ranks) == len(catalogue.matches) and scores.shape == (40, 12)
        for query_id, article_id, rank in ranks[["query_id", "article_id", "rank"]].itertuples(
            index=False
        ):
            row, own = (
                scores[list(catalogue.query_ids).index(query_id)],
                list(catalogue.article_ids).index(article_id),
            )
            # equal but for rounding
            assert abs((row > row[own]).sum() + 1 - rank) <= (np.abs(row - row[own]) < 1e-4).sum()
        printed = table[(table["dataset"] == name) & (table["system"] == "Studio2Shop")].iloc[0]
        assert (printed["median"], printed["queries"], printed["articles"]) == (
            ranks["rank"].median(),
            40,
            12,
        )


def test_an_adapted_run_standardises_another_shops_photos_by_their_own_statistics(
    evaluation, run, monkeypatch
):
    out, table, _ = evaluation
    catalogue = load_catalogue(out / "photos" / "other_shop")
    before = run.model.get_weights()
    monkeypatch.setattr(jobs_run, "LEAST_TO_ADAPT", 12)
    adapted = run.adapted_to(catalogue)
    query_feature = adapted.model.get_layer("query_feature")
    standardise = query_feature.get_layer("standardise")
    standardised = keras.Model(query_feature.input, standardise.output)
    images = load_images(catalogue.query_paths, (48, 32))
    values = standardised.predict(images, verbose=0)
    variances = np.asarray(standardise.moving_variance)
    assert np.abs(values.mean(axis=0)).max() < 1e-4 and variances.max() > 1e-4
    expected = variances / (variances + standardise.epsilon)
    assert values.var(axis=0) == pytest.approx(expected, rel=1e-3, abs=1e-6)
    assert adapted.features.ids.tolist() == catalogue.article_ids.tolist()
    assert np.abs(adapted.features.vectors.mean(axis=0)).max() < 1e-4
    # the run is what it was
    assert all(np.array_equal(*pair) for pair in zip(before, run.model.get_weights()))
    row = table[(table["dataset"] == "other_shop") & (table["system"] == "Studio2Shop, adapted")]
    ranks = evaluate(Retriever(adapted.model, adapted.features), catalogue).ranks["rank"]
    assert row["median"].tolist() == [ranks.median()] and row["queries"].tolist() == [40]


def test_too_few_photos_for_statistics_are_told_and_leave_the_run_as_it_is(run, tmp_path):
    few = run.load_catalogue().select_articles(run.parts["test"])
    with pytest.raises(ValueError, match="50 queries and articles or more; .* has too few"):
        run.adapted_to(few)


def test_the_stand_ins_share_no_photo_with_the_run(evaluation, run):
    own = run.load_catalogue()
    theirs = [load_catalogue(evaluation[0] / "photos" / name) for name in DATA_SETS[1:3]]
    paths = [
        path
        for catalogue in (own, *theirs)
        for path in (*catalogue.article_paths, *catalogue.query_paths)
    ]
    assert len(set(file_digests(paths))) == len(paths)
    assert (
        evaluation[2][2].startswith("other_shop: 40 queries, 12 articles, ")
        and "left out" not in evaluation[2][2]
    )


def test_a_runs_own_catalogue_gives_its_test_result_again(run, tiny_run, tmp_path):
    said = []
    evaluate_external(run, tmp_path / "out", {"itself": run.load_catalogue()}, said.append)
    ranks, before = read_ranks(tmp_path / "out"), tiny_run[1].ranks
    assert (
        ranks["query_id"].tolist() == before["query_id"].tolist()
        and ranks["article_id"].tolist() == before["article_id"].tolist()
    )
    # features extracted in other batches may round otherwise
    np.testing.assert_allclose(ranks["rank"], before["rank"], atol=1)
    assert (
        ", 16 articles, " in said[0]
        and ", 64 articles left out, the run learned from their images, " in said[0]
    )
    assert sorted(path.name for path in (tmp_path / "out" / "figures").iterdir()) == [
        "figure4.png",
        "figure6.png",
    ]


@pytest.fixture
def mixed_shop(run, evaluation, tmp_path):
    """Twelve articles of another shop.

    One has a training title image, one query a training photo, one query no match.
    """
    shop = shutil.copytree(evaluation[0] / "photos" / "other_shop", tmp_path / "mixed")
    own = run.load_catalogue().select_articles(run.parts["train"])
    catalogue = load_catalogue(shop)
    article_id = catalogue.article_ids[0]
    carrying = set(catalogue.matches["query_id"][catalogue.matches["article_id"] == article_id])
    others = [query_id for query_id in catalogue.query_ids if query_id not in carrying]
    shutil.copy(own.article_paths[5], shop / catalogue.articles["image"][0])
    paths = dict(zip(catalogue.query_ids, catalogue.query_paths))
    shutil.copy(own.query_paths[5], paths[others[0]])
    catalogue.matches[catalogue.matches["query_id"] != others[1]].to_csv(
        shop / "matches.csv", index=False
    )
    return load_catalogue(shop), article_id, carrying, others


def test_what_the_run_learned_from_is_left_out_and_counted(run, mixed_shop, tmp_path):
    catalogue, article_id, carrying, others = mixed_shop
    said = []
    evaluate_external(run, tmp_path / "out", {"mixed": catalogue}, said.append)
    ranks = read_ranks(tmp_path / "out")
    assert set(ranks["query_id"]) == set(others[2:]) and article_id not in set(ranks["article_id"])
    assert json.loads((tmp_path / "out" / "evaluation.json").read_text())["counts"] == {
        "mixed": {
            "queries": len(others) - 2,
            "articles": 11,
            "matches": len(ranks),
            "articles left out, the run learned from their images": 1,
            "queries left out that carry such an article": len(carrying),
            "queries left out, the run was trained on their photos": 1,
            "queries left out for want of a match": 1,
        }
    }
    assert said[0].endswith(
        "1 queries left out, the run was trained on their photos, "
        "1 queries left out for want of a match"
    )


def test_photos_that_cannot_be_read_are_left_out_when_asked_and_listed(
    tiny_run, mixed_shop, tmp_path, capsys
):
    catalogue, _, _, others = mixed_shop
    shop = catalogue.folder
    broken = pathlib.Path(dict(zip(catalogue.query_ids, catalogue.query_paths))[others[-1]])
    broken.write_bytes(b"<html>not found</html>")
    command = [
        "evaluate",
        str(tiny_run[0]),
        "--catalogue",
        str(shop),
        "--out",
        str(tmp_path / "out"),
    ]
    assert main(command) == 1
    assert broken.name in capsys.readouterr().err
    assert main([*command, "--on-bad-image", "skip"]) == 0
    left_out = pd.read_csv(tmp_path / "out" / "left_out.csv")
    assert len(left_out) == 1 and broken.name in str(left_out.iloc[0].to_dict())
    assert "1 photos left out that can't be read" in capsys.readouterr().out


def test_labelled_articles_that_fdna_learned_from_are_left_out_too(run, evaluation, tmp_path):
    catalogue, labelled = (
        load_catalogue(evaluation[0] / "photos" / "other_shop"),
        tmp_path / "labelled",
    )
    labelled.mkdir()
    shutil.copy(catalogue.article_paths[3], labelled / "a.jpg")
    (labelled / "articles.csv").write_text("article_id,image\na,a.jpg\n")
    learned = dataclasses.replace(run, settings={**run.settings, "attributes": str(labelled)})
    part, counts = external._unlearned_part(learned, run.load_catalogue(), catalogue)
    assert catalogue.article_ids[3] not in part.article_ids and len(part.articles) == 11
    assert counts["articles left out, the run learned from their images"] == 1


def test_an_earlier_evaluation_is_replaced_and_leaves_no_figure_behind(run, evaluation, tmp_path):
    out = shutil.copytree(evaluation[0], tmp_path / "out")
    evaluate_external(
        run, out, {"one": load_catalogue(evaluation[0] / "photos" / "on_location")}, [].append
    )
    assert sorted(path.name for path in (out / "figures").iterdir()) == [
        "figure4.png",
        "figure6.png",
    ]
    assert set(read_ranks(out)["dataset"]) == {"one"}


def test_what_cannot_be_evaluated_is_refused_in_one_sentence_and_before_anything_is_written(
    run, evaluation, tmp_path
):
    shop = load_catalogue(evaluation[0] / "photos" / "other_shop")
    (tmp_path / "mine").mkdir()
    (tmp_path / "mine" / "letter.txt").write_text("dear")
    unmatched = dataclasses.replace(shop, matches=shop.matches[:0])
    cases = [
        (
            "mine",
            {"shop": shop},
            f"{str(tmp_path / 'mine')!r} holds something else than an evaluation; "
            "pass the name of a new folder, or of an evaluation's, as --out.",
        ),
        (
            "new",
            {"shop": unmatched},
            "Catalogue(other_shop: 12 articles, 40 queries, 0 matches, "
            f"{len(shop.attributes)} attributes) has no matches to rank; "
            "add queries.csv and matches.csv with rows of (query_id, article_id).",
        ),
        (
            "new",
            dict.fromkeys("abc", shop),
            "`catalogues` must be one or two, as in Table 4; received 3.",
        ),
        ("new", {}, "`catalogues` must be one or two, as in Table 4; received 0."),
    ]
    for folder, catalogues, sentence in cases:
        with pytest.raises(ValueError) as caught:
            evaluate_external(run, tmp_path / folder, catalogues, [].append)
        assert str(caught.value) == sentence
    assert [path.name for path in tmp_path.iterdir()] == ["mine"]
    assert [path.name for path in (tmp_path / "mine").iterdir()] == ["letter.txt"]


def test_photos_that_were_all_trained_on_leave_nothing_to_rank(run, tmp_path):
    trained = run.load_catalogue().select_articles(run.parts["train"])
    with pytest.raises(ValueError) as caught:
        evaluate_external(run, tmp_path / "out", {"trained": trained}, [].append)
    assert str(caught.value) == (
        f"{trained!r} leaves no query to rank, that has a match and that {str(run.folder)!r} "
        "was not trained on; evaluate on other photos."
    )


def test_the_command_evaluates_into_the_runs_folder_and_prints_the_table(
    tiny_run, evaluation, tmp_path, capsys
):
    folder = shutil.copytree(tiny_run[0], tmp_path / "run")
    on_location = evaluation[0] / "photos" / "on_location"
    assert main(["evaluate", str(folder), "--catalogue", str(on_location)]) == 0
    out = folder / "external" / "on_location"
    assert (out / "report.html").exists() and not (out / "photos").exists()
    printed, table = capsys.readouterr().out.splitlines(), evaluation[1]
    assert (
        printed[0].startswith("on_location: 40 queries, 12 articles, ")
        and printed[-1] == f"report: {out / 'report.html'}"
    )
    assert printed[1].startswith("on_location: no row of the adapted run. A run adapts to the")
    of_set, is_adapted = table["dataset"] != "other_shop", table["system"].str.endswith("adapted")
    expected = table_lines(table[of_set & ~is_adapted])
    assert printed[2 : 2 + len(expected)] == expected


def test_the_lines_are_as_wide_as_the_head_and_give_our_interval():
    table = pd.DataFrame(
        [
            {
                "dataset": "set",
                "system": "Studio2Shop",
                "source": "ours",
                "queries": 2922,
                "articles": 683,
                **{
                    f"{name}{end}": value
                    for end, value in (("", 0.5), ("_low", 0.25), ("_high", 0.75))
                    for name in paper.METRICS
                },
            }
        ]
    )
    head, data_set, ours, low, high = table_lines(table)
    assert data_set == "set: 2,922 queries, 683 articles"
    assert len(head) == len(ours) == len(low) == len(high)
    assert [line.split()[-8:] for line in (low, high)] == [
        ["0.250"] * 6 + ["0.2"] * 2,
        ["0.750"] * 6 + ["0.8"] * 2,
    ]


def test_a_run_that_is_not_finished_is_told_by_the_command(tmp_path, capsys):
    assert main(["evaluate", str(tmp_path)]) == 1
    assert capsys.readouterr().err == (
        f"studio2shop evaluate: {str(tmp_path)!r} is no finished run: settings.json is missing; "
        f"run `studio2shop reproduce --out {tmp_path}` to its end.\n"
    )


def test_a_catalogue_that_is_not_there_is_told_by_the_command(tiny_run, tmp_path, capsys):
    shop = tmp_path / "shop"
    assert main(["evaluate", str(tiny_run[0]), "--catalogue", str(shop)]) == 1
    assert capsys.readouterr().err == (
        f"studio2shop evaluate: {shop}: there is no such folder; "
        "give the folder that holds articles.csv.\n"
    )
