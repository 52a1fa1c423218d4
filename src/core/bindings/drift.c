/* SPDX-FileCopyrightText: the certbinder authors
 * SPDX-License-Identifier: Apache-2.0 */
#include <config.h>

#include "core/bindings/bindings.h"

#include "base/clock.h"
#include "base/files.h"
#include "base/json.h"
#include "base/log.h"
#include "base/reason.h"
#include "base/text.h"
#include "core/agents/agent_files.h"
#include "core/agents/agent_hosts.h"
#include "core/audit.h"
#include "core/authentication/authentication_keys.h"
#include "core/bindings/check_rules.h"
#include "core/bindings/plan.h"
#include "core/bindings/proof.h"
#include "core/permit.h"
#include "core/tx.h"
#include "core/view/view_binding.h"
#include "store/changes.h"

#include <limits.h>
#include <pthread.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>

/*
 * Drift: what is bound, the public copy in TrustedPeople, OfcIPCer.dat and what the console shows
 * must be one certificate, on the agents' binding alone.
 */
#define DRIFT_SEEN_MS 55000 /* the keeper looks each minute anew */
#define DRIFT_UNSEEN_MS 3000

struct drift {
	struct core *c;
	struct binding_row bound;
	bool has_bound, is_pending;
	json_t *findings, *next; /* owned */
	size_t n_fails;
	char file_sha256[65], served_sha256[65];
	bool is_trusted;
};

static void drift_clear(struct drift *d)
{
	json_decref(d->findings);
	json_decref(d->next);
}

static bool found_as(struct drift *d, const char *verdict, const char *id, const char *evidence,
		     const char *remedy, bool repairable, struct err *e)
{
	json_t *o = json_pack("{s:s, s:s, s:o, s:s, s:b}", "id", id, "verdict", verdict, "evidence",
			      json_text(span_str(evidence)), "remedy", remedy, "repairable",
			      repairable);

	return json_array_append_new(d->findings, o) == 0 || err_nomem(e);
}

static bool found(struct drift *d, const char *id, const char *evidence, bool repairable,
		  struct err *e)
{
	d->n_fails++;
	return found_as(d, "fail", id, evidence, reason_find(id)->remedy, repairable, e);
}

static bool look_at_file(struct drift *d, struct err *e)
{
	struct buf file AUTO_BUF = BUF_INIT;
	uint8_t digest[SHA256_BYTES];
	struct err why = ERR_INIT;
	char text[200];
	bool there = false;

	if (!ipcer_file_read(d->c, &file, &there, &why))
		return found(d, "ipcer.drift", why.text, true, e);
	if (!there)
		return found(d, "ipcer.drift", IPCER_FILE " is not there", true, e);
	sha256(buf_span(&file), digest);
	hex_lower(span_of(digest, sizeof digest), d->file_sha256);
	if (strcmp(d->file_sha256, d->bound.state.cert) == 0)
		return true;
	(void)snprintf(text, sizeof text, IPCER_FILE " is %.16s..., bound is %.16s...",
		       d->file_sha256, d->bound.state.cert);
	return found(d, "ipcer.drift", text, true, e);
}

static bool look_at_stores(struct drift *d, struct err *e)
{
	bool disallowed = false;

	if (!trusted_copy_is_there(d->c, d->bound.state.cert, &d->is_trusted, e) ||
	    !cert_is_in(d->c, "Disallowed", d->bound.state.cert, &disallowed, e))
		return false;
	if (!d->is_trusted &&
	    !found(d, "drift.trusted_people", "the public copy is not in TrustedPeople", true, e))
		return false;
	return !disallowed ||
	       found(d, "store.disallowed", "the bound certificate is in Disallowed", false, e);
}

/* The other file that agents fetch: a stray one there sends them away from their server. */
static bool look_at_ntcer(struct drift *d, struct err *e)
{
	struct err why = ERR_INIT;
	bool good = false;

	if (!ntcer_holds(d->c, &good, &why))
		return found(d, "ntcer.drift", why.text, false, e);
	return good || found(d, "ntcer.drift",
			     "OfcNTCer.dat is not the public half of the current key", true, e);
}

/* The name and the times may have gone wrong since it was bound: judged by the rules of a bind. */
static bool look_at_certificate(struct drift *d, struct err *e)
{
	static const char *const ids[] = {"key.missing",   "key.mismatch",     "name.cn_only",
					  "name.no_match", "validity.expired", "validity.not_yet"};
	const struct check_rule *rules;
	struct check_input in AUTO(check_input_clear) = CHECK_INPUT_INIT;
	struct bind_plan plan = {.has_before = true, .before = d->bound, .after = d->bound.state};
	size_t n;

	binding_row_endpoint(&d->bound, &plan.endpoint);
	if (!check_input_load(d->c, &plan, &in, e))
		return false;
	rules = check_rules(&n);
	for (size_t i = 0; i < n; i++)
		for (size_t k = 0; k < ARRAY_LEN(ids); k++) {
			struct buf evidence AUTO_BUF = BUF_INIT;

			if (strcmp(rules[i].id, ids[k]) != 0 ||
			    (rules[i].needs_cert && !in.material.cert) ||
			    rules[i].holds(&in, &evidence))
				continue;
			d->n_fails++;
			if (!found_as(d, "fail", ids[k], buf_str(&evidence),
				      check_remedy(&rules[i], &in), false, e))
				return false;
		}
	return true;
}

/* What a handshake showed is good for a while: whoever may ask for the state (a probe of /readyz is
 * not even logged in) must not make the console shake hands with itself each time. */
static pthread_mutex_t look_lock = PTHREAD_MUTEX_INITIALIZER;
static struct look {
	char cert[65];
	int64_t tls_generation, at_ms;
	bool seen;
	char evidence[200];
} last_look;

/* The last look, if it was at the same state and not long ago. */
static bool look_remembered(struct look *l)
{
	bool good;

	pthread_mutex_lock(&look_lock);
	good = last_look.tls_generation == l->tls_generation &&
	       strcmp(last_look.cert, l->cert) == 0 &&
	       clock_mono_ms() - last_look.at_ms <
		       (last_look.seen ? DRIFT_SEEN_MS : DRIFT_UNSEEN_MS);
	if (good)
		*l = last_look;
	pthread_mutex_unlock(&look_lock);
	return good;
}

/* Whether this very state was looked at already. */
static bool is_news(const struct look *l)
{
	bool news;

	pthread_mutex_lock(&look_lock);
	news = last_look.tls_generation != l->tls_generation ||
	       strcmp(last_look.cert, l->cert) != 0;
	pthread_mutex_unlock(&look_lock);
	return news;
}

/* Between another program's commit and its word to the console the old certificate is still shown: no drift, the
 * console is only told now and here. */
static bool look_anew(struct drift *d, struct look *l, struct err *e)
{
	struct buf evidence AUTO_BUF = BUF_INIT;
	struct err ignored = ERR_INIT;
	enum publish_state state;

	if (!binding_prove(d->c, &d->bound, l->cert, &l->seen, &evidence, e))
		return false;
	if (!l->seen && is_news(l) && publish_now(d->c, &state, &ignored) && state == PUBLISHED) {
		buf_clear(&evidence);
		if (!binding_prove(d->c, &d->bound, l->cert, &l->seen, &evidence, e))
			return false;
	}
	text_copy(l->evidence, sizeof l->evidence, buf_str(&evidence));
	l->at_ms = clock_mono_ms();
	pthread_mutex_lock(&look_lock);
	last_look = *l;
	pthread_mutex_unlock(&look_lock);
	return true;
}

static bool look_at_console(struct drift *d, struct err *e)
{
	struct look l = {.seen = false};

	if (!core_hooks(d->c)->prove)
		return true;
	text_copy(l.cert, sizeof l.cert, d->bound.state.cert);
	if (!store_counter(core_store(d->c), COUNTER_TLS_GENERATION, &l.tls_generation, e) ||
	    (!look_remembered(&l) && !look_anew(d, &l, e)))
		return false;
	if (!l.seen)
		return found(d, "drift.not_served", l.evidence, false, e);
	text_copy(d->served_sha256, sizeof d->served_sha256, l.cert);
	return true;
}

/* What no program of ours does behind the console's back: others may read or write our files. */
static bool look_at_modes(struct drift *d, struct err *e)
{
	static const char *const secret_files[] = {STORE_FILE, "master.key"};
	char path[PATH_MAX], text[PATH_MAX + 64];
	struct stat st;

	for (size_t i = 0; i < ARRAY_LEN(secret_files); i++) {
		if (!path_join(path, sizeof path, core_state_dir(d->c), secret_files[i], e))
			return false;
		if (stat(path, &st) != 0 || (st.st_mode & 077) == 0)
			continue;
		(void)snprintf(text, sizeof text, "%s has mode %03o", path, st.st_mode & 0777u);
		if (!found(d, "drift.file_mode", text, false, e))
			return false;
	}
	return true;
}

/* Agents take a second certificate beside the bound one: no drift, but nobody may forget it. */
static bool look_at_next(struct drift *d, struct err *e)
{
	char text[200];

	if (!agent_hosts_next_view(d->c, &d->next, e))
		return false;
	if (json_is_null(d->next))
		return true;
	d->is_pending = true;
	(void)snprintf(text, sizeof text,
		       "agents also take %s; those that have not heard of it refuse it",
		       json_string_value(json_object_get(d->next, "thumbprint")));
	return found_as(d, "warn", "ipcer.next", text, reason_find("ipcer.next")->remedy, false, e);
}

static bool look(struct core *c, struct drift *d, struct err *e)
{
	struct change_row open AUTO_CHANGE_ROW = CHANGE_ROW_INIT;
	bool is_open = false;

	d->c = c;
	d->findings = json_array();
	if (!d->findings)
		return err_nomem(e);
	if (!binding_row_agents(core_store(c), &d->bound, &d->has_bound, e))
		return false;
	if (!d->has_bound)
		return look_at_modes(d, e);
	if (!change_row_open(core_store(c), d->bound.id, &open, &is_open, e))
		return false;
	d->is_pending = is_open;
	return look_at_file(d, e) && look_at_ntcer(d, e) && look_at_stores(d, e) &&
	       look_at_certificate(d, e) && look_at_console(d, e) && look_at_next(d, e) &&
	       look_at_modes(d, e);
}

static bool view(const struct drift *d, json_t **out, struct err *e)
{
	const char *state = d->n_fails ? "drift" : d->is_pending ? "pending" : "ok";
	json_t *o = json_pack("{s:s, s:o, s:O}", "state", state, "checked",
			      json_time(core_now_s(d->c)), "findings", d->findings);

	if (o && d->has_bound &&
	    (json_object_set_new(o, "binding", json_sprintf("%lld", (long long)d->bound.id)) != 0 ||
	     json_object_set_new(o, "bound", json_string(d->bound.state.cert)) != 0 ||
	     json_object_set_new(o, "next", json_incref(d->next)) != 0 ||
	     json_object_set_new(o, "trusted_people", json_boolean(d->is_trusted)) != 0 ||
	     json_object_set_new(o, "ipcer",
				 d->file_sha256[0] ? json_string(d->file_sha256) : json_null()) !=
		     0 ||
	     json_object_set_new(o, "served",
				 d->served_sha256[0] ? json_string(d->served_sha256)
						     : json_null()) != 0)) {
		json_decref(o);
		o = NULL;
	}
	if (!o)
		return err_nomem(e);
	*out = o;
	return true;
}

bool drift_show(struct core *c, json_t **out, struct err *e)
{
	struct drift d AUTO(drift_clear) = {.c = c};

	return look(c, &d, e) && view(&d, out, e);
}

static bool repair_rows(struct core *c, const struct actor *by, const struct drift *d,
			struct err *e)
{
	bool added = false;

	return agent_files_follow(c, "repaired", "", e) &&
	       trusted_copy_add(c, d->bound.state.cert, &added, e) &&
	       audit_add(c, by, "drift.repair", IPCER_FILE,
			 json_pack("{s:O}", "findings", d->findings), e);
}

bool drift_repair(struct core *c, const struct actor *by, json_t **out, struct err *e)
{
	struct drift d AUTO(drift_clear) = {.c = c};
	struct tx tx AUTO(tx_end) = TX_INIT;
	struct err why = ERR_INIT;

	if (!permit(by, PERM_BIND, e) || !look(c, &d, e))
		return false;
	if (!d.has_bound || d.n_fails == 0)
		return view(&d, out, e);
	if (!tx_begin(c, &tx, e) || !repair_rows(c, by, &d, e) ||
	    !tx_bump(c, COUNTER_TLS_GENERATION, NULL, e) || !tx_commit_publish(&tx, e) ||
	    !agent_files_write(c, NULL, e))
		return false;
	/* where the key's certificate is damaged, the finding says so and stays */
	if (!ntcer_write(c, NULL, &why))
		log_warning("drift.repair", "%s", why.text);
	return drift_show(c, out, e);
}
