"""`studio2shop serve`."""

from studio2shop.jobs.commands.say import Help, examples, say

EXAMPLES = examples(
    "serve studio2shop-run",
    "serve my-run --in-stock in_stock.txt --port 8000",
)


def add(commands):
    """Adds the command and its options to argparse's subparsers."""
    serve = commands.add_parser(
        "serve",
        help="a web page on this machine, to search with a run by hand",
        description="Serves a page on which a photo is dropped, cropped and searched for, and "
        "articles are searched from. It listens to this machine alone, asks nothing of others, and "
        'deletes the photos. It needs the extra `web`: pip install "studio2shop[web]".',
        epilog=EXAMPLES,
        formatter_class=Help,
    )
    serve.add_argument("run", metavar="RUN", help="the folder of a finished run")
    serve.add_argument(
        "--in-stock",
        metavar="FILE",
        help="a text file with the id of an article in stock a line; all are if not given",
    )
    serve.add_argument("--host", default="127.0.0.1", help="the address to listen on")
    serve.add_argument("--port", metavar="N", type=int, default=7860, help="its port")


def run(options):
    """Runs the command with its options, a dict; returns the exit status."""
    from studio2shop.jobs.run import load_run
    from studio2shop.jobs.run_files import check_finished
    from studio2shop.jobs.serve import require_gradio, serve

    require_gradio()
    check_finished(options["run"], "settings.json")
    serve(load_run(options.pop("run"), only_to_search=True), announce=say, **options)
    return 0
