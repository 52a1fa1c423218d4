/* SPDX-FileCopyrightText: the certbinder authors
 * SPDX-License-Identifier: Apache-2.0 */
#include <config.h>

#include "base/reason.h"

#include "base/reason_table.h"

#include <assert.h>
#include <string.h>

static const char *const class_codes[ERR_N_CODES] = {
	[ERR_OK] = "bug", /* asked about an error where there is none */
	[ERR_NOMEM] = "nomem",
	[ERR_INVALID] = "invalid",
	[ERR_FORMAT] = "format",
	[ERR_LIMIT] = "limit",
	[ERR_NOT_FOUND] = "not_found",
	[ERR_EXISTS] = "exists",
	[ERR_IN_USE] = "in_use",
	[ERR_DENIED] = "denied",
	[ERR_AUTH] = "auth",
	[ERR_PASSWORD] = "password",
	[ERR_CHECK] = "check",
	[ERR_CONFLICT] = "conflict",
	[ERR_BUSY] = "busy",
	[ERR_TIMEOUT] = "timeout",
	[ERR_UNREACHABLE] = "unreachable",
	[ERR_IO] = "io",
	[ERR_DB] = "db",
	[ERR_CRYPTO] = "crypto",
	[ERR_UNSUPPORTED] = "unsupported",
	[ERR_CANCELLED] = "cancelled",
	[ERR_BUG] = "bug",
};

const struct reason *reason_find(const char *dotted)
{
	for (const struct reason *r = reason_rows; r->code; r++)
		if (strcmp(r->code, dotted) == 0)
			return r;
	return NULL;
}

void reason_path(const char *dotted, char out[static REASON_PATH_SIZE])
{
	size_t at = strlen("/problems/");

	memcpy(out, "/problems/", at);
	for (; *dotted && at < REASON_PATH_SIZE - 1; dotted++)
		out[at++] = *dotted == '.' || *dotted == '_' ? '-' : *dotted;
	out[at] = '\0';
}

const struct reason *reason_of_class(enum err_code code)
{
	const struct reason *r;

	assert(code < ERR_N_CODES && class_codes[code]);
	r = reason_find(class_codes[code]);
	assert(r);
	return r;
}

const struct reason *reason_table(size_t *n_out)
{
	size_t n = 0;

	while (reason_rows[n].code)
		n++;
	*n_out = n;
	return reason_rows;
}
