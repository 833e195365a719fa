# SPDX-License-Identifier: GPL-2.0-or-later
"""A depmod that is run: the one under test, or Debian's."""
import dataclasses
import itertools
import os
import pathlib
import re
import signal
import subprocess
import time

import case

LIMIT = 120
REFERENCE_VERSION = "30"
# In one of so many runs the sanitizer looks for leaks at the end: that takes twice the time of all else.
LEAKS_EVERY = 1 if case.FULL else 4
INHERITED = ("ASAN_OPTIONS", "LSAN_OPTIONS", "UBSAN_OPTIONS", "TSAN_OPTIONS", "LD_LIBRARY_PATH")


@dataclasses.dataclass
class Outcome:
    """What a run did. The status is that of a shell's $?."""

    status: int
    out: bytes
    err: bytes

    def lines(self):
        """The messages."""
        return self.err.decode("latin-1").splitlines()


def sanitizer_of(kmod):
    """The sanitizer's library, which has to be loaded before any other; "" if there is none."""
    listed = subprocess.run(["ldd", kmod], capture_output=True, text=True, check=False).stdout
    for line in listed.splitlines():
        if re.search(r"lib[at]san\.so", line):
            return line.split("=>")[1].split()[0]
    return ""


class Program:
    """A kmod, called by the name of depmod."""

    def __init__(self, kmod, links):
        links = pathlib.Path(links)
        links.mkdir(parents=True)
        self.path = links / "depmod"
        self.path.symlink_to(pathlib.Path(kmod).resolve())
        self.sanitizer = sanitizer_of(kmod)
        self.runs = itertools.count()
        told = self.run(["-V"]).out.decode().split()
        self.version = told[2] if len(told) > 2 else ""
        self.features = {word[1:] for word in told if word.startswith("+")}
        self.is_reference = self.version == REFERENCE_VERSION

    def environment(self, env=None, preload=None):
        """What a run finds in its environment."""
        full = {"PATH": "/usr/bin:/bin", "LC_ALL": "C"}
        full.update((name, os.environ[name]) for name in INHERITED if name in os.environ)
        if preload:
            full["LD_PRELOAD"] = ":".join(filter(None, (self.sanitizer, str(preload))))
        if next(self.runs) % LEAKS_EVERY:
            full["ASAN_OPTIONS"] = full.get("ASAN_OPTIONS", "") + ":detect_leaks=0"
        full.update(env or {})
        return full

    def start(self, args, env=None, preload=None, prefix=(), name="depmod", **rest):
        """Starts it, by the name of that tool unless there is a prefix. Returns the process."""
        rest = {"stdin": subprocess.DEVNULL, "stdout": subprocess.PIPE, "stderr": subprocess.PIPE,
                **rest}
        argv = [*prefix, str(self.path) if prefix else name, *(str(arg) for arg in args)]
        return subprocess.Popen(argv, executable=None if prefix else self.path,
                                env=self.environment(env, preload), **rest)

    def run(self, args, limit=LIMIT, **rest):
        """Runs it to its end."""
        process = self.start(args, **rest)
        try:
            out, err = process.communicate(timeout=limit)
        except subprocess.TimeoutExpired:
            process.kill()
            out, err = process.communicate()
            err = (err or b"") + b"still running after %d s\n" % limit
        status = process.returncode
        return Outcome(status if status >= 0 else 128 - status, out or b"", err or b"")


def kill_after(process, seconds):
    """Lets it run for so long and kills it."""
    time.sleep(seconds)
    process.send_signal(signal.SIGKILL)
    process.communicate()
