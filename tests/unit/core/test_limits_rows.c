/* SPDX-FileCopyrightText: the certbinder authors
 * SPDX-License-Identifier: Apache-2.0 */
#include <config.h>

#include "base/json.h"
#include "core/access/access.h"
#include "core/agents/agent_desk.h"
#include "core/agents/agent_impl.h"
#include "core/bindings/bindings.h"
#include "core/certs/csrs.h"
#include "core/certs/import.h"
#include "core/certs/keys.h"
#include "core/console/system.h"
#include "core/core_impl.h"
#include "core/trust/crl_impl.h"
#include "core/trust/crl_points.h"
#include "core/trust/issuers_known.h"
#include "lib/core_fixture.h"
#include "lib/maker.h"
#include "lib/unit.h"
#include "store/db.h"
#include "x509/pem.h"

#include <stdio.h>
#include <string.h>

/* Limits of rows that one console keeps or goes through, which stand beside the code that they are of. */
#define TOKENS_MAX 10000	/* core/access/tokens.c */
#define ACCOUNTS_MAX 1000	/* core/access/accounts.c */
#define CSRS_MAX 1000		/* core/certs/csrs.c */
#define OWNERS_MAX 256		/* core/certs/import_plan.c */
#define LOOKED_AT_MAX 5000	/* core/trust/issuers_known.c */
#define METRICS_CERTS_MAX 10000 /* core/console/metrics.c */
#define ISSUERS_MAX 5000	/* core/trust/crl_issuers.c */
#define IPCER_SHOWN_MAX 100	/* core/bindings/ipcer.c */

static struct err e;
#define OK(call) unit_assert_ok((call), &e)

/* n rows at once, i counting from 1. */
static void fill(struct core *c, int64_t n, const char *insert, const char *select)
{
	struct buf sql AUTO_BUF = BUF_INIT;

	buf_printf(&sql,
		   "WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < ?1)"
		   " INSERT INTO %s SELECT %s FROM n",
		   insert, select);
	OK(db_run(core_store(c), buf_str(&sql), DB_ARGS(db_i(n)), &e));
}

static struct core *opened(void)
{
	e = (struct err)ERR_INIT;
	return fixture_open();
}

static void tokens_of_one_console(void **state)
{
	struct core *c AUTO_CORE = opened();

	(void)state;
	fill(c, TOKENS_MAX - 1, "tokens (id, name, hash, role, created_at, created_by)",
	     "printf('%032x', i), 'n' || i, randomblob(32), 1, 0, ''");
	for (int more = 0; more < 2; more++) {
		struct secret token AUTO_SECRET = SECRET_INIT;
		json_t *out AUTO_JSON = NULL;

		assert_int_equal(token_create(c, &fixture_admin, more ? "more" : "last",
					      ROLE_VIEWER, 1, &token, &out, &e),
				 more == 0);
	}
	unit_assert_reason(&e, "limit.rows");
}

static void accounts_of_one_console(void **state)
{
	struct core *c AUTO_CORE = opened();
	struct secret pw AUTO_SECRET = SECRET_INIT;

	(void)state;
	OK(secret_set(&pw, "correct horse battery", 21, &e));
	fill(c, ACCOUNTS_MAX - 1, "accounts (name, role, password, created_at, changed_at)",
	     "'n' || i, 1, '', 0, 0");
	for (int more = 0; more < 2; more++) {
		json_t *out AUTO_JSON = NULL;

		assert_int_equal(account_create(c, &fixture_admin, more ? "more" : "last",
						ROLE_VIEWER, &pw, &out, &e),
				 more == 0);
	}
	unit_assert_reason(&e, "limit.rows");
}

static void requests_of_one_console(void **state)
{
	static const char *const names[] = {"host.test"};
	const struct csr_request r = {.dns_names = names, .n_dns_names = 1};
	struct core *c AUTO_CORE = opened();

	(void)state;
	OK(db_run(core_store(c),
		  "INSERT INTO keys (id, spki_sha256, type, bits, sealed, exportable, created_at)"
		  " VALUES (999, 'x', 'ec', 256, x'00', 0, 0)",
		  DB_NO_ARGS, &e));
	fill(c, CSRS_MAX - 1,
	     "csrs (id, key_id, spki_sha256, der, common_name, names, key_spec, friendly_name,"
	     " renews, created_at, created_by)",
	     "printf('%032x', i), 999, 'x', x'00', '', '[]', 'ec256', '', '', 0, ''");
	for (int more = 0; more < 2; more++) {
		json_t *out AUTO_JSON = NULL;

		assert_int_equal(csrs_create(c, &fixture_admin, &r, &out, &e), more == 0);
	}
	unit_assert_reason(&e, "limit.rows");
}

static void names_of_one_request(void **state)
{
	struct core *c AUTO_CORE = opened();
	char text[CSR_NAMES_MAX + 1][32];
	const char *names[CSR_NAMES_MAX + 1];

	(void)state;
	for (size_t v = 0; v < 4; v++) {
		size_t more = v % 2;
		bool ip = v >= 2;
		json_t *out AUTO_JSON = NULL;
		struct csr_request r = {.dns_names = names, .ip_addresses = names};

		for (size_t i = 0; i <= CSR_NAMES_MAX; i++) {
			(void)snprintf(text[i], sizeof text[i], ip ? "10.0.0.%zu" : "h%zu.test", i);
			names[i] = text[i];
		}
		*(ip ? &r.n_ip_addresses : &r.n_dns_names) = CSR_NAMES_MAX + more;
		e = (struct err)ERR_INIT;
		assert_int_equal(csrs_create(c, &fixture_admin, &r, &out, &e), more == 0);
		assert_int_equal(e.code, more == 0 ? ERR_OK : ERR_LIMIT);
	}
}

/* A key that comes alone, and those of the database that have it. */
static void certificates_that_share_a_key(void **state)
{
	const struct maker_key *key = maker_key(3);
	struct core *c AUTO_CORE = opened();
	struct buf pem AUTO_BUF = BUF_INIT;
	struct import_request r = {.dry_run = true};
	struct cert *cert AUTO_CERT = maker_cert(&(struct maker){.subject = "X", .key = key});
	char spki[2 * SHA256_BYTES + 1], select[400];

	(void)state;
	OK(pem_write("PRIVATE KEY", secret_span(&key->pkcs8), &pem, &e));
	r.file = buf_span(&pem);
	keys_spki_hex(cert->spki_sha256, spki);
	(void)snprintf(select, sizeof select,
		       "printf('%%064x', i), '', '%s', x'00', '', '', '', 0, 0, 0, 0, 1, 0, 0",
		       spki);
	OK(db_run(core_store(c),
		  "INSERT INTO certificates (sha256, sha1, spki_sha256, der, subject, issuer,"
		  " search, not_before, not_after, is_ca, self_signed, for_server, for_client,"
		  " added_at) VALUES (?1, '', ?2, ?3, '', '', '', 0, 0, 0, 0, 1, 0, 0)",
		  DB_ARGS(db_t(cert->id), db_t(spki), db_b(span_of(cert->der, cert->der_len))),
		  &e));
	for (int more = 0; more < 2; more++) {
		json_t *out AUTO_JSON = NULL;

		OK(db_run(core_store(c), "DELETE FROM certificates WHERE sha256 LIKE '00000000%'",
			  DB_NO_ARGS, &e));
		fill(c, OWNERS_MAX - 1 + more,
		     "certificates (sha256, sha1, spki_sha256, der, subject, issuer, search,"
		     " not_before, not_after, is_ca, self_signed, for_server, for_client, "
		     "added_at)",
		     select);
		e = (struct err)ERR_INIT;
		bool good = import_file(c, &fixture_admin, &r, &out, &e);

		assert_true(more == 0 ? good || e.code != ERR_LIMIT : e.code == ERR_LIMIT);
	}
}

/* The issuer stands behind n others in the order of their names. */
static void certificates_that_are_looked_at(void **state)
{
	struct core *c AUTO_CORE = opened();
	struct maker ca = {.subject = "CA", .key = maker_key(0), .ca = true};
	struct cert *issuer AUTO_CERT = maker_cert(&ca);
	struct cert *leaf AUTO_CERT = maker_cert(&(struct maker){
		.subject = "L", .issuer = "CA", .key = maker_key(1), .signer = maker_key(0)});

	(void)state;
	OK(db_run(core_store(c),
		  "INSERT INTO certificates (sha256, sha1, spki_sha256, der, subject, issuer,"
		  " search, not_before, not_after, is_ca, self_signed, for_server, for_client,"
		  " added_at) VALUES (?1, '', '', ?2, 'z', '', '', 0, 0, 1, 0, 1, 1, 0)",
		  DB_ARGS(db_t(issuer->id), db_b(span_of(issuer->der, issuer->der_len))), &e));
	for (int more = 0; more < 2; more++) {
		struct issuers_known k AUTO_ISSUERS_KNOWN = {.n = 0};

		fill(c, more ? 1 : LOOKED_AT_MAX - 1,
		     "certificates (sha256, sha1, spki_sha256, der, subject, issuer, search,"
		     " not_before, not_after, is_ca, self_signed, for_server, for_client, "
		     "added_at)",
		     more ? "'x', '', '', x'00', 'a', '', '', 0, 0, 1, 0, 1, 1, 0"
			  : "printf('%064x', i), '', '', x'00', 'a', '', '', 0, 0, 1, 0, 1, 1, 0");
		OK(issuers_known_find(c, leaf, &k, &e));
		assert_int_equal(k.n, more == 0);
	}
}

static size_t times(const char *text, const char *part)
{
	size_t n = 0;

	while ((text = strstr(text, part))) {
		text += strlen(part);
		n++;
	}
	return n;
}

static void certificates_that_the_metrics_show(void **state)
{
	static const char line[] = "\nx509_cert_not_after{";
	struct core *c AUTO_CORE = opened();
	struct buf out AUTO_BUF = BUF_INIT;
	struct cert *x AUTO_CERT = maker_cert(&(struct maker){.subject = "X", .key = maker_key(0)});

	(void)state;
	OK(store_begin(core_store(c), &e));
	OK(db_run(core_store(c),
		  "WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < ?1)"
		  "INSERT INTO certificates (sha256, sha1, spki_sha256, der, subject, issuer,"
		  " search, not_before, not_after, is_ca, self_signed, for_server, for_client,"
		  " added_at) SELECT printf('%064x', i), '', '', ?2, '', '', '', 0, 0, 1, 0, 1, 1,"
		  " 0 FROM n",
		  DB_ARGS(db_i(METRICS_CERTS_MAX + 1), db_b(span_of(x->der, x->der_len))), &e));
	OK(db_run(core_store(c),
		  "INSERT INTO memberships (store_id, cert_id, added_at) SELECT"
		  " (SELECT id FROM stores WHERE name = 'CA'), id, 0 FROM certificates",
		  DB_NO_ARGS, &e));
	OK(store_commit(core_store(c), &e));
	OK(system_metrics(c, &out, &e));
	assert_int_equal(times(buf_str(&out), line), METRICS_CERTS_MAX);
}

static void issuers_in_the_table_of_revocation(void **state)
{
	struct core *c AUTO_CORE = opened();

	(void)state;
	for (int more = 0; more < 2; more++) {
		json_t *out AUTO_JSON = NULL;

		fill(c, more ? 1 : ISSUERS_MAX,
		     "crls (sha256, issuer, issuer_der, number, der, is_delta, this_update,"
		     " n_entries, added_at)",
		     more ? "'x', '', x'ff', '', x'00', 0, 0, 0, 0"
			  : "printf('%064x', i), '', CAST(i AS BLOB), '', x'00', 0, 0, 0, 0");
		e = (struct err)ERR_INIT;
		assert_int_equal(crls_issuers(c, &out, &e), more == 0);
		assert_int_equal(e.code, more == 0 ? ERR_OK : ERR_LIMIT);
	}
}

static void numbers_of_host_certificates_that_are_shown(void **state)
{
	struct core *c AUTO_CORE = opened();
	struct cert *x AUTO_CERT = maker_cert(&(struct maker){.subject = "X", .key = maker_key(0)});

	(void)state;
	for (int more = 0; more < 2; more++) {
		json_t *out AUTO_JSON = NULL;

		for (int i = 0; i < (more ? 1 : IPCER_SHOWN_MAX); i++)
			OK(db_run(
				core_store(c),
				"INSERT INTO ipcer (sha256, der, reason, trusted_by_us, created_at)"
				" VALUES (?1, ?2, 'bound', 0, 0)",
				DB_ARGS(db_t(x->id), db_b(span_of(x->der, x->der_len))), &e));
		OK(ipcer_show(c, &out, &e));
		assert_int_equal(fixture_count(out, "numbers"), IPCER_SHOWN_MAX);
		assert_int_equal(
			json_integer_value(json_object_get(
				json_array_get(json_object_get(out, "numbers"), 0), "number")),
			IPCER_SHOWN_MAX + more);
	}
}

int main(void)
{
	static const struct CMUnitTest tests[] = {
		cmocka_unit_test(tokens_of_one_console),
		cmocka_unit_test(accounts_of_one_console),
		cmocka_unit_test(requests_of_one_console),
		cmocka_unit_test(names_of_one_request),
		cmocka_unit_test(certificates_that_share_a_key),
		cmocka_unit_test(certificates_that_are_looked_at),
		cmocka_unit_test(certificates_that_the_metrics_show),
		cmocka_unit_test(issuers_in_the_table_of_revocation),
		cmocka_unit_test(numbers_of_host_certificates_that_are_shown),
	};
	int failed = unit_run("core/limits_rows", tests, ARRAY_LEN(tests));

	maker_free_keys();
	return failed;
}
