/* SPDX-FileCopyrightText: the certbinder authors
 * SPDX-License-Identifier: Apache-2.0 */
#include <config.h>

#include "core/updates/update_states.h"

#include "base/digest.h"
#include "base/mem.h"
#include "base/text.h"
#include "core/tx.h"

#include <string.h>

/*
 * What an agent says of its updates, into its row. Every byte of it is a stranger's.
 */
static const char *const state_names[] = {
	[UPDATE_NONE] = "none",
	[UPDATE_CURRENT] = "current",
	[UPDATE_DOWNLOADING] = "downloading",
	[UPDATE_VERIFYING] = "verifying",
	[UPDATE_UPDATING] = "updating",
	[UPDATE_FAILED] = "failed",
};

static const char *const cause_names[] = {
	[UPDATE_CAUSE_NONE] = "",
	[UPDATE_ROOT_MISSING] = "root_missing",
	[UPDATE_INTERMEDIATE_MISSING] = "intermediate_missing",
	[UPDATE_SIGNATURE_BAD] = "signature_bad",
	[UPDATE_CLOCK] = "clock",
	[UPDATE_POLICY] = "policy",
	[UPDATE_UNREACHABLE] = "unreachable",
	[UPDATE_OTHER] = "other",
};

const char *update_state_name(enum update_state s)
{
	return (unsigned)s < UPDATE_STATES ? state_names[s] : state_names[UPDATE_NONE];
}

const char *update_cause_name(enum update_cause c)
{
	return (unsigned)c < UPDATE_CAUSES ? cause_names[c] : cause_names[UPDATE_OTHER];
}

json_t *update_states_kept(const json_t *states, int64_t now_s, int64_t *skew_s_out)
{
	json_t *kept = json_copy((json_t *)(uintptr_t)states);
	const json_t *time = json_object_get(kept, "time");

	*skew_s_out = 0;
	if (json_is_integer(time) && json_integer_value(time) > 0 &&
	    json_integer_value(time) < INT64_MAX / 2)
		*skew_s_out = json_integer_value(time) - now_s;
	(void)json_object_del(kept, "time"); /* it may not be there */
	return kept;
}

/* ---- one report ---- */

struct told {
	struct agent_update_row row;
	char package[UPDATE_TEXT_MAX + 1], version[UPDATE_TEXT_MAX + 1],
		installed[UPDATE_TEXT_MAX + 1], reason[UPDATE_TEXT_MAX + 1],
		missing[UPDATE_TEXT_MAX + 1];
	char missing_sha256[65];
	bool root_missing;
};

/* Texts are shown to people and compared: one line, in UTF-8, cut. */
static void take_text(const json_t *o, const char *name, char *out, size_t size)
{
	const char *s = json_string_value(json_object_get(o, name));

	out[0] = '\0';
	if (s && text_is_utf8(span_str(s)))
		text_copy(out, size, s);
	for (char *p = out; *p; p++)
		if ((unsigned char)*p < 0x20 || *p == 0x7f)
			*p = ' ';
}

static void take_missing(const json_t *o, struct told *t)
{
	const char *kind = json_string_value(json_object_get(o, "kind"));
	const char *sha256 = json_string_value(json_object_get(o, "sha256"));

	take_text(o, "name", t->missing, sizeof(t->missing));
	if (sha256 && hex_is_lower(sha256, 2 * SHA256_BYTES))
		text_copy(t->missing_sha256, sizeof(t->missing_sha256), sha256);
	t->root_missing = kind && strcmp(kind, "root") == 0;
}

static bool is_any(const char *reason, const char *const *list, size_t n)
{
	for (size_t i = 0; i < n; i++)
		if (text_ends_with(list[i], ".") ? text_starts_with(reason, list[i])
						 : strcmp(reason, list[i]) == 0)
			return true;
	return false;
}

/* By the reason alone: an end with a dot stands for all that begin so. */
static enum update_cause cause_of(const struct told *t, int64_t skew_s)
{
	static const char *const validity[] = {"trust.expired", "trust.not_yet_valid", "validity."};
	static const char *const away[] = {"agent.unreachable", "daemon.down", "download.",
					   "unreachable", "timeout"};
	static const char *const signature[] = {"cms.", "trust.", "package.digest",
						"package.usage"};
	bool clock_off = skew_s > UPDATE_CLOCK_OFF_S || skew_s < -UPDATE_CLOCK_OFF_S;

	if (t->row.state < UPDATE_DOWNLOADING)
		return UPDATE_CAUSE_NONE;
	if (is_any(t->reason, validity, ARRAY_LEN(validity)))
		return clock_off ? UPDATE_CLOCK : UPDATE_OTHER;
	if (t->missing[0])
		return t->root_missing ? UPDATE_ROOT_MISSING : UPDATE_INTERMEDIATE_MISSING;
	if (strcmp(t->reason, "trust.root_not_in_root") == 0)
		return UPDATE_ROOT_MISSING;
	if (strcmp(t->reason, "trust.chain_breaks") == 0)
		return UPDATE_INTERMEDIATE_MISSING;
	if (is_any(t->reason, away, ARRAY_LEN(away)))
		return UPDATE_UNREACHABLE;
	if (is_any(t->reason, signature, ARRAY_LEN(signature)))
		return UPDATE_SIGNATURE_BAD;
	return t->reason[0] ? UPDATE_OTHER : UPDATE_CAUSE_NONE;
}

static enum update_state state_read(const json_t *o)
{
	const char *s = json_string_value(json_object_get(o, "state"));

	for (int i = UPDATE_CURRENT; s && i < UPDATE_STATES; i++)
		if (strcmp(s, state_names[i]) == 0)
			return (enum update_state)i;
	return UPDATE_NONE;
}

/* When it began, by our clock: never in the future. */
static int64_t since_read(const json_t *o, int64_t skew_s, int64_t at_s)
{
	int64_t since = json_integer_value(json_object_get(o, "since"));

	if (since <= 0 || since > INT64_MAX / 2)
		return at_s;
	since -= skew_s;
	return since < at_s ? since : at_s;
}

static void told_read(const json_t *o, int64_t skew_s, int64_t at_s, struct told *t)
{
	*t = (struct told){.row = {.state = state_read(o)}};
	if (t->row.state != UPDATE_NONE) {
		take_text(o, "package", t->package, sizeof(t->package));
		take_text(o, "version", t->version, sizeof(t->version));
		take_text(o, "installed", t->installed, sizeof(t->installed));
		take_text(o, "reason", t->reason, sizeof(t->reason));
		take_missing(json_object_get(o, "missing"), t);
		t->row.since_s = since_read(o, skew_s, at_s);
	}
	t->row.package = t->package;
	t->row.version = t->version;
	t->row.installed = t->installed;
	t->row.reason = t->reason;
	t->row.missing = t->missing;
	t->row.missing_sha256 = t->missing_sha256;
	t->row.missing_kind = "";
}

bool update_missing_find(struct core *c, const char *name, char sha256[static 65], bool *is_root,
			 int64_t *entry_out, struct err *e)
{
	bool found = false, root = false;

	*entry_out = 0;
	if (!name[0])
		return true;
	/* the next link's name is all that a chain without its root says: the stores here may know it */
	if (!sha256[0]) {
		if (!update_subject_find(core_store(c), name, sha256, &root, &found, e))
			return false;
		if (found)
			*is_root = root;
	}
	if (!update_entry_find(core_store(c), name, sha256, entry_out, &root, e) ||
	    (*entry_out == 0 && !update_entry_find(core_store(c), name, "", entry_out, &root, e)))
		return false;
	if (*entry_out != 0)
		*is_root = root;
	return true;
}

bool update_state_take(struct core *c, const char *agent, const char *states, int64_t skew_s,
		       int64_t at_s, bool *changed_out, struct err *e)
{
	json_t *all AUTO_JSON = json_loads(states, 0, NULL);
	struct told t;

	told_read(json_object_get(all, "update"), skew_s, at_s, &t);
	if (t.row.state >= UPDATE_DOWNLOADING &&
	    !update_missing_find(c, t.missing, t.missing_sha256, &t.root_missing, &t.row.entry, e))
		return false;
	if (t.missing[0])
		t.row.missing_kind = t.root_missing ? "root" : "intermediate";
	t.row.cause = cause_of(&t, skew_s);
	return agent_row_update(core_store(c), agent, &t.row, skew_s, changed_out, e);
}

/* ---- after the catalogue moved ---- */

struct lacking {
	char name[UPDATE_TEXT_MAX + 1], kind[16], sha256[65];
};

struct lackings {
	struct lacking *items; /* UPDATE_MISSING_CHANGE_MAX of them */
	size_t n;
};

static bool keep_lacking(void *arg, const char *missing, const char *kind, const char *sha256,
			 struct err *e)
{
	struct lackings *l = arg;
	struct lacking *x = &l->items[l->n++];

	(void)e;
	text_copy(x->name, sizeof(x->name), missing);
	text_copy(x->kind, sizeof(x->kind), kind);
	text_copy(x->sha256, sizeof(x->sha256), sha256);
	return true;
}

static bool restate_one(struct core *c, const struct lacking *x, struct err *e)
{
	char sha256[65];
	bool is_root = strcmp(x->kind, "root") == 0;
	int64_t entry = 0;

	text_copy(sha256, sizeof(sha256), x->sha256);
	return update_missing_find(c, x->name, sha256, &is_root, &entry, e) &&
	       agent_update_missing_is(core_store(c), x->name, x->kind, x->sha256, entry,
				       is_root ? UPDATE_ROOT_MISSING : UPDATE_INTERMEDIATE_MISSING,
				       e);
}

bool update_states_restate(struct core *c, struct err *e)
{
	struct lacking *items AUTO_MEM = mem_array(UPDATE_MISSING_CHANGE_MAX, sizeof(*items));
	struct lackings l = {.items = items};

	if (!items)
		return err_nomem(e);
	/* all first: what is walked must not change under the walk */
	if (!agent_update_missing(core_store(c), UPDATE_MISSING_CHANGE_MAX, keep_lacking, &l, e))
		return false;
	for (size_t i = 0; i < l.n; i++)
		if (!restate_one(c, &l.items[i], e))
			return false;
	return true;
}
