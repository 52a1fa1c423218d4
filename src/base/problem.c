/* SPDX-FileCopyrightText: the certbinder authors
 * SPDX-License-Identifier: Apache-2.0 */
#include <config.h>

#include "base/problem.h"

#include "base/json.h"
#include "base/reason.h"

#include <string.h>

json_t *problem_of(const struct err *e, const char *remedy)
{
	const struct reason *r = err_public(e);
	char type[REASON_PATH_SIZE];

	reason_path(r->code, type);
	return json_pack("{s:s, s:s, s:i, s:o, s:s, s:[{s:s}]}", "type", type, "title", r->title,
			 "status", r->status, "detail", json_text(span_str(e->text)), "code",
			 r->code, "remedies", "text", remedy ? remedy : r->remedy);
}

const char *problem_remedy(const struct err *e)
{
	const struct reason *r = err_public(e);

	return strcmp(r->code, "invalid") == 0 ? "--help says what it takes." : r->remedy;
}

bool problem_text(const struct err *e, struct buf *out)
{
	json_t *o AUTO_JSON = problem_of(e, problem_remedy(e));
	struct err ignored = ERR_INIT;

	return o && json_write_pretty(o, out, &ignored);
}
