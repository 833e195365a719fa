# SPDX-License-Identifier: GPL-2.0-or-later
"""Compressed modules."""
import lzma
import re

import formats
import known
import tree
from case import Case, Check
from cases_scan import twice
from elf import Module
from tree import RELEASE, Packed

BIG = {".text": bytes(range(256)) * 4000}
NEEDS = Module(needs=("s",), info=("alias=of_a",), sections=BIG)
PROVIDES = Module(provides=("s",), info=("alias=of_b", "softdep=pre: x"))


def of(form):
    """Reasons that cases of a format are not run with kmod 30."""
    return known.GZIP if form == "gz" else ""


def good(form, pack):
    """What is to be read."""
    dep = (f"kernel/a.ko.{form}: kernel/b.ko.{form}", f"kernel/b.ko.{form}:")
    packed = {f"kernel/a.ko.{form}": Packed(NEEDS, form),
              f"kernel/b.ko.{form}": Packed(PROVIDES, form)}
    yield Case(f"{form}: modules are read, and listed by their whole names", packed, dep=dep,
               reference=of(form))
    yield Case(f"{form}: beside those that are not compressed",
               {f"kernel/a.ko.{form}": Packed(NEEDS, form), "kernel/b.ko": PROVIDES},
               dep=(f"kernel/a.ko.{form}: kernel/b.ko", "kernel/b.ko:"), reference=of(form))
    yield Case(f"{form}: modules.order has their names without the suffix",
               {**packed, "modules.order": f"kernel/b.ko\nkernel/a.ko.{form}\n"},
               dep=dep[::-1], reference=of(form))
    yield Case(f"{form}: of a compressed and a plain module the plain one wins",
               {f"kernel/a.ko.{form}": Packed(Module(info=("alias=packed",)), form),
                "kernel/a.ko": Module(info=("alias=plain",))}, dep=("kernel/a.ko:",),
               err=(twice("kernel/a.ko", f"kernel/a.ko.{form}"),), reference=known.TIES)
    yield Case(f"{form}: unless it is in a better place",
               {f"updates/a.ko.{form}": Packed(Module(info=("alias=packed",)), form),
                "kernel/a.ko": Module(info=("alias=plain",))}, dep=(f"updates/a.ko.{form}:",),
               reference=of(form))
    yield Case(f"{form}: it is the contents that tell the format",
               {"kernel/a.ko": pack(NEEDS.data()), f"kernel/b.ko.{form}": PROVIDES},
               dep=(f"kernel/b.ko.{form}:", f"kernel/a.ko: kernel/b.ko.{form}"),
               alias=("of_b b", "of_a a"), reference=of(form))
    yield Case(f"{form}: detached signatures are no modules",
               {**packed, f"kernel/a.ko.{form}.sig": "x", f"kernel/c.ko.{form}.sig": NEEDS},
               dep=dep, reference=of(form))
    yield Case(f"{form}: an override is without suffixes",
               {f"kernel/a.ko.{form}": Packed(NEEDS, form), f"updates/a.ko.{form}":
                Packed(PROVIDES, form)}, config="override a * kernel\n",
               dep=(f"kernel/a.ko.{form}:",), reference=of(form))


def refused(name, form, data, reference="", **rest):
    """A file that cannot be read, beside one that can."""
    path = f"kernel/a.ko.{form}"

    def one_failure(lines):
        told = [line for line in lines if "failed to load symbols from" in line]
        if len(told) != 1 or not re.fullmatch(
                rf"depmod: ERROR: failed to load symbols from /.*/{re.escape(path)}: .+", told[0]):
            yield f"told of the failure: {told}"
        for line in lines:
            if not re.match(r"(depmod|libkmod): |xz: |gzip: |zstd: ", line):
                yield f"a message is {line}"

    return Case(f"{form}: {name}", {path: data, "kernel/b.ko": PROVIDES}, err=one_failure,
                dep=(f"{path}:", "kernel/b.ko:"), reference=reference or of(form), **rest)


def bad(form, pack):
    """What cannot be read."""
    # What is cut off is in the part that is looked at.
    data = pack(Module(needs=("s",)).data())
    lenient = known.ZSTD_STREAM if form == "zst" else ""
    yield refused("cut at its end", form, data[:-1], lenient)
    yield refused("cut in the middle", form, data[:len(data) // 2], lenient)
    yield refused("only the magic number", form, data[:6], lenient)
    yield refused("a changed byte in the middle", form,
                  data[:len(data) // 2] + bytes([data[len(data) // 2] ^ 0x55]) +
                  data[len(data) // 2 + 1:], known.ZSTD_CHECKSUM if form == "zst" else "")
    yield refused("nothing in it", form, pack(b""))
    yield refused("a text in it", form, pack(b"this is no module, whatever its name says\n"))
    yield refused("compressed twice", form, pack(pack(Module(needs=("s",)).data())))


def special(_):
    """What is of one format only."""
    data = NEEDS.data()
    half = len(data) // 2
    dep = ("kernel/b.ko:", "kernel/a.ko.{}: kernel/b.ko")

    def read(name, form, what, **rest):
        return Case(f"{form}: {name}", {f"kernel/a.ko.{form}": what, "kernel/b.ko": PROVIDES},
                    dep=[line.format(form) for line in dep], alias=("of_b b", "of_a a"),
                    **{"reference": of(form), **rest})

    yield read("two streams one behind the other", "xz",
               formats.xz(data[:half]) + formats.xz(data[half:]))
    for check in (lzma.CHECK_NONE, lzma.CHECK_CRC64, lzma.CHECK_SHA256):
        yield read(f"check {check}", "xz", formats.xz(data, check=check))
    yield read("a large dictionary", "xz", formats.xz(data, preset=9))
    yield refused("something behind it", "xz", formats.xz(data) + b"more")
    yield refused("the format before xz", "xz", formats.legacy_lzma(data))
    yield read("two members one behind the other", "gz",
               formats.gz(data[:half]) + formats.gz(data[half:]))
    yield refused("something behind it", "gz", formats.gz(data) + b"more")
    yield read("a checksum", "zst", formats.zst(data, "--check"))
    yield read("hardly compressed", "zst", formats.zst(data, "--fast=5"))


LIBRARIES = {"xz": "liblzma.so.5", "gz": "libz.so.1", "zst": "libzstd.so.1"}


def without_library(form, pack):
    """The library is on the system, and cannot be loaded: that is no fault of the modules."""
    def function(bench):
        with bench.place() as place:
            directory = tree.make_modules(place / "root", {
                f"kernel/a.ko.{form}": pack(NEEDS.data()), "kernel/b.ko": PROVIDES,
                "modules.dep": "as it was\n"})
            tree.put(place / "libraries" / LIBRARIES[form], "this is none\n")
            outcome = bench.run(["-b", place / "root", "-C", "/dev/null", RELEASE],
                                env={"LD_LIBRARY_PATH": str(place / "libraries")})
            if outcome.status != 1 or LIBRARIES[form].encode() not in outcome.err:
                yield f"{outcome}"
            if (directory / "modules.dep").read_text() != "as it was\n":
                yield "modules.dep was replaced"

    yield Check(f"{form}: the library cannot be loaded", function, reference="")


def needed(here, tests):
    """The tests for which there is a decompressor; of the others what is said of them."""
    for form, pack in formats.FORMATS.items():
        if here.can_read(form):
            for test in tests:
                yield from test(form, pack)
        else:
            yield Case(f"{form}: what cannot be read is no module",
                       {f"kernel/a.ko.{form}": NEEDS,
                        "kernel/b.ko": PROVIDES}, dep=("kernel/b.ko:",))


def cases(here):
    """All of them."""
    yield from needed(here, (good, bad))
    for form, pack in formats.FORMATS.items():
        # which such programs say of themselves
        if f'"soname":["{LIBRARIES[form]}"]'.encode() in here.program.path.read_bytes():
            yield from without_library(form, pack)
    for test in special(here):
        if here.can_read(test.name.split(":")[0]):
            yield test
