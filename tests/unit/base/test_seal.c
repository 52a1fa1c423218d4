/* SPDX-FileCopyrightText: the certbinder authors
 * SPDX-License-Identifier: Apache-2.0 */
#include <config.h>

#include "tests/lib/unit.h"

#include "base/files.h"
#include "base/mem.h"
#include "base/seal.h"

#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

static struct secret master;

static int make_master(void **state)
{
	struct err e = ERR_INIT;

	(void)state;
	return secret_random(&master, SEAL_KEY_BYTES, &e) ? 0 : -1;
}

static int drop_master(void **state)
{
	(void)state;
	secret_clear(&master);
	unsetenv("CREDENTIALS_DIRECTORY");
	return 0;
}

static void opens_what_it_sealed(void **state)
{
	struct buf sealed AUTO_BUF = BUF_INIT;
	struct secret plain AUTO_SECRET = SECRET_INIT;
	struct err e = ERR_INIT;

	(void)state;
	unit_assert_ok(seal(&master, "key", span_str("private"), &sealed, &e), &e);
	assert_int_equal(sealed.len, 1 + 24 + 7 + 16);
	assert_null(memmem(sealed.data, sealed.len, "private", 7));
	unit_assert_ok(unseal(&master, "key", buf_span(&sealed), &plain, &e), &e);
	unit_assert_span(secret_span(&plain), span_str("private"));
}

static void seals_nothing_too(void **state)
{
	struct buf sealed AUTO_BUF = BUF_INIT;
	struct secret plain AUTO_SECRET = SECRET_INIT;
	struct err e = ERR_INIT;

	(void)state;
	unit_assert_ok(seal(&master, "key", span_of(NULL, 0), &sealed, &e), &e);
	unit_assert_ok(unseal(&master, "key", buf_span(&sealed), &plain, &e), &e);
	assert_int_equal(plain.len, 0);
}

static void never_seals_twice_alike(void **state)
{
	struct buf a AUTO_BUF = BUF_INIT, b AUTO_BUF = BUF_INIT;
	struct err e = ERR_INIT;

	(void)state;
	unit_assert_ok(seal(&master, "key", span_str("x"), &a, &e), &e);
	unit_assert_ok(seal(&master, "key", span_str("x"), &b, &e), &e);
	assert_memory_not_equal(a.data, b.data, a.len);
}

static void refuses_another_purpose(void **state)
{
	struct buf sealed AUTO_BUF = BUF_INIT;
	struct secret plain AUTO_SECRET = SECRET_INIT;
	struct err e = ERR_INIT;

	(void)state;
	unit_assert_ok(seal(&master, "key", span_str("private"), &sealed, &e), &e);
	assert_false(unseal(&master, "ticket", buf_span(&sealed), &plain, &e));
	unit_assert_reason(&e, "seal.broken");
	assert_null(plain.data);
}

static void refuses_another_master(void **state)
{
	struct buf sealed AUTO_BUF = BUF_INIT;
	struct secret plain AUTO_SECRET = SECRET_INIT;
	struct err e = ERR_INIT;

	(void)state;
	unit_assert_ok(seal(&master, "key", span_str("private"), &sealed, &e), &e);
	unit_assert_ok(secret_random(&master, SEAL_KEY_BYTES, &e), &e);
	assert_false(unseal(&master, "key", buf_span(&sealed), &plain, &e));
	assert_int_equal(e.code, ERR_CRYPTO);
}

static void refuses_every_changed_bit_and_every_cut(void **state)
{
	struct buf sealed AUTO_BUF = BUF_INIT;
	struct secret plain AUTO_SECRET = SECRET_INIT;
	struct err e = ERR_INIT;

	(void)state;
	unit_assert_ok(seal(&master, "key", span_str("private"), &sealed, &e), &e);
	for (size_t bit = 0; bit < sealed.len * 8; bit++) {
		sealed.data[bit / 8] ^= (uint8_t)(1u << bit % 8);
		assert_false(unseal(&master, "key", buf_span(&sealed), &plain, &e));
		sealed.data[bit / 8] ^= (uint8_t)(1u << bit % 8);
	}
	for (size_t len = 0; len < sealed.len; len++)
		assert_false(unseal(&master, "key", span_of(sealed.data, len), &plain, &e));
	assert_null(plain.data);
}

static void a_master_of_the_wrong_size_is_our_bug(void **state)
{
	struct secret small AUTO_SECRET = SECRET_INIT;
	struct buf sealed AUTO_BUF = BUF_INIT;
	struct err e = ERR_INIT;

	(void)state;
	unit_assert_ok(secret_random(&small, 16, &e), &e);
	assert_false(seal(&small, "key", span_str("x"), &sealed, &e));
	assert_int_equal(e.code, ERR_BUG);
}

static void says_when_memory_is_short(void **state)
{
	struct buf sealed AUTO_BUF = BUF_INIT;
	struct secret plain AUTO_SECRET = SECRET_INIT;
	struct err e = ERR_INIT;

	(void)state;
	for (unsigned long n = 1; n <= 2; n++) {
		buf_clear(&sealed);
		mem_fail_at(n);
		assert_false(seal(&master, "key", span_str("private"), &sealed, &e));
		assert_int_equal(e.code, ERR_NOMEM);
	}
	mem_fail_at(0);
	buf_clear(&sealed);
	unit_assert_ok(seal(&master, "key", span_str("private"), &sealed, &e), &e);
	for (unsigned long n = 1; n <= 2; n++) {
		mem_fail_at(n);
		assert_false(unseal(&master, "key", buf_span(&sealed), &plain, &e));
		assert_int_equal(e.code, ERR_NOMEM);
	}
}

static void makes_the_master_key_once(void **state)
{
	struct secret first AUTO_SECRET = SECRET_INIT, second AUTO_SECRET = SECRET_INIT;
	struct err e = ERR_INIT;
	struct stat st;

	(void)state;
	assert_false(master_key_load(unit_path("master.key"), false, &first, &e));
	unit_assert_reason(&e, "master_key.missing");
	unit_assert_ok(master_key_load(unit_path("master.key"), true, &first, &e), &e);
	assert_int_equal(first.len, SEAL_KEY_BYTES);
	assert_int_equal(stat(unit_path("master.key"), &st), 0);
	assert_int_equal(st.st_mode & 07777, 0600);
	unit_assert_ok(master_key_load(unit_path("master.key"), true, &second, &e), &e);
	unit_assert_span(secret_span(&second), secret_span(&first));
}

static void refuses_a_master_key_that_others_can_read(void **state)
{
	struct secret key AUTO_SECRET = SECRET_INIT;
	struct err e = ERR_INIT;

	(void)state;
	unit_assert_ok(master_key_load(unit_path("master.key"), true, &key, &e), &e);
	secret_clear(&key);
	chmod(unit_path("master.key"), 0640);
	assert_false(master_key_load(unit_path("master.key"), true, &key, &e));
	unit_assert_reason(&e, "master_key.permissions");
	assert_null(key.data);
}

static void refuses_a_link_and_a_damaged_file(void **state)
{
	struct secret key AUTO_SECRET = SECRET_INIT;
	struct err e = ERR_INIT;

	(void)state;
	unit_assert_ok(master_key_load(unit_path("real"), true, &key, &e), &e);
	assert_int_equal(symlink(unit_path("real"), unit_path("link")), 0);
	assert_false(master_key_load(unit_path("link"), true, &key, &e));
	unit_assert_ok(file_replace(unit_path("real"), 0600, span_str("too short"), &e), &e);
	assert_false(master_key_load(unit_path("real"), true, &key, &e));
	unit_assert_reason(&e, "master_key.corrupt");
}

static void takes_the_systemd_credential_first_in_hex_too(void **state)
{
	struct secret key AUTO_SECRET = SECRET_INIT;
	struct err e = ERR_INIT;
	uint8_t wanted[32];

	(void)state;
	memset(wanted, 0xab, sizeof(wanted));
	unit_assert_ok(file_replace(unit_path("certbinder.master-key"), 0400,
				    span_str("abababababababababababababababab"
					     "ABababababababababababababababab\n"),
				    &e),
		       &e);
	setenv("CREDENTIALS_DIRECTORY", unit_dir(), 1);
	unit_assert_ok(master_key_load(unit_path("master.key"), true, &key, &e), &e);
	unit_assert_span(secret_span(&key), span_of(wanted, sizeof(wanted)));
	assert_false(file_exists(unit_path("master.key")));
	setenv("CREDENTIALS_DIRECTORY", "/nowhere", 1);
	unit_assert_ok(master_key_load(unit_path("master.key"), true, &key, &e), &e);
	assert_true(file_exists(unit_path("master.key")));
}

#define SEALED(f) cmocka_unit_test_setup_teardown(f, make_master, drop_master)

int main(void)
{
	static const struct CMUnitTest tests[] = {
		SEALED(opens_what_it_sealed),
		SEALED(seals_nothing_too),
		SEALED(never_seals_twice_alike),
		SEALED(refuses_another_purpose),
		SEALED(refuses_another_master),
		SEALED(refuses_every_changed_bit_and_every_cut),
		SEALED(a_master_of_the_wrong_size_is_our_bug),
		SEALED(says_when_memory_is_short),
		SEALED(makes_the_master_key_once),
		SEALED(refuses_a_master_key_that_others_can_read),
		SEALED(refuses_a_link_and_a_damaged_file),
		SEALED(takes_the_systemd_credential_first_in_hex_too),
	};
	return unit_run("base/seal", tests, ARRAY_LEN(tests));
}
