/* SPDX-FileCopyrightText: the certbinder authors
 * SPDX-License-Identifier: Apache-2.0 */
#include <config.h>

#include "core/trust/refusals.h"

#include "base/buf.h"
#include "base/json.h"
#include "core/bindings/bindings.h"
#include "core/page.h"
#include "core/trust/causes.h"
#include "core/trust/refusal_record.h"
#include "core/trust/trust.h"

#include <string.h>

/*
 * A record with what it means today: its cause, whether the chain passes by now, and what helps.
 */
#define CHANGES_LOOKED_AT 20 /* of the binding, the newest first */

static const char *text(const json_t *o, const char *key)
{
	const char *s = json_string_value(json_object_get(o, key));

	return s ? s : "";
}

static bool set(json_t *record, const char *key, json_t *value /* stolen */, struct err *e)
{
	return json_object_set_new(record, key, value) == 0 || err_nomem(e);
}

static bool differ(const json_t *change, const char *key)
{
	return !json_equal(json_object_get(json_object_get(change, "before"), key),
			   json_object_get(json_object_get(change, "after"), key));
}

static const char *const settings[] = {"issuer_store", "revocation", "check_usage",
				       "revocation_freshness_s"};

/* A new host certificate that took along what decides on clients, before this one was refused. */
static bool bears_on(const json_t *change, const json_t *record)
{
	const char *committed = text(change, "committed");
	const char *state = text(change, "state");

	if (!json_is_object(json_object_get(change, "before")) || !*committed ||
	    strcmp(committed, text(record, "last")) > 0 || !differ(change, "cert") ||
	    (strcmp(state, "confirmed") != 0 && strcmp(state, "committed") != 0))
		return false;
	for (size_t i = 0; i < ARRAY_LEN(settings); i++)
		if (differ(change, settings[i]))
			return true;
	return false;
}

/* The settings of now, but for what this change changed. NULL when memory is short. */
static json_t *without(const json_t *change, const json_t *now)
{
	json_t *then = json_copy((json_t *)(uintptr_t)now);
	bool good = then != NULL;

	for (size_t i = 0; good && i < ARRAY_LEN(settings); i++) {
		json_t *before = json_object_get(json_object_get(change, "before"), settings[i]);

		if (differ(change, settings[i]))
			good = json_object_set_new(then, settings[i],
						   before ? json_incref(before) : json_null()) == 0;
	}
	if (good)
		return then;
	json_decref(then);
	return NULL;
}

static json_t *changed_cause(const json_t *change)
{
	struct buf evidence AUTO_BUF = BUF_INIT;
	const json_t *before = json_object_get(change, "before");
	const json_t *after = json_object_get(change, "after");

	buf_printf(&evidence, "at %s %s changed the binding to another certificate, and with it",
		   text(change, "committed"), text(change, "by"));
	if (differ(change, "issuer_store"))
		buf_printf(&evidence, " its issuer store from '%s' to '%s'",
			   text(before, "issuer_store"), text(after, "issuer_store"));
	if (differ(change, "revocation"))
		buf_printf(&evidence, " its revocation check from %s to %s",
			   text(before, "revocation"), text(after, "revocation"));
	buf_add_str(&evidence, "; under the former settings the chain passes");
	return buf_ok(&evidence) ? cause_view(CAUSE_BINDING_CHANGED, buf_str(&evidence)) : NULL;
}

/* Root cause 5: the chain would pass had the new certificate not changed more than the certificate. */
static bool find_change(struct core *c, json_t *record, const struct trust_trial *as_now,
			struct err *e)
{
	struct page page = {.limit = CHANGES_LOOKED_AT};
	struct trust_trial then = *as_now;
	json_t *history AUTO_JSON = NULL, *now AUTO_JSON = NULL;
	const json_t *change;
	size_t i;

	if (!bindings_history(c, as_now->binding, &page, &history, e) ||
	    !bindings_show(c, as_now->binding, &now, e))
		return false;
	json_array_foreach(json_object_get(history, "items"), i, change)
	{
		json_t *judged AUTO_JSON = NULL, *former AUTO_JSON = NULL;

		if (!bears_on(change, record))
			continue;
		former = without(change, now);
		if (!former)
			return err_nomem(e);
		then.settings = former;
		if (!trust_try(c, &then, &judged, e))
			return false;
		return strcmp(text(judged, "verdict"), "accept") != 0 ||
		       set(record, "cause", changed_cause(change), e);
	}
	return true;
}

static bool add_judged(struct core *c, json_t *record, json_t *now, const struct trust_trial *t,
		       struct err *e)
{
	bool passes = strcmp(text(now, "verdict"), "accept") == 0;
	json_t *cause = passes ? cause_view(CAUSE_STALE,
					    "What was refused then is accepted under the stores, "
					    "mode and settings of now")
			       : json_incref(json_object_get(now, "cause"));

	return set(record, "remedies", json_incref(json_object_get(now, "remedies")), e) &&
	       set(record, "now",
		   json_pack("{s:O, s:O}", "verdict", json_object_get(now, "verdict"), "reason",
			     json_object_get(now, "reason")),
		   e) &&
	       set(record, "cause", cause, e) && (passes || find_change(c, record, t, e));
}

/* The same chain against the stores as they are now: what still helps, or that it is cured. */
static bool add_now(struct core *c, json_t *record, const char *pem, struct err *e)
{
	struct trust_trial t = {
		.file = span_str(pem), .binding = text(record, "binding"), .mode = -1};
	json_t *now AUTO_JSON = NULL;
	struct err why = ERR_INIT;

	if (trust_try(c, &t, &now, &why))
		return add_judged(c, record, now, &t, e);
	if (why.code == ERR_NOMEM)
		return err_nomem(e);
	/* the binding may be gone, or the chain is not readable: then nothing is to be cured */
	return set(record, "remedies", json_array(), e) &&
	       set(record, "cause", cause_view(CAUSE_UNFIT, text(record, "explanation")), e);
}

static const char no_certificate_text[] =
	"Give the client a certificate with its private key, fit for client authentication; if it "
	"has one, see whether the issuer list hides it.";
static const char mapping_text[] = "The certificate is good; what it is mapped to may not do this. "
				   "Look at 'certbinder account "
				   "mappings', and change the mapping or the role of its account.";
static const char late_text[] = "Nothing is to be done: the next connection is asked for a "
				"certificate. A client that keeps "
				"one connection open for hours has to be started again.";

static bool add_plain(json_t *record, const char *remedy, json_t *cause, struct err *e)
{
	return set(record, "remedies", json_pack("[{s:s}]", "text", remedy), e) &&
	       set(record, "cause", cause, e);
}

static bool explain(struct core *c, json_t *record, const struct buf *pem, struct err *e)
{
	const char *reason = text(record, "reason");
	bool late = strcmp(reason, "trust.asked_late") == 0;
	json_t *cause = NULL;
	struct err why = ERR_INIT;

	if (strcmp(reason, "auth.mapping_denied") == 0)
		return add_plain(record, mapping_text,
				 cause_view(CAUSE_MAPPING, text(record, "explanation")), e);
	if (pem->len > 0)
		return add_now(c, record, buf_str((struct buf *)(uintptr_t)pem), e);
	if (!cause_of_nothing_sent(c, text(record, "binding"), late, &cause, &why))
		cause = cause_view(CAUSE_NOTHING_SENT, ""); /* the binding is gone */
	return add_plain(record, late ? late_text : no_certificate_text, cause, e);
}

bool refusals_show(struct core *c, const char *id, json_t **out, struct err *e)
{
	json_t *record AUTO_JSON = NULL;
	struct buf pem AUTO_BUF = BUF_INIT;

	if (!refusals_presented(c, id, &pem, e) || !refusal_record(c, id, &record, e) ||
	    !explain(c, record, &pem, e))
		return false;
	*out = json_incref(record);
	return true;
}
