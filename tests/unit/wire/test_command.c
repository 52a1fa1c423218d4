/* SPDX-FileCopyrightText: the certbinder authors
 * SPDX-License-Identifier: Apache-2.0 */
#include <config.h>

#include "wire/command.h"

#include "lib/signer.h"
#include "lib/unit.h"

#include <string.h>

#define NOW INT64_C(1795305600)
#define ME "00112233445566778899aabbccddeeff"

static struct signer server, stranger;
static struct replay seen;

static struct command_judge judge(void)
{
	return (struct command_judge){
		.key = server.cert, .agent_id = ME, .seen = &seen, .now_s = NOW, .skew_s = 86400};
}

static json_t *claims(void)
{
	return json_pack("{s:s, s:s, s:I, s:I, s:s, s:I, s:s, s:{s:i}}", "iss", "server", "aud", ME,
			 "iat", (json_int_t)NOW, "exp", (json_int_t)NOW + 300, "jti", "one", "seq",
			 (json_int_t)7, "cmd", "status", "args", "n", 1);
}

static json_t *with(const char *key, json_t *value)
{
	json_t *c = claims();

	assert_int_equal(json_object_set_new(c, key, value), 0);
	return c;
}

static void refused(const struct command_judge *j, struct span token, const char *code)
{
	struct command out = {.seq = 42};
	struct err e = ERR_INIT;

	assert_false(command_verify(j, token, &out, &e));
	unit_assert_reason(&e, code);
	assert_int_equal(out.seq, 42);
}

static void refuses_claims(const char *key, json_t *value, const char *code)
{
	const struct command_judge j = judge();
	struct buf token AUTO_BUF = BUF_INIT;

	signer_sign(&server, COMMAND_TYP, with(key, value), &token);
	refused(&j, buf_span(&token), code);
}

static void takes_what_is_right(void **state)
{
	const struct command_judge j = judge();
	struct command c AUTO_COMMAND = COMMAND_INIT;
	struct buf token AUTO_BUF = BUF_INIT;
	struct err e = ERR_INIT;

	(void)state;
	signer_sign(&server, COMMAND_TYP, claims(), &token);
	unit_assert_ok(command_verify(&j, buf_span(&token), &c, &e), &e);
	assert_string_equal(c.cmd, "status");
	assert_string_equal(c.jti, "one");
	assert_int_equal(c.seq, 7);
	assert_int_equal(json_integer_value(json_object_get(c.args, "n")), 1);
	assert_int_equal(command_remember_s(&c), NOW + 300 + COMMAND_SKEW_MAX_S);
}

static void refuses_other_keys_and_types(void **state)
{
	const struct command_judge j = judge();
	struct buf token AUTO_BUF = BUF_INIT;

	(void)state;
	signer_sign(&stranger, COMMAND_TYP, claims(), &token);
	refused(&j, buf_span(&token), "command.signature");
	signer_sign(&server, "cb-pub+jwt", claims(), &token);
	refused(&j, buf_span(&token), "command.corrupt");
	refused(&j, span_str("a.b.c"), "command.corrupt");
	refused(&j, span_str(""), "command.corrupt");
}

static void refuses_a_changed_byte_anywhere(void **state)
{
	const struct command_judge j = judge();
	struct buf token AUTO_BUF = BUF_INIT;

	(void)state;
	signer_sign(&server, COMMAND_TYP, claims(), &token);
	for (size_t i = 0; i < token.len; i += 3) {
		struct command out AUTO_COMMAND = COMMAND_INIT;
		struct err e = ERR_INIT;
		uint8_t was = token.data[i];

		token.data[i] = was == 'A' ? 'B' : 'A';
		assert_false(command_verify(&j, buf_span(&token), &out, &e));
		token.data[i] = was;
	}
}

static void holds_every_claim_to_its_form(void **state)
{
	static const char *const members[] = {"iss", "aud", "iat", "exp", "jti", "seq", "cmd"};
	const struct command_judge j = judge();
	struct buf token AUTO_BUF = BUF_INIT;
	char long_text[REPLAY_ID_SIZE + 1];

	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(members); i++) {
		json_t *c = claims();

		json_object_del(c, members[i]);
		signer_sign(&server, COMMAND_TYP, c, &token);
		refused(&j, buf_span(&token), "command.corrupt");
		refuses_claims(members[i], json_true(), "command.corrupt");
	}
	memset(long_text, 'x', sizeof(long_text) - 1);
	long_text[sizeof(long_text) - 1] = '\0';
	refuses_claims("jti", json_string(long_text), "command.corrupt");
	refuses_claims("jti", json_string(""), "command.corrupt");
	refuses_claims("cmd", json_string(long_text), "command.corrupt");
	refuses_claims("seq", json_integer(0), "command.corrupt");
	refuses_claims("args", json_array(), "command.corrupt");
	refuses_claims("exp", json_integer(NOW - 1), "command.corrupt");
	refuses_claims("exp", json_integer(NOW + COMMAND_LIFE_MAX_S + 1), "command.corrupt");
}

static void is_taken_at(int64_t now_s, int64_t skew_s, const char *code)
{
	struct command_judge j = judge();
	struct command c AUTO_COMMAND = COMMAND_INIT;
	struct buf token AUTO_BUF = BUF_INIT;
	struct err e = ERR_INIT;
	bool good;

	j.now_s = now_s;
	j.skew_s = skew_s;
	signer_sign(&server, COMMAND_TYP, claims(), &token);
	good = command_verify(&j, buf_span(&token), &c, &e);
	assert_int_equal(good, code == NULL);
	if (code)
		unit_assert_reason(&e, code);
}

static void the_window_is_as_wide_as_the_skew(void **state)
{
	(void)state;
	is_taken_at(NOW + 300 + 60, 60, NULL);
	is_taken_at(NOW + 300 + 61, 60, "command.expired");
	is_taken_at(NOW - 60, 60, NULL);
	is_taken_at(NOW - 61, 60, "command.early");
	is_taken_at(NOW + 300 + COMMAND_SKEW_MAX_S, INT64_MAX, NULL);
	is_taken_at(NOW + 301 + COMMAND_SKEW_MAX_S, INT64_MAX, "command.expired");
	is_taken_at(NOW + 301, -5, "command.expired");
}

static void others_audience_old_ids_and_old_numbers_are_refused(void **state)
{
	struct err e = ERR_INIT;

	(void)state;
	refuses_claims("aud", json_string("00112233445566778899aabbccddeef0"), "command.audience");
	unit_assert_ok(replay_add(&seen, 7, "one", NOW + 1000, NOW, &e), &e);
	refuses_claims("seq", json_integer(8), "command.replayed");
	refuses_claims("jti", json_string("two"), "command.sequence");
	replay_clear(&seen);
}

static void refuses_what_is_too_long_unread(void **state)
{
	const struct command_judge j = judge();
	struct buf big AUTO_BUF = BUF_INIT;

	(void)state;
	for (size_t i = 0; i <= COMMAND_MAX_BYTES; i++)
		buf_add_char(&big, 'a');
	refused(&j, buf_span(&big), "command.corrupt");
}

int main(void)
{
	static const struct CMUnitTest tests[] = {
		cmocka_unit_test(takes_what_is_right),
		cmocka_unit_test(refuses_other_keys_and_types),
		cmocka_unit_test(refuses_a_changed_byte_anywhere),
		cmocka_unit_test(holds_every_claim_to_its_form),
		cmocka_unit_test(the_window_is_as_wide_as_the_skew),
		cmocka_unit_test(others_audience_old_ids_and_old_numbers_are_refused),
		cmocka_unit_test(refuses_what_is_too_long_unread),
	};
	int failed;

	signer_make(&server, "server");
	signer_make(&stranger, "stranger");
	failed = unit_run("wire/command", tests, ARRAY_LEN(tests));
	signer_clear(&server);
	signer_clear(&stranger);
	return failed;
}
