"""A run's first stage on given photos: each is decoded before anything is trained."""

from studio2shop.catalogue import Problem
from studio2shop.catalogue.load import load_without
from studio2shop.catalogue.tables import read_problems
from studio2shop.io.files import write_text
from studio2shop.jobs.fingerprints import catalogue_fingerprint, code_fingerprint, fingerprint

LEFT_OUT = "left_out.csv"


def usable_photos(stages, name, catalogue, on_bad_image):
    """Decodes every photo of a catalogue: one broken file must not end a night's work.

    Args:
        stages: the run's `Stages`, that know whether it was done before.
        name: of the stage.
        catalogue: a `Catalogue`, as `load_catalogue` gives it without `on_bad_image`.
        on_bad_image: `"stop"` or `"skip"`.

    Returns:
        The `Catalogue` without the photos that can't be used, which are in its `left_out`.

    Raises:
        ValueError: a photo can't be used and `on_bad_image` is `"stop"`, or no article is left.

    Example:
        usable_photos(Stages("my-run", print), "photos", catalogue, "skip").left_out
    """

    def check(working):
        bad = catalogue.check()
        bad = bad[bad["severity"] == "error"]
        if len(bad) and on_bad_image == "stop":
            more = f"{len(bad) - 1:,} more; " if len(bad) > 1 else ""
            raise ValueError(
                f"{Problem(**bad.iloc[0]).sentence(catalogue.folder)} "
                f"({more}`studio2shop check {catalogue.folder}` lists all, `--on-bad-image skip` "
                "goes on without them.)"
            )
        write_text(working / LEFT_OUT, bad.to_csv(index=False))

    code = code_fingerprint("catalogue.check")
    key = fingerprint(catalogue_fingerprint(catalogue), on_bad_image, code)
    working = stages.run(name, key, [], check, keep=True)
    left_out = read_problems(working / LEFT_OUT)
    return load_without(catalogue.folder, left_out) if len(left_out) else catalogue
