# SPDX-License-Identifier: GPL-2.0-or-later
"""The differences from kmod 30 that are meant to be, each with its reason.

A difference is a change to what one side has said, made before the two are compared: it takes out
of our side what kmod 30 does not know yet, or makes of what kmod 30 says what it ought to say.
Where a difference is in what is done with the same arguments, the case gives kmod 30 others.
"""
import collections
import re

Difference = collections.namedtuple("Difference", "name reason side parts pattern to")


def made_visible(match):
    """Control characters as messages show them."""
    return b"".join(b"\\x%02x" % byte for byte in match.group())


DIFFERENCES = [
    Difference(
        "build id", "modinfo shows the build id of a module since kmod 34",
        "ours", ("output",),
        rb"^build-id: {7}[0-9A-F:]+\n(\t\t[0-9A-F:]+\n)*|"
        rb"\bbuild-id=[0-9A-F:]+\n?(\t\t[0-9A-F:]+\n)*\0", b""),
    Difference(
        "long keys",
        "since kmod 34 a key of modinfo that is longer than its column is not followed by blanks",
        "reference", ("output",), rb"^([A-Za-z0-9_.-]{16,}:) +", rb"\1"),
    Difference(
        "parameters without a description",
        "modinfo -p puts a blank before the type, whether or not there is a description",
        "reference", ("output",), rb"^(\w+):(\([a-z][a-z ]*\))$", rb"\1: \2"),
    Difference(
        "old options",
        "since kmod 34 the old names of some options of modprobe are told of the new ones",
        "ours", ("messages",),
        rb"^modprobe: WARNING: --[a-z-]+ is deprecated and scheduled for removal; use --[a-z-]+\n",
        b""),
    Difference(
        "no symbols", "since kmod 34 the module is named, and what is missing is not called a file",
        "reference", ("messages",),
        rb"(could not get (?:symbols|modversions) of )(?:.*/)?([^/]*?)\.ko: "
        rb"No such file or directory$",
        lambda match: match[1] + match[2].replace(b"-", b"_") + b": No data available"),
    Difference(
        "symbols of other files", "the same for what cannot be read",
        "reference", ("messages",),
        rb"(could not get (?:symbols|modversions) of )(?:.*/)?([^/]*?)\.ko:", rb"\1\2:"),
    Difference(
        "why a module was refused",
        "detached signatures: what the kernel logged, and what is wrong with the signature, if any",
        "ours", ("messages",),
        rb"^modprobe: ERROR: (kernel: |the signature in |.* is not signed and this kernel).*\n",
        b""),
    Difference(
        "what is wrong with a file", "an errno says too little: our library says more",
        "ours", ("messages",),
        rb"^(libkmod|modprobe): ERROR: (\w+: )?/.*: too short for a module\n", b""),
    Difference(
        "control characters", "in messages they are made visible",
        "reference", ("messages",), rb"[\x00-\x09\x0b-\x1f]+", made_visible),
    Difference(
        "no kernel release", "without one there is no directory to look into",
        "reference", ("messages",),
        rb"^modprobe: FATAL: Module \w+ not found in directory \(null\)$",
        rb"modprobe: ERROR: kmod_new() failed!"),
    Difference(
        "source positions",
        "Debian's kmod 30 is a debug build: messages of its library say where in its source",
        "reference", ("messages", "calls"), rb"\.\./libkmod/[a-z-]+\.c:\d+ \w+\(\) ", b""),
    Difference(
        "source positions before there is a log",
        "the same for those of its default log; which function it is, is nobody's business",
        "reference", ("messages",),
        rb"^libkmod: ([A-Z]+) \.\./libkmod/[a-z-]+\.c:\d+ \w+: ", rb"libkmod: \1: "),
    Difference(
        "debug messages", "the same: it has them",
        "reference", ("messages", "calls"),
        rb"^(modprobe( daemon\.debug)?|libkmod): DEBUG: .*\n", b""),
    Difference(
        "functions before there is a log", "our side of the source positions",
        "ours", ("messages",), rb"^libkmod: ([A-Z]+): \w+: ", rb"libkmod: \1: "),
    Difference(
        "addresses", "where in its memory a process has what it talks about",
        "both", ("messages", "calls"), rb"\b0x[0-9a-f]{6,16}\b", b"ADDRESS"),
]


def level(ours, reference):
    """Applies all that apply, in place. Returns the names of those that changed something."""
    for difference in DIFFERENCES:
        sides = {"ours": [ours], "reference": [reference], "both": [ours, reference]}
        for side in sides[difference.side]:
            for part in difference.parts:
                changed = re.sub(difference.pattern, difference.to, side[part],
                                 flags=re.MULTILINE)
                if changed != side[part]:
                    side[part] = changed
                    yield difference.name
