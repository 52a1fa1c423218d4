/* SPDX-FileCopyrightText: the certbinder authors
 * SPDX-License-Identifier: Apache-2.0 */
#include <config.h>

#include "tests/lib/unit.h"

#include "base/mem.h"
#include "tests/unit/x509/make_pfx.h"
#include "x509/ber.h"
#include "x509/issue.h"
#include "x509/pbe.h"
#include "x509/pfx.h"

#include <stdio.h>
#include <string.h>

#define BMP_SECRET "\0s\0e\0c\0r\0e\0t\0\0"

static const struct span bmp_secret = OID_SPAN(BMP_SECRET), secret = OID_SPAN("secret");

struct pair {
	struct secret key;
	struct cert *cert;
};

static void pair_clear(struct pair *p)
{
	secret_clear(&p->key);
	cert_unref(p->cert);
}
#define AUTO_PAIR AUTO(pair_clear)

static struct pair make_pair(const char *name)
{
	struct pair p = {.key = SECRET_INIT};
	struct issue_params params = {.dns_names = &name,
				      .n_dns_names = 1,
				      .not_before_s = 1577836800,
				      .not_after_s = 2493072000};
	struct buf der AUTO_BUF = BUF_INIT;
	struct err e = ERR_INIT;
	unit_assert_ok(key_generate("ec256", &p.key, &e), &e);
	unit_assert_ok(cert_make_self_signed(&p.key, &params, &der, &e), &e);
	unit_assert_ok(cert_parse(der.data, der.len, &p.cert, &e), &e);
	return p;
}

static bool open_with(struct span file, const char *password, struct bag *out, struct err *e)
{
	struct secret s AUTO_SECRET = SECRET_INIT;
	if (password)
		unit_assert_ok(secret_set(&s, password, strlen(password), e), e);
	return pfx_read(file, password ? &s : NULL, true, out, e);
}

static void write_with(const struct pair *p, const struct cert_list *chain, const char *name,
		       const char *password, enum pfx_profile profile, struct buf *out)
{
	struct secret s AUTO_SECRET = SECRET_INIT;
	struct err e = ERR_INIT;
	unit_assert_ok(secret_set(&s, password, strlen(password), &e), &e);
	unit_assert_ok(pfx_write(p->cert, &p->key, chain, name, &s, profile, out, &e), &e);
}

static void assert_pair(const struct bag *b, const struct pair *p)
{
	assert_true(b->certs.n >= 1 && cert_equal(b->certs.items[0], p->cert));
	assert_int_equal(b->n_keys, 1);
	assert_true(secret_equal(secret_span(&b->keys[0].pkcs8), secret_span(&p->key)));
}

static void assert_refused(struct span file, const char *password, const char *dotted)
{
	struct bag b = {.format = "untouched"};
	struct err e = ERR_INIT;
	bool read = open_with(file, password, &b, &e);
	assert_false(read);
	unit_assert_reason(&e, dotted);
	assert_string_equal(b.format, "untouched");
	assert_int_equal(b.certs.n, 0);
}

static void reads_back_what_it_wrote(void **state)
{
	static const char *const passwords[] = {"secret", "", "p\xc3\xa4ss", "\xf0\x9f\x98\x80 x"};
	static const enum pfx_profile profiles[] = {PFX_MODERN, PFX_LEGACY, PFX_BACKUP};
	static const char name[] = "B\xc3\xbcro \xe6\x97\xa5\xe6\x9c\xac \xf0\x9f\x98\x80";
	struct pair p AUTO_PAIR = make_pair("a.test"), issuer AUTO_PAIR = make_pair("b.test");
	struct cert_list chain AUTO_CERT_LIST = CERT_LIST_INIT;
	struct err e = ERR_INIT;
	(void)state;
	unit_assert_ok(cert_list_add(&chain, issuer.cert, &e), &e);
	for (size_t i = 0; i < ARRAY_LEN(passwords); i++) {
		for (size_t j = 0; j < ARRAY_LEN(profiles); j++) {
			struct buf file AUTO_BUF = BUF_INIT;
			struct bag b AUTO_BAG = BAG_INIT;
			write_with(&p, &chain, name, passwords[i], profiles[j], &file);
			assert_true(pfx_looks_like(buf_span(&file)));
			unit_assert_ok(open_with(buf_span(&file), passwords[i], &b, &e), &e);
			assert_pair(&b, &p);
			assert_int_equal(b.certs.n, 2);
			assert_true(cert_equal(b.certs.items[1], issuer.cert));
			assert_string_equal(b.cert_names[0], name);
			assert_string_equal(b.cert_names[1], "");
			assert_string_equal(b.keys[0].friendly_name, name);
			assert_string_equal(b.format, "PFX");
			assert_true(b.had_mac);
			assert_refused(buf_span(&file), "wrong", "pfx.wrong_password");
		}
	}
}

static void the_key_is_nowhere_in_the_clear(void **state)
{
	struct pair p AUTO_PAIR = make_pair("a.test");
	struct buf file AUTO_BUF = BUF_INIT;
	(void)state;
	write_with(&p, NULL, NULL, "secret", PFX_LEGACY, &file);
	/* PKCS#8 of P-256: 36 octets of frame, 32 of the number, then the public half, which may be seen */
	for (size_t i = 36; i < 36 + 32 - 8; i++)
		assert_null(memmem(file.data, file.len, p.key.data + i, 8));
}

static void no_password_and_the_empty_one_are_the_same(void **state)
{
	struct pair p AUTO_PAIR = make_pair("a.test");
	struct buf file AUTO_BUF = BUF_INIT;
	struct bag b AUTO_BAG = BAG_INIT;
	struct err e = ERR_INIT;
	(void)state;
	write_with(&p, NULL, NULL, "", PFX_LEGACY, &file);
	unit_assert_ok(open_with(buf_span(&file), NULL, &b, &e), &e);
	assert_pair(&b, &p);
}

/* Some programs take no octets at all for an empty password, others a lone terminator. */
static void an_empty_password_may_be_no_octets(void **state)
{
	struct pair p AUTO_PAIR = make_pair("a.test");
	static const struct span forms[] = {OID_SPAN(""), OID_SPAN("\0\0")};
	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(forms); i++) {
		struct buf bags AUTO_BUF = BUF_INIT, content AUTO_BUF = BUF_INIT,
				mac AUTO_BUF = BUF_INIT, file AUTO_BUF = BUF_INIT;
		struct bag b AUTO_BAG = BAG_INIT;
		struct err e = ERR_INIT;
		make_cert_bag(&bags, p.cert);
		make_pbes2_content(&content, buf_span(&bags), forms[i], 10);
		make_mac(&mac, buf_span(&content), forms[i], 10);
		make_pfx(&file, 3, buf_span(&content), buf_span(&mac));
		unit_assert_ok(open_with(buf_span(&file), "", &b, &e), &e);
		assert_true(b.had_mac && b.certs.n == 1);
	}
}

/* Under PBES2 the standard wants UTF-8; NSS wrote UTF-16, others what the terminal gave. */
static void reads_passwords_that_others_encoded_otherwise(void **state)
{
	static const char password[] = "gr\xc3\xbc\xc3\x9f";
	static const struct {
		struct span mac, encryption;
	} rows[] = {
		{OID_SPAN("\0g\0r\0\xfc\0\xdf\0\0"), OID_SPAN("gr\xc3\xbc\xc3\x9f")},
		{OID_SPAN("\0g\0r\0\xfc\0\xdf\0\0"), OID_SPAN("\0g\0r\0\xfc\0\xdf\0\0")},
		{OID_SPAN("\0g\0r\0\xfc\0\xdf\0\0"), OID_SPAN("gr\xfc\xdf")},
		{OID_SPAN("\0g\0r\0\xc3\0\xbc\0\xc3\0\x9f\0\0"), OID_SPAN("gr\xc3\xbc\xc3\x9f")},
	};
	struct pair p AUTO_PAIR = make_pair("a.test");
	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
		struct buf bags AUTO_BUF = BUF_INIT, content AUTO_BUF = BUF_INIT,
				mac AUTO_BUF = BUF_INIT, file AUTO_BUF = BUF_INIT;
		struct bag b AUTO_BAG = BAG_INIT;
		struct err e = ERR_INIT;
		make_cert_bag(&bags, p.cert);
		make_pbes2_content(&content, buf_span(&bags), rows[i].encryption, 10);
		make_mac(&mac, buf_span(&content), rows[i].mac, 10);
		make_pfx(&file, 3, buf_span(&content), buf_span(&mac));
		unit_assert_ok(open_with(buf_span(&file), password, &b, &e), &e);
		assert_refused(buf_span(&file), "gruss", "pfx.wrong_password");
	}
}

/* One bag with a certificate, guarded by a MAC of few rounds: quick to read again and again. */
static void small_file(const struct pair *p, struct buf *file)
{
	struct buf bags AUTO_BUF = BUF_INIT, content AUTO_BUF = BUF_INIT, mac AUTO_BUF = BUF_INIT;
	make_cert_bag(&bags, p->cert);
	make_plain_key_bag(&bags, secret_span(&p->key));
	make_pbes2_content(&content, buf_span(&bags), secret, 3);
	make_mac(&mac, buf_span(&content), bmp_secret, 3);
	make_pfx(file, 3, buf_span(&content), buf_span(&mac));
}

static void a_file_with_a_changed_bit_is_never_accepted(void **state)
{
	struct pair p AUTO_PAIR = make_pair("a.test");
	struct buf file AUTO_BUF = BUF_INIT;
	(void)state;
	small_file(&p, &file);
	for (size_t i = 0; i < file.len; i++) {
		for (unsigned bit = 1; bit < 256; bit <<= 1) {
			struct bag b AUTO_BAG = BAG_INIT;
			struct err e = ERR_INIT;
			file.data[i] ^= (uint8_t)bit;
			bool read = open_with(buf_span(&file), "secret", &b, &e);
			if (read)
				fail_msg("accepted with byte %zu changed by %02x", i, bit);
			assert_true(e.code != ERR_OK && e.text[0] != '\0');
			file.data[i] ^= (uint8_t)bit;
		}
	}
}

static void a_file_cut_short_or_with_a_tail_is_corrupt(void **state)
{
	struct pair p AUTO_PAIR = make_pair("a.test");
	struct buf file AUTO_BUF = BUF_INIT;
	(void)state;
	small_file(&p, &file);
	for (size_t n = 0; n < file.len; n++) {
		char *exact AUTO_MEM = mem_strn(file.data, n);
		assert_refused(span_of(exact, n), "secret", "pfx.corrupt");
		/* and it is taken for a PFX as soon as anything can tell */
		assert_int_equal(pfx_looks_like(span_of(exact, n)), n >= 7);
	}
	buf_add_char(&file, 0);
	assert_refused(buf_span(&file), "secret", "pfx.corrupt");
}

static void a_file_without_mac_is_read_only_when_allowed(void **state)
{
	struct pair p AUTO_PAIR = make_pair("a.test");
	struct buf bags AUTO_BUF = BUF_INIT, content AUTO_BUF = BUF_INIT, file AUTO_BUF = BUF_INIT;
	struct bag b AUTO_BAG = BAG_INIT;
	struct err e = ERR_INIT;
	(void)state;
	make_cert_bag(&bags, p.cert);
	make_plain_key_bag(&bags, secret_span(&p.key));
	make_secret_bag(&bags);
	make_plain_content(&content, buf_span(&bags));
	make_pfx(&file, 3, buf_span(&content), span_of(NULL, 0));
	assert_false(pfx_read(buf_span(&file), NULL, false, &b, &e));
	unit_assert_reason(&e, "pfx.no_mac");
	unit_assert_ok(pfx_read(buf_span(&file), NULL, true, &b, &e), &e);
	assert_pair(&b, &p);
	assert_false(b.had_mac);
	assert_int_equal(b.n_ignored, 1);
}

static void a_wrong_password_without_mac_is_noticed_by_the_contents(void **state)
{
	struct pair p AUTO_PAIR = make_pair("a.test");
	struct buf bags AUTO_BUF = BUF_INIT, content AUTO_BUF = BUF_INIT, file AUTO_BUF = BUF_INIT;
	(void)state;
	make_cert_bag(&bags, p.cert);
	make_pbes2_content(&content, buf_span(&bags), secret, 1);
	make_pfx(&file, 3, buf_span(&content), span_of(NULL, 0));
	for (int i = 0; i < 1000; i++) {
		char guess[16];
		(void)snprintf(guess, sizeof(guess), "%d", i);
		assert_refused(buf_span(&file), guess, "pfx.wrong_password");
	}
}

static void too_many_rounds_are_refused_before_any_is_made(void **state)
{
	static const uint64_t counts[] = {PFX_MAX_ITERATIONS + UINT64_C(1), UINT32_MAX, UINT64_MAX};
	struct pair p AUTO_PAIR = make_pair("a.test");
	struct buf bags AUTO_BUF = BUF_INIT;
	(void)state;
	make_cert_bag(&bags, p.cert);
	for (size_t i = 0; i < ARRAY_LEN(counts); i++) {
		struct pbmac1_recipe r = {.rounds = counts[i], .key_len = 32};
		struct buf plain AUTO_BUF = BUF_INIT, locked AUTO_BUF = BUF_INIT,
				 mac AUTO_BUF = BUF_INIT, pbmac1 AUTO_BUF = BUF_INIT,
				 files[3] = {BUF_INIT, BUF_INIT, BUF_INIT};
		make_plain_content(&plain, buf_span(&bags));
		make_pbes2_content(&locked, buf_span(&bags), secret, counts[i]);
		make_mac(&mac, buf_span(&plain), bmp_secret, counts[i]);
		make_pbmac1(&pbmac1, buf_span(&plain), secret, &r);
		make_pfx(&files[0], 3, buf_span(&plain), buf_span(&mac));
		make_pfx(&files[1], 3, buf_span(&plain), buf_span(&pbmac1));
		make_pfx(&files[2], 3, buf_span(&locked), span_of(NULL, 0));
		for (size_t j = 0; j < ARRAY_LEN(files); j++) {
			assert_refused(buf_span(&files[j]), "secret", "pfx.too_many_iterations");
			buf_clear(&files[j]);
		}
	}
}

static void no_rounds_at_all_are_corrupt(void **state)
{
	struct pair p AUTO_PAIR = make_pair("a.test");
	struct buf bags AUTO_BUF = BUF_INIT, content AUTO_BUF = BUF_INIT, mac AUTO_BUF = BUF_INIT,
			file AUTO_BUF = BUF_INIT;
	(void)state;
	make_cert_bag(&bags, p.cert);
	make_plain_content(&content, buf_span(&bags));
	make_mac(&mac, buf_span(&content), bmp_secret, 0);
	make_pfx(&file, 3, buf_span(&content), buf_span(&mac));
	assert_refused(buf_span(&file), "secret", "pfx.corrupt");
}

/* Each derivation may be within its limit while all of them together are not. */
static void all_work_on_a_file_has_one_budget(void **state)
{
	struct pbe_work w = {100, &pbe_codes_pfx}, key = {100, &pbe_codes_key};
	struct err e = ERR_INIT;
	(void)state;
	unit_assert_ok(pbe_charge(&w, NULL, 60, &e), &e);
	unit_assert_ok(pbe_charge(&w, NULL, 40, &e), &e);
	assert_false(pbe_charge(&w, NULL, 1, &e));
	unit_assert_reason(&e, "pfx.too_many_iterations");
	assert_false(pbe_charge(&key, NULL, 101, &e));
	assert_int_equal(e.code, ERR_LIMIT);
}

/* A count that SHA-256 makes in a moment takes MD2 a minute. */
static void slow_hashes_weigh_more(void **state)
{
	static const struct nettle_hash *const slow[] = {&nettle_md2, &nettle_sha512,
							 &nettle_sha3_256};
	struct err e = ERR_INIT;
	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(slow); i++) {
		struct pbe_work w = {PBE_WORK_MAX, &pbe_codes_pfx};
		assert_false(pbe_charge(&w, slow[i], PBE_WORK_MAX / 2 + 1, &e));
		unit_assert_reason(&e, "pfx.too_many_iterations");
		unit_assert_ok(pbe_charge(&w, &nettle_sha256, PBE_WORK_MAX, &e), &e);
	}
	struct pbe_work w = {PBE_WORK_MAX, &pbe_codes_pfx};
	assert_false(pbe_charge(&w, &nettle_md2, 2000000, &e));
}

static void another_version_is_named(void **state)
{
	struct pair p AUTO_PAIR = make_pair("a.test");
	struct buf bags AUTO_BUF = BUF_INIT, content AUTO_BUF = BUF_INIT, mac AUTO_BUF = BUF_INIT;
	(void)state;
	make_cert_bag(&bags, p.cert);
	make_plain_content(&content, buf_span(&bags));
	make_mac(&mac, buf_span(&content), bmp_secret, 10);
	for (unsigned version = 0; version < 6; version++) {
		struct buf file AUTO_BUF = BUF_INIT;
		make_pfx(&file, version, buf_span(&content), buf_span(&mac));
		assert_true(pfx_looks_like(buf_span(&file)));
		if (version != 3)
			assert_refused(buf_span(&file), "secret", "pfx.corrupt");
	}
}

static void pbmac1_follows_rfc_9879(void **state)
{
	static const struct {
		struct pbmac1_recipe recipe;
		const char *refused; /* NULL: read */
	} rows[] = {
		{{.rounds = 10, .key_len = 32}, NULL},
		{{.rounds = 10, .key_len = 20}, NULL},
		{{.rounds = 10, .key_len = 64}, NULL},
		{{.rounds = 10, .key_len = 19}, "pfx.unsupported_algorithm"},
		{{.rounds = 10, .key_len = 32, .omit_key_len = true}, "pfx.corrupt"},
	};
	struct pair p AUTO_PAIR = make_pair("a.test");
	struct buf bags AUTO_BUF = BUF_INIT, content AUTO_BUF = BUF_INIT;
	(void)state;
	make_cert_bag(&bags, p.cert);
	make_plain_content(&content, buf_span(&bags));
	for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
		struct buf mac AUTO_BUF = BUF_INIT, file AUTO_BUF = BUF_INIT;
		struct bag b AUTO_BAG = BAG_INIT;
		struct err e = ERR_INIT;
		make_pbmac1(&mac, buf_span(&content), secret, &rows[i].recipe);
		make_pfx(&file, 3, buf_span(&content), buf_span(&mac));
		if (rows[i].refused) {
			assert_refused(buf_span(&file), "secret", rows[i].refused);
			continue;
		}
		unit_assert_ok(open_with(buf_span(&file), "secret", &b, &e), &e);
		assert_true(b.had_mac);
		assert_refused(buf_span(&file), "Secret", "pfx.wrong_password");
		assert_refused(buf_span(&file), NULL, "pfx.wrong_password");
	}
}

static void names_what_it_does_not_do(void **state)
{
	static const struct span enveloped = OID_SPAN("\x2a\x86\x48\x86\xf7\x0d\x01\x07\x03"),
				 digested = OID_SPAN("\x2a\x86\x48\x86\xf7\x0d\x01\x07\x05"),
				 strange = OID_SPAN("\x30\x05\x06\x03\x2a\x03\x04");
	struct buf a AUTO_BUF = BUF_INIT, b AUTO_BUF = BUF_INIT, c AUTO_BUF = BUF_INIT,
		     mac AUTO_BUF = BUF_INIT, file AUTO_BUF = BUF_INIT;
	(void)state;
	make_content_of_kind(&a, enveloped);
	make_pfx(&file, 3, buf_span(&a), span_of(NULL, 0));
	assert_refused(buf_span(&file), NULL, "pfx.unsupported_algorithm");
	buf_reset(&file);
	make_content_of_kind(&b, digested);
	make_pfx(&file, 3, buf_span(&b), span_of(NULL, 0));
	assert_refused(buf_span(&file), NULL, "pfx.corrupt");
	buf_reset(&file);
	make_encrypted_content(&c, strange, span_str("data"));
	make_pfx(&file, 3, buf_span(&c), span_of(NULL, 0));
	assert_refused(buf_span(&file), NULL, "pfx.unsupported_algorithm");
	buf_reset(&file);
	make_unknown_mac(&mac);
	make_pfx(&file, 3, buf_span(&c), buf_span(&mac));
	assert_refused(buf_span(&file), NULL, "pfx.unsupported_algorithm");
	buf_reset(&file);
	make_pfx(&file, 4, buf_span(&c), span_of(NULL, 0));
	assert_refused(buf_span(&file), NULL, "pfx.corrupt");
}

/* Read as long as there is not one more. */
static void assert_limit(struct span file, int more)
{
	struct bag b AUTO_BAG = BAG_INIT;
	struct err e = ERR_INIT;
	if (more)
		assert_refused(file, NULL, "pfx.corrupt");
	else
		unit_assert_ok(open_with(file, NULL, &b, &e), &e);
}

static void nesting_and_members_have_limits(void **state)
{
	struct pair p AUTO_PAIR = make_pair("a.test");
	struct buf bags AUTO_BUF = BUF_INIT;
	(void)state;
	make_cert_bag(&bags, p.cert);
	for (int depth = 1; depth <= PFX_MAX_DEPTH; depth++) {
		struct buf content AUTO_BUF = BUF_INIT, file AUTO_BUF = BUF_INIT;
		struct bag b AUTO_BAG = BAG_INIT;
		struct err e = ERR_INIT;
		make_plain_content(&content, buf_span(&bags));
		make_pfx(&file, 3, buf_span(&content), span_of(NULL, 0));
		unit_assert_ok(open_with(buf_span(&file), NULL, &b, &e), &e);
		struct buf outer AUTO_BUF = BUF_INIT;
		make_nested_bag(&outer, buf_span(&bags));
		buf_clear(&bags);
		buf_add_span(&bags, buf_span(&outer));
	}
	struct buf content AUTO_BUF = BUF_INIT, file AUTO_BUF = BUF_INIT, many AUTO_BUF = BUF_INIT;
	make_plain_content(&content, buf_span(&bags));
	make_pfx(&file, 3, buf_span(&content), span_of(NULL, 0));
	assert_refused(buf_span(&file), NULL, "pfx.corrupt");
	buf_reset(&content);
	buf_reset(&file);
	make_cert_bag(&many, p.cert);
	for (int i = 1; i < PFX_MAX_BAGS; i++)
		make_secret_bag(&many);
	for (int more = 0; more < 2; more++) {
		buf_reset(&content);
		buf_reset(&file);
		make_plain_content(&content, buf_span(&many));
		make_pfx(&file, 3, buf_span(&content), span_of(NULL, 0));
		assert_limit(buf_span(&file), more);
		make_secret_bag(&many);
	}
}

static void parts_have_a_limit(void **state)
{
	struct pair p AUTO_PAIR = make_pair("a.test");
	struct buf bag AUTO_BUF = BUF_INIT, parts AUTO_BUF = BUF_INIT, file AUTO_BUF = BUF_INIT;
	(void)state;
	make_cert_bag(&bag, p.cert);
	make_plain_content(&parts, buf_span(&bag));
	for (int i = 1; i < PFX_MAX_BAGS; i++)
		make_plain_content(&parts, span_of(NULL, 0));
	for (int more = 0; more < 2; more++) {
		buf_reset(&file);
		make_pfx(&file, 3, buf_span(&parts), span_of(NULL, 0));
		assert_limit(buf_span(&file), more);
		make_plain_content(&parts, span_of(NULL, 0));
	}
}

static void size_has_a_limit_and_emptiness_a_name(void **state)
{
	char *big AUTO_MEM = mem_alloc(PFX_MAX_BYTES + 1);
	struct buf bags AUTO_BUF = BUF_INIT, content AUTO_BUF = BUF_INIT, file AUTO_BUF = BUF_INIT;
	(void)state;
	assert_refused(span_of(big, PFX_MAX_BYTES + 1), NULL, "limit.body");
	make_secret_bag(&bags);
	make_plain_content(&content, buf_span(&bags));
	make_pfx(&file, 3, buf_span(&content), span_of(NULL, 0));
	assert_refused(buf_span(&file), NULL, "pfx.empty");
}

static void tells_the_password_of_the_mac_from_that_of_the_encryption(void **state)
{
	struct pair p AUTO_PAIR = make_pair("a.test");
	struct buf bags AUTO_BUF = BUF_INIT, content AUTO_BUF = BUF_INIT, mac AUTO_BUF = BUF_INIT,
			file AUTO_BUF = BUF_INIT;
	struct bag b AUTO_BAG = BAG_INIT;
	struct err e = ERR_INIT;
	(void)state;
	make_cert_bag(&bags, p.cert);
	make_pbes2_content(&content, buf_span(&bags), span_str("another"), 3);
	make_mac(&mac, buf_span(&content), bmp_secret, 3);
	make_pfx(&file, 3, buf_span(&content), buf_span(&mac));
	assert_false(open_with(buf_span(&file), "secret", &b, &e));
	unit_assert_reason(&e, "pfx.wrong_password");
	assert_non_null(strstr(e.text, "fits the MAC, but not the encryption"));
}

static void a_bad_member_refuses_the_file(void **state)
{
	struct pair p AUTO_PAIR = make_pair("a.test");
	struct cert broken = *p.cert;
	struct buf bags AUTO_BUF = BUF_INIT, content AUTO_BUF = BUF_INIT, file AUTO_BUF = BUF_INIT;
	(void)state;
	make_cert_bag(&bags, p.cert);
	broken.der_len -= 5;
	make_cert_bag(&bags, &broken);
	make_plain_content(&content, buf_span(&bags));
	make_pfx(&file, 3, buf_span(&content), span_of(NULL, 0));
	assert_refused(buf_span(&file), NULL, "x509.corrupt");
	buf_reset(&bags);
	buf_reset(&content);
	buf_reset(&file);
	make_plain_key_bag(&bags, span_of(p.key.data, p.key.len - 1));
	make_plain_content(&content, buf_span(&bags));
	make_pfx(&file, 3, buf_span(&content), span_of(NULL, 0));
	struct bag b AUTO_BAG = BAG_INIT;
	struct err e = ERR_INIT;
	assert_false(open_with(buf_span(&file), NULL, &b, &e));
}

static void short_memory_is_said_and_leaks_nothing(void **state)
{
	struct pair p AUTO_PAIR = make_pair("a.test");
	struct buf file AUTO_BUF = BUF_INIT;
	bool read = false;
	(void)state;
	small_file(&p, &file);
	for (unsigned long n = 1; !read && n < 2000; n++) {
		struct bag b AUTO_BAG = BAG_INIT;
		struct secret s AUTO_SECRET = SECRET_INIT;
		struct err e = ERR_INIT;
		unit_assert_ok(secret_set(&s, "secret", 6, &e), &e);
		mem_fail_at(n);
		read = pfx_read(buf_span(&file), &s, false, &b, &e);
		mem_fail_at(0);
		if (!read && e.code != ERR_NOMEM)
			fail_msg("allocation %lu: %s", n, e.text);
	}
	assert_true(read);
}

int main(void)
{
	static const struct CMUnitTest tests[] = {
		cmocka_unit_test(reads_back_what_it_wrote),
		cmocka_unit_test(the_key_is_nowhere_in_the_clear),
		cmocka_unit_test(no_password_and_the_empty_one_are_the_same),
		cmocka_unit_test(an_empty_password_may_be_no_octets),
		cmocka_unit_test(reads_passwords_that_others_encoded_otherwise),
		cmocka_unit_test(a_file_with_a_changed_bit_is_never_accepted),
		cmocka_unit_test(a_file_cut_short_or_with_a_tail_is_corrupt),
		cmocka_unit_test(a_file_without_mac_is_read_only_when_allowed),
		cmocka_unit_test(a_wrong_password_without_mac_is_noticed_by_the_contents),
		cmocka_unit_test(too_many_rounds_are_refused_before_any_is_made),
		cmocka_unit_test(no_rounds_at_all_are_corrupt),
		cmocka_unit_test(all_work_on_a_file_has_one_budget),
		cmocka_unit_test(slow_hashes_weigh_more),
		cmocka_unit_test(another_version_is_named),
		cmocka_unit_test(pbmac1_follows_rfc_9879),
		cmocka_unit_test(names_what_it_does_not_do),
		cmocka_unit_test(nesting_and_members_have_limits),
		cmocka_unit_test(parts_have_a_limit),
		cmocka_unit_test(size_has_a_limit_and_emptiness_a_name),
		cmocka_unit_test(tells_the_password_of_the_mac_from_that_of_the_encryption),
		cmocka_unit_test(a_bad_member_refuses_the_file),
		cmocka_unit_test(short_memory_is_said_and_leaks_nothing),
	};
	return unit_run("x509/pfx", tests, ARRAY_LEN(tests));
}
