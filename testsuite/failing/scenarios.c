/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The main paths of the tools, with the files that each needs.
 */
#include "scenarios.h"

#include <stdio.h>
#include <string.h>

#include "harness/compress.h"
#include "harness/index.h"
#include "harness/modules.h"
#include "harness/run.h"
#include "harness/signatures.h"
#include "harness/world.h"

static const char configuration[] = "options foo x=1\n"
				    "alias other foo\n"
				    "softdep foo pre: c post: d\n"
				    "install e echo installed $CMDLINE_OPTS\n"
				    "blacklist b\n";

/* foo, which needs a and b, has softdeps c and d, options and a detached signature; and e. */
static void put_modules(void)
{
	static const char plain[] = "abcde";

	for (const char *name = plain; *name; name++)
		put(format_text(RELEASE_DIR "/%c.ko", *name),
		    bytes_text(format_text("module %c", *name)));
	put(RELEASE_DIR "/foo.ko", module_built("basic"));
	put(RELEASE_DIR "/foo.ko.sig", signature_der());
	put(RELEASE_DIR "/modules.dep.bin",
	    INDEX({ "foo", "foo.ko: b.ko a.ko", 0 }, { "a", "a.ko:", 1 }, { "b", "b.ko:", 2 },
		  { "c", "c.ko:", 3 }, { "d", "d.ko:", 4 }, { "e", "e.ko:", 5 }));
	put(RELEASE_DIR "/modules.alias.bin", INDEX({ "pci:v*", "a", 0 }, { "pci:v1", "b", 1 }));
	put(RELEASE_DIR "/modules.symbols.bin", INDEX({ "symbol:printf", "a", 0 }));
	put(RELEASE_DIR "/modules.builtin.alias.bin", INDEX({ "fs_*", "ext4", 0 }));
	put(RELEASE_DIR "/modules.builtin.bin", INDEX({ "ext4", "", 0 }));
	put("/etc/modprobe.d/test.conf", bytes_text(configuration));
	put("/proc/cmdline", bytes_text("quiet foo.z=3\n"));
}

static void put_loaded(const char *name)
{
	put(format_text("/sys/module/%s/initstate", name), bytes_text("live\n"));
	put(format_text("/sys/module/%s/refcnt", name), bytes_text("0\n"));
	put(format_text("/sys/module/%s/coresize", name), bytes_text("16384\n"));
	put_dir(format_text("/sys/module/%s/holders", name));
}

/* The same, loaded, with a list of them all. */
static void put_loaded_modules(void)
{
	put_modules();
	put_loaded("foo");
	put_loaded("a");
	put_loaded("c");
	put("/sys/module/a/holders/c", NO_BYTES);
	put("/proc/modules", bytes_text("foo 16384 0 - Live 0x0\na 16384 0 c, Live 0x0\n"));
}

static void put_packed(void)
{
	enum format format = PLAIN;

	for (int i = 0; i < FORMATS; i++)
		if (!formats[i].lacking)
			format = (enum format)i;
	put("/packed.ko",
	    format == PLAIN ? module_built("rich") : compressed(format, module_built("rich")));
	put("/packed.ko.sig", signature_der());
}

/* ---- depmod ---- */

static const char *const outputs[] = {
	"dep",	   "dep.bin",	  "alias",	 "alias.bin",	      "softdep", "weakdep",
	"symbols", "symbols.bin", "builtin.bin", "builtin.alias.bin", "devname",
};

#define CACHE RELEASE_DIR "/modules.depmod.cache"

static void put_depmod_modules(void)
{
	put(RELEASE_DIR "/kernel/basic.ko", module_built("basic"));
	put(RELEASE_DIR "/kernel/other.ko", module_built("other"));
	put(RELEASE_DIR "/kernel/rich.ko", module_built("rich"));
	put(RELEASE_DIR "/updates/rich.ko", module_built("rich"));
	put(RELEASE_DIR "/modules.order", bytes_text("kernel/other.ko\nkernel/basic.ko\n"));
	put(RELEASE_DIR "/modules.builtin", bytes_text("kernel/ext4.ko\n"));
	put(RELEASE_DIR "/modules.builtin.modinfo",
	    bytes_from("ext4.alias=fs-ext4", sizeof("ext4.alias=fs-ext4")));
	put("/etc/depmod.d/test.conf",
	    bytes_text("search updates built-in\noverride basic * kernel\n"));
}

static void put_old_outputs(void)
{
	for (size_t i = 0; i < sizeof(outputs) / sizeof(outputs[0]); i++)
		put(format_text(RELEASE_DIR "/modules.%s", outputs[i]), bytes_text("old"));
	put_away(CACHE);
}

/* For depmod -I: the cache of a run before which one of the modules was another. */
static struct bytes cache;

static void put_depmod_cache(void)
{
	if (cache.size > 0)
		put(CACHE, cache);
	put_old_outputs();
	if (cache.size > 0)
		put(CACHE, cache);
	put(RELEASE_DIR "/kernel/basic.ko", module_built("no-versions"));
}

static void make_depmod_cache(void)
{
	char depmod[] = "depmod", option[] = "-I";
	char *const args[] = { depmod, option, NULL };
	char *const env[] = { NULL };

	put_depmod_modules();
	(void)run_tool(args, env, 0);
	cache = bytes_of_file(world_path(CACHE));
}

/* ---- kmod static-nodes ---- */

static void put_devname(void)
{
	const char *text = "";

	/* Some more than a buffer holds. */
	for (int i = 0; i < 250; i++)
		text = format_text("%sname-%d device-%d c10:%d\n", text, i, i, i);
	put(RELEASE_DIR "/modules.devname", bytes_text(text));
}

static void put_old_nodes(void)
{
	put("/run/nodes/out", bytes_text("old"));
}

static void nothing(void)
{
}

#define MODPROBE(with, how, ...)                                                           \
	{                                                                                  \
		"modprobe " with, { "modprobe", __VA_ARGS__ }, put_##how, nothing, NULL, 0 \
	}

const struct scenario scenarios[] = {
	{ "modprobe with dependencies, softdeps, a signature",
	  { "modprobe", "foo", "y=2" },
	  put_modules,
	  nothing,
	  NULL,
	  MAY_DO_WITHOUT },
	{ "modprobe -v", { "modprobe", "-v", "foo" }, put_modules, nothing, NULL, MAY_DO_WITHOUT },
	MODPROBE("with an install command", modules, "e", "y=2"),
	{ "modprobe -a", { "modprobe", "-a", "a", "b" }, put_modules, nothing, NULL, GOES_ON },
	MODPROBE("-n -v", modules, "-n", "-v", "foo"),
	MODPROBE("-r", loaded_modules, "-r", "foo"),
	MODPROBE("-c", modules, "-c"),
	MODPROBE("-D", modules, "-D", "foo"),
	MODPROBE("-R", modules, "-R", "pci:v1"),
	{ "insmod with a signature",
	  { "insmod", RELEASE_DIR "/foo.ko", "y=2" },
	  put_modules,
	  nothing,
	  NULL,
	  0 },
	{ "insmod of a compressed one", { "insmod", "/packed.ko" }, put_packed, nothing, NULL, 0 },
	{ "rmmod", { "rmmod", "foo", "c" }, put_loaded_modules, nothing, NULL, GOES_ON },
	{ "lsmod", { "lsmod" }, put_loaded_modules, nothing, NULL, 0 },
	{ "modinfo of a signed compressed one",
	  { "modinfo", "/packed.ko" },
	  put_packed,
	  nothing,
	  NULL,
	  0 },
	{ "modinfo of a name", { "modinfo", "foo" }, put_modules, nothing, NULL, 0 },
	{ "depmod", { "depmod", "-j1" }, put_depmod_modules, put_old_outputs, RELEASE_DIR, WRITES },
	{ "depmod -j4",
	  { "depmod", "-j4" },
	  put_depmod_modules,
	  put_old_outputs,
	  RELEASE_DIR,
	  WRITES | THREADS },
	{ "depmod -I",
	  { "depmod", "-I", "-j1" },
	  make_depmod_cache,
	  put_depmod_cache,
	  RELEASE_DIR,
	  WRITES },
	{ "depmod -n", { "depmod", "-n", "-j1" }, put_depmod_modules, nothing, NULL, 0 },
	{ "kmod static-nodes", { "kmod", "static-nodes" }, put_devname, nothing, NULL, 0 },
	{ "kmod static-nodes -o",
	  { "kmod", "static-nodes", "-o", "/run/nodes/out" },
	  put_devname,
	  put_old_nodes,
	  "/run/nodes",
	  WRITES },
	{ "kmod list", { "kmod", "list" }, put_loaded_modules, nothing, NULL, 0 },
};
const size_t scenarios_count = sizeof(scenarios) / sizeof(scenarios[0]);
