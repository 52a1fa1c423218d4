/* SPDX-FileCopyrightText: the certbinder authors
 * SPDX-License-Identifier: Apache-2.0 */
#include <config.h>

#include "base/mem.h"
#include "http/form.h"
#include "http/http.h"
#include "http/server.h"
#include "tests/fuzz/fuzz.h"

#include <string.h>

static const char *type;

/* In place of the library's: the one field that a form asks for. */
const char *MHD_lookup_connection_value(struct MHD_Connection *c, enum MHD_ValueKind kind,
					const char *key)
{
	(void)c;
	(void)kind;
	return strcmp(key, "Content-Type") == 0 ? type : NULL;
}

/* A content type, a line end, a body. */
int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	const uint8_t *line = size ? memchr(data, '\n', size) : NULL;
	char *kept AUTO_MEM = NULL;
	struct http_call c = {.authority = ""};
	const struct http_part *p;

	if (!line)
		return 0;
	kept = mem_strn(data, (size_t)(line - data));
	type = kept;
	buf_add(&c.body, line + 1, size - (size_t)(line - data) - 1);
	for (size_t i = 0; (p = http_form_at(&c, i)); i++) {
		must(p->name != NULL && http_form(&c, p->name) != NULL);
		must(p->data.p != NULL && p->data.p[p->data.len] == '\0');
	}
	form_clear(&c);
	buf_clear(&c.body);
	return 0;
}
