"""The sums behind Table 5 are right: each can be evaluated, and gives what the layer has."""

import pytest

from studio2shop import build_fdna, layer_table, paper
from studio2shop.models.layer_table import derivation_table


def as_python(sum_):
    return sum_.replace("·", "*").replace(",", "")


@pytest.fixture(scope="module")
def tables():
    fdna = build_fdna()
    return derivation_table(fdna), layer_table(fdna)[:-1]


def test_each_row_of_the_table_has_its_derivation(tables):
    derivations, table = tables
    assert len(derivations) == len(table) == len(paper.TABLE_5)
    assert (derivations["params"] != "").tolist() == (table["params"] > 0).tolist()


def test_the_sums_of_parameters_come_out_as_printed(tables):
    derivations, table = tables
    for sum_, params in zip(derivations["params"], table["params"]):
        if sum_:
            left, printed = sum_.split(" = ")
            assert eval(as_python(left)) == int(printed.replace(",", "")) == params


def test_the_sums_of_sizes_come_out_as_printed(tables):
    derivations, table = tables
    for sum_, size in zip(derivations["size"], table["output_size"]):
        results = []
        for part in sum_.split(", ") if sum_ else ():
            if part.endswith(" kept"):
                results.append(part.removesuffix(" kept"))
            else:
                left, printed = part.split(" = ")
                assert eval(as_python(left)) == int(printed.replace(",", ""))
                results.append(printed.replace(",", ""))
        assert size.split("x")[: len(results)] == results


def test_the_first_rows_read_as_a_person_would_write_them(tables):
    rows = tables[0].set_index("layer")
    assert rows.loc["conv1", "size"] == "(256 - 11) // 4 + 1 = 62, (177 - 11) // 4 + 1 = 42"
    assert rows.loc["conv1", "params"] == "11·11·3·96 + 96 = 34,944"
    assert rows.loc["pool1", "size"] == "62 // 2 = 31, 42 // 2 = 21"
    assert rows.loc["conv2", "size"] == "31 kept, 21 kept"
    assert rows.loc["flatten", "size"] == "7·5·256 = 8,960"
    assert rows.loc["fDNA", "params"] == "8,960·1,536 + 1,536 = 13,764,096"
