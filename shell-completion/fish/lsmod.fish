# SPDX-License-Identifier: GPL-2.0-or-later
#
# Completion of the command line of lsmod, for fish.

complete -c lsmod -f
complete -c lsmod -s s -l syslog -d 'Send messages to the system log'
complete -c lsmod -s v -l verbose -d 'Show more messages'
complete -c lsmod -s V -l version -d 'Show the version'
complete -c lsmod -s h -l help -d 'Show help'
