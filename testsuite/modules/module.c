/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * A kernel module as far as userspace can tell: an object file with the sections modules have.
 * Compiled once for each row of meson.build, which gives it its name and what it lacks.
 */
#define STRING_(x) #x
#define STRING(x) STRING_(x)
#define NAME STRING(MODULE_NAME)

#define SECTION(name) __attribute__((section(name), used))

#ifndef NO_MODINFO
SECTION(".modinfo")
static const char modinfo[] = "license=GPL\0"
			      "author=The testsuite\0"
			      "description=Does nothing\0"
#ifndef NO_VERMAGIC
			      "vermagic=1.2.3-test SMP mod_unload modversions \0"
#endif
			      "depends=\0"
			      "name=" NAME "\0"
			      "parm=a:a number\0"
			      "parmtype=a:int"
#ifdef RICH
			      "\0parmtype=both:uint"
			      "\0parm=text:a text: with a colon"
			      "\0parmtype=type:charp"
			      "\0parm=both:not this"
			      "\0parm=both:given twice"
			      "\0parm=without a colon"
			      "\0alias=one"
			      "\0alias=two"
			      "\0alias=one"
			      "\0fourteen_chars=14"
			      "\0fifteen_letters=15"
			      "\0sixteen_letters_=16"
			      "\0empty="
			      "\0bare"
			      "\0equals=a=b"
#endif
	;
#endif

#ifdef RICH
/* A note as linkers make it; of more bytes than they take, and than are shown in a line. */
#ifdef __clang__
SECTION(".note.gnu.build-id")
#else
/* GCC would name another type. */
SECTION(".note.gnu.build-id,\"a\",%note#")
#endif
static const struct {
	unsigned int name_size, size, type;
	char name[4];
	unsigned char id[24];
} build_id = {
	4, 24, 3, "GNU", { 0x00, 0x01, 0x02, 0x03, 0x04, 0x05, 0x06, 0x07, 0x08, 0x09, 0x0a, 0x0b,
			   0x0c, 0x0d, 0x0e, 0x0f, 0x10, 0x11, 0x12, 0x13, 0xfc, 0xfd, 0xfe, 0xff },
};
#endif

#ifndef NO_VERSIONS
struct version {
	unsigned long crc;
	char name[64 - sizeof(unsigned long)];
};

SECTION("__versions")
static const struct version versions[] = {
	{ 0x12345678, "module_layout" },
	{ 0x9abcdef0, "elsewhere" },
};
#endif

/* The kernel's struct module: the state, a list, the name, much more. */
SECTION(".gnu.linkonce.this_module")
struct {
	int state;
	void *list[2];
	char name[64 - sizeof(unsigned long)];
	char rest[512];
} __this_module = { .name = NAME };

/* Something exported, and something that another module exports. */
SECTION("__ksymtab_strings")
static const char exported_name[] = NAME "_symbol";

int elsewhere(void);
int init_module(void);
void cleanup_module(void);

SECTION(".init.text")
int init_module(void)
{
	return elsewhere();
}

SECTION(".exit.text")
void cleanup_module(void)
{
}
