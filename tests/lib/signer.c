/* SPDX-FileCopyrightText: the certbinder authors
 * SPDX-License-Identifier: Apache-2.0 */
#include <config.h>

#include "lib/signer.h"

#include "lib/unit.h"

#include "base/text.h"
#include "core/authentication/jws.h"
#include "core/authentication/publications.h"
#include "x509/issue.h"
#include "x509/key.h"

void signer_make(struct signer *s, const char *name)
{
	struct issue_params params = {.common_name = name,
				      .digital_signature_only = true,
				      .not_before_s = 1577836800,
				      .not_after_s = 2493072000};
	struct buf der AUTO_BUF = BUF_INIT;
	struct err e = ERR_INIT;

	*s = (struct signer){.cert = NULL};
	unit_assert_ok(key_generate("ec256", &s->key, &e), &e);
	unit_assert_ok(cert_make_self_signed(&s->key, &params, &der, &e), &e);
	unit_assert_ok(cert_parse(der.data, der.len, &s->cert, &e), &e);
}

void signer_clear(struct signer *s)
{
	secret_clear(&s->key);
	cert_unref(s->cert);
	s->cert = NULL;
}

void signer_sign(const struct signer *s, const char *typ, json_t *payload, struct buf *out)
{
	struct err e = ERR_INIT;

	assert_non_null(payload);
	buf_reset(out);
	unit_assert_ok(jws_sign(&s->key, s->cert, typ, payload, out, &e), &e);
	json_decref(payload);
}

static json_t *der_json(const struct cert *c)
{
	struct buf text AUTO_BUF = BUF_INIT;

	base64_encode(span_of(c->der, c->der_len), &text);
	return json_string(buf_str(&text));
}

void signer_publish(const struct signer *s, int64_t number, const char *reason,
		    const struct cert *ntcer, const struct cert *ipcer, struct buf *out)
{
	signer_sign(s, PUBLICATION_TYP,
		    json_pack("{s:I, s:s, s:o, s:[o], s:s, s:s}", "number", (json_int_t)number,
			      "prev_sha256", "", "ntcer", der_json(ntcer), "ipcer", der_json(ipcer),
			      "reason", reason, "created", "2026-11-22T00:00:00Z"),
		    out);
}
