/* SPDX-FileCopyrightText: the certbinder authors
 * SPDX-License-Identifier: Apache-2.0 */
#include <config.h>

#include "base/buf.h"
#include "base/mem.h"
#include "base/text.h"
#include "http/w3c.h"
#include "tests/fuzz/fuzz.h"

#include <string.h>

/* No column can be taken for two, no line for two lines; the escape of the diagnostic log is printable. */
int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	char *value AUTO_MEM = mem_strn(data, size);
	char *out AUTO_MEM = mem_alloc(W3C_FIELD_MAX + 1);
	struct buf escaped AUTO_BUF = BUF_INIT;
	size_t n = w3c_field(value, out);

	must(n > 0 && n <= W3C_FIELD_MAX && strlen(out) == n);
	for (size_t i = 0; i < n; i++)
		must((unsigned char)out[i] > 0x20 && out[i] != 0x7f);
	if (text_is_utf8(span_str(value)))
		must(text_is_utf8(span_of(out, n)));
	text_escape(&escaped, span_of(data, size));
	must(text_is_utf8(buf_span(&escaped)));
	for (size_t i = 0; i < escaped.len; i++)
		must(escaped.data[i] >= 0x20 && escaped.data[i] != 0x7f);
	return 0;
}
