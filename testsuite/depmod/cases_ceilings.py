# SPDX-License-Identifier: GPL-2.0-or-later
"""All tools, on files that want more time or memory than anybody has: they end soon, and say which
file it is."""
import lzma
import struct
import zlib

import tools
import tree
from case import FULL, Check, Skip
from elf import Module

LIMIT = 120  # seconds, for what takes fractions of one
MEMORY = 100 << 20
OWN_MEMORY = "a sanitizer takes memory of its own"
TEBI, GIBI, MEBI = 1 << 40, 1 << 30, 1 << 20
PREFIX, VALUES, CHILDREN = 0x80000000, 0x40000000, 0x20000000


def wrong_end(what, outcome, status, *messages):
    """What is wrong with how a tool ended. A message may be there in parts."""
    if outcome.status != status or len(outcome.err) > MEBI:
        yield f"{what}: status {outcome.status}, not {status}: {outcome.err[-200:]!r}"
    if messages and not any(all(part in line for part in messages) for line in outcome.lines()):
        yield f"{what}: does not say {messages}: {outcome.err[-300:]!r}"


# ---- Modules ----------------------------------------------------------------------------------

def zstd_bomb(size):
    """Blocks of one byte repeated, in a frame that does not tell its size."""
    block = struct.pack("<I", 131072 << 3 | 1 << 1)[:3] + b"\0"
    return b"\x28\xb5\x2f\xfd\x00\x50" + block * (size >> 17) + b"\x01\x00\x00"


def gzip_bomb(size):
    """One member of many equal parts."""
    packer = zlib.compressobj(9, zlib.DEFLATED, -15)
    part = packer.compress(bytes(16 * MEBI)) + packer.flush(zlib.Z_FULL_FLUSH)
    return b"\x1f\x8b\x08\0\0\0\0\0\0\3" + part * (size // (16 * MEBI))


def xz_bomb(size):
    """Many streams."""
    return lzma.compress(bytes(16 * MEBI)) * (size // (16 * MEBI))


BOMBS = {"zst": (zstd_bomb, TEBI if FULL else 8 * GIBI),
         "gz": (gzip_bomb, 16 * GIBI if FULL else 4 * GIBI),
         "xz": (xz_bomb, TEBI // 8 if FULL else 4 * GIBI)}


# What is said of them: how much it is may have to be found out, and stands in an xz file.
TOO_MUCH, NO_MEMORY = "unpack to more than", "not enough memory to unpack"
WHY = {"zst": TOO_MUCH if FULL else NO_MEMORY, "gz": TOO_MUCH if FULL else NO_MEMORY,
       "xz": TOO_MUCH}


def bombs(suffix):
    """A module that unpacks to more than can be. Without KMOD_TEST_FULL there is little memory:
    to have it all used takes long."""
    def function(bench):
        make, size = BOMBS[suffix]
        if not FULL and bench.program.sanitizer:
            raise Skip(OWN_MEMORY)
        bench.need_format(suffix)
        with bench.place() as place:
            system = tools.System(bench, place)
            name = f"bomb.ko.{suffix}"
            system.put(f"{tools.DIRECTORY}/{name}", make(size))
            system.index("dep", [("bomb", f"{name}:")])
            for words in (("modinfo", "bomb"), ("insmod", f"{tools.DIRECTORY}/{name}"),
                          ("modprobe", "bomb"), ("depmod", "-j1")):
                outcome = system.run(*words, limit=600 if FULL else LIMIT,
                                     prefix=little_memory(words[0]))
                yield from wrong_end(f"{words}", outcome, 0 if words[0] == "depmod" else 1,
                                     f"{name}: ", f" {WHY[suffix]}")
            if system.calls():
                yield f"the kernel was given {system.calls()}"
    return Check(f"a {suffix} file of {BOMBS[suffix][1] / GIBI:.0f} GiB", function)


def little_memory(name, size=None if FULL else MEMORY):
    """What limits the memory of the tool of that name, in front of its path."""
    limit = f"ulimit -v {size >> 10}; " if size else ""
    return ("bash", "-c", limit + 'exec -a "$0" "$@"', name)


def bombs_together(bench):
    """Modules each of which takes all the memory there is: depmod unpacks them one by one."""
    if bench.program.sanitizer:
        raise Skip(OWN_MEMORY)
    with bench.place() as place:
        system = tools.System(bench, place)
        bench.need_format("zst")
        count = 8
        for number in range(count):
            system.put(f"{tools.DIRECTORY}/bomb{number}.ko.zst", zstd_bomb(64 * MEBI))
        outcome = system.run("depmod", "-j6", env={"MALLOC_ARENA_MAX": "1"}, limit=LIMIT,
                             prefix=little_memory("depmod", 400 * MEBI))
        yield from wrong_end("depmod", outcome, 0)
        if outcome.err.count(b"failed to load symbols") != count or b"memory" in outcome.err:
            yield f"{outcome.err[-500:]!r}"


def sparse(bench):
    """Modules of many bytes, all of them nothing: none is read, and what there is of real ones is
    still found."""
    start = Module(info=("license=GPL",)).data()
    with bench.place() as place:
        system = tools.System(bench, place)
        too_large = "more than the 2147483647 bytes a module can have"
        for size in (3 * GIBI, TEBI):
            for what in (start, b""):
                path = system.sparse("large.ko", size, what)
                system.put(path + ".sig", b"0\0")
                system.index("dep", [("large", "large.ko:")])
                for words in (("modinfo", path), ("insmod", path), ("modprobe", "large"),
                              ("modprobe", "--show-exports", path)):
                    yield from wrong_end(f"{words}", system.run(*words, limit=LIMIT), 1,
                                         f"{path}: {too_large}")
                yield from wrong_end("depmod", system.run("depmod", limit=LIMIT), 0,
                                     f"large.ko: {too_large}")
                if "basic.ko:" not in (system.directory / "modules.dep").read_text():
                    yield "depmod has lost the others"
        if system.calls():
            yield f"the kernel was given {system.calls()}"
        path = system.sparse("modules.devname", 3 * GIBI)
        for output in ((), ("-o", "/out")):
            outcome = system.run("kmod", "static-nodes", *output, limit=LIMIT)
            yield from wrong_end("static-nodes", outcome, 1, f"could not read {path}", "too large")
            if outcome.out or (system.root / "out").exists():
                yield "static-nodes has shown something"


def many_aliases(bench):
    """One module with very many aliases."""
    count = 1000000 if FULL else 100000
    with bench.place() as place:
        system = tools.System(bench, place)
        system.put(f"{tools.DIRECTORY}/many.ko",
                   Module(info=tuple(f"alias=pci:v{n:08x}d*" for n in range(count))))
        yield from wrong_end("depmod", system.run("depmod", limit=LIMIT), 0)
        for query, found in ((f"pci:v{count - 1:08x}dx", b"many\n"), (f"pci:v{count:08x}dx", b"")):
            outcome = system.run("modprobe", "-R", query, limit=LIMIT)
            if outcome.out != found:
                yield f"{query} is {outcome}"
        outcome = system.run("modprobe", "-c", limit=LIMIT)
        if outcome.out.count(b"alias pci:v") != count:
            yield f"{outcome.out.count(b'alias pci:v')} of {count} aliases are shown"


def with_hole(module, section, size):
    """The bytes of a module, so that one section is what follows them, and the size of all."""
    data = bytearray(module.data())
    table, = struct.unpack_from("<Q", data, 0x28)
    count, names = struct.unpack_from("<HH", data, 0x3c)
    start, = struct.unpack_from("<Q", data, table + 64 * names + 24)
    for header in range(table, table + 64 * count, 64):
        at = start + struct.unpack_from("<I", data, header)[0]
        if data[at:data.index(0, at)].decode() == section:
            struct.pack_into("<QQ", data, header + 24, len(data), size)
    return bytes(data), len(data) + size


def holes(bench):
    """Modules of which one section is a hole of almost 2 GiB: they are not read for long, nor kept
    in memory, and it is told."""
    module = Module(info=("license=GPL", "alias=x"), needs=("a", "b"), provides=("c",))
    with bench.place() as place:
        system = tools.System(bench, place)
        for section, what in ((".modinfo", "what it says of itself"), (".symtab", "what it needs"),
                              (".strtab", "what it needs"), ("__versions", None)):
            data, size = with_hole(module, section, 89478400 * 24)
            path = system.sparse("large.ko", size, data)
            for words in (("depmod", "-j4"), ("modinfo", path)):
                outcome = system.run(*words, limit=20, prefix=() if bench.program.sanitizer
                                     else little_memory(words[0], 3 * GIBI))
                lost = section == ".modinfo" and words[0] == "modinfo"
                yield from wrong_end(f"{section}, {words[0]}", outcome, 1 if lost else 0)
                if words[0] == "depmod" and what and what.encode() not in outcome.err:
                    yield f"{section}: does not say {what}: {outcome}"
            if "large.ko:" not in (system.directory / "modules.dep").read_text():
                yield f"{section}: it is not listed"


def links_to_directories(bench):
    """Many links in a deep directory; links that multiply what is found. Not the square of it."""
    limit = 30 if bench.program.sanitizer else 10
    with bench.place() as place:
        system = tools.System(bench, place)
        deep = system.directory
        for _ in range(500):
            deep /= "d"
        deep.mkdir(parents=True)
        (system.directory / "empty").mkdir()
        for n in range(1000):
            (deep / f"a{n}").symlink_to(system.directory / "empty")
            (deep / f"b{n}").symlink_to(system.directory / "d")
        yield from wrong_end("deep", system.run("depmod", limit=limit), 0)
    with bench.place() as place:
        system = tools.System(bench, place)
        for name, target in (("x", "y"), ("y", "z")):
            (system.directory / name).mkdir()
            for n in range(100):
                (system.directory / name / f"l{n}").symlink_to(f"../{target}")
        for n in range(10):
            system.put(f"{tools.DIRECTORY}/z/m{n}.ko", "")
        before = (system.directory / "modules.dep").read_bytes()
        yield from wrong_end("wide", system.run("depmod", limit=limit), 1,
                             "more than 65536 modules by links to directories")
        if (system.directory / "modules.dep").read_bytes() != before:
            yield "modules.dep was replaced"


def repeated_words(bench):
    """A depmod.d that says the same again and again: neither its square nor as many searches."""
    with bench.place() as place:
        system = tools.System(bench, place)
        for name in ("x", "y"):
            system.put(f"{tools.DIRECTORY}/{name}/twice.ko", "")
        for n in range(200):
            system.put(f"elsewhere/{n}/no-module", "")
        count = 50000
        system.put("etc/depmod.d/x.conf", "external * /elsewhere\n" * count +
                   "search " + "external y x " * count + "\n")
        limit = LIMIT if bench.program.sanitizer else 20
        yield from wrong_end("depmod", system.run("depmod", limit=limit), 0)
        if "y/twice.ko:" not in (system.directory / "modules.dep").read_text():
            yield "another one was chosen"


# ---- Indexes ----------------------------------------------------------------------------------

def chain(depth, chars=b"aa", slots=(0,)):
    """An index of a node below a node, so many times: each has the next one in these slots."""
    out = bytearray(struct.pack(">III", 0xB007F457, 0x00020001, 12 | CHILDREN))
    size = 2 + 4 * (chars[1] - chars[0] + 1)
    for number in range(1, depth + 1):
        child = len(out) + size | (CHILDREN if number < depth else VALUES)
        table = [0] * ((size - 2) // 4)
        for slot in slots:
            table[slot] = child
        out += chars + struct.pack(f">{len(table)}I", *table)
    return bytes(out + struct.pack(">II", 1, 0) + b"basic\0")


def fan_below(depth):
    """An index of a path of asterisks, with 127 nodes below it that refer to one leaf 127 times."""
    out = bytearray(struct.pack(">III", 0xB007F457, 0x00020001, 0))

    def node(first, refs):
        ref = len(out) | CHILDREN
        out.extend(struct.pack(f">BB{len(refs)}I", first, first + len(refs) - 1, *refs))
        return ref
    leaf = len(out)
    out.extend(b"\0")
    ref = node(1, [node(1, [leaf] * 127) for _ in range(127)])
    for char in b"[" + b"*" * depth:
        ref = node(char, [ref])
    struct.pack_into(">I", out, 8, ref)
    return bytes(out)


def long_key(length, values):
    """An index of one key with so many values of no characters."""
    return (struct.pack(">III", 0xB007F457, 0x00020001, 12 | PREFIX | VALUES) + b"a" * length +
            b"\0" + struct.pack(">I", values) + bytes(5 * values))


def deep_indexes(bench):
    """Nodes that go very deep, alone, as wildcards, and with two ways from each to the next."""
    query = "a" * 100
    damaged = "modules.alias.bin' is damaged"
    with bench.place() as place:
        system = tools.System(bench, place)
        for what, data in {
                "letters": chain(200000), "asterisks": chain(200000, b"**"),
                "marks": chain(200000, b"??"), "brackets": chain(200000, b"[["),
                "two ways": chain(60, b"ab", (0, 1)),
                "two ways, both wild": chain(60, b"*?", (0, 21))}.items():
            system.index("alias", data)
            outcome = system.run("modprobe", "-R", query, limit=LIMIT)
            if outcome.status not in (0, 1) or len(outcome.out) > MEBI:
                yield f"{what}: status {outcome.status}: {outcome.err[-200:]!r}"
            yield from wrong_end(what, system.run("modprobe", "-c", limit=LIMIT), 1, damaged)


def repetitive_indexes(bench):
    """Small indexes that hold little, which is come by, or shown, again and again."""
    damaged = "modules.alias.bin' is damaged"
    with bench.place() as place:
        system = tools.System(bench, place)
        system.index("alias", fan_below(4000))
        outcome = system.run("modprobe", "-R", "*" * 4000,
                             limit=LIMIT if bench.program.sanitizer else 15)
        yield from wrong_end("asterisks", outcome, 1, damaged)
        data = long_key(65000, 7000)
        system.index("alias", data)
        outcome = system.run("modprobe", "-c", limit=LIMIT)
        yield from wrong_end("a key", outcome, 1, damaged)
        if len(outcome.out) > 400 * len(data):
            yield f"{len(outcome.out)} bytes are shown of {len(data)}"


def dependency_circles(bench):
    """Modules that need each other, and themselves."""
    with bench.place() as place:
        system = tools.System(bench, place)
        count = 5000
        system.put(f"{tools.DIRECTORY}/m.ko", Module())
        for entries, first in (
                ([("m", "m.ko: m.ko")], "m"),
                ([("m", "m.ko: basic.ko"), ("basic", "basic.ko: m.ko")], "m"),
                ([(f"m{n}", f"m{n}.ko: m{(n + 1) % count}.ko m{7 * n % count}.ko")
                  for n in range(count)], "m0")):
            system.index("dep", entries)
            for words in (("modprobe", "-D"), ("modprobe", "-n", "-r"), ("modinfo", "-n")):
                outcome = system.run(*words, first, limit=LIMIT)
                if outcome.status not in (0, 1) or len(outcome.out) > MEBI:
                    yield f"{words} {first}: status {outcome.status}, {outcome.err[-200:]!r}"


# ---- Configuration ----------------------------------------------------------------------------

SIZE = (100 if FULL else 5) * MEBI
LINES = {
    "aliases": "alias pci:%08d basic\n", "options": "options basic p%08d=1\n",
    "blacklists": "blacklist m%08d\n", "softdeps": "softdep m%08d pre: x\n",
    "commands": "install m%08d /bin/true\n", "comments": "# %08d\n", "joined": "alias %08d\\\n",
}


def much_configuration(bench):
    """Very many lines, or a line that is very long: all are heeded, in linear time."""
    slow = bench.program.sanitizer
    size = SIZE // 20 if slow else SIZE
    softdeps = size // (200 if slow else 20)  # each of them is looked up
    with bench.place() as place:
        system = tools.System(bench, place)
        for what, line in LINES.items():
            count = size // len(line % 0)
            system.put("etc/modprobe.d/x.conf", "".join(line % n for n in range(1, count + 1)))
            outcome = system.run("modprobe", "-D", "basic", limit=LIMIT)
            if outcome.status or (what == "options") != (b"p%08d=1" % count in outcome.out):
                yield f"{what}: status {outcome.status}: {outcome.err[-200:]!r}"
        for what, line in {"an option": "options basic " + "x" * size,
                           "options": "options basic" + " x" * (size // 2),
                           "softdeps": "softdep basic pre:" + " no" * softdeps,
                           "a word": "x" * size}.items():
            system.put("etc/modprobe.d/x.conf", line + "\n")
            outcome = system.run("modprobe", "-D", "basic", limit=LIMIT)
            wanted = size if "option" in what else 1
            if outcome.status or len(outcome.out) < wanted or len(outcome.err) > MEBI:
                yield f"one line of {what}: status {outcome.status}: {outcome.err[-200:]!r}"


def softdep_circles(bench):
    """Softdeps that come back to where they began, soon or after very many."""
    with bench.place() as place:
        system = tools.System(bench, place)
        count = 20000
        system.index("dep", [("basic", "basic.ko:"), ("other", "other.ko:"),
                             *((f"m{n}", "basic.ko:") for n in range(count))])
        for lines in (["softdep basic pre: basic post: basic"],
                      ["softdep basic pre: other post: other",
                       "softdep other pre: basic post: basic"]):
            system.put("etc/modprobe.d/x.conf", "\n".join(lines) + "\n")
            outcome = system.run("modprobe", "-D", "basic", limit=LIMIT)
            yield from wrong_end(f"{lines}", outcome, 0)
            if outcome.out.count(b"basic.ko") != 1 or outcome.out.count(b"\n") != len(lines):
                yield f"{lines}: {outcome.out!r}"
        system.put("etc/modprobe.d/x.conf", "".join(
            f"softdep m{n} pre: m{(n + 1) % count} post: m{7 * n % count}\n"
            for n in range(count)))
        yield from wrong_end("a chain", system.run("modprobe", "-D", "m0", limit=LIMIT), 1,
                             "softdeps of 'm0' lead through more than 1000 modules")
        yield from wrong_end("a chain", system.run("modprobe", "-r", "m0", limit=LIMIT), 0)


def removal_circles(bench):
    """The same for modules that are loaded, or have a command. What a way leads back to is not begun again."""
    def conf(names, lines):
        return "".join(f"remove {name} true\n" for name in names) + "\n".join(lines) + "\n"

    circles = {
        "itself": ["softdep a pre: a post: a"],
        "before": ["softdep a pre: b", "softdep b pre: a"],
        "after": ["softdep a post: b", "softdep b post: a"],
        "both": ["softdep a pre: b post: c", "softdep b pre: c", "softdep c post: a"],
    }
    expected = {"itself": "a", "before": "ab", "after": "ba", "both": "cabc"}
    with bench.place() as place:
        system = tools.System(bench, place)
        names = "abc"
        system.index("dep", [(name, f"{name}.ko:") for name in names])
        for name in names:
            system.loaded(name)
        for what, lines in circles.items():
            for verb, commands in (("rmmod", ""), ("remove", names)):
                system.put("etc/modprobe.d/x.conf", conf(commands, lines))
                outcome = system.run("modprobe", "-rn", "-v", "a", limit=LIMIT)
                yield from wrong_end(f"{what}, {verb}", outcome, 0)
                order = expected[what] if verb == "rmmod" else ["true"] * len(expected[what])
                if outcome.out.decode().split() != [word for one in order for word in (verb, one)]:
                    yield f"{what}, {verb}: {outcome.out!r}"
            yield from wrong_end(f"{what}, by commands",
                                 system.run("modprobe", "-r", "a", limit=LIMIT), 0)
        count = 20000
        system.put("etc/modprobe.d/x.conf", "".join(
            f"softdep m{n} pre: m{(n + 1) % count}\nremove m{n} true\n" for n in range(count)))
        system.index("dep", [(f"m{n}", f"m{n}.ko:") for n in range(count)])
        said = "Softdeps of m0 lead through more than 1000 modules"
        yield from wrong_end("a chain", system.run("modprobe", "-rn", "m0", limit=LIMIT), 1, said)
        yield from wrong_end("a chain, -a", system.run("modprobe", "-rna", "m0", limit=LIMIT), 1,
                             said)
        # two ways to each next one: 2^40 in all
        system.put("etc/modprobe.d/x.conf", "".join(
            f"softdep m{n} pre: m{n + 1} x{n}\nsoftdep x{n} pre: m{n + 1}\n"
            f"remove m{n} true\nremove x{n} true\n" for n in range(40)))
        system.index("dep", [(f"{letter}{n}", f"{letter}{n}.ko:")
                             for n in range(41) for letter in "mx"])
        yield from wrong_end("many ways", system.run("modprobe", "-rn", "m0", limit=LIMIT), 1, said)


def circles_everywhere(bench):
    """Modules that all need each other, by modules.dep and by softdeps: the square of their number."""
    count, limit = (50, LIMIT) if bench.program.sanitizer else (300, 15)
    with bench.place() as place:
        system = tools.System(bench, place)
        names = [f"m{n}" for n in range(count)]
        system.index("dep", [(name, f"{name}.ko: " + " ".join(f"{other}.ko" for other in names
                                                              if other != name))
                             for name in names])
        system.put("etc/modprobe.d/x.conf", "".join(
            f"softdep {name} pre: {' '.join(names)}\n" for name in names))
        for name in names:
            system.put(f"{tools.DIRECTORY}/{name}.ko", b"")
        outcome = system.run("modprobe", "-D", "m0", limit=limit)
        yield from wrong_end("all", outcome, 0)
        lines = outcome.out.count(b"\n")
        if lines != count * count:
            yield f"{lines} lines, not {count * count}"


COMMANDS = {
    "itself": ("basic {0}", ()),
    "itself, twice": ("basic {0}; {0}", ()),
    "another that runs it": ("other {0}", ("basic {1}",)),
    "itself, for a reason": ("basic test \"$MODPROBE_NESTING\" = \"basic basic basic\" || {0}", ()),
    "itself, to remove": ("basic {0}", ()),
}


def command_circles(bench):
    """Commands that run themselves: they are ended, unless they end soon, and it is said why."""
    for what, (command, others) in COMMANDS.items():
        with bench.place() as place:
            system = tools.System(bench, place)
            system.put("proc/modules", "")
            tree.remove(system.root / "sys/module/basic")
            modprobe = system.root / "modprobe"
            modprobe.symlink_to(bench.program.path.resolve())
            word, run = ("install", modprobe) if what != "itself, to remove" else \
                ("remove", f"{modprobe} -r")
            system.put("etc/modprobe.d/x.conf", "".join(
                f"{word} {line}\n".format(f"{run} basic", f"{run} other")
                for line in (command, *others)))
            words = ("modprobe", "-r", "basic") if word == "remove" else ("modprobe", "basic")
            outcome = system.run(*words, limit=LIMIT)
            if what == "itself, for a reason":
                yield from wrong_end(what, outcome, 0)
            else:
                yield from wrong_end(what, outcome, 1, f"The {word} command of ", "basic",
                                     " runs itself again and again; in it, 'modprobe --ignore-",
                                     " the module")
            if len(outcome.lines()) > 100:
                yield f"{what}: {len(outcome.lines())} lines"


# ---- Arguments --------------------------------------------------------------------------------

def many_operands(bench):
    """Very many operands, and very long ones."""
    with bench.place() as place:
        system = tools.System(bench, place)
        long = "x" * 120000
        path = f"{tools.DIRECTORY}/basic.ko"
        for words, status in ((("modprobe", "-D", "-a", *["basic"] * 20000), 0),
                              (("modprobe", "-D", "basic", *["p=1"] * 50000), 0),
                              (("rmmod", *["nothing"] * 5000), 1),
                              (("modinfo", *[path] * 5000), 0), (("modprobe", long), 1),
                              (("modinfo", long), 1), (("rmmod", long), 1), (("insmod", long), 1),
                              (("depmod", "-b", long), 1), (("depmod", "-C", long), 0),
                              (("modprobe", "-C", long, "-D", "basic"), 0)):
            outcome = system.run(*words, limit=LIMIT)
            if outcome.status != status:
                shown = [word[:20] for word in words[:4]]
                yield f"{shown}: status {outcome.status}: {outcome.err[-200:]!r}"


def cases(_):
    """All of them."""
    for suffix in BOMBS:
        yield bombs(suffix)
    yield Check("modules that unpack to 64 MiB, and no room for two", bombs_together)
    yield Check("modules of 3 GiB and of 1 TiB that hold nothing", sparse)
    yield Check("very many aliases", many_aliases)
    yield Check("modules with a hole", holes)
    yield Check("a configuration that repeats itself", repeated_words)
    yield Check("links to directories", links_to_directories)
    yield Check("indexes that are very deep", deep_indexes)
    yield Check("indexes that repeat themselves", repetitive_indexes)
    yield Check("dependencies in circles", dependency_circles)
    yield Check("very much configuration", much_configuration)
    yield Check("softdeps in circles", softdep_circles)
    yield Check("softdeps in circles, removed", removal_circles)
    yield Check("dependencies and softdeps in circles", circles_everywhere)
    yield Check("commands in circles", command_circles)
    yield Check("very many operands", many_operands)
