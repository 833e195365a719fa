# SPDX-License-Identifier: GPL-2.0-or-later
"""The same modules give the same files and messages, whatever else is different."""
import os
import pathlib
import random
import tempfile

import case
import expected
import sample
import tree
from case import Check
from elf import Module
from tree import RELEASE, Fifo, Link

ROUNDS = 12
# File systems whose directories list files in an order that depends on how they came there.
ORDERLY = "/dev/shm"


def things():
    """A tree in which much depends on what comes first."""
    found = {path: what for path, what in sample.things(60).items() if path != "modules.order"}
    for n in range(20):
        found[f"kernel/d{n % 7}/twice.ko" if n < 7 else f"extra/e{n}/twice-{n % 3}.ko"] = Module(
            info=(f"alias=at_{n}",), provides=("symbol_1", f"twice_{n}"), needs=("nowhere",))
    for n in range(5):
        found[f"kernel/d{n}/damaged{n}.ko"] = "a text, and no module at all"
        found[f"kernel/d{n}/dangling{n}"] = Link("nowhere")
    found |= {"kernel/d1/loop": Link(".."), "again": Link("kernel/d2"), "kernel/pipe": Fifo()}
    found["kernel/odd.ko"] = Module(info=("alias=x]", "alias=devname:z", "alias=x-y", "alias=x_y"))
    return found


CONFIG = "search updates built-in external\nexternal * {ROOT}/x\nexternal * {ROOT}/y\n" \
    "exclude m13.ko\noverride twice * kernel/d4\n"
OUTSIDE = {f"{where}/{name}.ko": Module(info=(f"alias={where}_{name}",))
           for where in "xy" for name in ("m1", "outside", "more", "still-more")}


def build(root, seed=None):
    """Makes the tree in an order that depends on the seed."""
    directory = tree.directory_of(root)
    everything = {**{directory / path: what for path, what in things().items()},
                  **{root / path: what for path, what in OUTSIDE.items()}}
    order = sorted(everything)
    random.Random(seed).shuffle(order)
    for path in order:
        tree.put(path, everything[path])
    tree.put(root / "depmod.conf", CONFIG.replace("{ROOT}", str(root)))
    tree.put(root / "symvers", "1 k vmlinux x\n")
    return directory


def observed(bench, root, args=(), **rest):
    """All that a run does: files, messages, status."""
    outcome = bench.run(["-b", root, "-C", root / "depmod.conf", "-e", "-w", "-E", root / "symvers",
                         *args, RELEASE], **rest)
    return {**sample.outputs(tree.directory_of(root)), "messages": outcome.err,
            "status": b"%d" % outcome.status}


def wrong(what, wanted, found):
    """How one run differs from another."""
    for name in {**wanted, **found}:
        if wanted.get(name) != found.get(name):
            yield f"{what}: {name}"
            yield from case.differences(name, wanted.get(name, b""), found.get(name, b""))


def listing(directory):
    """What the order of files is."""
    return [names for _, *lists in os.walk(directory) for names in lists]


def shuffled(bench):
    """Files that came in another order."""
    where = ORDERLY if os.access(ORDERLY, os.W_OK) else bench.work
    with tempfile.TemporaryDirectory(dir=where) as place:
        root = pathlib.Path(place, "root")
        wanted, listings = None, []
        for seed in range(ROUNDS):
            directory = build(root, seed)
            listings.append(listing(directory))
            found = observed(bench, root, args=("-j3",) if seed % 2 else ())
            wanted = wanted or found
            yield from wrong(f"seed {seed}", wanted, found)
            tree.remove(root)
        if all(one == listings[0] for one in listings):
            raise case.Skip(f"{where} lists files in one order however they came there")
        if wanted["status"] != b"0" or b"twice" not in wanted["messages"]:
            yield f"not what is to be tested: {wanted['status']}, {wanted['messages'][-300:]}"


def on_one_tree(name, variants):
    """A check that runs which differ in something do the same: variants are (args, rest)."""
    def function(bench):
        with bench.place() as place:
            build(place / "root")
            wanted = observed(bench, place / "root")
            yield from (f"{output} was not written" for output in expected.OUTPUTS
                        if output not in wanted)
            for args, rest in variants:
                found = observed(bench, place / "root", args, **rest)
                yield from wrong(f"{args} {rest}", wanted, found)
    return Check(name, function)


def touched(bench):
    """Times of files."""
    with bench.place() as place:
        directory = build(place / "root")
        wanted = observed(bench, place / "root")
        chance = random.Random(1)
        for path in directory.rglob("*.ko"):
            if path.exists():
                os.utime(path, (0, chance.randrange(1 << 31)))
        yield from wrong("other times", wanted, observed(bench, place / "root"))


def cases(_):
    """All of them."""
    yield Check("directories list their files in another order", shuffled)
    yield on_one_tree("other numbers of threads",
                      [((f"-j{jobs}",), {}) for jobs in (1, 2, 3, 5, 8, 64, 1000)])
    yield on_one_tree("many threads, again and again", [(("-j8",), {})] * 20)
    yield on_one_tree("other languages, places and times", [((), {"env": env}) for env in (
        {"LC_ALL": "C.UTF-8"}, {"LC_ALL": "tr_TR.UTF-8"}, {"LC_ALL": "en_US.ISO-8859-1"},
        {"LANG": "de_DE.UTF-8", "LC_ALL": ""}, {"TZ": "Asia/Kathmandu"}, {"TZ": ":/nowhere"},
        {"COLUMNS": "20"}, {"POSIXLY_CORRECT": "1"}, {"KMOD_LOG": "debug"})])
    yield on_one_tree("another place to be in, another umask", [
        ((), {"cwd": "/"}), ((), {"cwd": "/proc"}), ((), {"umask": 0o777})])
    yield Check("modules of other times", touched)
