# SPDX-License-Identifier: GPL-2.0-or-later
"""The order of modules: modules.order, and what is not in it."""
import expected
import known
from case import Case
from elf import Module
from tree import Link

EMPTY = Module()
ABC = {f"kernel/{name}.ko": EMPTY for name in "abc"}


def hashed(names):
    """Paths of modules in the order they have when no modules.order names them."""
    return tuple(f"kernel/{name}.ko:" for name in
                 expected.hash_order(names, expected.MODULE_BUCKETS))


def given(name, order, names, **rest):
    """The three modules, with some modules.order."""
    return Case(name, {**ABC, "modules.order": order},
                dep=tuple(f"kernel/{one}.ko:" for one in names), **rest)


def listed(_):
    """modules.order."""
    rest = expected.hash_order("abc", expected.MODULE_BUCKETS)
    yield given("modules are in the order of modules.order",
                "kernel/c.ko\nkernel/a.ko\nkernel/b.ko\n", "cab")
    yield given("those that it does not name are behind them", "kernel/c.ko\n",
                "c" + "".join(name for name in rest if name != "c"))
    yield given("an empty modules.order", "", rest)
    yield given("of a line that is there twice the first counts",
                "kernel/c.ko\nkernel/a.ko\nkernel/b.ko\nkernel/c.ko\n", "cab",
                reference=known.ORDER_TWICE)
    yield given("lines of what is not there are ignored",
                "kernel/x.ko\nkernel/c.ko\n\n \nkernel/d/b.ko\nkernel/a.ko\nkernel/b.ko\n", "cab")
    yield given("lines have to be exact",
                "./kernel/c.ko\n kernel/c.ko\nkernel/c.ko \nkernel/c.ko\r\nkernel//c.ko\nc\n"
                "kernel/b.ko\nkernel/C.ko\n",
                "b" + "".join(name for name in rest if name != "b"))
    for what, text in (("a last line without newline", "kernel/c.ko\nkernel/b.ko"),
                       ("one line without newline", "kernel/c.ko")):
        yield given(f"{what} makes all of modules.order void", text, rest,
                    err=(f"ERROR: {{MD}}/modules.order:{text.count(chr(10)) + 1} "
                         "corrupted line misses '\\n'",))
    yield given("so does a line longer than a path can be",
                "kernel/c.ko\n" + "x" * 5000 + "\nkernel/b.ko\n", rest,
                err=("ERROR: {MD}/modules.order:2 corrupted line misses '\\n'",))
    yield given("no modules.order", None, rest,
                err=("WARNING: could not open modules.order at {MD}: No such file or directory",))
    yield given("a modules.order that is a link", Link("other"), "cab",
                root={"lib/modules/6.1.0-test/other": "kernel/c.ko\nkernel/a.ko\nkernel/b.ko\n"})
    yield Case("a hyphen is no underscore there",
               {"kernel/a-b.ko": EMPTY, "kernel/a-c.ko": EMPTY, "kernel/z.ko": EMPTY,
                "modules.order": "kernel/z.ko\nkernel/a_c.ko\nkernel/a-b.ko\n"},
               dep=("kernel/z.ko:", "kernel/a-b.ko:", "kernel/a-c.ko:"))
    yield Case("a path is of one module only",
               {"kernel/a.ko": EMPTY, "updates/b.ko": EMPTY,
                "modules.order": "updates/b.ko\nupdates/a.ko\nkernel/b.ko\nkernel/a.ko\n"},
               dep=("updates/b.ko:", "kernel/a.ko:"))
    yield Case("external modules are never in it",
               {"kernel/a.ko": EMPTY, "modules.order": "{ROOT}/x/b.ko\nkernel/a.ko\n"},
               root={"x/b.ko": EMPTY}, config="external * {ROOT}/x\n",
               dep=("kernel/a.ko:", "{ROOT}/x/b.ko:"))


def unlisted(_):
    """The order of kmod's hash table."""
    names = [f"module_{number}" for number in range(700)] + \
        ["a", "ab", "abc", "abcd", "abcde", "ext4", "usb_storage"]
    yield Case("modules that are not in it have the order of kmod's hash table",
               {**{f"kernel/{name}.ko": EMPTY for name in names}, "modules.order": ""},
               dep=hashed(names))
    symbols = [f"symbol_{number}" for number in range(3000)]
    yield Case("symbols have it, too",
               {"kernel/a.ko": Module(provides=tuple(symbols[::2])),
                "kernel/b.ko": Module(provides=tuple(symbols[1::2]))},
               dep=("kernel/a.ko:", "kernel/b.ko:"))


def cases(here):
    """All of them."""
    for group in (listed, unlisted):
        yield from group(here)
