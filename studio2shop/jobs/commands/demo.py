"""`studio2shop demo`."""

from studio2shop.jobs.commands.say import Help, examples, say, start_keras

EXAMPLES = examples(
    "demo",
    "demo photo.jpg --out my-demo --no-browser",
)


def add(commands):
    """Adds the command and its options to argparse's subparsers."""
    demo = commands.add_parser(
        "demo",
        help="searches to look at, in seconds, by a trained model that comes with the package",
        description="Searches the embedded studio's assortment for the articles worn in a few of "
        "its photos, or in yours, and opens a page that shows what was found. The model comes with "
        "the package and was trained on the studio alone: in other photos it finds what looks "
        "alike at best. Train on your own photos with `studio2shop reproduce --catalogue DIR`.",
        epilog=EXAMPLES,
        formatter_class=Help,
    )
    demo.add_argument("photos", metavar="PHOTO", nargs="*", default=[], help="photos of people")
    demo.add_argument(
        "--out", metavar="DIR", default="studio2shop-demo", help="the folder to write"
    )
    demo.add_argument(
        "--seed", type=int, help="which of the studio's photos; others in each call if not given"
    )
    demo.add_argument("--no-browser", action="store_true", help="write the page without opening it")


def run(options):
    """Runs the command with its options, a dict; returns the exit status."""
    start_keras()
    from studio2shop.jobs.demo import demo, open_in_browser

    no_browser = options.pop("no_browser")
    page = demo(announce=say, **options)
    if not no_browser:
        open_in_browser(page)
    return 0
