/* SPDX-FileCopyrightText: the certbinder authors
 * SPDX-License-Identifier: Apache-2.0 */
#include <config.h>

#include "base/mem.h"
#include "core/authentication/key_backup.h"
#include "core/reading/reader.h"
#include "core/reading/zip.h"
#include "core/roots/reg_file.h"
#include "core/trust/evidence.h"
#include "core/trust/iis_log.h"
#include "lib/maker.h"
#include "lib/unit.h"

#include <stdio.h>
#include <string.h>

/* Limits of the files that people bring: as much as there may be is read, one more is refused or counted. */

static void feed(struct iis_log *l, const char *text)
{
	iis_log_feed(l, span_str(text));
}

static void bytes_of_a_line_of_the_log(void **state)
{
	struct iis_log *l = mem_new(struct iis_log);
	char *line AUTO_MEM = mem_alloc(IIS_LINE_MAX + 2);
	(void)state;
	for (size_t piece = 1000; piece <= IIS_LINE_MAX + 2; piece += IIS_LINE_MAX) {
		iis_log_init(l);
		feed(l, "#Fields: sc-status cs(User-Agent)\n");
		for (size_t more = 0; more < 2; more++) {
			size_t n = IIS_LINE_MAX + more;
			memset(line, 'a', n);
			memcpy(line, "403 ", 4);
			line[n] = '\n';
			for (size_t at = 0; at <= n; at += piece)
				iis_log_feed(l, span_of(line + at,
							at + piece > n + 1 ? n + 1 - at : piece));
			assert_int_equal(l->requests, 1);
			assert_int_equal(l->malformed, more);
		}
		feed(l, "403 b\n"); /* goes on behind it */
		assert_int_equal(l->requests, 2);
	}
	mem_free(l);
}

static void columns_of_the_log(void **state)
{
	struct iis_log *l = mem_new(struct iis_log);
	(void)state;
	for (size_t more = 0; more < 2; more++) {
		iis_log_init(l);
		feed(l, "#Fields: sc-status");
		for (size_t i = 1; i < IIS_COLUMNS_MAX + more; i++)
			feed(l, " x");
		feed(l, "\n403");
		for (size_t i = 1; i < IIS_COLUMNS_MAX + more; i++)
			feed(l, " -");
		feed(l, "\n");
		assert_int_equal(l->requests, 1 - more);
		assert_int_equal(l->without_fields, more);
	}
	mem_free(l);
}

/* The largest numbers of each column that are taken for what they are. */
static void numbers_of_the_log(void **state)
{
	static const struct {
		const char *line;
		bool read;
	} rows[] = {
		{"999 999 4294967295\n", true}, /* STATUS_MAX, WIN32_MAX */
		{"1000 1 1\n", false},
		{"403 1000 1\n", false},
		{"403 1 4294967296\n", false},
		{"403 1 -2147483648\n", true}, /* the upper half, as some write it */
		{"403 1 -2147483649\n", false},
	};
	struct iis_log *l = mem_new(struct iis_log);
	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
		iis_log_init(l);
		feed(l, "#Fields: sc-status sc-substatus sc-win32-status\n");
		feed(l, rows[i].line);
		assert_int_equal(l->requests, rows[i].read);
		assert_int_equal(l->malformed, !rows[i].read);
	}
	mem_free(l);
}

static void kinds_of_refusals_and_their_clients(void **state)
{
	struct iis_log *l = mem_new(struct iis_log);
	char line[80];
	(void)state;
	iis_log_init(l);
	feed(l, "#Fields: c-ip sc-status sc-substatus sc-win32-status\n");
	for (int i = 0; i < IIS_REFUSALS_MAX; i++) {
		(void)snprintf(line, sizeof line, "10.0.0.1 403 16 %d\n", i);
		feed(l, line);
	}
	assert_int_equal(l->n_refusals, IIS_REFUSALS_MAX);
	assert_int_equal(l->others, 0);
	feed(l, "10.0.0.1 403 16 1000\n");
	assert_int_equal(l->n_refusals, IIS_REFUSALS_MAX);
	assert_int_equal(l->others, 1);
	for (int i = 2; i <= IIS_CLIENTS_MAX + 1; i++) {
		assert_int_equal(l->refusals[0].n_clients, i - 1);
		(void)snprintf(line, sizeof line, "10.0.0.%d 403 16 0\n", i);
		feed(l, line);
	}
	assert_int_equal(l->refusals[0].n_clients, IIS_CLIENTS_MAX);
	assert_string_equal(l->refusals[0].clients[0], "10.0.0.1");
	assert_int_equal(l->refusals[0].count, IIS_CLIENTS_MAX + 1); /* all are counted */
	mem_free(l);
}

static void bytes_of_a_reg_file(void **state)
{
	static const char head[] = "Windows Registry Editor Version 5.00\r\n\r\n";
	char *text AUTO_MEM = mem_alloc(REG_FILE_MAX + 1);
	(void)state;
	memset(text, '\n', REG_FILE_MAX + 1);
	memcpy(text, head, sizeof head - 1);
	for (size_t more = 0; more < 2; more++) {
		struct reg_settings out;
		struct err e = ERR_INIT;
		assert_int_equal(reg_file_read(span_of(text, REG_FILE_MAX + more), &out, &e),
				 more == 0);
		assert_int_equal(e.code, more == 0 ? ERR_OK : ERR_LIMIT);
	}
}

static void members_of_a_zip(void **state)
{
	struct zip z AUTO_ZIP = ZIP_INIT;
	struct err e = ERR_INIT;
	(void)state;
	for (size_t i = 0; i < ZIP_MAX_MEMBERS; i++) {
		char name[16];
		(void)snprintf(name, sizeof name, "m%zu", i);
		unit_assert_ok(zip_add(&z, name, span_str("x"), &e), &e);
	}
	assert_false(zip_add(&z, "more", span_str("x"), &e));
	unit_assert_reason(&e, "zip.bomb");
	assert_int_equal(z.n, ZIP_MAX_MEMBERS);
}

static void bytes_of_a_zip(void **state)
{
	uint8_t *big AUTO_MEM = mem_array(ZIP_MAX_BYTES + 1, 1);
	(void)state;
	for (size_t more = 0; more < 2; more++) {
		struct zip z AUTO_ZIP = ZIP_INIT;
		struct err e = ERR_INIT;
		assert_false(zip_read(span_of(big, ZIP_MAX_BYTES + more), NULL, &z, &e));
		unit_assert_reason(&e, more == 0 ? "zip.corrupt" : "limit.file");
	}
}

static void bytes_of_a_members_name(void **state)
{
	char name[ZIP_NAME_MAX + 2];
	(void)state;
	for (size_t more = 0; more < 2; more++) {
		struct zip z AUTO_ZIP = ZIP_INIT, back AUTO_ZIP = ZIP_INIT;
		struct err e = ERR_INIT;
		memset(name, 'n', sizeof name);
		name[ZIP_NAME_MAX + more] = '\0';
		assert_int_equal(zip_add(&z, name, span_str("x"), &e), more == 0);
		if (more == 1) {
			unit_assert_reason(&e, "zip.member");
			continue;
		}
		struct buf packed AUTO_BUF = BUF_INIT;
		unit_assert_ok(zip_write(&z, NULL, MAKER_NOW, &packed, &e), &e);
		unit_assert_ok(zip_read(buf_span(&packed), NULL, &back, &e), &e);
		assert_string_equal(back.members[0].name, name);
	}
}

static void keys_of_one_backup(void **state)
{
	struct key_backup b AUTO_KEY_BACKUP = KEY_BACKUP_INIT;
	struct err e = ERR_INIT;
	struct cert *c AUTO_CERT = maker_cert(&(struct maker){.subject = "X", .key = maker_key(0)});
	(void)state;
	for (size_t i = 0; i < KEY_BACKUP_KEYS_MAX; i++)
		unit_assert_ok(key_backup_add_key(&b, c, NULL, false, 0, 0, &e), &e);
	assert_false(key_backup_add_key(&b, c, NULL, false, 0, 0, &e));
	assert_int_equal(e.code, ERR_LIMIT);
	assert_int_equal(b.n_keys, KEY_BACKUP_KEYS_MAX);
}

/* The same certificate as so many files; file i lies in the store that name_of() says. */
static bool judged(size_t n, void (*name_of)(size_t i, char out[static 16]), struct err *e)
{
	struct cert *c AUTO_CERT = maker_cert(
		&(struct maker){.subject = "X", .key = maker_key(0), .client_auth = true});
	struct evidence_file *files AUTO_MEM = mem_array(n, sizeof *files);
	char(*names)[16] AUTO_MEM = mem_array(n, sizeof *names);
	struct evidence in = {
		.files = files, .n_files = n, .mode = 0, .send = 0, .now_s = MAKER_NOW};
	json_t *out = NULL;
	for (size_t i = 0; i < n; i++) {
		name_of(i, names[i]);
		files[i] = (struct evidence_file){names[i], span_of(c->der, c->der_len)};
	}
	bool good = evidence_judge(&in, &out, e);
	json_decref(out);
	return good;
}

static void root(size_t i, char out[static 16])
{
	(void)i;
	(void)snprintf(out, 16, "Root");
}

static void another(size_t i, char out[static 16])
{
	(void)snprintf(out, 16, "Store%zu", i);
}

static void client(size_t i, char out[static 16])
{
	(void)i;
	(void)snprintf(out, 16, "%s", EVIDENCE_CLIENT);
}

static void files_stores_and_clients_of_the_evidence(void **state)
{
	static const struct {
		size_t n;
		void (*name_of)(size_t i, char out[static 16]);
	} rows[] = {{EVIDENCE_FILES_MAX, root},
		    {EVIDENCE_STORES_MAX, another},
		    {EVIDENCE_CLIENTS_MAX, client}};
	struct err e = ERR_INIT;
	(void)state;
	unit_assert_ok(reader_start(&e), &e);
	for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
		struct err why = ERR_INIT;
		unit_assert_ok(judged(rows[i].n, rows[i].name_of, &why), &why);
		assert_false(judged(rows[i].n + 1, rows[i].name_of, &why));
		assert_int_equal(why.code, ERR_LIMIT);
	}
}

int main(void)
{
	static const struct CMUnitTest tests[] = {
		cmocka_unit_test(bytes_of_a_line_of_the_log),
		cmocka_unit_test(columns_of_the_log),
		cmocka_unit_test(numbers_of_the_log),
		cmocka_unit_test(kinds_of_refusals_and_their_clients),
		cmocka_unit_test(bytes_of_a_reg_file),
		cmocka_unit_test(members_of_a_zip),
		cmocka_unit_test(bytes_of_a_zip),
		cmocka_unit_test(bytes_of_a_members_name),
		cmocka_unit_test(keys_of_one_backup),
		cmocka_unit_test(files_stores_and_clients_of_the_evidence),
	};
	int failed = unit_run("core/limits_files", tests, ARRAY_LEN(tests));
	maker_free_keys();
	return failed;
}
