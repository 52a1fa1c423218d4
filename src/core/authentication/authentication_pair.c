/* SPDX-FileCopyrightText: the certbinder authors
 * SPDX-License-Identifier: Apache-2.0 */
#include <config.h>

#include "core/authentication/authentication_impl.h"

#include "core/authentication/publications.h"
#include "core/certs/certs.h"
#include "core/certs/import.h"
#include "core/certs/keys.h"
#include "store/authentication_keys.h"
#include "store/certificates.h"
#include "store/stores.h"
#include "x509/issue.h"
#include "x509/key.h"
#include "x509/pem.h"

#include "base/json.h"

#include <string.h>

#define SUBJECT_CN "certbinder Server NTSG"
#define BACKDATE_S 86400 /* clocks of agents may be a day behind */

void authentication_pair_clear(struct authentication_pair *p)
{
	cert_unref(p->cert);
	secret_clear(&p->pkcs8);
	p->cert = NULL;
}

bool authentication_pair_make(struct core *c, const char *key, struct authentication_pair *out,
			      struct err *e)
{
	struct authentication_pair p AUTO_PAIR = AUTHENTICATION_PAIR_INIT;
	struct buf der AUTO_BUF = BUF_INIT;
	const struct issue_params params = {
		.common_name = SUBJECT_CN,
		.digital_signature_only = true,
		.not_before_s = core_now_s(c) - BACKDATE_S,
		.not_after_s = core_now_s(c) + AUTHENTICATION_KEY_LIFE_S,
	};

	if (!key_generate(key ? key : "ec256", &p.pkcs8, e) ||
	    !cert_make_self_signed(&p.pkcs8, &params, &der, e) ||
	    !cert_parse(der.data, der.len, &p.cert, e))
		return err_wrap(e, "new authentication certificate");
	*out = p;
	p = (struct authentication_pair)AUTHENTICATION_PAIR_INIT;
	return true;
}

bool authentication_pair_current(struct core *c, struct authentication_pair *out, bool *found_out,
				 struct err *e)
{
	struct authentication_pair p AUTO_PAIR = AUTHENTICATION_PAIR_INIT;
	struct authentication_key_row row;

	if (!authentication_key_row_current(core_store(c), &row, found_out, e))
		return false;
	if (!*found_out)
		return true;
	if (!certs_find(c, row.cert, &p.cert, e) || !keys_load_for(c, p.cert, &p.pkcs8, e))
		return err_wrap(e, "current authentication certificate");
	*out = p;
	p = (struct authentication_pair)AUTHENTICATION_PAIR_INIT;
	return true;
}

bool authentication_keep(struct core *c, const struct actor *by,
			 const struct authentication_pair *p, bool current, bool exportable,
			 int64_t made_s, struct err *e)
{
	struct buf file AUTO_BUF = {.secret = true};
	json_t *done AUTO_JSON = NULL;

	if (!pem_write("CERTIFICATE", span_of(p->cert->der, p->cert->der_len), &file, e) ||
	    (p->pkcs8.len > 0 && !pem_write("PRIVATE KEY", secret_span(&p->pkcs8), &file, e)))
		return false;

	const struct import_request r = {
		.file = buf_span(&file),
		.file_name = "authentication certificate",
		.store = current ? AUTHENTICATION_STORE : AUTHENTICATION_STORE_OLD,
		.all_to_store = true,
		.exportable = exportable,
		.accept_warnings = true,
	};

	/* One that is here already stays as it is marked, but for whom says which it is to be. */
	return import_file(c, by, &r, &done, e) &&
	       (p->pkcs8.len == 0 || keys_mark(c, p->cert, &p->pkcs8, exportable, e)) &&
	       authentication_key_row_add(core_store(c), p->cert->id, made_s, e);
}

static bool lies_in(struct core *c, const char *id, const char *store, bool *out, struct err *e)
{
	struct store_row row;
	int64_t cert_id = 0;
	bool found = false;

	*out = false;
	if (!store_row_find(core_store(c), store, &row, &found, e) ||
	    !store_cert_id(core_store(c), id, &cert_id, e))
		return false;
	return !found || !cert_id || store_member_has(core_store(c), row.id, cert_id, out, e);
}

/* Where a certificate lies follows from whether it is current; one that lies right stays. */
static bool put_in_place(struct core *c, const struct actor *by, const char *id, bool current,
			 struct err *e)
{
	const char *from = current ? AUTHENTICATION_STORE_OLD : AUTHENTICATION_STORE;
	const char *to = current ? AUTHENTICATION_STORE : AUTHENTICATION_STORE_OLD;
	bool there = false;

	return lies_in(c, id, from, &there, e) &&
	       (!there || certs_move(c, by, id, from, to, false, e));
}

/* The same once more, signed by the new key: whoever is handed nothing but the new OfcNTCer.dat finds
 * a number that it can verify. */
static bool vouch(struct core *c, const struct authentication_pair *own, int64_t *number_out,
		  struct err *e)
{
	const struct publication_new n = {.ntcer = own->cert,
					  .signer = own->cert,
					  .signer_key = &own->pkcs8,
					  .reason = "renewed"};

	return publication_add(c, &n, number_out, e);
}

bool authentication_switch(struct core *c, const struct actor *by,
			   const struct authentication_pair *next,
			   const struct authentication_pair *signer, const char *reason,
			   int64_t *number_out, struct err *e)
{
	const struct publication_new n = {
		.ntcer = next->cert,
		.signer = signer->cert,
		.signer_key = &signer->pkcs8,
		.reason = reason,
	};
	struct authentication_key_row row;
	bool found = false;

	if (!authentication_key_row_current(core_store(c), &row, &found, e))
		return false;
	if (found && strcmp(row.cert, next->cert->id) != 0 &&
	    !put_in_place(c, by, row.cert, false, e))
		return false;
	return put_in_place(c, by, next->cert->id, true, e) &&
	       authentication_key_row_make_current(core_store(c), next->cert->id, core_now_s(c),
						   reason, e) &&
	       publication_add(c, &n, number_out, e) &&
	       (cert_equal(next->cert, signer->cert) || vouch(c, next, number_out, e));
}
