/* SPDX-FileCopyrightText: the certbinder authors
 * SPDX-License-Identifier: Apache-2.0 */
#include <config.h>

#include "base/files.h"
#include "base/mem.h"
#include "core/access/access_impl.h"
#include "core/agents/agent_egress.h"
#include "core/authentication/jws.h"
#include "core/bindings/bindings.h"
#include "core/bindings/path_rules.h"
#include "core/certs/certs.h"
#include "core/certs/import.h"
#include "core/config_file.h"
#include "core/trust/issuer_list.h"
#include "core/trust/lint.h"
#include "core/trust/trust.h"
#include "core/view/view_parts.h"
#include "lib/core_fixture.h"
#include "lib/maker.h"
#include "lib/unit.h"
#include "store/bindings.h"
#include "x509/oid.h"
#include "x509/pem.h"

#include <stdio.h>
#include <string.h>

/* Limits of what people and their files say to the console, from both sides. */

static struct err e;
#define OK(call) unit_assert_ok((call), &e)

static void bytes_of_anything_signed(void **state)
{
	struct cert *c AUTO_CERT = maker_cert(&(struct maker){.subject = "X", .key = maker_key(0)});
	char *text AUTO_MEM = mem_alloc(JWS_MAX_BYTES + 1);

	(void)state;
	memset(text, 'a', JWS_MAX_BYTES + 1);
	for (size_t more = 0; more < 2; more++) {
		json_t *payload = NULL;

		e = (struct err)ERR_INIT;
		assert_false(jws_verify(span_of(text, JWS_MAX_BYTES + more), c, "x", &payload, &e));
		unit_assert_reason(&e, "jws.corrupt");
		assert_int_equal(strstr(e.text, "at most") != NULL, more == 1);
	}
}

static void bytes_of_a_file_that_is_imported(void **state)
{
	struct core *c AUTO_CORE = fixture_open();
	char *text AUTO_MEM = mem_alloc(IMPORT_MAX_BYTES + 1);

	(void)state;
	memset(text, ' ', IMPORT_MAX_BYTES + 1);
	for (size_t more = 0; more < 2; more++) {
		struct import_request r = {.file = span_of(text, IMPORT_MAX_BYTES + more)};
		json_t *out = NULL;

		e = (struct err)ERR_INIT;
		assert_false(import_file(c, &fixture_admin, &r, &out, &e));
		assert_int_equal(err_is(&e, "limit.file"), more == 1);
	}
}

static void path_rules_of_one_binding(void **state)
{
	(void)state;
	for (size_t more = 0; more < 2; more++) {
		char out[PATH_RULES_TEXT_MAX];
		json_t *rules AUTO_JSON = json_array();

		for (size_t i = 0; i < PATH_RULES_PER_BINDING + more; i++) {
			char prefix[8];

			(void)snprintf(prefix, sizeof prefix, "/p%zu", i);
			json_array_append_new(rules, json_pack("{s:s, s:s}", "prefix", prefix,
							       "client_certs", "require"));
		}
		e = (struct err)ERR_INIT;
		assert_int_equal(path_rules_from_json(rules, out, &e), more == 0);
		assert_int_equal(err_is(&e, "request.member"), more == 1);
	}
}

static void networks_that_agents_may_be_in(void **state)
{
	(void)state;
	for (size_t more = 0; more < 2; more++) {
		struct buf list AUTO_BUF = BUF_INIT;

		for (size_t i = 0; i < EGRESS_NETWORKS_MAX + more; i++)
			buf_printf(&list, "%s10.%zu.0.0/16", i ? "," : "", i);
		assert_int_equal(agent_egress_is_sound(buf_str(&list)), more == 0);
	}
}

static void bytes_of_the_configuration(void **state)
{
	(void)state;
	for (size_t more = 0; more < 2; more++) {
		struct config_file c = {.https.n = 0};
		struct buf text AUTO_BUF = BUF_INIT;

		while (text.len < CONFIG_FILE_MAX_BYTES + more)
			buf_add_char(&text, '\n');
		OK(file_replace(unit_path("x.conf"), 0600, buf_span(&text), &e));
		e = (struct err)ERR_INIT;
		assert_int_equal(config_file_read(unit_path("x.conf"), &c, &e), more == 0);
		assert_int_equal(e.code, more == 0 ? ERR_OK : ERR_LIMIT);
	}
}

static void characters_of_a_password(void **state)
{
	(void)state;
	for (size_t less = 0; less < 2; less++) {
		struct secret pw AUTO_SECRET = SECRET_INIT;
		struct buf text AUTO_BUF = BUF_INIT;

		for (size_t i = less; i < PASSWORD_MIN_CHARS; i++)
			buf_add_str(&text, "\xc3\xa4"); /* characters are counted, not octets */
		OK(secret_set(&pw, text.data, text.len, &e));
		assert_int_equal(password_good(&pw, &e), less == 0);
	}
	unit_assert_reason(&e, "account.weak_password");
}

static void days_that_a_token_lives(void **state)
{
	struct core *c AUTO_CORE = fixture_open();

	(void)state;
	for (int more = 0; more < 2; more++) {
		struct secret token AUTO_SECRET = SECRET_INIT;
		json_t *out AUTO_JSON = NULL;

		e = (struct err)ERR_INIT;
		assert_int_equal(token_create(c, &fixture_admin, "long", ROLE_VIEWER,
					      TOKEN_TTL_MAX_DAYS + more, &token, &out, &e),
				 more == 0);
		assert_int_equal(e.code, more == 0 ? ERR_OK : ERR_INVALID);
	}
}

static void findings_of_one_answer(void **state)
{
	struct core *c AUTO_CORE = fixture_open();
	struct lint *l AUTO_MEM = mem_new(struct lint);
	const struct lint_finding f = {.rule = "r", .evidence = "", .consequence = "", .cure = ""};

	(void)state;
	OK(lint_load(c, l, &e));
	for (size_t i = 0; i <= LINT_FINDINGS_MAX; i++) {
		assert_int_equal(json_array_size(l->findings), i);
		OK(lint_add(l, &f, &e));
	}
	assert_int_equal(json_array_size(l->findings), LINT_FINDINGS_MAX);
	lint_clear(l);
}

static void bytes_of_an_extension_that_nobody_knows(void **state)
{
	const size_t most = 256; /* EXTENSION_HEX_MAX */
	uint8_t value[256 + 1] = {0};

	(void)state;
	for (size_t i = 0; i < 3; i++) {
		size_t len = most - 1 + i;
		struct maker m = {.subject = "X", .key = maker_key(0), .n_extensions = 1};
		m.extensions[0] = (struct maker_extension){OID_LITERAL("\x2a\x03\x04"),
							   span_of(value, len), false};
		struct cert *x AUTO_CERT = maker_cert(&m);
		json_t *all AUTO_JSON = view_extensions(x);
		const json_t *last = json_array_get(all, json_array_size(all) - 1);
		size_t shown = strlen(json_string_value(json_object_get(last, "hex"))) / 2;

		assert_int_equal(shown, len < most ? len : most);
	}
}

/* As many issuers are named to clients as 16 KiB hold, each with the two octets of its length. */
static void bytes_of_the_issuer_list(void **state)
{
	struct core *c AUTO_CORE = fixture_open();
	struct buf pem AUTO_BUF = BUF_INIT;
	struct import_request r = {
		.store = "ClientAuthIssuer", .all_to_store = true, .accept_warnings = true};
	struct cert_list hints AUTO_CERT_LIST = CERT_LIST_INIT;
	json_t *done AUTO_JSON = NULL;
	size_t size = 0, n = 0;
	char name[61];

	(void)state;
	memset(name, 'a', 60);
	name[60] = '\0';
	while (size <= ISSUER_LIST_LIMIT_BYTES) {
		memcpy(name, (char[]){(char)('a' + n / 16), (char)('a' + n % 16)}, 2);
		struct cert *x AUTO_CERT = maker_cert(
			&(struct maker){.subject = name, .key = maker_key(0), .ca = true});
		OK(pem_write("CERTIFICATE", span_of(x->der, x->der_len), &pem, &e));
		size += 2 + x->subject.der.len;
		n++;
	}
	r.file = buf_span(&pem);
	OK(import_file(c, &fixture_admin, &r, &done, &e));
	OK(issuer_list_hints(c, NULL, TRUST_MACHINE, &hints, &e));
	assert_int_equal(hints.n, n - 1);
}

static size_t found(struct core *c, const char *q)
{
	struct cert_query query = {.q = q, .has_key = -1, .used = -1};
	json_t *out AUTO_JSON = NULL;

	OK(certs_list(c, &query, &out, &e));
	return json_array_size(json_object_get(out, "items"));
}

static void digits_that_are_looked_for_as_a_fingerprint(void **state)
{
	struct core *c AUTO_CORE = fixture_open();
	json_t *done AUTO_JSON = fixture_import(c, "client-expired.crt", NULL);
	char start[8];

	(void)state;
	(void)snprintf(start, sizeof start, "%.4s",
		       fixture_id("client-expired.crt")); /* QUERY_HEX_MIN */
	assert_int_equal(found(c, start), 1);
	start[3] = '\0';
	assert_int_equal(found(c, start), 0);
}

int main(void)
{
	static const struct CMUnitTest tests[] = {
		cmocka_unit_test(bytes_of_anything_signed),
		cmocka_unit_test(bytes_of_a_file_that_is_imported),
		cmocka_unit_test(path_rules_of_one_binding),
		cmocka_unit_test(networks_that_agents_may_be_in),
		cmocka_unit_test(bytes_of_the_configuration),
		cmocka_unit_test(characters_of_a_password),
		cmocka_unit_test(days_that_a_token_lives),
		cmocka_unit_test(findings_of_one_answer),
		cmocka_unit_test(bytes_of_an_extension_that_nobody_knows),
		cmocka_unit_test(bytes_of_the_issuer_list),
		cmocka_unit_test(digits_that_are_looked_for_as_a_fingerprint),
	};
	int failed = unit_run("core/limits_input", tests, ARRAY_LEN(tests));

	maker_free_keys();
	return failed;
}
