# SPDX-License-Identifier: GPL-2.0-or-later
#
# complete.fish DIRECTORY: completes each line of standard input with the completions in DIRECTORY,
# and prints the candidates, one a line, and then a line with a dot.

set fish_complete_path $argv[1]

while read -l line
    # Candidates come with a description; and with the option when they are its argument.
    complete -C $line | string replace -r -- '\t.*' '' | string replace -r -- '^--[^=]*=' ''
    echo .
end
