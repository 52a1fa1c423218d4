/* SPDX-FileCopyrightText: the certbinder authors
 * SPDX-License-Identifier: Apache-2.0 */
#include <config.h>

#include "api/call.h"
#include "base/mem.h"
#include "lib/unit.h"

#include <stdio.h>

/* Answers that are kept for a repeated Idempotency-Key. */

static struct err e;

static enum replay_state begin(struct replay_table *t, int key, int64_t now_s,
			       struct replay **entry)
{
	struct replay_answer answer = {.status = 0};
	enum replay_state state;
	char text[16];

	(void)snprintf(text, sizeof text, "k%d", key);
	unit_assert_ok(replay_begin(t, span_str(text), span_str("request"), now_s, &state, entry,
				    &answer, &e),
		       &e);
	mem_free(answer.body);
	return state;
}

static void answers_that_are_kept(void **state)
{
	struct replay_table *t = replay_table_new();
	struct replay *entry = NULL;

	(void)state;
	for (int i = 0; i < REPLAY_MAX; i++) {
		struct replay_answer a = {.status = 201, .body = mem_str("{}")};

		assert_int_equal(begin(t, i, 1000 + i, &entry), REPLAY_NEW);
		replay_keep(t, entry, &a);
	}
	for (int i = 0; i < REPLAY_MAX; i += 99)
		assert_int_equal(begin(t, i, 2500, &entry), REPLAY_KNOWN);
	assert_int_equal(begin(t, REPLAY_MAX, 2500, &entry), REPLAY_NEW); /* the oldest goes */
	replay_drop(t, entry);
	assert_int_equal(begin(t, 1, 2500, &entry), REPLAY_KNOWN);
	assert_int_equal(begin(t, 0, 2500, &entry), REPLAY_NEW);
	replay_drop(t, entry);
	replay_table_free(t);
}

/* Requests that are under way are not forgotten: there is no room for one more. */
static void requests_that_are_under_way(void **state)
{
	struct replay_table *t = replay_table_new();
	struct replay_answer answer = {.status = 0};
	struct replay *entry = NULL;
	enum replay_state known;

	(void)state;
	for (int i = 0; i < REPLAY_MAX; i++)
		assert_int_equal(begin(t, i, 1000, &entry), REPLAY_NEW);
	assert_false(replay_begin(t, span_str("more"), span_str("r"), 1000, &known, &entry, &answer,
				  &e));
	assert_int_equal(begin(t, 5, 1000, &entry), REPLAY_RUNNING);
	replay_table_free(t);
}

int main(void)
{
	static const struct CMUnitTest tests[] = {
		cmocka_unit_test(answers_that_are_kept),
		cmocka_unit_test(requests_that_are_under_way),
	};

	return unit_run("api/limits", tests, ARRAY_LEN(tests));
}
