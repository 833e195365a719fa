# SPDX-License-Identifier: GPL-2.0-or-later
# shellcheck shell=bash disable=SC2034
#
# complete.bash DIRECTORY: completes each line of standard input as bash would with the completions
# in DIRECTORY, and prints the candidates, one a line, and then a line with a dot.
set -u

# shellcheck disable=SC1091
. "$1/kmod"

# Outside of a completion there is no such builtin: what it was told is kept.
compopt() {
	while (($#)); do
		[[ $1 == -o ]] || told+=" $1 "
		shift
	done
}

# What bash itself adds, as it was told.
complete_files() {
	local word=$1

	if [[ $told == *" plusdirs "* ]] ||
		[[ $told == *" dirnames "* && ${#COMPREPLY[@]} -eq 0 ]]; then
		compgen -d -- "$word"
	elif [[ $told == *" default "* && ${#COMPREPLY[@]} -eq 0 ]]; then
		compgen -f -- "$word"
	fi
}

# The words of a line, with "=" as a word of its own. A blank at the end begins an empty word.
split_line() {
	local word

	COMP_WORDS=()
	for word in $1; do
		while [[ $word == *=* ]]; do
			[[ $word == =* ]] || COMP_WORDS+=("${word%%=*}")
			COMP_WORDS+=("=")
			word=${word#*=}
		done
		[[ -z $word ]] || COMP_WORDS+=("$word")
	done
	[[ $1 != *' ' ]] || COMP_WORDS+=("")
	COMP_CWORD=$((${#COMP_WORDS[@]} - 1))
}

while IFS= read -r line; do
	told=
	split_line "$line"
	last=${COMP_WORDS[-1]}
	_kmod "${COMP_WORDS[0]}" "$last" "${COMP_WORDS[-2]}"
	((${#COMPREPLY[@]} == 0)) || printf '%s\n' "${COMPREPLY[@]}"
	complete_files "${last#=}"
	echo .
done
