/* SPDX-FileCopyrightText: the certbinder authors
 * SPDX-License-Identifier: Apache-2.0 */
#include <config.h>

#include "core/trust/trust.h"

#include "base/json.h"
#include "core/bindings/bindings.h"
#include "core/certs/trust_stores.h"
#include "core/console/settings.h"
#include "core/trust/issuer_list.h"
#include "core/view/view.h"
#include "core/view/view_binding.h"
#include "core/view/view_parts.h"
#include "x509/signature.h"

#include <string.h>

/* The binding as REST shows it; null, and true, where a default one was not made yet. */
static bool binding_of(struct core *c, const char *binding, json_t **out, struct err *e)
{
	struct err why = ERR_INIT;

	if (bindings_show(c, binding ? binding : "default", out, &why))
		return true;
	if (!binding && why.code == ERR_NOT_FOUND) {
		*out = json_null();
		return true;
	}
	*e = why;
	return false;
}

static const char *member(const json_t *o, const char *key)
{
	const char *text = json_string_value(json_object_get(o, key));

	return text ? text : "";
}

void trust_policy_from(const json_t *settings, struct trust_policy *out)
{
	const char *store = member(settings, "issuer_store");
	int check;

	out->issuer_store = *store ? store : NULL;
	out->check_usage = !json_is_false(json_object_get(settings, "check_usage"));
	out->crl_freshness_s =
		json_integer_value(json_object_get(settings, "revocation_freshness_s"));
	if (revocation_parse(member(settings, "revocation"), &check))
		out->revocation = (enum revocation_check)check;
}

bool trust_policy_of(struct core *c, const char *binding, int mode, struct trust_policy *out,
		     json_t **binding_out, struct err *e)
{
	int64_t set_mode = mode;

	if ((mode < 0 && !settings_get_int(c, "trust_mode", &set_mode, e)) ||
	    !binding_of(c, binding, binding_out, e))
		return false;
	*out = (struct trust_policy){
		.mode = (enum trust_mode)set_mode, .purpose = PURPOSE_CLIENT, .max_depth = -1};
	trust_policy_from(*binding_out, out);
	return true;
}

struct list_page {
	struct issuer_list list;
	json_t *members, *left_out;
	size_t size_bytes;
};

static bool fill(struct list_page *l, enum trust_mode mode, struct err *e)
{
	for (size_t i = 0; i < l->list.candidates.n; i++) {
		const struct cert *cert = l->list.candidates.items[i];
		bool listed = issuer_list_has(&l->list, mode, cert);
		json_t *o = json_pack("{s:s, s:s, s:o, s:o, s:b}", "sha256", cert->id, "thumbprint",
				      cert->thumbprint, "subject", view_name(&cert->subject),
				      "not_after", json_time(cert->not_after_s), "self_signed",
				      cert_is_self_signed(cert));

		if (json_array_append_new(listed ? l->members : l->left_out, o))
			return err_nomem(e);
		if (listed)
			l->size_bytes += 2 + cert->subject.der.len;
	}
	return true;
}

static bool list_view(struct core *c, const json_t *binding, const struct trust_policy *policy,
		      struct list_page *l, json_t **out, struct err *e)
{
	const json_t *id = json_object_get(binding, "id");
	int64_t sent = 0;

	l->members = json_array();
	l->left_out = json_array();
	if (!issuer_list_choose(c, policy->issuer_store, &l->list, e) || !fill(l, policy->mode, e))
		return false;
	if (!settings_get_int(c, "send_trusted_issuer_list", &sent, e))
		return false;
	*out = json_pack("{s:o, s:i, s:s, s:O, s:O, s:b, s:I, s:i, s:b}", "binding",
			 id ? json_incref((json_t *)(uintptr_t)id) : json_string(""), "mode",
			 (int)policy->mode, "source", l->list.source, "members", l->members,
			 "left_out", l->left_out, "root_is_mixed", l->list.mixed, "size_bytes",
			 (json_int_t)l->size_bytes, "size_limit_bytes", ISSUER_LIST_LIMIT_BYTES,
			 "sent", (int)(sent != 0));
	return *out || err_nomem(e);
}

bool trust_issuer_list(struct core *c, const char *binding, json_t **out, struct err *e)
{
	struct list_page l = {.list.candidates = CERT_LIST_INIT};
	struct trust_policy policy;
	json_t *about AUTO_JSON = NULL;
	bool good;

	if (!trust_policy_of(c, binding, -1, &policy, &about, e))
		return false;
	good = list_view(c, about, &policy, &l, out, e);
	issuer_list_clear(&l.list);
	json_decref(l.members);
	json_decref(l.left_out);
	return good;
}
