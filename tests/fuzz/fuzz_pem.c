/* SPDX-FileCopyrightText: the certbinder authors
 * SPDX-License-Identifier: Apache-2.0 */
#include <config.h>

#include "x509/pem.h"

#include <stdlib.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

/* What is read can be written, and reads back the same. */
int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct pem p AUTO_PEM = {.n = 0};
	struct err e = ERR_INIT;
	(void)pem_looks_like(span_of(data, size));
	if (!pem_read(span_of(data, size), &p, &e))
		return 0;
	for (size_t i = 0; i < p.n; i++) {
		struct pem again AUTO_PEM = {.n = 0};
		struct buf out AUTO_BUF = BUF_INIT;
		if (!pem_write(p.members[i].label, buf_span(&p.members[i].der), &out, &e) ||
		    !pem_read(buf_span(&out), &again, &e) || again.n != 1 ||
		    !span_equal(buf_span(&again.members[0].der), buf_span(&p.members[i].der)))
			abort();
	}
	return 0;
}
