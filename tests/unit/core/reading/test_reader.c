/* SPDX-FileCopyrightText: the certbinder authors
 * SPDX-License-Identifier: Apache-2.0 */
#include <config.h>

#include "core/reading/reader.h"

#include "base/files.h"
#include "base/mem.h"
#include "base/text.h"
#include "core/reading/reader_child.h"
#include "lib/unit.h"

#include <arpa/inet.h>
#include <errno.h>
#include <fcntl.h>
#include <netinet/in.h>
#include <signal.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/uio.h>
#include <sys/wait.h>
#include <unistd.h>

/*
 * What a file does that takes its reader over. The plant is a copy without a look at its length over
 * a pointer to a function; the file brings the address of one of the attempts below. The same
 * attempts are made by a process that is not locked in, where each must succeed.
 */
static char key_path[256];		 /* a file that only its owner reads */
static uint8_t key_in_memory[32];	 /* filled after the start */
static uint16_t port;			 /* where somebody listens */
static pid_t console;			 /* this process */
static atomic_int *succeeded, *attempts; /* shared with all children */

static bool opens_the_key(void)
{
	uint8_t byte;
	int fd = open(key_path, O_RDONLY | O_CLOEXEC);

	return fd >= 0 && read(fd, &byte, 1) == 1;
}

static bool writes_a_file(void)
{
	return open(unit_path("planted"), O_WRONLY | O_CREAT | O_CLOEXEC, 0600) >= 0;
}

static bool sees_the_key_in_its_memory(void)
{
	const volatile uint8_t *key = key_in_memory;

	return key[0] == 0xa5 && key[31] == 0xa5;
}

static bool reads_the_memory_of_the_console(void)
{
	uint8_t stolen[32] = {0};
	struct iovec to = {stolen, sizeof(stolen)}, from = {key_in_memory, sizeof(stolen)};

	return process_vm_readv(console, &to, 1, &from, 1, 0) == sizeof(stolen);
}

static bool connects(void)
{
	struct sockaddr_in a = {.sin_family = AF_INET,
				.sin_port = htons(port),
				.sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
	int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);

	return fd >= 0 && connect(fd, (struct sockaddr *)&a, sizeof(a)) == 0;
}

static bool signals_the_console(void)
{
	return kill(console, 0) == 0;
}

static bool forks(void)
{
	pid_t pid = fork();

	if (pid == 0)
		_exit(0);
	return pid > 0;
}

static bool runs_what_it_wrote(void)
{
	return mmap(NULL, 4096, PROT_READ | PROT_EXEC, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0) !=
	       MAP_FAILED;
}

static bool finds_more_than_its_socket(void)
{
	uint8_t byte;

	for (int fd = SANITIZED ? 3 : 1; fd < 64; fd++)
		if (read(fd, &byte, 0) == 0)
			return true;
	return false;
}

typedef bool (*attempt_fn)(void);

static const attempt_fn all_attempts[] = {
	opens_the_key,
	writes_a_file,
	sees_the_key_in_its_memory,
	reads_the_memory_of_the_console,
	connects,
	signals_the_console,
	forks,
	runs_what_it_wrote,
	finds_more_than_its_socket,
};

struct room {
	uint8_t text[16];
	attempt_fn next;
};

static bool overflowing(const struct reader_request *r, struct buf *reply, struct err *e)
{
	struct room room = {.next = NULL};
	volatile size_t len = r->file.len;

	if (r->file.len == 0 || r->file.data[0] != '!')
		return reader_work(r, reply, e);
	memcpy((void *)&room, r->file.data, len);
	atomic_fetch_add(attempts, 1);
	if (room.next())
		atomic_fetch_add(succeeded, 1);
	return true;
}

static struct span planted(attempt_fn f)
{
	static struct room room;

	memset(room.text, '!', sizeof(room.text));
	room.next = f;
	return span_of(&room, sizeof(room));
}

static int listening(void)
{
	struct sockaddr_in a = {.sin_family = AF_INET, .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
	socklen_t len = sizeof(a);
	int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);

	assert_int_equal(bind(fd, (struct sockaddr *)&a, len), 0);
	assert_int_equal(listen(fd, 8), 0);
	assert_int_equal(getsockname(fd, (struct sockaddr *)&a, &len), 0);
	port = ntohs(a.sin_port);
	return fd;
}

static void start_with(reader_work_fn work, struct sandbox_limits limits)
{
	const struct reader_setup setup = {.work = work, .limits = limits};
	struct err e = ERR_INIT;

	unit_assert_ok(reader_start_with(&setup, &e), &e);
}

/* Where a reader has not been: an ordinary file goes on being read. One that has a second for it may
 * not get it from the machine; then another one may. */
static void still_reads(void)
{
	struct bag b AUTO_BAG = BAG_INIT;
	struct err e = ERR_INIT;
	size_t len;
	char *bytes AUTO_MEM = unit_pki("server.crt", &len);
	bool good = false;

	for (int i = 0; i < 10 && !good; i++) {
		e = (struct err)ERR_INIT;
		good = reader_bag(span_of(bytes, len), NULL, false, &b, &e);
		if (!good && !err_is(&e, "file.reader_limit"))
			break;
	}
	unit_assert_ok(good, &e);
	assert_int_equal(b.certs.n, 1);
}

static void refused_as(struct span file, const char *code)
{
	struct bag b AUTO_BAG = BAG_INIT;
	struct err e = ERR_INIT;

	assert_false(reader_bag(file, NULL, false, &b, &e));
	unit_assert_reason(&e, code);
	assert_int_equal(b.certs.n, 0);
	still_reads();
}

static bool succeeds_in_a_plain_process(attempt_fn f)
{
	pid_t pid = fork();
	int status;

	if (pid == 0)
		_exit(f() ? 0 : 1);
	assert_int_equal(waitpid(pid, &status, 0), pid);
	return WIFEXITED(status) && WEXITSTATUS(status) == 0;
}

static void a_planted_overflow_finds_no_key_no_file_no_network(void **state)
{
	struct err e = ERR_INIT;
	int fd;

	(void)state;
	console = getpid();
	succeeded = mmap(NULL, 4096, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
	attempts = succeeded + 1;
	text_copy(key_path, sizeof(key_path), unit_path("master.key"));
	unit_assert_ok(file_write_new(key_path, 0600, span_str("the master key"), &e), &e);
	fd = listening();
	start_with(overflowing, (struct sandbox_limits){.cpu_s = 20, .wall_s = 40});
	memset(key_in_memory, 0xa5, sizeof(key_in_memory));
	for (size_t i = 0; i < ARRAY_LEN(all_attempts); i++) {
		if (!succeeds_in_a_plain_process(all_attempts[i]))
			fail_msg("attempt %zu must succeed where nothing forbids it", i);
		refused_as(planted(all_attempts[i]), "file.reader_stopped");
		if (atomic_load(succeeded) != 0)
			fail_msg("attempt %zu succeeded inside the reader", i);
	}
	assert_int_equal(atomic_load(attempts), ARRAY_LEN(all_attempts));
	(void)close(fd);
	reader_stop();
}

static bool spinning(const struct reader_request *r, struct buf *reply, struct err *e)
{
	if (r->file.data[0] != '!')
		return reader_work(r, reply, e);
	for (volatile bool for_ever = true; for_ever;)
		;
	return true;
}

static bool waiting(const struct reader_request *r, struct buf *reply, struct err *e)
{
	uint8_t byte;

	if (r->file.data[0] != '!')
		return reader_work(r, reply, e);
	return read(0, &byte, 1) == 1; /* nobody sends any more */
}

static bool hoarding(const struct reader_request *r, struct buf *reply, struct err *e)
{
	if (r->file.data[0] != '!')
		return reader_work(r, reply, e);
	for (size_t i = 0; i < 64; i++)
		if (!mem_alloc((size_t)16 << 20))
			return err_nomem(e);
	return true;
}

static void time_and_memory_of_a_reader_end(void **state)
{
	(void)state;
	start_with(spinning, (struct sandbox_limits){.cpu_s = 1, .wall_s = 60});
	refused_as(span_str("!"), "file.reader_limit");
	start_with(waiting, (struct sandbox_limits){.cpu_s = 60, .wall_s = 1});
	refused_as(span_str("!"), "file.reader_limit");
	if (!SANITIZED) {
		start_with(hoarding, (struct sandbox_limits){.memory_bytes = (size_t)512 << 20,
							     .cpu_s = 60,
							     .wall_s = 60});
		refused_as(span_str("!"), "file.reader_limit");
	}
	reader_stop();
}

/* ---- answers ------------------------------------------------------------------------------------------------------- */

static bool babbling(const struct reader_request *r, struct buf *reply, struct err *e)
{
	if (r->file.data[0] != '!')
		return reader_work(r, reply, e);
	for (size_t i = 1; i < r->file.len; i++)
		buf_add_char(reply, (char)r->file.data[i]);
	return true;
}

static bool endless(const struct reader_request *r, struct buf *reply, struct err *e)
{
	static uint8_t much[1 << 20];

	if (r->file.data[0] != '!')
		return reader_work(r, reply, e);
	while (write(0, much, sizeof(much)) > 0)
		;
	return true;
}

static void what_is_no_answer_is_not_believed(void **state)
{
	const struct sandbox_limits limits = {.cpu_s = 20, .wall_s = 40};

	(void)state;
	start_with(babbling, limits);
	refused_as(span_str("!"), "file.reader_stopped");
	refused_as(span_str("!nonsense"), "file.reader_stopped");
	/* an error of a class that is none, and one with a code that is none */
	refused_as(span_of("!1RBC\1\0\0\0\377\0\0\0\0\0\0\0\0\0\0\0", 21), "file.reader_stopped");
	refused_as(span_of("!1RBC\1\0\0\0\3\0\0\0\3\0\0\0x.y\0\0\0\0", 24), "file.reader_stopped");
	/* a bag that promises four thousand million certificates */
	refused_as(span_of("!1RBC\2\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\377\377\377\377", 25),
		   "file.reader_stopped");
	start_with(endless, limits);
	refused_as(span_str("!"), "file.reader_stopped");
	reader_stop();
}

static void mangle(const struct buf *good)
{
	uint8_t *copy AUTO_MEM = mem_dup(good->data, good->len);
	struct err e = ERR_INIT;

	for (size_t i = 0; i < good->len; i++)
		for (unsigned by = 1; by < 256; by = by * 3 + 1) {
			struct bag b AUTO_BAG = BAG_INIT;

			copy[i] = (uint8_t)(good->data[i] + by);
			(void)!reader_bag_read(span_of(copy, good->len), &b, &e);
			copy[i] = good->data[i];
		}
}

static void an_answer_that_is_cut_or_changed_does_no_harm(void **state)
{
	struct bag b AUTO_BAG = BAG_INIT, again AUTO_BAG = BAG_INIT;
	struct secret password AUTO_SECRET = SECRET_INIT;
	struct buf reply AUTO_BUF = BUF_INIT;
	struct err e = ERR_INIT;
	size_t len;
	char *bytes AUTO_MEM = unit_pki("server.pfx", &len);

	(void)state;
	unit_assert_ok(secret_set(&password, "certbinder", 10, &e), &e);
	unit_assert_ok(bag_read(span_of(bytes, len), &password, false, &b, &e), &e);
	reader_bag_write(&b, &reply);
	unit_assert_ok(reader_bag_read(buf_span(&reply), &again, &e), &e);
	assert_int_equal(again.certs.n, b.certs.n);
	assert_int_equal(again.n_keys, 1);
	assert_string_equal(again.format, "PFX");
	assert_string_equal(again.keys[0].info.form, b.keys[0].info.form);
	assert_memory_equal(again.keys[0].info.spki_sha256, b.keys[0].info.spki_sha256, 32);
	assert_true(secret_equal(secret_span(&again.keys[0].pkcs8), secret_span(&b.keys[0].pkcs8)));
	for (size_t n = 0; n < reply.len; n++) {
		struct bag cut AUTO_BAG = BAG_INIT;

		assert_false(reader_bag_read(span_of(reply.data, n), &cut, &e));
	}
	mangle(&reply);
}

static void values_of_the_registry_arrive_within_their_bits(void **state)
{
	static const int64_t values[] = {REG_DELETED, -1, 0, 1, UINT32_MAX};
	struct reg_settings said = REG_SETTINGS_INIT, heard = REG_SETTINGS_INIT;
	struct err e = ERR_INIT;

	(void)state;
	said.found_policy_key = true;
	for (size_t i = 0; i < ARRAY_LEN(values); i++) {
		struct buf reply AUTO_BUF = BUF_INIT;

		said.root_update = said.mode = values[i];
		reader_reg_write(&said, &reply);
		unit_assert_ok(reader_reg_read(buf_span(&reply), &heard, &e), &e);
		assert_true(heard.root_update == values[i] && heard.mode == values[i]);
		assert_true(heard.send == -1 && heard.found_policy_key && !heard.found_key);
		for (size_t n = 0; n < reply.len; n++)
			assert_false(reader_reg_read(span_of(reply.data, n), &heard, &e));
		buf_add_char(&reply, '\0');
		assert_false(reader_reg_read(buf_span(&reply), &heard, &e));
	}
	said.mode = (int64_t)UINT32_MAX + 1;
	struct buf past AUTO_BUF = BUF_INIT;
	reader_reg_write(&said, &past);
	assert_false(reader_reg_read(buf_span(&past), &heard, &e));
	unit_assert_reason(&e, "file.reader_stopped");
}

/* ---- what it reads ------------------------------------------------------------------------------------------------- */

static void errors_keep_their_codes_and_words(void **state)
{
	struct secret password AUTO_SECRET = SECRET_INIT;
	struct bag b AUTO_BAG = BAG_INIT;
	struct err here = ERR_INIT, there = ERR_INIT;
	size_t len;
	char *bytes AUTO_MEM = unit_pki("server.pfx", &len);

	(void)state;
	unit_assert_ok(reader_start(&here), &here);
	unit_assert_ok(secret_set(&password, "wrong", 5, &here), &here);
	assert_false(bag_read(span_of(bytes, len), &password, false, &b, &here));
	assert_false(reader_bag(span_of(bytes, len), &password, false, &b, &there));
	unit_assert_reason(&there, "pfx.wrong_password");
	assert_string_equal(here.text, there.text);
	assert_int_equal(here.code, there.code);
	assert_false(reader_pfx(span_of(bytes, len / 2), &password, false, &b, &there));
	unit_assert_reason(&there, "pfx.corrupt");
	assert_false(reader_bag(span_str(""), NULL, false, &b, &there));
	unit_assert_reason(&there, "file.empty");
	reader_stop();
}

static void a_zip_arrives_whole(void **state)
{
	struct zip z AUTO_ZIP = ZIP_INIT, back AUTO_ZIP = ZIP_INIT;
	struct secret password AUTO_SECRET = SECRET_INIT;
	struct buf file AUTO_BUF = BUF_INIT;
	struct err e = ERR_INIT;

	(void)state;
	unit_assert_ok(reader_start(&e), &e);
	unit_assert_ok(secret_set(&password, "long enough", 11, &e), &e);
	unit_assert_ok(zip_add(&z, "keys/one.pfx", span_str("first"), &e), &e);
	unit_assert_ok(zip_add(&z, "empty", span_str(""), &e), &e);
	unit_assert_ok(zip_write(&z, &password, 0, &file, &e), &e);
	unit_assert_ok(reader_zip(buf_span(&file), &password, &back, &e), &e);
	assert_int_equal(back.n, 2);
	unit_assert_span(buf_span(&zip_find(&back, "keys/one.pfx")->data), span_str("first"));
	unit_assert_ok(secret_set(&password, "wrong one", 9, &e), &e);
	assert_false(reader_zip(buf_span(&file), &password, &back, &e));
	unit_assert_reason(&e, "zip.wrong_password");
	assert_int_equal(back.n, 2);
	reader_stop();
}

static void without_the_process_nothing_is_read(void **state)
{
	struct bag b AUTO_BAG = BAG_INIT;
	struct err e = ERR_INIT;

	(void)state;
	reader_stop();
	assert_false(reader_bag(span_str("x"), NULL, false, &b, &e));
	assert_int_equal(e.code, ERR_BUG);
}

int main(void)
{
	static const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_planted_overflow_finds_no_key_no_file_no_network),
		cmocka_unit_test(time_and_memory_of_a_reader_end),
		cmocka_unit_test(what_is_no_answer_is_not_believed),
		cmocka_unit_test(an_answer_that_is_cut_or_changed_does_no_harm),
		cmocka_unit_test(values_of_the_registry_arrive_within_their_bits),
		cmocka_unit_test(errors_keep_their_codes_and_words),
		cmocka_unit_test(a_zip_arrives_whole),
		cmocka_unit_test(without_the_process_nothing_is_read),
	};
	return unit_run("core/reader", tests, ARRAY_LEN(tests));
}
