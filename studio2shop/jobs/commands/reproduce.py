"""`studio2shop reproduce`."""

from studio2shop.jobs.commands.say import BAD_IMAGE_HELP, Help, examples, say, start_keras
from studio2shop.jobs.settings import CHOICES, Settings

EXAMPLES = examples(
    "reproduce",
    "reproduce --systems all --out my-comparison",
    "reproduce --catalogue my_shop --out my-run",
    "reproduce --catalogue my_shop --out my-run --scale paper --article-features descriptor "
    "--backbone mobilenet_v2",
)


def add(commands):
    """Adds the command and its options to argparse's subparsers."""
    reproduce = commands.add_parser(
        "reproduce",
        help="the main job: from photos to Table 3's row and a report",
        description="Renders the embedded studio (or takes a catalogue of photos), trains the "
        "article features and Studio2Shop, ranks the test assortment and writes a report. If "
        "interrupted, give the same command again: it continues.",
        epilog=EXAMPLES,
        formatter_class=Help,
    )
    reproduce.add_argument(
        "--out", metavar="DIR", default="studio2shop-run", help="the run's folder"
    )
    add_run_options(reproduce)
    reproduce.add_argument(
        "--systems",
        choices=CHOICES["systems"],
        default="studio2shop",
        help="Studio2Shop alone, or Table 3's eight systems and two of ours, compared",
    )
    reproduce.add_argument(
        "--system",
        choices=CHOICES["system"],
        default="Studio2Shop",
        help="the row of Table 2 that is trained and searched with; fDNA and fc14 in its name "
        "stand for the run's own article features",
    )
    reproduce.add_argument(
        "--seed", type=int, default=0, help="of the studio, the split, the weights, all draws"
    )


def run(options):
    """Runs the command with its options, a dict; returns the exit status."""
    out = options.pop("out")
    Settings(**options).resolve()  # a wrong option is told before TensorFlow starts
    start_keras()
    from studio2shop.jobs.reproduce import reproduce

    reproduce(out, say, **options)
    return 0


def add_run_options(command):
    """What a run and a study can be told alike: fields of `Settings`."""
    command.add_argument(
        "--catalogue", metavar="DIR", help="a catalogue of photos; the embedded studio if not given"
    )
    command.add_argument(
        "--attributes",
        metavar="DIR",
        help="a catalogue of labelled articles to train fDNA on; the training articles if not "
        "given",
    )
    command.add_argument(
        "--on-bad-image", choices=CHOICES["on_bad_image"], default="stop", help=BAD_IMAGE_HELP
    )
    command.add_argument(
        "--article-features",
        choices=CHOICES["article_features"],
        default="fdna",
        help="fDNA; several of its layers and colours; a pretrained backbone's last layer; or "
        "descriptors: several of a backbone's layers and colours",
    )
    command.add_argument(
        "--backbone",
        metavar="NAME",
        nargs="+",
        help="compact, a name in keras.applications, or a pretrained model's .keras file; several "
        "stand side by side in a descriptor; the scale's own if not given",
    )
    command.add_argument(
        "--backbone-weights",
        metavar="WEIGHTS",
        nargs="+",
        help="imagenet, none, the path of a weights file, or studio for those of the compact "
        "backbone that come with the package, one for each backbone; the scale's own if not given",
    )
    command.add_argument(
        "--head",
        choices=[head for head in CHOICES["head"] if head],
        help="between backbone and query feature: Table 7's, or one of ours for small data; the "
        "one that belongs to the article features and the backbone if not given",
    )
    command.add_argument(
        "--scale",
        choices=CHOICES["scale"],
        default="workshop",
        help="112x78 images and a compact backbone; the paper's sizes and VGG16; or the first on "
        "20,000 articles, as the run that comes with the package was trained",
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
        help="imagenet, or the path of VGG16's weights file with its top, for the systems on fc14; "
        "left out if not given",
    )
    command.add_argument(
        "--stylenet-weights",
        metavar="FILE",
        help="the published Torch file, for the system on 128floats; left out if not given",
    )
