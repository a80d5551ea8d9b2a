"""Checks of notebook 09's exercises."""

import pathlib
import tempfile

import pandas as pd

from studio2shop.course.exercises import check_function, off, open_answer, right

TABLE = """\
article_id,image,colour
0071,titles/0071.jpg,NA
0090,titles/0090.jpg,None
00110,titles/00110.jpg,
"""
FOUND = pd.DataFrame(
    {
        "query_id": ["a", "a", "b", "b"],
        "article_id": ["1", "2", "1", "3"],
        "score": [0.9, 0.4, 0.8, 0.7],
    }
)
MATCHES = pd.DataFrame({"query_id": ["a", "b", "c"], "article_id": ["1", "3", "1"]})
MOST_PRICE, K = 50, 5


def check_1(answer):
    """A CSV file read with each cell as it was written."""
    if answer is None:
        return open_answer(answer)
    if not callable(answer):
        return off("the answer is a function of a path.")
    with tempfile.TemporaryDirectory() as folder:
        path = pathlib.Path(folder, "articles.csv")
        path.write_text(TABLE, encoding="utf-8")
        try:
            table = answer(path)
        except Exception as error:
            return off(f"it raises {type(error).__name__}: {error}")
    if table is None:
        return open_answer(table)
    if not isinstance(table, pd.DataFrame) or list(table.columns) != TABLE.splitlines()[0].split(
        ","
    ):
        return off("the answer gives a DataFrame with the file's columns.")
    written = [line.split(",") for line in TABLE.splitlines()[1:]]
    for row, cells in zip(table.itertuples(index=False), written):
        for value, cell in zip(row, cells):
            if not isinstance(value, str) or value != cell:
                return off(
                    f"the file has {cell!r} where the table has {value!r}. Tell pandas that all is "
                    'text, and that nothing means "not a number".'
                )
    if len(table) != len(written):
        return off(f"the file has {len(written)} rows, the table {len(table)}.")
    return right(
        "`load_catalogue` reads so. Otherwise all articles whose colour is None would count as "
        "not annotated, and ids would lose their zeros."
    )


def check_2(answer):
    """The share of found rows that are known, and the share of known matches that were found."""
    arguments = [(FOUND.copy(), MATCHES.copy(), least_score) for least_score in (0.0, 0.75, 0.85)]
    expected = [(0.5, 2 / 3), (0.5, 1 / 3), (1.0, 1 / 3)]
    why = (
        "The first is called precision, the second recall: a higher least score buys one with "
        "the other. And mind the gaps in the matches: a found article that nobody annotated "
        "may be right."
    )
    return check_function(answer, list(zip(arguments, expected)), why)


def check_3(answer, search, photo, catalogue):
    """The best articles that cost less than 50, as the search itself finds them."""
    if answer is None:
        return open_answer(answer)
    if not isinstance(answer, pd.DataFrame) or "article_id" not in answer:
        return off(
            "the answer is a DataFrame of `search`, with a column article_id; received "
            f"{type(answer).__name__}."
        )
    prices = dict(zip(catalogue.article_ids, catalogue.articles["price"].astype(float)))
    affordable = [
        article_id
        for article_id in search.features.ids.tolist()
        if prices.get(article_id, MOST_PRICE) < MOST_PRICE
    ]
    ids = answer["article_id"].tolist()
    dear = [article_id for article_id in ids if prices.get(article_id, MOST_PRICE) >= MOST_PRICE]
    if dear:
        return off(
            f"article {dear[0]!r} costs {prices.get(dear[0], float('nan')):.2f}. Prices are text: "
            "compare them as numbers, and hand the ids to `among`."
        )
    expected = search(photo, k=K, among=affordable)["article_id"].tolist()
    if ids != expected:
        return off(
            f"the five best are {', '.join(expected)}; yours are {', '.join(map(str, ids[:K]))}. "
            "Let the search choose among the cheap ones, instead of picking cheap ones from what "
            "it found."
        )
    return right(
        "Whatever column your articles.csv has, you can search within it. To filter the best five "
        "afterwards would have left you with fewer."
    )
