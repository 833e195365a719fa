# SPDX-License-Identifier: GPL-2.0-or-later
#
# Completion of the command line of kmod, for fish.

set -l commands help list static-nodes
set -l before "not __fish_seen_subcommand_from $commands"
set -l list '__fish_seen_subcommand_from list'
set -l nodes '__fish_seen_subcommand_from static-nodes'

complete -c kmod -f
complete -c kmod -n $before -a help -d 'Show help'
complete -c kmod -n $before -a list -d 'Show the modules that are loaded'
complete -c kmod -n $before -a static-nodes -d 'Show the device nodes that load modules'
complete -c kmod -n $before -s V -l version -d 'Show the version'
complete -c kmod -n $before -s h -l help -d 'Show help'

complete -c kmod -n $list -s s -l syslog -d 'Send messages to the system log'
complete -c kmod -n $list -s v -l verbose -d 'Show more messages'
complete -c kmod -n $list -s V -l version -d 'Show the version'
complete -c kmod -n $list -s h -l help -d 'Show help'

complete -c kmod -n $nodes -s f -l format -x -a 'human tmpfiles devname' -d 'How to show them'
complete -c kmod -n $nodes -s o -l output -r -F -d 'Write to this file'
complete -c kmod -n $nodes -s h -l help -d 'Show help'
