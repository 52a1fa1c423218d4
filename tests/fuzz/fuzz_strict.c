/* SPDX-FileCopyrightText: the certbinder authors
 * SPDX-License-Identifier: Apache-2.0 */
#include <config.h>

#include "base/buf.h"
#include "http/strict.h"
#include "tests/fuzz/fuzz.h"

#include <string.h>

#define READ_MAX ((size_t)64 << 10)

/* What the HTTP library would get when the bytes come in pieces of this size. */
static void feed(struct strict *s, struct span all, size_t piece, struct buf *out)
{
	size_t begin = 0, end = 0;

	while (end < all.len) {
		end = piece < all.len - end ? end + piece : all.len;
		while (begin < end) {
			struct stream_step step = {.take = 0};

			strict_bytes(s, span_of(all.p + begin, end - begin), &step);
			must(step.take + step.drop <= end - begin);
			buf_add(out, all.p + begin, step.take);
			buf_add_span(out, step.insert);
			begin += step.take + step.drop;
			if (step.stop) {
				must(s->refused != 0 && s->fault != NULL);
				return;
			}
			if (step.take + step.drop + step.insert.len == 0)
				break; /* held */
		}
	}
}

/* What goes on is the same however the network cuts the bytes, and never longer than what came but for
 * the request of our own. */
int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static const size_t pieces[] = {READ_MAX, 1, 7};
	struct buf whole AUTO_BUF = BUF_INIT;
	struct strict first;

	strict_init(&first, NULL, NULL);
	feed(&first, span_of(data, size), pieces[0], &whole);
	must(whole.len <= size + 128);
	for (size_t i = 1; i < ARRAY_LEN(pieces); i++) {
		struct buf out AUTO_BUF = BUF_INIT;
		struct strict s;

		strict_init(&s, NULL, NULL);
		feed(&s, span_of(data, size), pieces[i], &out);
		must(s.refused == first.refused && s.n_heads == first.n_heads);
		must(span_equal(buf_span(&out), buf_span(&whole)));
	}
	return 0;
}
