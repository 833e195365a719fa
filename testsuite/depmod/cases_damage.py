# SPDX-License-Identifier: GPL-2.0-or-later
"""Damaged modules: each costs a message, the others and their dependencies are as ever."""
import random
import re

import case
import elf
import formats
import known
import tree
from case import Case, Check
from elf import Module, Symbol
from tree import RELEASE

# What is damaged, in all ways that follow. What it needs is provided by one that is good.
SOUND = Module(needs=("needed_symbol", elf.weak("weak_symbol")),
               provides={"provided": 1, "other": 2},
               info=("alias=pci:v*", "softdep=pre: x", "weakdep=y", "license=GPL"),
               versions={"needed_symbol": 3, "module_layout": 4}, crc_in="section")
KINDS = {"64 bits": {}, "32 bits": {"bits": 32}, "big-endian": {"order": ">"},
         "32 bits and big-endian": {"bits": 32, "order": ">"}}
GOOD = {"kernel/good.ko": Module(needs=("needed_symbol",), info=("alias=of_good",)),
        "kernel/provider.ko": Module(provides=("needed_symbol",), info=("alias=of_provider",))}
GOOD_LINES = {"modules.dep": ("kernel/good.ko: kernel/provider.ko", "kernel/provider.ko:"),
              "modules.alias": ("alias of_good good", "alias of_provider provider"),
              "modules.symbols": ("alias symbol:needed_symbol provider",)}
# With checksums, so that no damage goes unnoticed.
CHECKED_FORMATS = {**formats.FORMATS, "zst": lambda data: formats.zst(data, "--check")}
# What may be said of a damaged module; nothing else may.
MESSAGE = re.compile(r"depmod: ERROR: failed to load symbols from /\S+/kernel/(bad\d+)\.ko\S*: .+|"
                     r"depmod: (ERROR|WARNING): /\S+/kernel/bad\d+\.ko\S*: .+|"
                     r"depmod: WARNING: Unmatched bracket in .*|libkmod: .*|(xz|zstd|gzip): .*")


def made_like(name):
    """SOUND, of a class and byte order."""
    return elf.Image(Module(**{**SOUND.__dict__, **KINDS[name]}))


def wrong_of_tree(bench, files, must_fail=False, args=()):
    """What is wrong when these damaged modules are among good ones."""
    damaged = {f"kernel/bad{number}.ko{suffix}": data
               for number, (suffix, data) in enumerate(files)}
    with bench.place() as place:
        directory = tree.make_modules(place / "root", {**GOOD, **damaged})
        outcome = bench.run([*args, "-b", place / "root", "-C", "/dev/null", RELEASE])
        if outcome.status != 0:
            yield f"status {outcome.status}"
            yield from case.shortened(outcome.lines()[-5:])
            return
        unexpected = [line for line in outcome.lines() if not MESSAGE.fullmatch(line)]
        yield from case.shortened(f"unexpected: {line}" for line in unexpected)
        found = {name: (outcome.out if args else (directory / name).read_bytes()).decode(
            "latin-1").splitlines() for name in GOOD_LINES}
        for name, lines in GOOD_LINES.items():
            yield from (f"{name} lacks: {line}" for line in lines if line not in found[name])
        listed = {line.split(":")[0] for line in found["modules.dep"]}
        yield from case.shortened(f"not listed: {path}" for path in damaged if path not in listed)
        if must_fail:
            told = {match[1] for match in map(MESSAGE.fullmatch, outcome.lines()) if match}
            names = {path.split("/")[1].split(".")[0] for path in damaged}
            yield from case.shortened(f"not told of: {name}" for name in sorted(names - told))


def check_of(name, make, reference="", **rest):
    """A check of a tree of damaged modules, made when it is run."""
    return Check(name, lambda bench: wrong_of_tree(bench, make(bench), **rest), reference=reference)


def cut(_):
    """Modules of which only the beginning is there."""
    def lengths(data):
        return [("", data[:size]) for size in range(len(data))]

    for name in KINDS:
        # The section headers are at the end, so nothing that is cut is whole.
        yield check_of(f"modules cut at any length: {name}",
                       lambda _, name=name: lengths(made_like(name).data), must_fail=True)
    for form, pack in formats.FORMATS.items():
        def packed(bench, form=form, pack=pack):
            bench.need_format(form)
            data = pack(made_like("64 bits").data)
            return [(f".{form}", data[:size]) for size in range(len(data))]

        yield check_of(f"{form}: modules cut at any length", packed, must_fail=True,
                       reference=known.GZIP if form == "gz" else
                       known.ZSTD_STREAM if form == "zst" else "")


def fields(_):
    """Fields of headers and symbols that say something else."""
    def values(image, field):
        size = 8 * image.fields[field][1]
        now = image.value(field)
        limits = (len(image.data), 1 << size - 1, (1 << size) - 1)
        return {0, 1, now - 1, now + 1, now ^ 0x80, *limits, *(limit - 1 for limit in limits),
                (1 << size) - now, elf.COMMON, elf.ABS}

    def patched(name):
        image = made_like(name)
        return [("", image.patched(field, value)) for field in image.fields
                for value in sorted(values(image, field))]

    for name in KINDS:
        yield check_of(f"other numbers in any field: {name}", lambda _, name=name: patched(name),
                       reference=known.NO_ABORT)


def flipped(_):
    """Bytes that are others, at random, always the same ones."""
    def changed(data, seed, highest=0xFF):
        chance = random.Random(seed)
        for number in range(1000):
            copy = bytearray(data)
            for _ in range(1 + number % 4):
                copy[chance.randrange(len(data))] ^= chance.randint(1, highest)
            yield bytes(copy)

    # No index can hold what is no ASCII; with -n none is written. There is none in the module.
    for name in KINDS:
        for highest, args in ((0x7F, ()), (0xFF, ("-n",))):
            yield check_of(f"random bytes up to {highest:#x}: {name}", lambda _, name=name,
                           highest=highest: [("", data) for data in changed(
                               made_like(name).data, name, highest)],
                           reference=known.NO_ABORT, args=args)
    for form, pack in CHECKED_FORMATS.items():
        def packed(bench, form=form, pack=pack):
            bench.need_format(form)
            return [(f".{form}", data) for data in changed(pack(made_like("64 bits").data), form)]

        yield check_of(f"{form}: random bytes", packed, reference=known.NO_ABORT)


def failed(name, data, error, reference="", more=()):
    """One damaged module, and what is said of it."""
    return Case(name, {"kernel/a.ko": data, "kernel/b.ko": Module(provides=("s",))},
                dep=("kernel/a.ko:", "kernel/b.ko:"), reference=reference,
                err=(*more, f"ERROR: failed to load symbols from {{MD}}/kernel/a.ko: {error}"))


def told(_):
    """What is said."""
    sound = elf.Image(Module(needs=("s",)))
    short = ("ERROR: {MD}/kernel/a.ko: too short for a module",)
    invalid = "Invalid argument"
    yield failed("an empty file", b"", invalid, known.MORE_SAID, short)
    yield failed("five bytes", b"\x7fELF\2", invalid, known.MORE_SAID, short)
    yield failed("six bytes that are no module", b"text\nx", "Exec format error")
    yield failed("a text", "this is a text\n" * 100, "Exec format error")
    yield failed("nothing but zeros", bytes(5000), "Exec format error")
    yield failed("a script", "#!/bin/sh\n", "Exec format error")
    yield failed("a module with something in front", b"\n" + sound.data, "Exec format error")
    for name, field, value in (("a class that there is not", "EI_CLASS", 3),
                               ("no class", "EI_CLASS", 0),
                               ("a byte order that there is not", "EI_DATA", 3),
                               ("section headers of another size", "e_shentsize", 65),
                               ("section headers behind the end", "e_shoff", 1 << 20),
                               ("more sections than there is room for", "e_shnum", 100)):
        yield failed(name, sound.patched(field, value), invalid)
    for value in (0, 9, 0xFFFF):
        yield failed(f"the section of names is number {value}", sound.patched("e_shstrndx", value),
                     invalid, known.NO_ABORT)


def still_read(_):
    """What is odd and does no harm: the module is read."""
    def read(name, module, reference="", dep=("kernel/a.ko: kernel/b.ko", "kernel/b.ko:"), **rest):
        return Case(name, {"kernel/a.ko": module, "kernel/b.ko": Module(provides=("s",))}, dep=dep,
                    reference=reference, **rest)

    sound = elf.Image(Module(needs=("s",)))
    for field in ("e_type", "e_machine", "e_version", "e_entry", "e_phoff", "e_flags", "e_ehsize",
                  "e_phentsize", "e_phnum"):
        yield read(f"any value of {field}", sound.patched(field, (1 << 64) - 2))
    for number in (elf.COMMON, 0xFFF0, 0x77):
        yield read(f"a CRC in section {number:#x}", Module(
            needs=("s",), symbols=(Symbol("__crc_t", number, 4),)), known.NO_ABORT,
            symbols={"s": "b", "t": "a"})
    yield read("a signature behind the module", Module(
        needs=("s",), tail=b"x" * 400 + b"~Module signature appended~\n"))
    yield read("a symbol whose name is outside", sound.patched("st_name[1]", 1 << 20),
               dep=("kernel/a.ko:", "kernel/b.ko:"), err=lambda lines: ())
    yield read(".modinfo without a NUL at its end", Module(
        needs=("s",), sections={".modinfo": b"alias=x\0alias=last"}), alias=("x a", "last a"))
    yield read(".modinfo of NULs only", Module(needs=("s",), sections={".modinfo": bytes(100)}))
    yield read("an empty .modinfo", Module(needs=("s",), sections={".modinfo": b""}))


def cases(here):
    """All of them."""
    for group in (cut, fields, flipped, told, still_read):
        yield from group(here)
