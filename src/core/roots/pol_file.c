/* SPDX-FileCopyrightText: the certbinder authors
 * SPDX-License-Identifier: Apache-2.0 */
#include <config.h>

#include "core/roots/pol_file.h"

#include "base/text.h"

#include <string.h>

#define REG_DWORD_LE 4
#define NAME_SIZE 256 /* of keys and values that we look for; longer ones are others */

static const uint8_t head[] = {'P', 'R', 'e', 'g', 1, 0, 0, 0};

bool pol_file_is(struct span in)
{
	return in.len >= sizeof(head) && memcmp(in.p, head, sizeof(head)) == 0;
}

struct place {
	const uint8_t *p;
	size_t left;
};

static bool take(struct place *at, size_t n, const uint8_t **out)
{
	if (at->left < n)
		return false;
	*out = at->p;
	at->p += n;
	at->left -= n;
	return true;
}

static bool take_char(struct place *at, char wanted)
{
	const uint8_t *p;

	return take(at, 2, &p) && p[0] == (uint8_t)wanted && p[1] == 0;
}

/* Up to its end; what is not ASCII or too long is none that we look for, and becomes "?". */
static bool take_name(struct place *at, char out[static NAME_SIZE])
{
	size_t n = 0;
	bool plain = true;

	for (;;) {
		const uint8_t *p;

		if (!take(at, 2, &p))
			return false;
		if (p[0] == 0 && p[1] == 0)
			break;
		if (p[1] != 0 || p[0] >= 0x80 || n + 1 == NAME_SIZE)
			plain = false;
		else
			out[n++] = (char)p[0];
	}
	out[n] = '\0';
	if (!plain)
		text_copy(out, NAME_SIZE, "?");
	return true;
}

static bool take_number(struct place *at, uint32_t *out)
{
	const uint8_t *p;

	if (!take(at, 4, &p))
		return false;
	*out = (uint32_t)p[0] | (uint32_t)p[1] << 8 | (uint32_t)p[2] << 16 | (uint32_t)p[3] << 24;
	return true;
}

static bool entry(struct place *at, struct reg_settings *out)
{
	char key[NAME_SIZE], value[NAME_SIZE];
	uint32_t type, size;
	const uint8_t *data;
	int64_t n = -1;

	if (!take_char(at, '[') || !take_name(at, key) || !take_char(at, ';') ||
	    !take_name(at, value) || !take_char(at, ';') || !take_number(at, &type) ||
	    !take_char(at, ';') || !take_number(at, &size) || !take_char(at, ';') ||
	    !take(at, size, &data) || !take_char(at, ']'))
		return false;
	if (!text_equal_nocase(key, REG_POLICY_KEY))
		return true;
	out->found_policy_key = true;
	if (text_equal_nocase(value, "**del." REG_POLICY_VALUE)) {
		out->root_update = REG_DELETED;
	} else if (text_equal_nocase(value, REG_POLICY_VALUE) && type == REG_DWORD_LE &&
		   size == 4) {
		for (int i = 3; i >= 0; i--)
			n = (n < 0 ? 0 : n << 8) | data[i];
		out->root_update = n;
	}
	return true;
}

bool pol_file_read(struct span in, struct reg_settings *out, struct err *e)
{
	struct place at = {.p = in.p + sizeof(head), .left = in.len - sizeof(head)};
	struct reg_settings found = REG_SETTINGS_INIT;

	while (at.left > 0)
		if (!entry(&at, &found))
			return err_reason(e, "reg.format", "the policy file breaks off at byte %zu",
					  in.len - at.left);
	*out = found;
	return true;
}
