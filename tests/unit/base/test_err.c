/* SPDX-FileCopyrightText: the certbinder authors
 * SPDX-License-Identifier: Apache-2.0 */
#include <config.h>

#include "tests/lib/unit.h"

#include "base/reason.h"

#include <errno.h>
#include <string.h>

static void says_what_could_not_be_done(void **state)
{
	struct err e = ERR_INIT;

	(void)state;
	assert_false(err_set(&e, ERR_LIMIT, "file of %d bytes, at most %d", 7, 5));
	assert_int_equal(e.code, ERR_LIMIT);
	assert_string_equal(e.text, "file of 7 bytes, at most 5");
	assert_non_null(strstr(e.file, "test_err.c"));
	assert_true(e.line > 0);
	assert_string_equal(err_public(&e)->code, "limit");
}

static void takes_the_class_from_the_dotted_code(void **state)
{
	struct err e = ERR_INIT;

	(void)state;
	assert_false(err_reason(&e, "pfx.wrong_password", "cannot open '%s'", "a.pfx"));
	assert_int_equal(e.code, ERR_PASSWORD);
	assert_true(err_is(&e, "pfx.wrong_password"));
	assert_false(err_is(&e, "password"));
	assert_int_equal(err_public(&e)->exit, 8);
}

static void adds_what_the_system_said(void **state)
{
	struct err e = ERR_INIT;

	(void)state;
	assert_false(err_sys(&e, ENOSPC, "cannot write '%s'", "x"));
	assert_int_equal(e.code, ERR_IO);
	assert_int_equal(e.sys, ENOSPC);
	assert_string_equal(e.text, "cannot write 'x': No space left on device");
	err_sys(&e, 99999, "odd");
	assert_string_equal(e.text, "odd: unknown system error");
}

static void wraps_and_keeps_class_reason_and_place(void **state)
{
	struct err e = ERR_INIT;
	int line;

	(void)state;
	err_reason(&e, "key.mismatch", "public keys differ");
	line = e.line;
	assert_false(err_wrap(&e, "cannot import '%s'", "a.pem"));
	assert_string_equal(e.text, "cannot import 'a.pem': public keys differ");
	assert_true(err_is(&e, "key.mismatch"));
	assert_int_equal(e.line, line);
}

static void may_speak_of_its_own_text(void **state)
{
	struct err e = ERR_INIT;

	(void)state;
	err_set(&e, ERR_IO, "first");
	err_set(&e, ERR_DB, "second after %s", e.text);
	assert_string_equal(e.text, "second after first");
	err_wrap(&e, "again %s", e.text);
	assert_string_equal(e.text, "again second after first: second after first");
}

static void cuts_long_text_at_a_character(void **state)
{
	char wide[ERR_TEXT_MAX * 2] = "";
	struct err e = ERR_INIT;

	(void)state;
	for (size_t i = 0; i + 2 < sizeof(wide); i += 2)
		memcpy(wide + i, "\xc3\xa4", 3);
	err_set(&e, ERR_FORMAT, "%s", wide);
	assert_int_equal(strlen(e.text), ERR_TEXT_MAX - 2); /* 239 is odd: half a letter goes */
	err_set(&e, ERR_FORMAT, "x%s", wide);
	assert_int_equal(strlen(e.text), ERR_TEXT_MAX - 1);
	err_wrap(&e, "wrapped");
	assert_memory_equal(e.text, "wrapped: x\xc3\xa4", 12);
	assert_int_equal(strlen(e.text) % 2, 0); /* "wrapped: x" and whole letters */
}

static void every_class_has_its_public_row(void **state)
{
	(void)state;
	for (enum err_code code = ERR_OK + 1; code < ERR_N_CODES; code++) {
		struct err e = ERR_INIT;

		err_set(&e, code, "x");
		assert_int_equal(err_public(&e)->class, code);
	}
}

static void no_error_is_no_code(void **state)
{
	struct err e = ERR_INIT;

	(void)state;
	assert_false(err_is(&e, "bug"));
}

int main(void)
{
	static const struct CMUnitTest tests[] = {
		cmocka_unit_test(says_what_could_not_be_done),
		cmocka_unit_test(takes_the_class_from_the_dotted_code),
		cmocka_unit_test(adds_what_the_system_said),
		cmocka_unit_test(wraps_and_keeps_class_reason_and_place),
		cmocka_unit_test(may_speak_of_its_own_text),
		cmocka_unit_test(cuts_long_text_at_a_character),
		cmocka_unit_test(every_class_has_its_public_row),
		cmocka_unit_test(no_error_is_no_code),
	};
	return unit_run("base/err", tests, ARRAY_LEN(tests));
}
