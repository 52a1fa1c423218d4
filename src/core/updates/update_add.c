/* SPDX-FileCopyrightText: the certbinder authors
 * SPDX-License-Identifier: Apache-2.0 */
#include <config.h>

#include "core/updates/updates.h"

#include "base/json.h"
#include "base/text.h"
#include "core/audit.h"
#include "core/certs/trust_stores.h"
#include "core/permit.h"
#include "core/tx.h"
#include "core/updates/package.h"
#include "core/updates/update_files.h"
#include "core/updates/update_impl.h"
#include "core/updates/update_states.h"
#include "store/updates.h"

#include <stdio.h>
#include <string.h>

/*
 * A package comes in: copied first, so that what is checked is what is kept, then checked, then kept.
 */
static bool manifest_read(int fd, json_t **out, struct err *e)
{
	json_t *m AUTO_JSON = NULL;

	if (!package_manifest(fd, &m, e))
		return false;
	/* what would fail at every agent is not taken */
	if (!package_unpack(fd, m, -1, e))
		return false;
	*out = json_incref(m);
	return true;
}

/* With the catalogue's entry of the certificate, if there is one. */
static bool missing_view(struct core *c, const struct package_check *p, json_t **out, struct err *e)
{
	bool is_root = p->missing_is_root;
	char sha256[65], id[24];
	int64_t entry = 0;

	text_copy(sha256, sizeof(sha256), p->missing_sha256);
	if (!update_missing_find(c, p->missing, sha256, &is_root, &entry, e))
		return false;
	(void)snprintf(id, sizeof(id), "%lld", (long long)entry);
	*out = json_pack("{s:o, s:s, s:s?, s:s?}", "name", json_text(span_str(p->missing)), "kind",
			 is_root ? "root" : "intermediate", "sha256", sha256[0] ? sha256 : NULL,
			 "entry", entry ? id : NULL);
	return *out || err_nomem(e);
}

/* What is wrong is the caller's answer: its code, and the check with what is missing. */
static bool refused(struct core *c, const struct package_check *p, json_t **more_out, struct err *e)
{
	json_t *missing AUTO_JSON = json_null(), *check AUTO_JSON = update_check_view(p);

	if (!check)
		return err_nomem(e);
	if (p->missing[0] && !missing_view(c, p, &missing, e))
		return false;
	*more_out = json_pack("{s:O, s:O}", "check", check, "missing", missing);
	if (p->missing[0])
		return err_reason(e, "package.signer", "'%s' is missing here: %s", p->missing,
				  p->explanation);
	return text_starts_with(p->reason, "cms.") || text_starts_with(p->reason, "package.")
		       ? err_reason(e, p->reason, "%s", p->explanation)
		       : err_reason(e, "package.signer", "%s", p->explanation);
}

static bool has_room(struct core *c, struct err *e)
{
	int64_t n = 0, n_offered;

	return update_rows_count(core_store(c), &n, &n_offered, e) &&
	       (n < UPDATES_MAX ||
		err_reason(e, "limit.rows", "there are %d packages already", UPDATES_MAX));
}

static bool is_new(struct core *c, const struct update_row *n, struct err *e)
{
	bool same_file, same_version;

	if (!update_row_twin(core_store(c), n, &same_file, &same_version, e))
		return false;
	if (same_file)
		return err_reason(e, "update.exists", "the package %.16s... is there already",
				  n->sha256);
	return !same_version ||
	       err_reason(e, "update.version", "%s %s is there already", n->package, n->version);
}

static bool store_row(struct core *c, const struct actor *by, const struct update_request *r,
		      const struct update_row *n, int64_t *id, struct err *e)
{
	return is_new(c, n, e) && has_room(c, e) && update_row_insert(core_store(c), n, id, e) &&
	       audit_add(c, by, "update.add", n->package,
			 json_pack("{s:s, s:s, s:I, s:s?}", "version", n->version, "sha256",
				   n->sha256, "bytes", (json_int_t)n->bytes, "signed_with",
				   r->sign_with),
			 e) &&
	       (!r->offer || update_offer_row(c, by, *id, n->package, n->version, true, e));
}

static bool keep(struct core *c, const struct actor *by, const struct update_request *r,
		 struct update_row *n, struct update_incoming *i, struct err *e)
{
	struct tx tx AUTO(tx_end) = TX_INIT;

	if (!tx_begin(c, &tx, e) || !store_row(c, by, r, n, &n->id, e))
		return false;
	if (r->dry_run)
		return true;
	tx_note(c, "update", json_pack("{s:s, s:s}", "package", n->package, "version", n->version));
	if (update_incoming_keep(c, i, n->sha256, n->p7s, e) && tx_commit(&tx, e))
		return true;
	tx_end(&tx);
	update_files_drop(c, n->sha256);
	return false;
}

static bool signature_make(struct core *c, const struct actor *by, const struct update_request *r,
			   int fd, struct buf *out, struct err *e)
{
	if (r->signature.len > 0 && r->sign_with)
		return err_reason(e, "request.member",
				  "either 'signature' or 'sign_with', not both");
	if (r->signature.len == 0 && !r->sign_with)
		return err_reason(e, "request.member",
				  "'signature' is missing; or name a "
				  "certificate with 'sign_with'");
	if (r->sign_with)
		return permit(by, PERM_UPDATE_SIGN, e) && update_sign(c, r->sign_with, fd, out, e);
	buf_init(out, UPDATE_SIGNATURE_MAX);
	buf_add_span(out, r->signature);
	return buf_ok(out) || err_reason(e, "limit.file", "a signature has at most %zu bytes",
					 UPDATE_SIGNATURE_MAX);
}

bool update_add(struct core *c, const struct actor *by, const struct update_request *r,
		json_t **out, json_t **more_out, struct err *e)
{
	struct update_incoming i AUTO_INCOMING = UPDATE_INCOMING_INIT;
	struct package_check p AUTO_PACKAGE_CHECK = {.good = false};
	struct buf p7s AUTO_BUF = BUF_INIT, files AUTO_BUF = BUF_INIT;
	struct trust_view *view AUTO(update_view_autop) = NULL;
	json_t *manifest AUTO_JSON = NULL;

	*more_out = NULL;
	if (!permit(by, PERM_UPDATES, e) || !has_room(c, e) ||
	    !update_incoming_take(c, r->fd, r->file, &i, e) ||
	    !signature_make(c, by, r, i.fd, &p7s, e) || !trust_signers_view(c, &view, e) ||
	    !package_check(i.fd, buf_span(&p7s), view, core_now_s(c), &p, e))
		return false;
	if (!p.good)
		return refused(c, &p, more_out, e);
	if (!manifest_read(i.fd, &manifest, e) ||
	    !json_write(json_object_get(manifest, "files"), &files, e))
		return false;
	struct update_row n = {.package = json_string_value(json_object_get(manifest, "package")),
			       .version = json_string_value(json_object_get(manifest, "version")),
			       .sha256 = p.sha256,
			       .bytes = p.bytes,
			       .p7s = buf_span(&p7s),
			       .files = buf_str(&files),
			       .n_files =
				       (int64_t)json_array_size(json_object_get(manifest, "files")),
			       .offered = r->offer,
			       .added_s = core_now_s(c),
			       .added_by = by->name};
	return (r->dry_run || update_incoming_sync(&i, e)) && keep(c, by, r, &n, &i, e) &&
	       update_row_view(c, view, &n, false, out, e);
}
