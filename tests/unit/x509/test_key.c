/* SPDX-FileCopyrightText: the certbinder authors
 * SPDX-License-Identifier: Apache-2.0 */
#include <config.h>

#include "tests/lib/unit.h"

#include "base/mem.h"
#include "x509/ber.h"
#include "x509/cert.h"
#include "x509/derout.h"
#include "x509/key.h"
#include "x509/pem.h"
#include "x509/signature.h"

#include <stdio.h>
#include <string.h>

static const char *const specs[] = {"ec256", "ec384", "rsa2048"};

static void make(const char *spec, struct secret *out)
{
	struct err e = ERR_INIT;
	unit_assert_ok(key_generate(spec, out, &e), &e);
}

static bool read_plain(struct span in, struct secret *out, struct key_info *info, struct err *e)
{
	return key_read(in, NULL, NULL, NULL, out, info, e);
}

/* The one key of a persona, as DER. */
static void load(const char *name, struct secret *out, struct key_info *info)
{
	size_t len;
	char *text AUTO_MEM = unit_pki(name, &len);
	struct pem p AUTO_PEM = {.n = 0};
	struct err e = ERR_INIT;
	unit_assert_ok(pem_read(span_of(text, len), &p, &e), &e);
	unit_assert_ok(key_read(buf_span(&p.members[0].der), p.members[0].label, NULL, NULL, out,
				info, &e),
		       &e);
}

static struct cert *load_cert(const char *name)
{
	size_t len;
	char *text AUTO_MEM = unit_pki(name, &len);
	struct pem p AUTO_PEM = {.n = 0};
	struct err e = ERR_INIT;
	struct cert *c = NULL;
	unit_assert_ok(pem_read(span_of(text, len), &p, &e), &e);
	unit_assert_ok(cert_parse(p.members[0].der.data, p.members[0].der.len, &c, &e), &e);
	return c;
}

static void makes_the_keys_it_names_and_no_others(void **state)
{
	static const struct {
		const char *spec, *form;
		enum key_type type;
		unsigned bits;
	} rows[] = {{"ec256", "PKCS#8, EC P-256, not encrypted", KEY_EC, 256},
		    {"ec384", "PKCS#8, EC P-384, not encrypted", KEY_EC, 384},
		    {"rsa2048", "PKCS#8, RSA 2048, not encrypted", KEY_RSA, 2048}};
	struct secret key AUTO_SECRET = SECRET_INIT;
	struct err e = ERR_INIT;
	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
		struct key_info info;
		make(rows[i].spec, &key);
		unit_assert_ok(key_describe(&key, &info, &e), &e);
		assert_int_equal(info.type, rows[i].type);
		assert_int_equal(info.bits, rows[i].bits);
		assert_string_equal(info.form, rows[i].form);
	}
	secret_clear(&key);
	assert_false(key_generate("rsa1024", &key, &e));
	assert_int_equal(e.code, ERR_INVALID);
	assert_null(key.data);
}

static void every_persona_finds_its_certificate_and_no_other(void **state)
{
	static const char *const names[] = {"server", "server-rsa", "server-p384", "server-ed25519",
					    "server-weak"};
	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(names); i++) {
		struct secret key AUTO_SECRET = SECRET_INIT;
		struct key_info info;
		char file[64];
		(void)snprintf(file, sizeof(file), "%s.key", names[i]);
		load(file, &key, &info);
		for (size_t j = 0; j < ARRAY_LEN(names); j++) {
			struct err e = ERR_INIT;
			bool matches = i != j;
			(void)snprintf(file, sizeof(file), "%s.crt", names[j]);
			struct cert *c AUTO_CERT = load_cert(file);
			unit_assert_ok(key_matches(&key, c, &matches, &e), &e);
			assert_int_equal(matches, i == j);
			assert_int_equal(memcmp(info.spki_sha256, c->spki_sha256, SHA256_BYTES) ==
						 0,
					 i == j);
		}
	}
}

static void one_key_is_the_same_bytes_from_every_form(void **state)
{
	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(specs); i++) {
		struct secret key AUTO_SECRET = SECRET_INIT, again AUTO_SECRET = SECRET_INIT;
		struct span in, body, inner;
		struct key_info info;
		struct ber_algorithm a;
		struct err e = ERR_INIT;
		uint64_t version;
		make(specs[i], &key);
		in = secret_span(&key);
		assert_true(ber_take(&in, BER_SEQUENCE, &body) && ber_uint(&body, &version) &&
			    ber_algorithm(&body, &a) && ber_take(&body, BER_OCTETS, &inner));
		bool read = read_plain(inner, &again, &info, &e);
		if (i == 2) {
			unit_assert_ok(read, &e);
			assert_true(secret_equal(secret_span(&key), secret_span(&again)));
			assert_string_equal(info.form, "PKCS#1, RSA 2048, not encrypted");
		} else { /* without the PKCS#8 around it nothing names the curve */
			assert_false(read);
			unit_assert_reason(&e, "key.corrupt");
		}
	}
}

static void encrypts_so_that_only_the_password_opens(void **state)
{
	struct secret key AUTO_SECRET = SECRET_INIT, back AUTO_SECRET = SECRET_INIT;
	struct secret password = {(uint8_t *)"s\xc3\xa9same", 7}, wrong = {(uint8_t *)"sesame", 6};
	struct buf der AUTO_BUF = BUF_INIT;
	struct key_info info;
	struct err e = ERR_INIT;
	(void)state;
	make("ec256", &key);
	unit_assert_ok(key_encrypt(&key, &password, &der, &e), &e);
	assert_true(key_looks_encrypted(buf_span(&der)));
	assert_false(key_looks_like(buf_span(&der)));
	assert_null(memmem(der.data, der.len, key.data + 40, 16));
	unit_assert_ok(key_read(buf_span(&der), NULL, NULL, &password, &back, &info, &e), &e);
	assert_true(secret_equal(secret_span(&key), secret_span(&back)));
	assert_string_equal(info.form, "PKCS#8, EC P-256, encrypted");
	secret_clear(&back);
	assert_false(key_read(buf_span(&der), NULL, NULL, NULL, &back, &info, &e));
	unit_assert_reason(&e, "key.encrypted");
	assert_false(key_read(buf_span(&der), NULL, NULL, &wrong, &back, &info, &e));
	unit_assert_reason(&e, "key.wrong_password");
	assert_null(back.data);
}

/* RSA: any change of a number is noticed; EC: the public half no longer fits. */
static void a_key_with_a_changed_bit_is_never_the_same_key(void **state)
{
	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(specs); i++) {
		struct secret key AUTO_SECRET = SECRET_INIT;
		size_t step = i == 2 ? 7 : 1;
		make(specs[i], &key);
		for (size_t at = 0; at < key.len; at += step) {
			struct secret bad AUTO_SECRET = SECRET_INIT, out AUTO_SECRET = SECRET_INIT;
			struct key_info info;
			struct err e = ERR_INIT;
			unit_assert_ok(secret_set(&bad, key.data, key.len, &e), &e);
			bad.data[at] ^= 4;
			if (!read_plain(secret_span(&bad), &out, &info, &e)) {
				assert_true(err_is(&e, "key.corrupt") ||
					    err_is(&e, "x509.unsupported_key"));
				assert_null(out.data);
				continue;
			}
			/* What still reads is the same key: the version octet, say, is free to be 1. */
			assert_true(secret_equal(secret_span(&out), secret_span(&key)));
		}
	}
}

/* The last number could be worked out anew; that it does not fit says that the file is damaged. */
static void an_rsa_key_whose_last_number_is_off_is_refused(void **state)
{
	struct secret key AUTO_SECRET = SECRET_INIT, out AUTO_SECRET = SECRET_INIT;
	struct key_info info;
	struct err e = ERR_INIT;
	(void)state;
	make("rsa2048", &key);
	key.data[key.len - 1] ^= 1;
	assert_false(read_plain(secret_span(&key), &out, &info, &e));
	unit_assert_reason(&e, "key.corrupt");
}

static void a_key_cut_short_is_refused(void **state)
{
	struct secret key AUTO_SECRET = SECRET_INIT, out AUTO_SECRET = SECRET_INIT;
	(void)state;
	make("rsa2048", &key);
	for (size_t n = 0; n < key.len; n++) {
		struct key_info info;
		struct err e = ERR_INIT;
		char *exact AUTO_MEM = mem_strn(key.data, n);
		assert_false(read_plain(span_of(exact, n), &out, &info, &e));
		unit_assert_reason(&e, "key.corrupt");
	}
}

static void names_what_it_does_not_take(void **state)
{
	/* X25519 (RFC 8410), and an EC key on a curve nobody knows */
	static const char x25519[] =
		"\x30\x2e\x02\x01\x00\x30\x05\x06\x03\x2b\x65\x6e\x04\x22\x04\x20"
		"0123456789abcdef0123456789abcdef";
	static const char curve[] =
		"\x30\x21\x02\x01\x00\x30\x13\x06\x07\x2a\x86\x48\xce\x3d\x02\x01"
		"\x06\x08\x2a\x86\x48\xce\x3d\x03\x01\x7f\x04\x07\x30\x05\x02\x01\x01"
		"\x04\x00";
	struct secret out AUTO_SECRET = SECRET_INIT;
	struct key_info info;
	struct err e = ERR_INIT;
	(void)state;
	assert_false(read_plain(span_of(x25519, sizeof(x25519) - 1), &out, &info, &e));
	unit_assert_reason(&e, "x509.unsupported_key");
	assert_non_null(strstr(e.text, "1.3.101.110"));
	assert_false(read_plain(span_of(curve, sizeof(curve) - 1), &out, &info, &e));
	unit_assert_reason(&e, "x509.unsupported_key");
	assert_false(key_read(span_str("openssh-key-v1"), "OPENSSH PRIVATE KEY", NULL, NULL, &out,
			      &info, &e));
	unit_assert_reason(&e, "x509.unsupported_key");
	assert_false(
		key_read(span_str("x"), "RSA PRIVATE KEY", "IDEA-CBC,00", NULL, &out, &info, &e));
	unit_assert_reason(&e, "key.unsupported");
	assert_false(key_read(span_str("x"), "RSA PRIVATE KEY", "AES-128-CBC,00", NULL, &out, &info,
			      &e));
	unit_assert_reason(&e, "key.corrupt");
}

static void signs_what_verifies(void **state)
{
	static const struct span
		rsa = {(const uint8_t
				*)"\x30\x0d\x06\x09\x2a\x86\x48\x86\xf7\x0d\x01\x01\x0b\x05\x00",
		       15},
		ecdsa = {(const uint8_t *)"\x30\x0a\x06\x08\x2a\x86\x48\xce\x3d\x04\x03\x02", 12};
	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(specs); i++) {
		struct secret key AUTO_SECRET = SECRET_INIT;
		struct buf sig AUTO_BUF = BUF_INIT, spki AUTO_BUF = BUF_INIT;
		struct err e = ERR_INIT;
		struct span algorithm = i == 2 ? rsa : ecdsa;
		make(specs[i], &key);
		unit_assert_ok(key_sign(&key, span_str("data"), false, &sig, &e), &e);
		unit_assert_ok(key_public(&key, &spki, &e), &e);
		assert_int_equal(signature_verify(span_str("data"), algorithm, buf_span(&sig),
						  buf_span(&spki)),
				 SIGNATURE_GOOD);
		assert_int_equal(signature_verify(span_str("date"), algorithm, buf_span(&sig),
						  buf_span(&spki)),
				 SIGNATURE_BAD);
	}
}

/* r||s as wide as the curve, whatever the numbers: leading zeros come up once in 128 signatures. */
static void raw_signatures_have_a_fixed_width(void **state)
{
	struct secret key AUTO_SECRET = SECRET_INIT, wide AUTO_SECRET = SECRET_INIT;
	struct err e = ERR_INIT;
	(void)state;
	make("ec256", &key);
	make("ec384", &wide);
	for (int i = 0; i < 300; i++) {
		struct buf sig AUTO_BUF = BUF_INIT;
		unit_assert_ok(key_sign(&key, span_of(&i, sizeof(i)), true, &sig, &e), &e);
		assert_int_equal(sig.len, 64);
	}
	struct buf sig AUTO_BUF = BUF_INIT, spki AUTO_BUF = BUF_INIT, der AUTO_BUF = BUF_INIT;
	unit_assert_ok(key_sign(&wide, span_str("data"), true, &sig, &e), &e);
	assert_int_equal(sig.len, 96);
	/* RFC 7518: ES384 hashes with SHA-384 */
	static const char ecdsa_sha384[] = "\x30\x0a\x06\x08\x2a\x86\x48\xce\x3d\x04\x03\x03";
	size_t s = der_begin(&der, BER_SEQUENCE);
	der_integer(&der, span_of(sig.data, 48));
	der_integer(&der, span_of(sig.data + 48, 48));
	der_end(&der, s);
	unit_assert_ok(key_public(&wide, &spki, &e), &e);
	assert_int_equal(signature_verify(span_str("data"), span_of(ecdsa_sha384, 12),
					  buf_span(&der), buf_span(&spki)),
			 SIGNATURE_GOOD);
}

static void signs_with_ed25519(void **state)
{
	struct secret key AUTO_SECRET = SECRET_INIT;
	struct buf sig AUTO_BUF = BUF_INIT;
	struct key_info info;
	struct err e = ERR_INIT;
	(void)state;
	load("server-ed25519.key", &key, &info);
	assert_int_equal(info.type, KEY_ED25519);
	assert_string_equal(info.form, "PKCS#8, Ed25519, not encrypted");
	unit_assert_ok(key_sign(&key, span_str("data"), true, &sig, &e), &e);
	assert_int_equal(sig.len, 64);
}

int main(void)
{
	static const struct CMUnitTest tests[] = {
		cmocka_unit_test(makes_the_keys_it_names_and_no_others),
		cmocka_unit_test(every_persona_finds_its_certificate_and_no_other),
		cmocka_unit_test(one_key_is_the_same_bytes_from_every_form),
		cmocka_unit_test(encrypts_so_that_only_the_password_opens),
		cmocka_unit_test(a_key_with_a_changed_bit_is_never_the_same_key),
		cmocka_unit_test(an_rsa_key_whose_last_number_is_off_is_refused),
		cmocka_unit_test(a_key_cut_short_is_refused),
		cmocka_unit_test(names_what_it_does_not_take),
		cmocka_unit_test(signs_what_verifies),
		cmocka_unit_test(raw_signatures_have_a_fixed_width),
		cmocka_unit_test(signs_with_ed25519),
	};
	return unit_run("x509/key", tests, ARRAY_LEN(tests));
}
