"""What several tests of the course share."""

import pytest

from studio2shop import load_catalogue


@pytest.fixture
def four_articles(tmp_path):
    """A catalogue of four articles, one without a colour, and two queries; no photos."""
    (tmp_path / "articles.csv").write_text(
        "article_id,image,colour\na,a.jpg,red\nb,b.jpg,red\nc,c.jpg,blue\nd,d.jpg,\n"
    )
    (tmp_path / "queries.csv").write_text("query_id,image\nq,q.jpg\nr,r.jpg\n")
    (tmp_path / "matches.csv").write_text("query_id,article_id\nq,a\nr,c\n")
    return load_catalogue(tmp_path)
