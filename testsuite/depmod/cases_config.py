# SPDX-License-Identifier: GPL-2.0-or-later
"""Configuration: what its lines do, which files are read, how lines are taken apart."""
import re

import known
from case import Case
from cases_scan import twice
from elf import Module
from tree import RELEASE, Link

EMPTY = Module()


def said_by(path):
    """A module that tells in modules.alias where it was."""
    return Module(info=(f"alias={path}",))


def chosen(name, config, paths, winner, outside=(), files=None, **rest):
    """Of several files with one module, which is taken."""
    what = {path: said_by(path) for path in paths}
    root = {path: said_by(path) for path in outside}
    return Case(name, what, root={**root, **(files or {})}, config=config, dep=(f"{winner}:",),
                **rest)


def search(_):
    """search."""
    both = ("kernel/a.ko", "updates/a.ko")
    extra = ("extra/x/a.ko", "kernel/a.ko", "updates/a.ko", "weak/a.ko")
    yield chosen("without configuration updates wins", None, both, "updates/a.ko")
    yield chosen("without a search line as well", "exclude nothing\n", both, "updates/a.ko")
    yield chosen("a search line without words is none", "search\n", both, "updates/a.ko")
    yield chosen("the first word wins", "search extra updates built-in\n", extra, "extra/x/a.ko")
    yield chosen("built-in stands for all other directories", "search built-in updates extra\n",
                 ("extra/a.ko", "kernel/a.ko", "updates/a.ko"), "kernel/a.ko")
    yield chosen("without built-in they come last", "search weak extra\n", extra, "weak/a.ko")
    yield chosen("updates is an ordinary word", "search extra built-in updates\n",
                 ("extra/a.ko", "updates/a.ko"), "extra/a.ko")
    yield chosen("several lines are one", "search weak\nsearch extra updates\n", extra, "weak/a.ko")
    yield chosen("a word can be a path", "search kernel/y kernel/x\n",
                 ("kernel/x/a.ko", "kernel/y/z/a.ko"), "kernel/y/z/a.ko")
    yield chosen("a word that matches twice counts where it is first", "search extra x extra\n",
                 ("extra/a.ko", "x/a.ko"), "extra/a.ko")
    yield chosen("a word is whole names of directories", "search foo\n",
                 ("foobar/a.ko", "updates/foo/a.ko", "foo/a.ko"), "foo/a.ko")
    yield chosen("a word with a slash behind matches nothing", "search foo/ updates\n",
                 ("foo/a.ko", "updates/a.ko"), "updates/a.ko")
    yield chosen("a word for the directory itself matches nothing", "search . updates\n",
                 ("a.ko", "updates/a.ko"), "updates/a.ko")
    for one, other in (("a-b.ko", "a_b.ko"), ("a.x.ko", "a.ko"), ("a.y.ko", "a.x.ko")):
        yield chosen(f"{one} and {other} have one name", "search x y\n",
                     (f"x/{one}", f"y/{other}"), f"x/{one}")


def override(_):
    """override."""
    both = ("kernel/x/a.ko", "updates/a.ko")
    for kernel in ("*", "6.1", "^6\\\\.1\\\\.0-", "test$", "6.1.0-(test|other)", "[0-9]", "6x?"):
        yield chosen(f"override for the kernel {kernel}", f"override a {kernel} kernel/x\n",
                     both, "kernel/x/a.ko")
    for kernel in ("7", "^test", "**", "6\\\\.11", "(", "[", "6.1.0-testy", "a*b"):
        yield chosen(f"no override for the kernel {kernel}", f"override a {kernel} kernel/x\n",
                     both, "updates/a.ko")
    yield chosen("the last override wins", "override a * extra\noverride a * kernel/x\n",
                 (*both, "extra/a.ko"), "kernel/x/a.ko")
    yield chosen("an override that matches nothing leaves it to the one before",
                 "override a * kernel/x\noverride a * nowhere\n", both, "kernel/x/a.ko")
    yield chosen("an override is of one directory, not of those below",
                 "override a * kernel\n", both, "updates/a.ko")
    yield chosen("an override of a hyphen is no override of an underscore",
                 "override a_b * kernel\n", ("kernel/a-b.ko", "updates/a-b.ko"), "updates/a-b.ko")
    yield chosen("an override is by the name of the file",
                 "override a-b * kernel\n", ("kernel/a-b.ko", "updates/a_b.ko"), "kernel/a-b.ko")
    yield chosen("an override is by the name up to the first dot",
                 "override a * kernel\n", ("kernel/a.x.ko", "updates/a.ko"), "kernel/a.x.ko")
    yield chosen("an override of another module is none", "override b * kernel/x\n", both,
                 "updates/a.ko")
    yield chosen("words behind an override are ignored", "override a * kernel/x and more\n", both,
                 "kernel/x/a.ko")


def external(_):
    """external."""
    yield Case("modules of an external directory have absolute paths",
               {"kernel/a.ko": Module(needs=("of_b",))},
               root={"x/b.ko": Module(provides=("of_b",))}, config="external * {ROOT}/x\n",
               dep=("kernel/a.ko: {ROOT}/x/b.ko", "{ROOT}/x/b.ko:"))
    yield Case("external directories are searched like the tree",
               {"kernel/a.ko": EMPTY}, config="external * {ROOT}/x\nexclude not\n",
               root={"x/y/z/b.ko": EMPTY, "x/build/c.ko": EMPTY, "x/not/d.ko": EMPTY,
                     "x/text": ""},
               dep=("kernel/a.ko:", "{ROOT}/x/y/z/b.ko:"))
    yield Case("an external directory that is not there",
               {"kernel/a.ko": EMPTY}, config="external * {ROOT}/nowhere\n",
               dep=("kernel/a.ko:",),
               err=("ERROR: could not open directory {ROOT}/nowhere: No such file or directory",))
    yield Case("an external directory that is a file",
               {"kernel/a.ko": EMPTY}, config="external * {ROOT}/x\n", root={"x": ""},
               dep=("kernel/a.ko:",),
               err=("ERROR: could not open directory {ROOT}/x: Not a directory",))
    yield Case("an external directory for another kernel",
               {"kernel/a.ko": EMPTY}, config="external 7 {ROOT}/x\n", root={"x/b.ko": EMPTY},
               dep=("kernel/a.ko:",))
    yield Case("one directory a line", {"kernel/a.ko": EMPTY},
               config="external * {ROOT}/x {ROOT}/y\n",
               root={"x/b.ko": EMPTY, "y/c.ko": EMPTY}, dep=("kernel/a.ko:", "{ROOT}/x/b.ko:"))
    both = "external * {ROOT}/x\nexternal * {ROOT}/y\n"
    outside = ("x/a.ko", "y/a.ko")
    yield chosen("with external the first of them wins", "search external built-in\n" + both,
                 (), "{ROOT}/x/a.ko", outside)
    yield chosen("external before the tree", "search external built-in\n" + both,
                 ("kernel/a.ko",), "{ROOT}/x/a.ko", outside)
    yield chosen("external behind the tree", "search built-in external\n" + both,
                 ("kernel/a.ko",), "kernel/a.ko", outside)
    yield chosen("external between directories", "search updates external extra\n" + both,
                 ("extra/a.ko", "kernel/a.ko"), "{ROOT}/x/a.ko", outside)
    yield chosen("and behind one of them", "search updates external extra\n" + both,
                 ("extra/a.ko", "updates/a.ko"), "updates/a.ko", outside)
    yield chosen("a directory in the tree can be external",
                 "search external\nexternal * {MD}/kernel/x\n",
                 ("kernel/x/a.ko", "updates/a.ko"), "kernel/x/a.ko")


def equals(_):
    """Two files with one name that nothing decides between."""
    def tie(name, config, winner, loser):
        return chosen(name, config, (winner, loser), winner, err=(twice(winner, loser),),
                      reference=known.TIES)

    yield tie("of two in the tree the first path wins", None, "kernel/x/a.ko", "kernel/y/a.ko")
    yield tie("of two in one directory as well", None, "kernel/a-b.ko", "kernel/a_b.ko")
    yield tie("paths are compared byte by byte", None, "kernel/B/a.ko", "kernel/a/a.ko")
    yield tie("paths are compared whole, not name by name", None, "kernel/x-y/a.ko",
              "kernel/x/a.ko")
    yield tie("the plain one is before the compressed one", None, "kernel/a.ko", "kernel/a.x.ko")
    yield tie("of two below one word of search the first path wins", "search updates\n",
              "updates/a.ko", "updates/sub/a.ko")
    yield chosen("the tree is before external directories", "external * {ROOT}/x\n",
                 ("kernel/z/a.ko",), "kernel/z/a.ko", ("x/a.ko",))
    yield chosen("of external directories the last one is first",
                 "external * {ROOT}/x\nexternal * {ROOT}/y\n", (), "{ROOT}/y/a.ko",
                 ("x/a.ko", "y/a.ko"))
    yield Case("nothing is told of those that a better one hides",
               {path: said_by(path) for path in ("kernel/x/a.ko", "kernel/y/a.ko",
                                                 "updates/a.ko")}, dep=("updates/a.ko:",))
    three = [f"kernel/{one}/a.ko" for one in "xyz"]
    yield Case("of three all are told", {path: said_by(path) for path in three},
               dep=(f"{three[0]}:",), reference=known.TIES,
               err=[twice(three[0], loser) for loser in three[1:]])


def files(_):
    """Which files are read."""
    both = ("kernel/a.ko", "updates/a.ko")
    by_kernel, by_updates = "search kernel\n", "search updates\n"

    def dirs(name, winner, files, *directories, **rest):
        args = [word for path in directories for word in ("-C", "{ROOT}/" + path)]
        return chosen(name, None, both, winner, files=files, **{"args": args, **rest})

    yield dirs("a directory of configuration", "kernel/a.ko", {"c/x.conf": by_kernel}, "c")
    yield dirs("only .conf is read from a directory", "updates/a.ko",
               {"c/x": by_kernel, "c/x.conf.bak": by_kernel, "c/y.CONF": by_kernel,
                "c/conf": by_kernel}, "c")
    yield dirs("hidden files are not read", "updates/a.ko",
               {"c/.x.conf": by_kernel, "c/.conf": by_kernel}, "c")
    yield dirs("a file needs no suffix", "kernel/a.ko", {"c": by_kernel}, "c")
    yield dirs("files that are not there are no error", "kernel/a.ko", {"c": by_kernel},
               "nowhere", "c", "nowhere.conf")
    yield dirs("of equal names the first counts", "kernel/a.ko",
               {"c/x.conf": by_kernel, "d/x.conf": by_updates}, "c", "d")
    yield dirs("even if it is empty", "updates/a.ko",
               {"c/x.conf": "", "d/x.conf": by_kernel}, "c", "d")
    yield dirs("or a link to nothing", "updates/a.ko",
               {"c/x.conf": Link("/dev/null"), "d/x.conf": by_kernel}, "c", "d")
    yield dirs("files are read by name, not by directory", "kernel/a.ko",
               {"c/b.conf": by_updates, "d/a.conf": by_kernel}, "c", "d")
    yield dirs("names are compared byte by byte", "kernel/a.ko",
               {"c/a.conf": by_updates, "c/B.conf": by_kernel}, "c")
    yield dirs("10 is before 9", "kernel/a.ko",
               {"c/9.conf": by_updates, "c/10.conf": by_kernel}, "c")
    yield dirs("a file is sorted among those of directories", "kernel/a.ko",
               {"c/b.conf": by_updates, "a": by_kernel}, "c", "a")
    yield dirs("a directory in a directory is told", "kernel/a.ko",
               {"c/x.conf/y.conf": by_updates, "c/z.conf": by_kernel}, "c",
               err=("ERROR: Directories inside directories are not supported: {ROOT}/c/x.conf",))
    yield dirs("a dangling link does not hide others", "kernel/a.ko",
               {"c/x.conf": Link("nowhere"), "d/x.conf": by_kernel}, "c", "d",
               err=(re.compile(r"depmod: ERROR: Cannot stat directory entry: .*x\.conf"),),
               reference=known.CONFIG_STAT)
    yield dirs("a link to a file", "kernel/a.ko",
               {"c/x.conf": Link("../y"), "y": by_kernel}, "c")
    yield dirs("a relative path with a slash", "kernel/a.ko", {"y.conf": by_kernel},
               args=("-C", "./y.conf"))
    yield dirs("a relative path without one", "kernel/a.ko", {"y.conf": by_kernel},
               args=("-C", "y.conf"), reference=known.SINGLE_CONFIG)
    yield dirs("the last -C does not win: all count", "kernel/a.ko",
               {"x.conf": by_kernel, "y.conf": by_updates}, "x.conf", "y.conf")

    def default(name, winner, files, **rest):
        argv = ("-b", "{ROOT}", RELEASE)
        return dirs(name, winner, files, argv=argv, trap=True, **rest)

    for place in ("etc", "run", "usr/local/lib", "lib"):
        yield default(f"/{place}/depmod.d is read", "kernel/a.ko",
                      {f"{place}/depmod.d/x.conf": by_kernel})
    places = ("etc", "run", "usr/local/lib", "lib")
    for number, place in enumerate(places[:-1]):
        yield default(f"/{place}/depmod.d hides all behind it", "kernel/a.ko",
                      {f"{place}/depmod.d/x.conf": by_kernel,
                       **{f"{later}/depmod.d/x.conf": by_updates
                          for later in places[number + 1:]}})
    yield default("the default directories are not below the base", "updates/a.ko",
                  {"base/etc/depmod.d/x.conf": by_kernel})
    yield dirs("with -C the default directories are not read", "updates/a.ko",
               {"etc/depmod.d/x.conf": by_kernel, "c": ""}, "c", trap=True)


def lines(_):
    """How lines are taken apart."""
    both = ("kernel/a.ko", "updates/a.ko")

    def line(name, config, winner="kernel/a.ko", bad=(), **rest):
        err = [f"ERROR: {{ROOT}}/depmod.conf:{number}: ignoring bad line starting with '{word}'"
               for number, word in bad]
        return chosen(name, config, both, winner, err=err, **rest)

    yield line("comments and empty lines", "# search updates\n\n#\nsearch kernel\n")
    yield line("blanks and tabs", " \t search \t  kernel\t\n")
    yield line("lines of blanks", " \n\t\n  \t \nsearch kernel\n")
    yield line("no newline at the end", "search kernel")
    yield line("a line continued", "search \\\nkernel \\\n updates\n")
    yield line("a word continued", "sea\\\nrch ker\\\nnel\n")
    yield line("a comment continued", "# comment \\\nsearch updates\nsearch kernel\n")
    yield line("a backslash makes the next character itself", "s\\earch \\k\\ernel\n")
    yield line("a backslash at the end", "search kernel \\", reference=known.CONFIG_END)
    yield line("there are no comments behind words", "search kernel # updates\n")
    yield line("there are no quotes", 'search "kernel" updates\n', "updates/a.ko")
    yield line("an indented comment is a bad line", " # no comment\nsearch kernel\n",
               bad=((1, "#"),))
    yield line("a carriage return is part of the last word", "search kernel\r\nsearch updates\n",
               "updates/a.ko")
    yield line("unknown commands", "searching updates\nSEARCH updates\nsearch kernel\nfoo\n",
               bad=((1, "searching"), (2, "SEARCH"), (4, "foo")))
    yield line("words are missing", "override\noverride a\noverride a *\nexternal\nexternal *\n"
               "search kernel\n",
               bad=((1, "override"), (2, "override"), (3, "override"), (4, "external"),
                    (5, "external")))
    yield line("exclude without words is fine", "exclude\nsearch kernel\n")
    yield line("bad lines are counted as lines of the file",
               "\n# \\\n\\\n\nfoo \\\nbar\nsearch kernel\n",
               bad=((6, "foo"),))
    yield line("commands of old are not told by default",
               "include /etc/other\nmake_map_files no\nsearch kernel\n")
    yield line("a line can be long", "search " + "x " * 50000 + "kernel\n")
    yield line("so can a word", "search " + "x" * 100000 + " kernel\n")
    yield line("so can a continued one", "search" + " \\\n" * 5000 + "kernel\nfoo\n",
               bad=((5002, "foo"),))


def cases(here):
    """All of them."""
    for group in (search, override, external, equals, files, lines):
        yield from group(here)
