import pytest

ARTICLES = "article_id,image\na1,a1.jpg\na2,a2.jpg\n"
QUERIES = "query_id,image\nq1,q1.jpg\n"
MATCHES = "query_id,article_id\nq1,a1\n"


@pytest.fixture
def write_catalogue(tmp_path):
    """Writes the three CSV files of a catalogue, by default two articles and one query.

    `None` leaves a file out.
    """

    def write(articles=ARTICLES, queries=QUERIES, matches=MATCHES):
        folder = tmp_path / "shop"
        folder.mkdir(exist_ok=True)
        for name, content in (("articles", articles), ("queries", queries), ("matches", matches)):
            if content is not None:
                data = content if isinstance(content, bytes) else content.encode()
                (folder / f"{name}.csv").write_bytes(data)
        return folder

    return write
