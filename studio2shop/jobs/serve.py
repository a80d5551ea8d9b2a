"""A web page to search with a run by hand, on this machine alone (Gradio, the extra `web`)."""

import importlib.util
import os
import tempfile

from studio2shop.io.image_error import MAX_FILE_BYTES
from studio2shop.io.words import as_markdown
from studio2shop.jobs.search_page import EXACT, SearchPage

KEPT_SECONDS = 300  # that an uploaded photo lies on the disk at most
CLEAR = "#00000000"
NO_PHOTO = (
    "Drop a photo first. If you did and none is shown, this browser can't open its format: save "
    "the photo as JPEG or PNG."
)
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


def build_blocks(page, name):
    """The page as Gradio's `Blocks`.

    Args:
        page: a `SearchPage`.
        name: of the run.
    """
    import gradio as gr

    from studio2shop.jobs.photo_editor import photo_editor

    def show(found, sentence):
        cards = [] if found is None else page.cards(found)
        shown = [] if found is None else found["article_id"].tolist()
        return (
            gr.update(value=cards, selected_index=None),
            shown,
            sentence,
            gr.update(visible=False),
        )

    def show_edited(edited, *choices):
        if edited is None or edited["composite"] is None:
            return show(None, NO_PHOTO)
        return show(*page.search(edited["composite"], *choices))

    def select(shown, event: gr.SelectData):
        article_id = shown[event.index]
        texts = page.path_of[article_id], page.described(article_id)
        return article_id, *texts, gr.update(visible=True)

    def show_similar(article_id, category, in_stock_only, _):
        return show(*page.similar(article_id, category, in_stock_only))

    with gr.Blocks(
        title=f"Studio2Shop: {name}", analytics_enabled=False, delete_cache=(60, KEPT_SECONDS)
    ) as blocks:
        gr.Markdown(
            f"# What is she wearing?\nDrop a photo to search the articles of *{as_markdown(name)}*."
        )
        shown, chosen = gr.State([]), gr.State(None)
        with gr.Row():
            with gr.Column(scale=1, min_width=320):
                photo = photo_editor(
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
                        again = gr.Button("Show what is like it")
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
        again.click(show_similar, [chosen, *choices], results)
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
            max_file_size=MAX_FILE_BYTES,
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
