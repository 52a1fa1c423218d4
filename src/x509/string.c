/* SPDX-FileCopyrightText: the certbinder authors
 * SPDX-License-Identifier: Apache-2.0 */
#include <config.h>

#include "x509/string.h"

#include "x509/der.h"

bool string_is_text(int tag)
{
	switch (tag) {
	case DER_UTF8:
	case DER_PRINTABLE:
	case DER_T61:
	case DER_IA5:
	case DER_VISIBLE:
	case DER_UNIVERSAL:
	case DER_BMP:
	case 0x12: /* NumericString */
		return true;
	default:
		return false;
	}
}

struct string_reader string_reader(int tag, struct span value)
{
	return (struct string_reader){.tag = tag, .value = value};
}

static enum string_step next_wide(struct string_reader *r, size_t width, uint32_t *cp_out)
{
	uint32_t cp = 0;
	if (r->value.len - r->at < width)
		return STRING_BAD;
	for (size_t i = 0; i < width; i++)
		cp = cp << 8 | r->value.p[r->at + i];
	if (cp > 0x10ffff || (cp >= 0xd800 && cp <= 0xdfff))
		return STRING_BAD;
	r->at += width;
	*cp_out = cp;
	return STRING_CHAR;
}

static enum string_step next_utf8(struct string_reader *r, uint32_t *cp_out)
{
	static const uint32_t least[] = {0, 0x80, 0x800, 0x10000};
	uint8_t lead = r->value.p[r->at];
	size_t more = lead < 0x80 ? 0 : lead < 0xc2 ? 9 : lead < 0xe0 ? 1 : lead < 0xf0 ? 2 : 3;
	if (lead > 0xf4 || more == 9 || r->value.len - r->at <= more)
		return STRING_BAD;
	uint32_t cp = more == 0 ? lead : lead & (0x3fu >> more);
	for (size_t i = 1; i <= more; i++) {
		uint8_t c = r->value.p[r->at + i];
		if ((c & 0xc0) != 0x80)
			return STRING_BAD;
		cp = cp << 6 | (c & 0x3f);
	}
	if (cp < least[more] || cp > 0x10ffff || (cp >= 0xd800 && cp <= 0xdfff))
		return STRING_BAD;
	r->at += more + 1;
	*cp_out = cp;
	return STRING_CHAR;
}

enum string_step string_next(struct string_reader *r, uint32_t *cp_out)
{
	if (r->at >= r->value.len)
		return STRING_END;
	switch (r->tag) {
	case DER_UTF8:
		return next_utf8(r, cp_out);
	case DER_BMP:
		return next_wide(r, 2, cp_out);
	case DER_UNIVERSAL:
		return next_wide(r, 4, cp_out);
	default:
		*cp_out = r->value.p[r->at++];
		return STRING_CHAR;
	}
}

static bool char_is_printable_string(uint32_t cp)
{
	if ((cp >= 'a' && cp <= 'z') || (cp >= 'A' && cp <= 'Z') || (cp >= '0' && cp <= '9'))
		return true;
	return cp != 0 && cp < 0x80 && strchr(" '()+,-./:=?", (int)cp) != NULL;
}

bool string_is_sound(int tag, struct span value)
{
	struct string_reader r = string_reader(tag, value);
	uint32_t cp;
	for (;;) {
		enum string_step step = string_next(&r, &cp);
		if (step != STRING_CHAR)
			return step == STRING_END;
		if ((tag == DER_PRINTABLE && !char_is_printable_string(cp)) ||
		    (tag == DER_IA5 && cp > 0x7f) ||
		    (tag == DER_VISIBLE && (cp < 0x20 || cp > 0x7e)) ||
		    (tag == 0x12 && cp != ' ' && (cp < '0' || cp > '9')))
			return false;
	}
}

void utf8_add(struct buf *out, uint32_t cp)
{
	if (cp < 0x80) {
		buf_add_char(out, (char)cp);
	} else if (cp < 0x800) {
		buf_add_char(out, (char)(0xc0 | cp >> 6));
		buf_add_char(out, (char)(0x80 | (cp & 0x3f)));
	} else if (cp < 0x10000) {
		buf_add_char(out, (char)(0xe0 | cp >> 12));
		buf_add_char(out, (char)(0x80 | (cp >> 6 & 0x3f)));
		buf_add_char(out, (char)(0x80 | (cp & 0x3f)));
	} else {
		buf_add_char(out, (char)(0xf0 | cp >> 18));
		buf_add_char(out, (char)(0x80 | (cp >> 12 & 0x3f)));
		buf_add_char(out, (char)(0x80 | (cp >> 6 & 0x3f)));
		buf_add_char(out, (char)(0x80 | (cp & 0x3f)));
	}
}

bool string_to_utf8(int tag, struct span value, struct buf *out)
{
	if (!string_is_text(tag))
		return false;
	struct string_reader r = string_reader(tag, value);
	uint32_t cp;
	enum string_step step;
	while ((step = string_next(&r, &cp)) == STRING_CHAR)
		;
	if (step == STRING_BAD)
		return false;
	r = string_reader(tag, value);
	while (string_next(&r, &cp) == STRING_CHAR)
		utf8_add(out, cp);
	return true;
}
