/* SPDX-FileCopyrightText: the certbinder authors
 * SPDX-License-Identifier: Apache-2.0 */
#include <config.h>

#include "core/agents/agents.h"

#include "base/clock.h"
#include "core/agents/agent_view.h"

#include <string.h>

#define HEADER                                                                                     \
	"agent_id,name,address,port,ntcer_sha256,ipcer_sha256,state,reason,last_seen,cure\r\n"

/*
 * One field (RFC 4180 2.5 to 2.7). What a spreadsheet would take for a formula gets an apostrophe
 * before it: names come from the agents.
 */
static void add_field(struct buf *out, const char *s)
{
	bool formula = s[0] && strchr("=+-@\t\r", s[0]);

	if (!formula && !strpbrk(s, ",\"\r\n")) {
		buf_add_str(out, s);
		return;
	}
	buf_add_char(out, '"');
	if (formula)
		buf_add_char(out, '\'');
	for (; *s; s++) {
		if (*s == '"')
			buf_add_char(out, '"');
		buf_add_char(out, *s);
	}
	buf_add_char(out, '"');
}

struct csv_arg {
	struct buf *out;
	int64_t n, seen_since_s;
};

static bool add_row(void *arg, const struct agent_row *r, struct err *e)
{
	struct csv_arg *a = arg;
	const struct agent_finding f = agent_finding_of(r, a->seen_since_s);
	char seen[RFC3339_SIZE];

	time_rfc3339(r->last_seen_s, seen);
	buf_printf(a->out, "%s,", r->id);
	add_field(a->out, r->name);
	buf_add_char(a->out, ',');
	add_field(a->out, r->pinned_address[0] ? r->pinned_address : r->address);
	buf_printf(a->out, ",%u,%s,%s,%s,", (unsigned)r->port, r->ntcer_sha256, r->ipcer_sha256,
		   f.state);
	add_field(a->out, f.reason);
	buf_printf(a->out, ",%s,", seen);
	add_field(a->out, f.cure);
	buf_add_str(a->out, "\r\n");
	a->n++;
	return buf_ok(a->out) || err_nomem(e);
}

bool agents_mismatched_csv(struct core *c, struct buf *out, int64_t *n_out, struct err *e)
{
	struct csv_arg arg = {.out = out};

	out->max = AGENTS_CSV_MAX;
	buf_add_str(out, HEADER);
	if (!agents_seen_since(c, &arg.seen_since_s, e) ||
	    !agent_row_mismatched(core_store(c), add_row, &arg, e))
		return false;
	*n_out = arg.n;
	return true;
}
