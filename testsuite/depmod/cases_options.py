# SPDX-License-Identifier: GPL-2.0-or-later
"""The command line: options, operands, directories; single files; -A."""
import os
import re

import expected
import known
import tree
from case import Case, Check
from cases_symbols import needing, providing
from elf import Module
from tree import RELEASE, Link

EMPTY = Module()
ONE = {"kernel/a.ko": EMPTY}
ONE_DEP = ("kernel/a.ko:",)
USUAL = ("-b", "{ROOT}", "-C", "/dev/null")


def wrong_usage(_):
    """What is refused."""
    def refused(name, argv, *err, **rest):
        return Case(name, ONE, argv=argv, err=err, status=1, **rest)

    yield refused("an unknown option", ("-Z",), "invalid option -- 'Z'")
    yield refused("an unknown long option", ("--bogus",), "unrecognized option '--bogus'")
    yield refused("an argument is missing", ("-b",), "option requires an argument -- 'b'")
    yield refused("an argument of a long option is missing", ("--config",),
                  "option '--config' requires an argument")
    yield refused("an argument is one too many", ("--all=x",),
                  "option '--all' doesn't allow an argument")
    yield refused("part of several options' names", ("--s",),
                  re.compile("depmod: option '--s' is ambiguous; possibilities: .*"))
    for option in ("-u", "-q", "-r"):
        yield refused(f"{option}, which is gone", (option, *USUAL, RELEASE),
                      f"invalid option -- '{option[1]}'", reference=known.NEW_OPTIONS)
    for option in ("--unresolved-error", "--quiet", "--root"):
        yield refused(f"{option}, which is gone", (option, *USUAL, RELEASE),
                      f"unrecognized option '{option}'", reference=known.NEW_OPTIONS)
    for text in ("ab", "", "\u00e9"):
        yield refused(f"-P takes one character, not '{text}'", ("-P", text, *USUAL, RELEASE),
                      "FATAL: -P only takes a single char")
    for version in ("foo", "6", "6.", ".1", "/a/b.ko", "", "x6.1"):
        yield refused(f"the version '{version}'", (*USUAL, "--", version),
                      f"ERROR: Bad version passed {version}")
    for jobs in ("0", "-1", "x", "", "1x", "99999999999999999999"):
        yield Case(f"so many jobs: '{jobs}'", ONE, argv=(*USUAL, "-j", jobs, RELEASE), status=1,
                   err=(re.compile("depmod: .*"),), vary=False, reference=known.OURS)


def told(_):
    """--help and --version."""
    def tells(name, argv, wanted):
        def function(bench):
            outcome = bench.run(argv)
            if outcome.status or outcome.err:
                yield f"status {outcome.status}, {outcome.err!r}"
            if not re.fullmatch(wanted, outcome.out.decode(), re.DOTALL):
                yield f"output {outcome.out!r}"
        return Check(name, function, reference="")

    version = r"kmod version \d+\n[+-]ZSTD [+-]XZ [+-]ZLIB .*\n"
    yield tells("-V tells the version and ends", ("-V", "-Z", "foo"), version)
    yield tells("--version as well", ("--version",), version)
    usage = r"Usage:\n\s+depmod .*" + ".*".join(
        f"{short}, --{long}" for short, long in
        (("-a", "all"), ("-A", "quick"), ("-n", "show"), ("-V", "version"), ("-h", "help"))) + ".*"
    yield tells("-h tells the options and ends", ("-h", "-Z", "foo"), usage)
    yield tells("--help as well", ("--help",), usage)


def directories(_):
    """-b, -m and -o."""
    yield Case("the version only has to begin like one", {}, root={
        "lib/modules/6.1xyz/kernel/a.ko": EMPTY}, argv=(*USUAL, "-n", "6.1xyz"),
        out="kernel/a.ko:\n" + "".join(expected.HEADERS.values()), reference=known.WEAKDEP,
        err=("WARNING: could not open modules.order at {ROOT}/lib/modules/6.1xyz: "
             "No such file or directory",))
    for base in (".", "", "./", "lib/.."):
        yield Case(f"the base '{base}' is relative to where we are", ONE,
                   argv=("-b", base, "-C", "/dev/null", RELEASE), dep=ONE_DEP)
    yield Case("a relative base is made absolute in messages", {"kernel/a.ko": "text"},
               argv=("-b", "./lib/..", "-C", "/dev/null", RELEASE), dep=ONE_DEP,
               err=("ERROR: {ROOT}/./lib/../lib/modules/"
                    f"{RELEASE}/kernel/a.ko: too short for a module",
                    "ERROR: failed to load symbols from {ROOT}/./lib/../lib/modules/"
                    f"{RELEASE}/kernel/a.ko: Invalid argument"), reference=known.MORE_SAID)
    yield Case("the last -b wins", ONE, argv=("-b", "/nowhere", *USUAL, RELEASE), dep=ONE_DEP)
    yield Case("options may be behind operands", ONE, argv=(RELEASE, *USUAL), dep=ONE_DEP)
    yield Case("long options", ONE, dep=ONE_DEP,
               argv=("--all", "--basedir={ROOT}", "--config", "/dev/null", "--", RELEASE))
    yield Case("there are no modules of that version", ONE, argv=(*USUAL, "6.2"), status=1,
               err=("ERROR: could not open directory {ROOT}/lib/modules/6.2: "
                    "No such file or directory",
                    "FATAL: could not search modules: No such file or directory"))
    yield Case("the directory of modules is a file", {}, root={"lib/modules/6.2": ""}, status=1,
               argv=(*USUAL, "6.2"),
               err=("ERROR: could not open directory {ROOT}/lib/modules/6.2: Not a directory",
                    "FATAL: could not search modules: Not a directory"))
    yield Case("without version it is that of the kernel", ONE, trap=True,
               env={"TRAP_UNAME": RELEASE}, argv=("-C", "/dev/null", "-b", "{ROOT}"), dep=ONE_DEP)
    yield Case("without -b it is /lib/modules", ONE, trap=True, argv=(RELEASE,), dep=ONE_DEP)
    for name, argv in (("base", ("-b", "x" * 5000, RELEASE)),
                       ("version", (*USUAL, "6.1" + "x" * 5000)),
                       ("directory of modules", ("-m", "x/" * 2500, *USUAL, RELEASE)),
                       ("directory for output", ("-o", "/" + "x/" * 2500, *USUAL, RELEASE))):
        yield Case(f"a {name} too long for a path", ONE, argv=argv, status=1, vary=False,
                   err=(re.compile("depmod: ERROR: Bad directory .*: path too long"),),
                   reference=known.NEW_OPTIONS)


def other_places(_):
    """-m and -o."""
    def written(where, dep):
        """All the files, below a directory."""
        return {f"{where}/{name}": data for name, data in expected.Expected(dep).files().items()}

    modules = {"usr/x/6.1-m/kernel/a.ko": EMPTY, "usr/x/6.1-m/modules.order": "kernel/a.ko\n",
               "usr/x/6.1-m/modules.builtin": "", "usr/x/6.1-m/modules.builtin.modinfo": ""}
    for moddir in ("usr/x", "/usr/x", "//usr/x"):
        yield Case(f"-m {moddir} is below the base", {}, root=modules, reference=known.NEW_OPTIONS,
                   argv=("-m", moddir, *USUAL, "6.1-m"), others=written("usr/x/6.1-m", ONE_DEP))
    for name, outdir, to in (("absolute", "{ROOT}/out", "out"), ("relative", "out/x", "out/x"),
                             ("empty", "", ".")):
        yield Case(f"an {name} -o is where the output goes",
                   {**ONE, "modules.order": "kernel/a.ko\n"}, argv=("-o", outdir, *USUAL, RELEASE),
                   others=written(os.path.normpath(f"{to}/lib/modules/{RELEASE}"), ONE_DEP),
                   reference=known.NEW_OPTIONS)
    yield Case("-o and -m", {}, root=modules, reference=known.NEW_OPTIONS,
               argv=("--outdir", "out", "--moduledir=usr/x", *USUAL, "6.1-m"),
               others=written("out/usr/x/6.1-m", ONE_DEP))
    yield Case("with -n there is no output there", ONE, args=("-n", "-o", "{ROOT}/out"), out=True,
               dep=ONE_DEP, reference=known.NEW_OPTIONS)
    yield Case("the output cannot be there", ONE, args=("-o", "{ROOT}/file"), root={"file": ""},
               status=1, err=(re.compile("depmod: FATAL: could not create directory "
                                         "{ROOT}/file/lib/modules/6.1.0-test: .*"),),
               reference=known.NEW_OPTIONS)


def files(_):
    """Single files."""
    modules = {"kernel/a.ko": needing("s"), "kernel/b.ko": providing("s"), "kernel/c.ko": EMPTY,
               "kernel/text": EMPTY}

    def named(name, operands, **rest):
        return Case(name, modules, operands=operands, **rest)

    both = ("{MD}/kernel/a.ko", "{MD}/kernel/b.ko")
    dep = ("kernel/a.ko: kernel/b.ko", "kernel/b.ko:")
    yield named("only the files named are looked at", both, dep=dep)
    yield named("-a and files: it is all", both, args=("-a",),
                dep=(*dep, "kernel/c.ko:"))
    yield named("files need no suffix", ("{MD}/kernel/text",), dep=("kernel/text:",))
    yield named("files elsewhere have absolute paths", ("{ROOT}/x/d.ko", "{MD}/kernel/b.ko"),
                root={"x/d.ko": needing("s")},
                dep=("kernel/b.ko:", "{ROOT}/x/d.ko: kernel/b.ko"))
    yield named("paths are taken as text", ("{MD}/../6.1.0-test/kernel/b.ko",),
                dep=("../6.1.0-test/kernel/b.ko:",), symbols={"s": "b"})
    yield named("configuration is not read", both, config="bad line\n", dep=dep)
    yield named("nor is the tree searched", both, root={"lib/modules/6.1.0-test/x": Link("x")},
                dep=dep)
    yield named("a relative path", ("kernel/a.ko",), status=1,
                err=("FATAL: kernel/a.ko: not absolute path.",))
    yield named("a file that is not there", (both[0], "{MD}/kernel/x.ko"), status=1,
                err=("FATAL: could not create module {MD}/kernel/x.ko: "
                     "No such file or directory",))
    yield named("a file twice", (both[0], both[0]), status=1,
                err=("ERROR: hash_add_unique a: File exists",
                     "FATAL: could not add module {MD}/kernel/a.ko: File exists"))
    yield named("two files with one name", (both[0], "{ROOT}/a.ko"), status=1,
                root={"a.ko": EMPTY},
                err=("ERROR: kmod_module 'a' already exists with different path: "
                     "new-path='{ROOT}/a.ko' old-path='{MD}/kernel/a.ko'",
                     "FATAL: could not create module {ROOT}/a.ko: File exists"))
    yield named("a file that is no module", ("{MD}/kernel/a.ko", "{ROOT}/x.ko"),
                root={"x.ko": "this is a text"}, dep=("kernel/a.ko:", "{ROOT}/x.ko:"),
                err=("ERROR: failed to load symbols from {ROOT}/x.ko: Exec format error",))
    yield named("with -n they are shown", both, args=("-n",), dep=dep, out=True)


def quick(_):
    """-A."""
    def timed(**offsets):
        """Sets times: modules.dep's, those of all else, and others in nanoseconds after that."""
        def prepare(root):
            base = 1_600_000_000_000_000_000
            for path in sorted(root.rglob("*")):
                os.utime(path, ns=(base, base), follow_symlinks=False)
            for name, offset in offsets.items():
                path = tree.directory_of(root) / name.replace("__", "/").replace("_ko", ".ko")
                os.utime(path, ns=(base + offset, base + offset), follow_symlinks=False)
        return prepare

    def current(name, prepare, **rest):
        return Case(name, ONE, args=("-A",), prepare=prepare, vary=False, **rest)

    def outdated(name, prepare, **rest):
        return current(name, prepare, dep=ONE_DEP, **rest)

    second = 1_000_000_000
    yield current("-A: all is older than modules.dep", timed(kernel__a_ko=-second))
    yield current("-A: a module is as old", timed())
    yield outdated("-A: a module is newer", timed(kernel__a_ko=second))
    yield outdated("-A: newer by a microsecond", timed(kernel__a_ko=1000),
                   reference=known.SECONDS)
    yield current("-A: by less", timed(kernel__a_ko=999))
    yield current("-A: directories do not count", timed(kernel=second))
    yield current("-A: nor do files that are no modules", timed(**{"modules.order": second}))
    yield Case("-A: files of options are not opened when all is up to date", ONE, prepare=timed(),
               args=("-A", "-E", "/nowhere", "-F", "/nowhere"), config="bad line\n", vary=False)
    yield Case("-A: the time of a link's target counts",
               {"kernel/a.ko": Link("{ROOT}/new.ko")}, root={"new.ko": EMPTY}, args=("-A",),
               prepare=lambda root: (timed()(root), os.utime(root / "new.ko")), dep=ONE_DEP,
               symbols={}, vary=False)
    yield Case("-A: excluded directories count, build and source do not",
               {**ONE, "build/b.ko": EMPTY, "source/c.ko": EMPTY}, args=("-A",), vary=False,
               prepare=timed(build__b_ko=second, source__c_ko=second))
    yield Case("-A: excluded directories count",
               {**ONE, "not/b.ko": EMPTY}, args=("-A",), vary=False, config="exclude not\n",
               prepare=timed(not__b_ko=second), dep=ONE_DEP)
    yield Case("-A -n ends at once", ONE, args=("-A", "-n"), prepare=timed(kernel__a_ko=second),
               vary=False)
    yield Case("-A: there is no modules.dep", {**ONE, "modules.dep": None}, args=("--quick",),
               vary=False, dep=ONE_DEP,
               err=("ERROR: could not fstatat({MD}, modules.dep): No such file or directory",))
    yield Case("-A: there is no directory", ONE, argv=("-A", *USUAL, "6.2"), vary=False, status=1,
               err=("ERROR: could not open directory {ROOT}/lib/modules/6.2: "
                    "No such file or directory",) * 2 +
               ("FATAL: could not search modules: No such file or directory",))
    yield Case("-A and files: the files are ignored", ONE, args=("-A",), vary=False,
               operands=("{MD}/nowhere.ko",), prepare=timed(kernel__a_ko=second), dep=ONE_DEP)


def outputs(_):
    """What the files are that are written."""
    for mask in (0o000, 0o022, 0o077, 0o777):
        yield Case(f"the permissions do not depend on the umask {mask:03o}", ONE, dep=ONE_DEP,
                   umask=mask, reference="" if mask == 0o022 else known.MODE)
    yield Case("links are replaced, not followed",
               {**ONE, **{name: Link("../target") for name in expected.OUTPUTS},
                "../target": "# untouched"}, dep=ONE_DEP)
    yield Case("files that may not be written are replaced", ONE, dep=ONE_DEP,
               prepare=lambda root: [os.chmod(tree.directory_of(root) / name, 0)
                                     for name in expected.OUTPUTS])
    yield Case("other files of the kind are left alone",
               {**ONE, "modules.pcimap": "x", "modules.dep.bak": "x", ".modules.dep": "x",
                "tmpfileABCDEF": "x"}, dep=ONE_DEP)


def cases(here):
    """All of them."""
    for group in (wrong_usage, told, directories, other_places, files, quick, outputs):
        yield from group(here)
