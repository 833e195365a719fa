# SPDX-License-Identifier: GPL-2.0-or-later
"""kmod 30: what the cases expect of us is what it does, but for what is in known.py; and of damaged
modules it makes what we make."""
import functools
import importlib
import pathlib
import random
import subprocess

import bench as benches
import case
import cases_damage
import program
import sample
import tree
from case import Check
from tree import RELEASE

GROUPS = ("options", "scan", "config", "symbols", "output", "compressed", "order", "damage")
ABORTED = 134
DAMAGES = 300 if case.FULL else 75
# That the cases are right changes with them only: one in so many is tried, unless all are to be.
SHARE = 3
# Those that both write. The order of symbols in modules.symbols is that of what is in it.
COMPARED = ("modules.dep", "modules.alias", "modules.softdep", "modules.symbols",
            "modules.devname")


@functools.cache
def reference(here):
    """Debian's kmod 30, to be run like the program under test."""
    package, = benches.fetch(["kmod"])
    for path in (package / "bin/kmod", package / "usr/bin/kmod"):
        if path.is_file():
            break
    else:
        raise case.Skip(f"no kmod in {package}")
    links = pathlib.Path(here.work, "reference")
    try:
        found = program.Program(path, links)
    except (OSError, subprocess.SubprocessError) as error:
        raise case.Skip(f"cannot run {path}: {error}") from error
    if not found.is_reference:
        raise case.Skip(f"{path} is not kmod {program.REFERENCE_VERSION}: {found.version}")
    return benches.Bench(found, here.work, here.trap)


def made_of(bench, place, module):
    """What a run makes of a module among good ones: status, and lines of text files."""
    directory = tree.make_modules(place, {**cases_damage.GOOD, "kernel/bad.ko": module})
    outcome = bench.run(["-b", place, "-C", "/dev/null", RELEASE])
    found = sample.outputs(directory, COMPARED)
    tree.remove(place)
    return outcome.status, {name: data.decode("latin-1") for name, data in found.items()}


def damages(name):
    """Modules with some bytes that are others."""
    image = cases_damage.made_like(name)
    data = image.data
    # What has no NUL at its end kmod 30 takes for a table of strings all the same.
    spared = set()
    for section in (".strtab", "__ksymtab_strings"):
        spared.add(sum(image.contents[section]) - 1)
        for field in (f"sh_offset[{section}]", f"sh_size[{section}]"):
            spared.update(range(image.fields[field][0], sum(image.fields[field])))
    places = [place for place in range(len(data)) if place not in spared]
    chance = random.Random(f"{name}, beside kmod 30")
    for _ in range(DAMAGES):
        copy = bytearray(data)
        for _ in range(chance.randint(1, 3)):
            copy[chance.choice(places)] ^= chance.randint(1, 0x7F)
        yield bytes(copy)


def both(name, other):
    """Of damaged modules both make the same, where kmod 30 does not abort."""
    def function(here):
        compared = 0
        with here.place() as place:
            for number, module in enumerate(damages(name)):
                theirs = made_of(other, place / "root", module)
                ours = made_of(here, place / "root", module)
                if theirs[0] >= 128:
                    continue
                compared += 1
                if ours != theirs:
                    yield f"damage {number}: status {ours[0]}, theirs is {theirs[0]}"
                    for one, text in theirs[1].items():
                        yield from case.differences(one, text.encode("latin-1"),
                                                    ours[1].get(one, "").encode("latin-1"))
        if compared < DAMAGES // 2:
            yield f"only {compared} of {DAMAGES} were compared"
    return Check(f"damaged modules, beside kmod 30: {name}", function)


def cases(here):
    """All of them."""
    other = reference(here)
    tests = [test for group in GROUPS
             for test in importlib.import_module(f"cases_{group}").cases(other)
             if not test.reference]
    for test in tests if case.FULL else tests[::SHARE]:
        yield Check(f"kmod 30: {test.name}", lambda _, test=test: test.run(other))
    for name in cases_damage.KINDS:
        yield both(name, other)
