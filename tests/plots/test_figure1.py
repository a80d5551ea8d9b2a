"""Figure 1 has the catalogue's images in the paper's columns; people judge its looks."""

import dataclasses

from studio2shop import plots


def column_titles(figure):
    return [axis.get_title() for axis in figure.axes if axis.get_title()]


def test_the_views_are_columns_in_the_papers_order_and_the_title_image_is_last(studio):
    figure = plots.catalogue_examples(studio, num_rows=3)
    assert column_titles(figure) == [
        "(a) full",
        "(b) half",
        "(c) back",
        "(d) detail",
        "(e) title image",
    ]
    assert len(figure.axes) == 15 and all(axis.images for axis in figure.axes)
    queries = (
        studio.queries[studio.queries["view"].isin(["detail", "half"])]
        .iloc[::-1]
        .reset_index(drop=True)
    )
    some = dataclasses.replace(studio, queries=queries)
    assert column_titles(plots.catalogue_examples(some)) == [
        "(a) half",
        "(b) detail",
        "(c) title image",
    ]


def test_without_views_there_is_one_column_of_queries_and_without_queries_none(studio):
    bare = dataclasses.replace(studio, queries=studio.queries.drop(columns="view"))
    assert column_titles(plots.catalogue_examples(bare)) == ["(a) query", "(b) title image"]
    unknown = dataclasses.replace(studio, queries=studio.queries.assign(view=""))
    assert column_titles(plots.catalogue_examples(unknown)) == ["(a) query", "(b) title image"]
    assert column_titles(
        plots.catalogue_examples(dataclasses.replace(studio, queries=studio.queries[:0]))
    ) == ["(a) title image"]


def test_a_column_with_fewer_images_leaves_its_cells_empty(studio):
    figure = plots.catalogue_examples(
        dataclasses.replace(studio, articles=studio.articles[:1]), num_rows=4
    )
    assert [len(axis.images) for axis in figure.axes] == [1, 1, 1, 1, 1] + [1, 1, 1, 1, 0] * 3
