"""A gallery's page as a browser reads it, for tests."""

import html.parser


class Page(html.parser.HTMLParser):
    """The pictures and the words of a page, and of each article its words."""

    def __init__(self, path):
        super().__init__()
        self.text = path.read_text(encoding="utf-8")
        self.pictures, self.words, self.articles, self.marked, self.tags = [], [], [], [], []
        self.feed(self.text)

    def handle_starttag(self, tag, attributes):
        self.tags.append(tag)
        if tag == "img":
            self.pictures.append(dict(attributes))
        if tag == "li":
            self.articles.append([])
            self.marked.append(dict(attributes).get("class") == "match")

    def handle_data(self, data):
        if data.strip():
            self.words.append(data.strip())
            if self.articles:
                self.articles[-1].append(data.strip())
