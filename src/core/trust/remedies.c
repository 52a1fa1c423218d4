/* SPDX-FileCopyrightText: the certbinder authors
 * SPDX-License-Identifier: Apache-2.0 */
#include <config.h>

#include "core/trust/remedies.h"

#include "base/buf.h"
#include "base/json.h"
#include "base/text.h"
#include "core/certs/trust_stores.h"
#include "core/trust/issuers_known.h"
#include "core/view/view_parts.h"
#include "x509/pem.h"
#include "x509/signature.h"

#include <string.h>

/*
 * One function per reason of the engine; each knows what an administrator does about it and, by
 * looking at the stores, which certificate is meant. docs: reference of causes in the manual page
 * certbinder-problems.
 */
struct case_of {
	struct core *c;
	const struct verdict *v;
	const struct trust_policy *policy;
	const struct trust_path *path; /* the one judged; NULL: there is none */
	json_t *out;
	bool short_of_memory;
};

static void add(struct case_of *k, const char *text)
{
	json_array_append_new(k->out, json_pack("{s:s}", "text", text));
}

/* One request does it; action is what the cure of a recorded refusal does. Stolen, NULL when memory is short. */
static void add_action(struct case_of *k, const char *text, const char *action, bool safe,
		       json_t *more)
{
	json_t *o = json_pack("{s:s, s:s, s:b}", "text", text, "action", action, "safe", safe);

	if (!o || !more || json_object_update(o, more) != 0 ||
	    json_array_append_new(k->out, json_incref(o)) != 0)
		k->short_of_memory = true;
	json_decref(o);
	json_decref(more);
}

/* What makes an anchor is for people to know by another way. */
static bool is_harmless(const char *store)
{
	return !text_equal_nocase(store, "Root") && !text_equal_nocase(store, "Disallowed");
}

static void add_move(struct case_of *k, const char *text, const struct cert *cert, const char *from,
		     const char *to)
{
	add_action(k, text, "move", is_harmless(to),
		   json_pack("{s:s, s:s, s:s, s:s++, s:{s:s, s:s}}", "sha256", cert->id, "from",
			     from, "method", "POST", "href", "/api/v1/certificates/", cert->id,
			     "/move", "body", "from", from, "to", to));
}

static bool pem_of(struct case_of *k, const struct cert *cert, struct buf *out)
{
	struct err ignored = ERR_INIT;

	if (pem_write("CERTIFICATE", span_of(cert->der, cert->der_len), out, &ignored) &&
	    buf_ok(out))
		return true;
	k->short_of_memory = true;
	return false;
}

static void add_import(struct case_of *k, const char *text, const struct cert *cert,
		       const char *store, bool safe)
{
	struct buf pem AUTO_BUF = BUF_INIT;

	if (pem_of(k, cert, &pem))
		add_action(k, text, "import", safe && is_harmless(store),
			   json_pack("{s:s, s:s, s:s, s:{s:s, s:s, s:b}}", "sha256", cert->id,
				     "method", "POST", "href", "/api/v1/certificates/import",
				     "body", "file", buf_str(&pem), "store", store, "all_to_store",
				     1));
}

/* Two steps, so only the cure of a record does it. */
static void add_replace(struct case_of *k, const char *text, const struct cert *old,
			const struct cert *fresh)
{
	struct buf pem AUTO_BUF = BUF_INIT;

	if (pem_of(k, fresh, &pem))
		add_action(k, text, "replace", true,
			   json_pack("{s:s, s:s, s:{s:s, s:s}}", "sha256", fresh->id, "replaces",
				     old->id, "body", "file", buf_str(&pem), "store", "CA"));
}

static void add_restore(struct case_of *k, const char *text, const struct issuer_known *known)
{
	add_action(k, text, "restore", is_harmless(known->where),
		   json_pack("{s:s, s:s, s:s, s:s++}", "sha256", known->cert->id, "from",
			     known->where, "method", "POST", "href", "/api/v1/certificates/",
			     known->cert->id, "/restore"));
}

static const struct cert *top_of(const struct trust_path *p)
{
	return p && p->n_steps > 0 ? p->steps[p->n_steps - 1].cert : NULL;
}

static const struct cert *faulty(const struct trust_path *p)
{
	return p && p->fault_step < p->n_steps ? p->steps[p->fault_step].cert : NULL;
}

/* Root cause 2: each misplaced certificate is named and moved by one click. */
static void root_store_mixed(struct case_of *k)
{
	struct cert_list root AUTO_CERT_LIST = CERT_LIST_INIT;
	struct err ignored = ERR_INIT;

	if (!trust_store_members(k->c, "Root", &root, &ignored))
		return;
	for (size_t i = 0; i < root.n && json_array_size(k->out) < 5; i++) {
		const struct cert *cert = root.items[i];
		struct buf text AUTO_BUF = BUF_INIT;

		if (cert_is_self_signed(cert))
			continue;
		buf_add_str(&text, "Move out of Root what is not self-signed: ");
		name_text(&cert->subject, &text);
		if (cert->is_ca)
			add_move(k, buf_str(&text), cert, "Root", "CA");
		else
			add(k, buf_str(&text));
	}
	add(k, "Or let 'certbinder trust lint --fix' do it for all of them.");
	add(k, "Or bind an issuer store with the issuers of your clients.");
}

/* In modes 1 and 2 the list's store ends the path: what Root trusts already may be said there too. */
static void not_an_anchor(struct case_of *k, const struct cert *top)
{
	const char *source = k->v->issuer_list_source;
	size_t n = k->path ? k->path->n_steps : 0;
	const struct cert *add_it =
		k->policy->mode == TRUST_EXCLUSIVE_CA && n > 1 ? k->path->steps[1].cert : top;
	struct cert_list root AUTO_CERT_LIST = CERT_LIST_INIT;
	struct err ignored = ERR_INIT;

	if (add_it && strcmp(source, "Root") != 0 &&
	    (add_it->is_ca || cert_is_self_signed(add_it)) &&
	    trust_store_members(k->c, "Root", &root, &ignored))
		add_import(k, "Add the issuer to the issuer list", add_it, source,
			   cert_list_has(&root, top));
	add(k,
	    "In this mode only the caller-specified store ends a path: add the root or issuing CA "
	    "to the binding's issuer store, or to ClientAuthIssuer.");
}

/* The likeliest of what is known here to have signed cert; nothing: *out stays as it is. */
static bool known_issuer(struct case_of *k, const struct cert *cert, struct issuers_known *out)
{
	struct err e = ERR_INIT;

	if (!issuers_known_find(k->c, cert, out, &e))
		k->short_of_memory |= e.code == ERR_NOMEM;
	return out->n > 0;
}

static bool restore(struct case_of *k, const struct cert *of)
{
	struct issuers_known known AUTO_ISSUERS_KNOWN = {.n = 0};
	struct buf text AUTO_BUF = BUF_INIT;

	known_issuer(k, of, &known);
	for (size_t i = 0; i < known.n; i++) {
		const struct issuer_known *x = &known.items[i];

		if (x->place != ISSUER_REMOVED || x->cert->not_after_s < core_now_s(k->c))
			continue;
		buf_printf(&text, "Bring back what was removed from %s: ", x->where);
		name_text(&x->cert->subject, &text);
		add_restore(k, buf_str(&text), x);
		return true;
	}
	return false;
}

/* Root cause 1: the root is known but in another store, came from the client, or is unknown. */
static void root_not_in_root(struct case_of *k)
{
	const struct cert *top = top_of(k->path);
	const char *store = k->path && top ? k->path->steps[k->path->n_steps - 1].store : "";

	if (k->policy->mode != TRUST_MACHINE) {
		not_an_anchor(k, top);
		return;
	}
	if (top && !restore(k, top) && cert_is_self_signed(top)) {
		if (strcmp(store, "presented") == 0)
			add_import(k,
				   "Import the root that the client sent into Root, if you know "
				   "it by another way",
				   top, "Root", false);
		else
			add_move(k, "Move the root to Root, if clients of it are to be trusted",
				 top, store, "Root");
	}
	add(k, "Get the CA's root certificate from its operator and import it with "
	       "'certbinder cert import --store Root'.");
}

/* Root cause 3: the chain is fine, only the list leaves it out. */
static void not_in_issuer_list(struct case_of *k)
{
	const struct trust_step *issuer =
		k->path && k->path->n_steps > 1 ? &k->path->steps[1] : NULL;

	if (k->policy->mode != TRUST_MACHINE) {
		not_an_anchor(k, top_of(k->path));
		return;
	}
	if (issuer)
		add_import(k, "Add the issuing CA to the issuer list", issuer->cert,
			   k->v->issuer_list_source, true);
	add(k, "Or take the issuer store off the binding: 'certbinder bind set --endpoint ... "
	       "--issuer-store \"\"'.");
}

/* A CA that is known, but not where the engine looks: into CA, which trusts nobody by itself. */
static void add_missing(struct case_of *k, const struct cert *of)
{
	struct issuers_known known AUTO_ISSUERS_KNOWN = {.n = 0};
	int64_t now = core_now_s(k->c);

	known_issuer(k, of, &known);
	for (size_t i = 0; i < known.n; i++) {
		const struct issuer_known *x = &known.items[i];
		struct buf text AUTO_BUF = BUF_INIT;

		if (x->place == ISSUER_REMOVED || now > x->cert->not_after_s ||
		    now < x->cert->not_before_s || cert_is_self_signed(x->cert))
			continue;
		buf_add_str(&text, "Import the missing certificate into CA, ");
		if (x->place == ISSUER_PRESENTED)
			buf_add_str(&text, "as a client presented it: ");
		else
			buf_printf(&text, "as it lies in %s: ", x->where);
		name_text(&x->cert->subject, &text);
		add_import(k, buf_str(&text), x->cert, "CA", true);
		return;
	}
}

/* Root cause 8: the intermediate is missing. */
static void chain_breaks(struct case_of *k)
{
	const struct cert *top = top_of(k->path);
	struct buf text AUTO_BUF = BUF_INIT;

	if (top && !restore(k, top))
		add_missing(k, top);
	buf_add_str(&text,
		    "Import the issuing certificate into CA, or into Root if it is a root: ");
	if (top)
		name_text(&top->issuer, &text);
	add(k, buf_str(&text));
	if (top && top->issuer_urls.n > 0)
		add(k, "The certificate says where its issuer's certificate is found: see its "
		       "details.");
	add(k, "Or have the client send its whole chain.");
}

/* The next certificate of a CA whose present one has run out, where somebody has it already. */
static void add_successor(struct case_of *k, const struct cert *old, const struct cert *below)
{
	struct issuers_known known AUTO_ISSUERS_KNOWN = {.n = 0};
	int64_t now = core_now_s(k->c);

	known_issuer(k, below, &known);
	for (size_t i = 0; i < known.n; i++) {
		const struct issuer_known *x = &known.items[i];

		if (cert_equal(x->cert, old) || now > x->cert->not_after_s ||
		    now < x->cert->not_before_s || cert_is_self_signed(x->cert))
			continue;
		add_replace(k, "Drop the expired certificate of the CA for its fresh one", old,
			    x->cert);
		return;
	}
}

static void expired(struct case_of *k)
{
	const struct cert *cert = faulty(k->path);

	if (cert && k->path->fault_step > 0) {
		add_successor(k, cert, k->path->steps[k->path->fault_step - 1].cert);
		add(k, "Import the CA's renewed certificate, and remove the expired one.");
	} else {
		add(k, "Renew the client's certificate.");
	}
	add(k, "Check the clocks of this machine and of the client.");
}

static void no_certificate(struct case_of *k)
{
	add(k, "Give the client a certificate with its private key, fit for client "
	       "authentication.");
	add(k, "If it has one, see whether the issuer list hides it: SendTrustedIssuerList off "
	       "lets the client choose freely.");
	add(k, "Ed25519 keys cannot be used in TLS here: take ECDSA P-256 or RSA.");
}

static void revocation(struct case_of *k)
{
	const struct cert *cert = faulty(k->path);
	struct buf text AUTO_BUF = BUF_INIT;

	buf_add_str(&text, "Import the present revocation list with 'certbinder crl import': ");
	if (cert)
		name_text(&cert->issuer, &text);
	add(k, buf_str(&text));
	add(k, "Or set the binding's revocation to soft or off.");
}

static void revoked(struct case_of *k)
{
	add(k, "The CA has withdrawn this certificate: give the client another one.");
}

static void disallowed(struct case_of *k)
{
	add(k, "The certificate, or a CA above it, is in Disallowed: leave it, or remove it there "
	       "if that was a mistake.");
}

static void wrong_usage(struct case_of *k)
{
	add(k, "Have the certificate issued with extended key usage clientAuth "
	       "(1.3.6.1.5.5.7.3.2), along the whole chain.");
}

static void weak(struct case_of *k)
{
	add(k, "Have the named certificate issued anew with RSA 2048 or P-256 and SHA-256.");
}

static void malformed(struct case_of *k)
{
	add(k,
	    "The CA that issued the named certificate has to issue it anew: it breaks RFC 5280.");
}

static const struct {
	const char *reason;
	void (*fn)(struct case_of *k);
} table[] = {
	{"trust.root_store_mixed", root_store_mixed},
	{"trust.root_not_in_root", root_not_in_root},
	{"trust.not_in_issuer_list", not_in_issuer_list},
	{"trust.chain_breaks", chain_breaks},
	{"trust.expired", expired},
	{"trust.not_yet_valid", expired},
	{"trust.no_certificate", no_certificate},
	{"trust.revocation_offline", revocation},
	{"trust.revocation_unknown", revocation},
	{"trust.revocation_indirect", revocation},
	{"trust.revoked", revoked},
	{"trust.disallowed", disallowed},
	{"trust.wrong_usage", wrong_usage},
	{"trust.key_usage", wrong_usage},
	{"trust.weak_key", weak},
	{"trust.weak_signature", weak},
	{"trust.unsupported_algorithm", weak},
	{"trust.bad_signature", malformed},
	{"trust.basic_constraints", malformed},
	{"trust.path_length", malformed},
	{"trust.name_constraints", malformed},
	{"trust.unknown_critical", malformed},
	{"trust.malformed", malformed},
	{"trust.key_identifier", malformed},
	{"x509.corrupt", malformed},
};

json_t *remedies_for(struct core *c, const struct verdict *v, const struct trust_policy *policy)
{
	struct case_of k = {.c = c,
			    .v = v,
			    .policy = policy,
			    .path = v->n_paths > 0 ? &v->paths[0] : NULL,
			    .out = json_array()};

	for (size_t i = 0; !v->accept && i < ARRAY_LEN(table); i++)
		if (strcmp(table[i].reason, v->reason) == 0)
			table[i].fn(&k);
	if (k.short_of_memory) {
		json_decref(k.out);
		return NULL;
	}
	return k.out;
}
