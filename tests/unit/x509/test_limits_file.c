/* SPDX-FileCopyrightText: the certbinder authors
 * SPDX-License-Identifier: Apache-2.0 */
#include <config.h>

#include "base/mem.h"
#include "lib/maker.h"
#include "lib/unit.h"
#include "x509/bag.h"
#include "x509/ber.h"
#include "x509/cms.h"
#include "x509/derout.h"
#include "x509/key.h"
#include "x509/key_forms.h"
#include "x509/oid.h"
#include "x509/pbe.h"
#include "x509/pem.h"

/* Limits of containers: as much as there may be is read, one more is refused. */

static void certificates_of_one_file(void **state)
{
	struct bag b AUTO_BAG = BAG_INIT;
	struct buf der AUTO_BUF = BUF_INIT;
	struct err e = ERR_INIT;
	(void)state;
	maker_der(&(struct maker){.subject = "X", .key = maker_key(0), .serial = 0x01010101}, &der);
	uint8_t *serial = memmem(der.data, der.len, "\x02\x04\x01\x01\x01\x01", 6);
	assert_non_null(serial);
	for (size_t i = 0; i <= BAG_MEMBERS_MAX; i++) {
		struct cert *c AUTO_CERT = NULL;
		serial[4] = (uint8_t)(i >> 8);
		serial[5] = (uint8_t)i;
		unit_assert_ok(cert_parse(der.data, der.len, &c, &e), &e);
		assert_int_equal(bag_add_cert(&b, c, "", &e), i < BAG_MEMBERS_MAX);
	}
	assert_int_equal(e.code, ERR_LIMIT);
	assert_int_equal(b.certs.n, BAG_MEMBERS_MAX);
}

static void keys_of_one_file(void **state)
{
	struct bag b AUTO_BAG = BAG_INIT;
	struct err e = ERR_INIT;
	struct key_info info = {.bits = 256};
	(void)state;
	for (size_t i = 0; i <= BAG_MEMBERS_MAX; i++) {
		struct secret s AUTO_SECRET = SECRET_INIT;
		unit_assert_ok(secret_set(&s, &i, sizeof i, &e), &e);
		assert_int_equal(bag_add_key(&b, &s, &info, "", &e), i < BAG_MEMBERS_MAX);
	}
	assert_int_equal(e.code, ERR_LIMIT);
	assert_int_equal(b.n_keys, BAG_MEMBERS_MAX);
}

static void lists_of_one_file(void **state)
{
	struct bag b AUTO_BAG = BAG_INIT;
	struct err e = ERR_INIT;
	struct crl *made = maker_crl(&(struct maker_crl){.issuer = "X", .signer = maker_key(0)});
	(void)state;
	for (size_t i = 0; i <= BAG_MEMBERS_MAX; i++) {
		struct crl *l = NULL;
		made->der[made->der_len - 1] = (uint8_t)i; /* the end of its signature */
		made->der[made->der_len - 2] = (uint8_t)(i >> 8);
		unit_assert_ok(crl_parse(made->der, made->der_len, &l, &e), &e);
		assert_int_equal(bag_add_crl(&b, l, &e), i < BAG_MEMBERS_MAX);
		crl_unref(l);
	}
	assert_int_equal(e.code, ERR_LIMIT);
	assert_int_equal(b.n_crls, BAG_MEMBERS_MAX);
	crl_unref(made);
}

static void nesting_of_indefinite_lengths(void **state)
{
	(void)state;
	for (size_t more = 0; more < 2; more++) {
		struct buf ber AUTO_BUF = BUF_INIT;
		struct ber_item item;
		for (size_t i = 0; i < BER_DEPTH_MAX + more; i++)
			buf_add(&ber, "\x30\x80", 2);
		for (size_t i = 0; i < BER_DEPTH_MAX + more; i++)
			buf_add(&ber, "\0\0", 2);
		struct span in = buf_span(&ber);
		assert_int_equal(ber_next(&in, &item), more == 0);
	}
}

static void nesting_of_strings_in_pieces(void **state)
{
	(void)state;
	for (size_t more = 0; more < 2; more++) {
		struct buf ber AUTO_BUF = BUF_INIT, store AUTO_BUF = BUF_INIT;
		size_t n = BER_DEPTH_MAX + more;
		struct span out;
		for (size_t i = 0; i < n; i++) {
			buf_add_char(&ber, BER_OCTETS | BER_CONSTRUCTED);
			buf_add_char(&ber, (char)(2 * (n - i - 1) + 3));
		}
		buf_add(&ber, "\x04\x01x", 3);
		struct span in = buf_span(&ber);
		assert_int_equal(ber_octets(&in, BER_OCTETS, &store, &out), more == 0);
	}
}

/* A signature as far as its certificates, n times the same one, and a signer that is not there. */
static void write_cms(struct buf *out, size_t n)
{
	static const struct span of_data = OID_SPAN("\x2a\x86\x48\x86\xf7\x0d\x01\x07\x01"),
				 of_signed = OID_SPAN("\x2a\x86\x48\x86\xf7\x0d\x01\x07\x02");
	struct buf cert AUTO_BUF = BUF_INIT;
	maker_der(&(struct maker){.subject = "X", .key = maker_key(0)}, &cert);
	size_t info = der_begin(out, BER_SEQUENCE);
	der_oid(out, of_signed);
	size_t content = der_begin(out, BER_EXPLICIT_0), body = der_begin(out, BER_SEQUENCE);
	der_uint(out, 1);
	der_add(out, BER_SET, span_of("", 0));
	size_t encapsulated = der_begin(out, BER_SEQUENCE);
	der_oid(out, of_data);
	der_end(out, encapsulated);
	size_t certs = der_begin(out, BER_EXPLICIT_0);
	for (size_t i = 0; i < n; i++)
		buf_add_span(out, buf_span(&cert));
	der_end(out, certs);
	size_t signers = der_begin(out, BER_SET), signer = der_begin(out, BER_SEQUENCE);
	der_uint(out, 3);
	der_add(out, BER_PRIMITIVE_0, span_str("nobody"));
	der_end(out, signer);
	der_end(out, signers);
	der_end(out, body);
	der_end(out, content);
	der_end(out, info);
	assert_true(buf_ok(out));
}

static void certificates_of_a_signature(void **state)
{
	(void)state;
	for (size_t more = 0; more < 2; more++) {
		struct buf file AUTO_BUF = BUF_INIT;
		struct cms m AUTO_CMS = CMS_INIT;
		struct err e = ERR_INIT;
		write_cms(&file, CMS_CERTS_MAX + more);
		assert_false(cms_read(buf_span(&file), &m, &e));
		if (more == 0) /* all were read */
			unit_assert_reason(&e, "cms.no_signer");
		else
			assert_int_equal(e.code, ERR_LIMIT);
	}
}

static void size_of_a_signature(void **state)
{
	uint8_t *big AUTO_MEM = mem_array(CMS_MAX_BYTES + 1, 1);
	(void)state;
	for (size_t more = 0; more < 2; more++) {
		struct cms m AUTO_CMS = CMS_INIT;
		struct err e = ERR_INIT;
		assert_false(cms_read(span_of(big, CMS_MAX_BYTES + more), &m, &e));
		unit_assert_reason(&e, more == 0 ? "cms.corrupt" : "limit.body");
	}
}

/* The numbers of an RSA key that fit nothing: its size is looked at before them. */
static void bits_of_an_rsa_key(void **state)
{
	uint8_t number[KEY_RSA_BITS_MAX / 8 + 1];
	(void)state;
	memset(number, 0xff, sizeof number);
	for (size_t more = 0; more < 2; more++) {
		struct buf der AUTO_BUF = BUF_INIT;
		struct secret key AUTO_SECRET = SECRET_INIT;
		struct key_info info;
		struct err e = ERR_INIT;
		size_t s = der_begin(&der, BER_SEQUENCE);
		der_uint(&der, 0);
		der_integer(&der, span_of(number, KEY_RSA_BITS_MAX / 8 + more));
		for (int i = 0; i < 7; i++)
			der_uint(&der, 3);
		der_end(&der, s);
		assert_false(key_read(buf_span(&der), NULL, NULL, NULL, &key, &info, &e));
		unit_assert_reason(&e, more == 0 ? "key.corrupt" : "x509.unsupported_key");
	}
}

static void octets_of_a_salt(void **state)
{
	static const struct span one_piece = OID_SPAN("\x2a\x86\x48\x86\xf7\x0d\x01\x0c\x01\x03");
	uint8_t salt[PBE_SALT_MAX + 1] = {0};
	(void)state;
	for (size_t more = 0; more < 2; more++) {
		struct buf der AUTO_BUF = BUF_INIT;
		struct pbkdf2_params k;
		struct pbe p;
		struct err e = ERR_INIT, e2 = ERR_INIT;
		size_t s = der_begin(&der, BER_SEQUENCE);
		der_octets(&der, span_of(salt, PBE_SALT_MAX + more));
		der_uint(&der, 1000);
		der_end(&der, s);
		struct ber_algorithm a = {one_piece, buf_span(&der)};
		assert_int_equal(pbkdf2_params_parse(buf_span(&der), &pbe_codes_pfx, &k, &e),
				 more == 0);
		assert_int_equal(pbe_parse(&a, &pbe_codes_pfx, &p, &e2), more == 0);
		if (more == 1) {
			unit_assert_reason(&e, "pfx.corrupt");
			unit_assert_reason(&e2, "pfx.corrupt");
		}
	}
}

static void scrypt_of(struct buf *out, uint64_t n, uint64_t r)
{
	static const struct span pbes2_scrypt = OID_SPAN("\x2b\x06\x01\x04\x01\xda\x47\x04\x0b"),
				 aes256 = OID_SPAN("\x60\x86\x48\x01\x65\x03\x04\x01\x2a");
	size_t both = der_begin(out, BER_SEQUENCE), kdf = der_begin(out, BER_SEQUENCE);
	der_oid(out, pbes2_scrypt);
	size_t s = der_begin(out, BER_SEQUENCE);
	der_octets(out, span_str("salt"));
	der_uint(out, n);
	der_uint(out, r);
	der_uint(out, 1);
	der_end(out, s);
	der_end(out, kdf);
	size_t cipher = der_begin(out, BER_SEQUENCE);
	der_oid(out, aes256);
	der_octets(out, span_str("0123456789abcdef"));
	der_end(out, cipher);
	der_end(out, both);
}

static void memory_of_one_scrypt(void **state)
{
	static const struct span pbes2 = OID_SPAN("\x2a\x86\x48\x86\xf7\x0d\x01\x05\x0d");
	(void)state;
	for (unsigned more = 0; more < 2; more++) {
		struct buf der AUTO_BUF = BUF_INIT;
		struct pbe p;
		struct err e = ERR_INIT;
		scrypt_of(&der, PBE_SCRYPT_BYTES_MAX / 128 / 8, 8 + more);
		struct ber_algorithm a = {pbes2, buf_span(&der)};
		assert_int_equal(pbe_parse(&a, &pbe_codes_key, &p, &e), more == 0);
		assert_int_equal(e.code, more == 0 ? ERR_OK : ERR_LIMIT);
	}
	/* few blocks, but huge ones: the working space beside the table is the larger part */
	struct buf der AUTO_BUF = BUF_INIT;
	struct pbe p;
	struct err e = ERR_INIT;
	scrypt_of(&der, 2, PBE_SCRYPT_BYTES_MAX / 128 / 2);
	struct ber_algorithm a = {pbes2, buf_span(&der)};
	assert_false(pbe_parse(&a, &pbe_codes_key, &p, &e));
	assert_int_equal(e.code, ERR_LIMIT);
}

static void length_of_a_pem_label(void **state)
{
	(void)state;
	for (int more = 0; more < 2; more++) {
		struct buf text AUTO_BUF = BUF_INIT;
		struct pem p AUTO_PEM = {.n = 0};
		struct err e = ERR_INIT;
		char label[PEM_LABEL_MAX_BYTES + 1] = {0};
		memset(label, 'X', (size_t)(PEM_LABEL_MAX_BYTES - 1 + more));
		buf_printf(&text, "-----BEGIN %s-----\nAQIDBA==\n-----END %s-----\n", label, label);
		assert_int_equal(pem_read(buf_span(&text), &p, &e), more == 0);
		if (more == 0)
			assert_string_equal(p.members[0].label, label);
		else
			unit_assert_reason(&e, "pem.corrupt");
	}
}

int main(void)
{
	static const struct CMUnitTest tests[] = {
		cmocka_unit_test(certificates_of_one_file),
		cmocka_unit_test(keys_of_one_file),
		cmocka_unit_test(lists_of_one_file),
		cmocka_unit_test(nesting_of_indefinite_lengths),
		cmocka_unit_test(nesting_of_strings_in_pieces),
		cmocka_unit_test(certificates_of_a_signature),
		cmocka_unit_test(size_of_a_signature),
		cmocka_unit_test(bits_of_an_rsa_key),
		cmocka_unit_test(octets_of_a_salt),
		cmocka_unit_test(memory_of_one_scrypt),
		cmocka_unit_test(length_of_a_pem_label),
	};
	int failed = unit_run("x509/limits_file", tests, ARRAY_LEN(tests));
	maker_free_keys();
	return failed;
}
