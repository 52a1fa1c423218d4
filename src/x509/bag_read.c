/* SPDX-FileCopyrightText: the certbinder authors
 * SPDX-License-Identifier: Apache-2.0 */
#include <config.h>

#include "x509/bag.h"

#include "base/text.h"
#include "x509/ber.h"
#include "x509/p7b.h"
#include "x509/pem.h"
#include "x509/pfx.h"

/* What every reader of a part is handed. */
struct reading {
	const struct secret *password;
	bool allow_no_mac;
	struct bag bag;
};

static bool add_cert(struct reading *r, struct span der, struct err *e)
{
	struct cert *c AUTO_CERT = NULL;
	return cert_parse(der.p, der.len, &c, e) && bag_add_cert(&r->bag, c, "", e);
}

static bool add_crl(struct reading *r, struct span der, struct err *e)
{
	struct crl *l AUTO(crl_autop) = NULL;
	return crl_parse(der.p, der.len, &l, e) && bag_add_crl(&r->bag, l, e);
}

static bool add_key(struct reading *r, struct span der, const char *label, const char *dek_info,
		    struct err *e)
{
	struct secret pkcs8 AUTO_SECRET = SECRET_INIT;
	struct key_info info;
	return key_read(der, label, dek_info, r->password, &pkcs8, &info, e) &&
	       bag_add_key(&r->bag, &pkcs8, &info, "", e);
}

/* Moves what a container in the file held over to the rest. */
static bool add_bag(struct reading *r, struct bag *from, struct err *e)
{
	for (size_t i = 0; i < from->certs.n; i++)
		if (!bag_add_cert(&r->bag, from->certs.items[i], from->cert_names[i], e))
			return false;
	for (size_t i = 0; i < from->n_keys; i++)
		if (!bag_add_key(&r->bag, &from->keys[i].pkcs8, &from->keys[i].info,
				 from->keys[i].friendly_name, e))
			return false;
	for (size_t i = 0; i < from->n_crls; i++)
		if (!bag_add_crl(&r->bag, from->crls[i], e))
			return false;
	r->bag.had_mac |= from->had_mac;
	r->bag.n_ignored += from->n_ignored;
	text_copy(r->bag.format, sizeof(r->bag.format), from->format);
	return true;
}

static bool add_pfx(struct reading *r, struct span der, struct err *e)
{
	struct bag b AUTO_BAG = BAG_INIT;
	return pfx_read(der, r->password, r->allow_no_mac, &b, e) && add_bag(r, &b, e);
}

static bool add_p7b(struct reading *r, struct span der, struct err *e)
{
	struct bag b AUTO_BAG = BAG_INIT;
	return p7b_read(der, &b, e) && add_bag(r, &b, e);
}

/* TBSCertList: version and algorithm as in a certificate, but a time where that has a sequence of two. */
static bool looks_like_crl(struct span in)
{
	struct span body, tbs, skipped;
	uint64_t version;
	if (!ber_take(&in, BER_SEQUENCE, &body) || !ber_take(&body, BER_SEQUENCE, &tbs))
		return false;
	if (ber_is(tbs, BER_INTEGER) && !ber_uint(&tbs, &version))
		return false;
	return ber_take(&tbs, BER_SEQUENCE, &skipped) && ber_take(&tbs, BER_SEQUENCE, &skipped) &&
	       (ber_is(tbs, 0x17) || ber_is(tbs, 0x18));
}

/* CertificationRequestInfo: version, subject, key, [0] attributes (RFC 2986 4.1). */
static bool looks_like_csr(struct span in)
{
	struct span body, info, skipped;
	uint64_t version;
	return ber_take(&in, BER_SEQUENCE, &body) && ber_take(&body, BER_SEQUENCE, &info) &&
	       ber_uint(&info, &version) && ber_take(&info, BER_SEQUENCE, &skipped) &&
	       ber_take(&info, BER_SEQUENCE, &skipped) && ber_is(info, BER_EXPLICIT_0);
}

static bool add_der(struct reading *r, struct span der, struct err *e)
{
	if (pfx_looks_like(der))
		return add_pfx(r, der, e);
	if (p7b_looks_like(der))
		return add_p7b(r, der, e);
	text_copy(r->bag.format, sizeof(r->bag.format), "DER");
	if (key_looks_encrypted(der) || key_looks_like(der))
		return add_key(r, der, NULL, NULL, e);
	if (looks_like_csr(der))
		return err_reason(e, "file.unknown_format",
				  "a certificate request; the signed certificate is wanted");
	return looks_like_crl(der) ? add_crl(r, der, e) : add_cert(r, der, e);
}

/* OpenSSL's TRUSTED CERTIFICATE: what it adds behind the certificate is its own view of trust. */
static bool add_trusted_cert(struct reading *r, struct span der, struct err *e)
{
	struct ber_item first;
	if (!ber_next(&der, &first))
		return err_reason(e, "x509.corrupt", "not a certificate");
	return add_cert(r, first.whole, e);
}

enum member_kind {
	MEMBER_DER,
	MEMBER_TRUSTED,
	MEMBER_CRL,
	MEMBER_P7B,
	MEMBER_PFX,
	MEMBER_KEY,
	MEMBER_IGNORED
};

/* Under CERTIFICATE anything may lie: certutil -encode puts every kind of file there. */
static const struct {
	const char *label;
	enum member_kind kind;
} labels[] = {
	{"CERTIFICATE", MEMBER_DER},
	{"X509 CERTIFICATE", MEMBER_DER},
	{"TRUSTED CERTIFICATE", MEMBER_TRUSTED},
	{"X509 CRL", MEMBER_CRL},
	{"PKCS7", MEMBER_P7B},
	{"PKCS #7 SIGNED DATA", MEMBER_P7B},
	{"CMS", MEMBER_P7B},
	{"CERTIFICATE CHAIN", MEMBER_P7B},
	{"PKCS12", MEMBER_PFX},
	{"PRIVATE KEY", MEMBER_KEY},
	{"ENCRYPTED PRIVATE KEY", MEMBER_KEY},
	{"RSA PRIVATE KEY", MEMBER_KEY},
	{"EC PRIVATE KEY", MEMBER_KEY},
	{"DSA PRIVATE KEY", MEMBER_KEY},
	{"ANY PRIVATE KEY", MEMBER_KEY},
	{"OPENSSH PRIVATE KEY", MEMBER_KEY},
	{"CERTIFICATE REQUEST", MEMBER_IGNORED},
	{"NEW CERTIFICATE REQUEST", MEMBER_IGNORED},
	{"PUBLIC KEY", MEMBER_IGNORED},
	{"RSA PUBLIC KEY", MEMBER_IGNORED},
	{"EC PARAMETERS", MEMBER_IGNORED},
	{"DH PARAMETERS", MEMBER_IGNORED},
	{"X9.42 DH PARAMETERS", MEMBER_IGNORED},
	{"DSA PARAMETERS", MEMBER_IGNORED},
};

static bool add_member(struct reading *r, const struct pem_member *m, struct err *e)
{
	struct span der = buf_span(&m->der);
	size_t i = 0;
	while (i < ARRAY_LEN(labels) && strcmp(m->label, labels[i].label) != 0)
		i++;
	if (i == ARRAY_LEN(labels))
		return err_reason(e, "pem.unknown_label", "nothing is known of this label");
	switch (labels[i].kind) {
	case MEMBER_DER:
		return add_der(r, der, e);
	case MEMBER_TRUSTED:
		return add_trusted_cert(r, der, e);
	case MEMBER_CRL:
		return add_crl(r, der, e);
	case MEMBER_P7B:
		return add_p7b(r, der, e);
	case MEMBER_PFX:
		return add_pfx(r, der, e);
	case MEMBER_KEY:
		return add_key(r, der, m->label, m->dek_info, e);
	case MEMBER_IGNORED:
		r->bag.n_ignored++;
		return true;
	}
	return err_set(e, ERR_BUG, "unknown kind of member");
}

static bool read_pem(struct reading *r, struct span in, struct err *e)
{
	struct pem p AUTO_PEM = {.n = 0};
	if (!pem_read(in, &p, e))
		return false;
	for (size_t i = 0; i < p.n; i++)
		if (!add_member(r, &p.members[i], e))
			return err_wrap(e, "'%s' in line %zu (member %zu of %zu)",
					p.members[i].label, p.members[i].line, i + 1, p.n);
	text_copy(r->bag.format, sizeof(r->bag.format), "PEM");
	if (r->bag.certs.n == 0 && r->bag.n_keys == 0 && r->bag.n_crls == 0)
		return err_reason(e, "file.unknown_format", "no certificate, key or list in it");
	return true;
}

/* Notepad's UTF-16, whose ASCII is all that PEM needs. False: it is none. */
static bool narrow_utf16(struct span in, struct buf *out)
{
	if (in.len < 4 || in.len % 2 != 0)
		return false;
	bool little = in.p[0] == 0xff && in.p[1] == 0xfe;
	if (!little && !(in.p[0] == 0xfe && in.p[1] == 0xff))
		return false;
	for (size_t i = 2; i < in.len; i += 2) {
		uint8_t high = in.p[i + (little ? 1 : 0)], low = in.p[i + (little ? 0 : 1)];
		buf_add_char(out, high == 0 && low < 0x80 ? (char)low : '?');
	}
	return buf_ok(out);
}

/* Notepad's other mark, which only says that what follows is UTF-8. */
static struct span without_mark(struct span in)
{
	static const char mark[] = "\xef\xbb\xbf";
	size_t n = strlen(mark);
	return in.len > n && memcmp(in.p, mark, n) == 0 ? span_of(in.p + n, in.len - n) : in;
}

/* One sequence from the first byte to the last: PEM inside it is its content. */
static bool is_one_sequence(struct span in)
{
	struct span content;
	return ber_take(&in, BER_SEQUENCE, &content) && in.len == 0;
}

static bool read_any(struct reading *r, struct span in, struct err *e)
{
	struct buf narrow AUTO_BUF = {.secret = true, .max = BAG_MAX_BYTES};
	struct buf der AUTO_BUF = {.secret = true, .max = BAG_MAX_BYTES};
	if (narrow_utf16(in, &narrow))
		in = buf_span(&narrow);
	in = without_mark(in);
	if (is_one_sequence(in))
		return add_der(r, in, e);
	if (pem_looks_like(in))
		return read_pem(r, in, e);
	if (in.p[0] == BER_SEQUENCE)
		return add_der(r, in, e);
	if (base64_decode(in, &der) && der.len > 0 && der.data[0] == BER_SEQUENCE)
		return add_der(r, buf_span(&der), e);
	return err_reason(e, "file.unknown_format", "neither PEM nor DER");
}

bool bag_read(struct span in, const struct secret *password, bool allow_no_mac, struct bag *out,
	      struct err *e)
{
	struct reading r = {.password = password, .allow_no_mac = allow_no_mac, .bag = BAG_INIT};
	if (in.len == 0)
		return err_reason(e, "file.empty", "nothing in it");
	if (in.len > BAG_MAX_BYTES)
		return err_reason(e, "limit.body", "a file of %zu bytes, at most %zu", in.len,
				  BAG_MAX_BYTES);
	if (!read_any(&r, in, e)) {
		bag_clear(&r.bag);
		return false;
	}
	*out = r.bag;
	return true;
}
