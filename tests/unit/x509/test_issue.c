/* SPDX-FileCopyrightText: the certbinder authors
 * SPDX-License-Identifier: Apache-2.0 */
#include <config.h>

#include "tests/lib/unit.h"

#include "base/mem.h"
#include "x509/cert.h"
#include "x509/csr.h"
#include "x509/issue.h"
#include "x509/key.h"
#include "x509/pem.h"
#include "x509/signature.h"

#include <string.h>

#define T2020 INT64_C(1577836800)
#define T2049 INT64_C(2493072000)
#define T2060 INT64_C(2840140800)

static const char *const dns[] = {"www.console.test", "*.console.test", "localhost"};
static const char *const ips[] = {"192.0.2.7", "2001:db8::7"};

static struct issue_params usual(void)
{
	return (struct issue_params){.dns_names = dns,
				     .n_dns_names = ARRAY_LEN(dns),
				     .ip_addresses = ips,
				     .n_ip_addresses = ARRAY_LEN(ips),
				     .server_auth = true,
				     .not_before_s = T2020,
				     .not_after_s = T2049};
}

static void make_key(const char *spec, struct secret *out)
{
	struct err e = ERR_INIT;
	unit_assert_ok(key_generate(spec, out, &e), &e);
}

static struct cert *make_cert(const struct secret *key, const struct issue_params *p)
{
	struct buf der AUTO_BUF = BUF_INIT;
	struct cert *c = NULL;
	struct err e = ERR_INIT;
	unit_assert_ok(cert_make_self_signed(key, p, &der, &e), &e);
	unit_assert_ok(cert_parse(der.data, der.len, &c, &e), &e);
	return c;
}

static void self_signed_says_what_was_asked(void **state)
{
	static const char *const specs[] = {"ec256", "ec384", "rsa2048"};
	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(specs); i++) {
		struct secret key AUTO_SECRET = SECRET_INIT;
		struct issue_params p = usual();
		struct err e = ERR_INIT;
		bool matches = false;
		make_key(specs[i], &key);
		struct cert *c AUTO_CERT = make_cert(&key, &p);
		assert_int_equal(c->version, 3);
		assert_int_equal(c->defects, 0);
		assert_true(c->not_before_s == T2020 && c->not_after_s == T2049);
		assert_true(cert_matches_host(c, "www.console.test"));
		assert_true(cert_matches_host(c, "other.console.test"));
		assert_true(cert_matches_host(c, "192.0.2.7"));
		assert_true(cert_matches_host(c, "2001:db8::7"));
		assert_false(cert_matches_host(c, "console.example"));
		assert_true(cert_common_name_matches(c, "www.console.test"));
		assert_true(c->has_eku && cert_allows_purpose(c, PURPOSE_SERVER));
		assert_false(cert_allows_purpose(c, PURPOSE_CLIENT));
		assert_false(c->is_ca);
		assert_int_equal(c->key_usage, i == 2 ? KU_DIGITAL_SIGNATURE | KU_KEY_ENCIPHERMENT
						      : KU_DIGITAL_SIGNATURE);
		assert_int_equal(c->subject_key_id.len, SHA1_BYTES);
		assert_true(cert_is_self_signed(c));
		unit_assert_ok(key_matches(&key, c, &matches, &e), &e);
		assert_true(matches);
	}
}

static void serial_numbers_are_long_and_differ(void **state)
{
	struct secret key AUTO_SECRET = SECRET_INIT;
	struct issue_params p = usual();
	(void)state;
	make_key("ec256", &key);
	struct cert *a AUTO_CERT = make_cert(&key, &p);
	struct cert *b AUTO_CERT = make_cert(&key, &p);
	assert_false(span_equal(a->serial, b->serial));
	/* one in 512 random ones would begin with an octet too many */
	for (int i = 0; i < 600; i++) {
		struct cert *c AUTO_CERT = make_cert(&key, &p);

		assert_int_equal(c->serial.len, 17);
		assert_in_range(c->serial.p[0], 0x40, 0x7f);
		assert_false(c->defects & CERT_DEFECT_ENCODING);
	}
}

static void writes_years_past_2049(void **state)
{
	struct secret key AUTO_SECRET = SECRET_INIT;
	struct issue_params p = usual();
	(void)state;
	make_key("ec256", &key);
	p.not_after_s = T2060;
	struct cert *c AUTO_CERT = make_cert(&key, &p);
	assert_true(c->not_after_s == T2060);
	assert_int_equal(c->defects, 0);
}

static void names_cannot_break_out_of_the_subject(void **state)
{
	struct secret key AUTO_SECRET = SECRET_INIT;
	struct issue_params p = usual();
	struct buf cn AUTO_BUF = BUF_INIT;
	(void)state;
	make_key("ec256", &key);
	p.common_name = "a,O=b+CN=c\\\"<>;# \xc3\xa9";
	p.organisation = "M\xc3\xbcller, S\xc3\xb6hne & Co. \\0";
	struct cert *c AUTO_CERT = make_cert(&key, &p);
	assert_int_equal(c->subject.n_rdns, 2);
	assert_true(name_common_name(&c->subject, &cn));
	assert_string_equal(buf_str(&cn), p.common_name);
}

static void request_is_read_back(void **state)
{
	struct secret key AUTO_SECRET = SECRET_INIT;
	struct issue_params p = usual();
	struct buf der AUTO_BUF = BUF_INIT, pem AUTO_BUF = BUF_INIT;
	struct csr c AUTO_CSR = CSR_INIT, again AUTO_CSR = CSR_INIT;
	struct key_info info;
	struct err e = ERR_INIT;
	(void)state;
	make_key("rsa2048", &key);
	unit_assert_ok(csr_make(&key, &p, &der, &e), &e);
	unit_assert_ok(csr_parse(buf_span(&der), &c, &e), &e);
	unit_assert_ok(key_describe(&key, &info, &e), &e);
	assert_memory_equal(c.spki_sha256, info.spki_sha256, SHA256_BYTES);
	assert_true(c.has_san);
	assert_int_equal(c.san.n, ARRAY_LEN(dns) + ARRAY_LEN(ips));
	assert_int_equal(c.san.items[0].kind, GN_DNS);
	unit_assert_span(c.san.items[0].value, span_str(dns[0]));
	assert_int_equal(c.san.items[4].kind, GN_IP);
	assert_int_equal(c.san.items[4].value.len, 16);
	unit_assert_ok(pem_write("CERTIFICATE REQUEST", buf_span(&der), &pem, &e), &e);
	unit_assert_ok(csr_parse(buf_span(&pem), &again, &e), &e);
	unit_assert_span(again.spki, c.spki);
}

static void request_with_a_changed_byte_is_refused(void **state)
{
	struct secret key AUTO_SECRET = SECRET_INIT;
	struct issue_params p = usual();
	struct buf der AUTO_BUF = BUF_INIT;
	struct err made = ERR_INIT;
	(void)state;
	make_key("ec256", &key);
	unit_assert_ok(csr_make(&key, &p, &der, &made), &made);
	for (size_t i = 0; i < der.len; i++) {
		struct csr c = CSR_INIT;
		struct err e = ERR_INIT;
		der.data[i] ^= 1;
		assert_false(csr_parse(buf_span(&der), &c, &e));
		if (!err_is(&e, "x509.unsupported_signature"))
			unit_assert_reason(&e, "csr.corrupt");
		assert_null(c.der);
		der.data[i] ^= 1;
	}
}

static void request_cut_short_is_refused(void **state)
{
	struct secret key AUTO_SECRET = SECRET_INIT;
	struct issue_params p = usual();
	struct buf der AUTO_BUF = BUF_INIT;
	struct err made = ERR_INIT;
	(void)state;
	make_key("ec256", &key);
	unit_assert_ok(csr_make(&key, &p, &der, &made), &made);
	for (size_t n = 0; n < der.len; n++) {
		struct csr c = CSR_INIT;
		struct err e = ERR_INIT;
		char *exact AUTO_MEM =
			mem_strn(der.data, n); /* so that a byte too far is noticed */
		assert_false(csr_parse(span_of(exact, n), &c, &e));
	}
}

static void names_are_needed_and_must_be_names(void **state)
{
	static const char *const bad[] = {
		"",   "a..b", "-a.test", "a-.test",  ".a",
		"a.", "a b",  "*.",	 "a.*.test", "m\xc3\xbcller.test"};
	struct secret key AUTO_SECRET = SECRET_INIT;
	struct buf der AUTO_BUF = BUF_INIT;
	(void)state;
	make_key("ec256", &key);
	for (size_t i = 0; i < ARRAY_LEN(bad); i++) {
		struct issue_params p = {
			.dns_names = &bad[i], .n_dns_names = 1, .common_name = "x"};
		struct err e = ERR_INIT;
		assert_false(csr_make(&key, &p, &der, &e));
		assert_int_equal(e.code, ERR_INVALID);
	}
	struct issue_params none = {.common_name = "x"};
	struct issue_params bad_ip = {.ip_addresses = &dns[0], .n_ip_addresses = 1};
	struct err e = ERR_INIT;
	assert_false(csr_make(&key, &none, &der, &e));
	unit_assert_reason(&e, "csr.no_name");
	assert_false(csr_make(&key, &bad_ip, &der, &e));
	assert_int_equal(e.code, ERR_INVALID);
	assert_int_equal(der.len, 0);
}

static void many_names_fit_and_too_many_do_not(void **state)
{
	struct secret key AUTO_SECRET = SECRET_INIT;
	const char *names[ISSUE_NAMES_MAX + 1];
	char longest[ISSUE_DNS_NAME_MAX + 1];
	struct issue_params p = {.dns_names = names,
				 .n_dns_names = ISSUE_NAMES_MAX,
				 .common_name = "many",
				 .server_auth = true,
				 .not_before_s = T2020,
				 .not_after_s = T2049};
	struct buf der AUTO_BUF = BUF_INIT;
	struct err e = ERR_INIT;
	(void)state;
	make_key("ec256", &key);
	for (size_t i = 0; i < sizeof(longest); i++)
		longest[i] = i % 50 == 49 ? '.' : 'a';
	longest[sizeof(longest) - 1] = '\0';
	for (size_t i = 0; i < ARRAY_LEN(names); i++)
		names[i] = longest;
	unit_assert_ok(csr_make(&key, &p, &der, &e), &e);
	struct cert *c AUTO_CERT = make_cert(&key, &p);
	assert_int_equal(c->san.n, ISSUE_NAMES_MAX);
	p.n_dns_names++;
	assert_false(csr_make(&key, &p, &der, &e));
	assert_int_equal(e.code, ERR_LIMIT);
}

int main(void)
{
	static const struct CMUnitTest tests[] = {
		cmocka_unit_test(self_signed_says_what_was_asked),
		cmocka_unit_test(serial_numbers_are_long_and_differ),
		cmocka_unit_test(writes_years_past_2049),
		cmocka_unit_test(names_cannot_break_out_of_the_subject),
		cmocka_unit_test(request_is_read_back),
		cmocka_unit_test(request_with_a_changed_byte_is_refused),
		cmocka_unit_test(request_cut_short_is_refused),
		cmocka_unit_test(names_are_needed_and_must_be_names),
		cmocka_unit_test(many_names_fit_and_too_many_do_not),
	};
	return unit_run("x509/issue", tests, ARRAY_LEN(tests));
}
