/* SPDX-FileCopyrightText: the certbinder authors
 * SPDX-License-Identifier: Apache-2.0 */
#include <config.h>

#include "base/buf.h"
#include "tests/fuzz/fuzz.h"
#include "trust/subtree.h"
#include "x509/name.h"

#include <string.h>

static const enum general_name_kind kinds[] = {GN_DNS, GN_EMAIL, GN_URI, GN_IP};

static enum subtree compare(enum general_name_kind kind, struct span base, struct span value,
			    bool excluded)
{
	const struct name_constraint c = {.base = {.kind = kind, .value = base},
					  .excluded = excluded};

	return subtree_compare(&c, value, NULL);
}

static void to_upper(struct span in, struct buf *out)
{
	for (size_t i = 0; i < in.len; i++)
		buf_add_char(out,
			     (char)(in.p[i] >= 'a' && in.p[i] <= 'z' ? in.p[i] - 32 : in.p[i]));
}

/* A kind, the length of the base, the base, the name. What is permitted within is excluded within; case changes
 * nothing in host names. */
int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	enum general_name_kind kind;
	struct buf upper AUTO_BUF = BUF_INIT;
	struct span base, value;
	enum subtree permitted;

	if (size < 2 || data[1] > size - 2)
		return 0;
	kind = kinds[data[0] % ARRAY_LEN(kinds)];
	base = span_of(data + 2, data[1]);
	value = span_of(data + 2 + data[1], size - 2 - data[1]);
	permitted = compare(kind, base, value, false);
	if (permitted == SUBTREE_WITHIN)
		must(compare(kind, base, value, true) == SUBTREE_WITHIN);
	if (kind != GN_DNS)
		return 0;
	(void)looks_like_host(value);
	to_upper(value, &upper);
	must(compare(kind, base, buf_span(&upper), false) == permitted);
	return 0;
}
