/* SPDX-FileCopyrightText: the certbinder authors
 * SPDX-License-Identifier: Apache-2.0 */
#include <config.h>

#include "trust/subtree.h"
#include "unit/trust/world.h"
#include "x509/der.h"
#include "x509/derout.h"
#include "x509/oid.h"

#define IN SUBTREE_WITHIN
#define OUT SUBTREE_OUTSIDE
#define ODD SUBTREE_ODD

static enum subtree compare(enum general_name_kind kind, bool excluded, struct span base,
			    struct span value)
{
	struct name_constraint c = {.base = {.kind = kind, .value = base}, .excluded = excluded};
	return subtree_compare(&c, value, NULL);
}

struct row {
	const char *base, *value;
	enum subtree permitted, excluded;
};

static void check_rows(enum general_name_kind kind, const struct row *rows, size_t n)
{
	for (size_t i = 0; i < n; i++) {
		struct span base = span_str(rows[i].base), value = span_str(rows[i].value);
		enum subtree p = compare(kind, false, base, value);
		enum subtree x = compare(kind, true, base, value);
		if (p != rows[i].permitted || x != rows[i].excluded)
			fail_msg("'%s' against '%s': permitted %d, excluded %d", rows[i].value,
				 rows[i].base, (int)p, (int)x);
	}
}

static void host_names(void **state)
{
	static const struct row rows[] = {
		{"example.com", "example.com", IN, IN},
		{"example.com", "WWW.Example.com", IN, IN},
		{"example.com", "a.b.example.com.", IN, IN},
		{"example.com.", "www.example.com", IN, IN},
		{"example.com", "badexample.com", OUT, OUT},
		{"example.com", "com", OUT, OUT},
		{"example.com", "*.example.com", IN, IN},
		{"www.example.com", "*.example.com", OUT, IN},
		{"a.b.example.com", "*.example.com", OUT, OUT},
		{"", "anything.test", IN, IN},
		{".example.com", "www.example.com", IN, IN},
		{".example.com", "example.com", OUT, IN},
		{"*.example.com", "www.example.com", ODD, ODD},
		{"example.com", "", ODD, ODD},
		{"example.com", ".example.com", ODD, ODD},
		{"example.com", "a b.example.com", ODD, ODD},
	};
	(void)state;
	check_rows(GN_DNS, rows, ARRAY_LEN(rows));
	assert_int_equal(compare(GN_DNS, true, span_str("example.com"),
				 span_of("www.evil.test\0.example.com", 26)),
			 ODD);
}

static void mail_addresses(void **state)
{
	static const struct row rows[] = {
		{"example.com", "a@example.com", IN, IN},
		{"example.com", "a@EXAMPLE.com", IN, IN},
		{"example.com", "a@www.example.com", OUT, OUT},
		{".example.com", "a@www.example.com", IN, IN},
		{".example.com", "a@example.com", OUT, OUT},
		{"a@example.com", "a@example.com", IN, IN},
		{"a@example.com", "A@example.com", OUT, IN},
		{"a@example.com", "b@example.com", OUT, OUT},
		{"example.com", "a@evil.test@example.com", IN, IN},
		{"example.com", "not a mailbox", ODD, ODD},
		{"example.com", "@example.com", ODD, ODD},
	};
	(void)state;
	check_rows(GN_EMAIL, rows, ARRAY_LEN(rows));
}

static void uris(void **state)
{
	static const struct row rows[] = {
		{"host.example.com", "https://host.example.com/x", IN, IN},
		{"host.example.com", "https://u@HOST.example.com:8443?q", IN, IN},
		{"host.example.com", "https://www.host.example.com/", OUT, OUT},
		{".example.com", "ldap://host.example.com", IN, IN},
		{".example.com", "ldap://example.com", OUT, OUT},
		{".example.com", "https://evil.test/@host.example.com", OUT, OUT},
		{"example.com", "urn:example:a", ODD, ODD},
		{"example.com", "https://192.0.2.1/", ODD, ODD},
		{"example.com", "https://[::1]/", ODD, ODD},
		{"example.com", "/relative", ODD, ODD},
	};
	(void)state;
	check_rows(GN_URI, rows, ARRAY_LEN(rows));
}

static void addresses(void **state)
{
	const struct span net = span_of("\x0a\x01\x00\x00\xff\xff\x00\x00", 8);
	(void)state;
	assert_int_equal(compare(GN_IP, false, net, span_of("\x0a\x01\x02\x03", 4)), IN);
	assert_int_equal(compare(GN_IP, false, net, span_of("\x0a\x02\x02\x03", 4)), OUT);
	assert_int_equal(compare(GN_IP, true, net, span_of("\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\1", 16)),
			 OUT);
	assert_int_equal(compare(GN_IP, true, net, span_of("\x0a\x01\x02", 3)), ODD);
	assert_int_equal(
		compare(GN_IP, true, span_of("\x0a\x01", 2), span_of("\x0a\x01\x02\x03", 4)), ODD);
}

static void forms_that_nobody_defined_and_distances(void **state)
{
	struct name_constraint c = {.base = {.kind = GN_RID, .value = span_str("x")}};
	(void)state;
	assert_int_equal(subtree_compare(&c, span_str("x"), NULL), ODD);
	c.base.kind = GN_DNS;
	c.odd_distance = true;
	assert_int_equal(subtree_compare(&c, span_str("x"), NULL), ODD);
}

static void host_like_names_in_the_subject(void **state)
{
	(void)state;
	assert_true(looks_like_host(span_str("www.example.com")));
	assert_true(looks_like_host(span_str("*.example.com")));
	assert_false(looks_like_host(span_str("Alice Agent")));
	assert_false(looks_like_host(span_str("localhost")));
	assert_false(looks_like_host(span_str("192.0.2.1")));
	assert_false(looks_like_host(span_str("a..b")));
	assert_false(looks_like_host(span_str("-a.b")));
}

/* Root, a CA with these constraints, and a leaf with this subject and alternative name. */
static void judge_under(struct world *w, struct span constraints, const char *subject,
			const char *dns)
{
	struct maker ca = {.subject = "Issuing",
			   .issuer = "Root",
			   .key = maker_key(1),
			   .signer = maker_key(0),
			   .ca = true,
			   .n_extensions = 1};
	ca.extensions[0] = (struct maker_extension){OID_LITERAL(OID_CE("\x1e")), constraints, true};
	cert_list_clear(&w->root);
	cert_list_clear(&w->ca);
	cert_list_clear(&w->chain);
	world_root(&w->root);
	world_make(&w->ca, &ca);
	world_make(&w->chain, &(struct maker){.subject = subject,
					      .issuer = "Issuing",
					      .key = maker_key(2),
					      .signer = maker_key(1),
					      .dns = dns,
					      .client_auth = true});
}

static void constraints_of_a_ca_bind_the_names_below(void **state)
{
	/* permitted DNS "in.test" */
	static const struct span permitted = {
		(const uint8_t *)"\x30\x0d\xa0\x0b\x30\x09\x82\x07in.test", 15};
	/* excluded DNS "in.test" */
	static const struct span excluded = {
		(const uint8_t *)"\x30\x0d\xa1\x0b\x30\x09\x82\x07in.test", 15};
	struct world w AUTO_WORLD = WORLD_INIT;
	(void)state;
	judge_under(&w, permitted, "Alice", "www.in.test");
	world_accepts(&w);
	judge_under(&w, permitted, "Alice", "www.out.test");
	world_refuses(&w, "trust.name_constraints", 16, 2148204820u);
	judge_under(&w, permitted, "Alice", NULL);
	world_accepts(&w); /* names of another form are not bound */
	judge_under(&w, permitted, "www.out.test", NULL);
	world_refuses(&w, "trust.name_constraints", 16, 2148204820u);
	judge_under(&w, excluded, "Alice", "www.in.test");
	world_refuses(&w, "trust.name_constraints", 16, 2148204820u);
	judge_under(&w, excluded, "Alice", "www.out.test");
	world_accepts(&w);
}

static void constraints_of_a_root_count_and_directory_names_compare_without_case(void **state)
{
	struct world w AUTO_WORLD = WORLD_INIT;
	struct buf constraints AUTO_BUF = BUF_INIT;
	(void)state;
	size_t outer = der_begin(&constraints, DER_SEQUENCE);
	size_t list = der_begin(&constraints, DER_CONTEXT_CONSTRUCTED(0));
	size_t subtree = der_begin(&constraints, DER_SEQUENCE);
	size_t name = der_begin(&constraints, DER_CONTEXT_CONSTRUCTED(GN_DIRECTORY));
	maker_name(&constraints, "  ALICE ");
	der_end(&constraints, name);
	der_end(&constraints, subtree);
	der_end(&constraints, list);
	der_end(&constraints, outer);
	struct maker root = {.subject = "Root", .key = maker_key(0), .ca = true, .n_extensions = 1};
	root.extensions[0] =
		(struct maker_extension){OID_LITERAL(OID_CE("\x1e")), buf_span(&constraints), true};
	world_make(&w.root, &root);
	struct maker leaf = {.subject = "Alice",
			     .issuer = "Root",
			     .key = maker_key(2),
			     .signer = maker_key(0),
			     .client_auth = true};
	world_make(&w.chain, &leaf);
	world_accepts(&w);
	cert_list_clear(&w.chain);
	leaf.subject = "Bob";
	world_make(&w.chain, &leaf);
	world_refuses(&w, "trust.name_constraints", 16, 2148204820u);
}

int main(void)
{
	static const struct CMUnitTest tests[] = {
		cmocka_unit_test(host_names),
		cmocka_unit_test(mail_addresses),
		cmocka_unit_test(uris),
		cmocka_unit_test(addresses),
		cmocka_unit_test(forms_that_nobody_defined_and_distances),
		cmocka_unit_test(host_like_names_in_the_subject),
		cmocka_unit_test(constraints_of_a_ca_bind_the_names_below),
		cmocka_unit_test(
			constraints_of_a_root_count_and_directory_names_compare_without_case),
	};
	int failed = unit_run("trust/constraints", tests, ARRAY_LEN(tests));
	maker_free_keys();
	return failed;
}
