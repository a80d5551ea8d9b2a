"""The commands: `studio2shop reproduce` and those on what it made."""

import argparse
import os
import sys

from studio2shop.jobs.startup import silenced_start


def main(arguments=None):
    """Runs one command.

    Args:
        arguments: list of words after `studio2shop`; default: the command line's.

    Returns:
        The exit status: 0, or 1 after an error, which is printed in one sentence.
    """
    parser = argparse.ArgumentParser(
        prog="studio2shop", description="Studio2Shop: from studio photo shoots to fashion articles."
    )
    commands = parser.add_subparsers(dest="command", required=True, metavar="COMMAND")
    _add_check(commands)
    _add_reproduce(commands)
    _add_study(commands)
    _add_evaluate(commands)
    _add_search(commands)
    _add_convert(commands)
    _add_timings(commands)
    _add_notebooks(commands)
    options, others = parser.parse_known_args(arguments)
    options = vars(options)
    if "photos" in options:  # argparse gives back those that stand behind an option
        options["photos"] = [
            *options["photos"],
            *(word for word in others if not word.startswith("-")),
        ]
        others = [word for word in others if word.startswith("-")]
    if others:
        parser.error(f"unrecognized arguments: {' '.join(others)}")
    command = options.pop("command")
    os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "3")
    try:
        return _COMMANDS[command](options)
    except KeyboardInterrupt:
        print(
            "\nStopped."
            + (
                " The same command goes on where it was."
                if command in ("reproduce", "study")
                else ""
            ),
            file=sys.stderr,
        )
        return 130
    except (ValueError, OSError) as error:
        print(f"studio2shop {command}: {error}", file=sys.stderr)
        return 1


def _add_check(commands):
    check = commands.add_parser(
        "check",
        help="all that is wrong with a catalogue of photos",
        description="Reads the three CSV files of a catalogue, decodes every photo and prints all that is wrong with them, "
        "grouped by kind. The exit status is 1 if a run would stop at any of it.",
    )
    check.add_argument("folder", metavar="DIR", help="the catalogue's folder")
    check.add_argument("--out", metavar="CSV", help="a file to write all problems to")


def _check(options):
    from studio2shop.catalogue import check_catalogue, load_catalogue
    from studio2shop.catalogue.describe import describe_contents, describe_problems
    from studio2shop.catalogue.split import parts_to_train_on
    from studio2shop.io.files import write_text

    problems = check_catalogue(options["folder"])
    if len(problems):
        print(describe_problems(problems), end="\n\n")
    if options["out"] is not None:
        write_text(options["out"], problems.to_csv(index=False))
        print(f"all {len(problems):,} problems: {options['out']}")
    print(describe_contents(options["folder"], problems))
    if (problems["severity"] == "error").any():
        return 1
    catalogue = load_catalogue(options["folder"])
    if len(catalogue.matches):
        parts_to_train_on(catalogue)  # raises, where it is too small
    else:
        print(
            "It has no matches to train on: labelled articles, of use as `studio2shop reproduce --attributes`."
        )
    return 0


def _add_reproduce(commands):
    reproduce = commands.add_parser(
        "reproduce",
        help="the main job: from photos to Table 3's row and a report",
        description="Renders the embedded studio (or takes a catalogue of photos), trains the article features and "
        "Studio2Shop, ranks the test assortment and writes a report. A stopped run goes on when called again.",
        formatter_class=argparse.ArgumentDefaultsHelpFormatter,
    )
    reproduce.add_argument(
        "--out", metavar="DIR", default="studio2shop-run", help="the run's folder"
    )
    _add_run_options(reproduce)
    reproduce.add_argument(
        "--systems",
        choices=["studio2shop", "all"],
        default="studio2shop",
        help="Studio2Shop alone, or Table 3's eight systems and two of ours, compared",
    )
    reproduce.add_argument(
        "--seed",
        type=int,
        default=0,
        help="of the studio, the split, the weights and all that is drawn",
    )


def _add_study(commands):
    study = commands.add_parser(
        "study",
        help="all systems over several seeds, and by the number of training articles",
        description="Runs `reproduce --systems all` for several seeds, trains the linear and the non-linear match on parts of the training "
        "articles too, and writes their order beside the paper's. Takes about two hours on 2 cores on the embedded studio. "
        "A stopped study goes on when called again.",
        formatter_class=argparse.ArgumentDefaultsHelpFormatter,
    )
    study.add_argument(
        "--out",
        metavar="DIR",
        default="studio2shop-study",
        help="the study's folder, with a run for each seed",
    )
    study.add_argument("--num-seeds", metavar="N", type=int, default=3, help="seeds 0, 1, ...")
    _add_run_options(study)


def _study(options):
    from studio2shop.jobs.settings import Settings
    from studio2shop.jobs.study import run_study

    out, num_seeds = options.pop("out"), options.pop("num_seeds")
    Settings(**options, systems="all").resolve()
    with silenced_start():
        import keras  # noqa: F401
    run_study(out, lambda line: print(line, flush=True), num_seeds, **options)
    return 0


def _add_run_options(command):
    """What a run and a study can be told alike: fields of `Settings`."""
    command.add_argument(
        "--catalogue", metavar="DIR", help="a catalogue of photos; the embedded studio if not given"
    )
    command.add_argument(
        "--attributes",
        metavar="DIR",
        help="a catalogue of labelled articles to train fDNA on; the training articles if not given",
    )
    command.add_argument(
        "--on-bad-image",
        choices=["stop", "skip"],
        default="stop",
        help="stop at a photo that can't be read, or leave such photos out and list them in left_out.csv",
    )
    command.add_argument(
        "--article-features",
        choices=["fdna", "backbone"],
        default="fdna",
        help="fDNA, or a pretrained backbone's pooled activations",
    )
    command.add_argument(
        "--backbone",
        metavar="NAME",
        help="compact, or a name in keras.applications; the scale's own if not given",
    )
    command.add_argument(
        "--backbone-weights",
        metavar="WEIGHTS",
        help="imagenet, none, or the path of a weights file; the scale's own if not given",
    )
    command.add_argument(
        "--scale",
        choices=["workshop", "paper"],
        default="workshop",
        help="112x78 images and a compact backbone, or the paper's sizes and VGG16",
    )
    command.add_argument(
        "--finetune-epochs",
        metavar="N",
        type=int,
        default=0,
        help="after the head on a pretrained backbone, epochs of training all layers",
    )
    command.add_argument(
        "--fc14-weights",
        metavar="WEIGHTS",
        help="imagenet, or the path of VGG16's weights file with its top, for the systems on fc14; left out if not given",
    )
    command.add_argument(
        "--stylenet-weights",
        metavar="FILE",
        help="the published Torch file, for the system on 128floats; left out if not given",
    )


def _add_search(commands):
    search = commands.add_parser(
        "search",
        help="the articles worn in photos: a page to look at, or a table",
        description="Searches the assortment of a finished run for the articles worn in some photos and writes a page that shows them; "
        "or, with --catalogue, in all photos of a catalogue, and writes a table `query_id,article_id,score,rank`, which may serve as a "
        "matches.csv. A stopped table goes on when called again.",
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
        help="most articles a photo (default: 50 on a page, 10 in a table)",
    )
    search.add_argument(
        "--among",
        metavar="FILE",
        help="a text file with an article id a line, such as those in stock, to choose among (default: all)",
    )
    search.add_argument(
        "--least-score",
        metavar="P",
        type=float,
        default=0.0,
        help="probability from which an article counts, 0-1 (default: 0)",
    )
    search.add_argument(
        "--on-bad-image",
        choices=["stop", "skip"],
        default="stop",
        help="stop at a catalogue's photo that can't be read, or leave such photos out (default: stop)",
    )
    search.add_argument(
        "--out", metavar="FILE", help="the file to write (default: found.html or found.csv)"
    )


def _search(options):
    from studio2shop.jobs.search import SearchJob

    job = SearchJob(**options)
    job.check()
    with silenced_start():
        import keras  # noqa: F401
    job.do(lambda line: print(line, flush=True))
    return 0


def _reproduce(options):
    from studio2shop.jobs.reproduce import reproduce
    from studio2shop.jobs.settings import Settings

    out = options.pop("out")
    # a wrong option is told before the seconds that TensorFlow takes to start
    Settings(**options).resolve()
    with silenced_start():
        import keras  # noqa: F401
    reproduce(out, lambda line: print(line, flush=True), **options)
    return 0


def _add_evaluate(commands):
    evaluate = commands.add_parser(
        "evaluate",
        help="the external test: a finished run on other photos, Table 4",
        description="Ranks another shop's assortment for its photos by a finished run, without fine-tuning, and writes Table 4 "
        "and a report. Without a catalogue of photos it renders two other shops: another wall, camera and shape of the photos, and streets.",
    )
    evaluate.add_argument(
        "--model", metavar="RUN", required=True, help="the folder of a finished run"
    )
    evaluate.add_argument(
        "--catalogue", metavar="DIR", help="a catalogue of photos; two rendered ones if not given"
    )
    evaluate.add_argument(
        "--on-bad-image",
        choices=["stop", "skip"],
        default="stop",
        help="stop at a photo that can't be read, or leave such photos out and list them in left_out.csv (default: stop)",
    )
    evaluate.add_argument(
        "--out",
        metavar="DIR",
        help="where to write (default: RUN/external/ and the catalogue's name, or stand_ins)",
    )


def _evaluate(options):
    import pathlib

    from studio2shop.catalogue import load_catalogue
    from studio2shop.jobs.run import load_run

    catalogue = options["catalogue"] and load_catalogue(
        options["catalogue"], on_bad_image=options["on_bad_image"]
    )
    catalogues = {catalogue.folder.name: catalogue} if catalogue else None
    with silenced_start():
        run = load_run(options["model"])
        from studio2shop.jobs.evaluate import evaluate_external
    out = options["out"] or pathlib.Path(
        options["model"], "external", *(catalogues or ["stand_ins"])
    )
    evaluate_external(run, out, catalogues, lambda line: print(line, flush=True))
    return 0


def _add_convert(commands):
    convert = commands.add_parser(
        "convert",
        help="a public data set becomes a catalogue",
        description="Makes a catalogue of a data set that lies as its authors give it, by the rule in its manifest (data_manifests/). "
        "The photos stay where they are.",
    )
    convert.add_argument("name", metavar="NAME", help="deepfashion_inshop or lookbook")
    convert.add_argument(
        "source",
        metavar="SOURCE",
        help="the data set's folder, archives unpacked; nothing is changed in it",
    )
    convert.add_argument("target", metavar="TARGET", help="a new folder for the catalogue")


def _convert(options):
    from studio2shop.catalogue import convert_data_set

    conversion = convert_data_set(**options)
    print(conversion.report())
    print(
        f"\nThe catalogue is in {conversion.target}; its photos stay where they are. Next: studio2shop check {conversion.target}"
    )
    return 0


def _add_timings(commands):
    timings = commands.add_parser(
        "timings",
        help="Figure 9: how long a search takes, the paper's way and ours",
        description="Times the two stages of a search, query features and matching, for 1 to 128 queries: the paper's way (50 articles a call), "
        "exact and two-stage search. Writes timings.csv and figure9.png. Takes about half an hour on 2 cores; for a first look take --repetitions 1.",
        formatter_class=argparse.ArgumentDefaultsHelpFormatter,
    )
    timings.add_argument(
        "run",
        metavar="RUN",
        nargs="?",
        help="the folder of a finished run; the paper's full-size network with random weights if not given",
    )
    timings.add_argument(
        "--articles",
        metavar="N",
        type=int,
        default=50_000,
        help="size of the assortment; a run's features are repeated with small noise",
    )
    timings.add_argument(
        "--repetitions", metavar="N", type=int, default=10, help="of each measurement"
    )
    timings.add_argument(
        "--out", metavar="DIR", default="studio2shop-timings", help="where to write"
    )


def _timings(options):
    import pathlib

    out = pathlib.Path(options["out"])
    if options["articles"] < 50 or options["repetitions"] < 1:
        raise ValueError(
            f"--articles must be at least 50, --repetitions at least 1; received {options['articles']} and {options['repetitions']}."
        )
    if options["run"] and not pathlib.Path(options["run"], "settings.json").exists():
        raise ValueError(
            f"{options['run']!r} is no finished run: settings.json is missing; give the folder of `studio2shop reproduce`, or none."
        )
    out.mkdir(parents=True, exist_ok=True)
    with silenced_start():
        import keras  # noqa: F401
    from studio2shop.jobs.timings import measure_figure9

    measure_figure9(
        out,
        options["run"],
        options["articles"],
        options["repetitions"],
        lambda line: print(line, flush=True),
    )
    return 0


def _add_notebooks(commands):
    notebooks = commands.add_parser(
        "notebooks",
        help="the course: the notebooks, copied to a folder",
        description="Copies the notebooks, their sources and solutions and the leader's page to a folder; a changed file is never overwritten. "
        "With --offline-kit the folder also gets all wheels, a finished run (made first, if there is none) and an installer, for a room with bad Wi-Fi.",
    )
    notebooks.add_argument("folder", metavar="DIR", help="the folder to write")
    notebooks.add_argument(
        "--offline-kit",
        action="store_true",
        help="with all that is needed without a network, for this system and Python",
    )


def _notebooks(options):
    from studio2shop.course.files import copy_course

    if options["offline_kit"]:
        from studio2shop.course.offline_kit import make_offline_kit
        from studio2shop.course.shared_run import find_or_make_run

        run = find_or_make_run(announce=lambda line: print(line, flush=True))
        make_offline_kit(options["folder"], run.folder, lambda line: print(line, flush=True))
    else:
        copied = copy_course(options["folder"])
        print(
            f'{len(copied)} files copied to {options["folder"]}. Next: jupyter lab {options["folder"]} (pip install "studio2shop[notebooks]" brings it)'
        )
    return 0


_COMMANDS = {
    "check": _check,
    "reproduce": _reproduce,
    "study": _study,
    "evaluate": _evaluate,
    "search": _search,
    "convert": _convert,
    "timings": _timings,
    "notebooks": _notebooks,
}

if __name__ == "__main__":
    sys.exit(main())
