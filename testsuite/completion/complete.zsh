# SPDX-License-Identifier: GPL-2.0-or-later
#
# complete.zsh DIRECTORY: completes each line of standard input with the completions in DIRECTORY,
# and prints the candidates, one a line, and then a line with a dot.
#
# zsh completes only in an interactive shell. The one that runs here, on a terminal of its own,
# reads this very file, called as "complete.zsh DIRECTORY interactive", and completes all lines as
# soon as it begins to edit one. $COMPLETION_SHELL is the program, $COMPLETION_WORK a directory for
# files.

# Stands in for the builtin: prints what matches, with directory and suffix, which stand apart.
capture_compadd() {
	local -a hits
	local -A apart

	if [[ ${(j: :)@[1,(i)(-|--)]} == *-(O|A|D)' '* ]]; then
		builtin compadd "$@"
		return
	fi
	builtin compadd -A hits "$@"
	zparseopts -E -A apart p: S:
	(( $#hits == 0 )) || print -rl -u $to -- "${apart[-p]}"$^hits"${apart[-S]}"
	builtin compadd "$@"
}

capture_one() {
	compadd() { capture_compadd "$@" }
	_main_complete
	unfunction compadd
	compstate[insert]= compstate[list]=
}

capture_all() {
	local line

	while IFS= read -r -u $from line; do
		BUFFER=$line CURSOR=$#line
		zle capture-one
		print -u $to .
	done
	exit
}

if [[ $2 == interactive ]]; then
	fpath=($1 $fpath)
	autoload -Uz compinit
	compinit -D -u
	zle -C capture-one complete-word capture_one
	zle -N zle-line-init capture_all
	exec {from}<$COMPLETION_FROM {to}>$COMPLETION_TO
	return
fi

zmodload zsh/zpty
work=$COMPLETION_WORK
export COMPLETION_FROM=$work/zsh-lines COMPLETION_TO=$work/zsh-candidates
while IFS= read -r line; do
	print -r -- $line
done >$COMPLETION_FROM

zpty shell "${(q)COMPLETION_SHELL} -f -i"
zpty -w shell "source ${(q)0} ${(q)1} interactive"
while zpty -r shell seen; do
	output+=$seen
done
zpty -d shell
print -rn -- "$(<$COMPLETION_TO)"
print
