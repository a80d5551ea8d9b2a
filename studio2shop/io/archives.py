"""What is checked of a zip archive, as `.npz` and `.keras` files are, before anything is unpacked.

A few kilobytes may unpack to terabytes, and a name in it may lead out of the folder.
"""

import os
import re
import stat

MOST_MEMBERS = 10_000
# ours are not compressed; what is made to unpack too far shrinks by 1,000
MOST_TIMES = 20
LEAST_BYTES = 2**26  # a small file may be all zeros

_ELSEWHERE = re.compile(r"^[/\\]|^[A-Za-z]:|(?:^|[/\\])\.\.(?:[/\\]|$)")


def check_archive(archive):
    """Raises a ValueError, to be told by `reading`, if an archive should not be unpacked.

    Args:
        archive: a `zipfile.ZipFile` of a path, of which only the list of members is looked at.
            zipfile never unpacks more of one than this says.
    """
    members = archive.infolist()
    if len(members) > MOST_MEMBERS:
        raise ValueError(f"it has {len(members):,} files in it, and {MOST_MEMBERS:,} are the most")
    for member in members:
        # zipfile may have cut or changed `filename`
        if _ELSEWHERE.search(member.orig_filename) or _ELSEWHERE.search(member.filename):
            raise ValueError(f"it has a file for elsewhere, {member.filename!r}")
        if stat.S_ISLNK(member.external_attr >> 16):
            raise ValueError(f"it has a link, {member.filename!r}")
    # not the packed sizes that it states: its members may be the same bytes over and over
    most = max(LEAST_BYTES, MOST_TIMES * os.path.getsize(archive.filename))
    unpacked = sum(member.file_size for member in members)
    if unpacked > most:
        raise ValueError(f"it unpacks to {unpacked:,} bytes, and {most:,} are the most of its size")
