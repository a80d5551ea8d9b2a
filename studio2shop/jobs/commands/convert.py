"""`studio2shop convert`."""

from studio2shop.jobs.commands.say import Help, examples, say

EXAMPLES = examples(
    "convert deepfashion_inshop In-shop my_inshop",
    "convert lookbook lookbook my_lookbook",
)


def add(commands):
    """Adds the command and its options to argparse's subparsers."""
    convert = commands.add_parser(
        "convert",
        help="a public data set becomes a catalogue",
        description="Makes a catalogue of a data set that lies as its authors give it, by the rule "
        "in its manifest (data_manifests/). The photos stay where they are.",
        epilog=EXAMPLES,
        formatter_class=Help,
    )
    convert.add_argument("name", metavar="NAME", help="deepfashion_inshop or lookbook")
    convert.add_argument(
        "source",
        metavar="SOURCE",
        help="the data set's folder, archives unpacked; nothing is changed in it",
    )
    convert.add_argument("target", metavar="TARGET", help="a new folder for the catalogue")


def run(options):
    """Runs the command with its options, a dict; returns the exit status."""
    from studio2shop.catalogue import convert_data_set

    conversion = convert_data_set(**options)
    say(conversion.report())
    say(
        f"\nThe catalogue is in {conversion.target}; its photos stay where they are. "
        f"Next: studio2shop check {conversion.target}"
    )
    return 0
