# SPDX-License-Identifier: GPL-2.0-or-later
"""What is written: aliases, soft dependencies, names of devices, what is in the kernel image."""
import re

import expected
import known
from case import Case
from cases_symbols import providing
from elf import Module, strings
from tree import Directory

def saying(*info, **rest):
    """A module whose .modinfo says this."""
    return Module(info=info, **rest)


def modinfo(_):
    """.modinfo."""
    one = {"dep": ("kernel/a.ko:",)}

    def says(name, module, **rest):
        return Case(name, {"kernel/a.ko": module}, **{**one, **rest})

    yield says("aliases are in their order, with all their characters",
               saying("alias=z", "license=GPL", "alias=a-b_c", "alias=pci:v*d[0-9-a]*", "alias=z"),
               alias=("z a", "a-b_c a", "pci:v*d[0-9-a]* a", "z a"))
    yield says("an empty alias", saying("alias=", "alias"), alias=(" a", " a"))
    yield says("empty strings are skipped",
               Module(sections={".modinfo": b"\0\0alias=x\0\0\0alias=y\0\0"}),
               alias=("x a", "y a"))
    yield says("the last string needs no end",
               Module(sections={".modinfo": b"alias=x\0alias=yz"}), alias=("x a", "yz a"))
    yield says("an empty .modinfo", Module(sections={".modinfo": b""}))
    yield says("keys are exact",
               saying("Alias=a", "aliases=b", " alias=c", "alias =d", "alia=e", "xalias=f",
                      "alias==g"), alias=("=g a",))
    yield says("soft and weak dependencies",
               saying("softdep=pre: x post: y-z", "weakdep=u v", "softdep=pre: w", "softdep=",
                      "weakdep=-", "softdep=  blanks "),
               softdep=("a pre: x post: y-z", "a pre: w", "a ", "a   blanks "),
               weakdep=("a u v", "a -"))
    yield says("an alias with a newline is written as it is", saying("alias=x\ny"), alias=("x\ny a",))
    # modprobe reads these lines as it reads its configuration
    yield says("softdeps that would make other lines are left out",
               saying("softdep=pre: x\ninstall y touch /z", "softdep=pre: y", "softdep=pre: z\\",
                      "weakdep=x\ninstall y touch /z", "weakdep=w"),
               softdep=("a pre: y",), weakdep=("a w",), reference=known.ONE_LINE,
               err=("WARNING: {MD}/kernel/a.ko: left out, as it would not be a line: "
                    "softdep pre: x\\x0ainstall y touch /z",
                    "WARNING: {MD}/kernel/a.ko: left out, as it would not be a line: "
                    "softdep pre: z\\",
                    "WARNING: {MD}/kernel/a.ko: left out, as it would not be a line: "
                    "weakdep x\\x0ainstall y touch /z"))
    yield says("a long alias", saying("alias=" + "x" * 4000, "alias=" + "x" * 3999 + "y"))
    yield says("aliases that are parts of each other",
               saying(*(f"alias={'ab' * n}" for n in range(40)), "alias=aba", "alias=abb"))
    yield says("all characters that there are",
               saying(*(f"alias=k{chr(n)}" for n in range(1, 128) if n not in (10, 91, 93)),
                      *(f"alias={chr(n)}k" for n in range(1, 128) if n not in (10, 91, 93))))
    yield Case("one alias of several modules",
               {f"kernel/{name}.ko": saying("alias=x", "alias=y") for name in "abcd"},
               dep=[f"kernel/{name}.ko:" for name in "cabd"])
    yield Case("a .modinfo that is not the first is none",
               {"kernel/a.ko": saying("alias=x", sections={".modinfos": b"alias=y\0"})}, **one)


def brackets(_):
    """Brackets in aliases."""
    good = ("[a-z]-", "x[!-]y-z", "[]", "a[b]c[d-e]f-", "[a[b]", "[-]-[-]")
    bad = ("]", "a]b", "[", "a[b", "[a]b]", "[a]]", "a-[")
    yield Case("hyphens in brackets stay what they are",
               {"kernel/a.ko": saying(*(f"alias={text}" for text in good))}, dep=("kernel/a.ko:",))
    yield Case("aliases whose brackets do not match are left out of the index",
               {"kernel/a.ko": saying(*(f"alias={text}" for text in (*bad, "good")))},
               dep=("kernel/a.ko:",),
               err=[f"WARNING: Unmatched bracket in {text}" for text in bad])
    yield Case("with -n nothing is told of them", {"kernel/a.ko": saying("alias=]")},
               dep=("kernel/a.ko:",), args=("-n",), out=True)


def symbols(_):
    """modules.symbols."""
    yield Case("symbols are not normalised",
               {"kernel/a.ko": providing("a-b", "c_d", "]", "x.y", ".z")}, dep=("kernel/a.ko:",))
    yield Case("each symbol is there once, with the last that provides it",
               {"kernel/a.ko": providing("s", "t"), "kernel/b.ko": providing("s"),
                "kernel/c.ko": providing("u", "s")},
               dep=("kernel/a.ko:", "kernel/b.ko:", "kernel/c.ko:"),
               symbols={"s": "c", "t": "a", "u": "c"})
    yield Case("the kernel's symbols are not there",
               {"kernel/a.ko": providing("s")}, root={"symvers": "1 k vmlinux x\n"},
               args=("-E", "{ROOT}/symvers"), dep=("kernel/a.ko:",))


def devices(_):
    """modules.devname."""
    def device(name, aliases, lines=(), err=(), **rest):
        return Case(name, {"kernel/a.ko": saying(*(f"alias={text}" for text in aliases))},
                    dep=("kernel/a.ko:",), devname=lines, err=err, **rest)

    yield device("a character device", ("char-major-10-200", "devname:net/tun"),
                 ("a net/tun c10:200",))
    yield device("a block device, the other way round", ("devname:x", "block-major-7-0"),
                 ("a x b7:0",))
    yield device("what is behind the numbers does not matter",
                 ("devname:x", "char-major-10-200-*"), ("a x c10:200",))
    yield device("of several the first that makes a pair counts",
                 ("char-major-1-1", "char-major-2-2", "devname:x", "devname:y", "block-major-3-3"),
                 ("a x c2:2",))
    yield device("of several names as well",
                 ("devname:x", "devname:y", "block-major-3-3", "devname:z"), ("a y b3:3",))
    yield device("numbers without a name", ("char-major-10-200",))
    missing = "ERROR: Module 'a' has devname (x) but lacks major and minor information. Ignoring."
    yield device("a name without numbers", ("devname:x",), err=(missing,))
    for alias in ("char-major-10-*", "char-major-10", "char-major-10-", "Char-major-1-1",
                  "xchar-major-1-1", "char-major-a-1", "char-major-*-1", "block_major_1_1"):
        yield device(f"a name and {alias}", ("devname:x", alias), err=(missing,))
    for alias, number in (("char-major-007-010", "c7:10"), ("char-major- 1- 2", "c1:2"),
                          ("block-major-4294967295-1048575", "b4294967295:1048575")):
        yield device(f"a name and {alias}", ("devname:x", alias), (f"a x {number}",))
    yield device("an empty name", ("devname:", "char-major-1-2"), ("a  c1:2",))
    yield device("names of other sorts", ("devnames:x", "devname", "char-major-1-2"))
    yield device("with -n it is the same", ("devname:x", "char-major-1-2"), ("a x c1:2",),
                 args=("-n",), out=True)
    yield device("with -n as well", ("devname:x",), err=(missing,), args=("-n",), out=True)
    yield Case("several modules have names",
               {"kernel/a.ko": saying("alias=devname:x", "alias=char-major-1-2"),
                "kernel/b.ko": saying("alias=devname:y"), "kernel/c-d.ko": saying(
                    "alias=block-major-3-4", "alias=devname:z/z")},
               dep=("kernel/c-d.ko:", "kernel/b.ko:", "kernel/a.ko:"),
               devname=("c_d z/z b3:4", "a x c1:2"),
               err=(missing.replace("'a'", "'b'").replace("(x)", "(y)"),))


def builtins(_):
    """modules.builtin and modules.builtin.modinfo."""
    def built(name, text=None, names=(), err=(), **rest):
        files = {} if text is None else {"modules.builtin": text}
        return Case(name, {"kernel/a.ko": Module(), **files, **rest.pop("files", {})},
                    dep=("kernel/a.ko:",), builtin=names, err=err, **rest)

    yield built("modules in the kernel image",
                "kernel/fs/ext4/ext4.ko\nkernel/x/y-z.ko\narch/x.y.ko\n", ("ext4", "y_z", "x"))
    yield built("the same one twice", "kernel/b.ko\nkernel/c.ko\nlib/b.ko\n", ("b", "c", "b"))
    yield built("no newline at the end", "kernel/b.ko\nkernel/c.ko", ("b", "c"))
    yield built("lines that do not begin with a letter",
                "kernel/b.ko\n\n /kernel/c.ko\n1/d.ko\n/e.ko\n#f\nkernel/g.ko\n", ("b", "g"),
                [line for text in ("", " /kernel/c.ko", "1/d.ko", "/e.ko", "#f")
                 for line in (f"ERROR: Invalid modules.builtin line: {text}", re.compile(""))])
    yield built("a line without a dot keeps its newline", "kernel/b\nkernel/c.ko\n",
                ("b\n", "c"))
    yield built("a line without a directory", "b.ko\n", ("b",))
    yield built("a module can be both", "kernel/a.ko\n", ("a",))
    yield built("with -n it is not read", "1\n", args=("-n",), out=True)
    missing = "WARNING: could not open {} at {{MD}}: No such file or directory"
    yield built("there is none", names=None, files={"modules.builtin": None},
                err=(missing.format("modules.builtin"),))
    yield built("there is none, and -n", names=None, files={
        "modules.builtin": None, "modules.builtin.modinfo": None}, args=("-n",), out=True)
    yield built("there is nothing at all", names=None, builtin_alias=None,
                files={name: None for name in ("modules.builtin", "modules.builtin.modinfo",
                                               "modules.order")},
                err=[missing.format(name) for name in
                     ("modules.order", "modules.builtin", "modules.builtin.modinfo")])

    def info(name, data, aliases, **rest):
        return built(f"modules.builtin.modinfo: {name}", builtin_alias=aliases,
                     files={"modules.builtin.modinfo": data}, **rest)

    yield info("aliases", strings(("b.license=GPL", "b.alias=pci:v*-x", "b.alias=y", "c_d.alias=y",
                                   "c_d.file=x", "b.parm=alias=x")),
               ("pci:v*-x b", "y b", "y c_d"))
    yield info("empty ones, and parts of records", strings((
        "b.alias=", "b.alias", "b.Alias=x", "b.alias=y=z")), ("y=z b",))
    yield info("the last record has no end", b"b.alias=x\0b.alias=y", ("x b",))
    yield info("brackets", strings(("b.alias=[-]-", "b.alias=x]", "b.alias=[y")),
               ("[-]- b", "x] b", "[y b"),
               err=("WARNING: Unmatched bracket in x]", "WARNING: Unmatched bracket in [y"))
    yield info("there is none", None, None, err=(missing.format("modules.builtin.modinfo"),))
    yield info("a dot in the value", strings(("b.alias=x.y", "b.x.alias=z")), ("x.y b",))


def duplicates(_):
    """-w."""
    modules = {"kernel/a.ko": saying("alias=x-y", "alias=z", "alias=x_y", "alias=z", "alias=z"),
               "kernel/b.ko": saying("alias=z")}
    dep = ("kernel/a.ko:", "kernel/b.ko:")
    err = (re.compile("depmod: WARNING: duplicate module alias:"), re.compile("x_y a"),
           re.compile("depmod: WARNING: duplicate module alias:"), re.compile("z a"),
           re.compile("depmod: WARNING: duplicate module alias:"), re.compile("z a"))
    yield Case("without -w nothing is told of an alias that is there twice", modules, dep=dep)
    yield Case("with -w it is", modules, dep=dep, args=("-w",), err=err)
    yield Case("with --warn as well", modules, dep=dep, args=("--warn",), err=err)
    yield Case("with -n it is not", modules, dep=dep, args=("-w", "-n"), out=True)


def not_ascii(_):
    """Keys and values that are no ASCII. In messages only UTF-8 is shown as it is."""
    def shown(text):
        try:
            text.encode("latin-1").decode()
            return text
        except UnicodeDecodeError:
            return "".join(c if c < "\x80" else f"\\x{ord(c):02x}" for c in text)

    def bad(name, char, text, modules, **rest):
        message = "FATAL: Module index: bad character '%s'=%#x - only 7-bit ASCII is supported:"
        return Case(name, modules, status=1, reference=known.ONLY_ASCII,
                    err=(re.compile("depmod: " + re.escape(message % (shown(char), ord(char)))),
                         re.compile(re.escape(shown(text)))), **rest)

    yield bad("an alias that is no ASCII", "\xe9", "x\xe9y",
              {"kernel/a.ko": saying("alias=x\xe9y")})
    yield bad("a symbol that is none", "\xff", "symbol:\xff",
              {"kernel/a.ko": providing("\xff")})
    yield bad("a module's name that is none", "\xc3", "\u00c3\u00a9",
              {"kernel/\u00e9.ko": Module()})
    yield bad("a name in modules.builtin that is none", "\x80", "x\x80",
              {"modules.builtin": "kernel/x\x80.ko\n"})
    yield bad("a path that is none", "\xc3", "kernel/\u00c3\u00a9/a.ko:",
              {"kernel/\u00e9/a.ko": Module()})
    texts = saying("alias=x\xe9y", "softdep=\xe9", provides=("a\xe9", "a\x80\x80\x80", "b\xff"))
    yield Case("with -n it does not matter", {"kernel/a.ko": texts}, dep=("kernel/a.ko:",),
               args=("-n",), out=True)


def shown(_):
    """-n."""
    modules = {"kernel/a.ko": Module(needs=("s",), info=("alias=x", "softdep=pre: b",
                                                         "weakdep=c")),
               "kernel/b.ko": Module(provides=("s",), info=("alias=devname:d",
                                                            "alias=char-major-1-2"))}
    common = {"dep": ("kernel/a.ko: kernel/b.ko", "kernel/b.ko:"), "devname": ("b d c1:2",),
              "out": True}
    for option in ("-n", "--show", "--dry-run", "--dry", "--sh"):
        yield Case(f"{option} shows the text files and writes nothing", modules, args=(option,),
                   **common)
    yield Case("-n shows the headers of an empty tree, too", {}, args=("-n",), dep=(), out=True)
    yield Case("-n does not need to write",
               {**modules, **{name: Directory() for name in expected.OUTPUTS}}, args=("-n",),
               **common)


def cases(here):
    """All of them."""
    for group in (modinfo, brackets, symbols, devices, builtins, duplicates, not_ascii, shown):
        yield from group(here)
