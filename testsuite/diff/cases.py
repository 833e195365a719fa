# SPDX-License-Identifier: GPL-2.0-or-later
"""What is compared: groups of cases, a function each. All of it leaves the real system alone."""
import collections
import dataclasses
import itertools
import random

BATCH = 40


@dataclasses.dataclass
class Case:
    """One run of each side."""

    argv: list
    env: dict = dataclasses.field(default_factory=dict)
    cwd: str = "/"
    # what kmod 30 is given where it takes other arguments to the same end
    reference_argv: list = None
    # what is not compared: parts of an outcome
    ignore: tuple = ()

    def __str__(self):
        env = "".join(f"{name}={value!r} " for name, value in self.env.items())
        return f"{env}{' '.join(repr(str(part)) for part in self.argv)} in {self.cwd}"


def batches(items, size=BATCH):
    """The items, so many at a time."""
    items = list(items)
    for start in range(0, len(items), size):
        yield items[start:start + size]


def some(items, count, seed=30):
    """Some of the items, the same ones each time."""
    items = list(items)
    return random.Random(seed).sample(items, min(count, len(items)))


def modprobe(*args, config="/dev/null", **rest):
    """modprobe with a configuration."""
    return Case(["modprobe", "-C", config, *args], **rest)


def dry(*args, config="/dev/null", **rest):
    """modprobe -n; kmod 30 has to be told to show what it would do."""
    reference = args if "-v" in args else ["-v", *args]
    return Case(["modprobe", "-C", config, "-n", *args],
                reference_argv=["modprobe", "-C", config, "-n", *reference], **rest)


# ---- modinfo ------------------------------------------------------------------------------


def modinfo_modules(world):
    """Everything there is to say of every module."""
    for names in batches(world.names()):
        yield Case(["modinfo", *names])
        yield Case(["modinfo", "-0", *names])


def modinfo_fields(world):
    """One field, by all ways to say so."""
    names = some(world.names(), 200)
    fields = ["alias", "author", "build_id", "depends", "description", "filename", "firmware",
              "intree", "License", "license", "name", "parm", "parmtype", "sig_hashalgo", "sig_id",
              "sig_key", "signature", "signer", "softdep", "srcversion", "vermagic", "version", ""]
    for field in fields:
        yield Case(["modinfo", "-F", field, *names])
        yield Case(["modinfo", "-0F", field, *names[:50]])
    for option in ("-a", "-d", "-l", "-p", "-n", "--author", "--description", "--license",
                   "--parameters", "--filename", "-anp", "-pa", "--fi"):
        yield Case(["modinfo", option, *names[:50]])


def modinfo_builtins(world):
    """Modules in the kernel image."""
    names = world.builtins()
    for some_names in batches(names):
        yield Case(["modinfo", *some_names])
        yield Case(["modinfo", "-0", *some_names])
        yield Case(["modinfo", "-m", *some_names])
    for field in ("name", "filename", "license", "parm", "file", "alias"):
        yield Case(["modinfo", "-F", field, *names])
    yield Case(["modinfo", "-k", "none", "vfat", "8250"])


def modinfo_operands(world):
    """Files, names, aliases, and what is none of them."""
    names = some(world.names(), 30)
    yield Case(["modinfo", *(f"{world.here}/{path.split(':')[0]}" for path in
                             some(world.lines("modules.dep"), 100))])
    yield Case(["modinfo", "-m", *names, "-m", names[0].replace("_", "-") + ".ko.xz"])
    yield Case(["modinfo", "-n", *aliases(world, 60)])
    yield Case(["modinfo", "-mn", *aliases(world, 10)])
    for operand in ("crc16.ko", "./crc16.ko", "../run/crc16.ko", "link.ko", "short.ko", "text.ko",
                    "empty.ko", "dir.ko", "probe.txt", "no.ko", "crc16", "", "a]", "[a", "[a-b]",
                    "symbol:crc16", "symbol:*", "fs-ext3", "x" * 300, "a.b", "ext4.ko"):
        yield Case(["modinfo", operand, "crc8"], cwd="/run")
        yield Case(["modinfo", "-n", operand, "crc8"], cwd="/run")
        yield Case(["modinfo", "-m", operand, "crc8"], cwd="/run")
    for args in ([], ["-q", "crc16"], ["-F"], ["--field"], ["-k", "9.9", "crc16"],
                 ["-b", "/", "crc16"], ["-b", str(world.root), "crc16"], ["-b", "x/", "crc16"],
                 ["-k", world.release, "crc16"], ["--", "-n"], ["--nul", "crc16"]):
        yield Case(["modinfo", *args])


# ---- modprobe: what would be inserted ------------------------------------------------------


def aliases(world, count):
    """Some of the aliases that the modules have, made names of devices; half of them shared."""
    keys = [line.split()[1] for line in world.lines("modules.alias") if line.startswith("alias ")]
    shared = [key for key, times in collections.Counter(keys).items() if times > 1]
    return [key.replace("*", "Z0") for key in some(shared, count // 2) + some(keys, count // 2)]


def depends_all(world):
    """Every module with its dependencies."""
    for names in batches(world.names()):
        yield modprobe("-a", "-D", *names)
        yield modprobe("-a", "-D", "-i", *names, config="/config/rich")
        yield modprobe("-a", "-D", "-b", *names, config="/config/rich")


def depends_single(world):
    """Some of them by themselves."""
    for name in some(world.names(), 300):
        yield modprobe("--show-depends", name)


def depends_aliases(world):
    """A thousand aliases."""
    found = aliases(world, 1000)
    for name in found[:200]:
        yield modprobe("-R", name)
        yield modprobe("-D", name, config="/config/rich")
    for names in batches(found):
        yield modprobe("-a", "-R", *names)
        yield modprobe("-qaR", *names, "nosuch")
        yield modprobe("-a", "-D", *names)
        yield modprobe("-abq", "-D", *names, config="/config/rich")
    symbols = [line.split()[1] for line in world.lines("modules.symbols")
               if line.startswith("alias ")]
    yield modprobe("-a", "-R", *some(symbols, 100))


CONFIGURED = [
    "crc16", "crc-16", "crc_itu_t", "crc-itu-t", "ext4", "fs-ext4", "my-alias", "my-other",
    "my_alias", "x-abc", "y-abc", "both", "nowhere", "off", "xfs", "crc8", "crc7", "ghost", "dies",
    "only-remove", "vfat", "fat", "crc4", "libcrc32c", "odd", "both_a", "post_only", "dm-mod",
    "dm_mirror", "cycle1", "floppy", "multi", "pci:v0000dead00", "wild-one", "wild-two", "zz_last",
    "nosuch", "nosuch-module", "crc64", "romfs", "rom_fs", "btrfs", "8250", "loop", "coming",
    "single", "crc32_generic", "symbol:crc16", "isofs", "tun", "crc16.ko", "ext4.x", "hidden", "",
    "dm-zero", "dm-crypt", "fs-ntfs3", "fs-minix", "minix",
]


def configured_dry(world):
    """Names that a configuration has something to say of, each in many ways."""
    for name in CONFIGURED:
        for options in ([], ["-b"], ["-i"], ["--first-time"], ["-a"], ["-q"], ["-R"], ["-f"]):
            for parameters in ([], ["p=1", "q=a b", "r='c d'", 's="e f"', "t=", "u v"]):
                yield modprobe("-D", *options, name, *parameters, config="/config/rich")
                # kmod 30 cannot be quiet and show what it would do
                if "-q" not in options:
                    yield dry(*options, name, *parameters, config="/config/rich")


def configured_real(world):
    """The same for good: what would have reached the kernel is compared, too."""
    for name in CONFIGURED:
        for options in (["-v"], [], ["-q"], ["-vb"], ["-vi"], ["--first-time"], ["-a"], ["-vf"]):
            yield modprobe(*options, name, "p=1", "q=", config="/config/rich")
    # Not EEXIST of a module that is not in sysfs: to kmod that is success, to ours it is not.
    for result in ("ENOENT", "ENOEXEC", "EKEYREJECTED", "EPERM", "EINVAL", "ENOMEM",
                   "ENOSYS,init_module=EBUSY", "0,finit_module=EBUSY",
                   "EPERM,finit_module=0", "0,finit_module=0,finit_module=0,finit_module=EBUSY"):
        for options in ([], ["-v"], ["-q"], ["-a"], ["--first-time"], ["-vaf", "crc7"]):
            for name in ("btrfs", "zz-last", "crc_itu_t", "both", "dm-zero"):
                yield modprobe(*options, name, config="/config/rich",
                               env={"TRAP_KERNEL": f"finit_module={result}"})


# ---- modprobe: the rest --------------------------------------------------------------------


def removal(world):
    """Removing modules from a kernel that has some."""
    names = ["ext4", "jbd2", "mbcache", "crc16", "vfat", "fat", "loop", "crc8", "crc7", "dm_mod",
             "dm-log", "dm_mirror", "dm_region_hash", "bluetooth", "ecc", "rfkill", "xfs", "isofs",
             "coming", "8250", "nosuch", "ghost", "only_remove", "fs-ext4", "my-alias", "both",
             "crc4", "a]", "", "post_only", "btrfs"]
    for name, config in itertools.product(names, ("/dev/null", "/config/rich")):
        for options in ([], ["-i"], ["-q"], ["-a"], ["-v"], ["--first-time"], ["-f"]):
            if "-q" not in options:
                yield dry("-r", *options, name, config=config)
            yield modprobe("-rv", *options, name, config=config)
        yield modprobe("-r", name, config=config)
        yield modprobe("-D", "-r", name, config=config)
    for options in ([], ["-a"], ["-q"], ["-v"], ["-av"]):
        yield modprobe("-r", *options, "loop", "ext4", "nosuch", "crc7", "vfat")
        yield modprobe("-r", *options, "vfat", "8250", "fat", config="/config/rich")
    for result in ("EAGAIN", "EEXIST", "ENOENT", "EPERM", "0,delete_module=EBUSY"):
        for options in ([], ["-q"], ["-a"], ["-v"], ["--first-time"], ["-i"], ["-vf"]):
            yield modprobe("-r", *options, "loop", "vfat", config="/config/rich",
                           env={"TRAP_KERNEL": f"delete_module={result}"})
            yield modprobe("-r", *options, "bluetooth",
                           env={"TRAP_KERNEL": f"delete_module={result}"})


def holders(world):
    """Removing modules with what uses them, which kmod 30 only does with -r."""
    for name in ("dm_log", "dm_mod", "jbd2", "mbcache", "crc16", "ext4", "loop", "nosuch", "ecc"):
        for options in ([], ["-i"], ["-a"], ["-ai"]):
            for old in ("--remove-holders", "--remove-dependencies", "--remove-"):
                yield Case(["modprobe", "-C", "/dev/null", "-n", *options, old, name],
                           reference_argv=["modprobe", "-C", "/dev/null", "-nv", "-r", *options,
                                           old, name])
    yield modprobe("-rv", "--remove-holders", "dm_log", env={"TRAP_KERNEL": "delete_module=EPERM"})


def waiting(world):
    """Waiting for a module that is in use."""
    for value in ("0", "1", "010", "0x10", "", "x", "1x", " 1", "99999999999999999999x"):
        yield modprobe("-r", "-w", value, "loop")
        yield dry("-r", "--wait=" + value, "ext4")
    yield modprobe("-rvw", "20", "bluetooth",
                   env={"TRAP_KERNEL": "delete_module=EAGAIN,delete_module=EAGAIN,delete_module=0"})


def show_config(world):
    """The whole configuration."""
    for config in ("/config/rich", "/config/broken", "/config/single", "/dev/null", "/nosuch",
                   "/config/rich/10-first.conf", "/config/rich/README", "config/rich"):
        yield modprobe("-c", config=config)
        yield modprobe("--showconfig", "-qC", "/config/other", "operand", config=config)
    for options in ([], ["-q"], ["-S", "none"], ["-S", "9.9"], ["-d", "/nosuch"]):
        yield Case(["modprobe", "-c", *options])
    for level in ("", "0", "3", "6x", "warning", "err", "info", "-1"):
        yield modprobe("-c", config="/config/broken", env={"KMOD_LOG": level})


def symbols(world):
    """Symbols that modules need, and those they have."""
    paths = [f"{world.here}/{line.split(':')[0]}" for line in
             some(world.lines("modules.dep"), 150)]
    for path in paths:
        yield modprobe("--dump-modversions", path)
        yield modprobe("--show-exports", path)
    for option in ("--dump-modversions", "--show-modversions", "--show-exports", "--dump",
                   "--show-m"):
        for path in ("./crc16.ko", "crc16.ko", "./short.ko", "./text.ko", "./empty.ko", "./dir.ko"):
            for more in ([], ["-a"], ["-q"]):
                yield modprobe(option, *more, path, "nosuch", cwd="/run")


def renamed(world):
    """What kmod 30 does only by another name, or only for files."""
    for names in batches(aliases(world, 100), 10):
        yield modprobe("--show-alias", "-a", *names,
                       reference_argv=["modprobe", "-C", "/dev/null", "-R", "-a", *names])
    for line in some(world.lines("modules.dep"), 60):
        path = line.split(":")[0]
        name = path.split("/")[-1].split(".")[0]
        for option in ("--show-modversions", "--show-exports"):
            yield modprobe(option, name,
                           reference_argv=["modprobe", "-C", "/dev/null", option,
                                           f"{world.here}/{path}"])


def environment(world):
    """Options in the environment."""
    for value in ("a b", " a", "a  b", "a ", '"a" b', '"a"b c', '"a" ', 'k="a b"c d', '"a b', "x'y",
                  '"" z', 'a"" b', "a'b\"c' d", "  ", "", 'x "a"', '"a""b"', 'p"q"r"s t"', '"a"  b',
                  "a\tb", "k=\"a 'b'", "'a\"b' c", "'a'\"b\"", '"', "'", "a'", "-q", "-- -q",
                  "--quiet x", "\"-q\"", "-q -v -v", "-S none", "-x"):
        env = {"MODPROBE_OPTIONS": value}
        yield modprobe("-a", "-R", "last", "crc16", env=env)
        yield modprobe("-D", "crc16", "x=1", env=env)
    for value in ("-v", "-q", "-s", "-C /config/single", "--verbose", "-vvsq", "-S x", "-q -- "):
        for options in ([], ["-v"], ["-q"], ["-s"], ["-C", "/config/single"]):
            yield Case(["modprobe", "-C", "/config/env.conf", *options, "show_env"],
                       env={"MODPROBE_OPTIONS": value})
    yield Case(["modprobe", "-C", "/config/env.conf", "-r", "-vq", "show_env"])
    yield Case(["modprobe", "-C", "/config/env.conf", "show_env"],
               env={"MODPROBE_MODULE": "before"})


def trees(world):
    """Other directories of modules."""
    for args in (["-S", "none"], ["-S", "9.9"], ["-d", "/"], ["-d", ""], ["-d", "/x/"],
                 ["-d", "rel"], ["-d", "rel/", "-S", "v"], ["-S", ""], ["-S", world.release],
                 ["-d", "/", "-S", world.release], ["-d", str(world.root)]):
        for more in (["-D", "crc16"], ["-n", "crc16"], ["-a", "-n", "crc16", "x"], ["-rn", "loop"],
                     ["-R", "crc16"], ["-c"], ["--dump-modversions", "./crc16.ko"]):
            reference = ["-nv" if part == "-n" else "-rnv" if part == "-rn" else part
                         for part in more]
            yield Case(["modprobe", "-C", "/dev/null", *args, *more], cwd="/run",
                       reference_argv=["modprobe", "-C", "/dev/null", *args, *reference])
    yield Case(["modprobe", "crc16"], env={"TRAP_UNAME": "!EPERM"})
    yield Case(["modprobe", "-d", "/", "crc16"], env={"TRAP_UNAME": "!EPERM"})
    yield Case(["modinfo", "-b", "/", "crc16"], env={"TRAP_UNAME": "!EPERM"})


def usage(world):
    """Options that are wrong, cut short, or not there."""
    for args in ([], ["-q"], ["-a"], ["-r"], ["-R"], ["-D"], ["-x"], ["--nosuch"], ["--wait"],
                 ["-w"], ["-C"], ["-d"], ["-S"], ["--all=x", "a"], ["--rem", "a"],
                 ["--showc"], ["--dry-r", "-v", "crc16"], ["--show", "-v", "crc16"],
                 ["--resolve", "crc16"], ["--ignore", "-nv", "crc16"], ["--ignore-", "-nv", "crc8"],
                 ["crc16", "-nv", "x=1"], ["-nv", "--", "crc16", "-v"],
                 ["-nv", "crc16", "--", "-v"],
                 ["--firs", "-nv", "crc16"], ["--force-", "a"], ["--use", "-nv", "crc16"],
                 ["--show-d", "crc16"], ["--set-v", "none", "-R", "crc16"], ["-nvx", "crc16"],
                 ["--quie", "-R", "nosuch"], ["--show-depends=1"], ["-Rq", "nosuch"],
                 ["-n", "nosuch"],
                 ["-qn", "nosuch"], ["-anv", "nosuch", "crc7"], ["-s", "nosuch"], ["-sa", "nosuch"],
                 ["-sq", "nosuch"], ["-s"], ["-s", "-x"], ["-vvs", "-n", "crc16"], ["-vv", "xfs"],
                 ["-nvvv", "crc16"], ["-qv", "nosuch"], ["-qvv", "nosuch"], ["-vq", "nosuch"],
                 ["-qvvvv", "-n", "crc16"]):
        yield Case(["modprobe", *args])
        yield Case(["modprobe", *args], env={"POSIXLY_CORRECT": "1"})
    yield Case(["modprobe", "-nv", "--wait", "5", "crc16"])


def static_nodes(world):
    """kmod static-nodes; what kmod 30 writes to /dev/stdout has to pass."""
    for tree in ("good", "bad", "none", "nosuch"):
        env = {"TRAP_UNAME": tree, "TRAP_PASS": "/dev"}
        for args in ([], ["-f", "human"], ["-ftmpfiles"], ["--format=devname"],
                     ["operand", "-f", "nosuch"], ["-x"], ["-o"], ["--form", "devname"]):
            yield Case(["kmod", "static-nodes", *args], env=env)
        # the help is in other words
        for args in (["-f", "nosuch"], ["-h"]):
            yield Case(["kmod", "static-nodes", *args], env=env, ignore=("output",))
    yield Case(["kmod", "static-nodes", "-o", "/run/dir.ko"], env={"TRAP_UNAME": "good"})


GROUPS = [
    ("modinfo: all modules", modinfo_modules),
    ("modinfo: one field", modinfo_fields),
    ("modinfo: modules in the kernel image", modinfo_builtins),
    ("modinfo: operands", modinfo_operands),
    ("modprobe -D: all modules", depends_all),
    ("modprobe -D: one module", depends_single),
    ("modprobe -D, -R: aliases", depends_aliases),
    ("modprobe -D, -n: as configured", configured_dry),
    ("modprobe: as configured", configured_real),
    ("modprobe -r", removal),
    ("modprobe -r --remove-holders", holders),
    ("modprobe -r --wait", waiting),
    ("modprobe -c", show_config),
    ("modprobe --show-modversions, --show-exports", symbols),
    ("modprobe: options renamed or extended", renamed),
    ("modprobe: MODPROBE_OPTIONS", environment),
    ("modprobe: directories", trees),
    ("modprobe: usage", usage),
    ("kmod static-nodes", static_nodes),
]
