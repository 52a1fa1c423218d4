/* SPDX-FileCopyrightText: the certbinder authors
 * SPDX-License-Identifier: Apache-2.0 */
#include <config.h>

#include "base/json.h"
#include "base/mem.h"
#include "core/bindings/bindings.h"
#include "core/bindings/checks.h"
#include "core/certs/import.h"
#include "lib/fake_console.h"
#include "lib/maker.h"
#include "lib/unit.h"
#include "store/changes.h"
#include "x509/der.h"
#include "x509/derout.h"
#include "x509/oid.h"
#include "x509/pem.h"

#include <string.h>

/* A host certificate with names of any length can be bound: what the checks say of it is cut, and fits. */

static struct err e;
#define OK(call) unit_assert_ok((call), &e)

/* Imports a certificate with so many names of n octets each, with its key. */
static struct cert *bring(struct fake_console *f, size_t n_names, size_t n)
{
	struct buf names AUTO_BUF = BUF_INIT, pem AUTO_BUF = BUF_INIT;
	struct import_request r = {.store = "My", .all_to_store = true, .accept_warnings = true};
	json_t *done AUTO_JSON = NULL;
	char *name AUTO_MEM = mem_alloc(n + 1);
	size_t s = der_begin(&names, DER_SEQUENCE);

	memset(name, '"', n);
	name[n] = '\0';
	for (size_t i = 0; i < n_names; i++)
		der_add(&names, DER_CONTEXT(GN_DNS), span_str(name));
	der_end(&names, s);

	struct maker m = {.subject = "host", .key = maker_key(0), .server_auth = true};
	m.n_extensions = 1;
	m.extensions[0] =
		(struct maker_extension){OID_LITERAL(OID_CE("\x11")), buf_span(&names), false};
	struct cert *c = maker_cert(&m);
	OK(pem_write("CERTIFICATE", span_of(c->der, c->der_len), &pem, &e));
	OK(pem_write("PRIVATE KEY", secret_span(&maker_key(0)->pkcs8), &pem, &e));
	r.file = buf_span(&pem);
	OK(import_file(f->core, &fake_admin, &r, &done, &e));
	return c;
}

static size_t longest(const json_t *checks)
{
	size_t most = 0, i;
	json_t *one;

	json_array_foreach(checks, i, one)
	{
		size_t n = strlen(json_string_value(json_object_get(one, "evidence")));

		most = n > most ? n : most;
	}
	return most;
}

static void what_the_checks_say(void **state)
{
	static const size_t lengths[] = {CHECK_EVIDENCE_MAX / 10, 40000};

	struct fake_console con;

	(void)state;
	fake_console_open(&con);
	for (size_t i = 0; i < ARRAY_LEN(lengths); i++) {
		struct cert *c AUTO_CERT = bring(&con, 6, lengths[i]);
		struct bind_request r = {.endpoint = "default",
					 .cert = c->id,
					 .client_certs = -1,
					 .agents = -1,
					 .revocation = -1,
					 .override_reason = "names of any length"};
		json_t *out AUTO_JSON = NULL, *gone AUTO_JSON = NULL;
		struct buf text AUTO_BUF = BUF_INIT;

		OK(change_stage(con.core, &fake_admin, &r, &out, &e));
		const json_t *checks = json_object_get(out, "checks");
		assert_true(i == 0 ? longest(checks) < CHECK_EVIDENCE_MAX
				   : longest(checks) == CHECK_EVIDENCE_MAX);
		OK(json_write(checks, &text, &e));
		assert_true(text.len <= CHANGE_CHECKS_MAX);
		OK(change_abort(con.core, &fake_admin,
				json_string_value(json_object_get(out, "id")), &gone, &e));
	}
	fake_console_close(&con);
}

/* Six names are said, of more how many there are besides. */
static void names_that_are_said(void **state)
{
	struct fake_console con;

	(void)state;
	fake_console_open(&con);
	for (size_t n = 6; n < 8; n++) { /* NAMES_SHOWN_MAX */
		struct cert *c AUTO_CERT = bring(&con, n, 10);
		struct bind_request r = {.endpoint = "default",
					 .cert = c->id,
					 .client_certs = -1,
					 .agents = -1,
					 .revocation = -1};
		json_t *out AUTO_JSON = NULL;
		struct buf text AUTO_BUF = BUF_INIT;

		OK(checks_run(con.core, &r, &out, &e));
		OK(json_write(out, &text, &e));
		assert_int_equal(strstr(buf_str(&text), " and 1 more") != NULL, n == 7);
		assert_null(strstr(buf_str(&text), " and 2 more"));
	}
	fake_console_close(&con);
}

int main(void)
{
	static const struct CMUnitTest tests[] = {
		cmocka_unit_test(what_the_checks_say),
		cmocka_unit_test(names_that_are_said),
	};
	int failed = unit_run("core/limits_checks", tests, ARRAY_LEN(tests));

	maker_free_keys();
	return failed;
}
