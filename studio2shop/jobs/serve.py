"""A web page to search with a run by hand, on this machine alone (Gradio, the extra `web`)."""

import importlib.util
import os
import tempfile
import time

import numpy as np

from studio2shop.jobs.pages.gallery import CATEGORY
from studio2shop.jobs.search import read_ids

K = 50
ANY = "all categories"
EXACT, TWO_STAGE = "exact", "two stages"
KEPT_SECONDS = 300  # that an uploaded photo lies on the disk at most
CLEAR = "#00000000"
# Gradio's editor crops only where it also paints: with a clear brush, out of sight
STYLE = """
  button:is([aria-label="Brush"], [aria-label="Erase"], [aria-label="Color"],
    [aria-label="Brush Size"]) { display: none; }
  .grid-wrap { max-height: none !important; }
  .grid-container { grid-template-columns: repeat(auto-fill, minmax(5.5rem, 1fr)) !important; }
  .thumbnail-item.thumbnail-lg { aspect-ratio: 20 / 29 !important; }
  .caption-label { max-width: 100% !important; padding: 0 0.3rem !important; font-size: 0.7rem; }
  .enlarged img { width: 100%; height: 100%; object-fit: contain; }
"""


class SearchPage:
    """What the page shows of a run: searches with a photo or with an article's title image.

    Args:
        run: a `Run`.
        in_stock: path of a text file with the ids of the articles in stock, one per line; default:
            all are.

    Attributes:
        categories: list of the categories to choose from, the first stands for all.
        ways: list of the ways to search: exactly, and in two stages where the run's index can.
    """

    def __init__(self, run, in_stock=None):
        from studio2shop.retrieval import Retriever

        self.catalogue = run.load_catalogue()
        own = run.quick_retriever()
        self.retrievers = {EXACT: Retriever(own.index.model, run.features)}
        if own.index.candidates is not None:
            self.retrievers[TWO_STAGE] = own
        ids, paths = self.catalogue.article_ids, self.catalogue.article_paths
        self.path_of = dict(zip(ids, paths))
        self.articles = self.catalogue.articles.set_index("article_id")
        searched = run.features.ids
        self.in_stock = None if in_stock is None else set(read_ids(in_stock, searched))
        self.category_of = {}
        if CATEGORY in self.catalogue.attributes:
            self.category_of = self.articles[CATEGORY].to_dict()
        self.categories = [ANY, *sorted(set(self.category_of.values()) - {""})]
        self.ways = list(self.retrievers)
        for retriever in self.retrievers.values():  # what the first search would wait for
            retriever(np.zeros((*retriever.image_size, 3), "uint8"), K)

    def search(self, photo, category=ANY, in_stock_only=False, way=EXACT):
        """Searches with a photo.

        Args:
            photo: a path, a PIL image or an RGB array in [0, 255].
            category: one of `categories`.
            in_stock_only: whether articles that are out of stock are left out.
            way: one of `ways`.

        Returns:
            `(found, sentence)`: the DataFrame of a `Retriever`, and how long it took.
        """
        retriever = self.retrievers[way]
        among = self._among(category, in_stock_only and self.in_stock is not None)
        if among is not None and not among:
            return None, "No article is in stock in this category."
        start = time.perf_counter()
        found = retriever(photo, K, among)
        milliseconds = 1000 * (time.perf_counter() - start)
        num_searched = len(retriever.features) if among is None else len(among)
        return found, (
            f"The best {len(found)} of {num_searched:,} articles, {way}, in {milliseconds:.0f} ms. "
            "Scores put the articles in order; they are no probabilities."
        )

    def cards(self, found):
        """List of `(path of the title image, caption)` of what was found, best first."""
        return [
            (self.path_of[row.article_id], f"{row.rank} · {row.score:.2f}")
            for row in found.itertuples()
        ]

    def described(self, article_id):
        """An article's id and attributes, in words."""
        row = self.articles.loc[article_id]
        labels = [f"{name.replace('_', ' ')}: {row[name]}" for name in self.catalogue.attributes]
        known = [label for label in labels if not label.endswith(": ")]
        return "\n\n".join([f"**{article_id}**", *known])

    def _among(self, category, in_stock_only):
        """The ids to choose among, or `None` for all."""
        ids = self.retrievers[EXACT].features.ids.tolist()
        if category != ANY:
            ids = [id_ for id_ in ids if self.category_of.get(id_) == category]
        if in_stock_only:
            ids = [id_ for id_ in ids if id_ in self.in_stock]
        return None if category == ANY and not in_stock_only else ids


def build_blocks(page, name):
    """The page as Gradio's `Blocks`.

    Args:
        page: a `SearchPage`.
        name: of the run.
    """
    import gradio as gr

    def show(photo, *choices):
        if photo is None:
            found, sentence = None, "Drop a photo first."
        else:
            found, sentence = page.search(photo, *choices)
        cards = [] if found is None else page.cards(found)
        shown = [] if found is None else found["article_id"].tolist()
        return (
            gr.update(value=cards, selected_index=None),
            shown,
            sentence,
            gr.update(visible=False),
        )

    def show_edited(edited, *choices):
        return show(None if edited is None else edited["composite"], *choices)

    def select(shown, event: gr.SelectData):
        article_id = shown[event.index]
        texts = page.path_of[article_id], page.described(article_id)
        return article_id, *texts, gr.update(visible=True)

    def search_from(article_id, *choices):
        gallery, shown, sentence, *others = show(page.path_of[article_id], *choices)
        return gallery, shown, f"Like **{article_id}**: {sentence}", *others

    with gr.Blocks(
        title=f"Studio2Shop: {name}", analytics_enabled=False, delete_cache=(60, KEPT_SECONDS)
    ) as blocks:
        gr.Markdown(f"# What is she wearing?\nDrop a photo to search the articles of *{name}*.")
        shown, chosen = gr.State([]), gr.State(None)
        with gr.Row():
            with gr.Column(scale=1, min_width=320):
                photo = gr.ImageEditor(
                    label="A photo; crop it to the garment",
                    type="pil",
                    image_mode="RGB",
                    sources=["upload", "clipboard"],
                    transforms=["crop"],
                    brush=gr.Brush(1, colors=[CLEAR], default_color=CLEAR, color_mode="fixed"),
                    layers=False,
                )
                category = gr.Dropdown(
                    page.categories, label="Category", visible=len(page.categories) > 1
                )
                stock = gr.Checkbox(label="In stock only", visible=page.in_stock is not None)
                way = gr.Radio(page.ways, value=EXACT, label="Search", visible=len(page.ways) > 1)
                go = gr.Button("Search", variant="primary")
            with gr.Column(scale=3, min_width=320):
                sentence = gr.Markdown("")
                with gr.Row(visible=False) as enlarged:
                    picture = gr.Image(
                        label="The article",
                        height=360,
                        interactive=False,
                        buttons=["fullscreen"],
                        elem_classes="enlarged",
                    )
                    with gr.Column():
                        described = gr.Markdown("")
                        again = gr.Button("Search from this article")
                gallery = gr.Gallery(
                    label="Articles found, best first: rank and score",
                    show_label=False,
                    columns=8,
                    object_fit="contain",
                    height="auto",
                    interactive=False,
                    allow_preview=False,
                    buttons=[],
                )
        choices, results = [category, stock, way], [gallery, shown, sentence, enlarged]
        go.click(show_edited, [photo, *choices], results)
        for choice in choices:
            choice.input(show_edited, [photo, *choices], results)
        gallery.select(select, shown, [chosen, picture, described, enlarged])
        again.click(search_from, [chosen, *choices], results)
    return blocks


def serve(run, host="127.0.0.1", port=7860, in_stock=None, announce=print):
    """Serves the page until it is stopped.

    Nothing is asked of other machines, and photos are deleted when it ends, uploads included.

    Args:
        run: a `Run`.
        host: address to listen on; this machine alone by default.
        port: of the address.
        in_stock: as in `SearchPage`.
        announce: called with a line of text when the page can be opened.

    Raises:
        ImportError: if Gradio is not installed.
        OSError: if the port is taken.
    """
    os.environ.update(GRADIO_ANALYTICS_ENABLED="False", HF_HUB_OFFLINE="1")
    with tempfile.TemporaryDirectory() as uploads:
        os.environ["GRADIO_TEMP_DIR"] = uploads
        require_gradio()
        import gradio as gr

        page = SearchPage(run, in_stock)
        theme = gr.themes.Default(font=["system-ui", "sans-serif"], font_mono=["monospace"])
        blocks = build_blocks(page, run.folder.resolve().name)
        blocks.launch(
            server_name=host,
            server_port=port,
            theme=theme,
            quiet=True,
            share=False,
            allowed_paths=sorted({os.path.dirname(path) for path in page.path_of.values()}),
            footer_links=[],
            css=STYLE,
            ssr_mode=False,
            pwa=False,
            mcp_server=False,
            run_history=False,
            prevent_thread_lock=True,
        )
        announce(f"http://{host}:{port} (Ctrl+C stops it)")
        blocks.block_thread()


def require_gradio():
    """Raises an ImportError that says what to install, where Gradio is not."""
    if importlib.util.find_spec("gradio") is None:
        raise ImportError(
            'The web page needs Gradio: pip install "studio2shop[web]"; '
            "`studio2shop search RUN PHOTO` writes a page without it."
        )
