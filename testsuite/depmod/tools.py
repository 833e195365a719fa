# SPDX-License-Identifier: GPL-2.0-or-later
"""A system, in a directory, on which all tools can be run: what they would load is written down."""
import os
import pathlib

import index
import tree
from elf import Module

BIN = ("alias", "builtin", "builtin.alias", "dep", "devname", "symbols")
DIRECTORY = f"/lib/modules/{tree.RELEASE}"


class System:
    """The directory. A module called basic is there, and is loaded."""

    def __init__(self, bench, place):
        self.bench = bench
        self.root = pathlib.Path(place, "root")
        self.capture = pathlib.Path(place, "capture")
        self.directory = tree.make_modules(self.root, {
            "basic.ko": Module(info=("license=GPL", "vermagic=x"), provides=("basic_symbol",),
                               needs=("printk",)),
            "modules.order": "basic.ko\n", "modules.dep": "basic.ko:\n",
            "modules.devname": "fuse fuse c10:229\nbad bad bad\n"})
        tree.make(self.root, {"proc/modules": "", "proc/cmdline": "\n",
                              "etc/modprobe.d": tree.Directory()})
        self.loaded("basic")
        self.capture.mkdir()
        for name in BIN:
            self.index(name, [("basic", "basic.ko:")] if name == "dep" else [])

    def loaded(self, name):
        """Makes the system one that has a module in its kernel, unused."""
        with open(self.root / "proc/modules", "a") as modules:
            modules.write(f"{name} 16384 0 - Live 0x0\n")
        tree.make(self.root / "sys/module", {f"{name}/initstate": "live\n",
                                             f"{name}/refcnt": "0\n",
                                             f"{name}/coresize": "16384\n",
                                             f"{name}/holders": tree.Directory()})

    def index(self, name, entries):
        """Writes an index of keys and values, or the file itself."""
        if not isinstance(entries, bytes):
            found = {}
            for key, value in entries:
                index.add(found, key.encode("latin-1"), value.encode("latin-1"), 0)
            entries = index.write(found)
        tree.put(self.directory / f"modules.{name}.bin", entries)

    def put(self, path, what):
        """Makes one thing below the root."""
        tree.put(self.root / path.lstrip("/"), what)

    def environment(self, env):
        """What a tool finds in its environment."""
        return {"TRAP_ROOT": str(self.root), "TRAP_CAPTURE": str(self.capture),
                "TRAP_UNAME": tree.RELEASE, **(env or {})}

    def start(self, *words, env=None, **rest):
        """Starts a tool. Returns the process."""
        return self.bench.program.start(words[1:], name=words[0], cwd=self.root,
                                        env=self.environment(env), preload=self.bench.trap, **rest)

    def run(self, *words, env=None, **rest):
        """Runs a tool to its end."""
        return self.bench.program.run(words[1:], name=words[0], cwd=self.root,
                                      env=self.environment(env), preload=self.bench.trap, **rest)

    def calls(self):
        """What has reached the kernel, as lines."""
        return [path.read_text(encoding="latin-1")
                for path in sorted(self.capture.iterdir()) if path.suffix == ".call"]

    def sparse(self, name, size, start=b""):
        """A module of so many bytes that takes no room, but for its start."""
        self.put(f"{DIRECTORY}/{name}", start)
        os.truncate(self.directory / name, size)
        return f"{DIRECTORY}/{name}"
