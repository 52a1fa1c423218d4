/* SPDX-FileCopyrightText: the certbinder authors
 * SPDX-License-Identifier: Apache-2.0 */
#include <config.h>

#include "base/clock.h"
#include "base/reason.h"
#include "core/programs/control.h"
#include "core/programs/control_proof.h"
#include "core/programs/program.h"
#include "core/programs/witness.h"
#include "core/updates/package.h"

#include "lib/unit.h"

#include <fcntl.h>
#include <poll.h>
#include <pthread.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <unistd.h>

#define SOCKET_NAME "test.sock"
#define TIMEOUT_MS 10000

static struct trust_view *nobody(void)
{
	const struct cert_list none = CERT_LIST_INIT;
	struct trust_view *view = NULL;
	struct err e = ERR_INIT;

	assert_true(package_view_new(&none, &none, NULL, &view, &e));
	return view;
}

/* A file with something that is no signature beside it. */
static void make(const char *name, int64_t size, char out[static 200])
{
	char beside[220];
	int fd;

	(void)snprintf(out, 200, "%s", unit_path(name));
	(void)snprintf(beside, sizeof(beside), "%s" PROGRAM_SIGNATURE, out);
	fd = open(out, O_RDWR | O_CREAT | O_TRUNC | O_CLOEXEC, 0700);
	assert_true(fd >= 0 && ftruncate(fd, size) == 0);
	(void)close(fd);
	fd = open(beside, O_RDWR | O_CREAT | O_TRUNC | O_CLOEXEC, 0600);
	assert_true(fd >= 0 && write(fd, "none", 4) == 4);
	(void)close(fd);
}

static void refused(const char *path, const char *code, const char *word)
{
	struct program p AUTO_PROGRAM = PROGRAM_INIT;
	struct trust_view *view = nobody();
	struct err e = ERR_INIT;

	assert_true(program_open_file(path, &p, &e));
	assert_false(program_is_signed(&p, view, 0, &e));
	if (!err_is(&e, code) || !strstr(e.text, word))
		fail_msg("%s: %s", e.reason ? e.reason->code : "", e.text);
	trust_view_unref(view);
}

static void a_program_has_a_limit_of_size(void **state)
{
	char path[200];
	uint64_t before = program_digests();

	(void)state;
	make("big", PROGRAM_MAX_BYTES + 1, path);
	refused(path, "ipc.signature", "more than");
	assert_int_equal(program_digests(), before);
	make("big", PROGRAM_MAX_BYTES, path);
	refused(path, "ipc.signature", "CMS");
	assert_int_equal(program_digests(), before + 1);
}

/* Until the file system's clock is surely past what was just written. */
static void settle(void)
{
	(void)poll(NULL, 0, 300);
}

static void digests_are_kept_for_so_many_programs(void **state)
{
	char path[PROGRAM_CACHE_MAX + 1][200];
	uint64_t before;

	(void)state;
	for (int i = 0; i <= PROGRAM_CACHE_MAX; i++) {
		char name[16];

		(void)snprintf(name, sizeof(name), "many%d", i);
		make(name, 10 + i, path[i]);
	}
	settle();
	before = program_digests();
	for (int turn = 0; turn < 2; turn++)
		for (int i = 0; i < PROGRAM_CACHE_MAX; i++)
			refused(path[i], "ipc.signature", "CMS");
	assert_int_equal(program_digests(), before + PROGRAM_CACHE_MAX);
	refused(path[PROGRAM_CACHE_MAX], "ipc.signature", "CMS");
	refused(path[PROGRAM_CACHE_MAX], "ipc.signature", "CMS");
	assert_int_equal(program_digests(), before + PROGRAM_CACHE_MAX + 1);
	refused(path[0], "ipc.signature", "CMS"); /* made room for the one too many */
	assert_int_equal(program_digests(), before + PROGRAM_CACHE_MAX + 2);
}

static void what_changed_this_moment_is_not_kept(void **state)
{
	char path[200];
	bool in_time = false; /* it is not this moment any more where the machine stood still */

	(void)state;
	for (int i = 0; i < 20 && !in_time; i++) {
		uint64_t before = program_digests();
		int64_t begin_ms = clock_mono_ms();

		make("fresh", 5, path);
		refused(path, "ipc.signature", "CMS");
		refused(path, "ipc.signature", "CMS");
		in_time = clock_mono_ms() - begin_ms < 50;
		if (in_time || i == 19)
			assert_int_equal(program_digests(), before + 2);
	}
}

static void nothing_that_waits_is_opened(void **state)
{
	char path[200], beside[220];

	(void)state;
	make("fifo", 5, path);
	(void)snprintf(beside, sizeof(beside), "%s" PROGRAM_SIGNATURE, path);
	assert_int_equal(unlink(beside), 0);
	assert_int_equal(mkfifo(beside, 0600), 0);
	refused(path, "ipc.signature", "cannot be read");
	assert_int_equal(unlink(beside), 0);
	refused(path, "ipc.unsigned", "fifo.p7s");
}

struct meeting {
	int listening;
	char code[40], text[ERR_TEXT_MAX];
};

static void *answer(void *arg)
{
	struct meeting *m = arg;
	struct trust_view *view = nobody();
	struct err e = ERR_INIT;
	int fd = accept(m->listening, NULL, NULL);

	if (!control_peer_proves(fd, TIMEOUT_MS, view, 0, &e)) {
		(void)snprintf(m->code, sizeof(m->code), "%s", e.reason ? e.reason->code : "");
		(void)snprintf(m->text, sizeof(m->text), "%s", e.text);
	}
	(void)close(fd);
	trust_view_unref(view);
	return NULL;
}

/* The other side asks; the proof is right, and this program is not signed. */
static void both_ends_are_made_by_the_witness(void **state)
{
	struct meeting m = {.listening = -1};
	json_t *heard = NULL;
	struct err e = ERR_INIT;
	pthread_t thread;
	int fd = -1;

	(void)state;
	assert_true(control_listen_on(unit_dir(), SOCKET_NAME, &m.listening, &e));
	assert_int_equal(fcntl(m.listening, F_SETFL, 0), 0);
	assert_true(witness_connect(unit_dir(), SOCKET_NAME, &fd, &e));
	assert_int_equal(pthread_create(&thread, NULL, answer, &m), 0);
	assert_false(control_hear(fd, TIMEOUT_MS, &heard, &e)); /* hangs up when it is done */
	assert_int_equal(pthread_join(thread, NULL), 0);
	if (strcmp(m.code, "ipc.unsigned") != 0 || !strstr(m.text, "test_program.p7s"))
		fail_msg("%s: %s", m.code, m.text);
	(void)close(fd);
	(void)close(m.listening);
}

static void what_is_to_be_repeated_has_a_limit(void **state)
{
	char nonce[WITNESS_NONCE_MAX + 2] = {0}, got[WITNESS_NONCE_MAX + 20];
	struct err e = ERR_INIT;
	int ends[2];

	(void)state;
	memset(nonce, 'a', WITNESS_NONCE_MAX + 1);
	assert_int_equal(socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, ends), 0);
	assert_false(witness_vouch(ends[0], nonce, &e));
	assert_int_equal(e.code, ERR_INVALID);
	nonce[WITNESS_NONCE_MAX] = '\0';
	assert_true(witness_vouch(ends[0], nonce, &e));
	assert_int_equal(recv(ends[1], got, sizeof(got), 0), WITNESS_NONCE_MAX + 13);
	(void)close(ends[0]);
	(void)close(ends[1]);
}

/* Whoever listens in the console's place may ask so often, and must say something then. */
static void proof_is_asked_for_twice_at_most(void **state)
{
	static const char ask[] =
		"{\"op\":\"attest\",\"nonce\":\"00112233445566778899aabbccddeeff\"}\n";

	(void)state;
	for (int more = 0; more < 2; more++) {
		json_t *heard = NULL;
		struct err e = ERR_INIT;
		int ends[2];

		/* one line is heard at a time */
		assert_int_equal(socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0, ends), 0);
		for (int i = 0; i < 2 + more; i++) /* ASKS_MAX */
			assert_int_equal(send(ends[1], ask, strlen(ask), 0), strlen(ask));
		assert_int_equal(send(ends[1], "{\"ok\":true}\n", 12, 0), 12);
		assert_int_equal(control_hear(ends[0], TIMEOUT_MS, &heard, &e), more == 0);
		assert_int_equal(e.code, more == 0 ? ERR_OK : ERR_LIMIT);
		json_decref(heard);
		(void)close(ends[0]);
		(void)close(ends[1]);
	}
}

static void a_witness_that_ended_is_missed(void **state)
{
	struct err e = ERR_INIT;
	int fd = -1;

	(void)state;
	witness_stop();
	assert_false(witness_stands());
	assert_false(witness_connect(unit_dir(), SOCKET_NAME, &fd, &e));
	assert_int_equal(e.code, ERR_BUG);
}

int main(int argc, char **argv)
{
	static const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_program_has_a_limit_of_size),
		cmocka_unit_test(digests_are_kept_for_so_many_programs),
		cmocka_unit_test(what_changed_this_moment_is_not_kept),
		cmocka_unit_test(nothing_that_waits_is_opened),
		cmocka_unit_test(both_ends_are_made_by_the_witness),
		cmocka_unit_test(what_is_to_be_repeated_has_a_limit),
		cmocka_unit_test(proof_is_asked_for_twice_at_most),
		cmocka_unit_test(a_witness_that_ended_is_missed),
	};
	struct err e = ERR_INIT;

	(void)argc;
	if (!witness_start(argv, &e))
		return 1;
	return unit_run("core/program", tests, ARRAY_LEN(tests));
}
