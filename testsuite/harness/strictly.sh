# shellcheck shell=bash
# SPDX-License-Identifier: GPL-2.0-or-later
#
# Running the function that is a test. To be sourced by bash scripts under set -e.

# strictly LOG COMMAND...: runs a command in a subshell that ends at the first error, with its output
# in the file LOG, and sets status to its status. Returns 0: a caller that wrote "if strictly" or
# "strictly ... ||" would make the shell go on after an error in there.
strictly() {
	local log=$1
	shift
	set +e
	(
		set -e
		"$@"
	) >"$log" 2>&1 </dev/null
	# shellcheck disable=SC2034 # for the caller
	status=$?
	set -e
}
