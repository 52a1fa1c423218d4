/* SPDX-FileCopyrightText: the certbinder authors
 * SPDX-License-Identifier: Apache-2.0 */
#include <config.h>

#include "base/json.h"
#include "core/access/access.h"
#include "core/access/account_certificates.h"
#include "core/bindings/path_rules.h"
#include "core/bindings/peer.h"
#include "core/bindings/served.h"
#include "core/certs/cert_values.h"
#include "core/console/settings.h"
#include "core/core_impl.h"
#include "core/roots/required_roots.h"
#include "core/roots/root_catalogue.h"
#include "core/trust/crl_egress.h"
#include "core/trust/crl_impl.h"
#include "core/trust/crl_points.h"
#include "core/trust/issuers_known.h"
#include "core/trust/judge_json.h"
#include "core/trust/refusals.h"
#include "lib/core_fixture.h"
#include "lib/maker.h"
#include "lib/unit.h"
#include "store/crl_points.h"
#include "store/db.h"
#include "x509/der.h"
#include "x509/derout.h"
#include "x509/oid.h"
#include "x509/pem.h"

#include <stdio.h>
#include <string.h>

/* Limits of what the console keeps for its administrators and looks through for them, from both sides. */

static struct err e;
#define OK(call) unit_assert_ok((call), &e)

static int64_t number(struct core *c, const char *sql)
{
	int64_t n = -1;

	OK(db_get_int(core_store(c), sql, DB_NO_ARGS, &n, NULL, &e));
	return n;
}

static void run(struct core *c, const char *sql, int64_t n)
{
	struct buf text AUTO_BUF = BUF_INIT;

	buf_printf(
		&text,
		"WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < ?1) %s",
		sql);
	OK(db_run(core_store(c), buf_str(&text), DB_ARGS(db_i(n)), &e));
}

static char *letters(char *out, size_t n)
{
	memset(out, 'a', n);
	out[n] = '\0';
	return out;
}

/* ---- certificates of accounts ---- */

static void mappings_of_one_console(void **state)
{
	struct core *c AUTO_CORE = fixture_open();
	struct secret pw AUTO_SECRET = SECRET_INIT;
	json_t *account AUTO_JSON = NULL, *one AUTO_JSON = NULL, *more AUTO_JSON = NULL;
	struct cert *cert AUTO_CERT =
				  maker_cert(&(struct maker){.subject = "X", .key = maker_key(0)}),
			  *next AUTO_CERT =
				  maker_cert(&(struct maker){.subject = "Y", .key = maker_key(0)});
	struct account_cert_wish w = {.kind = "certificate",
				      .file = span_of(cert->der, cert->der_len)};

	(void)state;
	OK(secret_set(&pw, "correct horse battery", 21, &e));
	OK(account_create(c, &fixture_admin, "ann", ROLE_VIEWER, &pw, &account, &e));
	run(c,
	    "INSERT INTO account_certificates (account_id, kind, value, issuer_sha256,"
	    " issuer_subject, issuer_name, issuer_key, deny, created_at, created_by)"
	    " SELECT (SELECT id FROM accounts LIMIT 1), 'certificate', 'v' || i, '', '', x'', x'',"
	    " 0, 0, '' FROM n",
	    ACCOUNT_CERTS_MAX - 1);
	OK(account_cert_add(c, &fixture_admin, "ann", &w, &one, &e));
	w.file = span_of(next->der, next->der_len);
	assert_false(account_cert_add(c, &fixture_admin, "ann", &w, &more, &e));
	unit_assert_reason(&e, "limit.rows");
	assert_int_equal(number(c, "SELECT count(*) FROM account_certificates"), ACCOUNT_CERTS_MAX);
}

static void bytes_of_a_name_that_is_compared(void **state)
{
	char text[ACCOUNT_CERT_VALUE_MAX + 2];

	(void)state;
	for (size_t more = 0; more < 2; more++) {
		struct buf out AUTO_BUF = BUF_INIT;

		assert_int_equal(cert_value_normal(
					 "upn", letters(text, ACCOUNT_CERT_VALUE_MAX + more), &out),
				 more == 0);
	}
}

/* Alice's certificate with n e-mail addresses, of which the last is mapped, denied. */
static enum cert_standing standing_with(struct core *c, size_t n, struct cert_match *m)
{
	struct buf names AUTO_BUF = BUF_INIT;
	struct cert *root AUTO_CERT =
		maker_cert(&(struct maker){.subject = "Root", .key = maker_key(0), .ca = true});
	size_t s = der_begin(&names, DER_SEQUENCE);

	for (size_t i = 1; i <= n; i++) {
		char name[32];

		(void)snprintf(name, sizeof name, "%s@x.test", i == n ? "mapped" : "other");
		der_add(&names, DER_CONTEXT(GN_EMAIL), span_str(name));
	}
	der_end(&names, s);

	struct maker leaf = {.subject = "Alice",
			     .issuer = "Root",
			     .key = maker_key(1),
			     .signer = maker_key(0),
			     .client_auth = true,
			     .n_extensions = 1};
	leaf.extensions[0] =
		(struct maker_extension){OID_LITERAL(OID_CE("\x11")), buf_span(&names), false};
	struct cert *alice AUTO_CERT = maker_cert(&leaf);
	struct trust_step steps[] = {{.cert = alice}, {.cert = root}};
	struct trust_path path = {.steps = steps, .n_steps = 2, .complete = true};
	const struct verdict v = {.accept = true, .paths = &path, .n_paths = 1};

	OK(db_run(core_store(c),
		  "UPDATE account_certificates SET issuer_name = ?1, issuer_key = ?2",
		  DB_ARGS(db_b(span_of(root->subject.canonical, root->subject.canonical_len)),
			  db_b(span_of(root->spki_sha256, SHA256_BYTES))),
		  &e));
	OK(account_cert_identify(c, &v, m, &e));
	return m->standing;
}

/* What is not looked up might say no: then the certificate stands for nobody. */
static void names_of_a_certificate_that_are_looked_up(void **state)
{
	struct core *c AUTO_CORE = fixture_open();
	struct secret pw AUTO_SECRET = SECRET_INIT;
	json_t *account AUTO_JSON = NULL;
	struct cert_match m;

	(void)state;
	OK(secret_set(&pw, "correct horse battery", 21, &e));
	OK(account_create(c, &fixture_admin, "ann", ROLE_VIEWER, &pw, &account, &e));
	run(c,
	    "INSERT INTO account_certificates (account_id, kind, value, issuer_sha256,"
	    " issuer_subject, issuer_name, issuer_key, deny, created_at, created_by)"
	    " SELECT (SELECT id FROM accounts LIMIT 1), 'email', 'mapped@x.test', '', '', x'', x'',"
	    " 0, 0, '' FROM n",
	    1);
	assert_int_equal(standing_with(c, ACCOUNT_CERT_NAMES_MAX, &m), CERT_ALLOWED);
	assert_int_equal(standing_with(c, ACCOUNT_CERT_NAMES_MAX + 1, &m), CERT_DENIED);
	assert_non_null(strstr(m.why, "names"));
}

/* ---- required roots ---- */

static bool add_root(struct core *c, const char *name)
{
	const struct required_root_edit n = {.name = name, .store = "Root"};
	json_t *out AUTO_JSON = NULL;

	e = (struct err)ERR_INIT;
	return required_root_add(c, &fixture_admin, &n, &out, &e);
}

static bool read_catalogue(struct core *c, size_t *n_out)
{
	struct root_catalogue k AUTO_ROOT_CATALOGUE = ROOT_CATALOGUE_INIT;
	bool good;

	e = (struct err)ERR_INIT;
	good = root_catalogue_read(c, &k, &e);
	*n_out = k.n;
	return good;
}

static void entries_of_the_catalogue_and_their_texts(void **state)
{
	size_t n = 0;
	struct core *c AUTO_CORE = fixture_open();
	char text[REQUIRED_ROOT_TEXT_MAX + 2];

	(void)state;
	OK(add_root(c, letters(text, REQUIRED_ROOT_TEXT_MAX)));
	assert_false(add_root(c, letters(text, REQUIRED_ROOT_TEXT_MAX + 1)));
	assert_int_equal(e.code, ERR_INVALID);
	run(c,
	    "INSERT INTO required_roots (name, store, needed_for, since, shipped)"
	    " SELECT 'r' || i, 'Root', '', '', 0 FROM n",
	    REQUIRED_ROOTS_MAX - 1 - number(c, "SELECT count(*) FROM required_roots"));
	OK(add_root(c, "last"));
	assert_false(add_root(c, "more"));
	unit_assert_reason(&e, "limit.rows");
	assert_int_equal(number(c, "SELECT count(*) FROM required_roots"), REQUIRED_ROOTS_MAX);
	OK(read_catalogue(c, &n));
	assert_int_equal(n, REQUIRED_ROOTS_MAX);
	/* what some other program put there: positions have their place in arrays of that size */
	run(c,
	    "INSERT INTO required_roots (name, store, needed_for, since, shipped)"
	    " SELECT 'more', 'Root', '', '', 0 FROM n",
	    1);
	assert_false(read_catalogue(c, &n));
	assert_int_equal(e.code, ERR_LIMIT);
}

/* ---- distribution points ---- */

static void bytes_of_the_address_of_a_point(void **state)
{
	struct core *c AUTO_CORE = fixture_open();
	char url[CRL_POINT_URL_MAX + 2];
	struct buf name AUTO_BUF = BUF_INIT;

	(void)state;
	maker_name(&name, "X");
	OK(store_begin(core_store(c), &e));
	for (size_t more = 0; more < 2; more++) {
		struct name n AUTO(name_clear) = {.n_rdns = 0};

		letters(url, CRL_POINT_URL_MAX + more);
		memcpy(url, "http://", 7);
		OK(name_parse(buf_span(&name), &n, &e));
		OK(crl_point_note(c, span_str(url), &n, NULL, false, "client", &e));
		assert_int_equal(number(c, "SELECT count(*) FROM crl_points"), 1);
		url[8] = 'b'; /* another one */
	}
	OK(store_commit(core_store(c), &e));
}

/* Certificates that name a point wait in memory; one too many waits for the next time that it comes. */
static void certificates_that_name_a_point(void **state)
{
	static const char points[] = "\x30\x12\x30\x10\xa0\x0e\xa0\x0c\x86\x0ahttp://a/1";
	struct core *c AUTO_CORE = fixture_open();
	struct crl_notes *notes = NULL;
	struct trust_step steps[CRL_NOTES_MAX + 1];
	struct trust_path path = {.steps = steps, .n_steps = CRL_NOTES_MAX + 1, .complete = true};
	struct verdict v = {.accept = true, .paths = &path, .n_paths = 1};

	(void)state;
	for (size_t i = 0; i <= CRL_NOTES_MAX; i++) {
		char value[sizeof points];
		struct maker m = {.subject = "X", .key = maker_key(0), .n_extensions = 1};

		memcpy(value, points, sizeof points);
		value[sizeof points - 2] = (char)('0' + i);
		m.extensions[0] = (struct maker_extension){OID_LITERAL(OID_CE("\x1f")),
							   span_of(value, sizeof value - 1), false};
		steps[i] = (struct trust_step){.cert = maker_cert(&m)};
		assert_int_equal(steps[i].cert->crl_urls.n, 1);
	}
	OK(crl_notes_new(&notes, &e));
	crl_notes_put(notes, &v);
	OK(crl_notes_flush(c, notes, &e));
	assert_int_equal(number(c, "SELECT count(*) FROM crl_points"), CRL_NOTES_MAX);
	crl_notes_put(notes, &v);
	OK(crl_notes_flush(c, notes, &e));
	assert_int_equal(number(c, "SELECT count(*) FROM crl_points"), CRL_NOTES_MAX + 1);
	crl_notes_free(notes);
	for (size_t i = 0; i <= CRL_NOTES_MAX; i++)
		cert_unref(steps[i].cert);
}

/* A certificate that was taken is not taken again soon, unless so many others came since. */
static void certificates_remembered_as_taken(void **state)
{
	static const char points[] = "\x30\x12\x30\x10\xa0\x0e\xa0\x0c\x86\x0ahttp://a/1";
	const size_t most = 256; /* RECENT_MAX */
	struct core *c AUTO_CORE = fixture_open();
	struct crl_notes *notes = NULL;
	struct trust_step step = {.cert = NULL};
	struct trust_path path = {.steps = &step, .n_steps = 1, .complete = true};
	struct verdict v = {.accept = true, .paths = &path, .n_paths = 1};
	struct maker m = {.subject = "X", .key = maker_key(0), .n_extensions = 1};

	(void)state;
	m.extensions[0] = (struct maker_extension){OID_LITERAL(OID_CE("\x1f")),
						   span_of(points, sizeof points - 1), false};
	struct cert *first AUTO_CERT = maker_cert(&m);
	for (size_t more = 0; more < 2; more++) {
		OK(crl_notes_new(&notes, &e));
		for (size_t i = 0; i < most + more; i++) {
			struct cert *x AUTO_CERT = i == 0 ? cert_ref(first) : maker_cert(&m);

			step.cert = x;
			crl_notes_put(notes, &v);
			OK(crl_notes_flush(c, notes, &e));
		}
		OK(db_run(core_store(c), "DELETE FROM crl_points", DB_NO_ARGS, &e));
		step.cert = first;
		crl_notes_put(notes, &v);
		OK(crl_notes_flush(c, notes, &e));
		assert_int_equal(number(c, "SELECT count(*) FROM crl_points"), more);
		OK(db_run(core_store(c), "DELETE FROM crl_points", DB_NO_ARGS, &e));
		crl_notes_free(notes);
	}
}

static bool fails(void *arg, const struct download_request *r, struct buf *out, struct err *why)
{
	(void)r, (void)out;
	++*(int *)arg;
	return err_set(why, ERR_UNREACHABLE, "nobody is there");
}

static void points_asked_at_once_and_how_long_a_failure_waits(void **state)
{
	struct core *c AUTO_CORE = fixture_open();
	struct core_hooks hooks = *core_hooks(c);
	json_t *all AUTO_JSON = NULL, *networks AUTO_JSON = json_string("127.0.0.1/32");
	int n_asked = 0;

	(void)state;
	hooks.arg = &n_asked;
	hooks.download = fails;
	hooks.publish = NULL;
	core_set_hooks(c, &hooks);
	OK(settings_set(c, &fixture_admin, "crl_egress", networks, &e));
	run(c,
	    "INSERT INTO crl_points (url, issuer, issuer_der, is_delta, origin, seen_at, next_at,"
	    " failures) SELECT 'http://127.0.0.1/' || i, 'X', x'00', 0, 'list', 2000000000, 0, 60"
	    " FROM n",
	    CRL_FETCH_NOW_MAX + 1);
	json_decref(all);
	all = NULL;
	OK(crls_fetch(c, &fixture_admin, NULL, &all, &e));
	assert_int_equal(n_asked, CRL_FETCH_NOW_MAX);
	assert_int_equal(fixture_count(all, "items"), CRL_FETCH_NOW_MAX);
	assert_int_equal(number(c, "SELECT max(next_at) - max(tried_at) FROM crl_points"),
			 CRL_FETCH_BACKOFF_MAX_S);
	assert_int_equal(number(c, "SELECT count(*) FROM crl_points WHERE failures = 61"),
			 CRL_FETCH_NOW_MAX);
}

static void bytes_of_the_list_of_whom_may_be_asked(void **state)
{
	struct core *c AUTO_CORE = fixture_open();
	char text[CRL_EGRESS_TEXT_MAX + 2];

	(void)state;
	for (size_t more = 0; more < 2; more++) {
		json_t *value AUTO_JSON = NULL;

		memset(text, ' ', sizeof text);
		memcpy(text, "127.0.0.1/32", 12);
		text[CRL_EGRESS_TEXT_MAX + more] = '\0';
		value = json_string(text);
		e = (struct err)ERR_INIT;
		assert_int_equal(settings_set(c, &fixture_admin, "crl_egress", value, &e),
				 more == 0);
	}
}

/* ---- one question to the judge ---- */

static void pem_of(struct span der, const char *label, size_t n, struct buf *out)
{
	buf_init(out, (size_t)12 << 20);
	for (size_t i = 0; i < n; i++)
		OK(pem_write(label, der, out, &e));
}

static bool asked(json_t *member, const char *name)
{
	json_t *q AUTO_JSON =
		json_pack("{s:s, s:I, s:s, s:[], s:{}, s:i, s:n, s:[], s:b}", "id", "x", "time",
			  (json_int_t)MAKER_NOW, "purpose", "client", "chain", "stores", "mode", 0,
			  "issuer_store", "crls", "check_revocation", 0);
	json_t *out AUTO_JSON = NULL;

	e = (struct err)ERR_INIT;
	assert_int_equal(json_object_set_new(q, name, member), 0);
	return judge_json(q, NULL, &out, &e);
}

/* n lists or certificates, at most a thousand in each text. */
static json_t *texts(struct span der, const char *label, size_t n)
{
	json_t *list = json_array();

	while (n > 0) {
		struct buf pem AUTO_BUF = BUF_INIT;
		size_t some = n < 1000 ? n : 1000;

		pem_of(der, label, some, &pem);
		json_array_append_new(list, json_string(buf_str(&pem)));
		n -= some;
	}
	return list;
}

static void certificates_and_lists_of_one_question(void **state)
{
	struct crl *l = maker_crl(&(struct maker_crl){.issuer = "X", .signer = maker_key(0)});

	(void)state;
	for (size_t more = 0; more < 2; more++) {
		assert_int_equal(
			asked(texts(span_of(l->der, l->der_len), "X509 CRL", JUDGE_CRLS_MAX + more),
			      "crls"),
			more == 0);
		assert_int_equal(e.code, more == 0 ? ERR_OK : ERR_LIMIT);
		/* what is none is left out, but counts */
		assert_int_equal(asked(json_pack("{s:o}", "CA",
						 texts(span_str("none"), "CERTIFICATE",
						       JUDGE_CERTS_MAX + more)),
				       "stores"),
				 more == 0);
		assert_int_equal(e.code, more == 0 ? ERR_OK : ERR_LIMIT);
	}
	crl_unref(l);
}

/* ---- path rules and listeners ---- */

static void bytes_of_the_path_rules_of_a_binding(void **state)
{
	char out[PATH_RULES_TEXT_MAX], prefix[PATH_PREFIX_MAX + 1];

	(void)state;
	for (size_t more = 0; more < 2; more++) {
		struct buf text AUTO_BUF = BUF_INIT;
		size_t left = PATH_RULES_TEXT_MAX - 1 + more; /* "PREFIX N", and '\n' between */

		for (char i = 'a'; left > 0; i++) {
			size_t n = left > 150 ? 100 : left - 2;

			letters(prefix, n);
			prefix[0] = '/';
			prefix[1] = i;
			buf_printf(&text, "%s%s=require", text.len ? "," : "", prefix);
			left -= left > 150 ? n + 3 : left;
		}
		e = (struct err)ERR_INIT;
		assert_int_equal(path_rules_from_text(buf_str(&text), out, &e), more == 0);
		if (more == 0)
			assert_int_equal(strlen(out), PATH_RULES_TEXT_MAX - 1);
		else
			unit_assert_reason(&e, "request.member");
	}
}

static void further_listeners_of_one_run(void **state)
{
	struct core *c AUTO_CORE = fixture_open();
	struct endpoint more[LISTENERS_MAX + 1];

	(void)state;
	for (size_t i = 0; i <= LISTENERS_MAX; i++) {
		more[i] = (struct endpoint){.port = (uint16_t)(5000 + i)};
		(void)snprintf(more[i].ip, sizeof more[i].ip, "127.0.0.1");
	}
	OK(served_listeners(c, more, LISTENERS_MAX, &e));
	assert_false(served_listeners(c, more, LISTENERS_MAX + 1, &e));
	assert_int_equal(e.code, ERR_LIMIT);
	assert_int_equal(number(c, "SELECT count(*) FROM listeners"), LISTENERS_MAX);
}

int main(void)
{
	static const struct CMUnitTest tests[] = {
		cmocka_unit_test(mappings_of_one_console),
		cmocka_unit_test(bytes_of_a_name_that_is_compared),
		cmocka_unit_test(names_of_a_certificate_that_are_looked_up),
		cmocka_unit_test(entries_of_the_catalogue_and_their_texts),
		cmocka_unit_test(bytes_of_the_address_of_a_point),
		cmocka_unit_test(certificates_that_name_a_point),
		cmocka_unit_test(certificates_remembered_as_taken),
		cmocka_unit_test(points_asked_at_once_and_how_long_a_failure_waits),
		cmocka_unit_test(bytes_of_the_list_of_whom_may_be_asked),
		cmocka_unit_test(certificates_and_lists_of_one_question),
		cmocka_unit_test(bytes_of_the_path_rules_of_a_binding),
		cmocka_unit_test(further_listeners_of_one_run),
	};
	int failed = unit_run("core/limits_desk", tests, ARRAY_LEN(tests));

	maker_free_keys();
	return failed;
}
