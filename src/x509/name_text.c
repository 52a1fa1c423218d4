/* SPDX-FileCopyrightText: the certbinder authors
 * SPDX-License-Identifier: Apache-2.0 */
#include <config.h>

#include "x509/name.h"

#include "base/text.h"
#include "x509/oid.h"
#include "x509/string.h"

struct attribute_name {
	struct span oid;
	const char *text;
};

#define ROW(oid, text)                                                                             \
	{                                                                                          \
		{(const uint8_t *)(oid), sizeof(oid) - 1}, text                                    \
	}
static const struct attribute_name attribute_names[] = {
	ROW(OID_X520("\x03"), "CN"),
	ROW(OID_X520("\x0b"), "OU"),
	ROW(OID_X520("\x0a"), "O"),
	ROW(OID_X520("\x06"), "C"),
	ROW(OID_X520("\x08"), "ST"),
	ROW(OID_X520("\x07"), "L"),
	ROW(OID_X520("\x09"), "STREET"),
	ROW(OID_X520("\x05"), "serialNumber"),
	ROW(OID_X520("\x04"), "SN"),
	ROW(OID_X520("\x0c"), "title"),
	ROW(OID_X520("\x0d"), "description"),
	ROW(OID_X520("\x0f"), "businessCategory"),
	ROW(OID_X520("\x11"), "postalCode"),
	ROW(OID_X520("\x29"), "name"),
	ROW(OID_X520("\x2a"), "GN"),
	ROW(OID_X520("\x2b"), "initials"),
	ROW(OID_X520("\x2c"), "generationQualifier"),
	ROW(OID_X520("\x2e"), "dnQualifier"),
	ROW(OID_X520("\x41"), "pseudonym"),
	ROW(OID_X520("\x61"), "organizationIdentifier"),
	ROW(OID_PKCS9_EMAIL, "emailAddress"),
	ROW("\x09\x92\x26\x89\x93\xf2\x2c\x64\x01\x19", "DC"),
	ROW("\x09\x92\x26\x89\x93\xf2\x2c\x64\x01\x01", "UID"),
};
#undef ROW

static void add_type(struct buf *out, struct span oid)
{
	for (size_t i = 0; i < ARRAY_LEN(attribute_names); i++)
		if (oid_is(oid, attribute_names[i].oid)) {
			buf_add_str(out, attribute_names[i].text);
			return;
		}
	oid_text(oid, out);
}

/* What turns the direction of text or does not show: a name must look like what it is. */
static bool char_is_deceiving(uint32_t cp)
{
	return cp < 0x20 || (cp >= 0x7f && cp < 0xa0) || cp == 0xad || cp == 0x61c ||
	       (cp >= 0x200b && cp <= 0x200f) || (cp >= 0x2028 && cp <= 0x202e) ||
	       (cp >= 0x2060 && cp <= 0x206f) || cp == 0xfeff || (cp >= 0xfff9 && cp <= 0xfffb) ||
	       (cp >= 0xe0000 && cp <= 0xe0fff);
}

static void add_escaped(struct buf *out, uint32_t cp)
{
	struct buf utf8 AUTO_BUF = BUF_INIT;
	utf8_add(&utf8, cp);
	for (size_t i = 0; i < utf8.len; i++)
		buf_printf(out, "\\%02X", utf8.data[i]);
}

static void add_hex(struct buf *out, struct span value)
{
	buf_add_char(out, '#');
	for (size_t i = 0; i < value.len; i++)
		buf_printf(out, "%02x", value.p[i]);
}

static void add_value(struct buf *out, const struct name_attribute *a)
{
	struct buf check AUTO_BUF = BUF_INIT;
	if (!string_to_utf8(a->tag, a->value, &check)) {
		add_hex(out, a->value);
		return;
	}
	struct string_reader r = string_reader(a->tag, a->value);
	uint32_t cp;
	bool first = true;
	for (; string_next(&r, &cp) == STRING_CHAR; first = false) {
		bool last = r.at >= r.value.len;
		if (char_is_deceiving(cp)) {
			add_escaped(out, cp);
			continue;
		}
		if ((cp < 0x80 && cp != 0 && strchr(",+\"\\<>;", (int)cp) != NULL) ||
		    (first && (cp == '#' || cp == ' ')) || (last && cp == ' '))
			buf_add_char(out, '\\');
		utf8_add(out, cp);
	}
}

void name_text(const struct name *n, struct buf *out)
{
	/* From the last relative name back; inside one, in the order given. */
	for (size_t end = n->n_attributes; end > 0;) {
		size_t start = end - 1;
		while (!n->attributes[start].starts_rdn)
			start--;
		if (end != n->n_attributes)
			buf_add_char(out, ',');
		for (size_t i = start; i < end; i++) {
			if (i > start)
				buf_add_char(out, '+');
			add_type(out, n->attributes[i].oid);
			buf_add_char(out, '=');
			add_value(out, &n->attributes[i]);
		}
		end = start;
	}
}
