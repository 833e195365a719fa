# SPDX-License-Identifier: GPL-2.0-or-later
"""What depmod ought to write: the files, out of the lines that a case says are in them."""
import dataclasses

import index

HEADERS = {
    "modules.dep": "",
    "modules.alias": "# Aliases extracted from modules themselves.\n",
    "modules.softdep": "# Soft dependencies extracted from modules themselves.\n",
    "modules.weakdep": "# Weak dependencies extracted from modules themselves.\n",
    "modules.symbols": "# Aliases for symbols, used by symbol_request().\n",
    "modules.devname": "",
}
DEVNAME_HEADER = "# Device nodes to trigger on-demand module loading.\n"
TEXTS = tuple(HEADERS)
INDEXES = ("modules.dep.bin", "modules.alias.bin", "modules.symbols.bin", "modules.builtin.bin",
           "modules.builtin.alias.bin")
# In the order in which they are put in place.
OUTPUTS = ("modules.dep", "modules.dep.bin", "modules.alias", "modules.alias.bin",
           "modules.softdep", "modules.weakdep", "modules.symbols", "modules.symbols.bin",
           "modules.builtin.bin", "modules.builtin.alias.bin", "modules.devname")
CACHE = "modules.depmod.cache"
MODULE_BUCKETS, SYMBOL_BUCKETS = 512, 2048


def super_fast_hash(data):
    """Paul Hsieh's hash, as kmod uses it."""
    mask = 0xFFFFFFFF
    value = len(data)
    for i in range(0, len(data) - 3, 4):
        value = (value + (data[i] | data[i + 1] << 8)) & mask
        value ^= (data[i + 2] | data[i + 3] << 8) << 11 ^ value << 16
        value &= mask
        value = (value + (value >> 11)) & mask
    tail = data[len(data) & ~3:]
    if len(tail) == 3:
        value = (value + (tail[0] | tail[1] << 8)) & mask
        value = (value ^ value << 16 ^ tail[2] << 18) & mask
        value = (value + (value >> 11)) & mask
    elif len(tail) == 2:
        value = (value + (tail[0] | tail[1] << 8)) & mask
        value = (value ^ value << 11) & mask
        value = (value + (value >> 17)) & mask
    elif len(tail) == 1:
        value = (value + (tail[0] ^ 0x80) - 0x80) & mask
        value = (value ^ value << 10) & mask
        value = (value + (value >> 1)) & mask
    for left, right in ((3, 5), (4, 17), (25, 6)):
        value = (value ^ value << left) & mask
        value = (value + (value >> right)) & mask
    return value


def hash_order(names, buckets):
    """Names in the order in which kmod's hash table has them."""
    return sorted(names, key=lambda name: (super_fast_hash(name.encode("latin-1")) % buckets,
                                           name.encode("latin-1")))


def modname(path):
    """The name of the module in a file."""
    return path.rsplit("/", 1)[-1].split(".")[0].replace("-", "_")


def normalised(alias):
    """An alias as a key of an index; None if its brackets do not match."""
    key, inside = "", False
    for char in alias:
        if char == "]" and not inside:
            return None
        if char in "[]":
            inside = char == "["
        key += "_" if char == "-" and not inside else char
    return None if inside else key


@dataclasses.dataclass
class Expected:
    """The outputs. Lines of modules.dep and modules.devname are whole; "VALUE MODULE" of
    modules.alias; "MODULE VALUE" of softdep and weakdep; symbols are a dictionary: name -> owner.
    Of what is in the kernel image the names, and "ALIAS MODULE"; None: there was nothing to read.
    """

    dep: tuple
    alias: tuple = ()
    softdep: tuple = ()
    weakdep: tuple = ()
    symbols: dict = dataclasses.field(default_factory=dict)
    devname: tuple = ()
    builtin: tuple = ()
    builtin_alias: tuple = ()

    def names(self):
        """The modules, in order."""
        return [modname(line.split(":")[0]) for line in self.dep]

    def texts(self):
        """The text files: name -> bytes."""
        symbols = hash_order(self.symbols, SYMBOL_BUCKETS)
        lines = {
            "modules.dep": self.dep,
            "modules.alias": [f"alias {line}" for line in self.alias],
            "modules.softdep": [f"softdep {line}" for line in self.softdep],
            "modules.weakdep": [f"weakdep {line}" for line in self.weakdep],
            "modules.symbols": [f"alias symbol:{name} {self.symbols[name]}" for name in symbols],
            "modules.devname": self.devname,
        }
        texts = {name: HEADERS[name] + "".join(f"{line}\n" for line in lines[name])
                 for name in TEXTS}
        if self.devname:
            texts["modules.devname"] = DEVNAME_HEADER + texts["modules.devname"]
        return {name: text.encode("latin-1") for name, text in texts.items()}

    def indexes(self):
        """The index files: name -> bytes."""
        position = {name: number for number, name in enumerate(self.names())}
        entries = {name: {} for name in INDEXES}
        for line in self.dep:
            _add(entries["modules.dep.bin"], modname(line.split(":")[0]), line, position)
        for line in self.alias:
            alias, name = line.rsplit(" ", 1)
            if normalised(alias) is not None:
                _add(entries["modules.alias.bin"], normalised(alias), name, position)
        for symbol, name in self.symbols.items():
            _add(entries["modules.symbols.bin"], f"symbol:{symbol}", name, position)
        for name in self.builtin or ():
            _add(entries["modules.builtin.bin"], name, "", {})
        for line in self.builtin_alias or ():
            alias, name = line.rsplit(" ", 1)
            if normalised(alias) is not None:
                _add(entries["modules.builtin.alias.bin"], normalised(alias), name, {})
        files = {name: index.write(entries[name]) for name in INDEXES}
        if self.builtin is None:
            files["modules.builtin.bin"] = b""
        if self.builtin_alias is None:
            files["modules.builtin.alias.bin"] = b""
        return files

    def files(self):
        """All of them."""
        return {**self.texts(), **self.indexes()}


def _add(entries, key, value, position):
    """Adds a value; its priority is where the module stands that it names."""
    priority = position.get(modname(value.split(":")[0]), 0)
    index.add(entries, key.encode("latin-1"), value.encode("latin-1"), priority)
