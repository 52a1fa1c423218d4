/* SPDX-FileCopyrightText: the certbinder authors
 * SPDX-License-Identifier: Apache-2.0 */
#include <config.h>

#include "core/updates/update_states.h"

#include "base/text.h"
#include "core/agents/agent_view.h"
#include "core/console/settings.h"
#include "core/paging.h"
#include "core/roots/root_coverage.h"
#include "core/roots/root_policy.h"

#include <stdio.h>
#include <string.h>

/*
 * Why agents hang in their updates, in words, with the cure.
 */
struct words {
	const char *explanation; /* %s: the certificate */
	const char *remedy,
		*without_entry; /* without_entry: the catalogue does not name the certificate */
};

static const struct words words[UPDATE_CAUSES] = {
	[UPDATE_ROOT_MISSING] =
		{"they cannot verify the package: their trust directory lacks the root %s",
		 "deploy this root to them; they go on by themselves",
		 "import the root and put it into the catalogue, then deploy it"},
	[UPDATE_INTERMEDIATE_MISSING] =
		{"they cannot verify the package: the chain breaks off before %s",
		 "deploy this intermediate to them, or sign the package with its chain inside",
		 "put the certificate into the catalogue, under Root when it is a root, and deploy "
		 "it; an intermediate may come in the package's signature instead"},
	[UPDATE_SIGNATURE_BAD] =
		{"the file is not what was signed, or its signer may not or is distrusted; it is "
		 "set aside as _Invalid and not loaded",
		 "look at the reason that each of them gives, who signed the package and where "
		 "agents fetch it from; then offer one that is signed anew",
		 NULL},
	[UPDATE_CLOCK] =
		{"the signer's certificate is not valid at the time that these agents have: their "
		 "clocks differ from this server's by more than five minutes",
		 "set the clocks of these agents; they go on by themselves", NULL},
	[UPDATE_POLICY] =
		{"they lack %s, which the catalogue names, and the policy 'Turn off Automatic Root "
		 "Certificates Update' keeps them from fetching it",
		 "deploy it to them, or turn the policy off", "deploy it to them"},
	[UPDATE_UNREACHABLE] =
		{"they cannot reach the distribution point, or went silent amid an update",
		 "look whether the agents run and at the network between; they go on where the "
		 "download broke off",
		 NULL},
	[UPDATE_OTHER] = {"they do not come to an end",
			  "look at the reason that each of them gives", NULL},
};

static bool view_of(struct core *c, struct update_view *v, struct err *e)
{
	enum root_policy of_server;
	int64_t stall_s = 0;

	if (!agents_seen_since(c, &v->seen_since_s, e) ||
	    !root_policy_of_server(c, &of_server, e) ||
	    !settings_get_int(c, "update_stall_s", &stall_s, e))
		return false;
	v->stalled_s = core_now_s(c) - stall_s;
	v->policy_on = of_server == ROOT_POLICY_ON;
	return true;
}

static json_t *certificate_view(const char *name, const char *sha256)
{
	return name[0] ? json_pack("{s:o, s:s?}", "name", json_text(span_str(name)), "sha256",
				   sha256[0] ? sha256 : NULL)
		       : json_null();
}

static json_t *entry_view(int64_t entry)
{
	char id[24];

	(void)snprintf(id, sizeof(id), "%lld", (long long)entry);
	return entry ? json_string(id) : json_null();
}

static bool finding_add(void *arg, const struct update_group *g, struct err *e)
{
	const struct words *w = &words[g->cause < UPDATE_CAUSES ? g->cause : UPDATE_OTHER];
	const char *cause = update_cause_name(g->cause);
	bool named = strstr(w->explanation, "%s") != NULL;
	struct buf text AUTO_BUF = BUF_INIT, link AUTO_BUF = BUF_INIT;
	const char *at = strstr(w->explanation, "%s");

	if (at) {
		buf_add(&text, w->explanation, (size_t)(at - w->explanation));
		buf_add_str(&text, g->missing[0] ? g->missing : "that its signer needs");
		buf_add_str(&text, at + 2);
	} else {
		buf_add_str(&text, w->explanation);
	}
	if (named && g->entry)
		buf_printf(&link, "/api/v1/roots/%lld", (long long)g->entry);
	else
		buf_printf(&link, "/api/v1/updates/agents?cause=%s", cause);
	if (!buf_ok(&text) || !buf_ok(&link))
		return err_nomem(e);
	return json_array_append_new(
		       arg, json_pack("{s:s, s:I, s:I, s:o, s:s, s:o, s:o, s:s}", "cause", cause,
				      "count", (json_int_t)g->n, "failed", (json_int_t)g->failed,
				      "explanation", json_text(buf_span(&text)), "remedy",
				      g->entry || !w->without_entry ? w->remedy : w->without_entry,
				      "certificate",
				      named ? certificate_view(g->missing, g->missing_sha256)
					    : json_null(),
				      "entry", entry_view(named ? g->entry : 0), "link",
				      buf_str(&link))) == 0 ||
	       err_nomem(e);
}

bool update_states_count(struct core *c, int64_t states[UPDATE_STATES],
			 int64_t causes[UPDATE_CAUSES], struct err *e)
{
	struct update_view v;

	return view_of(c, &v, e) && agent_updates_tally(core_store(c), states, e) &&
	       agent_updates_tally_causes(core_store(c), &v, causes, e);
}

/* A deployment does not help those that have it in Disallowed. */
static bool distrust_add(struct core *c, json_t *finding, struct err *e)
{
	const char *entry = json_string_value(json_object_get(finding, "entry"));
	const struct root_agents_query q = {
		.entry = entry, .standing = "distrusted", .page = {.limit = 1}};
	json_t *who AUTO_JSON = NULL;
	long long n;

	if (!entry)
		return true;
	if (!root_agents(c, &q, &who, e))
		return false;
	n = (long long)json_integer_value(json_object_get(who, "total"));
	if (n == 0)
		return true;
	json_t *remedy = json_sprintf("%s; %lld %s it in Disallowed and %s it: take it away there "
				      "first ('certbinder root agents %s --standing distrusted')",
				      json_string_value(json_object_get(finding, "remedy")), n,
				      n == 1 ? "agent has" : "agents have",
				      n == 1 ? "refuses" : "refuse", entry);

	return json_object_set_new(finding, "remedy", remedy) == 0 || err_nomem(e);
}

bool update_states_summary(struct core *c, json_t *o, struct err *e)
{
	json_t *agents AUTO_JSON = json_object(), *findings AUTO_JSON = json_array();
	int64_t n[UPDATE_STATES];
	struct update_view v;

	if (!agents || !findings)
		return err_nomem(e);
	if (!view_of(c, &v, e) || !agent_updates_tally(core_store(c), n, e) ||
	    !agent_update_groups(core_store(c), &v, UPDATE_FINDINGS_MAX, finding_add, findings, e))
		return false;
	for (size_t i = 0; i < json_array_size(findings); i++)
		if (!distrust_add(c, json_array_get(findings, i), e))
			return false;
	for (int i = 0; i < UPDATE_STATES; i++)
		if (json_object_set_new(agents, update_state_name((enum update_state)i),
					json_integer((json_int_t)n[i])) != 0)
			return err_nomem(e);
	return (json_object_set_new(o, "agents", json_incref(agents)) == 0 &&
		json_object_set_new(o, "findings", json_incref(findings)) == 0) ||
	       err_nomem(e);
}

/* ---- who ---- */

static bool state_parse(const char *name, int *out, struct err *e)
{
	*out = -1;
	for (int i = UPDATE_CURRENT; name && i < UPDATE_STATES; i++)
		if (strcmp(name, update_state_name((enum update_state)i)) == 0)
			*out = i;
	return !name || *out >= 0 ||
	       err_reason(e, "request.parameter",
			  "state is current, downloading, verifying, updating or failed");
}

static bool cause_parse(const char *name, int *out, struct err *e)
{
	*out = -1;
	for (int i = UPDATE_ROOT_MISSING; name && i < UPDATE_CAUSES; i++)
		if (strcmp(name, update_cause_name((enum update_cause)i)) == 0)
			*out = i;
	return !name || *out >= 0 ||
	       err_reason(e, "request.parameter",
			  "cause is root_missing, intermediate_missing, signature_bad, clock, "
			  "policy, unreachable or other");
}

struct listing {
	json_t *items;
	int limit;
	int64_t last; /* row of the last one shown */
	bool more;
};

static json_t *text_or_null(const char *s)
{
	return s[0] ? json_text(span_str(s)) : json_null();
}

/* What is not in columns: how far a download is, and the agent's own sentence. */
static bool detail_add(json_t *o, const char *states)
{
	json_t *all AUTO_JSON = json_loads(states, 0, NULL);
	const json_t *update = json_object_get(all, "update");
	const char *detail = json_string_value(json_object_get(update, "detail"));
	json_t *bytes = json_object_get(update, "bytes"), *total = json_object_get(update, "total");

	return json_object_set_new(o, "detail",
				   detail ? json_text(span_str(detail)) : json_null()) == 0 &&
	       json_object_set_new(o, "bytes",
				   json_is_integer(bytes) ? json_incref(bytes) : json_null()) ==
		       0 &&
	       json_object_set_new(o, "total",
				   json_is_integer(total) ? json_incref(total) : json_null()) == 0;
}

static json_t *missing_view(const struct agent_update_row *r)
{
	return r->missing[0] ? json_pack("{s:o, s:s, s:s?}", "name",
					 json_text(span_str(r->missing)), "kind", r->missing_kind,
					 "sha256", r->missing_sha256[0] ? r->missing_sha256 : NULL)
			     : json_null();
}

static bool item_view(void *arg, const struct agent_update_item *i, struct err *e)
{
	const struct agent_update_row *r = &i->update;
	json_t *items = arg, *o AUTO_JSON = NULL;

	o = json_pack("{s:s, s:o, s:o, s:s, s:o, s:o, s:o, s:o, s:o, s:o, s:o, s:o}", "id", i->id,
		      "name", json_text(span_str(i->name)), "last_seen", json_time(i->last_seen_s),
		      "state", update_state_name(r->state), "package", text_or_null(r->package),
		      "version", text_or_null(r->version), "installed", text_or_null(r->installed),
		      "since", json_time(r->since_s), "cause",
		      text_or_null(update_cause_name(r->cause)), "reason", text_or_null(r->reason),
		      "missing", missing_view(r), "entry", entry_view(r->entry));
	return (o && detail_add(o, i->states) &&
		json_array_append_new(items, json_incref(o)) == 0) ||
	       err_nomem(e);
}

static bool item_add(void *arg, const struct agent_update_item *i, struct err *e)
{
	struct listing *l = arg;

	l->more = (int)json_array_size(l->items) == l->limit;
	if (l->more)
		return true;
	l->last = i->rowid;
	return item_view(l->items, i, e);
}

bool update_of_agent(struct core *c, const char *id, json_t **out, struct err *e)
{
	json_t *items AUTO_JSON = json_array();
	struct update_view v;

	if (!items)
		return err_nomem(e);
	if (!view_of(c, &v, e) || !agent_update_one(core_store(c), &v, id, item_view, items, e))
		return false;
	*out = json_array_size(items) ? json_incref(json_array_get(items, 0)) : json_null();
	return true;
}

bool update_agents(struct core *c, const char *state, const char *cause, const struct page *p,
		   json_t **out, struct err *e)
{
	json_t *items AUTO_JSON = json_array();
	struct listing l = {.items = items};
	struct page_state page;
	struct update_view v;
	int64_t total = 0;
	int s, k;

	if (!items)
		return err_nomem(e);
	if (!state_parse(state, &s, e) || !cause_parse(cause, &k, e) || !page_read(p, &page, e) ||
	    !view_of(c, &v, e))
		return false;
	l.limit = page.limit;
	return agent_update_list(core_store(c), &v, s, k, page.after, page.limit + 1, item_add, &l,
				 e) &&
	       agent_updates_matching(core_store(c), &v, s, k, &total, e) &&
	       page_answer(json_incref(items), total, &page, l.more ? l.last : 0, out, e);
}
