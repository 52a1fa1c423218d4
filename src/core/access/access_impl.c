/* SPDX-FileCopyrightText: the certbinder authors
 * SPDX-License-Identifier: Apache-2.0 */
#include <config.h>

#include "core/access/access_impl.h"

#include "base/buf.h"
#include "base/text.h"

#include <string.h>

bool bearer_make(const char *prefix, struct secret *out, struct err *e)
{
	struct secret raw AUTO_SECRET = SECRET_INIT;
	struct buf text AUTO_BUF = {.secret = true};

	if (!secret_random(&raw, ACCESS_BEARER_BYTES, e))
		return false;
	buf_add_str(&text, prefix);
	base64url_encode(secret_span(&raw), &text);
	if (!buf_ok(&text))
		return err_nomem(e);
	return secret_set(out, text.data, text.len, e);
}

void bearer_hash(struct span text, uint8_t out[static SHA256_BYTES])
{
	sha256(text, out);
}

void public_id_make(char out[static 33])
{
	uint8_t raw[16];

	random_bytes(raw, sizeof(raw));
	hex_lower(span_of(raw, sizeof(raw)), out);
}

bool access_name_check(const char *what, const char *name, struct err *e)
{
	size_t len = strlen(name);

	if (len < 1 || len > 100)
		return err_set(e, ERR_INVALID, "the name of %s has 1 to 100 bytes", what);
	if (!text_is_utf8(span_str(name)) || ascii_is_space(name[0]) ||
	    ascii_is_space(name[len - 1]))
		return err_set(e, ERR_INVALID,
			       "the name of %s is UTF-8, without blanks at its ends", what);
	for (size_t i = 0; i < len; i++)
		if ((unsigned char)name[i] < 0x20 || name[i] == 0x7f)
			return err_set(e, ERR_INVALID, "the name of %s has no control characters",
				       what);
	return true;
}

bool password_good(const struct secret *password, struct err *e)
{
	size_t chars = 0;

	for (size_t i = 0; i < password->len; i++)
		chars += (password->data[i] & 0xc0) != 0x80; /* of UTF-8, what is no continuation */
	if (chars < PASSWORD_MIN_CHARS)
		return err_reason(e, "account.weak_password",
				  "the password has %zu characters, at least %d are needed", chars,
				  PASSWORD_MIN_CHARS);
	return true;
}
