/* SPDX-FileCopyrightText: the certbinder authors
 * SPDX-License-Identifier: Apache-2.0 */
#include <config.h>

#include "x509/issue_names.h"

#include "base/text.h"
#include "x509/ber.h"
#include "x509/derout.h"
#include "x509/name.h"

#include <string.h>

#define GENERAL_NAME_DNS 0x82u
#define GENERAL_NAME_IP 0x87u

bool issue_dns_name_is_sound(const char *name)
{
	size_t len = strlen(name), label = 0;
	if (len == 0 || len > ISSUE_DNS_NAME_MAX)
		return false;
	if (text_starts_with(name, "*."))
		name += 2;
	for (; *name; name++) {
		char before = label > 0 ? name[-1] : '.';
		if (*name == '.') {
			if (label == 0 || before == '-')
				return false;
			label = 0;
			continue;
		}
		if (!ascii_is_alpha(*name) && !ascii_is_digit(*name) && *name != '_' &&
		    !(*name == '-' && label > 0))
			return false;
		if (++label > 63)
			return false;
	}
	return label > 0 && name[-1] != '-';
}

/* Every octet that is not plain as \XX, so that nothing in a name can end it (RFC 4514 2.4). */
static void add_attribute(struct buf *out, const char *type, const char *value)
{
	if (out->len > 0)
		buf_add_char(out, ',');
	buf_printf(out, "%s=", type);
	for (; *value; value++) {
		if (ascii_is_alpha(*value) || ascii_is_digit(*value))
			buf_add_char(out, *value);
		else
			buf_printf(out, "\\%02X", (unsigned char)*value);
	}
}

static size_t count_characters(const char *s)
{
	size_t n = 0;
	for (; *s; s++)
		n += ((unsigned char)*s & 0xc0) != 0x80;
	return n;
}

static const char *common_name(const struct issue_params *p)
{
	if (p->common_name)
		return p->common_name;
	for (size_t i = 0; i < p->n_dns_names; i++)
		if (strlen(p->dns_names[i]) <= ISSUE_COMMON_NAME_MAX)
			return p->dns_names[i];
	return p->n_dns_names == 0 && p->n_ip_addresses > 0 ? p->ip_addresses[0] : NULL;
}

static bool add_subject_part(struct buf *out, const char *type, const char *value, struct err *e)
{
	if (*value == '\0' || !text_is_utf8(span_str(value)) ||
	    count_characters(value) > ISSUE_COMMON_NAME_MAX)
		return err_set(e, ERR_INVALID,
			       "the %s of the subject must be UTF-8 text of 1 to %d characters",
			       type, ISSUE_COMMON_NAME_MAX);
	add_attribute(out, type, value);
	return true;
}

static bool is_beyond_ascii(const char *s)
{
	while (*s && ((unsigned char)*s & 0x80) == 0)
		s++;
	return *s;
}

static bool add_san(const struct issue_params *p, struct buf *san, struct err *e)
{
	size_t list = der_begin(san, BER_SEQUENCE);
	for (size_t i = 0; i < p->n_dns_names; i++) {
		const char *name = p->dns_names[i];
		if (!issue_dns_name_is_sound(name)) {
			struct buf shown AUTO_BUF = BUF_INIT;
			text_escape(&shown, span_str(name));
			return err_set(e, ERR_INVALID, "'%s' is no DNS name%s", buf_str(&shown),
				       is_beyond_ascii(name)
					       ? ": write its letters beyond ASCII in the xn-- form"
					       : "");
		}
		der_add(san, GENERAL_NAME_DNS, span_str(name));
	}
	for (size_t i = 0; i < p->n_ip_addresses; i++) {
		uint8_t ip[16];
		size_t len;
		if (!ip_parse(p->ip_addresses[i], ip, &len))
			return err_set(e, ERR_INVALID, "'%.60s' is no IP address",
				       p->ip_addresses[i]);
		der_add(san, GENERAL_NAME_IP, span_of(ip, len));
	}
	der_end(san, list);
	return true;
}

bool issue_names(const struct issue_params *p, struct buf *subject, struct buf *san, struct err *e)
{
	const char *cn = common_name(p);
	size_t n = p->n_dns_names + p->n_ip_addresses;
	if (n > ISSUE_NAMES_MAX)
		return err_set(e, ERR_LIMIT, "%zu names, at most %d", n, ISSUE_NAMES_MAX);
	if (n == 0 && !cn)
		return err_reason(e, "csr.no_name", "neither a DNS name nor an address");
	if (cn && !add_subject_part(subject, "CN", cn, e))
		return false;
	if (p->organisation && !add_subject_part(subject, "O", p->organisation, e))
		return false;
	if (n > 0 && !add_san(p, san, e))
		return false;
	return (buf_ok(subject) && buf_ok(san)) || err_nomem(e);
}

void issue_purposes(const struct issue_params *p, struct buf *out)
{
	static const struct span server = OID_SPAN("\x2b\x06\x01\x05\x05\x07\x03\x01"),
				 client = OID_SPAN("\x2b\x06\x01\x05\x05\x07\x03\x02");
	if (!p->server_auth && !p->client_auth)
		return;
	size_t list = der_begin(out, BER_SEQUENCE);
	if (p->server_auth)
		der_oid(out, server);
	if (p->client_auth)
		der_oid(out, client);
	der_end(out, list);
}
