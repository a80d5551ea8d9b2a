"""How fast `studio2shop check` decodes photos, and how much memory it takes.

    python benchmarks/check_photos.py [--photos 100000] [--distinct 400] [--size 192x256]

Makes a catalogue in a temporary folder: a few hundred photos of the embedded studio, linked up to
the number asked for (so that they come from memory: a disk's own time is not measured), checks it
in a process of its own, and prints photos a second and that process' peak resident size.
"""

import argparse
import os
import pathlib
import subprocess
import sys
import tempfile
import time

from PIL import Image

from studio2shop import render_catalogue

CHECK = """
import resource, sys, time
from studio2shop.catalogue import check_catalogue
start = time.perf_counter()
num_errors = (check_catalogue(sys.argv[1])["severity"] == "error").sum()
peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
print(time.perf_counter() - start, peak, num_errors)
"""


def make_catalogue(folder, num_photos, num_distinct, size):
    """A catalogue of articles only.

    They have `num_photos` names of `num_distinct` photos of `size`, (width, height).

    Returns:
        Mean number of bytes of a photo.
    """
    height = 256 * size[1] // max(size)
    rendered = render_catalogue(
        folder / "studio",
        num_distinct // 2,
        num_distinct - num_distinct // 2,
        (height, height * size[0] // size[1]),
    )
    (folder / "photos").mkdir()
    sources = [*rendered.article_paths, *rendered.query_paths]
    for number, source in enumerate(sources):
        Image.open(source).resize(size).save(folder / "photos" / f"source{number}.jpg", quality=90)
    with open(folder / "articles.csv", "w", encoding="utf-8") as file:
        file.write("article_id,image\n")
        for number in range(num_photos):
            image = f"photos/{number // 1000:04d}/{number:07d}.jpg"
            (folder / image).parent.mkdir(exist_ok=True)
            os.link(folder / "photos" / f"source{number % len(sources)}.jpg", folder / image)
            file.write(f"a{number},{image}\n")
    num_bytes = sum(path.stat().st_size for path in (folder / "photos").glob("source*.jpg"))
    return num_bytes / len(sources)


def main():
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("--photos", type=int, default=100_000)
    parser.add_argument("--distinct", type=int, default=400)
    parser.add_argument("--size", default="192x256", help="width x height")
    options = parser.parse_args()
    with tempfile.TemporaryDirectory() as name:
        folder = pathlib.Path(name)
        start = time.perf_counter()
        size = tuple(map(int, options.size.split("x")))
        mean_bytes = make_catalogue(folder, options.photos, options.distinct, size)
        print(
            f"{options.photos:,} photos of {options.size}, {mean_bytes / 1024:.1f} KiB each, "
            f"made in {time.perf_counter() - start:.0f} s; {os.cpu_count()} cores"
        )
        done = subprocess.run(
            [sys.executable, "-c", CHECK, str(folder)],
            stdout=subprocess.PIPE,
            text=True,
            check=True,
        )
        seconds, peak, num_errors = map(float, done.stdout.split())
        print(
            f"checked in {seconds:.1f} s, {options.photos / seconds:,.0f} photos a second; "
            f"peak resident size {peak:.0f} MiB; {num_errors:.0f} errors"
        )


if __name__ == "__main__":
    main()
