/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * libkmod: load, remove and look at Linux kernel modules.
 *
 * Conventions, unless a function says otherwise:
 *  - int and long results are 0 or a count on success and a negative errno on failure;
 *    pointer results are NULL on failure. The C variable errno is not part of the contract.
 *  - every function accepts NULL for its object and says below what it answers then;
 *    void functions do nothing.
 *  - returned strings belong to the object asked and live as long as it does: never free them.
 *  - a context and everything made from it is used by one thread at a time; different
 *    contexts may be used by different threads at the same time.
 *  - descriptors are opened with O_CLOEXEC.
 *
 * Detached signatures: wherever a module file is opened to be loaded or shown, a file named as the
 * module plus ".sig" beside it is the module's signature. It is handed to the kernel together
 * with the module; nothing in this interface needs to be called for that.
 */
#ifndef _LIBKMOD_H_
#define _LIBKMOD_H_
#pragma once

#include <fcntl.h>
#include <inttypes.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stddef.h>

#ifdef __cplusplus
extern "C" {
#endif

/* What is declared here is what the library exports; the rest of it is compiled as hidden. */
#pragma GCC visibility push(default)

/* ---- Context --------------------------------------------------------------------------- */

/** A library context: one tree of modules, one log sink, one pool of module objects. */
struct kmod_ctx;

/**
 * kmod_new - make a context
 * @dirname: the directory of the modules and their indexes, copied. Absolute: kept byte for byte;
 *	relative: taken from the working directory; NULL: the module directory (/lib/modules)
 *	plus the running kernel's release. It need not exist.
 * @config_paths: NULL-terminated array of configuration directories and files, highest
 *	priority first, copied; an empty array means none; NULL means the system's.
 *
 * The environment variable KMOD_LOG sets the log priority: a number, or a word that begins with
 * err, info or debug. Anything else means 0. It is ignored in set-uid programs.
 *
 * Returns: a context with one reference, to be given back with kmod_unref(); NULL with errno when
 * memory or descriptors ran out (ENOMEM, EMFILE, ENFILE), or the kernel release or working directory
 * could not be read. A configuration file that cannot be read is passed over, and logged unless it is
 * not there or not for this user.
 * Since: 1
 */
struct kmod_ctx *kmod_new(const char *dirname, const char *const *config_paths);

/**
 * kmod_ref - take a reference
 * Returns: @ctx; NULL for NULL.
 * Since: 1
 */
struct kmod_ctx *kmod_ref(struct kmod_ctx *ctx);

/**
 * kmod_unref - give a reference back
 *
 * Each living module object keeps its context alive, so the context goes only after the last of
 * its modules. Dropping the context does not drop modules.
 *
 * Returns: NULL when this was the last reference (or @ctx is NULL), otherwise @ctx.
 * Since: 1
 */
struct kmod_ctx *kmod_unref(struct kmod_ctx *ctx);

/**
 * kmod_get_dirname - the directory of modules and indexes
 * Returns: an absolute path, borrowed from @ctx; NULL for NULL.
 * Since: 22
 */
const char *kmod_get_dirname(const struct kmod_ctx *ctx);

/**
 * kmod_get_userdata - the pointer stored by kmod_set_userdata()
 * Returns: the pointer; NULL when none was stored, or for NULL.
 * Since: 1
 */
void *kmod_get_userdata(const struct kmod_ctx *ctx);

/**
 * kmod_set_userdata - store a pointer of the caller's in the context
 * @userdata: kept, never looked at or freed
 * Since: 1
 */
void kmod_set_userdata(struct kmod_ctx *ctx, const void *userdata);

/**
 * kmod_set_log_fn - send messages to a function instead of standard error
 * @log_fn: called for each message whose priority passes, with @data, the syslog(3) priority,
 *	the place in libkmod's source, and a printf-style format whose text ends in a newline.
 *	The format may hold %m. NULL: messages are dropped. The first sink cannot be restored.
 * @data: passed to @log_fn as it is
 *
 * The call itself logs one message of priority LOG_INFO to the new function.
 * Since: 1
 */
void kmod_set_log_fn(struct kmod_ctx *ctx,
		     void (*log_fn)(void *log_data, int priority, const char *file, int line,
				    const char *fn, const char *format, va_list args),
		     const void *data);

/**
 * kmod_get_log_priority - the highest syslog(3) level that is still logged
 * Returns: the level, LOG_ERR in a new context; -1 for NULL.
 * Since: 1
 */
int kmod_get_log_priority(const struct kmod_ctx *ctx);

/**
 * kmod_set_log_priority - log messages up to this syslog(3) level
 * Since: 1
 */
void kmod_set_log_priority(struct kmod_ctx *ctx, int priority);

/** What kmod_validate_resources() advises. */
enum kmod_resources {
	/** nothing has changed */
	KMOD_RESOURCES_OK = 0,
	/** an index has changed: unload and load the resources */
	KMOD_RESOURCES_MUST_RELOAD = 1,
	/** the configuration has changed: make a new context */
	KMOD_RESOURCES_MUST_RECREATE = 2,
};

/**
 * kmod_load_resources - keep the indexes open
 *
 * Worth it for a program that looks up many names. Without it, each lookup opens the indexes that
 * it needs. What is loaded stays until kmod_unload_resources(), also when depmod has put other indexes
 * in their place; but in a program that closes descriptors which it has not opened, lookups may be
 * answered from these then.
 *
 * Returns: 0; -ENOENT when @ctx is NULL or an index is missing; -EINVAL when one is no index;
 * -ENOMEM; any errno of open(2) or read(2). After a failure no index is loaded.
 * Since: 1
 */
int kmod_load_resources(struct kmod_ctx *ctx);

/**
 * kmod_unload_resources - close the indexes again
 * Since: 1
 */
void kmod_unload_resources(struct kmod_ctx *ctx);

/**
 * kmod_validate_resources - have files changed that the context was made from?
 *
 * Compares the time stamps of the configuration directories, and of the indexes that are loaded.
 *
 * Returns: a value of enum kmod_resources; KMOD_RESOURCES_MUST_RECREATE for NULL.
 * Since: 3
 */
int kmod_validate_resources(struct kmod_ctx *ctx);

/** The indexes, by the file that each is made from. */
enum kmod_index {
	KMOD_INDEX_MODULES_DEP = 0,
	KMOD_INDEX_MODULES_ALIAS = 1,
	KMOD_INDEX_MODULES_SYMBOL = 2,
	KMOD_INDEX_MODULES_BUILTIN_ALIAS = 3,
	KMOD_INDEX_MODULES_BUILTIN = 4,
	_KMOD_INDEX_PAD = 1U << 31,
};

/**
 * kmod_dump_index - write an index as text
 * @fd: where to; one line a value: the key, a blank, the value. Lines of the indexes of aliases
 *	and symbols begin with "alias ".
 *
 * Returns: 0, even where writing fails; -ENOSYS when @ctx is NULL or there is no usable index;
 * -ENOENT for an unknown @type; -ENOMEM; any errno of opening or reading the index.
 * Since: 4
 */
int kmod_dump_index(struct kmod_ctx *ctx, enum kmod_index type, int fd);

/* ---- Configuration --------------------------------------------------------------------- */

/**
 * A walk over the configuration entries of one kind, in the order of the configuration: files
 * by basename, the lines in them, the kernel command line at the end. It is made without a current
 * entry, which kmod_config_iter_next() then moves through the entries, and belongs to its
 * context: give it back before that.
 */
struct kmod_config_iter;

/**
 * kmod_config_get_blacklists - the "blacklist" entries
 *
 * Their keys are names of modules, their values NULL.
 *
 * Returns: an iterator, to be given back with kmod_config_iter_free_iter(); NULL when memory ran
 * out, or for NULL.
 * Since: 4
 */
struct kmod_config_iter *kmod_config_get_blacklists(const struct kmod_ctx *ctx);

/**
 * kmod_config_get_install_commands - the "install" entries
 *
 * Their keys are names of modules or patterns, their values shell commands.
 *
 * Returns: an iterator, to be given back with kmod_config_iter_free_iter(); NULL when memory ran
 * out, or for NULL.
 * Since: 4
 */
struct kmod_config_iter *kmod_config_get_install_commands(const struct kmod_ctx *ctx);

/**
 * kmod_config_get_remove_commands - the "remove" entries
 *
 * Their keys are names of modules or patterns, their values shell commands.
 *
 * Returns: an iterator, to be given back with kmod_config_iter_free_iter(); NULL when memory ran
 * out, or for NULL.
 * Since: 4
 */
struct kmod_config_iter *kmod_config_get_remove_commands(const struct kmod_ctx *ctx);

/**
 * kmod_config_get_aliases - the "alias" entries
 *
 * Their keys are aliases, which may be patterns, their values the names of modules.
 *
 * Returns: an iterator, to be given back with kmod_config_iter_free_iter(); NULL when memory ran
 * out, or for NULL.
 * Since: 4
 */
struct kmod_config_iter *kmod_config_get_aliases(const struct kmod_ctx *ctx);

/**
 * kmod_config_get_options - the "options" entries
 *
 * Their keys are names of modules or aliases, their values options for the module.
 *
 * Returns: an iterator, to be given back with kmod_config_iter_free_iter(); NULL when memory ran
 * out, or for NULL.
 * Since: 4
 */
struct kmod_config_iter *kmod_config_get_options(const struct kmod_ctx *ctx);

/**
 * kmod_config_get_softdeps - the "softdep" entries
 *
 * Their keys are names of modules or patterns. Their values are made up from the two lists:
 * "pre: " and names, directly followed by "post: " and names, so that two names may run into each
 * other with the second title between them ("pre: a bpost: c"). A list without names is left out.
 * To get at the modules, use kmod_module_get_softdeps().
 *
 * Returns: an iterator, to be given back with kmod_config_iter_free_iter(); NULL when memory ran
 * out, or for NULL.
 * Since: 4
 */
struct kmod_config_iter *kmod_config_get_softdeps(const struct kmod_ctx *ctx);

/**
 * kmod_config_get_weakdeps - the "weakdep" entries
 *
 * Their keys are names of modules or patterns, their values names with a blank between them.
 *
 * Returns: an iterator, to be given back with kmod_config_iter_free_iter(); NULL when memory ran
 * out, or for NULL.
 * Since: 33
 */
struct kmod_config_iter *kmod_config_get_weakdeps(const struct kmod_ctx *ctx);

/**
 * kmod_config_iter_get_key - what the current entry is for
 * Returns: the key, which lives as long as the context; NULL when there is no current entry, or
 * for NULL.
 * Since: 4
 */
const char *kmod_config_iter_get_key(const struct kmod_config_iter *iter);

/**
 * kmod_config_iter_get_value - what the current entry says
 *
 * The value of a softdep or weakdep lives until this is called again for @iter, or @iter is given
 * back; that of another entry as long as the context.
 *
 * Returns: the value; NULL when there is no current entry, entries of the kind have no values, or
 * memory ran out, or for NULL.
 * Since: 4
 */
const char *kmod_config_iter_get_value(const struct kmod_config_iter *iter);

/**
 * kmod_config_iter_next - go to the first entry, or from the current one to the next
 * Returns: true when there is one; false, and then without a current entry again, after the
 * last one, or for NULL. The next call starts over.
 * Since: 4
 */
bool kmod_config_iter_next(struct kmod_config_iter *iter);

/**
 * kmod_config_iter_free_iter - give an iterator back
 * Since: 4
 */
void kmod_config_iter_free_iter(struct kmod_config_iter *iter);

/* ---- Lists ----------------------------------------------------------------------------- */

/** A list, or a node of one. The empty list is NULL; a list is named by its first node. */
struct kmod_list;

/**
 * kmod_list_next - the node after @curr
 * @list: first node of the list
 * Returns: the node; NULL after the last one, or when an argument is NULL. Takes constant time.
 * Since: 1
 */
struct kmod_list *kmod_list_next(const struct kmod_list *list, const struct kmod_list *curr);

/**
 * kmod_list_prev - the node before @curr
 * @list: first node of the list
 * Returns: the node; NULL before the first one, or when an argument is NULL. Takes constant time.
 * Since: 1
 */
struct kmod_list *kmod_list_prev(const struct kmod_list *list, const struct kmod_list *curr);

/**
 * kmod_list_last - the last node
 * @list: first node of the list
 * Returns: the node, which is @list itself when there is only one; NULL for the empty list.
 * Since: 1
 */
struct kmod_list *kmod_list_last(const struct kmod_list *list);

/** Walk a list from its first node. @curr is NULL after the last round. */
#define kmod_list_foreach(curr, list) \
	for (curr = list; curr != NULL; curr = kmod_list_next(list, curr))

/** Walk a list from its last node. @curr is NULL after the last round. */
#define kmod_list_foreach_reverse(curr, list) \
	for (curr = kmod_list_last(list); curr != NULL; curr = kmod_list_prev(list, curr))

/* ---- Modules --------------------------------------------------------------------------- */

/** A module: a name, and what is known of it. One object per name and context. */
struct kmod_module;

/**
 * kmod_module_new_from_name - the module of a name
 * @name: copied; '-' becomes '_', and the name ends before the first '.'. Nothing is looked up,
 *	so the module need not exist.
 * @mod: receives a reference, to be given back with kmod_module_unref()
 *
 * Returns: 0; -ENOENT when an argument is NULL; -ENOMEM.
 * Since: 1
 */
int kmod_module_new_from_name(struct kmod_ctx *ctx, const char *name, struct kmod_module **mod);

/**
 * kmod_module_new_from_path - the module in a file
 * @path: the file, whatever its extension; a relative path is taken from the working directory.
 *	The text after the last '/' gives the name, as in kmod_module_new_from_name().
 * @mod: receives a reference, to be given back with kmod_module_unref(); untouched on failure
 *
 * Returns: 0; -ENOENT when an argument is NULL or @path holds no name; -EEXIST when the context
 * has the module of that name with another path; -ENOMEM; any errno of stat(2) on @path, or of
 * getcwd(3).
 * Since: 1
 */
int kmod_module_new_from_path(struct kmod_ctx *ctx, const char *path, struct kmod_module **mod);

/**
 * kmod_module_new_from_lookup - the modules that a name or alias stands for
 * @given_alias: a module name, an alias such as a modalias, or "symbol:" and a symbol. Outside of
 *	[...] '-' becomes '_'.
 * @list: must point to NULL; receives the modules, to be freed with kmod_module_unref_list()
 *
 * The first of these that knows it answers: aliases in the configuration, modules.dep,
 * modules.symbols, install and remove commands in the configuration, modules.alias,
 * modules.builtin, modules.builtin.alias. An alias may stand for several modules.
 *
 * Returns: 0, also when nothing is found: *@list is NULL then; -ENOENT when @ctx or @given_alias is
 * NULL; -ENOSYS when @list is NULL or *@list is not; -EINVAL for brackets without partner;
 * -ENAMETOOLONG; -ETIME when an index has patterns that take seconds to compare; -ENOMEM; any errno of opening or reading an index that is there.
 * Since: 1
 */
int kmod_module_new_from_lookup(struct kmod_ctx *ctx, const char *given_alias,
				struct kmod_list **list);

/**
 * kmod_module_new_from_name_lookup - the module of a name, if there is one
 * @modname: a module name; as in kmod_module_new_from_name(), '-' becomes '_', and the name ends
 *	before the first '.'
 * @mod: receives a reference; untouched when there is no such module
 *
 * Unlike kmod_module_new_from_lookup() this takes neither configuration nor aliases into account,
 * those of built-in modules excepted.
 *
 * Returns: 0, also when nothing is found; -ENOENT when an argument is NULL; -ENOMEM; any errno of
 * opening or reading an index that is there.
 * Since: 30
 */
int kmod_module_new_from_name_lookup(struct kmod_ctx *ctx, const char *modname,
				     struct kmod_module **mod);

/**
 * kmod_module_new_from_loaded - the modules the kernel has loaded
 * @list: receives the modules in the order of /proc/modules, to be freed with
 *	kmod_module_unref_list(); whatever it held before is overwritten on success
 *
 * Returns: 0; -ENOENT when an argument is NULL; -ENOMEM; any errno of opening or reading
 * /proc/modules.
 * Since: 1
 */
int kmod_module_new_from_loaded(struct kmod_ctx *ctx, struct kmod_list **list);

/**
 * kmod_module_ref - take a reference
 * Returns: @mod; NULL for NULL.
 * Since: 1
 */
struct kmod_module *kmod_module_ref(struct kmod_module *mod);

/**
 * kmod_module_unref - give a reference back
 * Returns: NULL when this was the last reference (or @mod is NULL), otherwise @mod.
 * Since: 1
 */
struct kmod_module *kmod_module_unref(struct kmod_module *mod);

/**
 * kmod_module_unref_list - give back every module of a list, and free the list
 * @list: first node, or NULL
 * Returns: 0.
 * Since: 1
 */
int kmod_module_unref_list(struct kmod_list *list);

/**
 * kmod_module_get_module - the module in a node of a module list
 * Returns: a new reference, to be given back with kmod_module_unref(); NULL for NULL.
 * Since: 1
 */
struct kmod_module *kmod_module_get_module(const struct kmod_list *entry);

/**
 * kmod_module_get_name - the name, with underscores and without extension
 * Returns: the name, borrowed from @mod; NULL for NULL.
 * Since: 1
 */
const char *kmod_module_get_name(const struct kmod_module *mod);

/**
 * kmod_module_get_path - the file of the module
 * Returns: the absolute path, borrowed from @mod; NULL when the module has none that is known,
 * modules.dep cannot be read or is damaged, which is logged, or for NULL.
 * Since: 1
 */
const char *kmod_module_get_path(const struct kmod_module *mod);

/* ---- What belongs to a module ---------------------------------------------------------- */

/**
 * kmod_module_get_dependencies - the modules that have to be loaded before this one
 *
 * All of them, also those that dependencies depend on, in an order in which they can be loaded, as
 * modules.dep has them.
 *
 * Returns: a list, to be freed with kmod_module_unref_list(); NULL when there are none, nothing
 * is known, one of the files is missing or clashes with a module that has another path, they cannot
 * be told, which is logged, or @mod is NULL.
 * Since: 1
 */
struct kmod_list *kmod_module_get_dependencies(const struct kmod_module *mod);

/**
 * kmod_module_get_softdeps - the modules to be loaded along with this one, by configuration
 * @pre: must point to NULL; receives those that come before
 * @post: must point to NULL; receives those that come after
 *
 * Names that stand for nothing are left out. Both lists are to be freed with
 * kmod_module_unref_list().
 *
 * Returns: 0; -ENOENT when an argument is NULL; -EINVAL when a list is not empty; -ENOMEM; any errno of
 * opening or reading an index that is there.
 * Since: 2
 */
int kmod_module_get_softdeps(const struct kmod_module *mod, struct kmod_list **pre,
			     struct kmod_list **post);

/**
 * kmod_module_get_weakdeps - the modules that this one might ask for, by configuration
 * @weak: must point to NULL; receives them, to be freed with kmod_module_unref_list()
 *
 * They are never loaded along with it; programs that make an initramfs put them in.
 *
 * Returns: 0; -ENOENT when an argument is NULL; -EINVAL when the list is not empty; -ENOMEM; any errno
 * of opening or reading an index that is there.
 * Since: 33
 */
int kmod_module_get_weakdeps(const struct kmod_module *mod, struct kmod_list **weak);

/** What kmod_module_apply_filter() leaves out; can be combined. */
enum kmod_filter {
	/** modules whose name is blacklisted */
	KMOD_FILTER_BLACKLIST = 0x1,
	/** modules that are part of the kernel image */
	KMOD_FILTER_BUILTIN = 0x2,
};

/**
 * kmod_module_apply_filter - the modules of a list that a filter lets through
 * @input: a list of modules, which stays the caller's
 * @output: receives a new list, to be freed with kmod_module_unref_list(); NULL if it is empty.
 *	What it held before is ignored.
 *
 * Returns: 0; -ENOENT when @ctx or @output is NULL; -ENOMEM; with KMOD_FILTER_BUILTIN any errno of
 * opening or reading the index of built-in modules.
 * Since: 6
 */
int kmod_module_apply_filter(const struct kmod_ctx *ctx, enum kmod_filter filter_type,
			     const struct kmod_list *input, struct kmod_list **output);

/**
 * kmod_module_get_filtered_blacklist - kmod_module_apply_filter() with KMOD_FILTER_BLACKLIST
 * Returns: what that returns.
 * Since: 1
 */
int kmod_module_get_filtered_blacklist(const struct kmod_ctx *ctx, const struct kmod_list *input,
				       struct kmod_list **output) __attribute__((deprecated));

/**
 * kmod_module_get_options - the parameters that the configuration has for the module
 *
 * Those for its name, and those for the alias it was looked up by.
 *
 * Returns: a string, borrowed from @mod; NULL when there are none, memory ran out, which is logged,
 * or for NULL.
 * Since: 1
 */
const char *kmod_module_get_options(const struct kmod_module *mod);

/**
 * kmod_module_get_install_commands - the command that the configuration has for loading it
 * Returns: the first that matches the module's name, borrowed from the context; NULL when there
 * is none, or for NULL.
 * Since: 1
 */
const char *kmod_module_get_install_commands(const struct kmod_module *mod);

/**
 * kmod_module_get_remove_commands - the command that the configuration has for removing it
 * Returns: the first that matches the module's name, borrowed from the context; NULL when there
 * is none, or for NULL. The library never runs it.
 * Since: 1
 */
const char *kmod_module_get_remove_commands(const struct kmod_module *mod);

/* ---- Insertion and removal ------------------------------------------------------------- */

/** Flags of kmod_module_insert_module(). */
enum kmod_insert {
	/** load even if the version magic is another kernel's */
	KMOD_INSERT_FORCE_VERMAGIC = 0x1,
	/** load even if symbol versions disagree */
	KMOD_INSERT_FORCE_MODVERSION = 0x2,
};

/**
 * kmod_module_insert_module - load a module into the kernel
 * @mod: a module with a path
 * @flags: bits of enum kmod_insert; others are ignored
 * @options: the module's parameters, handed to the kernel as they are; NULL for none
 *
 * Loads only this module: no dependencies, no configuration.
 *
 * A module without a detached signature goes to the kernel as a file descriptor where
 * the kernel takes it in that form, otherwise as bytes after decompression. A module with
 * a detached signature always goes as bytes: the decompressed module, directly followed
 * by the signature. A forced load changes the module, so that no signature could match:
 * a detached one is then left out, with a warning.
 *
 * Returns: 0; -ENOENT when @mod is NULL or has no path; otherwise what went wrong:
 *  - any errno of opening or reading the module, and of opening or reading a signature that is
 *    there: it is never silently skipped;
 *  - -EISDIR when the module's path is a directory;
 *  - -EINVAL when the file is too short, not a regular file, truncated, followed by foreign bytes,
 *    damaged, or changed while it was read; when the signature is not a regular file or changed
 *    while it was read;
 *  - -EFBIG when the signature is larger than 1 MiB, or the module larger than the kernel accepts;
 *  - -ENOSYS when libkmod was built without the module's compression format;
 *  - -ENODATA when @flags ask to ignore the version magic, the kernel has no finit_module(2),
 *    and the module has none;
 *  - -ENOMEM;
 *  - any errno of finit_module(2) or init_module(2), such as -EEXIST for a module that is
 *    loaded already or -EKEYREJECTED for a signature the kernel does not accept.
 * Since: 1
 */
int kmod_module_insert_module(struct kmod_module *mod, unsigned int flags, const char *options);

/** Flags of kmod_module_probe_insert_module(), and some of its results. */
enum kmod_probe {
	/** as KMOD_INSERT_FORCE_VERMAGIC, for the dependencies, too */
	KMOD_PROBE_FORCE_VERMAGIC = 0x1,
	/** as KMOD_INSERT_FORCE_MODVERSION, for the dependencies, too */
	KMOD_PROBE_FORCE_MODVERSION = 0x2,
	/** of the module itself, ignore install command and softdeps */
	KMOD_PROBE_IGNORE_COMMAND = 0x4,
	/** do not ask whether a module is in the kernel already */
	KMOD_PROBE_IGNORE_LOADED = 0x8,
	/** go through it all, but change nothing */
	KMOD_PROBE_DRY_RUN = 0x10,
	/** fail with -EEXIST when the module is in the kernel already */
	KMOD_PROBE_FAIL_ON_LOADED = 0x20,

	/** leave out whatever is blacklisted, dependencies included */
	KMOD_PROBE_APPLY_BLACKLIST_ALL = 0x10000,
	/** do nothing if the module is blacklisted */
	KMOD_PROBE_APPLY_BLACKLIST = 0x20000,
	/** do nothing if the module is blacklisted and was looked up by an alias */
	KMOD_PROBE_APPLY_BLACKLIST_ALIAS_ONLY = 0x40000,
};

/**
 * kmod_module_probe_insert_module - load a module with all it needs
 * @flags: bits of enum kmod_probe
 * @extra_options: parameters for @mod itself, after those configured; NULL for none
 * @run_install: runs an install command for a module, the parameters filled in; its result counts
 *	as that of the load. NULL: the shell runs it, with the module's name in the environment
 *	variable MODPROBE_MODULE, and those of all modules whose commands it is run within in
 *	MODPROBE_NESTING. Meanwhile SIGINT and SIGQUIT are ignored, as by system(3), and the thread is
 *	not cancelled.
 * @data: passed to @run_install
 * @print_action: called before each action, dry or not: whether it is an install command, and the
 *	parameters. NULL: not called.
 *
 * Dependencies are loaded first, and softdeps around their module. A module with softdeps ignores
 * its install command. A softdep's failure does not count, a dependency's does.
 *
 * Returns: 0; the flag that kept a blacklisted module from being loaded, one of
 * KMOD_PROBE_APPLY_BLACKLIST*; -ENOENT when @mod is NULL; -EEXIST with KMOD_PROBE_FAIL_ON_LOADED;
 * -EINVAL when an install command failed; -E2BIG when one, the parameters filled in, is longer than
 * the kernel lets an argument be, 128 KiB where pages have 4 KiB, or with @run_install than 16 MiB;
 * -ELOOP when softdeps are nested too deeply, or an install command is run within itself for the fifth
 * time; -EBADMSG when modules.dep is damaged, so that what the module needs is not known; after a dry
 * run an errno of stat(2), or -EEXIST, when the file of a dependency is not there, not the right one or
 * not for this user; -ENOMEM; a negative result of @run_install, and its positive one where it ran last; what
 * kmod_module_insert_module() returns.
 * Since: 3
 */
int kmod_module_probe_insert_module(struct kmod_module *mod, unsigned int flags,
				    const char *extra_options,
				    int (*run_install)(struct kmod_module *m, const char *cmdline,
						       void *data),
				    const void *data,
				    void (*print_action)(struct kmod_module *m, bool install,
							 const char *options));

/** Flags of kmod_module_remove_module(). */
enum kmod_remove {
	/** remove it even though it is in use or not made for removal; taints the kernel */
	KMOD_REMOVE_FORCE = O_TRUNC,
	/** do not wait until it is unused: always in force, with or without this flag */
	KMOD_REMOVE_NOWAIT = O_NONBLOCK,
	/** do not log a failure */
	KMOD_REMOVE_NOLOG = 1,
};

/**
 * kmod_module_remove_module - remove a module from the kernel
 * @flags: bits of enum kmod_remove; others are ignored
 *
 * Returns: 0; -ENOENT when @mod is NULL; any errno of delete_module(2), such as -ENOENT when it
 * is not loaded or -EWOULDBLOCK when it is in use.
 * Since: 1
 */
int kmod_module_remove_module(struct kmod_module *mod, unsigned int flags);

/* ---- State in the kernel --------------------------------------------------------------- */

/** What the kernel does with a module. */
enum kmod_module_initstate {
	/** part of the kernel image */
	KMOD_MODULE_BUILTIN = 0,
	/** loaded and running */
	KMOD_MODULE_LIVE = 1,
	/** being loaded */
	KMOD_MODULE_COMING = 2,
	/** being removed */
	KMOD_MODULE_GOING = 3,
	_KMOD_MODULE_PAD = 1U << 31,
};

/**
 * kmod_module_initstate_str - the name of a state
 * Returns: "builtin", "live", "coming", "going"; NULL for any other value.
 * Since: 1
 */
const char *kmod_module_initstate_str(enum kmod_module_initstate state);

/**
 * kmod_module_get_initstate - what the kernel does with the module now
 *
 * Returns: a value of enum kmod_module_initstate; -ENOENT when @mod is NULL or the module is not
 * in the kernel; -EINVAL when the kernel gives a state that is not known; -ENAMETOOLONG; any errno
 * of reading /sys or the index of built-in modules.
 * Since: 1
 */
int kmod_module_get_initstate(const struct kmod_module *mod);

/**
 * kmod_module_get_size - the memory the loaded module takes
 *
 * Returns: a number of bytes; -ENOENT when @mod is NULL or the module is not loaded; any errno of
 * reading /sys or /proc/modules.
 * Since: 1
 */
long kmod_module_get_size(const struct kmod_module *mod);

/**
 * kmod_module_get_refcnt - how many users the loaded module has
 *
 * Returns: a count, as the kernel gives it; -ENOENT when @mod is NULL, the module is not loaded
 * or is built in; -EINVAL when the kernel's text is no number; any errno of reading /sys.
 * Since: 1
 */
int kmod_module_get_refcnt(const struct kmod_module *mod);

/**
 * kmod_module_get_holders - the loaded modules that use this one
 *
 * Returns: a list, to be freed with kmod_module_unref_list(); NULL when there are none, they
 * cannot be read, or @mod is NULL.
 * Since: 1
 */
struct kmod_list *kmod_module_get_holders(const struct kmod_module *mod);

/**
 * kmod_module_get_sections - where the sections of the loaded module are in memory
 *
 * Returns: a list, to be freed with kmod_module_section_free_list(); NULL when they cannot be
 * read, or @mod is NULL.
 * Since: 1
 */
struct kmod_list *kmod_module_get_sections(const struct kmod_module *mod);

/**
 * kmod_module_section_get_name - the name of a section
 * Returns: the name, borrowed from the list; NULL for NULL.
 * Since: 1
 */
const char *kmod_module_section_get_name(const struct kmod_list *entry);

/**
 * kmod_module_section_get_address - the address of a section
 * Returns: the address, 0 where the kernel hides it; ULONG_MAX for NULL.
 * Since: 1
 */
unsigned long kmod_module_section_get_address(const struct kmod_list *entry);

/**
 * kmod_module_section_free_list - free what kmod_module_get_sections() returned
 * @list: first node, or NULL
 * Since: 1
 */
void kmod_module_section_free_list(struct kmod_list *list);

/* ---- What is in a module's file -------------------------------------------------------- */

/*
 * The functions that fill a list return how many entries it has; 0 leaves it empty. They answer
 * -ENOENT when an argument is NULL or the module has no path; -EINVAL when the list is not empty,
 * or the file is damaged; -ENOEXEC when it is no ELF file; -ENOMEM; and what else can go wrong
 * with opening and unpacking a module: see kmod_module_insert_module().
 * The file is opened once, and kept by the module.
 */

/**
 * kmod_module_get_info - what a module says of itself
 * @list: must point to NULL; receives pairs of key and value in the order of the .modinfo section,
 *	then "build-id", then for a signed module "sig_id", "signer", "sig_key", "sig_hashalgo" and
 *	"signature"; to be freed with kmod_module_info_free_list()
 *
 * A detached signature is shown as an appended one. The pairs of a module in the kernel image
 * come from modules.builtin.modinfo.
 *
 * Returns: see above; -ENODATA when there is no .modinfo section; -EFBIG when it, or that file, has more
 * than 64 MiB, or two million pairs of this module.
 * Since: 1
 */
int kmod_module_get_info(const struct kmod_module *mod, struct kmod_list **list);

/**
 * kmod_module_info_get_key - the key of a pair
 * Returns: the key, borrowed from the list; NULL for NULL.
 * Since: 1
 */
const char *kmod_module_info_get_key(const struct kmod_list *entry);

/**
 * kmod_module_info_get_value - the value of a pair
 * Returns: the value, borrowed from the list; NULL for NULL.
 * Since: 1
 */
const char *kmod_module_info_get_value(const struct kmod_list *entry);

/**
 * kmod_module_info_free_list - free what kmod_module_get_info() filled
 * @list: first node, or NULL
 * Since: 1
 */
void kmod_module_info_free_list(struct kmod_list *list);

/**
 * kmod_module_get_versions - the versions of the symbols that the module was built against
 * @list: must point to NULL; receives them, to be freed with kmod_module_versions_free_list()
 *
 * Returns: see above; -ENODATA when the module has no versions.
 * Since: 2
 */
int kmod_module_get_versions(const struct kmod_module *mod, struct kmod_list **list);

/**
 * kmod_module_version_get_symbol - the symbol of a version
 * Returns: the name, borrowed from the list; NULL for NULL.
 * Since: 2
 */
const char *kmod_module_version_get_symbol(const struct kmod_list *entry);

/**
 * kmod_module_version_get_crc - the version of a symbol
 * Returns: a CRC; 0 for NULL.
 * Since: 2
 */
uint64_t kmod_module_version_get_crc(const struct kmod_list *entry);

/**
 * kmod_module_versions_free_list - free what kmod_module_get_versions() filled
 * @list: first node, or NULL
 * Since: 2
 */
void kmod_module_versions_free_list(struct kmod_list *list);

/**
 * kmod_module_get_symbols - the symbols that the module exports
 * @list: must point to NULL; receives them, to be freed with kmod_module_symbols_free_list()
 *
 * Returns: see above; -ENODATA when it exports none.
 * Since: 3
 */
int kmod_module_get_symbols(const struct kmod_module *mod, struct kmod_list **list);

/**
 * kmod_module_symbol_get_symbol - the name of an exported symbol
 * Returns: the name, borrowed from the list; NULL for NULL.
 * Since: 3
 */
const char *kmod_module_symbol_get_symbol(const struct kmod_list *entry);

/**
 * kmod_module_symbol_get_crc - the version of an exported symbol
 * Returns: a CRC, 0 when the module has no versions, UINT64_MAX when it is damaged; 0 for NULL.
 * Since: 3
 */
uint64_t kmod_module_symbol_get_crc(const struct kmod_list *entry);

/**
 * kmod_module_symbols_free_list - free what kmod_module_get_symbols() filled
 * @list: first node, or NULL
 * Since: 3
 */
void kmod_module_symbols_free_list(struct kmod_list *list);

/** How a module binds a symbol that it needs. */
enum kmod_symbol_bind {
	KMOD_SYMBOL_NONE = '\0',
	KMOD_SYMBOL_LOCAL = 'L',
	KMOD_SYMBOL_GLOBAL = 'G',
	/** may be missing */
	KMOD_SYMBOL_WEAK = 'W',
	/** must be there */
	KMOD_SYMBOL_UNDEF = 'U',
};

/**
 * kmod_module_get_dependency_symbols - the symbols that the module needs
 * @list: must point to NULL; receives them, to be freed with
 *	kmod_module_dependency_symbols_free_list()
 *
 * First those of the symbol table, then those that only have a version.
 *
 * Returns: see above.
 * Since: 3
 */
int kmod_module_get_dependency_symbols(const struct kmod_module *mod, struct kmod_list **list);

/**
 * kmod_module_dependency_symbol_get_symbol - the name of a symbol that is needed
 * Returns: the name, borrowed from the list; NULL for NULL.
 * Since: 3
 */
const char *kmod_module_dependency_symbol_get_symbol(const struct kmod_list *entry);

/**
 * kmod_module_dependency_symbol_get_bind - how a symbol is needed
 * Returns: a value of enum kmod_symbol_bind; 0 for NULL.
 * Since: 3
 */
int kmod_module_dependency_symbol_get_bind(const struct kmod_list *entry);

/**
 * kmod_module_dependency_symbol_get_crc - the version of a symbol that is needed
 * Returns: a CRC, 0 when the module has no version for it; 0 for NULL.
 * Since: 3
 */
uint64_t kmod_module_dependency_symbol_get_crc(const struct kmod_list *entry);

/**
 * kmod_module_dependency_symbols_free_list - free what
 * kmod_module_get_dependency_symbols() filled
 * @list: first node, or NULL
 * Since: 3
 */
void kmod_module_dependency_symbols_free_list(struct kmod_list *list);

#pragma GCC visibility pop

#ifdef __cplusplus
}
#endif

#endif
