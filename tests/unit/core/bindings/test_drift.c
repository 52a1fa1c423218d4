/* SPDX-FileCopyrightText: the certbinder authors
 * SPDX-License-Identifier: Apache-2.0 */
#include <config.h>

#include "core/bindings/bindings.h"

#include "base/files.h"
#include "base/json.h"
#include "base/text.h"
#include "core/authentication/authentication_keys.h"
#include "core/authentication/publications.h"
#include "core/certs/certs.h"
#include "lib/fake_console.h"
#include "lib/unit.h"
#include "x509/cert.h"

#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#define DAY INT64_C(86400)
#define IPCER unit_path("PCCSRV/Pccnt/Common/OfcIPCer.dat")
#define NTCER unit_path("PCCSRV/Pccnt/Common/OfcNTCer.dat")

static struct fake_console con;
static char first[65], one[65];
static struct err e;
#define OK(call) unit_assert_ok((call), &e)

static int setup(void **state)
{
	(void)state;
	e = (struct err)ERR_INIT;
	fake_console_open(&con);
	text_copy(first, sizeof first, fake_shown(&con, "127.0.0.1", NULL));
	fake_cert(&con, "one.test", "one.test", con.now_s - DAY, con.now_s + 300 * DAY, one);
	return 0;
}

static int teardown(void **state)
{
	(void)state;
	fake_console_close(&con);
	return 0;
}

static const char *text(const json_t *o, const char *key)
{
	const char *s = json_string_value(json_object_get(o, key));

	return s ? s : "";
}

/* The state and the ids of what was found, in a line. */
static void assert_drift(const char *want)
{
	json_t *d AUTO_JSON = NULL;
	struct buf got AUTO_BUF = BUF_INIT;
	const json_t *one_finding;
	size_t i;

	OK(drift_show(con.core, &d, &e));
	buf_add_str(&got, text(d, "state"));
	json_array_foreach(json_object_get(d, "findings"), i, one_finding)
		buf_printf(&got, " %s", text(one_finding, "id"));
	assert_string_equal(buf_str(&got), want);
}

static void repair(void)
{
	json_t *d AUTO_JSON = NULL;

	OK(drift_repair(con.core, &fake_operator, &d, &e));
}

static void bind(const char *cert, int within_s)
{
	struct bind_request r = {.endpoint = "default",
				 .cert = cert,
				 .client_certs = -1,
				 .agents = -1,
				 .revocation = -1,
				 .confirm_within_s = within_s};
	json_t *out AUTO_JSON = NULL;

	OK(bind_set(con.core, &fake_admin, &r, &out, &e));
}

static void a_fresh_console_has_none(void **state)
{
	(void)state;
	assert_drift("ok");
	bind(one, 0);
	assert_drift("ok");
}

static void an_open_change_is_pending(void **state)
{
	(void)state;
	bind(one, 60);
	assert_drift("pending");
}

static void a_changed_file_is_seen_and_repaired(void **state)
{
	(void)state;
	OK(file_replace(IPCER, 0644, span_str("something else"), &e));
	assert_drift("drift ipcer.drift");
	repair();
	assert_drift("ok");
	assert_string_equal(fake_ipcer(), first);
	assert_int_equal(unlink(IPCER), 0);
	assert_drift("drift ipcer.drift");
	repair();
	assert_drift("ok");
}

static void a_changed_public_key_is_seen_and_repaired(void **state)
{
	struct buf file AUTO_BUF = BUF_INIT, key AUTO_BUF = BUF_INIT;

	(void)state;
	OK(file_replace(NTCER, 0644, span_str("something else"), &e));
	assert_drift("drift ntcer.drift");
	repair();
	assert_drift("ok");
	OK(authentication_key_export(con.core, &key, &e));
	OK(file_read(NTCER, CERT_MAX_BYTES, &file, &e));
	assert_true(span_equal(buf_span(&file), buf_span(&key)));
}

static void a_damaged_row_of_the_file_is_followed_by_a_good_one(void **state)
{
	(void)state;
	bind(one, 0);
	fake_sql(&con, "UPDATE ipcer SET der = x'00'");
	OK(file_replace(IPCER, 0644, span_str("something else"), &e));
	repair();
	assert_drift("ok");
	assert_string_equal(fake_ipcer(), one);
	bind(first, 0); /* and the public copy of ours still goes when it is replaced */
	assert_drift("ok");
}

static void the_start_writes_the_file_anew(void **state)
{
	(void)state;
	assert_int_equal(unlink(IPCER), 0);
	fake_console_restart(&con, true);
	assert_drift("ok");
}

static void a_missing_public_copy_is_seen_and_repaired(void **state)
{
	(void)state;
	OK(certs_remove(con.core, &fake_admin, first, "TrustedPeople", &e));
	assert_drift("drift drift.trusted_people");
	repair();
	assert_drift("ok");
}

static void what_repair_cannot_cure_stays(void **state)
{
	(void)state;
	con.now_s += 2000 * DAY;
	assert_drift("drift validity.expired");
	repair();
	assert_drift("drift validity.expired");
}

static void a_console_that_shows_another_is_seen(void **state)
{
	(void)state;
	con.serves_old = true;
	fake_sql(&con, "UPDATE bindings SET cert = (SELECT sha256 FROM certificates"
		       " WHERE subject LIKE '%one.test%')");
	assert_drift("drift ipcer.drift drift.trusted_people drift.not_served");
	con.serves_old = false;
	repair();
	assert_drift("ok");
	assert_string_equal(fake_shown(&con, "127.0.0.1", NULL), one);
}

static void asking_often_makes_no_handshake_each_time(void **state)
{
	(void)state;
	bind(one, 0);
	con.n_proved = 0;
	for (int i = 0; i < 5; i++)
		assert_drift("ok");
	assert_int_equal(con.n_proved, 1);
}

static void secrets_that_others_can_read_are_seen(void **state)
{
	(void)state;
	assert_int_equal(chmod(unit_path("master.key"), 0644), 0);
	assert_drift("drift drift.file_mode");
}

static void only_the_present_copy_stays_in_trusted_people(void **state)
{
	json_t *list AUTO_JSON = NULL;
	const struct cert_query q = {.store = "TrustedPeople", .has_key = -1, .used = -1};

	(void)state;
	bind(one, 0);
	OK(certs_list(con.core, &q, &list, &e));
	assert_int_equal(json_integer_value(json_object_get(list, "total")), 1);
	assert_string_equal(text(json_array_get(json_object_get(list, "items"), 0), "sha256"), one);
}

static void older_files_are_kept_by_number(void **state)
{
	json_t *v AUTO_JSON = NULL;
	const json_t *numbers;

	(void)state;
	bind(one, 0);
	OK(ipcer_show(con.core, &v, &e));
	numbers = json_object_get(v, "numbers");
	assert_int_equal(json_array_size(numbers), 2);
	assert_string_equal(text(json_array_get(numbers, 0), "sha256"), one);
	assert_string_equal(text(json_array_get(numbers, 1), "sha256"), first);
	assert_string_equal(text(v, "sha256"), one);
}

static void only_the_bound_certificate_can_be_published(void **state)
{
	struct buf file AUTO_BUF = BUF_INIT;
	struct ipcer_request r = {.as_next = false};
	json_t *v AUTO_JSON = NULL, *refused AUTO_JSON = NULL;

	(void)state;
	OK(file_read(IPCER, CERT_MAX_BYTES, &file, &e));
	bind(one, 0);
	r.file = buf_span(&file);
	assert_false(ipcer_publish(con.core, &fake_operator, &r, &refused, &e));
	unit_assert_reason(&e, "ipcer.not_bound");
	assert_string_equal(text(json_object_get(refused, "candidate"), "sha256"), first);
	assert_string_equal(text(json_object_get(refused, "candidate"), "is"), "stored");
	assert_int_equal(json_array_size(json_object_get(refused, "remedies")), 2);
	assert_string_equal(fake_ipcer(), one);
	r.file = span_of(NULL, 0);
	OK(ipcer_publish(con.core, &fake_operator, &r, &v, &e));
	assert_string_equal(text(v, "sha256"), one);
}

/* The certificates that the latest publication tells agents of. */
static size_t hosts_told(void)
{
	struct buf token AUTO_BUF = BUF_INIT, payload AUTO_BUF = BUF_INIT;
	json_t *p AUTO_JSON = NULL;
	struct span parts;
	const char *dot;

	OK(publication_token(con.core, 0, &token, &e));
	dot = strchr(buf_str(&token), '.') + 1;
	parts = span_of((const uint8_t *)dot, (size_t)(strchr(dot, '.') - dot));
	assert_true(base64url_decode(parts, &payload));
	OK(json_read(buf_span(&payload), &p, &e));
	return json_array_size(json_object_get(p, "ipcer"));
}

static void a_next_certificate_goes_out_beside_the_bound_one(void **state)
{
	struct buf file AUTO_BUF = BUF_INIT;
	struct ipcer_request r = {.as_next = true};
	json_t *v AUTO_JSON = NULL, *after AUTO_JSON = NULL;

	(void)state;
	OK(authentication_keys_first_start(con.core, &e));
	OK(file_read(IPCER, CERT_MAX_BYTES, &file, &e));
	bind(one, 0);
	r.file = buf_span(&file);
	OK(ipcer_publish(con.core, &fake_operator, &r, &v, &e));
	assert_string_equal(text(v, "sha256"), one);
	assert_string_equal(text(json_object_get(v, "next"), "sha256"), first);
	assert_string_equal(fake_ipcer(), one);
	assert_int_equal(hosts_told(), 2);
	assert_drift("pending ipcer.next");
	bind(first, 0); /* the next one is the present one now */
	assert_drift("ok");
	OK(ipcer_show(con.core, &after, &e));
	assert_true(json_is_null(json_object_get(after, "next")));
}

static void a_next_certificate_is_taken_back(void **state)
{
	struct buf file AUTO_BUF = BUF_INIT;
	struct ipcer_request r = {.as_next = true};
	json_t *v AUTO_JSON = NULL;

	(void)state;
	OK(authentication_keys_first_start(con.core, &e));
	OK(file_read(IPCER, CERT_MAX_BYTES, &file, &e));
	bind(one, 0);
	r.file = buf_span(&file);
	OK(ipcer_publish(con.core, &fake_operator, &r, &v, &e));
	OK(ipcer_withdraw(con.core, &fake_operator, &e));
	assert_int_equal(hosts_told(), 1);
	assert_drift("ok");
	assert_false(ipcer_withdraw(con.core, &fake_operator, &e));
	unit_assert_reason(&e, "ipcer.no_next");
}

/* The broken states of the own certificate: the console starts, falls back, and says why. */
static void assert_fallback(const char *why_part)
{
	const struct served_binding *b;
	json_t *v AUTO_JSON = NULL;

	fake_console_restart(&con, false);
	b = served_pick(con.served, "127.0.0.1", 4343, NULL);
	assert_non_null(b);
	assert_true(b->degraded);
	if (!strstr(b->degraded_why, why_part))
		fail_msg("'%s' is not in '%s'", why_part, b->degraded_why);
	assert_string_not_equal(b->cert->id, first);
	assert_string_equal(b->bound_sha256, first);
	assert_true(b->pkcs8.len > 0);
	OK(bindings_show(con.core, "default", &v, &e));
	assert_true(json_is_true(json_object_get(v, "degraded")));
}

static void starts_without_its_certificate(void **state)
{
	(void)state;
	fake_sql(&con, "PRAGMA foreign_keys = OFF; DELETE FROM memberships WHERE cert_id IN"
		       " (SELECT id FROM certificates WHERE sha256 IN (SELECT cert FROM bindings));"
		       "DELETE FROM certificates WHERE sha256 IN (SELECT cert FROM bindings);"
		       "PRAGMA foreign_keys = ON;");
	assert_fallback("not in the database");
	/* and comes back with another one */
	fake_cert(&con, "127.0.0.1", "two.test", con.now_s - DAY, con.now_s + 300 * DAY, one);
	bind(one, 0);
	assert_string_equal(fake_shown(&con, "127.0.0.1", NULL), one);
	assert_string_equal(fake_ipcer(), one);
}

static void starts_with_a_damaged_row(void **state)
{
	(void)state;
	fake_sql(&con, "UPDATE certificates SET der = x'3003020101'"
		       " WHERE sha256 IN (SELECT cert FROM bindings)");
	for (int i = 0; i < 2; i++) /* My and TrustedPeople */
		unit_expect_log("trust.member_unreadable");
	assert_fallback("holds no certificate");
}

static void starts_without_its_key(void **state)
{
	(void)state;
	fake_sql(&con, "UPDATE certificates SET key_id = NULL; UPDATE csrs SET key_id = NULL;"
		       "DELETE FROM keys;");
	assert_fallback("private key");
}

static void starts_with_a_key_that_does_not_open(void **state)
{
	(void)state;
	fake_sql(&con, "UPDATE keys SET sealed = zeroblob(length(sealed))");
	assert_fallback("private key");
}

static void starts_without_its_master_key(void **state)
{
	(void)state;
	assert_int_equal(unlink(unit_path("master.key")), 0);
	assert_fallback("private key");
}

static void an_expired_certificate_is_served_and_said_to_be_so(void **state)
{
	const struct served_binding *b;

	(void)state;
	con.now_s += 2000 * DAY;
	fake_console_restart(&con, true);
	b = served_pick(con.served, "127.0.0.1", 4343, NULL);
	assert_string_equal(b->cert->id, first);
	assert_true(b->degraded);
	assert_non_null(strstr(b->degraded_why, "expired on"));
}

static void what_the_library_refuses_falls_back_alone(void **state)
{
	(void)state;
	con.load_fails = true;
	fake_console_restart(&con, false);
	assert_true(con.served->bindings[0].degraded);
	assert_non_null(strstr(con.served->bindings[0].degraded_why, "feature"));
}

int main(void)
{
#define T(name) cmocka_unit_test_setup_teardown(name, setup, teardown)
	static const struct CMUnitTest tests[] = {
		T(a_fresh_console_has_none),
		T(an_open_change_is_pending),
		T(a_changed_file_is_seen_and_repaired),
		T(a_changed_public_key_is_seen_and_repaired),
		T(a_damaged_row_of_the_file_is_followed_by_a_good_one),
		T(the_start_writes_the_file_anew),
		T(a_missing_public_copy_is_seen_and_repaired),
		T(what_repair_cannot_cure_stays),
		T(a_console_that_shows_another_is_seen),
		T(asking_often_makes_no_handshake_each_time),
		T(secrets_that_others_can_read_are_seen),
		T(only_the_present_copy_stays_in_trusted_people),
		T(older_files_are_kept_by_number),
		T(only_the_bound_certificate_can_be_published),
		T(a_next_certificate_goes_out_beside_the_bound_one),
		T(a_next_certificate_is_taken_back),
		T(starts_without_its_certificate),
		T(starts_with_a_damaged_row),
		T(starts_without_its_key),
		T(starts_with_a_key_that_does_not_open),
		T(starts_without_its_master_key),
		T(an_expired_certificate_is_served_and_said_to_be_so),
		T(what_the_library_refuses_falls_back_alone),
	};

	return unit_run("core/drift", tests, ARRAY_LEN(tests));
}
