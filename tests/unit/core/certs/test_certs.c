/* SPDX-FileCopyrightText: the certbinder authors
 * SPDX-License-Identifier: Apache-2.0 */
#include <config.h>

#include "core/certs/certs.h"

#include "base/mem.h"
#include "base/text.h"
#include "core/tx.h"
#include "lib/core_fixture.h"
#include "lib/unit.h"
#include "store/db.h"
#include "x509/bag.h"
#include "x509/pem.h"

#include <stdio.h>
#include <string.h>

static struct err e;

#define ADMIN (&fixture_admin)
#define DAY 86400

static struct core *with_server(void)
{
	struct core *c = fixture_open();

	json_decref(fixture_import(c, "root.crt", "Root"));
	json_decref(fixture_import(c, "server.pfx", "My"));
	return c;
}

static json_t *show(struct core *c, const char *name)
{
	json_t *o = NULL;

	unit_assert_ok(certs_show(c, name, true, &o, &e), &e);
	return o;
}

static json_t *list(struct core *c, struct cert_query q)
{
	json_t *o = NULL;

	unit_assert_ok(certs_list(c, &q, &o, &e), &e);
	return o;
}

static int64_t generation(struct core *c)
{
	int64_t n = 0;

	unit_assert_ok(core_counter(c, CORE_TRUST_GENERATION, &n, &e), &e);
	return n;
}

/* As a binding would: something relies on the certificate. */
static void use(struct core *c, const char *sha256)
{
	unit_assert_ok(store_begin(core_store(c), &e), &e);
	unit_assert_ok(db_run(core_store(c),
			      "INSERT INTO bindings (ip, port, host, cert, version)"
			      " VALUES ('*', 443, '', ?1, 0)",
			      DB_ARGS(db_t(sha256)), &e),
		       &e);
	unit_assert_ok(store_commit(core_store(c), &e), &e);
}

static void finds_a_certificate_as_people_write_it(void **state)
{
	struct core *c AUTO_CORE = with_server();
	json_t *o AUTO_JSON = show(c, fixture_id("server.crt"));
	char spelled[300];
	const char *thumb = fixture_at(o, "thumbprint");
	struct cert *cert = NULL;

	(void)state;
	snprintf(spelled, sizeof(spelled), "\xe2\x80\x8e%.4s %.4s:%s", thumb, thumb + 4, thumb + 8);
	unit_assert_ok(certs_find(c, spelled, &cert, &e), &e);
	assert_string_equal(cert->id, fixture_id("server.crt"));
	cert_unref(cert);
	cert = NULL;
	unit_assert_ok(certs_set_friendly_name(c, ADMIN, thumb, "Front door", &e), &e);
	unit_assert_ok(certs_find(c, "front DOOR", &cert, &e), &e);
	cert_unref(cert);
	cert = NULL;
	assert_false(certs_find(c, "back door", &cert, &e));
	unit_assert_reason(&e, "cert.not_found");
	assert_false(certs_find(c, "00", &cert, &e));
	assert_false(certs_find(c, "", &cert, &e));
	assert_null(cert);
}

static void friendly_name_of_two_is_ambiguous(void **state)
{
	struct core *c AUTO_CORE = with_server();
	struct cert *cert = NULL;

	(void)state;
	unit_assert_ok(certs_set_friendly_name(c, ADMIN, fixture_id("server.crt"), "x", &e), &e);
	unit_assert_ok(certs_set_friendly_name(c, ADMIN, fixture_id("root.crt"), "X", &e), &e);
	assert_false(certs_find(c, "x", &cert, &e));
	unit_assert_reason(&e, "cert.ambiguous");
	assert_false(certs_set_friendly_name(c, ADMIN, fixture_id("root.crt"), "a\nb", &e));
	assert_false(certs_set_friendly_name(c, &fixture_viewer, fixture_id("root.crt"), "y", &e));
	unit_assert_reason(&e, "auth.role");
}

static void shows_every_member_that_is_promised(void **state)
{
	static const char *const members[] = {
		"sha256",    "thumbprint", "subject", "issuer",	 "serial",     "not_before",
		"not_after", "sans",	   "stores",  "has_key", "exportable", "friendly_name"};
	struct core *c AUTO_CORE = with_server();
	json_t *o AUTO_JSON = show(c, fixture_id("server.crt")), *all AUTO_JSON = NULL;

	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(members); i++)
		assert_non_null(json_object_get(o, members[i]));
	assert_string_equal(fixture_at(o, "subject"), "CN=console.test,O=Console Test");
	assert_string_equal(fixture_at(o, "sans.0"), "DNS:console.test");
	assert_string_equal(fixture_at(o, "sans.2"), "IP:127.0.0.1");
	assert_string_equal(fixture_at(o, "not_before"), "2020-01-01T00:00:00Z");
	assert_string_equal(fixture_at(o, "key.type"), "EC");
	assert_string_equal(fixture_at(o, "key.bits"), "256");
	assert_string_equal(fixture_at(o, "eku.0"), "serverAuth");
	assert_true(text_starts_with(fixture_at(o, "pem"), "-----BEGIN CERTIFICATE-----"));
	all = list(c, (struct cert_query){.store = "My", .has_key = -1, .used = -1});
	for (size_t i = 0; i < ARRAY_LEN(members); i++)
		assert_non_null(json_object_get(json_array_get(json_object_get(all, "items"), 0),
						members[i]));
}

static void assert_only(struct core *c, struct cert_query q, const char *file)
{
	json_t *o AUTO_JSON = list(c, q);

	assert_string_equal(fixture_at(o, "total"), "1");
	assert_string_equal(fixture_at(o, "items.0.sha256"), fixture_id(file));
}

static void filters_by_store_purpose_expiry_key_use_and_text(void **state)
{
	struct core *c AUTO_CORE = with_server();
	const struct cert_query any = {.has_key = -1, .used = -1};
	struct cert_query q;
	json_t *o AUTO_JSON = NULL;

	(void)state;
	json_decref(fixture_import(c, "client-expired.crt", NULL));
	use(c, fixture_id("server.crt"));
	q = any, q.store = "my";
	assert_only(c, q, "server.crt");
	q = any, q.purpose = "client";
	assert_only(c, q, "client-expired.crt");
	q = any, q.expires_before_s = 1700000000;
	assert_only(c, q, "client-expired.crt");
	q = any, q.has_key = 1;
	assert_only(c, q, "server.crt");
	q = any, q.used = 1;
	assert_only(c, q, "server.crt");
	q = any, q.q = "ELLA agent";
	assert_only(c, q, "client-expired.crt");
	q = any, q.q = "dns:localhost";
	assert_only(c, q, "server.crt");
	q = any, q.q = fixture_id("root.crt");
	assert_only(c, q, "root.crt");
	q = any, q.q = "% of nothing";
	o = list(c, q);
	assert_string_equal(fixture_at(o, "total"), "0");
	q = any, q.purpose = "magic";
	json_decref(o);
	o = NULL;
	assert_false(certs_list(c, &q, &o, &e));
	unit_assert_reason(&e, "request.parameter");
	q = any, q.store = "Nowhere";
	assert_false(certs_list(c, &q, &o, &e));
	unit_assert_reason(&e, "store.not_found");
	assert_null(o);
}

static void pages_go_through_all_in_either_order(void **state)
{
	static const char *const files[] = {"client.crt", "client-rsa.crt", "client-ed25519.crt",
					    "server-rsa.crt", "root.crt"};
	static const char *const sorts[] = {"not_after", "-not_after", "-subject", "thumbprint"};
	struct core *c AUTO_CORE = fixture_open();

	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(files); i++)
		json_decref(fixture_import(c, files[i], i == 4 ? "Root" : NULL));
	for (size_t s = 0; s < ARRAY_LEN(sorts); s++) {
		struct cert_query q = {
			.page = {.limit = 2, .sort = sorts[s]}, .has_key = -1, .used = -1};
		char token[200] = "", before[64] = "";
		int seen = 0;

		for (int page = 0; page < 3; page++) {
			json_t *o AUTO_JSON = NULL;

			q.page.token = token[0] ? token : NULL;
			o = list(c, q);
			assert_string_equal(fixture_at(o, "total"), "5");
			for (int i = 0; i < fixture_count(o, "items"); i++, seen++) {
				const json_t *one = json_array_get(json_object_get(o, "items"), i);
				const char *now = fixture_at(one, sorts[s] + (sorts[s][0] == '-'));
				int order = strcmp(before, now);

				if (seen > 0)
					assert_true(sorts[s][0] == '-' ? order >= 0 : order <= 0);
				text_copy(before, sizeof(before), now);
			}
			text_copy(token, sizeof(token), fixture_at(o, "next_page_token"));
		}
		assert_int_equal(seen, 5);
		assert_string_equal(token, "");
	}
}

static void refuses_a_page_token_of_another_list(void **state)
{
	struct core *c AUTO_CORE = with_server();
	struct cert_query q = {.page = {.limit = 1, .sort = "subject"}, .has_key = -1, .used = -1};
	json_t *o AUTO_JSON = list(c, q), *none = NULL;
	char token[200];

	(void)state;
	text_copy(token, sizeof(token), fixture_at(o, "next_page_token"));
	q.page = (struct page){.limit = 1, .sort = "issuer", .token = token};
	assert_false(certs_list(c, &q, &none, &e));
	unit_assert_reason(&e, "request.parameter");
	q.page = (struct page){.limit = PAGE_LIMIT_MAX + 1};
	assert_false(certs_list(c, &q, &none, &e));
	q.page = (struct page){.sort = "serial; DROP TABLE keys"};
	assert_false(certs_list(c, &q, &none, &e));
	unit_assert_reason(&e, "request.parameter");
}

static void removed_certificate_comes_back_with_its_key(void **state)
{
	struct core *c AUTO_CORE = with_server();
	const char *id = fixture_id("server.crt");
	json_t *bin AUTO_JSON = NULL, *o AUTO_JSON = NULL;
	int64_t before = generation(c);

	(void)state;
	unit_assert_ok(certs_remove(c, ADMIN, id, NULL, &e), &e);
	assert_int_equal(generation(c), before + 1);
	assert_false(certs_find(c, id, &(struct cert *){NULL}, &e));
	unit_assert_reason(&e, "cert.not_found");
	bin = list(c, (struct cert_query){.deleted = true, .has_key = -1, .used = -1});
	assert_string_equal(fixture_at(bin, "items.0.sha256"), id);
	assert_string_equal(fixture_at(bin, "items.0.removed_from.0"), "My");
	assert_int_equal(strlen(fixture_at(bin, "items.0.deleted")), 20);
	unit_assert_ok(certs_restore(c, ADMIN, id, &e), &e);
	o = show(c, id);
	assert_string_equal(fixture_at(o, "stores.0"), "My");
	assert_string_equal(fixture_at(o, "has_key"), "true");
	assert_false(certs_restore(c, ADMIN, id, &e));
	unit_assert_reason(&e, "cert.not_found");
}

static void only_the_last_removal_comes_back(void **state)
{
	struct core *c AUTO_CORE = with_server();
	const char *id = fixture_id("root.crt");
	json_t *o AUTO_JSON = NULL;

	(void)state;
	json_decref(fixture_import(c, "root.crt", "CA"));
	unit_assert_ok(certs_remove(c, ADMIN, id, "Root", &e), &e);
	unit_assert_ok(certs_remove(c, ADMIN, id, "CA", &e), &e);
	unit_assert_ok(certs_restore(c, &fixture_operator, id, &e), &e);
	o = show(c, id);
	assert_int_equal(fixture_count(o, "stores"), 1);
	assert_string_equal(fixture_at(o, "stores.0"), "CA");
	assert_false(certs_restore(c, &fixture_operator, id, &e)); /* Root takes an admin */
	unit_assert_reason(&e, "auth.role");
	unit_assert_ok(certs_restore(c, ADMIN, id, &e), &e);
}

static int64_t rows(struct core *c, const char *sql)
{
	int64_t n = 0;

	unit_assert_ok(db_get_int(core_store(c), sql, DB_NO_ARGS, &n, NULL, &e), &e);
	return n;
}

static void goes_for_good_with_its_key_after_thirty_days(void **state)
{
	struct core *c AUTO_CORE = with_server();
	const char *id = fixture_id("server.crt");
	int64_t now = core_now_s(c);

	(void)state;
	unit_assert_ok(certs_remove(c, ADMIN, id, NULL, &e), &e);
	fixture_set_now(now + 30 * DAY - 1);
	unit_assert_ok(core_tidy(c, &e), &e);
	assert_int_equal(rows(c, "SELECT count(*) FROM keys"), 1);
	fixture_set_now(now + 30 * DAY + 1);
	assert_false(certs_restore(c, ADMIN, id, &e));
	unit_assert_ok(core_tidy(c, &e), &e);
	assert_int_equal(rows(c, "SELECT count(*) FROM keys"), 0);
	assert_int_equal(rows(c, "SELECT count(*) FROM certificates"), 2);
}

static void what_is_in_use_cannot_be_removed(void **state)
{
	struct core *c AUTO_CORE = with_server();
	const char *id = fixture_id("server.crt");
	json_t *o AUTO_JSON = NULL, *u AUTO_JSON = NULL, *chain AUTO_JSON = NULL;

	(void)state;
	use(c, id);
	assert_false(certs_remove(c, ADMIN, id, NULL, &e));
	unit_assert_reason(&e, "cert.in_use");
	assert_non_null(strstr(e.text, "binding *:443:"));
	assert_false(certs_remove(c, ADMIN, id, "My", &e));
	unit_assert_reason(&e, "cert.in_use");
	assert_false(certs_move(c, ADMIN, id, "My", "CA", false, &e));
	unit_assert_reason(&e, "cert.in_use");
	unit_assert_ok(certs_move(c, ADMIN, id, "My", "WebHosting", false, &e), &e);
	o = show(c, id);
	assert_string_equal(fixture_at(o, "stores.0"), "WebHosting");
	assert_string_equal(fixture_at(o, "used_by.0.kind"), "binding");
	unit_assert_ok(certs_usage(c, id, &u, &e), &e);
	assert_string_equal(fixture_at(u, "items.0.text"), "binding *:443:");
	unit_assert_ok(certs_usage(c, fixture_id("intermediate.crt"), &chain, &e), &e);
	assert_string_equal(fixture_at(chain, "items.0.text"), "chain of binding *:443:");
	/* past core/, the database holds it too */
	assert_false(db_run(core_store(c),
			    "UPDATE certificates SET removed_at = 1 WHERE sha256 = ?1",
			    DB_ARGS(db_t(id)), &e));
	assert_int_equal(e.code, ERR_IN_USE);
}

static void move_into_root_takes_a_self_signed_one(void **state)
{
	struct core *c AUTO_CORE = with_server();
	const char *id = fixture_id("intermediate.crt");

	(void)state;
	assert_false(certs_move(c, ADMIN, id, "CA", "Root", false, &e));
	unit_assert_reason(&e, "store.not_self_signed");
	assert_non_null(strstr(e.text, "403.16"));
	assert_false(certs_move(c, ADMIN, id, "TrustedPeople", "CA", false, &e));
	unit_assert_reason(&e, "cert.not_found");
	assert_false(certs_move(c, &fixture_operator, id, "CA", "Disallowed", false, &e));
	unit_assert_reason(&e, "auth.role");
	unit_assert_ok(certs_move(c, ADMIN, id, "CA", "Disallowed", false, &e), &e);
	assert_false(certs_remove(c, &fixture_operator, id, NULL, &e));
	unit_assert_reason(&e, "auth.role");
}

static void chain_names_each_link_with_store_and_verdict(void **state)
{
	struct core *c AUTO_CORE = with_server();
	json_t *o AUTO_JSON = NULL, *broken AUTO_JSON = NULL;

	(void)state;
	unit_assert_ok(certs_chain(c, fixture_id("server.crt"), &o, &e), &e);
	assert_int_equal(fixture_count(o, "items"), 3);
	assert_string_equal(fixture_at(o, "items.1.sha256"), fixture_id("intermediate.crt"));
	assert_string_equal(fixture_at(o, "items.1.store"), "CA");
	assert_string_equal(fixture_at(o, "items.2.verdict"), "ok");
	assert_string_equal(fixture_at(o, "complete"), "true");
	assert_string_equal(fixture_at(o, "trusted"), "true");
	unit_assert_ok(certs_remove(c, ADMIN, fixture_id("root.crt"), NULL, &e), &e);
	unit_assert_ok(certs_chain(c, fixture_id("server.crt"), &broken, &e), &e);
	assert_int_equal(fixture_count(broken, "items"), 2);
	assert_string_equal(fixture_at(broken, "complete"), "false");
}

static struct buf export_of(struct core *c, const struct actor *by, struct export_request r)
{
	struct buf out = BUF_INIT;

	if (!certs_export(c, by, &r, &out, &e))
		buf_clear(&out);
	return out;
}

static void key_leaves_only_when_marked_and_under_a_password(void **state)
{
	struct core *c AUTO_CORE = with_server();
	struct secret pw AUTO_SECRET = SECRET_INIT;
	struct export_request r = {.name = fixture_id("server.crt"), .format = EXPORT_PFX};
	struct buf none AUTO_BUF = export_of(c, ADMIN, r), b AUTO_BUF = BUF_INIT,
			d AUTO_BUF = BUF_INIT, f AUTO_BUF = BUF_INIT;

	(void)state;
	assert_int_equal(none.len, 0);
	unit_assert_reason(&e, "key.password_needed");
	unit_assert_ok(secret_set(&pw, "hunter2hunter2", 14, &e), &e);
	r.password = &pw;
	b = export_of(c, ADMIN, r);
	assert_int_equal(b.len, 0);
	unit_assert_reason(&e, "key.not_exportable");
	r.format = EXPORT_PEM;
	r.with_key = true;
	d = export_of(c, ADMIN, r);
	assert_int_equal(d.len, 0);
	unit_assert_reason(&e, "key.not_exportable");
	assert_int_equal(rows(c, "SELECT count(*) FROM audit WHERE action = 'key.export'"), 0);
	/* setting the mark behind our back does not help: the seal holds it */
	unit_assert_ok(db_run(core_store(c), "UPDATE keys SET exportable = 1", DB_NO_ARGS, &e), &e);
	f = export_of(c, ADMIN, r);
	assert_int_equal(f.len, 0);
	unit_assert_reason(&e, "seal.broken");
}

static void exported_files_read_back(void **state)
{
	static const struct export_request wanted[] = {
		{.format = EXPORT_DER},
		{.format = EXPORT_PEM, .chain = true},
		{.format = EXPORT_P7B, .chain = true, .root = true},
		{.format = EXPORT_PFX, .chain = true},
		{.format = EXPORT_PFX, .legacy = true},
		{.format = EXPORT_PEM, .with_key = true},
	};
	static const size_t n_certs[] = {1, 2, 3, 2, 1, 1}, n_keys[] = {0, 0, 0, 1, 1, 1};
	struct core *c AUTO_CORE = fixture_open();
	struct secret pw AUTO_SECRET = SECRET_INIT;
	struct import_request in = {.store = "My", .exportable = true};

	(void)state;
	json_decref(fixture_import(c, "root.crt", "Root"));
	json_decref(fixture_try(c, ADMIN, "server.pfx", in, &e));
	unit_assert_ok(secret_set(&pw, "hunter2hunter2", 14, &e), &e);
	for (size_t i = 0; i < ARRAY_LEN(wanted); i++) {
		struct export_request r = wanted[i];
		struct bag bag AUTO_BAG = BAG_INIT;
		struct buf b AUTO_BUF = BUF_INIT;

		r.name = fixture_id("server.crt");
		r.password = &pw;
		b = export_of(c, ADMIN, r);
		unit_assert_ok(b.len > 0, &e);
		unit_assert_ok(bag_read(buf_span(&b), &pw, false, &bag, &e), &e);
		assert_int_equal(bag.certs.n, n_certs[i]);
		assert_int_equal(bag.n_keys, n_keys[i]);
		assert_string_equal(bag.certs.items[0]->id, fixture_id("server.crt"));
	}
	assert_int_equal(rows(c, "SELECT count(*) FROM audit WHERE action = 'key.export'"), 3);
}

static void viewer_exports_no_key(void **state)
{
	struct core *c AUTO_CORE = with_server();
	struct secret pw AUTO_SECRET = SECRET_INIT;
	struct export_request r = {.name = fixture_id("server.crt"), .format = EXPORT_DER};
	struct buf good AUTO_BUF = export_of(c, &fixture_viewer, r), b AUTO_BUF = BUF_INIT;

	(void)state;
	assert_true(good.len > 0);
	unit_assert_ok(secret_set(&pw, "x", 1, &e), &e);
	r.password = &pw;
	r.format = EXPORT_PFX;
	b = export_of(c, &fixture_operator, r);
	assert_int_equal(b.len, 0);
	unit_assert_reason(&e, "auth.role");
}

static void custom_stores_come_and_go_empty(void **state)
{
	struct core *c AUTO_CORE = with_server();
	json_t *o AUTO_JSON = NULL;

	(void)state;
	unit_assert_ok(stores_create(c, ADMIN, "MyIssuers", &e), &e);
	assert_false(stores_create(c, ADMIN, "myissuers", &e));
	unit_assert_reason(&e, "store.exists");
	assert_false(stores_create(c, ADMIN, "../etc", &e));
	assert_false(stores_create(c, ADMIN, "", &e));
	assert_false(stores_create(c, &fixture_operator, "Mine", &e));
	unit_assert_reason(&e, "auth.role");
	unit_assert_ok(stores_list(c, &o, &e), &e);
	assert_string_equal(fixture_at(o, "total"), "10");
	assert_string_equal(fixture_at(o, "items.9.name"), "MyIssuers");
	assert_string_equal(fixture_at(o, "items.9.custom"), "true");
	assert_string_equal(fixture_at(o, "items.0.certificates"), "1");
	json_decref(fixture_import(c, "client.crt", "MyIssuers"));
	assert_false(stores_remove(c, ADMIN, "MyIssuers", &e));
	assert_int_equal(e.code, ERR_IN_USE);
	unit_assert_ok(certs_remove(c, ADMIN, fixture_id("client.crt"), "MyIssuers", &e), &e);
	unit_assert_ok(stores_remove(c, ADMIN, "MyIssuers", &e), &e);
	assert_false(stores_remove(c, ADMIN, "Root", &e));
	unit_assert_reason(&e, "store.builtin");
}

int main(void)
{
	static const struct CMUnitTest tests[] = {
		cmocka_unit_test(finds_a_certificate_as_people_write_it),
		cmocka_unit_test(friendly_name_of_two_is_ambiguous),
		cmocka_unit_test(shows_every_member_that_is_promised),
		cmocka_unit_test(filters_by_store_purpose_expiry_key_use_and_text),
		cmocka_unit_test(pages_go_through_all_in_either_order),
		cmocka_unit_test(refuses_a_page_token_of_another_list),
		cmocka_unit_test(removed_certificate_comes_back_with_its_key),
		cmocka_unit_test(only_the_last_removal_comes_back),
		cmocka_unit_test(goes_for_good_with_its_key_after_thirty_days),
		cmocka_unit_test(what_is_in_use_cannot_be_removed),
		cmocka_unit_test(move_into_root_takes_a_self_signed_one),
		cmocka_unit_test(chain_names_each_link_with_store_and_verdict),
		cmocka_unit_test(key_leaves_only_when_marked_and_under_a_password),
		cmocka_unit_test(exported_files_read_back),
		cmocka_unit_test(viewer_exports_no_key),
		cmocka_unit_test(custom_stores_come_and_go_empty),
	};

	return unit_run("core/certs", tests, ARRAY_LEN(tests));
}
