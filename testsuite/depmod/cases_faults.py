# SPDX-License-Identifier: GPL-2.0-or-later
"""Whatever fails and whenever it ends: each output is old or new, and whole."""
import contextlib
import fcntl
import os
import signal
import stat
import threading
import time

import case
import expected
import tree
from case import Check
from elf import Module
from sample import LOCK, Sample
from tree import Directory, Fifo, Link, Socket

STEPS = ("create", "write", "sync", "close", "rename")
BEFORE_RENAMING = STEPS[:-1]


def check_of(name, function):
    """A check that is given the sample, and yields what is wrong."""
    def run(bench):
        with bench.place() as place:
            yield from function(Sample(bench, place))
    return Check(name, run)


# modules.dep is the last: by its time it is told whether the others are up to date.
RENAMED = (*expected.OUTPUTS[1:], expected.OUTPUTS[0])


def renamed_before(name):
    """The state when outputs before this one have been renamed, and no more."""
    done = RENAMED[:RENAMED.index(name)]
    return {one: "new" if one in done else "old" for one in expected.OUTPUTS}


def each_fault(sample, action, steps):
    """Runs in which one thing happens at each of the steps, for each of the outputs; for some of them
    under a sanitizer."""
    some = sample.bench.program.sanitizer and not case.FULL
    for step in steps:
        for name in expected.OUTPUTS[::3] if some else expected.OUTPUTS:
            sample.restore()
            yield step, name, sample.run(faults=f"{step} {{MD}}/{name} 1 {action}")


def named(where, wrong):
    """Lines of what is wrong, with where that was."""
    return [f"{where}: {line}" for line in wrong]


def failures(_):
    """System calls that fail."""
    def fails(errno):
        def function(sample):
            for step, name, outcome in each_fault(sample, f"fail {errno}", STEPS):
                where = f"{step} of {name}"
                if outcome.status != 1 or not outcome.err.startswith(b"depmod: "):
                    yield f"{where}: status {outcome.status}, {outcome.err!r}"
                yield from named(where, sample.wrong_state(
                    renamed_before(name) if step == "rename" else "old"))
        return function

    for errno in ("ENOSPC", "EIO"):
        yield check_of(f"{errno} at any step of any output: exit 1, nothing replaced, nothing left",
                       fails(errno))

    def harmless(faults):
        def function(sample):
            outcome = sample.run(faults=faults)
            if outcome.status or outcome.err:
                yield f"status {outcome.status}, {outcome.err!r}"
            yield from sample.wrong_state("new")
        return function

    for name, faults in (("writing little by little", "write {MD}/modules.* 1+ short 100"),
                         ("writing that is interrupted", "write {MD}/modules.* 2 fail EINTR"),
                         ("a file system that cannot flush", "sync {MD}/modules.* 1+ fail EINVAL"),
                         ("closing that is interrupted", "close {MD}/modules.dep 1 fail EINTR"),
                         ("reading little by little", "short 7"),
                         ("reading that is interrupted", "eintr 2"),
                         ("a file system that cannot lock", "lock {MD}/lock 1 fail ENOLCK"),
                         ("a lock that is interrupted", "lock {MD}/lock 1 fail EINTR"),
                         ("a lock file there is no room for", "create {MD}/lock 1 fail ENOSPC")):
        yield check_of(f"{name} does no harm", harmless(faults))

    def no_flush(sample):
        outcome = sample.run(faults="sync {MD} 1 fail EIO")
        if outcome.status != 1 or b"flush" not in outcome.err:
            yield f"status {outcome.status}, {outcome.err!r}"
        yield from sample.wrong_state("new")

    yield check_of("the directory cannot be flushed: that is told", no_flush)


def not_flushed(_):
    """--no-sync."""
    def function(sample):
        for args, status in (((), 1), (("--no-sync",), 0)):
            sample.restore()
            outcome = sample.run(*args, faults="sync {MD}/modules.* 1+ fail EIO")
            if outcome.status != status:
                yield f"{args}: status {outcome.status}, {outcome.err!r}"

    yield check_of("with --no-sync nothing is flushed", function)

    def order(sample):
        # Had one been renamed before, it would be new.
        for name in expected.OUTPUTS:
            sample.restore()
            sample.run(faults=f"sync {{MD}}/{name} 1 kill KILL")
            yield from named(name, sample.wrong_state("old", leftovers=True))

    yield check_of("all outputs are flushed before the first is renamed", order)


def committed(_):
    """What is in place when not all is."""
    def function(sample):
        for action in ("kill KILL", "fail EIO"):
            sample.restore()
            os.utime(sample.directory / "modules.dep", (0, 0))
            sample.run(faults=f"rename {{MD}}/modules.alias.bin 1 {action}")
            outcome = sample.run("-A")
            if outcome.status:
                yield f"{action}: status {outcome.status}, {outcome.err!r}"
            yield from named(action, sample.wrong_state("new"))

    yield check_of("after a run that has replaced only some, -A is not content", function)

    def later(sample):
        with stopped(sample, "read {MD}/kernel/d1/m1.ko 1 kill STOP"):
            tree.put(sample.directory / "kernel/d1/late.ko", Module(info=("license=GPL",)).data())
        for run, wanted in (((), False), (("-A",), True)):
            if run:
                outcome = sample.run(*run)
                if outcome.status or outcome.err:
                    yield f"{run}: status {outcome.status}, {outcome.err!r}"
            if (b"late.ko" in (sample.directory / "modules.dep").read_bytes()) != wanted:
                yield f"{run}: late.ko should{'' if wanted else ' not'} be there"

    yield check_of("a module that comes while the others are read is later than modules.dep", later)

    def anothers(sample):
        if os.geteuid() != 0:
            raise case.Skip("files of several users take root")
        sample.bench.need_command("setpriv")
        os.chmod(sample.directory, 0o1777)
        os.chown(sample.directory, 65534, 65534)
        os.chown(sample.directory / "modules.symbols", 65534, 65534)
        outcome = sample.run(prefix=("setpriv", "--inh-caps=-fowner", "--bounding-set=-fowner"))
        if outcome.status != 1 or b"modules.symbols: Operation not permitted" not in outcome.err:
            yield f"status {outcome.status}, {outcome.err!r}"
        yield from sample.wrong_state("old")

    yield check_of("in a sticky directory one file is another's: exit 1, nothing replaced", anothers)


def signals(_):
    """Signals at any step."""
    def killed(sample):
        for step, name, outcome in each_fault(sample, "kill KILL", STEPS):
            where = f"{step} of {name}"
            if outcome.status != 137:
                yield f"{where}: status {outcome.status}"
            yield from named(where, sample.wrong_state(
                renamed_before(name) if step == "rename" else "old", leftovers=True))
            yield from named(f"after {where}", sample.wrong_recovery())

    yield check_of("killed at any step of any output: old or new, and the next run cleans up",
                   killed)

    def ended(sample):
        for step, name, outcome in each_fault(sample, "kill TERM", STEPS):
            if outcome.status != 143:
                yield f"{step} of {name}: status {outcome.status}"
            yield from named(f"{step} of {name}", sample.wrong_state("new|old"))
            if len(set(sample.state().values())) != 1:
                yield f"{step} of {name}: some are old, some new"

    yield check_of("ended by a signal at any step of any output: all or none, nothing left", ended)

    def early(sample):
        for name in ("INT", "TERM", "HUP", "KILL"):
            outcome = sample.run(faults=f"read {{MD}}/kernel/d1/m1.ko 1 kill {name}")
            if outcome.status <= 128:
                yield f"SIG{name}: status {outcome.status}"
            yield from named(name, sample.wrong_state("old", leftovers=name == "KILL"))
        yield from sample.wrong_recovery()

    yield check_of("ended while modules are read: nothing has happened", early)


def put_closed_lock(sample):
    """Puts a lock file there that nobody may open."""
    tree.put(sample.directory / LOCK, "")
    os.chmod(sample.directory / LOCK, 0)


def places(_):
    """Outputs that cannot be put in place."""
    def directory(sample):
        for name in expected.OUTPUTS:
            sample.restore()
            os.unlink(sample.directory / name)
            tree.put(sample.directory / name, Directory())
            outcome = sample.run()
            os.rmdir(sample.directory / name)
            if outcome.status != 1 or f"{name}: Is a directory".encode() not in outcome.err:
                yield f"{name}: status {outcome.status}, {outcome.err!r}"
            tree.put(sample.directory / name, sample.old[name])
            yield from named(name, sample.wrong_state("old"))

    yield check_of("an output is a directory: exit 1, nothing replaced", directory)

    def closed(sample):
        wanted = f"depmod: ERROR: Could not create temporary file at '{sample.directory}': " \
            "Permission denied\n"
        for lock in (False, True):
            if lock:
                put_closed_lock(sample)
            os.chmod(sample.directory, 0o555)
            outcome = sample.run(prefix=sample.bench.like_others())
            os.chmod(sample.directory, 0o755)
            if outcome.status != 1 or outcome.err.decode() != wanted:
                yield f"{lock}: status {outcome.status}, {outcome.err!r}"
            yield from sample.wrong_state("old", leftovers=lock)

    yield check_of("the directory cannot be written: exit 1, and told once", closed)

    def full(sample):
        outcome = sample.run(faults="create {MD}/* 1+ fail ENOSPC")
        wanted = f"depmod: ERROR: Could not create temporary file at '{sample.directory}': " \
            "No space left on device\n"
        if outcome.status != 1 or outcome.err.decode() != wanted:
            yield f"status {outcome.status}, {outcome.err!r}"
        yield from sample.wrong_state("old")

    yield check_of("the directory is full: exit 1, and told once", full)


def inputs(_):
    """Modules that change or cannot be read while they are read."""
    path = "kernel/d1/m1.ko"
    module, other = Module(provides=("symbol_1",), needs=("symbol_3",)), Module(info=("alias=x",))

    def one_message(action, error=""):
        def function(sample):
            for number in range(1, 8):
                tree.make(sample.directory, {path: module, "../other.ko": other})
                outcome = sample.run(faults=f"read {{MD}}/{path} {number} {action}".replace(
                    "{OTHER}", str(sample.directory.parent / "other.ko")))
                lines = [line for line in outcome.lines() if not (path in line and error in line)]
                if outcome.status or lines:
                    yield f"read {number}: status {outcome.status}, {lines}"
                if f"{path}:" not in (sample.directory / "modules.dep").read_text():
                    yield f"read {number}: it is not listed"
        return function

    yield check_of("a module cannot be read", one_message("fail EIO", "Input/output error"))
    for size in (0, 5, 70, 400):
        yield check_of(f"a module is cut to {size} bytes while it is read",
                       one_message(f"truncate {size}"))
    yield check_of("a module is stretched while it is read", one_message("truncate 100000"))
    yield check_of("a module is replaced while it is read", one_message("replace {OTHER}"))

    def unreadable(name, status):
        def function(sample):
            tree.put(sample.place / "file", "1 k vmlinux x\n")
            args = ("-e", name, sample.place / "file") if name.startswith("-") else ()
            path = sample.place / "file" if args else f"{{MD}}/{name}"
            outcome = sample.run(*args, faults=f"read {path} 1 fail EIO")
            if outcome.status != status or b"Input/output error" not in outcome.err:
                yield f"status {outcome.status}, {outcome.err!r}"
            if status:
                yield from sample.wrong_state("old")
        return function

    for name in ("-E", "-F", "modules.builtin", "modules.builtin.modinfo"):
        yield check_of(f"{name} cannot be read: exit 1, nothing replaced", unreadable(name, 1))


SYSTEM_FAILURES = ("EIO", "ENOMEM", "EMFILE", "ENFILE", "ESTALE")


def unknown(_):
    """What cannot be looked at as the system fails: a part of the modules would be left out."""
    def kept(where, sample, outcome, *parts):
        if outcome.status != 1 or not any(all(part in line for part in parts)
                                          for line in outcome.lines()):
            yield f"{where}: status {outcome.status}, {outcome.err!r}"
        yield from named(where, sample.wrong_state("old"))

    def directory(sample):
        for errno in SYSTEM_FAILURES:
            for args in ((), ("-I",), ("-A",), ("-j4",)):
                sample.restore()
                os.utime(sample.directory / "modules.dep", (0, 0))
                outcome = sample.run(*args, faults=f"open {{MD}}/kernel/d1 {errno}")
                yield from kept(f"{errno} {args}", sample, outcome, "ERROR: openat(", "kernel, d1,")

    yield check_of("a directory the system cannot open: exit 1, nothing replaced", directory)

    def closed(sample):
        outcome = sample.run(faults="open {MD}/kernel/d1 EACCES")
        if outcome.status or b"kernel, d1, O_RDONLY): Permission denied" not in outcome.err:
            yield f"status {outcome.status}, {outcome.err!r}"
        dep = (sample.directory / "modules.dep").read_text()
        if "kernel/d1/" in dep or "kernel/d2/m2.ko" not in dep:
            yield "it is not what can be looked at"

    yield check_of("a directory that is not for this user is left out", closed)

    def link(sample):
        for errno in SYSTEM_FAILURES:
            sample.restore()
            outcome = sample.run(faults=f"open {{MD}}/kernel/link.ko {errno}")
            yield from kept(errno, sample, outcome, "ERROR: fstatat(", "kernel, link.ko)")

    yield check_of("a link that cannot be looked at: exit 1, nothing replaced", link)

    def elsewhere(sample):
        config = sample.place / "config"
        for errno in SYSTEM_FAILURES:
            tree.put(config, f"external * {sample.place}/full\n")
            sample.restore()
            outcome = sample.run("-C", config, faults=f"open {sample.place}/full {errno}")
            yield from kept(errno, sample, outcome, "could not open directory", "/full: ")
            sample.restore()
            outcome = sample.run("-C", config, faults=f"open {config} {errno}")
            yield from kept(f"config, {errno}", sample, outcome,
                            "out of memory" if errno == "ENOMEM" else f"file parse {config}: ")
        tree.put(config, "external * /nowhere/at/all\n")
        outcome = sample.run("-C", config)
        if outcome.status:
            yield f"nowhere: status {outcome.status}, {outcome.err!r}"

    yield check_of("external directories and configuration: exit 1, nothing replaced", elsewhere)

    def built_in(sample):
        for name in ("modules.builtin", "modules.builtin.modinfo"):
            text = (sample.directory / name).read_bytes()
            for errno in (*SYSTEM_FAILURES, "EACCES"):
                sample.restore()
                outcome = sample.run(faults=f"open {{MD}}/{name} {errno}")
                yield from kept(f"{name}, {errno}", sample, outcome, f"could not open {name} at")
            sample.restore()
            (sample.directory / name).unlink()
            (sample.directory / name).symlink_to(name)
            yield from kept(f"{name}, a circle", sample, sample.run(),
                            f"could not open {name} at", "symbolic links")
            (sample.directory / name).unlink()
            outcome = sample.run()
            if outcome.status or b"No such file" not in outcome.err:
                yield f"{name} is missing: status {outcome.status}, {outcome.err!r}"
            (sample.directory / name).write_bytes(text)
        for errno in SYSTEM_FAILURES:
            sample.restore()
            outcome = sample.run(faults=f"open {{MD}}/modules.order {errno}")
            yield from kept(f"modules.order, {errno}", sample, outcome,
                            "ERROR: could not open modules.order")

    yield check_of("modules.builtin* is there, but cannot be opened: exit 1, nothing replaced",
                   built_in)


@contextlib.contextmanager
def stopped(sample, faults):
    """A run that has been stopped by these; it goes on, to its end, afterwards."""
    process = sample.bench.program.start(
        sample.args(), preload=sample.bench.trap,
        env={"TRAP_FAULTS": faults.replace("{MD}", str(sample.directory))})
    try:
        if not os.WIFSTOPPED(os.waitpid(process.pid, os.WUNTRACED)[1]):
            raise AssertionError("it did not come to be stopped")
        yield process
    finally:
        process.send_signal(signal.SIGCONT)
        process.communicate(timeout=120)


def together(_):
    """Several at once."""
    def crowd(sample):
        runs = [sample.bench.program.start(sample.args(*args))
                for args in ((), ("-I",), ("-j1",), ("--no-sync",)) * 4]
        for process in runs:
            _, err = process.communicate(timeout=120)
            if process.returncode or err:
                yield f"status {process.returncode}, {err!r}"
        yield from sample.wrong_state("new")

    yield check_of("sixteen at once", crowd)

    def waits(sample):
        fd = os.open(sample.directory / LOCK, os.O_RDWR | os.O_CREAT, 0o600)
        try:
            fcntl.flock(fd, fcntl.LOCK_EX)
            process = sample.bench.program.start(sample.args())
            time.sleep(0.3)
            if process.poll() is not None:
                yield "it did not wait for who has the lock"
            yield from sample.wrong_state("old", leftovers=True)
            if not (sample.directory / LOCK).exists():
                yield "it removed the lock of another"
        finally:
            os.close(fd)
        process.communicate(timeout=120)
        yield from sample.wrong_state("new")

    yield check_of("who has the lock is waited for", waits)

    def reader(sample):
        # Whoever may read the directory may lock it, and keep it so.
        for operation in (fcntl.LOCK_SH, fcntl.LOCK_EX):
            sample.restore()
            fd = os.open(sample.directory, os.O_RDONLY | os.O_DIRECTORY)
            try:
                fcntl.flock(fd, operation)
                outcome = sample.run(limit=30)
            finally:
                os.close(fd)
            if outcome.status or outcome.err:
                yield f"status {outcome.status}, {outcome.err!r}"
            yield from sample.wrong_state("new")

    yield check_of("a lock on the directory itself keeps nobody waiting", reader)

    def slow(sample):
        # It goes on without the lock, and another one comes by and goes.
        with stopped(sample, "lock {MD}/lock 1 fail ENOLCK; "
                     "sync {MD}/modules.devname 1 kill STOP") as process:
            tree.put(sample.directory / ".modules.dep.0123456v.kmod-tmp", "left")
            outcome = sample.run(limit=30)
            if outcome.status or outcome.err:
                yield f"the other one: status {outcome.status}, {outcome.err!r}"
            if ".modules.dep.0123456v.kmod-tmp" in sample.leftovers():
                yield "it removed nothing"
        if process.returncode:
            yield f"status {process.returncode}"
        yield from sample.wrong_state("new")

    yield check_of("temporary files in use are not taken for left behind", slow)

    def not_ours(sample):
        put_closed_lock(sample)
        outcome = sample.run(prefix=sample.bench.like_others())
        wanted = f"depmod: WARNING: could not lock {sample.directory}, going on without: " \
            "Permission denied\n"
        if outcome.status or outcome.err.decode() != wanted:
            yield f"status {outcome.status}, {outcome.err!r}"
        yield from sample.wrong_state("new", leftovers=True)

    yield check_of("a lock file of another user is told of", not_ours)

    def private(sample):
        with stopped(sample, "read {MD}/kernel/d1/m1.ko 1 kill STOP") as process:
            if stat.S_IMODE(os.stat(sample.directory / LOCK).st_mode) != 0o600:
                yield "others may open the lock file"
            with open(sample.directory / LOCK, "rb") as file:
                try:
                    fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
                    yield "it is not locked"
                except BlockingIOError:
                    pass
            # Somebody makes room for another, which is not to be removed.
            os.unlink(sample.directory / LOCK)
            tree.put(sample.directory / LOCK, "another's")
        if process.returncode:
            yield f"status {process.returncode}"
        yield from sample.wrong_state("new", leftovers=True)
        if sample.leftovers() != [LOCK]:
            yield f"there is {sample.leftovers()}"

    yield check_of("the lock is on a file for this user alone", private)

    def in_the_way(sample):
        for what in ("left", Directory(), Fifo(), Socket(), Link("nowhere"), Link("modules.dep")):
            sample.restore()
            tree.put(sample.directory / LOCK, what)
            outcome = sample.run(limit=30)
            quiet = what == "left"
            # The search for modules has its own opinion on what is no file.
            if outcome.status or outcome.err.count(b"could not lock") != (not quiet) or \
                    (quiet and outcome.err):
                yield f"{what}: status {outcome.status}, {outcome.err!r}"
            yield from named(what, sample.wrong_state("new", leftovers=not quiet))
            if os.path.lexists(sample.directory / LOCK):
                (os.rmdir if isinstance(what, Directory) else os.unlink)(sample.directory / LOCK)

    yield check_of("a lock file of a killed run is no lock; what is no file is told of", in_the_way)

    def readers(sample):
        # What is read at any time is whole, and once it is new it stays new.
        broken = []
        done = threading.Event()

        def look():
            while not done.is_set():
                broken.extend(name for name, one in sample.state().items() if one == "broken")

        thread = threading.Thread(target=look)
        thread.start()
        for _ in range(10):
            sample.run("--no-sync")
        done.set()
        thread.join()
        yield from (f"{name} was broken" for name in sorted(set(broken)))

    yield check_of("who reads meanwhile finds whole files", readers)


def leftovers(_):
    """Temporary files of runs that were killed."""
    def function(sample):
        ours = [".modules.dep.0123456v.kmod-tmp", ".modules.depmod.cache.abcdefgh.kmod-tmp"]
        others = [".modules.dep.0123456z.kmod-tmp", ".modules.dep.0123456v.kmod-tmp.x",
                  "modules.dep.0123456v.kmod-tmp", ".modules.dep.012345.kmod-tmp", ".kmod-tmp"]
        tree.make(sample.directory, {name: "x" for name in ours + others})
        sample.run()
        found = sample.leftovers()
        yield from (f"{name} is still there" for name in ours if name in found)
        yield from (f"{name} is gone" for name in others if name not in found)

    yield check_of("what a killed run left is removed, and nothing else", function)


def cases(here):
    """All of them."""
    for group in (failures, not_flushed, committed, signals, places, inputs, unknown, together, leftovers):
        yield from group(here)
