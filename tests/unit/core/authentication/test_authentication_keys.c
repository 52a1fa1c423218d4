/* SPDX-FileCopyrightText: the certbinder authors
 * SPDX-License-Identifier: Apache-2.0 */
#include <config.h>

#include "core/authentication/authentication_keys.h"

#include "lib/unit.h"

#include "base/files.h"
#include "base/json.h"
#include "base/text.h"
#include "core/authentication/authentication_impl.h"
#include "core/authentication/publications.h"
#include "core/certs/certs.h"
#include "core/reading/reader.h"

#include <string.h>

static const struct actor root = {
	.name = "root", .via = "cli", .address = "", .request_id = "", .role = ROLE_ADMIN};

static struct core *server(const char *name)
{
	struct core *c = NULL;
	struct err e = ERR_INIT;

	if (!reader_start(&e) || !core_open(unit_path(name), true, NULL, &c, &e) ||
	    !authentication_keys_first_start(c, &e) || !ntcer_write(c, NULL, &e))
		fail_msg("%s", e.text);
	return c;
}

static void ntcer(struct core *c, struct buf *out)
{
	struct err e = ERR_INIT;

	buf_reset(out);
	assert_true(authentication_key_export(c, out, &e));
}

static bool same(const struct buf *a, const struct buf *b)
{
	return span_equal(buf_span(a), buf_span(b));
}

static void set(struct secret *s, const char *text)
{
	struct err e = ERR_INIT;

	assert_true(secret_set(s, text, strlen(text), &e));
}

static int64_t latest(struct core *c)
{
	json_t *list AUTO_JSON = NULL;
	struct err e = ERR_INIT;

	assert_true(publications_list(c, NULL, &list, &e));
	return json_integer_value(json_object_get(list, "total"));
}

static void makes_one_key_at_the_first_start_and_only_then(void **state)
{
	struct core *c = server("one");
	struct buf first AUTO_BUF = BUF_INIT, again AUTO_BUF = BUF_INIT, file AUTO_BUF = BUF_INIT;
	struct err e = ERR_INIT;

	(void)state;
	ntcer(c, &first);
	assert_true(authentication_keys_first_start(c, &e));
	ntcer(c, &again);
	assert_true(same(&first, &again));
	assert_int_equal(latest(c), 1);
	assert_true(file_read(unit_path("one/PCCSRV/Pccnt/Common/OfcNTCer.dat"), CERT_MAX_BYTES,
			      &file, &e));
	assert_true(same(&first, &file));
	core_close(c);
}

static void a_rotation_keeps_the_former_key_and_publishes(void **state)
{
	const struct authentication_rotation r = {.key = NULL};
	struct buf before AUTO_BUF = BUF_INIT, after AUTO_BUF = BUF_INIT;
	json_t *answer AUTO_JSON = NULL, *list AUTO_JSON = NULL, *old AUTO_JSON = NULL;
	struct core *c = server("rotate");
	struct cert_query q = {.store = AUTHENTICATION_STORE_OLD, .has_key = -1, .used = -1};
	struct err e = ERR_INIT;

	(void)state;
	ntcer(c, &before);
	assert_true(authentication_key_rotate(c, &root, &r, &answer, &e));
	ntcer(c, &after);
	assert_false(same(&before, &after));
	assert_int_equal(latest(c), 3); /* by the former key, and by the new one */
	assert_true(authentication_keys_list(c, &list, &e));
	assert_int_equal(json_array_size(json_object_get(list, "items")), 2);
	assert_true(certs_list(c, &q, &old, &e));
	assert_int_equal(json_array_size(json_object_get(old, "items")), 1);
	core_close(c);
}

static void rotate_with_backup(struct core *c, const char *password, char *path, size_t size)
{
	struct secret pw AUTO_SECRET = SECRET_INIT;
	const struct authentication_rotation r = {.backup_password = &pw};
	json_t *answer AUTO_JSON = NULL;
	struct err e = ERR_INIT;

	set(&pw, password);
	if (!authentication_key_rotate(c, &root, &r, &answer, &e))
		fail_msg("%s", e.text);
	text_copy(path, size, json_string_value(json_object_get(answer, "backup")));
}

static void a_new_server_answers_again_after_the_restore(void **state)
{
	struct buf lost AUTO_BUF = BUF_INIT, fresh AUTO_BUF = BUF_INIT, now AUTO_BUF = BUF_INIT,
			zip AUTO_BUF = BUF_INIT;
	struct secret pw AUTO_SECRET = SECRET_INIT;
	json_t *answer AUTO_JSON = NULL;
	struct core *c = server("lost");
	struct err e = ERR_INIT;
	char path[512];

	(void)state;
	rotate_with_backup(c, "strongpassword", path, sizeof(path));
	ntcer(c, &lost);
	core_close(c);

	c = server("fresh");
	ntcer(c, &fresh);
	assert_false(same(&lost, &fresh));
	assert_true(file_read(path, AUTHENTICATION_BACKUP_MAX, &zip, &e));
	set(&pw, "wrongpassword");
	assert_false(authentication_keys_restore(c, &root, buf_span(&zip), &pw, true, &answer, &e));
	assert_int_equal(e.code, ERR_PASSWORD);
	ntcer(c, &now);
	assert_true(same(&fresh, &now));
	assert_int_equal(latest(c), 1);

	set(&pw, "strongpassword");
	if (!authentication_keys_restore(c, &root, buf_span(&zip), &pw, true, &answer, &e))
		fail_msg("%s", e.text);
	ntcer(c, &now);
	assert_true(same(&lost, &now));
	/* the first of the lost server, the two of its rotation, and the restore */
	assert_int_equal(latest(c), 4);
	core_close(c);
}

static void numbers_and_epoch_never_go_down(void **state)
{
	struct secret pw AUTO_SECRET = SECRET_INIT;
	struct buf zip AUTO_BUF = BUF_INIT;
	struct core *c = server("numbers");
	struct err e = ERR_INIT;
	int64_t before, after, epoch_before, epoch_after;
	char path[512];

	(void)state;
	rotate_with_backup(c, "strongpassword", path, sizeof(path));
	for (int i = 0; i < 3; i++) {
		char other[512];

		rotate_with_backup(c, "strongpassword", other, sizeof(other));
	}
	before = latest(c);
	assert_true(epoch_read(c, &epoch_before, &e));
	set(&pw, "strongpassword");
	assert_true(file_read(path, AUTHENTICATION_BACKUP_MAX, &zip, &e));
	for (int i = 0; i < 2; i++) {
		json_t *answer AUTO_JSON = NULL;

		if (!authentication_keys_restore(c, &root, buf_span(&zip), &pw, true, &answer, &e))
			fail_msg("%s", e.text);
	}
	after = latest(c);
	assert_int_equal(after, before + 3); /* the first of them brings another key */
	assert_true(epoch_read(c, &epoch_after, &e));
	assert_true(epoch_after > epoch_before);
	core_close(c);
}

static void a_key_that_may_not_leave_is_named_as_missing(void **state)
{
	struct secret pw AUTO_SECRET = SECRET_INIT;
	struct buf zip AUTO_BUF = BUF_INIT, second AUTO_BUF = BUF_INIT;
	json_t *answer AUTO_JSON = NULL, *report AUTO_JSON = NULL;
	struct core *c = server("source");
	struct err e = ERR_INIT;
	char path[512];

	(void)state;
	rotate_with_backup(c, "strongpassword", path, sizeof(path));
	core_close(c);
	assert_true(file_read(path, AUTHENTICATION_BACKUP_MAX, &zip, &e));
	set(&pw, "strongpassword");
	c = server("fixed");
	if (!authentication_keys_restore(c, &root, buf_span(&zip), &pw, false, &answer, &e))
		fail_msg("%s", e.text);
	assert_true(authentication_keys_backup(c, &root, &pw, &second, &report, &e));
	assert_int_equal(json_array_size(json_object_get(report, "missing")), 2);
	core_close(c);
}

/* What was prepared under one password does not open under the other: so it was taken. */
static void files_of_keys_that_were_made_ahead_are_taken(void **state)
{
	struct key_backup ahead AUTO_KEY_BACKUP = KEY_BACKUP_INIT,
				b AUTO_KEY_BACKUP = KEY_BACKUP_INIT,
				read AUTO_KEY_BACKUP = KEY_BACKUP_INIT;
	struct secret pw AUTO_SECRET = SECRET_INIT, other AUTO_SECRET = SECRET_INIT;
	struct buf file AUTO_BUF = BUF_INIT, wrong AUTO_BUF = BUF_INIT;
	struct core *c = server("ahead");
	struct err e = ERR_INIT;

	(void)state;
	set(&pw, "strongpassword");
	set(&other, "anotherpassword");
	assert_true(authentication_gather(c, &ahead, &e) && authentication_gather(c, &b, &e));
	assert_true(key_backup_prepare(&ahead, &pw, &e));
	key_backup_use(&b, &ahead);
	unit_assert_ok(key_backup_write(&b, &pw, &file, &e), &e);
	unit_assert_ok(key_backup_read(buf_span(&file), &pw, &read, &e), &e);
	assert_int_equal(read.n_keys, 1);
	assert_int_equal(read.keys[0].pkcs8.len, b.keys[0].pkcs8.len);
	key_backup_clear(&read);
	unit_assert_ok(key_backup_write(&b, &other, &wrong, &e), &e);
	assert_false(key_backup_read(buf_span(&wrong), &other, &read, &e));
	core_close(c);
}

static void a_viewer_may_not_rotate(void **state)
{
	const struct actor viewer = {
		.name = "v", .via = "rest", .address = "", .request_id = "", .role = ROLE_VIEWER};
	const struct authentication_rotation r = {.key = NULL};
	struct core *c = server("viewer");
	json_t *answer = NULL;
	struct err e = ERR_INIT;

	(void)state;
	assert_false(authentication_key_rotate(c, &viewer, &r, &answer, &e));
	assert_int_equal(e.code, ERR_DENIED);
	assert_null(answer);
	core_close(c);
}

int main(void)
{
	static const struct CMUnitTest tests[] = {
		cmocka_unit_test(makes_one_key_at_the_first_start_and_only_then),
		cmocka_unit_test(a_rotation_keeps_the_former_key_and_publishes),
		cmocka_unit_test(a_new_server_answers_again_after_the_restore),
		cmocka_unit_test(numbers_and_epoch_never_go_down),
		cmocka_unit_test(a_key_that_may_not_leave_is_named_as_missing),
		cmocka_unit_test(files_of_keys_that_were_made_ahead_are_taken),
		cmocka_unit_test(a_viewer_may_not_rotate),
	};
	return unit_run("core/authentication_keys", tests, ARRAY_LEN(tests));
}
