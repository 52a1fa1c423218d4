/* SPDX-FileCopyrightText: the certbinder authors
 * SPDX-License-Identifier: Apache-2.0 */
#include <config.h>

#include "core/bindings/bindings.h"

#include "base/json.h"
#include "base/mem.h"
#include "core/certs/certs.h"
#include "core/certs/import.h"
#include "core/console/settings.h"
#include "lib/fake_console.h"
#include "lib/unit.h"
#include "x509/cert.h"
#include "x509/pem.h"

#include <stdio.h>
#include <string.h>

/* The personas of the development PKI, bound to a binding for console.test. */
#define ENDPOINT "127.0.0.1:4343:console.test"

static struct fake_console con;
static struct err e;
#define OK(call) unit_assert_ok((call), &e)

static int setup(void **state)
{
	(void)state;
	e = (struct err)ERR_INIT;
	fake_console_open(&con);
	return 0;
}

static int teardown(void **state)
{
	(void)state;
	fake_console_close(&con);
	return 0;
}

/* Brings a persona into a store, with its key where there is one to bring. */
static void bring(const char *persona, const char *store, bool with_key)
{
	struct buf file AUTO_BUF = BUF_INIT;
	struct import_request r = {.store = store,
				   .all_to_store = true,
				   .trust_roots = true,
				   .accept_warnings = true,
				   .friendly_name = persona};
	json_t *done AUTO_JSON = NULL;
	char name[80];

	for (int i = 0; i < (with_key ? 2 : 1); i++) {
		size_t len;
		char *text;

		(void)snprintf(name, sizeof name, "%s.%s", persona, i ? "key" : "crt");
		text = unit_pki(name, &len);
		buf_add(&file, text, len);
		mem_free(text);
	}
	r.file = buf_span(&file);
	OK(import_file(con.core, &fake_admin, &r, &done, &e));
}

static struct bind_request to(const char *cert)
{
	return (struct bind_request){.endpoint = ENDPOINT,
				     .cert = cert,
				     .client_certs = -1,
				     .agents = -1,
				     .revocation = -1};
}

static const char *text(const json_t *o, const char *key)
{
	const char *s = json_string_value(json_object_get(o, key));

	return s ? s : "";
}

static const json_t *check_in(const json_t *list, const char *id)
{
	const json_t *one;
	size_t i;

	json_array_foreach(list, i, one) if (strcmp(text(one, "id"), id) == 0) return one;
	fail_msg("no check '%s'", id);
	return NULL;
}

/* Exactly these checks do not pass; each with its verdict after a colon. */
static void assert_verdicts(const struct bind_request *r, const char *want)
{
	json_t *list AUTO_JSON = NULL;
	struct buf got AUTO_BUF = BUF_INIT;
	const json_t *one;
	size_t i;

	OK(checks_run(con.core, r, &list, &e));
	json_array_foreach(list, i, one)
	{
		bool passed = strcmp(text(one, "verdict"), "pass") == 0;

		assert_true(text(one, "evidence")[0] != '\0');
		assert_true(passed == json_is_null(json_object_get(one, "remedy")));
		if (!passed)
			buf_printf(&got, "%s%s:%s", got.len ? " " : "", text(one, "id"),
				   text(one, "verdict"));
	}
	assert_string_equal(buf_str(&got), want);
}

static void bring_issuers(void)
{
	bring("root", "Root", false);
	bring("intermediate", "CA", false);
}

static void a_good_certificate_passes_every_check(void **state)
{
	struct bind_request r = to("server");

	(void)state;
	bring_issuers();
	bring("server", "My", true);
	assert_verdicts(&r, "");
}

static void each_persona_is_told_its_fault(void **state)
{
	static const struct {
		const char *persona, *want;
	} cases[] = {
		{"server-expired", "validity.expired:fail"},
		{"server-not-yet", "validity.not_yet:fail"},
		{"server-wrong-eku", "eku.no_server_auth:fail"},
		{"server-other-name", "name.no_match:fail name.cn_differs:warn"},
		{"server-weak", "key.weak:fail"},
		{"server-ed25519", "x509.unsupported_key:fail"},
		{"server-wildcard", "name.no_match:fail name.cn_differs:warn"},
		{"server-sha1", "x509.weak_signature:fail chain.incomplete:warn"},
		{"server-no-eku", ""},
		{"server-huge-san", ""},
	};

	(void)state;
	bring_issuers();
	for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
		struct bind_request r = to(cases[i].persona);

		bring(cases[i].persona, "My", true);
		print_message("# %s\n", cases[i].persona);
		assert_verdicts(&r, cases[i].want);
	}
}

static void the_common_name_alone_is_not_enough(void **state)
{
	struct bind_request r = to("server-cn-only");

	(void)state;
	bring_issuers();
	bring("server-cn-only", "My", true);
	r.endpoint = "127.0.0.1:4343:localhost";
	assert_verdicts(&r, "name.cn_only:fail");
}

static void a_wildcard_binding_needs_that_wildcard(void **state)
{
	struct bind_request r = to("server-wildcard"), s = to("server");

	(void)state;
	bring_issuers();
	bring("server-wildcard", "My", true);
	bring("server", "My", true);
	r.endpoint = s.endpoint = "127.0.0.1:4343:*.console.test";
	assert_verdicts(&r, "");
	assert_verdicts(&s, "name.no_match:fail name.cn_differs:warn");
	r.endpoint = "127.0.0.1:4343:www.console.test";
	assert_verdicts(&r, "");
}

static void the_chain_is_warned_of_but_blocks_nothing(void **state)
{
	struct bind_request r = to("server");
	json_t *out AUTO_JSON = NULL;

	(void)state;
	bring("server", "My", true);
	assert_verdicts(&r, "chain.incomplete:warn");
	bring("intermediate", "CA", false);
	assert_verdicts(&r, "chain.incomplete:warn");
	bring("root", "CA", false);
	assert_verdicts(&r, "chain.untrusted_root:warn");
	OK(bind_set(con.core, &fake_operator, &r, &out, &e));
}

static void missing_intermediates_are_sent_in_order_without_the_root(void **state)
{
	struct bind_request r = to("server");
	json_t *out AUTO_JSON = NULL;
	const struct served_binding *b;

	(void)state;
	bring_issuers();
	bring("server", "My", true);
	OK(bind_set(con.core, &fake_operator, &r, &out, &e));
	b = served_pick(con.served, "127.0.0.1", 4343, "console.test");
	assert_int_equal(b->chain.n, 1);
	assert_true(name_equal(&b->chain.items[0]->subject, &b->cert->issuer));
}

static void some_checks_cannot_be_overridden(void **state)
{
	struct bind_request r = to("server");
	json_t *out = NULL;

	(void)state;
	bring_issuers();
	bring("server", "My", true);
	bring("server", "Disallowed", false);
	r.override_reason = "I know better";
	assert_verdicts(&r, "store.disallowed:fail");
	assert_false(bind_set(con.core, &fake_admin, &r, &out, &e));
	unit_assert_reason(&e, "store.disallowed");
	assert_string_equal(
		text(check_in(json_object_get(out, "checks"), "store.disallowed"), "verdict"),
		"fail");
	json_decref(out);
	OK(certs_remove(con.core, &fake_admin, "server", "Disallowed", &e));
	con.endpoint_fails = true;
	assert_verdicts(&r, "endpoint.cannot_open:fail");
	assert_false(bind_set(con.core, &fake_admin, &r, &out, &e));
	unit_assert_reason(&e, "endpoint.cannot_open");
	assert_int_equal(e.code, ERR_CHECK);
	json_decref(out);
	con.endpoint_fails = false;
	con.load_fails = true;
	assert_false(bind_set(con.core, &fake_admin, &r, &out, &e));
	unit_assert_reason(&e, "chain.not_loadable");
	json_decref(out);
}

static void a_certificate_without_key_is_no_host_certificate(void **state)
{
	struct bind_request r = to("server");
	json_t *out = NULL;

	(void)state;
	bring_issuers();
	bring("server", "My", false);
	r.override_reason = "I know better";
	assert_verdicts(&r, "key.missing:fail");
	assert_false(bind_set(con.core, &fake_admin, &r, &out, &e));
	unit_assert_reason(&e, "key.missing");
	assert_int_equal(e.code, ERR_CHECK);
	json_decref(out);
}

static void only_my_and_webhosting_hold_host_certificates(void **state)
{
	struct bind_request r = to("server"), s = to("server-next");

	(void)state;
	bring_issuers();
	bring("server", "TrustedPeople", true);
	bring("server-next", "WebHosting", true);
	assert_verdicts(&r, "store.wrong_place:fail");
	assert_verdicts(&s, "");
}

static void an_administrator_may_override_with_a_reason(void **state)
{
	struct bind_request r = to("server-other-name");
	json_t *out = NULL;

	(void)state;
	bring_issuers();
	bring("server-other-name", "My", true);
	assert_false(bind_set(con.core, &fake_admin, &r, &out, &e));
	unit_assert_reason(&e, "name.no_match");
	json_decref(out);
	out = NULL;
	r.override_reason = "the alias comes on Monday";
	OK(bind_set(con.core, &fake_admin, &r, &out, &e));
	assert_string_equal(text(out, "override"), "the alias comes on Monday");
	json_decref(out);
}

static void existing_faults_block_no_unrelated_setting(void **state)
{
	struct bind_request r = to("server-other-name");
	json_t *out AUTO_JSON = NULL, *again AUTO_JSON = NULL;

	(void)state;
	bring_issuers();
	bring("server-other-name", "My", true);
	r.override_reason = "test";
	OK(bind_set(con.core, &fake_admin, &r, &out, &e));
	r = to(NULL);
	r.client_certs = CLIENT_CERTS_REQUIRE;
	assert_verdicts(&r, "name.no_match:warn name.cn_differs:warn");
	OK(bind_set(con.core, &fake_operator, &r, &again, &e));
}

static void an_empty_host_asks_for_server_name_else_address(void **state)
{
	struct bind_request r = to("server");
	json_t *name AUTO_JSON = json_string("elsewhere.test");

	(void)state;
	bring_issuers();
	bring("server", "My", true);
	r.endpoint = "default"; /* 127.0.0.1, which the certificate has */
	assert_verdicts(&r, "name.cn_differs:warn");
	OK(settings_set(con.core, &fake_admin, "server_name", name, &e));
	assert_verdicts(&r, "name.no_match:fail name.cn_differs:warn");
}

/* The chain of a persona as a client presents it. */
static void chain_of(const char *leaf, const char *issuer, struct cert_list *out)
{
	const char *names[] = {leaf, issuer};
	char name[80];

	for (size_t i = 0; i < ARRAY_LEN(names); i++) {
		struct cert *cert AUTO_CERT = NULL;
		struct pem pem AUTO(pem_clear) = {.n = 0};
		size_t len;
		char *text;

		(void)snprintf(name, sizeof name, "%s.crt", names[i]);
		text = unit_pki(name, &len);
		OK(pem_read(span_of(text, len), &pem, &e));
		mem_free(text);
		OK(cert_parse(pem.members[0].der.data, pem.members[0].der.len, &cert, &e));
		OK(cert_list_add(out, cert, &e));
	}
}

static void who_would_shut_himself_out_is_warned(void **state)
{
	struct bind_request r = to(NULL);
	struct cert_list chain AUTO_CERT_LIST = CERT_LIST_INIT,
			       fake AUTO_CERT_LIST = CERT_LIST_INIT;

	(void)state;
	bring_issuers();
	r.endpoint = "default";
	r.client_certs = CLIENT_CERTS_REQUIRE;
	assert_verdicts(&r, "name.cn_differs:warn chain.self_signed:warn"); /* the command line */
	r.own_binding = 1;
	assert_verdicts(&r,
			"name.cn_differs:warn chain.self_signed:warn client.own_connection:warn");
	chain_of("client", "intermediate", &chain);
	r.own_chain = &chain;
	assert_verdicts(&r, "name.cn_differs:warn chain.self_signed:warn");
	chain_of("fake-client", "fake-intermediate", &fake);
	r.own_chain = &fake;
	assert_verdicts(&r,
			"name.cn_differs:warn chain.self_signed:warn client.own_connection:warn");
	r.own_binding = 2; /* came over another binding */
	assert_verdicts(&r, "name.cn_differs:warn chain.self_signed:warn");
}

static void thirty_days_are_soon(void **state)
{
	char sha[65];
	struct bind_request r = to(sha);

	(void)state;
	fake_cert(&con, "console.test", "console.test", con.now_s - 86400,
		  con.now_s + INT64_C(30) * 86400 - 1, sha);
	assert_verdicts(&r, "chain.self_signed:warn validity.soon:warn");
}

int main(void)
{
#define T(name) cmocka_unit_test_setup_teardown(name, setup, teardown)
	static const struct CMUnitTest tests[] = {
		T(a_good_certificate_passes_every_check),
		T(each_persona_is_told_its_fault),
		T(the_common_name_alone_is_not_enough),
		T(a_wildcard_binding_needs_that_wildcard),
		T(the_chain_is_warned_of_but_blocks_nothing),
		T(missing_intermediates_are_sent_in_order_without_the_root),
		T(some_checks_cannot_be_overridden),
		T(a_certificate_without_key_is_no_host_certificate),
		T(only_my_and_webhosting_hold_host_certificates),
		T(an_administrator_may_override_with_a_reason),
		T(existing_faults_block_no_unrelated_setting),
		T(an_empty_host_asks_for_server_name_else_address),
		T(who_would_shut_himself_out_is_warned),
		T(thirty_days_are_soon),
	};

	return unit_run("core/checks", tests, ARRAY_LEN(tests));
}
