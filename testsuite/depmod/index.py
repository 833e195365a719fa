# SPDX-License-Identifier: GPL-2.0-or-later
"""Reads and writes index files, as a judge of those that depmod writes.

An index is a dictionary: key -> list of (priority, value), all bytes. write() gives the one right
file for it, so what a file holds and how it is laid out are checked with

    index.write(index.read(data)) == data
"""
import struct

MAGIC, VERSION = 0xB007F457, 0x00020001
PREFIX, VALUES, CHILDREN = 0x80000000, 0x40000000, 0x20000000
OFFSET = 0x0FFFFFFF
HEADER = 12


class Bad(Exception):
    """What is wrong with an index file."""


class _Reader:
    def __init__(self, data):
        self.data = data
        self.visited = set()

    def number(self, offset):
        if offset + 4 > len(self.data):
            raise Bad(f"cut at {offset}")
        return struct.unpack_from(">I", self.data, offset)[0]

    def string(self, offset):
        end = self.data.find(b"\0", offset)
        if end < 0:
            raise Bad(f"string without end at {offset}")
        return self.data[offset:end], end + 1

    def node(self, reference, key):
        """Yields the entries of a node and of those below it."""
        offset = reference & OFFSET
        if offset in self.visited or not HEADER <= offset <= len(self.data):
            raise Bad(f"bad reference {reference:#x}")
        self.visited.add(offset)
        children = []
        if reference & PREFIX:
            prefix, offset = self.string(offset)
            key += prefix
        if reference & CHILDREN:
            first, last = self.data[offset:offset + 2]
            offset += 2
            for char in range(first, last + 1):
                children.append((char, self.number(offset)))
                offset += 4
        if reference & VALUES:
            yield key, list(self.values(offset))
        for char, child in children:
            if child:
                yield from self.node(child, key + bytes([char]))

    def values(self, offset):
        count = self.number(offset)
        offset += 4
        for _ in range(count):
            priority = self.number(offset)
            value, offset = self.string(offset + 4)
            yield priority, value


def read(data):
    """The index in a file. Raises Bad."""
    reader = _Reader(data)
    if reader.number(0) != MAGIC or reader.number(4) != VERSION:
        raise Bad("not an index")
    root = reader.number(8)
    return dict(reader.node(root, b"")) if root != HEADER else {}


def add(entries, key, value, priority):
    """Adds a value as depmod does: by priority, before those that have the same one."""
    values = entries.setdefault(key, [])
    place = 0
    while place < len(values) and values[place][0] < priority:
        place += 1
    values.insert(place, (priority, value))


def _common(first, last, start):
    """How far two keys, the outermost ones of a sorted list, are the same."""
    end = start
    while end < min(len(first), len(last)) and first[end] == last[end]:
        end += 1
    return end


def _write_node(out, entries, start, end):
    """Appends the node of these entries, whose prefix is between start and end. Returns the
    reference to it."""
    reference = len(out)
    if end > start:
        reference |= PREFIX
        out += entries[0][0][start:end] + b"\0"
    values = entries[0][1] if len(entries[0][0]) == end else None
    below = entries[1:] if values is not None else entries
    slots = len(out) + 2
    if below:
        reference |= CHILDREN
        first, last = below[0][0][end], below[-1][0][end]
        out += bytes([first, last]) + bytes(4 * (last - first + 1))
    if values is not None:
        reference |= VALUES
        out += struct.pack(">I", len(values))
        for priority, value in values:
            out += struct.pack(">I", priority) + value + b"\0"
    while below:
        char = below[0][0][end]
        count = next((i for i, entry in enumerate(below) if entry[0][end] != char), len(below))
        child, below = below[:count], below[count:]
        to = _common(child[0][0], child[-1][0], end + 1)
        struct.pack_into(">I", out, slots + 4 * (char - first),
                         _write_node(out, child, end + 1, to))
    return reference


def write(entries):
    """The file for an index: each node before those below it."""
    out = bytearray(HEADER)
    root = HEADER
    if entries:
        root = _write_node(out, sorted(entries.items()), 0, 0)
    struct.pack_into(">III", out, 0, MAGIC, VERSION, root)
    return bytes(out)


def lines(entries):
    """An index as text, for messages."""
    return [f"{key.decode('latin-1')!r} {priority} {value.decode('latin-1')!r}\n"
            for key, values in sorted(entries.items()) for priority, value in values]
