/* SPDX-FileCopyrightText: the certbinder authors
 * SPDX-License-Identifier: Apache-2.0 */
#include <config.h>

#include "core/authentication/jws.h"

#include "lib/unit.h"

#include "x509/issue.h"
#include "x509/key.h"

#include <string.h>

#define TYP "cb-test+jwt"

struct signer {
	struct secret key;
	struct cert *cert;
};

static void signer_make(struct signer *s, const char *spec)
{
	struct issue_params params = {.common_name = "signer",
				      .digital_signature_only = true,
				      .not_before_s = 1577836800,
				      .not_after_s = 2493072000};
	struct buf der AUTO_BUF = BUF_INIT;
	struct err e = ERR_INIT;

	*s = (struct signer){.cert = NULL};
	assert_true(key_generate(spec, &s->key, &e));
	assert_true(cert_make_self_signed(&s->key, &params, &der, &e));
	assert_true(cert_parse(der.data, der.len, &s->cert, &e));
}

static void signer_clear(struct signer *s)
{
	secret_clear(&s->key);
	cert_unref(s->cert);
}

static void sign(const struct signer *s, const char *text, struct buf *out)
{
	json_t *payload = json_pack("{s:s, s:i}", "text", text, "n", 7);
	struct err e = ERR_INIT;

	assert_true(jws_sign(&s->key, s->cert, TYP, payload, out, &e));
	json_decref(payload);
}

static void verifies_what_the_same_key_signed(void **state)
{
	static const char *const specs[] = {"ec256", "rsa2048"};

	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(specs); i++) {
		struct signer s;
		struct buf token AUTO_BUF = BUF_INIT;
		json_t *payload = NULL;
		struct err e = ERR_INIT;

		signer_make(&s, specs[i]);
		sign(&s, "hello", &token);
		assert_true(jws_verify(buf_span(&token), s.cert, TYP, &payload, &e));
		assert_string_equal(json_string_value(json_object_get(payload, "text")), "hello");
		json_decref(payload);
		signer_clear(&s);
	}
}

static void refuses_a_changed_byte_anywhere(void **state)
{
	struct buf token AUTO_BUF = BUF_INIT;
	struct signer s;

	(void)state;
	signer_make(&s, "ec256");
	sign(&s, "hello", &token);
	for (size_t i = 0; i < token.len; i++) {
		uint8_t was = token.data[i];
		json_t *payload = NULL;
		struct err e = ERR_INIT;

		token.data[i] = was == 'A' ? 'B' : 'A';
		assert_false(jws_verify(buf_span(&token), s.cert, TYP, &payload, &e));
		assert_null(payload);
		token.data[i] = was;
	}
	signer_clear(&s);
}

static void refuses_another_key_and_another_type(void **state)
{
	struct buf token AUTO_BUF = BUF_INIT;
	struct signer s, other;
	json_t *payload = NULL;
	struct err e = ERR_INIT;

	(void)state;
	signer_make(&s, "ec256");
	signer_make(&other, "ec256");
	sign(&s, "hello", &token);
	assert_false(jws_verify(buf_span(&token), other.cert, TYP, &payload, &e));
	assert_true(err_is(&e, "jws.kid"));
	assert_false(jws_verify(buf_span(&token), s.cert, "cb-other+jwt", &payload, &e));
	assert_true(err_is(&e, "jws.corrupt"));
	assert_null(payload);
	signer_clear(&s);
	signer_clear(&other);
}

static void refuses_keys_that_make_no_registered_signature(void **state)
{
	struct buf token AUTO_BUF = BUF_INIT;
	json_t *payload = json_object();
	struct signer s;
	struct err e = ERR_INIT;

	(void)state;
	signer_make(&s, "ec384");
	assert_false(jws_sign(&s.key, s.cert, TYP, payload, &token, &e));
	assert_true(err_is(&e, "x509.unsupported_key"));
	signer_clear(&s);
	signer_make(&s, "rsa2048");
	for (unsigned less = 0; less < 2; less++) {
		struct cert small = *s.cert;

		small.key_bits = 2048 - less; /* RSA_MIN_BITS */
		buf_reset(&token);
		e = (struct err)ERR_INIT;
		assert_int_equal(jws_sign(&s.key, &small, TYP, payload, &token, &e), less == 0);
		assert_int_equal(err_is(&e, "x509.unsupported_key"), less == 1);
	}
	json_decref(payload);
	signer_clear(&s);
}

int main(void)
{
	static const struct CMUnitTest tests[] = {
		cmocka_unit_test(verifies_what_the_same_key_signed),
		cmocka_unit_test(refuses_a_changed_byte_anywhere),
		cmocka_unit_test(refuses_another_key_and_another_type),
		cmocka_unit_test(refuses_keys_that_make_no_registered_signature),
	};
	return unit_run("core/jws", tests, ARRAY_LEN(tests));
}
