/* SPDX-FileCopyrightText: the certbinder authors
 * SPDX-License-Identifier: Apache-2.0 */
#include <config.h>

#include "base/mem.h"
#include "base/text.h"
#include "lib/maker.h"
#include "lib/unit.h"
#include "x509/cert_read.h"
#include "x509/crl_read.h"
#include "x509/der.h"
#include "x509/derout.h"
#include "x509/extension_text.h"
#include "x509/issue.h"
#include "x509/oid.h"
#include "x509/signature_algorithm.h"

/* Limits of certificates, names and lists: as many as there may be are read, one more is refused. */

/* n members of the same octets in one SEQUENCE. */
static void sequence_of(struct buf *out, size_t n, const void *member, size_t len)
{
	size_t s = der_begin(out, DER_SEQUENCE);
	for (size_t i = 0; i < n; i++)
		buf_add(out, member, len);
	der_end(out, s);
	assert_true(buf_ok(out));
}

static bool read_with(struct span oid, struct span value, struct cert **out, struct err *e)
{
	struct buf der AUTO_BUF = BUF_INIT;
	struct maker m = {.subject = "X",
			  .key = maker_key(0),
			  .ca = true,
			  .extensions = {{oid, value, false}},
			  .n_extensions = 1};
	maker_der(&m, &der);
	return cert_parse(der.data, der.len, out, e);
}

/* The certificate has this extension, of n members and then of one more. */
static void assert_most_members(struct span oid, size_t n, const void *member, size_t len)
{
	for (size_t more = 0; more < 2; more++) {
		struct buf value AUTO_BUF = BUF_INIT;
		struct cert *c AUTO_CERT = NULL;
		struct err e = ERR_INIT;
		sequence_of(&value, n + more, member, len);
		assert_int_equal(read_with(oid, buf_span(&value), &c, &e), more == 0);
		assert_int_equal(e.code, more == 0 ? ERR_OK : ERR_LIMIT);
	}
}

static void purposes_and_policies_of_a_certificate(void **state)
{
	(void)state;
	assert_most_members(OID_LITERAL(OID_CE("\x25")), CERT_OIDS_MAX, "\x06\x01\x2a", 3);
	assert_most_members(OID_LITERAL(OID_CE("\x20")), CERT_OIDS_MAX, "\x30\x03\x06\x01\x2a", 5);
	assert_most_members(OID_LITERAL(OID_CE("\x21")), CERT_OIDS_MAX,
			    "\x30\x06\x06\x01\x2a\x06\x01\x2b", 8);
}

static void names_and_addresses_of_a_certificate(void **state)
{
	static const char uri[] = "\x30\x0d\x06\x08\x2b\x06\x01\x05\x05\x07\x30\x01\x86\x01x";
	(void)state;
	assert_most_members(OID_LITERAL(OID_CE("\x11")), GENERAL_NAMES_MAX, "\x82\x01x", 3);
	assert_most_members(OID_LITERAL(OID_PKIX("\x01\x01")), GENERAL_NAMES_MAX, uri,
			    sizeof uri - 1);
}

static void constraints_of_a_certificate(void **state)
{
	(void)state;
	for (size_t more = 0; more < 2; more++) {
		struct buf value AUTO_BUF = BUF_INIT;
		struct cert *c AUTO_CERT = NULL;
		struct err e = ERR_INIT;
		size_t s = der_begin(&value, DER_SEQUENCE);
		for (int tag = 0; tag < 2; tag++) { /* permitted and excluded count together */
			size_t list = der_begin(&value, (unsigned)DER_CONTEXT_CONSTRUCTED(tag));
			for (size_t i = 0; i < GENERAL_NAMES_MAX / 2 + (tag == 1 ? more : 0); i++)
				buf_add(&value, "\x30\x03\x82\x01x", 5);
			der_end(&value, list);
		}
		der_end(&value, s);
		assert_int_equal(read_with(OID_LITERAL(OID_CE("\x1e")), buf_span(&value), &c, &e),
				 more == 0);
		assert_int_equal(e.code, more == 0 ? ERR_OK : ERR_LIMIT);
	}
}

static void extensions_of_a_certificate(void **state)
{
	(void)state;
	for (size_t more = 0; more < 2; more++) {
		struct buf extensions AUTO_BUF = BUF_INIT, der AUTO_BUF = BUF_INIT;
		struct cert *c AUTO_CERT = NULL;
		struct err e = ERR_INIT;
		for (size_t i = 0; i < CERT_EXTENSIONS_MAX + more; i++) {
			uint8_t x[] = {0x30, 0x08, 0x06, 0x03, 0x2a, 0x03, 0, 0x04, 0x01, 0};
			x[6] = i & 0x7f;
			x[4] = i < 0x80 ? 0x2a : 0x2b;
			buf_add(&extensions, x, sizeof x);
		}
		maker_der(&(struct maker){.subject = "X",
					  .key = maker_key(0),
					  .no_key_ids = true,
					  .more_extensions = buf_span(&extensions)},
			  &der);
		assert_int_equal(cert_parse(der.data, der.len, &c, &e), more == 0);
		assert_int_equal(e.code, more == 0 ? ERR_OK : ERR_LIMIT);
		if (c != NULL)
			assert_int_equal(c->n_extensions, CERT_EXTENSIONS_MAX);
	}
}

static void attributes_of_one_relative_name(void **state)
{
	(void)state;
	for (size_t more = 0; more < 2; more++) {
		struct buf d AUTO_BUF = BUF_INIT;
		struct name n AUTO(name_clear) = {.n_rdns = 0};
		struct err e = ERR_INIT;
		size_t name = der_begin(&d, DER_SEQUENCE), rdn = der_begin(&d, DER_SET);
		for (size_t i = 0; i < NAME_ATTRIBUTE_MAX + more; i++)
			buf_add(&d, "\x30\x08\x06\x03\x55\x04\x03\x0c\x01x", 10);
		der_end(&d, rdn);
		der_end(&d, name);
		assert_int_equal(name_parse(buf_span(&d), &n, &e), more == 0);
		assert_int_equal(e.code, more == 0 ? ERR_OK : ERR_LIMIT);
	}
}

static void arcs_of_an_identifier_that_is_shown(void **state)
{
	uint8_t oid[OID_TEXT_ARCS_MAX + 1];
	(void)state;
	memset(oid, 0x2a, sizeof oid);
	for (size_t more = 0; more < 2; more++) {
		struct buf text AUTO_BUF = BUF_INIT;
		oid_text(span_of(oid, OID_TEXT_ARCS_MAX + more), &text);
		assert_int_equal(strstr(buf_str(&text), "...") != NULL, more == 1);
		assert_int_equal(text.len, strlen("1.2") + 3 * (OID_TEXT_ARCS_MAX - 1) + 3 * more);
	}
}

static void lines_of_an_extension_that_is_shown(void **state)
{
	(void)state;
	for (size_t more = 0; more < 2; more++) {
		struct buf value AUTO_BUF = BUF_INIT, text AUTO_BUF = BUF_INIT;
		struct cert *c AUTO_CERT = NULL;
		struct err e = ERR_INIT;
		size_t n_lines = 0;
		sequence_of(&value, EXTENSION_LINES_MAX + more, "\x82\x01x", 3);
		unit_assert_ok(read_with(OID_LITERAL(OID_CE("\x11")), buf_span(&value), &c, &e),
			       &e);
		assert_true(extension_text(c, c->n_extensions - 1, &text));
		for (size_t i = 0; i < text.len; i++)
			n_lines += text.data[i] == '\n';
		assert_int_equal(n_lines, EXTENSION_LINES_MAX + more);
		assert_int_equal(strstr(buf_str(&text), "\n... and 1 more\n") != NULL, more == 1);
	}
}

static void characters_of_a_common_name(void **state)
{
	(void)state;
	for (size_t more = 0; more < 2; more++) {
		struct buf name AUTO_BUF = BUF_INIT, der AUTO_BUF = BUF_INIT;
		struct err e = ERR_INIT;
		for (size_t i = 0; i < ISSUE_COMMON_NAME_MAX + more; i++)
			buf_add_str(&name, "\xc3\xa4"); /* characters are counted, not octets */
		struct issue_params p = {.common_name = buf_str(&name)};
		const char *host = "host.test";
		p.dns_names = &host;
		p.n_dns_names = 1;
		assert_int_equal(csr_make(&maker_key(0)->pkcs8, &p, &der, &e), more == 0);
		assert_int_equal(e.code, more == 0 ? ERR_OK : ERR_INVALID);
	}
}

static void nesting_of_canonical_der(void **state)
{
	(void)state;
	for (size_t more = 0; more < 2; more++) {
		uint8_t der[2 * (DER_DEPTH_MAX + 1)];
		size_t n = DER_DEPTH_MAX + more;
		for (size_t i = 0; i < n; i++) {
			der[2 * i] = DER_SEQUENCE;
			der[2 * i + 1] = (uint8_t)(2 * (n - i - 1));
		}
		assert_int_equal(der_is_canonical(span_of(der, 2 * n)), more == 0);
	}
}

static void size_of_a_revocation_list(void **state)
{
	uint8_t *big AUTO_MEM = mem_array(CRL_MAX_BYTES + 1, 1);
	(void)state;
	assert_non_null(big);
	for (size_t more = 0; more < 2; more++) {
		struct crl *l = NULL;
		struct err e = ERR_INIT;
		assert_false(crl_parse(big, CRL_MAX_BYTES + more, &l, &e));
		assert_int_equal(e.code, more == 0 ? ERR_FORMAT : ERR_LIMIT);
	}
}

static void entries_of_a_revocation_list(void **state)
{
	static const char entry[] = "\x30\x12\x02\x01\x07\x17\x0d"
				    "250101000000Z";
	struct buf list AUTO_BUF = {.max = CRL_MAX_BYTES};
	(void)state;
	for (size_t i = 0; i <= CRL_ENTRIES_MAX; i++)
		buf_add(&list, entry, sizeof entry - 1);
	assert_true(buf_ok(&list));
	struct crl *l = mem_new(struct crl);
	struct err e = ERR_INIT;
	atomic_init(&l->refs, 1);
	assert_false(crl_read_entries(l, der_of(buf_span(&list)), &e));
	assert_int_equal(e.code, ERR_LIMIT);
	assert_int_equal(l->n_entries, 0);
	e = (struct err)ERR_INIT;
	list.len -= sizeof entry - 1;
	unit_assert_ok(crl_read_entries(l, der_of(buf_span(&list)), &e), &e);
	assert_int_equal(l->n_entries, CRL_ENTRIES_MAX);
	crl_unref(l);
}

static void size_of_an_rsa_public_key(void **state)
{
	static const struct {
		size_t modulus, exponent;
		bool read;
	} rows[] = {{RSA_MODULUS_MAX_BYTES, RSA_EXPONENT_MAX_BYTES, true},
		    {RSA_MODULUS_MAX_BYTES + 1, RSA_EXPONENT_MAX_BYTES, false},
		    {RSA_MODULUS_MAX_BYTES, RSA_EXPONENT_MAX_BYTES + 1, false}};
	uint8_t number[RSA_MODULUS_MAX_BYTES + 1];
	(void)state;
	memset(number, 0xff, sizeof number);
	for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
		struct buf der AUTO_BUF = BUF_INIT;
		struct span n, e;
		size_t s = der_begin(&der, DER_SEQUENCE);
		der_integer(&der, span_of(number, rows[i].modulus));
		der_integer(&der, span_of(number, rows[i].exponent));
		der_end(&der, s);
		assert_int_equal(rsa_public_key_read(buf_span(&der), &n, &e), rows[i].read);
	}
}

int main(void)
{
	static const struct CMUnitTest tests[] = {
		cmocka_unit_test(purposes_and_policies_of_a_certificate),
		cmocka_unit_test(names_and_addresses_of_a_certificate),
		cmocka_unit_test(constraints_of_a_certificate),
		cmocka_unit_test(extensions_of_a_certificate),
		cmocka_unit_test(attributes_of_one_relative_name),
		cmocka_unit_test(arcs_of_an_identifier_that_is_shown),
		cmocka_unit_test(lines_of_an_extension_that_is_shown),
		cmocka_unit_test(characters_of_a_common_name),
		cmocka_unit_test(nesting_of_canonical_der),
		cmocka_unit_test(size_of_a_revocation_list),
		cmocka_unit_test(entries_of_a_revocation_list),
		cmocka_unit_test(size_of_an_rsa_public_key),
	};
	int failed = unit_run("x509/limits_cert", tests, ARRAY_LEN(tests));
	maker_free_keys();
	return failed;
}
