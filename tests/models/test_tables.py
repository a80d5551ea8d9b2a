"""The networks against the paper's tables, row by row."""

import pytest

from studio2shop import build_fdna, build_query_feature, build_studio2shop, layer_table, paper


def as_printed(table, columns):
    return [tuple(row) for row in table[columns].itertuples(index=False)]


def assert_rows_equal(ours, printed, name_column):
    assert len(ours) == len(printed)
    for our_row, paper_row in zip(ours, printed):
        if not paper_row[name_column]:  # the paper names only some of its layers
            our_row = (*our_row[:name_column], "", *our_row[name_column + 1 :])
        assert our_row == paper_row


@pytest.fixture(scope="module")
def table_5():
    return layer_table(build_fdna())


@pytest.fixture(scope="module")
def table_7():
    return layer_table(build_studio2shop(backbone_weights=None))


def test_fdna_is_table_5_row_by_row(table_5):
    ours = as_printed(
        table_5[:-1], ["name", "type", "kernel", "activation", "output_size", "params"]
    )
    assert_rows_equal(ours, paper.TABLE_5, name_column=0)


def test_fdna_has_the_total_of_table_5(table_5):
    assert table_5.name.iloc[-1] == "total"
    assert table_5.params.iloc[-1] == sum(row[-1] for row in paper.TABLE_5) == 29_301_284


def test_studio2shop_is_table_7_row_by_row(table_7):
    ours = as_printed(
        table_7[:-1], ["submodule", "name", "type", "activation", "output_size", "params"]
    )
    assert_rows_equal(ours, paper.TABLE_7, name_column=1)


def test_studio2shop_has_the_total_of_table_7(table_7):
    assert table_7.params.iloc[-1] == sum(row[-1] for row in paper.TABLE_7) == 48_667_841


def test_a_frozen_backbone_counts_nothing():
    model = build_query_feature(
        (64, 48, 3), backbone="compact", backbone_weights=None, head="pooled"
    )
    model.get_layer("compact").trainable = False
    table = layer_table(model)
    assert table.loc[table.type == "compact", "params"].item() == 0
    assert table.params.iloc[-1] == 512 * 512 + 512 + 512 * 128 + 128


def test_the_papers_csv_tables_agree_with_the_literals_in_the_package(shared_folder):
    import pandas as pd

    table_5 = pd.read_csv(shared_folder / "paper" / "table5.csv", keep_default_na=False)[:-1]
    assert [tuple(map(str, row)) for row in table_5.itertuples(index=False)] == [
        tuple(map(str, row)) for row in paper.TABLE_5
    ]
    table_7 = pd.read_csv(shared_folder / "paper" / "table7.csv", keep_default_na=False)[:-1]
    assert [tuple(map(str, row)) for row in table_7.itertuples(index=False)] == [
        tuple(map(str, row)) for row in paper.TABLE_7
    ]
    table_3 = pd.read_csv(shared_folder / "paper" / "table3.csv").set_index("system")
    assert list(table_3.columns) == list(paper.METRICS)
    assert {
        name: tuple(row) for name, row in zip(table_3.index, table_3.to_numpy())
    } == paper.TABLE_3
    table_4 = pd.read_csv(shared_folder / "paper" / "table4.csv").set_index(["dataset", "system"])
    assert list(table_4.columns) == list(paper.METRICS)
    printed = {
        (name, system): values
        for name, systems in paper.TABLE_4.items()
        for system, values in systems.items()
    }
    assert {key: tuple(row) for key, row in zip(table_4.index, table_4.to_numpy())} == printed
    text = (shared_folder / "paper" / "studio2shop.md").read_text(encoding="utf-8")
    assert (
        "using 2922 query images against 683 articles" in text
        and "using 68820 query images against 8726 articles" in text
    )
    assert paper.TABLE_4_SIZES == {"DeepFashion In-Shop": (2922, 683), "LookBook": (68820, 8726)}
