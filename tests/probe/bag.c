/* SPDX-FileCopyrightText: the certbinder authors
 * SPDX-License-Identifier: Apache-2.0 */
#include <config.h>

#include "base/buf.h"
#include "base/files.h"
#include "base/json.h"
#include "base/reason.h"
#include "base/secret.h"
#include "x509/bag.h"
#include "x509/p7b.h"
#include "x509/pem.h"
#include "x509/pfx.h"

#include <stdio.h>
#include <string.h>

/*
 * A bench tool, not installed: prints as JSON what x509/bag.h finds in a file, or writes it in another form.
 *
 *   bag FILE [--password TEXT] [--password-file F] [--refuse-no-mac]
 *   bag FILE ... --as der|pem|pem-chain|p7b|p7b-pem|pfx|pfx-legacy|key|key-encrypted --out FILE [--new-password TEXT]
 *
 * Exit status 0 read, 1 refused (the JSON names the code), 2 usage.
 */
struct options {
	const char *file, *password, *password_file, *as, *out, *new_password;
	bool refuse_no_mac;
};

static bool parse(int argc, char **argv, struct options *o)
{
	const struct {
		const char *name;
		const char **value;
	} rows[] = {{"--password", &o->password},
		    {"--password-file", &o->password_file},
		    {"--as", &o->as},
		    {"--out", &o->out},
		    {"--new-password", &o->new_password}};
	for (int i = 1; i < argc; i++) {
		size_t r = 0;
		while (r < ARRAY_LEN(rows) && strcmp(argv[i], rows[r].name) != 0)
			r++;
		if (r < ARRAY_LEN(rows) && i + 1 < argc)
			*rows[r].value = argv[++i];
		else if (strcmp(argv[i], "--refuse-no-mac") == 0)
			o->refuse_no_mac = true;
		else if (argv[i][0] != '-' && !o->file)
			o->file = argv[i];
		else
			return false;
	}
	return o->file && !o->as == !o->out;
}

static json_t *describe_certs(const struct bag *b)
{
	json_t *list = json_array();
	for (size_t i = 0; i < b->certs.n; i++) {
		const struct cert *c = b->certs.items[i];
		struct buf subject AUTO_BUF = BUF_INIT;
		name_text(&c->subject, &subject);
		json_array_append_new(list, json_pack("{s:s, s:s, s:o, s:o, s:b}", "sha256", c->id,
						      "thumbprint", c->thumbprint, "subject",
						      json_text(buf_span(&subject)), "name",
						      json_text(span_str(b->cert_names[i])),
						      "has_key", bag_key_of(b, c) != NULL));
	}
	return list;
}

static json_t *describe_keys(const struct bag *b)
{
	json_t *list = json_array();
	for (size_t i = 0; i < b->n_keys; i++)
		json_array_append_new(
			list,
			json_pack("{s:s, s:o, s:o}", "form", b->keys[i].info.form, "spki_sha256",
				  json_hex(span_of(b->keys[i].info.spki_sha256, SHA256_BYTES)),
				  "name", json_text(span_str(b->keys[i].friendly_name))));
	return list;
}

static void print(json_t *v)
{
	struct buf text AUTO_BUF = BUF_INIT;
	struct err e = ERR_INIT;
	if (json_write(v, &text, &e))
		puts(buf_str(&text));
	json_decref(v);
}

static int fail(const struct err *e)
{
	print(json_pack("{s:s, s:o}", "code", err_public(e)->code, "text",
			json_text(span_str(e->text))));
	return 1;
}

static bool write_pem(struct span der, const char *label, struct buf *out, struct err *e)
{
	return pem_write(label, der, out, e);
}

static struct span cert_der(const struct cert *c)
{
	return span_of(c->der, c->der_len);
}

static bool convert(const struct options *o, const struct bag *b, struct buf *out, struct err *e)
{
	struct secret password AUTO_SECRET = SECRET_INIT;
	struct buf der AUTO_BUF = BUF_INIT;
	const struct cert *leaf = b->certs.n > 0 ? b->certs.items[0] : NULL;
	const struct secret *key = b->n_keys > 0 ? &b->keys[0].pkcs8 : NULL;
	const char *given = o->new_password ? o->new_password : "";
	if (!secret_set(&password, given, strlen(given), e))
		return false;
	if (strcmp(o->as, "key") == 0 && key)
		return write_pem(secret_span(key), "PRIVATE KEY", out, e);
	if (strcmp(o->as, "key-encrypted") == 0 && key)
		return key_encrypt(key, &password, &der, e) &&
		       write_pem(buf_span(&der), "ENCRYPTED PRIVATE KEY", out, e);
	if (!leaf)
		return err_set(e, ERR_INVALID, "no certificate to write");
	if (strncmp(o->as, "pfx", 3) == 0)
		return pfx_write(leaf, key, &b->certs,
				 b->cert_names[0][0] ? b->cert_names[0] : "probe", &password,
				 strcmp(o->as, "pfx-legacy") == 0 ? PFX_LEGACY : PFX_MODERN, out,
				 e);
	if (strcmp(o->as, "p7b") == 0)
		return p7b_write(&b->certs, out, e);
	if (strcmp(o->as, "p7b-pem") == 0)
		return p7b_write(&b->certs, &der, e) && write_pem(buf_span(&der), "PKCS7", out, e);
	if (strcmp(o->as, "der") == 0) {
		buf_add_span(out, cert_der(leaf));
		return true;
	}
	size_t n = strcmp(o->as, "pem-chain") == 0 ? b->certs.n : 1;
	for (size_t i = 0; i < n; i++)
		if (!write_pem(cert_der(b->certs.items[i]), "CERTIFICATE", out, e))
			return false;
	return true;
}

int main(int argc, char **argv)
{
	struct options o = {.file = NULL};
	struct secret password AUTO_SECRET = SECRET_INIT;
	struct buf in AUTO_BUF = BUF_INIT, out AUTO_BUF = BUF_INIT;
	struct bag b AUTO_BAG = BAG_INIT;
	struct err e = ERR_INIT;
	if (!parse(argc, argv, &o)) {
		fprintf(stderr, "usage: bag FILE [--password TEXT] [--password-file F] "
				"[--refuse-no-mac] [--as FORM --out FILE]\n");
		return 2;
	}
	in.max = BAG_MAX_BYTES + 1;
	bool has_password = o.password || o.password_file;
	if (o.password && !secret_set(&password, o.password, strlen(o.password), &e))
		return fail(&e);
	if (o.password_file && !secret_read_file(&password, o.password_file, &e))
		return fail(&e);
	if (!file_read(o.file, BAG_MAX_BYTES, &in, &e) ||
	    !bag_read(buf_span(&in), has_password ? &password : NULL, !o.refuse_no_mac, &b, &e) ||
	    !bag_check_keys(&b, &e) || !bag_sort(&b, &e))
		return fail(&e);
	if (o.as) {
		if (!convert(&o, &b, &out, &e) || !file_replace(o.out, 0600, buf_span(&out), &e))
			return fail(&e);
		return 0;
	}
	print(json_pack("{s:s, s:b, s:I, s:I, s:o, s:o}", "format", b.format, "had_mac", b.had_mac,
			"ignored", (json_int_t)b.n_ignored, "crls", (json_int_t)b.n_crls,
			"certificates", describe_certs(&b), "keys", describe_keys(&b)));
	return 0;
}
