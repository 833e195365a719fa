# SPDX-License-Identifier: GPL-2.0-or-later
"""A real kernel's modules, plain and compressed, and a Module.symvers and System.map for them."""
import concurrent.futures
import os
import pathlib
import shutil
import struct
import subprocess
import threading

import elf
import formats

BATCH = 100
LEVELS = {"xz": 0, "gz": 1}     # what is packed matters, not how well


class Kernel:
    """The modules of a package, to be had in trees of their own below a place."""

    def __init__(self, package, place):
        (self.source,) = (package / "lib/modules").iterdir()
        self.release = self.source.name
        self.place = pathlib.Path(place)
        self.lock = threading.Lock()
        self.trees = {}

    def tree(self, form):
        """The root of a tree with modules of that format; "": not compressed."""
        with self.lock:
            if form not in self.trees:
                self.trees[form] = self._make(form)
            return self.trees[form]

    def directory(self, root):
        """Where in a tree the modules are."""
        return root / "lib/modules" / self.release

    def _make(self, form):
        root = self.place / f"tree-{form or 'plain'}"
        directory = self.directory(root)
        directory.mkdir(parents=True)
        for name in ("modules.order", "modules.builtin", "modules.builtin.modinfo"):
            shutil.copy(self.source / name, directory)
        for name in os.listdir(self.source):
            if (self.source / name).is_dir() and name not in ("build", "source"):
                self._copy(self.source / name, directory / name, form)
        return root

    def _copy(self, source, to, form):
        if not form:
            to.symlink_to(source)
        elif form == "zst":
            shutil.copytree(source, to)
            paths = sorted(to.rglob("*.ko"))
            _each(lambda first: subprocess.run(
                ["zstd", "-q", "-1", "--rm", *paths[first:first + BATCH]], check=True),
                range(0, len(paths), BATCH))
        else:
            shutil.copytree(source, to, ignore=shutil.ignore_patterns("*.ko"))
            _each(lambda path: to.joinpath(f"{path.relative_to(source)}.{form}").write_bytes(
                formats.FORMATS[form](path.read_bytes(), LEVELS[form])), source.rglob("*.ko"))

    def symbols(self):
        """What the modules need of the kernel and of each other: name -> CRC."""
        found = {}
        for path in sorted(self.source.rglob("*.ko")):
            found |= versions(path.read_bytes())
        return found


def _each(function, things):
    """Does something to each, several at a time."""
    with concurrent.futures.ThreadPoolExecutor(os.cpu_count() or 1) as pool:
        list(pool.map(function, things))


def versions(data):
    """What is in __versions of a module of 64 bits: name -> CRC."""
    order = "<" if data[5] == 1 else ">"
    head = dict(zip(elf.EHDR_NAMES, struct.unpack_from(order + elf.EHDR[64], data, 16)))
    shdr = struct.Struct(order + elf.SHDR[64])
    headers = [dict(zip(elf.SHDR_NAMES, shdr.unpack_from(data, head["e_shoff"] + n * shdr.size)))
               for n in range(head["e_shnum"])]
    names = headers[head["e_shstrndx"]]["sh_offset"]
    for header in headers:
        if data.startswith(b"__versions\0", names + header["sh_name"]):
            start = header["sh_offset"]
            table = data[start:start + header["sh_size"]]
            return {name.split(b"\0")[0].decode(): crc
                    for crc, name in struct.iter_unpack(order + "Q56s", table)}
    return {}
