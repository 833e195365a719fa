# SPDX-License-Identifier: GPL-2.0-or-later
"""The system that both programs find themselves in: a kernel's modules, some of them loaded,
and configurations good and bad.

Everything is below one directory, which the trap makes the programs' root.
"""
import pathlib
import subprocess

DEPMOD_LIMIT = 300

# What can be written in a configuration, and what is read of it in which order.
RICH = {
    "10-first.conf": """\
# a comment
blacklist crc16
blacklist	nosuch-module trailing words
alias my-alias ext4
alias my-* btrfs
alias [x-z]-abc crc-ccitt
alias both crc16
alias both crc-itu-t
alias nowhere off
alias xfs ext4
options crc-itu-t debug=1	level=2
options crc-itu-t   spaced  
options my-alias from_alias=1
options ext4 name=1
install crc8 echo install crc8 $CMDLINE_OPTS end
install crc7 /bin/true 
install ghost echo ghost "$CMDLINE_OPTS" $MODPROBE_MODULE
install crc32_* /bin/false
install dies kill -9 $$
remove crc8 echo remove crc8 $CMDLINE_OPTS end
remove ghost echo no more ghosts $MODPROBE_MODULE
remove only-remove /bin/true
remove vfat /bin/false
softdep vfat pre: crc8 loop post: crc7 nosuch
softdep vfat pre: btrfs
softdep crc4 pre: nosuch
softdep libcrc32c none
softdep odd pre: a post: d pre: e
softdep both_a pre: a b post: c d
softdep post_only post: a
softdep dm-* pre: crc64 post: crc-itu-t
install dm-crypt echo not used, for it has softdeps
install libcrc32c echo used, for it has none
install fs-ntfs3 echo a name of an index, too
remove fs-minix echo a name of an index, too
softdep cycle1 pre: fat
""",
    "20-more.conf": """\
blacklist floppy
options ext4 from_second_file \\
	continued
options ext4 back\\slash
install multi first; second
softdep fat pre: vfat post: vfat
alias pci:v0000dead* crc16
alias wild-* crc7
alias wild-one crc4
""",
    "README": "this is not configuration\n",
    ".hidden.conf": "blacklist hidden\n",
    "zz-last.conf": "alias zz-last crc8\nsoftdep ext4 pre: crc4 post: crc8\n",
}

BROKEN = {
    "a.conf": """\
alias
alias one
alias [open target
alias closed] target
alias good target
blacklist
options
options foo
options foo\x20
install foo
softdep foo
include /etc/other
config x
unknown words here
 # not a comment
 blacklist indented
	options tab x=1
blacklist "quoted name"
install cr /bin/true\r
\r
blacklist last\\
 continued here
blacklist without newline""",
    "b.conf": "\0blacklist after\nblacklist be\0fore\noptions nul x=1\0y=2\n",
    "sub.conf/in.conf": "blacklist deep\n",
    "empty.conf": "",
}

# The modules in the kernel: how often each is used, and by whom.
LOADED = {
    "ext4": (1, []),
    "jbd2": (1, ["ext4"]),
    "mbcache": (1, ["ext4"]),
    "crc16": (2, ["ext4", "bluetooth"]),
    "vfat": (0, []),
    "fat": (0, []),
    "loop": (0, []),
    "crc8": (0, []),
    "crc7": (0, []),
    "dm_mod": (2, ["dm_mirror", "dm_log"]),
    "dm_log": (1, ["dm_mirror"]),
    "dm_mirror": (0, []),
    "dm_region_hash": (0, []),
    "bluetooth": (0, []),
    "ecdh_generic": (0, []),
    "ecc": (1, ["ecdh_generic"]),
    "rfkill": (0, []),
    "xfs": (3, []),
    "isofs": (0, ["held_by_gone"]),
}

CMDLINE = 'quiet root=/dev/sda1 crc_itu_t.cmdline="a b" "crc4.quoted=c d" ' \
    "modprobe.blacklist=crc64,rom-fs a.b.c=1 -- ext4.last\n"

DEVNAME = """\
# Device nodes to trigger on-demand module loading.
fuse fuse c10:229
tun net/tun c10:200
loop loop-control c10:237 and more
  btrfs	btrfs-control	c10:234
deep one/two/three b7:0
"""


class World:
    """A directory with all of that in it."""

    def __init__(self, work, kernel, depmod):
        self.work = work
        self.root = work / "root"
        modules = next(path for path in (kernel / "lib/modules", kernel / "usr/lib/modules")
                       if path.is_dir())
        self.release = sorted(path.name for path in modules.iterdir())[0]
        self.modules = self.root / "lib/modules" / self.release
        self.here = f"/lib/modules/{self.release}"
        self._make_modules(modules / self.release, depmod)
        self._make_configs()
        self._make_kernel()
        self._make_devnames()
        self.write("run/probe.txt", "no module\n")
        self.write("run/short.ko", "hi\n")
        self.write("run/text.ko", "this is a text and no module\n")
        self.write("run/empty.ko", "")
        self.write("run/dir.ko/file", "")
        (self.root / "run/link.ko").symlink_to(self.file("crc16"))
        (self.root / "run/crc16.ko").write_bytes(self.file("crc16").read_bytes())

    def environment(self):
        """What the trap is told, and everything else that is in the environment."""
        return {
            "PATH": "/usr/bin:/bin",
            "LC_ALL": "C",
            "TRAP_ROOT": str(self.root),
            "TRAP_UNAME": self.release,
            "ASAN_OPTIONS": "verify_asan_link_order=0",
        }

    def write(self, path, text):
        """Makes a file below the root."""
        file = self.root / path
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_bytes(text.encode())

    def names(self):
        """The modules, as modules.dep has them."""
        paths = (line.split(":")[0] for line in self.lines("modules.dep"))
        return [pathlib.PurePath(path).name.split(".")[0] for path in paths]

    def builtins(self):
        """The modules in the kernel image."""
        return [pathlib.PurePath(path).name.split(".")[0] for path in self.lines("modules.builtin")]

    def lines(self, name):
        """A file in the module directory."""
        return (self.modules / name).read_text().splitlines()

    def file(self, name):
        """The file of a module, where it really is."""
        for line in self.lines("modules.dep"):
            path = line.split(":")[0]
            if pathlib.PurePath(path).name.split(".")[0] == name:
                return (self.modules / path).resolve()
        raise KeyError(name)

    def _make_modules(self, tree, depmod):
        self.modules.mkdir(parents=True)
        (self.modules / "kernel").symlink_to(tree / "kernel")
        for name in ("modules.order", "modules.builtin", "modules.builtin.modinfo"):
            (self.modules / name).write_bytes((tree / name).read_bytes())
        subprocess.run([depmod, "-b", self.root, self.release], check=True, timeout=DEPMOD_LIMIT)

    def _make_configs(self):
        for where, files in (("config/rich", RICH), ("config/broken", BROKEN)):
            for name, text in files.items():
                self.write(f"{where}/{name}", text)
        self.write("config/other/10-first.conf", "blacklist other\n")
        self.write("config/single", "options single x=1\n")
        self.write("config/env.conf", """\
install show_env echo "[$MODPROBE_OPTIONS] [$MODPROBE_MODULE]"
remove show_env echo "[$MODPROBE_OPTIONS] [$MODPROBE_MODULE]"
""")
        self.write("etc/modprobe.d/etc.conf", "blacklist from_etc\n")
        self.write("run/modprobe.d/etc.conf", "blacklist hidden_by_etc\n")
        self.write("lib/modprobe.d/lib.conf", "blacklist from_lib\n")
        self.write("proc/cmdline", CMDLINE)

    def _make_kernel(self):
        lines = []
        for name, (users, holders) in LOADED.items():
            there = f"sys/module/{name}"
            self.write(f"{there}/initstate", "live\n")
            self.write(f"{there}/refcnt", f"{users}\n")
            self.write(f"{there}/coresize", "4096\n")
            (self.root / there / "holders").mkdir()
            for holder in holders:
                self.write(f"{there}/holders/{holder}", "")
            lines.append(f"{name} 4096 {users} {','.join(holders) or '-'} Live 0x0\n")
        self.write("sys/module/coming/initstate", "coming\n")
        self.write("sys/module/coming/refcnt", "0\n")
        self.write("proc/modules", "".join(lines))

    def _make_devnames(self):
        self.write("lib/modules/good/modules.devname", DEVNAME)
        self.write("lib/modules/bad/modules.devname",
                   "a b c1:2\n\nfoo bar d1:2\nx y c1\nx y c1:\nx y c:1\n  lead ing c1:2\n"
                   "last b3 b3:4")
        (self.root / "lib/modules/none").mkdir()
