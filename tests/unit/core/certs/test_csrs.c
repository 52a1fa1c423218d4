/* SPDX-FileCopyrightText: the certbinder authors
 * SPDX-License-Identifier: Apache-2.0 */
#include <config.h>

#include "core/certs/csrs.h"

#include "base/files.h"
#include "base/mem.h"
#include "base/text.h"
#include "core/certs/certs.h"
#include "core/certs/keys.h"
#include "lib/core_fixture.h"
#include "lib/unit.h"
#include "store/db.h"
#include "x509/bag.h"
#include "x509/csr.h"
#include "x509/pem.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

static struct err e;

#define ADMIN (&fixture_admin)

/* The corporate CA: openssl signs what we asked for, with the names out of the request. */
static void sign(const char *csr_pem, struct buf *out)
{
	const char *pki = getenv("CERTBINDER_PKI");
	char ca[4096], key[4096];
	int status = -1;
	pid_t pid;

	if (!pki)
		skip();
	snprintf(ca, sizeof(ca), "%s/intermediate.crt", pki);
	snprintf(key, sizeof(key), "%s/intermediate.key", pki);
	unit_assert_ok(file_replace(unit_path("r.csr"), 0600, span_str(csr_pem), &e), &e);
	pid = fork();
	assert_true(pid >= 0);
	if (pid == 0) {
		int null = open("/dev/null", O_RDWR | O_CLOEXEC);

		dup2(null, 2);
		execlp("openssl", "openssl", "x509", "-req", "-in", unit_path("r.csr"), "-CA", ca,
		       "-CAkey", key, "-days", "90", "-copy_extensions", "copyall", "-out",
		       unit_path("r.crt"), (char *)NULL);
		_exit(127);
	}
	assert_int_equal(waitpid(pid, &status, 0), pid);
	assert_int_equal(status, 0);
	buf_reset(out);
	unit_assert_ok(file_read(unit_path("r.crt"), BUF_MAX_DEFAULT, out, &e), &e);
}

static json_t *create(struct core *c, struct csr_request r)
{
	json_t *o = NULL;

	return csrs_create(c, ADMIN, &r, &o, &e) ? o : NULL;
}

static const char *const www[] = {"www.Example.org", "example.org"};
static const char *const addresses[] = {"192.0.2.1", "2001:db8::1"};

static void request_carries_its_names_and_is_answered(void **state)
{
	struct core *c AUTO_CORE = fixture_open();
	json_t *o AUTO_JSON = create(c, (struct csr_request){.dns_names = www,
							     .n_dns_names = 2,
							     .ip_addresses = addresses,
							     .n_ip_addresses = 2,
							     .friendly_name = "front"}),
		  *done AUTO_JSON = NULL, *cert AUTO_JSON = NULL, *later AUTO_JSON = NULL;
	struct csr csr AUTO_CSR = CSR_INIT;
	struct buf signed_pem AUTO_BUF = BUF_INIT;

	(void)state;
	unit_assert_ok(o != NULL, &e);
	assert_string_equal(fixture_at(o, "common_name"), "www.example.org");
	assert_string_equal(fixture_at(o, "key"), "ec256");
	assert_string_equal(fixture_at(o, "state"), "open");
	assert_int_equal(fixture_count(o, "sans"), 4);
	unit_assert_ok(csr_parse(span_str(fixture_at(o, "pem")), &csr, &e), &e);
	assert_int_equal(csr.san.n, 4);
	sign(fixture_at(o, "pem"), &signed_pem);
	unit_assert_ok(csrs_complete(c, ADMIN, buf_span(&signed_pem), &done, &e), &e);
	assert_string_equal(fixture_at(done, "csr"), fixture_at(o, "id"));
	assert_string_equal(fixture_at(done, "certificates.0.store"), "My");
	assert_string_equal(fixture_at(done, "certificates.0.has_key"), "true");
	unit_assert_ok(certs_show(c, "front", true, &cert, &e), &e);
	assert_string_equal(fixture_at(cert, "stores.0"), "My");
	assert_string_equal(fixture_at(cert, "exportable"), "false");
	unit_assert_ok(csrs_show(c, fixture_at(o, "id"), &later, &e), &e);
	assert_string_equal(fixture_at(later, "state"), "completed");
	assert_string_equal(fixture_at(later, "certificate"), fixture_at(cert, "sha256"));
}

static void answer_comes_in_any_format_with_its_chain(void **state)
{
	struct core *c AUTO_CORE = fixture_open();
	json_t *o AUTO_JSON = create(c, (struct csr_request){.dns_names = www, .n_dns_names = 1});
	json_t *done AUTO_JSON = NULL;
	struct buf pem AUTO_BUF = BUF_INIT, chain AUTO_BUF = BUF_INIT;
	size_t len;
	char *issuer AUTO_MEM = unit_pki("intermediate.crt", &len);

	(void)state;
	unit_assert_ok(o != NULL, &e);
	sign(fixture_at(o, "pem"), &pem);
	buf_add(&chain, issuer, len); /* the wrong way round */
	buf_add_span(&chain, buf_span(&pem));
	unit_assert_ok(csrs_complete(c, &fixture_operator, buf_span(&chain), &done, &e), &e);
	assert_int_equal(fixture_count(done, "certificates"), 2);
	assert_string_equal(fixture_at(done, "certificates.0.store"), "My");
	assert_string_equal(fixture_at(done, "certificates.1.store"), "CA");
}

static void the_same_answer_again_changes_nothing_and_a_better_one_takes_its_place(void **state)
{
	struct core *c AUTO_CORE = fixture_open();
	json_t *o AUTO_JSON = create(c, (struct csr_request){.dns_names = www, .n_dns_names = 1}),
		  *done AUTO_JSON = NULL, *again AUTO_JSON = NULL, *better AUTO_JSON = NULL,
		  *after AUTO_JSON = NULL, *old AUTO_JSON = NULL;
	struct buf first AUTO_BUF = BUF_INIT, second AUTO_BUF = BUF_INIT;
	struct import_request r = {.store = NULL};

	(void)state;
	unit_assert_ok(o != NULL, &e);
	sign(fixture_at(o, "pem"), &first);
	sign(fixture_at(o, "pem"), &second);
	unit_assert_ok(csrs_complete(c, ADMIN, buf_span(&first), &done, &e), &e);
	unit_assert_ok(csrs_complete(c, ADMIN, buf_span(&first), &again, &e), &e);
	assert_string_equal(fixture_at(again, "csr"), fixture_at(o, "id"));
	assert_string_equal(fixture_at(again, "certificates.0.existed"), "true");
	unit_assert_ok(csrs_complete(c, ADMIN, buf_span(&second), &better, &e), &e);
	r.file = buf_span(&first);
	unit_assert_ok(import_file(c, ADMIN, &r, &old, &e), &e);
	unit_assert_ok(csrs_show(c, fixture_at(o, "id"), &after, &e), &e);
	assert_string_equal(fixture_at(after, "certificate"),
			    fixture_at(better, "certificates.0.sha256"));
	assert_string_not_equal(fixture_at(after, "certificate"),
				fixture_at(done, "certificates.0.sha256"));
}

static void answer_that_is_imported_finds_its_request_too(void **state)
{
	struct core *c AUTO_CORE = fixture_open();
	json_t *o AUTO_JSON = create(c, (struct csr_request){.dns_names = www, .n_dns_names = 1}),
		  *tried AUTO_JSON = NULL, *before AUTO_JSON = NULL, *done AUTO_JSON = NULL,
		  *after AUTO_JSON = NULL;
	struct buf pem AUTO_BUF = BUF_INIT;
	struct import_request r = {.dry_run = true};

	(void)state;
	unit_assert_ok(o != NULL, &e);
	sign(fixture_at(o, "pem"), &pem);
	r.file = buf_span(&pem);
	unit_assert_ok(import_file(c, ADMIN, &r, &tried, &e), &e);
	unit_assert_ok(csrs_show(c, fixture_at(o, "id"), &before, &e), &e);
	assert_string_equal(fixture_at(before, "state"), "open");
	r.dry_run = false;
	unit_assert_ok(import_file(c, ADMIN, &r, &done, &e), &e);
	unit_assert_ok(csrs_show(c, fixture_at(o, "id"), &after, &e), &e);
	assert_string_equal(fixture_at(after, "state"), "completed");
	assert_string_equal(fixture_at(after, "certificate"),
			    fixture_at(done, "certificates.0.sha256"));
}

static void what_is_renewed_does_not_answer_the_renewal(void **state)
{
	struct core *c AUTO_CORE = fixture_open();
	json_t *o AUTO_JSON = create(c, (struct csr_request){.dns_names = www, .n_dns_names = 1}),
		  *done AUTO_JSON = NULL, *again AUTO_JSON = NULL, *renewal AUTO_JSON = NULL,
		  *after AUTO_JSON = NULL;
	struct buf pem AUTO_BUF = BUF_INIT;

	(void)state;
	unit_assert_ok(o != NULL, &e);
	sign(fixture_at(o, "pem"), &pem);
	unit_assert_ok(csrs_complete(c, ADMIN, buf_span(&pem), &done, &e), &e);
	renewal =
		create(c, (struct csr_request){.renews = fixture_at(done, "certificates.0.sha256"),
					       .same_key = true});
	unit_assert_ok(renewal != NULL, &e);
	unit_assert_ok(csrs_complete(c, ADMIN, buf_span(&pem), &again, &e), &e);
	assert_string_equal(fixture_at(again, "csr"), fixture_at(o, "id"));
	unit_assert_ok(csrs_show(c, fixture_at(renewal, "id"), &after, &e), &e);
	assert_string_equal(fixture_at(after, "state"), "open");
}

static void foreign_answer_finds_no_request(void **state)
{
	struct core *c AUTO_CORE = fixture_open();
	json_t *o AUTO_JSON = create(c, (struct csr_request){.dns_names = www, .n_dns_names = 1});
	json_t *done = NULL;
	size_t len;
	char *other AUTO_MEM = unit_pki("server.crt", &len);

	(void)state;
	assert_false(csrs_complete(c, ADMIN, span_of(other, len), &done, &e));
	unit_assert_reason(&e, "csr.no_match");
	assert_null(done);
	assert_string_equal(fixture_at(o, "state"), "open");
}

static void every_key_can_be_asked_for(void **state)
{
	static const char *const keys[] = {"ec256", "ec384", "rsa2048", "rsa3072"};
	struct core *c AUTO_CORE = fixture_open();
	json_t *all AUTO_JSON = NULL, *none AUTO_JSON = NULL;

	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(keys); i++) {
		json_t *o AUTO_JSON = create(
			c,
			(struct csr_request){.dns_names = www, .n_dns_names = 1, .key = keys[i]});

		unit_assert_ok(o != NULL, &e);
		assert_string_equal(fixture_at(o, "key"), keys[i]);
	}
	unit_assert_ok(csrs_list(c, &all, &e), &e);
	assert_string_equal(fixture_at(all, "total"), "4");
	none = create(c, (struct csr_request){.dns_names = www, .n_dns_names = 1, .key = "rsa512"});
	assert_null(none);
	assert_int_equal(e.code, ERR_INVALID);
}

static void request_without_a_name_is_refused(void **state)
{
	static const char *const bad[] = {"no such host"};
	struct core *c AUTO_CORE = fixture_open();

	(void)state;
	assert_null(create(c, (struct csr_request){.common_name = "alone"}));
	unit_assert_reason(&e, "csr.no_name");
	assert_null(create(c, (struct csr_request){.dns_names = bad, .n_dns_names = 1}));
	assert_int_equal(e.code, ERR_INVALID);
	assert_null(create(c, (struct csr_request){.ip_addresses = bad, .n_ip_addresses = 1}));
	assert_int_equal(e.code, ERR_INVALID);
}

static void address_given_as_a_name_becomes_an_address(void **state)
{
	struct core *c AUTO_CORE = fixture_open();
	json_t *o AUTO_JSON =
		create(c, (struct csr_request){.dns_names = addresses, .n_dns_names = 1});

	(void)state;
	unit_assert_ok(o != NULL, &e);
	assert_string_equal(fixture_at(o, "sans.0"), "IP:192.0.2.1");
}

static void renewal_takes_names_and_on_request_the_key(void **state)
{
	struct core *c AUTO_CORE = fixture_open();
	json_t *i AUTO_JSON = fixture_import(c, "server.pfx", "My");
	struct csr_request r = {.renews = fixture_id("server.crt"), .same_key = true};
	json_t *same AUTO_JSON = create(c, r), *fresh AUTO_JSON = NULL;
	struct csr a AUTO_CSR = CSR_INIT, b AUTO_CSR = CSR_INIT;
	struct cert *cert AUTO_CERT = NULL;

	(void)state;
	unit_assert_ok(same != NULL, &e);
	assert_string_equal(fixture_at(same, "sans.0"), "DNS:console.test");
	assert_string_equal(fixture_at(same, "renews"), fixture_id("server.crt"));
	assert_string_equal(fixture_at(same, "key"), "ec256");
	unit_assert_ok(certs_find(c, r.renews, &cert, &e), &e);
	unit_assert_ok(csr_parse(span_str(fixture_at(same, "pem")), &a, &e), &e);
	assert_memory_equal(a.spki_sha256, cert->spki_sha256, 32);
	r.same_key = false;
	fresh = create(c, r);
	unit_assert_ok(csr_parse(span_str(fixture_at(fresh, "pem")), &b, &e), &e);
	assert_memory_not_equal(b.spki_sha256, cert->spki_sha256, 32);
	r = (struct csr_request){.dns_names = www, .n_dns_names = 1, .same_key = true};
	assert_null(create(c, r));
}

static void removed_request_takes_its_key_along(void **state)
{
	struct core *c AUTO_CORE = fixture_open();
	json_t *i AUTO_JSON = fixture_import(c, "server.pfx", "My");
	json_t *o AUTO_JSON = create(c, (struct csr_request){.dns_names = www, .n_dns_names = 1});
	json_t *same AUTO_JSON = create(
		c, (struct csr_request){.renews = fixture_id("server.crt"), .same_key = true});
	struct buf pem AUTO_BUF = BUF_INIT;
	int64_t n = 0;

	(void)state;
	unit_assert_ok(csrs_remove(c, ADMIN, fixture_at(o, "id"), &e), &e);
	unit_assert_ok(csrs_remove(c, ADMIN, fixture_at(same, "id"), &e), &e);
	unit_assert_ok(
		db_get_int(core_store(c), "SELECT count(*) FROM keys", DB_NO_ARGS, &n, NULL, &e),
		&e);
	assert_int_equal(n, 1); /* the certificate's */
	assert_false(csrs_remove(c, ADMIN, fixture_at(o, "id"), &e));
	assert_int_equal(e.code, ERR_NOT_FOUND);
	assert_false(csrs_pem(c, fixture_at(o, "id"), &pem, &e));
}

int main(void)
{
	static const struct CMUnitTest tests[] = {
		cmocka_unit_test(request_carries_its_names_and_is_answered),
		cmocka_unit_test(answer_comes_in_any_format_with_its_chain),
		cmocka_unit_test(
			the_same_answer_again_changes_nothing_and_a_better_one_takes_its_place),
		cmocka_unit_test(answer_that_is_imported_finds_its_request_too),
		cmocka_unit_test(what_is_renewed_does_not_answer_the_renewal),
		cmocka_unit_test(foreign_answer_finds_no_request),
		cmocka_unit_test(every_key_can_be_asked_for),
		cmocka_unit_test(request_without_a_name_is_refused),
		cmocka_unit_test(address_given_as_a_name_becomes_an_address),
		cmocka_unit_test(renewal_takes_names_and_on_request_the_key),
		cmocka_unit_test(removed_request_takes_its_key_along),
	};

	return unit_run("core/csrs", tests, ARRAY_LEN(tests));
}
