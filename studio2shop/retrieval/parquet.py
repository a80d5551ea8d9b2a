"""An index's vectors for other databases: a Parquet file (the extra `vectors`)."""

import numpy as np

from studio2shop.catalogue.catalogue import check_is_catalogue
from studio2shop.io.files import whole_file
from studio2shop.io.words import quoted

OWN_COLUMNS = ("article_id", "vector")
ROWS_PER_BLOCK = 65_536


def write_parquet(index, path, catalogue=None):
    """Writes an index's ids, tower vectors and attributes to a Parquet file, whole or not at all.

    Args:
        index: an `Index` with a first stage.
        path: of the file.
        catalogue: `Catalogue` of its articles, whose attributes become columns; default: none.

    Raises:
        ValueError: if the index has no first stage, the catalogue lacks an article, or an attribute
            has the name of another column.
        ImportError: if pyarrow is not installed.
        OSError: as in `whole_file`.
    """
    try:
        import pyarrow
        from pyarrow.parquet import ParquetWriter
    except ImportError as error:
        raise ImportError(
            "A Parquet file needs pyarrow, which is not installed: "
            "pip install 'studio2shop[vectors]'."
        ) from error
    if index.candidates is None:
        raise ValueError(
            "The index has no vectors to compare by inner product, only the match: make it with "
            "`first_stage`, such as towers of `distil_towers`."
        )
    labels = {} if catalogue is None else _labels(catalogue, index.features.ids)
    vectors = index.candidates.vectors
    fields = {"article_id": pyarrow.string(), "vector": _list_of(pyarrow, vectors.shape[1])}
    schema = pyarrow.schema(fields | dict.fromkeys(labels, pyarrow.string()))
    with (
        whole_file(path) as unfinished,
        # a dictionary of vectors, which are all different, would only take time
        ParquetWriter(unfinished, schema, use_dictionary=list(labels)) as writer,
    ):
        for start in range(0, len(vectors), ROWS_PER_BLOCK):
            rows = slice(start, start + ROWS_PER_BLOCK)
            values = pyarrow.array(np.ascontiguousarray(vectors[rows], "float32").reshape(-1))
            columns = [
                pyarrow.array(index.features.ids[rows].tolist(), pyarrow.string()),
                pyarrow.FixedSizeListArray.from_arrays(values, type=fields["vector"]),
                *(pyarrow.array(column[rows], pyarrow.string()) for column in labels.values()),
            ]
            writer.write_table(pyarrow.table(columns, schema=schema))


def _list_of(pyarrow, size):
    return pyarrow.list_(pyarrow.field("item", pyarrow.float32()), size)


def _labels(catalogue, article_ids):
    """dict of attribute to the articles' labels, a list; `None` where one is not annotated."""
    check_is_catalogue(catalogue)
    for name in catalogue.attributes:
        if name in OWN_COLUMNS:
            raise ValueError(
                f"The attribute {quoted(name)} has the name of a column that holds something "
                "else; give it another name in articles.csv."
            )
    table = catalogue.articles.set_index("article_id")
    missing = ~np.isin(article_ids, catalogue.article_ids.astype(str))
    if missing.any():
        raise ValueError(
            f"The catalogue has no article {quoted(article_ids[missing][0])} "
            f"({missing.sum():,} such in all), which is in the index; pass the catalogue that the "
            "index was made of."
        )
    table = table.loc[article_ids, list(catalogue.attributes)]
    return {name: [label or None for label in table[name]] for name in table}
