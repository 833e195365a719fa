# SPDX-License-Identifier: GPL-2.0-or-later
"""Builds kernel modules, or what of them depmod looks at, of any class and byte order, and
damages them."""
import dataclasses
import struct
import zlib

UNDEF, ABS, COMMON = 0, 0xFFF1, 0xFFF2
GLOBAL, WEAK = 1, 2
NOTYPE, SPARC_REGISTER = 0, 13
X86_64, SPARC, SPARCV9 = 62, 2, 43
PROGBITS, SYMTAB, STRTAB = 1, 2, 3

EHDR = {64: "HHIQQQIHHHHHH", 32: "HHIIIIIHHHHHH"}
EHDR_NAMES = ("e_type", "e_machine", "e_version", "e_entry", "e_phoff", "e_shoff", "e_flags",
              "e_ehsize", "e_phentsize", "e_phnum", "e_shentsize", "e_shnum", "e_shstrndx")
SHDR = {64: "IIQQQQIIQQ", 32: "IIIIIIIIII"}
SHDR_NAMES = ("sh_name", "sh_type", "sh_flags", "sh_addr", "sh_offset", "sh_size", "sh_link",
              "sh_info", "sh_addralign", "sh_entsize")
SYM_NAMES = {64: ("st_name", "st_info", "st_other", "st_shndx", "st_value", "st_size"),
             32: ("st_name", "st_value", "st_size", "st_info", "st_other", "st_shndx")}
SYM = {64: "IBBHQQ", 32: "IIIBBH"}
VERSION_SIZE = 64


def crc(name):
    """The CRC that a symbol has unless another one is given."""
    return zlib.crc32(name.encode())


@dataclasses.dataclass(frozen=True)
class Symbol:
    """An entry of .symtab. Its section is a number or a name."""

    name: str
    section: object = UNDEF
    value: int = 0
    bind: int = GLOBAL
    kind: int = NOTYPE


def weak(name):
    """A symbol that need not be there."""
    return Symbol(name, bind=WEAK)


@dataclasses.dataclass(frozen=True)
class Module:
    """What a module is made of. Names of symbols are str; bytes that are no ASCII are latin-1."""

    needs: tuple = ()           # names or Symbols, undefined in .symtab
    provides: object = ()       # names, or a dictionary of names and CRCs
    info: tuple = ()            # what .modinfo says: "key=value"
    versions: dict = None       # of what is needed; None: each with the CRC that it has
    crc_in: str = "abs"         # where the CRC of what is provided is: abs, undef or section
    symbols: tuple = ()         # more entries of .symtab
    sections: dict = dataclasses.field(default_factory=dict)    # more, others, or None: none
    bits: int = 64
    order: str = "<"
    machine: int = X86_64
    tail: bytes = b""           # behind all of it, as signatures are

    def data(self):
        """The file."""
        return Image(self).data

    def crcs(self):
        """The provided symbols and their CRCs."""
        if isinstance(self.provides, dict):
            return self.provides
        return {name: crc(name) for name in self.provides}

    def needed(self):
        """What is needed, as symbols."""
        return [need if isinstance(need, Symbol) else Symbol(need) for need in self.needs]


class Image:
    """The bytes of a module, and where in them the fields of its headers are."""

    def __init__(self, module):
        self.module = module
        self.fields = {}        # name -> offset, size
        self.contents = {}      # section -> offset, size
        self.data = b""
        self._lay_out(self._sections())

    def _pack(self, form, *values):
        return struct.pack(self.module.order + form, *values)

    def _sections(self):
        """The sections: name -> type, contents."""
        module = self.module
        provided = module.crcs()
        sections = {}
        if module.info:
            sections[".modinfo"] = PROGBITS, strings(module.info)
        if provided:
            sections["__ksymtab_strings"] = PROGBITS, strings(provided)
            if module.crc_in == "section":
                words = b"".join(self._pack("I", value) for value in provided.values())
                # One word in front, so that no offset is 0 by chance.
                sections["__kcrctab"] = PROGBITS, self._pack("I", 0) + words
        versions = module.versions
        if versions is None:
            versions = {need.name: crc(need.name) for need in module.needed()}
        if versions:
            sections["__versions"] = PROGBITS, self._versions(versions)
        names = [None, *sections, ".symtab", ".strtab", ".shstrtab"]
        sections[".symtab"], sections[".strtab"] = self._symtab(provided, names)
        for name, contents in module.sections.items():
            if contents is None:
                sections.pop(name, None)
            else:
                sections[name] = PROGBITS, contents
        return sections

    def _versions(self, versions):
        size = self.module.bits // 8
        form = {8: "Q56s", 4: "I60s"}[size]
        return b"".join(self._pack(form, value, name.encode("latin-1"))
                        for name, value in versions.items())

    def _symtab(self, provided, names):
        symbols = [Symbol("")]
        for number, (name, value) in enumerate(provided.items(), 1):
            section = {"abs": ABS, "undef": UNDEF, "section": "__kcrctab"}[self.module.crc_in]
            place = 4 * number if self.module.crc_in == "section" else value
            symbols.append(Symbol("__crc_" + name, section, place))
        symbols += self.module.needed()
        symbols += self.module.symbols
        table, text = b"", b"\0"
        for symbol in symbols:
            section = symbol.section
            if isinstance(section, str):
                section = names.index(section)
            offset = len(text) if symbol.name else 0
            text += symbol.name.encode("latin-1") + b"\0" if symbol.name else b""
            values = {"st_name": offset, "st_info": symbol.bind << 4 | symbol.kind, "st_other": 0,
                      "st_shndx": section, "st_value": symbol.value, "st_size": 0}
            table += self._pack(SYM[self.module.bits],
                                *(values[field] for field in SYM_NAMES[self.module.bits]))
        return (SYMTAB, table), (STRTAB, text)

    def _lay_out(self, sections):
        """Puts the header, the sections and their table together."""
        bits = self.module.bits
        names = b"\0"
        headers = [("", (0,) * 10)]
        body = bytearray()
        start = 16 + struct.calcsize("<" + EHDR[bits])
        if ".shstrtab" not in sections:
            sections[".shstrtab"] = STRTAB, None
            names += b"".join(name.encode() + b"\0" for name in sections)
        for name, (kind, contents) in sections.items():
            contents = names if contents is None else contents
            body += bytes(-len(body) % 8)
            link = list(sections).index(".strtab") + 1 if name == ".symtab" and \
                ".strtab" in sections else 0
            size = struct.calcsize("<" + SYM[bits]) if name == ".symtab" else 0
            headers.append((name, (names.find(b"\0" + name.encode() + b"\0") + 1, kind, 0, 0,
                                   start + len(body), len(contents), link, 0, 1, size)))
            self.contents[name] = start + len(body), len(contents)
            body += contents
        body += bytes(-len(body) % 8)
        table = start + len(body)
        ident = b"\x7fELF" + bytes([{32: 1, 64: 2}[bits], {"<": 1, ">": 2}[self.module.order], 1])
        shdr_size = struct.calcsize("<" + SHDR[bits])
        head = (1, self.module.machine, 1, 0, 0, table, 0, start, 0, 0, shdr_size, len(headers),
                list(sections).index(".shstrtab") + 1)
        self.data = ident.ljust(16, b"\0") + self._pack(EHDR[bits], *head) + bytes(body) + \
            b"".join(self._pack(SHDR[bits], *header) for _, header in headers) + self.module.tail
        self._note_fields("", 16, EHDR[bits], EHDR_NAMES)
        for number, (name, _) in enumerate(headers):
            self._note_fields(f"[{name}]", table + number * shdr_size, SHDR[bits], SHDR_NAMES)
        if ".symtab" in self.contents:
            size = struct.calcsize("<" + SYM[bits])
            for number in range(self.contents[".symtab"][1] // size):
                self._note_fields(f"[{number}]", self.contents[".symtab"][0] + number * size,
                                  SYM[bits], SYM_NAMES[bits])
        self.fields["EI_CLASS"] = 4, 1
        self.fields["EI_DATA"] = 5, 1

    def _note_fields(self, where, offset, form, names):
        for letter, name in zip(form, names):
            size = struct.calcsize("<" + letter)
            self.fields[name + where] = offset, size
            offset += size

    def value(self, field):
        """What a field holds."""
        offset, size = self.fields[field]
        return int.from_bytes(self.data[offset:offset + size], self._byte_order())

    def patched(self, field, value):
        """The file with another value in a field; it is cut to the field's size."""
        offset, size = self.fields[field]
        value &= (1 << 8 * size) - 1
        return self.data[:offset] + value.to_bytes(size, self._byte_order()) + \
            self.data[offset + size:]

    def _byte_order(self):
        return "little" if self.module.order == "<" else "big"


def strings(texts):
    """Strings with a NUL behind each."""
    return b"".join(text.encode("latin-1") + b"\0" for text in texts)
