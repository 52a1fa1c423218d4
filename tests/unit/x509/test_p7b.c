/* SPDX-FileCopyrightText: the certbinder authors
 * SPDX-License-Identifier: Apache-2.0 */
#include <config.h>

#include "tests/lib/unit.h"

#include "base/mem.h"
#include "x509/p7b.h"
#include "x509/pem.h"

#include <string.h>

/* The certificates of the chain of a persona. */
static void load_chain(const char *file, struct cert_list *out)
{
	size_t len;
	char *text AUTO_MEM = unit_pki(file, &len);
	struct pem p AUTO_PEM = {.n = 0};
	struct err e = ERR_INIT;
	unit_assert_ok(pem_read(span_of(text, len), &p, &e), &e);
	for (size_t i = 0; i < p.n; i++) {
		struct cert *c AUTO_CERT = NULL;
		unit_assert_ok(cert_parse(p.members[i].der.data, p.members[i].der.len, &c, &e), &e);
		unit_assert_ok(cert_list_add(out, c, &e), &e);
	}
}

static void reads_back_what_it_wrote_in_order(void **state)
{
	struct cert_list chain AUTO_CERT_LIST = CERT_LIST_INIT;
	struct buf file AUTO_BUF = BUF_INIT;
	struct bag b AUTO_BAG = BAG_INIT;
	struct err e = ERR_INIT;
	(void)state;
	load_chain("server-too-long.chain.pem", &chain);
	assert_int_equal(chain.n, 3);
	unit_assert_ok(p7b_write(&chain, &file, &e), &e);
	assert_true(p7b_looks_like(buf_span(&file)));
	unit_assert_ok(p7b_read(buf_span(&file), &b, &e), &e);
	assert_int_equal(b.certs.n, chain.n);
	for (size_t i = 0; i < chain.n; i++)
		assert_true(cert_equal(b.certs.items[i], chain.items[i]));
	assert_string_equal(b.format, "P7B");
	assert_int_equal(b.n_keys, 0);
}

static void refuses_every_shortened_file(void **state)
{
	struct cert_list chain AUTO_CERT_LIST = CERT_LIST_INIT;
	struct buf file AUTO_BUF = BUF_INIT;
	struct err made = ERR_INIT;
	(void)state;
	load_chain("server.chain.pem", &chain);
	unit_assert_ok(p7b_write(&chain, &file, &made), &made);
	for (size_t n = 0; n < file.len; n++) {
		char *exact AUTO_MEM = mem_strn(file.data, n);
		struct bag b = {.n_ignored = 77};
		struct err e = ERR_INIT;
		assert_false(p7b_read(span_of(exact, n), &b, &e));
		unit_assert_reason(&e, "p7b.corrupt");
		assert_true(n < 16 || p7b_looks_like(span_of(exact, n)));
		assert_int_equal(b.n_ignored, 77);
	}
	struct bag b AUTO_BAG = BAG_INIT;
	struct err e = ERR_INIT;
	buf_add_char(&file, 'x');
	assert_false(p7b_read(buf_span(&file), &b, &e));
	unit_assert_reason(&e, "p7b.corrupt");
}

static void names_what_is_wrong(void **state)
{
	struct cert_list none AUTO_CERT_LIST = CERT_LIST_INIT,
			      chain AUTO_CERT_LIST = CERT_LIST_INIT;
	struct buf empty AUTO_BUF = BUF_INIT, bad AUTO_BUF = BUF_INIT;
	struct bag b = BAG_INIT;
	struct err e = ERR_INIT;
	(void)state;
	unit_assert_ok(p7b_write(&none, &empty, &e), &e);
	assert_false(p7b_read(buf_span(&empty), &b, &e));
	unit_assert_reason(&e, "p7b.empty");
	load_chain("server.chain.pem", &chain);
	unit_assert_ok(p7b_write(&chain, &bad, &e), &e);
	/* the version of the second certificate: [0] 2 becomes [0] 9 */
	uint8_t *second = memmem(bad.data, bad.len, chain.items[1]->der, chain.items[1]->der_len);
	uint8_t *version = memmem(second, 32, "\xa0\x03\x02\x01\x02", 5);
	version[4] = 9;
	assert_false(p7b_read(buf_span(&bad), &b, &e));
	unit_assert_reason(&e, "x509.corrupt");
	assert_non_null(strstr(e.text, "certificate 2 of the P7B"));
}

int main(void)
{
	static const struct CMUnitTest tests[] = {
		cmocka_unit_test(reads_back_what_it_wrote_in_order),
		cmocka_unit_test(refuses_every_shortened_file),
		cmocka_unit_test(names_what_is_wrong),
	};
	return unit_run("x509/p7b", tests, ARRAY_LEN(tests));
}
