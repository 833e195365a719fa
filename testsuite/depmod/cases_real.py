# SPDX-License-Identifier: GPL-2.0-or-later
"""A real kernel's modules, beside kmod 30: the text files are the same byte by byte, the indexes
have the same entries."""
import re
import threading

import bench as benches
import case
import cases_reference
import expected
import index
import kernel
import sample
from case import Check

WEAKDEP_HEADER = expected.HEADERS["modules.weakdep"].encode()
# What is left out and changed of the kernel's symbols, so that there is something to tell.
LEFT_OUT, CHANGED = 10, 7
# So many lines are messages enough to compare.
ENOUGH = 10


class Sides:
    """Both programs, and the trees."""

    def __init__(self, ours):
        self.ours = ours
        self.theirs = cases_reference.reference(ours)
        package, = benches.fetch(["linux-image-amd64"])
        self.kernel = kernel.Kernel(package, ours.work)
        self.lock = threading.RLock()
        self.files = None

    def symbol_files(self):
        """Module.symvers and System.map that nearly fit: option -> path."""
        with self.lock:
            if self.files is None:
                self.files = self._make_symbol_files()
            return self.files

    def _make_symbol_files(self):
        symvers, mapped = [], []
        for number, (name, crc) in enumerate(sorted(self.kernel.symbols().items())):
            if number % LEFT_OUT:
                crc += number % CHANGED == 0
                symvers.append(f"{crc & 0xffffffff:#010x}\t{name}\tvmlinux\tEXPORT_SYMBOL\t\n")
                mapped.append(f"ffffffff81000000 r __ksymtab_{name}\n")
        files = {"-E": self.ours.work / "symvers", "-F": self.ours.work / "map"}
        files["-E"].write_text("".join(symvers))
        files["-F"].write_text("".join(mapped))
        return files

    def arguments(self, words, root):
        """The arguments of a run, with files for -E and -F."""
        filled = []
        for word in words:
            filled += [word, self.symbol_files()[word]] if word in ("-E", "-F") else [word]
        return [*filled, "-b", root, "-C", "/dev/null", self.kernel.release]

    def observed(self, bench, words, form):
        """Outputs of a run and what it said; removes the outputs."""
        root = self.kernel.tree(form)
        with self.lock:
            outcome = bench.run(self.arguments(words, root))
            directory = self.kernel.directory(root)
            found = sample.outputs(directory)
            for name in found:
                (directory / name).unlink()
        return {**found, "output": outcome.out, "messages": outcome.err,
                "status": b"%d" % outcome.status}


def wrong_output(name, theirs, ours):
    """How an output differs from kmod 30's."""
    if not name.endswith(".bin") or not theirs:
        yield from case.differences(name, theirs, ours)
        return
    yield from case.differences(name, *("".join(index.lines(index.read(data))).encode("latin-1")
                                        for data in (theirs, ours)))
    if len(theirs) != len(ours):
        yield f"{name} has {len(ours)} bytes, not {len(theirs)}"
    if index.write(index.read(ours)) != ours:
        yield f"{name} is not laid out as it ought to be"


def wrong_side(theirs, ours):
    """How what ours did differs from what kmod 30 did."""
    weakdep = ours.pop("modules.weakdep", WEAKDEP_HEADER)
    ours["output"] = ours["output"].replace(WEAKDEP_HEADER, b"", 1)
    if weakdep != WEAKDEP_HEADER:
        yield f"modules.weakdep has {weakdep[:100]!r}"
    if ours.keys() != theirs.keys():
        yield f"there is {sorted(ours)}, not {sorted(theirs)}"
    for name in theirs.keys() & ours.keys():
        yield from wrong_output(name, theirs[name], ours[name])


def beside(sides, form, words, telling=False):
    """Both do the same."""
    def function(bench):
        if form:
            bench.need_format(form)
        theirs = sides.observed(sides.theirs, words, form)
        if telling and theirs["messages"].count(b"\n") < ENOUGH:
            yield f"there is nothing to compare: {theirs['messages']!r}"
        yield from wrong_side(theirs, sides.observed(bench, words, form))
    return Check(f"{form or 'plain'}: depmod {' '.join(words)}".rstrip(), function)


def suffixed(data, form):
    """A text, or the lines in an index, as they are when modules are compressed."""
    return re.sub(rb"\.ko(?=[: \n\0]|$)", b".ko." + form.encode(), data)


def like_plain(sides, form):
    """What kmod 30 cannot read is compared with our own result for what is not compressed."""
    def function(bench):
        bench.need_format(form)
        plain = sides.observed(bench, (), "")
        packed = sides.observed(bench, (), form)
        for name, data in plain.items():
            if name == "modules.dep":
                yield from case.differences(name, suffixed(data, form), packed[name])
            elif name == "modules.dep.bin":
                entries = {key: [(priority, suffixed(value, form)) for priority, value in values]
                           for key, values in index.read(data).items()}
                yield from case.differences(name, index.write(entries), packed[name])
            else:
                yield from case.differences(name, data, packed[name])
    return Check(f"{form}: the same as plain", function)


def elsewhere(sides):
    """-o, and -I there: the same as in place."""
    def function(bench):
        wanted = sides.observed(bench, (), "")
        with bench.place() as place:
            for words in (("-o", place), ("-o", place, "-j1"), ("-I", "-o", place),
                          ("-I", "-o", place)):
                outcome = bench.run(sides.arguments(words, sides.kernel.tree("")))
                found = sample.outputs(sides.kernel.directory(place))
                for name in expected.OUTPUTS:
                    if found.get(name) != wanted[name]:
                        yield f"{words}: {name} is another"
                if outcome.status or outcome.err or outcome.out:
                    yield f"{words}: status {outcome.status}, {outcome.err[:300]!r}"
    return Check("plain: -o and -I", function)


def cases(here):
    """All of them."""
    sides = Sides(here)
    yield beside(sides, "", ())
    yield beside(sides, "", ("-n",))
    yield beside(sides, "", ("-w",), True)
    yield beside(sides, "", ("-P", "_"))
    for option in ("-E", "-F"):
        yield beside(sides, "", ("-e", option), True)
    yield beside(sides, "zst", ())
    if case.FULL: # kmod 30 takes a minute for them
        yield beside(sides, "", ("-v", "-n"))
        yield beside(sides, "", ("-e", "-E", "-P", "_"), True)
        for form, option in (("zst", "-E"), ("zst", "-F"), ("xz", "-E")):
            yield beside(sides, form, ("-e", option), True)
    for form in ("gz", "xz", "zst"):
        yield like_plain(sides, form)
    yield elsewhere(sides)
