/* SPDX-FileCopyrightText: the certbinder authors
 * SPDX-License-Identifier: Apache-2.0 */
#include <config.h>

#include "tests/lib/unit.h"

#include "base/mem.h"
#include "x509/bag.h"
#include "x509/pem.h"

#include <string.h>

/* Joins files of the PKI, in this order. */
static void join(const char *const *names, size_t n, struct buf *out)
{
	for (size_t i = 0; i < n; i++) {
		size_t len;
		char *text AUTO_MEM = unit_pki(names[i], &len);
		buf_add(out, text, len);
	}
}

static void read_files(const char *const *names, size_t n, struct bag *out)
{
	struct buf file AUTO_BUF = BUF_INIT;
	struct err e = ERR_INIT;
	join(names, n, &file);
	unit_assert_ok(bag_read(buf_span(&file), NULL, true, out, &e), &e);
}

static void assert_refused(struct span in, const char *dotted)
{
	struct bag b = {.n_ignored = 77};
	struct err e = ERR_INIT;
	assert_false(bag_read(in, NULL, true, &b, &e));
	unit_assert_reason(&e, dotted);
	assert_int_equal(b.n_ignored, 77);
}

static void sorts_leaf_and_issuers_out_of_any_order(void **state)
{
	static const char *const names[] = {"root.crt",	  "other-root.crt", "intermediate.crt",
					    "server.key", "server.crt",	    "intermediate.crl"};
	struct bag b AUTO_BAG = BAG_INIT;
	struct err e = ERR_INIT;
	struct buf cn AUTO_BUF = BUF_INIT;
	(void)state;
	read_files(names, ARRAY_LEN(names), &b);
	assert_int_equal(b.certs.n, 4);
	assert_int_equal(b.n_keys, 1);
	assert_int_equal(b.n_crls, 1);
	assert_string_equal(b.format, "PEM");
	unit_assert_ok(bag_sort(&b, &e), &e);
	assert_true(cert_matches_host(b.certs.items[0], "console.test"));
	assert_ptr_equal(bag_key_of(&b, b.certs.items[0]), &b.keys[0]);
	assert_null(bag_key_of(&b, b.certs.items[1]));
	assert_true(name_equal(&b.certs.items[1]->subject, &b.certs.items[0]->issuer));
	assert_true(name_equal(&b.certs.items[2]->subject, &b.certs.items[1]->issuer));
	assert_true(name_common_name(&b.certs.items[3]->subject, &cn));
	assert_string_equal(buf_str(&cn), "Other Test Root");
	unit_assert_ok(bag_check_keys(&b, &e), &e);
}

/* Two CAs of one name: the key identifier says which one issued. */
static void sorts_by_key_identifier_where_names_are_the_same(void **state)
{
	static const char *const names[] = {"fake-intermediate.crt", "intermediate.crt",
					    "server.crt", "server.key"};
	struct bag b AUTO_BAG = BAG_INIT;
	struct err e = ERR_INIT;
	(void)state;
	read_files(names, ARRAY_LEN(names), &b);
	unit_assert_ok(bag_sort(&b, &e), &e);
	assert_int_equal(b.certs.n, 3);
	unit_assert_span(b.certs.items[1]->subject_key_id, b.certs.items[0]->authority_key_id);
}

static void keeps_what_is_there_twice_once(void **state)
{
	static const char *const names[] = {"server.chain.pem", "server.key", "server.crt",
					    "server.key"};
	struct bag b AUTO_BAG = BAG_INIT;
	(void)state;
	read_files(names, ARRAY_LEN(names), &b);
	assert_int_equal(b.certs.n, 2);
	assert_int_equal(b.n_keys, 1);
}

static void names_a_key_that_belongs_to_none(void **state)
{
	static const char *const names[] = {"server.crt", "server.key", "server-next.key"};
	struct bag b AUTO_BAG = BAG_INIT;
	struct err e = ERR_INIT;
	(void)state;
	read_files(names, ARRAY_LEN(names), &b);
	assert_false(bag_check_keys(&b, &e));
	unit_assert_reason(&e, "key.mismatch");
	assert_non_null(strstr(e.text, "key 2 of 2"));
}

static void a_key_alone_is_no_mismatch(void **state)
{
	static const char *const names[] = {"server.key"};
	struct bag b AUTO_BAG = BAG_INIT;
	struct err e = ERR_INIT;
	(void)state;
	read_files(names, 1, &b);
	assert_int_equal(b.n_keys, 1);
	unit_assert_ok(bag_check_keys(&b, &e), &e);
}

static void says_what_a_file_is_not(void **state)
{
	static const char csr[] = "\x30\x14\x30\x12\x02\x01\x00\x30\x00\x30\x00\xa0\x09";
	char *big AUTO_MEM = mem_alloc(BAG_MAX_BYTES + 1);
	size_t len;
	char *crt AUTO_MEM = unit_pki("server.crt", &len);
	struct pem p AUTO_PEM = {.n = 0};
	struct err e = ERR_INIT;
	(void)state;
	assert_refused(span_of("", 0), "file.empty");
	assert_refused(span_str("hello"), "file.unknown_format");
	assert_refused(span_str("AQIDBA=="), "file.unknown_format");
	assert_refused(span_of(csr, sizeof(csr) - 1), "x509.corrupt");
	assert_refused(span_str("-----BEGIN COW-----\nAQIDBA==\n-----END COW-----\n"),
		       "pem.unknown_label");
	assert_refused(span_str("-----BEGIN PUBLIC KEY-----\nAQIDBA==\n-----END PUBLIC KEY-----\n"),
		       "file.unknown_format");
	assert_refused(
		span_str("-----BEGIN CERTIFICATE-----\nAQIDBA==\n-----END CERTIFICATE-----\n"),
		"x509.corrupt");
	assert_refused(span_of(big, BAG_MAX_BYTES + 1), "limit.body");
	unit_assert_ok(pem_read(span_of(crt, len), &p, &e), &e);
	for (size_t n = 1; n < p.members[0].der.len; n++) {
		struct bag b AUTO_BAG = BAG_INIT;
		char *exact AUTO_MEM = mem_strn(p.members[0].der.data, n);
		assert_false(bag_read(span_of(exact, n), NULL, true, &b, &e));
	}
}

static void one_bad_member_refuses_all(void **state)
{
	static const char *const names[] = {"server.crt", "intermediate.crt"};
	struct buf file AUTO_BUF = BUF_INIT;
	struct bag b AUTO_BAG = BAG_INIT;
	struct err e = ERR_INIT;
	(void)state;
	join(names, ARRAY_LEN(names), &file);
	buf_add_str(&file, "-----BEGIN CERTIFICATE-----\nMAMCAQE=\n-----END CERTIFICATE-----\n");
	assert_false(bag_read(buf_span(&file), NULL, true, &b, &e));
	assert_int_equal(b.certs.n, 0);
	assert_non_null(strstr(e.text, "member 3 of 3"));
}

static void short_memory_is_said_and_leaks_nothing(void **state)
{
	static const char *const names[] = {"server.chain.pem", "server.key", "intermediate.crl"};
	struct buf file AUTO_BUF = BUF_INIT;
	bool read = false;
	(void)state;
	join(names, ARRAY_LEN(names), &file);
	for (unsigned long n = 1; !read && n < 5000; n++) {
		struct bag b AUTO_BAG = BAG_INIT;
		struct err e = ERR_INIT;
		mem_fail_at(n);
		read = bag_read(buf_span(&file), NULL, true, &b, &e) && bag_sort(&b, &e);
		mem_fail_at(0);
		if (!read && e.code != ERR_NOMEM)
			fail_msg("allocation %lu: %s", n, e.text);
	}
	assert_true(read);
}

int main(void)
{
	static const struct CMUnitTest tests[] = {
		cmocka_unit_test(sorts_leaf_and_issuers_out_of_any_order),
		cmocka_unit_test(sorts_by_key_identifier_where_names_are_the_same),
		cmocka_unit_test(keeps_what_is_there_twice_once),
		cmocka_unit_test(names_a_key_that_belongs_to_none),
		cmocka_unit_test(a_key_alone_is_no_mismatch),
		cmocka_unit_test(says_what_a_file_is_not),
		cmocka_unit_test(one_bad_member_refuses_all),
		cmocka_unit_test(short_memory_is_said_and_leaks_nothing),
	};
	return unit_run("x509/bag", tests, ARRAY_LEN(tests));
}
