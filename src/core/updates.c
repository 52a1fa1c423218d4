/* SPDX-FileCopyrightText: the certbinder authors
 * SPDX-License-Identifier: Apache-2.0 */
#include <config.h>

#include "core/updates.h"

#include "base/json.h"
#include "base/num.h"
#include "base/text.h"
#include "core/audit.h"
#include "core/permit.h"
#include "core/trust_stores.h"
#include "core/tx.h"
#include "core/update_files.h"
#include "core/update_impl.h"
#include "core/update_states.h"
#include "core/view.h"
#include "store/updates.h"

#include <stdio.h>
#include <string.h>
#include <sys/stat.h>

/* ---- in words ---- */

bool update_view_new(struct core *c, struct trust_view **out, struct err *e)
{
	struct cert_list roots AUTO_CERT_LIST = CERT_LIST_INIT,
			       links AUTO_CERT_LIST = CERT_LIST_INIT,
			       disallowed AUTO_CERT_LIST = CERT_LIST_INIT;

	return trust_store_members(c, "Root", &roots, e) &&
	       trust_store_members(c, "CA", &links, e) &&
	       trust_store_members(c, "Disallowed", &disallowed, e) &&
	       package_view_new(&roots, &links, &disallowed, out, e);
}

json_t *update_check_view(const struct package_check *p)
{
	json_t *missing = json_null();

	if (p->missing[0])
		missing = json_pack("{s:o, s:s, s:s?}", "name", json_text(span_str(p->missing)),
				    "kind", p->missing_is_root ? "root" : "intermediate", "sha256",
				    p->missing_sha256[0] ? p->missing_sha256 : NULL);
	return json_pack("{s:b, s:s, s:o, s:o}", "good", p->good, "reason", p->reason,
			 "explanation", json_text(span_str(p->explanation)), "missing", missing);
}

static json_t *signer_view(const struct cert *signer)
{
	if (!signer)
		return json_null();
	return json_pack("{s:s, s:o, s:o}", "sha256", signer->id, "subject", view_subject(signer),
			 "not_after", json_time(signer->not_after_s));
}

static bool file_is_there(struct core *c, const struct update_row *row)
{
	struct err ignored = ERR_INIT;
	char path[PATH_MAX], name[80];
	struct stat st;

	(void)snprintf(name, sizeof(name), "%s.zip", row->sha256);
	return update_file_path(c, name, path, sizeof(path), &ignored) && stat(path, &st) == 0 &&
	       st.st_size == row->bytes;
}

struct showing {
	struct core *c;
	struct trust_view *view;
	json_t *items; /* NULL: one is enough */
	json_t *one;
	bool being_added; /* its file has no name yet */
};

static bool show_row(void *arg, const struct update_row *row, struct err *e)
{
	struct showing *s = arg;
	struct package_check p AUTO_PACKAGE_CHECK = {.good = false};
	char id[24];

	if (!package_signer(row->p7s, s->view, core_now_s(s->c), &p, e))
		return false;
	if (!s->being_added && !file_is_there(s->c, row)) {
		p.good = false;
		p.reason = "package.file";
		text_copy(p.explanation, sizeof(p.explanation),
			  "the file of the package is gone, or has another size");
	}
	(void)snprintf(id, sizeof(id), "%lld", (long long)row->id);
	s->one = json_pack("{s:s, s:s, s:s, s:s, s:I, s:o, s:b, s:o, s:s, s:o, s:o}", "id", id,
			   "package", row->package, "version", row->version, "sha256", row->sha256,
			   "bytes", (json_int_t)row->bytes, "signer", signer_view(p.signer),
			   "offered", row->offered, "added", json_time(row->added_s), "added_by",
			   row->added_by, "files", json_loads(row->files, 0, NULL) ?: json_array(),
			   "check", update_check_view(&p));
	if (!s->one)
		return err_nomem(e);
	return !s->items || json_array_append_new(s->items, s->one) == 0 || err_nomem(e);
}

static bool find_view(struct core *c, int64_t id, bool being_added, json_t **out, struct err *e)
{
	struct trust_view *view AUTO(update_view_autop) = NULL;
	struct showing s = {.c = c, .being_added = being_added};
	bool found = false;

	if (!update_view_new(c, &view, e))
		return false;
	s.view = view;
	if (!update_row_find(core_store(c), id, show_row, &s, &found, e))
		return false;
	if (!found)
		return err_reason(e, "update.not_found", "there is no package %lld", (long long)id);
	*out = s.one;
	return true;
}

bool update_view_of(struct core *c, int64_t id, json_t **out, struct err *e)
{
	return find_view(c, id, true, out, e);
}

static bool id_read(const char *id, int64_t *out, struct err *e)
{
	uint64_t n = 0;

	if (!num_u64(id, INT64_MAX, &n))
		return err_reason(e, "update.not_found", "there is no package %.24s", id);
	*out = (int64_t)n;
	return true;
}

bool update_show(struct core *c, const char *id, json_t **out, struct err *e)
{
	int64_t n = 0;

	return id_read(id, &n, e) && find_view(c, n, false, out, e);
}

bool updates_list(struct core *c, json_t **out, struct err *e)
{
	struct trust_view *view AUTO(update_view_autop) = NULL;
	json_t *items AUTO_JSON = json_array();
	struct showing s = {.c = c, .items = items};

	if (!items)
		return err_nomem(e);
	if (!update_view_new(c, &view, e))
		return false;
	s.view = view;
	if (!update_row_list(core_store(c), false, show_row, &s, e))
		return false;
	*out = json_pack("{s:O, s:I}", "items", items, "total", (json_int_t)json_array_size(items));
	if (!*out)
		return err_nomem(e);
	if (update_states_summary(c, *out, e))
		return true;
	json_decref(*out);
	*out = NULL;
	return false;
}

/* ---- changes ---- */

bool update_offer(struct core *c, const struct actor *by, const char *id, bool offered,
		  json_t **out, struct err *e)
{
	struct tx tx AUTO(tx_end) = TX_INIT;
	json_t *was AUTO_JSON = NULL, *is AUTO_JSON = NULL;
	int64_t n = 0;

	if (!permit(by, PERM_UPDATES, e) || !id_read(id, &n, e) || !tx_begin(c, &tx, e) ||
	    !find_view(c, n, false, &was, e))
		return false;
	if (json_is_true(json_object_get(was, "offered")) == offered) {
		*out = json_incref(was);
		return tx_commit(&tx, e);
	}
	if (!update_offer_row(c, by, n, json_string_value(json_object_get(was, "package")),
			      json_string_value(json_object_get(was, "version")), offered, e) ||
	    !find_view(c, n, false, &is, e))
		return false;
	tx_note(c, "update",
		json_pack("{s:O, s:O, s:b}", "package", json_object_get(was, "package"), "version",
			  json_object_get(was, "version"), "offered", offered));
	*out = json_incref(is);
	if (tx_commit(&tx, e))
		return true;
	json_decref(*out);
	*out = NULL;
	return false;
}

bool update_remove(struct core *c, const struct actor *by, const char *id, struct err *e)
{
	struct tx tx AUTO(tx_end) = TX_INIT;
	json_t *was AUTO_JSON = NULL;
	int64_t n = 0;

	if (!permit(by, PERM_UPDATES, e) || !id_read(id, &n, e) || !tx_begin(c, &tx, e) ||
	    !find_view(c, n, false, &was, e))
		return false;
	const char *package = json_string_value(json_object_get(was, "package"));
	const char *sha256 = json_string_value(json_object_get(was, "sha256"));
	bool offered = json_is_true(json_object_get(was, "offered"));

	if (!update_row_delete(core_store(c), n, e) || (offered && !updates_revision_move(c, e)) ||
	    !audit_add(c, by, "update.remove", package,
		       json_pack("{s:O, s:s}", "version", json_object_get(was, "version"), "sha256",
				 sha256),
		       e))
		return false;
	tx_note(c, "update", json_pack("{s:s, s:b}", "package", package, "offered", false));
	if (!tx_commit(&tx, e))
		return false;
	update_files_drop(c, sha256);
	return true;
}
