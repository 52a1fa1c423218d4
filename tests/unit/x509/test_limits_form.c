/* SPDX-FileCopyrightText: the certbinder authors
 * SPDX-License-Identifier: Apache-2.0 */
#include <config.h>

#include "base/mem.h"
#include "lib/maker.h"
#include "lib/unit.h"
#include "x509/ber.h"
#include "x509/crl_read.h"
#include "x509/csr.h"
#include "x509/der.h"
#include "x509/derout.h"
#include "x509/key.h"
#include "x509/key_forms.h"
#include "x509/oid.h"
#include "x509/p7b.h"
#include "x509/signature_algorithm.h"

#include <string.h>

/* Limits that stand beside the code that they are of, of requests, lists, keys and names, from both sides. */
#define CRL_EXTENSIONS_MAX 64 /* x509/crl_extensions.c */
#define SALT_MAX 512	      /* x509/signature_algorithm.c */
#define DNS_NAME_MAX 253      /* x509/cert_shape.c */
#define DNS_LABEL_MAX 63

static void size_of_a_request(void **state)
{
	uint8_t *big AUTO_MEM = mem_array(CSR_MAX_BYTES + 1, 1);
	(void)state;
	assert_non_null(big);
	for (size_t more = 0; more < 2; more++) {
		struct csr c AUTO_CSR = CSR_INIT;
		struct err e = ERR_INIT;
		assert_false(csr_parse(span_of(big, CSR_MAX_BYTES + more), &c, &e));
		assert_int_equal(e.code, more == 0 ? ERR_FORMAT : ERR_LIMIT);
		assert_int_equal(err_is(&e, "limit.body"), more == 1);
	}
}

static void size_of_a_p7b(void **state)
{
	uint8_t *big AUTO_MEM = mem_array(P7B_MAX_BYTES + 1, 1);
	(void)state;
	assert_non_null(big);
	for (size_t more = 0; more < 2; more++) {
		struct bag b AUTO_BAG = BAG_INIT;
		struct err e = ERR_INIT;
		assert_false(p7b_read(span_of(big, P7B_MAX_BYTES + more), &b, &e));
		assert_int_equal(err_is(&e, "limit.body"), more == 1);
	}
}

static void extensions_of_a_revocation_list(void **state)
{
	(void)state;
	for (size_t more = 0; more < 2; more++) {
		struct buf der AUTO_BUF = BUF_INIT;
		struct crl *l = mem_new(struct crl);
		struct err e = ERR_INIT;
		atomic_init(&l->refs, 1);
		for (size_t i = 0; i < CRL_EXTENSIONS_MAX + more; i++) {
			const uint8_t oid[] = {0x2a, 0x03, (uint8_t)i};
			size_t s = der_begin(&der, DER_SEQUENCE);
			der_oid(&der, span_of(oid, sizeof oid));
			der_octets(&der, span_str("nobody knows it"));
			der_end(&der, s);
		}
		assert_int_equal(crl_read_extensions(l, der_of(buf_span(&der)), &e), more == 0);
		assert_int_equal(e.code, more == 0 ? ERR_OK : ERR_LIMIT);
		crl_unref(l);
	}
}

static void octets_of_the_salt_of_a_signature(void **state)
{
	static const struct span pss = OID_SPAN("\x2a\x86\x48\x86\xf7\x0d\x01\x01\x0a");
	(void)state;
	for (unsigned more = 0; more < 2; more++) {
		struct buf der AUTO_BUF = BUF_INIT;
		struct signature_algorithm a;
		size_t s = der_begin(&der, DER_SEQUENCE), params, salt;
		der_oid(&der, pss);
		params = der_begin(&der, DER_SEQUENCE);
		salt = der_begin(&der, DER_CONTEXT_CONSTRUCTED(2));
		der_uint(&der, SALT_MAX + more);
		der_end(&der, salt);
		der_end(&der, params);
		der_end(&der, s);
		assert_int_equal(signature_algorithm_read(buf_span(&der), &a), more == 0);
		if (more == 0)
			assert_int_equal(a.salt_len, SALT_MAX);
	}
}

/* The numbers of an RSA key that fit nothing: its size is looked at before them. */
static void bits_of_the_smallest_rsa_key(void **state)
{
	uint8_t number[KEY_RSA_BITS_MIN / 8];
	(void)state;
	for (unsigned less = 0; less < 2; less++) {
		struct buf der AUTO_BUF = BUF_INIT;
		struct secret key AUTO_SECRET = SECRET_INIT;
		struct key_info info;
		struct err e = ERR_INIT;
		size_t s = der_begin(&der, BER_SEQUENCE);
		memset(number, 0xff, sizeof number);
		number[0] = (uint8_t)(0xff >> less);
		der_uint(&der, 0);
		der_integer(&der, span_of(number, sizeof number));
		for (int i = 0; i < 7; i++)
			der_uint(&der, 3);
		der_end(&der, s);
		assert_false(key_read(buf_span(&der), NULL, NULL, NULL, &key, &info, &e));
		unit_assert_reason(&e, less == 0 ? "key.corrupt" : "x509.unsupported_key");
	}
}

static bool is_sound(const char *name)
{
	struct buf names AUTO_BUF = BUF_INIT;
	size_t s = der_begin(&names, DER_SEQUENCE);
	der_add(&names, DER_CONTEXT(GN_DNS), span_str(name));
	der_end(&names, s);
	struct maker m = {.subject = "X", .key = maker_key(0), .n_extensions = 1};
	m.extensions[0] =
		(struct maker_extension){OID_LITERAL(OID_CE("\x11")), buf_span(&names), false};
	struct cert *c AUTO_CERT = maker_cert(&m);
	return (c->defects & CERT_DEFECT_SAN_SHAPE) == 0;
}

static void octets_of_a_dns_name_and_of_its_labels(void **state)
{
	char name[DNS_NAME_MAX + 2];
	(void)state;
	for (size_t more = 0; more < 2; more++) {
		memset(name, 'a', sizeof name);
		for (size_t i = 50; i < DNS_NAME_MAX - 1; i += 51)
			name[i] = '.';
		name[DNS_NAME_MAX + more] = '\0';
		assert_int_equal(is_sound(name), more == 0);
		memset(name, 'a', sizeof name);
		memcpy(name + DNS_LABEL_MAX + more, ".test", 6);
		assert_int_equal(is_sound(name), more == 0);
	}
}

int main(void)
{
	static const struct CMUnitTest tests[] = {
		cmocka_unit_test(size_of_a_request),
		cmocka_unit_test(size_of_a_p7b),
		cmocka_unit_test(extensions_of_a_revocation_list),
		cmocka_unit_test(octets_of_the_salt_of_a_signature),
		cmocka_unit_test(bits_of_the_smallest_rsa_key),
		cmocka_unit_test(octets_of_a_dns_name_and_of_its_labels),
	};
	int failed = unit_run("x509/limits_form", tests, ARRAY_LEN(tests));
	maker_free_keys();
	return failed;
}
