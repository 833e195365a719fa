# SPDX-License-Identifier: GPL-2.0-or-later
"""Symbols: who provides them, who needs them, what follows from that, and what is told of it."""
import itertools
import re

import elf
import known
from case import Case
from elf import Module, Symbol, crc, weak

EMPTY = Module()


def needing(*names, **rest):
    """A module that needs these."""
    return Module(needs=names, **rest)


def providing(*names, **rest):
    """A module that provides these."""
    return Module(provides=names, **rest)


def line_of(name):
    """The line of a module in modules.dep, from "a: b c"."""
    words = name.split()
    return " ".join([f"kernel/{words[0][:-1]}.ko:", *(f"kernel/{word}.ko" for word in words[1:])])


def graph(name, needs, dep, **rest):
    """Modules that need each other: each provides its own name."""
    modules = {f"kernel/{module}.ko": Module(needs=tuple(needed), provides=(module,))
               for module, needed in needs.items()}
    return Case(name, modules, dep=tuple(map(line_of, dep)), **rest)


def dependencies(_):
    """The order of dependencies."""
    yield graph("a module depends on whom it needs", {"a": "b", "b": ""}, ("a: b", "b:"))
    yield graph("and on whom these need", {"a": "b", "b": "c", "c": ""},
                ("a: b c", "b: c", "c:"))
    yield graph("a diamond", {"a": "bc", "b": "d", "c": "d", "d": ""},
                ("a: c b d", "b: d", "c: d", "d:"))
    yield graph("dependents are before what they depend on", {"a": "cb", "b": "", "c": "b"},
                ("a: c b", "b:", "c: b"))
    yield graph("several that do not depend on each other", {"a": "bcd", "b": "", "c": "", "d": ""},
                ("a: d c b", "b:", "c:", "d:"))
    yield graph("the order of symbols is that of dependencies",
                {"a": "dcb", "b": "", "c": "", "d": ""}, ("a: b c d", "b:", "c:", "d:"))
    yield graph("whom nobody needs is ranked from the last on",
                {"a": "x", "b": "y", "c": "xy", "x": "", "y": ""},
                ("a: x", "b: y", "c: y x", "x:", "y:"))
    depth = 300
    chain = {f"m{n}": (f"m{n + 1}",) if n + 1 < depth else () for n in range(depth)}
    yield graph("a long chain", chain,
                [" ".join([f"m{n}:", *(f"m{k}" for k in range(n + 1, depth))])
                 for n in range(depth)])
    many = [f"p{n}" for n in range(500)]
    yield graph("many dependencies", {"a": many, **{name: () for name in many}},
                ["a: " + " ".join(reversed(many)), *(f"{name}:" for name in many)])


def providers(_):
    """Who provides a symbol."""
    need = {"kernel/a.ko": needing("s", "t")}
    yield Case("of several providers the last one counts",
               {**need, "kernel/b.ko": providing("s", "t"), "kernel/c.ko": providing("s")},
               dep=("kernel/a.ko: kernel/b.ko kernel/c.ko", "kernel/b.ko:", "kernel/c.ko:"))
    yield Case("by the order of modules",
               {**need, "kernel/b.ko": providing("s", "t"), "kernel/c.ko": providing("s")},
               dep=("kernel/c.ko:", "kernel/a.ko: kernel/b.ko", "kernel/b.ko:"))
    yield Case("a symbol that is provided twice by one module is there once",
               {**need, "kernel/b.ko": providing("s", symbols=(Symbol("__crc_s", elf.ABS, 1),))},
               dep=("kernel/a.ko: kernel/b.ko", "kernel/b.ko:"))
    for crc_in, bits, order in itertools.product(("abs", "undef", "section"), (32, 64), "<>"):
        form = {"bits": bits, "order": order, "crc_in": crc_in}
        name = f"{bits} bits, {'little' if order == '<' else 'big'} endian, CRCs in {crc_in}"
        yield Case(f"a module of {name}",
                   {"kernel/a.ko": needing("s", "t", **form),
                    "kernel/b.ko": providing("r", "s", "t", **form)},
                   args=("-e", "-E", "{ROOT}/symvers"), root={"symvers": ""}, err=[
                       unknown("b", f"__crc_{one}") for one in "rst" if crc_in == "undef"],
                   dep=("kernel/a.ko: kernel/b.ko", "kernel/b.ko:"))
    yield Case("modules for any machine", {
        "kernel/a.ko": needing("s", machine=2, order=">", bits=32),
        "kernel/b.ko": providing("s", machine=183), },
        dep=("kernel/a.ko: kernel/b.ko", "kernel/b.ko:"))
    yield Case("without __crc_ symbols the names of __ksymtab_strings count",
               {**need, "kernel/b.ko": Module(sections={
                   "__ksymtab_strings": b"s\0\0NAMESPACE\0t\0"})},
               dep=("kernel/a.ko: kernel/b.ko", "kernel/b.ko:"),
               symbols={"s": "b", "t": "b", "NAMESPACE": "b"})
    yield Case("also without any .symtab",
               {**need, "kernel/b.ko": Module(sections={
                   "__ksymtab_strings": b"s\0t\0", ".symtab": None, ".strtab": None})},
               dep=("kernel/a.ko: kernel/b.ko", "kernel/b.ko:"), symbols={"s": "b", "t": "b"})
    yield Case("with one they do not",
               {**need, "kernel/b.ko": providing("s", sections={
                   "__ksymtab_strings": b"s\0t\0"})},
               dep=("kernel/a.ko: kernel/b.ko", "kernel/b.ko:"))
    yield Case("an empty __crc_ name is a name", {"kernel/a.ko": EMPTY, "kernel/b.ko": Module(
        symbols=(Symbol("__crc_", elf.ABS, 1),))},
        dep=("kernel/a.ko:", "kernel/b.ko:"), symbols={"": "b"})
    yield Case("symbols of other sorts provide nothing",
               {**need, "kernel/b.ko": Module(symbols=(
                   Symbol("s", 1), Symbol("__ksymtab_t", 1), Symbol("crc_s", elf.ABS)))},
               dep=("kernel/a.ko:", "kernel/b.ko:"))


def requirements(_):
    """Who needs a symbol."""
    provide = {"kernel/b.ko": providing("s"), "kernel/c.ko": providing("t")}
    last = ("kernel/b.ko:", "kernel/c.ko:")

    def needs(name, module, *on, **rest):
        return Case(name, {"kernel/a.ko": module, **provide},
                    dep=(" ".join(["kernel/a.ko:", *(f"kernel/{one}.ko" for one in on)]), *last),
                    **rest)

    yield needs("undefined symbols are needed, versions or not", needing("s", "t", versions={}),
                "c", "b")
    yield needs("weak ones are needed as well", needing(weak("s")), "b")
    yield needs("names in __versions are needed", needing(versions={"s": 1}), "b")
    yield needs("after those of .symtab", needing("t", versions={"s": 1, "t": 1}), "b", "c")
    yield needs("one dot in front does not count", needing(".s", "..t"), "b")
    yield needs("what nobody provides is passed over", needing("x", "s", "y"), "b")
    yield needs("a symbol that is needed twice", needing("s", Symbol("s"), "t"), "c", "b")
    yield needs("an undefined symbol without a name is none", needing("", "s"), "b")
    yield needs("without .symtab nothing is needed",
                needing("s", sections={".symtab": None, ".strtab": None}))
    for machine, name in ((elf.SPARC, "SPARC"), (elf.SPARCV9, "SPARC V9")):
        yield needs(f"registers of {name} are no symbols",
                    needing(Symbol("s", kind=elf.SPARC_REGISTER), "t", machine=machine,
                            versions={"t": 1}, order=">"), "c")
    yield needs("elsewhere that type is none of a register",
                needing(Symbol("s", kind=elf.SPARC_REGISTER), versions={}), "b")
    yield needs("__versions of an odd size is none",
                needing("s", sections={"__versions": bytes(8) + b"t".ljust(56, b"\0") + b"x"}), "b")
    yield needs("a name in __versions without end: nothing is needed",
                needing("s", sections={"__versions": bytes(8) + b"t" * 56}),
                err=("WARNING: {MD}/kernel/a.ko: damaged: what it needs is not known",),
                reference=known.VERSIONS_END)
    yield needs("what other fields say of dependencies and namespaces is ignored",
                needing("s", info=("depends=c", "import_ns=NS", "name=other", "vermagic=x",
                                   "parm=a:b")), "b")
    yield Case("a module that needs itself is a cycle", {"kernel/a.ko": Module(
        needs=("s",), provides=("s",))}, status=1,
        err=("ERROR: Cycle detected: a -> a",
             "ERROR: Found 1 modules in dependency cycles!"))


def symvers(*names, **crcs):
    """A Module.symvers."""
    crcs = {**{name: crc(name) for name in names}, **crcs}
    return "".join(f"{value:#010x}\t{name}\tvmlinux\tEXPORT_SYMBOL\n"
                   for name, value in crcs.items())


def system_map(*names):
    """A System.map."""
    return "".join(f"ffffffff81000000 T {name}\nffffffff82000000 r __ksymtab_{name}\n"
                   for name in names)


def unknown(name, symbol):
    """What -e says of a symbol that nobody provides."""
    return f"WARNING: {{MD}}/kernel/{name}.ko needs unknown symbol {symbol}"


def disagrees(name, symbol):
    """What -e says of a CRC."""
    return f"WARNING: {{MD}}/kernel/{name}.ko disagrees about version of symbol {symbol}"


def reported(name, args, files, err, module=needing("s", "k"), **rest):
    """A run with -e and its like, where a needs s of b, and k of the kernel."""
    return Case(name, {"kernel/a.ko": module, "kernel/b.ko": providing("s")},
                root=files, args=args, err=err,
                **{"dep": ("kernel/a.ko: kernel/b.ko", "kernel/b.ko:"), **rest})


def errors(_):
    """-e, -E and -F."""
    both = ("-e", "-E", "{ROOT}/symvers")
    mapped = ("-e", "-F", "{ROOT}/map")
    yield reported("-e needs something to compare with", ("-e",), {},
                   ("WARNING: -e needs -E or -F",))
    yield reported("without -e nothing is told", ("-E", "{ROOT}/symvers"), {"symvers": ""}, ())
    yield reported("nor with -F", ("-F", "{ROOT}/map"), {"map": ""}, ())
    yield reported("all is known, by symvers", both,
                   {"symvers": symvers("k")}, ())
    yield reported("all is known, by System.map", mapped, {"map": system_map("k")}, ())
    yield reported("a symbol is not in symvers", both, {"symvers": symvers("x")},
                   (unknown("a", "k"),))
    yield reported("a symbol is not in System.map", mapped, {"map": system_map("x")},
                   (unknown("a", "k"),))
    yield reported("an empty symvers", both, {"symvers": ""}, (unknown("a", "k"),))
    yield reported("an empty System.map", mapped, {"map": ""}, (unknown("a", "k"),))
    yield reported("of both only symvers is read", (*both, "-F", "{ROOT}/map"),
                   {"symvers": "", "map": system_map("k")}, (unknown("a", "k"),))
    yield reported("module_layout is needed like any other", both, {"symvers": symvers("k")},
                   (unknown("a", "module_layout"),),
                   needing("s", "k", versions={"module_layout": 1, "s": crc("s"), "k": crc("k")}))
    yield reported("a weak symbol may be unknown", both, {"symvers": ""}, (),
                   needing("s", weak("k")))
    yield reported("what is in __versions alone is not weak", both, {"symvers": ""},
                   (unknown("a", "k"),), needing("s", versions={"s": crc("s"), "k": 1}))
    yield reported("names that are always known", both, {"symvers": symvers("k")}, (),
                   needing("s", "__this_module", "_GLOBAL_OFFSET_TABLE_", ".TOC.",
                           versions={"s": crc("s")}))
    yield reported("the CRC of a module's symbol disagrees", both, {"symvers": symvers("k")},
                   (disagrees("a", "s"),), needing("s", "k", versions={"s": 1, "k": crc("k")}))
    yield reported("the CRC of the kernel's symbol disagrees", both, {"symvers": symvers(k=7)},
                   (disagrees("a", "k"),))
    yield reported("a weak symbol's CRC may", both, {"symvers": symvers(k=7)}, (),
                   needing("s", weak("k")))
    yield reported("with System.map CRCs are not compared", mapped, {"map": system_map("k")}, (),
                   needing("s", "k", versions={"s": 1, "k": 2}))
    yield reported("a symbol without version disagrees", both, {"symvers": symvers("k")},
                   (disagrees("a", "s"), disagrees("a", "k")), needing("s", "k", versions={}))
    yield reported("unless it has none where it is provided", both,
                   {"symvers": symvers(k=0)}, (disagrees("a", "s"),),
                   needing("s", "k", versions={}))
    yield reported("the CRC of the first of equal names counts, the second is of no symbol", both,
                   {"symvers": symvers("k")}, (disagrees("a", "s"),), needing("s", "k", sections={
                       "__versions": b"".join(
                           crc_of.to_bytes(8, "little") + name.encode().ljust(56, b"\0")
                           for name, crc_of in (("s", crc("s")), ("s", 1), ("k", crc("k"))))}))
    yield Case(
        "symbols are told in their order, by module",
        {"kernel/a.ko": needing("x", "s", "z", versions={"s": crc("s")}),
         "kernel/b.ko": Module(needs=("y", "x"), provides=("s",))},
        root={"symvers": ""}, args=both, dep=("kernel/b.ko:", "kernel/a.ko: kernel/b.ko"),
        err=(unknown("b", "y"), unknown("b", "x"), unknown("a", "x"), unknown("a", "z")))
    yield reported("symbols are told as they are written", both, {"symvers": ""},
                   (unknown("a", ".k"),), needing("s", ".k"))
    yield reported("the dot of a symbol does not count", both, {"symvers": symvers("k")}, (),
                   needing("s", ".k", versions={"s": crc("s"), ".k": crc("k")}))
    yield reported("a module's symbol replaces the kernel's", both, {"symvers": symvers("k", s=7)},
                   ())
    yield reported("with -n the same is told", (*both, "-n"), {"symvers": ""},
                   (unknown("a", "k"),), out=True)


def sources(_):
    """What is in the files of -E and -F."""
    def symvers_is(name, text, err=(), known_symbol=True, **rest):
        err = [*err, *(() if known_symbol else (unknown("a", "k"),))]
        return reported(f"symvers: {name}", ("-e", "-E", "{ROOT}/symvers"), {"symvers": text},
                        err, **rest)

    def map_is(name, text, err=(), known_symbol=True, **rest):
        err = [*err, *(() if known_symbol else (unknown("a", "k"),))]
        return reported(f"System.map: {name}", ("-e", "-F", "{ROOT}/map"), {"map": text},
                        err, **rest)

    value = f"{crc('k'):#010x}"
    yield symvers_is("blanks between fields", f"{value}  k \t vmlinux EXPORT_SYMBOL_GPL NS\n")
    yield symvers_is("blanks in front", f"  {value} k vmlinux x\n")
    yield symvers_is("more fields", f"{value} k vmlinux a b c d\n")
    yield symvers_is("of a module", f"{value} k drivers/x EXPORT_SYMBOL\n", known_symbol=False)
    yield symvers_is("two fields", f"{value} k\n", known_symbol=False)
    yield symvers_is("a line that ends behind vmlinux", f"{value} k vmlinux\n", known_symbol=False)
    yield symvers_is("no newline behind vmlinux", f"{value} k vmlinux")
    yield symvers_is("no newline at the end", f"{value} k vmlinux x")
    yield symvers_is("empty lines", f"\n\n{value} k vmlinux x\n\n")
    yield symvers_is("a CRC without 0x", f"{crc('k'):x} k vmlinux x\n")
    yield symvers_is("a CRC with zeros in front", f"000{crc('k'):x} k vmlinux x\n")
    yield symvers_is("a CRC that is no number", f"zz k vmlinux x\n{value} k vmlinux x\n",
                     (re.compile("depmod: ERROR: {ROOT}/symvers:1:? Invalid symbol version "
                                 "zz: .*"),))
    yield symvers_is("junk behind the number", f"{value}zz k vmlinux x\n",
                     (re.compile(r"depmod: ERROR: {ROOT}/symvers:1:? Invalid symbol version "
                                 + value + "zz: .*"),), known_symbol=False)
    yield symvers_is("the last of two lines counts", f"1 k vmlinux x\n{value} k vmlinux x\n")
    yield map_is("no type", "ffff __ksymtab_k\n",
                 ("ERROR: {ROOT}/map:1: invalid line: ffff __ksymtab_k", re.compile("")),
                 known_symbol=False)
    yield map_is("no newline at the end", "0 r __ksymtab_k")
    yield map_is("symbols that are not exported", "0 T k\n0 r __crc_k\n0 r ksymtab_k\n",
                 known_symbol=False)
    yield map_is("three blanks", "0 r  __ksymtab_k\n", known_symbol=False)
    yield map_is("text behind the name belongs to it", "0 r __ksymtab_k [mod]\n",
                 known_symbol=False)
    for option, what in (("-E", "Module.symvers"), ("-F", "System.map")):
        yield reported(f"{what} is not there", (option, "{ROOT}/nowhere"), {},
                       ("FATAL: could not load {ROOT}/nowhere: No such file or directory",),
                       dep=None, status=1)


def prefix(_):
    """-P."""
    yield Case("-P takes its character off provided and needed symbols",
               {"kernel/a.ko": needing("_s", "t", "__u"),
                "kernel/b.ko": providing("_s"), "kernel/c.ko": providing("_t"),
                "kernel/d.ko": providing("__u")}, args=("-P", "_"),
               dep=("kernel/a.ko: kernel/d.ko kernel/c.ko kernel/b.ko", "kernel/b.ko:",
                    "kernel/c.ko:", "kernel/d.ko:"), symbols={"s": "b", "t": "c", "_u": "d"})
    yield Case("the dot is in front of it",
               {"kernel/a.ko": needing("._s"), "kernel/b.ko": providing("s")},
               args=("--symbol-prefix", "_"), dep=("kernel/a.ko: kernel/b.ko", "kernel/b.ko:"))
    yield Case("with -P _ some names are known no longer",
               {"kernel/a.ko": needing("__this_module", "_GLOBAL_OFFSET_TABLE_", ".TOC.",
                                       versions={})},
               args=("-e", "-E", "{ROOT}/symvers", "-P", "_"), root={"symvers": ""},
               dep=("kernel/a.ko:",), err=(unknown("a", "__this_module"),
                                           unknown("a", "_GLOBAL_OFFSET_TABLE_")))
    for option, what in (("-E", symvers("_k")), ("-F", "0 r ___ksymtab_k\n")):
        yield Case(f"-P and {option}",
                   {"kernel/a.ko": needing("_k", versions={"_k": crc("_k")})},
                   args=("-e", option, "{ROOT}/file", "-P", "_"), root={"file": what},
                   dep=("kernel/a.ko:",))


def cycles(_):
    """Modules that depend on each other."""
    def cycle(name, needs, found, count, **rest):
        order = "".join(f"kernel/{module}.ko\n" for module in needs)
        modules = {f"kernel/{module}.ko": Module(needs=tuple(needed), provides=(module,))
                   for module, needed in needs.items()}
        lines = [f"ERROR: Cycle detected: {' -> '.join(one)}" for one in found]
        return Case(name, {**modules, "modules.order": order}, status=1,
                    err=(*lines, f"ERROR: Found {count} modules in dependency cycles!"), **rest)

    yield cycle("two modules need each other", {"a": "b", "b": "a"}, ("aba",), 2)
    yield cycle("the first in the order is where it begins", {"b": "a", "a": "b"}, ("bab",), 2)
    yield cycle("with -n as well", {"a": "b", "b": "a"}, ("aba",), 2, args=("-n",))
    yield cycle("three modules", {"a": "b", "b": "c", "c": "a"}, ("abca",), 3)
    yield cycle("modules below a cycle are not in it", {"y": "", "a": "b", "b": "az", "z": "y"},
                ("aba",), 2, reference=known.BOGUS_CYCLE)
    yield cycle("nor are those above it", {"x": "wa", "w": "", "a": "b", "b": "a"}, ("aba",), 2)
    yield cycle("two cycles", {"a": "b", "b": "a", "c": "d", "d": "c"}, ("aba", "cdc"), 4)
    yield cycle("two cycles through one module", {"a": "bc", "b": "a", "c": "a"},
                ("aca", "aba"), 3)
    yield cycle("a cycle and one around it", {"a": "bc", "b": "c", "c": "a"}, ("aca", "abca"), 3)


def hard_cycles(_):
    """Cycles in which a search that is not careful never ends."""
    def told(lines):
        if not lines or not re.fullmatch(r"depmod: ERROR: Found [1-9]\d* modules in dependency "
                                         r"cycles!", lines[-1]):
            yield f"the last message is {lines[-1:]}"
        for line in lines[:-1]:
            if not line.startswith(("depmod: ERROR: Cycle detected: ",
                                    "depmod: ERROR: There are more cycles")):
                yield f"a message is {line}"

    def ends(name, needs):
        modules = {f"kernel/{module}.ko": Module(needs=tuple(needed), provides=(module,))
                   for module, needed in needs.items()}
        order = "".join(f"kernel/{module}.ko\n" for module in needs)
        return Case(name, {**modules, "modules.order": order}, status=1, err=told,
                    reference=known.NO_HANG)

    yield ends("a cycle that leads to another", {"a": "b", "b": "ac", "c": "d", "d": "c"})
    yield ends("all of eight depend on all others",
               {one: [other for other in "abcdefgh" if other != one] for one in "abcdefgh"})
    many = [f"m{n}" for n in range(60)]
    yield ends("all of sixty depend on all others",
               {one: [other for other in many if other != one] for one in many})
    pairs = {f"{kind}{n}": [f"l{n + 1}", f"r{n + 1}"] if n < 40 else ["l0", "r0"]
             for n in range(41) for kind in "lr"}
    yield ends("as many ways around as cannot be counted", pairs)


def verbose(_):
    """-v."""
    modules = {"kernel/a.ko": needing("s", "t", "u"), "kernel/b.ko": providing("s", "t"),
               "kernel/c.ko": providing("u")}
    lines = '{MD}/kernel/a.ko needs "s": {MD}/kernel/b.ko\n' \
        '{MD}/kernel/a.ko needs "u": {MD}/kernel/c.ko\n'
    dep = ("kernel/a.ko: kernel/c.ko kernel/b.ko", "kernel/b.ko:", "kernel/c.ko:")
    yield Case("-v shows dependencies, once each", modules, dep=dep, args=("-v",), out=lines)
    yield Case("-v shows symbols as they were found",
               {"kernel/a.ko": needing("._s"), "kernel/b.ko": providing("_s")},
               dep=("kernel/a.ko: kernel/b.ko", "kernel/b.ko:"), symbols={"s": "b"},
               args=("--verbose", "-P", "_"),
               out='{MD}/kernel/a.ko needs "s": {MD}/kernel/b.ko\n')
    yield Case("-v and -n: dependencies are shown before the files", modules, dep=dep,
               args=("-v", "-n"), out=True, shown_before=lines)


def cases(here):
    """All of them."""
    for group in (dependencies, providers, requirements, errors, sources, prefix, cycles,
                  hard_cycles, verbose):
        yield from group(here)
