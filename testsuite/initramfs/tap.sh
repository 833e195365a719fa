# shellcheck shell=bash
# SPDX-License-Identifier: GPL-2.0-or-later
#
# What the tests of hooks for an initramfs share: TAP, and a tree of modules beside an image.
# Read by the programs beside it; $work is their temporary directory.

# shellcheck source=testsuite/harness/strictly.sh
. "$(dirname "${BASH_SOURCE[0]}")/../harness/strictly.sh"

tree=$work/case/tree
image=$work/case/image
number=0
failed=0

# check TITLE FUNCTION [ARGUMENT...]: one test, in an empty tree and an empty image. What it prints
# is shown when it fails.
check() {
	local title=$1 status
	shift
	number=$((number + 1))
	rm -rf "$work/case"
	mkdir -p "$tree" "$image"
	strictly "$work/log" "$@"
	if ((status)); then
		failed=$((failed + 1))
		echo "not ok $number - $title"
		sed 's/^/# /' "$work/log"
	else
		echo "ok $number - $title"
	fi
}

finish() {
	echo "1..$number"
	exit $((failed > 0))
}

# put FILE TEXT: a file with that text, packed as its name says.
put() {
	mkdir -p "${1%/*}"
	case $1 in
	*.xz) echo "$2" | xz ;;
	*.zst) echo "$2" | zstd -q ;;
	*.gz) echo "$2" | gzip -n ;;
	*) echo "$2" ;;
	esac >"$1"
}

# holds FILE TEXT: whether it is a file of its own with that text.
holds() {
	[[ ! -L $1 ]] && diff "$1" <(echo "$2")
}

# Everything below the directory, with times and contents.
contents() {
	(cd "$1" && find . -printf '%p %y %m %T@ %l\n' -type f -exec sha256sum {} \; | LC_ALL=C sort)
}

# signatures_are DIRECTORY NAME...: those below the directory and no others.
signatures_are() {
	diff <(cd "$1" && find . -name '*.sig' -printf '/%P\n' | LC_ALL=C sort) \
		<((($# < 2)) || printf '%s\n' "${@:2}" | LC_ALL=C sort)
}

fails() {
	! "$@"
}
