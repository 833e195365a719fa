# SPDX-License-Identifier: GPL-2.0-or-later
"""Command lines, and the candidates that there should be for the word at their end."""

MODULE_FILES = "a.ko b.ko.xz c.ko.gz d.ko.zst"
DIRECTORIES = "other subdir"

# A directory has no "/" at its end here, a long option no "=". "{-}" stands for a "-" that was
# typed for "_": fish keeps it.
CASES = [
    # Modules of a kernel.
    ("modprobe al", "alpha_one alpha_two alphabet"),
    ("modprobe alpha_", "alpha_one alpha_two"),
    ("modprobe alpha-o", "alpha{-}one"),
    ("modprobe alpha-", "alpha{-}one alpha{-}two"),
    ("modprobe nothing", ""),
    ("modprobe -q -- ga", "gamma"),
    ("modprobe -w 10 ga", "gamma"),
    ("modprobe -a gamma al", "alpha_one alpha_two alphabet"),
    ("modprobe gamma -a al", "alpha_one alpha_two alphabet"),
    ("modprobe -d other -S 6.9.0-other b", "beta_dep beta_in"),
    ("modprobe -d other -S6.9.0-other b", "beta_dep beta_in"),
    ("modprobe --dirname=other --set-version=6.9.0-other b", "beta_dep beta_in"),
    ("modprobe --dirname other --set-version 6.9.0-other b", "beta_dep beta_in"),
    ("modprobe -qaS 6.9.0-other -d other beta_in b", "beta_dep beta_in"),
    ("modprobe -S 6.9.0-other b", ""),
    ("modprobe -c al", ""),
    ("modinfo al", "alpha_one alpha_two alphabet"),
    ("modinfo delta al", "alpha_one alpha_two alphabet"),
    ("modinfo -k 6.9.0-other -b other be", "beta_dep beta_in"),
    ("modinfo -F parm -m d", "delta"),
    ("modinfo -F parm d", "d.ko.zst delta"),

    # Modules that are loaded.
    ("rmmod ", "alpha_loaded alpha_two beta_loaded"),
    ("rmmod alpha_two alpha-l", "alpha{-}loaded"),
    ("modprobe -r al", "alpha_loaded alpha_two"),
    ("modprobe -rq alpha_two be", "beta_loaded"),
    ("modprobe --remove be", "beta_loaded"),
    ("modprobe --remove-holders be", "beta_loaded"),

    # Files of modules.
    ("insmod ", f"{MODULE_FILES} {DIRECTORIES}"),
    ("insmod ./", "./a.ko ./b.ko.xz ./c.ko.gz ./d.ko.zst ./other ./subdir"),
    ("insmod -f ./b", "./b.ko.xz"),
    ("modprobe ./", "./a.ko ./b.ko.xz ./c.ko.gz ./d.ko.zst ./other ./subdir"),
    ("modinfo ./c", "./c.ko.gz"),
    ("depmod 6.1.0-this ", f"{MODULE_FILES} {DIRECTORIES}"),
    ("depmod 6.1.0-this a.ko ./b", "./b.ko.xz"),

    # Kernel releases.
    ("depmod ", "6.1.0-this"),
    ("depmod -n -b other 6", "6.8.0-older 6.9.0-other"),
    ("depmod -b other -m mods ", "5.0"),
    ("depmod --moduledir=mods --basedir=other ", "5.0"),
    ("depmod 7", ""),
    ("modprobe -S ", "6.1.0-this"),
    ("modprobe -d other -S 6", "6.8.0-older 6.9.0-other"),
    ("modprobe -d other --set-version 6.8", "6.8.0-older"),
    ("modprobe -d other --set-version=6", "6.8.0-older 6.9.0-other"),
    ("modinfo -b other -k ", "6.8.0-older 6.9.0-other"),

    # Other arguments of options.
    ("modprobe -C ", f"{MODULE_FILES} e.ko.sig f.txt {DIRECTORIES}"),
    ("modprobe --config=f", "f.txt"),
    ("modprobe --config f", "f.txt"),
    ("modprobe -d ", DIRECTORIES),
    ("modprobe --dirname=o", "other"),
    ("modprobe -w ", ""),
    ("depmod -b ", DIRECTORIES),
    ("depmod -m s", "subdir"),
    ("depmod --outdir=", DIRECTORIES),
    ("depmod -j ", ""),
    ("depmod -P ", ""),
    ("depmod -C f", "f.txt"),
    ("depmod -E f", "f.txt"),
    ("depmod -F f", "f.txt"),
    ("modinfo -F s", "sig_hashalgo sig_id sig_key signature signer softdep srcversion"),
    ("modinfo --field=sig_h", "sig_hashalgo"),
    ("modinfo -b ", DIRECTORIES),

    # kmod, and what takes no operands.
    ("kmod ", "help list static-nodes"),
    ("kmod st", "static-nodes"),
    ("kmod list ", ""),
    ("lsmod ", ""),
    ("kmod static-nodes ", ""),
    ("kmod static-nodes -f ", "devname human tmpfiles"),
    ("kmod static-nodes --format=t", "tmpfiles"),
    ("kmod static-nodes -o f", "f.txt"),
    ("modprobe --remove", "--remove --remove-holders"),
    ("depmod --s", "--show --symbol-prefix --symvers"),
]

# Parameters of modules, the only ones that are asked of modinfo, once a line.
PARAMETERS = [
    ("modprobe alphabet ", "debug= fast_mode="),
    ("modprobe -v alphabet de", "debug="),
    ("modprobe alphabet debug=1 fast-", "fast{-}mode="),
    ("modprobe alphabet debug=", ""),
    ("modprobe -d other -S 6.9.0-other beta_in f", "fast_mode="),
    ("modprobe ./a.ko ", "safe_mode= speed="),
    ("insmod ./a.ko s", "safe_mode= speed="),
    ("insmod ./a.ko speed=1 sp", "speed="),
    ("modprobe no_such_module ", ""),
]

# Commands whose help is looked at, with an operand that is offered to them.
HELP = [
    ("depmod", "6.1.0-this"),
    ("insmod", "a.ko"),
    ("kmod", None),
    ("kmod list", None),
    ("kmod static-nodes", None),
    ("lsmod", None),
    ("modinfo", "alpha_two"),
    ("modprobe", "alpha_two"),
    ("rmmod", "alpha_two"),
]

# After these no operand is offered, though they take no argument.
NO_OPERANDS = ("-c", "--show-config")
