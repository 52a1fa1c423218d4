/* SPDX-FileCopyrightText: the certbinder authors
 * SPDX-License-Identifier: Apache-2.0 */
#include <config.h>

#include "core/authentication/key_backup.h"

#include "base/json.h"
#include "base/mem.h"
#include "core/reading/reader.h"
#include "core/reading/zip.h"
#include "x509/pfx.h"

#include <stdio.h>
#include <string.h>

#define FORMAT "certbinder authentication keys"
#define FORMAT_NUMBER 1
#define MANIFEST "manifest.json"

static void key_file_name(const struct key_backup_key *k, char out[static ZIP_NAME_MAX])
{
	snprintf(out, ZIP_NAME_MAX, "keys/%s.%s", k->cert->id, k->pkcs8.len > 0 ? "pfx" : "cer");
}

static void publication_file_name(int64_t number, char out[static ZIP_NAME_MAX])
{
	snprintf(out, ZIP_NAME_MAX, "publications/%010lld.jws", (long long)number);
}

static bool key_file(const struct key_backup_key *k, const struct secret *password, struct buf *out,
		     struct err *e)
{
	struct cert_list no_chain = CERT_LIST_INIT;

	return pfx_write(k->cert, &k->pkcs8, &no_chain, "OfficeScan NT", password, PFX_BACKUP, out,
			 e);
}

static bool add_key(struct zip *z, json_t *list, const struct key_backup_key *k,
		    const struct secret *password, struct err *e)
{
	struct buf file AUTO_BUF = {.secret = true};
	char name[ZIP_NAME_MAX];

	key_file_name(k, name);
	if (json_array_append_new(list,
				  json_pack("{s:s, s:s, s:b, s:b, s:I, s:I}", "sha256", k->cert->id,
					    "file", name, "current", k->current, "missing",
					    k->pkcs8.len == 0, "made", (json_int_t)k->made_s,
					    "replaced", (json_int_t)k->replaced_s)) != 0)
		return err_nomem(e);
	if (k->pkcs8.len == 0)
		return zip_add(z, name, span_of(k->cert->der, k->cert->der_len), e);
	if (k->pfx.len > 0)
		return zip_add(z, name, buf_span(&k->pfx), e);
	return key_file(k, password, &file, e) && zip_add(z, name, buf_span(&file), e);
}

bool key_backup_prepare(struct key_backup *b, const struct secret *password, struct err *e)
{
	for (size_t i = 0; i < b->n_keys; i++)
		if (b->keys[i].pkcs8.len > 0 &&
		    !key_file(&b->keys[i], password, &b->keys[i].pfx, e))
			return false;
	return true;
}

static bool add_manifest(struct zip *z, const struct key_backup *b, json_t *keys, struct err *e)
{
	struct buf text AUTO_BUF = BUF_INIT;
	json_t *manifest AUTO_JSON = json_pack(
		"{s:s, s:i, s:o, s:I, s:I, s:O}", "format", FORMAT, "version", FORMAT_NUMBER,
		"created", json_time(b->created_s), "epoch", (json_int_t)b->epoch, "publication",
		(json_int_t)(b->n_publications ? b->publications[b->n_publications - 1].number : 0),
		"keys", keys);

	if (!manifest)
		return err_nomem(e);
	return json_write_pretty(manifest, &text, e) && zip_add(z, MANIFEST, buf_span(&text), e);
}

bool key_backup_write(const struct key_backup *b, const struct secret *password, struct buf *out,
		      struct err *e)
{
	struct zip z AUTO_ZIP = ZIP_INIT;
	json_t *keys AUTO_JSON = json_array();

	if (!keys)
		return err_nomem(e);
	for (size_t i = 0; i < b->n_keys; i++)
		if (!add_key(&z, keys, &b->keys[i], password, e))
			return false;
	for (size_t i = 0; i < b->n_publications; i++) {
		char name[ZIP_NAME_MAX];

		publication_file_name(b->publications[i].number, name);
		if (!zip_add(&z, name, span_str(b->publications[i].token), e))
			return false;
	}
	return add_manifest(&z, b, keys, e) && zip_write(&z, password, b->created_s, out, e);
}

static bool corrupt(struct err *e, const char *what)
{
	return err_reason(e, "backup.corrupt", "the backup %s", what);
}

/* The certificate of one entry, and its key where the backup has it: they must be what the manifest says. */
static bool read_key_file(const struct zip_member *file, bool missing,
			  const struct secret *password, struct bag *bag, struct err *e)
{
	struct span in = buf_span(&file->data);

	if (missing ? !reader_bag(in, NULL, false, bag, e)
		    : !reader_pfx(in, password, false, bag, e))
		return err_wrap(e, "'%s' in the backup", file->name);
	if (bag->certs.n != 1 || bag->n_keys != (missing ? 0u : 1u))
		return corrupt(
			e,
			"has a file that holds something else than one certificate with its key");
	return true;
}

static bool read_key(const struct zip *z, const json_t *entry, const struct secret *password,
		     struct key_backup *out, struct err *e)
{
	const char *sha256 = NULL, *name = NULL;
	bool current = false, missing = false;
	int64_t made = 0, replaced = 0;
	struct bag bag AUTO_BAG = {.format = ""};
	const struct zip_member *file;

	if (!json_get_str(entry, "sha256", &sha256, e) || !json_get_str(entry, "file", &name, e) ||
	    !json_get_bool_opt(entry, "current", &current, e) ||
	    !json_get_bool_opt(entry, "missing", &missing, e) ||
	    !json_get_int(entry, "made", 0, INT64_MAX, &made, e) ||
	    !json_get_int(entry, "replaced", 0, INT64_MAX, &replaced, e))
		return corrupt(e, "has a manifest that cannot be read");
	file = zip_find(z, name);
	if (!file)
		return corrupt(e, "lacks a file that its manifest names");
	if (!read_key_file(file, missing, password, &bag, e))
		return false;
	if (strcmp(bag.certs.items[0]->id, sha256) != 0)
		return corrupt(e, "has a certificate that its manifest does not name");
	return key_backup_add_key(out, bag.certs.items[0], missing ? NULL : &bag.keys[0].pkcs8,
				  current, made, replaced, e);
}

static bool read_publications(const struct zip *z, int64_t last, struct key_backup *out,
			      struct err *e)
{
	int64_t first = last;
	char name[ZIP_NAME_MAX];

	for (; first > 1; first--) {
		publication_file_name(first - 1, name);
		if (!zip_find(z, name))
			break;
	}
	for (int64_t n = first; n >= 1 && n <= last; n++) {
		const struct zip_member *m;

		publication_file_name(n, name);
		m = zip_find(z, name);
		if (!m)
			return corrupt(e, "lacks a publication");
		if (!key_backup_add_publication(out, n, (const char *)m->data.data, e))
			return false;
	}
	return true;
}

static bool read_manifest(const struct zip *z, json_t **out, int64_t *publication,
			  struct key_backup *b, struct err *e)
{
	const struct zip_member *m = zip_find(z, MANIFEST);
	json_t *manifest AUTO_JSON = NULL;
	const char *format = NULL;
	int64_t number = 0;

	if (!m)
		return corrupt(e, "has no " MANIFEST ": is it another program's ZIP?");
	if (!json_read(buf_span(&m->data), &manifest, e) ||
	    !json_get_str(manifest, "format", &format, e) || strcmp(format, FORMAT) != 0 ||
	    !json_get_int(manifest, "version", 1, INT64_MAX, &number, e) ||
	    !json_get_int(manifest, "epoch", 0, INT64_MAX, &b->epoch, e) ||
	    !json_get_int(manifest, "publication", 0, INT64_MAX, publication, e))
		return corrupt(e, "has a manifest that cannot be read");
	if (number != FORMAT_NUMBER)
		return err_reason(e, "backup.corrupt",
				  "the backup is of version %lld; this program reads %d",
				  (long long)number, FORMAT_NUMBER);
	*out = json_incref(manifest);
	return true;
}

bool key_backup_read(struct span in, const struct secret *password, struct key_backup *out,
		     struct err *e)
{
	struct key_backup b AUTO_KEY_BACKUP = KEY_BACKUP_INIT;
	struct zip z AUTO_ZIP = ZIP_INIT;
	json_t *manifest AUTO_JSON = NULL, *keys = NULL;
	int64_t publication = 0;
	size_t i;
	json_t *entry;

	if (!reader_zip(in, password, &z, e) || !read_manifest(&z, &manifest, &publication, &b, e))
		return false;
	if (!json_get_array_opt(manifest, "keys", &keys, e) || !keys || json_array_size(keys) == 0)
		return corrupt(e, "holds no authentication certificate");
	json_array_foreach(keys, i, entry) if (!read_key(&z, entry, password, &b, e)) return false;
	if (!read_publications(&z, publication, &b, e))
		return false;
	key_backup_clear(out);
	*out = b;
	b = (struct key_backup)KEY_BACKUP_INIT;
	return true;
}
