# SPDX-License-Identifier: GPL-2.0-or-later
#
# Completion of the command line of modprobe, for fish.

source (status dirname)/__kmod.fish

# Candidates for an operand; or with "release" for the argument of --set-version, in whose place
# that word stands while the options are parsed.
function __kmod_modprobe --argument-names what
    argparse -i a/all r/remove remove-holders w/wait= first-time i/ignore-install ignore-remove \
        b/use-blacklist f/force force-modversion force-vermagic D/show-depends R/show-alias \
        c/show-config show-modversions show-exports n/dry-run C/config=+ d/dirname= \
        S/set-version= s/syslog q/quiet v/verbose V/version h/help -- \
        (commandline -opc) $what 2>/dev/null
    if test "$what" = release
        __kmod_releases "$_flag_dirname"
    else if set -q _flag_show_config
        return
    else if set -q _flag_remove; or set -q _flag_remove_holders
        __kmod_loaded_modules
    else if set -q argv[2]; and not set -q _flag_all
        __kmod_parameters $argv[2] "$_flag_dirname" "$_flag_set_version"
    else if commandline -ct | string match -qr '^(\.$|\./|[/~])'
        __kmod_module_files
    else
        __kmod_modules "$_flag_dirname" "$_flag_set_version"
    end
end

complete -c modprobe -f -a '(__kmod_modprobe)'
complete -c modprobe -s a -l all -d 'Every argument is a module'
complete -c modprobe -s r -l remove -d 'Remove modules, and what only they needed'
complete -c modprobe -l remove-holders -d 'First remove the modules that use a module'
complete -c modprobe -s w -l wait -x -d 'Milliseconds to try to remove'
complete -c modprobe -l first-time -d 'Fail if there is nothing to do'
complete -c modprobe -s i -l ignore-install -d 'Ignore install and remove commands'
complete -c modprobe -l ignore-remove -d 'Ignore install and remove commands'
complete -c modprobe -s b -l use-blacklist -d 'Apply the blacklist to names, too'
complete -c modprobe -s f -l force -d 'Load or remove against all objections'
complete -c modprobe -l force-modversion -d 'Load even if symbol versions differ'
complete -c modprobe -l force-vermagic -d 'Load even if version magic differs'
complete -c modprobe -s D -l show-depends -d 'Show what would be done if nothing were loaded'
complete -c modprobe -s R -l show-alias -d 'Show what an alias stands for'
complete -c modprobe -s c -l show-config -d 'Show the configuration'
complete -c modprobe -l show-modversions -d 'Show versions of symbols a module needs'
complete -c modprobe -l show-exports -d 'Show the symbols a module exports'
complete -c modprobe -s n -l dry-run -d 'Show what would be done'
complete -c modprobe -s C -l config -r -F -d 'Read this configuration'
complete -c modprobe -s d -l dirname -x -a '(__kmod_directories)' -d 'Root directory'
complete -c modprobe -s S -l set-version -x -a '(__kmod_modprobe release)' \
    -d 'Take the modules of this kernel'
complete -c modprobe -s s -l syslog -d 'Send messages to the system log'
complete -c modprobe -s q -l quiet -d 'Show no messages'
complete -c modprobe -s v -l verbose -d 'Show what is done'
complete -c modprobe -s V -l version -d 'Show the version'
complete -c modprobe -s h -l help -d 'Show help'
