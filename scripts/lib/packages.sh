# SPDX-License-Identifier: GPL-2.0-or-later
# shellcheck shell=bash
#
# The Debian packages that building, testing and the demo need, and installing what is missing.
# To be sourced by a bash script running under set -euo pipefail.
#
#	need_packages GROUP...	all of these groups are there when it returns 0. As root on Debian
#				it installs what is missing; elsewhere it names what is missing,
#				and the command that installs it, and returns 1.
#	missing_packages GROUP...	the names of what is missing, one per line
#	refresh_package_lists	apt-get update, at most once in a process; root only
#
# Nothing is asked, nothing waits for a terminal, and every wait has a bound.

# One line per package: group, Debian package, and how its presence is seen. It is the thing
# itself that is looked for, not dpkg's word for it: a meson from elsewhere is as good.
#	cmd:NAME	a command in PATH
#	static:NAME	a command in PATH that is a static executable
#	pc:NAME		a library known to pkg-config
#	file:PATH	a file; PATH may be a glob
package_table() {
	cat <<-'TABLE'
		build	gcc			cmd:gcc
		build	libc6-dev		file:/usr/include/stdio.h
		build	pkg-config		cmd:pkg-config
		build	meson			cmd:meson
		build	ninja-build		cmd:ninja
		build	zlib1g-dev		pc:zlib
		build	liblzma-dev		pc:liblzma
		build	libzstd-dev		pc:libzstd
		build	libssl-dev		pc:libcrypto
		build	scdoc			cmd:scdoc
		test	check			pc:check
		test	clang			cmd:clang
		test	g++			cmd:g++
		test	binutils		cmd:readelf
		test	python3			cmd:python3
		test	openssl			cmd:openssl
		test	man-db			cmd:man
		test	doxygen			cmd:doxygen
		test	valgrind		cmd:valgrind
		test	fish			cmd:fish
		test	zsh			cmd:zsh
		test	gzip			cmd:gzip
		test	xz-utils		cmd:xz
		test	zstd			cmd:zstd
		qemu	qemu-system-x86		cmd:qemu-system-x86_64
		qemu	busybox-static		static:busybox
		qemu	cpio			cmd:cpio
		qemu	dpkg			cmd:dpkg-deb
		qemu	xz-utils		cmd:xz
		qemu	gzip			cmd:gzip
		qemu	zstd			cmd:zstd
		qemu	openssl			cmd:openssl
		qemu	python3			cmd:python3
		qemu	abigail-tools		cmd:abidiff
		qemu	binutils		cmd:nm
		qemu	libip4tc2		file:/usr/lib/*/libip4tc.so.2
		qemu	util-linux		cmd:setpriv
		x86-32	gcc-multilib		file:/usr/lib32/crt1.o
		lint	clang-tidy		cmd:clang-tidy
		lint	cppcheck		cmd:cppcheck
		coverage	gcovr		cmd:gcovr
		fuzz	clang			cmd:clang
		fuzz	llvm			cmd:llvm-symbolizer
		afl	afl++			cmd:afl-clang-fast
		debian	debhelper		cmd:dh
		debian	debootstrap		cmd:debootstrap
		debian	dpkg-dev		cmd:dpkg-buildpackage
		debian	e2fsprogs		cmd:mke2fs
		debian	git			cmd:git
		debian	lintian			cmd:lintian
		debian	qemu-system-x86		cmd:qemu-system-x86_64
		debian	util-linux		cmd:unshare
		bench	strace			cmd:strace
		bench	python3			cmd:python3
		bench	xz-utils		cmd:xz
		bench	zstd			cmd:zstd
		bench	openssl			cmd:openssl
		bench	util-linux		cmd:setpriv
	TABLE
}

# A library without pkg-config to tell of it counts as absent: the build would not find it either.
package_present() {
	local probe=$1 target=${1#*:} path
	case $probe in
	cmd:*)
		type -P "$target" >/dev/null
		;;
	static:*)
		path=$(type -P "$target") && ! ldd "$path" >/dev/null 2>&1
		;;
	pc:*)
		type -P pkg-config >/dev/null && pkg-config --exists "$target" 2>/dev/null
		;;
	file:*)
		compgen -G "$target" >/dev/null
		;;
	*)
		echo "packages.sh: no such kind of probe: $probe" >&2
		return 2
		;;
	esac
}

missing_packages() {
	local group package probe wanted found
	for wanted in "$@"; do
		found=
		while read -r group package probe; do
			[[ $group == "$wanted" ]] || continue
			found=yes
			package_present "$probe" || echo "$package"
		done < <(package_table)
		if [[ -z $found ]]; then
			echo "packages.sh: no such group of packages: $wanted" >&2
			return 2
		fi
	done | sort -u
}

# apt-get with nothing to ask. Waits up to five minutes for another package manager to end; a run
# that hangs is ended after twenty.
apt_get() {
	local try log
	log=$(mktemp)
	for ((try = 1; ; try++)); do
		if DEBIAN_FRONTEND=noninteractive timeout --kill-after=10 1200 \
			apt-get -qq -o DPkg::Lock::Timeout=300 -o Acquire::Retries=3 "$@" \
			</dev/null >"$log" 2>&1; then
			rm -f "$log"
			return 0
		fi
		# The lock on the package lists is one that apt-get itself does not wait for.
		if ((try >= 60)) || ! grep -q 'Could not get lock' "$log"; then
			break
		fi
		sleep 5
	done
	echo "apt-get $* failed:" >&2
	tail -n 30 "$log" >&2
	rm -f "$log"
	return 1
}

package_lists_fresh=

refresh_package_lists() {
	[[ -z $package_lists_fresh ]] || return 0
	apt_get update || return 1
	package_lists_fresh=yes
}

need_packages() {
	local list
	local -a missing
	list=$(missing_packages "$@") || return
	[[ -n $list ]] || return 0
	mapfile -t missing <<<"$list"

	if [[ $EUID -ne 0 ]] || ! type -P apt-get >/dev/null; then
		{
			echo "Missing (Debian's package names): ${missing[*]}"
			echo "On Debian and its kin, this installs them:"
			echo "  sudo apt-get install --no-install-recommends ${missing[*]}"
		} >&2
		return 1
	fi

	echo "Installing: ${missing[*]}"
	# Lists that are absent or old make the first try fail; it costs little.
	if ! apt_get install --yes --no-install-recommends "${missing[@]}" 2>/dev/null; then
		refresh_package_lists || return 1
		apt_get install --yes --no-install-recommends "${missing[@]}" || return 1
	fi

	list=$(missing_packages "$@") || return
	if [[ -n $list ]]; then
		echo "Installed, and still not to be found: ${list//$'\n'/ }" >&2
		return 1
	fi
}
