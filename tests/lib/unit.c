/* SPDX-FileCopyrightText: the certbinder authors
 * SPDX-License-Identifier: Apache-2.0 */
#include <config.h>

#include "tests/lib/unit.h"

#include "base/buf.h"
#include "base/files.h"
#include "base/log.h"
#include "base/mem.h"
#include "base/reason.h"
#include "base/text.h"

#include <ftw.h>
#include <limits.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#define TESTS_MAX 256
#define EVENTS_MAX 16

static struct {
	pthread_mutex_t lock; /* warnings may come from any thread */
	char expected[EVENTS_MAX][64];
	size_t n_expected;
	char surprise[512];
	char dir[PATH_MAX];
} now = {.lock = PTHREAD_MUTEX_INITIALIZER};

static const struct CMUnitTest *current;

static void on_log(void *arg, enum log_level level, const char *event, const char *text)
{
	bool wanted = false;

	(void)arg; /* there is one log */
	if (level > LOG_WARNING)
		return;
	pthread_mutex_lock(&now.lock);
	for (size_t i = 0; i < now.n_expected && !wanted; i++) {
		wanted = strcmp(now.expected[i], event) == 0;
		if (wanted)
			memmove(now.expected[i], now.expected[now.n_expected - 1],
				sizeof(now.expected[i]));
	}
	if (wanted)
		now.n_expected--;
	else
		(void)snprintf(now.surprise, sizeof(now.surprise), "%s %s", event, text); /* cut */
	pthread_mutex_unlock(&now.lock);
}

void unit_expect_log(const char *event)
{
	pthread_mutex_lock(&now.lock);
	assert_true(now.n_expected < EVENTS_MAX);
	text_copy(now.expected[now.n_expected++], sizeof(now.expected[0]), event);
	pthread_mutex_unlock(&now.lock);
}

static int remove_one(const char *path, const struct stat *st, int type, struct FTW *where)
{
	(void)st, (void)type, (void)where; /* everything goes */
	return remove(path);
}

static void forget_dir(void)
{
	if (now.dir[0])
		(void)nftw(now.dir, remove_one, 16, FTW_DEPTH | FTW_PHYS); /* best effort */
	now.dir[0] = '\0';
}

const char *unit_dir(void)
{
	const char *tmp = getenv("TMPDIR");
	struct err e = ERR_INIT;

	if (now.dir[0])
		return now.dir;
	unit_assert_ok(path_join(now.dir, sizeof(now.dir), tmp && *tmp ? tmp : "/tmp",
				 "certbinder-unit-XXXXXX", &e),
		       &e);
	assert_non_null(mkdtemp(now.dir));
	return now.dir;
}

const char *unit_path(const char *name)
{
	static char paths[8][PATH_MAX];
	static unsigned turn;
	struct err e = ERR_INIT;

	turn = (turn + 1) % ARRAY_LEN(paths);
	unit_assert_ok(path_join(paths[turn], PATH_MAX, unit_dir(), name, &e), &e);
	return paths[turn];
}

char *unit_pki(const char *name, size_t *len_out)
{
	const char *folder = getenv("CERTBINDER_PKI");
	struct buf content AUTO_BUF = BUF_INIT;
	char path[PATH_MAX];
	struct err e = ERR_INIT;

	if (!folder || !*folder)
		skip();
	unit_assert_ok(path_join(path, sizeof(path), folder, name, &e), &e);
	unit_assert_ok(file_read(path, BUF_MAX_DEFAULT, &content, &e), &e);
	*len_out = content.len;
	return buf_steal_str(&content);
}

void unit_assert_reason(const struct err *e, const char *dotted)
{
	if (e->code == ERR_OK)
		fail_msg("no error where '%s' was due", dotted);
	if (!err_is(e, dotted))
		fail_msg("'%s' (%s) where '%s' was due", err_public(e)->code, e->text, dotted);
}

void unit_assert_ok(bool good, const struct err *e)
{
	if (!good)
		fail_msg("%s: %s (%s:%d)", err_public(e)->code, e->text, e->file, e->line);
}

void unit_assert_span(struct span got, struct span wanted)
{
	assert_int_equal(got.len, wanted.len);
	if (got.len > 0)
		assert_memory_equal(got.p, wanted.p, got.len);
}

static int begin(void **state)
{
	current = *state;
	*state = current->initial_state;
	now.n_expected = 0;
	now.surprise[0] = '\0';
	log_redirect(on_log, NULL);
	return current->setup_func ? current->setup_func(state) : 0;
}

/* The look at the log belongs to the test: what a teardown finds does not fail it in cmocka 1.1. */
static void run_one(void **state)
{
	current->test_func(state);
	mem_fail_at(0);
	if (now.surprise[0])
		fail_msg("logged unexpectedly: %s", now.surprise);
	if (now.n_expected > 0)
		fail_msg("not logged: %s", now.expected[0]);
}

static int end(void **state)
{
	int failed = current->teardown_func ? current->teardown_func(state) : 0;

	mem_fail_at(0);
	log_redirect(NULL, NULL);
	forget_dir();
	return failed;
}

int unit_run(const char *group, const struct CMUnitTest *tests, size_t n)
{
	struct CMUnitTest wrapped[TESTS_MAX];

	if (n > TESTS_MAX) {
		(void)fprintf(stderr, "%s: more than %d tests\n", group, TESTS_MAX);
		return 1;
	}
	for (size_t i = 0; i < n; i++)
		wrapped[i] = (struct CMUnitTest){
			.name = tests[i].name,
			.test_func = run_one,
			.setup_func = begin,
			.teardown_func = end,
			.initial_state = (void *)&tests[i],
		};
	log_init(group, LOG_INFO);
	cmocka_set_message_output(CM_OUTPUT_TAP);
	return _cmocka_run_group_tests(group, wrapped, n, NULL, NULL) > 0;
}
