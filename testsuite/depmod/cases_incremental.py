# SPDX-License-Identifier: GPL-2.0-or-later
"""-I: what is written is what a full run writes, and only modules that have changed are read."""
import os
import random
import shutil

import case
import expected
import formats
import sample
import tree
from case import Check
from elf import Module
from tree import RELEASE, Directory, Fifo, Link

COUNT = 24
ONE = "kernel/d1/m1.ko"
SUFFIXES = (".ko", ".ko.xz")
PADDED = {".text": bytes(64)}


class Tree:
    """A tree that has been run over with -I, and is changed then."""

    def __init__(self, bench, place):
        self.bench = bench
        self.place = place
        self.root = place / "root"
        self.directory = tree.make_modules(self.root, sample.things(COUNT))
        tree.put(self.root / "depmod.conf", "")
        tree.put(self.root / "symvers", "1 k vmlinux x\n")
        self.cache = self.directory / expected.CACHE

    def args(self, *more):
        """The arguments of a run."""
        return [*more, "-b", self.root, "-C", self.root / "depmod.conf", RELEASE]

    def modules(self):
        """All that are there, as the program opens them."""
        return {str(path.relative_to(self.directory)) for path in self.directory.rglob("*.ko*")
                if path.name.endswith(SUFFIXES)}

    def opened(self, *more):
        """A run with -I. Returns the modules that it opened."""
        found = self.bench.opened(self.args("-I", *more), self.place)
        prefix = f"{self.directory}/"
        return {path.removeprefix(prefix) for path in found if path.endswith(SUFFIXES)}

    def full(self, *more):
        """The outputs of a run that knows of nothing before."""
        outcome = self.bench.run(self.args(*more, "-o", self.place / "full"))
        assert outcome.status == 0, outcome.err
        return sample.outputs(tree.directory_of(self.place / "full"))

    def wrong_outputs(self, *more, wanted=None):
        """How the outputs differ from those of such a run."""
        wanted = wanted or self.full(*more)
        found = sample.outputs(self.directory)
        for name in expected.OUTPUTS:
            yield from case.differences(name, wanted.get(name, b""), found.get(name, b""))


def check_of(name, function):
    """A check that is given a tree on which -I was run, and that run's modules."""
    def run(bench):
        with bench.place() as place:
            one = Tree(bench, place)
            opened = one.opened()
            if opened != one.modules():
                yield f"without a cache not opened: {sorted(one.modules() - opened)}"
            yield from function(one)
    return Check(name, run)


def changed(name, change, opened=(), args=(), always=()):
    """A change, and which modules are then opened. Those in always are opened each time."""
    def function(one):
        change(one)
        found = one.opened(*args)
        wanted = {path.replace("{ROOT}", str(one.root)) for path in opened}
        if found != wanted:
            yield f"opened {sorted(found)}, not {sorted(wanted)}"
        prefix = args if "-P" in args else ()
        yield from one.wrong_outputs(*prefix)
        found = one.opened(*args)
        if found != set(always):
            yield f"opened again: {sorted(found)}"
        yield from one.wrong_outputs(*prefix)
    return check_of(name, function)


def keeping_times(path, function):
    """Does something to a file that then has the times it had."""
    info = os.stat(path)
    function()
    os.utime(path, ns=(info.st_atime_ns, info.st_mtime_ns))


def one_module(_):
    """Changes of one module."""
    other = Module(provides=("symbol_1", "more"), info=("alias=other",))
    padded = [Module(info=("alias=%s" % text,), sections=PADDED) for text in ("one", "two")]

    def in_place(one):
        path = one.directory / ONE
        data = path.read_bytes()
        keeping_times(path, lambda: path.write_bytes(data.replace(b"of-1", b"of_9")))

    def replaced(one):
        path, new = one.directory / ONE, one.directory / "kernel/new"
        data = path.read_bytes().replace(b"of-1", b"of_9")
        info = os.stat(path)
        new.write_bytes(data)
        os.utime(new, ns=(info.st_atime_ns, info.st_mtime_ns))
        os.rename(new, path)

    def swapped(one):
        # All four, -1 and -2 of one size, take each other's inode numbers, and no other change.
        paths = [one.directory / f"kernel/{name}.ko" for name in ("s1", "s2")]
        for path, module in zip(paths, padded):
            path.write_bytes(module.data())
            os.utime(path, (1, 1))
        one.opened()
        os.rename(paths[0], paths[0].with_suffix(".x"))
        os.rename(paths[1], paths[0])
        os.rename(paths[0].with_suffix(".x"), paths[1])

    yield changed("nothing has changed", lambda one: None)
    yield changed("a module was touched", lambda one: os.utime(one.directory / ONE), {ONE})
    yield changed("its contents are others", lambda one: tree.put(one.directory / ONE, other),
                  {ONE})
    yield changed("its contents are others, size and time are not", in_place, {ONE})
    yield changed("it was replaced, with the same size and time", replaced, {ONE})
    yield changed("two have changed places", swapped, {"kernel/s1.ko", "kernel/s2.ko"})
    yield changed("it was damaged, which is told each time",
                  lambda one: tree.put(one.directory / ONE, "a text"), {ONE}, always={ONE})
    yield changed("it is gone", lambda one: os.unlink(one.directory / ONE))
    yield changed("one is new", lambda one: tree.put(one.directory / "kernel/new.ko", other),
                  {"kernel/new.ko"})
    yield changed("one is new, and with one that there is decides nothing",
                  lambda one: tree.put(one.directory / "kernel/z/m1.ko", other))
    yield changed("one is new, and better than one that there is",
                  lambda one: tree.put(one.directory / "updates/m1.ko", other), {"updates/m1.ko"})
    yield changed("it has another name", lambda one: os.rename(
        one.directory / ONE, one.directory / "kernel/other.ko"), {"kernel/other.ko"})
    yield changed("their directory has another name", lambda one: os.rename(
        one.directory / "kernel/d1", one.directory / "kernel/e"),
                  {f"kernel/e/m{n}.ko" for n in range(1, COUNT, 7)})
    yield changed("a link leads elsewhere", lambda one: (
        tree.put(one.directory / "other", other), os.unlink(one.directory / "kernel/link.ko"),
        tree.put(one.directory / "kernel/link.ko", Link("../other"))), {"kernel/link.ko"})
    yield changed("what a link leads to has changed",
                  lambda one: tree.put(one.directory / "elsewhere", other), {"kernel/link.ko"})
    yield changed("all are gone", lambda one: shutil.rmtree(one.directory / "kernel"))

    def compressed(one):
        one.bench.need_format("xz")
        path = one.directory / ONE
        tree.put(f"{path}.xz", formats.xz(path.read_bytes()))
        os.unlink(path)

    yield changed("it was compressed", compressed, {ONE + ".xz"})


def surroundings(_):
    """Changes of all else."""
    def put(path, what):
        return lambda one: tree.put(one.directory / path, what)

    yield changed("modules.order has changed", put("modules.order", f"{ONE}\n"))
    yield changed("modules.order is gone", lambda one: os.unlink(one.directory / "modules.order"))
    yield changed("modules.order is damaged", put("modules.order", ONE))
    yield changed("modules.builtin has changed", put("modules.builtin", "kernel/x.ko\n"))
    yield changed("modules.builtin is gone",
                  lambda one: os.unlink(one.directory / "modules.builtin"))
    yield changed("modules.builtin.modinfo has changed",
                  put("modules.builtin.modinfo", "x.alias=y\0"))
    yield changed("modules.builtin.modinfo is gone",
                  lambda one: os.unlink(one.directory / "modules.builtin.modinfo"))

    def same_size(one):
        path = one.directory / "modules.builtin"
        keeping_times(path, lambda: path.write_text(path.read_text().replace("in.ko", "on.ko")))

    yield changed("modules.builtin has changed, size and time have not", same_size)

    def config(text, outside=False):
        def change(one):
            tree.put(one.root / "depmod.conf", text.replace("{ROOT}", str(one.root)))
            if outside:
                tree.put(one.root / "x/m1.ko", Module(info=("alias=outside",)))
        return change

    yield changed("something is excluded", config(f"exclude {os.path.basename(ONE)}\n"))
    yield changed("another directory is searched",
                  config("external * {ROOT}/x\nsearch external built-in\n", True),
                  {"{ROOT}/x/m1.ko"})
    for name in expected.OUTPUTS:
        yield changed(f"{name} is gone", lambda one, name=name: os.unlink(one.directory / name))
        yield changed(f"{name} was changed by others",
                      lambda one, name=name: tree.put(one.directory / name, "x\n"))

    def replaced(one):
        path, new = one.directory / "modules.alias", one.directory / "kernel/new"
        new.write_bytes(path.read_bytes().swapcase())
        keeping_times(path, lambda: os.rename(new, path))

    yield changed("an output was replaced, with the same size and time", replaced)
    yield changed("outputs of another run", lambda one: one.bench.run(
        one.args("-P", "s")))


def meanwhile(_):
    """Modules that change while they are read: the next run notices."""
    def during(action):
        def function(one):
            path = one.directory / ONE
            good = Module(info=("alias=good",), sections=PADDED).data()
            for number in range(1, 6):
                tree.make(one.directory, {ONE: good, "../other": good.replace(b"good", b"else")})
                fault = f"read {path} {number} " + action.replace(
                    "OTHER", str(one.directory.parent / "other"))
                one.bench.run(one.args("-I"), preload=one.bench.trap, env={"TRAP_FAULTS": fault})
                one.bench.run(one.args("-I"))
                yield from (f"read {number}: {line}" for line in one.wrong_outputs())
        return function

    for action in ("replace OTHER", "truncate 90"):
        yield check_of(f"{action} while a module is read", during(action))


def options(_):
    """Other options than before."""
    yield changed("-P", lambda one: None, (), ("-P", "s"))
    yield changed("--no-sync", lambda one: None, (), ("--no-sync",))
    yield changed("-j", lambda one: None, (), ("-j7",))
    yield changed("-w", lambda one: None, (), ("-w",))
    yield changed("-A, when nothing is newer", lambda one: None, (), ("-A",))

    def told(one):
        """What -e tells is the same with a cache and without."""
        for args in (("-e", "-E", one.root / "symvers"), ("-e", "-F", one.root / "symvers"),
                     ("-v",), ("-w",), ("-n",)):
            runs = [one.bench.run(one.args(*more, *args)) for more in ((), ("-I",), ("-I",))]
            if any((run.out, run.err, run.status) != (runs[0].out, runs[0].err, 0)
                   for run in runs):
                yield f"{args}: {[run.err[-200:] for run in runs]}"
            yield from one.wrong_outputs()

    yield check_of("what is told and shown does not depend on a cache", told)

    def only_some(one):
        file = one.directory / ONE
        outcome = one.bench.run([*one.args("-I"), file])
        if outcome.status or (one.directory / "modules.dep").read_text() != f"{ONE}:\n":
            yield f"status {outcome.status}"
        one.opened()
        yield from one.wrong_outputs()

    yield check_of("single files in between", only_some)

    def none_asked_for(one):
        old = one.cache.read_bytes()
        tree.put(one.directory / ONE, Module(info=("alias=changed",)))
        if one.bench.run(one.args()).status or one.cache.read_bytes() != old:
            yield "the cache was changed without -I"
        one.opened()
        yield from one.wrong_outputs()

    yield check_of("runs without -I in between", none_asked_for)

    def elsewhere(one):
        for _ in range(2):
            one.bench.run(one.args("-I", "-o", one.place / "out"))
        out = tree.directory_of(one.place / "out")
        if sorted(os.listdir(out)) != sorted((*expected.OUTPUTS, expected.CACHE)):
            yield f"with -o there is: {os.listdir(out)}"
        if sample.outputs(out) != sample.outputs(one.directory):
            yield "with -o the outputs are others"

    yield check_of("the cache is where the outputs are", elsewhere)


def damaged(_):
    """Caches that are not what a run of this program left: all modules are read again."""
    def spoilt(name, caches):
        def function(one):
            good = one.cache.read_bytes()
            tree.put(one.directory / ONE, Module(provides=("symbol_1",), info=("alias=new",)))
            one.cache.write_bytes(good)
            if one.opened() != {ONE}:
                yield "the cache is not used, whole as it is"
            wanted = one.full()
            for what, data in caches(good):
                tree.make(one.directory, dict.fromkeys(expected.OUTPUTS, "old\n"))
                one.cache.write_bytes(data)
                opened = one.opened()
                if opened != one.modules():
                    yield f"{what}: not opened: {sorted(one.modules() - opened)}"
                yield from (f"{what}: {line}" for line in one.wrong_outputs(wanted=wanted))
        return check_of(f"the cache {name}", function)

    def flips(good, seed=1):
        chance = random.Random(seed)
        places = [*range(0, 160, 4), *(chance.randrange(len(good)) for _ in range(60)),
                  len(good) - 1]
        if not case.FULL:
            places = chance.sample(places, len(places) // 3)
        for place in places:
            bit = 1 << chance.randrange(8)
            yield f"bit {bit} of byte {place}", good[:place] + bytes([good[place] ^ bit]) + \
                good[place + 1:]

    yield spoilt("was cut", lambda good: [(f"at {size}", good[:size]) for size in sorted(
        {0, 1, 7, 8, 100, len(good) // 2, len(good) - 8, len(good) - 1,
         *range(0, len(good), 500)})])
    yield spoilt("is longer", lambda good: [("by one", good + b"\0"), ("by itself", good + good)])
    yield spoilt("has a bit that is another", flips)
    yield spoilt("is of something else", lambda good: [
        ("a text", b"text\n"), ("zeros", bytes(len(good))), ("noise", random.Random(1).randbytes(
            len(good))), ("an index", b"\xb0\x07\xf4\x57" + good[4:]),
        ("its halves are the other way round", good[len(good) // 2:] + good[:len(good) // 2])])

    def odd(name, put, status=0):
        def function(one):
            os.unlink(one.cache)
            put(one)
            tree.put(one.directory / ONE, Module(info=("alias=new",)))
            old = sample.outputs(one.directory)
            outcome = one.bench.run(one.args("-I"), prefix=one.bench.like_others(), limit=20)
            if outcome.status != status:
                yield f"status {outcome.status}, {outcome.err!r}"
            if status and sample.outputs(one.directory) != old:
                yield "outputs have been changed"
            if not status:
                yield from one.wrong_outputs()
        return check_of(f"in place of the cache there is {name}", function)

    yield odd("a file that may not be read", lambda one: (
        tree.put(one.cache, "x"), os.chmod(one.cache, 0)))
    yield odd("a pipe", lambda one: tree.put(one.cache, Fifo()))
    yield odd("a link that leads nowhere", lambda one: tree.put(one.cache, Link("nowhere")))
    yield odd("a link to the kernel's memory", lambda one: tree.put(one.cache, Link("/dev/zero")))
    yield odd("a directory: exit 1, and nothing is replaced",
              lambda one: tree.put(one.cache, Directory()), 1)


def at_random(_):
    """Whatever is done, the outputs are those of a full run."""
    def step(one, chance, number):
        paths = sorted(one.directory.rglob("m*.ko"))
        path = chance.choice(paths)
        new = Module(needs=(f"symbol_{2 * COUNT}",), info=(f"alias=step_{number}",),
                     provides=(f"step_{number}",))
        [lambda: path.unlink(), lambda: os.utime(path), lambda: tree.put(path, new),
         lambda: os.rename(path, path.with_name(f"m{100 + number}.ko")),
         lambda: tree.put(path.with_name(f"m{200 + number}.ko"), new),
         lambda: tree.put(path, "damaged module"),
         lambda: tree.put(one.directory / "modules.order", "".join(
             f"{p.relative_to(one.directory)}\n" for p in chance.sample(paths, len(paths) // 2))),
         lambda: tree.put(one.directory / f"updates/{path.name}", new),
         lambda: one.bench.run(one.args()),
         lambda: os.unlink(one.directory / chance.choice(expected.OUTPUTS)),
         lambda: tree.put(one.directory / "modules.builtin", f"kernel/b{number}.ko\n"),
         lambda: None][chance.randrange(12)]()

    def walk(seed):
        def function(one):
            chance = random.Random(seed)
            for number in range(40 if case.FULL else 15):
                for _ in range(chance.choice((1, 1, 3))):
                    step(one, chance, number)
                outcome = one.bench.run(one.args("-I", *chance.choice(((), ("-j5",)))))
                if outcome.status:
                    yield f"step {number}: status {outcome.status}, {outcome.err!r}"
                wrong = list(one.wrong_outputs())
                if wrong:
                    yield from (f"step {number}: {line}" for line in wrong)
                    return
        return function

    for seed in range(4):
        yield check_of(f"changes at random, with seed {seed}", walk(seed))


def cases(here):
    """All of them."""
    for group in (one_module, surroundings, meanwhile, options, damaged, at_random):
        yield from group(here)
