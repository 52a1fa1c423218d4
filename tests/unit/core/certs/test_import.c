/* SPDX-FileCopyrightText: the certbinder authors
 * SPDX-License-Identifier: Apache-2.0 */
#include <config.h>

#include "core/certs/import.h"

#include "base/buf.h"
#include "base/files.h"
#include "base/mem.h"
#include "base/text.h"
#include "core/audit.h"
#include "core/certs/certs.h"
#include "lib/core_fixture.h"
#include "lib/unit.h"
#include "x509/pem.h"

#include <stdio.h>
#include <string.h>

static struct err e;

#define ADMIN (&fixture_admin)

/* Where a certificate of the PKI lies, as "My,CA". */
static const char *stores_of(struct core *c, const char *file)
{
	static char text[256];
	json_t *o AUTO_JSON = NULL;
	struct buf b AUTO_BUF = BUF_INIT;

	if (!certs_show(c, fixture_id(file), true, &o, &e))
		return "";
	for (int i = 0; i < fixture_count(o, "stores"); i++)
		buf_printf(&b, "%s%s", i ? "," : "",
			   json_string_value(json_array_get(json_object_get(o, "stores"), i)));
	text_copy(text, sizeof(text), buf_str(&b));
	return text;
}

static int64_t generation(struct core *c)
{
	int64_t n = 0;

	unit_assert_ok(core_counter(c, CORE_TRUST_GENERATION, &n, &e), &e);
	return n;
}

static void pfx_goes_to_my_and_its_issuer_to_ca(void **state)
{
	struct core *c AUTO_CORE = fixture_open();
	json_t *o AUTO_JSON = fixture_import(c, "server.pfx", "My");
	const json_t *leaf = fixture_item(o, "certificates", fixture_id("server.crt"));
	const json_t *issuer = fixture_item(o, "certificates", fixture_id("intermediate.crt"));

	(void)state;
	assert_int_equal(fixture_count(o, "certificates"), 2);
	assert_string_equal(fixture_at(leaf, "store"), "My");
	assert_string_equal(fixture_at(leaf, "has_key"), "true");
	assert_string_equal(fixture_at(leaf, "exportable"), "false");
	assert_string_equal(fixture_at(leaf, "not_after"), "2049-12-31T23:59:59Z");
	assert_int_equal(strlen(fixture_at(leaf, "thumbprint")), 40);
	assert_string_equal(fixture_at(issuer, "store"), "CA");
	assert_string_equal(fixture_at(issuer, "has_key"), "false");
	assert_string_equal(stores_of(c, "server.crt"), "My");
	assert_string_equal(stores_of(c, "intermediate.crt"), "CA");
	assert_int_equal(fixture_published(), 1);
}

static void same_without_a_store_by_rule(void **state)
{
	struct core *c AUTO_CORE = fixture_open();
	json_t *a AUTO_JSON = fixture_import(c, "server.pfx", NULL);
	json_t *b AUTO_JSON = fixture_import(c, "client.crt", NULL);
	json_t *d AUTO_JSON = fixture_import(c, "constrained-ca.crt", NULL);

	(void)state;
	assert_string_equal(stores_of(c, "server.crt"), "My");
	assert_string_equal(stores_of(c, "client.crt"), "TrustedPeople");
	assert_string_equal(stores_of(c, "constrained-ca.crt"), "CA");
}

static void dry_run_says_the_same_and_changes_nothing(void **state)
{
	struct core *c AUTO_CORE = fixture_open();
	int64_t before = generation(c), after;
	json_t *dry AUTO_JSON =
		fixture_try(c, ADMIN, "server.pfx",
			    (struct import_request){.store = "My", .dry_run = true}, &e);
	json_t *list AUTO_JSON = NULL, *wet AUTO_JSON = NULL;
	const struct cert_query all = {.has_key = -1, .used = -1};

	(void)state;
	unit_assert_ok(dry != NULL, &e);
	unit_assert_ok(certs_list(c, &all, &list, &e), &e);
	assert_string_equal(fixture_at(list, "total"), "0");
	after = generation(c);
	assert_int_equal(before, after);
	assert_int_equal(fixture_published(), 0);
	wet = fixture_import(c, "server.pfx", "My");
	assert_true(json_equal(dry, wet));
}

static void root_is_left_out_unless_it_is_asked_for(void **state)
{
	struct core *c AUTO_CORE = fixture_open();
	json_t *a AUTO_JSON = fixture_import(c, "root.crt", NULL);
	json_t *b AUTO_JSON = NULL;

	(void)state;
	assert_int_equal(fixture_count(a, "certificates"), 0);
	assert_string_equal(fixture_at(a, "left_out.0.sha256"), fixture_id("root.crt"));
	assert_non_null(strstr(fixture_at(a, "left_out.0.why"), "--trust-roots"));
	assert_string_equal(stores_of(c, "root.crt"), "");
	b = fixture_try(c, ADMIN, "root.crt", (struct import_request){.trust_roots = true}, &e);
	unit_assert_ok(b != NULL, &e);
	assert_string_equal(stores_of(c, "root.crt"), "Root");
}

static void root_goes_to_root_when_that_is_the_store(void **state)
{
	struct core *c AUTO_CORE = fixture_open();
	json_t *o AUTO_JSON = fixture_import(c, "root.crt", "root");

	(void)state;
	assert_string_equal(fixture_at(o, "certificates.0.store"), "Root");
	assert_int_equal(fixture_count(o, "warnings"), 0);
}

static void intermediate_goes_into_root_only_after_the_warning(void **state)
{
	struct core *c AUTO_CORE = fixture_open();
	struct import_request r = {.store = "Root"};
	json_t *no AUTO_JSON = fixture_try(c, ADMIN, "intermediate.crt", r, &e);
	json_t *yes AUTO_JSON = NULL, *dry AUTO_JSON = NULL;

	(void)state;
	assert_null(no);
	unit_assert_reason(&e, "store.not_self_signed");
	assert_non_null(strstr(e.text, "403.16"));
	assert_non_null(strstr(e.text, "everybody"));
	assert_non_null(strstr(e.text, "its place is CA"));
	assert_non_null(strstr(e.text, "Console Test Issuing CA"));
	assert_string_equal(stores_of(c, "intermediate.crt"), "");
	r.dry_run = true;
	dry = fixture_try(c, ADMIN, "intermediate.crt", r, &e);
	assert_string_equal(fixture_at(dry, "warnings.0.code"), "store.not_self_signed");
	r.dry_run = false;
	r.accept_warnings = true;
	yes = fixture_try(c, ADMIN, "intermediate.crt", r, &e);
	assert_string_equal(fixture_at(yes, "certificates.0.store"), "Root");
	assert_string_equal(fixture_at(yes, "warnings.0.code"), "store.not_self_signed");
	assert_non_null(strstr(fixture_at(yes, "warnings.0.text"), "403.16"));
	assert_non_null(strstr(fixture_at(yes, "warnings.0.remedy"), "CA"));
}

static void another_root_of_the_same_name_is_another_root(void **state)
{
	struct core *c AUTO_CORE = fixture_open();
	json_t *o AUTO_JSON = fixture_import(c, "fake-root.crt", "Root");

	(void)state; /* it is: made by its own key, whoever else has its name */
	assert_string_equal(stores_of(c, "fake-root.crt"), "Root");
	assert_string_equal(stores_of(c, "root.crt"), "");
}

static void everything_to_the_store_on_request(void **state)
{
	struct core *c AUTO_CORE = fixture_open();
	json_t *o AUTO_JSON = fixture_try(
		c, ADMIN, "server.chain.pem",
		(struct import_request){.store = "ClientAuthIssuer", .all_to_store = true}, &e);

	(void)state;
	unit_assert_ok(o != NULL, &e);
	assert_string_equal(stores_of(c, "server.crt"), "ClientAuthIssuer");
	assert_string_equal(stores_of(c, "intermediate.crt"), "ClientAuthIssuer");
}

/* The members of several files of the PKI in one PEM, in the order given. */
static struct buf pem_of(const char *const *files, size_t n)
{
	struct buf b = BUF_INIT;

	for (size_t i = 0; i < n; i++) {
		size_t len;
		char *text AUTO_MEM = unit_pki(files[i], &len);

		buf_add(&b, text, len);
	}
	return b;
}

static json_t *import_pem(struct core *c, const char *const *files, size_t n,
			  struct import_request r)
{
	struct buf b AUTO_BUF = pem_of(files, n);
	json_t *out = NULL;

	r.file = buf_span(&b);
	return import_file(c, ADMIN, &r, &out, &e) ? out : NULL;
}

static void pem_is_sorted_out_in_any_order(void **state)
{
	static const char *const orders[][3] = {
		{"server.crt", "server.key", "intermediate.crt"},
		{"server.key", "intermediate.crt", "server.crt"},
		{"intermediate.crt", "server.crt", "server.key"},
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(orders); i++) {
		struct core *c AUTO_CORE = fixture_open();
		json_t *o AUTO_JSON =
			import_pem(c, orders[i], 3, (struct import_request){.store = "My"});
		json_t *d AUTO_JSON = NULL;

		unit_assert_ok(o != NULL, &e);
		assert_string_equal(fixture_at(o, "certificates.0.sha256"),
				    fixture_id("server.crt"));
		assert_string_equal(fixture_at(o, "certificates.0.has_key"), "true");
		assert_string_equal(fixture_at(o, "certificates.1.store"), "CA");
		assert_string_equal(stores_of(c, "server.crt"), "My");
		unit_assert_ok(certs_remove(c, ADMIN, fixture_id("server.crt"), NULL, &e), &e);
	}
}

static void bundle_of_authorities_keeps_the_intermediate_out_of_root(void **state)
{
	static const char *const files[] = {"root.crt", "intermediate.crt", "other-root.crt"};
	struct core *c AUTO_CORE = fixture_open();
	json_t *o AUTO_JSON = import_pem(c, files, 3, (struct import_request){.store = "Root"});

	(void)state;
	unit_assert_ok(o != NULL, &e);
	assert_string_equal(stores_of(c, "root.crt"), "Root");
	assert_string_equal(stores_of(c, "other-root.crt"), "Root");
	assert_string_equal(stores_of(c, "intermediate.crt"), "CA");
	assert_int_equal(fixture_count(o, "warnings"), 0);
}

static void lowest_authority_of_a_bundle_goes_to_the_store(void **state)
{
	static const char *const files[] = {"root.crt", "intermediate.crt"};
	struct core *c AUTO_CORE = fixture_open();
	json_t *o AUTO_JSON =
		import_pem(c, files, 2, (struct import_request){.store = "ClientAuthIssuer"});

	(void)state;
	assert_string_equal(stores_of(c, "intermediate.crt"), "ClientAuthIssuer");
	assert_string_equal(fixture_at(o, "left_out.0.sha256"), fixture_id("root.crt"));
}

static void foreign_key_is_a_mismatch_and_nothing_is_imported(void **state)
{
	static const char *const files[] = {"server.crt", "intermediate.crt", "client.key"};
	struct core *c AUTO_CORE = fixture_open();
	json_t *list AUTO_JSON = NULL;
	const struct cert_query all = {.has_key = -1, .used = -1};

	(void)state;
	assert_null(import_pem(c, files, 3, (struct import_request){.store = "My"}));
	unit_assert_reason(&e, "key.mismatch");
	unit_assert_ok(certs_list(c, &all, &list, &e), &e);
	assert_string_equal(fixture_at(list, "total"), "0");
}

/* The key of another certificate that is here already makes the pair in the file no better. */
static void known_key_is_a_mismatch_beside_a_foreign_certificate(void **state)
{
	static const char *const known[] = {"client.crt", "client.key"}, *const files[] = {
										 "server.crt",
										 "client.key"};
	struct core *c AUTO_CORE = fixture_open();
	json_t *first AUTO_JSON = import_pem(c, known, 2, (struct import_request){.store = NULL}),
		      *list AUTO_JSON = NULL;
	const struct cert_query all = {.has_key = -1, .used = -1};

	(void)state;
	unit_assert_ok(first != NULL, &e);
	assert_null(import_pem(c, files, 2, (struct import_request){.store = NULL}));
	unit_assert_reason(&e, "key.mismatch");
	unit_assert_ok(certs_list(c, &all, &list, &e), &e);
	assert_string_equal(fixture_at(list, "total"), "1");
}

static void key_alone_finds_its_certificate(void **state)
{
	static const char *const key[] = {"server.key"};
	struct core *c AUTO_CORE = fixture_open();
	json_t *none AUTO_JSON = import_pem(c, key, 1, (struct import_request){.store = NULL});
	json_t *a AUTO_JSON = fixture_import(c, "server.crt", "My");
	json_t *b AUTO_JSON = import_pem(c, key, 1, (struct import_request){.store = NULL});
	json_t *o AUTO_JSON = NULL;

	(void)state;
	assert_int_equal(fixture_count(none, "certificates"), 0);
	assert_int_equal(fixture_count(none, "left_out"), 1);
	assert_string_equal(fixture_at(a, "certificates.0.has_key"), "false");
	assert_string_equal(fixture_at(b, "certificates.0.has_key"), "true");
	unit_assert_ok(certs_show(c, fixture_id("server.crt"), true, &o, &e), &e);
	assert_string_equal(fixture_at(o, "has_key"), "true");
	assert_string_equal(stores_of(c, "server.crt"), "My");
}

static void existing_certificate_gets_its_key(void **state)
{
	struct core *c AUTO_CORE = fixture_open();
	json_t *a AUTO_JSON = fixture_import(c, "server.crt", "TrustedPeople");
	json_t *b AUTO_JSON = fixture_import(c, "server.pfx", NULL);
	json_t *o AUTO_JSON = NULL;

	(void)state;
	unit_assert_ok(certs_show(c, fixture_id("server.crt"), true, &o, &e), &e);
	assert_string_equal(fixture_at(o, "has_key"), "true");
	assert_string_equal(stores_of(c, "server.crt"), "My,TrustedPeople");
}

static void again_is_nothing_to_do(void **state)
{
	struct core *c AUTO_CORE = fixture_open();
	json_t *a AUTO_JSON = fixture_import(c, "server.pfx", "My"), *b AUTO_JSON = NULL;
	int64_t before = generation(c);

	(void)state;
	b = fixture_import(c, "server.pfx", "My");
	assert_string_equal(fixture_at(b, "certificates.0.existed"), "true");
	assert_string_equal(fixture_at(a, "certificates.0.existed"), "false");
	assert_int_equal(generation(c), before);
	assert_int_equal(fixture_published(), 1);
}

static void exportable_is_never_raised_by_a_second_import(void **state)
{
	struct core *c AUTO_CORE = fixture_open();
	struct import_request r = {.store = "My", .exportable = true};
	json_t *a AUTO_JSON = fixture_import(c, "server.pfx", "My");
	json_t *b AUTO_JSON = fixture_try(c, ADMIN, "server.pfx", r, &e);
	json_t *d AUTO_JSON = fixture_try(c, ADMIN, "server-rsa.pfx", r, &e);

	(void)state;
	assert_string_equal(fixture_at(b, "certificates.0.exportable"), "false");
	assert_string_equal(fixture_at(b, "warnings.0.code"), "key.not_exportable");
	assert_string_equal(fixture_at(d, "certificates.0.exportable"), "true");
	assert_int_equal(fixture_count(d, "warnings"), 0);
}

static void wrong_password_has_its_code(void **state)
{
	struct core *c AUTO_CORE = fixture_open();
	struct secret wrong AUTO_SECRET = SECRET_INIT;

	(void)state;
	unit_assert_ok(secret_set(&wrong, "wrong", 5, &e), &e);
	assert_null(fixture_try(c, ADMIN, "server.pfx", (struct import_request){.password = &wrong},
				&e));
	unit_assert_reason(&e, "pfx.wrong_password");
}

static void operator_imports_without_keys_and_anchors_alone(void **state)
{
	struct core *c AUTO_CORE = fixture_open();
	struct import_request r = {.store = NULL};
	json_t *o AUTO_JSON = fixture_try(c, &fixture_operator, "client.crt", r, &e);

	(void)state;
	unit_assert_ok(o != NULL, &e);
	assert_null(fixture_try(c, &fixture_operator, "server.pfx", r, &e));
	unit_assert_reason(&e, "auth.role");
	r.store = "Root";
	assert_null(fixture_try(c, &fixture_operator, "root.crt", r, &e));
	unit_assert_reason(&e, "auth.role");
	r.store = "Disallowed";
	assert_null(fixture_try(c, &fixture_operator, "client.crt", r, &e));
	unit_assert_reason(&e, "auth.role");
	r.store = NULL;
	assert_null(fixture_try(c, &fixture_viewer, "client.crt", r, &e));
	unit_assert_reason(&e, "auth.role");
}

static void names_what_is_no_certificate(void **state)
{
	struct core *c AUTO_CORE = fixture_open();
	json_t *out = NULL;
	struct import_request r = {.file = span_str("what is this")};

	(void)state;
	assert_false(import_file(c, ADMIN, &r, &out, &e));
	unit_assert_reason(&e, "file.unknown_format");
	assert_null(out);
	r.store = "Nowhere";
	assert_null(fixture_try(c, ADMIN, "client.crt", r, &e));
	unit_assert_reason(&e, "store.not_found");
	r = (struct import_request){.all_to_store = true};
	assert_null(fixture_try(c, ADMIN, "client.crt", r, &e));
	assert_int_equal(e.code, ERR_INVALID);
}

static void friendly_name_goes_to_the_leaf(void **state)
{
	struct core *c AUTO_CORE = fixture_open();
	json_t *a AUTO_JSON =
		fixture_try(c, ADMIN, "server.pfx",
			    (struct import_request){.friendly_name = "the console"}, &e);
	json_t *o AUTO_JSON = NULL, *i AUTO_JSON = NULL, *again AUTO_JSON = NULL;

	(void)state;
	unit_assert_ok(certs_show(c, "The Console", true, &o, &e), &e);
	assert_string_equal(fixture_at(o, "sha256"), fixture_id("server.crt"));
	unit_assert_ok(certs_show(c, fixture_id("intermediate.crt"), true, &i, &e), &e);
	assert_string_not_equal(fixture_at(i, "friendly_name"), "the console");
	again = fixture_import(c, "server.pfx", NULL); /* the file's own name does not replace it */
	json_decref(o);
	unit_assert_ok(certs_show(c, "the console", true, &o, &e), &e);
}

static void crl_is_left_out_by_name(void **state)
{
	static const char *const files[] = {"client.crt", "intermediate.crl"};
	struct core *c AUTO_CORE = fixture_open();
	json_t *o AUTO_JSON = import_pem(c, files, 2, (struct import_request){.store = NULL});

	(void)state;
	unit_assert_ok(o != NULL, &e);
	assert_non_null(strstr(fixture_at(o, "left_out.0.why"), "crl import"));
}

static void audit_tells_of_it_without_secrets(void **state)
{
	struct core *c AUTO_CORE = fixture_open();
	json_t *a AUTO_JSON = fixture_import(c, "server.pfx", "My"), *rows AUTO_JSON = NULL;
	const struct audit_query q = {.action = "cert.*"};

	(void)state;
	unit_assert_ok(audit_list(c, &q, &rows, &e), &e);
	assert_string_equal(fixture_at(rows, "total"), "1");
	assert_string_equal(fixture_at(rows, "items.0.action"), "cert.import");
	assert_string_equal(fixture_at(rows, "items.0.object"), fixture_id("server.crt"));
	assert_string_equal(fixture_at(rows, "items.0.actor"), "alice");
	assert_string_equal(fixture_at(rows, "items.0.detail.certificates.0.store"), "My");
}

/* The private scalar of an EC key, which no byte of the state directory may repeat. */
static void key_and_password_are_nowhere_on_disk(void **state)
{
	struct core *c = fixture_open();
	static const char *const files[] = {"db.sqlite", "db.sqlite-wal"};
	json_t *a AUTO_JSON = fixture_import(c, "server.pfx", "My");
	struct pem pem = {.n = 0};
	size_t len, found_cert = 0;
	char *text AUTO_MEM = unit_pki("server.key", &len);
	struct err why = ERR_INIT;

	(void)state;
	unit_assert_ok(pem_read(span_of(text, len), &pem, &why), &why);
	assert_true(pem.members[0].der.len > 50);
	for (size_t i = 0; i < ARRAY_LEN(files); i++) {
		struct buf bytes AUTO_BUF = BUF_INIT;
		char path[4096];

		snprintf(path, sizeof(path), "%s/%s", fixture_state_dir(), files[i]);
		unit_assert_ok(file_read(path, BUF_MAX_DEFAULT, &bytes, &why), &why);
		/* PKCS#8 of P-256: the scalar is 32 bytes from 36 on */
		assert_null(memmem(bytes.data, bytes.len, pem.members[0].der.data + 36, 32));
		assert_null(memmem(bytes.data, bytes.len, "PRIVATE KEY", 11));
		found_cert += memmem(bytes.data, bytes.len, "console.test", 12) != NULL;
	}
	assert_true(found_cert > 0); /* the search finds what is there */
	pem_clear(&pem);
	core_close(c);
}

/* Whatever allocation fails: all of it or nothing, nothing leaks, and it can be tried again. */
static void shortage_of_memory_leaves_nothing_half_done(void **state)
{
	static const char *const files[] = {"server.crt", "server.key", "intermediate.crt"};
	struct core *c AUTO_CORE = fixture_open();
	struct buf pem AUTO_BUF = pem_of(files, 3);
	const struct import_request r = {.file = buf_span(&pem), .store = "My"};
	const struct cert_query all = {.has_key = -1, .used = -1};
	unsigned long n = 1;

	(void)state;
	for (bool done = false; !done; n++) {
		json_t *out AUTO_JSON = NULL, *list AUTO_JSON = NULL;
		struct err why = ERR_INIT;

		mem_fail_at(n);
		done = import_file(c, ADMIN, &r, &out, &why);
		mem_fail_at(0);
		if (!done && why.code != ERR_NOMEM)
			fail_msg("allocation %lu: %s (%s:%d)", n, why.text, why.file, why.line);
		unit_assert_ok(certs_list(c, &all, &list, &e), &e);
		assert_string_equal(fixture_at(list, "total"), done ? "2" : "0");
	}
	assert_true(n > 50); /* there was something to fail */
}

int main(void)
{
	static const struct CMUnitTest tests[] = {
		cmocka_unit_test(pfx_goes_to_my_and_its_issuer_to_ca),
		cmocka_unit_test(same_without_a_store_by_rule),
		cmocka_unit_test(dry_run_says_the_same_and_changes_nothing),
		cmocka_unit_test(root_is_left_out_unless_it_is_asked_for),
		cmocka_unit_test(root_goes_to_root_when_that_is_the_store),
		cmocka_unit_test(intermediate_goes_into_root_only_after_the_warning),
		cmocka_unit_test(another_root_of_the_same_name_is_another_root),
		cmocka_unit_test(everything_to_the_store_on_request),
		cmocka_unit_test(pem_is_sorted_out_in_any_order),
		cmocka_unit_test(bundle_of_authorities_keeps_the_intermediate_out_of_root),
		cmocka_unit_test(lowest_authority_of_a_bundle_goes_to_the_store),
		cmocka_unit_test(foreign_key_is_a_mismatch_and_nothing_is_imported),
		cmocka_unit_test(known_key_is_a_mismatch_beside_a_foreign_certificate),
		cmocka_unit_test(key_alone_finds_its_certificate),
		cmocka_unit_test(existing_certificate_gets_its_key),
		cmocka_unit_test(again_is_nothing_to_do),
		cmocka_unit_test(exportable_is_never_raised_by_a_second_import),
		cmocka_unit_test(wrong_password_has_its_code),
		cmocka_unit_test(operator_imports_without_keys_and_anchors_alone),
		cmocka_unit_test(names_what_is_no_certificate),
		cmocka_unit_test(friendly_name_goes_to_the_leaf),
		cmocka_unit_test(crl_is_left_out_by_name),
		cmocka_unit_test(audit_tells_of_it_without_secrets),
		cmocka_unit_test(key_and_password_are_nowhere_on_disk),
		cmocka_unit_test(shortage_of_memory_leaves_nothing_half_done),
	};

	return unit_run("core/import", tests, ARRAY_LEN(tests));
}
