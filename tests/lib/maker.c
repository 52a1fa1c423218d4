/* SPDX-FileCopyrightText: the certbinder authors
 * SPDX-License-Identifier: Apache-2.0 */
#include <config.h>

#include "lib/maker.h"

#include "base/clock.h"
#include "base/mem.h"
#include "lib/unit.h"
#include "x509/der.h"
#include "x509/derout.h"
#include "x509/key.h"
#include "x509/oid.h"

#define KEYS_MAX 64

static struct maker_key keys[KEYS_MAX];
static uint32_t last_serial = 1000;

const struct maker_key *maker_key(size_t n)
{
	struct err e = ERR_INIT;
	struct maker_key *k = &keys[n];
	assert_true(n < KEYS_MAX);
	if (k->spki.len > 0)
		return k;
	unit_assert_ok(key_generate("ec256", &k->pkcs8, &e) && key_public(&k->pkcs8, &k->spki, &e),
		       &e);
	for (size_t i = 0; i < sizeof k->id; i++)
		k->id[i] = (uint8_t)(n + 17 * i);
	return k;
}

void maker_free_keys(void)
{
	for (size_t i = 0; i < KEYS_MAX; i++) {
		secret_clear(&keys[i].pkcs8);
		buf_clear(&keys[i].spki);
	}
}

void maker_name(struct buf *out, const char *common_name)
{
	size_t name = der_begin(out, DER_SEQUENCE);
	if (common_name != NULL) {
		size_t rdn = der_begin(out, DER_SET), attribute = der_begin(out, DER_SEQUENCE);
		der_oid(out, OID_LITERAL(OID_X520("\x03")));
		der_add(out, DER_UTF8, span_str(common_name));
		der_end(out, attribute);
		der_end(out, rdn);
	}
	der_end(out, name);
}

static void add_time(struct buf *out, int64_t t_s)
{
	struct civil c;
	time_to_civil(t_s, &c);
	struct buf text AUTO_BUF = BUF_INIT;
	bool utc = c.year >= 1950 && c.year < 2050;
	if (utc)
		buf_printf(&text, "%02d", c.year % 100);
	else
		buf_printf(&text, "%04d", c.year);
	buf_printf(&text, "%02d%02d%02d%02d%02dZ", c.month, c.day, c.hour, c.minute, c.second);
	der_add(out, utc ? DER_UTC_TIME : DER_GENERALIZED_TIME, buf_span(&text));
}

static void add_extension(struct buf *out, struct span oid, bool critical, struct span value)
{
	size_t x = der_begin(out, DER_SEQUENCE);
	der_oid(out, oid);
	if (critical)
		der_add(out, DER_BOOLEAN, span_of("\xff", 1));
	der_octets(out, value);
	der_end(out, x);
}

static void add_basic_constraints(struct buf *out, const struct maker *m)
{
	struct buf value AUTO_BUF = BUF_INIT;
	size_t s = der_begin(&value, DER_SEQUENCE);
	der_add(&value, DER_BOOLEAN, span_of("\xff", 1));
	if (m->path_len > 0)
		der_uint(&value, (uint64_t)m->path_len - 1);
	der_end(&value, s);
	add_extension(out, OID_LITERAL(OID_CE("\x13")), true, buf_span(&value));
	add_extension(out, OID_LITERAL(OID_CE("\x0f")), true, span_of("\x03\x02\x01\x06", 4));
}

static void add_key_ids(struct buf *out, const struct maker *m, const struct maker_key *signer)
{
	struct buf value AUTO_BUF = BUF_INIT;
	der_octets(&value, span_of(m->key->id, sizeof m->key->id));
	add_extension(out, OID_LITERAL(OID_CE("\x0e")), false, buf_span(&value));
	buf_reset(&value);
	size_t s = der_begin(&value, DER_SEQUENCE);
	der_add(&value, DER_CONTEXT(0), span_of(signer->id, sizeof signer->id));
	der_end(&value, s);
	add_extension(out, OID_LITERAL(OID_CE("\x23")), false, buf_span(&value));
}

static void add_names_and_usage(struct buf *out, const struct maker *m)
{
	struct buf value AUTO_BUF = BUF_INIT;
	if (m->dns != NULL) {
		size_t s = der_begin(&value, DER_SEQUENCE);
		der_add(&value, DER_CONTEXT(GN_DNS), span_str(m->dns));
		der_end(&value, s);
		add_extension(out, OID_LITERAL(OID_CE("\x11")), m->subject == NULL,
			      buf_span(&value));
	}
	if (!m->client_auth && !m->server_auth)
		return;
	buf_reset(&value);
	size_t s = der_begin(&value, DER_SEQUENCE);
	if (m->server_auth)
		der_oid(&value, OID_LITERAL(OID_PKIX("\x03\x01")));
	if (m->client_auth)
		der_oid(&value, OID_LITERAL(OID_PKIX("\x03\x02")));
	der_end(&value, s);
	add_extension(out, OID_LITERAL(OID_CE("\x25")), false, buf_span(&value));
}

static void add_extensions(struct buf *out, const struct maker *m, const struct maker_key *signer)
{
	size_t outer = der_begin(out, DER_CONTEXT_CONSTRUCTED(3));
	size_t inner = der_begin(out, DER_SEQUENCE);
	if (m->ca)
		add_basic_constraints(out, m);
	if (!m->no_key_ids)
		add_key_ids(out, m, signer);
	add_names_and_usage(out, m);
	for (size_t i = 0; i < m->n_extensions; i++)
		add_extension(out, m->extensions[i].oid, m->extensions[i].critical,
			      m->extensions[i].value);
	buf_add_span(out, m->more_extensions);
	der_end(out, inner);
	der_end(out, outer);
}

static void add_algorithm(struct buf *out)
{
	size_t s = der_begin(out, DER_SEQUENCE);
	der_oid(out, OID_LITERAL("\x2a\x86\x48\xce\x3d\x04\x03\x02")); /* ecdsa-with-SHA256 */
	der_end(out, s);
}

static void add_subject(struct buf *out, const struct maker *m)
{
	if (m->subject_der.len > 0)
		buf_add_span(out, m->subject_der);
	else
		maker_name(out, m->subject);
}

/* The signed whole out of what is signed. */
static void add_signed(struct buf *out, struct span tbs, const struct maker_key *signer,
		       bool broken)
{
	struct buf signature AUTO_BUF = BUF_INIT;
	struct err e = ERR_INIT;
	buf_add_char(&signature, 0);
	unit_assert_ok(key_sign(&signer->pkcs8, tbs, false, &signature, &e), &e);
	if (broken)
		signature.data[signature.len - 1] ^= 1;
	size_t whole = der_begin(out, DER_SEQUENCE);
	buf_add_span(out, tbs);
	add_algorithm(out);
	der_add(out, DER_BIT_STRING, buf_span(&signature));
	der_end(out, whole);
	assert_true(buf_ok(out));
}

void maker_der(const struct maker *m, struct buf *out)
{
	struct buf tbs AUTO_BUF = BUF_INIT;
	const struct maker_key *signer = m->signer != NULL ? m->signer : m->key;
	int version = m->version == 0 ? 3 : m->version;
	size_t s = der_begin(&tbs, DER_SEQUENCE);
	if (version > 1) {
		size_t v = der_begin(&tbs, DER_CONTEXT_CONSTRUCTED(0));
		der_uint(&tbs, (uint64_t)version - 1);
		der_end(&tbs, v);
	}
	der_uint(&tbs, m->serial != 0 ? m->serial : ++last_serial);
	add_algorithm(&tbs);
	if (m->issuer != NULL)
		maker_name(&tbs, m->issuer);
	else
		add_subject(&tbs, m);
	size_t validity = der_begin(&tbs, DER_SEQUENCE);
	add_time(&tbs, m->not_before_s != 0 ? m->not_before_s : INT64_C(1577836800));
	add_time(&tbs, m->not_after_s != 0 ? m->not_after_s : INT64_C(2493072000));
	der_end(&tbs, validity);
	add_subject(&tbs, m);
	buf_add_span(&tbs, buf_span(&m->key->spki));
	if (version == 3)
		add_extensions(&tbs, m, signer);
	der_end(&tbs, s);
	add_signed(out, buf_span(&tbs), signer, m->broken_signature);
}

struct cert *maker_cert(const struct maker *m)
{
	struct buf der AUTO_BUF = BUF_INIT;
	struct err e = ERR_INIT;
	struct cert *c = NULL;
	maker_der(m, &der);
	unit_assert_ok(cert_parse(der.data, der.len, &c, &e), &e);
	return c;
}

static void add_entries(struct buf *out, const struct maker_crl *m)
{
	if (m->n_entries == 0)
		return;
	size_t list = der_begin(out, DER_SEQUENCE);
	for (size_t i = 0; i < m->n_entries; i++) {
		size_t entry = der_begin(out, DER_SEQUENCE);
		der_uint(out, m->entries[i].serial);
		add_time(out, MAKER_NOW - 86400);
		if (m->entries[i].reason != 0) {
			uint8_t reason[] = {DER_ENUMERATED, 1, (uint8_t)m->entries[i].reason};
			size_t x = der_begin(out, DER_SEQUENCE);
			add_extension(out, OID_LITERAL(OID_CE("\x15")), false,
				      span_of(reason, sizeof reason));
			der_end(out, x);
		}
		der_end(out, entry);
	}
	der_end(out, list);
}

static void add_number(struct buf *out, struct span oid, bool critical, uint32_t number)
{
	struct buf value AUTO_BUF = BUF_INIT;
	der_uint(&value, number);
	add_extension(out, oid, critical, buf_span(&value));
}

static void add_crl_extensions(struct buf *out, const struct maker_crl *m)
{
	size_t outer = der_begin(out, DER_CONTEXT_CONSTRUCTED(0));
	size_t inner = der_begin(out, DER_SEQUENCE);
	add_number(out, OID_LITERAL(OID_CE("\x14")), false, m->number == 0 ? 1 : m->number);
	if (m->base_number != 0)
		add_number(out, OID_LITERAL(OID_CE("\x1b")), true, m->base_number);
	for (size_t i = 0; i < m->n_extensions; i++)
		add_extension(out, m->extensions[i].oid, m->extensions[i].critical,
			      m->extensions[i].value);
	der_end(out, inner);
	der_end(out, outer);
}

struct crl *maker_crl(const struct maker_crl *m)
{
	struct buf tbs AUTO_BUF = BUF_INIT, der AUTO_BUF = BUF_INIT;
	struct err e = ERR_INIT;
	struct crl *l = NULL;
	size_t s = der_begin(&tbs, DER_SEQUENCE);
	der_uint(&tbs, 1);
	add_algorithm(&tbs);
	maker_name(&tbs, m->issuer);
	add_time(&tbs, m->this_update_s != 0 ? m->this_update_s : INT64_C(1735689600));
	add_time(&tbs, m->next_update_s != 0 ? m->next_update_s : INT64_C(1798761600));
	add_entries(&tbs, m);
	add_crl_extensions(&tbs, m);
	der_end(&tbs, s);
	add_signed(&der, buf_span(&tbs), m->signer, false);
	unit_assert_ok(crl_parse(der.data, der.len, &l, &e), &e);
	return l;
}
