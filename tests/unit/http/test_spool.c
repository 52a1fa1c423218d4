/* SPDX-FileCopyrightText: the certbinder authors
 * SPDX-License-Identifier: Apache-2.0 */
#include <config.h>

#include "http/spool.h"

#include "base/files.h"
#include "base/mem.h"
#include "base/text.h"
#include "tests/lib/unit.h"

#include <dirent.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/statvfs.h>
#include <unistd.h>

#define HEAD "Content-Disposition: form-data; name=\"p\"\r\n\r\n"

static atomic_int count;

/* Data that is full of what a delimiter begins with. */
static void data_add(struct buf *b, size_t len, unsigned seed)
{
	static const char tricky[] = "\r\n--\r\n--bound\r\n-\r\r\n--boundar";

	for (size_t i = 0; i < len; i++)
		buf_add_char(b, tricky[(i + seed) % (sizeof(tricky) - 1)]);
}

/* sizes end with 0. */
static void form_make(struct buf *b, const size_t *sizes)
{
	buf_init(b, (size_t)64 << 20);
	for (unsigned i = 0; sizes[i]; i++) {
		buf_add_str(b, i ? "\r\n--boundary\r\n" : "--boundary\r\n");
		buf_add_str(b, HEAD);
		data_add(b, sizes[i], i);
	}
	buf_add_str(b, "\r\n--boundary--\r\n");
	assert_true(buf_ok(b));
}

static struct http_spool *spool_new(void)
{
	struct http_spool *s = NULL;
	struct err e = ERR_INIT;

	assert_true(spool_open(unit_dir(), "boundary", 0, &count, &s, &e));
	return s;
}

/* Instead of the C library's: what of the disk is free. */
static uint64_t free_bytes = UINT64_MAX / 4;

int fstatvfs(int fd, struct statvfs *out)
{
	(void)fd;
	*out = (struct statvfs){.f_frsize = 1, .f_bavail = free_bytes};
	return 0;
}

/* In pieces of so many bytes; looked through after each. body holds what stayed. */
static struct http_spool *feed(const struct buf *form, size_t piece, struct buf *body)
{
	struct http_spool *s = spool_new();
	struct err e = ERR_INIT;

	buf_init(body, (size_t)64 << 20);
	for (size_t at = 0; at < form->len; at += piece) {
		buf_add(body, form->data + at, form->len - at < piece ? form->len - at : piece);
		assert_true(spool_take(s, body, &e));
	}
	return s;
}

/* The spooled part lies in the file, and everything else in the body, byte for byte. */
static void check(const struct buf *form, const size_t *sizes, size_t wanted, size_t piece)
{
	struct buf body AUTO_BUF = BUF_INIT, rest AUTO_BUF = BUF_INIT, part AUTO_BUF = BUF_INIT;
	struct http_spool *s = feed(form, piece, &body);
	size_t at = strlen("--boundary\r\n" HEAD);
	uint8_t *got AUTO_MEM = mem_alloc(sizes[wanted]);

	for (size_t i = 0; i < wanted; i++)
		at += sizes[i] + strlen("\r\n--boundary\r\n" HEAD);
	buf_init(&rest, (size_t)64 << 20);
	buf_add(&rest, form->data, at);
	buf_add(&rest, form->data + at + sizes[wanted], form->len - at - sizes[wanted]);
	assert_true(s->taken);
	assert_int_equal(s->part, wanted);
	assert_int_equal(s->bytes, sizes[wanted]);
	assert_int_equal(pread(s->fd, got, sizes[wanted], 0), sizes[wanted]);
	assert_memory_equal(got, form->data + at, sizes[wanted]);
	assert_int_equal(body.len, rest.len);
	assert_memory_equal(body.data, rest.data, rest.len);
	spool_free(s);
}

static void the_large_part_goes_to_disk_however_it_is_cut(void **state)
{
	static const size_t forms[][5] = {{HTTP_PART_MEMORY_MAX + 1, 0},
					  {5, HTTP_PART_MEMORY_MAX + 4096, 7, 0},
					  {1, 2, (1 << 20) + 3, 0},
					  {(1 << 20) + 1, 300, 5, 1, 0}};
	static const size_t large[] = {0, 1, 2, 0}, pieces[] = {61, 4093, 65536, 1 << 20, 4 << 20};

	(void)state;
	for (size_t f = 0; f < ARRAY_LEN(forms); f++) {
		struct buf form AUTO_BUF = BUF_INIT;

		form_make(&form, forms[f]);
		for (size_t p = 0; p < ARRAY_LEN(pieces); p++)
			check(&form, forms[f], large[f], pieces[p]);
	}
	assert_int_equal(atomic_load(&count), 0);
}

static void small_parts_and_a_second_large_one_stay_in_memory(void **state)
{
	static const size_t small[] = {1, HTTP_PART_MEMORY_MAX, 9, 0};
	static const size_t two[] = {HTTP_PART_MEMORY_MAX + 1, HTTP_PART_MEMORY_MAX + 2, 0};
	struct buf form AUTO_BUF = BUF_INIT, body AUTO_BUF = BUF_INIT, both AUTO_BUF = BUF_INIT;
	struct http_spool *s;

	(void)state;
	form_make(&form, small);
	s = feed(&form, 1000, &body);
	assert_false(s->taken);
	assert_int_equal(body.len, form.len);
	assert_memory_equal(body.data, form.data, form.len);
	spool_free(s);
	form_make(&both, two);
	check(&both, two, 0, 10000);
}

static void what_is_no_form_stays_as_it_is(void **state)
{
	static const char *const odd[] = {"",
					  "x",
					  "--bound",
					  "--boundary",
					  "--boundary\r\nno head",
					  "--boundary--\r\n",
					  "--other\r\n" HEAD "x",
					  "\r\n--boundary\r\n"};

	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(odd); i++) {
		struct buf form AUTO_BUF = BUF_INIT, body AUTO_BUF = BUF_INIT;
		struct http_spool *s;

		buf_add_str(&form, odd[i]);
		s = feed(&form, 1, &body);
		assert_false(s->taken);
		assert_string_equal(buf_str(&body), odd[i]);
		spool_free(s);
	}
}

static void digest_of(const struct buf *form, size_t piece, uint8_t out[static SHA256_BYTES])
{
	struct buf body AUTO_BUF = BUF_INIT;
	struct http_spool *s = feed(form, piece, &body);

	spool_digest(s, out);
	spool_free(s);
}

static void a_digest_tells_two_uploads_apart_and_not_how_they_were_cut(void **state)
{
	static const size_t sizes[] = {HTTP_PART_MEMORY_MAX + 4096, 0},
			    pieces[] = {61, 4093, 65536};
	struct buf form AUTO_BUF = BUF_INIT;
	uint8_t whole[SHA256_BYTES], cut[SHA256_BYTES];

	(void)state;
	form_make(&form, sizes);
	digest_of(&form, form.len, whole);
	for (size_t i = 0; i < ARRAY_LEN(pieces); i++) {
		digest_of(&form, pieces[i], cut);
		assert_memory_equal(whole, cut, sizeof(whole));
	}
	form.data[form.len / 2] ^= 1;
	digest_of(&form, form.len, cut);
	assert_memory_not_equal(whole, cut, sizeof(whole));
}

/* The last four bytes of a head come one by one. */
static void a_head_may_be_as_long_as_forms_take_it(void **state)
{
	static const size_t over[] = {0, 1};
	static const size_t pieces[] = {1, 7, 65536};

	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(over) * ARRAY_LEN(pieces); i++) {
		struct buf form AUTO_BUF = BUF_INIT, body AUTO_BUF = BUF_INIT;
		size_t piece = pieces[i / ARRAY_LEN(over)];
		struct http_spool *s;

		buf_init(&form, (size_t)1 << 20);
		buf_add_str(&form, "--boundary\r\nX: ");
		for (size_t n = 3; n < FORM_PART_HEAD_MAX + over[i % ARRAY_LEN(over)]; n++)
			buf_add_char(&form, 'h');
		buf_add_str(&form, "\r\n\r\n");
		data_add(&form, HTTP_PART_MEMORY_MAX + 1, 0);
		buf_add_str(&form, "\r\n--boundary--\r\n");
		assert_true(buf_ok(&form));
		s = feed(&form, piece, &body);
		assert_true(s->taken || over[i % ARRAY_LEN(over)] == 1);
		spool_free(s);
	}
}

static void only_so_many_at_a_time_and_none_with_a_name(void **state)
{
	struct http_spool *s[HTTP_SPOOLS_MAX], *more = NULL;
	struct err e = ERR_INIT;
	const struct dirent *x;
	DIR *d;

	(void)state;
	for (size_t i = 0; i < HTTP_SPOOLS_MAX; i++)
		s[i] = spool_new();
	assert_false(spool_open(unit_dir(), "boundary", 0, &count, &more, &e));
	assert_int_equal(e.code, ERR_BUSY);
	assert_null(more);
	d = opendir(unit_dir());
	while ((x = readdir(d)))
		assert_int_equal(x->d_name[0], '.');
	closedir(d);
	for (size_t i = 0; i < HTTP_SPOOLS_MAX; i++)
		spool_free(s[i]);
	spool_free(spool_new());
}

static void one_that_cannot_fit_is_refused_before_it_comes(void **state)
{
	struct http_spool *s = NULL;
	struct err e = ERR_INIT;

	(void)state;
	assert_false(spool_open(unit_dir(), "boundary", INT64_MAX / 2, &count, &s, &e));
	assert_true(err_is(&e, "disk.full"));
	assert_null(s);
	assert_int_equal(atomic_load(&count), 0);
}

static void room_is_left_on_the_disk_however_much_was_announced(void **state)
{
	static const size_t sizes[] = {(size_t)2 << 20, 0};
	struct buf form AUTO_BUF = BUF_INIT, body AUTO_BUF = BUF_INIT;
	struct http_spool *s = spool_new(); /* of unknown length */
	struct err e = ERR_INIT;

	(void)state;
	form_make(&form, sizes);
	buf_init(&body, (size_t)64 << 20);
	buf_add(&body, form.data, (size_t)1 << 20);
	assert_true(spool_take(s, &body, &e));
	buf_add(&body, form.data + ((size_t)1 << 20), (size_t)1 << 20);
	free_bytes = (uint64_t)FILE_RESERVE_BYTES; /* others wrote too */
	assert_false(spool_take(s, &body, &e));
	assert_true(err_is(&e, "disk.full"));
	free_bytes = UINT64_MAX / 4;
	spool_free(s);
}

static void leftovers_with_a_name_are_swept(void **state)
{
	char left[4096], other[4096];

	(void)state;
	(void)snprintf(left, sizeof(left), "%s/upload-0123456789abcdef0123456789abcdef",
		       unit_dir());
	(void)snprintf(other, sizeof(other), "%s/other", unit_dir());
	assert_true(close(open(left, O_WRONLY | O_CREAT | O_CLOEXEC, 0600)) == 0);
	assert_true(close(open(other, O_WRONLY | O_CREAT | O_CLOEXEC, 0600)) == 0);
	spool_sweep(unit_dir());
	assert_int_not_equal(access(left, F_OK), 0);
	assert_int_equal(unlink(other), 0);
	spool_sweep("/nowhere");
}

int main(void)
{
	static const struct CMUnitTest tests[] = {
		cmocka_unit_test(the_large_part_goes_to_disk_however_it_is_cut),
		cmocka_unit_test(small_parts_and_a_second_large_one_stay_in_memory),
		cmocka_unit_test(what_is_no_form_stays_as_it_is),
		cmocka_unit_test(a_digest_tells_two_uploads_apart_and_not_how_they_were_cut),
		cmocka_unit_test(a_head_may_be_as_long_as_forms_take_it),
		cmocka_unit_test(only_so_many_at_a_time_and_none_with_a_name),
		cmocka_unit_test(one_that_cannot_fit_is_refused_before_it_comes),
		cmocka_unit_test(room_is_left_on_the_disk_however_much_was_announced),
		cmocka_unit_test(leftovers_with_a_name_are_swept),
	};

	return unit_run("http/spool", tests, ARRAY_LEN(tests));
}
