# SPDX-License-Identifier: GPL-2.0-or-later
"""Directories of modules, made out of dictionaries: path -> what is there."""
import dataclasses
import os
import pathlib
import shutil
import socket
import stat

import elf
import formats

RELEASE = "6.1.0-test"
INPUTS = {"modules.order": "", "modules.builtin": "", "modules.builtin.modinfo": ""}


@dataclasses.dataclass(frozen=True)
class Link:
    """A symbolic link."""

    to: str


class Directory:
    """An empty directory."""


class Fifo:
    """A named pipe."""


class Socket:
    """A socket."""


@dataclasses.dataclass(frozen=True)
class Packed:
    """A compressed module."""

    module: elf.Module
    format: str


def module_in(what):
    """The module that a thing is; None if it is none."""
    if isinstance(what, Packed):
        return what.module
    return what if isinstance(what, elf.Module) else None


def put(path, what):
    """Makes one thing, and the directories above it. None: it is not there."""
    path = pathlib.Path(path)
    if what is None:
        return
    if isinstance(what, Directory):
        path.mkdir(parents=True, exist_ok=True)
        return
    path.parent.mkdir(parents=True, exist_ok=True)
    if isinstance(what, Link):
        path.symlink_to(what.to)
    elif isinstance(what, Fifo):
        os.mkfifo(path)
    elif isinstance(what, Socket):
        with socket.socket(socket.AF_UNIX) as listener:
            listener.bind(str(path))
    else:
        path.write_bytes(contents(what))


def contents(what):
    """The bytes of a file."""
    if isinstance(what, Packed):
        return formats.FORMATS[what.format](what.module.data())
    if isinstance(what, elf.Module):
        return what.data()
    return what.encode("latin-1") if isinstance(what, str) else what


def make(directory, things):
    """Makes all of that below a directory."""
    pathlib.Path(directory).mkdir(parents=True, exist_ok=True)
    for path, what in things.items():
        put(pathlib.Path(directory, path), what)


def directory_of(root, release=RELEASE):
    """Where the modules of a release are, below a root."""
    return pathlib.Path(root, "lib/modules", release)


def make_modules(root, things, release=RELEASE):
    """Makes a directory of modules with all that depmod reads. Returns it."""
    directory = directory_of(root, release)
    make(directory, {**INPUTS, **things})
    return directory


def snapshot(directory):
    """Everything below a directory: path -> type and mode, contents."""
    found = {}
    top = str(directory)
    for where, directories, files in os.walk(top):
        for name in directories + files:
            path = os.path.join(where, name)
            info = os.lstat(path)
            what = b""
            if stat.S_ISLNK(info.st_mode):
                what = os.readlink(path).encode()
            elif stat.S_ISREG(info.st_mode):
                what = pathlib.Path(path).read_bytes()
            found[os.path.relpath(path, top)] = info.st_mode, what
    return found


def changes(before, after):
    """What is different between two snapshots, as lines."""
    for path in sorted(before.keys() | after.keys()):
        if path not in after:
            yield f"{path} is gone"
        elif path not in before:
            yield f"{path} is new"
        elif before[path] != after[path]:
            yield f"{path} has changed"


def remove(directory):
    """Removes a directory, whatever became of permissions in it."""
    for where, directories, _ in os.walk(directory):
        for name in directories:
            path = os.path.join(where, name)
            if not os.path.islink(path):
                os.chmod(path, 0o700)
    shutil.rmtree(directory)
