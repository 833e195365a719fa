# SPDX-License-Identifier: GPL-2.0-or-later
"""Compressed modules."""
import gzip
import lzma
import shutil
import subprocess

LIMIT = 60


class Lacking(Exception):
    """What is missing to compress something."""


def gz(data, level=6):
    """As gzip does it."""
    return gzip.compress(data, compresslevel=level, mtime=0)


def xz(data, preset=0, check=lzma.CHECK_CRC32):
    """As the kernel's build does it."""
    return lzma.compress(data, format=lzma.FORMAT_XZ, check=check, preset=preset)


def legacy_lzma(data):
    """The format before xz, which nobody reads."""
    return lzma.compress(data, format=lzma.FORMAT_ALONE)


def zst(data, *options):
    """One frame that says how much it holds."""
    if shutil.which("zstd") is None:
        raise Lacking("no zstd command")
    return subprocess.run(["zstd", "-q", "-c", f"--stream-size={len(data)}", *options],
                          input=data, capture_output=True, timeout=LIMIT, check=True).stdout


FORMATS = {"gz": gz, "xz": xz, "zst": zst}
FEATURES = {"gz": "ZLIB", "xz": "XZ", "zst": "ZSTD"}
OPTIONS = {"gz": "zlib", "xz": "xz", "zst": "zstd"}
