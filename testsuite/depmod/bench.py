# SPDX-License-Identifier: GPL-2.0-or-later
"""What tests are run with: programs, a place to work, libraries to preload."""
import contextlib
import os
import pathlib
import shutil
import subprocess
import tempfile

import case
import formats
import known
import tree

FETCH_LIMIT = 1800
# Root opens any file, unless it has given that up.
LIKE_OTHERS = ("setpriv", "--inh-caps=-dac_override,-dac_read_search",
               "--bounding-set=-dac_override,-dac_read_search")


class Bench:
    """A program, and what there is to test it with."""

    def __init__(self, program, work, trap):
        self.program = program
        self.work = pathlib.Path(work)
        self.trap = trap

    def run(self, args, **rest):
        """Runs the program. Of what kmod 30 says only what is meant is left."""
        outcome = self.program.run(args, **rest)
        if self.program.is_reference:
            known.level(outcome)
        return outcome

    def opened(self, args, place, **rest):
        """Runs the program, which must not fail. Returns the paths of all files that it opens."""
        capture = pathlib.Path(tempfile.mkdtemp(dir=place, prefix="opens-"))
        outcome = self.run(args, preload=self.trap,
                           env={"TRAP_CAPTURE": str(capture), "TRAP_OPENS": "1"}, **rest)
        if outcome.status != 0:
            raise AssertionError(f"status {outcome.status}: {outcome.err!r}")
        lines = (capture / "opens").read_text(encoding="latin-1").splitlines()
        return [line.rsplit(" = ", 1)[0].split(" CLOEXEC")[0] for line in lines]

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

    def like_others(self):
        """What makes a program respect the permissions of files, in front of its name."""
        if os.geteuid() != 0:
            return ()
        self.need_command(LIKE_OTHERS[0])
        return LIKE_OTHERS

    @contextlib.contextmanager
    def place(self):
        """A new directory to work in, for as long as it is used."""
        path = pathlib.Path(tempfile.mkdtemp(dir=self.work))
        try:
            yield path
        finally:
            tree.remove(path)


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
