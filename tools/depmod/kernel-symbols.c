/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The symbols that the kernel itself has, out of the files its build leaves.
 */
#include "tools/depmod/kernel-symbols.h"

#include <ctype.h>
#include <errno.h>
#include <fcntl.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

#include "libkmod/base/array.h"
#include "libkmod/base/cleanup.h"
#include "libkmod/base/io.h"
#include "tools/cli.h"

/* System.map of a large kernel takes some 10 MiB. */
#define FILE_SIZE_LIMIT ((size_t)1 << 30)

/* A file that is being read, and where in it. */
struct reading {
	struct cli *cli;
	const char *path;
	char prefix;
	unsigned int number; /* of the line */
	struct kernel_symbols symbols;
};

void kernel_symbols_done(struct kernel_symbols *symbols)
{
	free(symbols->symbols);
	free(symbols->text);
	*symbols = (struct kernel_symbols){ 0 };
}

static int add(struct kernel_symbols *symbols, struct kernel_symbol symbol)
{
	struct kernel_symbol *const grown = array_reserve(symbols->symbols, &symbols->room,
							  symbols->count + 1, sizeof(*grown));

	if (!grown)
		return -ENOMEM;
	symbols->symbols = grown;
	symbols->symbols[symbols->count++] = symbol;
	return 0;
}

static const char *drop_prefix(const char *name, char prefix)
{
	return prefix != '\0' && name[0] == prefix ? name + 1 : name;
}

/* ---- Module.symvers ------------------------------------------------------------------------ */

/* A CRC, in hexadecimal with or without "0x". Returns 0; -EINVAL; -ERANGE. */
static int parse_crc(const char *text, uint64_t *ret)
{
	char *end;

	if (!isxdigit((unsigned char)text[0]))
		return -EINVAL;
	errno = 0;
	*ret = strtoull(text, &end, 16);
	if (*end != '\0')
		return -EINVAL;
	return errno == 0 ? 0 : -errno;
}

/* Nothing counts but what has a further word, or a blank, or the file's end behind "vmlinux". */
static int read_symvers_line(struct reading *reading, char *line, bool has_newline)
{
	static const char blanks[] = " \t";
	const char *const line_end = line + strlen(line);
	char *save = NULL;
	const char *const crc = strtok_r(line, blanks, &save);
	const char *const name = crc ? strtok_r(NULL, blanks, &save) : NULL;
	const char *const owner = name ? strtok_r(NULL, blanks, &save) : NULL;
	struct kernel_symbol symbol;
	int r;

	if (!owner || strcmp(owner, "vmlinux") != 0 ||
	    (has_newline && owner + strlen(owner) == line_end))
		return 0;
	r = parse_crc(crc, &symbol.crc);
	if (r < 0) {
		cli_log(reading->cli, LOG_ERR, "%s:%u Invalid symbol version %s: %s",
			reading->path, reading->number, crc, strerror(-r));
		return 0;
	}
	symbol.name = drop_prefix(name, reading->prefix);
	symbol.length = strlen(symbol.name);
	return add(&reading->symbols, symbol);
}

/* ---- System.map ---------------------------------------------------------------------------- */

static int read_map_line(struct reading *reading, char *line, bool has_newline)
{
	static const char exported[] = "__ksymtab_";
	const size_t exported_size = sizeof(exported) - 1;
	const char *const first = strchr(line, ' ');
	const char *const second = first ? strchr(first + 1, ' ') : NULL;
	const char *name;

	if (!second) {
		cli_log(reading->cli, LOG_ERR, "%s:%u: invalid line: %s", reading->path,
			reading->number, line);
		if (has_newline)
			cli_log(reading->cli, LOG_ERR | CLI_CONTINUED, "%s", "");
		return 0;
	}
	name = drop_prefix(second + 1, reading->prefix);
	if (strncmp(name, exported, exported_size) != 0)
		return 0;
	name += exported_size;
	return add(&reading->symbols,
		   (struct kernel_symbol){ .name = name, .length = strlen(name) });
}

/* ---- Files --------------------------------------------------------------------------------- */

typedef int (*read_line_fn)(struct reading *reading, char *line, bool has_newline);

/* Calls @read_line for each line, without its newline. What follows a NUL in it is not looked at. */
static int read_lines(struct reading *reading, char *text, size_t size, read_line_fn read_line)
{
	char *const end = text + size;
	int r = 0;

	while (r >= 0 && text < end) {
		char *const newline = memchr(text, '\n', (size_t)(end - text));
		char *const line_end = newline ? newline : end;

		*line_end = '\0';
		reading->number++;
		r = read_line(reading, text, newline);
		text = line_end + 1;
	}
	return r;
}

static int read_file(struct reading *reading, read_line_fn read_line, struct kernel_symbols *ret)
{
	_cleanup_close_ int fd = open(reading->path, O_RDONLY | O_CLOEXEC);
	size_t size;
	int r = fd < 0 ? -errno :
			 read_all(fd, FILE_SIZE_LIMIT, &reading->symbols.text, &size);

	if (r >= 0)
		r = read_lines(reading, reading->symbols.text, size, read_line);
	if (r < 0) {
		kernel_symbols_done(&reading->symbols);
		return r;
	}
	*ret = reading->symbols;
	return 0;
}

int kernel_symbols_from_symvers(struct cli *cli, const char *path, char prefix,
				struct kernel_symbols *ret)
{
	struct reading reading = { .cli = cli, .path = path, .prefix = prefix };

	return read_file(&reading, read_symvers_line, ret);
}

int kernel_symbols_from_map(struct cli *cli, const char *path, char prefix,
			    struct kernel_symbols *ret)
{
	struct reading reading = { .cli = cli, .path = path, .prefix = prefix };

	return read_file(&reading, read_map_line, ret);
}
