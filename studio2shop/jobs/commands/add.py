"""`studio2shop add`."""

from studio2shop.jobs.commands.say import Help, examples, say, start_keras

EXAMPLES = examples(
    "add my-run-deployed new_articles",
)


def add(commands):
    """Adds the command and its options to argparse's subparsers."""
    adding = commands.add_parser(
        "add",
        help="add articles to a deployed run, without training",
        description="Adds the articles of a catalogue to a deployed run: from then on they are "
        "found too. Of the catalogue, articles.csv is enough; its photos stay where they are.",
        epilog=EXAMPLES,
        formatter_class=Help,
    )
    adding.add_argument("run", metavar="RUN", help="the folder that `studio2shop deploy` wrote")
    adding.add_argument("catalogue", metavar="DIR", help="a catalogue with the new articles")


def run(options):
    """Runs the command with its options, a dict; returns the exit status."""
    from studio2shop.jobs.run_files import check_finished

    check_finished(options["run"], "settings.json")
    start_keras()
    from studio2shop.jobs.deploy import add_articles

    say(f"{add_articles(options['run'], options['catalogue']):,} articles to search now")
    return 0
