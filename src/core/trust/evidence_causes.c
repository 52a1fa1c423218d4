/* SPDX-FileCopyrightText: the certbinder authors
 * SPDX-License-Identifier: Apache-2.0 */
#include <config.h>

#include "core/trust/evidence_box.h"

#include "base/buf.h"
#include "core/trust/trust.h"
#include "x509/signature.h"

#include <stdio.h>
#include <string.h>

#define NAMED_MAX 3 /* certificates named in one sentence */

static const struct {
	int64_t win32;
	const char *name;
	enum cause cause;
} statuses[] = {
	{5, "ERROR_ACCESS_DENIED", CAUSE_NOTHING_SENT},
	{50, "ERROR_NOT_SUPPORTED", CAUSE_ASKED_LATE},
	{2148081680, "CRYPT_E_REVOKED", CAUSE_REVOKED},
	{2148081682, "CRYPT_E_NO_REVOCATION_CHECK", CAUSE_REVOCATION_UNKNOWN},
	{2148081683, "CRYPT_E_REVOCATION_OFFLINE", CAUSE_REVOCATION_UNKNOWN},
	{2148098052, "TRUST_E_CERT_SIGNATURE", CAUSE_UNFIT},
	{2148098073, "TRUST_E_BASIC_CONSTRAINTS", CAUSE_UNFIT},
	{2148204801, "CERT_E_EXPIRED", CAUSE_EXPIRED},
	{2148204802, "CERT_E_VALIDITYPERIODNESTING", CAUSE_EXPIRED},
	{2148204803, "CERT_E_ROLE", CAUSE_UNFIT},
	{2148204805, "CERT_E_CRITICAL", CAUSE_UNFIT},
	{2148204806, "CERT_E_PURPOSE", CAUSE_UNFIT},
	{2148204809, "CERT_E_UNTRUSTEDROOT", CAUSE_ROOT_MISSING},
	{2148204810, "CERT_E_CHAINING", CAUSE_INTERMEDIATE_MISSING},
	{2148204812, "CERT_E_REVOKED", CAUSE_REVOKED},
	{2148204813, "CERT_E_UNTRUSTEDTESTROOT", CAUSE_ROOT_MISSING},
	{2148204814, "CERT_E_REVOCATION_FAILURE", CAUSE_REVOCATION_UNKNOWN},
	{2148204815, "CERT_E_CN_NO_MATCH", CAUSE_UNFIT},
	{2148204816, "CERT_E_WRONG_USAGE", CAUSE_UNFIT},
	{2148204817, "TRUST_E_EXPLICIT_DISTRUST", CAUSE_DISALLOWED},
	{2148204818, "CERT_E_UNTRUSTEDCA", CAUSE_ROOT_MISSING},
	{2148204819, "CERT_E_INVALID_POLICY", CAUSE_UNFIT},
	{2148204820, "CERT_E_INVALID_NAME", CAUSE_UNFIT},
};

const char *win32_name(int64_t win32)
{
	for (size_t i = 0; i < ARRAY_LEN(statuses); i++)
		if (statuses[i].win32 == win32)
			return statuses[i].name;
	return NULL;
}

/* What the status means by itself; by sub-status where the log has no win32 status. */
static enum cause cause_of_status(const struct iis_refusal *r)
{
	if (r->status == 500)
		return CAUSE_ASKED_LATE;
	switch (r->substatus) {
	case 7:
		return CAUSE_NOTHING_SENT;
	case 12:
		return CAUSE_MAPPING;
	case 17:
		return CAUSE_EXPIRED;
	default:
		break;
	}
	for (size_t i = 0; i < ARRAY_LEN(statuses); i++)
		if (statuses[i].win32 == r->win32 && r->win32 != 5)
			return statuses[i].cause;
	return r->substatus == 13 ? CAUSE_REVOCATION_UNKNOWN : CAUSE_ROOT_MISSING;
}

struct causes {
	struct box *b;
	const struct iis_refusal *r;
	json_t *shown, *possible;
	bool seen[CAUSE_N];
	bool short_of_memory;
};

static void add(struct causes *k, bool shown, enum cause cause, const struct buf *evidence)
{
	json_t *o;

	if (k->seen[cause])
		return;
	k->seen[cause] = true;
	o = cause_view(cause, buf_str(evidence));
	if (!o || json_object_set_new(o, "shown", json_boolean(shown)) != 0 ||
	    json_array_append_new(shown ? k->shown : k->possible, o) != 0)
		k->short_of_memory = true;
}

static void say(struct causes *k, bool shown, enum cause cause, const char *text)
{
	struct buf evidence AUTO_BUF = BUF_INIT;

	buf_add_str(&evidence, text);
	add(k, shown, cause, &evidence);
}

static void called(struct buf *out, const struct cert *c, size_t n)
{
	buf_add_str(out, n ? ", " : " ");
	buf_add_char(out, '\'');
	name_text(&c->subject, out);
	buf_add_char(out, '\'');
}

/* ---- what the stores show ---- */

static void root_mixed(struct causes *k)
{
	const struct box_store *root = box_find(k->b, "Root");
	struct buf evidence AUTO_BUF = BUF_INIT;
	size_t named = 0;

	if (!root || root->not_self_signed == 0 || k->b->mode == TRUST_EXCLUSIVE_CA)
		return; /* mode 2 makes them anchors: there they shut nobody out */
	buf_printf(&evidence,
		   "%zu of %zu members of Root are not self-signed:", root->not_self_signed,
		   root->certs.n);
	for (size_t i = 0; i < root->certs.n && named < NAMED_MAX; i++)
		if (!cert_is_self_signed(root->certs.items[i]))
			called(&evidence, root->certs.items[i], named++);
	buf_add_str(&evidence, "; only they are in the issuer list then (KB 2802568)");
	add(k, strcmp(k->b->list_source, "Root") == 0, CAUSE_ROOT_STORE_MIXED, &evidence);
}

/* CAs whose root is not in Root: clients under them end in an untrusted root, or in nothing. */
static bool reaches_root(struct box *b, const struct cert *ca)
{
	const struct box_store *root = box_find(b, "Root"), *cas = box_find(b, "CA");
	const struct cert *at = ca;

	for (size_t depth = 0; depth < TRUST_MAX_DEPTH && at; depth++) {
		const struct cert *next = NULL;

		for (size_t i = 0; root && i < root->certs.n; i++)
			if (cert_equal(at, root->certs.items[i]) ||
			    name_equal(&at->issuer, &root->certs.items[i]->subject))
				return true;
		for (size_t i = 0; cas && i < cas->certs.n && !next; i++)
			if (!cert_equal(at, cas->certs.items[i]) &&
			    name_equal(&at->issuer, &cas->certs.items[i]->subject))
				next = cas->certs.items[i];
		at = next;
	}
	return false;
}

static void roots_missing(struct causes *k)
{
	const struct box_store *cas = box_find(k->b, "CA");
	struct buf evidence AUTO_BUF = BUF_INIT;
	size_t named = 0;

	for (size_t i = 0; cas && i < cas->certs.n && named < NAMED_MAX; i++)
		if (!reaches_root(k->b, cas->certs.items[i])) {
			if (named == 0)
				buf_add_str(&evidence, "the stores hold no root in Root for");
			called(&evidence, cas->certs.items[i], named++);
		}
	if (named)
		add(k, true, CAUSE_ROOT_MISSING, &evidence);
}

/* Whether a member of the list is this CA, or stands above it. */
static bool is_listed(const struct box_store *list, const struct cert *ca)
{
	for (size_t i = 0; i < list->certs.n; i++)
		if (cert_equal(list->certs.items[i], ca) ||
		    name_equal(&list->certs.items[i]->subject, &ca->issuer))
			return true;
	return false;
}

static void list_leaves_out(struct causes *k)
{
	const struct box_store *list = box_find(k->b, k->b->list_source);
	const struct box_store *cas = box_find(k->b, "CA");
	struct buf evidence AUTO_BUF = BUF_INIT;
	size_t named = 0;

	if (!list || strcmp(k->b->list_source, "Root") == 0)
		return;
	buf_printf(&evidence, "mode %d, and the issuer list comes from %s with %zu members",
		   (int)k->b->mode, k->b->list_source, list->certs.n);
	for (size_t i = 0; cas && i < cas->certs.n && named < NAMED_MAX; i++)
		if (!is_listed(list, cas->certs.items[i])) {
			if (named == 0)
				buf_add_str(&evidence, "; it leaves out");
			called(&evidence, cas->certs.items[i], named++);
		}
	add(k, named > 0, CAUSE_NOT_IN_LIST, &evidence);
}

static void expired_members(struct causes *k)
{
	struct buf evidence AUTO_BUF = BUF_INIT;
	size_t named = 0;

	for (size_t s = 0; s < k->b->n_stores; s++)
		for (size_t i = 0; i < k->b->stores[s].certs.n && named < NAMED_MAX; i++) {
			const struct cert *c = k->b->stores[s].certs.items[i];

			if (c->not_after_s >= k->b->in->now_s)
				continue;
			if (named == 0)
				buf_add_str(&evidence, "expired in the stores:");
			called(&evidence, c, named++);
			buf_printf(&evidence, " in %s", k->b->stores[s].name);
		}
	if (named)
		add(k, true, CAUSE_EXPIRED, &evidence);
}

static void disallowed_members(struct causes *k)
{
	const struct box_store *s = box_find(k->b, "Disallowed");
	struct buf evidence AUTO_BUF = BUF_INIT;
	size_t named = 0;

	for (size_t i = 0; s && i < s->certs.n && named < NAMED_MAX; i++) {
		if (named == 0)
			buf_add_str(&evidence, "Disallowed holds");
		called(&evidence, s->certs.items[i], named++);
	}
	if (named)
		add(k, true, CAUSE_DISALLOWED, &evidence);
}

/* ---- what the clients' own certificates show ---- */

static const struct {
	const char *reason;
	enum cause cause;
} reasons[] = {
	{"trust.root_not_in_root", CAUSE_ROOT_MISSING},
	{"trust.root_store_mixed", CAUSE_ROOT_STORE_MIXED},
	{"trust.not_in_issuer_list", CAUSE_NOT_IN_LIST},
	{"trust.chain_breaks", CAUSE_INTERMEDIATE_MISSING},
	{"trust.expired", CAUSE_EXPIRED},
	{"trust.not_yet_valid", CAUSE_EXPIRED},
	{"trust.disallowed", CAUSE_DISALLOWED},
};

static void client_shows(struct causes *k, const struct box_client *c)
{
	const struct verdict *v = c->verdicts[k->b->mode];
	struct buf evidence AUTO_BUF = BUF_INIT;
	enum cause cause = CAUSE_UNFIT;

	if (v->accept || v->substatus != k->r->substatus ||
	    (k->r->win32 >= 0 && v->win32 != k->r->win32))
		return;
	for (size_t i = 0; i < ARRAY_LEN(reasons); i++)
		if (strcmp(reasons[i].reason, v->reason) == 0)
			cause = reasons[i].cause;
	buf_printf(&evidence, "a client that was brought gets exactly this: %s", v->explanation);
	add(k, true, cause, &evidence);
}

/* ---- what the log shows ---- */

static void began_suddenly(struct causes *k)
{
	const struct iis_log *l = k->b->in->log;
	char text[200];

	if (k->r->passed_before == 0 || k->r->first[0] == '\0' ||
	    strcmp(l->last_passed, k->r->first) >= 0)
		return;
	snprintf(text, sizeof(text),
		 "until %s requests passed (%llu in this log), since then none: look at what was "
		 "changed then",
		 k->r->first, (unsigned long long)k->r->passed_before);
	/* a store's change shows as 403.16; 403.7 and 403.13 come with settings lost on rebinding */
	say(k, false, k->r->substatus == 16 ? CAUSE_STORE_CHANGED : CAUSE_BINDING_CHANGED, text);
}

static void untrusted(struct causes *k)
{
	root_mixed(k);
	roots_missing(k);
	list_leaves_out(k);
	say(k, false, CAUSE_ROOT_MISSING,
	    box_find(k->b, "Root") ? "the client's root may be none of those that were brought"
				   : "nothing of Root was brought: export it to know");
	if (!box_find(k->b, "Root"))
		say(k, false, CAUSE_ROOT_STORE_MIXED,
		    "nothing of Root was brought: export it to know");
}

static void nothing_sent(struct causes *k)
{
	char text[160];

	if (k->b->send) {
		root_mixed(k);
		snprintf(text, sizeof(text), "%zu bytes of names from %s, and 16384 is the most",
			 k->b->list_bytes, k->b->list_source);
		if (k->b->list_bytes > ISSUER_LIST_LIMIT_BYTES)
			say(k, true, CAUSE_LIST_TOO_LONG, text);
		list_leaves_out(k);
	}
	say(k, false, CAUSE_NOTHING_SENT,
	    k->b->send
		    ? "the issuer list is sent: a client without a certificate from it sends none"
		    : "no list is sent: the client has no fit certificate, or did not choose one");
}

static void by_status(struct causes *k, enum cause cause)
{
	switch (cause) {
	case CAUSE_ROOT_MISSING:
		untrusted(k);
		break;
	case CAUSE_NOTHING_SENT:
		nothing_sent(k);
		break;
	case CAUSE_EXPIRED:
		expired_members(k);
		break;
	case CAUSE_DISALLOWED:
		disallowed_members(k);
		break;
	case CAUSE_INTERMEDIATE_MISSING:
		say(k, false, cause,
		    "the client sends its own certificate alone, and CA does not hold its issuer");
		break;
	case CAUSE_REVOCATION_UNKNOWN:
		say(k, false, cause, "the server could not get a fresh list of the client's CA");
		break;
	default:
		break;
	}
	say(k, false, cause, "the status says so; the evidence brought does not show more");
}

json_t *evidence_causes(struct box *b, const struct iis_refusal *r)
{
	struct causes k = {.b = b, .r = r, .shown = json_array(), .possible = json_array()};
	enum cause cause = cause_of_status(r);

	if (r->status == 403 && r->substatus >= 0 &&
	    !(r->substatus == 7 || r->substatus == 12 || r->substatus == 13 || r->substatus == 16 ||
	      r->substatus == 17)) {
		json_decref(k.possible); /* not about client certificates */
		return k.shown;
	}
	for (size_t i = 0; i < b->n_clients; i++)
		client_shows(&k, &b->clients[i]);
	by_status(&k, cause);
	began_suddenly(&k);
	if (json_array_extend(k.shown, k.possible) != 0)
		k.short_of_memory = true;
	json_decref(k.possible);
	if (!k.short_of_memory)
		return k.shown;
	json_decref(k.shown);
	return NULL;
}
