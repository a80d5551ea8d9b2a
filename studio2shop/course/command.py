"""`studio2shop notebooks`."""

from studio2shop.jobs.commands.say import Help, examples, say


def add(commands):
    """Adds the command and its options to argparse's subparsers."""
    notebooks = commands.add_parser(
        "notebooks",
        help="the course: the notebooks, copied to a folder",
        description="Copies the notebooks, their sources and solutions and the leader's page to a "
        "folder; a changed file is never overwritten. With --offline-kit the folder also gets all "
        "wheels, a finished run (made first, if there is none) and an installer, for a room with "
        "bad Wi-Fi.",
        epilog=examples("notebooks course", "notebooks kit --offline-kit"),
        formatter_class=Help,
    )
    notebooks.add_argument("folder", metavar="DIR", help="the folder to write")
    notebooks.add_argument(
        "--offline-kit",
        action="store_true",
        help="with all that is needed without a network, for this system and Python",
    )


def run(options):
    """Runs the command with its options, a dict; returns the exit status."""
    from studio2shop.course.files import copy_course

    folder = options["folder"]
    if options["offline_kit"]:
        from studio2shop.course.offline_kit import make_offline_kit
        from studio2shop.course.shared_run import find_or_make_run

        run = find_or_make_run(announce=say)
        make_offline_kit(folder, run.folder, say)
    else:
        copied = copy_course(folder)
        say(
            f"{len(copied)} files copied to {folder}. Next: jupyter lab {folder} "
            '(pip install "studio2shop[notebooks]" brings it)'
        )
    return 0
