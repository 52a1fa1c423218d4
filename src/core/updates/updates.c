/* SPDX-FileCopyrightText: the certbinder authors
 * SPDX-License-Identifier: Apache-2.0 */
#include <config.h>

#include "core/updates/updates.h"

#include "base/json.h"
#include "base/num.h"
#include "base/text.h"
#include "core/audit.h"
#include "core/certs/trust_stores.h"
#include "core/permit.h"
#include "core/tx.h"
#include "core/updates/update_files.h"
#include "core/updates/update_impl.h"
#include "core/updates/update_states.h"
#include "core/view/view.h"
#include "store/updates.h"

#include <stdio.h>
#include <string.h>
#include <sys/stat.h>

/* ---- in words ---- */

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

static json_t *row_json(const struct update_row *row, const struct package_check *p)
{
	char id[24];

	(void)snprintf(id, sizeof(id), "%lld", (long long)row->id);
	return json_pack("{s:s, s:s, s:s, s:s, s:I, s:o, s:b, s:o, s:s, s:I, s:o}", "id", id,
			 "package", row->package, "version", row->version, "sha256", row->sha256,
			 "bytes", (json_int_t)row->bytes, "signer", signer_view(p->signer),
			 "offered", row->offered, "added", json_time(row->added_s), "added_by",
			 row->added_by, "n_files", (json_int_t)row->n_files, "check",
			 update_check_view(p));
}

static bool files_add(json_t *o, const char *text, struct err *e)
{
	json_t *files = NULL;

	return json_read(span_str(text), &files, e) &&
	       (json_object_set_new(o, "files", files) == 0 || err_nomem(e));
}

bool update_row_view(struct core *c, const struct trust_view *view, const struct update_row *row,
		     bool file_too, json_t **out, struct err *e)
{
	struct package_check p AUTO_PACKAGE_CHECK = {.good = false};
	json_t *o AUTO_JSON = NULL;

	if (!package_signer(row->p7s, view, core_now_s(c), &p, e))
		return false;
	if (file_too && !file_is_there(c, row)) {
		p.good = false;
		p.reason = "package.file";
		text_copy(p.explanation, sizeof(p.explanation),
			  "the file of the package is gone, or has another size");
	}
	o = row_json(row, &p);
	if (!o)
		return err_nomem(e);
	if (row->files && !files_add(o, row->files, e))
		return false;
	*out = json_incref(o);
	return true;
}

struct showing {
	struct core *c;
	struct trust_view *view;
	json_t *one;
};

static bool show_one(void *arg, const struct update_row *row, struct err *e)
{
	struct showing *s = arg;

	return update_row_view(s->c, s->view, row, true, &s->one, e);
}

static bool not_found(int64_t id, struct err *e)
{
	return err_reason(e, "update.not_found", "there is no package %lld", (long long)id);
}

static bool show_id(struct core *c, int64_t id, json_t **out, struct err *e)
{
	struct trust_view *view AUTO(update_view_autop) = NULL;
	struct showing s = {.c = c};
	bool found = false;

	if (!trust_signers_view(c, &view, e))
		return false;
	s.view = view;
	if (!update_row_find(core_store(c), id, show_one, &s, &found, e))
		return false;
	*out = s.one;
	return found || not_found(id, e);
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

	return id_read(id, &n, e) && show_id(c, n, out, e);
}

struct listing {
	struct core *c;
	struct trust_view *view;
	json_t *items; /* borrowed */
};

static bool list_one(void *arg, const struct update_row *row, struct err *e)
{
	struct listing *l = arg;
	json_t *one = NULL;

	return update_row_view(l->c, l->view, row, true, &one, e) &&
	       (json_array_append_new(l->items, one) == 0 || err_nomem(e));
}

bool updates_list(struct core *c, json_t **out, struct err *e)
{
	struct trust_view *view AUTO(update_view_autop) = NULL;
	json_t *items AUTO_JSON = json_array(), *list AUTO_JSON = NULL;
	struct listing l = {.c = c, .items = items};

	if (!items)
		return err_nomem(e);
	if (!trust_signers_view(c, &view, e))
		return false;
	l.view = view;
	if (!update_row_list(core_store(c), list_one, &l, e))
		return false;
	list = json_pack("{s:O, s:I}", "items", items, "total", (json_int_t)json_array_size(items));
	if (!list)
		return err_nomem(e);
	if (!update_states_summary(c, list, e))
		return false;
	*out = json_incref(list);
	return true;
}

/* ---- changes ---- */

/* What a change needs to know of a package: nothing of its files, so that others are not kept waiting. */
struct named {
	char package[PACKAGE_NAME_MAX + 1], version[PACKAGE_NAME_MAX + 1];
	char sha256[UPDATE_DIGEST_SIZE];
	bool offered;
};

static bool named_take(void *arg, const struct update_row *row, struct err *e)
{
	struct named *n = arg;

	(void)e; /* nothing fails here */
	n->offered = row->offered;
	text_copy(n->package, sizeof(n->package), row->package);
	text_copy(n->version, sizeof(n->version), row->version);
	text_copy(n->sha256, sizeof(n->sha256), row->sha256);
	return true;
}

static bool named_read(struct core *c, int64_t id, struct named *out, struct err *e)
{
	bool found = false;

	return update_row_find_named(core_store(c), id, named_take, out, &found, e) &&
	       (found || not_found(id, e));
}

/* Its signer may have been good when it came, and expired, revoked or distrusted since. */
static bool is_good_now(struct core *c, int64_t id, struct err *e)
{
	json_t *o AUTO_JSON = NULL;
	const json_t *check;
	const char *reason;

	if (!show_id(c, id, &o, e))
		return false;
	check = json_object_get(o, "check");
	reason = json_string_value(json_object_get(check, "reason"));
	return json_is_true(json_object_get(check, "good")) ||
	       err_reason(e, text_starts_with(reason, "package.") ? reason : "package.signer", "%s",
			  json_string_value(json_object_get(check, "explanation")));
}

static bool offer(struct core *c, const struct actor *by, int64_t id, bool offered, struct err *e)
{
	struct tx tx AUTO(tx_end) = TX_INIT;
	struct named was;

	if (!tx_begin(c, &tx, e) || !named_read(c, id, &was, e))
		return false;
	if (was.offered == offered)
		return tx_commit(&tx, e);
	if (!update_offer_row(c, by, id, was.package, was.version, offered, e))
		return false;
	tx_note(c, "update",
		json_pack("{s:s, s:s, s:b}", "package", was.package, "version", was.version,
			  "offered", offered));
	return tx_commit(&tx, e);
}

bool update_offer(struct core *c, const struct actor *by, const char *id, bool offered,
		  json_t **out, struct err *e)
{
	int64_t n = 0;

	return permit(by, PERM_UPDATES, e) && id_read(id, &n, e) &&
	       (!offered || is_good_now(c, n, e)) && offer(c, by, n, offered, e) &&
	       show_id(c, n, out, e);
}

bool update_remove(struct core *c, const struct actor *by, const char *id, struct err *e)
{
	struct tx tx AUTO(tx_end) = TX_INIT;
	struct named was;
	int64_t n = 0;

	if (!permit(by, PERM_UPDATES, e) || !id_read(id, &n, e) || !tx_begin(c, &tx, e) ||
	    !named_read(c, n, &was, e) || !update_row_delete(core_store(c), n, e) ||
	    (was.offered && !updates_revision_move(c, e)) ||
	    !audit_add(c, by, "update.remove", was.package,
		       json_pack("{s:s, s:s}", "version", was.version, "sha256", was.sha256), e))
		return false;
	tx_note(c, "update", json_pack("{s:s, s:b}", "package", was.package, "offered", false));
	if (!tx_commit(&tx, e))
		return false;
	update_files_drop(c, was.sha256);
	return true;
}
