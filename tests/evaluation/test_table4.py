"""Table 4: our data sets with chance, then the paper's."""

from results_by_hand import BY_HAND, random_results, results_of

from studio2shop import paper
from studio2shop.evaluation.table3 import comparison_table
from studio2shop.evaluation.table4 import external_table


def test_table_4_has_our_data_sets_with_chance_and_the_papers_after_them():
    own = comparison_table({"Studio2Shop": results_of(BY_HAND)})
    table = external_table(
        {"shop": {"Studio2Shop": random_results(), "static": random_results()}}, own
    )
    rows = table[["dataset", "system", "source"]].to_numpy().tolist()
    assert rows == [
        ["own test articles", "Studio2Shop", "ours"],
        ["own test articles", "chance", "expected"],
        ["shop", "Studio2Shop", "ours"],
        ["shop", "static", "ours"],
        ["shop", "chance", "expected"],
        ["DeepFashion In-Shop (paper)", "fc14-non-linear", "paper"],
        ["DeepFashion In-Shop (paper)", "Studio2Shop", "paper"],
        ["LookBook (paper)", "fc14-non-linear", "paper"],
        ["LookBook (paper)", "Studio2Shop", "paper"],
    ]
    assert table["queries"].tolist() == [4, 4, 40, 40, 40, 2922, 2922, 68820, 68820]
    assert list(table.columns) == ["dataset", *own.columns]
    assert table.loc[0, list(own.columns)].tolist() == own.iloc[0].tolist()
    assert table.loc[6, list(paper.METRICS)].tolist() == [
        0.258,
        0.578,
        0.712,
        0.818,
        0.919,
        0.619,
        17,
        3,
    ]
