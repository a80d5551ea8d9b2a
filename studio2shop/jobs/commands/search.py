"""`studio2shop search`."""

from studio2shop.jobs.commands.say import Help, examples, say
from studio2shop.jobs.settings import CHOICES

EXAMPLES = examples(
    "search studio2shop-run photo.jpg --k 20",
    "search studio2shop-run --catalogue my_shop --out found.csv",
)


def add(commands):
    """Adds the command and its options to argparse's subparsers."""
    search = commands.add_parser(
        "search",
        help="the articles worn in photos: a page to look at, or a table",
        description="Searches the assortment of a finished run for the articles worn in some "
        "photos and writes a page that shows them; or, with --catalogue, in all photos of a "
        "catalogue, and writes a table `query_id,article_id,score,rank`, which may serve as a "
        "matches.csv. If "
        "interrupted, a table continues when the same command is given again.",
        epilog=EXAMPLES,
        formatter_class=Help,
    )
    search.add_argument(
        "run",
        metavar="RUN",
        help="the folder of a finished run, all of whose articles are searched",
    )
    search.add_argument("photos", metavar="PHOTO", nargs="*", default=[], help="photos of people")
    search.add_argument(
        "--catalogue",
        metavar="DIR",
        help="a folder with a queries.csv (query_id,image), whose photos are searched for instead",
    )
    search.add_argument(
        "--k",
        metavar="N",
        type=int,
        help="most articles per photo (default: 50 on a page, 10 in a table)",
    )
    search.add_argument(
        "--among",
        metavar="FILE",
        help="a text file with one article id per line, such as those in stock, to choose among "
        "(default: all)",
    )
    search.add_argument(
        "--least-score",
        metavar="P",
        type=float,
        default=0.0,
        help="score from which an article counts, 0-1",
    )
    search.add_argument(
        "--on-bad-image",
        choices=CHOICES["on_bad_image"],
        default="stop",
        help="stop at a catalogue's photo that can't be read, or leave such photos out",
    )
    search.add_argument(
        "--out", metavar="FILE", help="the file to write (default: found.html or found.csv)"
    )


def run(options):
    """Runs the command with its options, a dict; returns the exit status."""
    from studio2shop.jobs.search import SearchJob

    job = SearchJob(**options)
    job.check()
    job.do(say)
    return 0
