/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The parameters of a module: what the strings "parm" and "parmtype" say of them, put together.
 */
#include "tools/modinfo-params.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "libkmod/base/array.h"

void params_done(struct params *params)
{
	free(params->params);
	*params = (struct params){ 0 };
}

int params_add(struct params *params, const char *string, bool is_type)
{
	const char *const colon = strchr(string, ':');
	struct param *grown;

	if (!colon)
		return -EINVAL;
	grown = array_reserve(params->params, &params->room, params->count + 1, sizeof(*grown));
	if (!grown)
		return -ENOMEM;
	params->params = grown;
	params->params[params->count] = (struct param){
		.name = string,
		.name_length = (size_t)(colon - string),
		.text = is_type ? NULL : colon + 1,
		.type = is_type ? colon + 1 : NULL,
		.order = params->count,
	};
	params->count++;
	return 0;
}

static int compare_names(const struct param *a, const struct param *b)
{
	const size_t shorter = a->name_length < b->name_length ? a->name_length : b->name_length;
	const int r = memcmp(a->name, b->name, shorter);

	if (r != 0)
		return r;
	return (a->name_length > b->name_length) - (a->name_length < b->name_length);
}

static int by_name_then_order(const void *a, const void *b)
{
	const struct param *const first = a, *const second = b;
	const int r = compare_names(first, second);

	return r != 0 ? r : (first->order > second->order) - (first->order < second->order);
}

static int by_order_reversed(const void *a, const void *b)
{
	const struct param *const first = a, *const second = b;

	return (first->order < second->order) - (first->order > second->order);
}

void params_merge(struct params *params)
{
	struct param *const all = params->params;
	size_t kept = 0;

	if (params->count == 0)
		return;
	qsort(all, params->count, sizeof(*all), by_name_then_order);
	for (size_t i = 1; i < params->count; i++) {
		if (compare_names(&all[i], &all[kept]) != 0) {
			all[++kept] = all[i];
			continue;
		}
		if (all[i].text)
			all[kept].text = all[i].text;
		if (all[i].type)
			all[kept].type = all[i].type;
	}
	params->count = kept + 1;
	qsort(all, params->count, sizeof(*all), by_order_reversed);
}
