/* SPDX-FileCopyrightText: the certbinder authors
 * SPDX-License-Identifier: Apache-2.0 */
#include <config.h>

#include "x509/oid.h"

#include "base/num.h"
#include "base/text.h"

#include <inttypes.h>

void oid_text(struct span oid, struct buf *out)
{
	uint64_t arc = 0;
	size_t n = 0;
	if (oid.len == 0 || (oid.p[oid.len - 1] & 0x80) != 0) {
		buf_add_str(out, "?");
		return;
	}
	for (size_t i = 0; i < oid.len; i++) {
		if (arc >> 56 != 0 || n == OID_TEXT_ARCS_MAX) {
			buf_add_str(out, "...");
			return;
		}
		arc = arc << 7 | (oid.p[i] & 0x7f);
		if (oid.p[i] & 0x80)
			continue;
		if (n++ == 0) {
			uint64_t first = arc < 80 ? arc / 40 : 2;
			buf_printf(out, "%" PRIu64 ".%" PRIu64, first, arc - 40 * first);
		} else {
			buf_printf(out, ".%" PRIu64, arc);
		}
		arc = 0;
	}
}

static void add_arc(struct buf *out, uint64_t arc)
{
	for (int shift = 63; shift > 0; shift -= 7)
		if (arc >> shift != 0)
			buf_add_char(out, (char)(0x80 | (arc >> shift & 0x7f)));
	buf_add_char(out, (char)(arc & 0x7f));
}

bool oid_from_text(const char *dotted, struct buf *out)
{
	uint64_t first = 0;
	size_t n = 0;
	for (const char *p = dotted;; n++) {
		size_t len = strcspn(p, ".");
		uint64_t arc;
		if (!num_u64_n(p, len, UINT32_MAX, &arc))
			return false;
		if (n == 0) {
			first = arc;
		} else if (n == 1) {
			if (first > 2 || (first < 2 && arc > 39))
				return false;
			add_arc(out, 40 * first + arc);
		} else {
			add_arc(out, arc);
		}
		p += len;
		if (*p == '\0')
			break;
		p++;
	}
	return n >= 1 && buf_ok(out);
}
