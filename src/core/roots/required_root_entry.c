/* SPDX-FileCopyrightText: the certbinder authors
 * SPDX-License-Identifier: Apache-2.0 */
#include <config.h>

#include "core/roots/required_root_entry.h"

#include "base/num.h"
#include "base/text.h"
#include "core/audit.h"
#include "core/core_impl.h"
#include "core/view/view.h"
#include "x509/signature.h"

#include <string.h>

void required_root_clear(struct required_root *r)
{
	json_decref(r->cert_stores);
	*r = (struct required_root){.id = 0};
}

static const char *or_empty(const char *s)
{
	return s ? s : "";
}

static const char *or_null(const char *s)
{
	return *s ? s : NULL;
}

bool required_root_read(void *out, const struct required_root_row *row, struct err *e)
{
	struct required_root *r = out;
	json_t *stores = NULL;

	if (row->cert_stores && !json_read(span_str(row->cert_stores), &stores, e))
		return false;
	required_root_clear(r);
	*r = (struct required_root){.id = row->id,
				    .shipped = row->shipped,
				    .cert_stores = stores,
				    .not_after_s = row->not_after_s,
				    .self_signed = row->self_signed};
	text_copy(r->name, sizeof(r->name), row->name);
	text_copy(r->store, sizeof(r->store), row->store);
	text_copy(r->sha1, sizeof(r->sha1), or_empty(row->sha1));
	text_copy(r->sha256, sizeof(r->sha256), or_empty(row->sha256));
	text_copy(r->needed_for, sizeof(r->needed_for), row->needed_for);
	text_copy(r->since, sizeof(r->since), row->since);
	text_copy(r->confirmed_by, sizeof(r->confirmed_by), or_empty(row->confirmed_by));
	text_copy(r->cert_sha256, sizeof(r->cert_sha256), or_empty(row->cert_sha256));
	return true;
}

struct required_root_row required_root_row_from(const struct required_root *r)
{
	return (struct required_root_row){.id = r->id,
					  .name = r->name,
					  .store = r->store,
					  .sha1 = or_null(r->sha1),
					  .sha256 = or_null(r->sha256),
					  .needed_for = r->needed_for,
					  .since = r->since,
					  .shipped = r->shipped,
					  .confirmed_by = or_null(r->confirmed_by)};
}

bool required_root_find(struct core *c, const char *id, struct required_root *out, struct err *e)
{
	int64_t number = 0;
	bool found = false;

	if (num_i64(id, &number) &&
	    !required_root_row_find(core_store(c), number, required_root_read, out, &found, e))
		return false;
	return found || err_reason(e, "root.not_found", "the catalogue has no entry '%s'", id);
}

bool required_root_lies_in(const struct required_root *r, const char *store)
{
	size_t i;
	json_t *name;

	json_array_foreach(r->cert_stores, i, name)
	{
		if (strcmp(json_string_value(name), store) == 0)
			return true;
	}
	return false;
}

const char *required_root_state(const struct required_root *r, int64_t now_s)
{
	if (r->cert_sha256[0] == '\0')
		return r->sha1[0] || r->sha256[0] ? "missing" : "unconfirmed";
	if (required_root_lies_in(r, "Disallowed"))
		return "distrusted";
	if (!required_root_lies_in(r, r->store))
		return json_array_size(r->cert_stores) > 0 ? "misplaced" : "missing";
	return r->not_after_s < now_s ? "expired" : "held";
}

static bool candidate_add(void *arg, const char *sha256, struct err *e)
{
	return json_array_append_new(arg, json_string(sha256)) == 0 || err_nomem(e);
}

/* Only where it has to be said which certificate is meant. */
static bool add_candidates(struct core *c, const struct required_root *r, json_t *o, struct err *e)
{
	json_t *list = json_array();

	if (!list || json_object_set_new(o, "candidates", list) != 0)
		return err_nomem(e);
	return r->sha256[0] || r->sha1[0] ||
	       required_root_row_candidates(core_store(c), r->name, candidate_add, list, e);
}

bool required_root_view(struct core *c, const struct required_root *r, json_t **out, struct err *e)
{
	json_t *cert = r->cert_sha256[0]
			       ? json_pack("{s:s, s:O, s:o}", "sha256", r->cert_sha256, "stores",
					   r->cert_stores, "not_after", json_time(r->not_after_s))
			       : json_null();
	json_t *o AUTO_JSON = json_pack(
		"{s:o, s:s, s:s, s:o, s:o, s:s, s:s, s:b, s:o, s:s, s:o}", "id",
		json_sprintf("%lld", (long long)r->id), "name", r->name, "store", r->store, "sha1",
		view_text_or_null(r->sha1), "sha256", view_text_or_null(r->sha256), "needed_for",
		r->needed_for, "since", r->since, "shipped", r->shipped, "confirmed_by",
		view_text_or_null(r->confirmed_by), "state", required_root_state(r, core_now_s(c)),
		"certificate", cert);

	if (!o)
		return err_nomem(e);
	if (!add_candidates(c, r, o, e))
		return false;
	*out = json_incref(o);
	return true;
}

/* A root is self-signed, an intermediate is not; either is a CA. */
static bool fits(const struct required_root *r, const struct cert *cert, struct err *e)
{
	bool root = strcmp(r->store, "Root") == 0;

	if ((r->sha256[0] && strcmp(r->sha256, cert->id) != 0) ||
	    (r->sha1[0] && !text_equal_nocase(r->sha1, cert->thumbprint)))
		return err_reason(e, "root.other_digest",
				  "'%s' is listed with another digest than %s", r->name,
				  cert->thumbprint);
	if (!cert->is_ca && cert->version >= 3)
		return err_reason(e, "root.kind", "%s is no CA certificate", cert->thumbprint);
	if (cert_is_self_signed(cert) == root)
		return true;
	return err_reason(e, "root.kind",
			  root ? "%s is not self-signed, so it is no root"
			       : "%s is self-signed, so it is no intermediate",
			  cert->thumbprint);
}

bool required_root_set_certificate(struct core *c, const struct actor *by, struct required_root *r,
				   const struct cert *cert, struct err *e)
{
	if (!fits(r, cert, e))
		return false;
	hex_lower(span_of(cert->sha1, SHA1_BYTES), r->sha1);
	text_copy(r->sha256, sizeof(r->sha256), cert->id);
	text_copy(r->confirmed_by, sizeof(r->confirmed_by), by->name ? by->name : "");
	const struct required_root_row row = required_root_row_from(r);
	return required_root_row_update(core_store(c), &row, e) &&
	       audit_add(
		       c, by, "root.confirm", r->name,
		       json_pack("{s:s, s:s}", "sha256", cert->id, "thumbprint", cert->thumbprint),
		       e);
}
