/* SPDX-FileCopyrightText: the certbinder authors
 * SPDX-License-Identifier: Apache-2.0 */
#include <config.h>

#include "core/trust/causes.h"

#include "base/buf.h"
#include "base/clock.h"
#include "core/certs/trust_stores.h"
#include "core/console/settings.h"
#include "core/trust/issuers_known.h"
#include "core/trust/trust.h"
#include "x509/signature.h"

#include <string.h>

static const struct {
	const char *id, *title;
} causes[CAUSE_N] = {
	[CAUSE_ROOT_MISSING] = {"root_missing", "The root is not in Root"},
	[CAUSE_ROOT_STORE_MIXED] = {"root_store_mixed",
				    "Root holds certificates that are not self-signed"},
	[CAUSE_NOT_IN_LIST] = {"not_in_issuer_list", "The issuer list leaves this issuer out"},
	[CAUSE_NOTHING_SENT] = {"nothing_sent", "The client sent no certificate"},
	[CAUSE_BINDING_CHANGED] = {"binding_changed", "A change of the binding brought it about"},
	[CAUSE_REVOCATION_UNKNOWN] = {"revocation_unknown",
				      "Revocation could not be checked: no fresh list"},
	[CAUSE_EXPIRED] = {"expired", "A certificate of the chain is out of its dates"},
	[CAUSE_INTERMEDIATE_MISSING] = {"intermediate_missing",
					"A CA between client and root is missing"},
	[CAUSE_UNFIT] = {"unfit", "A certificate of the chain is not fit for this use"},
	[CAUSE_ASKED_LATE] = {"asked_late", "The connection is older than the question for a "
					    "certificate"},
	[CAUSE_LIST_TOO_LONG] = {"list_too_long", "The issuer list that is sent is over 16 KB"},
	[CAUSE_DISALLOWED] = {"disallowed", "The client or its CA is in Disallowed"},
	[CAUSE_STORE_CHANGED] = {"store_changed", "A CA of this chain was removed from a store"},
	[CAUSE_BINDING_BROKEN] = {"binding_broken",
				  "The binding names an issuer store that holds nothing"},
	[CAUSE_MAPPING] = {"mapping", "The certificate is mapped, and denied"},
	[CAUSE_STALE] = {"stale", "The stores were changed since: the chain passes now"},
	[CAUSE_REVOKED] = {"revoked", "The CA has withdrawn the certificate"},
};

json_t *cause_view(enum cause cause, const char *evidence)
{
	return json_pack("{s:s, s:i, s:s, s:o}", "id", causes[cause].id, "number", (int)cause,
			 "title", causes[cause].title, "evidence", json_text(span_str(evidence)));
}

struct case_of {
	struct core *c;
	const struct verdict *v;
	const struct trust_policy *policy;
	const struct trust_path *path; /* the one judged; NULL: there is none */
	struct buf evidence;
};

static void called(struct case_of *k, const struct name *n)
{
	buf_add_char(&k->evidence, '\'');
	name_text(n, &k->evidence);
	buf_add_char(&k->evidence, '\'');
}

static const struct trust_step *top_of(const struct case_of *k)
{
	return k->path && k->path->n_steps > 0 ? &k->path->steps[k->path->n_steps - 1] : NULL;
}

/* Whether a CA that this certificate needs was taken out of a store; then the evidence says when. */
static bool was_removed(struct case_of *k, const struct cert *of, bool *out, struct err *e)
{
	struct issuers_known known AUTO_ISSUERS_KNOWN = {.n = 0};
	char at[RFC3339_SIZE];

	*out = false;
	if (!issuers_known_find(k->c, of, &known, e))
		return false;
	for (size_t i = 0; i < known.n && !*out; i++) {
		if (known.items[i].place != ISSUER_REMOVED)
			continue;
		*out = true;
		time_rfc3339(known.items[i].removed_at_s, at);
		called(k, &known.items[i].cert->subject);
		buf_printf(&k->evidence, " was removed from %s at %s", known.items[i].where, at);
	}
	return true;
}

static bool breaks_off(struct case_of *k, enum cause *out, struct err *e)
{
	const struct trust_step *top = top_of(k);
	bool removed = false;

	*out = CAUSE_INTERMEDIATE_MISSING;
	if (!top)
		return true;
	if (!was_removed(k, top->cert, &removed, e))
		return false;
	if (removed) {
		*out = CAUSE_STORE_CHANGED;
		return true;
	}
	called(k, &top->cert->issuer);
	buf_printf(&k->evidence, " is in no store, and the client sent %s",
		   k->path->n_steps > 1 ? "no more of its chain" : "its own certificate alone");
	return true;
}

static bool root_unknown(struct case_of *k, enum cause *out, struct err *e)
{
	const struct trust_step *top = top_of(k);
	struct cert_list root AUTO_CERT_LIST = CERT_LIST_INIT;
	bool removed = false;

	*out = CAUSE_ROOT_MISSING;
	if (!top)
		return true;
	if (!trust_store_members(k->c, "Root", &root, e) || !was_removed(k, top->cert, &removed, e))
		return false;
	if (removed) {
		*out = CAUSE_STORE_CHANGED;
		return true;
	}
	called(k, &top->cert->subject);
	if (k->policy->mode != TRUST_MACHINE && cert_list_has(&root, top->cert)) {
		*out = CAUSE_NOT_IN_LIST;
		buf_printf(&k->evidence,
			   " is in Root, but mode %d counts %s alone, and it is not in there",
			   (int)k->policy->mode, k->v->issuer_list_source);
		return true;
	}
	buf_printf(&k->evidence,
		   strcmp(top->store, "presented") == 0
			   ? " came from the client and is in no store%s"
			   : " is in %s, and not in Root",
		   strcmp(top->store, "presented") == 0 ? "" : top->store);
	return true;
}

static bool root_mixed(struct case_of *k, enum cause *out, struct err *e)
{
	struct cert_list root AUTO_CERT_LIST = CERT_LIST_INIT;
	size_t n = 0;

	*out = CAUSE_ROOT_STORE_MIXED;
	if (!trust_store_members(k->c, "Root", &root, e))
		return false;
	for (size_t i = 0; i < root.n; i++)
		n += !cert_is_self_signed(root.items[i]);
	buf_printf(&k->evidence, "%zu of %zu members of Root are not self-signed:", n, root.n);
	for (size_t i = 0, shown = 0; i < root.n && shown < 3; i++) {
		if (cert_is_self_signed(root.items[i]))
			continue;
		buf_add_str(&k->evidence, shown++ ? ", " : " ");
		called(k, &root.items[i]->subject);
	}
	return true;
}

static bool not_listed(struct case_of *k, enum cause *out, struct err *e)
{
	bool root = k->policy->mode == TRUST_EXCLUSIVE_ROOT;
	const struct trust_step *issuer =
		k->path && k->path->n_steps > 1 && !root ? &k->path->steps[1] : top_of(k);

	(void)e;
	*out = CAUSE_NOT_IN_LIST;
	buf_printf(&k->evidence, "mode %d, list from %s with %zu members; missing is ",
		   (int)k->policy->mode, k->v->issuer_list_source, k->v->issuer_list_members);
	if (issuer) {
		called(k, &issuer->cert->subject);
		buf_printf(&k->evidence, " (%s)", issuer->cert->thumbprint);
	}
	return true;
}

static bool named_step(struct case_of *k, enum cause cause, enum cause *out)
{
	*out = cause;
	if (k->path && k->path->fault_step < k->path->n_steps) {
		const struct trust_step *s = &k->path->steps[k->path->fault_step];

		called(k, &s->cert->subject);
		buf_printf(&k->evidence, " (%s)", s->store);
		if (k->path->detail[0])
			buf_printf(&k->evidence, ": %s", k->path->detail);
	}
	return true;
}

static bool expired(struct case_of *k, enum cause *out, struct err *e)
{
	(void)e;
	return named_step(k, CAUSE_EXPIRED, out);
}

static bool revocation(struct case_of *k, enum cause *out, struct err *e)
{
	(void)e;
	return named_step(k, CAUSE_REVOCATION_UNKNOWN, out);
}

static bool disallowed(struct case_of *k, enum cause *out, struct err *e)
{
	(void)e;
	return named_step(k, CAUSE_DISALLOWED, out);
}

static bool revoked(struct case_of *k, enum cause *out, struct err *e)
{
	(void)e;
	return named_step(k, CAUSE_REVOKED, out);
}

static bool unfit(struct case_of *k, enum cause *out, struct err *e)
{
	(void)e;
	return named_step(k, CAUSE_UNFIT, out);
}

static const struct {
	const char *reason;
	bool (*fn)(struct case_of *k, enum cause *out, struct err *e);
} table[] = {
	{"trust.root_not_in_root", root_unknown},
	{"trust.root_store_mixed", root_mixed},
	{"trust.not_in_issuer_list", not_listed},
	{"trust.chain_breaks", breaks_off},
	{"trust.expired", expired},
	{"trust.not_yet_valid", expired},
	{"trust.revocation_offline", revocation},
	{"trust.revocation_unknown", revocation},
	{"trust.revocation_indirect", revocation},
	{"trust.revoked", revoked},
	{"trust.disallowed", disallowed},
};

/* A store that is bound and empty hands the decision to another one: whatever follows comes from that. */
static bool store_is_empty(const struct case_of *k)
{
	return k->policy->issuer_store &&
	       strcmp(k->policy->issuer_store, k->v->issuer_list_source) != 0;
}

static bool from_the_list(const char *reason)
{
	return strcmp(reason, "trust.root_not_in_root") == 0 ||
	       strcmp(reason, "trust.root_store_mixed") == 0 ||
	       strcmp(reason, "trust.not_in_issuer_list") == 0;
}

static bool find(struct case_of *k, enum cause *out, struct err *e)
{
	if (store_is_empty(k) && from_the_list(k->v->reason)) {
		*out = CAUSE_BINDING_BROKEN;
		buf_printf(&k->evidence,
			   "the binding's issuer store %s has no members, so %s decides",
			   k->policy->issuer_store, k->v->issuer_list_source);
		return true;
	}
	for (size_t i = 0; i < ARRAY_LEN(table); i++)
		if (strcmp(table[i].reason, k->v->reason) == 0)
			return table[i].fn(k, out, e);
	return unfit(k, out, e);
}

bool cause_of_verdict(struct core *c, const struct verdict *v, const struct trust_policy *policy,
		      json_t **out, struct err *e)
{
	struct case_of k = {
		.c = c, .v = v, .policy = policy, .path = v->n_paths > 0 ? &v->paths[0] : NULL};
	enum cause cause = CAUSE_UNFIT;
	bool good = v->accept || find(&k, &cause, e);

	if (good)
		*out = v->accept ? json_null() : cause_view(cause, buf_str(&k.evidence));
	good = good && ((buf_ok(&k.evidence) && *out) || err_nomem(e));
	buf_clear(&k.evidence);
	return good;
}

bool cause_of_nothing_sent(struct core *c, const char *binding, bool asked_late, json_t **out,
			   struct err *e)
{
	json_t *list AUTO_JSON = NULL;
	struct buf evidence AUTO_BUF = BUF_INIT;
	enum cause cause = asked_late ? CAUSE_ASKED_LATE : CAUSE_NOTHING_SENT;
	int64_t sent = 0;
	json_int_t bytes;

	if (!settings_get_int(c, "send_trusted_issuer_list", &sent, e) ||
	    !trust_issuer_list(c, binding, &list, e))
		return false;
	bytes = json_integer_value(json_object_get(list, "size_bytes"));
	if (asked_late)
		buf_add_str(&evidence, "its handshake was made while nothing here asked for one");
	else if (!sent)
		buf_add_str(&evidence, "asked for without naming issuers: the client has none, or "
				       "none with a key that TLS can use");
	else
		buf_printf(&evidence, "%zu issuers were named, %lld bytes",
			   json_array_size(json_object_get(list, "members")), (long long)bytes);
	if (!asked_late && sent && bytes > ISSUER_LIST_LIMIT_BYTES)
		cause = CAUSE_LIST_TOO_LONG;
	*out = cause_view(cause, buf_str(&evidence));
	return (*out && buf_ok(&evidence)) || err_nomem(e);
}
