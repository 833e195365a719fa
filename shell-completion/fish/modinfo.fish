# SPDX-License-Identifier: GPL-2.0-or-later
#
# Completion of the command line of modinfo, for fish.

source (status dirname)/__kmod.fish

# Candidates for an operand; or with "release" for the argument of --set-version, in whose place
# that word stands while the options are parsed.
function __kmod_modinfo --argument-names what
    argparse -i a/author d/description l/license p/parameters n/filename F/field=+ 0/null \
        m/modname k/set-version= b/basedir= V/version h/help -- (commandline -opc) $what 2>/dev/null
    if test "$what" = release
        __kmod_releases "$_flag_basedir"
        return
    end
    __kmod_modules "$_flag_basedir" "$_flag_set_version"
    set -q _flag_modname; or __kmod_module_files
end

set -l fields alias author depends description filename firmware import_ns intree license name \
    parm retpoline sig_hashalgo sig_id sig_key signature signer softdep srcversion vermagic \
    version weakdep

complete -c modinfo -f -a '(__kmod_modinfo)'
complete -c modinfo -s a -l author -d 'Show only who wrote it'
complete -c modinfo -s d -l description -d 'Show only the description'
complete -c modinfo -s l -l license -d 'Show only the license'
complete -c modinfo -s p -l parameters -d 'Show only the parameters'
complete -c modinfo -s n -l filename -d 'Show only the file name'
complete -c modinfo -s F -l field -x -a "$fields" -d 'Show only this field'
complete -c modinfo -s 0 -l null -d 'End records with NUL'
complete -c modinfo -s m -l modname -d 'Take arguments for names of modules'
complete -c modinfo -s k -l set-version -x -a '(__kmod_modinfo release)' \
    -d 'Take the modules of this kernel'
complete -c modinfo -s b -l basedir -x -a '(__kmod_directories)' -d 'Root directory'
complete -c modinfo -s V -l version -d 'Show the version'
complete -c modinfo -s h -l help -d 'Show help'
