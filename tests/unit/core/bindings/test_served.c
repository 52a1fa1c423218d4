/* SPDX-FileCopyrightText: the certbinder authors
 * SPDX-License-Identifier: Apache-2.0 */
#include <config.h>

#include "core/bindings/served.h"

#include "lib/unit.h"

#include <string.h>

static struct path_rule rules[] = {
	{.prefix = "/api", .client_certs = CLIENT_CERTS_ACCEPT},
	{.prefix = "/api/v1/agents", .client_certs = CLIENT_CERTS_REQUIRE},
	{.prefix = "/files/", .client_certs = CLIENT_CERTS_REQUIRE},
	{.prefix = "/open", .client_certs = CLIENT_CERTS_IGNORE},
};

static struct served_binding bindings[] = {
	{.id = 1, .endpoint = {"*", 443, ""}},
	{.id = 2, .endpoint = {"*", 443, "www.example.org"}},
	{.id = 3, .endpoint = {"*", 443, "*.example.org"}},
	{.id = 4, .endpoint = {"10.0.0.1", 443, ""}},
	{.id = 5, .endpoint = {"10.0.0.1", 443, "*.example.org"}},
	{.id = 6, .endpoint = {"10.0.0.1", 8443, "only.example.org"}},
	{.id = 7, .endpoint = {"::1", 443, ""}},
};
static struct served served = {.bindings = bindings, .n_bindings = ARRAY_LEN(bindings)};

static int64_t pick(const char *ip, uint16_t port, const char *sni)
{
	const struct served_binding *b = served_pick(&served, ip, port, sni);

	return b ? b->id : 0;
}

static void the_name_decides_first(void **state)
{
	(void)state;
	assert_int_equal(pick("*", 443, "www.example.org"), 2);
	assert_int_equal(pick("*", 443, "WWW.Example.Org"), 2);
	assert_int_equal(pick("*", 443, "mail.example.org"), 3);
	assert_int_equal(pick("*", 443, "a.b.example.org"), 1);
	assert_int_equal(pick("*", 443, "elsewhere.test"), 1);
	assert_int_equal(pick("*", 443, NULL), 1);
	assert_int_equal(pick("*", 443, ""), 1);
}

static void then_the_closer_address(void **state)
{
	(void)state;
	assert_int_equal(pick("10.0.0.1", 443, NULL), 4);
	assert_int_equal(pick("10.0.0.1", 443, "mail.example.org"), 5);
	assert_int_equal(pick("10.0.0.1", 443, "www.example.org"), 2);
	assert_int_equal(pick("10.0.0.2", 443, "mail.example.org"), 3);
	assert_int_equal(pick("::1", 443, "elsewhere.test"), 7);
}

static void an_endpoint_without_default_knows_its_names_alone(void **state)
{
	(void)state;
	assert_int_equal(pick("10.0.0.1", 8443, "only.example.org"), 6);
	assert_int_equal(pick("10.0.0.1", 8443, "other.example.org"), 0);
	assert_int_equal(pick("10.0.0.1", 8443, NULL), 0);
	assert_int_equal(pick("10.0.0.1", 9, NULL), 0);
}

static void a_path_rule_ends_at_a_segment_and_never_weakens(void **state)
{
	struct served_binding b = {.path_rules = rules, .n_path_rules = ARRAY_LEN(rules)};

	(void)state;
	assert_int_equal(served_rule(&b, "/"), CLIENT_CERTS_IGNORE);
	assert_int_equal(served_rule(&b, "/api"), CLIENT_CERTS_ACCEPT);
	assert_int_equal(served_rule(&b, "/api/v1/agents"), CLIENT_CERTS_REQUIRE);
	assert_int_equal(served_rule(&b, "/api/v1/agents/7"), CLIENT_CERTS_REQUIRE);
	assert_int_equal(served_rule(&b, "/api/v1/agentsmith"), CLIENT_CERTS_ACCEPT);
	assert_int_equal(served_rule(&b, "/apis"), CLIENT_CERTS_IGNORE);
	assert_int_equal(served_rule(&b, "/files/x"), CLIENT_CERTS_REQUIRE);
	b.client_certs = CLIENT_CERTS_REQUIRE;
	assert_int_equal(served_rule(&b, "/open"), CLIENT_CERTS_REQUIRE);
	assert_int_equal(served_rule(&b, "/api"), CLIENT_CERTS_REQUIRE);
	assert_int_equal(served_rule(&b, "/livez"), CLIENT_CERTS_REQUIRE);
}

int main(void)
{
	static const struct CMUnitTest tests[] = {
		cmocka_unit_test(the_name_decides_first),
		cmocka_unit_test(then_the_closer_address),
		cmocka_unit_test(an_endpoint_without_default_knows_its_names_alone),
		cmocka_unit_test(a_path_rule_ends_at_a_segment_and_never_weakens),
	};

	return unit_run("core/served", tests, ARRAY_LEN(tests));
}
