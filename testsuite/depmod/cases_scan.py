# SPDX-License-Identifier: GPL-2.0-or-later
"""Which files are modules, and which of two with one name."""
import os
import re

import known
import tree
from case import Case, Check
from elf import Module
from tree import RELEASE, Fifo, Link, Socket

EMPTY = Module()


def twice(winner, loser):
    """The warning about two modules with one name that nothing decides between."""
    # Which words it has is not fixed; both paths and their order are.
    return re.compile(rf"depmod: WARNING: .*{re.escape(winner)}.*{re.escape(loser)}.*")


def colons(bench):
    """Colons end a path in modules.dep: it is told."""
    with bench.place() as place:
        directory = tree.make_modules(place / "root", {"kernel/a:b.ko": EMPTY})
        outcome = bench.run(["-b", place / "root", "-C", "/dev/null", RELEASE])
        if outcome.status or b"WARNING: kernel/a:b.ko: a colon ends a path" not in outcome.err:
            yield f"{outcome}"
        if (directory / "modules.dep").read_text() != "kernel/a:b.ko:\n":
            yield "modules.dep is another"


def paths_and_names(_):
    """What counts as a module."""
    yield Case("an empty tree gives empty files", {}, dep=())
    yield Case("modules are found at any depth",
               {"a.ko": EMPTY, "kernel/b.ko": EMPTY, "kernel/x/y/z/c.ko": EMPTY},
               dep=("a.ko:", "kernel/b.ko:", "kernel/x/y/z/c.ko:"))
    yield Case("names that are no modules' names",
               {"kernel/a.ko": EMPTY, "kernel/b.KO": EMPTY, "kernel/c.ko.sig": EMPTY,
                "kernel/a.ko.sig": EMPTY, "kernel/d.ko.bz2": EMPTY, "kernel/e.ko.xz.sig": EMPTY,
                "kernel/fko": EMPTY, "kernel/g.o": EMPTY, "kernel/h": EMPTY, "kernel/i.ko~": EMPTY,
                "kernel/j.ko.lzma": EMPTY, "kernel/k.ko.": EMPTY, "kernel/l.kos": EMPTY,
                "kernel/m.ko.XZ": EMPTY},
               dep=("kernel/a.ko:",))
    yield Case("something has to be before .ko", {"a.ko": EMPTY, "kernel/.ko": EMPTY},
               dep=("a.ko:",))
    yield Case("files and directories with dots in front",
               {"kernel/.hidden/a.ko": EMPTY, "kernel/.b.ko": EMPTY},
               dep=("kernel/.hidden/a.ko:", "kernel/.b.ko:"))
    yield Case("the name ends at the first dot, and has no hyphens",
               {"kernel/foo-x.y.ko": Module(info=("alias=a",)), "kernel/1.2.3.ko": EMPTY},
               dep=("kernel/foo-x.y.ko:", "kernel/1.2.3.ko:"), alias=("a foo_x",))
    yield Case("a directory can be called like a module", {"kernel/a.ko/b.ko": EMPTY},
               dep=("kernel/a.ko/b.ko:",))
    yield Case("names with blanks and control characters",
               {"kernel/a b.ko": EMPTY, "kernel/c\td.ko": EMPTY},
               dep=("kernel/a b.ko:", "kernel/c\td.ko:"), reference=known.BLANKS,
               err=tuple(f"WARNING: kernel/{name}.ko: blanks end a path in modules.dep: modprobe will "
                         "not find what needs this module" for name in ("a b", "c\\x09d")))
    yield Check("names with colons", colons, reference=known.BLANKS)
    yield Case("a module file can be empty of all",
               {"kernel/a.ko": Module(sections={".symtab": None, ".strtab": None})},
               dep=("kernel/a.ko:",))


def skipped(_):
    """What is not looked at."""
    yield Case("build and source are skipped, at any depth and whatever they are",
               {"build/a.ko": EMPTY, "source": Link("/nowhere"), "kernel/build/b.ko": EMPTY,
                "kernel/x/source/c.ko": EMPTY, "kernel/x/build": "text",
                "kernel/builds/d.ko": EMPTY, "kernel/build.ko": EMPTY},
               dep=("kernel/builds/d.ko:", "kernel/build.ko:"))
    yield Case("excluded names are skipped, files and directories",
               {"kernel/a.ko": EMPTY, "kernel/not/b.ko": EMPTY, "kernel/x/not/c.ko": EMPTY,
                "kernel/x/d.ko": EMPTY, "kernel/notable/e.ko": EMPTY, "kernel/f-g.ko": EMPTY},
               config="exclude not d.ko\nexclude f_g.ko\n",
               dep=("kernel/a.ko:", "kernel/notable/e.ko:", "kernel/f-g.ko:"))
    yield Case("an excluded name may be a dangling link", {"kernel/dangling": Link("nowhere")},
               config="exclude dangling\n", dep=())
    yield Case("pipes and sockets are no modules, and told",
               {"kernel/a.ko": EMPTY, "kernel/pipe.ko": Fifo()}, dep=("kernel/a.ko:",),
               err=("ERROR: unsupported file type {MD}/kernel/pipe.ko: 10000",))
    yield Case("nor are those with other names, and told as well",
               {"kernel/a.ko": EMPTY, "kernel/socket": Socket()}, dep=("kernel/a.ko:",),
               err=("ERROR: unsupported file type {MD}/kernel/socket: 140000",))


def links(_):
    """Symbolic links."""
    yield Case("links to modules are modules, by the path of the link",
               {"kernel/a.ko": Link("../elsewhere/other.txt"),
                "elsewhere/other.txt": Module(info=("alias=x",))},
               dep=("kernel/a.ko:",), alias=("x a",))
    yield Case("links to directories are followed, by the path of the link",
               {"kernel": Link("../outside")},
               root={"lib/modules/outside/a.ko": EMPTY, "lib/modules/outside/x/b.ko": EMPTY},
               dep=("kernel/a.ko:", "kernel/x/b.ko:"))
    yield Case("also absolute ones",
               {"kernel/x": Link("{ROOT}/outside")}, root={"outside/a.ko": EMPTY},
               dep=("kernel/x/a.ko:",))
    yield Case("dangling links are told, whatever they are called",
               {"kernel/a.ko": EMPTY, "kernel/b.ko": Link("nowhere")}, dep=("kernel/a.ko:",),
               err=(re.compile(r"depmod: ERROR: fstatat\([^,]*, b\.ko\): "
                               r"No such file or directory"),))
    yield Case("a link to itself is told",
               {"kernel/a.ko": EMPTY, "kernel/text": Link("text")}, dep=("kernel/a.ko:",),
               err=(re.compile(r"depmod: ERROR: fstatat\([^,]*, text\): "
                               r"Too many levels of symbolic links"),))
    yield Case("a loop of directories ends",
               {"kernel/a.ko": EMPTY, "kernel/loop": Link(".")}, dep=("kernel/a.ko:",),
               reference=known.NO_LOOPS)
    yield Case("so does one through other directories, and all of them are searched",
               {"x/y/a.ko": EMPTY, "x/y/up": Link("../../x"), "x/y/top": Link("{MD}"),
                "x/z/b.ko": EMPTY, "x/z/over": Link("../y")},
               dep=("x/y/a.ko:", "x/z/b.ko:"),
               err=(twice("x/y/a.ko", "x/z/over/a.ko"),), reference=known.NO_LOOPS)
    yield Case("a directory can be there twice",
               {"x/a.ko": EMPTY, "updates": Link("x")}, dep=("updates/a.ko:",))


def closed(_):
    """What may not be opened."""
    def forbid(*paths):
        def prepare(root):
            for path in paths:
                os.chmod(tree.directory_of(root) / path, 0)
        return prepare

    yield Case("a directory that may not be opened is told and left out",
               {"kernel/a.ko": EMPTY, "kernel/x/b.ko": EMPTY, "kernel/y/c.ko": EMPTY},
               prepare=forbid("kernel/x"), as_others=True,
               dep=("kernel/a.ko:", "kernel/y/c.ko:"),
               err=(re.compile(r"depmod: ERROR: openat\([^,]*, x, O_RDONLY\): "
                               r"Permission denied"),))
    yield Case("a module that may not be opened is told, and stays",
               {"kernel/a.ko": Module(needs=("s",)), "kernel/b.ko": Module(provides=("s",))},
               prepare=forbid("kernel/b.ko"), as_others=True, symbols={},
               dep=("kernel/a.ko:", "kernel/b.ko:"),
               err=("ERROR: failed to load symbols from {MD}/kernel/b.ko: Permission denied",))
    yield Case("the directory of modules may not be opened", {"kernel/a.ko": EMPTY},
               prepare=forbid("."), as_others=True, status=1, vary=False,
               err=("ERROR: could not open directory {MD}: Permission denied",
                    "FATAL: could not search modules: Permission denied"))


def signatures(_):
    """Signatures beside modules are not opened, nor anything else that is no module."""
    others = {f"kernel/{name}": "" for name in
              ("a.ko.sig", "a.ko.xz.sig", "a.ko.gz.sig", "a.ko.zst.sig", "c.ko.sig", "text")}

    def function(bench):
        with bench.place() as place:
            tree.make_modules(place / "root", {**others, "kernel/a.ko": EMPTY,
                                               "kernel/b.ko": EMPTY})
            opened = bench.opened(["-b", place / "root", "-C", "/dev/null", RELEASE], place)
            for name in others:
                if any(path.endswith(os.path.basename(name)) for path in opened):
                    yield f"{name} was opened"
            for name in ("a", "b"):
                if not any(path.endswith(f"kernel/{name}.ko") for path in opened):
                    yield f"{name}.ko was not opened"

    yield Check("what is no module is not opened", function, reference="")


def cases(here):
    """All of them."""
    for group in (paths_and_names, skipped, links, closed, signatures):
        yield from group(here)
