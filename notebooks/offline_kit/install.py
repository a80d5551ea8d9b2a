"""Installs Studio2Shop and JupyterLab from the wheels beside this file: python install.py"""

import os
import pathlib
import platform
import subprocess
import sys
import venv

HERE = pathlib.Path(__file__).resolve().parent


def main():
    environment = HERE / "environment"
    print(f"Making {environment} ...", flush=True)
    venv.create(environment, with_pip=True, clear=True)
    programs = environment / ("Scripts" if os.name == "nt" else "bin")
    print("Installing, two to five minutes ...", flush=True)
    pip = [
        str(programs / "python"),
        "-m",
        "pip",
        "install",
        "--quiet",
        "--no-index",
        "--find-links",
        str(HERE / "wheels"),
        "studio2shop[notebooks]",
    ]
    if subprocess.run(pip, check=False).returncode:
        system = f"{platform.system()} {platform.machine()} with Python {platform.python_version()}"
        sys.exit(
            f"install.py: the wheels here don't fit {system}; install with the Python of the "
            "machine that made this kit, or let the leader add this system's wheels."
        )
    print(f"Done. Start with:\n\n    {programs / 'jupyter'} lab {HERE / 'notebooks'}\n")


if __name__ == "__main__":
    main()
