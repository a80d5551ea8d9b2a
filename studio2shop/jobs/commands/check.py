"""`studio2shop check`."""

from studio2shop.jobs.commands.say import Help, examples, say

EXAMPLES = examples(
    "check my_shop",
    "check my_shop --out problems.csv",
    "check my-search/index",
)


def add(commands):
    """Adds the command and its options to argparse's subparsers."""
    check = commands.add_parser(
        "check",
        help="all that is wrong with a catalogue of photos, or with an index",
        description="Reads the three CSV files of a catalogue, decodes every photo and prints all "
        "that is wrong with them, grouped by kind. The exit status is 1 if a run would stop at any "
        "of it. Of an index's folder, such as a deployed run's, it reads all files and compares "
        "them with what was saved.",
        epilog=EXAMPLES,
        formatter_class=Help,
    )
    check.add_argument("folder", metavar="DIR", help="the folder of the catalogue or index")
    check.add_argument("--out", metavar="CSV", help="a file to write all problems to")


def run(options):
    """Runs the command with its options, a dict; returns the exit status."""
    from studio2shop.catalogue import check_catalogue, load_catalogue
    from studio2shop.catalogue.describe import describe_contents, describe_problems
    from studio2shop.catalogue.split import parts_to_train_on
    from studio2shop.io.files import write_text
    from studio2shop.retrieval.index_facts import is_index, verify_index

    folder, out = options["folder"], options["out"]
    if is_index(folder):
        verify_index(folder)
        say(f"{folder}: all files of this index are as they were saved.")
        return 0
    problems = check_catalogue(folder)
    if len(problems):
        say(f"{describe_problems(problems)}\n")
    if out is not None:
        write_text(out, problems.to_csv(index=False))
        say(f"all {len(problems):,} problems: {out}")
    say(describe_contents(folder, problems))
    if (problems["severity"] == "error").any():
        return 1
    catalogue = load_catalogue(folder)
    if len(catalogue.matches):
        parts_to_train_on(catalogue)  # raises, where it is too small
    else:
        say(
            "It has no matches to train on: labelled articles, of use as "
            "`studio2shop reproduce --attributes`."
        )
    return 0
