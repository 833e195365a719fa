# SPDX-License-Identifier: GPL-2.0-or-later
#
# Completion of the command line of insmod, for fish.

source (status dirname)/__kmod.fish

function __kmod_insmod_operands
    argparse -i f/force force-modversion force-vermagic s/syslog v/verbose V/version h/help -- \
        (commandline -opc) 2>/dev/null
    if set -q argv[2]
        __kmod_parameters $argv[2]
    else
        __kmod_module_files
    end
end

complete -c insmod -f -a '(__kmod_insmod_operands)'
complete -c insmod -s f -l force -d 'Load even if magic or versions differ'
complete -c insmod -l force-modversion -d 'Load even if symbol versions differ'
complete -c insmod -l force-vermagic -d 'Load even if version magic differs'
complete -c insmod -s s -l syslog -d 'Send messages to the system log'
complete -c insmod -s v -l verbose -d 'Show more messages'
complete -c insmod -s V -l version -d 'Show the version'
complete -c insmod -s h -l help -d 'Show help'
