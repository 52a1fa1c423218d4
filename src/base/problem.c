/* SPDX-FileCopyrightText: the certbinder authors
 * SPDX-License-Identifier: Apache-2.0 */
#include <config.h>

#include "base/problem.h"

#include "base/json.h"
#include "base/reason.h"

#include <stdio.h>
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

int problem_tell(const char *program, const struct err *e, bool as_json)
{
	const struct reason *r = err_public(e);
	bool usage = strcmp(r->code, "invalid") == 0;
	const char *remedy = usage ? "--help says what it takes." : r->remedy;
	json_t *o AUTO_JSON = as_json ? problem_of(e, remedy) : NULL;
	struct buf text AUTO_BUF = BUF_INIT;
	struct err ignored = ERR_INIT;

	fprintf(stderr, "%s: %s\n%s: %s\n", program, e->text, program, remedy);
	if (o && json_write_pretty(o, &text, &ignored))
		(void)puts(buf_str(&text));
	return r->exit;
}

bool problem_wants_json(int argc, char *const *argv)
{
	for (int i = 1; i < argc; i++)
		if (strcmp(argv[i], "--json") == 0)
			return true;
	return false;
}
