/* SPDX-FileCopyrightText: the certbinder authors
 * SPDX-License-Identifier: Apache-2.0 */
#include <config.h>

#include "core/roots/required_roots.h"

#include "base/text.h"
#include "core/certs/cert_rows.h"
#include "core/certs/import.h"
#include "core/core_impl.h"
#include "core/permit.h"
#include "core/reading/reader.h"
#include "core/roots/required_root_entry.h"
#include "core/roots/root_catalogue.h"
#include "core/tx.h"
#include "core/view/view.h"
#include "x509/signature.h"

#include <string.h>

struct work {
	struct core *c;
	const struct actor *by;
	const struct required_roots_import *r;
	json_t *certificates, *left_out, *warnings, *skipped; /* owned */
	bool warned_of_intermediates;
	struct cert_list seen; /* each once */
	json_t *members;       /* owned: what each of them came in, "" the file itself */
};

static void work_clear(struct work *w)
{
	json_decref(w->certificates);
	json_decref(w->left_out);
	json_decref(w->warnings);
	json_decref(w->skipped);
	json_decref(w->members);
	cert_list_clear(&w->seen);
}

/* Why a certificate stays out: for programs, and in words. */
struct why {
	const char *code, *text;
};

static bool leave_out(struct work *w, const struct cert *cert, const struct why *why, struct err *e)
{
	return json_array_append_new(w->left_out, json_pack("{s:o, s:s, s:s, s:s}", "subject",
							    view_subject(cert), "sha256", cert->id,
							    "code", why->code, "why", why->text)) ==
		       0 ||
	       err_nomem(e);
}

/* Seed 003 sends everything to Trusted Root; said once, when the first intermediate goes elsewhere. */
static bool warn_of_intermediates(struct work *w, struct err *e)
{
	if (w->warned_of_intermediates)
		return true;
	w->warned_of_intermediates = true;
	return json_array_append_new(
		       w->warnings,
		       json_pack("{s:s, s:s, s:s}", "code", "root.intermediate_in_root", "text",
				 "intermediates go to CA, although instructions often say Trusted "
				 "Root: one of them in Root makes every client certificate fail "
				 "with 403.16",
				 "remedy",
				 "Nothing is to be done here; on Windows import them into "
				 "Intermediate Certification Authorities.")) == 0 ||
	       err_nomem(e);
}

struct match {
	struct required_root entry;
	bool by_digest, by_name;
	bool is_other; /* an entry has its name, and the digest of another */
};

static bool name_matches(const char *name, const struct cert *cert)
{
	struct buf cn AUTO_BUF = BUF_INIT;

	return name_common_name(&cert->subject, &cn) && text_equal_nocase(buf_str(&cn), name);
}

struct finder {
	const struct cert *cert;
	struct match *match;
};

static bool match_by_name(void *arg, const struct required_root_row *row, struct err *e)
{
	struct finder *f = arg;

	if (f->match->by_name || !name_matches(row->name, f->cert))
		return true;
	if (row->sha1 || row->sha256) {
		f->match->is_other = true;
		return true;
	}
	f->match->by_name = true;
	return required_root_read(&f->match->entry, row, e);
}

static bool find_match(struct core *c, const struct cert *cert, struct match *m, struct err *e)
{
	char sha1[2 * SHA1_BYTES + 1];

	hex_lower(span_of(cert->sha1, SHA1_BYTES), sha1);
	if (!required_root_row_of(core_store(c), cert->id, sha1, required_root_read, &m->entry,
				  &m->by_digest, e))
		return false;
	return m->by_digest ||
	       required_root_row_list(core_store(c), match_by_name, &(struct finder){cert, m}, e);
}

/* NULL: it is taken. */
static const struct why *why_not(const struct work *w, const struct cert *cert,
				 const struct match *m)
{
	static const struct why no_ca = {"no_ca", "it is no CA certificate"};
	static const struct why unlisted = {"unlisted", "the catalogue does not name it"};
	static const struct why other = {
		"unlisted",
		"the catalogue means another certificate of this name: compare SHA-256"};
	static const struct why unconfirmed = {
		"unconfirmed",
		"the catalogue names it without a digest: confirm that it is the one"};

	if (!cert->is_ca && (cert->version >= 3 || !cert_is_self_signed(cert)))
		return &no_ca;
	if (m->by_digest || w->r->unlisted)
		return NULL;
	if (!m->by_name)
		return m->is_other ? &other : &unlisted;
	return w->r->confirm ? NULL : &unconfirmed;
}

/* Through the door that every import takes, so that its rules and its audit hold. */
static bool import_one(struct work *w, const struct cert *cert, const char *store, bool *existed,
		       struct err *e)
{
	json_t *answer AUTO_JSON = NULL;
	const struct import_request r = {.file = span_of(cert->der, cert->der_len),
					 .file_name = w->r->file_name,
					 .store = store,
					 .all_to_store = true,
					 .trust_roots = true};

	if (!import_file(w->c, w->by, &r, &answer, e))
		return false;
	*existed = json_is_true(json_object_get(
		json_array_get(json_object_get(answer, "certificates"), 0), "existed"));
	return true;
}

static bool take(struct work *w, const struct cert *cert, struct match *m, struct err *e)
{
	bool root = cert_is_self_signed(cert), existed = false;
	bool listed = m->by_digest || (m->by_name && w->r->confirm);
	const char *store = root ? "Root" : "CA";

	if ((!root && !warn_of_intermediates(w, e)) || !import_one(w, cert, store, &existed, e))
		return false;
	if (listed && m->entry.confirmed_by[0] == '\0' &&
	    !required_root_set_certificate(w->c, w->by, &m->entry, cert, e))
		return false;
	json_t *entry = listed ? json_sprintf("%lld", (long long)m->entry.id) : json_null();
	json_t *name = listed ? json_string(m->entry.name) : json_null();
	json_t *o = json_pack("{s:s, s:s, s:o, s:o, s:s, s:o, s:o, s:b, s:b}", "sha256", cert->id,
			      "thumbprint", cert->thumbprint, "subject", view_subject(cert),
			      "not_after", json_time(cert->not_after_s), "store", store, "entry",
			      entry, "name", name, "existed", existed, "confirmed", listed);
	return json_array_append_new(w->certificates, o) == 0 || err_nomem(e);
}

static bool add_cert(struct work *w, struct cert *cert, struct err *e)
{
	struct match m = {.by_digest = false};

	bool ok = find_match(w->c, cert, &m, e);

	if (ok) {
		const struct why *why = why_not(w, cert, &m);

		ok = why ? leave_out(w, cert, why, e) : take(w, cert, &m, e);
	}
	required_root_clear(&m.entry);
	return ok;
}

/* Nobody was asked for a password here, so nobody is told to type it again. */
static bool locked(struct err *e)
{
	if (e->code != ERR_PASSWORD)
		return false;
	return err_reason(e, "root.locked", "it is locked with a password");
}

static bool see(struct work *w, const char *member, struct cert *cert, struct err *e)
{
	if (cert_list_has(&w->seen, cert))
		return true;
	return cert_list_add(&w->seen, cert, e) &&
	       (json_array_append_new(w->members, json_text(span_str(member))) == 0 ||
		err_nomem(e));
}

/* Files are read before the database is held, for thousands of them take seconds. */
static bool read_file(struct work *w, const char *member, struct span file, struct err *e)
{
	struct bag b AUTO_BAG = BAG_INIT;

	if (!reader_bag(file, NULL, false, &b, e))
		return locked(e);
	for (size_t i = 0; i < b.certs.n; i++)
		if (!see(w, member, b.certs.items[i], e))
			return false;
	return true;
}

/* A ZIP begins with a local header, or is an empty one. */
static bool looks_like_zip(struct span file)
{
	return file.len >= 4 && file.p[0] == 'P' && file.p[1] == 'K' &&
	       (file.p[2] == 3 || file.p[2] == 5);
}

bool required_roots_takes_name(const char *name)
{
	static const char *const ends[] = {".cer", ".crt", ".der", ".pem", ".p7b", ".p7c"};
	const char *slash = strrchr(name, '/'), *last = slash ? slash + 1 : name;
	const char *dot = strrchr(last, '.');

	if (last[0] == '.') /* macOS puts __MACOSX/._NAME beside each NAME */
		return false;
	for (size_t i = 0; dot && i < ARRAY_LEN(ends); i++)
		if (text_equal_nocase(dot, ends[i]))
			return true;
	return false;
}

static bool read_member(struct work *w, const struct zip_member *m, struct err *e)
{
	if (!required_roots_takes_name(m->name))
		return json_array_append_new(w->skipped, json_text(span_str(m->name))) == 0 ||
		       err_nomem(e);
	return read_file(w, m->name, buf_span(&m->data), e) || err_wrap(e, "'%s'", m->name);
}

static bool read_all(struct work *w, struct err *e)
{
	struct zip z AUTO_ZIP = ZIP_INIT;

	if (!looks_like_zip(w->r->file))
		return read_file(w, "", w->r->file, e);
	if (!reader_zip(w->r->file, NULL, &z, e))
		return locked(e);
	for (size_t i = 0; i < z.n; i++)
		if (!read_member(w, &z.members[i], e))
			return false;
	if (json_array_size(w->skipped) == z.n)
		return err_reason(e, "file.no_certificate",
				  "no file in it is named like a certificate");
	return true;
}

static bool add_all(struct work *w, struct err *e)
{
	for (size_t i = 0; i < w->seen.n; i++) {
		const char *member = json_string_value(json_array_get(w->members, i));

		if (!add_cert(w, w->seen.items[i], e))
			return member && member[0] ? err_wrap(e, "'%s'", member) : false;
	}
	return true;
}

bool required_roots_import(struct core *c, const struct actor *by,
			   const struct required_roots_import *r, json_t **out, struct err *e)
{
	struct work w AUTO(work_clear) = {.c = c,
					  .by = by,
					  .r = r,
					  .certificates = json_array(),
					  .left_out = json_array(),
					  .warnings = json_array(),
					  .skipped = json_array(),
					  .members = json_array()};
	struct tx tx AUTO(tx_end) = TX_INIT;

	if (!w.certificates || !w.left_out || !w.warnings || !w.skipped || !w.members)
		return err_nomem(e);
	if (!permit(by, PERM_ANCHORS, e) || !read_all(&w, e) || !tx_begin(c, &tx, e) ||
	    !add_all(&w, e))
		return false;
	if (w.seen.n == 0)
		return err_reason(e, "file.no_certificate", "no certificate in the file");
	*out = json_pack("{s:O, s:O, s:O, s:O}", "certificates", w.certificates, "left_out",
			 w.left_out, "warnings", w.warnings, "skipped", w.skipped);
	if (!*out)
		return err_nomem(e);
	return r->dry_run || (root_catalogue_changed(c, e) && tx_commit_publish(&tx, e));
}
