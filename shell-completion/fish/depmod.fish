# SPDX-License-Identifier: GPL-2.0-or-later
#
# Completion of the command line of depmod, for fish.

source (status dirname)/__kmod.fish

# A kernel release, then files.
function __kmod_depmod_operands
    argparse -i a/all A/quick I/incremental e/errsyms n/show dry-run w/warn P/symbol-prefix= \
        b/basedir= m/moduledir= o/outdir= C/config=+ E/symvers= F/filesyms= j/jobs= no-sync \
        v/verbose V/version h/help -- (commandline -opc) 2>/dev/null
    if set -q argv[2]
        __kmod_module_files
    else
        __kmod_releases "$_flag_basedir" "$_flag_moduledir"
    end
end

complete -c depmod -f -a '(__kmod_depmod_operands)'
complete -c depmod -s a -l all -d 'Look at all modules'
complete -c depmod -s A -l quick -d 'Only if one is newer than modules.dep'
complete -c depmod -s I -l incremental -d 'Read only modules that have changed'
complete -c depmod -s e -l errsyms -d 'Tell of symbols that nothing has'
complete -c depmod -s n -l show -d 'Write to standard output'
complete -c depmod -l dry-run -d 'Write to standard output'
complete -c depmod -s w -l warn -d 'Tell of aliases that a module has twice'
complete -c depmod -s P -l symbol-prefix -x -d 'Character in front of symbols'
complete -c depmod -s b -l basedir -x -a '(__kmod_directories)' -d 'Root directory'
complete -c depmod -s m -l moduledir -x -a '(__kmod_directories)' -d 'Where modules are below it'
complete -c depmod -s o -l outdir -x -a '(__kmod_directories)' -d 'Root directory to write below'
complete -c depmod -s C -l config -r -F -d 'Instead of depmod.d'
complete -c depmod -s E -l symvers -r -F -d 'Module.symvers'
complete -c depmod -s F -l filesyms -r -F -d 'System.map'
complete -c depmod -s j -l jobs -x -d 'Threads at most'
complete -c depmod -l no-sync -d 'Do not wait for the disk'
complete -c depmod -s v -l verbose -d 'Show more messages'
complete -c depmod -s V -l version -d 'Show the version'
complete -c depmod -s h -l help -d 'Show help'
