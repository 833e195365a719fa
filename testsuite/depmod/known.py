# SPDX-License-Identifier: GPL-2.0-or-later
"""Where kmod 30 is known to do otherwise, with the reason.

A case that kmod 30 would fail names one of these reasons; it is not run with kmod 30. What is the
same but for its form is brought to one form by level().
"""
import re

# What is new since kmod 30.
NEW_OPTIONS = "kmod 30 has no -m and no -o, and takes four options that are gone"
ORDER_TWICE = "of a line that is twice in modules.order, kmod 30 takes the last"
ONLY_ASCII = "kmod 30 does not notice keys that are no ASCII"
MODE = "the permissions of what kmod 30 writes depend on the umask"
CONFIG_STAT = "kmod 30 does not notice that a file of configuration is not there"
CONFIG_END = "in kmod 30 a backslash at the end of a file adds a byte 0xff"
CLOSED_OUTPUT = "what kmod 30 says when nobody reads what it shows depends on how it was built"
WEAKDEP = "kmod 30 has no modules.weakdep"
SECONDS = "kmod 30 compares times in whole seconds"
ZSTD_STREAM = "kmod 30 takes what there is of a zstd frame that is cut"
ZSTD_CHECKSUM = "whether a changed byte is noticed depends on what libzstd is asked to check"
VERSIONS_END = "kmod 30 reads on behind a name in __versions that has no end"
GZIP = "Debian's kmod 30 is built without zlib"

# What is meant to be otherwise.
OURS = "options that kmod does not have"
TIES = "which of two equals wins is decided by their paths, and told; in kmod by the directory"
ALL_OR_NOTHING = "when one output cannot be written kmod replaces some of the others, or exits 0"
NO_LOOPS = "kmod follows loops of symbolic links until it runs out of something"
NO_ABORT = "kmod ends with a failed assertion"
BOGUS_CYCLE = "kmod takes a module that a cycle depends on for one, if it depends on another"
MORE_SAID = "kmod does not tell what is wrong with a file that is too short"
NO_HANG = "kmod's search for cycles does not end"
SINGLE_CONFIG = "kmod crashes on a configuration without a slash in its name"
SAME_TOKEN = "below one directory of a search line kmod takes the last that it finds"
ONE_LINE = "kmod writes softdeps with newlines, which make commands of their own"
BLANKS = "kmod does not tell of paths that modules.dep cannot hold"
PRINTABLE = "control characters in messages are made visible"

SOURCE_POSITION = re.compile(rb"\.\./(?:libkmod|shared|tools)/[a-z-]+\.c:\d+ \w+\(\) ")
DEFAULT_LOG = re.compile(rb"^libkmod: (?:ERROR|WARNING) \.\./[^ ]* \w+: ", re.MULTILINE)


def level(outcome):
    """Takes out of what kmod 30 said what it only says because of how Debian builds it."""
    outcome.err = SOURCE_POSITION.sub(b"", outcome.err)
    outcome.err = DEFAULT_LOG.sub(b"libkmod: ", outcome.err)
