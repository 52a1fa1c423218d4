/* SPDX-FileCopyrightText: the certbinder authors
 * SPDX-License-Identifier: Apache-2.0 */
#include <config.h>

#include "wire/catalogue.h"

#include "lib/maker.h"
#include "lib/signer.h"
#include "lib/unit.h"

#include "wire/agent_roots.h"

#include <stdio.h>
#include <string.h>

#define NOW INT64_C(1795305600)
#define ME "00112233445566778899aabbccddeeff"
#define HEX "000102030405060708090a0b0c0d0e0f101112131415161718191a1b1c1d1e1f"

static struct signer server, stranger;

static struct catalogue_judge judge(void)
{
	return (struct catalogue_judge){
		.key = server.cert, .agent_id = ME, .revision = 7, .now_s = NOW, .skew_s = 600};
}

static json_t *item(const char *sha256, const char *store)
{
	return json_pack("{s:s, s:s, s:s}", "sha256", sha256, "store", store, "name", "A root");
}

static json_t *claims(void)
{
	return json_pack("{s:s, s:s, s:I, s:I, s:I, s:[o, o]}", "iss", "server", "aud", ME, "iat",
			 (json_int_t)NOW, "exp", (json_int_t)NOW + 300, "revision", (json_int_t)8,
			 "items", item(HEX, "Root"), item(HEX, "CA"));
}

static void refuses(const char *key, json_t *value, const char *code)
{
	const struct catalogue_judge j = judge();
	struct buf token AUTO_BUF = BUF_INIT;
	struct catalogue out = {.revision = 42};
	struct err e = ERR_INIT;
	json_t *c = claims();

	assert_int_equal(json_object_set_new(c, key, value), 0);
	signer_sign(&server, CATALOGUE_TYP, c, &token);
	assert_false(catalogue_verify(&j, buf_span(&token), &out, &e));
	unit_assert_reason(&e, code);
	assert_true(out.revision == 42 && out.items == NULL);
}

static void takes_what_is_right_and_keeps_it_over_a_restart(void **state)
{
	struct catalogue_judge j = judge();
	struct buf token AUTO_BUF = BUF_INIT;
	struct catalogue c AUTO_CATALOGUE = CATALOGUE_INIT, back AUTO_CATALOGUE = CATALOGUE_INIT;
	json_t *kept AUTO_JSON = NULL;
	struct err e = ERR_INIT;

	(void)state;
	signer_sign(&server, CATALOGUE_TYP, claims(), &token);
	unit_assert_ok(catalogue_verify(&j, buf_span(&token), &c, &e), &e);
	assert_true(c.revision == 8 && c.n == 2);
	assert_string_equal(c.items[0].sha256, HEX);
	assert_string_equal(c.items[1].store, "CA");
	assert_string_equal(c.items[1].name, "A root");
	kept = catalogue_json(&c);
	unit_assert_ok(catalogue_read(kept, &back, &e), &e);
	assert_true(back.revision == 8 && back.n == 2);
	assert_memory_equal(back.items, c.items, 2 * sizeof(*c.items));
	catalogue_clear(&c);
	j.revision = 8; /* the same once more */
	unit_assert_ok(catalogue_verify(&j, buf_span(&token), &c, &e), &e);
}

static void refuses_what_another_key_signed(void **state)
{
	const struct catalogue_judge j = judge();
	struct buf token AUTO_BUF = BUF_INIT;
	struct catalogue out = CATALOGUE_INIT;
	struct err e = ERR_INIT;

	(void)state;
	signer_sign(&stranger, CATALOGUE_TYP, claims(), &token);
	assert_false(catalogue_verify(&j, buf_span(&token), &out, &e));
	unit_assert_reason(&e, "catalogue.signature");
	buf_reset(&token);
	signer_sign(&server, "cb-cmd+jwt", claims(), &token);
	e = (struct err)ERR_INIT;
	assert_false(catalogue_verify(&j, buf_span(&token), &out, &e));
	unit_assert_reason(&e, "catalogue.corrupt");
	assert_null(out.items);
}

static void refuses_claims_that_are_not_right(void **state)
{
	(void)state;
	refuses("aud", json_string("ffeeddccbbaa99887766554433221100"), "catalogue.audience");
	refuses("aud", json_null(), "catalogue.corrupt");
	refuses("revision", json_integer(6), "catalogue.revision");
	refuses("revision", json_integer(0), "catalogue.revision");
	refuses("revision", json_string("8"), "catalogue.corrupt");
	refuses("iat", json_integer(NOW + 601), "catalogue.corrupt"); /* ends before it begins */
	refuses("exp", json_integer(NOW - 1), "catalogue.corrupt");
	refuses("exp", json_integer(NOW + CATALOGUE_LIFE_MAX_S + 1), "catalogue.corrupt");
	refuses("items", json_object(), "catalogue.corrupt");
	refuses("items", json_pack("[o]", item(HEX, "Disallowed")), "catalogue.corrupt");
	refuses("items", json_pack("[o]", item(HEX, "../Root")), "catalogue.corrupt");
	refuses("items", json_pack("[o]", item(HEX "00", "Root")), "catalogue.corrupt");
	refuses("items", json_pack("[o]", item("../../etc", "Root")), "catalogue.corrupt");
	refuses("items", json_pack("[s]", HEX), "catalogue.corrupt");
}

static void refuses_one_of_another_time(void **state)
{
	const int64_t now[] = {NOW - 601, NOW + 300 + 601};

	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(now); i++) {
		struct catalogue_judge j = judge();
		struct buf token AUTO_BUF = BUF_INIT;
		struct catalogue out = CATALOGUE_INIT;
		struct err e = ERR_INIT;

		j.now_s = now[i];
		signer_sign(&server, CATALOGUE_TYP, claims(), &token);
		assert_false(catalogue_verify(&j, buf_span(&token), &out, &e));
		unit_assert_reason(&e, "catalogue.time");
	}
}

static json_t *many(size_t n)
{
	json_t *list = json_array();

	for (size_t i = 0; i < n; i++)
		(void)json_array_append_new(list, item(HEX, "Root"));
	return json_pack("{s:i, s:o}", "revision", 1, "items", list);
}

static void holds_its_limits(void **state)
{
	struct catalogue c AUTO_CATALOGUE = CATALOGUE_INIT, none = CATALOGUE_INIT;
	json_t *most AUTO_JSON = many(CATALOGUE_ITEMS_MAX),
		     *more AUTO_JSON = many(CATALOGUE_ITEMS_MAX + 1);
	struct err e = ERR_INIT;
	char name[2 * CATALOGUE_NAME_SIZE];

	(void)state;
	memset(name, 'x', sizeof(name));
	name[sizeof(name) - 1] = '\0';
	(void)json_object_set_new(json_array_get(json_object_get(most, "items"), 0), "name",
				  json_string(name));
	unit_assert_ok(catalogue_read(most, &c, &e), &e);
	assert_true(c.n == CATALOGUE_ITEMS_MAX);
	assert_int_equal(strlen(c.items[0].name), CATALOGUE_NAME_SIZE - 1);
	assert_false(catalogue_read(more, &none, &e));
	assert_true(e.code == ERR_LIMIT && none.items == NULL);
}

static void checks(const struct maker *m, const char *store, const struct agent_trust *held,
		   const char *code)
{
	struct cert *c AUTO_CERT = maker_cert(m);
	struct err e = ERR_INIT;
	bool good = root_check(c, store, held, &e);

	if (!code) {
		unit_assert_ok(good, &e);
		return;
	}
	assert_false(good);
	unit_assert_reason(&e, code);
}

static void roots_are_of_their_kind(void **state)
{
	const struct maker_key *a = maker_key(0), *b = maker_key(1);
	const struct maker
		root = {.subject = "root", .key = a, .ca = true},
		link = {.subject = "link", .issuer = "root", .key = b, .signer = a, .ca = true},
		alike = {.subject = "root", .issuer = "root", .key = b, .signer = a, .ca = true},
		leaf = {.subject = "leaf", .issuer = "root", .key = b, .signer = a},
		self = {.subject = "self", .key = a},
		old = {.subject = "old", .key = a, .version = 1},
		old_link = {
			.subject = "old", .issuer = "root", .key = b, .signer = a, .version = 1};
	struct agent_trust *held AUTO_AGENT_TRUST = NULL;
	struct err e = ERR_INIT;

	(void)state;
	unit_assert_ok(agent_trust_read(unit_dir(), &held, &e), &e);
	checks(&root, "Root", held, NULL);
	checks(&link, "CA", held, NULL);
	checks(&old, "Root", held, NULL); /* version 1 cannot say that it is one */
	checks(&root, "CA", held, "root.kind");
	checks(&link, "Root", held, "root.kind");
	checks(&alike, "Root", held, "root.kind"); /* the name alone makes no root */
	checks(&self, "Root", held, "root.not_ca");
	checks(&leaf, "CA", held, "root.not_ca");
	checks(&old_link, "CA", held, "root.not_ca");
}

static void what_is_distrusted_here_stays_so(void **state)
{
	const struct maker root = {.subject = "root", .key = maker_key(0), .ca = true, .serial = 9};
	struct cert *c AUTO_CERT = maker_cert(&root);
	struct agent_trust *held AUTO_AGENT_TRUST = NULL;
	struct err e = ERR_INIT;
	bool existed;

	(void)state;
	unit_assert_ok(agent_trust_add(unit_dir(), "Disallowed", c, &existed, &e), &e);
	unit_assert_ok(agent_trust_read(unit_dir(), &held, &e), &e);
	assert_false(root_check(c, "Root", held, &e));
	unit_assert_reason(&e, "root.distrusted");
}

int main(void)
{
	static const struct CMUnitTest tests[] = {
		cmocka_unit_test(takes_what_is_right_and_keeps_it_over_a_restart),
		cmocka_unit_test(refuses_what_another_key_signed),
		cmocka_unit_test(refuses_claims_that_are_not_right),
		cmocka_unit_test(refuses_one_of_another_time),
		cmocka_unit_test(holds_its_limits),
		cmocka_unit_test(roots_are_of_their_kind),
		cmocka_unit_test(what_is_distrusted_here_stays_so),
	};
	int failed;

	signer_make(&server, "server");
	signer_make(&stranger, "stranger");
	failed = unit_run("wire/catalogue", tests, ARRAY_LEN(tests));
	signer_clear(&server);
	signer_clear(&stranger);
	maker_free_keys();
	return failed;
}
