/* SPDX-FileCopyrightText: the certbinder authors
 * SPDX-License-Identifier: Apache-2.0 */
#include <config.h>

#include "base/mem.h"
#include "base/secret.h"
#include "tls/connection.h"

#include <string.h>

void spill_drop(struct spill *s)
{
	if (s->data)
		secret_wipe(s->data, s->end); /* a password may have come this way */
	mem_free(s->data);
	*s = (struct spill){.data = NULL};
}

bool spill_add(struct spill *s, const void *p, size_t len)
{
	if (len == 0)
		return true;
	if (s->room - s->end < len) {
		size_t room = spill_len(s) + len;
		uint8_t *data = mem_alloc(room);

		if (!data)
			return false;
		if (spill_len(s) > 0)
			memcpy(data, s->data + s->start, spill_len(s));
		if (s->data)
			secret_wipe(s->data, s->end);
		mem_free(s->data);
		*s = (struct spill){.data = data, .end = spill_len(s), .room = room};
	}
	memcpy(s->data + s->end, p, len);
	s->end += len;
	return true;
}

void spill_took(struct spill *s, size_t n)
{
	s->start += n;
	if (s->start == s->end)
		spill_drop(s);
}
