/* SPDX-FileCopyrightText: the certbinder authors
 * SPDX-License-Identifier: Apache-2.0 */
#include <config.h>

#include "tests/lib/unit.h"

#include "base/reason.h"
#include "base/text.h"

#include <string.h>

static bool is_code(const char *code)
{
	for (; *code; code++)
		if (!(*code >= 'a' && *code <= 'z') && !ascii_is_digit(*code) && *code != '_' &&
		    *code != '.')
			return false;
	return true;
}

static void has_every_fixed_code(void **state)
{
	static const struct {
		const char *code;
		int exit;
	} fixed[] = {
		{"pfx.wrong_password", 8},
		{"pfx.no_mac", 4},
		{"pfx.unsupported_algorithm", 4},
		{"pfx.corrupt", 4},
		{"pfx.too_many_iterations", 4},
		{"key.mismatch", 4},
		{"key.not_exportable", 5},
		{"key.encrypted", 8},
		{"cert.exists", 6},
		{"cert.in_use", 6},
		{"x509.unsupported_key", 4},
		{"x509.corrupt", 4},
		{"store.not_self_signed", 4},
		{"name.cn_only", 4},
		{"name.no_match", 4},
		{"chain.incomplete", 4},
		{"chain.not_loadable", 4},
		{"eku.no_server_auth", 4},
		{"validity.expired", 4},
		{"validity.not_yet", 4},
		{"change.not_confirmed", 9},
		{"limit.body", 4},
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(fixed); i++) {
		const struct reason *r = reason_find(fixed[i].code);

		if (!r || r->exit != fixed[i].exit)
			fail_msg("'%s' is missing or has another exit code", fixed[i].code);
	}
}

static void every_row_is_complete(void **state)
{
	size_t n;
	const struct reason *rows = reason_table(&n);

	(void)state;
	assert_true(n > 50);
	for (size_t i = 0; i < n; i++) {
		const struct reason *r = &rows[i];

		if (!is_code(r->code) || r->class <= ERR_OK || r->class >= ERR_N_CODES ||
		    r->status < 200 || r->status > 599 || r->exit < 1 || r->exit > 10)
			fail_msg("'%s' is not complete", r->code);
		if (!r->title || strlen(r->title) < 4 || text_ends_with(r->title, "."))
			fail_msg("title of '%s'", r->code);
		if (!r->remedy || strlen(r->remedy) < 12 ||
		    !(text_ends_with(r->remedy, ".") || text_ends_with(r->remedy, "'") ||
		      text_ends_with(r->remedy, "...")))
			fail_msg("remedy of '%s'", r->code);
		assert_ptr_equal(reason_find(r->code), r); /* no code twice */
	}
}

static void knows_no_other_code(void **state)
{
	(void)state;
	assert_null(reason_find("pfx.unheard_of"));
	assert_null(reason_find(""));
	assert_null(reason_find("pfx"));
}

static void exit_codes_follow_from_the_meaning(void **state)
{
	(void)state;
	assert_int_equal(reason_of_class(ERR_NOT_FOUND)->exit, 3);
	assert_int_equal(reason_of_class(ERR_CHECK)->exit, 4);
	assert_int_equal(reason_of_class(ERR_DENIED)->exit, 5);
	assert_int_equal(reason_of_class(ERR_CONFLICT)->exit, 6);
	assert_int_equal(reason_of_class(ERR_UNREACHABLE)->exit, 7);
	assert_int_equal(reason_of_class(ERR_PASSWORD)->exit, 8);
	assert_int_equal(reason_of_class(ERR_TIMEOUT)->exit, 9);
	assert_int_equal(reason_of_class(ERR_INVALID)->exit, 2);
}

int main(void)
{
	static const struct CMUnitTest tests[] = {
		cmocka_unit_test(has_every_fixed_code),
		cmocka_unit_test(every_row_is_complete),
		cmocka_unit_test(knows_no_other_code),
		cmocka_unit_test(exit_codes_follow_from_the_meaning),
	};
	return unit_run("base/reason", tests, ARRAY_LEN(tests));
}
