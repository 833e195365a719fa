# SPDX-License-Identifier: GPL-2.0-or-later
"""A tree of modules of all kinds, as it was and as it is later, and what depmod made of it."""
import os
import pathlib
import re

import expected
import tree
from elf import Module
from tree import RELEASE, Link

LOCK = ".lock.00000000.kmod-tmp"
LEFTOVER = re.compile(r"\.(modules\..+|lock)\.[0-9a-v]{8}\.kmod-tmp")


def modules(count=40):
    """Modules that depend on each other: path -> module."""
    found = {}
    for n in range(count):
        needs = tuple(f"symbol_{k}" for k in range(2 * n + 1, 2 * n + 3) if k < count)
        found[f"kernel/d{n % 7}/m{n}.ko"] = Module(
            needs=needs, provides=(f"symbol_{n}",),
            info=(f"alias=pci:v{n:08x}*", f"alias=of-{n % 5}", f"softdep=pre: m{n + 1}",
                  f"weakdep=m{n + 2}"))
    return found


def things(count=40):
    """All that is in the tree."""
    return {**modules(count),
            "kernel/devices.ko": Module(info=("alias=devname:x", "alias=char-major-1-2")),
            "kernel/link.ko": Link("../elsewhere"), "elsewhere": Module(info=("alias=linked",)),
            "kernel/unlisted.ko": Module(needs=("symbol_0",)),
            "modules.order": "".join(f"{path}\n" for path in modules(count)),
            "modules.builtin": "kernel/in.ko\n", "modules.builtin.modinfo": "in.alias=x\0"}


# What is changed so that each of the outputs is another.
LATER = {"kernel/added.ko": Module(
    provides=("added",), needs=("symbol_3",),
    info=("alias=added", "alias=devname:y", "alias=char-major-3-4", "softdep=pre: a",
          "weakdep=b")),
         "modules.builtin": "kernel/in.ko\nkernel/too.ko\n",
         "modules.builtin.modinfo": "in.alias=x\0too.alias=y\0"}


def outputs(directory, names=expected.OUTPUTS):
    """The files that are there of those that depmod writes: name -> bytes."""
    return {name: pathlib.Path(directory, name).read_bytes() for name in names
            if os.path.isfile(pathlib.Path(directory, name))}


class Sample:
    """The tree, at a place, with the outputs of before and those that ought to come."""

    def __init__(self, bench, place, count=40):
        self.bench = bench
        self.place = pathlib.Path(place)
        self.root = self.place / "root"
        self.directory = tree.make_modules(self.root, things(count))
        self.old = self.full()
        self.restore()
        tree.make(self.directory, LATER)
        self.new = self.full()
        same = [name for name in expected.OUTPUTS if self.old[name] == self.new[name]]
        assert not same, f"would not notice what becomes of {same}"

    def args(self, *more):
        """The arguments of a run."""
        return [*more, "-b", self.root, "-C", "/dev/null", RELEASE]

    def full(self):
        """What a run writes elsewhere that knows nothing of others."""
        elsewhere = self.place / "full"
        outcome = self.bench.run(self.args("-o", elsewhere))
        assert outcome.status == 0, outcome.err
        return outputs(tree.directory_of(elsewhere))

    def restore(self):
        """Puts the old files in place, and nothing else of the kind."""
        for name in os.listdir(self.directory):
            if LEFTOVER.fullmatch(name) or name == expected.CACHE:
                os.unlink(self.directory / name)
        tree.make(self.directory, self.old)

    def run(self, *more, faults="", **rest):
        """A run, in which what faults says goes wrong; {MD} is the directory."""
        env = {"TRAP_FAULTS": faults.replace("{MD}", str(self.directory))} if faults else {}
        return self.bench.run(self.args(*more), env=env,
                              preload=self.bench.trap if faults else None, **rest)

    def state(self):
        """Of each output whether it is "old", "new" or neither."""
        found = outputs(self.directory)
        return {name: "new" if found.get(name) == self.new[name] else
                "old" if found.get(name) == self.old[name] else "broken"
                for name in expected.OUTPUTS}

    def leftovers(self):
        """Files that are neither the tree's nor outputs."""
        known = {*things(), *LATER, *expected.OUTPUTS, expected.CACHE, "kernel"}
        return sorted(name for name in os.listdir(self.directory) if name not in known)

    def wrong_state(self, wanted, leftovers=False):
        """What is wrong if all outputs ought to be as wanted: one word, or one for each."""
        found = self.state()
        for name, state in found.items():
            one = wanted if isinstance(wanted, str) else wanted[name]
            if state not in one.split("|"):
                yield f"{name} is {state}, not {one}"
        for name in self.leftovers():
            if not (leftovers and LEFTOVER.fullmatch(name)):
                yield f"left behind: {name}"

    def wrong_recovery(self):
        """What is wrong if another run does not put all right."""
        outcome = self.run()
        if outcome.status or outcome.err:
            yield f"the next run: status {outcome.status}, {outcome.err!r}"
        yield from self.wrong_state("new")
