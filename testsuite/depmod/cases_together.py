# SPDX-License-Identifier: GPL-2.0-or-later
"""Several tools at the same time: depmod while others read, and modprobe beside itself."""
import itertools

import tools
import tree
from case import FULL, Check
from elf import Module

COUNT = 30
ROUNDS = 200 if FULL else 12


def chained(bench, place):
    """A system of modules of which each needs the next one."""
    system = tools.System(bench, place)
    for n in range(COUNT):
        system.put(f"{tools.DIRECTORY}/m{n}.ko", Module(
            provides=(f"s{n}",), needs=(f"s{n + 1}",) if n + 1 < COUNT else (),
            info=(f"alias=a{n}:*",)))
    system.put(f"{tools.DIRECTORY}/modules.order", "".join(f"m{n}.ko\n" for n in range(COUNT)))
    system.put("proc/modules", "")
    tree.remove(system.root / "sys/module/basic")
    return system


def while_depmod(bench):
    """Whoever looks for a module that is always there finds it, whole, and is told nothing."""
    with bench.place() as place:
        system = chained(bench, place)
        if system.run("depmod").err:
            yield "depmod has something to say"
        looked = 0
        for number in range(ROUNDS):
            system.put(f"{tools.DIRECTORY}/new.ko", Module(info=(f"alias=new{number}:*",)))
            writer = system.start("depmod")
            for n in itertools.cycle(range(COUNT)):
                alias = system.run("modprobe", "-R", f"a{n}:x")
                needs = system.run("modprobe", "-D", f"m{n}")
                looked += 1
                if (alias.status, alias.out, alias.err) != (0, b"m%d\n" % n, b""):
                    yield f"{number}: {alias}"
                if needs.status or needs.err or needs.out.count(b"insmod") != COUNT - n:
                    yield f"{number}: {needs}"
                if writer.poll() is not None:
                    break
            err = writer.communicate()[1]
            if writer.returncode or err:
                yield f"{number}: depmod: {writer.returncode}, {err!r}"


def beside_itself(bench):
    """Several modprobes of one module: the kernel takes it from one, and all succeed."""
    with bench.place() as place:
        system = chained(bench, place)
        system.run("depmod")
        # The first one that is loaded; for whoever was faster it is on its way.
        system.put(f"sys/module/m{COUNT - 1}/initstate", "coming\n")
        for answers in ("0", "EEXIST,finit_module=0"):
            running = [system.start("modprobe", "m3", env={"TRAP_KERNEL": f"finit_module={answers}"})
                       for _ in range(6)]
            for process in running:
                err = process.communicate()[1]
                if process.returncode or err:
                    yield f"{process.returncode}: {err!r}"
        if len(system.calls()) != 2 * 6 * (COUNT - 3):
            yield f"{len(system.calls())} calls have reached the kernel"


def cases(_):
    """All of them."""
    yield Check(f"depmod {ROUNDS} times, while others read", while_depmod)
    yield Check("modprobe several times at once", beside_itself)
