/* SPDX-FileCopyrightText: the certbinder authors
 * SPDX-License-Identifier: Apache-2.0 */
#include <config.h>

#include "tests/lib/unit.h"

#include "x509/pem.h"

#include <string.h>

#define B64 "AQIDBA=="

static bool read_text(const char *text, struct pem *out, struct err *e)
{
	return pem_read(span_str(text), out, e);
}

static void assert_four_bytes(const struct pem_member *m)
{
	unit_assert_span(buf_span(&m->der), span_of("\x01\x02\x03\x04", 4));
}

static void reads_members_among_other_text(void **state)
{
	struct pem p AUTO_PEM = {.n = 0};
	struct err e = ERR_INIT;
	(void)state;
	assert_true(pem_looks_like(span_str("x\n-----BEGIN A-----\n")));
	assert_false(pem_looks_like(span_str("x\n----- BEGIN A-----\n")));
	assert_false(pem_looks_like(span_of(NULL, 0)));
	unit_assert_ok(
		read_text("Bag Attributes\n  name: x\n-----BEGIN CERTIFICATE-----\n" B64
			  "\n-----END CERTIFICATE-----\nmore: text\n-----BEGIN PRIVATE KEY-----\n"
			  "AQID\nBA==\n-----END PRIVATE KEY-----",
			  &p, &e),
		&e);
	assert_int_equal(p.n, 2);
	assert_string_equal(p.members[0].label, "CERTIFICATE");
	assert_string_equal(p.members[1].label, "PRIVATE KEY");
	assert_int_equal(p.members[0].line, 3);
	assert_int_equal(p.members[1].line, 7);
	assert_four_bytes(&p.members[0]);
	assert_four_bytes(&p.members[1]);
}

/* "copy a.pem + b.pem c.pem", where a.pem does not end its last line */
static void reads_files_put_behind_one_another(void **state)
{
	struct pem p AUTO_PEM = {.n = 0};
	struct err e = ERR_INIT;
	(void)state;
	unit_assert_ok(read_text("-----BEGIN A-----\n" B64
				 "\n-----END A----------BEGIN B-----\n" B64 "\n-----END B-----\n",
				 &p, &e),
		       &e);
	assert_int_equal(p.n, 2);
	assert_string_equal(p.members[1].label, "B");
	assert_int_equal(p.members[1].line, 3);
	assert_four_bytes(&p.members[0]);
	assert_four_bytes(&p.members[1]);
}

static void takes_every_end_of_line_and_inner_spaces(void **state)
{
	static const char *const texts[] = {
		"-----BEGIN X-----\r\n" B64 "\r\n-----END X-----\r\n",
		"-----BEGIN X-----\r" B64 "\r-----END X-----\r",
		"  -----BEGIN X-----  \n  AQ ID \n\tBA==\n\n  -----END X-----",
		"\xef\xbb\xbf-----BEGIN X-----\n" B64 "\n-----END X-----",
	};
	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(texts); i++) {
		struct pem p AUTO_PEM = {.n = 0};
		struct err e = ERR_INIT;
		unit_assert_ok(read_text(texts[i], &p, &e), &e);
		assert_int_equal(p.n, 1);
		assert_four_bytes(&p.members[0]);
	}
}

static void keeps_the_header_of_old_encryption(void **state)
{
	struct pem p AUTO_PEM = {.n = 0};
	struct err e = ERR_INIT;
	(void)state;
	unit_assert_ok(read_text("-----BEGIN RSA PRIVATE KEY-----\nProc-Type: 4,ENCRYPTED\n"
				 "DEK-Info: AES-128-CBC,00112233445566778899AABBCCDDEEFF\n\n" B64
				 "\n-----END RSA PRIVATE KEY-----\n",
				 &p, &e),
		       &e);
	assert_string_equal(p.members[0].dek_info, "AES-128-CBC,00112233445566778899AABBCCDDEEFF");
	assert_four_bytes(&p.members[0]);
}

static void names_the_broken_member(void **state)
{
	static const struct {
		const char *text, *says;
	} rows[] = {
		{"", "BEGIN"},
		{"no PEM", "BEGIN"},
		{"\n-----BEGIN A-----\n" B64 "\n", "'A' of line 2 has no END"},
		{"-----BEGIN A-----\n" B64 "\n-----END B-----\n", "line 3 under another label"},
		{"-----BEGIN A-----\n" B64 "\n-----BEGIN A-----\n" B64 "\n-----END A-----",
		 "no END"},
		{"-----BEGIN A-----\n!!!!\n-----END A-----\n", "'A' of line 1 is not base64"},
		{"-----BEGIN A-----\nAQIDBA=\n-----END A-----\n", "not base64"},
		{"-----BEGIN A-----\n-----END A-----\n", "not base64"},
		{"-----BEGIN -----\n" B64 "\n-----END -----\n", "label in line 1"},
		{"-----BEGIN A\x01-----\n" B64 "\n-----END A\x01-----\n", "label in line 1"},
		{"-----BEGIN AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA-----\n", "label in"},
		{"-----BEGIN A-----\nDEK-Info: \n\n" B64 "\n-----END A-----\n", "DEK-Info"},
	};
	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
		struct pem p = {.n = 77};
		struct err e = ERR_INIT;
		assert_false(read_text(rows[i].text, &p, &e));
		unit_assert_reason(&e, "pem.corrupt");
		if (!strstr(e.text, rows[i].says))
			fail_msg("row %zu says: %s", i, e.text);
		assert_int_equal(p.n, 77);
	}
}

static void takes_as_many_members_as_allowed_and_no_more(void **state)
{
	struct buf text AUTO_BUF = BUF_INIT;
	struct pem p AUTO_PEM = {.n = 0}, more = {.n = 0};
	struct err e = ERR_INIT;
	(void)state;
	for (size_t i = 0; i < PEM_MEMBERS_MAX; i++)
		unit_assert_ok(pem_write("X", span_str("data"), &text, &e), &e);
	unit_assert_ok(pem_read(buf_span(&text), &p, &e), &e);
	assert_int_equal(p.n, PEM_MEMBERS_MAX);
	unit_assert_ok(pem_write("X", span_str("data"), &text, &e), &e);
	assert_false(pem_read(buf_span(&text), &more, &e));
	assert_int_equal(e.code, ERR_LIMIT);
}

static void writes_lines_of_64_columns(void **state)
{
	struct buf text AUTO_BUF = BUF_INIT;
	struct err e = ERR_INIT;
	uint8_t bytes[49] = {0};
	(void)state;
	unit_assert_ok(pem_write("X Y", span_of(bytes, sizeof(bytes)), &text, &e), &e);
	assert_string_equal(buf_str(&text),
			    "-----BEGIN X Y-----\n"
			    "AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA\n"
			    "AA==\n-----END X Y-----\n");
}

int main(void)
{
	static const struct CMUnitTest tests[] = {
		cmocka_unit_test(reads_members_among_other_text),
		cmocka_unit_test(reads_files_put_behind_one_another),
		cmocka_unit_test(takes_every_end_of_line_and_inner_spaces),
		cmocka_unit_test(keeps_the_header_of_old_encryption),
		cmocka_unit_test(names_the_broken_member),
		cmocka_unit_test(takes_as_many_members_as_allowed_and_no_more),
		cmocka_unit_test(writes_lines_of_64_columns),
	};
	return unit_run("x509/pem", tests, ARRAY_LEN(tests));
}
