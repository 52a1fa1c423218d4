/* SPDX-FileCopyrightText: the certbinder authors
 * SPDX-License-Identifier: Apache-2.0 */
#include <config.h>

#include "x509/extension_text.h"

#include "base/text.h"
#include "x509/der.h"
#include "x509/oid.h"
#include "x509/string.h"

#include <stdarg.h>
#include <stdio.h>

#define OID_MS(rest) "\x2b\x06\x01\x04\x01\x82\x37" rest /* 1.3.6.1.4.1.311 */

void line_add(struct extension_lines *l, const struct buf *line)
{
	if (l->n++ >= EXTENSION_LINES_MAX) {
		l->n_left_out++;
		return;
	}
	buf_add_span(l->out, buf_span(line));
	buf_add_char(l->out, '\n');
}

void line_printf(struct extension_lines *l, const char *fmt, ...)
{
	struct buf line AUTO_BUF = BUF_INIT;
	char text[256]; /* numbers and words of ours alone: nothing here grows */
	va_list ap;

	va_start(ap, fmt);
	(void)vsnprintf(text, sizeof text, fmt, ap);
	va_end(ap);
	buf_add_str(&line, text);
	line_add(l, &line);
}

static void hex_line(struct span s, struct extension_lines *l)
{
	struct buf line AUTO_BUF = BUF_INIT;

	for (size_t i = 0; i < s.len; i++)
		buf_printf(&line, i ? ":%02X" : "%02X", s.p[i]);
	line_add(l, &line);
}

static bool key_usage(const struct cert *c, struct extension_lines *l)
{
	static const char *const names[] = {
		"Digital signature",	  "Non-repudiation", "Key encipherment",
		"Data encipherment",	  "Key agreement",   "Signs certificates",
		"Signs revocation lists", "Encipher only",   "Decipher only"};

	for (size_t i = 0; i < ARRAY_LEN(names); i++)
		if (c->key_usage & 1u << i)
			line_printf(l, "%s", names[i]);
	return l->n > 0;
}

static bool extended_key_usage(const struct cert *c, struct extension_lines *l)
{
	const struct {
		struct span oid;
		const char *name;
	} known[] = {
		{OID_LITERAL(OID_PKIX("\x03\x01")), "Server authentication"},
		{OID_LITERAL(OID_PKIX("\x03\x02")), "Client authentication"},
		{OID_LITERAL(OID_PKIX("\x03\x03")), "Code signing"},
		{OID_LITERAL(OID_PKIX("\x03\x04")), "E-mail protection"},
		{OID_LITERAL(OID_PKIX("\x03\x08")), "Time stamping"},
		{OID_LITERAL(OID_PKIX("\x03\x09")), "OCSP signing"},
		{OID_LITERAL(OID_MS("\x14\x02\x02")), "Smart card logon"},
		{OID_LITERAL(OID_ANY_USAGE), "Any purpose"},
	};

	for (size_t i = 0; i < c->eku.n; i++) {
		struct buf line AUTO_BUF = BUF_INIT;

		for (size_t k = 0; k < ARRAY_LEN(known) && !line.len; k++)
			if (oid_is(c->eku.items[i], known[k].oid))
				buf_printf(&line, "%s (", known[k].name);
		if (line.len) {
			oid_text(c->eku.items[i], &line);
			buf_add_char(&line, ')');
		} else {
			oid_text(c->eku.items[i], &line);
		}
		line_add(l, &line);
	}
	return true;
}

static bool basic_constraints(const struct cert *c, struct extension_lines *l)
{
	if (!c->is_ca)
		line_printf(l, "Not an authority");
	else if (c->path_len < 0)
		line_printf(l, "An authority, with any number of authorities below it");
	else
		line_printf(l, "An authority, with at most %d authorities below it", c->path_len);
	return true;
}

/* The name of a template of Windows' own authority: first version a text, second an identifier. */
static bool template_name(struct span value, struct extension_lines *l)
{
	struct buf text AUTO_BUF = BUF_INIT, line AUTO_BUF = BUF_INIT;
	struct der d = der_of(value);
	struct der_item item;

	if (!der_next(&d, &item) || !string_to_utf8(item.tag, item.contents, &text))
		return false;
	text_escape(&line, buf_span(&text));
	line_add(l, &line);
	return true;
}

static bool template_id(struct span value, struct extension_lines *l)
{
	struct buf line AUTO_BUF = BUF_INIT;
	struct der d;
	struct span oid;
	int major, minor;

	if (!der_only(value, DER_SEQUENCE, &d) || !der_get(&d, DER_OID, &oid))
		return false;
	buf_add_str(&line, "Template ");
	oid_text(oid, &line);
	if (der_small_int(&d, DER_INTEGER, INT32_MAX, &major) &&
	    der_small_int(&d, DER_INTEGER, INT32_MAX, &minor))
		buf_printf(&line, ", version %d.%d", major, minor);
	line_add(l, &line);
	return true;
}

/* RFC 7633: which TLS extensions the server must answer with; 5 is the stapled OCSP answer. */
static bool tls_feature(struct span value, struct extension_lines *l)
{
	struct der d;
	int feature;

	if (!der_only(value, DER_SEQUENCE, &d))
		return false;
	while (der_small_int(&d, DER_INTEGER, 65535, &feature)) {
		if (feature == 5)
			line_printf(l, "Must staple an OCSP answer");
		else
			line_printf(l, "TLS extension %d", feature);
	}
	return der_done(&d);
}

/* RFC 6962 3.3: a list of entries, each under a length of two octets. */
static bool timestamps(struct span value, struct extension_lines *l)
{
	struct der d = der_of(value);
	struct span list;
	size_t n = 0, at = 2;

	if (!der_get(&d, DER_OCTET_STRING, &list) || list.len < 2)
		return false;
	while (at + 2 <= list.len) {
		at += 2 + (size_t)(list.p[at] << 8 | list.p[at + 1]);
		n++;
	}
	if (at != list.len)
		return false;
	line_printf(l, "%zu signed timestamp%s", n, n == 1 ? "" : "s");
	return true;
}

static bool comment(struct span value, struct extension_lines *l)
{
	struct buf line AUTO_BUF = BUF_INIT;
	struct der d = der_of(value);
	struct span text;

	if (!der_get(&d, DER_IA5, &text))
		return false;
	text_escape(&line, text);
	line_add(l, &line);
	return true;
}

static bool of_its_own(const struct cert *c, struct span oid, struct span value,
		       struct extension_lines *l)
{
	if (oid_is(oid, OID_LITERAL(OID_CE("\x0f"))))
		return key_usage(c, l);
	if (oid_is(oid, OID_LITERAL(OID_CE("\x25"))))
		return extended_key_usage(c, l);
	if (oid_is(oid, OID_LITERAL(OID_CE("\x13"))))
		return basic_constraints(c, l);
	if (oid_is(oid, OID_LITERAL(OID_CE("\x0e")))) {
		hex_line(c->subject_key_id, l);
		return c->subject_key_id.len > 0;
	}
	if (oid_is(oid, OID_LITERAL(OID_MS("\x14\x02"))))
		return template_name(value, l);
	if (oid_is(oid, OID_LITERAL(OID_MS("\x15\x07"))))
		return template_id(value, l);
	if (oid_is(oid, OID_LITERAL(OID_PKIX("\x01\x18"))))
		return tls_feature(value, l);
	if (oid_is(oid, OID_LITERAL("\x2b\x06\x01\x04\x01\xd6\x79\x02\x04\x02")))
		return timestamps(value, l);
	if (oid_is(oid, OID_LITERAL("\x60\x86\x48\x01\x86\xf8\x42\x01\x0d")))
		return comment(value, l);
	return false;
}

bool extension_text(const struct cert *c, size_t i, struct buf *out)
{
	const struct cert_extension *x = &c->extensions[i];
	struct buf text AUTO_BUF = BUF_INIT;
	struct extension_lines l = {.out = &text};

	if (!of_its_own(c, x->oid, x->value, &l)) {
		buf_reset(&text);
		l = (struct extension_lines){.out = &text};
		if (!extension_names(c, x->oid, x->value, &l) && !extension_policies(c, x->oid, &l))
			return false;
	}
	if (l.n_left_out)
		buf_printf(&text, "... and %zu more\n", l.n_left_out);
	buf_add_span(out, buf_span(&text));
	return true;
}
