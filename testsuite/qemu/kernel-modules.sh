# SPDX-License-Identifier: GPL-2.0-or-later
# shellcheck shell=bash
#
# Taking modules out of an unpacked kernel package. To be sourced.
#
#	module_path DIRECTORY NAME	the file of that module, which must be there
#	plain_module FILE		its contents, decompressed

module_path() {
	local path
	path=$(find "$1/" -path '*/lib/modules/*' -name "$2.ko*" -print -quit)
	if [[ -z $path ]]; then
		echo "${0##*/}: no module $2 in $1" >&2
		return 1
	fi
	echo "$path"
}

plain_module() {
	case $1 in
	*.ko) cat "$1" ;;
	*.ko.xz) xz -dc "$1" ;;
	*.ko.gz) gzip -dc "$1" ;;
	*.ko.zst) zstd -qdc "$1" ;;
	*)
		echo "${0##*/}: $1 is compressed in a way not known here" >&2
		return 1
		;;
	esac
}
