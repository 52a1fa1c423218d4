/* SPDX-FileCopyrightText: the certbinder authors
 * SPDX-License-Identifier: Apache-2.0 */
#include <config.h>

#include "x509/password.h"

#include "base/buf.h"
#include "base/text.h"

/* Takes one code point off well-formed UTF-8. */
static uint32_t take_code_point(struct span *s)
{
	unsigned first = s->p[0];
	size_t n = first < 0x80 ? 1 : first < 0xe0 ? 2 : first < 0xf0 ? 3 : 4;
	uint32_t c = n == 1 ? first : first & (0x7fu >> n);
	for (size_t i = 1; i < n; i++)
		c = c << 6 | (s->p[i] & 0x3f);
	s->p += n;
	s->len -= n;
	return c;
}

static void add_unit(struct buf *out, uint32_t unit)
{
	buf_add_char(out, (char)(unit >> 8));
	buf_add_char(out, (char)unit);
}

static void add_utf16(struct buf *out, struct span utf8)
{
	while (utf8.len > 0) {
		uint32_t c = take_code_point(&utf8);
		if (c > 0xffff) {
			add_unit(out, 0xd800 + ((c - 0x10000) >> 10));
			c = 0xdc00 + ((c - 0x10000) & 0x3ff);
		}
		add_unit(out, c);
	}
	add_unit(out, 0);
}

static void add_widened(struct buf *out, struct span octets)
{
	for (size_t i = 0; i < octets.len; i++)
		add_unit(out, octets.p[i]);
	add_unit(out, 0);
}

static bool add_latin1(struct buf *out, struct span utf8)
{
	while (utf8.len > 0) {
		uint32_t c = take_code_point(&utf8);
		if (c > 0xff)
			return false;
		buf_add_char(out, (char)c);
	}
	return true;
}

static bool keep(struct password_forms *f, struct span form, struct err *e)
{
	for (size_t i = 0; i < f->n; i++)
		if (secret_equal(secret_span(&f->items[i]), form))
			return true;
	if (!secret_set(&f->items[f->n], form.p, form.len, e))
		return false;
	f->n++;
	return true;
}

static bool keep_built(struct password_forms *f, struct buf *form, struct err *e)
{
	if (!buf_ok(form))
		return err_nomem(e);
	bool kept = keep(f, buf_span(form), e);
	buf_clear(form);
	return kept;
}

static bool forms_pkcs12(struct span text, bool is_utf8, struct password_forms *f, struct err *e)
{
	struct buf form AUTO_BUF = {.secret = true};
	if (is_utf8) {
		add_utf16(&form, text);
		if (!keep_built(f, &form, e))
			return false;
	}
	if (text.len == 0)
		return keep(f, text, e);
	add_widened(&form, text);
	return keep_built(f, &form, e);
}

static bool forms_pbes(struct span text, bool is_utf8, struct password_forms *f, struct err *e)
{
	struct buf form AUTO_BUF = {.secret = true};
	if (!keep(f, text, e))
		return false;
	if (!is_utf8)
		return true;
	add_utf16(&form, text);
	if (!keep_built(f, &form, e))
		return false;
	return !add_latin1(&form, text) || keep_built(f, &form, e);
}

bool password_forms(const struct secret *password, enum password_use use,
		    struct password_forms *out, struct err *e)
{
	struct span text = password ? secret_span(password) : span_of("", 0);
	bool is_utf8 = text_is_utf8(text);
	*out = (struct password_forms){.n = 0};
	bool made = use == PASSWORD_FOR_PKCS12 ? forms_pkcs12(text, is_utf8, out, e)
		    : use == PASSWORD_FOR_PBES ? forms_pbes(text, is_utf8, out, e)
					       : keep(out, text, e);
	if (!made)
		password_forms_clear(out);
	return made;
}

void password_forms_clear(struct password_forms *f)
{
	for (size_t i = 0; i < PASSWORD_FORMS_MAX; i++)
		secret_clear(&f->items[i]);
	f->n = 0;
}
