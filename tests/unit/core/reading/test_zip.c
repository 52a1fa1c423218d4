/* SPDX-FileCopyrightText: the certbinder authors
 * SPDX-License-Identifier: Apache-2.0 */
#include <config.h>

#include "core/reading/zip.h"

#include "lib/unit.h"

#include "base/mem.h"

#include <stdio.h>
#include <string.h>

static void set_secret(struct secret *s, const char *text)
{
	struct err e = ERR_INIT;

	assert_true(secret_set(s, text, strlen(text), &e));
}

static void pack(const char *password, struct buf *out)
{
	struct secret pw AUTO_SECRET = SECRET_INIT;
	struct zip z AUTO_ZIP = ZIP_INIT;
	struct err e = ERR_INIT;

	set_secret(&pw, password ? password : "");
	assert_true(zip_add(&z, "manifest.json", span_str("{\"version\":1}"), &e));
	assert_true(zip_add(&z, "keys/one.pfx", span_str("not really a PFX"), &e));
	assert_true(zip_write(&z, password ? &pw : NULL, 1767225600, out, &e));
}

static void reads_back_what_it_wrote(void **state)
{
	(void)state;
	for (int encrypted = 0; encrypted < 2; encrypted++) {
		struct secret pw AUTO_SECRET = SECRET_INIT;
		struct buf packed AUTO_BUF = BUF_INIT;
		struct zip z AUTO_ZIP = ZIP_INIT;
		struct err e = ERR_INIT;

		set_secret(&pw, "strongpassword");
		pack(encrypted ? "strongpassword" : NULL, &packed);
		assert_true(zip_read(buf_span(&packed), encrypted ? &pw : NULL, &z, &e));
		assert_int_equal(z.n, 2);
		assert_non_null(zip_find(&z, "keys/one.pfx"));
		assert_string_equal((char *)zip_find(&z, "keys/one.pfx")->data.data,
				    "not really a PFX");
		assert_null(zip_find(&z, "other"));
	}
}

static void hides_the_content_under_the_password(void **state)
{
	struct buf packed AUTO_BUF = BUF_INIT;

	(void)state;
	pack("strongpassword", &packed);
	assert_null(memmem(packed.data, packed.len, "not really", 10));
}

static void refuses_a_wrong_or_missing_password(void **state)
{
	struct secret pw AUTO_SECRET = SECRET_INIT;
	struct buf packed AUTO_BUF = BUF_INIT;
	struct zip z = ZIP_INIT;
	struct err e = ERR_INIT;

	(void)state;
	pack("strongpassword", &packed);
	set_secret(&pw, "wrongpassword");
	assert_false(zip_read(buf_span(&packed), &pw, &z, &e));
	assert_true(err_is(&e, "zip.wrong_password"));
	assert_false(zip_read(buf_span(&packed), NULL, &z, &e));
	assert_true(err_is(&e, "zip.wrong_password"));
	assert_int_equal(z.n, 0);
}

static void refuses_every_truncation(void **state)
{
	struct secret pw AUTO_SECRET = SECRET_INIT;
	struct buf packed AUTO_BUF = BUF_INIT;

	(void)state;
	set_secret(&pw, "strongpassword");
	pack("strongpassword", &packed);
	for (size_t len = 0; len < packed.len; len += 7) {
		struct zip z = ZIP_INIT;
		struct err e = ERR_INIT;

		assert_false(zip_read(span_of(packed.data, len), &pw, &z, &e));
		assert_int_equal(z.n, 0);
	}
}

static void notices_a_changed_byte_in_what_is_encrypted(void **state)
{
	struct secret pw AUTO_SECRET = SECRET_INIT;
	struct buf packed AUTO_BUF = BUF_INIT;
	struct zip z = ZIP_INIT;
	struct err e = ERR_INIT;

	(void)state;
	set_secret(&pw, "strongpassword");
	pack("strongpassword", &packed);
	packed.data[80] ^= 0x40; /* within the first member's data */
	assert_false(zip_read(buf_span(&packed), &pw, &z, &e));
	assert_int_equal(z.n, 0);
}

static void refuses_names_that_leave_the_folder(void **state)
{
	static const char *const bad[] = {"../up", "/root", "a//b", "a/./b",
					  "",	   "a\\b",  "a/..", "\xff"};

	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(bad); i++) {
		struct zip z AUTO_ZIP = ZIP_INIT;
		struct err e = ERR_INIT;

		assert_false(zip_add(&z, bad[i], span_str("x"), &e));
		assert_true(err_is(&e, "zip.member"));
	}
}

static void refuses_what_inflates_past_the_limit(void **state)
{
	struct zip z AUTO_ZIP = ZIP_INIT, back = ZIP_INIT;
	struct buf packed AUTO_BUF = BUF_INIT;
	struct err e = ERR_INIT;
	size_t each = ZIP_MEMBER_MAX_BYTES, n = ZIP_TOTAL_MAX_BYTES / each + 1;
	uint8_t *zeroes AUTO_MEM = mem_alloc(each);

	(void)state;
	for (size_t i = 0; i < n; i++) {
		char name[32];

		snprintf(name, sizeof(name), "zeroes-%zu", i);
		assert_true(zip_add(&z, name, span_of(zeroes, each), &e));
	}
	assert_true(zip_write(&z, NULL, 1767225600, &packed, &e));
	assert_true(packed.len < ZIP_TOTAL_MAX_BYTES / 100);
	assert_false(zip_read(buf_span(&packed), NULL, &back, &e));
	assert_true(err_is(&e, "zip.bomb"));
	assert_int_equal(back.n, 0);
}

/* As another program would write it. */
static void refuses_a_member_past_the_limit(void **state)
{
	(void)state;
	for (size_t more = 0; more <= 5000; more += 2500) {
		struct zip_member m = {.name = "big"};
		struct zip z = {.members = &m, .n = 1}, back AUTO_ZIP = ZIP_INIT;
		struct buf packed AUTO_BUF = BUF_INIT;
		struct err e = ERR_INIT;
		uint8_t *zeroes AUTO_MEM = mem_alloc(ZIP_MEMBER_MAX_BYTES + more);

		buf_add(&m.data, zeroes, ZIP_MEMBER_MAX_BYTES + more);
		assert_true(zip_write(&z, NULL, 1767225600, &packed, &e));
		assert_int_equal(zip_read(buf_span(&packed), NULL, &back, &e), more == 0);
		if (more > 0)
			unit_assert_reason(&e, "zip.bomb");
		else
			assert_int_equal(back.members[0].data.len, ZIP_MEMBER_MAX_BYTES);
		buf_clear(&m.data);
	}
}

int main(void)
{
	static const struct CMUnitTest tests[] = {
		cmocka_unit_test(reads_back_what_it_wrote),
		cmocka_unit_test(hides_the_content_under_the_password),
		cmocka_unit_test(refuses_a_wrong_or_missing_password),
		cmocka_unit_test(refuses_every_truncation),
		cmocka_unit_test(notices_a_changed_byte_in_what_is_encrypted),
		cmocka_unit_test(refuses_names_that_leave_the_folder),
		cmocka_unit_test(refuses_what_inflates_past_the_limit),
		cmocka_unit_test(refuses_a_member_past_the_limit),
	};
	return unit_run("core/zip", tests, ARRAY_LEN(tests));
}
