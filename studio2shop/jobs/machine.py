"""What a measured number depends on beside data and settings: the machine, its software, memory."""

import contextlib
import os
import pathlib
import platform
import re
import sys
from importlib.metadata import version

import studio2shop

PEAK = "peak resident memory"


def start_peak():
    """Lets `peak_gigabytes` count from here on, where the system can (Linux).

    Returns:
        What it had counted so far, in GiB.
    """
    peak = peak_gigabytes()
    with contextlib.suppress(OSError):
        pathlib.Path("/proc/self/clear_refs").write_text("5")
    return peak


def peak_gigabytes():
    """Peak resident size of this process in GiB, since `start_peak` where the system can.

    Not a number where the system does not tell.
    """
    status = pathlib.Path("/proc/self/status")
    if status.exists():
        peak = re.search(r"VmHWM:\s*(\d+) kB", status.read_text())
        if peak is not None:
            return int(peak[1]) / 2**20
    try:
        import resource
    except ImportError:  # Windows
        return float("nan")
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    return peak / 2**30 if sys.platform == "darwin" else peak / 2**20


def machine_facts(peak_before=0.0):
    """What a printed number depends on beside data and settings.

    Args:
        peak_before: the most that `start_peak` returned, in GiB.
    """
    return {
        "machine": f"{platform.system()}, {platform.machine()}, {os.cpu_count()} cores",
        "software": (
            f"Python {platform.python_version()}, Keras {version('keras')}, "
            f"studio2shop {studio2shop.__version__}"
        ),
        PEAK: f"{max(peak_before, peak_gigabytes()):.1f} GiB",
    }
