# SPDX-License-Identifier: GPL-2.0-or-later
"""All tools, in surroundings that are not as they should be: descriptors that are closed, output
that goes nowhere, and text from outside that is meant for a terminal."""
import contextlib
import errno
import itertools
import os
import pty
import re
import shutil
import signal
import subprocess
import tempfile
import threading
import tty

import tools
import tree
from case import FULL, Check, Skip
from elf import Module

BASIC = f"{tools.DIRECTORY}/basic.ko"
TOOLS = ("kmod", "insmod", "rmmod", "lsmod", "modinfo", "modprobe", "depmod")
# What is run, in each way that output is made.
WORDS = (
    ("insmod", BASIC), ("rmmod", "basic"), ("lsmod",), ("modinfo", "basic"), ("kmod", "list"),
    ("modprobe", "-c"), ("modprobe", "-R", "basic"), ("modprobe", "-D", "basic"),
    ("modprobe", "-nvr", "basic"), ("modprobe", "--show-modversions", "basic"),
    ("modprobe", "--show-exports", "basic"), ("modprobe", "nothing"), ("depmod",),
    ("depmod", "-n"), ("kmod", "static-nodes"),
    ("kmod", "static-nodes", "-o", "out"),
)
HELP = (*((tool, option) for tool in TOOLS for option in ("--help", "-V")), ("kmod", "help"),
        ("kmod", "static-nodes", "--help"))
LIMIT = 20  # seconds, for what takes fractions of one
LOST = "could not write to standard output: "
# Of a terminal: C0, DEL, and C1 both as bytes and in UTF-8. Bytes that are UTF-8 are not these.
CONTROL = re.compile(rb"[\x00-\x08\x0b-\x1f\x7f]|\xc2[\x80-\x9f]")


def wrong_end(what, outcome, status, message=None):
    """What is wrong with how a tool ended."""
    if outcome.status != status:
        yield f"{what}: status {outcome.status}, not {status}: {outcome.err!r}"
    if message and not any(line.endswith(message) for line in outcome.lines()):
        yield f"{what}: does not say {message!r}: {outcome.err!r}"


def nowhere(bench):
    """Standard output that takes nothing: whoever has something to say fails, and says why."""
    with bench.place() as place, open("/dev/full", "wb") as full:
        system = tools.System(bench, place)
        for words in (*WORDS, *HELP):
            usual = system.run(*words)
            lost = bool(usual.out)
            outcome = system.run(*words, stdout=full)
            yield from wrong_end(f"{words}, full", outcome, 1 if lost else usual.status,
                                 LOST + "No space left on device" if lost else None)
            yield from wrong_end(f"{words}, errors to a full place",
                                 system.run(*words, stderr=full), usual.status)
        # What it tells is not what it is for.
        system.put(f"{tools.DIRECTORY}/provides.ko", Module(provides=("one",)).data())
        system.put(f"{tools.DIRECTORY}/needs.ko", Module(needs=("one",)).data())
        if not system.run("depmod", "-v").out:
            yield "depmod -v has nothing to say"
        os.unlink(system.directory / "modules.dep")
        yield from wrong_end("depmod -v, full", system.run("depmod", "-v", stdout=full), 0)
        if not (system.directory / "modules.dep").exists():
            yield "depmod -v, full: no modules.dep"


def no_reader(bench):
    """A pipe that nobody reads from any more: a quiet death, or a message."""
    with bench.place() as place:
        system = tools.System(bench, place)
        for words in WORDS:
            usual = system.run(*words)
            lost = bool(usual.out)
            for ignored in (False, True):
                reader, writer = os.pipe()
                os.close(reader)
                with os.fdopen(writer, "wb") as pipe:
                    # The interpreter ignores the signal, and what it starts does unless told.
                    outcome = system.run(*words, stdout=pipe, restore_signals=not ignored)
                failure = 1 if ignored else 128 + signal.SIGPIPE
                yield from wrong_end(f"{words}, ignored: {ignored}", outcome,
                                     failure if lost else usual.status,
                                     LOST + "Broken pipe" if lost and ignored else None)


def closed(bench):
    """Standard descriptors that are closed, in all combinations: no file takes their place."""
    sets = [some for count in (1, 2, 3) for some in itertools.combinations(range(3), count)]
    if bench.program.sanitizer and not FULL:
        sets = [(1,), (0, 1, 2)]
    with bench.place() as place:
        system = tools.System(bench, place)
        system.run("depmod")
        outcomes = {words: system.run(*words) for words in WORDS}
        before = tree.snapshot(system.root)
        for words, some in itertools.product(WORDS, sets):
            usual = outcomes[words]
            outcome = system.run(*words, prefix=closing(words[0], some))
            lost = 1 in some and usual.out
            yield from wrong_end(f"{words} without {some}", outcome, 1 if lost else usual.status)
            if 1 not in some and outcome.out != usual.out:
                yield f"{words} without {some}: {outcome.out!r}"
            if 2 not in some and not lost and outcome.err != usual.err:
                yield f"{words} without {some}: {outcome.err!r}"
        yield from tree.changes(before, tree.snapshot(system.root))


def closing(name, some):
    """What closes these descriptors and becomes the tool of that name, in front of its path."""
    return ("bash", "-c", 'exec -a "$0" "$@" ' + " ".join(f"{fd}>&-" for fd in some), name)


FILES = ("order", "builtin", "builtin.modinfo", "builtin.bin", "builtin.alias.bin", "softdep",
         "weakdep", "devname", "dep", "dep.bin", "alias.bin", "symbols.bin", "depmod.cache")
# What is run, and without which of them there is nothing to show; what writes them is last.
READERS = {("modprobe", "-D", "basic"): ["dep.bin"], ("modinfo", "-n", "basic"): ["dep.bin"],
           ("modprobe", "-R", "symbol:basic_symbol"): ["symbols.bin"],
           ("modprobe", "-c"): ["alias.bin", "symbols.bin"],
           ("kmod", "static-nodes"): ["devname"], ("depmod", "-n"): [],
           ("depmod", "-I"): ["builtin", "builtin.modinfo"],
           ("depmod",): ["builtin", "builtin.modinfo"]}


def fifos(bench):
    """A FIFO where a file should be: nobody waits for who writes to it, and the rest is used."""
    with bench.place() as place:
        system = tools.System(bench, place)
        system.run("depmod")
        system.put(f"{tools.DIRECTORY}/modules.devname", "fuse fuse c10:229\n")
        for (words, needed), name in itertools.product(READERS.items(), FILES):
            path = system.directory / f"modules.{name}"
            before = path.read_bytes() if path.exists() else None
            path.unlink(missing_ok=True)
            os.mkfifo(path)
            outcome = system.run(*words, limit=LIMIT)
            lost = name in needed
            yield from wrong_end(f"modules.{name}, {words}", outcome, 1 if lost else 0)
            shows_more = words[0] == "depmod" or "-c" in words
            if lost == bool(outcome.out) and not shows_more:
                yield f"modules.{name}, {words}: {outcome}"
            path.unlink()
            if before is not None:
                path.write_bytes(before)


HOSTILE = "\x1b[2J\x07\xc2\x9b31m\r"
REFUSAL = {"TRAP_KERNEL": "init_module=ENOEXEC,finit_module=ENOEXEC", "KMOD_LOG": "debug"}


def hostile_system(bench, place):
    """A system in which every name and text that can be is meant for the terminal."""
    system = tools.System(bench, place)
    made = {f"{tools.DIRECTORY}/{HOSTILE}.ko": Module(info=("license=GPL",)),
            f"{tools.DIRECTORY}/bad{HOSTILE}.ko": "no module",
            f"{tools.DIRECTORY}/told.ko": Module(
                needs=(HOSTILE,), provides=("x" + HOSTILE,),
                info=tuple(f"{key}={HOSTILE}" for key in (
                    "alias", "depends", "parm", "parmtype", "name", "vermagic", "softdep"))),
            f"{tools.DIRECTORY}/modules.order": f"{HOSTILE}.ko\n",
            f"{tools.DIRECTORY}/modules.builtin": f"{HOSTILE}.ko\n{HOSTILE}\n",
            f"{tools.DIRECTORY}/modules.devname": f"{HOSTILE} {HOSTILE} c1:2\nx {HOSTILE}\n",
            f"etc/modprobe.d/{HOSTILE}.conf":
                f"{HOSTILE} x\nalias {HOSTILE}\ninstall command : {HOSTILE}; false\n",
            "etc/depmod.d/x.conf": f"{HOSTILE} x\nsearch {HOSTILE}\noverride {HOSTILE}\n",
            "dev/kmsg": f"3,1,@1,-;told: {HOSTILE}\n",
            "proc/modules": f"{HOSTILE} 1 0 - Live 0x0\nin_use 1 1 {HOSTILE}, Live 0x0\n",
            "sys/module/in_use/initstate": HOSTILE, "sys/module/in_use/refcnt": HOSTILE,
            f"sys/module/in_use/holders/{HOSTILE}": tree.Directory(),
            "symvers": f"0x{HOSTILE}\t{HOSTILE}\n", "map": f"zz {HOSTILE}\n"}
    for path, what in made.items():
        system.put(path, what)
    system.index("dep", [("hostile", f"{HOSTILE}.ko:"), ("missing", f"no{HOSTILE}.ko: {HOSTILE}"),
                         ("told", "told.ko:"), ("command", f"{HOSTILE}.ko:")])
    system.index("alias", [("two*", "missing"), ("two*", HOSTILE)])
    return system


def hostile_words():
    """What is run there."""
    path = f"{tools.DIRECTORY}/"
    for tool in TOOLS:
        yield tool, HOSTILE
        yield tool, "--" + HOSTILE
        yield tool, "-" + HOSTILE
    for words in ("insmod {}bad{}.ko", "insmod {}{}.ko", "insmod {}told.ko {}", "rmmod in_use {}",
                  "rmmod -v {} {}", "modinfo {}bad{}.ko", "modinfo -k {1} told",
                  "modinfo -b {1} told", "modinfo missing {1}", "modprobe hostile",
                  "modprobe missing {1}", "modprobe told {1}", "modprobe -a two {1}",
                  "modprobe command", "modprobe -r in_use", "modprobe -r {1}",
                  "modprobe -C /{1} told", "modprobe -d {1} told", "modprobe -S {1} told",
                  "modprobe -r -w {1} told", "modprobe --show-exports {1}",
                  "modprobe --show-modversions {}bad{}.ko", "depmod -v", "depmod -C {1}",
                  "depmod -b {1}", "depmod -o {}{}", "depmod -e -E /symvers", "depmod -e -F /map",
                  "depmod -e -F /{1}", "depmod -j {1}", "depmod {}bad{}.ko",
                  "kmod static-nodes -f {1}", "kmod static-nodes -o {1}/{1}/x",
                  "kmod static-nodes --{1}"):
        yield tuple(word.format(path, HOSTILE) if word.count("{}") == 2 else
                    word.replace("{}", path, 1).replace("{1}", HOSTILE) if "{1}" in word or
                    word.startswith("{}") else word.replace("{}", HOSTILE)
                    for word in words.split(" "))


def hostile(bench):
    """No message, of whatever tool, says anything to the terminal."""
    said = 0
    with bench.place() as place:
        system = hostile_system(bench, place)
        for words in hostile_words():
            for env in ({}, REFUSAL):
                outcome = system.run(*words, env=env)
                said += b"\\x1b" in outcome.err
                found = CONTROL.search(outcome.err)
                if found:
                    yield f"{words}: {outcome.err[:found.end()][-150:]!r}"
                if outcome.status not in (0, 1):
                    yield f"{words}: status {outcome.status}"
    if said < 50:
        yield f"only {said} messages had anything to hide"


def on_terminal(system, *words, **rest):
    """What a tool writes to a terminal."""
    parts = []

    def take(terminal):
        # That nobody has it open any more is told as an error.
        with contextlib.suppress(OSError):
            while part := os.read(terminal, 1 << 16):
                parts.append(part)

    ours, its = pty.openpty()
    tty.setraw(its)
    reader = threading.Thread(target=take, args=(ours,))
    reader.start()
    with os.fdopen(its, "wb", buffering=0) as terminal:
        system.run(*words, stdout=terminal, **rest)
    reader.join()
    os.close(ours)
    return b"".join(parts)


# UTF-8, though each character here is a byte.
HARMLESS = ("parm=first:J\xc3\xbcrgen's\n\tparameter\t(\xe2\x82\xac)", "author=" + "long and " * 20000,
            "description=" + "\xe2\x82\xac" * 20000)


def terminal(bench):
    """Results go to a terminal as to a file, but for what would be an order there."""
    with bench.place() as place:
        system = tools.System(bench, place)
        system.put(f"{tools.DIRECTORY}/harmless.ko", Module(info=("license=GPL", *HARMLESS)))
        for words in (*WORDS, *HELP, ("modinfo", f"{tools.DIRECTORY}/harmless.ko"),
                      ("modinfo", "-0", f"{tools.DIRECTORY}/harmless.ko")):
            shown, usual = on_terminal(system, *words), system.run(*words).out
            if shown != usual:
                yield f"{words}: {shown[:200]!r}, not {usual[:200]!r}"

    told = 0
    with bench.place() as place:
        system = hostile_system(bench, place)
        for words in (*hostile_words(), ("modprobe", "-c"), ("depmod", "-n"), ("lsmod",),
                      ("modinfo", f"{tools.DIRECTORY}/told.ko"), ("modprobe", "-D", "hostile"),
                      ("modprobe", "--show-modversions", f"{tools.DIRECTORY}/told.ko"),
                      ("kmod", "static-nodes")):
            shown = on_terminal(system, *words)
            told += b"\\x1b[2J\\x07\\xc2\\x9b31m\\x0d" in shown
            found = CONTROL.search(shown)
            if found:
                yield f"{words}: {shown[:found.end()][-150:]!r}"
    if told < 6:
        yield f"only {told} results had anything to hide"


def unguarded(bench):
    """Without the memory to guard a terminal nothing is shown on it."""
    with bench.place() as place:
        system = hostile_system(bench, place)
        words = ("modinfo", f"{tools.DIRECTORY}/told.ko")
        for number in range(1, 4):
            shown = on_terminal(system, *words, env={"TRAP_POINT": f"0 {number} {errno.ENOMEM}"})
            if CONTROL.search(shown):
                yield f"allocation {number}: {shown[:200]!r}"


def ignored_child(bench):
    """Who starts a tool may ignore SIGCHLD: commands are waited for all the same."""
    with bench.place() as place:
        system = tools.System(bench, place)
        system.put("etc/modprobe.d/x.conf", "install gone true\nremove gone true\n"
                                            "install bad false\n")
        for words, status in ((("modprobe", "gone"), 0), (("modprobe", "-r", "gone"), 0),
                              (("modprobe", "bad"), 1)):
            outcome = system.run(*words, preexec_fn=lambda: signal.signal(signal.SIGCHLD,
                                                                          signal.SIG_IGN))
            yield from wrong_end(f"{words}", outcome, status)


def many_options(bench):
    """$MODPROBE_OPTIONS as long as it can be: no more than linear time, and passed on whole."""
    with bench.place() as place:
        system = tools.System(bench, place)
        system.put("etc/modprobe.d/x.conf",
                   "install command echo ${#MODPROBE_OPTIONS}\n")
        for count, length in ((20000, 2 * 3 * 20000), (40000, None)):
            outcome = system.run("modprobe", "command", limit=30,
                                 env={"MODPROBE_OPTIONS": "-q " * count})
            if length is None:
                # Too much for the command's environment: it cannot be run.
                yield from wrong_end(f"{count} options", outcome, 1)
            elif outcome.status or outcome.out.split() != [b"%d" % length]:
                yield f"{count} options: {outcome}"


NOBODY = 65534


def set_user_id(bench):
    """A program that runs with more rights than its caller has is told nothing by $KMOD_LOG."""
    if os.geteuid() != 0 or bench.program.sanitizer:
        raise Skip("only root can give rights to a program, and none has a sanitizer then")
    with tempfile.TemporaryDirectory() as place:
        if os.statvfs(place).f_flag & os.ST_NOSUID:
            raise Skip(f"no program in {place} gets any rights")
        os.chmod(place, 0o755)
        program = shutil.copy(bench.program.path, os.path.join(place, "modinfo"))
        os.chmod(program, 0o4755)
        for user in (0, NOBODY):
            outcome = subprocess.run([program, "nothing"], env={"KMOD_LOG": "debug"}, user=user,
                                     stdin=subprocess.DEVNULL, capture_output=True, check=False)
            if (b"kmod_new: " in outcome.stderr) != (user == 0) or outcome.returncode != 1:
                yield f"for user {user}: {outcome}"


def cases(_):
    """All of them."""
    yield Check("standard output to a full disk", nowhere)
    yield Check("standard output to a pipe that nobody reads", no_reader)
    yield Check("standard descriptors closed", closed)
    yield Check("FIFOs in the place of files", fifos)
    yield Check("texts that are meant for the terminal", hostile)
    yield Check("results on a terminal", terminal)
    yield Check("results on a terminal, without memory", unguarded)
    yield Check("children are ignored", ignored_child)
    yield Check("options in the environment, very many", many_options)
    yield Check("a log level in the environment of a set-user-ID program", set_user_id)
