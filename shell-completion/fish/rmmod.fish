# SPDX-License-Identifier: GPL-2.0-or-later
#
# Completion of the command line of rmmod, for fish.

source (status dirname)/__kmod.fish

complete -c rmmod -f -a '(__kmod_loaded_modules)' -d 'Loaded module'
complete -c rmmod -s f -l force -d 'Remove even if in use'
complete -c rmmod -s s -l syslog -d 'Send messages to the system log'
complete -c rmmod -s v -l verbose -d 'Show more messages'
complete -c rmmod -s V -l version -d 'Show the version'
complete -c rmmod -s h -l help -d 'Show help'
