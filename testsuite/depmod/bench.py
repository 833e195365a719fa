# SPDX-License-Identifier: GPL-2.0-or-later
"""What tests are run with: programs, a place to work, libraries to preload."""
import os
import pathlib
import shutil
import subprocess

import case
import formats
import known
import tree

FETCH_LIMIT = 1800
UNPRIVILEGED = 65534


class Bench:
    """A program, and what there is to test it with."""

    def __init__(self, program, work, trap=None, faults=None):
        self.program = program
        self.work = pathlib.Path(work)
        self.trap = trap
        self.faults = faults

    def run(self, args, **rest):
        """Runs the program. Of what kmod 30 says only what is meant is left."""
        outcome = self.program.run(args, **rest)
        if self.program.is_reference:
            known.level(outcome)
        return outcome

    def has(self, output):
        """Whether the program writes that file."""
        return not self.program.is_reference or output != "modules.weakdep"

    def can_read(self, form):
        """Whether the program can read modules of that format."""
        return formats.FEATURES[form] in self.program.features

    def need_format(self, form):
        """Skips what the program was built without."""
        if not self.can_read(form):
            raise case.Skip(f"built without {formats.OPTIONS[form]}")

    def need_command(self, name):
        """Skips what needs a program that is not there."""
        if shutil.which(name) is None:
            raise case.Skip(f"no {name} command")

    def need_root(self):
        """Skips what only root can do."""
        if os.geteuid() != 0:
            raise case.Skip("only root can do that")

    def place(self, name):
        """A new directory to work in."""
        path = self.work / name
        if path.exists():
            tree.remove(path)
        path.mkdir(parents=True)
        return path


def fetch(names):
    """The directories in which these Debian packages are unpacked."""
    script = pathlib.Path(__file__).resolve().parent.parent / "qemu" / "fetch-package"
    try:
        done = subprocess.run([script, *names], stdin=subprocess.DEVNULL, capture_output=True,
                              text=True, timeout=FETCH_LIMIT, check=False)
    except (OSError, subprocess.TimeoutExpired) as error:
        raise case.Skip(f"cannot fetch {' '.join(names)}: {error}") from error
    found = done.stdout.splitlines()
    if done.returncode != 0 or len(found) != len(names):
        raise case.Skip(f"cannot fetch {' '.join(names)}: {done.stderr.strip()[-200:]}")
    return [pathlib.Path(path) for path in found]
