# SPDX-License-Identifier: GPL-2.0-or-later
"""A case: a directory of modules, a run of depmod, and all that can be seen of what it did."""
import dataclasses
import difflib
import itertools
import os
import pathlib
import re
import stat
import tempfile
import zlib

import expected
import index
import known
import tree

SHOWN_LINES = 25
SHOWN_COLUMNS = 250
STALE = b"# written before\n"
OUTPUT_MODE = 0o644
# Whether what is done many times is done more often still.
FULL = os.environ.get("KMOD_TEST_FULL") == "1"


class Skip(Exception):
    """Why something cannot be tested here."""


@dataclasses.dataclass
class Check:
    """A test that is a function. It is given the bench, and yields what is wrong, as lines."""

    name: str
    function: object
    reference: str = known.OURS

    def run(self, bench):
        """What is wrong."""
        return list(self.function(bench))


@dataclasses.dataclass
class Case:
    """A run and what is expected of it. In all texts {MD} is the directory of the modules, {ROOT}
    the one that it is below."""

    name: str
    # What there is, below {MD}. Without modules.order the order is that of dep.
    modules: dict
    # What is written, as for Expected; None: nothing is.
    dep: tuple = None
    # None: what the modules themselves say, as Modules.
    alias: tuple = None
    softdep: tuple = None
    weakdep: tuple = None
    symbols: dict = None
    devname: tuple = ()
    builtin: tuple = ()
    builtin_alias: tuple = ()
    # What is written elsewhere: path below {ROOT} -> bytes.
    others: dict = dataclasses.field(default_factory=dict)
    # What is shown; True: the text files are, and nothing is written.
    out: object = ""
    shown_before: str = ""  # and what before them
    # The messages, without the name of the program; strings or regular expressions. Or a function
    # that is given them, and yields what is wrong.
    err: object = ()
    status: int = 0
    # How it is run. In the middle is -b {ROOT}, -C and the configuration, and the version.
    args: tuple = ()
    operands: tuple = ()
    config: str = None
    argv: tuple = None      # all of it
    env: dict = dataclasses.field(default_factory=dict)
    trap: bool = False      # whether absolute paths are taken below {ROOT}
    faults: str = ""        # TRAP_FAULTS
    as_others: bool = False     # even as root, what may not be opened cannot be
    name_of_program: str = "depmod: "
    # What there is besides, below {ROOT}.
    root: dict = dataclasses.field(default_factory=dict)
    umask: int = 0o022
    prepare: object = None  # a function that is given the root
    # Why kmod 30 is not asked.
    reference: str = ""
    # Whether it is to be run with the options that must make no difference, too.
    vary: bool = True

    def run(self, bench):
        """What is wrong, as lines."""
        for what in (*self.modules.values(), *self.root.values()):
            if isinstance(what, tree.Packed):
                bench.need_format(what.format)
        with tempfile.TemporaryDirectory(dir=bench.work) as work:
            world = _World(self, pathlib.Path(work, "root"))
            for variant in self.variants(bench.program):
                wrong = list(world.run(bench, variant))
                if wrong:
                    return [f"with {' '.join(variant)}:" if variant else "so:", *wrong]
            tree.remove(world.root)
        return []

    def variants(self, program):
        """The options to be added, one run for each: of each two cases, one is run with -I."""
        if not self.vary or program.is_reference or zlib.crc32(self.name.encode()) % 2:
            return [()]
        # Under a sanitizer each run takes long, and more of -I is tested elsewhere.
        return VARIANTS[:1] if program.sanitizer else VARIANTS


# Options that change nothing of what is written and said. The second run with -I finds the cache.
VARIANTS = (("--no-sync", "-I", "-j7"), ("--no-sync", "-I", "-j1"))


class _World:
    """The root of a case, and what is expected there."""

    def __init__(self, case, root):
        self.case = case
        self.root = root
        self.directory = tree.directory_of(root)
        self.expected = None
        self.writes = case.dep is not None and case.out is not True
        if case.dep is not None:
            self.expected = expected.Expected(
                self.fill(case.dep), *self.said(), devname=case.devname, builtin=case.builtin,
                builtin_alias=case.builtin_alias)
        tree.make_modules(root, self.filled({**self.order(), **case.modules}))
        tree.make(root, self.filled(case.root))
        if case.config is not None:
            tree.put(root / "depmod.conf", self.fill(case.config))
        for name in expected.OUTPUTS:
            if name not in case.modules:
                tree.put(self.directory / name, STALE)
        if case.prepare:
            case.prepare(root)

    def said(self):
        """What is in modules.alias, softdep, weakdep and symbols."""
        said = {"alias": [], "softdep": [], "weakdep": []}
        symbols = {}
        for line in self.case.dep:
            path = line.split(":")[0]
            name = expected.modname(path)
            module = tree.module_in(self.case.modules.get(path) or
                                    self.case.root.get(path.replace("{ROOT}/", "")))
            for text in module.info if module else ():
                key, value = text.split("=", 1) if "=" in text else (text, "")
                if key in said:
                    said[key].append(f"{value} {name}" if key == "alias" else f"{name} {value}")
            symbols.update((symbol, name) for symbol in (module.crcs() if module else ()))
        for key in said:
            given = getattr(self.case, key)
            said[key] = said[key] if given is None else given
        return *said.values(), symbols if self.case.symbols is None else self.case.symbols

    def filled(self, things):
        """What there is, with the directories filled in."""
        return {path: tree.Link(self.fill(what.to)) if isinstance(what, tree.Link) else
                self.fill(what) if isinstance(what, str) else what
                for path, what in things.items()}

    def fill(self, text):
        """A text, or several, with the directories filled in."""
        if isinstance(text, str):
            return text.replace("{MD}", str(self.directory)).replace("{ROOT}", str(self.root))
        return tuple(self.fill(one) for one in text)

    def order(self):
        """A modules.order that says what the case expects."""
        paths = (line.split(":")[0] for line in self.case.dep or ())
        return {"modules.order": "".join(re.sub(r"\.(gz|xz|zst)$", "", path) + "\n"
                                         for path in paths if not path.startswith(("/", "{")))}

    def argv(self, variant):
        """The arguments."""
        case = self.case
        if case.argv is not None:
            return [*variant, *self.fill(case.argv)]
        config = "{ROOT}/depmod.conf" if case.config is not None else "/dev/null"
        return [*variant, *self.fill(("-b", "{ROOT}", "-C", config, *case.args, tree.RELEASE,
                                      *case.operands))]

    def run(self, bench, variant):
        """Runs it once and yields what is wrong."""
        case = self.case
        before = tree.snapshot(self.root)
        env = {"TRAP_ROOT": str(self.root)} if case.trap else {}
        if case.faults:
            env["TRAP_FAULTS"] = self.fill(case.faults)
        outcome = bench.run(self.argv(variant), cwd=self.root, env={**env, **case.env},
                            preload=bench.trap if env else None, umask=case.umask,
                            prefix=bench.like_others() if case.as_others else ())
        after = tree.snapshot(self.root)
        if outcome.status != case.status:
            yield f"status {outcome.status}, not {case.status}"
        out = case.out
        if out is True:
            out = case.shown_before + "".join(
                text.decode("latin-1") for name, text in self.expected.texts().items()
                if bench.has(name))
        yield from differences("output", self.fill(out).encode("latin-1"), outcome.out)
        if callable(case.err):
            yield from case.err(outcome.lines())
        else:
            err = [one if isinstance(one, re.Pattern) else case.name_of_program + self.fill(one)
                   for one in case.err]
            yield from wrong_messages(err, outcome.lines(), self.fill)
        yield from self.wrong_cache(before, after, "-I" in variant)
        yield from self.wrong_files(bench, before, after)

    def wrong_cache(self, before, after, asked_for):
        """What is wrong with the cache; takes it out of both snapshots."""
        where = next((os.path.dirname(path) for path in self.case.others), None)
        path = f"{where or os.path.relpath(self.directory, self.root)}/{expected.CACHE}"
        old, new = before.pop(path, None), after.pop(path, None)
        if asked_for and self.writes and new is None:
            yield "no cache was written"
        writes = self.writes or self.case.others
        if old != new and not (asked_for and (writes or self.case.status)):
            yield "the cache has changed"

    def wrong_files(self, bench, before, after):
        """What is wrong with what is there afterwards."""
        where = os.path.relpath(self.directory, self.root)
        written = dict(self.case.others)
        if self.writes:
            written |= {f"{where}/{name}": data for name, data in self.expected.files().items()
                       if bench.has(name)}
        for path, data in written.items():
            for parent in pathlib.PurePath(path).parents:
                if str(parent) not in before:
                    after.pop(str(parent), None)
            before.pop(path, None)
            mode, found = after.pop(path, (0, b""))
            if mode != stat.S_IFREG | OUTPUT_MODE:
                yield f"{path} has mode {mode:o}"
            yield from wrong_output(bench, path, data, found)
        yield from tree.changes(before, after)


def wrong_output(bench, path, data, found):
    """How an output differs from what it ought to be."""
    if not path.endswith(".bin") or not data:
        yield from differences(path, data, found)
        return
    try:
        entries = index.read(found)
    except index.Bad as error:
        yield f"{path}: {error}"
        return
    yield from differences(path, *("".join(index.lines(one)).encode("latin-1")
                                   for one in (index.read(data), entries)))
    if len(data) != len(found):
        yield f"{path} has {len(found)} bytes, not {len(data)}"
    elif data != found and not bench.program.is_reference:
        yield f"{path} is not laid out as it ought to be"


def differences(name, wanted, found):
    """How two texts differ, as lines."""
    if wanted == found:
        return
    lines = [data.decode("latin-1").splitlines() for data in (wanted, found)]
    shown = list(difflib.unified_diff(*lines, f"{name}, expected", f"{name}, found", n=1,
                                      lineterm=""))
    yield from shortened(shown) or [f"{name} differs in its line ends"]


def wrong_messages(wanted, found, fill=lambda text: text):
    """How messages differ from those wanted, as lines."""
    def matches(one, line):
        if isinstance(one, re.Pattern):
            return re.fullmatch(fill(one.pattern), line) is not None
        return one == line

    if len(wanted) == len(found) and all(map(matches, wanted, found)):
        return
    texts = [one.pattern if isinstance(one, re.Pattern) else one for one in wanted]
    yield from shortened(f"expected: {line}" for line in texts or ["no messages"])
    yield from shortened(f"found:    {line}" for line in found or ["no messages"])


def shortened(lines):
    """As much of lines as is worth showing."""
    return [line[:SHOWN_COLUMNS] for line in itertools.islice(lines, SHOWN_LINES)]
