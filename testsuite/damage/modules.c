/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Makes modules that have all that the library looks at.
 */
#include "modules.h"

#include "unit/elf-image.h"

static const char modinfo[] = "license=GPL\0vermagic=1.2.3-test SMP \0depends=\0"
			      "parm=a:a number\0bare\0alias=pci:v*";

/* Those of the sections of module_to_damage(), in their order, as image_build() has them. */
static const char names[] = "\0.names\0.modinfo\0__kcrctab\0.symtab\0.strtab\0__versions\0"
			    "__version_ext_crcs\0__version_ext_names\0.text\0.note.gnu.build-id\0"
			    "__ksymtab_strings\0.shstrtab";

struct parts {
	struct image_part symtab, strtab, versions, ext_crcs, ext_names, crcs, id;
};

static void make_symbols(int kind, struct parts *parts)
{
	static const struct image_symbol symbols[] = {
		{ .name = "__crc_absolute", .value = 0x11223344, .section = 0xfff1, .info = 0x10 },
		{ .name = "__crc_in_section", .value = 4, .section = 3, .info = 0x10 },
		{ .name = "needed", .section = 0, .info = 0x10 },
		{ .name = "wished_for", .section = 0, .info = 0x20 },
		{ .name = "own", .section = 3, .info = 0x12 },
	};

	for (size_t i = 0; i < sizeof(symbols) / sizeof(symbols[0]); i++)
		image_append_symbol(kind, &parts->symtab, &parts->strtab, &symbols[i]);
	image_append_number(kind, &parts->crcs, 4, 0xdeadbeef);
	image_append_number(kind, &parts->crcs, 4, 0xcafef00d);
}

static void make_versions(int kind, struct parts *parts)
{
	image_append_version(kind, &parts->versions, 0xaabbccdd, "module_layout");
	image_append_version(kind, &parts->versions, 0x12345678, "needed");
	image_append_number(kind, &parts->ext_crcs, 4, 0xaabbccdd);
	image_append_number(kind, &parts->ext_crcs, 4, 0x12345678);
	image_append_string(&parts->ext_names, "module_layout");
	image_append_string(&parts->ext_names, "needed");
}

static void make_build_id(int kind, struct parts *parts)
{
	static const uint8_t id[] = "\xe0\xe1\xe2\xe3\xe4\xe5\xe6\xe7\xe8\xe9\xea\xeb";

	image_append_number(kind, &parts->id, 4, 4);
	image_append_number(kind, &parts->id, 4, sizeof(id) - 1);
	image_append_number(kind, &parts->id, 4, 3);
	image_append(&parts->id, "GNU", 4);
	image_append(&parts->id, id, sizeof(id) - 1);
}

struct bytes module_to_damage(int kind, size_t gap)
{
	struct parts parts = { 0 };

	make_symbols(kind, &parts);
	make_versions(kind, &parts);
	make_build_id(kind, &parts);

	const struct image_section sections[] = {
		{ ".names", names, sizeof(names) },
		{ ".modinfo", modinfo, sizeof(modinfo) },
		{ "__kcrctab", parts.crcs.bytes, parts.crcs.size },
		{ ".symtab", parts.symtab.bytes, parts.symtab.size },
		{ ".strtab", parts.strtab.bytes, parts.strtab.size },
		{ "__versions", parts.versions.bytes, parts.versions.size },
		{ "__version_ext_crcs", parts.ext_crcs.bytes, parts.ext_crcs.size },
		{ "__version_ext_names", parts.ext_names.bytes, parts.ext_names.size },
		{ ".text", keep(gap), gap },
		{ ".note.gnu.build-id", parts.id.bytes, parts.id.size },
		{ "__ksymtab_strings", "absolute\0in_section", 20 },
	};
	_cleanup_image_ struct image image =
		image_build(kind, sections, sizeof(sections) / sizeof(sections[0]));

	image_put(&image, 0, IMAGE_E_SHSTRNDX, 1);
	return bytes_from(image.bytes, image.size);
}
