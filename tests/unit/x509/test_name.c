/* SPDX-FileCopyrightText: the certbinder authors
 * SPDX-License-Identifier: Apache-2.0 */
#include <config.h>

#include "lib/unit.h"

#include "x509/der.h"
#include "x509/derout.h"
#include "x509/name.h"
#include "x509/oid.h"

#include <string.h>

/* A name of one attribute with this string type. */
static void one(struct buf *out, int tag, const void *value, size_t len)
{
	buf_reset(out);
	size_t name = der_begin(out, DER_SEQUENCE), rdn = der_begin(out, DER_SET);
	size_t attribute = der_begin(out, DER_SEQUENCE);
	der_oid(out, OID_LITERAL(OID_X520("\x03")));
	der_add(out, (unsigned)tag, span_of(value, len));
	der_end(out, attribute);
	der_end(out, rdn);
	der_end(out, name);
}

static bool equal(int tag_a, const char *a, size_t len_a, int tag_b, const char *b, size_t len_b)
{
	struct buf da AUTO_BUF = BUF_INIT, db AUTO_BUF = BUF_INIT;
	struct name na AUTO(name_clear) = {.n_rdns = 0}, nb AUTO(name_clear) = {.n_rdns = 0};
	struct err e = ERR_INIT;
	one(&da, tag_a, a, len_a);
	one(&db, tag_b, b, len_b);
	unit_assert_ok(name_parse(buf_span(&da), &na, &e), &e);
	unit_assert_ok(name_parse(buf_span(&db), &nb, &e), &e);
	return name_equal(&na, &nb);
}
#define EQUAL(ta, a, tb, b) equal(ta, a, sizeof(a) - 1, tb, b, sizeof(b) - 1)

static void compares_without_regard_to_case_spaces_and_string_type(void **state)
{
	(void)state;
	assert_true(EQUAL(DER_UTF8, "Example CA", DER_PRINTABLE, "example ca"));
	assert_true(EQUAL(DER_UTF8, "  Example   CA ", DER_IA5, "Example CA"));
	assert_true(EQUAL(DER_BMP, "\0E\0x\0\xe4", DER_UTF8, "eX\xc3\x84"));
	assert_true(EQUAL(DER_T61, "M\xfcller", DER_UTF8, "M\xc3\x9cLLER"));
	assert_true(EQUAL(DER_UTF8, "\xd0\x9a\xd0\xbb", DER_UTF8, "\xd0\xba\xd0\x9b"));
	assert_false(EQUAL(DER_UTF8, "Example CA", DER_UTF8, "ExampleCA"));
	assert_false(EQUAL(DER_UTF8, "Example", DER_UTF8, "Example\0"));
	assert_false(EQUAL(DER_UTF8, "Example\0A", DER_UTF8, "Example\0B"));
}

static void compares_broken_text_by_its_octets(void **state)
{
	(void)state;
	assert_true(EQUAL(DER_UTF8, "\xff\xfe", DER_UTF8, "\xff\xfe"));
	assert_false(EQUAL(DER_UTF8, "\xff\xfe", DER_T61, "\xff\xfe"));
	assert_false(EQUAL(DER_OCTET_STRING, "a", DER_UTF8, "a"));
}

/* C=DE, then O=..., then two attributes in one relative name, in the order asked for. */
static void big(struct buf *out, bool swapped, size_t n_rdns)
{
	static const char *const oids[] = {OID_X520("\x06"), OID_X520("\x0a")};
	static const char *const values[] = {"DE", "Example"};
	buf_reset(out);
	size_t name = der_begin(out, DER_SEQUENCE);
	for (size_t i = 0; i < 2 && i < n_rdns; i++) {
		size_t rdn = der_begin(out, DER_SET), a = der_begin(out, DER_SEQUENCE);
		der_oid(out, span_of(oids[i], 3));
		der_add(out, DER_PRINTABLE, span_str(values[i]));
		der_end(out, a);
		der_end(out, rdn);
	}
	if (n_rdns > 2) {
		size_t rdn = der_begin(out, DER_SET);
		for (int i = 0; i < 2; i++) {
			bool cn = (i == 0) != swapped;
			size_t a = der_begin(out, DER_SEQUENCE);
			der_oid(out,
				cn ? OID_LITERAL(OID_X520("\x03")) : OID_LITERAL(OID_X520("\x05")));
			der_add(out, DER_UTF8, span_str(cn ? "Jo, \"x\" #1\n" : "42"));
			der_end(out, a);
		}
		der_end(out, rdn);
	}
	der_end(out, name);
}

static void takes_the_attributes_of_one_rdn_in_any_order(void **state)
{
	struct buf da AUTO_BUF = BUF_INIT, db AUTO_BUF = BUF_INIT;
	struct name a AUTO(name_clear) = {.n_rdns = 0}, b AUTO(name_clear) = {.n_rdns = 0};
	struct err e = ERR_INIT;
	(void)state;
	big(&da, false, 3);
	big(&db, true, 3);
	unit_assert_ok(name_parse(buf_span(&da), &a, &e) && name_parse(buf_span(&db), &b, &e), &e);
	assert_true(name_equal(&a, &b));
	assert_int_equal(a.n_rdns, 3);
	assert_int_equal(a.n_attributes, 4);
}

static void is_within_names_that_are_its_first_relative_names(void **state)
{
	struct buf d3 AUTO_BUF = BUF_INIT, d2 AUTO_BUF = BUF_INIT, d0 AUTO_BUF = BUF_INIT;
	struct name n3 AUTO(name_clear) = {.n_rdns = 0}, n2 AUTO(name_clear) = {.n_rdns = 0};
	struct name n0 AUTO(name_clear) = {.n_rdns = 0};
	struct err e = ERR_INIT;
	(void)state;
	big(&d3, false, 3);
	big(&d2, false, 2);
	big(&d0, false, 0);
	unit_assert_ok(name_parse(buf_span(&d3), &n3, &e) && name_parse(buf_span(&d2), &n2, &e) &&
			       name_parse(buf_span(&d0), &n0, &e),
		       &e);
	assert_true(name_is_within(&n3, &n2));
	assert_true(name_is_within(&n3, &n0));
	assert_true(name_is_within(&n2, &n2));
	assert_false(name_is_within(&n2, &n3));
	assert_true(name_is_empty(&n0));
}

static void writes_names_most_specific_first_and_escapes(void **state)
{
	struct buf d AUTO_BUF = BUF_INIT, text AUTO_BUF = BUF_INIT, cn AUTO_BUF = BUF_INIT;
	struct name n AUTO(name_clear) = {.n_rdns = 0};
	struct err e = ERR_INIT;
	(void)state;
	big(&d, false, 3);
	unit_assert_ok(name_parse(buf_span(&d), &n, &e), &e);
	name_text(&n, &text);
	assert_string_equal(buf_str(&text),
			    "CN=Jo\\, \\\"x\\\" #1\\0A+serialNumber=42,O=Example,C=DE");
	assert_true(name_common_name(&n, &cn));
	assert_string_equal(buf_str(&cn), "Jo, \"x\" #1\n");
}

static void escapes_what_turns_the_direction_of_text(void **state)
{
	struct buf d AUTO_BUF = BUF_INIT, text AUTO_BUF = BUF_INIT;
	struct name n AUTO(name_clear) = {.n_rdns = 0};
	struct err e = ERR_INIT;
	(void)state;
	one(&d, DER_UTF8,
	    "a\xe2\x80\xae"
	    "b",
	    5);
	unit_assert_ok(name_parse(buf_span(&d), &n, &e), &e);
	name_text(&n, &text);
	assert_string_equal(buf_str(&text), "CN=a\\E2\\80\\AEb");
}

static void refuses_what_is_no_name_and_leaves_out_alone(void **state)
{
	static const struct span bad[] = {
		{(const uint8_t *)"", 0},
		{(const uint8_t *)"\x31\x00", 2},
		{(const uint8_t *)"\x30\x02\x31\x00", 4},
		{(const uint8_t *)"\x30\x04\x31\x02\x30\x00", 6},
		{(const uint8_t *)"\x30\x80\x00\x00", 4},
		{(const uint8_t *)"\x30\x00\x00", 3},
	};
	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(bad); i++) {
		struct name n = {.n_rdns = 77};
		struct err e = ERR_INIT;
		assert_false(name_parse(bad[i], &n, &e));
		unit_assert_reason(&e, "x509.corrupt");
		assert_int_equal(n.n_rdns, 77);
	}
}

static void refuses_more_relative_names_than_the_limit(void **state)
{
	struct buf d AUTO_BUF = BUF_INIT;
	struct name n AUTO(name_clear) = {.n_rdns = 0};
	struct err e = ERR_INIT;
	(void)state;
	size_t name = der_begin(&d, DER_SEQUENCE);
	for (int i = 0; i <= NAME_RDN_MAX; i++)
		buf_add(&d, "\x31\x0a\x30\x08\x06\x03\x55\x04\x03\x0c\x01x", 12);
	der_end(&d, name);
	assert_false(name_parse(buf_span(&d), &n, &e));
	assert_int_equal(e.code, ERR_LIMIT);
}

static void matches_host_names_label_by_label(void **state)
{
	static const struct {
		const char *pattern, *host;
		bool match;
	} rows[] = {
		{"www.example.com", "WWW.Example.COM", true},
		{"www.example.com", "www.example.com.", true},
		{"*.example.com", "www.example.com", true},
		{"*.example.com", "example.com", false},
		{"*.example.com", "a.b.example.com", false},
		{"*.example.com", ".example.com", false},
		{"*.com", "example.com", false},
		{"w*.example.com", "www.example.com", false},
		{"*", "localhost", false},
		{"www.*.com", "www.example.com", false},
		{"", "", false},
		{"example.com", "www.example.com", false},
	};
	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(rows); i++)
		assert_int_equal(dns_name_matches(span_str(rows[i].pattern), rows[i].host),
				 rows[i].match);
	assert_false(dns_name_matches(span_of("www.example.com\0.evil", 21), "www.example.com"));
}

static void reads_and_writes_addresses(void **state)
{
	uint8_t ip[16];
	size_t len;
	struct buf text AUTO_BUF = BUF_INIT;
	(void)state;
	assert_true(ip_parse("192.0.2.1", ip, &len));
	assert_int_equal(len, 4);
	assert_true(ip_parse("2001:db8::1", ip, &len));
	assert_int_equal(len, 16);
	assert_false(ip_parse("192.0.2.1.", ip, &len));
	assert_false(ip_parse("localhost", ip, &len));
	ip_text(span_of("\xc0\x00\x02\x01\xff\xff\xff\x00", 8), &text);
	assert_string_equal(buf_str(&text), "192.0.2.1/255.255.255.0");
}

static void reads_general_names(void **state)
{
	static const char der[] = "\x82\x01"
				  "a"
				  "\x87\x04\x7f\x00\x00\x01"
				  "\xa4\x02\x30\x00";
	struct general_names g AUTO(general_names_clear) = {.n = 0};
	struct buf text AUTO_BUF = BUF_INIT;
	struct err e = ERR_INIT;
	(void)state;
	unit_assert_ok(general_names_parse(span_of(der, sizeof der - 1), &g, &e), &e);
	assert_int_equal(g.n, 3);
	general_name_text(&g.items[0], &text);
	buf_add_char(&text, ' ');
	general_name_text(&g.items[1], &text);
	assert_string_equal(buf_str(&text), "DNS:a IP:127.0.0.1");
	assert_ptr_equal(general_names_find(&g, GN_DIRECTORY, 0), &g.items[2]);
	assert_null(general_names_find(&g, GN_DNS, 1));
	assert_false(general_names_parse(span_of("\xa2\x01"
						 "a",
						 3),
					 &g, &e));
	assert_false(general_names_parse(span_of("\x89\x01"
						 "a",
						 3),
					 &g, &e));
}

int main(void)
{
	static const struct CMUnitTest tests[] = {
		cmocka_unit_test(compares_without_regard_to_case_spaces_and_string_type),
		cmocka_unit_test(compares_broken_text_by_its_octets),
		cmocka_unit_test(takes_the_attributes_of_one_rdn_in_any_order),
		cmocka_unit_test(is_within_names_that_are_its_first_relative_names),
		cmocka_unit_test(writes_names_most_specific_first_and_escapes),
		cmocka_unit_test(escapes_what_turns_the_direction_of_text),
		cmocka_unit_test(refuses_what_is_no_name_and_leaves_out_alone),
		cmocka_unit_test(refuses_more_relative_names_than_the_limit),
		cmocka_unit_test(matches_host_names_label_by_label),
		cmocka_unit_test(reads_and_writes_addresses),
		cmocka_unit_test(reads_general_names),
	};
	return unit_run("x509/name", tests, ARRAY_LEN(tests));
}
