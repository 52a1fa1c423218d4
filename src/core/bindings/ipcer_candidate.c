/* SPDX-FileCopyrightText: the certbinder authors
 * SPDX-License-Identifier: Apache-2.0 */
#include <config.h>

#include "core/bindings/ipcer_candidate.h"

#include "core/bindings/plan.h"
#include "core/certs/cert_rows.h"
#include "core/reading/reader.h"
#include "core/view/view_parts.h"
#include "x509/bag.h"
#include "x509/pem.h"

#include <string.h>

void ipcer_candidate_clear(struct ipcer_candidate *k)
{
	cert_unref(k->cert);
	json_decref(k->view);
}

/* People export with the chain as often as without. */
static struct cert *pick(const struct bag *bag, const char *bound)
{
	for (size_t i = 0; i < bag->certs.n; i++)
		if (strcmp(bag->certs.items[i]->id, bound) == 0)
			return bag->certs.items[i];
	for (size_t i = 0; i < bag->certs.n; i++)
		if (!bag->certs.items[i]->is_ca)
			return bag->certs.items[i];
	return bag->certs.n ? bag->certs.items[0] : NULL;
}

static bool recognise(struct core *c, struct ipcer_candidate *k, struct err *e)
{
	struct cert_found row;
	bool found = false, in_my = false, in_hosting = false;

	if (!cert_row_of(c, k->cert, &row, &found, e) ||
	    !cert_is_in(c, "My", k->cert->id, &in_my, e) ||
	    !cert_is_in(c, "WebHosting", k->cert->id, &in_hosting, e))
		return false;
	found = found && !row.removed_at_s;
	k->has_key = found && row.has_key;
	k->bindable = k->has_key && (in_my || in_hosting);
	k->is = strcmp(k->cert->id, k->bound.state.cert) == 0 ? IPCER_BOUND
		: found					      ? IPCER_STORED
							      : IPCER_UNKNOWN;
	return true;
}

static void warn(json_t *list, const char *text)
{
	(void)json_array_append_new(list, json_string(text)); /* short of memory: one less */
}

/* What agents will refuse, and whom they will believe, once they were told of it. */
static bool warnings(struct core *c, const struct ipcer_candidate *k, json_t *list, struct err *e)
{
	struct endpoint ep;
	char name[256];

	if (k->is == IPCER_BOUND)
		return true;
	binding_row_endpoint(&k->bound, &ep);
	if (!bind_plan_name(c, &ep, name, sizeof name, e))
		return false;
	warn(list, "It is not bound. OfcIPCer.dat stays the bound certificate; as the next one it "
		   "goes out in a publication, beside the bound one.");
	warn(list, "An agent that has not fetched that publication when this certificate is bound "
		   "refuses the console until it has.");
	if (!k->has_key)
		warn(list, "Its private key is not here: agents will take whoever holds that key "
			   "for this server.");
	if (k->cert->not_after_s < core_now_s(c))
		warn(list, "It has expired: it cannot be bound without an override.");
	if (k->cert->not_before_s > core_now_s(c))
		warn(list, "It is not valid yet.");
	if (!cert_matches_host(k->cert, name))
		warn(list, "The name that agents call is none of its names.");
	if (!cert_allows_purpose(k->cert, PURPOSE_SERVER))
		warn(list, "It is not made for servers: serverAuth is missing.");
	return true;
}

static bool view(struct core *c, struct ipcer_candidate *k, struct err *e)
{
	static const char *const kinship[] = {"bound", "stored", "unknown"};
	json_t *list = json_array();

	if (!list || !warnings(c, k, list, e)) {
		json_decref(list);
		return list ? false : err_nomem(e);
	}
	k->view = json_pack("{s:s, s:s, s:o, s:o, s:o, s:o, s:o, s:s, s:b, s:b, s:o}", "sha256",
			    k->cert->id, "thumbprint", k->cert->thumbprint, "subject",
			    view_name(&k->cert->subject), "issuer", view_name(&k->cert->issuer),
			    "not_before", json_time(k->cert->not_before_s), "not_after",
			    json_time(k->cert->not_after_s), "sans", view_sans(&k->cert->san), "is",
			    kinship[k->is], "has_key", k->has_key, "bindable", k->bindable,
			    "warnings", list);
	return k->view || err_nomem(e);
}

bool ipcer_candidate_read(struct core *c, struct span file, struct ipcer_candidate *out,
			  struct err *e)
{
	struct ipcer_candidate k AUTO(ipcer_candidate_clear) = {.cert = NULL};
	struct bag bag AUTO_BAG = BAG_INIT;
	bool found = false;

	if (!binding_row_agents(core_store(c), &k.bound, &found, e))
		return false;
	if (!found)
		return err_reason(e, "binding.not_found", "there is no agents' binding yet");
	if (!reader_bag(file, NULL, false, &bag, e))
		return false;
	if (!bag.certs.n)
		return err_reason(e, "file.no_certificate", "no certificate in the file");
	k.cert = cert_ref(pick(&bag, k.bound.state.cert));
	if (!recognise(c, &k, e) || !view(c, &k, e))
		return false;
	*out = k;
	k = (struct ipcer_candidate){.cert = NULL};
	return true;
}

json_t *ipcer_candidate_remedies(const struct ipcer_candidate *k)
{
	struct buf pem AUTO_BUF = BUF_INIT;
	struct err ignored = ERR_INIT;
	char endpoint[320];
	json_t *list = json_array();

	binding_row_text(&k->bound, endpoint, sizeof endpoint);
	if (!list ||
	    !pem_write("CERTIFICATE", span_of(k->cert->der, k->cert->der_len), &pem, &ignored)) {
		json_decref(list);
		return NULL;
	}
	(void)json_array_append_new(
		list, k->bindable ? json_pack("{s:s, s:s, s:s, s:{s:s, s:s}}", "text",
					      "Bind it: OfcIPCer.dat then follows by itself.",
					      "method", "POST", "href", "/api/v1/changes", "body",
					      "endpoint", endpoint, "cert", k->cert->id)
				  : json_pack("{s:s}", "text",
					      "Import it with its private key and bind it: "
					      "OfcIPCer.dat then follows by itself."));
	(void)json_array_append_new(
		list, json_pack("{s:s, s:s, s:s, s:{s:s, s:b}}", "text",
				"Or tell agents of it beforehand, as the next one beside the bound "
				"one: 'certbinder ipcer publish FILE --as-next'.",
				"method", "POST", "href", "/api/v1/ipcer", "body", "file",
				buf_str(&pem), "as_next", 1));
	return list;
}
