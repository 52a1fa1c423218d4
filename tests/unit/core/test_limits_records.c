/* SPDX-FileCopyrightText: the certbinder authors
 * SPDX-License-Identifier: Apache-2.0 */
#include <config.h>

#include "base/json.h"
#include "base/mem.h"
#include "core/agents/command_signer.h"
#include "core/authentication/authentication_keys.h"
#include "core/bindings/peer.h"
#include "core/bindings/proof.h"
#include "core/bindings/served.h"
#include "core/core_impl.h"
#include "core/trust/issuers_known.h"
#include "core/trust/refusals.h"
#include "lib/core_fixture.h"
#include "lib/maker.h"
#include "lib/unit.h"
#include "store/bindings.h"
#include "store/db.h"
#include "x509/pem.h"

#include <arpa/inet.h>
#include <ifaddrs.h>
#include <stdio.h>
#include <string.h>

/* Limits of what is recorded and of how far a search goes, from both sides. */

static struct err e;
#define OK(call) unit_assert_ok((call), &e)

static int64_t number(struct core *c, const char *sql)
{
	int64_t n = -1;

	OK(db_get_int(core_store(c), sql, DB_NO_ARGS, &n, NULL, &e));
	return n;
}

static size_t count_in(const char *text, const char *what)
{
	size_t n = 0;

	for (; (text = strstr(text, what)); text++)
		n++;
	return n;
}

/* ---- refusals ---- */

/* A refused client at this address with a chain of n certificates, and a verdict with paths. */
static void refuse(struct refusal_queue *q, int client, size_t n_chain, size_t n_paths,
		   size_t n_steps, struct cert *c)
{
	struct served served = {.trust_generation = 1};
	struct peer *peer = peer_new();
	struct trust_path *paths = mem_array(n_paths + 1, sizeof *paths);
	struct trust_step *steps = mem_array(n_steps + 1, sizeof *steps);
	struct verdict v = {.reason = "trust.expired", .paths = paths, .n_paths = n_paths};

	for (size_t i = 0; i < n_steps; i++)
		steps[i] = (struct trust_step){.cert = c};
	for (size_t i = 0; i < n_paths; i++)
		paths[i] = (struct trust_path){
			.steps = steps, .n_steps = n_steps, .reason = "trust.expired"};
	(void)snprintf(peer->client_ip, sizeof peer->client_ip, "10.0.%d.%d", client / 256,
		       client % 256);
	for (size_t i = 0; i < n_chain; i++)
		OK(cert_list_add(&peer->client_chain, c, &e));
	refusal_put(q, peer, &served, &v, 5000);
	peer_free(peer);
	mem_free(steps);
	mem_free(paths);
}

static struct buf column(struct core *c, const char *sql)
{
	struct buf out = BUF_INIT;
	struct db_stmt q AUTO(db_done) = DB_STMT_INIT;
	bool row = false;

	OK(db_query(core_store(c), &q, sql, DB_NO_ARGS, &e));
	OK(db_step(&q, &row, &e));
	assert_true(row);
	buf_add_str(&out, db_text(&q, 0));
	return out;
}

static void refusals_that_wait_for_the_database(void **state)
{
	struct core *c AUTO_CORE = fixture_open();
	struct refusal_queue *q = NULL;

	(void)state;
	OK(refusal_queue_new(&q, &e));
	for (int i = 0; i < REFUSALS_QUEUE_MAX; i++)
		refuse(q, i, 0, 0, 0, NULL);
	OK(refusals_flush(c, q, &e));
	assert_int_equal(number(c, "SELECT count(*) FROM refusals"), REFUSALS_QUEUE_MAX);
	for (int i = 0; i <= REFUSALS_QUEUE_MAX; i++)
		refuse(q, 1000 + i, 0, 0, 0, NULL);
	refuse(q, 1000, 0, 0, 0, NULL); /* one more of those that are there is counted with them */
	unit_expect_log("door.refusals"); /* lost=1 */
	OK(refusals_flush(c, q, &e));
	assert_int_equal(number(c, "SELECT count(*) FROM refusals"), 2 * REFUSALS_QUEUE_MAX);
	assert_int_equal(number(c, "SELECT n FROM refusals WHERE client = '10.0.3.232'"), 2);
	refusal_queue_free(q);
}

static void refusals_that_are_kept(void **state)
{
	struct core *c AUTO_CORE = fixture_open();
	struct refusal_queue *q = NULL;

	(void)state;
	OK(db_run(
		core_store(c),
		"WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < ?1)"
		" INSERT INTO refusals (at, last_at, n, binding_id, endpoint, client, mode,"
		" trust_generation, substatus, win32, reason, explanation, subject, sha256,"
		" verdict, presented) SELECT i, i, 1, 0, '', 'c' || i, 0, 0, 0, 0, '', '', '', '',"
		" '{}', '' FROM n",
		DB_ARGS(db_i(REFUSALS_MAX - 1)), &e));
	OK(refusal_queue_new(&q, &e));
	refuse(q, 1, 0, 0, 0, NULL);
	OK(refusals_flush(c, q, &e));
	assert_int_equal(number(c, "SELECT count(*) FROM refusals"), REFUSALS_MAX);
	assert_int_equal(number(c, "SELECT count(*) FROM refusals WHERE client = 'c1'"), 1);
	refuse(q, 2, 0, 0, 0, NULL);
	OK(refusals_flush(c, q, &e));
	assert_int_equal(number(c, "SELECT count(*) FROM refusals"), REFUSALS_MAX);
	assert_int_equal(number(c, "SELECT count(*) FROM refusals WHERE client = 'c1'"), 0);
	refusal_queue_free(q);
}

static void what_is_kept_of_one_refusal(void **state)
{
	struct core *c AUTO_CORE = fixture_open();
	struct cert *cert AUTO_CERT =
		maker_cert(&(struct maker){.subject = "X", .key = maker_key(0)});
	struct refusal_queue *q = NULL;

	(void)state;
	OK(refusal_queue_new(&q, &e));
	for (size_t more = 0; more < 2; more++) {
		refuse(q, 1 + (int)more, REFUSAL_PRESENTED_MAX + more, REFUSAL_PATHS_MAX + more, 1,
		       cert);
		OK(refusals_flush(c, q, &e));
		struct buf pem AUTO_BUF =
				       column(c, "SELECT presented FROM refusals ORDER BY id DESC"),
			       verdict AUTO_BUF =
				       column(c, "SELECT verdict FROM refusals ORDER BY id DESC");
		assert_int_equal(count_in(buf_str(&pem), "BEGIN CERT"), REFUSAL_PRESENTED_MAX);
		assert_int_equal(count_in(buf_str(&verdict), "\"steps\""), REFUSAL_PATHS_MAX);
	}
	refusal_queue_free(q);
}

static size_t verdict_of(struct core *c, struct refusal_queue *q, int client, size_t n_steps,
			 struct cert *cert)
{
	refuse(q, client, 1, REFUSAL_PATHS_MAX, n_steps, cert);
	OK(refusals_flush(c, q, &e));
	struct buf verdict AUTO_BUF = column(c, "SELECT verdict FROM refusals ORDER BY id DESC");
	assert_true(verdict.len <= REFUSAL_BYTES_MAX);
	return verdict.len;
}

/* A record that is too large loses its paths, and nothing else. */
static void bytes_of_one_refusal(void **state)
{
	struct core *c AUTO_CORE = fixture_open();
	struct cert *cert AUTO_CERT =
		maker_cert(&(struct maker){.subject = "X", .key = maker_key(0)});
	struct refusal_queue *q = NULL;

	(void)state;
	OK(refusal_queue_new(&q, &e));
	size_t one = verdict_of(c, q, 1, 1, cert), step = verdict_of(c, q, 2, 2, cert) - one;
	size_t most = 1 + (REFUSAL_BYTES_MAX - one) / step;
	assert_true(verdict_of(c, q, 3, most, cert) > REFUSAL_BYTES_MAX - step);
	assert_true(verdict_of(c, q, 4, most + 1, cert) < one);
	struct buf verdict AUTO_BUF = column(c, "SELECT verdict FROM refusals ORDER BY id DESC");
	assert_non_null(strstr(buf_str(&verdict), "trust.expired"));
	refusal_queue_free(q);
}

/* ---- issuers that are known ---- */

static void put_cert(struct core *c, const struct cert *x)
{
	OK(db_run(core_store(c),
		  "INSERT INTO certificates (sha256, sha1, spki_sha256, der, subject, issuer,"
		  " search, not_before, not_after, is_ca, self_signed, for_server, for_client,"
		  " added_at) VALUES (?1, ?1, '', ?2, '', '', '', 0, 0, 1, 0, 1, 1, 0)",
		  DB_ARGS(db_t(x->id), db_b(span_of(x->der, x->der_len))), &e));
}

static struct cert *made(const char *subject, const char *issuer, size_t key, size_t signer)
{
	return maker_cert(&(struct maker){.subject = subject,
					  .issuer = issuer,
					  .key = maker_key(key),
					  .signer = maker_key(signer),
					  .ca = true});
}

static void issuers_that_are_found(void **state)
{
	struct core *c AUTO_CORE = fixture_open();
	struct cert *leaf AUTO_CERT = made("Alice", "Issuing", 2, 1);

	(void)state;
	for (size_t i = 1; i <= ISSUERS_KNOWN_MAX + 1; i++) {
		struct issuers_known k AUTO_ISSUERS_KNOWN = {.n = 0};
		struct cert *ca AUTO_CERT = made("Issuing", "Root", 1, 0);

		put_cert(c, ca);
		OK(issuers_known_find(c, leaf, &k, &e));
		assert_int_equal(k.n, i <= ISSUERS_KNOWN_MAX ? i : ISSUERS_KNOWN_MAX);
	}
}

/* What a refused client brought along, behind n refusals that are newer. */
static void refusals_that_are_looked_through(void **state)
{
	struct core *c AUTO_CORE = fixture_open();
	struct cert *leaf AUTO_CERT = made("Alice", "Issuing", 2, 1);
	struct cert *ca AUTO_CERT = made("Issuing", "Root", 1, 0);
	struct buf pem AUTO_BUF = BUF_INIT;

	(void)state;
	OK(pem_write("CERTIFICATE", span_of(leaf->der, leaf->der_len), &pem, &e));
	OK(pem_write("CERTIFICATE", span_of(ca->der, ca->der_len), &pem, &e));
	for (int i = 0; i <= ISSUERS_REFUSALS_MAX; i++) {
		struct issuers_known k AUTO_ISSUERS_KNOWN = {.n = 0};

		OK(db_run(
			core_store(c),
			"INSERT INTO refusals (at, last_at, n, binding_id, endpoint, client, mode,"
			" trust_generation, substatus, win32, reason, explanation, subject,"
			" sha256, verdict, presented) VALUES (?1, ?1, 1, 0, '', 'c' || ?1, 0, 0,"
			" 0, 0, '', '', '', '', '{}', ?2)",
			DB_ARGS(db_i(i), db_t(i == 0 ? buf_str(&pem) : "")), &e));
		OK(issuers_known_find(c, leaf, &k, &e));
		assert_int_equal(k.n, i < ISSUERS_REFUSALS_MAX ? 1 : 0);
	}
}

/* ---- keys of one batch of commands ---- */

static void keys_of_one_batch(void **state)
{
	struct core *c AUTO_CORE = fixture_open();
	struct command_signers s AUTO_COMMAND_SIGNERS = COMMAND_SIGNERS_INIT;
	char ids[COMMAND_SIGNERS_MAX + 2][65];

	(void)state;
	OK(authentication_keys_first_start(c, &e));
	for (size_t i = 0; i < ARRAY_LEN(ids); i++) {
		const struct authentication_rotation r = {.backup_password = NULL};
		json_t *out AUTO_JSON = NULL;
		struct buf id AUTO_BUF =
			column(c, "SELECT cert FROM authentication_keys WHERE current = 1");

		(void)snprintf(ids[i], sizeof ids[i], "%s", buf_str(&id));
		fixture_set_now(1795305600 + (int64_t)i * 100);
		if (i + 1 < ARRAY_LEN(ids))
			OK(authentication_key_rotate(c, &fixture_admin, &r, &out, &e));
	}
	const char *now = ids[COMMAND_SIGNERS_MAX + 1];
	OK(command_signers_open(c, &s, &e));
	for (size_t i = 0; i <= COMMAND_SIGNERS_MAX; i++) { /* one more than there is room for */
		const char *id = command_signer_for(c, &s, ids[i])->cert->id;

		assert_string_equal(id, i + 1 < COMMAND_SIGNERS_MAX ? ids[i] : now);
	}
	assert_int_equal(s.n, COMMAND_SIGNERS_MAX);
	assert_string_equal(command_signer_for(c, &s, ids[0])->cert->id, ids[0]);
}

/* ---- addresses of a proof ---- */

static size_t n_addresses;

/* The machine's addresses, for core/bindings/proof.c in this program: as many as the test wants. */
int getifaddrs(struct ifaddrs **out)
{
	static struct ifaddrs list[2 * PROOF_ADDRESSES_MAX];
	static struct sockaddr_in addresses[2 * PROOF_ADDRESSES_MAX];

	for (size_t i = 0; i < n_addresses; i++) {
		addresses[i].sin_family = AF_INET;
		addresses[i].sin_addr.s_addr = htonl(0x0a000000u + (uint32_t)i);
		list[i].ifa_addr = (struct sockaddr *)&addresses[i];
		list[i].ifa_next = i + 1 < n_addresses ? &list[i + 1] : NULL;
	}
	*out = n_addresses ? list : NULL;
	return 0;
}

void freeifaddrs(struct ifaddrs *list)
{
	(void)list; /* nothing was allocated */
}

static bool shows(void *arg, const struct prove_target *t, struct prove_result *out,
		  struct err *why)
{
	(void)t, (void)why;
	++*(int *)arg;
	*out = (struct prove_result){.connected = true};
	memset(out->cert_sha256, 'a', 64);
	return true;
}

static void addresses_of_one_proof(void **state)
{
	struct core *c AUTO_CORE = fixture_open();
	struct core_hooks hooks = *core_hooks(c);
	const struct binding_row row = {.id = 1, .ip = "*", .port = 443};
	char cert[65] = "";
	int n_asked = 0;

	(void)state;
	memset(cert, 'a', 64);
	hooks.arg = &n_asked;
	hooks.prove = shows;
	core_set_hooks(c, &hooks);
	for (n_addresses = PROOF_ADDRESSES_MAX - 1; n_addresses <= PROOF_ADDRESSES_MAX + 1;
	     n_addresses++) {
		struct buf evidence AUTO_BUF = BUF_INIT;
		bool seen = false;

		n_asked = 0;
		OK(binding_prove(c, &row, cert, &seen, &evidence, &e));
		assert_true(seen);
		assert_int_equal(n_asked, n_addresses < PROOF_ADDRESSES_MAX ? n_addresses
									    : PROOF_ADDRESSES_MAX);
	}
}

int main(void)
{
	static const struct CMUnitTest tests[] = {
		cmocka_unit_test(refusals_that_wait_for_the_database),
		cmocka_unit_test(refusals_that_are_kept),
		cmocka_unit_test(what_is_kept_of_one_refusal),
		cmocka_unit_test(bytes_of_one_refusal),
		cmocka_unit_test(issuers_that_are_found),
		cmocka_unit_test(refusals_that_are_looked_through),
		cmocka_unit_test(keys_of_one_batch),
		cmocka_unit_test(addresses_of_one_proof),
	};
	int failed = unit_run("core/limits_records", tests, ARRAY_LEN(tests));

	maker_free_keys();
	return failed;
}
