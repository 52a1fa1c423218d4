/* SPDX-FileCopyrightText: the certbinder authors
 * SPDX-License-Identifier: Apache-2.0 */
#include <config.h>

#include "base/mem.h"
#include "lib/maker.h"
#include "lib/unit.h"
#include "x509/der.h"
#include "x509/derout.h"
#include "x509/oid.h"
#include "x509/signature.h"

#include <string.h>

#define EXTENSION(last, octets, is_critical)                                                       \
	(struct maker_extension)                                                                   \
	{                                                                                          \
		OID_LITERAL(OID_CE(last)), span_of((octets), sizeof(octets) - 1), (is_critical)    \
	}

/* A leaf with one extension, and the defects that the reader found. */
static unsigned defects_with(const char *last, const void *value, size_t len, bool critical,
			     bool ca)
{
	uint8_t oid[] = {0x55, 0x1d, (uint8_t)last[0]};
	struct maker m = {.subject = "X", .key = maker_key(0), .ca = ca, .n_extensions = 1};
	m.extensions[0] =
		(struct maker_extension){span_of(oid, sizeof oid), span_of(value, len), critical};
	struct cert *c AUTO_CERT = maker_cert(&m);
	return c->defects;
}
#define DEFECTS(last, octets, critical, ca)                                                        \
	defects_with(last, octets, sizeof(octets) - 1, critical, ca)

static void reads_all_that_an_engine_must_see(void **state)
{
	struct cert *c AUTO_CERT = maker_cert(&(struct maker){.subject = "Alice",
							      .issuer = "Root",
							      .key = maker_key(1),
							      .signer = maker_key(0),
							      .serial = 0x1234,
							      .ca = true,
							      .path_len = 3,
							      .dns = "alice.test",
							      .client_auth = true});
	(void)state;
	assert_int_equal(c->version, 3);
	unit_assert_span(c->serial, span_of("\x12\x34", 2));
	assert_int_equal(c->not_before_s, INT64_C(1577836800));
	assert_int_equal(c->not_after_s, INT64_C(2493072000));
	assert_int_equal(c->key_type, KEY_EC);
	assert_int_equal(c->key_bits, 256);
	assert_true(c->is_ca && c->has_basic_constraints);
	assert_int_equal(c->path_len, 2);
	assert_int_equal(c->key_usage, KU_KEY_CERT_SIGN | KU_CRL_SIGN);
	unit_assert_span(c->subject_key_id, span_of(maker_key(1)->id, 8));
	unit_assert_span(c->authority_key_id, span_of(maker_key(0)->id, 8));
	assert_true(cert_matches_host(c, "ALICE.test"));
	assert_false(cert_matches_host(c, "Alice"));
	assert_true(cert_common_name_matches(c, "alice"));
	assert_true(cert_allows_purpose(c, PURPOSE_CLIENT));
	assert_false(cert_allows_purpose(c, PURPOSE_SERVER));
	assert_false(cert_is_self_issued(c));
	assert_int_equal(c->defects, 0);
	assert_false(c->has_unknown_critical);
	assert_int_equal(strlen(c->id), 64);
	assert_int_equal(strlen(c->thumbprint), 40);
	assert_int_equal(signature_hash(c->signature_algorithm), HASH_SHA2);
	assert_string_equal(signature_algorithm_name(c->signature_algorithm), "ecdsa-with-SHA256");
}

static void tells_a_true_self_signature_from_equal_names(void **state)
{
	struct cert *self AUTO_CERT =
		maker_cert(&(struct maker){.subject = "A", .key = maker_key(0)});
	struct cert *other AUTO_CERT = maker_cert(
		&(struct maker){.subject = "A", .key = maker_key(0), .signer = maker_key(1)});
	struct cert *broken AUTO_CERT = maker_cert(
		&(struct maker){.subject = "A", .key = maker_key(0), .broken_signature = true});
	(void)state;
	assert_true(cert_is_self_issued(self) && cert_is_self_signed(self));
	assert_true(cert_is_self_issued(other) && !cert_is_self_signed(other));
	assert_false(cert_is_self_signed(broken));
	assert_int_equal(cert_verify_signed_by(other, self), SIGNATURE_BAD);
}

/* Cut anywhere, with any octet changed or anything behind it: read or refused, never more. */
static void refuses_every_cut_and_whatever_follows(void **state)
{
	struct buf der AUTO_BUF = BUF_INIT;
	(void)state;
	maker_der(&(struct maker){.subject = "A", .key = maker_key(0), .dns = "a.test", .ca = true},
		  &der);
	for (size_t len = 0; len < der.len; len++) {
		struct cert *c = NULL;
		struct err e = ERR_INIT;
		assert_false(cert_parse(der.data, len, &c, &e));
		assert_null(c);
		unit_assert_reason(&e, "x509.corrupt");
	}
	struct cert *c = NULL;
	struct err e = ERR_INIT;
	buf_add_char(&der, 0);
	assert_false(cert_parse(der.data, der.len, &c, &e));
	for (size_t i = 0; i < der.len - 1; i++) {
		uint8_t was = der.data[i];
		for (int flip = 1; flip < 256; flip <<= 1) {
			struct err changed = ERR_INIT;
			der.data[i] = (uint8_t)(was ^ flip);
			if (cert_parse(der.data, der.len - 1, &c, &changed))
				cert_unref(c);
			c = NULL;
		}
		der.data[i] = was;
	}
}

static void refuses_what_is_larger_than_the_limit(void **state)
{
	struct cert *c = NULL;
	struct err e = ERR_INIT;
	uint8_t *big = mem_alloc(CERT_MAX_BYTES + 1);
	(void)state;
	assert_non_null(big);
	assert_false(cert_parse(big, CERT_MAX_BYTES + 1, &c, &e));
	assert_int_equal(e.code, ERR_LIMIT);
	mem_free(big);
}

static void marks_what_breaks_a_rule(void **state)
{
	(void)state;
	/* alternative names: blank, an address of five octets, an empty list, a relative URI, an odd mailbox */
	assert_true(DEFECTS("\x11", "\x30\x03\x82\x01 ", false, false) & CERT_DEFECT_SAN_SHAPE);
	assert_true(DEFECTS("\x11",
			    "\x30\x07\x87\x05"
			    "12345",
			    false, false) &
		    CERT_DEFECT_SAN_SHAPE);
	assert_true(DEFECTS("\x11", "\x30\x00", false, false) & CERT_DEFECT_EMPTY_EXTENSION);
	assert_true(DEFECTS("\x11", "\x30\x04\x86\x02/x", false, false) & CERT_DEFECT_SAN_SHAPE);
	assert_true(DEFECTS("\x11", "\x30\x07\x81\x05<a@b>", false, false) & CERT_DEFECT_SAN_SHAPE);
	assert_true(DEFECTS("\x11", "\x30\x05\x82\x03x-.", false, false) & CERT_DEFECT_SAN_SHAPE);
	assert_int_equal(DEFECTS("\x11",
				 "\x30\x07\x81\x05"
				 "a@b.c",
				 false, false),
			 0);
	assert_int_equal(DEFECTS("\x11", "\x30\x07\x82\x05*.b.c", false, false), 0);
	/* usage: no bit, a tenth bit, zeros at the end, signing without being a CA */
	assert_true(DEFECTS("\x0f", "\x03\x01\x00", true, false) & CERT_DEFECT_EMPTY_EXTENSION);
	assert_true(DEFECTS("\x0f", "\x03\x03\x06\x00\x40", true, false) & CERT_DEFECT_ENCODING);
	assert_true(DEFECTS("\x0f", "\x03\x02\x00\x80", true, false) & CERT_DEFECT_ENCODING);
	assert_true(DEFECTS("\x0f", "\x03\x02\x02\x04", true, false) & CERT_DEFECT_CA_FIELDS);
	assert_int_equal(DEFECTS("\x0f", "\x03\x02\x07\x80", true, false), 0);
	/* constraints: in a leaf, not critical, not a mask, a leading period */
	assert_true(DEFECTS("\x1e",
			    "\x30\x07\xa0\x05\x30\x03\x82\x01"
			    "a",
			    true, false) &
		    CERT_DEFECT_CA_FIELDS);
	assert_true(DEFECTS("\x1e",
			    "\x30\x07\xa0\x05\x30\x03\x82\x01"
			    "a",
			    false, true) &
		    CERT_DEFECT_CRITICALITY);
	assert_true(DEFECTS("\x1e", "\x30\x0e\xa0\x0c\x30\x0a\x87\x08\x0a\0\0\0\xff\0\xff\0", true,
			    true) &
		    CERT_DEFECT_CONSTRAINTS);
	assert_true(DEFECTS("\x1e", "\x30\x08\xa0\x06\x30\x04\x82\x02.a", true, true) &
		    CERT_DEFECT_CONSTRAINTS);
	assert_int_equal(DEFECTS("\x1e",
				 "\x30\x07\xa0\x05\x30\x03\x82\x01"
				 "a",
				 true, true),
			 0);
	/* policies: twice the same, a mapping from any policy, empty constraints */
	assert_true(
		DEFECTS("\x20", "\x30\x0a\x30\x03\x06\x01\x2a\x30\x03\x06\x01\x2a", false, true) &
		CERT_DEFECT_POLICIES);
	assert_true(DEFECTS("\x21", "\x30\x0b\x30\x09\x06\x04\x55\x1d\x20\x00\x06\x01\x2a", true,
			    true) &
		    CERT_DEFECT_POLICIES);
	assert_true(DEFECTS("\x24", "\x30\x00", true, true) & CERT_DEFECT_EMPTY_EXTENSION);
	/* pointers: a distribution point with reasons alone */
	assert_true(DEFECTS("\x1f", "\x30\x06\x30\x04\x81\x02\x01\x02", false, false) &
		    CERT_DEFECT_POINTERS);
	/* what does not parse */
	assert_true(DEFECTS("\x25", "\x31\x00", false, false) & CERT_DEFECT_EXTENSION_FORMAT);
	assert_true(DEFECTS("\x13", "\x30\x03\x02\x01\xff", true, false) &
		    CERT_DEFECT_EXTENSION_FORMAT);
}

static void marks_what_is_not_der(void **state)
{
	(void)state;
	assert_false(der_is_canonical(span_of("\x30\x81\x00", 3)));
	assert_false(der_is_canonical(span_of("\x02\x02\x00\x01", 4)));
	assert_false(der_is_canonical(span_of("\x01\x01\x01", 3)));
	assert_false(der_is_canonical(span_of("\x03\x02\x01\x01", 4)));
	assert_false(der_is_canonical(span_of("\x31\x06\x02\x01\x02\x02\x01\x01", 8)));
	assert_false(der_is_canonical(span_of("\x24\x03\x04\x01x", 5)));
	assert_true(der_is_canonical(span_of("\x31\x06\x02\x01\x01\x02\x01\x02", 8)));
	/* a length in two octets inside an extension */
	assert_true(DEFECTS("\x11",
			    "\x30\x81\x03\x82\x01"
			    "a",
			    false, false) &
		    CERT_DEFECT_ENCODING);
}

static void reads_times_and_marks_odd_ones(void **state)
{
	static const struct {
		int tag;
		const char *text;
		int64_t want; /* -1: refused */
		bool odd;
	} rows[] = {
		{DER_UTC_TIME, "491231235959Z", INT64_C(2524607999), false},
		{DER_UTC_TIME, "500101000000Z", INT64_C(-631152000), false},
		{DER_UTC_TIME, "4912312359Z", INT64_C(2524607940), true},
		{DER_UTC_TIME, "200101000000+0100", INT64_C(1577833200), true},
		{DER_UTC_TIME, "201301000000Z", -1, false},
		{DER_UTC_TIME, "200230000000Z", -1, false},
		{DER_UTC_TIME, "200101240000Z", -1, false},
		{DER_UTC_TIME, "20010100000Z", -1, false},
		{DER_GENERALIZED_TIME, "20500101000000Z", INT64_C(2524608000), false},
		{DER_GENERALIZED_TIME, "20491231235959Z", INT64_C(2524607999), true},
		{DER_GENERALIZED_TIME, "20500101000000.5Z", INT64_C(2524608000), true},
		{DER_GENERALIZED_TIME, "20500101000000", INT64_C(2524608000), true},
		{DER_GENERALIZED_TIME, "99991231235959Z", INT64_C(253402300799), false},
	};
	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
		struct buf der AUTO_BUF = BUF_INIT;
		int64_t t = -1;
		bool odd = false;
		der_add(&der, (unsigned)rows[i].tag, span_str(rows[i].text));
		struct der d = der_of(buf_span(&der));
		bool read = der_time(&d, &t, &odd);
		assert_int_equal(read, rows[i].want != -1);
		assert_int_equal(t, rows[i].want);
		assert_int_equal(odd, rows[i].odd);
	}
}

static void marks_serial_numbers_that_must_not_be(void **state)
{
	struct buf der AUTO_BUF = BUF_INIT;
	(void)state;
	maker_der(&(struct maker){.subject = "A", .key = maker_key(0), .serial = 0x41}, &der);
	static const uint8_t bad[] = {0x00, 0x80, 0xff};
	const uint8_t *at = memmem(der.data, der.len, "\x02\x01\x41", 3);
	assert_non_null(at);
	for (size_t i = 0; i < sizeof bad; i++) {
		struct cert *c AUTO_CERT = NULL;
		struct err e = ERR_INIT;
		der.data[at - der.data + 2] = bad[i];
		unit_assert_ok(cert_parse(der.data, der.len, &c, &e), &e);
		assert_true(c->defects & CERT_DEFECT_SERIAL);
	}
}

static void wants_a_critical_alternative_name_where_there_is_no_subject(void **state)
{
	struct cert *named AUTO_CERT =
		maker_cert(&(struct maker){.issuer = "Root", .key = maker_key(0), .dns = "a.test"});
	struct cert *nameless AUTO_CERT =
		maker_cert(&(struct maker){.issuer = "Root", .key = maker_key(0)});
	(void)state;
	assert_int_equal(named->defects, 0);
	assert_true(nameless->defects & CERT_DEFECT_SAN_SHAPE);
}

static void survives_memory_shortage_at_every_allocation(void **state)
{
	struct buf der AUTO_BUF = BUF_INIT;
	struct maker m = {.subject = "A", .key = maker_key(0), .ca = true, .n_extensions = 2};
	(void)state;
	m.extensions[0] = EXTENSION("\x1e",
				    "\x30\x07\xa0\x05\x30\x03\x82\x01"
				    "a",
				    true);
	m.extensions[1] = EXTENSION("\x20", "\x30\x05\x30\x03\x06\x01\x2a", false);
	maker_der(&m, &der);
	for (unsigned long n = 1;; n++) {
		struct cert *c = NULL;
		struct err e = ERR_INIT;
		mem_fail_at(n);
		bool read = cert_parse(der.data, der.len, &c, &e);
		mem_fail_at(0);
		if (read) {
			cert_unref(c);
			assert_true(n > 5);
			return;
		}
		assert_null(c);
		assert_int_equal(e.code, ERR_NOMEM);
	}
}

static void lists_own_their_references(void **state)
{
	struct cert_list l AUTO_CERT_LIST = CERT_LIST_INIT;
	struct err e = ERR_INIT;
	(void)state;
	for (size_t i = 0; i < 20; i++) {
		struct cert *c AUTO_CERT =
			maker_cert(&(struct maker){.subject = "A", .key = maker_key(0)});
		assert_false(cert_list_has(&l, c));
		unit_assert_ok(cert_list_add(&l, c, &e), &e);
		assert_true(cert_list_has(&l, c));
	}
	assert_int_equal(l.n, 20);
	assert_int_equal(atomic_load(&l.items[0]->refs), 1);
}

int main(void)
{
	static const struct CMUnitTest tests[] = {
		cmocka_unit_test(reads_all_that_an_engine_must_see),
		cmocka_unit_test(tells_a_true_self_signature_from_equal_names),
		cmocka_unit_test(refuses_every_cut_and_whatever_follows),
		cmocka_unit_test(refuses_what_is_larger_than_the_limit),
		cmocka_unit_test(marks_what_breaks_a_rule),
		cmocka_unit_test(marks_what_is_not_der),
		cmocka_unit_test(reads_times_and_marks_odd_ones),
		cmocka_unit_test(marks_serial_numbers_that_must_not_be),
		cmocka_unit_test(wants_a_critical_alternative_name_where_there_is_no_subject),
		cmocka_unit_test(survives_memory_shortage_at_every_allocation),
		cmocka_unit_test(lists_own_their_references),
	};
	int failed = unit_run("x509/cert", tests, ARRAY_LEN(tests));
	maker_free_keys();
	return failed;
}
