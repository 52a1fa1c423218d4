/* SPDX-FileCopyrightText: the certbinder authors
 * SPDX-License-Identifier: Apache-2.0 */
#include <config.h>

#include "base/reason.h"
#include "base/text.h"
#include "core/trust/crl_egress.h"
#include "lib/unit.h"
#include "x509/name.h"

#include <string.h>

static struct crl_egress list;

static void given(const char *text)
{
	struct err e = ERR_INIT;

	unit_assert_ok(crl_egress_parse(text, &list, &e), &e);
}

static bool leads_to(const char *address, uint16_t port)
{
	uint8_t ip[16];
	size_t len = 0;

	assert_true(ip_parse(address, ip, &len));
	return crl_egress_allows_address(&list, ip, len, port);
}

static void nothing_listed_lets_nobody(void **state)
{
	(void)state;
	given("");
	assert_false(crl_egress_allows_host(&list, "pki.example.org", 80));
	assert_false(crl_egress_allows_host(&list, "192.0.2.1", 80));
}

static void names_match_whole_or_below(void **state)
{
	(void)state;
	given("pki.example.org *.corp.example:8080");
	assert_true(crl_egress_allows_host(&list, "PKI.example.org", 1234));
	assert_false(crl_egress_allows_host(&list, "x.pki.example.org", 80));
	assert_false(crl_egress_allows_host(&list, "evilpki.example.org", 80));
	assert_true(crl_egress_allows_host(&list, "a.b.corp.example", 8080));
	assert_false(crl_egress_allows_host(&list, "a.corp.example", 80));
	assert_false(crl_egress_allows_host(&list, "corp.example", 8080));
	assert_false(crl_egress_allows_host(&list, "evilcorp.example", 8080));
}

static void networks_match_by_their_bits(void **state)
{
	(void)state;
	given("10.1.0.0/15, [fd00::]/8:81 192.0.2.7:80");
	assert_true(crl_egress_allows_host(&list, "10.0.255.1", 80));
	assert_false(crl_egress_allows_host(&list, "10.2.0.1", 80));
	assert_true(crl_egress_allows_host(&list, "fd12::1", 81));
	assert_false(crl_egress_allows_host(&list, "fd12::1", 80));
	assert_true(crl_egress_allows_host(&list, "192.0.2.7", 80));
	assert_false(crl_egress_allows_host(&list, "192.0.2.8", 80));
}

static void a_name_opens_no_inner_address(void **state)
{
	static const char *const inner[] = {"127.0.0.1",
					    "10.0.0.1",
					    "172.16.0.1",
					    "192.168.1.1",
					    "169.254.169.254",
					    "0.0.0.0",
					    "100.64.0.1",
					    "224.0.0.1",
					    "255.255.255.255",
					    "::1",
					    "::",
					    "fe80::1",
					    "fd00::1",
					    "ff02::1",
					    "::ffff:127.0.0.1",
					    "::127.0.0.1",
					    "64:ff9b::a00:1",
					    "2002:a00:1::1"};

	(void)state;
	given("pki.example.org");
	for (size_t i = 0; i < ARRAY_LEN(inner); i++)
		assert_false(leads_to(inner[i], 80));
	assert_true(leads_to("8.8.8.8", 80));
	assert_true(leads_to("2a00::1", 80));
	assert_true(leads_to("172.32.0.1", 80));
	given("pki.example.org 10.0.0.0/8 127.0.0.1:80");
	assert_true(leads_to("10.9.8.7", 80));
	assert_true(leads_to("::ffff:10.9.8.7", 80));
	assert_true(leads_to("127.0.0.1", 80));
	assert_false(leads_to("127.0.0.1", 81));
	assert_false(leads_to("192.168.1.1", 80));
}

static void refuses_what_is_no_entry(void **state)
{
	static const char *const bad[] = {"10.0.0.0/33", "x/8",	 "http://x", "x:0",    "x:65536",
					  "-x",		 "x..y", "*.",	     "::/129", "[::1]:x"};

	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(bad); i++) {
		struct err e = ERR_INIT;

		assert_false(crl_egress_parse(bad[i], &list, &e));
		assert_string_equal(err_public(&e)->code, "request.member");
	}
}

static void holds_the_limit_of_entries(void **state)
{
	struct buf text AUTO_BUF = BUF_INIT;
	struct err e = ERR_INIT;

	(void)state;
	for (int i = 0; i < CRL_EGRESS_ENTRIES_MAX; i++)
		buf_add_str(&text, "a ");
	given(buf_str(&text));
	buf_add_str(&text, "a");
	assert_false(crl_egress_parse(buf_str(&text), &list, &e));
	assert_int_equal(e.code, ERR_LIMIT);
}

int main(void)
{
	static const struct CMUnitTest tests[] = {
		cmocka_unit_test(nothing_listed_lets_nobody),
		cmocka_unit_test(names_match_whole_or_below),
		cmocka_unit_test(networks_match_by_their_bits),
		cmocka_unit_test(a_name_opens_no_inner_address),
		cmocka_unit_test(refuses_what_is_no_entry),
		cmocka_unit_test(holds_the_limit_of_entries),
	};

	return unit_run("core/crl_egress", tests, ARRAY_LEN(tests));
}
